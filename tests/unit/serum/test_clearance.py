"""Release and clearance: the closed form, what a fit recovers, and what it admits not to know."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from cahill.serum.clearance import Episode, activity, fit_clearance
from cahill.serum.series_profile import profiled

TRUTH = {"half_life": 40.0, "released": 900.0, "onset": 55.0, "duration": 12.0, "rest": 22.0}
HOURS = np.array([0, 48, 60, 72, 84, 96, 120, 168, 240, 336.0])
SPREAD = 0.0975


def episode(hours=HOURS, truth=TRUTH, noise=None):
    values = activity(hours, truth)
    values = values if noise is None else values * np.exp(noise)
    return Episode(hours, values, values, np.full(len(hours), SPREAD))


def estimates(fit):
    return {item.name: item for item in profiled(fit).estimates}


def test_the_closed_form_is_the_equation_integrated():
    k = math.log(2) / TRUTH["half_life"]

    def slope(time, level):
        inside = TRUTH["onset"] <= time < TRUTH["onset"] + TRUTH["duration"]
        release = TRUTH["released"] / TRUTH["duration"] if inside else 0.0
        return release - k * (level - TRUTH["rest"])

    found = solve_ivp(slope, (0, 336), [22.0], t_eval=HOURS, max_step=0.05, rtol=1e-8)
    assert activity(HOURS, TRUTH) == pytest.approx(found.y[0], rel=1e-3)


positive = st.floats(1.0, 300.0)


@given(half_life=positive, duration=positive, released=positive, onset=st.floats(-50, 50))
def test_what_is_released_is_what_is_cleared(half_life, duration, released, onset):
    """The area above rest times k is the amount released."""
    values = {**TRUTH, "half_life": half_life, "duration": duration}
    values |= {"released": released, "onset": onset, "rest": 20.0}
    hours = np.linspace(onset, onset + duration, 2001)
    after = np.linspace(onset + duration, onset + duration + 60 * half_life, 20001)
    above = [activity(part, values) - 20.0 for part in (hours, after)]
    area = np.trapezoid(above[0], hours) + np.trapezoid(above[1], after)
    assert math.log(2) / half_life * area == pytest.approx(released, rel=1e-3)


@given(scale=st.floats(0.1, 10.0))
def test_activity_scales_with_amounts(scale):
    more = {**TRUTH, "released": scale * 900.0, "rest": scale * 22.0}
    assert activity(HOURS, more) == pytest.approx(scale * activity(HOURS, TRUTH))


def test_exact_values_give_the_truth_back():
    fit = fit_clearance(episode())
    assert fit.chi_square < 1e-3
    assert fit.values["half_life"] == pytest.approx(40.0, rel=0.02)
    assert fit.values["rest"] == pytest.approx(22.0, rel=0.02)


@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 1000))
def test_no_fit_is_worse_than_the_truth(seed):
    """The truth is among what is searched, so chi-square is at most its."""
    noise = SPREAD * np.random.default_rng(seed).normal(size=len(HOURS))
    fit = fit_clearance(episode(noise=noise))
    at_truth = float((noise / SPREAD) @ (noise / SPREAD))
    assert fit.chi_square <= at_truth + 1e-3
    assert at_truth - fit.chi_square < 30.0  # chi-square of 5 degrees of freedom: p = 1.5e-5


def test_intervals_are_where_chi_square_rises_by_its_quantile():
    noise = SPREAD * np.random.default_rng(3).normal(size=len(HOURS))
    fit = fit_clearance(episode(noise=noise))
    half = estimates(fit)["half_life"]
    assert half.status == "determined"
    assert half.low < 40.0 < half.high
    for end in (half.low, half.high):
        held = fit_clearance(fit.episode, end)
        rise = held.chi_square - fit.chi_square
        assert rise == pytest.approx(3.841 * fit.widened**2, rel=0.15)


def test_a_held_half_life_stays_and_fits_no_better():
    free = fit_clearance(episode(noise=SPREAD * np.cos(np.arange(10.0))))
    held = fit_clearance(free.episode, 47.0)
    assert held.values["half_life"] == pytest.approx(47.0)
    assert held.chi_square >= free.chi_square - 1e-3
    assert estimates(held)["half_life"].status == "fixed"


def test_without_a_rise_the_onset_is_not_determined():
    """A series that begins at its peak says nothing on when or how long enzyme was released."""
    found = estimates(fit_clearance(episode(np.array([70.0, 100.0, 150.0, 220.0, 400.0]))))
    assert found["half_life"].status == "determined"
    assert found["onset"].status != "determined"
    assert found["duration"].low is None


def test_two_results_after_the_rise_leave_the_half_life_open():
    hours = np.array([0.0, 336.0, 672.0])
    values = np.array([22.0, 90.0, 24.0])
    fit = fit_clearance(Episode(hours, values, values, np.full(3, SPREAD)))
    found = estimates(fit)
    assert found["half_life"].status == "at most"
    assert found["duration"].status != "determined"


def test_an_interval_below_the_curve_costs_and_above_it_does_not():
    exact = episode()
    low, high = exact.low.copy(), exact.high.copy()
    low[-1], high[-1] = 0.0, 60.0  # "<60" where the curve is at 29
    free = fit_clearance(Episode(HOURS, low, high, exact.spread))
    assert free.chi_square < 0.01
    low[-1], high[-1] = 0.0, 5.0  # "<5"
    assert fit_clearance(Episode(HOURS, low, high, exact.spread)).chi_square > 10.0
    low[-1], high[-1] = 25.0, np.inf  # ">25"
    assert fit_clearance(Episode(HOURS, low, high, exact.spread)).chi_square < 1.0


def test_scatter_beyond_variation_widens():
    noise = 4 * SPREAD * np.random.default_rng(7).normal(size=len(HOURS))
    fit = fit_clearance(episode(noise=noise))
    assert fit.widened > 1.5
    half = estimates(fit)["half_life"]
    calm = estimates(fit_clearance(episode()))["half_life"]
    assert half.high is None or half.high / half.low > calm.high / calm.low
