"""Straight lines through windows of progress curves: all windows of a batch at once.

Running sums of the powers of time make the line and the parabola of every window a few additions;
time and signal are centred and scaled first, so that nothing is lost to cancellation.
"""

from typing import NamedTuple

import numpy as np
from scipy.special import fdtrc

_CHUNK = 2_000_000


class WindowLines(NamedTuple):
    """Lines through windows of reads; arrays are (curves, windows), windows (windows, 2).

    Attributes
    ----------
    windows : numpy.ndarray
        First and last-but-one read, as in a slice.
    reads : numpy.ndarray
        Reads used.
    slope, variance : numpy.ndarray
        Slope (signal unit/s) and its variance for reads of variance 1 ((signal unit/s)^2).
    residual : numpy.ndarray
        Sum of squares about the line.
    curved : numpy.ndarray
        Sum of squares that a parabola explains beyond the line.
    """

    windows: np.ndarray
    reads: np.ndarray
    slope: np.ndarray
    variance: np.ndarray
    residual: np.ndarray
    curved: np.ndarray


def window_lines(
    times: np.ndarray, signal: np.ndarray, kept: np.ndarray, windows: np.ndarray
) -> WindowLines:
    """Return the line and the parabola of each window of each curve.

    Parameters
    ----------
    times, signal : numpy.ndarray
        Shape (curves, reads); s and any unit.
    kept : numpy.ndarray
        Shape (curves, reads), bool.
    windows : numpy.ndarray
        Shape (windows, 2), int: slices of the reads.
    """
    span = np.maximum(times[:, -1:] - times[:, :1], np.finfo(float).tiny)
    x = 2.0 * (times - times[:, :1]) / span - 1.0
    y = np.where(kept, signal, np.nan)
    middle = np.nanmean(np.where(kept.any(axis=1, keepdims=True), y, 0.0), axis=1, keepdims=True)
    y = np.where(kept, signal - middle, 0.0)
    size = np.maximum(np.abs(y).max(axis=1, keepdims=True), np.finfo(float).tiny)
    y = y / size
    first, stop = windows.T

    def sums(values: np.ndarray) -> np.ndarray:
        running = np.cumsum(np.where(kept, values, 0.0), axis=1)
        running = np.concatenate((np.zeros((len(values), 1)), running), axis=1)
        return running[:, stop] - running[:, first]

    count = sums(np.ones_like(x))
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = sums(x) / count
        # Moments about the centre of each window, from those about the centre of the curve.
        m1, m2, m3, m4 = count * mean, sums(x**2), sums(x**3), sums(x**4)
        s2 = m2 - m1 * mean
        s3 = m3 - 3 * mean * m2 + 2 * mean**2 * m1
        s4 = m4 - 4 * mean * m3 + 6 * mean**2 * m2 - 3 * mean**3 * m1
        total = sums(y)
        xy = sums(x * y)
        along = xy - mean * total
        slope = along / s2
        square = np.maximum(sums(y**2) - total**2 / count, 0.0)
        residual = np.maximum(square - along * slope, 0.0)
        bend = sums(x**2 * y) - 2 * mean * xy + mean**2 * total - s2 * total / count
        bend = bend - s3 / s2 * along
        free = s4 - s2**2 / count - s3**2 / s2
        curved = np.where(free > 1e-12, bend**2 / free, 0.0)
    scale = 2.0 * size / span
    return WindowLines(
        windows,
        count,
        slope * scale,
        (2.0 / span) ** 2 / s2,
        residual * size**2,
        np.minimum(curved * size**2, residual * size**2),
    )


def lack_of_fit(lines: WindowLines, noise: np.ndarray, noise_freedom: np.ndarray) -> np.ndarray:
    """Return the probability of so bad a line by chance, shape (curves, windows).

    The smaller, doubled, of two tests: whether a parabola explains more (F, 1 and reads - 3 degrees
    of freedom), and whether the scatter about the line is wider than that between neighbours.

    Parameters
    ----------
    lines : WindowLines
    noise : numpy.ndarray
        Shape (curves,), variance of a read.
    noise_freedom : numpy.ndarray
        Shape (curves,), degrees of freedom of that.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        left = lines.residual - lines.curved
        bent = lines.curved * (lines.reads - 3) / left
        wide = lines.residual / (lines.reads - 2) / noise[:, None]
        tiny = lines.residual <= 1e-20 * lines.slope**2 / lines.variance
        p_bent = np.where(lines.reads > 3, fdtrc(1.0, np.maximum(lines.reads - 3, 1), bent), 1.0)
        p_wide = fdtrc(np.maximum(lines.reads - 2, 1), noise_freedom[:, None], wide)
    p = np.minimum(1.0, 2.0 * np.fmin(p_bent, p_wide))
    return np.where(tiny | ~np.isfinite(p), 1.0, p)


def neighbour_noise(
    times: np.ndarray, signal: np.ndarray, kept: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return variance of a read and its degrees of freedom, each (curves,).

    From the reads' distances to the line between their neighbours (von Neumann's idea one order
    higher, so that slopes do not count): robust, by the median.
    """
    variance, freedom = np.full(len(signal), np.nan), np.zeros(len(signal))
    for c in range(len(signal)):
        t, y = times[c, kept[c]], signal[c, kept[c]]
        if len(t) < 4:
            continue
        part = (t[1:-1] - t[:-2]) / (t[2:] - t[:-2])
        off = y[1:-1] - (1 - part) * y[:-2] - part * y[2:]
        off /= np.sqrt(1 + (1 - part) ** 2 + part**2)
        variance[c] = (1.4826 * np.median(np.abs(off))) ** 2
        # The median uses 0.37 of what the squares hold, neighbours share half of it (assumed).
        freedom[c] = max(0.25 * len(off), 1.0)
    return variance, freedom


def all_windows(reads: int, least: int) -> np.ndarray:
    """Return every slice of at least `least` reads, longest first, shape (windows, 2)."""
    first, stop = np.triu_indices(reads + 1, least)
    order = np.lexsort((first, first - stop))
    return np.stack((first, stop), axis=1)[order]


def chunks(curves: int, windows: int) -> list[slice]:
    """Return slices over curves that keep arrays of (curves, windows) small."""
    size = max(1, _CHUNK // max(windows, 1))
    return [slice(k, min(k + size, curves)) for k in range(0, curves, size)]
