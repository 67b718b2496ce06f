"""Efficiencies of amplification from the window of linearity.

On a logarithmic scale the exponential phase is straight; its slope is the logarithm of the factor
per cycle. One window of signal is used for all curves of an assay: the one in which their slopes
agree best (Ramakers et al. 2003; Ruijter et al. 2009).
"""

from typing import NamedTuple

import numpy as np

CYCLES = 4.0
"""Height of the window, in cycles of the typical rise (Ruijter et al. 2009 use four to six)."""
LEAST_POINTS = 3
"""Readings that a curve must have in the window."""
STEPS = 17
STEP = 0.25
"""Windows tried: from the signal at the maximal second derivative down, in quarters of a cycle."""
TYPICAL = float(np.log(1.9))
OVER_NOISE = 3.0
"""The window begins no lower than this many times the noise of a reading; assumed."""


class Window(NamedTuple):
    """The window of linearity of an assay.

    low, high : signal above the baseline.
    factors : factor per cycle of each curve, shape (curves,); NaN where it has too few readings.
    """

    low: float
    high: float
    factors: np.ndarray


def factors_in(
    curves: np.ndarray, low: float, high: float, first: np.ndarray, last: np.ndarray
) -> np.ndarray:
    """Return the factor per cycle of each curve between two signals.

    Parameters
    ----------
    curves : numpy.ndarray
        Shape (curves, cycles), above their baselines, no NaN.
    low, high : float
        Signals.
    first, last : numpy.ndarray
        Shape (curves,), index of the first and last cycle that may be used.

    Returns
    -------
    numpy.ndarray
        Shape (curves,); NaN where fewer than `LEAST_POINTS` readings lie between.
    """
    at = np.arange(curves.shape[1], dtype=float)[None, :]
    used = (curves >= low) & (curves <= high) & (at >= first[:, None]) & (at <= last[:, None])
    y = np.log(np.where(used, curves, 1.0))
    points = used.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        x = np.where(used, at - ((at * used).sum(axis=1) / points)[:, None], 0.0)
        slope = (x * y).sum(axis=1) / (x**2).sum(axis=1)
    return np.where(points >= LEAST_POINTS, np.exp(slope), np.nan)


def window_of_linearity(
    curves: np.ndarray,
    take_off: np.ndarray,
    bend: np.ndarray,
    noise: np.ndarray,
) -> Window:
    """Find the window of signal in which the factors of an assay's curves agree best.

    Parameters
    ----------
    curves : numpy.ndarray
        Shape (curves, cycles), smoothed, above their baselines, no NaN; of one assay.
    take_off, bend : numpy.ndarray
        Shape (curves,), index of the last baseline cycle and of the maximal second derivative.
    noise : numpy.ndarray
        Shape (curves,), standard deviation of a reading.

    Returns
    -------
    Window
        NaN throughout where no window holds the readings of at least half the curves.
    """
    at_bend = curves[np.arange(len(curves)), bend]
    if not len(curves) or not (at_bend > 0).any():
        return Window(np.nan, np.nan, np.full(len(curves), np.nan))
    top = float(np.log(np.median(at_bend[at_bend > 0])))
    floor = float(np.log(OVER_NOISE * max(float(np.median(noise)), 1e-300)))
    best, chosen = np.inf, Window(np.nan, np.nan, np.full(len(curves), np.nan))
    for step in range(STEPS):
        high = top - step * STEP * TYPICAL
        low = high - CYCLES * TYPICAL
        if step and low < floor:
            break
        low = max(low, floor)
        factors = factors_in(curves, np.exp(low), np.exp(high), take_off + 1, bend)
        known = factors[np.isfinite(factors)]
        if 2 * len(known) < len(curves):
            continue
        # A single curve has nothing to agree with: the highest window is its least noisy one.
        spread = float(np.std(known, ddof=1)) if len(known) > 1 else float(step)
        if spread < best:
            best, chosen = spread, Window(float(np.exp(low)), float(np.exp(high)), factors)
    return chosen
