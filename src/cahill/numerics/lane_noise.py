"""How noisy the pixels of a picture are, told from the picture itself."""

import numpy as np
from scipy.optimize import nnls

CLASSES = 12
"""Classes of brightness, equally filled."""
QUANTUM = 1 / 12
"""Variance of rounding to whole counts, counts squared."""


def pixel_noise(image: np.ndarray) -> tuple[float, float]:
    """Return the variance of a pixel as a line in its counts.

    Neighbours along a row differ by noise alone, but at the edges of lanes; so the median of the
    squared second differences is taken, in classes of brightness, and a line fitted: variance =
    that of the ground + gain times the counts above it (the photon transfer curve). A pedestal
    that the camera adds does not matter.

    Parameters
    ----------
    image : numpy.ndarray
        Shape (height, width), counts.

    Returns
    -------
    ground : float
        Variance of a pixel in the darkest parts, counts squared; at least that of rounding.
    gain : float
        Rise of the variance with the counts above those parts, counts.
    """
    if image.shape[1] < 5:
        return QUANTUM, 0.0
    # The pixel in the middle of a second difference enters twice: its variance is sixfold.
    second = np.diff(image, 2, axis=1)
    level = ((image[:, :-2] + image[:, 1:-1] + image[:, 2:]) / 3).ravel()
    order = np.argsort(level)[:: max(level.size // 200_000, 1)]
    groups = np.array_split(order, CLASSES)
    square = second.ravel() ** 2 / 6
    # 0.4549: the median of a squared standard normal.
    spread = np.array([np.median(square[group]) for group in groups]) / 0.4549
    bright = np.array([np.mean(level[group]) for group in groups])
    design = np.stack([np.ones(CLASSES), bright - bright.min()], axis=1)
    weight = 1 / np.maximum(spread, QUANTUM)
    (constant, gain), _ = nnls(design * weight[:, None], spread * weight)
    return max(float(constant), QUANTUM), float(gain)
