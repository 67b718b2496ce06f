"""What libSBML finds wrong with a document: consistency, units, terms, practice."""

import re

import libsbml

from cahill.core.network_check import Issue

# Said already by another: a rate law unlike earlier ones (10541), a quantity without unit (20702).
_ECHOES = frozenset({10503, 80701, 99508})
_UNCHECKED = re.compile(r"The units of the .* cannot be fully checked")


def sbml_issues(sbml: str) -> list[Issue]:
    """Return everything libSBML's checks find, units included, one issue a fault.

    Parameters
    ----------
    sbml : str
        The document.

    Returns
    -------
    list of Issue
        A warning about units is an error here: units that do not fit make a law wrong.
    """
    document = libsbml.readSBMLFromString(sbml)
    document.checkConsistency()
    errors = (document.getError(place) for place in range(document.getNumErrors()))
    return [_issue(error) for error in errors if error.getErrorId() not in _ECHOES]


def _issue(error: libsbml.SBMLError) -> Issue:
    wrong = error.getSeverity() >= libsbml.LIBSBML_SEV_ERROR
    units = error.getCategory() == libsbml.LIBSBML_CAT_UNITS_CONSISTENCY
    # The message begins with the rule of the standard; the fault itself stands at its end.
    message = " ".join(error.getMessage().split())
    _, _, fault = message.partition("Reference: ")
    unchecked = _UNCHECKED.search(message)
    severity = "error" if wrong or units else "warning"
    where = f"SBML line {error.getLine()}"
    return Issue(severity, where, unchecked[0] if unchecked else fault or message)


def undefined_names(sbml: str) -> list[str]:
    """Return the constants of a model that nothing gives a value, in the document's order."""
    model = libsbml.readSBMLFromString(sbml).getModel()
    return [
        parameter.getId()
        for parameter in model.getListOfParameters()
        if parameter.getConstant()
        and not parameter.isSetValue()
        and model.getInitialAssignmentBySymbol(parameter.getId()) is None
    ]


def names_in_formulas(sbml: str) -> frozenset[str]:
    """Return every name that a rule, an initial assignment or a rate law uses."""
    model = libsbml.readSBMLFromString(sbml).getModel()
    names: set[str] = set()
    laws = (reaction.getKineticLaw() for reaction in model.getListOfReactions())
    owners = (*model.getListOfInitialAssignments(), *model.getListOfRules(), *laws)
    for owner in owners:
        if owner is not None and owner.isSetMath():
            _collect(owner.getMath(), names)
    return frozenset(names)


def _collect(node: libsbml.ASTNode, names: set[str]) -> None:
    if node.isName():
        names.add(node.getName())
    for place in range(node.getNumChildren()):
        _collect(node.getChild(place), names)


def variables_of(sbml: str) -> frozenset[str]:
    """Return the parameters that a rule changes."""
    model = libsbml.readSBMLFromString(sbml).getModel()
    parameters = {parameter.getId() for parameter in model.getListOfParameters()}
    return frozenset(rule.getVariable() for rule in model.getListOfRules()) & parameters
