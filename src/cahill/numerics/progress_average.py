"""Every shape fitted to a curve and averaged: rate and interval that allow for the choice of shape.

The answer is the mixture of the rates of all shapes, each a Student t about its own estimate,
weighted by exp(-BIC / 2) (Raftery 1995; Buckland, Burnham & Augustin 1997): the rate is its median
and the interval lies between its quantiles.
"""

import math

import numpy as np

from cahill.numerics.progress_fit import fit_shape, rate_variance, regress, start_values
from cahill.numerics.progress_shapes import (
    ENDS,
    LAGS,
    MICHAELIS,
    NO_END,
    NO_LAG,
    PRIORS,
    SIZES,
    bounds,
    course,
    kernel,
)

SHAPES = len(LAGS)
_LEAST_POOL = 6.0
_LEAST_LAG = 1.0
_LEAST_GAIN = 4.0
_SPARE_READS = 3


@kernel
def fit_all(times: np.ndarray, signal: np.ndarray, step: float) -> tuple[np.ndarray, np.ndarray]:
    """Fit every shape that the reads can bear.

    Parameters
    ----------
    times : numpy.ndarray
        Shape (reads,), from 0 at the first read, in durations.
    signal : numpy.ndarray
        Shape (reads,).
    step : float
        Median interval between reads, in durations.

    Returns
    -------
    fits : numpy.ndarray
        Shape (shapes, 4): rate, its variance for reads of variance 1, residual sum of squares,
        offset. The variance is infinite for a shape that was not tried or is out of the question.
    theta : numpy.ndarray
        Shape (shapes, 4), parameters of the shapes.

    Notes
    -----
    Only a reaction has a lag or runs out: a signal that goes the other way is a drift, and gets a
    straight line. The reagent that runs out must be seen (rate times T at least six standard
    deviations of a read), a lag must move the line by at least one: without these limits curves of
    noise alone would have them, and rates without bound. A lag as long as it may be and
    a run-out together leave no steady part, and the rate would be an extrapolation.
    """
    reads = len(times)
    fits, thetas = np.full((SHAPES, 4), np.inf), np.zeros((SHAPES, 4))
    phi, slopes = np.empty(reads), np.zeros((4, reads))
    found = np.zeros((3, 2))
    reagent = False
    for m in range(SHAPES):
        lag, end, size = LAGS[m], ENDS[m], SIZES[m]
        if m and reads < size + 2 + _SPARE_READS:
            continue
        if lag != NO_LAG and end != NO_END and not reagent:
            continue
        if end == MICHAELIS and not _bends(fits, m, reads):
            continue
        limits = bounds(lag, end, step)
        if m:
            theta = start_values(lag, end, limits, found, times, signal, phi, slopes)
            offset, rate, total = fit_shape(lag, end, theta, limits, times, signal, phi, slopes)
        else:
            theta = np.zeros(0)
            phi[:] = times
            offset, rate, total = regress(phi, signal)
        fits[m, 0], fits[m, 2], fits[m, 3] = rate, total, offset
        thetas[m, :size] = theta
        if end != NO_END and lag == NO_LAG:
            found[end - 1, :size] = theta
        if m and rate <= 0.0:
            continue
        spread = np.sqrt(total / max(reads - 2 - size, 1))
        if end != NO_END and rate * np.exp(theta[lag]) < _LEAST_POOL * spread:
            continue
        if lag != NO_LAG:
            kept = theta[1] if lag == 2 else 0.0
            if rate * (1.0 - kept) * np.exp(theta[0]) < _LEAST_LAG * spread:
                continue
        if lag != NO_LAG and end != NO_END and theta[0] >= limits[0, 1]:
            continue
        reagent = reagent or end != NO_END
        fits[m, 1] = rate_variance(phi, slopes, theta, limits, rate)
    return fits, thetas


@kernel
def _bends(fits: np.ndarray, place: int, reads: int) -> bool:
    """Whether the integrated Michaelis-Menten curve is worth its price.

    It lies between the two run-outs fitted just before it. Where neither explains more than the
    shapes without run-out, it would not either.
    """
    without = fits[:3, 2].min() if place > 5 else fits[0, 2]
    with_end = min(fits[place - 1, 2], fits[place - 2, 2])
    return reads * np.log(without / with_end) > _LEAST_GAIN


@kernel
def weights(fits: np.ndarray, reads: int, least: float, excess: float) -> np.ndarray:
    """Return the weight of each shape, those below 1e-4 left out.

    Parameters
    ----------
    fits : numpy.ndarray
        As `fit_all` returns them.
    reads : int
    least : float
        Bounds the residual sum of squares from below.
    excess : float
        So many reads tell as much as one would if residuals were independent.
    """
    criterion = np.full(SHAPES, np.inf)
    for m in range(SHAPES):
        if np.isfinite(fits[m, 1]):
            told = reads / excess * np.log((fits[m, 2] + least) / reads)
            criterion[m] = told + (SIZES[m] + 2) * np.log(reads)
    share = PRIORS * np.exp(-0.5 * (criterion - criterion.min()))
    share /= share.sum()
    for m in range(SHAPES):
        if share[m] < 1e-4:
            share[m] = 0.0
    return share / share.sum()


@kernel
def _below(value: float, spread: float, freedom: float) -> float:
    """Return the probability that Student's t lies below value / spread (Wallace 1959)."""
    if spread <= 0.0:
        return 0.5 if value == 0.0 else (1.0 if value > 0.0 else 0.0)
    t = value / spread
    z = np.sqrt(freedom * np.log(1.0 + t * t / freedom)) * (8.0 * freedom + 1) / (8.0 * freedom + 3)
    upper = 0.5 * math.erfc(z / np.sqrt(2.0))
    return 1.0 - upper if t > 0.0 else upper


@kernel
def mixture_quantile(
    level: float, share: np.ndarray, rates: np.ndarray, spreads: np.ndarray, freedoms: np.ndarray
) -> float:
    """Return a quantile of the mixture of Student distributions."""
    low, high, widest = np.inf, -np.inf, 0.0
    for m in range(len(share)):
        if share[m] > 0.0:
            low = min(low, rates[m] - 8.0 * spreads[m])
            high = max(high, rates[m] + 8.0 * spreads[m])
            widest = max(widest, spreads[m])
    for _ in range(200):
        middle = 0.5 * (low + high)
        total = 0.0
        for m in range(len(share)):
            if share[m] > 0.0:
                total += share[m] * _below(middle - rates[m], spreads[m], freedoms[m])
        if total < level:
            low = middle
        else:
            high = middle
        if high - low <= 1e-6 * widest:
            break
    return 0.5 * (low + high)


@kernel
def averaged_curve(
    times: np.ndarray, share: np.ndarray, fits: np.ndarray, thetas: np.ndarray
) -> np.ndarray:
    """Return the average of the fitted shapes, shape (reads,)."""
    curve = np.zeros(len(times))
    phi, slopes = np.empty(len(times)), np.empty((4, len(times)))
    for m in range(SHAPES):
        if share[m] > 0.0:
            course(LAGS[m], ENDS[m], thetas[m], times, phi, slopes)
            for k in range(len(times)):
                curve[k] += share[m] * (fits[m, 3] + fits[m, 0] * phi[k])
    return curve
