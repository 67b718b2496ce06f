"""Western blots and gels: lanes, bands, normalisation, folds."""
