"""What serum ALT indicates."""
