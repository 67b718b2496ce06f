"""Files in and out: tables, SBML, Antimony, SED-ML, archives, references."""
