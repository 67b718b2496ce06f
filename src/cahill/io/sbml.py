"""Read SBML into a system of differential equations and a list of its parts.

Species declared with hasOnlySubstanceUnits=false are states in concentration, the others in
amount, as SBML's own formulae see them. Compartments have constant sizes. Initial assignments of
constants are kept as expressions of the remaining parameters, so a changed parameter carries
through; such derived constants are observables, not parameters.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import libsbml

from cahill.errors import InputError, ModelError
from cahill.io.sbml_equations import SbmlEquations
from cahill.io.sbml_values import stoichiometry_of
from cahill.numerics.system import OdeSystem


@dataclass(frozen=True)
class SbmlSpecies:
    """A species: identifier, name, compartment, value at time zero, boundary flag, unit."""

    id: str
    name: str
    compartment: str
    initial: float
    boundary: bool
    unit: str


@dataclass(frozen=True)
class SbmlReaction:
    """A reaction: identifier, name, stoichiometries by species identifier, reversibility."""

    id: str
    name: str
    reactants: dict[str, float]
    products: dict[str, float]
    reversible: bool


@dataclass(frozen=True, eq=False)
class SbmlModel:
    """An SBML model, ready to integrate.

    Parameters
    ----------
    system : OdeSystem
        Equations, defaults and stoichiometry.
    species : tuple of SbmlSpecies
        All species, boundary ones included, in the file's order.
    reactions : tuple of SbmlReaction
        All reactions, in the file's order.
    units : dict of str to str
        Identifier -> unit, where the file gives one.
    sbml : str
        The document itself.
    """

    system: OdeSystem
    species: tuple[SbmlSpecies, ...]
    reactions: tuple[SbmlReaction, ...]
    units: dict[str, str]
    sbml: str


def read_sbml(source: str | Path) -> SbmlModel:
    """Read an SBML document from a file or from its text.

    Parameters
    ----------
    source : str or pathlib.Path
        Path of the file, or the text itself (recognised by its leading "<").

    Raises
    ------
    InputError
        If the file cannot be read.
    ModelError
        If libSBML finds the document inconsistent, or it uses events, delays, algebraic or fast
        rules, conversion factors or compartments of changing size.
    """
    text = source if isinstance(source, str) and source.lstrip()[:1] == "<" else _text_of(source)
    document = libsbml.readSBMLFromString(text)
    model = _checked(document)
    equations = SbmlEquations(model)
    units = _units(model)
    return SbmlModel(
        system=equations.system(),
        species=tuple(
            SbmlSpecies(
                id=species.getId(),
                name=species.getName() or species.getId(),
                compartment=species.getCompartment(),
                initial=equations.initial_value(species.getId()),
                boundary=species.getBoundaryCondition(),
                unit=units.get(species.getId(), ""),
            )
            for species in model.getListOfSpecies()
        ),
        reactions=tuple(_reaction(reaction) for reaction in model.getListOfReactions()),
        units=units,
        sbml=text,
    )


def _text_of(source: str | Path) -> str:
    try:
        return Path(source).read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(f"{source}: cannot be read ({error.strerror}); check the path") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{source}: is not UTF-8 text; give an SBML file") from error


def _checked(document: libsbml.SBMLDocument) -> libsbml.Model:
    """Return the model of a consistent document that we can integrate, or raise ModelError."""
    _raise_first_error(document)
    # Units are proved by `cahill check` on our own model; foreign models often leave them out.
    for category in (
        libsbml.LIBSBML_CAT_UNITS_CONSISTENCY,
        libsbml.LIBSBML_CAT_MODELING_PRACTICE,
        libsbml.LIBSBML_CAT_SBO_CONSISTENCY,
    ):
        document.setConsistencyChecks(category, False)
    document.checkConsistency()
    _raise_first_error(document)
    model = document.getModel()
    if model is None:
        raise ModelError("SBML document holds no model; give a document with one")
    for plugin in (document.getPlugin(i) for i in range(document.getNumPlugins())):
        package = plugin.getPackageName()
        # libSBML counts the mathematics of L3V2 as a package of a Level 3 document.
        if package != "l3v2extendedmath" and document.getPackageRequired(package):
            _refuse(f'the package "{package}"', "flatten the model first")
    if model.getNumEvents():
        name = model.getEvent(0).getId() or "event 1"
        _refuse(f'the event "{name}"', "use segments of constant inputs")
    for rule in model.getListOfRules():
        if rule.isAlgebraic():
            _refuse("an algebraic rule", "solve it for one variable")
    if model.isSetConversionFactor():
        _refuse(f'the conversion factor "{model.getConversionFactor()}"', "convert the numbers")
    for species in model.getListOfSpecies():
        if species.isSetConversionFactor():
            _refuse(f'a conversion factor on "{species.getId()}"', "convert the numbers")
    for reaction in model.getListOfReactions():
        if reaction.isSetFast() and reaction.getFast():
            _refuse(f'the fast reaction "{reaction.getId()}"', "give it a large rate")
    return model


def _raise_first_error(document: libsbml.SBMLDocument) -> None:
    for index in range(document.getNumErrors()):
        error = document.getError(index)
        if error.getSeverity() >= libsbml.LIBSBML_SEV_ERROR:
            message = " ".join(error.getMessage().split())
            raise ModelError(f"SBML line {error.getLine()}: {message}")


def _refuse(what: str, remedy: str) -> None:
    raise ModelError(f"SBML model uses {what}, which is not supported; {remedy}")


def _reaction(reaction: libsbml.Reaction) -> SbmlReaction:
    def sides(references: Iterable[libsbml.SpeciesReference]) -> dict[str, float]:
        totals: dict[str, float] = {}
        for reference in references:
            name = reference.getSpecies()
            totals[name] = totals.get(name, 0.0) + stoichiometry_of(reference)
        return totals

    return SbmlReaction(
        id=reaction.getId(),
        name=reaction.getName() or reaction.getId(),
        reactants=sides(reaction.getListOfReactants()),
        products=sides(reaction.getListOfProducts()),
        reversible=reaction.getReversible(),
    )


def _units(model: libsbml.Model) -> dict[str, str]:
    """Return identifier -> unit; a unit definition is shown by its name or identifier."""
    names = {
        unit.getId(): unit.getName() or unit.getId() for unit in model.getListOfUnitDefinitions()
    }

    def shown(unit: str) -> str:
        return names.get(unit, unit)

    units = {p.getId(): shown(p.getUnits()) for p in model.getListOfParameters()}
    volumes = {
        c.getId(): shown(c.getUnits() or model.getVolumeUnits())
        for c in model.getListOfCompartments()
    }
    for species in model.getListOfSpecies():
        amount = shown(species.getSubstanceUnits() or model.getSubstanceUnits())
        volume = volumes[species.getCompartment()]
        whole = species.getHasOnlySubstanceUnits()
        units[species.getId()] = amount if whole else f"{amount}/{volume}" if volume else ""
    extent, time = shown(model.getExtentUnits()), shown(model.getTimeUnits())
    if extent and time:
        units |= {reaction.getId(): f"{extent}/{time}" for reaction in model.getListOfReactions()}
    return {name: unit for name, unit in (units | volumes).items() if unit}
