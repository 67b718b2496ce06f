"""Bands in the profile of one lane: where the profile bends, at whatever width."""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

SURE = 6.0
"""A band bends the profile by so many standard deviations of the noise; assumed: with some
thousand rows and scales, chance alone reaches about 4.5."""
FAINTEST = 0.03
"""Least height of a band, of that of the strongest in its lane; assumed: below lie the marks of
wells, dye fronts and ghosts of the membrane."""
RIPPLE = 0.015
"""Least bend of a band, of the height of the profile at its place; assumed: less is ripple on a
stronger band. An isolated band bends the profile by 0.385 of its height."""
FINEST, COARSEST = 1.2, 1 / 25
"""Smallest spread looked for, rows, and largest, of the height of the picture; assumed."""
SCALES = 14
TAIL = 0.02
"""A band ends where the profile falls below this part of its height; assumed."""
FAR = 6.0
"""A band ends so many spreads off its middle at the latest; assumed: it may have a tail."""
EXPECTED = 3.0
"""Standard deviations by which a band shows where other lanes have one; assumed: there is little
room for chance within a few rows."""


@dataclass(frozen=True, eq=False)
class Bands:
    """Bands of one lane from the top.

    Parameters
    ----------
    place : numpy.ndarray
        Shape (bands,), row of each band's middle.
    top, bottom : numpy.ndarray
        Shape (bands,), first row and the one after the last, int.
    spread : numpy.ndarray
        Shape (bands,), about the standard deviation of the band, rows.
    bend : numpy.ndarray
        Shape (bands,), curvature of the profile at the band's own scale, counts.
    surety : numpy.ndarray
        Shape (bands,), bend over its noise.
    """

    place: np.ndarray
    top: np.ndarray
    bottom: np.ndarray
    spread: np.ndarray
    bend: np.ndarray
    surety: np.ndarray

    def __len__(self) -> int:
        return len(self.place)


def find_bands(
    profile: np.ndarray, noise: float, expected: np.ndarray | None = None, reach: float = 0.0
) -> Bands:
    """Find the bands of a profile, shoulders included.

    A band is a local maximum, over rows and over scales, of the profile's curvature at a scale
    (its second derivative after a Gaussian, times the scale squared: Lindeberg 1998). Crowded
    bands are parted at the valley, or where the profile bends upwards most.

    Parameters
    ----------
    profile : numpy.ndarray
        Shape (rows,), mean counts above background.
    noise : float
        Standard deviation of the profile, counts.
    expected : numpy.ndarray, optional
        Rows at which other lanes have a band: there, noise alone is the limit.
    reach : float
        How far from an expected row such a band may lie, rows.
    """
    height = len(profile)
    scales = np.geomspace(FINEST, max(COARSEST * height, 2 * FINEST), SCALES)
    bends = np.stack(
        [-(s**2) * ndimage.gaussian_filter1d(profile, s, order=2, mode="nearest") for s in scales]
    )
    # Noise of the second derivative of a Gaussian-smoothed white noise, times the scale squared.
    noises = max(noise, 1e-12) * np.sqrt(3 / (8 * np.sqrt(np.pi) * scales))
    usual = np.maximum(RIPPLE * np.abs(profile), SURE * noises[:, None])
    if expected is not None and len(expected):
        distance = np.abs(np.arange(height)[:, None] - np.asarray(expected)[None, :]).min(axis=1)
        usual = np.where(distance <= reach, EXPECTED * noises[:, None], usual)
    peaks = (bends == ndimage.maximum_filter(bends, (3, 3), mode="nearest")) & (bends > usual)
    peaks &= profile > FAINTEST * profile.max(initial=0.0)
    # At the borders of the picture there is no telling a band from a slope.
    edge = 2 * scales
    found = [
        (int(row), int(k)) for k, row in np.argwhere(peaks) if edge[k] < row < height - 1 - edge[k]
    ]
    kept = _settled(found, bends, scales)
    places = np.array([row for row, _ in kept], dtype=int)
    own = np.array([k for _, k in kept], dtype=int)
    # The curvature of a Gaussian band is largest at a scale of the root of two of its spread.
    spread = scales[own] / np.sqrt(2) if len(own) else np.zeros(0)
    top, bottom = _limits(profile, places, spread)
    bend = bends[own, places] if len(own) else np.zeros(0)
    return Bands(
        _refined(profile, places, spread),
        top,
        bottom,
        spread,
        bend,
        bend / noises[own] if len(own) else np.zeros(0),
    )


