"""Vary one parameter, input or starting level and read the fluxes of a scenario at each value."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from math import inf, isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from cahill.cycle.build import CycleModel, build_model
from cahill.cycle.inputs import ScenarioInput, inputs, states
from cahill.cycle.quantities import HEADLINE, QUANTITIES
from cahill.cycle.readings import quantity_values
from cahill.cycle.report_parts import parameter_keys, source_lines
from cahill.cycle.run import run_scenario, vector_of
from cahill.cycle.scenarios import Scenario, load_scenario
from cahill.cycle.subjects import postabsorptive_state
from cahill.errors import CahillError, ConvergenceError, InputError, UnknownNameError
from cahill.results.base import Result
from cahill.results.provenance import collect_provenance
from cahill.results.tables import format_number

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from cahill.results.page import Page

Progress = Callable[[int, int], None]
Kind = Literal["parameter", "input", "state"]


@dataclass(frozen=True, eq=False)
class Point:
    """One value of what is varied, and what came of it.

    Parameters
    ----------
    value : float
        In the unit of what is varied.
    reason : str
        Empty, or why there are no quantities, in one line.
    quantities : mapping of str to float
        Each in the unit of its rule.
    """

    value: float
    reason: str
    quantities: Mapping[str, float]


@dataclass(frozen=True, kw_only=True, eq=False)
class Scan(Result):
    """The quantities of a scenario over a range of one parameter, input or starting level.

    Attributes
    ----------
    parameter : str
        What is varied.
    kind : {"parameter", "input", "state"}
        What that is.
    unit : str
        Its unit.
    reference : float
        Its usual value.
    log : bool
        Whether the values are evenly spaced on a logarithmic scale.
    scenario : Scenario
        What was done.
    points : tuple of Point
        Every value, those that failed with their reason.
    """

    parameter: str
    kind: Kind
    unit: str
    reference: float
    log: bool
    scenario: Scenario
    points: tuple[Point, ...]

    @property
    def title(self) -> str:
        """Heading of the report."""
        return f"{self.scenario.title}: scan of {self.parameter}"

    def summary(self) -> str:
        """Return how far the headline quantities move over the range."""
        good = [point for point in self.points if not point.reason]
        span = f"{format_number(self.points[0].value)} to {format_number(self.points[-1].value)}"
        moves = "; ".join(_move(name, good) for name in HEADLINE[:3])
        failed = len(self.points) - len(good)
        tail = f" {failed} of {len(self.points)} values failed." if failed else ""
        return (
            f"{self.parameter} from {span} {self.unit} ({self.scenario.title} at "
            f"{self.scenario.report_time / 60.0:g} h): {moves} µmol/kg/min.{tail}"
        )

    def to_frame(self) -> pd.DataFrame:
        """Return every quantity at every value; a value that failed has one row and a reason.

        Returns
        -------
        pandas.DataFrame
            parameter, x (its value), x_unit, quantity, value, unit, reason.
        """
        rows: list[tuple[str, float, str, str, float, str, str]] = []
        for point in self.points:
            start = (self.parameter, point.value, self.unit)
            if point.reason:
                rows.append((*start, "", np.nan, "", point.reason))
            for name, value in point.quantities.items():
                rows.append((*start, name, value, QUANTITIES[name].unit, ""))
        columns = ["parameter", "x", "x_unit", "quantity", "value", "unit", "reason"]
        return pd.DataFrame(rows, columns=columns)

    def plot(self) -> "Figure":
        """Draw the headline quantities over the range; the usual value is marked."""
        from cahill.cycle.scan_page import scan_picture

        return scan_picture(self)

    def page(self) -> "Page":
        """Return the report's content."""
        from cahill.cycle.scan_page import scan_page

        return scan_page(self)


