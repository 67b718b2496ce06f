"""Where the lanes of an upright blot stand: from what changes along the migration, by column."""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage, signal

from cahill.numerics.image_background import shrink

SIDE = 700
"""Longest side of the picture that is searched, pixels."""
FAINTEST = 0.05
"""Least contrast of a lane, of that of the strongest; assumed: fainter columns are the halo of
their neighbours, the edges of wells or the membrane's own texture."""
DIP = 0.75
"""Two peaks of the contrast are two lanes if it falls below this part of the lower one between
them; assumed: a kinked or dumb-bell lane dips less."""
NARROW = 0.6
"""A lane narrower than this part of the median lane is a speck or a scratch; assumed."""


@dataclass(frozen=True, eq=False)
class LaneColumns:
    """Lanes from left to right.

    Parameters
    ----------
    left, right : numpy.ndarray
        Shape (lanes,), columns between which the contrast is above half of the lane's.
    contrast : numpy.ndarray
        Shape (lanes,), counts; root mean square of the steps along the migration.
    guessed : numpy.ndarray
        Shape (lanes,), bool: the lane shows nothing and was put into a gap of its neighbours.
    """

    left: np.ndarray
    right: np.ndarray
    contrast: np.ndarray
    guessed: np.ndarray

    @property
    def centre(self) -> np.ndarray:
        """Middle of each lane, columns."""
        return (self.left + self.right) / 2

    def some(self, chosen: np.ndarray) -> "LaneColumns":
        """Return the lanes for which `chosen`, shape (lanes,), is true."""
        parts = (self.left, self.right, self.contrast, self.guessed)
        return LaneColumns(*(part[chosen] for part in parts))


def column_contrast(image: np.ndarray) -> tuple[np.ndarray, float]:
    """Return how much the counts change along the migration, column by column.

    A background that changes slowly does not show, nor does a scratch along the lanes; specks are
    taken out by a median of nine neighbours.

    Parameters
    ----------
    image : numpy.ndarray
        Shape (height, width), counts.

    Returns
    -------
    contrast : numpy.ndarray
        Shape (width / block,), counts.
    block : float
        Columns of the picture per value.
    """
    block = max(int(np.ceil(max(image.shape) / SIDE)), 1)
    small = ndimage.median_filter(shrink(image, block), 3, mode="nearest")
    # An odd width, because an even one would move everything by half a column.
    small = ndimage.uniform_filter1d(small, 2 * round(0.004 * small.shape[1]) + 1, axis=1)
    reach = max(round(0.008 * small.shape[0]), 2)
    steps = small[reach:] - small[:-reach]
    return np.sqrt(np.mean(steps**2, axis=0)), float(block)


def find_lanes(image: np.ndarray, count: int | None = None) -> LaneColumns:
    """Find the lanes of an upright picture.

    Parameters
    ----------
    image : numpy.ndarray
        Shape (height, width), counts; more is signal.
    count : int, optional
        How many there are; lanes that show nothing are then put into the gaps of the others.

    Returns
    -------
    LaneColumns
        Not `count` lanes if that many cannot be made out.
    """
    contrast, block = column_contrast(image)
    floor = float(np.percentile(contrast, 3))
    clear = contrast - floor
    wiggle = np.diff(clear, 2) / np.sqrt(6)
    # 1.4826: the standard deviation of a normal distribution over its median deviation.
    noise = 1.4826 * float(np.median(np.abs(wiggle))) if len(wiggle) else 0.0
    # Over as many rows as neighbours do not share, chance moves the floor by so much.
    chance = floor / np.sqrt(2 * max(image.shape[0] / block / 4, 1.0))
    least = max(FAINTEST * float(clear.max(initial=0.0)), 5 * noise, 8 * chance)
    lanes = _lanes_above(clear, least)
    if count is not None and len(lanes) < count:
        lanes = (
            _lanes_above(clear, least / 4)
            if len(_lanes_above(clear, least / 4)) == count
            else lanes
        )
    left, right = (np.array([lane[k] for lane in lanes], dtype=float) for k in (0, 1))
    strength = np.array([lane[2] for lane in lanes], dtype=float)
    found = LaneColumns(
        left * block, right * block + block - 1, strength, np.zeros(len(lanes), bool)
    )
    if count is not None and 2 <= len(lanes) < count:
        return _with_empty_lanes(found, count, image.shape[1])
    return found


def _lanes_above(clear: np.ndarray, least: float) -> list[tuple[float, float, float]]:
    """Return left, right and contrast of each lane, in values of `clear`."""
    if not len(clear) or least <= 0 or clear.max() < least:
        return []
    padded = np.concatenate([[0.0], clear, [0.0]])
    peaks, _ = signal.find_peaks(padded, height=least)
    # Peaks that no dip parts are one lane.
    kept: list[int] = []
    for peak in peaks:
        if kept:
            dip = padded[kept[-1] : peak + 1].min()
            if dip > DIP * min(padded[kept[-1]], padded[peak]):
                if padded[peak] > padded[kept[-1]]:
                    kept[-1] = int(peak)
                continue
        kept.append(int(peak))
    lanes = []
    for k, peak in enumerate(kept):
        begin = kept[k - 1] + int(np.argmin(padded[kept[k - 1] : peak])) if k else 0
        after = kept[k + 1] if k + 1 < len(kept) else len(padded) - 1
        end = peak + int(np.argmin(padded[peak : after + 1]))
        inside = padded[begin : end + 1]
        # The plateau, not its highest point, has the half that marks an edge.
        plateau = float(np.percentile(inside[inside > 0.5 * padded[peak]], 75))
        above = np.flatnonzero(inside >= plateau / 2) + begin
        left, right = (
            _crossing(padded, above[0], -1, plateau / 2),
            _crossing(padded, above[-1], 1, plateau / 2),
        )
        lanes.append((left - 1, right - 1, plateau))
    if not lanes:
        return []
    wide = np.median([right - left for left, right, _ in lanes])
    return [lane for lane in lanes if lane[1] - lane[0] >= NARROW * wide]


def _crossing(values: np.ndarray, inside: int, step: int, level: float) -> float:
    """Return where the values cross a level just outside a place, between two columns."""
    outside = inside + step
    if not 0 <= outside < len(values) or values[outside] >= level:
        return float(inside)
    part = (values[inside] - level) / (values[inside] - values[outside])
    return inside + step * float(part)


def _with_empty_lanes(lanes: LaneColumns, count: int, width: int) -> LaneColumns:
    """Put lanes into gaps that are a multiple of the lanes' distance, if that gives the number.

    What is missing beyond the outermost lanes cannot be placed and stays missing.
    """
    centre = lanes.centre
    gaps = np.diff(centre)
    pitch = float(np.min(gaps))
    steps = np.maximum(np.rint(gaps / pitch), 1).astype(int)
    if 1 + int(steps.sum()) != count or np.any(np.abs(gaps / pitch - steps) > 0.3):
        return lanes
    half = float(np.median(lanes.right - lanes.left)) / 2
    left, right, contrast, guessed = [], [], [], []
    for k in range(len(centre)):
        left.append(lanes.left[k])
        right.append(lanes.right[k])
        contrast.append(lanes.contrast[k])
        guessed.append(False)
        for j in range(1, steps[k] if k < len(steps) else 1):
            middle = centre[k] + j * gaps[k] / steps[k]
            left.append(max(middle - half, 0.0))
            right.append(min(middle + half, width - 1.0))
            contrast.append(0.0)
            guessed.append(True)
    return LaneColumns(*(np.array(part) for part in (left, right, contrast, guessed)))
