"""The background lies under the bands, and nowhere above a profile."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from cahill.numerics.image_background import rolling_ball, shrink, valley_line


def test_the_ball_follows_a_slope_and_passes_under_bands():
    rows, columns = np.mgrid[0:300, 0:400]
    ground = 1000 + 2.0 * columns + 1.0 * rows
    bands = 5000 * np.exp(-0.5 * ((rows - 150) / 4) ** 2) * (np.abs(columns - 200) < 30)
    found = rolling_ball(ground + bands, 60)
    inner = (slice(40, -40), slice(40, -40))
    assert np.abs(found - ground)[inner].max() < 150
    assert np.abs((found - ground)[inner]).mean() < 60


def test_a_constant_is_its_own_background():
    assert np.allclose(rolling_ball(np.full((97, 130), 321.0), 50), 321.0)


def test_shrinking_keeps_the_mean():
    image = np.random.default_rng(0).random((60, 90))
    assert np.isclose(shrink(image, 3).mean(), image.mean())
    assert shrink(image, 7).shape == (8, 12)


@given(hnp.arrays(float, st.integers(2, 60), elements=st.floats(-1e6, 1e6)))
def test_lines_between_valleys_touch_from_below(profile):
    line = valley_line(profile)
    scale = 1e-9 * max(1.0, float(np.abs(profile).max()))
    assert np.all(line <= profile + scale)
    assert np.isclose(line[0], profile[0])
    assert np.isclose(line[-1], profile[-1])
    # Convex: it never bends downwards.
    assert np.all(np.diff(line, 2) >= -1e-6 * max(1.0, float(np.abs(profile).max())))
