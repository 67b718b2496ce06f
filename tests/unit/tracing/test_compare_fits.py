"""Differences of two fits and their intervals."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from simple_network import TRUTH, fitted, measured, study

from cahill.errors import InputError
from cahill.tracing.compare_fits import compare_fits, mover
from cahill.tracing.fit_files import SavedFit, saved_fit
from cahill.tracing.flux_fit import fit_fluxes
from cahill.tracing.intervals import FIXED, targets
from cahill.tracing.profile import profile_fluxes

number = st.floats(-100, 100)
width = st.floats(0.001, 100)
COLUMNS = ["flux", "kind", "value", "low", "high", "determined", "note"]


def saved(rows, name="one", unit="mmol/h", level=0.95):
    frame = pd.DataFrame(
        [(f, k, v, low, high, True, note) for f, k, v, low, high, note in rows], columns=COLUMNS
    )
    return SavedFit(name, unit, level, "profile", 10.0, 8, "accepted: SSR 10", frame)


def plain(name, value, half, kind="net", note=""):
    return (name, kind, value, value - half, value + half, note)


@given(number, width, number, width)
def test_symmetric_intervals_give_the_usual_root_of_squares(a, half_a, b, half_b):
    low, high = mover(a, (a - half_a, a + half_a), b, (b - half_b, b + half_b))
    half = math.hypot(half_a, half_b)
    assert (low, high) == pytest.approx((b - a - half, b - a + half), abs=1e-9)


@given(number, width, width, number, width, width)
def test_turning_round_the_comparison_turns_round_the_interval(a, la, ua, b, lb, ub):
    one, other = (a - la, a + ua), (b - lb, b + ub)
    low, high = mover(a, one, b, other)
    assert mover(b, other, a, one) == pytest.approx((-high, -low))
    assert low <= b - a <= high


def test_lopsided_intervals_give_each_side_from_its_own_halves():
    low, high = mover(1.0, (0.4, 1.9), 3.0, (2.5, 4.2))
    assert low == pytest.approx(2.0 - math.sqrt(0.5**2 + 0.9**2))
    assert high == pytest.approx(2.0 + math.sqrt(1.2**2 + 0.6**2))


def test_coverage_of_a_difference_of_two_poisson_rates():
    # Exact intervals of each rate are lopsided; the one of their difference must cover.
    from scipy.stats import chi2

    rng = np.random.default_rng(0)
    counts = rng.poisson([[20.0, 35.0]] * 4000)
    hits = 0
    for a, b in counts:
        ends = [
            (chi2.ppf(0.025, 2 * k) / 2 if k else 0.0, chi2.ppf(0.975, 2 * k + 2) / 2)
            for k in (a, b)
        ]
        low, high = mover(float(a), ends[0], float(b), ends[1])
        hits += low <= 15.0 <= high
    assert 0.945 <= hits / 4000 <= 0.985


def test_what_differs_is_said_and_the_rest_is_not():
    one = saved([plain("a", 10, 1), plain("b", 10, 1), plain("c", -5, 1)])
    other = saved([plain("a", 20, 1), plain("b", 10.5, 1), plain("c", 5, 1)], "two")
    found = compare_fits(one, other)
    frame = found.to_frame().set_index("flux")
    assert frame["differs"].tolist() == [True, False, True]
    assert frame.loc["a", "difference"] == 10
    assert frame.loc["a", "ratio"] == 2
    assert 1 < frame.loc["a", "ratio_low"] < 2 < frame.loc["a", "ratio_high"]
    assert math.isnan(frame.loc["c", "ratio"])
    assert frame.loc["b", "p"] > 0.05 > frame.loc["a", "p"]
    assert (frame["q"] >= frame["p"]).all()
    assert found.summary().startswith("2 of 3 fluxes differ between one and two")


def test_p_is_that_of_the_normal_where_intervals_are():
    one, other = saved([plain("a", 10, 1.959964)]), saved([plain("a", 12, 1.959964)], "two")
    p = compare_fits(one, other).to_frame()["p"].iloc[0]
    assert p == pytest.approx(0.157299, rel=1e-4)  # z = 2 / sqrt 2


def test_what_cannot_be_compared_has_a_reason():
    rows = [
        ("open", "net", 1.0, -math.inf, math.inf, "not determined"),
        ("loose", "exchange", 1.0, 0.0, math.inf, "not determined"),
        ("fixed", "net", 1.0, 1.0, 1.0, FIXED),
        ("blank", "net", 1.0, math.nan, math.nan, ""),
        plain("alone", 1, 1),
        plain("good", 1, 1),
    ]
    other = [plain("open", 1, 1), plain("loose", 5, 1, "exchange"), *rows[2:4], plain("good", 1, 1)]
    found = compare_fits(saved(rows), saved(other, "two"))
    notes = found.to_frame().set_index("flux")["note"].to_dict()
    assert notes == {
        "open": "not determined in the first fit",
        "loose": "not determined in the first fit",
        "fixed": "fixed in both",
        "blank": "no interval in the first fit",
        "alone": "only in the first fit",
        "good": "",
    }
    assert "5 could not be compared" in found.summary()


def test_an_open_end_leaves_one_side_of_the_difference_open():
    one = saved([("a", "net", 10.0, 9.0, math.inf, "")])
    row = compare_fits(one, saved([plain("a", 2, 1)], "two")).to_frame().iloc[0]
    assert row["difference_low"] == -math.inf
    assert row["difference_high"] == pytest.approx(-8 + math.hypot(1, 1))
    assert row["differs"]


def test_fits_that_do_not_belong_together_are_refused():
    one = saved([plain("a", 10, 1)])
    with pytest.raises(InputError, match="in one unit"):
        compare_fits(one, replace(one, flux_unit="umol/h"))
    with pytest.raises(InputError, match="at one level"):
        compare_fits(one, replace(one, level=0.9))
    with pytest.raises(InputError, match="no flux in common"):
        compare_fits(one, saved([plain("b", 1, 1)]))


def test_fits_of_one_name_are_told_apart():
    one = saved([plain("a", 10, 1)])
    assert compare_fits(one, one).names == ("one (first)", "one (second)")
    assert compare_fits(one, one, names=("fed", "fasted")).title == "fasted against fed"


def test_a_poor_fit_is_a_doubt():
    one = saved([plain("a", 10, 1)])
    poor = replace(one, name="two", verdict="rejected: SSR 100")
    assert any("two is rejected" in note for note in compare_fits(one, poor).notes)


@pytest.fixture(scope="module")
def comparison():
    fits = []
    for net, name in (
        ({"split": 20.0, "join": 20.0, "BD": 60.0, "out": 80.0, "E_out": 60.0}, "fed"),
        ({"split": 30.0, "join": 30.0, "BD": 40.0, "out": 70.0, "E_out": 90.0}, "fasted"),
    ):
        here = replace(study(sd=0.003, name=name), point=replace(TRUTH, net={"in": 100.0, **net}))
        fit = fit_fluxes(measured(here, seed=2), starts=2)
        wanted = targets(fit.problem.space, ("net", "exchange"))
        fits.append(saved_fit(fit, profile_fluxes(fit.problem, fit.theta, wanted).intervals))
    return compare_fits(*fits)


def test_a_changed_flux_is_found_and_an_unchanged_one_is_not(comparison):
    frame = comparison.to_frame().set_index(["flux", "kind"])
    assert frame.loc[("split", "net"), "differs"]
    assert not frame.loc[("in", "net"), "differs"]
    row = frame.loc[("split", "net")]
    assert row["difference_low"] < 10.0 < row["difference_high"]


def test_report_and_picture(comparison, tmp_path):
    html = comparison.report(tmp_path / "compare.html").read_text(encoding="utf-8")
    assert "fasted against fed" in html
    assert "split" in html
    texts = [text.get_text() for ax in comparison.plot().axes for text in ax.texts]
    assert any("(+1 the same)" in text for text in texts)
    assert comparison.to_json()


def test_the_fit_of_the_same_data_does_not_differ_from_itself():
    problem, end = fitted(measured(study(), seed=1))
    frame = profile_fluxes(problem, end.x, ["split"]).intervals.frame.assign(determined=True)
    one = SavedFit("x", "mmol/h", 0.95, "profile", end.cost, 1, "accepted", frame[COLUMNS])
    row = compare_fits(one, one).to_frame().iloc[0]
    assert (row["difference"], row["p"], row["differs"]) == (0.0, 1.0, False)
