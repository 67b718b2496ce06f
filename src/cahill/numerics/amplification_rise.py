"""Where an amplification curve rises: its steepest cycle, and where it leaves the baseline.

Up to two cycles before the maximum of its second derivative a curve is a line plus an exponential
(Zhao and Fernald 2005). The exponential tells which cycles still belong to the baseline: those in
which it stays below the noise.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from cahill.numerics.amplification_smoothing import reading_noise, smooth

LEAST_FACTOR, MOST_FACTOR = 1.75, 1.95
"""Factors per cycle that the exponential may take. Left free, noise in a short baseline bends the
exponential down to a parabola and the window ends many cycles too early; assumed after the range
of efficiencies that assays are accepted with (80 to 110 %), less what is lost by the fit's end."""
TAIL = 2.0
"""What the exponential may reach at the end of the baseline, in units of the noise of a reading.
With 2 the windows end where those of a QuantStudio 1 do (median 1 cycle earlier)."""
BEFORE_MAXIMUM = 2
"""Cycles before the maximum of the second derivative at which the exponential ends; assumed: at
the maximum itself the factor has fallen by a fifth (logistic curve)."""
LEAST_FOR_LINE = 8
"""Cycles needed to fit a sloping baseline beside the exponential; with fewer it is level."""
CLIMBING = 0.1
"""Share of the greatest slope above which a curve climbs; assumed: a logistic curve has two thirds
of it at the maximal second derivative."""
CURVED = 8.0
"""Residual of a straight baseline over the noise of a reading from which it counts as curved: its
first cycles are left out then, two at a time; assumed: good runs of a QuantStudio 1 reach 6."""
SHORTEST = 10
"""Cycles, before the exponential ends, that are kept at least when cycles are left out; assumed."""
FLOOR = 1e-5
"""Least share of the amplitude that counts as noise, so that a noiseless curve has a baseline."""


class Rises(NamedTuple):
    """What is known of the rise of each curve, shape (curves,); cycles are indices from 0.

    steepest : index of the greatest first derivative.
    bend : index of the greatest second derivative before it.
    take_off : last index in which the exponential stays below twice the noise; -1 if the curve
        rises from the start.
    level, slope : line beside the exponential, at index 0 and by cycle.
    amplitude, factor : of the exponential, at `bend`, and by cycle.
    noise : standard deviation of a reading.
    height : greatest smoothed reading after the bend, above the line.
    residual : root mean square about line and exponential.
    start : first index of the baseline.
    """

    steepest: np.ndarray
    bend: np.ndarray
    take_off: np.ndarray
    level: np.ndarray
    slope: np.ndarray
    amplitude: np.ndarray
    factor: np.ndarray
    noise: np.ndarray
    height: np.ndarray
    residual: np.ndarray
    start: np.ndarray


def find_rises(curves: np.ndarray, skipped: int) -> Rises:
    """Find the rise of each curve.

    Parameters
    ----------
    curves : numpy.ndarray
        Shape (curves, cycles), no NaN, as read.
    skipped : int
        First cycles that are left out of the baseline, because readings settle in them.
    """
    smoothed, first, second = smooth(curves), smooth(curves, 1), smooth(curves, 2)
    start = min(skipped, curves.shape[1] - 1)
    steepest = start + np.argmax(first[:, start:], axis=1)
    upto = np.arange(curves.shape[1])[None, :]
    top = np.take_along_axis(first, steepest[:, None], axis=1)
    # The climb to the steepest cycle: readings that settle are bent too, far ahead of it.
    flat = (first < CLIMBING * top) & (upto < steepest[:, None])
    climb = np.max(np.where(flat, upto, start - 1), axis=1) + 1
    within = (upto >= climb[:, None]) & (upto <= steepest[:, None])
    bend = np.argmax(np.where(within, second, -np.inf), axis=1)
    noise = reading_noise(curves, bend - 1)
    parts = np.empty((len(curves), 8))
    for_kernel = np.ascontiguousarray(curves, dtype=np.float64)
    _fit_rises(for_kernel, smoothed, bend, noise, start, parts)
    return Rises(
        steepest,
        bend,
        parts[:, 0].astype(np.int64),
        parts[:, 1],
        parts[:, 2],
        parts[:, 3],
        parts[:, 4],
        noise,
        parts[:, 5],
        parts[:, 6],
        parts[:, 7].astype(np.int64),
    )


