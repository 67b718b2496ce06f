"""Which band is the target: by ladder, order, place or strength; and its volume in every lane."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cahill.assays.western.blot_lanes import BlotLanes, Lane, Volume, volume_between
from cahill.assays.western.blot_layout import BandRule, LaneEntry
from cahill.errors import InputError

NEAR_KDA = 0.12
"""A band counts as one of a mass if it runs within this part of it; assumed: proteins run up to a
tenth off their mass."""
SEEN = 3.0
"""Standard deviations by which a volume must exceed 0 to be a band (limit of detection, IUPAC)."""


@dataclass(frozen=True)
class TargetVolume:
    """The volume of a target in one lane; `seen` tells whether a band was made out there."""

    volume: Volume
    top: int
    bottom: int
    seen: bool


@dataclass(frozen=True, eq=False)
class LadderFit:
    """log10(kDa) as a polynomial of migration.

    Parameters
    ----------
    coefficients : numpy.ndarray
        Highest power first, of rows of the reference lane over the height.
    height : int
    masses, places : numpy.ndarray
        The ladder's bands, kDa and rows of the reference lane.
    """

    coefficients: np.ndarray
    height: int
    masses: np.ndarray
    places: np.ndarray

    def kda(self, place: np.ndarray | float) -> np.ndarray:
        """Return the mass at a place, kDa; NaN well outside the ladder."""
        place = np.asarray(place, float)
        reach = 0.1 * np.ptp(self.places)
        known = (place >= self.places.min() - reach) & (place <= self.places.max() + reach)
        mass = 10 ** np.polyval(self.coefficients, place / self.height)
        return np.where(known, mass, np.nan)


def fit_ladder(blot: BlotLanes, entries: Sequence[LaneEntry]) -> LadderFit | None:
    """Fit the ladder of a picture; None if the layout gives no masses.

    The logarithm of mass is a line in migration with three bands or fewer, a parabola with more.

    Raises
    ------
    InputError
        If the lane does not show as many bands as masses are given.
    """
    for entry in entries:
        if entry.role != "ladder" or not entry.ladder:
            continue
        lane = blot.lanes[entry.lane - 1]
        masses = np.array(entry.ladder)
        found = lane.bands.place
        if len(found) < len(masses) or len(masses) < 2:
            raise InputError(
                f"{entry.where}: {len(masses)} masses given, but {len(found)} bands found in lane "
                f"{entry.lane} of {blot.image.name}; give the masses of the bands that show"
            )
        strongest = np.sort(np.argsort(lane.bands.bend)[::-1][: len(masses)])
        places = np.array([blot.level_place(lane, float(found[k])) for k in strongest])
        degree = 2 if len(masses) > 3 else 1
        line = np.polyfit(places / blot.height, np.log10(masses), degree)
        return LadderFit(line, blot.height, masses, places)
    return None


def target_volumes(
    blot: BlotLanes, entries: Sequence[LaneEntry], rule: BandRule, name: str
) -> list[TargetVolume]:
    """Return the volume of a target in every lane of a picture, from left to right.

    Where a lane shows no band of the row, the counts at the row's place are taken; they scatter
    about 0 if nothing is there.

    Parameters
    ----------
    blot : BlotLanes
    entries : sequence of LaneEntry
        Of the same lanes.
    rule : BandRule
    name : str
        File, row and target, for messages.

    Raises
    ------
    InputError
        If no band answers the rule.
    """
    if rule.way == "lane":
        return [
            TargetVolume(volume_between(lane, 0, blot.height), 0, blot.height, True)
            for lane in blot.lanes
        ]
    used = [k for k, entry in enumerate(entries) if entry.role not in ("ladder", "empty")]
    row = _row(blot, entries, used, rule, name)
    above, below, spread = _extent(blot, row)
    return [_in_lane(blot, lane, row, above, below, spread) for lane in blot.lanes]


def _row(
    blot: BlotLanes,
    entries: Sequence[LaneEntry],
    used: Sequence[int],
    rule: BandRule,
    name: str,
) -> int:
    """Return the number of the row of bands that answers a rule."""
    shown = [row for row in range(len(blot.places)) if any(row in blot.lanes[k].rows for k in used)]
    picture = blot.image.name
    if not shown:
        raise InputError(f"{name}: no band found in the sample lanes of {picture}")
    if rule.way == "order":
        if rule.low > len(shown):
            raise InputError(
                f"{name}: band {rule.low:g} asked for, but {len(shown)} found in {picture}"
            )
        return shown[int(rule.low) - 1]
    strength = {row: _strength(blot, used, row) for row in shown}
    if rule.way == "strongest":
        return max(shown, key=lambda row: strength[row])
    if rule.way == "rf":
        rf = {row: blot.places[row] / blot.height for row in shown}
        inside = [row for row in shown if rule.low <= rf[row] <= rule.high]
        if not inside:
            have = ", ".join(f"{rf[row]:.2f}" for row in shown)
            raise InputError(
                f"{name}: no band at Rf {rule.low:.2f}-{rule.high:.2f} of {picture}; found {have}"
            )
        return max(inside, key=lambda row: strength[row])
    ladder = fit_ladder(blot, entries)
    if ladder is None:
        raise InputError(
            f"{name}: a band by its mass needs a ladder lane with ladder_kda; or give its number "
            "from the top, or Rf"
        )
    mass = {row: float(ladder.kda(blot.places[row])) for row in shown}
    inside = [row for row in shown if abs(mass[row] / rule.low - 1) <= NEAR_KDA]
    if not inside:
        have = ", ".join(f"{mass[row]:.0f}" for row in shown)
        raise InputError(f"{name}: no band at {rule.low:g} kDa in {picture}; found {have} kDa")
    return min(inside, key=lambda row: abs(mass[row] / rule.low - 1))


def _strength(blot: BlotLanes, used: Sequence[int], row: int) -> float:
    """Return the summed volume of a row over the lanes used."""
    total = 0.0
    for k in used:
        lane = blot.lanes[k]
        for band in np.flatnonzero(lane.rows == row):
            top, bottom = int(lane.bands.top[band]), int(lane.bands.bottom[band])
            total += max(float(lane.profile[top:bottom].sum()) * lane.columns, 0.0)
    return total


def _extent(blot: BlotLanes, row: int) -> tuple[float, float, float]:
    """Return how far the bands of a row reach up and down, and their spread, medians."""
    above, below, spread = [], [], []
    for lane in blot.lanes:
        for band in np.flatnonzero(lane.rows == row):
            above.append(lane.bands.place[band] - lane.bands.top[band])
            below.append(lane.bands.bottom[band] - lane.bands.place[band])
            spread.append(lane.bands.spread[band])
    return float(np.median(above)), float(np.median(below)), float(np.median(spread))


def _in_lane(
    blot: BlotLanes, lane: Lane, row: int, above: float, below: float, spread: float
) -> TargetVolume:
    """Return the volume of a row in a lane, whether a band is there or not."""
    own = np.flatnonzero(lane.rows == row)
    if len(own):
        band = int(own[0])
        top, bottom = int(lane.bands.top[band]), int(lane.bands.bottom[band])
        volume = volume_between(lane, top, bottom, float(lane.bands.spread[band]))
    else:
        place = blot.place_in(lane, float(blot.places[row]))
        top = int(np.clip(round(place - above), 0, blot.height - 2))
        bottom = int(np.clip(round(place + below), top + 1, blot.height))
        volume = volume_between(lane, top, bottom, spread)
    return TargetVolume(volume, top, bottom, volume.value > SEEN * volume.sd)


@dataclass(frozen=True)
class LinearRange:
    """Volumes between which a target answers its load in proportion.

    Parameters
    ----------
    low, high : float
        Counts.
    loads : tuple of float
        Loads inside, ug.
    worst : float
        Largest deviation from proportion inside, part of it.
    """

    low: float
    high: float
    loads: tuple[float, ...]
    worst: float


PROPORTION = 0.2
"""Deviation from proportion that is still called linear; assumed, as for calibrators in
immunoassays."""


def linear_range(loads: np.ndarray, volumes: np.ndarray) -> LinearRange | None:
    """Return the longest run of loads whose volumes are in proportion; None under three loads.

    Parameters
    ----------
    loads : numpy.ndarray
        Shape (lanes,), ug.
    volumes : numpy.ndarray
        Shape (lanes,), counts; those not above 0 are outside.
    """
    kept = volumes > 0
    order = np.argsort(loads[kept], kind="stable")
    loads, volumes = loads[kept][order], volumes[kept][order]
    best: LinearRange | None = None
    for begin in range(len(loads)):
        for end in range(begin + 2, len(loads)):
            inside = slice(begin, end + 1)
            if len(np.unique(loads[inside])) < 3:
                continue
            off = np.log(volumes[inside] / loads[inside])
            worst = float(np.max(np.abs(np.expm1(off - off.mean()))))
            if worst > PROPORTION:
                continue
            key = (end - begin, -worst)
            if best is None or key > (len(best.loads) - 1, -best.worst):
                low, high = float(volumes[inside].min()), float(volumes[inside].max())
                best = LinearRange(low, high, tuple(map(float, loads[inside])), worst)
    return best
