"""Simulate a scenario: time courses, fluxes and carbon transfers, as one result."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cahill.core.trajectory import Trajectory
from cahill.cycle.build import CycleModel, build_model
from cahill.cycle.inputs import states
from cahill.cycle.literature import scenario_targets
from cahill.cycle.plausible import range_notes
from cahill.cycle.quantities import QUANTITIES, view_of
from cahill.cycle.readings import (
    cycle_map,
    flux_frame,
    gap_reason,
    quantity_values,
    readable_times,
    tracer_quantities,
)
from cahill.cycle.report_parts import parameter_keys, source_lines, time_text, when_text
from cahill.cycle.run import ScenarioRun, run_scenario
from cahill.cycle.scenarios import Scenario, load_scenario
from cahill.errors import ConvergenceError
from cahill.results.base import Result
from cahill.results.provenance import Provenance, collect_provenance

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from cahill.results.page import Page

OUTPUTS = 121
TRACER_OUTPUTS = 25
Progress = Callable[[int, int], None]


@dataclass(frozen=True, kw_only=True, eq=False)
class Simulation(Result):
    """What a scenario does to the cycle.

    Attributes
    ----------
    run : ScenarioRun
        The integrated scenario; `run.view(minutes)` gives any output time.
    trajectory : Trajectory
        Every state and every reported quantity that needs no tracer, at all output times.
    tracer : Trajectory
        Rates of appearance and carbon transfers, at fewer times, among them the report times.
    """

    run: ScenarioRun
    trajectory: Trajectory
    tracer: Trajectory

    @property
    def scenario(self) -> Scenario:
        """The scenario that was run."""
        return self.run.scenario

    @property
    def title(self) -> str:
        """Heading of the report."""
        return self.scenario.title

    @cached_property
    def reported(self) -> Mapping[str, float]:
        """The reported quantities at the report time, each in the unit of its rule."""
        return self.quantities(self.scenario.report_time)

    @cached_property
    def at_start(self) -> Mapping[str, float]:
        """The reported quantities at time zero, without the inputs."""
        model = self.run.model
        start = self.run.solution.states[0]
        return quantity_values(view_of(model, start, model.system.default_parameters))

    def quantities(self, minutes: float) -> dict[str, float]:
        """Return every reported quantity at an output time."""
        return quantity_values(self.run.view(minutes))

    def fluxes(self, minutes: float | None = None) -> pd.DataFrame:
        """Return net and gross flux of every reaction, umol/kg/min.

        Parameters
        ----------
        minutes : float, optional
            An output time; the report time by default.

        Returns
        -------
        pandas.DataFrame
            Columns reaction, net, forward, backward, unit.

        Raises
        ------
        UnknownNameError
            If this is no output time.
        """
        return flux_frame(self.run.view(self._time(minutes)))

    def summary(self) -> str:
        """Return the alanine flux and the two carbon transfers in a sentence."""
        from cahill.cycle.simulate_page import sentence

        return sentence(self)

    def to_frame(self) -> pd.DataFrame:
        """Return states and reported quantities: time_h, quantity, value, unit."""
        return pd.concat([self.trajectory.to_frame(), self.tracer.to_frame()], ignore_index=True)

    def tables(self) -> Mapping[str, pd.DataFrame]:
        """Return the time courses and the fluxes at every report time."""
        parts = [
            self.fluxes(time).assign(time_h=time / 60.0) for time in self.scenario.report_times
        ]
        return {"results": self.to_frame(), "fluxes": pd.concat(parts, ignore_index=True)}

    def plot(self) -> "Figure":
        """Return the time courses."""
        from cahill.cycle.courses import draw_courses

        return draw_courses(self.to_frame(), self.scenario)

    def plot_map(self, minutes: float | None = None) -> "Figure":
        """Return the cycle map at an output time, min; at the report time by default."""
        time = self._time(minutes)
        return cycle_map(self.run.view(time), self.title, when_text(time))

    def page(self) -> "Page":
        """Return the report."""
        from cahill.cycle.simulate_page import simulation_page

        return simulation_page(self)

    def _time(self, minutes: float | None) -> float:
        return self.scenario.report_time if minutes is None else minutes


def simulate(
    scenario: str | Path | Scenario,
    *,
    model: CycleModel | None = None,
    overrides: Mapping[str, float] | None = None,
    progress: Progress | None = None,
) -> Simulation:
    """Simulate a scenario.

    Parameters
    ----------
    scenario : str, Path or Scenario
        Name of a scenario of the package, path of a TOML file, or a scenario.
    model : CycleModel, optional
        The model of the reference man by default.
    overrides : mapping of str to float, optional
        Parameters that replace the model's, in its units.
    progress : callable, optional
        Called with (done, total).

    Returns
    -------
    Simulation
        Time courses, fluxes, quantities, report.

    Raises
    ------
    InputError, UnitError, UnknownNameError
        The scenario or a parameter cannot be used.
    ConvergenceError
        The scenario drives the model where it cannot go: which quantity left its range, and when.

    Examples
    --------
    >>> import cahill
    >>> cahill.simulate("overnight-fast").to_frame()  # doctest: +SKIP
    """
    chosen = scenario if isinstance(scenario, Scenario) else load_scenario(scenario)
    model = model or build_model()
    if overrides:
        model = build_model(model.parameters.updated(overrides))
    run = _run(model, chosen)
    trajectory = _trajectory(run)
    tracer = _tracer_course(run, progress)
    return Simulation(
        run=run,
        trajectory=trajectory,
        tracer=tracer,
        notes=range_notes(trajectory) + tracer.notes,
        sources=_sources(run),
        provenance=_provenance(run, overrides or {}),
    )


def output_times(scenario: Scenario, count: int = OUTPUTS) -> np.ndarray:
    """Return evenly spaced times, min, and among them the report times and changes of input."""
    exact = {0.0, scenario.duration, *scenario.report_times}
    exact |= {time for item in scenario.inputs for time in (item.start, item.end)}
    even = np.linspace(0.0, scenario.duration, count)
    fixed = np.array(sorted(exact))
    # A time of the even grid that rounding parts from an exact one is dropped.
    apart = np.abs(even[:, None] - fixed).min(axis=1) > 1e-6 * max(scenario.duration, 1.0)
    return np.union1d(even[apart], fixed)


def _run(model: CycleModel, scenario: Scenario) -> ScenarioRun:
    try:
        return run_scenario(model, scenario, output_times(scenario))
    except ConvergenceError as error:
        message = f"scenario {scenario.name}: {readable_times(str(error))}"
        raise ConvergenceError(message) from error


def _trajectory(run: ScenarioRun) -> Trajectory:
    """Return states and the quantities that need no tracer, at every output time."""
    names, times = run.model.system.state_names, run.solution.times
    costly = tracer_quantities(run.model)
    # A reported quantity of a state's name is that state.
    cheap = tuple(name for name in QUANTITIES if name not in (*costly, *names))
    values = [list(quantity_values(run.view(time), cheap).values()) for time in times]
    units = tuple(states()[name].unit for name in names)
    return Trajectory(
        times,
        names + cheap,
        np.hstack([run.solution.states, np.array(values)]),
        units + _units(cheap),
    )


def _tracer_course(run: ScenarioRun, progress: Progress | None) -> Trajectory:
    """Return the tracer quantities at some output times; where one has none, a note says why."""
    times = _tracer_times(run)
    names = tracer_quantities(run.model)
    values = []
    for done, time in enumerate(times, start=1):
        values.append(list(quantity_values(run.view(time), names).values()))
        if progress is not None:
            progress(done, len(times))
    table = np.array(values)
    gaps = times[np.isnan(table).all(axis=1)]
    return Trajectory(times, names, table, _units(names), _gap_notes(run, gaps))


def _gap_notes(run: ScenarioRun, gaps: np.ndarray) -> tuple[str, ...]:
    """Return a note on the times at which carbon transfers are not defined, and why."""
    if not len(gaps):
        return ()
    times = f"{len(gaps)} {'time' if len(gaps) == 1 else 'times'}"
    first = f"first at {gaps[0] / 60.0:.3g} h"
    reason = gap_reason(run.view(gaps[0]))
    return (f"Carbon transfers are not defined at {times}, {first}: {reason}.",)


def _tracer_times(run: ScenarioRun) -> np.ndarray:
    """Return some of the output times: every so many, the report times, both sides of a change."""
    times = run.solution.times
    wanted = np.linspace(0.0, run.scenario.duration, TRACER_OUTPUTS)
    wanted = np.concatenate([wanted, run.scenario.report_times])
    places = np.abs(times[:, None] - wanted).argmin(axis=0)
    changes = [time for item in run.scenario.inputs for time in (item.start, item.end)]
    after = np.searchsorted(times, sorted({time for time in changes if time > 0.0}))
    return times[np.unique(np.concatenate([places, after, after - 1]).astype(int))]


def _units(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(QUANTITIES[name].unit for name in names)


def _sources(run: ScenarioRun) -> tuple[str, ...]:
    """Return the references of scenario, targets and parameters."""
    scenario = run.scenario
    keys = [*scenario.sources, *(item.source for item in scenario.inputs)]
    keys += [key for row in scenario_targets(scenario) for key in row.source.split(";")]
    return source_lines([*keys, *parameter_keys(run.model.parameters)])


def _provenance(run: ScenarioRun, overrides: Mapping[str, float]) -> Provenance:
    scenario = run.scenario
    inputs = {scenario.path.name: scenario.path, "model (Antimony)": run.model.antimony}
    options: dict[str, object] = {
        "scenario": scenario.name,
        "duration": time_text(scenario.duration),
        "parameters": run.model.parameters.name,
    }
    options |= {f"parameter {name}": repr(value) for name, value in overrides.items()}
    return collect_provenance(inputs, options)
