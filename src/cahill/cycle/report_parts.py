"""Parts that reports of the cycle share: inputs, flux table, parameters with evidence, sources."""

from collections.abc import Iterable, Mapping

import pandas as pd

from cahill.core.parameters import ParameterSet
from cahill.cycle.quantities import QUANTITIES, StateView
from cahill.cycle.readings import flux_frame, quantity_frame
from cahill.cycle.scenarios import Scenario
from cahill.io.references import format_reference
from cahill.results.page import Fact, Section, Table
from cahill.results.tables import format_number, format_range

# Units as a report prints them.
PRINTED_UNIT = {"umol/kg/min": "µmol/kg/min", "dimensionless": "relative"}
DAYS_FROM = 96.0
GRADES = (
    "Measured: read in the source. Derived: calculated from it. Fitted: set so that the model "
    "meets a calibration target. Assumed: the note says why."
)


def time_text(minutes: float) -> str:
    """Write a time in hours, or in days from four days on."""
    hours = minutes / 60.0
    return f"{hours:g} h" if hours < DAYS_FROM else f"{hours / 24.0:g} d"


def when_text(minutes: float) -> str:
    """Write a point of time: "at 12 h"."""
    return f"at {time_text(minutes)}"


def headline_fact(name: str, value: float, beside: str = "", met: bool | None = None) -> Fact:
    """Return a reported quantity as a headline number."""
    rule = QUANTITIES[name]
    title = rule.title[0].upper() + rule.title[1:]
    return Fact(title, format_number(value), PRINTED_UNIT.get(rule.unit, rule.unit), beside, met)


def flux_section(view: StateView, when: str, heading: str = "Fluxes") -> Section:
    """Return the table of every reaction's flux at one time."""
    frame = flux_frame(view).drop(columns="unit")
    reactions = {reaction.id: reaction for reaction in view.model.sbml_model.reactions}
    equation = [
        _equation(reactions[name].reactants, reactions[name].products) for name in frame.reaction
    ]
    frame.insert(1, "equation", equation)
    caption = (
        f"Every reaction {when}, µmol/kg/min. Net flux is positive as the equation is written; "
        "forward and backward are the gross fluxes of a reversible step (of a transaminase, its "
        "half-reaction with the amino acid)."
    )
    return Section(heading, tables=(Table(frame, caption, sortable=True),))


def quantities_table(columns: Mapping[str, Mapping[str, float]]) -> Table:
    """Return the table of the reported quantities, a column a state.

    Parameters
    ----------
    columns : mapping of str to mapping of str to float
        By heading, the quantities of one state.
    """
    first = quantity_frame(next(iter(columns.values())))
    frame = first[["title"]].rename(columns={"title": "quantity"})
    for heading, values in columns.items():
        frame[heading] = list(values.values())
    frame["unit"] = first["unit"].replace(PRINTED_UNIT)
    return Table(frame, "What is reported of a state.", sortable=True)


def _equation(reactants: dict[str, float], products: dict[str, float]) -> str:
    return f"{_side(reactants)} → {_side(products)}"


def _side(species: dict[str, float]) -> str:
    return " + ".join(f"{n:g} {name}" if n != 1 else name for name, n in species.items())


def parameters_section(parameters: ParameterSet) -> Section:
    """Return every parameter with its range and evidence, to be filtered."""
    frame = parameters.to_frame()
    ranges = [_range(low, high) for low, high in zip(frame.pop("low"), frame.pop("high"))]
    frame.insert(3, "range", ranges)
    texts = zip(frame.pop("source"), frame.pop("locator"), frame.pop("note"))
    frame["evidence"] = [_evidence(*row) for row in texts]
    frame = frame.drop(columns=["sd", "role"])
    table = Table(frame, f"All {len(frame)} parameters.", {"id": "parameter"}, True, digits=4)
    return Section("Parameters", (GRADES,), tables=(table,))


def _range(low: float, high: float) -> str:
    return format_range(low, high) if low == low or high == high else ""


def _evidence(source: str, locator: str, note: str) -> str:
    keys = "; ".join(key for part in source.split(";") if (key := part.strip()))
    return "; ".join(text for text in (keys, locator, note) if text)


def inputs_table(scenario: Scenario) -> Table:
    """Return what the scenario gives, when, and on what evidence."""
    rows = [
        (
            item.name.replace("_", " "),
            item.text,
            f"{item.start / 60.0:.4g}–{item.end / 60.0:.4g}",
            item.grade,
            item.source,
            item.note,
        )
        for item in scenario.inputs
    ]
    columns = ["input", "value", "time (h)", "grade", "source", "note"]
    return Table(pd.DataFrame(rows, columns=columns), "Inputs of the scenario.")


def parameter_keys(parameters: ParameterSet) -> list[str]:
    """Return the keys of the sources of a set's parameters."""
    evidence = (row.quantity.evidence for row in parameters.parameters)
    return [key for item in evidence if item is not None for key in item.keys]


def source_lines(keys: Iterable[str]) -> tuple[str, ...]:
    """Return one line a source, its key in front, in the order of the keys' names."""
    wanted = sorted({key for key in keys if key}, key=str.lower)
    return tuple(f"{key}: {format_reference(key)}" for key in wanted)
