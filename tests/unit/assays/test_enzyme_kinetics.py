"""Kinetic fits: laws of scale and units, what the data do not determine, and bad input."""

import importlib.util
import math
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cahill.assays.kinetics.enzyme_kinetics import fit_kinetics, kinetics_of
from cahill.assays.kinetics.kinetic_fit import Conditions, fit_law, profile_interval
from cahill.assays.kinetics.kinetics_table import read_rates
from cahill.assays.kinetics.rate_laws import michaelis_menten, ping_pong, sequential
from cahill.errors import InputError, UnitError, UnknownNameError

SIMULATOR = Path(__file__).parents[3] / "benchmarks" / "simulated" / "kinetics.py"
SPEC = importlib.util.spec_from_file_location("simulated_kinetics", SIMULATOR)
simulated = importlib.util.module_from_spec(SPEC)
sys.modules[SPEC.name] = simulated
SPEC.loader.exec_module(simulated)

HALF = settings(max_examples=15, deadline=None)


def frame_of(rows, rates, unit="U/L"):
    found = pd.DataFrame(rows, columns=["alanine", "oxoglutarate", "inhibitor_concentration"])
    found["inhibitor"] = np.where(found["inhibitor_concentration"] > 0, "aminooxyacetate", "")
    return found.assign(rate=rates, rate_unit=unit)


@pytest.fixture(scope="module")
def plate():
    return frame_of(*simulated.simulate(seed=11))


@pytest.fixture(scope="module")
def fitted(plate):
    return fit_kinetics(plate)


def value(fit, parameter, analysis="saturation"):
    rows = fit.results[fit.results["analysis"].str.startswith(analysis)]
    return rows.set_index("parameter").loc[parameter]


def grid(replicates=2):
    return [row for row in simulated.design(replicates) if row[2] == 0]


def noisy(law_rate, seed=0, sd=0.03):
    rng = np.random.default_rng(seed)
    return law_rate * (1 + sd * rng.normal(size=len(law_rate)))


# --- what was put in comes out ---
def test_the_truth_lies_in_the_intervals(fitted):
    truth = simulated.Truth()
    for name in ("vmax", "km_ala", "km_akg"):
        row = value(fitted, name)
        assert row["status"] == "determined"
        assert row["low"] < getattr(truth, name) < row["high"]
    kic = value(fitted, "kic", "inhibition")
    assert kic["low"] < truth.ki < kic["high"]
    assert kic["law"] == "competitive"


def test_ki_from_every_ic50_agrees_with_the_global_one(fitted):
    rows = fitted.results[
        fitted.results["analysis"].str.startswith("Ki from")
        & (fitted.results["law"] == "competitive with alanine")
    ]
    assert len(rows) == 3
    assert rows["value"].to_numpy() == pytest.approx(simulated.KI_AMINOOXYACETATE, rel=0.2)


@HALF
@given(factor=st.floats(1e-3, 1e3))
def test_scaling_the_rates_scales_vmax_alone(plate, fitted, factor):
    free = plate[plate["inhibitor"] == ""]
    one = fit_kinetics(free, error="proportional")
    many = fit_kinetics(free.assign(rate=free["rate"] * factor), error="proportional")
    assert value(many, "vmax")["value"] == pytest.approx(
        factor * value(one, "vmax")["value"], rel=1e-4
    )
    for name in ("km_ala", "km_akg"):
        assert value(many, name)["value"] == pytest.approx(value(one, name)["value"], rel=1e-3)
        assert value(many, name)["low"] == pytest.approx(value(one, name)["low"], rel=1e-3)


@HALF
@given(km_ala=st.floats(1.0, 60.0), km_akg=st.floats(0.2, 3.0), vmax=st.floats(0.1, 1e4))
def test_exact_ping_pong_rates_give_their_constants_back(km_ala, km_akg, vmax):
    rows = grid(1)
    rates = simulated.rate(*np.array(rows).T, simulated.Truth(vmax, km_ala, km_akg))
    data = frame_of(rows, rates)
    conditions = Conditions(*(data[n].to_numpy(float) for n in data.columns[:3]))
    fit = fit_law(ping_pong(), conditions, rates)
    assert fit.values["vmax"] == pytest.approx(vmax, rel=1e-4)
    assert fit.values["km_ala"] == pytest.approx(km_ala, rel=1e-4)
    assert fit.values["km_akg"] == pytest.approx(km_akg, rel=1e-4)


def test_the_order_of_the_rows_does_not_matter(plate, fitted):
    turned = fit_kinetics(plate.iloc[::-1])
    assert value(turned, "km_ala")["value"] == pytest.approx(
        value(fitted, "km_ala")["value"], rel=1e-5
    )


