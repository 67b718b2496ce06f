"""Blots whose truth is known: bands of given volume on a membrane with everything that goes wrong.

Bands are drawn analytically on a tilted, smiling coordinate system, so that nothing here is shared
with the code that finds and measures them.
"""

from dataclasses import dataclass, field

import numpy as np
from scipy.special import erf


@dataclass(frozen=True)
class BlotDesign:
    """What is drawn.

    Parameters
    ----------
    volumes : numpy.ndarray
        Shape (lanes, bands), counts summed over a band; 0 where a band is absent.
    positions : numpy.ndarray
        Shape (bands,), rows of the bands' centres in the middle of the membrane.
    spreads : numpy.ndarray
        Shape (bands,), standard deviation of a band along the migration, rows.
    height, width : int
        Pixels.
    margin : float
        Columns left and right of the lanes.
    fill : float
        Width of a lane over the distance of lanes.
    tilt : float
        Degrees, counter-clockwise as one sees the picture.
    smile : float
        Rows by which the outer lanes lag behind, at the lower end.
    frown : float
        Rows by which the edges of a band lag behind its middle.
    ground, slope : float
        Counts of the background, and its rise from the left upper to the right lower corner.
    noise : float
        Standard deviation of the read-out, counts.
    gain : float
        Counts per detected photon; shot noise grows with it. None at 0.
    specks, scratches : int
    bits : int
    """

    volumes: np.ndarray
    positions: np.ndarray
    spreads: np.ndarray
    height: int = 500
    width: int = 700
    margin: float = 50.0
    fill: float = 0.72
    tilt: float = 0.0
    smile: float = 0.0
    frown: float = 0.0
    ground: float = 800.0
    slope: float = 0.0
    noise: float = 12.0
    gain: float = 0.5
    specks: int = 0
    scratches: int = 0
    bits: int = 16


@dataclass(frozen=True)
class SimulatedBlot:
    """The picture and where everything is.

    Parameters
    ----------
    counts : numpy.ndarray
        Shape (height, width), unsigned integers.
    centres : numpy.ndarray
        Shape (lanes, bands, 2): column and row of each band's middle, on the picture as it is.
    volumes : numpy.ndarray
        Shape (lanes, bands), counts.
    clipped : numpy.ndarray
        Shape (lanes, bands), bool: the band reaches full scale.
    """

    counts: np.ndarray
    centres: np.ndarray
    volumes: np.ndarray
    clipped: np.ndarray
    design: BlotDesign = field(repr=False)


def simulate_blot(design: BlotDesign, seed: int) -> SimulatedBlot:
    """Draw a blot; the same seed draws the same blot."""
    random = np.random.default_rng(seed)
    rows, columns = np.mgrid[0.0 : design.height, 0.0 : design.width]
    turn = np.deg2rad(design.tilt)
    middle = np.array([(design.width - 1) / 2, (design.height - 1) / 2])
    x, y = columns - middle[0], rows - middle[1]
    u = x * np.cos(turn) - y * np.sin(turn) + middle[0]
    v = x * np.sin(turn) + y * np.cos(turn) + middle[1]
    lanes, bands = design.volumes.shape
    pitch = (design.width - 2 * design.margin) / lanes
    half = design.fill * pitch / 2
    edge = 0.06 * pitch
    signal = np.zeros_like(u)
    full = 2.0**design.bits - 1
    centres = np.zeros((lanes, bands, 2))
    clipped = np.zeros((lanes, bands), bool)
    for lane in range(lanes):
        centre = design.margin + (lane + 0.5) * pitch
        across = (erf((u - centre + half) / edge) - erf((u - centre - half) / edge)) / 2
        off = (centre - middle[0]) / (design.width / 2)
        for band in range(bands):
            depth = design.positions[band] / design.height
            place = design.positions[band] + design.smile * off**2 * depth
            bow = design.frown * ((u - centre) / half) ** 2
            spread = design.spreads[band]
            along = np.exp(-0.5 * ((v - place - bow) / spread) ** 2)
            area = 2 * half * spread * np.sqrt(2 * np.pi)
            peak = design.volumes[lane, band] / area
            signal += peak * across * along
            a, b = centre - middle[0], place - middle[1]
            centres[lane, band] = (
                a * np.cos(turn) + b * np.sin(turn) + middle[0],
                -a * np.sin(turn) + b * np.cos(turn) + middle[1],
            )
            clipped[lane, band] = peak + design.ground > full
    ground = design.ground + design.slope * (columns / design.width + rows / design.height) / 2
    counts = _dirt(signal + ground, design, random)
    if design.gain > 0:
        counts = design.gain * random.poisson(np.maximum(counts, 0) / design.gain)
    counts = counts + random.normal(0, design.noise, counts.shape)
    kind = np.uint8 if design.bits == 8 else np.uint16
    stored = np.clip(np.rint(counts), 0, full).astype(kind)
    return SimulatedBlot(stored, centres, design.volumes, clipped, design)


