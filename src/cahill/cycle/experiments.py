"""Predict one target: run what the study did and read what it measured.

A target's `scenario` is the name of a scenario or `cells NAME=VALUE ...` (the expression module
alone), its `measure` a quantity of `cahill.cycle.quantities` or one of the derived measures below,
its `hours` when it is read ("end" for the scenario's end). `versus` says what it is compared with:
nothing; `rest` (before the inputs, absolute); `fold ...` or `percent ...` (change in per cent) of
`start` (the same subject before the inputs), of another scenario (`overnight-fast 12`) or of
`cells` in another medium.
"""

from functools import cache
from math import log

import numpy as np
from scipy.optimize import brentq

from cahill.cycle.build import CycleModel
from cahill.cycle.cells import culture, rat_activity
from cahill.cycle.quantities import StateView, quantity_rule, view_of
from cahill.cycle.run import ScenarioRun, run_scenario, starting_state
from cahill.cycle.scenarios import load_scenario
from cahill.cycle.targets import Target
from cahill.cycle.tracer_fates import to_glucose
from cahill.errors import InputError
from cahill.numerics.ode import integrate

PMOL_PER_MICROUNIT = 6.0
FULL_INSULIN = 2400.0  # uU/mL

load = cache(load_scenario)


class Laboratory:
    """Runs the experiments of the targets on one set of parameters, each scenario once.

    Parameters
    ----------
    model : CycleModel
        The model.
    parameters : numpy.ndarray, optional
        Shape (n_parameters,); the model's own by default.
    base : numpy.ndarray, optional
        State twelve hours after a meal; the model's own by default.
    hours : mapping of str to set of float
        Output times by scenario.
    """

    def __init__(
        self,
        model: CycleModel,
        rows: tuple[Target, ...],
        parameters: np.ndarray | None = None,
        base: np.ndarray | None = None,
    ) -> None:
        self.model = model
        self.parameters = model.system.default_parameters if parameters is None else parameters
        self.base = model.system.default_state if base is None else base
        self._hours = _output_hours(rows)
        self._runs: dict[str, ScenarioRun] = {}
        self._views: dict[tuple[str, float], StateView] = {}

    def predict(self, target: Target) -> float:
        """Return the prediction of a target, in its unit.

        Raises
        ------
        ConvergenceError
            If its scenario cannot be run to the time wanted; the message says why.
        """
        words = target.measure.split()
        if words[0] in DERIVED:
            return DERIVED[words[0]](self, target, *words[1:])
        value = self._read(target.scenario, target.hours, target.measure)
        kind, _, other = target.versus.partition(" ")
        if not kind:
            return value
        if kind == "rest":
            return _measure(self.rest(target.scenario), target.measure)
        before = self._compared(target, other)
        return 100.0 * (value / before - 1.0) if kind == "percent" else value / before

    def _compared(self, target: Target, other: str) -> float:
        if other == "start":
            return _measure(self.rest(target.scenario), target.measure)
        if other.startswith("cells"):
            return self._read(other, target.hours, target.measure)
        scenario, _, hours = other.rpartition(" ")
        return self._read(scenario, hours, target.measure)

    def _read(self, scenario: str, hours: str, measure: str) -> float:
        return _measure(self.view(scenario, hours), measure)

    def view(self, scenario: str, hours: str) -> StateView:
        """Return a scenario, or cells, at an hour; each scenario is run once."""
        if scenario.startswith("cells"):
            doses = dict(_dose(word) for word in scenario.split()[1:])
            return culture(self.model, doses, float(hours), parameters=self.parameters)
        time = _hours(scenario, hours)
        if (scenario, time) not in self._views:
            self._views[scenario, time] = self._run(scenario).view(60.0 * time)
        return self._views[scenario, time]

    def _run(self, scenario: str) -> ScenarioRun:
        if scenario not in self._runs:
            times = 60.0 * np.array(sorted(self._hours[scenario] | {0.0}))
            self._runs[scenario] = run_scenario(
                self.model,
                load(scenario),
                times,
                parameters=self.parameters,
                base=self.base,
                raise_on_failure=False,
            )
        return self._runs[scenario]

    def rest(self, scenario: str) -> StateView:
        """Return the subject before the scenario's inputs."""
        state = starting_state(self.model, load(scenario), self.parameters, self.base)
        return view_of(self.model, state, self.parameters)

    def clamp(self, microunits: float, hours: float) -> StateView:
        """Return the end of a euglycaemic clamp at an insulin level, uU/mL."""
        system, vector = self.model.system, self.parameters.copy()
        vector[system.parameter_index("insulin_clamp")] = PMOL_PER_MICROUNIT * microunits
        vector[system.parameter_index("glucose_clamp")] = self.base[system.state_index("Glc_blood")]
        end = integrate(system, (0.0, 60.0 * hours), state=self.base, parameters=vector)
        return view_of(self.model, end.states[-1], vector)


