"""Run a virtual tracer study: choose the state, infuse, sample, analyse, compare with the truth."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from cahill.core.tracer_infusion import InfusionStudy
from cahill.cycle.build import CycleModel, build_model
from cahill.cycle.literature import scenario_targets
from cahill.cycle.quantities import StateView, view_of
from cahill.cycle.readings import readable_times
from cahill.cycle.report_parts import parameter_keys, source_lines
from cahill.cycle.run import ScenarioRun, run_scenario
from cahill.cycle.scenarios import Scenario
from cahill.errors import ConvergenceError, InputError
from cahill.results.provenance import collect_provenance
from cahill.tracing.tracer_kinetics import TracerKinetics, tracer_kinetics
from cahill.workflows._virtual_result import VirtualStudy
from cahill.workflows._virtual_samples import (
    LAST_HALF_HOUR,
    Occurrence,
    infuse,
    observe,
    sample_times,
)
from cahill.workflows._virtual_tracers import ANALYTES, Metabolism, metabolism
from cahill.workflows._virtual_truth import true_fluxes

SHORTEST = 60.0
# Fluxes and amounts are smooth between changes of input; states are taken this often, min.
EVERY = 5.0
LENGTHS = (2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 24.0)
# Ten weeks: beyond the turnover of every pool that takes up label.
AT_LAST = 1e5
FEW_DRAWS = 100


@dataclass(frozen=True)
class Design:
    """When and how a virtual study is done.

    Parameters
    ----------
    minutes : float
        Length of the infusion.
    end : float or None
        When it ends, min of the scenario; at the last report time if None.
    noise : float
        Standard deviation of every measurement, as a share of it.
    seed : int
        Of its random numbers.
    """

    minutes: float
    end: float | None
    noise: float
    seed: int

    def __post_init__(self) -> None:
        if not SHORTEST <= self.minutes < np.inf:
            raise InputError(
                f"an infusion of {self.minutes / 60.0:g} h: give at least {SHORTEST / 60.0:g} h, "
                "of which the last half hour is sampled for the plateau"
            )
        if not 0 <= self.noise < 0.5:
            raise InputError(f"noise of {100 * self.noise:g} %: give 0 to 50 %")


def virtual_study(
    scenario: Scenario, design: Design, model: CycleModel | None = None
) -> VirtualStudy:
    """Infuse virtual tracers into a scenario and analyse what plasma shows.

    Parameters
    ----------
    scenario : Scenario
        What the man does.
    design : Design
    model : CycleModel, optional
        The model of the reference man by default.

    Raises
    ------
    InputError
        If the infusion would end outside the scenario.
    ModelError
        If fluxes run where label cannot be followed.
    ConvergenceError
        If the scenario cannot be run to the end of the infusion.
    """
    model = model or build_model()
    end = scenario.report_time if design.end is None else design.end
    if not 0 < end <= scenario.duration:
        raise InputError(
            f"an infusion that ends at {end / 60.0:g} h is outside scenario {scenario.name} "
            f"(0 to {scenario.duration / 60.0:g} h)"
        )
    rest = max(0.0, design.minutes - end)
    run, begin = _run(model, delayed(scenario, rest), end + rest, design.minutes)
    body = _body(run, begin)
    times = sample_times(design.minutes)
    labels = infuse(body, np.union1d(times, np.arange(EVERY, design.minutes, EVERY)))
    rng = np.random.default_rng(design.seed)
    exact = _analyse([observe(body, labels, times, scenario.name, 0.0, rng)], FEW_DRAWS)
    found = exact
    if design.noise > 0:
        occurrence = observe(body, labels, times, scenario.name, design.noise, rng)
        found = _analyse([occurrence], 2000, design.seed)
    middle = run.view(begin + design.minutes - LAST_HALF_HOUR[0] / 2.0)
    keys = [key for row in scenario_targets(scenario) for key in row.source.split(";")]
    keys += [*scenario.sources, *parameter_keys(model.parameters)]
    return VirtualStudy(
        scenario=scenario,
        begin=end - design.minutes,
        minutes=design.minutes,
        noise=design.noise,
        found=found,
        exact=exact,
        frozen=_frozen(middle),
        truth=true_fluxes(middle),
        labels=labels,
        sources=(*found.sources, *source_lines(keys)),
        notes=_notes(scenario, rest, found),
        provenance=collect_provenance(
            {scenario.path.name: scenario.path, "model (Antimony)": model.antimony},
            {
                "scenario": scenario.name,
                "infusion (h)": design.minutes / 60.0,
                "end (h)": end / 60.0,
                "noise (%)": 100.0 * design.noise,
                "seed": design.seed,
                "parameters": model.parameters.name,
            },
        ),
    )


def delayed(scenario: Scenario, minutes: float) -> Scenario:
    """Return the scenario after so many minutes at rest, for an infusion that begins before it."""
    if not minutes:
        return scenario
    inputs = tuple(
        replace(item, start=item.start + minutes, end=item.end + minutes)
        for item in scenario.inputs
    )
    return replace(
        scenario,
        duration=scenario.duration + minutes,
        report_times=tuple(time + minutes for time in scenario.report_times),
        inputs=inputs,
    )


def _run(
    model: CycleModel, scenario: Scenario, end: float, minutes: float
) -> tuple[ScenarioRun, float]:
    """Run the scenario to the end of the infusion; return it with the begin of the infusion."""
    begin = end - minutes
    even = np.linspace(begin, end, int(np.ceil(minutes / EVERY)) + 1)
    changes = [t for item in scenario.inputs for t in (item.start, item.end) if begin < t < end]
    middle = end - LAST_HALF_HOUR[0] / 2.0
    times = np.union1d([0.0, *even], [*changes, middle])
    # Times that only rounding tells apart would be steps of no length.
    times = times[np.concatenate([[True], np.diff(times) > 1e-6])]
    try:
        return run_scenario(model, scenario, times), float(begin)
    except ConvergenceError as error:
        message = f"scenario {scenario.name}: {readable_times(str(error))}"
        raise ConvergenceError(message) from error


def _body(run: ScenarioRun, begin: float) -> Metabolism:
    """Return fluxes and amounts from the begin of the infusion on, twice where an input jumps."""
    times, views = [], []
    for place, time in enumerate(run.solution.times):
        if time < begin - 1e-6:
            continue
        before = run.parameters[place - 1]
        if time > begin + 1e-6 and not np.array_equal(before, run.parameters[place]):
            times.append(time - begin)
            views.append(view_of(run.model, run.solution.states[place], before))
        times.append(max(time - begin, 0.0))
        views.append(run.view(time))
    return metabolism(views, np.array(times))


def _frozen(view: StateView) -> TracerKinetics:
    """Analyse infusions of many lengths, and one without end, into a state held as it is."""
    body = metabolism([view, view], np.array([0.0, AT_LAST]))
    ends = {**{f"{hours:g} h": 60.0 * hours for hours in LENGTHS}, "steady": AT_LAST}
    windows = {state: end - np.array(LAST_HALF_HOUR) for state, end in ends.items()}
    labels = infuse(body, np.unique(np.concatenate(list(windows.values()))))
    rng = np.random.default_rng(0)
    seen = [observe(body, labels, window, name, 0.0, rng) for name, window in windows.items()]
    return _analyse(seen, FEW_DRAWS)


def _analyse(seen: Iterable[Occurrence], draws: int, seed: int = 1) -> TracerKinetics:
    seen = list(seen)
    study = InfusionStudy(
        "virtual tracers",
        tuple(one for part in seen for one in part.infusions),
        tuple(one for part in seen for one in part.courses),
        ANALYTES,
        tuple(one for part in seen for one in part.exchanges),
    )
    return tracer_kinetics(study, draws=draws, seed=seed)


def _notes(scenario: Scenario, rest: float, found: TracerKinetics) -> tuple[str, ...]:
    notes = []
    if rest:
        notes.append(f"The infusion begins {rest:g} min before scenario {scenario.name}, at rest.")
    if not found.study.exchanges:
        notes.append(
            "Positions of label in glucose tell no exchange in the TCA cycle (their ratio is 4 or "
            "less), so the transfer to glucose is not corrected for it."
        )
    return (*notes, *found.notes)