def _dirt(counts: np.ndarray, design: BlotDesign, random: np.random.Generator) -> np.ndarray:
    """Add specks (bright dots) and scratches (bright lines)."""
    counts = counts.copy()
    bright = 0.6 * (2.0**design.bits - 1)
    rows, columns = np.mgrid[0.0 : design.height, 0.0 : design.width]
    for _ in range(design.specks):
        x, y = random.uniform(0, design.width), random.uniform(0, design.height)
        size = random.uniform(0.5, 1.2)
        reach = (slice(max(int(y) - 6, 0), int(y) + 7), slice(max(int(x) - 6, 0), int(x) + 7))
        distance = (columns[reach] - x) ** 2 + (rows[reach] - y) ** 2
        counts[reach] += bright * random.uniform(0.05, 0.5) * np.exp(-distance / (2 * size**2))
    for _ in range(design.scratches):
        x, y = random.uniform(0, design.width), random.uniform(0, design.height)
        angle, length = random.uniform(0, np.pi), random.uniform(0.1, 0.3) * design.height
        for step in np.arange(0.0, length, 0.5):
            column, row = int(x + step * np.cos(angle)), int(y + step * np.sin(angle))
            if 0 <= column < design.width and 0 <= row < design.height:
                counts[row, column] += 0.02 * bright
    return counts


def random_design(seed: int, **changes: object) -> BlotDesign:
    """Return a blot of random geometry: 4 to 12 lanes of 2 to 8 bands, tilted and smiling.

    Neighbouring bands stand at least five of their spreads apart; volumes span a factor of ten.
    """
    random = np.random.default_rng(seed)
    lanes, bands = int(random.integers(4, 13)), int(random.integers(2, 9))
    height, width = int(random.integers(350, 700)), int(random.integers(500, 1000))
    steps = random.uniform(0.6, 1.4, bands + 1)
    positions = height * (0.12 + 0.76 * np.cumsum(steps)[:-1] / steps.sum())
    gap = np.min(np.diff(positions)) if bands > 1 else 0.2 * height
    spreads = np.full(bands, min(gap / 5, random.uniform(3.0, 6.0)))
    pitch = (width - 100) / lanes
    area = 0.72 * pitch * spreads * np.sqrt(2 * np.pi)
    peaks = np.exp(random.uniform(np.log(1500), np.log(15000), (lanes, bands)))
    settings: dict[str, object] = {
        "height": height,
        "width": width,
        "fill": random.uniform(0.6, 0.82),
        "tilt": random.uniform(-3, 3),
        "smile": random.uniform(0, 0.02 * height),
        "frown": random.uniform(-2, 2),
        "ground": random.uniform(300, 3000),
        "slope": random.uniform(-200, 3000),
        "noise": random.uniform(5, 40),
        "specks": int(random.integers(0, 12)),
        "scratches": int(random.integers(0, 3)),
    }
    settings.update(changes)
    return BlotDesign(peaks * area, positions, spreads, **settings)  # type: ignore[arg-type]
