"""Run a scenario on the model's equations: the start, the inputs, the integration."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cahill.cycle.build import CycleModel
from cahill.cycle.quantities import StateView
from cahill.cycle.scenarios import Scenario
from cahill.errors import ConvergenceError, UnknownNameError
from cahill.numerics.ode import Solution, integrate

# The model's default state is that of a man this long after his last meal.
REFERENCE_HOURS = 12.0


@dataclass(frozen=True, eq=False)
class ScenarioRun:
    """A scenario's time course, with what is needed to read quantities off it.

    Parameters
    ----------
    model : CycleModel
        The model.
    scenario : Scenario
        What was done.
    solution : Solution
        States and observables at the output times, min.
    parameters : tuple of numpy.ndarray
        Parameters in force at each output time, shape (n_parameters,) each.
    """

    model: CycleModel
    scenario: Scenario
    solution: Solution
    parameters: tuple[np.ndarray, ...]

    def view(self, minutes: float) -> StateView:
        """Return the state at an output time.

        Raises
        ------
        ConvergenceError
            If the run did not get there; the message says why.
        """
        place = int(np.argmin(np.abs(self.solution.times - minutes)))
        if not np.isclose(self.solution.times[place], minutes, atol=1e-6):
            raise UnknownNameError(
                "output time", f"{minutes:g} min", [f"{t:g} min" for t in self.solution.times]
            )
        state = self.solution.states[place]
        if not np.isfinite(state).all():
            raise ConvergenceError(f"scenario {self.scenario.name}: {self.solution.message}")
        return StateView(
            self.model, state, self.parameters[place], self.solution.observables[place]
        )


def vector_of(model: CycleModel, overrides: Mapping[str, float] | None) -> np.ndarray:
    """Return the parameter vector with some values replaced, refusing unknown names."""
    parameters = model.system.default_parameters.copy()
    for name, value in (overrides or {}).items():
        parameters[model.system.parameter_index(name)] = value
    return parameters


def starting_state(
    model: CycleModel, scenario: Scenario, parameters: np.ndarray, base: np.ndarray | None = None
) -> np.ndarray:
    """Return the state at the scenario's time zero.

    Twelve hours after a meal is the model's default state. Later starts are reached from it by
    fasting; earlier ones from the end of absorption, which is the same state with the glycogen
    that twelve hours of fasting leave at the default.

    Parameters
    ----------
    model, scenario
        What is started.
    parameters : numpy.ndarray
        Parameters without the scenario's inputs, shape (n_parameters,).
    base : numpy.ndarray, optional
        State twelve hours after a meal, shape (n_states,); the model's own by default.
    """
    system = model.system
    state = (system.default_state if base is None else base).copy()
    hours = scenario.hours_fasted
    if hours < REFERENCE_HOURS:
        absorbed = parameters[system.parameter_index("Glycogen_liver_absorbed")]
        state[system.state_index("Glycogen_liver")] = absorbed
        lead_in = hours
    else:
        lead_in = hours - REFERENCE_HOURS
    if lead_in > 0.0:
        state = integrate(system, (0.0, 60.0 * lead_in), state=state, parameters=parameters).states[
            -1
        ]
    return scenario.initial_state(system.state_names, state)


def run_scenario(
    model: CycleModel,
    scenario: Scenario,
    times: Sequence[float] | np.ndarray,
    *,
    parameters: np.ndarray | None = None,
    base: np.ndarray | None = None,
    raise_on_failure: bool = True,
) -> ScenarioRun:
    """Integrate a scenario.

    Parameters
    ----------
    model, scenario
        What is run.
    times : sequence of float
        Output times from the scenario's time zero, min.
    parameters : numpy.ndarray, optional
        Parameters without the scenario's inputs; the model's own by default.
    base : numpy.ndarray, optional
        As for `starting_state`.
    raise_on_failure : bool
        Raise ConvergenceError, or leave the message in the solution.
    """
    system = model.system
    vector = system.default_parameters if parameters is None else parameters
    segments = scenario.segments(system.parameter_names, vector)
    start = starting_state(model, scenario, vector, base)
    solution = integrate(
        system,
        times,
        state=start,
        parameters=vector,
        segments=segments,
        free=free_states(model, scenario),
        raise_on_failure=raise_on_failure,
    )
    starts = np.array([begin for begin, _ in segments])
    in_force = np.searchsorted(starts, solution.times, side="right") - 1
    return ScenarioRun(model, scenario, solution, tuple(segments[max(i, 0)][1] for i in in_force))


def free_states(model: CycleModel, scenario: Scenario) -> np.ndarray | None:
    """Return which states may change; None if all may."""
    if not scenario.held:
        return None
    free = np.ones(model.system.n_states, dtype=bool)
    free[[model.system.state_index(name) for name in scenario.held]] = False
    return free