def test_units_of_a_file_do_not_change_the_answer(tmp_path, plate):
    free = plate[plate["inhibitor"] == ""]
    lines = [
        f"{a / 1000:.10g};{b * 1000:.10g};{v:.10g}".replace(".", ",")
        for a, b, v in zip(free["alanine"], free["oxoglutarate"], free["rate"])
    ]
    path = tmp_path / "comma.csv"
    path.write_text("\n".join(["L-alanine (mol/L);2-oxoglutarate [umol/L];rate (U/L)", *lines]))
    read = read_rates(path)
    assert read["alanine"].to_numpy() == pytest.approx(free["alanine"].to_numpy())
    assert read["oxoglutarate"].to_numpy() == pytest.approx(free["oxoglutarate"].to_numpy())
    one, other = fit_kinetics(free), fit_kinetics(read)
    assert value(other, "km_akg")["value"] == pytest.approx(value(one, "km_akg")["value"], rel=1e-5)


# --- laws told apart, or not ---
def test_a_sequential_enzyme_is_recognised():
    rows = grid()
    a, b, _ = np.array(rows).T
    rates = noisy(100 * a * b / (40 * 0.7 + 10 * b + 0.7 * a + a * b))
    found = fit_kinetics(frame_of(rows, rates))
    assert value(found, "kia_ala")["law"] == sequential().name
    laws = found.laws.set_index("law")
    assert laws.loc["sequential (ternary complex)", "f_test_p"] < 1e-4


def test_ping_pong_is_kept_where_a_sequential_law_explains_no_more(fitted):
    laws = fitted.laws[fitted.laws["analysis"] == "saturation"].set_index("law")
    assert laws.loc["ping-pong bi-bi", "chosen"]
    assert laws.loc["sequential (ternary complex)", "f_test_p"] > 0.01


def test_substrate_inhibition_is_found():
    rows = [(a, b, 0.0) for a, b, _ in grid()]
    a, b, _ = np.array(rows).T
    rates = noisy(100 * a * b / (10 * b * (1 + b / 8) + 0.7 * a + a * b))
    found = fit_kinetics(frame_of(rows, rates))
    row = value(found, "ksi_akg")
    assert row["low"] < 8 < row["high"]


def test_substrates_varied_one_at_a_time_say_nothing_of_the_mechanism():
    rows = [(a, 10.0, 0.0) for a in (2, 5, 15, 50, 200)] + [
        (200.0, b, 0.0) for b in (0.2, 0.6, 2, 5)
    ]
    rates = noisy(simulated.rate(*np.array(rows * 2).T, simulated.Truth()))
    found = fit_kinetics(frame_of(rows * 2, rates))
    assert "sequential (ternary complex)" not in set(found.laws["law"])
    assert any("one at a time" in note for note in found.notes)


def test_one_substrate_gives_an_apparent_km():
    rows = [(a, 3.0, 0.0) for a in (1.0, 3.0, 10.0, 30.0, 100.0)] * 2
    rates = noisy(simulated.rate(*np.array(rows).T, simulated.Truth()))
    found = fit_kinetics(frame_of(rows, rates))
    row = value(found, "km_ala", "saturation at 3 mmol/L 2-oxoglutarate")
    apparent = simulated.KM_ALA / (1 + simulated.KM_AKG / 3)
    assert row["low"] < apparent < row["high"]


def test_where_rates_do_not_saturate_only_the_ratio_is_given():
    rng = np.random.default_rng(5)
    rows = [(a, 10.0, 0.0) for a in (0.025, 0.05, 0.1, 0.2)] * 3
    a = np.array(rows)[:, 0]
    rates = 50 * a / (10 + a) * (1 + 0.08 * rng.normal(size=len(a)))
    found = fit_kinetics(frame_of(rows, rates))
    for name in ("vmax", "km_ala"):
        row = value(found, name)
        assert row["status"] == "lower bound only"
        assert math.isnan(row["value"])
        assert math.isinf(row["high"])
    ratio = value(found, "vmax_over_km_ala")
    assert ratio["low"] < 5 < ratio["high"]
    assert any("do not saturate with alanine" in note and "Vmax/Km" in note for note in found.notes)


# --- intervals ---
def test_intervals_cover_the_truth():
    levels = np.repeat([1.0, 3.0, 10.0, 30.0, 100.0], 2)
    nan, none = np.full(10, np.nan), np.zeros(10)
    exact = 100 * levels / (10 + levels)
    rng = np.random.default_rng(42)
    held = np.zeros(2)
    repeats = 150
    for _ in range(repeats):
        rates = exact + 3 * rng.normal(size=10)
        fit = fit_law(michaelis_menten("alanine"), Conditions(levels, nan, none), rates)
        for k, (name, truth) in enumerate((("vmax", 100), ("km_ala", 10))):
            low, high = profile_interval(fit, name)
            held[k] += low < truth < high
    assert np.all(held / repeats > 0.90)
    assert np.all(held / repeats < 0.995)


def test_given_errors_are_weights(plate):
    free = plate[plate["inhibitor"] == ""].reset_index(drop=True)
    spoilt = free.assign(rate_sd=0.04 * free["rate"])
    spoilt.loc[0, "rate"] *= 5
    spoilt.loc[0, "rate_sd"] = 1e4
    found = fit_kinetics(spoilt)
    assert "given" in found.notes[-1]
    assert value(found, "km_ala")["value"] == pytest.approx(simulated.KM_ALA, rel=0.1)


