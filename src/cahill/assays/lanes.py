"""Lanes and bands of a blot, found in its picture without a click, with their volumes."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from cahill.core.gel_image import GelImage
from cahill.errors import InputError
from cahill.numerics.image_background import rolling_ball, valley_line
from cahill.numerics.lane_bands import Bands, find_bands, some_bands, with_bands
from cahill.numerics.lane_columns import LaneColumns, find_lanes
from cahill.numerics.lane_level import level_shifts, levelled
from cahill.numerics.lane_matching import Matched, lag, match_bands
from cahill.numerics.lane_noise import pixel_noise
from cahill.numerics.lane_strips import (
    bend_across,
    columns_along,
    cut_strip,
    lane_path,
    pads_of,
    without_specks,
)
from cahill.numerics.lane_tilt import straighten, tilt_angle

Background = Literal["side-lane", "rolling-ball", "valley"]
TILT = 0.1
"""Smaller tilts (degrees) are left alone, because turning blurs; assumed."""
BALL = 8
"""The ball's radius is the height of the picture over this, twenty times a band's spread as a rule;
assumed."""
ACROSS = 0.6
"""Part of a lane's width over which a band is seen at least; assumed: less is a speck."""
NEAR = 0.008
"""A band that other lanes show is looked for so near its place, part of the height; assumed."""
SATURATED = 0.01
"""Part of a band's core at full scale from which its volume is a lower bound; assumed: fewer pixels
are specks."""


@dataclass(frozen=True, eq=False)
class Lane:
    """One lane, straightened and levelled.

    Parameters
    ----------
    number : int
        From 1, left to right.
    level : numpy.ndarray
        Shape (rows, columns), counts above the lane's sides, bands made level, specks left out.
    left, right : numpy.ndarray
        Shape (rows,), first and last column that belongs to it, by row of the upright picture.
    profile : numpy.ndarray
        Shape (rows,), mean counts above background.
    gross : numpy.ndarray
        Shape (rows,), mean counts as measured.
    noise : numpy.ndarray
        Shape (rows,), standard deviation of the mean by pixel noise, counts.
    ground_sd : float
        Standard deviation of the background, the same way all along a band, counts.
    saturated : numpy.ndarray
        Shape (rows,), part of the pixels at full scale.
    bands : Bands
    rows : numpy.ndarray
        Shape (bands,), number of the row of like bands, from 0.
    guessed : bool
        Nothing was seen; the lane was put where its neighbours leave room.
    """

    number: int
    level: np.ndarray
    left: np.ndarray
    right: np.ndarray
    profile: np.ndarray
    gross: np.ndarray
    noise: np.ndarray
    ground_sd: float
    saturated: np.ndarray
    bands: Bands
    rows: np.ndarray
    guessed: bool

    @property
    def columns(self) -> int:
        """Width in pixels."""
        return int(self.right[0] - self.left[0]) + 1


@dataclass(frozen=True, eq=False)
class BlotLanes:
    """All lanes of a picture.

    Parameters
    ----------
    image : GelImage
    upright : numpy.ndarray
        Shape (height, width), counts of the straightened picture.
    tilt : float
        Degrees by which the picture was turned back, counter-clockwise tilt being positive.
    lanes : tuple of Lane
    places : numpy.ndarray
        Shape (rows of bands,), migration of like bands in rows of the reference lane.
    shifts : numpy.ndarray
        Shape (lanes, 2), how far each lane lags behind (`lane_matching.lag`).
    background : str
    notes : tuple of str
    """

    image: GelImage
    upright: np.ndarray
    tilt: float
    lanes: tuple[Lane, ...]
    places: np.ndarray
    shifts: np.ndarray
    background: Background
    notes: tuple[str, ...]

    @property
    def height(self) -> int:
        """Rows of the picture."""
        return self.upright.shape[0]

    def level_place(self, lane: Lane, place: float) -> float:
        """Return a place of a lane as it would be in the reference lane, rows."""
        return float(place - lag(self.shifts[lane.number - 1], place, self.height))

    def place_in(self, lane: Lane, level: float) -> float:
        """Return where a lane has what the reference lane has at a place, rows."""
        return float(level + lag(self.shifts[lane.number - 1], level, self.height))


