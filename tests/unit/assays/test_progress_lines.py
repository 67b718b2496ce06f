"""Straight parts of progress curves, and the slopes instruments report."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cahill.assays.activity.progress_lines import linear_portion, max_slope, mean_slope
from cahill.errors import InputError

FEW = settings(max_examples=25, deadline=None)
TIMES = np.arange(0.0, 600.0, 10.0)


def noisy(course, seed, noise=1e-3, count=1):
    rng = np.random.default_rng(seed)
    return course + noise * rng.standard_normal((count, len(course)))


@FEW
@given(st.integers(0, 10_000), st.integers(3, 25))
def test_slopes_are_those_of_regression(seed, window):
    rng = np.random.default_rng(seed)
    times = np.cumsum(rng.uniform(1, 20, 40)) + 1e4
    signal = 1e3 + rng.standard_normal((3, 40))
    mask = rng.random((3, 40)) > 0.2
    for row, slope, kept in zip(signal, mean_slope(times, signal, mask=mask), mask, strict=True):
        assert slope == pytest.approx(np.polyfit(times[kept] - 1e4, row[kept], 1)[0], rel=1e-6)
    steepest = [
        max(
            np.polyfit(times[k : k + window] - 1e4, row[k : k + window], 1)[0]
            for k in range(41 - window)
        )
        for row in signal
    ]
    assert max_slope(times, signal, window) == pytest.approx(steepest, rel=1e-6)
    assert max_slope(times, -signal, window, direction=-1) == pytest.approx(steepest, rel=1e-6)


def test_windows_with_a_missing_read_do_not_count():
    signal = np.array([0.0, 1.0, 2.0, np.nan, 14.0, 15.0])
    assert max_slope(np.arange(6.0), signal, 3) == pytest.approx([1.0])
    assert np.isnan(max_slope(np.arange(6.0), signal, 5)[0])


def test_a_straight_curve_is_straight_as_a_rule():
    found = linear_portion(TIMES, noisy(3e-4 * TIMES, 1, count=300))
    assert found.whole.mean() > 0.97
    assert np.mean((found.low <= 3e-4) & (found.high >= 3e-4)) > 0.9
    assert found.rate[found.whole] == pytest.approx(
        mean_slope(TIMES, noisy(3e-4 * TIMES, 1, count=300))[found.whole]
    )


def test_a_plateau_is_not_taken_for_the_reaction():
    course = np.minimum(1e-3 * TIMES, 0.15)
    found = linear_portion(TIMES, noisy(course, 2, count=50))
    assert found.rate == pytest.approx(np.full(50, 1e-3), rel=0.05)
    assert np.all(found.stop <= 19)
    assert np.all(found.first <= 4)
    assert "straight from read" in found.notes[0]


def test_a_lag_is_left_out():
    course = 1e-3 * (TIMES - 40 * (1 - np.exp(-TIMES / 40)))
    found = linear_portion(TIMES, noisy(course, 3, count=50))
    assert np.median(found.rate) == pytest.approx(1e-3, rel=0.01)
    assert np.all(found.first > 0)


def test_blanks_are_lines_through_all_reads():
    found = linear_portion(TIMES, noisy(0.0 * TIMES, 4, count=300))
    assert found.whole.mean() > 0.97
    assert abs(found.rate[found.whole]).max() < 5e-6


def test_a_curve_without_straight_part_is_said():
    found = linear_portion(TIMES[:13], noisy(1 - np.exp(-TIMES[:13] / 40), 5, noise=1e-4))
    assert "no part of the curve is straight" in found.notes[0]
    assert found.p[0] < 0.01


def test_direction_and_exact_lines():
    falling = 1.0 - 2e-3 * TIMES
    assert linear_portion(TIMES, falling, direction=-1).rate == pytest.approx([2e-3])
    found = linear_portion(TIMES, falling)
    assert found.rate == pytest.approx([-2e-3])
    assert found.whole.all()
    assert found.notes == ("",)


def test_too_few_reads_and_wrong_windows_are_told():
    found = linear_portion(TIMES[:2], np.array([[0.0, 1.0]]))
    assert np.isnan(found.rate[0])
    assert found.notes[0].startswith("2 usable reads")
    empty = linear_portion(TIMES, np.full((1, 60), np.nan))
    assert np.isnan(empty.rate[0])
    assert not empty.used.any()
    with pytest.raises(InputError, match="window: 1 reads do not fit curves of 60"):
        max_slope(TIMES, TIMES, 1)
    with pytest.raises(InputError, match="direction: 2"):
        linear_portion(TIMES, TIMES, direction=2)
