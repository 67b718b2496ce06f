"""The whole-body glucose-alanine cycle: build, run, read, test."""