def find_blot_lanes(
    image: GelImage,
    *,
    lanes: int | None = None,
    background: Background = "side-lane",
    asked_by: str = "asked for",
) -> BlotLanes:
    """Find lanes and bands of a picture.

    Parameters
    ----------
    image : GelImage
    lanes : int, optional
        How many lanes there are; empty ones between others are then put into the gaps.
    background : {"side-lane", "rolling-ball", "valley"}
        Medians beside the lane, row by row; a ball rolled under the picture; or lines that join
        the valleys of each lane's profile.
    asked_by : str
        Who gives the number of lanes, for the message.

    Raises
    ------
    InputError
        If no lane is found, or not the number asked for.
    """
    tilt = tilt_angle(image.counts)
    tilt = tilt if abs(tilt) >= TILT else 0.0
    upright = straighten(image.counts, tilt)
    full = straighten(image.counts >= image.full_scale, tilt)
    found = find_lanes(upright, lanes)
    _check_number(image, found, lanes, asked_by)
    ball = rolling_ball(upright, upright.shape[0] / BALL) if background == "rolling-ball" else None
    readout, gain = pixel_noise(image.counts)
    pads, reaches = pads_of(found.left, found.right, upright.shape[1])
    cut = [
        _lane(k, upright, full, found, pads, reaches, ball, background, (readout, gain))
        for k in range(len(found.left))
    ]
    cut, matched = _matched(cut, upright.shape[0])
    notes = list(image.notes)
    if tilt:
        notes.append(f"{image.name} was tilted by {tilt:.1f} degrees and was turned back.")
    return BlotLanes(
        image, upright, tilt, tuple(cut), matched.places, matched.shifts, background, tuple(notes)
    )


def _check_number(image: GelImage, found: LaneColumns, asked: int | None, by: str) -> None:
    number = len(found.left)
    if number == 0:
        raise InputError(
            f"{image.name}: no lanes found; crop the picture to the membrane, or check that it "
            "shows bands"
        )
    if asked is not None and number != asked:
        raise InputError(
            f"{image.name}: {number} lane{'' if number == 1 else 's'} found, but {asked} {by}; crop "
            "the picture to the lanes, or give the number that is on it"
        )


def _lane(
    k: int,
    upright: np.ndarray,
    full: np.ndarray,
    found: LaneColumns,
    pads: np.ndarray,
    reaches: np.ndarray,
    ball: np.ndarray | None,
    background: Background,
    noise: tuple[float, float],
) -> Lane:
    """Cut out one lane and find its bands."""
    height = upright.shape[0]
    left, right = float(found.left[k]), float(found.right[k])
    guessed = bool(found.guessed[k])
    path = np.zeros(height) if guessed else lane_path(upright, left, right, float(pads[k].min()))
    strip = cut_strip(upright, left, right, pads[k], reaches[k], path)
    signal = strip.counts - strip.ground
    shifts = level_shifts(signal, np.sqrt(noise[0]))
    level = without_specks(levelled(signal, shifts), np.sqrt(noise[0]))
    ground_level = levelled(strip.ground, shifts)
    profile = level.mean(axis=1)
    gross = profile + ground_level.mean(axis=1)
    variance = noise[0] + noise[1] * np.maximum(gross, 0.0)
    sd = np.sqrt(variance / signal.shape[1])
    # Bands are found over the sides of the lane whatever is subtracted from their volumes.
    bands = _bands_of(level, sd)
    if ball is not None:
        profile = gross - levelled(columns_along(ball, strip), shifts).mean(axis=1)
    elif background == "valley":
        profile = gross - valley_line(gross)
    over = levelled(columns_along(full.astype(float), strip), shifts).mean(axis=1)
    width = signal.shape[1]
    return Lane(
        k + 1,
        level,
        strip.first,
        strip.first + width - 1,
        profile,
        gross,
        sd,
        float(strip.ground_sd[0]),
        over,
        bands,
        np.zeros(len(bands), int),
        guessed,
    )


def _bands_of(
    level: np.ndarray, sd: np.ndarray, expected: np.ndarray | None = None, reach: float = 0.0
) -> Bands:
    """Find bands in the profile of a strip, and keep those that are as wide as the lane."""
    profile = level.mean(axis=1)
    bands = find_bands(profile, float(np.median(sd)), expected, reach)
    across = [bend_across(level, one, wide) for one, wide in zip(bands.place, bands.spread)]
    return some_bands(bands, np.array(across) >= ACROSS, profile)