def some_bands(bands: Bands, chosen: np.ndarray, profile: np.ndarray) -> Bands:
    """Return some of the bands, their ends drawn anew.

    Parameters
    ----------
    bands : Bands
    chosen : numpy.ndarray
        Shape (bands,), bool.
    profile : numpy.ndarray
        Shape (rows,), mean counts above background.
    """
    if chosen.all():
        return bands
    place, spread = bands.place[chosen], bands.spread[chosen]
    top, bottom = _limits(profile, np.rint(place).astype(int), spread)
    return Bands(place, top, bottom, spread, bands.bend[chosen], bands.surety[chosen])


def with_bands(bands: Bands, profile: np.ndarray, places: np.ndarray, spread: np.ndarray) -> Bands:
    """Return the bands with further ones put at given places, which need not show.

    Parameters
    ----------
    bands : Bands
    profile : numpy.ndarray
        Shape (rows,), mean counts above background.
    places, spread : numpy.ndarray
        Shape (further bands,), rows.
    """
    where = np.concatenate([bands.place, places])
    order = np.argsort(where, kind="stable")
    spreads = np.concatenate([bands.spread, spread])[order]
    rows = np.clip(np.rint(where[order]).astype(int), 0, len(profile) - 1)
    top, bottom = _limits(profile, rows, spreads)
    nothing = np.zeros(len(places))
    bend, surety = (np.concatenate([old, nothing])[order] for old in (bands.bend, bands.surety))
    return Bands(where[order], top, bottom, spreads, bend, surety)


def _settled(
    found: list[tuple[int, int]], bends: np.ndarray, scales: np.ndarray
) -> list[tuple[int, int]]:
    """Decide between fine and coarse maxima at the same place, from the finest on."""
    kept: list[tuple[int, int]] = []
    for row, k in sorted(found, key=lambda one: one[1]):
        inside = [one for one in kept if abs(one[0] - row) < scales[k]]
        strongest = max((bends[j, place] for place, j in inside), default=0.0)
        # Several bands that together look like a broad one stay several.
        share = 1.0 if len(inside) == 1 else 0.3
        if strongest < share * bends[k, row]:
            kept = [one for one in kept if one not in inside]
            kept.append((row, k))
    return sorted(kept)


def _refined(profile: np.ndarray, places: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """Return the places between rows, by a parabola through the smoothed profile's bend."""
    refined = places.astype(float)
    for k, place in enumerate(places):
        near = slice(max(place - 1, 0), place + 2)
        bend = -ndimage.gaussian_filter1d(profile, max(spread[k], 1.0), order=2, mode="nearest")
        three = bend[near]
        if len(three) == 3 and three[0] - 2 * three[1] + three[2] < 0:
            shift = 0.5 * (three[0] - three[2]) / (three[0] - 2 * three[1] + three[2])
            refined[k] += np.clip(shift, -1, 1)
    return refined


def _limits(
    profile: np.ndarray, places: np.ndarray, spread: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the first row and the one after the last of each band."""
    height, number = len(profile), len(places)
    top, bottom = np.zeros(number, int), np.full(number, height)
    for k in range(number - 1):
        cut = _cut(profile, places[k : k + 2], spread[k : k + 2])
        bottom[k], top[k + 1] = cut, cut
    for k, place in enumerate(places):
        smooth = ndimage.gaussian_filter1d(profile, max(spread[k] / 3, 0.5), mode="nearest")
        far = int(np.ceil(FAR * np.max(spread[max(k - 1, 0) : k + 2])))
        least = TAIL * smooth[place]
        above = np.flatnonzero(smooth[top[k] : place] < least)
        top[k] = max(top[k] + above[-1] if len(above) else top[k], place - far)
        below = np.flatnonzero(smooth[place : bottom[k]] < least)
        bottom[k] = min(place + below[0] + 1 if len(below) else bottom[k], place + far + 1)
    return top, bottom


def _cut(profile: np.ndarray, places: np.ndarray, spread: np.ndarray) -> int:
    """Return the row at which two neighbours are parted.

    That is the valley; without one (a shoulder), where two Gaussian bands of these heights and
    the larger spread would be equal, between the middle and three quarters of the way.
    """
    upper, lower = (int(place) for place in places)
    smooth = ndimage.gaussian_filter1d(profile, max(float(spread.min()) / 3, 0.5), mode="nearest")
    between = smooth[upper : lower + 1]
    valley = int(np.argmin(between))
    if 0 < valley < len(between) - 1:
        return upper + valley
    distance = lower - upper
    heights = np.maximum(smooth[[upper, lower]], 1e-12)
    shift = float(spread.max()) ** 2 * np.log(heights[0] / heights[1]) / max(distance, 1)
    return upper + int(np.rint(np.clip(distance / 2 + shift, distance / 4, 3 * distance / 4)))
