"""Antimony text to SBML, through libAntimony."""

from collections.abc import Iterator

import antimony
import libsbml

from cahill.errors import ModelError


def sbml_from_antimony(text: str, model: str) -> str:
    """Translate Antimony text to SBML Level 3 Version 2.

    A number in a formula that is written without a unit is a ratio: it is declared dimensionless,
    so that the units of every formula can be proved.

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
        raise ModelError(f"Antimony: {' '.join(str(antimony.getLastError()).split())}")
    sbml = antimony.getSBMLString(model)
    antimony.freeAll()
    document = libsbml.readSBMLFromString(sbml)
    for formula in _formulas(document.getModel()):
        _declare_ratios(formula)
    return libsbml.writeSBMLToString(document)


def _formulas(model: libsbml.Model) -> Iterator[libsbml.ASTNode]:
    """Yield the mathematics of functions, initial assignments, rules and rate laws."""
    owners = (
        *model.getListOfFunctionDefinitions(),
        *model.getListOfInitialAssignments(),
        *model.getListOfRules(),
        *(reaction.getKineticLaw() for reaction in model.getListOfReactions()),
    )
    return (owner.getMath() for owner in owners if owner is not None and owner.isSetMath())


def _declare_ratios(node: libsbml.ASTNode) -> None:
    if node.isNumber() and not node.isSetUnits():
        node.setUnits("dimensionless")
    for place in range(node.getNumChildren()):
        _declare_ratios(node.getChild(place))
