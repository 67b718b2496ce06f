"""Amounts read off a standard curve, with intervals, limits of detection and recoveries.

The prediction band is inverted: the interval holds every amount whose prediction interval contains
the signal. For a straight line that is Fieller's interval.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cahill.assays.activity.standard_curve import StandardCurve

LOD_FACTOR, LOQ_FACTOR = 3.3, 10.0  # ICHQ2: 3.3 and 10 sigma over the slope
RECOVERY = (0.8, 1.2)  # verdict of a back-calculated standard, as the issue of this assay asks


@dataclass(frozen=True)
class ReadOff:
    """An amount read off a curve.

    Attributes
    ----------
    value, low, high : float
        In the unit of the standards; an end is infinite where the curve does not bound it.
    sd : float
        Standard deviation (delta method).
    verdict : str
        "" within the standards, "extrapolated" beyond them, "off the curve" where the curve never
        gives the signal.
    """

    value: float
    low: float
    high: float
    sd: float
    verdict: str


def read_off(
    curve: StandardCurve, signal: float, *, wells: int = 1, confidence: float = 0.95
) -> ReadOff:
    """Return the amount that gives a signal, with its interval.

    Parameters
    ----------
    curve : StandardCurve
    signal : float
        Mean signal of `wells` wells.
    wells : int
    confidence : float

    Notes
    -----
    The ends are where the signal leaves the prediction band of the curve (for a straight line with
    equal weights: Fieller's theorem).
    """
    from scipy import stats

    value = float(curve.amount(np.array([signal]))[0])
    if not np.isfinite(value):
        return ReadOff(np.nan, np.nan, np.nan, np.nan, "off the curve")
    point = np.array([value])
    step = 1e-4 * curve.highest
    rise = curve.signal(point + step) - curve.signal(point - step)
    spread = np.hypot(curve.noise(point) / np.sqrt(wells), curve.band(point))
    sd = float(spread[0] / abs(rise[0] / (2 * step))) if rise[0] else np.inf
    quantile = float(stats.t.ppf(0.5 + confidence / 2, curve.df))

    def outside(x: float) -> float:
        at = np.array([x])
        allowed = quantile * np.hypot(curve.noise(at) / np.sqrt(wells), curve.band(at))
        return abs(signal - float(curve.signal(at)[0])) - float(allowed[0])

    low, high = (_end(outside, value, way, curve.highest) for way in (-1, 1))
    # With a zero standard, a value below zero within the noise is no extrapolation.
    under = high < 0 if curve.lowest == 0 else value < curve.lowest
    beyond = under or value > curve.highest
    return ReadOff(value, low, high, sd, "extrapolated" if beyond else "")


def _end(outside: Callable[[float], float], value: float, way: int, highest: float) -> float:
    """Walk from the value until the signal leaves the band; infinite if it never does."""
    from scipy.optimize import brentq

    near, step = value, 1e-3 * highest
    for _ in range(60):
        far = near + way * step
        if outside(far) > 0:
            return float(brentq(outside, min(near, far), max(near, far)))  # pyright: ignore[reportArgumentType]
        near, step = far, step * 1.3
        if abs(far - value) > 20 * highest:
            break
    return way * np.inf


def detection_limits(curve: StandardCurve) -> tuple[float, float]:
    """Return limits of detection and of quantification, in the unit of the standards.

    The amounts whose signals lie 3.3 and 10 standard deviations (of a well at zero) from the signal
    of zero; with a straight line 3.3 and 10 sigma over the slope (ICH Q2). NaN where the curve does
    not reach so far.
    """
    zero = np.zeros(1)
    way = np.sign(curve.signal(np.array([curve.highest]))[0] - curve.signal(zero)[0])
    base, noise = float(curve.signal(zero)[0]), float(curve.noise(zero)[0])
    limits = curve.amount(base + way * noise * np.array([LOD_FACTOR, LOQ_FACTOR]))
    return float(limits[0]), float(limits[1])


def recovery(curve: StandardCurve) -> tuple[np.ndarray, np.ndarray]:
    """Return the amount read off for each standard, and its share of the amount given.

    Both shape (wells,); the share of a zero standard is NaN.
    """
    found = curve.amount(curve.signals)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(curve.amounts > 0, found / curve.amounts, np.nan)
    return found, share
