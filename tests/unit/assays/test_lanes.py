"""Lanes and bands of whole pictures: laws of volumes, known gels, simulated blots, refusals."""

import sys
from pathlib import Path

import numpy as np
import pytest

from cahill.assays.western.blot_lanes import band_volumes
from cahill.assays.western.lanes import find_blot_lanes
from cahill.core.gel_image import GelImage
from cahill.errors import InputError
from cahill.io.gel_images import read_gel_image

ROOT = Path(__file__).parents[3]
sys.path.insert(0, str(ROOT / "benchmarks"))

from simulated.blot import BlotDesign, random_design, simulate_blot  # noqa: E402

GEL = ROOT.parent / "shared" / "data" / "assays" / "gel" / "ladder_reference_gel.tif"
MASSES = [40, 40, 48, 40, 32, 120, 40, 57, 45, 122, 34, 31, 27, 23, 124, 49, 37, 32, 61]


def image(counts, full_scale=65535.0):
    return GelImage("blot", np.asarray(counts, float), 16, full_scale)


def design(**changes):
    volumes = np.outer([1.0, 0.5, 1.5, 2.0, 0.8], [4e5, 8e5, 3e5])
    settings = {"height": 260, "width": 360, "noise": 6.0, "ground": 500.0, **changes}
    return BlotDesign(volumes, np.array([60.0, 120.0, 200.0]), np.full(3, 3.0), **settings)


@pytest.fixture(scope="module")
def straight():
    return simulate_blot(design(), 1)


def volumes(counts, **options):
    blot = find_blot_lanes(image(counts), **options)
    return np.array([[one.value for one in band_volumes(lane)] for lane in blot.lanes])


def test_volumes_are_those_drawn(straight):
    found = volumes(straight.counts)
    assert found.shape == (5, 3)
    assert found == pytest.approx(straight.volumes, rel=0.03)


def test_the_error_bars_are_honest():
    z = []
    for seed in range(12):
        drawn = simulate_blot(design(noise=40.0), seed)
        for lane, truth in zip(find_blot_lanes(image(drawn.counts)).lanes, drawn.volumes):
            z += [(one.value - v) / one.sd for one, v in zip(band_volumes(lane), truth)]
    assert 0.4 < np.std(z) < 1.6


@pytest.mark.parametrize("background", ["side-lane", "rolling-ball", "valley"])
def test_more_exposure_scales_and_a_pedestal_does_nothing(straight, background):
    counts = straight.counts.astype(float)
    once = volumes(counts, background=background)
    assert volumes(3 * counts, background=background) == pytest.approx(3 * once, rel=1e-3)
    assert volumes(counts + 7000, background=background) == pytest.approx(once, rel=1e-3)


def test_a_mirror_image_has_mirrored_lanes(straight):
    once = volumes(straight.counts)
    assert volumes(straight.counts[:, ::-1])[::-1] == pytest.approx(once, rel=0.01)


def test_ratios_do_not_depend_on_the_crop(straight):
    once = volumes(straight.counts)
    crop = volumes(straight.counts[20:-15, 8:-12])
    assert crop / crop[:1] == pytest.approx(once / once[:1], rel=0.02)


@pytest.mark.parametrize("tilt", [-3.0, 1.5, 3.0])
def test_a_tilted_smiling_blot_gives_the_same(tilt):
    drawn = simulate_blot(design(tilt=tilt, smile=6.0, frown=2.0, slope=1500.0), 2)
    blot = find_blot_lanes(image(drawn.counts))
    assert blot.tilt == pytest.approx(tilt, abs=0.25)
    assert "turned back" in blot.notes[-1]
    found = np.array([[one.value for one in band_volumes(lane)] for lane in blot.lanes])
    assert found == pytest.approx(drawn.volumes, rel=0.07)
    assert all(lane.rows.tolist() == [0, 1, 2] for lane in blot.lanes)


@pytest.mark.parametrize("seed", [3, 14, 15, 92])
def test_blots_of_any_geometry(seed):
    drawn = simulate_blot(random_design(seed), seed)
    blot = find_blot_lanes(image(drawn.counts))
    lanes, bands = drawn.volumes.shape
    assert len(blot.lanes) == lanes
    assert sum(len(lane.bands) for lane in blot.lanes) == pytest.approx(lanes * bands, abs=1)


def test_saturated_bands_are_lower_bounds():
    drawn = simulate_blot(design(gain=0.0), 3)
    clipped = np.minimum(drawn.counts, 1800)
    blot = find_blot_lanes(image(clipped, full_scale=1800.0))
    flags = np.array([[one.clipped for one in band_volumes(lane)] for lane in blot.lanes])
    assert flags[3, 1]
    assert not flags[1, 2]
    low = np.array([[one.value for one in band_volumes(lane)] for lane in blot.lanes])
    assert np.all(low[flags] < 0.99 * drawn.volumes[flags])


def test_refusals(straight):
    with pytest.raises(InputError, match=r"^blot: no lanes found"):
        find_blot_lanes(image(np.random.default_rng(0).normal(800, 5, (200, 200))))
    with pytest.raises(InputError, match=r"^blot: 5 lanes found, but 9 asked for"):
        find_blot_lanes(image(straight.counts), lanes=9)


@pytest.mark.skipif(not GEL.exists(), reason="the ladder gel is not on this machine")
def test_the_ladder_gel_of_known_masses():
    """GelGenie reaches R2 0.979 and MAPE 14.6 %, GelAnalyzer 0.931 and 18.7 %."""
    blot = find_blot_lanes(read_gel_image(GEL, accept_8_bit=True))
    assert [len(lane.bands) for lane in blot.lanes] == [19] * 4
    for lane in blot.lanes:
        found = np.array([one.value for one in band_volumes(lane)])
        assert lane.rows.tolist() == list(range(19))
        assert np.corrcoef(found, MASSES)[0, 1] ** 2 >= 0.97
        scale = found @ np.array(MASSES) / (found @ found)
        assert np.mean(np.abs(scale * found / MASSES - 1)) < 0.10
        assert not any(one.clipped for one in band_volumes(lane))
