"""Intervals of fitted fluxes by linear approximation: the covariance at the optimum."""

import math
from collections.abc import Sequence

import numpy as np
from scipy.stats import norm

from cahill.core.labelling import Flux
from cahill.tracing.fit_problem import FitProblem
from cahill.tracing.flux_space import FluxSpace
from cahill.tracing.goodness import identifiability
from cahill.tracing.intervals import (
    FIXED,
    HIGH_LIMIT,
    HIGH_OPEN,
    LOW_LIMIT,
    LOW_OPEN,
    NO_LIMIT,
    FluxIntervals,
    Target,
    as_targets,
    check_level,
    intervals_frame,
    is_fixed,
    linear_coordinate,
    reach,
    target_gradients,
    target_values,
)


def linear_intervals(
    problem: FitProblem,
    theta: np.ndarray,
    wanted: Sequence[Target | Flux | str] | None = None,
    *,
    level: float = 0.95,
) -> FluxIntervals:
    """Return intervals from the covariance of the parameters at the optimum.

    Symmetric for net fluxes and shares, symmetric on the logarithmic scale for exchange fluxes and
    pools; cut at the limits of the flux space. The quickest and the least to be trusted: fluxes
    that respond non-linearly, or lie at a limit, need a profile.

    Parameters
    ----------
    problem : FitProblem
    theta : numpy.ndarray
        The optimum.
    wanted : sequence of Target, Flux or str, optional
        All net fluxes by default.
    level : float

    Raises
    ------
    InputError
        If the level is not between 0 and 1.
    UnknownNameError
        If there is no such flux or pool.
    """
    check_level(level)
    space = problem.space
    chosen = as_targets(problem.study, space, wanted)
    state = space.state(theta)
    values = target_values(space, state, chosen)
    gradients = target_gradients(space, state, chosen)
    jacobian = problem.linearised(theta)[1]
    known = identifiability(jacobian, space.polytope, theta, space.widths)
    errors = known.standard_errors(gradients)
    wide = float(norm.ppf(0.5 + level / 2))
    rows = []
    for target, value, error in zip(chosen, values, errors):
        if is_fixed(linear_coordinate(space, target)[0]):
            rows.append((target, value, value, value, FIXED))
        else:
            rows.append((target, value, *_linear_ends(space, target, value, wide * error)))
    return FluxIntervals(intervals_frame(rows), level, "linear")


def _linear_ends(
    space: FluxSpace, target: Target, value: float, half: float
) -> tuple[float, float, str]:
    """Return low, high and note of a value plus and minus half an interval."""
    if target.logarithmic:
        if value <= 0 or not half / value < 700:
            return 0.0, math.inf, NO_LIMIT
        return value * math.exp(-half / value), value * math.exp(half / value), ""
    if half == 0.0:
        return value, value, "held by limits of the flux space at the optimum"
    edge = reach(space, *linear_coordinate(space, target))
    low, high, notes = value - half, value + half, []
    if low < edge.low:
        low, note = (-math.inf, LOW_OPEN) if edge.low_open else (edge.low, LOW_LIMIT)
        notes.append(note)
    if high > edge.high:
        high, note = (math.inf, HIGH_OPEN) if edge.high_open else (edge.high, HIGH_LIMIT)
        notes.append(note)
    return low, high, NO_LIMIT if notes == [LOW_OPEN, HIGH_OPEN] else "; ".join(notes)
