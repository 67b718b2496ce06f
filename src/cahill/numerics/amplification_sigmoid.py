"""Richards' curve fitted to amplification curves, and the Cq it gives.

F(x) = floor + top (1 + exp((centre - x) / width))^-skew, five parameters (Guescini et al. 2008,
equation 1, with floor for Fb, top for Fmax). The second derivative has its maximum, and the tangent
at the inflection meets the floor, at cycles that follow from the parameters.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

STEPS = 60
"""Steps of Levenberg and Marquardt before a fit is given up."""


class Sigmoids(NamedTuple):
    """Fitted curves, shape (curves,); NaN where the fit failed.

    floor, top : unit of the signal. centre, width : cycles. skew : no unit.
    noise : standard deviation of the residuals.
    second_derivative, cy0 : cycles.
    second_derivative_sd, cy0_sd : their standard errors, cycles.
    """

    floor: np.ndarray
    top: np.ndarray
    centre: np.ndarray
    width: np.ndarray
    skew: np.ndarray
    noise: np.ndarray
    second_derivative: np.ndarray
    second_derivative_sd: np.ndarray
    cy0: np.ndarray
    cy0_sd: np.ndarray


def second_derivative_maximum(centre: float, width: float, skew: float) -> float:
    """Return the cycle of the maximal second derivative.

    With u = exp((centre - x) / width) the third derivative vanishes where
    skew^2 u^2 - (3 skew + 1) u + 1 = 0; the larger root is the earlier cycle.
    """
    return float(_bend(centre, width, skew))


def cy0(centre: float, width: float, skew: float) -> float:
    """Return where the tangent at the inflection meets the floor (Guescini 2008, with Fb = 0)."""
    return float(_tangent(centre, width, skew))


def fit_sigmoids(
    cycles: np.ndarray, curves: np.ndarray, ends: np.ndarray, steepest: np.ndarray
) -> Sigmoids:
    """Fit Richards' curve to each curve by least squares.

    Parameters
    ----------
    cycles : numpy.ndarray
        Shape (cycles,).
    curves : numpy.ndarray
        Shape (curves, cycles), above their baselines, no NaN.
    ends : numpy.ndarray
        Shape (curves,), index after the last cycle to use: what follows (a hook, a slow climb of
        the plateau) is not of this shape.
    steepest : numpy.ndarray
        Shape (curves,), index of the steepest cycle, where the search begins; -1 skips the curve.
    """
    answer = np.full((len(curves), 10), np.nan)
    _fit_all(
        np.asarray(cycles, dtype=np.float64),
        np.ascontiguousarray(curves, dtype=np.float64),
        np.asarray(ends, dtype=np.int64),
        np.asarray(steepest, dtype=np.int64),
        answer,
    )
    return Sigmoids(*answer.T)


@njit(cache=True, nogil=True)
def _bend(centre, width, skew):
    part = 3.0 * skew + 1.0
    u = (part + np.sqrt(part * part - 4.0 * skew * skew)) / (2.0 * skew * skew)
    return centre - width * np.log(u)


@njit(cache=True, nogil=True)
def _tangent(centre, width, skew):
    return centre + width * np.log(skew) - width * (skew + 1.0) / skew


@njit(cache=True, nogil=True)
def _system(x, y, n, p, normal, gradient):
    """Fill in the normal equations for (floor, top, centre, log width, log skew)."""
    floor, top, centre = p[0], p[1], p[2]
    width, skew = np.exp(p[3]), np.exp(p[4])
    normal[:] = 0.0
    gradient[:] = 0.0
    row = np.empty(5)
    total = 0.0
    for k in range(n):
        z = (centre - x[k]) / width
        # log(1 + exp(z)) and exp(z) / (1 + exp(z)) without overflow
        soft = z + np.log1p(np.exp(-z)) if z > 0.0 else np.log1p(np.exp(z))
        share = 1.0 / (1.0 + np.exp(-z)) if z > -500.0 else 0.0
        shape = np.exp(-skew * soft)
        rest = y[k] - floor - top * shape
        total += rest * rest
        row[0] = 1.0
        row[1] = shape
        row[2] = -top * shape * skew * share / width
        row[3] = -row[2] * width * z
        row[4] = -top * shape * skew * soft
        for a in range(5):
            gradient[a] += row[a] * rest
            for b in range(a + 1):
                normal[a, b] += row[a] * row[b]
    for a in range(5):
        for b in range(a):
            normal[b, a] = normal[a, b]
    return total


@njit(cache=True, nogil=True)
def _squares(x, y, n, p):
    width, skew = np.exp(p[3]), np.exp(p[4])
    total = 0.0
    for k in range(n):
        z = (p[2] - x[k]) / width
        soft = z + np.log1p(np.exp(-z)) if z > 0.0 else np.log1p(np.exp(z))
        rest = y[k] - p[0] - p[1] * np.exp(-skew * soft)
        total += rest * rest
    return total


@njit(cache=True, nogil=True)
def _solve(matrix, right, step):
    """Solve a small positive definite system by Cholesky; return whether it is one."""
    n = len(right)
    lower = np.zeros((n, n))
    for a in range(n):
        for b in range(a + 1):
            total = matrix[a, b]
            for c in range(b):
                total -= lower[a, c] * lower[b, c]
            if a == b:
                if not total > 0.0:
                    return False
                lower[a, a] = np.sqrt(total)
            else:
                lower[a, b] = total / lower[b, b]
    for a in range(n):
        total = right[a]
        for c in range(a):
            total -= lower[a, c] * step[c]
        step[a] = total / lower[a, a]
    for a in range(n - 1, -1, -1):
        total = step[a]
        for c in range(a + 1, n):
            total -= lower[c, a] * step[c]
        step[a] = total / lower[a, a]
    return True


@njit(cache=True, nogil=True)
def _descend(x, y, n, p, normal, gradient):
    """Improve the parameters; return the sum of squares, or NaN if the fit does not settle."""
    damping = 1e-3
    damped, step, trial = np.empty((5, 5)), np.empty(5), np.empty(5)
    total = _system(x, y, n, p, normal, gradient)
    for _ in range(STEPS):
        damped[:] = normal
        for a in range(5):
            damped[a, a] = normal[a, a] * (1.0 + damping) + 1e-300
        if not _solve(damped, gradient, step):
            damping = max(damping * 10.0, 1e-6)
            if damping > 1e12:
                return np.nan
            continue
        # A step of more than a factor e in width or skew, or of five cycles, leaves the valley.
        scale = max(1.0, abs(step[2]) / 5.0, abs(step[3]), abs(step[4]))
        for a in range(5):
            trial[a] = p[a] + step[a] / scale
        after = _squares(x, y, n, trial)
        if after <= total and abs(trial[4]) < 12.0 and abs(trial[3]) < 6.0:
            gain = total - after
            p[:] = trial
            total = _system(x, y, n, p, normal, gradient)
            damping = max(damping * 0.1, 1e-12)
            if gain <= 1e-10 * total + 1e-300 and scale == 1.0:
                return total
        else:
            damping *= 8.0
            if damping > 1e12:
                return total
    return total


@njit(cache=True, nogil=True)
def _fit_all(x, curves, ends, steepest, answer):
    p, up = np.empty(5), np.empty(5)
    normal, gradient = np.empty((5, 5)), np.empty(5)
    column, unit = np.empty(5), np.empty(5)
    for i in range(len(curves)):
        n, y = ends[i], curves[i]
        if steepest[i] < 0 or n < 8:
            continue
        top = y[0]
        for k in range(n):
            top = max(top, y[k])
        if not top > 0.0:
            continue
        p[0], p[1], p[2], p[3], p[4] = 0.0, top, x[steepest[i]], np.log(1.6), 0.0
        total = _descend(x, y, n, p, normal, gradient)
        if not np.isfinite(total) or not p[1] > 0.0:
            continue
        width, skew = np.exp(p[3]), np.exp(p[4])
        noise = np.sqrt(total / max(n - 5, 1))
        answer[i, 0], answer[i, 1], answer[i, 2] = p[0], p[1], p[2]
        answer[i, 3], answer[i, 4], answer[i, 5] = width, skew, noise
        answer[i, 6], answer[i, 8] = _bend(p[2], width, skew), _tangent(p[2], width, skew)
        for which in range(2):
            # standard error by the delta method, with derivatives by differences
            for a in range(5):
                up[:] = p
                up[a] += 1e-5
                w, s = np.exp(up[3]), np.exp(up[4])
                moved = _bend(up[2], w, s) if which == 0 else _tangent(up[2], w, s)
                column[a] = (moved - answer[i, 6 + 2 * which]) / 1e-5
            variance = np.nan
            if _solve(normal, column, unit):
                variance = 0.0
                for a in range(5):
                    variance += column[a] * unit[a]
            answer[i, 7 + 2 * which] = noise * np.sqrt(variance)
