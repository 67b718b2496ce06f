"""Antimony text to SBML, through libAntimony."""

import antimony

from cahill.errors import ModelError


def sbml_from_antimony(text: str, model: str) -> str:
    """Translate Antimony text to SBML Level 3 Version 2.

    Parameters
    ----------
    text : str
        One or more Antimony models.
    model : str
        Name of the model to translate.

    Returns
    -------
    str
        The SBML document.

    Raises
    ------
    ModelError
        With libAntimony's message, which names the line.
    """
    antimony.clearPreviousLoads()
    if antimony.loadAntimonyString(text) < 0:
        raise ModelError(f"Antimony: {' '.join(antimony.getLastError().split())}")
    sbml = antimony.getSBMLString(model)
    antimony.freeAll()
    return sbml
