"""Plateaus and smoothing splines: what they keep, what they choose, what they refuse."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cahill.errors import InputError
from cahill.tracing.in_vivo_smoothing import find_penalty, find_plateau, smoother

TIME = np.array([10.0, 20, 30, 45, 60, 80, 100, 120, 150, 180])
UNKNOWN = np.full(len(TIME), math.nan)


@given(st.floats(-5, 5), st.floats(-0.1, 0.1), st.floats(0, 1e9), st.integers(0, 99))
def test_a_straight_line_stays_a_straight_line(start, slope, penalty, seed):
    sd = np.random.default_rng(seed).uniform(0.5, 2.0, len(TIME))
    curve = smoother(TIME, sd, penalty)
    line = start + slope * TIME
    assert curve.to_value @ line == pytest.approx(line, abs=1e-6)
    assert curve.to_slope @ line == pytest.approx(np.full(len(TIME), slope), abs=1e-6)
    assert 2 - 1e-6 <= curve.freedom <= len(TIME) + 1e-6


@pytest.mark.parametrize("scale", [1.0, 1e-6, 1e6])
@pytest.mark.parametrize("minutes", [1.0, 60.0])
def test_the_residuals_are_as_large_as_the_error_whatever_the_units(scale, minutes):
    rng = np.random.default_rng(3)
    sd = np.full(len(TIME), 0.03 * scale)
    values = scale * (1 - np.exp(-TIME / 40)) + sd * rng.standard_normal(len(TIME))
    penalty = find_penalty(TIME * minutes, values, sd)
    curve = smoother(TIME * minutes, sd, penalty)
    residuals = (values - curve.to_value @ values) / sd
    assert residuals @ residuals == pytest.approx(len(TIME), rel=0.02)
    assert 2 < curve.freedom < len(TIME)


def test_without_error_the_curve_goes_through_every_sample():
    values = np.sin(TIME / 50)
    sd = np.zeros(len(TIME))
    assert find_penalty(TIME, values, sd) == 0
    curve = smoother(TIME, sd, 0.0)
    assert curve.to_value @ values == pytest.approx(values)
    assert curve.to_slope[3:7] @ values == pytest.approx(np.cos(TIME[3:7] / 50) / 50, abs=4e-4)


def test_noise_that_no_curve_explains_ends_in_a_line():
    values = np.where(np.arange(len(TIME)) % 2, 1.0, -1.0)
    curve = smoother(TIME, 2 * np.ones(len(TIME)), find_penalty(TIME, values, 2 + 0 * TIME))
    assert curve.freedom == pytest.approx(2, abs=0.01)


def test_a_curve_can_be_read_between_its_samples():
    curve = smoother(TIME, np.ones(len(TIME)), 10.0, np.array([15.0, 50.0]))
    assert curve.to_value.shape == (2, len(TIME))
    assert curve.to_value @ TIME == pytest.approx([15.0, 50.0])


def test_too_few_samples_for_a_curve():
    with pytest.raises(InputError, match="4 samples: a smooth curve needs at least 5"):
        find_penalty(TIME[:4], TIME[:4], np.ones(4))


# --- plateaus -------------------------------------------------------------------------------------


def test_the_last_four_samples_are_the_plateau():
    values = np.array([9.0, 8, 7, 6, 5, 4, 2.0, 2.1, 1.9, 2.0])
    found = find_plateau(TIME, values, UNKNOWN)
    assert found is not None
    assert (found.start, found.end, found.count) == (100, 180, 4)
    assert found.mean == pytest.approx(2.0)
    assert found.error == pytest.approx(np.std([2.0, 2.1, 1.9, 2.0], ddof=1) / 2)
    assert found.freedom == 3
    assert found.flat


def test_a_window_is_taken_as_given():
    found = find_plateau(TIME, TIME, UNKNOWN, (45, 100))
    assert found is not None
    assert (found.start, found.end, found.count) == (45, 100, 4)
    assert not found.flat
    assert found.slope == pytest.approx(1.0)
    assert find_plateau(TIME, TIME, UNKNOWN, (181, 200)) is None


def test_equal_values_are_flat_and_samples_that_are_missing_do_not_count():
    values = np.full(len(TIME), 0.3)
    values[-1] = math.nan
    found = find_plateau(TIME, values, UNKNOWN)
    assert found is not None
    assert found.flat
    assert (found.end, found.mean, found.scatter) == (150, pytest.approx(0.3), 0)


def test_one_or_two_samples_need_a_stated_error():
    assert find_plateau(TIME[:2], TIME[:2], UNKNOWN[:2]) is None
    found = find_plateau(TIME[:2], np.array([1.0, 2.0]), np.array([0.3, 0.4]))
    assert found is not None
    assert found.error == pytest.approx(0.25)
    assert math.isinf(found.freedom)
    assert not found.flat


@pytest.mark.parametrize("count", [3, 4, 8])
def test_draws_of_a_plateau_cover_its_mean_as_often_as_they_say(count):
    rng = np.random.default_rng(11)
    hits, trials = 0, 600
    for _ in range(trials):
        values = 5 + 0.2 * rng.standard_normal(count)
        found = find_plateau(TIME[:count], values, UNKNOWN[:count])
        assert found is not None
        low, high = np.percentile(found.draws(rng, 800), [2.5, 97.5])
        hits += low <= 5 <= high
    # three standard errors of a proportion of 0.95 in 600 trials, and those of 800 draws
    assert hits / trials == pytest.approx(0.95, abs=0.035)


def test_a_slope_is_called_one_as_often_by_chance_as_stated():
    rng = np.random.default_rng(5)
    plateaus = [
        find_plateau(TIME, 5 + 0.2 * rng.standard_normal(len(TIME)), UNKNOWN) for _ in range(1000)
    ]
    drifting = sum(found is not None and not found.flat for found in plateaus)
    assert drifting / 1000 == pytest.approx(0.05, abs=0.022)