def scan(
    parameter: str,
    low: float,
    high: float,
    steps: int = 11,
    *,
    log: bool = False,
    scenario: str | Path | Scenario = "overnight-fast",
    model: CycleModel | None = None,
    progress: Progress | None = None,
) -> Scan:
    """Vary one parameter, input or starting level and report the quantities of a scenario.

    A constant of the model makes another man: he starts from his own postabsorptive state. An input
    takes the place of the scenario's own (a dose-response curve), or acts throughout where the
    scenario has none. A state is what it is set to at the scenario's time zero.

    Parameters
    ----------
    parameter : str
        Name of a parameter, input or state of the model.
    low, high : float
        First and last value, in its unit.
    steps : int
        Number of values.
    log : bool
        Space the values evenly on a logarithmic scale.
    scenario : str, Path or Scenario
        Name of a scenario of the package, path of a TOML file, or a scenario.
    model : CycleModel, optional
        The reference man by default.
    progress : callable, optional
        Called with (done, total).

    Returns
    -------
    Scan
        Quantities at the report time; values that fail are rows with a reason.

    Raises
    ------
    UnknownNameError
        The model has nothing of this name.
    InputError
        The range or the number of steps cannot be used.
    ConvergenceError
        Every value failed.
    """
    model = model or build_model()
    kind = _kind(model, parameter)
    values = _values(parameter, kind, low, high, steps, log)
    chosen = scenario if isinstance(scenario, Scenario) else load_scenario(scenario)
    points = []
    for value in values:
        points.append(_point(model, chosen, kind, parameter, value))
        if progress is not None:
            progress(len(points), len(values))
    if all(point.reason for point in points):
        raise ConvergenceError(f"scan of {parameter}: every value failed; {points[0].reason}")
    reference, unit = _usual(model, kind, parameter)
    return Scan(
        parameter=parameter,
        kind=kind,
        unit=unit,
        reference=reference,
        log=log,
        scenario=chosen,
        points=tuple(points),
        notes=_notes(kind, parameter, chosen),
        sources=source_lines([*chosen.sources, *parameter_keys(model.parameters)]),
        provenance=collect_provenance(
            {chosen.path.name: chosen.path, "model (Antimony)": model.antimony},
            {"parameter": parameter, "from": low, "to": high, "steps": steps, "log": log},
        ),
    )


def _kind(model: CycleModel, name: str) -> Kind:
    if name in inputs():
        return "input"
    if name in model.system.parameter_names and name in model.parameters:
        return "parameter"
    if name in model.system.state_names:
        return "state"
    known = {*model.parameters.ids, *model.system.state_names}
    raise UnknownNameError("parameter, input or state", name, known)


def _values(name: str, kind: Kind, low: float, high: float, steps: int, log: bool) -> list[float]:
    if not (isfinite(low) and isfinite(high)) or not low < high:
        raise InputError(f"scan: the range {low:g} to {high:g} does not ascend; give --from < --to")
    if low < 0:
        raise InputError(f"scan: {name} cannot be {low:g}; give a range that is not negative")
    highest = inputs()[name].highest if kind == "input" else inf
    if high > highest:
        raise InputError(f"scan: {name} cannot be {high:g}; its largest value is {highest:g}")
    if log and low == 0:
        raise InputError("scan: a logarithmic range cannot start at 0; give --from above 0")
    if steps < 2:
        raise InputError(f"scan: {steps} steps make no range; give at least 2")
    spaced = np.geomspace(low, high, steps) if log else np.linspace(low, high, steps)
    return spaced.tolist()


def _point(model: CycleModel, scenario: Scenario, kind: Kind, name: str, value: float) -> Point:
    parameters, base = model.system.default_parameters, None
    try:
        if kind == "parameter":
            parameters = vector_of(model, {name: value})
            base = postabsorptive_state(model, parameters)
        elif kind == "input":
            scenario = _with_input(scenario, name, value)
        else:
            scenario = replace(scenario, start_state={**scenario.start_state, name: value})
        minutes = scenario.report_time
        times = sorted({0.0, minutes, scenario.duration})
        run = run_scenario(model, scenario, times, parameters=parameters, base=base)
        return Point(value, "", quantity_values(run.view(minutes)))
    except CahillError as error:
        return Point(value, str(error), {})


def _with_input(scenario: Scenario, name: str, value: float) -> Scenario:
    """Return the scenario with its input at another dose, or throughout if it has none."""
    if any(item.name == name for item in scenario.inputs):
        dosed = tuple(
            replace(item, value=value) if item.name == name else item for item in scenario.inputs
        )
    else:
        added = ScenarioInput(name, value, 0.0, scenario.duration)
        dosed = tuple(sorted((*scenario.inputs, added), key=lambda item: item.start))
    return replace(scenario, inputs=dosed)


def _usual(model: CycleModel, kind: Kind, name: str) -> tuple[float, str]:
    """Return the value of the reference man and the unit."""
    if kind == "state":
        value = model.system.default_state[model.system.state_index(name)]
        return float(value), states()[name].unit
    quantity = model.parameters[name].quantity
    return quantity.value, quantity.unit


def _notes(kind: Kind, name: str, scenario: Scenario) -> tuple[str, ...]:
    if kind == "parameter":
        return (
            f"At each value of {name} the subject starts from his own postabsorptive state "
            "(glycogen held); all other parameters are those of the model.",
        )
    if kind == "state":
        return (
            f"{name} has the value at the scenario's time zero and is free to change after it.",
        )
    if any(item.name == name for item in scenario.inputs):
        return (f"The values take the place of the scenario's own {name}, at its times.",)
    return (f"{name} acts from the scenario's time zero to its end.",)


def _move(name: str, points: list[Point]) -> str:
    values = [point.quantities[name] for point in points]
    first, last = format_number(values[0]), format_number(values[-1])
    return f"{QUANTITIES[name].title} {first} to {last}"
