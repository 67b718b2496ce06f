"""One virtual subject, from his parameters to the reported quantities, here or on a worker."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np

from cahill.core.parameters import ParameterSet
from cahill.cycle.build import CycleModel, build_model
from cahill.cycle.quantities import QUANTITIES, StateView
from cahill.cycle.readings import quantity_values
from cahill.cycle.run import ScenarioRun, run_scenario
from cahill.cycle.scenarios import Scenario
from cahill.cycle.subjects import postabsorptive_state, subject_parameters, varied_parameters
from cahill.errors import CahillError

# Quantities followed over time; none is a tracer quantity, which a time course could not afford.
FOLLOWED = (
    "plasma_glucose",
    "insulin",
    "glucagon",
    "plasma_alanine",
    "plasma_lactate",
    "egp",
    "gluconeogenesis",
    "hepatic_glycogenolysis",
    "muscle_alanine_release",
    "hepatic_ALT",
    "urea_nitrogen",
    "serum_ALT",
)
_building = threading.Lock()


@dataclass(frozen=True)
class Study:
    """What every subject goes through.

    Parameters
    ----------
    scenario : Scenario
        What is done.
    times : tuple of float
        Output times, min; the scenario's report times are among them.
    """

    scenario: Scenario
    times: tuple[float, ...]


@dataclass(frozen=True, eq=False)
class Member:
    """What was found in one subject.

    Parameters
    ----------
    number : int
        Counted from 0.
    reason : str
        Empty, or why he is not in the ensemble, in one line.
    values : numpy.ndarray
        Reported quantities, shape (number of report times, number of `QUANTITIES`).
    course : numpy.ndarray
        `FOLLOWED` over time, shape (number of output times, number of `FOLLOWED`).
    """

    number: int
    reason: str
    values: np.ndarray
    course: np.ndarray


def simulate_members(
    model: CycleModel, study: Study, first: int, drawn: np.ndarray
) -> list[Member]:
    """Simulate subjects one after the other; one that fails carries his reason.

    Parameters
    ----------
    model : CycleModel
        The reference man.
    study : Study
        What they go through.
    first : int
        Number of the first of them.
    drawn : numpy.ndarray
        Rows of `subjects.draw_subjects`.
    """
    found = []
    for number, row in enumerate(drawn, start=first):
        try:
            found.append(simulate_member(model, study, number, subject_parameters(model, row)))
        except CahillError as error:
            nothing = np.empty((0, 0))
            found.append(Member(number, str(error), nothing, nothing))
    return found


def simulate_members_remotely(
    parameters: ParameterSet | None, study: Study, first: int, drawn: np.ndarray
) -> list[Member]:
    """Simulate subjects on a worker, which builds the model from its tables once and keeps it."""
    with _building:
        model = build_model(parameters)
        varied_parameters(model)  # loads the equations before a second thread asks for them
    return simulate_members(model, study, first, drawn)


def simulate_member(model: CycleModel, study: Study, number: int, parameters: np.ndarray) -> Member:
    """Simulate one subject from his own postabsorptive state.

    Raises
    ------
    ConvergenceError, ModelError
        If he has no such state, or the scenario drives him where he cannot go.
    """
    base = postabsorptive_state(model, parameters)
    run = run_scenario(model, study.scenario, study.times, parameters=parameters, base=base)
    values = [
        list(quantity_values(run.view(time)).values()) for time in study.scenario.report_times
    ]
    return Member(number, "", np.array(values), _followed(run))


@dataclass(frozen=True, eq=False)
class _Course:
    """A time course read as if it were one state: every level and flux is an array over time."""

    run: ScenarioRun

    def level(self, name: str) -> np.ndarray:
        return self.run.solution.states[:, self.run.model.system.state_index(name)]

    def value(self, name: str) -> np.ndarray:
        return self.run.solution.observables[:, self.run.model.system.observable_index(name)]

    def flux(self, *names: str) -> np.ndarray:
        weight = self.run.parameters[0][self.run.model.system.parameter_index("body_weight")]
        return np.sum([self.value(name) for name in names], axis=0) * 1000.0 / weight


def _followed(run: ScenarioRun) -> np.ndarray:
    # The rules only add and scale, so they read a whole time course as well as one state.
    course = cast(StateView, _Course(run))
    columns: Sequence[np.ndarray] = [np.asarray(QUANTITIES[name].read(course)) for name in FOLLOWED]
    return np.column_stack(columns)
