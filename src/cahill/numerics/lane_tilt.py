"""The tilt of a blot on its picture, from the projections of its edges."""

import numpy as np
from scipy import ndimage

from cahill.numerics.image_background import shrink

SIDE = 600
"""Longest side of the picture that is searched, pixels."""
WIDEST = 6.0
"""Largest tilt that is looked for, degrees; assumed: more is seen and put right at the imager."""
STEP = 0.25


def tilt_angle(image: np.ndarray) -> float:
    """Return how far the lanes and bands of a picture are turned.

    Where lanes stand upright, the edges of lanes fall into few columns and those of bands into
    few rows. The angle is sought at which the squared projections of both gradients are largest
    (the projection profile of Postl 1986, on gradients).

    Parameters
    ----------
    image : numpy.ndarray
        Shape (height, width), counts.

    Returns
    -------
    float
        Degrees, counter-clockwise as one sees the picture; 0 where nothing tells.
    """
    small = shrink(image, max(int(np.ceil(max(image.shape) / SIDE)), 1))
    small = ndimage.median_filter(small, 3, mode="nearest")
    # The root keeps one saturated band from outvoting all others.
    small = np.sqrt(np.maximum(small - np.percentile(small, 5), 0.0))
    across, along = (ndimage.gaussian_filter1d(small, 1.0, axis=k, order=1) for k in (1, 0))
    angles = np.arange(-WIDEST, WIDEST + STEP / 2, STEP)
    angle = _best(angles, across, along)
    fine = angle + np.arange(-STEP, STEP * 1.01, STEP / 5)
    return _best(fine, across, along)


def straighten(image: np.ndarray, angle: float) -> np.ndarray:
    """Return the picture turned back by an angle; what comes from outside repeats the border.

    Parameters
    ----------
    image : numpy.ndarray
        Shape (height, width), counts or bool (then the nearest pixel is taken).
    angle : float
        Degrees, as `tilt_angle` gives it.

    Returns
    -------
    numpy.ndarray
        Shape (height, width).
    """
    if angle == 0:
        return image
    order = 0 if image.dtype == bool else 1
    return ndimage.rotate(image, -angle, reshape=False, order=order, mode="nearest")


def _best(angles: np.ndarray, across: np.ndarray, along: np.ndarray) -> float:
    """Return the angle of the sharpest projections, refined by a parabola through three."""
    # Rows are counted downwards: a lane turned counter-clockwise runs to the right on its way down.
    slopes = -np.tan(np.deg2rad(angles))
    columns = np.array([_sharpness(across, slope) for slope in slopes])
    rows = np.array([_sharpness(along.T, -slope) for slope in slopes])
    if not (columns.max() > 0 and rows.max() > 0):
        return 0.0
    score = columns / columns.max() + rows / rows.max()
    best = int(np.argmax(score))
    if not 0 < best < len(angles) - 1:
        return float(angles[best])
    left, top, right = score[best - 1 : best + 2]
    bend = left - 2 * top + right
    shift = 0.0 if bend == 0 else 0.5 * (left - right) / bend
    return float(angles[best] + shift * (angles[1] - angles[0]))


def _sharpness(gradient: np.ndarray, slope: float) -> float:
    """Return the sum of squares of the column sums after a shear by `slope` columns a row."""
    height, width = gradient.shape
    reach = int(np.ceil(abs(slope) * height / 2)) + 1
    shift = slope * (np.arange(height) - (height - 1) / 2) + reach
    whole = shift.astype(int)
    part = shift - whole
    sums = np.zeros(width + 2 * reach + 2)
    for k in range(height):
        row, begin = gradient[k], whole[k]
        sums[begin : begin + width] += (1 - part[k]) * row
        sums[begin + 1 : begin + 1 + width] += part[k] * row
    return float(sums @ sums)
