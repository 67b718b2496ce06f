"""Blots whose truth is known: bands of given volume on a membrane with everything that goes wrong.

Bands are drawn analytically on a tilted, smiling coordinate system, so that nothing here is shared
with the code that finds and measures them.
"""

from dataclasses import dataclass, field
from pathlib import Path

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


# --- the example of the package -----------------------------------------------------------------

LADDER = (100.0, 75.0, 63.0, 48.0, 35.0, 25.0)
MASSES = {"ALT2": 58.0, "ALT1": 54.6, "actin": 42.0}
"""kDa of rat and human GPT2, GPT and beta-actin."""
FOLDS = {"ALT1": 2.5, "ALT2": 2.0}
"""Dexamethasone on Fao cells, as the guide that started this project reports."""
LOADS = (5.0, 10.0, 20.0, 40.0)
ROWS, PITCH, MARGIN = 420, 44, 26


def migration(kda: float) -> float:
    """Return the row of a mass: the logarithm falls in proportion to migration."""
    span = np.log(115.0) - np.log(21.0)
    return ROWS * (0.06 + 0.88 * (np.log(115.0) - np.log(kda)) / span)


def example_blots(seed: int = 20250) -> tuple[dict[str, SimulatedBlot], list[dict[str, str]]]:
    """Return two blots by name, and the rows of their table of lanes.

    Each carries a ladder, a common sample and three cultures of either treatment; the first also a
    series of loads. Cultures vary by 10 %, loading by 15 %, exposures by 40 %.
    """
    random = np.random.default_rng(seed)
    blots, rows = {}, []
    for number, name in enumerate(("A", "B")):
        lanes: list[tuple[str, str, str, float]] = [("", "", "ladder", 20.0)]
        lanes += [("pool", "", "common", 20.0)]
        for group in ("vehicle", "dexamethasone"):
            for culture in range(3 * number + 1, 3 * number + 4):
                lanes.append((f"{group[:3]} {culture}", group, "sample", 20.0))
        if number == 0:
            lanes += [("pool", "", "standard", load) for load in LOADS]
        design = _example_design(lanes, (1.0, 0.6)[number], number, random)
        blots[name] = simulate_blot(design, seed + number)
        for lane, (sample, group, role, load) in enumerate(lanes, start=1):
            rows.append(
                {
                    "blot": name,
                    "lane": str(lane),
                    "sample": sample,
                    "group": group,
                    "replicate": sample.split()[-1] if group else "",
                    "role": role,
                    "load": "" if role == "ladder" else f"{load:g}",
                    "ladder_kda": " ".join(f"{kda:g}" for kda in LADDER)
                    if role == "ladder"
                    else "",
                }
            )
    return blots, rows


def _example_design(
    lanes: list[tuple[str, str, str, float]],
    exposure: float,
    number: int,
    random: np.random.Generator,
) -> BlotDesign:
    masses = [*LADDER, *MASSES.values()]
    order = np.argsort(masses)[::-1]
    volumes = np.zeros((len(lanes), len(masses)))
    levels = {"ALT1": 6.0e5, "ALT2": 5.0e5, "actin": 1.1e6}
    for lane, (_, group, role, load) in enumerate(lanes):
        if role == "ladder":
            volumes[lane, : len(LADDER)] = 9e5 * np.exp(random.normal(0, 0.15, len(LADDER)))
            continue
        loading = (
            exposure * load / 20 * np.exp(random.normal(0, 0.15 if role == "sample" else 0.03))
        )
        for k, target in enumerate(MASSES):
            own = levels[target] * loading
            if target in FOLDS and role == "sample":
                own *= np.exp(random.normal(0, 0.10))
                own *= FOLDS[target] if group == "dexamethasone" else 1.0
            elif target in FOLDS:
                own *= 1.5
            volumes[lane, len(LADDER) + k] = own * np.exp(random.normal(0, 0.02))
    return BlotDesign(
        volumes[:, order],
        np.array([migration(masses[k]) for k in order]),
        np.full(len(masses), 2.6),
        height=ROWS,
        width=PITCH * len(lanes) + 2 * MARGIN,
        margin=MARGIN,
        tilt=(1.2, -0.7)[number],
        smile=4.0,
        frown=0.8,
        ground=600.0,
        slope=300.0,
        noise=5.0,
        gain=0.3,
        specks=4,
    )


README = """\
Two Western blots of ALT1, ALT2 and actin, with and without dexamethasone (simulated).

blot_a.tif, blot_b.tif  16-bit pictures, as an imager writes them
lanes.csv               what is in each lane: two blots, a pool on both, three cultures of each
                        treatment on each, and a series of loads on the first
targets.csv             which band is which protein, and what it is normalised to

Everything is made up, nothing was measured. The pictures are tilted and smile, with specks.
Dexamethasone raises ALT1 2.5-fold and ALT2 2-fold, as reported for Fao cells (1 umol/L, 24 h);
cultures vary by 10 % and loading by 15 %.

Run:

    cahill western lanes.csv --control vehicle --out western
"""


def write_western_example(folder: Path) -> None:
    """Write the pictures and tables of the package's example `western`."""
    import tifffile

    folder.mkdir(parents=True, exist_ok=True)
    blots, rows = example_blots()
    for name, compression in (("A", "lzw"), ("B", "zlib")):
        tifffile.imwrite(
            folder / f"blot_{name.lower()}.tif",
            blots[name].counts,
            compression=compression,
            predictor=True,
            photometric="minisblack",
            metadata=None,
        )
    lines = [",".join(rows[0]), *(",".join(row.values()) for row in rows)]
    (folder / "lanes.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    targets = ["target,blot,image,band,isoform,normaliser"]
    for name in blots:
        image = f"blot_{name.lower()}.tif"
        targets += [f"{one},{name},{image},{MASSES[one]:g} kDa,{one},actin" for one in FOLDS]
        targets.append(f"actin,{name},{image},42 kDa,,")
    (folder / "targets.csv").write_text("\n".join(targets) + "\n", encoding="utf-8")
    (folder / "README.txt").write_text(README, encoding="utf-8")


if __name__ == "__main__":
    import sys

    write_western_example(Path(sys.argv[1]))
