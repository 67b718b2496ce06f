"""Baselines of amplification curves: a straight line over a window of cycles."""

from typing import NamedTuple

import numpy as np


class Lines(NamedTuple):
    """Lines fitted to windows, shape (curves,), with what their extrapolation needs.

    level : value at the centre of the window.
    slope : by cycle.
    centre : mean cycle of the window.
    spread : sum of squared distances of its cycles from the centre; infinite for a level line.
    points : cycles in the window.
    noise : standard deviation about the line; NaN with too few points.
    """

    level: np.ndarray
    slope: np.ndarray
    centre: np.ndarray
    spread: np.ndarray
    points: np.ndarray
    noise: np.ndarray

    def at(self, cycles: np.ndarray) -> np.ndarray:
        """Return the lines at cycles, shape (curves, cycles)."""
        return self.level[:, None] + self.slope[:, None] * (cycles[None, :] - self.centre[:, None])

    def variance(self, cycle: np.ndarray, noise: np.ndarray) -> np.ndarray:
        """Return the variance of each line at one cycle of its own, from the noise of readings."""
        points = np.maximum(self.points, 1)
        return noise**2 * (1.0 / points + (cycle - self.centre) ** 2 / self.spread)


def fit_lines(
    cycles: np.ndarray,
    curves: np.ndarray,
    first: np.ndarray,
    last: np.ndarray,
    level: np.ndarray | None = None,
) -> Lines:
    """Fit the baseline of each curve in its window by least squares, as instruments do.

    Parameters
    ----------
    cycles : numpy.ndarray
        Shape (cycles,).
    curves : numpy.ndarray
        Shape (curves, cycles); NaN is left out.
    first, last : numpy.ndarray
        Shape (curves,), first and last cycle of the window.
    level : numpy.ndarray, optional
        Shape (curves,), bool: which lines are held level.

    Returns
    -------
    Lines
        NaN where a window has no reading; level where it has one.
    """
    inside = (cycles >= first[:, None]) & (cycles <= last[:, None]) & np.isfinite(curves)
    y = np.where(inside, curves, 0.0)
    x = np.where(inside, cycles[None, :], 0.0)
    points = inside.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        centre, mean = x.sum(axis=1) / points, y.sum(axis=1) / points
        dx = np.where(inside, cycles[None, :] - centre[:, None], 0.0)
        dy = np.where(inside, curves - mean[:, None], 0.0)
        spread = (dx**2).sum(axis=1)
        flat = (points < 2) | (False if level is None else level)
        slope = np.where(flat, 0.0, (dx * dy).sum(axis=1) / spread)
        rest = dy - slope[:, None] * dx
        freedom = points - np.where(flat, 1, 2)
        noise = np.sqrt((rest**2).sum(axis=1) / np.where(freedom > 0, freedom, np.nan))
    return Lines(mean, slope, centre, np.where(flat, np.inf, spread), points, noise)
