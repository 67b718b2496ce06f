"""Western blots: a gel of known masses, blots of known truth, the rolling ball's time."""

import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent))

from _table import ROOT, Row, above, below, faster
from cahill.assays.western.blot_lanes import BlotLanes, band_volumes
from cahill.assays.western.lanes import find_blot_lanes
from cahill.core.gel_image import GelImage
from cahill.io.gel_images import read_gel_image
from cahill.numerics.image_background import rolling_ball
from simulated.blot import SimulatedBlot, random_design, simulate_blot

GEL = ROOT.parent / "shared" / "data" / "assays" / "gel" / "ladder_reference_gel.tif"
MASSES = np.array([40, 40, 48, 40, 32, 120, 40, 57, 45, 122, 34, 31, 27, 23, 124, 49, 37, 32, 61.0])
BALL = 50
BALL_SKIMAGE = 27.0
"""CPU-seconds of scikit-image's ball of 50 pixels under 2 megapixels (knowledge/assays.md)."""


def rows(quick: bool) -> list[Row]:
    """Return the rows of the table; fewer blots if `quick`."""
    return [*_ladder(), *_ball(), *_simulated(8 if quick else 60), *_folds(4 if quick else 25)]


def _ladder() -> list[Row]:
    case = "gel of known masses"
    if not GEL.exists():
        return []
    blot = find_blot_lanes(read_gel_image(GEL, accept_8_bit=True))
    found = sum(len(lane.bands) for lane in blot.lanes)
    table = [above(case, "bands found of 76", found if found <= 76 else 0, 76, None, "")]
    lowest, worst = 1.0, 0.0
    for lane in blot.lanes:
        volume = np.array([one.value for one in band_volumes(lane)])
        if len(volume) != len(MASSES):
            return table
        scale = volume @ MASSES / (volume @ volume)
        lowest = min(lowest, float(np.corrcoef(volume, MASSES)[0, 1] ** 2))
        worst = max(worst, float(100 * np.mean(np.abs(scale * volume / MASSES - 1))))
    table.append(above(case, "lowest R2 of a lane", lowest, 0.97, 0.979, "GelGenie"))
    table.append(below(case, "largest MAPE of a lane (%)", worst, 14.6, 14.6, "GelGenie"))
    return table


def _ball() -> list[Row]:
    image = np.random.default_rng(0).normal(1000, 30, (1414, 1414))
    rolling_ball(image, BALL)
    times = []
    for _ in range(3):
        begin = time.perf_counter()
        rolling_ball(image, BALL)
        times.append(time.perf_counter() - begin)
    case = "rolling ball, 2 megapixels"
    best = min(times)
    return [
        below(case, "time (s)", best, 0.3, None, ""),
        faster(case, "time (s)", best, BALL_SKIMAGE, "scikit-image, as measured before", 50),
    ]


def _read(blot: SimulatedBlot) -> BlotLanes:
    full = 2.0**blot.design.bits - 1
    return find_blot_lanes(GelImage("blot", blot.counts.astype(float), blot.design.bits, full))


def _upright(blot: SimulatedBlot, tilt: float) -> np.ndarray:
    """Return where the bands' middles are after turning the picture back."""
    height, width = blot.counts.shape
    middle = np.array([(width - 1) / 2, (height - 1) / 2])
    off, turn = blot.centres - middle, np.deg2rad(tilt)
    x = off[..., 0] * np.cos(turn) - off[..., 1] * np.sin(turn)
    y = off[..., 0] * np.sin(turn) + off[..., 1] * np.cos(turn)
    return np.stack([x, y], axis=-1) + middle


def _simulated(number: int) -> list[Row]:
    seeds = np.random.default_rng().integers(0, 2**31, number)
    drawn = hits = false = lanes = 0
    off: list[float] = []
    for seed in map(int, seeds):
        blot = simulate_blot(random_design(seed), seed)
        found = _read(blot)
        places = _upright(blot, found.tilt)
        drawn += blot.volumes.size
        lanes += len(found.lanes) == len(blot.volumes)
        for lane in found.lanes:
            middle = float(np.mean(lane.left + lane.right)) / 2
            own = int(np.argmin(np.abs(places[:, 0, 0] - middle)))
            left = set(range(blot.volumes.shape[1]))
            for place, volume in zip(lane.bands.place, band_volumes(lane)):
                near = min(left, key=lambda k: abs(places[own, k, 1] - place), default=None)
                reach = 2 * blot.design.spreads[0] + 2
                if near is None or abs(places[own, near, 1] - place) > reach:
                    false += 1
                    continue
                left.remove(near)
                hits += 1
                off.append(volume.value / blot.volumes[own, near] - 1)
    case = f"{number} simulated blots"
    return [
        above(case, "blots with the right number of lanes (%)", 100 * lanes / number, 95, None, ""),
        above(case, "bands found (%)", 100 * hits / drawn, 99, None, ""),
        below(case, "false bands (% of bands)", 100 * false / drawn, 1, None, ""),
        below(case, "relative RMSE of volumes (%)", 100 * _rms(off), 3, None, ""),
    ]


def _folds(number: int) -> list[Row]:
    """Measure folds of two lanes' bands against what was drawn."""
    off = []
    for seed in map(int, np.random.default_rng().integers(0, 2**31, number)):
        blot = simulate_blot(random_design(seed), seed)
        lanes = _read(blot).lanes
        if [len(lane.bands) for lane in lanes] != [blot.volumes.shape[1]] * len(blot.volumes):
            continue
        volumes = np.array([[one.value for one in band_volumes(lane)] for lane in lanes])
        # Band 0 is the target and band 1 the loading control; lane 0 is the reference.
        ratios, truth = volumes[:, 0] / volumes[:, 1], blot.volumes[:, 0] / blot.volumes[:, 1]
        off += list(ratios[1:] / ratios[0] / (truth[1:] / truth[0]) - 1)
    return [below("simulated blots", "relative RMSE of folds (%)", 100 * _rms(off), 5, None, "")]


def _rms(values: list[float]) -> float:
    return float(np.sqrt(np.mean(np.square(values)))) if values else float("nan")


if __name__ == "__main__":
    from _table import show

    show(rows(quick="--quick" in sys.argv), as_json=False)
