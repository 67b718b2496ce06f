"""One lane cut out of an upright picture: its path, its sides, its bands made level."""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from cahill.numerics.image_background import running_median

PAD = 0.12
"""Part of its width by which a lane is cut wider than where its contrast is halved, so that the
soft edges of its bands are inside; at most a third of the gap to the neighbour. Assumed."""
SIDE = 0.4
"""Part of its width that is looked at beside an outermost lane; assumed."""
SLOWEST = 0.03
"""Background is smoothed along the migration over twice this part of the height; assumed: longer
than what a band spills over its lane's edge, shorter than the ground's own changes."""
SPECK = 6
"""Half the width over which a pixel is compared with its row, columns: twice a speck's size."""
OUTSTANDING, UNEVEN = 6.0, 0.25
"""A pixel stands out by so many standard deviations and this part of the band's height; assumed."""


@dataclass(frozen=True, eq=False)
class LaneStrip:
    """The pixels of one lane.

    Parameters
    ----------
    counts : numpy.ndarray
        Shape (rows, columns), as measured, along the lane's path.
    ground : numpy.ndarray
        Shape (rows, columns), background between the lane's sides.
    ground_sd : numpy.ndarray
        Shape (rows,), standard deviation of the background of a row.
    first : numpy.ndarray
        Shape (rows,), column of the picture at which the strip begins.
    """

    counts: np.ndarray
    ground: np.ndarray
    ground_sd: np.ndarray
    first: np.ndarray


