"""Lanes and bands of a blot, found in its picture without a click."""

from dataclasses import replace

import numpy as np

from cahill.assays.western.blot_lanes import Background, BlotLanes, Lane
from cahill.core.gel_image import GelImage
from cahill.errors import InputError
from cahill.numerics.image_background import rolling_ball, valley_line
from cahill.numerics.lane_bands import (
    FAINTEST,
    SURE,
    Bands,
    find_bands,
    some_bands,
    with_bands,
)
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

TILT = 0.1
"""Smaller tilts (degrees) are left alone, because turning blurs; assumed."""
BALL = 8
"""The ball's radius is the height of the picture over this, twenty times a band's spread as a rule;
assumed."""
ACROSS = 0.6
"""Part of a lane's width over which a band is seen at least; assumed: less is a speck."""
NEAR = 0.008
"""A band that other lanes show is looked for so near its place, part of the height; assumed."""


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
    noise = pixel_noise(image.counts)
    cut = _cut(upright, full, found, ball, background, noise)
    if lanes is None and not all(len(lane.bands) for lane in cut):
        # A lane is where bands are; columns of dirt are left out, and sides looked at again.
        found = found.some(np.array([len(lane.bands) > 0 for lane in cut]))
        _check_number(image, found, lanes, asked_by)
        cut = _cut(upright, full, found, ball, background, noise)
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
            f"{image.name}: {number} lane{'' if number == 1 else 's'} found, but {asked} {by}; "
            "crop the picture to the lanes, or give the number that is on it"
        )


def _cut(
    upright: np.ndarray,
    full: np.ndarray,
    found: LaneColumns,
    ball: np.ndarray | None,
    background: Background,
    noise: tuple[float, float],
) -> list[Lane]:
    """Cut out every lane and find its bands."""
    pads, reaches = pads_of(found.left, found.right, upright.shape[1])
    return [
        _lane(k, upright, full, found, pads, reaches, ball, background, noise)
        for k in range(len(found.left))
    ]


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
    room = float(pads[k].min())
    path = np.zeros(height)
    if not guessed:
        path = lane_path(upright, left, right, room, float(np.sqrt(noise[0])))
    strip = cut_strip(upright, left, right, pads[k], reaches[k], path)
    signal = strip.counts - strip.ground
    shifts = level_shifts(signal, np.sqrt(noise[0]))
    level = without_specks(levelled(signal, shifts), np.sqrt(noise[0]))
    ground_level = levelled(strip.ground, shifts)
    profile = level.mean(axis=1)
    gross = profile + ground_level.mean(axis=1)
    variance = noise[0] + noise[1] * np.maximum(profile, 0.0)
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

    A band that at least half of the other lanes show is put into a lane that has counts at its
    place but no peak: it hides as a shoulder.
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
        missing = missing[
            np.array([_hides(lane, matched, k, row, height) for row in missing], bool)
        ]
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


def _hides(lane: Lane, matched: Matched, k: int, row: int, height: int) -> bool:
    """Return whether a lane has counts where a row should be."""
    place = matched.places[row] + lag(matched.shifts[k], matched.places[row], height)
    profile = lane.level.mean(axis=1)
    at = int(np.clip(round(float(place)), 0, height - 1))
    here = float(profile[max(at - 1, 0) : at + 2].mean())
    return here > max(FAINTEST * float(profile.max()), SURE * float(np.median(lane.noise)))


def _row_spread(lanes: list[Lane], matched: Matched, row: int) -> float:
    """Return the median spread of the bands of a row."""
    own = [lane.bands.spread[rows == row] for lane, rows in zip(lanes, matched.rows)]
    return float(np.median(np.concatenate(own)))


def _match(lanes: list[Lane], height: int) -> Matched:
    return match_bands(
        [lane.bands.place for lane in lanes], [lane.bands.spread for lane in lanes], height
    )