def _insulin_for_egp(lab: Laboratory, target: Target, share: str) -> float:
    """Return the insulin, uU/mL, at which glucose production is a share of the basal rate."""
    basal = _measure(view_of(lab.model, lab.base, lab.parameters), "egp")
    return _crossing(lab, target, "egp", float(share) * basal, 8.0, 400.0)


def _insulin_for_half(lab: Laboratory, target: Target, measure: str) -> float:
    """Return the insulin, uU/mL, at which a flux is halfway from basal to maximal."""
    basal = _measure(view_of(lab.model, lab.base, lab.parameters), measure)
    most = _measure(lab.clamp(FULL_INSULIN, float(target.hours)), measure)
    return _crossing(lab, target, measure, (basal + most) / 2.0, 8.0, FULL_INSULIN)


def _crossing(
    lab: Laboratory, target: Target, measure: str, level: float, low: float, high: float
) -> float:
    def gap(logarithm: float) -> float:
        return _measure(lab.clamp(np.exp(logarithm), float(target.hours)), measure) - level

    ends = log(low), log(high)
    if gap(ends[0]) * gap(ends[1]) > 0:  # never reached within the range of insulin
        return high
    root: float = brentq(gap, *ends, xtol=1e-9)  # pyright: ignore[reportAssignmentType]
    return float(np.exp(root))


def _urea_slope(lab: Laboratory, target: Target) -> float:
    """Return urea nitrogen per amino nitrogen, both above rest."""
    loaded, rest = lab.view(target.scenario, target.hours), lab.rest(target.scenario)
    nitrogen = _measure(loaded, "plasma_amino_acids") - _measure(rest, "plasma_amino_acids")
    return (_measure(loaded, "urea_nitrogen") - _measure(rest, "urea_nitrogen")) / nitrogen


def _serum_half_life(lab: Laboratory, target: Target) -> float:
    """Return the half-life, h, of serum ALT above its level before the injury, late in its fall."""
    before = _measure(lab.rest(target.scenario), "serum_ALT")
    first, last = (
        _measure(lab.view(target.scenario, hours), "serum_ALT") - before for hours in ("48", "96")
    )
    return 48.0 * log(2.0) / log(first / last)


DERIVED = {
    "insulin_for_egp": _insulin_for_egp,
    "insulin_for_half": _insulin_for_half,
    "urea_slope": _urea_slope,
    "serum_ALT_half_life": _serum_half_life,
}


def _measure(view: StateView, measure: str) -> float:
    if measure == "rat_ALT_activity":
        return rat_activity(view)
    if measure == "glutamine_to_glucose":
        return to_glucose(view, "Gln_blood")
    return quantity_rule(measure).read(view)


def _dose(word: str) -> tuple[str, float]:
    name, equals, value = word.partition("=")
    if not equals:
        raise InputError(f'targets.tsv: "{word}" is not NAME=VALUE')
    return name, float(value)


def _hours(scenario: str, hours: str) -> float:
    return load(scenario).duration / 60.0 if hours == "end" else float(hours)


def _output_hours(rows: tuple[Target, ...]) -> dict[str, set[float]]:
    """Return when each scenario is read, by its targets and by those compared with it."""
    wanted: dict[str, set[float]] = {}
    for row in rows:
        if row.scenario and not row.scenario.startswith("cells"):
            times = wanted.setdefault(row.scenario, set())
            times.add(_hours(row.scenario, row.hours))
            if row.measure == "serum_ALT_half_life":
                times |= {48.0, 96.0}
        other = row.versus.partition(" ")[2]
        if other and other != "start" and not other.startswith("cells"):
            scenario, _, hours = other.rpartition(" ")
            wanted.setdefault(scenario, set()).add(_hours(scenario, hours))
    return wanted