def pads_of(left: np.ndarray, right: np.ndarray, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Return by how much each lane is cut wider, and how far its sides may be looked at.

    Parameters
    ----------
    left, right : numpy.ndarray
        Shape (lanes,), edges of the lanes, columns.
    width : int
        Of the picture.

    Returns
    -------
    pads : numpy.ndarray
        Shape (lanes, 2), columns on the left and on the right.
    reaches : numpy.ndarray
        Shape (lanes, 2), columns from the lane's edge to the end of the side looked at.
    """
    wide = right - left
    gaps = np.maximum(left[1:] - right[:-1], 1.0)
    outer = np.array([left[0], width - 1 - right[-1]])
    room = np.stack([np.r_[outer[0], gaps], np.r_[gaps, outer[1]]], axis=1)
    pads = np.minimum(PAD * wide[:, None], room / 3)
    reaches = np.minimum((PAD + SIDE) * wide[:, None], room - pads)
    # Beside an outermost lane nothing but the border of the picture is in the way.
    for lane, side in ((0, 0), (-1, 1)):
        reaches[lane, side] = min((PAD + SIDE) * wide[lane], outer[side])
    return pads, np.maximum(reaches, pads)


def lane_path(
    image: np.ndarray, left: float, right: float, room: float, noise: float
) -> np.ndarray:
    """Return how far the middle of a lane lies off its mean place, row by row.

    Parameters
    ----------
    image : numpy.ndarray
        Shape (height, width), counts.
    left, right : float
        Edges of the lane, columns.
    room : float
        Columns beside the lane that belong to no other.
    noise : float
        Standard deviation of a pixel, counts.

    Returns
    -------
    numpy.ndarray
        Shape (height,), columns: a parabola through the centres of gravity of the bands, the
        stronger bands counting more; at most a fifth of the lane's width.
    """
    height, width = image.shape
    begin, end = max(int(left - room), 0), min(int(np.ceil(right + room)) + 1, width)
    window = ndimage.gaussian_filter1d(image[:, begin:end], max(height / 300, 1.0), axis=0)
    ends = np.minimum(window[:, 0], window[:, -1])[:, None]
    signal = np.maximum(without_specks(window - ends, noise), 0.0)
    weight = signal.sum(axis=1)
    weight = np.maximum(weight - np.percentile(weight, 50), 0.0)
    if weight.max() <= 0:
        return np.zeros(height)
    centre = signal @ np.arange(begin, end) / np.maximum(signal.sum(axis=1), 1e-12)
    off = centre - (left + right) / 2
    depth = np.linspace(-1, 1, height)
    kept = weight > 0.02 * weight.max()
    spread = np.ptp(depth[kept])
    if kept.sum() < 5 or spread < 0.1:
        return np.zeros(height)
    # Few rows of bands cannot bear a bend; the penalty makes the path straight there.
    basis = np.stack([np.ones(height), depth, depth**2 - 1 / 3], axis=1)
    scale = np.sqrt(weight[kept] / weight.max())
    path = np.zeros(height)
    for _ in range(3):
        penalty = np.diag([0.0, 0.3, 0.6]) * np.sqrt(scale @ scale) * 0.3
        rows = np.vstack([basis[kept] * scale[:, None], penalty])
        goal = np.r_[off[kept] * scale, np.zeros(3)]
        path = basis @ np.linalg.lstsq(rows, goal, rcond=None)[0]
        # Rows far off the others hold dirt; a robust fit hardly hears them.
        rest = np.abs(off[kept] - path[kept])
        usual = max(3 * float(np.median(rest)), 0.01 * (right - left))
        scale = np.sqrt(weight[kept] / weight.max()) * np.minimum(
            1.0, usual / np.maximum(rest, usual)
        )
    return np.clip(path, -0.2 * (right - left), 0.2 * (right - left))


def cut_strip(
    image: np.ndarray,
    left: float,
    right: float,
    pads: np.ndarray,
    reaches: np.ndarray,
    path: np.ndarray,
) -> LaneStrip:
    """Cut a lane along its path, with the background that its sides show.

    The background of a row is the median of the pixels beside the lane, on the left and on the
    right, smoothed along the migration by a running median and joined by a straight line.

    Parameters
    ----------
    image : numpy.ndarray
        Shape (height, width), counts.
    left, right : float
        Edges of the lane, columns.
    pads, reaches : numpy.ndarray
        Shape (2,), as `pads_of` gives them.
    path : numpy.ndarray
        Shape (height,), as `lane_path` gives it.
    """
    height, width = image.shape
    shift = np.rint(path).astype(int)
    begin, end = int(np.rint(left - pads[0])), int(np.rint(right + pads[1]))
    columns = np.arange(begin, end + 1)
    counts = _columns(image, columns, shift)
    sides, spread = [], []
    for outer, inner in (
        (int(np.floor(left - reaches[0])), begin - 1),
        (end + 1, int(np.ceil(right + reaches[1]))),
    ):
        places = np.arange(max(outer, 0), min(inner, width - 1) + 1)
        if not len(places):
            continue
        row = np.median(_columns(image, places, shift), axis=1)
        smooth = running_median(row, max(round(SLOWEST * height), 2))
        smooth = ndimage.uniform_filter1d(smooth, max(round(SLOWEST * height), 2))
        sides.append((float(np.mean(places)), smooth))
        spread.append(1.4826 * np.median(np.abs(row - smooth)))
    if not sides:
        level = np.percentile(counts, 10, axis=1)
        sides, spread = [(float(begin), level)], [float(np.std(level))]
    if len(sides) == 1:
        ground = np.repeat(sides[0][1][:, None], len(columns), axis=1)
    else:
        (a, low_side), (b, high_side) = sides
        part = (columns - a) / (b - a)
        ground = low_side[:, None] * (1 - part) + high_side[:, None] * part
    sd = np.full(height, float(np.linalg.norm(spread)) / len(spread))
    return LaneStrip(counts, ground, sd, begin + shift)


def _columns(image: np.ndarray, columns: np.ndarray, shift: np.ndarray) -> np.ndarray:
    """Return columns of a picture that move with the rows; beyond the border it repeats."""
    places = np.clip(columns[None, :] + shift[:, None], 0, image.shape[1] - 1)
    return np.take_along_axis(image, places, axis=1)


def columns_along(image: np.ndarray, strip: LaneStrip) -> np.ndarray:
    """Return the same pixels as a strip from another picture of the same size."""
    return _columns(image, np.arange(strip.counts.shape[1]), strip.first)


def without_specks(signal: np.ndarray, noise: float) -> np.ndarray:
    """Return a level strip without the pixels that stand out of their row.

    A band is flat across the lane and falls off steadily at its sides; a dot or a scratch is not.
    What exceeds the median of its neighbours along the row is replaced by it.

    Parameters
    ----------
    signal : numpy.ndarray
        Shape (rows, columns), counts above background.
    noise : float
        Standard deviation of a pixel, counts.
    """
    if signal.shape[1] < 2 * SPECK + 1:
        return signal
    around = ndimage.median_filter(signal, (1, 2 * SPECK + 1), mode="nearest")
    # Half a row above and below, so that the foot of a dot goes with its tip.
    limit = OUTSTANDING * noise + UNEVEN * np.abs(around)
    dots = ndimage.binary_dilation(signal - around > limit, iterations=2)
    return np.where(dots & (signal - around > limit / 3), around, signal)


def bend_across(signal: np.ndarray, place: float, spread: float, parts: int = 5) -> float:
    """Return in which part of a lane's width a band is seen.

    Parameters
    ----------
    signal : numpy.ndarray
        Shape (rows, columns), counts above background, level.
    place, spread : float
        Of the band, rows.
    parts : int
        Parts into which the width is divided.

    Returns
    -------
    float
        Share of the parts in which the band bends the profile by a quarter of its mean at least.
    """
    reach = int(np.ceil(4 * spread)) + 2
    top = max(int(place) - reach, 0)
    window = signal[top : int(place) + reach + 1]
    middle = window[:, window.shape[1] // 10 : window.shape[1] - window.shape[1] // 10]
    columns = np.stack([part.mean(axis=1) for part in np.array_split(middle, parts, axis=1)])
    scale = max(spread, 1.0)
    bent = -ndimage.gaussian_filter1d(columns, scale, axis=1, order=2, mode="nearest")
    at = min(round(place) - top, len(window) - 1)
    values = np.max(bent[:, max(at - 1, 0) : at + 2], axis=1)
    return float(np.mean(values > 0.25 * values.mean()))
