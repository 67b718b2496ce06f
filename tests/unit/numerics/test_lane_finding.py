"""Tilt, lanes, bands and noise of pictures whose truth is known."""

import numpy as np
import pytest

from cahill.numerics.lane_bands import find_bands
from cahill.numerics.lane_columns import find_lanes
from cahill.numerics.lane_level import level_shifts, levelled
from cahill.numerics.lane_matching import lag, match_bands
from cahill.numerics.lane_noise import pixel_noise
from cahill.numerics.lane_strips import without_specks
from cahill.numerics.lane_tilt import straighten, tilt_angle


def picture(lanes=(40, 90, 140, 190, 240), places=(50, 90, 150), tilt=0.0, seed=0, height=200):
    random = np.random.default_rng(seed)
    rows, columns = np.mgrid[0.0:height, 0.0:280]
    turn = np.deg2rad(tilt)
    x, y = columns - 139.5, rows - (height - 1) / 2
    u = x * np.cos(turn) - y * np.sin(turn) + 139.5
    v = x * np.sin(turn) + y * np.cos(turn) + (height - 1) / 2
    image = 300 + 0.5 * columns + random.normal(0, 4, rows.shape)
    for centre in lanes:
        for place in places:
            image += 3000 * (np.abs(u - centre) < 17) * np.exp(-0.5 * ((v - place) / 2.5) ** 2)
    return image


@pytest.mark.parametrize("tilt", [-3.0, -1.2, 0.0, 0.4, 2.0, 3.0])
def test_tilt_is_found_and_taken_out(tilt):
    image = picture(tilt=tilt)
    found = tilt_angle(image)
    assert found == pytest.approx(tilt, abs=0.15)
    assert tilt_angle(straighten(image, found)) == pytest.approx(0.0, abs=0.1)


def test_lanes_and_their_edges():
    lanes = find_lanes(picture())
    assert lanes.centre == pytest.approx([40, 90, 140, 190, 240], abs=1)
    assert lanes.right - lanes.left == pytest.approx(np.full(5, 34), abs=2)


def test_a_mirror_image_has_mirrored_lanes():
    image = picture(lanes=(40, 90, 170, 220))
    lanes, mirrored = find_lanes(image), find_lanes(image[:, ::-1])
    assert 279 - mirrored.centre[::-1] == pytest.approx(lanes.centre, abs=0.6)


def test_empty_lanes_are_put_into_gaps_when_their_number_is_given():
    image = picture(lanes=(40, 90, 190, 240))
    assert len(find_lanes(image).left) == 4
    lanes = find_lanes(image, 5)
    assert lanes.centre == pytest.approx([40, 90, 140, 190, 240], abs=1.5)
    assert lanes.guessed.tolist() == [False, False, True, False, False]
    assert len(find_lanes(image, 9).left) == 4


def test_nothing_is_no_lane():
    assert len(find_lanes(np.random.default_rng(0).normal(500, 5, (100, 100))).left) == 0
    assert len(find_lanes(np.full((100, 100), 7.0)).left) == 0


def profile(places, heights, spread=3.0, rows=300):
    row = np.arange(rows)[:, None]
    return (np.array(heights) * np.exp(-0.5 * ((row - np.array(places)) / spread) ** 2)).sum(axis=1)


def test_bands_of_any_width_are_found_between_rows():
    clean = profile([60.3], [100.0]) + profile([180.7], [80.0], spread=9.0)
    noisy = clean + np.random.default_rng(3).normal(0, 0.5, 300)
    bands = find_bands(noisy, 0.5)
    assert bands.place == pytest.approx([60.3, 180.7], abs=0.3)
    assert bands.spread == pytest.approx([3, 9], rel=0.35)
    for k, whole in enumerate((100 * 3, 80 * 9)):
        volume = noisy[bands.top[k] : bands.bottom[k]].sum()
        assert volume == pytest.approx(whole * np.sqrt(2 * np.pi), rel=0.03)


def test_a_shoulder_is_a_band():
    noisy = profile([100, 111], [100.0, 30.0], spread=4.0)
    bands = find_bands(noisy + np.random.default_rng(0).normal(0, 0.05, 300), 0.05)
    assert bands.place == pytest.approx([100, 111], abs=1.5)
    assert bands.bottom[0] == bands.top[1]


def test_noise_is_no_band():
    random = np.random.default_rng(5)
    found = [len(find_bands(random.normal(0, 1, 500), 1.0)) for _ in range(200)]
    assert sum(found) <= 2


def test_bands_match_through_a_smile():
    height = 400
    level = np.array([60.0, 110.0, 180.0, 260.0, 330.0])
    places = []
    for lane in range(7):
        smile = 6 * ((lane - 3) / 3) ** 2
        places.append(level * (1 + smile / height) + smile)
    places[2] = np.delete(places[2], 3)
    matched = match_bands(places, [np.full(len(one), 2.5) for one in places], height)
    assert len(matched.places) == 5
    assert matched.rows[2].tolist() == [0, 1, 2, 4]
    for lane in (0, 6):
        assert matched.rows[lane].tolist() == [0, 1, 2, 3, 4]
        moved = places[lane] - lag(matched.shifts[lane], places[lane], height)
        assert moved == pytest.approx(matched.places, abs=3)


def test_levelling_makes_a_kink_straight_and_keeps_the_sum():
    rows, columns = np.mgrid[0.0:200, 0.0:60]
    bow = 4 * ((columns - 30) / 30) ** 2
    strip = sum(500 * np.exp(-0.5 * ((rows - place - bow) / 2.5) ** 2) for place in (60, 90, 150))
    flat = levelled(strip, level_shifts(strip, 1.0))
    assert flat.sum() == pytest.approx(strip.sum(), rel=2e-3)
    peaks = np.argmax(flat[40:75], axis=0)
    assert np.ptp(peaks) <= 1
    assert np.ptp(np.argmax(strip[40:75], axis=0)) >= 3


def test_noise_is_told_from_the_picture():
    random = np.random.default_rng(2)
    level = np.repeat(np.r_[np.full(200, 200.0), np.linspace(200, 20_000, 100)][:, None], 200, 1)
    image = 2.0 * random.poisson(level / 2.0) + random.normal(0, 15, level.shape)
    ground, gain = pixel_noise(image)
    assert gain == pytest.approx(2.0, rel=0.15)
    assert np.sqrt(ground) == pytest.approx(np.sqrt(15**2 + 400), rel=0.1)
    assert pixel_noise(image + 5000) == pytest.approx((ground, gain), rel=1e-6)


def test_specks_go_and_bands_stay():
    strip = np.repeat(profile([50], [400.0], rows=100)[:, None], 40, axis=1)
    dirty = strip.copy()
    dirty[49:52, 20:22] += 5000
    dirty[80, 10] += 900
    assert without_specks(dirty, 2.0) == pytest.approx(strip, abs=1e-6)
