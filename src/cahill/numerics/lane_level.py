"""Bands of a lane made level: a smile or a kink is taken out before rows are summed."""

from itertools import pairwise

import numpy as np
from scipy import ndimage

CHUNK = 5
"""Columns that are moved together."""
FARTHEST = 0.03
"""Largest shift of a column, part of the height; assumed."""
ROUNDS = 2
STEPS = 6


def level_shifts(signal: np.ndarray, noise: float) -> np.ndarray:
    """Return by how many rows each pixel of a strip lies below the lane's mean band.

    Chunks of columns are fitted one after the other, from the middle outwards, to the lane's own
    mean profile, shifted and stretched along the migration (Gauss-Newton). A shift that noise
    alone could explain is drawn to that of its neighbour.

    Parameters
    ----------
    signal : numpy.ndarray
        Shape (rows, columns), counts above background.
    noise : float
        Standard deviation of a pixel, counts.

    Returns
    -------
    numpy.ndarray
        Shape (rows, columns), rows.
    """
    height, width = signal.shape
    number = width // CHUNK
    if number < 3:
        return np.zeros_like(signal)
    edges = np.linspace(0, width, number + 1).astype(int)
    chunks = np.stack([signal[:, a:b].mean(axis=1) for a, b in pairwise(edges)])
    chunks = ndimage.gaussian_filter1d(chunks, 1.0, axis=1)
    spread = max(noise / np.sqrt(CHUNK), 1e-9 * float(np.abs(chunks).max(initial=1.0)), 1e-12)
    middle = number // 2
    third = max(number // 6, 1)
    reference = chunks[middle - third : middle + third + 1].mean(axis=0)
    found = np.zeros((number, 2))
    for _ in range(ROUNDS):
        for k in (*range(middle, number), *range(middle - 1, -1, -1)):
            near = found[k - 1] if k > middle else found[k + 1] if k < middle else found[k]
            found[k] = _fitted(chunks[k], reference, near, spread)
        smooth = ndimage.gaussian_filter1d(found, 0.7, axis=0, mode="nearest")
        smooth -= smooth.mean(axis=0)
        rows = np.arange(height)
        depth = np.linspace(-1, 1, height)
        level = [
            np.interp(rows + one[0] + one[1] * depth, rows, chunk)
            for one, chunk in zip(smooth, chunks)
        ]
        reference = np.mean(level, axis=0)
        found = smooth
    centres = (edges[:-1] + edges[1:] - 1) / 2
    constant, slope = (np.interp(np.arange(width), centres, found[:, k]) for k in (0, 1))
    return constant[None, :] + slope[None, :] * np.linspace(-1, 1, height)[:, None]


def levelled(strip: np.ndarray, shifts: np.ndarray) -> np.ndarray:
    """Return the strip with its bands made level; the sum over a band is kept.

    Parameters
    ----------
    strip, shifts : numpy.ndarray
        Shape (rows, columns).
    """
    if not shifts.any():
        return strip
    rows = np.arange(strip.shape[0], dtype=float)
    stretch = 1.0 + np.gradient(shifts, axis=0)
    out = np.empty_like(strip, dtype=float)
    for k in range(strip.shape[1]):
        out[:, k] = np.interp(rows + shifts[:, k], rows, strip[:, k])
    return out * stretch


def _fitted(
    chunk: np.ndarray, reference: np.ndarray, start: np.ndarray, noise: float
) -> np.ndarray:
    """Return shift and stretch (rows, rows at the ends) of a chunk against the reference."""
    height = len(chunk)
    rows, depth = np.arange(height), np.linspace(-1, 1, height)
    slope = np.gradient(reference)
    farthest = FARTHEST * height
    now = start.copy()
    for _ in range(STEPS):
        places = rows - now[0] - now[1] * depth
        model = np.interp(places, rows, reference)
        steep = np.interp(places, rows, slope)
        gain = float(chunk @ model / max(model @ model, 1e-300))
        if gain <= 0:
            return start
        design = np.stack([model, -gain * steep, -gain * steep * depth], axis=1) / noise
        goal = (chunk - gain * model) / noise
        # Neighbouring chunks differ by a row or so (assumed); bands thinner than noise keep to it.
        prior = np.diag([0.0, 1.0, 1.0])
        normal = design.T @ design + prior + 1e-12 * np.eye(3)
        pull = design.T @ goal + prior @ np.r_[0.0, start - now]
        step = np.linalg.solve(normal, pull)[1:]
        now = np.clip(now + np.clip(step, -2, 2), -farthest, farthest)
        if np.abs(step).max() < 0.01:
            break
    return now
