"""Cq of every curve by each method, with its error, and whether there is amplification at all."""

from typing import NamedTuple

import numpy as np

from cahill.assays.amplification.amplification_curves import Curves
from cahill.numerics.amplification_baseline import fit_lines
from cahill.numerics.amplification_crossing import crossings
from cahill.numerics.amplification_sigmoid import Sigmoids, fit_sigmoids
from cahill.numerics.amplification_smoothing import smooth

LEAST_HEIGHT = 10.0
"""Standard deviations of the baseline that a rise must reach; as for the automatic threshold."""
LEAST_GROWTH = 1.15
"""Least factor per cycle, over the three cycles before the bend, of a rise that is amplification,
not drift; assumed: an assay of 60 % efficiency still has 1.5."""
LEAST_SHARE = 0.02
"""Height over the median one of the target below which a rise is not taken for amplification: light
of another dye in the well; assumed, after what dye calibrations leave over."""
FLATTENED = 0.8
"""Share of the greatest slope, after it, up to which the sigmoid is fitted. Real curves are not
quite Richards', and the more of the plateau is fitted the more the Cq of curves that reach it
differ from those that run out of cycles: 0.3 cycles of Cy0 at 0.2, 0.01 at 0.8 (simulated)."""


class Cqs(NamedTuple):
    """Arrays over curves; cycles where not said otherwise, NaN where there is none.

    threshold, threshold_sd : crossing of the threshold.
    automatic : crossing of the same threshold above the automatic baseline.
    automatic_sd : its standard error.
    overlap : how much later the chosen baseline makes the crossing because its window holds cycles
        of the rise.
    sigmoids : fitted curves, with second-derivative maximum and Cy0.
    plateau : highest smoothed signal from the bend on.
    drop : how far the last smoothed signal lies below it, as a share.
    flattened : bool, whether the slope has fallen to half its maximum by the last cycle.
    """

    threshold: np.ndarray
    threshold_sd: np.ndarray
    automatic: np.ndarray
    automatic_sd: np.ndarray
    overlap: np.ndarray
    sigmoids: Sigmoids
    plateau: np.ndarray
    drop: np.ndarray
    flattened: np.ndarray


def rising_curves(curves: Curves, targets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Tell which curves amplify, from their automatic baselines.

    Parameters
    ----------
    curves : Curves
    targets : numpy.ndarray
        Of the curves.

    Returns
    -------
    rising : numpy.ndarray
        Bool, shape (curves,).
    reason : numpy.ndarray
        Text where not; blank where so.
    """
    rises = curves.rises
    signal = curves.automatic
    at = np.arange(len(signal))
    later = np.arange(signal.shape[1])[None, :] >= rises.bend[:, None]
    height = np.where(later, signal, -np.inf).max(axis=1)
    low, high = signal[at, np.maximum(rises.bend - 3, 0)], signal[at, rises.bend]
    with np.errstate(divide="ignore", invalid="ignore"):
        growth = np.where(low > 0, np.cbrt(high / low), np.inf)
    reason = np.full(len(signal), "", dtype=object)
    reason[growth < LEAST_GROWTH] = "its rise is drift, not exponential"
    reason[~(height >= LEAST_HEIGHT * curves.noise)] = "no rise above the noise"
    for name in set(targets[reason == ""]):
        own = (reason == "") & (targets == name)
        faint = own & (height < LEAST_SHARE * np.median(height[own]))
        reason[faint] = f"its rise is less than {100 * LEAST_SHARE:g} % of that of its target"
    reason[rises.noise == 0] = np.where(height[rises.noise == 0] > 0, "", "the curve is constant")
    return reason == "", reason


def find_cqs(curves: Curves, thresholds: np.ndarray) -> Cqs:
    """Find the Cq of each curve by threshold and from a fitted sigmoid.

    Parameters
    ----------
    curves : Curves
    thresholds : numpy.ndarray
        Shape (curves,), signal above the baseline; NaN for none.
    """
    rises = curves.rises
    place = crossings(curves.smoothed, thresholds, rises.steepest)
    own_place = crossings(curves.automatic, thresholds, rises.steepest)
    slope = _slope_at(curves.smoothed, place)
    own_slope = _slope_at(curves.automatic, own_place)
    cq, automatic = curves.cycle_at(place), curves.cycle_at(own_place)
    variance = (curves.gain * curves.noise) ** 2
    with np.errstate(invalid="ignore", divide="ignore"):
        sd = np.sqrt(variance + curves.lines.variance(cq, curves.noise)) / slope
        own_sd = np.sqrt(variance + curves.own.variance(automatic, curves.noise)) / own_slope
        overlap = _overlap(curves, automatic) / own_slope
    steep = smooth(curves.above, 1)
    at = np.arange(steep.shape[1])[None, :]
    greatest = steep[np.arange(len(steep)), rises.steepest]
    fallen = (steep < FLATTENED * greatest[:, None]) & (at > rises.steepest[:, None])
    ends = np.where(fallen.any(axis=1), fallen.argmax(axis=1) + 1, steep.shape[1])
    later = np.where(at >= rises.bend[:, None], smooth(curves.above), -np.inf)
    plateau = later.max(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        drop = 1.0 - later[:, -1] / plateau
    return Cqs(
        cq,
        sd,
        automatic,
        own_sd,
        overlap,
        fit_sigmoids(curves.cycles, curves.above, ends, rises.steepest),
        plateau,
        drop,
        steep[:, -1] < 0.5 * greatest,
    )


def _slope_at(signal: np.ndarray, place: np.ndarray) -> np.ndarray:
    """Return the slope, signal by cycle, between the two cycles of each crossing."""
    lower = np.nan_to_num(place, nan=0.0).astype(int)
    at = np.arange(len(signal))
    upper = np.minimum(lower + 1, signal.shape[1] - 1)
    return np.where(np.isfinite(place), signal[at, upper] - signal[at, lower], np.nan)


def _overlap(curves: Curves, cycle: np.ndarray) -> np.ndarray:
    """Return what the rise adds to the chosen baseline at a cycle, signal.

    The rise inside the window (the exponential up to where the curve takes off, the curve itself
    after it) is fitted with the line that was fitted to the curve.
    """
    rises = curves.rises
    at = np.arange(len(curves.cycles))[None, :]
    before = np.minimum(at - rises.bend[:, None], 0).astype(float)
    tail = rises.amplitude[:, None] * rises.factor[:, None] ** before
    rise = np.where(at > rises.take_off[:, None] + 1, np.maximum(curves.automatic, 0.0), tail)
    lines = fit_lines(curves.cycles, rise, curves.first, curves.last)
    extra = lines.level + lines.slope * (cycle - lines.centre)
    return np.where(curves.given & np.isfinite(curves.first), extra, 0.0)
