"""Which fluxes of a study nothing determines, before anything is fitted."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from cahill.core.labelling import TracingStudy
from cahill.core.network_check import Issue
from cahill.errors import CahillError
from cahill.tracing.fit_problem import FitProblem, fit_problem
from cahill.tracing.flux_space import flux_space
from cahill.tracing.starts import draw_starts

_POINTS = 2  # flux states looked at; a flux is open if it is so at all of them
_BLIND = 1e-9  # sensitivity, of the largest, under which a direction changes nothing
_MOVED = 1e-3  # part of a flux's own direction from which it counts as moved


def check_determined(study: TracingStudy) -> Iterator[Issue]:
    """Yield what no balance, constraint or measurement determines, whatever the values measured.

    Judged by the sensitivities of the measurements at random flux states. Studies without
    measurements are not judged; balances and constraints that cannot all be met are an error.

    Parameters
    ----------
    study : TracingStudy
        A study whose parts fit together (`cahill.core.study_check`).
    """
    measured = any(experiment.labels for experiment in study.experiments) or study.fluxes
    try:
        space = flux_space(study)
        if not measured:
            return
        problem = fit_problem(study, space)
        points = draw_starts(problem, _POINTS, seed=1, screened=1)
        open_nets = np.all([_open_nets(problem, theta) for theta in points], axis=0)
        open_exchanges = np.all([_open_exchanges(problem, theta) for theta in points], axis=0)
    except CahillError as error:
        yield Issue("error", study.name, str(error))
        return
    for name in np.array(space.reactions)[open_nets]:
        yield Issue("warning", f'reaction "{name}"', "nothing determines its net flux")
    names = np.array(space.steps)[open_exchanges]
    if len(names):
        listed = ", ".join(names)
        yield Issue("warning", study.name, f"nothing determines the exchange fluxes of {listed}")


def _open_nets(problem: FitProblem, theta: np.ndarray) -> np.ndarray:
    return _open(problem, theta, problem.space.net.matrix)


def _open_exchanges(problem: FitProblem, theta: np.ndarray) -> np.ndarray:
    space = problem.space
    return _open(problem, theta, space.exchange_derivative(space.state(theta)))


def _open(problem: FitProblem, theta: np.ndarray, gradients: np.ndarray) -> np.ndarray:
    """Return which functions of the parameters can move while no prediction changes."""
    widths = problem.space.widths
    _, jacobian = _with_own_values(problem, theta).linearised(theta)
    _, sizes, span = np.linalg.svd(jacobian * widths)
    blind = span[int(np.sum(sizes > _BLIND * sizes.max(initial=0.0))) :]
    moved = np.linalg.norm((gradients * widths) @ blind.T, axis=1)
    return moved > _MOVED * np.linalg.norm(gradients * widths, axis=1)


def _with_own_values(problem: FitProblem, theta: np.ndarray) -> FitProblem:
    """Return the problem as if its predictions at theta had been measured."""
    predicted = problem.predict(problem.space.state(theta))
    labels = tuple(replace(rows, values=v) for rows, v in zip(problem.labels, predicted))
    return replace(problem, labels=labels)