@njit(cache=True, nogil=True)
def _exponential_fit(y, start, end, bend, factor, sloping, out):
    """Fit level, slope and amplitude by least squares; return the sum of squares.

    The columns are made orthogonal to each other (Gram and Schmidt), so that the fit stays exact
    where the exponential is small.
    """
    n = end - start + 1
    mean_y = mean_x = mean_e = 0.0
    for k in range(start, end + 1):
        mean_y += y[k] / n
        mean_x += k / n
        mean_e += factor ** (k - bend) / n
    sxx = sxe = sxy = 0.0
    for k in range(start, end + 1):
        x = k - mean_x
        sxx += x * x
        sxe += x * (factor ** (k - bend) - mean_e)
        sxy += x * (y[k] - mean_y)
    tilt = sxe / sxx if sloping else 0.0
    see = sey = 0.0
    for k in range(start, end + 1):
        e = factor ** (k - bend) - mean_e - tilt * (k - mean_x)
        see += e * e
        sey += e * (y[k] - mean_y)
    amplitude = max(sey / see, 0.0)
    slope = (sxy - amplitude * sxe) / sxx if sloping else 0.0
    level = mean_y - amplitude * mean_e - slope * mean_x
    total = 0.0
    for k in range(start, end + 1):
        rest = y[k] - level - slope * k - amplitude * factor ** (k - bend)
        total += rest * rest
    out[0], out[1], out[2] = level, slope, amplitude
    return total


@njit(cache=True, nogil=True)
def _best_factor(y, start, end, bend, sloping, out):
    """Find the factor of least squares by golden section."""
    golden = 0.6180339887498949
    low, high = LEAST_FACTOR, MOST_FACTOR
    left, right = high - golden * (high - low), low + golden * (high - low)
    at_left = _exponential_fit(y, start, end, bend, left, sloping, out)
    at_right = _exponential_fit(y, start, end, bend, right, sloping, out)
    while high - low > 1e-3:
        if at_left < at_right:
            high, right, at_right = right, left, at_left
            left = high - golden * (high - low)
            at_left = _exponential_fit(y, start, end, bend, left, sloping, out)
        else:
            low, left, at_left = left, right, at_right
            right = low + golden * (high - low)
            at_right = _exponential_fit(y, start, end, bend, right, sloping, out)
    return 0.5 * (low + high)


@njit(cache=True, nogil=True)
def _fit_rises(curves, smoothed, bends, noise, skipped, parts):
    """Fill in take-off, level, slope, amplitude, factor, height and residual of each curve."""
    line = np.empty(3)
    for i in range(len(curves)):
        y, bend = curves[i], bends[i]
        end = max(bend - BEFORE_MAXIMUM, min(4, len(y) - 1))
        # A rise so early that nothing else is left uses the first cycles too.
        start = skipped if end - skipped + 1 >= 5 else 0
        while True:
            sloping = end - start + 1 >= LEAST_FOR_LINE
            factor = _best_factor(y, start, end, bend, sloping, line)
            squares = _exponential_fit(y, start, end, bend, factor, sloping, line)
            residual = np.sqrt(squares / max(end - start + 1 - (4 if sloping else 3), 1))
            if residual <= CURVED * noise[i] or end - start - 1 < SHORTEST:
                break
            start += 2
        level, slope, amplitude = line[0], line[1], line[2]
        height = 0.0
        for k in range(bend, len(y)):
            height = max(height, smoothed[i, k] - level - slope * k)
        limit = TAIL * max(noise[i], FLOOR * height)
        take_off = end
        if amplitude > 0.0:
            while take_off >= start and amplitude * factor ** (take_off - bend) > limit:
                take_off -= 1
        if take_off < start:
            take_off = -1
        parts[i, 0], parts[i, 1], parts[i, 2] = take_off, level, slope
        parts[i, 3], parts[i, 4], parts[i, 5] = amplitude, factor, height
        parts[i, 6] = residual
        parts[i, 7] = start
