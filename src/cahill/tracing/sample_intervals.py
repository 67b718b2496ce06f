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

# An end this many tails from a limit, as mass spread evenly up to it would have it, is that limit.
_TAILS = 2.0


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
            rows.append((target, value, *_ends(space, target, low, high, tail)))
    return FluxIntervals(intervals_frame(rows), level, method, notes)


def _ends(
    space: FluxSpace, target: Target, low: float, high: float, tail: float
) -> tuple[float, float, str]:
    """Return ends of a net flux or share; those that pile up at a limit of the space are it."""
    edge = reach(space, *linear_coordinate(space, target))
    notes, near = [], _TAILS * tail * (high - low)
    if low <= edge.low + near:
        low, note = (-math.inf, LOW_OPEN) if edge.low_open else (edge.low, LOW_LIMIT)
        notes.append(note)
    if high >= edge.high - near:
        high, note = (math.inf, HIGH_OPEN) if edge.high_open else (edge.high, HIGH_LIMIT)
        notes.append(note)
    nothing = notes == [LOW_OPEN, HIGH_OPEN]
    return float(low), float(high), NO_LIMIT if nothing else "; ".join(notes)


def _log_ends(
    space: FluxSpace, target: Target, low: float, high: float, tail: float
) -> tuple[float, float, str]:
    """Return ends of an exchange flux or pool, open where only the assumed range sets them."""
    size, (least, most) = (
        (space.scale, EXCHANGE_RANGE)
        if target.kind == "exchange"
        else (space.pool_scale, POOL_RANGE)
    )
    room = _TAILS * tail * math.log(most / least)
    open_low = low <= 0 or math.log(low / (least * size)) <= room
    open_high = high > 0 and math.log(most * size / high) <= room
    if open_low and open_high:
        return 0.0, math.inf, NO_LIMIT
    notes = [LOW_OPEN] * open_low + [HIGH_OPEN] * open_high
    return 0.0 if open_low else low, math.inf if open_high else high, "; ".join(notes)
