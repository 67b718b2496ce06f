"""Peaks of the negative derivative of melt curves."""

from typing import NamedTuple

import numpy as np

HALF_WIDTH = 1.0
"""Half the width of the local parabola, degrees Celsius: less than that of a peak (about 2)."""
LEAST_SHARE = 0.1
"""Prominence of a peak over the highest of its curve below which it is taken for a ripple."""
OVER_NOISE = 6.0
"""Prominence of a peak in standard deviations of the derivative."""


class MeltDerivatives(NamedTuple):
    """Smoothed derivatives on an even grid.

    temperature : degrees Celsius, shape (points,).
    slope : -dF/dT, signal per degree, shape (curves, points); NaN where a curve was not read.
    noise : standard deviation of the slope, shape (curves,).
    """

    temperature: np.ndarray
    slope: np.ndarray
    noise: np.ndarray


class Peak(NamedTuple):
    """One peak.

    temperature : degrees Celsius. height, prominence : signal per degree, above zero and above the
        feet. area : signal, above the line between the feet.
    """

    temperature: float
    height: float
    prominence: float
    area: float


def melt_derivatives(temperature: np.ndarray, signal: np.ndarray) -> MeltDerivatives:
    """Return -dF/dT of melt curves by local parabolas.

    Parameters
    ----------
    temperature, signal : numpy.ndarray
        Shape (curves, points), NaN where a curve is shorter.
    """
    from scipy.signal import savgol_coeffs, savgol_filter

    known = np.isfinite(temperature) & np.isfinite(signal)
    steps = np.diff(np.where(known, temperature, np.nan), axis=1)
    step = float(np.nanmedian(np.where(steps > 0, steps, np.nan)))
    low, high = np.nanmin(temperature[known]), np.nanmax(temperature[known])
    grid = low + step * np.arange(round((high - low) / step) + 1)
    width = max(2 * round(HALF_WIDTH / step) + 1, 5)
    slope = np.full((len(signal), len(grid)), np.nan)
    noise = np.full(len(signal), np.nan)
    gain = float(np.linalg.norm(savgol_coeffs(width, 2, deriv=1, delta=step)))
    for row in np.flatnonzero(known.sum(axis=1) >= width):
        x, y = temperature[row, known[row]], signal[row, known[row]]
        inside = (grid >= x[0] - step / 2) & (grid <= x[-1] + step / 2)
        if inside.sum() < width:
            continue
        even = np.interp(grid[inside], x, y)
        slope[row, inside] = -savgol_filter(even, width, 2, deriv=1, delta=step)
        third = np.abs(np.diff(even, 3))
        noise[row] = gain * float(np.median(third)) / (0.6745 * np.sqrt(20.0))
    return MeltDerivatives(grid, slope, noise)


def find_peaks(temperature: np.ndarray, slope: np.ndarray, noise: float) -> tuple[Peak, ...]:
    """Find the peaks of one derivative, the highest first.

    Parameters
    ----------
    temperature : numpy.ndarray
        Even grid, degrees Celsius.
    slope : numpy.ndarray
        -dF/dT, same shape; NaN where not read.
    noise : float
        Standard deviation of `slope`.
    """
    from scipy.signal import find_peaks as search
    from scipy.signal import peak_widths

    known = np.flatnonzero(np.isfinite(slope))
    if len(known) < 5:
        return ()
    y, x = slope[known], temperature[known]
    places, facts = search(y, prominence=max(OVER_NOISE * noise, 1e-300))
    if not len(places):
        return ()
    highest = facts["prominences"].max()
    feet = peak_widths(y, places, rel_height=0.95)
    found = []
    for k, place in enumerate(places):
        prominence = float(facts["prominences"][k])
        if prominence < LEAST_SHARE * highest or y[place] <= 0:
            continue
        before, at, after = y[place - 1], y[place], y[place + 1]
        # the vertex of the parabola through the three highest points
        bend = before - 2 * at + after
        shift = 0.5 * (before - after) / bend if bend < 0 else 0.0
        left, right = int(np.floor(feet[2][k])), int(np.ceil(feet[3][k]))
        part = y[left : right + 1]
        floor = np.linspace(part[0], part[-1], len(part))
        step = x[1] - x[0]
        area = float(np.sum(np.maximum(part - floor, 0.0)) * step)
        height = float(at - 0.25 * (before - after) * shift)
        found.append(Peak(float(x[place] + shift * step), height, prominence, area))
    return tuple(sorted(found, key=lambda peak: -peak.prominence))
