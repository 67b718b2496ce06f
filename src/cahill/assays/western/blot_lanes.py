"""What was found on a blot: lanes, their profiles and bands, and volumes read off them."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from cahill.core.gel_image import GelImage
from cahill.numerics.lane_bands import Bands
from cahill.numerics.lane_matching import lag

Background = Literal["side-lane", "rolling-ball", "valley"]
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
