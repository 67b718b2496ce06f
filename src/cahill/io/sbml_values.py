"""Single values out of SBML elements."""

from collections.abc import Callable

import libsbml

from cahill.errors import ModelError


def given(what: str, present: bool, read: Callable[[], float]) -> float:
    """Return the value the file gives; ModelError if it gives none."""
    if not present:
        raise ModelError(f"SBML {what} has no value; give it one")
    return float(read())


def local_parameters(reaction: libsbml.Reaction) -> list:
    """Return the parameters that live in a kinetic law, under either of their two SBML names."""
    law = reaction.getKineticLaw()
    if law is None:
        return []
    parameters = [*law.getListOfLocalParameters(), *law.getListOfParameters()]
    return list({parameter.getId(): parameter for parameter in parameters}.values())


def stoichiometry_of(reference: libsbml.SpeciesReference) -> float:
    """Return the written stoichiometry of a species in a reaction; 1 if none is written."""
    return float(reference.getStoichiometry()) if reference.isSetStoichiometry() else 1.0
