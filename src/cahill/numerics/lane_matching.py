"""Bands of one kind found again in every lane, though the front of the gel smiled."""

from dataclasses import dataclass

import numpy as np

FARTHEST = 0.05
"""Largest shift between lanes, part of the height; assumed."""
STRETCH = 0.03
"""Largest difference of shift between the ends and the middle, part of the height; assumed."""
GAP = 1.0
"""Cost of a band that is in one lane only, in squared tolerances: two bands farther apart than
the root of twice this are two."""


@dataclass(frozen=True, eq=False)
class Matched:
    """Which bands are the same.

    Parameters
    ----------
    rows : tuple of numpy.ndarray
        By lane, shape (bands,): number of each band's row, from the top.
    places : numpy.ndarray
        Shape (rows,), mean migration of each row, in rows of the reference lane.
    shifts : numpy.ndarray
        Shape (lanes, 2): rows by which a lane lags behind, in the middle, and more at the ends.
    """

    rows: tuple[np.ndarray, ...]
    places: np.ndarray
    shifts: np.ndarray


def lag(shift: np.ndarray, place: np.ndarray | float, height: int) -> np.ndarray:
    """Return by how many rows a lane lags behind at a place.

    Parameters
    ----------
    shift : numpy.ndarray
        Shape (2,), a row of `Matched.shifts`.
    place : numpy.ndarray
        Rows.
    height : int
        Of the picture.
    """
    return shift[0] + shift[1] * (2 * np.asarray(place, float) / max(height - 1, 1) - 1)


def match_bands(places: list[np.ndarray], spreads: list[np.ndarray], height: int) -> Matched:
    """Match bands across lanes by migration.

    Lanes are taken from the one with most bands outwards. Each is shifted and stretched so that
    most of its bands fall on rows known so far, as little differently from its neighbour as can
    be; then bands and rows are aligned in order (Needleman and Wunsch 1970).

    Parameters
    ----------
    places, spreads : list of numpy.ndarray
        By lane, shape (bands,): rows.
    height : int
        Of the picture, rows.

    Returns
    -------
    Matched
    """
    lanes = len(places)
    shifts = np.zeros((lanes, 2))
    member: list[list[tuple[int, int]]] = []
    where: list[float] = []
    tolerance: list[float] = []
    first = int(np.argmax([len(one) for one in places])) if lanes else 0
    for lane in (*range(first, lanes), *range(first - 1, -1, -1)):
        own, spread = places[lane], spreads[lane]
        near = shifts[lane - 1] if lane > first else shifts[min(lane + 1, lanes - 1)]
        if lane != first:
            shifts[lane] = _best_shift(own, np.array(where), np.array(tolerance), near, height)
        at = own - lag(shifts[lane], own, height)
        pairs = _aligned(np.array(where), at, np.array(tolerance))
        taken = {band: row for row, band in pairs}
        for band in range(len(own)):
            if band in taken:
                member[taken[band]].append((lane, band))
                known = [
                    places[k][j] - lag(shifts[k], places[k][j], height)
                    for k, j in member[taken[band]]
                ]
                where[taken[band]] = float(np.median(known))
            else:
                member.append([(lane, band)])
                where.append(float(at[band]))
                tolerance.append(1.5 * float(spread[band]) + 0.004 * height)
        order = np.argsort(where, kind="stable")
        member = [member[k] for k in order]
        where, tolerance = [where[k] for k in order], [tolerance[k] for k in order]
    rows = tuple(np.full(len(one), -1) for one in places)
    for row, bands in enumerate(member):
        for lane, band in bands:
            rows[lane][band] = row
    return Matched(rows, np.array(where), shifts)


def _best_shift(
    own: np.ndarray, where: np.ndarray, tolerance: np.ndarray, near: np.ndarray, height: int
) -> np.ndarray:
    """Return the shift and stretch under which most bands fall on rows."""
    if not len(own) or not len(where):
        return near.copy()
    step = max(float(np.min(tolerance)) / 3, 0.25)
    shift = np.arange(-FARTHEST * height, FARTHEST * height + step, step)
    bend = np.arange(-STRETCH * height, STRETCH * height + 2 * step, 2 * step)
    one, two = (grid.ravel() for grid in np.meshgrid(shift, bend, indexing="ij"))
    depth = 2 * own / max(height - 1, 1) - 1
    at = own[None, :] - one[:, None] - two[:, None] * depth[None, :]
    off = (at[:, :, None] - where) / tolerance
    hits = np.exp(-0.5 * np.min(off**2, axis=2)).sum(axis=1)
    strange = ((one - near[0]) / (0.02 * height)) ** 2 + ((two - near[1]) / (0.01 * height)) ** 2
    best = int(np.argmax(hits - 0.3 * strange - 0.02 * (one**2 + two**2) / (0.01 * height) ** 2))
    return np.array([one[best], two[best]])


def _aligned(where: np.ndarray, at: np.ndarray, tolerance: np.ndarray) -> list[tuple[int, int]]:
    """Return pairs (row, band) of the cheapest alignment in order."""
    m, n = len(where), len(at)
    cost = np.zeros((m + 1, n + 1))
    cost[:, 0], cost[0, :] = GAP * np.arange(m + 1), GAP * np.arange(n + 1)
    for i in range(1, m + 1):
        for j in range(1, n + 1):
            match = cost[i - 1, j - 1] + ((at[j - 1] - where[i - 1]) / tolerance[i - 1]) ** 2
            cost[i, j] = min(match, cost[i - 1, j] + GAP, cost[i, j - 1] + GAP)
    pairs, i, j = [], m, n
    while i and j:
        if cost[i, j] == cost[i - 1, j] + GAP:
            i -= 1
        elif cost[i, j] == cost[i, j - 1] + GAP:
            j -= 1
        else:
            i, j = i - 1, j - 1
            pairs.append((i, j))
    return pairs[::-1]
