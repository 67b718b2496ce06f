"""Amplex Red: pyruvate off the standards, rates and endpoints, marks and faults."""

import numpy as np
import pytest

from cahill.assays.activity.activity_settings import Settings
from cahill.assays.activity.alt_activity import alt_activity
from cahill.core.layout import Layout, WellContent
from cahill.core.plate import Plate, Reading
from cahill.errors import InputError

TIMES = np.arange(0, 1800, 120.0)
VOLUMES = {"sample_volume": "50 uL", "total_volume": "100 uL"}
AMOUNTS = (0, 2, 4, 6, 8, 10)
# Signals of x nmol, AU.
SIGNAL = np.poly1d([0.1, 0.06])


def made(rates, *, standards=True, curve=SIGNAL, times=TIMES, noise=5e-4, start=0.2, **kind):
    """Plate and layout: standards in rows A and B, wells that make `rates` nmol/min below."""
    rng = np.random.default_rng(3)
    contents, columns = {}, []
    for k, amount in enumerate(AMOUNTS):
        for row in "AB" * standards:
            fields = {"role": "standard", "standard": f"{amount} nmol"}
            contents[f"{row}{k + 1}"] = fields
            columns.append(np.full(times.size, float(amount)))
    for well, (fields, rate) in rates.items():
        contents[well] = {**VOLUMES, **fields}
        columns.append(start + rate * (times + 60) / 60)
    values = curve(np.array(columns).T) + noise * rng.standard_normal((times.size, len(columns)))
    grid = np.repeat(times[:, None], len(columns), axis=1)
    options = {"signal": "absorbance", "wavelength": 570.0} | kind
    reading = Reading(
        "570",
        options["signal"],
        tuple(contents),
        values,
        grid,
        np.zeros(values.shape, bool),
        options["wavelength"],
        options.get("emission"),
        np.full(times.size, 37.0),
    )
    wells = [WellContent(w, f, f"layout.csv row {k}") for k, (w, f) in enumerate(contents.items())]
    return Plate("plate.txt", 8, 12, (reading,)), Layout("layout.csv", 8, 12, tuple(wells))


def sample(name="a", **fields):
    return {"role": "sample", "sample": name, **fields}


RATES = {
    "C1": (sample(), 0.2),
    "C2": (sample(), 0.202),
    "C3": ({"role": "sample_blank", "sample": "a"}, 0.02),
    "D1": (sample("b"), 0.05),
    "D2": (sample("b"), 0.0505),
    "E1": ({"role": "blank"}, 0.004),
}


def row(result, sample):
    frame = result.to_frame()
    return frame[frame["sample"] == sample].iloc[0]


def test_one_unit_is_a_micromole_of_pyruvate_a_minute():
    result = alt_activity(*made(RATES))
    assert result.assay == "amplex-red"
    # 0.181 nmol/min in 50 uL.
    a = row(result, "a")
    assert a["activity_u_per_l"] == pytest.approx(0.181 / 50 * 1000, rel=0.01)
    assert a["activity_u_per_l_low"] < 3.62 < a["activity_u_per_l_high"]
    assert row(result, "b")["activity_u_per_l"] == pytest.approx(0.04625 / 50 * 1000, rel=0.02)
    assert result.standards is not None
    assert result.standards.curve.shape == "linear"
    assert result.standards.table["within_80_120"].dropna().all()


def test_a_bent_curve_gives_the_same_activity():
    bent = np.poly1d([-0.003, 0.13, 0.06])
    a = row(alt_activity(*made(RATES, curve=bent)), "a")
    assert a["activity_u_per_l"] == pytest.approx(3.62, rel=0.02)


def test_fluorescence_that_bends_is_an_inner_filter():
    bent = np.poly1d([-3.0, 90.0, 20.0])
    kind = {"signal": "fluorescence", "wavelength": 535.0, "emission": 587.0}
    result = alt_activity(*made(RATES, curve=bent, noise=0.5, **kind))
    assert any("inner-filter" in note for note in result.notes)


def test_standards_that_turn_back_are_told():
    bent = np.poly1d([-0.02, 0.26, 0.06])
    result = alt_activity(*made(RATES, curve=bent))
    assert any("turn back at 8" in note for note in result.notes)


