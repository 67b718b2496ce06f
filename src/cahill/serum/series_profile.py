"""Profile-likelihood intervals of release and clearance.

A parameter is held elsewhere, the others are fitted again, and it may go as far as chi-square rises
by 3.84 (Venzon and Moolgavkar 1988). An end that is not reached within the range searched is open.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from cahill.serum.clearance import (
    NAMES,
    ClearanceFit,
    Estimate,
    find_starts,
    minimise,
    search_range,
)

CHI_SQUARE = 3.841  # 95 % point, one degree of freedom
RETRIES = 2


def profiled(fit: ClearanceFit) -> ClearanceFit:
    """Return the fit with a 95 % profile interval of every parameter.

    An end at which chi-square has not risen by 3.84 (times the widening) within the range searched
    is open: the results do not determine it.
    """
    found = []
    afresh = find_starts(fit.episode, fit.fixed)[:RETRIES]
    for name, unit in NAMES.items():
        if name == "half_life" and fit.fixed:
            found.append(Estimate(name, fit.fixed, fit.fixed, fit.fixed, unit, "fixed"))
            continue
        low, high = (_end(fit, name, side, afresh) for side in (0, 1))
        status = {
            (False, False): "determined",
            (False, True): "at least",
            (True, False): "at most",
            (True, True): "not determined",
        }[low is None, high is None]
        found.append(Estimate(name, fit.values[name], low, high, unit, status))
    return replace(fit, estimates=tuple(found))


def _end(
    fit: ClearanceFit, name: str, side: int, afresh: Sequence[Mapping[str, float]]
) -> float | None:
    """Return one end of a parameter's profile interval, or None if the range has no end there."""
    linear = name == "onset"
    best = fit.values[name] if linear else math.log(fit.values[name])
    edge = search_range(fit.episode)[name][side]
    edge = edge if linear else math.log(edge)
    sign = 1.0 if side else -1.0
    allowed = fit.chi_square + CHI_SQUARE * fit.widened**2
    held = {name} | ({"half_life"} if fit.fixed else set())
    inside, values, step = best, dict(fit.values), 2.0 if linear else 0.1

    def beyond(at: float, near: Mapping[str, float]) -> tuple[bool, dict[str, float]]:
        """Return whether chi-square is too high there, from the last values and from afresh."""
        here = at if linear else math.exp(at)
        found = dict(near)
        for start in (near, *afresh):
            found, chi_square = minimise(fit.episode, {**start, name: here}, held)
            if chi_square <= allowed:
                return False, found
        return True, found

    while (edge - inside) * sign > 1e-9:
        outside = inside + sign * min(step, (edge - inside) * sign)
        out, found = beyond(outside, values)
        if out:
            break
        inside, values, step = outside, found, 2.0 * step
    else:
        return None
    for _ in range(7):  # each step halves the interval that holds the end
        middle = 0.5 * (inside + outside)
        out, found = beyond(middle, values)
        if out:
            outside = middle
        else:
            inside, values = middle, found
    return inside if linear else math.exp(inside)
