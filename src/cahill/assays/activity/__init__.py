"""ALT activity from plates: rates, blanks, pathlength, standard curves, units."""