# --- turnover ---
def test_kcat_is_vmax_over_the_enzyme(plate):
    free = plate[plate["inhibitor"] == ""]
    found = fit_kinetics(free, enzyme="20 nmol/L")
    # 180 umol/L/min over 0.02 umol/L is 9000/min.
    assert value(found, "kcat")["value"] == pytest.approx(value(found, "vmax")["value"] / 0.02 / 60)
    assert value(found, "kcat")["unit"] == "1/s"
    ratio = value(found, "kcat_over_km_ala")["value"]
    assert ratio == pytest.approx(value(found, "kcat")["value"] / value(found, "km_ala")["value"])


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"enzyme": "20"}, UnitError, "has no unit"),
        ({"enzyme": "20 mg"}, UnitError, "cannot be turned into"),
        ({"enzyme": "0 umol/L"}, InputError, "not positive"),
        ({"confidence": 2.0}, InputError, "between 0.5 and 0.999"),
        ({"error": "given"}, InputError, "has no sd"),
        ({"sample": "x"}, InputError, "does not name|several|unknown sample"),
    ],
)
def test_options_that_cannot_be(plate, options, error, words):
    with pytest.raises((error, UnknownNameError), match=words):
        fit_kinetics(plate.assign(sample="one"), **options)


# --- every row accounted for ---
def test_rows_that_cannot_be_used_have_a_reason(plate):
    odd = plate.copy()
    odd.loc[0, "rate"] = np.nan
    odd.loc[1, "alanine"] = 0.0
    odd.loc[2, "oxoglutarate"] = np.nan
    found = fit_kinetics(odd)
    left = found.points[~found.points["used"]].set_index("where")["reason"]
    assert left.to_dict() == {
        "1": "no rate",
        "2": "no substrate: a blank, not a rate of the enzyme",
        "3": "oxoglutarate not stated",
    }
    assert set(found.points["where"]) == {str(k + 1) for k in range(len(odd))}


def test_samples_that_cannot_be_fitted_are_left_out_of_a_plate(plate):
    free = plate[plate["inhibitor"] == ""].assign(sample="good")
    poor = free.iloc[:3].assign(sample="poor")
    found = kinetics_of(pd.concat([free, poor]))
    assert [fit.sample for fit in found] == ["good"]
    assert kinetics_of(poor) == ()
    with pytest.raises(InputError, match="several samples; choose one: good, poor"):
        fit_kinetics(pd.concat([free, poor]), name="plate")


def test_rates_in_a_unit_of_the_signal_give_no_kcat(plate):
    with pytest.raises(UnitError, match=r'in "AU/min" and enzyme in "umol/L" give no kcat'):
        fit_kinetics(plate.assign(rate_unit="AU/min"), enzyme="1 umol/L")


def test_rates_of_several_units_are_refused(plate):
    mixed = plate.copy()
    mixed.loc[0, "rate_unit"] = "AU/min"
    with pytest.raises(InputError, match="cannot be fitted together"):
        fit_kinetics(mixed)


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        ("", InputError, "empty"),
        ("alanine (mmol/L),rate (U/L)\n", InputError, "no rates under its headings"),
        ("alanine (mmol/L),speed\n1,2\n", InputError, 'row 1: no column "rate'),
        ("alanine,rate (U/L)\n1,2\n", UnitError, '"alanine" has no unit'),
        ("alanine (g),rate (U/L)\n1,2\n", UnitError, "row 1 column 1: alanine: unit"),
        ("alanine (mmol/L),rate\n1,2\n", UnitError, '"rate" has no unit; write "rate'),
        ("alanine (mmol/L),rate (U/L)\n1,x\n", InputError, 'row 2 column 2: rate "x" is not'),
        ("alanine (mmol/L),rate (U/L)\n-1,2\n", InputError, "row 2 column 1: alanine -1 is neg"),
        ("ala (mM),alanine (mM),rate (U/L)\n1,1,2\n", InputError, "stands twice"),
    ],
)
def test_bad_tables_are_refused_in_one_line(tmp_path, text, error, words):
    path = tmp_path / "rates.csv"
    path.write_text(text)
    with pytest.raises(error, match=words) as caught:
        read_rates(path)
    assert "\n" not in str(caught.value)


def test_nothing_to_fit_is_said():
    rows = [(10.0, 3.0, 0.0)] * 6
    with pytest.raises(InputError, match="nothing to fit; vary alanine"):
        fit_kinetics(frame_of(rows, np.ones(6)))
    negative = [(a, 3.0, 0.0) for a in (1.0, 3.0, 9.0, 27.0)]
    with pytest.raises(InputError, match="no rate is positive"):
        fit_kinetics(frame_of(negative, -np.ones(4)))


def test_the_report_holds_pictures_and_tables(fitted, tmp_path):
    names = {path.name for path in fitted.save(tmp_path)}
    assert {"saturation.png", "saturation-reciprocal.png", "report.html", "laws.csv"} <= names
    assert "dose-response-aminooxyacetate.png" in names
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "Km of alanine" in page
    assert "Lineweaver-Burk view of the same fit" in page
