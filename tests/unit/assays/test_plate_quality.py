"""Verdicts on plates made with a known fault."""

import math

import numpy as np
import pandas as pd
import pytest

from cahill.assays.activity.plate_quality import plate_quality
from cahill.core.plate import well_name
from cahill.errors import InputError


def plate(seed=0, sd=2.0, blank=5.0, high=100.0):
    """Return 96 wells: columns 1 and 12 controls and blanks mixed, the rest samples in fours."""
    rng = np.random.default_rng(seed)
    order = rng.permutation(96)
    rows = []
    for place, k in enumerate(order):
        row, column = divmod(int(k), 12)
        if place < 12:
            role, sample, mean = "positive", "high", high
        elif place < 24:
            role, sample, mean = "blank", "", blank
        else:
            role, sample, mean = "sample", f"s{place % 18}", 40 + 2 * (place % 18)
        rows.append((well_name(row, column), row, column, role, sample, mean + sd * rng.normal()))
    names = ["well", "row", "column", "role", "sample", "signal"]
    frame = pd.DataFrame(rows, columns=names)
    return frame.sort_values(["row", "column"]).reset_index(drop=True)


def verdict(quality, criterion):
    return quality.verdicts.set_index("criterion").loc[criterion]


def test_a_good_plate_meets_everything():
    quality = plate_quality(plate())
    assert quality.met is True
    assert quality.notes == ()
    assert len(quality.wells) == 96
    assert any("Zhang" in line for line in quality.sources)


def test_z_prime_is_that_of_its_definition():
    frame = plate(sd=6.0)
    high = frame.loc[frame["role"] == "positive", "signal"]
    low = frame.loc[frame["role"] == "blank", "signal"]
    expected = 1 - 3 * (high.std() + low.std()) / abs(high.mean() - low.mean())
    assert verdict(plate_quality(frame), "Z'")["value"] == pytest.approx(expected)


def test_one_spoilt_well_spoils_z_prime_but_not_the_robust_one():
    frame = plate()
    frame.loc[frame.index[frame["role"] == "positive"][0], "signal"] = 300.0
    quality = plate_quality(frame)
    assert not verdict(quality, "Z'")["met"]
    assert verdict(quality, "robust Z'")["met"]


@pytest.mark.parametrize("factor", [1e-3, 1.0, 1e4])
def test_the_unit_of_the_signal_changes_no_verdict(factor):
    frame = plate(seed=3)
    one, other = plate_quality(frame), plate_quality(frame.assign(signal=frame["signal"] * factor))
    left = one.verdicts.loc[one.verdicts["criterion"] != "signal window", "value"]
    right = other.verdicts.loc[left.index, "value"]
    assert left.to_numpy(float) == pytest.approx(right.to_numpy(float), nan_ok=True)


def edge_of(frame):
    row, column = frame["row"], frame["column"]
    return (row == 0) | (row == 7) | (column == 0) | (column == 11)


FAULTS = {
    "edge against interior": lambda f: f["signal"] * (1 + 0.5 * edge_of(f)),
    "row effect": lambda f: f["signal"] * (1 + 0.5 * (f["row"] == 3)),
    "column effect": lambda f: f["signal"] * (1 + 0.5 * (f["column"] == 6)),
    "drift in reading order": lambda f: f["signal"] + 30 * np.linspace(-1, 1, len(f)),
}


@pytest.mark.parametrize("criterion", FAULTS)
def test_faults_of_place_are_found(criterion):
    frame = plate(seed=1)
    quality = plate_quality(frame.assign(signal=FAULTS[criterion](frame)))
    row = verdict(quality, criterion)
    assert row["met"] is False
    assert any(criterion in note for note in quality.notes)


@pytest.mark.parametrize("seed", range(5))
def test_noise_alone_is_no_fault_of_place(seed):
    quality = plate_quality(plate(seed=seed, sd=6.0))
    for criterion in FAULTS:
        assert verdict(quality, criterion)["met"] is True


def test_a_layout_in_columns_is_no_column_effect():
    frame = plate()
    frame["role"], frame["sample"] = "sample", frame["column"].astype(str)
    rng = np.random.default_rng(2)
    frame["signal"] = 10.0 * (1 + frame["column"]) + rng.normal(size=len(frame))
    quality = plate_quality(frame)
    row = verdict(quality, "column effect")
    assert row["met"] is None
    assert "too close to tell" in row["detail"]
    assert verdict(quality, "row effect")["met"] is True


def test_what_cannot_be_judged_is_not():
    frame = plate().iloc[:4].assign(sample=list("abcd"), role="sample")
    quality = plate_quality(frame)
    assert quality.met is None
    assert quality.verdicts["met"].isna().all()
    assert math.isnan(verdict(quality, "Z'")["value"])


def test_rates_are_judged_before_signals_and_empty_wells_not():
    frame = plate().assign(rate=lambda f: f["signal"] / 10)
    frame.loc[0, "role"] = "empty"
    quality = plate_quality(frame)
    assert quality.signal == "rate"
    assert len(quality.wells) == 95


def test_replicates_that_scatter_are_said():
    quality = plate_quality(plate(sd=25.0))
    assert verdict(quality, "replicate CV")["met"] is False
    assert any("pipetting" in note for note in quality.notes)


def test_blanks_that_drift_are_said():
    frame = plate()
    blank = frame["role"] == "blank"
    frame.loc[blank, "signal"] += np.linspace(0, 40, blank.sum())
    assert verdict(plate_quality(frame), "drift of the blanks")["met"] is False


def test_a_frame_without_its_columns_is_refused():
    with pytest.raises(InputError, match="lacks the column row"):
        plate_quality(plate().drop(columns=["row"]))
    with pytest.raises(InputError, match="neither rate nor signal"):
        plate_quality(plate().drop(columns=["signal"]))
