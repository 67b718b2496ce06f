"""Laws of the numerics of amplification curves."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cahill.numerics.amplification_baseline import fit_lines
from cahill.numerics.amplification_crossing import crossings
from cahill.numerics.amplification_melt import find_peaks, melt_derivatives
from cahill.numerics.amplification_rise import find_rises
from cahill.numerics.amplification_sigmoid import (
    cy0,
    fit_sigmoids,
    second_derivative_maximum,
)
from cahill.numerics.amplification_smoothing import GAIN, fill_gaps, reading_noise, smooth
from cahill.numerics.amplification_window import window_of_linearity

CYCLES = np.arange(1.0, 41.0)


def richards(centre, width=1.6, skew=1.0, top=2.0):
    return top * (1 + np.exp((centre - CYCLES) / width)) ** -skew


def test_smoothing_keeps_a_parabola_and_its_derivatives():
    x = np.arange(40.0)
    curve = (2 + 3 * x - 0.1 * x**2)[None]
    assert smooth(curve) == pytest.approx(curve)
    assert smooth(curve, 1)[0] == pytest.approx(3 - 0.2 * x)
    assert smooth(curve, 2)[0] == pytest.approx(np.full(40, -0.2))


def test_noise_of_readings_and_of_smoothed_readings():
    rng = np.random.default_rng(1)
    curves = 5 + 0.3 * np.arange(40) + 0.02 * rng.standard_normal((2000, 40))
    assert np.median(reading_noise(curves, np.full(2000, 40))) == pytest.approx(0.02, rel=0.05)
    rest = smooth(curves) - 5 - 0.3 * np.arange(40)
    assert rest[:, 10:30].std() == pytest.approx(0.02 * GAIN, rel=0.02)


def test_gaps_are_filled_between_neighbours():
    filled, read = fill_gaps(np.array([[np.nan, 1.0, np.nan, 3.0, np.nan], [np.nan] * 5]))
    assert filled[0].tolist() == [1, 1, 2, 3, 3]
    assert filled[1].tolist() == [0] * 5
    assert read[0].tolist() == [False, True, False, True, False]


@settings(deadline=None)
@given(st.floats(-3, 3), st.floats(-0.2, 0.2), st.integers(1, 10), st.integers(3, 20))
def test_a_line_is_its_own_baseline(level, slope, first, length):
    curves = (level + slope * CYCLES)[None]
    last = np.array([first + length])
    lines = fit_lines(CYCLES, curves, np.array([first]), last)
    assert curves - lines.at(CYCLES) == pytest.approx(np.zeros((1, 40)), abs=1e-12)


def test_one_reading_gives_a_level_and_none_gives_nothing():
    lines = fit_lines(CYCLES, np.ones((2, 40)), np.array([5, 50]), np.array([5, 60]))
    assert lines.slope[0] == 0
    assert lines.level[0] == 1
    assert np.isnan(lines.level[1])


@settings(deadline=None)
@given(st.floats(1.5, 2.0), st.floats(0.01, 1.0))
def test_an_exponential_crosses_where_its_logarithm_says(factor, threshold):
    curve = 1e-6 * factor ** np.arange(40)
    expected = np.log(threshold / 1e-6) / np.log(factor)
    found = crossings(curve[None], np.array([threshold]), np.array([39]))
    if expected < 38.999:
        assert found[0] == pytest.approx(expected, abs=1e-6)
    elif expected > 39.001:
        assert np.isnan(found[0])


def test_crossing_skips_a_bump_and_a_hook():
    curve = richards(25.0)
    curve[3:6] += 1.0
    curve[36:] *= 0.01
    found = crossings(curve[None], np.array([0.2]), np.array([24]))
    clean = crossings(richards(25.0)[None], np.array([0.2]), np.array([24]))
    assert found == pytest.approx(clean)


@settings(max_examples=30, deadline=None)
@given(st.floats(12, 32), st.floats(1.0, 2.2), st.floats(0.4, 3.0))
def test_a_richards_curve_is_recovered_exactly(centre, width, skew):
    curve = richards(centre, width, skew)
    steepest = int(np.argmax(np.diff(curve)))
    fitted = fit_sigmoids(CYCLES, curve[None], np.array([40]), np.array([steepest]))
    assert fitted.second_derivative[0] == pytest.approx(
        second_derivative_maximum(centre, width, skew), abs=1e-3
    )
    assert fitted.cy0[0] == pytest.approx(cy0(centre, width, skew), abs=1e-3)


def test_second_derivative_and_cy0_agree_with_differences():
    x = np.linspace(1, 40, 400_001)
    y = (1 + np.exp((22.0 - x) / 1.5)) ** -1.4
    step = x[1] - x[0]
    first, second = np.gradient(y, step), np.gradient(np.gradient(y, step), step)
    bend = x[np.argmax(second[2:-2]) + 2]
    assert second_derivative_maximum(22.0, 1.5, 1.4) == pytest.approx(bend, abs=1e-3)
    k = int(np.argmax(first))
    assert cy0(22.0, 1.5, 1.4) == pytest.approx(x[k] - y[k] / first[k], abs=1e-3)


@settings(deadline=None)
@given(st.floats(0.01, 1e4), st.floats(-5, 5), st.floats(-0.1, 0.1))
def test_scaling_and_a_line_leave_the_rise_where_it_is(scale, level, slope):
    rng = np.random.default_rng(3)
    curve = 0.3 + richards(np.array(24.0)) + 0.003 * rng.standard_normal(40)
    plain = find_rises(curve[None], 2)
    changed = find_rises((scale * (curve + level + slope * CYCLES))[None], 2)
    assert changed.bend == plain.bend or abs(slope) > 0.05
    assert find_rises((scale * curve)[None], 2).take_off == plain.take_off


def test_window_of_linearity_finds_the_factor_of_exponentials():
    curves = 1e-6 * 1.87 ** (np.arange(40)[None, :] + np.array([[0], [1.3], [2.1], [4.0]]))
    curves = np.minimum(curves, 3.0)
    bend = (curves >= 1.0).argmax(axis=1)
    found = window_of_linearity(curves, np.full(4, 5), bend, np.full(4, 1e-4))
    assert found.factors == pytest.approx(np.full(4, 1.87), rel=1e-6)


def test_melt_peak_stands_at_the_melting_temperature():
    at = np.arange(60.0, 95.0, 0.3)
    signal = 1 / (1 + np.exp((at - 84.2) / 0.5)) + 0.4 / (1 + np.exp((at - 76.0) / 0.5))
    found = melt_derivatives(np.stack([at, at]), np.stack([signal, np.full_like(at, np.nan)]))
    peaks = find_peaks(found.temperature, found.slope[0], found.noise[0])
    assert [round(peak.temperature, 1) for peak in peaks] == [84.2, 76.0]
    assert peaks[0].area == pytest.approx(1.0, rel=0.15)
    assert peaks[1].area == pytest.approx(0.4, rel=0.15)
    assert np.isnan(found.noise[1])
