"""Intervals from samples of flux states: percentiles, and where the flux space cuts them."""

import math
from collections.abc import Sequence

import numpy as np

from cahill.tracing.flux_space import EXCHANGE_RANGE, POOL_RANGE, FluxSpace
from cahill.tracing.intervals import (
    FIXED,
    HIGH_LIMIT,
    HIGH_OPEN,
    LOW_LIMIT,
    LOW_OPEN,
    NO_LIMIT,
    FluxIntervals,
    Method,
    Target,
    intervals_frame,
    is_fixed,
    linear_coordinate,
    reach,
    target_values,
)

_NEAR = 1e-3  # part of the way to a limit of the flux space that counts as there
_TAIL = (
    1.5  # an end this many tails from an assumed limit, on the logarithmic scale, is not the data's
)


def sampled_values(space: FluxSpace, points: np.ndarray, wanted: Sequence[Target]) -> np.ndarray:
    """Return the values of targets at points of the flux space.

    Parameters
    ----------
    space : FluxSpace
    points : numpy.ndarray
        Shape (n, n_parameters).
    wanted : sequence of Target

    Returns
    -------
    numpy.ndarray
        Shape (n, len(wanted)).
    """
    rows = [target_values(space, space.state(theta), wanted) for theta in points]
    return np.array(rows).reshape(len(points), len(wanted))


def sample_intervals(
    space: FluxSpace,
    theta: np.ndarray,
    samples: np.ndarray,
    wanted: Sequence[Target],
    level: float,
    method: Method,
    notes: tuple[str, ...] = (),
) -> FluxIntervals:
    """Return equal-tailed percentile intervals.

    Parameters
    ----------
    space : FluxSpace
    theta : numpy.ndarray
        The fit, whose values are reported.
    samples : numpy.ndarray
        Values of the targets, shape (n, len(wanted)).
    wanted : sequence of Target
    level : float
    method : {"bootstrap", "posterior"}
    notes : tuple of str
    """
    values = target_values(space, space.state(theta), wanted)
    tail = (1 - level) / 2
    lows, highs = np.quantile(samples, [tail, 1 - tail], axis=0)
    rows = []
    for target, value, low, high in zip(wanted, values, lows, highs):
        if is_fixed(linear_coordinate(space, target)[0]):
            rows.append((target, value, value, value, FIXED))
        elif target.logarithmic:
            rows.append((target, value, *_log_ends(space, target, low, high, tail)))
        else:
            rows.append((target, value, *_ends(space, target, low, high)))
    return FluxIntervals(intervals_frame(rows), level, method, notes)


def _ends(space: FluxSpace, target: Target, low: float, high: float) -> tuple[float, float, str]:
    edge = reach(space, *linear_coordinate(space, target))
    notes, near = [], _NEAR * (high - low)
    if low <= edge.low + near:
        low, note = (-math.inf, LOW_OPEN) if edge.low_open else (edge.low, LOW_LIMIT)
        notes.append(note)
    if high >= edge.high - near:
        high, note = (math.inf, HIGH_OPEN) if edge.high_open else (edge.high, HIGH_LIMIT)
        notes.append(note)
    return float(low), float(high), "; ".join(notes)


def _log_ends(
    space: FluxSpace, target: Target, low: float, high: float, tail: float
) -> tuple[float, float, str]:
    """Return ends of an exchange flux or pool, open where only the assumed range sets them."""
    size, (least, most) = (
        (space.scale, EXCHANGE_RANGE)
        if target.kind == "exchange"
        else (space.pool_scale, POOL_RANGE)
    )
    room = _TAIL * tail * math.log(most / least)
    open_low = low <= 0 or math.log(low / (least * size)) <= room
    open_high = high > 0 and math.log(most * size / high) <= room
    if open_low and open_high:
        return 0.0, math.inf, NO_LIMIT
    notes = [LOW_OPEN] * open_low + [HIGH_OPEN] * open_high
    return 0.0 if open_low else low, math.inf if open_high else high, "; ".join(notes)