def test_reads_above_the_standards_are_left_out_where_enough_remain():
    fast = alt_activity(*made({**RATES, "C1": (sample(), 0.6), "C2": (sample(), 0.6)}))
    wells = fast.wells.set_index("well")
    assert wells.loc["C1", "reads_used"] < TIMES.size
    assert row(fast, "a")["verdict"] == ""
    assert row(fast, "a")["activity_u_per_l"] == pytest.approx(0.58 / 50 * 1000, rel=0.02)


def test_a_curve_that_does_not_bracket_the_sample_marks_the_answer():
    wells = {"C1": (sample(), 0.1), "C2": (sample(), 0.1)}
    result = alt_activity(*made(wells, start=12.0))
    assert "extrapolated" in row(result, "a")["verdict"]
    assert row(result, "a")["activity_u_per_l"] == pytest.approx(2.0, rel=0.1)
    quality = result.quality.set_index("criterion")
    assert quality.loc["wells beyond the standards", "met"] == False  # noqa: E712


def test_one_read_needs_the_duration():
    once = made(RATES, times=np.array([1740.0]), start=0.0)
    plate, layout = once
    with pytest.raises(InputError, match="was read once; give --duration"):
        alt_activity(plate, layout)
    a = row(alt_activity(plate, layout, Settings(duration=30.0)), "a")
    assert a["activity_u_per_l"] == pytest.approx(3.62, rel=0.02)


def test_two_reads_are_a_difference():
    a = row(alt_activity(*made(RATES, times=np.array([0.0, 1500.0]))), "a")
    assert a["activity_u_per_l"] == pytest.approx(3.62, rel=0.02)


def test_standards_may_be_rates():
    plate, layout = made(RATES)
    reading = plate.readings[0]
    # Turn the standards into enzyme: their signal rises in proportion to the amount.
    values = reading.values.copy()
    for k, well in enumerate(reading.wells):
        if well[0] in "AB":
            amount = AMOUNTS[int(well[1:]) - 1]
            values[:, k] = 0.06 + 0.002 * amount * TIMES / 60 + values[:, k] - SIGNAL(amount)
    enzyme = Reading("570", "absorbance", reading.wells, values, reading.times, reading.over, 570.0)
    result = alt_activity(
        Plate("plate.txt", 8, 12, (enzyme,)), layout, Settings(standards="rate", rates="mean")
    )
    assert result.unit == "nmol"
    assert row(result, "b")["rate"] == pytest.approx(0.05025 * 0.1 / 0.002, rel=0.02)


def test_concentrations_need_a_volume():
    plate, layout = made(RATES)
    contents = [
        WellContent(c.well, {**c.fields, "standard": "40 umol/L"}, c.where)
        if c.text("role") == "standard"
        else c
        for c in layout
    ]
    with pytest.raises(InputError, match=r"layout.csv row 0: the standard is a concentration"):
        alt_activity(plate, Layout("layout.csv", 8, 12, tuple(contents)))


def test_missing_standards_are_told():
    with pytest.raises(InputError, match=r"layout\.csv: no standards; give wells the role"):
        alt_activity(*made(RATES, standards=False))


def test_labels_give_amounts_of_unknown_unit_and_no_units_per_litre():
    plate, _ = made(RATES)
    labels, amounts = {}, {}
    for well in plate.wells:
        if well[0] in "AB":
            labels[well] = f"STD{well[1:]}"
            amounts[well] = float(AMOUNTS[int(well[1:]) - 1])
        else:
            labels[well] = f"SPL{well}"
    named = Plate("plate.txt", 8, 12, plate.readings, labels, amounts)
    result = alt_activity(named)
    assert result.unit == "unit of the standards/min"
    assert any("U/L is not computed" in note for note in result.notes)
    assert row(result, "SPLC1")["rate"] == pytest.approx(0.2, rel=0.02)


def test_no_zero_standard_is_told():
    plate, layout = made(RATES)
    contents = [c for c in layout if c.text("standard") != "0 nmol"]
    result = alt_activity(plate, Layout("layout.csv", 8, 12, tuple(contents)))
    assert any("no zero standard" in note for note in result.notes)
