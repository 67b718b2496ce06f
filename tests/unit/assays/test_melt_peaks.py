"""Melt peaks: products, by-products, contamination."""

import sys
from pathlib import Path

import numpy as np
import pytest

from cahill.assays.amplification.melt import PEAK_COLUMNS, melt_peaks
from cahill.core.amplification import MeltCurves, QpcrRun, Reaction

sys.path.insert(0, str(Path(__file__).parents[3] / "benchmarks"))
from simulated.amplification import simulate_melt

ROWS = (
    ("A1", "sample", 84.0, np.nan, 1.0),
    ("A2", "sample", 84.2, np.nan, 1.0),
    ("A3", "sample", 84.1, 77.0, 1.0),
    ("A4", "sample", 80.0, np.nan, 1.0),
    ("B1", "ntc", 76.5, np.nan, 0.3),
    ("B2", "ntc", 84.1, np.nan, 0.3),
    ("B3", "ntc", np.nan, np.nan, 0.0),
)


@pytest.fixture
def peaks():
    melting = np.array([row[2:4] for row in ROWS])
    height = np.array([[row[4], 0.5 * row[4]] for row in ROWS])
    curves = simulate_melt(np.random.default_rng(4), melting, height)
    reactions = tuple(Reaction(well, "Gpt", "", role) for well, role, *_ in ROWS)  # pyright: ignore
    run = QpcrRun(
        "made", reactions, np.empty(0), np.empty((7, 0)), "none", melt=MeltCurves(*curves)
    )
    found = melt_peaks(run)
    assert found is not None
    return found


def test_each_product_is_found_and_judged(peaks):
    assert list(peaks.peaks) == list(PEAK_COLUMNS)
    assert peaks.expected["Gpt"] == pytest.approx(84.0, abs=0.2)
    first = peaks.peaks.drop_duplicates("well").set_index("well")
    assert first.loc["A1", "tm"] == pytest.approx(84.0, abs=0.2)
    assert first.loc["A1", "verdict"] == ""
    assert first.loc["A4", "verdict"].startswith("another product: -4")
    assert first.loc["B1", "verdict"] == "a by-product (primer dimer)"
    assert first.loc["B2", "verdict"] == "the product itself: contamination"
    assert first.loc["B3", "verdict"] == ""


def test_a_second_product_is_said(peaks):
    second = peaks.peaks[(peaks.peaks["well"] == "A3") & (peaks.peaks["peak"] == 2)]
    assert second["verdict"].tolist() == ["a second product"]
    assert second["tm"].iloc[0] == pytest.approx(77.0, abs=0.4)
    assert second["share"].iloc[0] == pytest.approx(1 / 3, abs=0.12)


def test_nothing_melted_gives_nothing():
    run = QpcrRun("made", (Reaction("A1"),), np.empty(0), np.empty((1, 0)), "none")
    assert melt_peaks(run) is None
