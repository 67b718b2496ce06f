"""The glucose-alanine (Cahill) cycle and alanine aminotransferase, executable."""
