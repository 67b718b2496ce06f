"""What the bench measured, as parameters of the cycle."""