def _matched(lanes: list[Lane], height: int) -> tuple[list[Lane], Matched]:
    """Match bands; look again, more closely, where other lanes have one; match again.

    A band that at least half of the other lanes show is measured in every lane, at the place where
    it should be: a shoulder there may hide, and where there is nothing the volume says so.
    """
    matched = _match(lanes, height)
    again = []
    for k, lane in enumerate(lanes):
        missing = np.setdiff1d(np.arange(len(matched.places)), matched.rows[k])
        expected = matched.places[missing] + lag(matched.shifts[k], matched.places[missing], height)
        if len(missing) and not lane.guessed:
            bands = _bands_of(lane.level, lane.noise, expected, NEAR * height)
            lane = replace(lane, bands=bands)
        again.append(lane)
    matched = _match(again, height)
    number = np.bincount(np.concatenate(matched.rows), minlength=len(matched.places))
    common = np.flatnonzero((number >= 2) & (2 * number >= len(lanes) - 1))
    complete = []
    for k, lane in enumerate(again):
        missing = np.setdiff1d(common, matched.rows[k])
        if len(missing):
            spread = np.array([_row_spread(again, matched, row) for row in missing])
            places = matched.places[missing] + lag(
                matched.shifts[k], matched.places[missing], height
            )
            bands = with_bands(lane.bands, lane.level.mean(axis=1), places, spread)
            rows = np.concatenate([matched.rows[k], missing])
            where = np.concatenate([lane.bands.place, places])
            lane = replace(lane, bands=bands, rows=rows[np.argsort(where, kind="stable")])
        else:
            lane = replace(lane, rows=matched.rows[k])
        complete.append(lane)
    return complete, matched


def _row_spread(lanes: list[Lane], matched: Matched, row: int) -> float:
    """Return the median spread of the bands of a row."""
    own = [lane.bands.spread[rows == row] for lane, rows in zip(lanes, matched.rows)]
    return float(np.median(np.concatenate(own)))


def _match(lanes: list[Lane], height: int) -> Matched:
    return match_bands(
        [lane.bands.place for lane in lanes], [lane.bands.spread for lane in lanes], height
    )


@dataclass(frozen=True)
class Volume:
    """The counts of a band above background.

    Parameters
    ----------
    value, sd : float
        Counts; sd by pixel noise and background.
    ground : float
        Mean background, counts a pixel.
    peak : float
        Highest mean count above background.
    saturated : float
        Part of the band's core at full scale.
    """

    value: float
    sd: float
    ground: float
    peak: float
    saturated: float

    @property
    def clipped(self) -> bool:
        """Whether the volume is a lower bound."""
        return self.saturated > SATURATED


def volume_between(lane: Lane, top: int, bottom: int, spread: float | None = None) -> Volume:
    """Return the volume of the rows from `top` to before `bottom` of a lane.

    Parameters
    ----------
    lane : Lane
    top, bottom : int
        Rows.
    spread : float, optional
        Of the band, rows; its core is one spread to either side of its highest row.
    """
    inside = slice(max(top, 0), max(bottom, top + 1))
    profile = lane.profile[inside]
    width = lane.columns
    noise = width * np.sqrt(np.sum(lane.noise[inside] ** 2))
    ground = width * len(profile) * lane.ground_sd
    highest = max(top, 0) + int(np.argmax(profile))
    reach = max(int(np.ceil(spread or len(profile) / 4)), 1)
    core = lane.saturated[max(highest - reach, 0) : highest + reach + 1]
    return Volume(
        float(width * profile.sum()),
        float(np.hypot(noise, ground)),
        float(np.mean(lane.gross[inside] - profile)),
        float(profile.max()),
        float(core.mean()),
    )


def band_volumes(lane: Lane) -> list[Volume]:
    """Return the volume of every band of a lane, from the top."""
    bands = lane.bands
    return [
        volume_between(lane, int(top), int(bottom), float(spread))
        for top, bottom, spread in zip(bands.top, bands.bottom, bands.spread)
    ]
