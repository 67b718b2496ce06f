"""Backgrounds of pictures and profiles: a ball rolled under the picture, lines between valleys."""

import numpy as np
from scipy import ndimage

SHRUNK_RADIUS = 12.0
"""Radius of the ball on the shrunk picture, pixels. Below about ten pixels the ball is a polygon;
above, time grows with its square and the background stays the same."""
GREYS = 255.0
"""Grey levels of the 8-bit pictures for which the ball was made."""


def shrink(image: np.ndarray, factor: int) -> np.ndarray:
    """Return the means of square blocks; rows and columns that fill no block are left out.

    Parameters
    ----------
    image : numpy.ndarray
        Shape (height, width).
    factor : int
        Pixels along the side of a block.

    Returns
    -------
    numpy.ndarray
        Shape (height // factor, width // factor).
    """
    if factor <= 1:
        return np.asarray(image, dtype=float)
    height, width = (side - side % factor for side in image.shape)
    blocks = image[:height, :width].reshape(height // factor, factor, width // factor, factor)
    return blocks.mean(axis=(1, 3), dtype=float)


def rolling_ball(image: np.ndarray, radius: float) -> np.ndarray:
    """Return the background under a picture: the surface a ball from below cannot pass.

    The ball rolls under a shrunk picture, which is a hundred times quicker; the background is
    smooth on the scale of the ball, so that little is lost (Sternberg 1983; the shrinking is that
    of ImageJ's background subtraction).

    Parameters
    ----------
    image : numpy.ndarray
        Shape (height, width), counts; more is signal.
    radius : float
        Radius of the ball, pixels; larger than half the thickness of a band.

    Returns
    -------
    numpy.ndarray
        Shape (height, width), counts.
    """
    from skimage.restoration import ellipsoid_kernel
    from skimage.restoration import rolling_ball as roll

    factor = max(int(radius / SHRUNK_RADIUS), 1)
    pad = [(0, -side % factor) for side in image.shape]
    small = shrink(np.pad(image, pad, mode="edge"), factor)
    # A speck or a noisy pixel must not hold the ball down.
    small = ndimage.median_filter(small, 3, mode="nearest")
    side = 2 * max(radius / factor, 1.0)
    # A ball is round in one unit of counts only: that in which the picture spans GREYS of them.
    low, high = np.percentile(small, (1, 99.9))
    unit = (high - low) / GREYS or 1.0
    ground = unit * roll(small / unit, kernel=ellipsoid_kernel((side, side), 2 * radius))
    rows, columns = (
        (np.arange(length) - (factor - 1) / 2) / factor
        for length in (image.shape[0], image.shape[1])
    )
    return _enlarged(ground, rows, columns)


def _enlarged(small: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Interpolate linearly along both axes, one after the other; ends are held."""
    for axis, places in ((0, rows), (1, columns)):
        last = small.shape[axis] - 1
        places = np.clip(places, 0, last)
        below = np.minimum(places.astype(int), max(last - 1, 0))
        part = places - below
        part = part[:, None] if axis == 0 else part[None, :]
        small = (
            small.take(below, axis) * (1 - part)
            + small.take(np.minimum(below + 1, last), axis) * part
        )
    return small


def valley_line(profile: np.ndarray) -> np.ndarray:
    """Return the lines that join the valleys of a profile from below: its lower convex hull.

    Parameters
    ----------
    profile : numpy.ndarray
        Shape (rows,).

    Returns
    -------
    numpy.ndarray
        Shape (rows,), nowhere above the profile.
    """
    places = np.arange(len(profile), dtype=float)
    hull: list[int] = []
    for k in range(len(profile)):
        while len(hull) > 1:
            a, b = hull[-2], hull[-1]
            rise = (profile[b] - profile[a]) * (k - a)
            if rise < (profile[k] - profile[a]) * (b - a):
                break
            hull.pop()
        hull.append(k)
    return np.interp(places, hull, profile[hull])


def running_median(values: np.ndarray, reach: int) -> np.ndarray:
    """Return the median of each value and its neighbours up to `reach` away; ends are mirrored."""
    return ndimage.median_filter(values, 2 * reach + 1, mode="reflect")
