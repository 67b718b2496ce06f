"""Checks of what is written down: names, units, evidence, ranges, annotations, scenarios."""

from collections.abc import Iterable, Iterator

from cahill.core.network_check import Issue
from cahill.cycle.build import DATA, UNITS, CycleModel, annotations
from cahill.cycle.flux_map import read_flux_map
from cahill.cycle.scenarios import load_scenario, scenario_names
from cahill.errors import CahillError, UnknownNameError
from cahill.io.references import references
from cahill.io.sbml_check import names_in_formulas, undefined_names, variables_of

# Numbers that no formula uses: the reports and the fasts before a scenario do.
OUTSIDE_THE_FORMULAS = frozenset({"body_weight", "Glycogen_liver_absorbed"})


def check_names(model: CycleModel) -> Iterator[Issue]:
    """Yield every name in the model's text that nothing defines, and every pool without a start."""
    known = set(model.parameters.ids) | set(model.species)
    for name in undefined_names(model.sbml):
        fault = UnknownNameError("name", name, known - {name})
        yield Issue("error", "model text", f"{fault}; no table gives it a value")
    for species in model.species.values():
        if not (species.boundary or species.enzyme_bound or species.id in model.parameters):
            yield Issue("error", f'species "{species.id}"', "no table gives its start value")


def check_units(model: CycleModel) -> Iterator[Issue]:
    """Yield every unit of a table that the model does not define."""
    rows = [(row.id, row.quantity.unit) for row in model.parameters.parameters]
    rows += [(row.id, row.unit) for row in annotations() if row.unit]
    for name, unit in rows:
        if unit not in UNITS and unit != "dimensionless":
            yield Issue("error", f'"{name}"', f"{UnknownNameError('unit', unit, UNITS)}")


def check_evidence(model: CycleModel) -> Iterator[Issue]:
    """Yield every number without evidence, or with a source that `references.bib` does not have."""
    for row in model.parameters.parameters:
        where, evidence = f'parameter "{row.id}"', row.quantity.evidence
        if evidence is None:
            yield Issue("error", where, "has no evidence")
            continue
        if evidence.grade in ("assumed", "fitted") and not evidence.note:
            yield Issue("error", where, f"is {evidence.grade} and no note says why or to what")
        yield from _unknown("source", evidence.keys, references(), where)


def check_ranges(model: CycleModel) -> Iterator[Issue]:
    """Yield every range that is empty or does not hold its value."""
    for row in model.parameters.parameters:
        where = f'parameter "{row.id}"'
        low, high = row.low, row.high
        if low is not None and high is not None and low >= high:
            yield Issue("error", where, f"its range {low:g} to {high:g} is empty")
        elif (low is not None and row.value < low) or (high is not None and row.value > high):
            yield Issue("error", where, f"its value {row.value:g} lies outside its range")


def check_use(model: CycleModel) -> Iterator[Issue]:
    """Yield every number that no formula uses and that starts no state."""
    used = names_in_formulas(model.sbml) | OUTSIDE_THE_FORMULAS | set(model.system.state_names)
    used |= {species.compartment for species in model.species.values()}
    for name in model.parameters.ids:
        if name not in used:
            yield Issue("error", f'parameter "{name}"', "is used nowhere; use it or remove it")


def check_annotations(model: CycleModel) -> Iterator[Issue]:
    """Yield every reaction, variable or compartment without its row, and rows of nothing."""
    rows = {row.id for row in annotations()}
    things = {reaction.id for reaction in model.sbml_model.reactions}
    things |= variables_of(model.sbml)
    things |= {species.compartment for species in model.species.values()}
    for name in sorted(things - rows):
        yield Issue("error", f'"{name}"', "reactions.tsv and variables.tsv do not say what it is")
    yield from _unknown("thing", sorted(rows - things), things, "reactions.tsv or variables.tsv")


def check_flux_map(model: CycleModel) -> Iterator[Issue]:
    """Yield every row of the flux map whose flux, scale or source does not exist."""
    for row in read_flux_map(DATA / "calibration" / "flux_map.tsv"):
        where = f'flux_map.tsv "{row.flux}"'
        yield from _unknown("flux", [row.flux], model.system.observable_names, where)
        if row.scale:
            yield from _unknown("parameter", [row.scale], model.parameters, where)
        keys = [key.strip() for key in row.source.split(";") if key.strip()]
        yield from _unknown("source", keys, references(), where)
        if row.sd <= 0:
            yield Issue("error", where, f"its sd {row.sd:g} is not positive")


def check_scenarios(model: CycleModel) -> Iterator[Issue]:
    """Yield every scenario that does not load, or names what the model does not have."""
    for name in scenario_names():
        where = f'scenario "{name}"'
        try:
            scenario = load_scenario(name)
        except CahillError as error:
            yield Issue("error", where, str(error))
            continue
        inputs = dict.fromkeys(item.name for item in scenario.inputs)
        states = dict.fromkeys((*scenario.start_state, *scenario.held))
        yield from _unknown("input", inputs, model.parameters, where)
        yield from _unknown("state", states, model.system.state_names, where)
        yield from _unknown("source", scenario.sources, references(), where)


def _unknown(kind: str, names: Iterable[str], known: Iterable[str], where: str) -> Iterator[Issue]:
    """Yield a fault for every name that is not known, with the nearest ones."""
    known = set(known)
    for name in names:
        if name not in known:
            yield Issue("error", where, str(UnknownNameError(kind, name, known)))
