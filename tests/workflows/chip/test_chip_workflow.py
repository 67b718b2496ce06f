"""The package's ChIP example and the vendor's file through the command, as stored and as known.

To write the golden file anew:

    CAHILL_WRITE_GOLDEN=1 .venv/bin/python -m pytest tests/workflows/chip
"""

import math
import os
from pathlib import Path

import pandas as pd
import pytest

from cahill.errors import InputError
from cahill.io.examples import write_example
from cahill.workflows.chip import chip

GOLDEN = Path(__file__).with_name("golden.csv")
VENDOR = (
    Path(__file__).parents[3].parent / "shared/data/assays/chip/thermo_chip_analysis_example.csv"
)
QPCR = VENDOR.parents[1] / "qpcr/quantstudio_standard_curve.xlsx"
KEYS = ["quantity", "antibody", "target", "group", "unit", "n", "interval"]
TRUTH = {
    ("GR", "vehicle"): 0.08,
    ("GR", "dexamethasone"): 0.60,
    ("ATF4", "vehicle"): 0.20,
    ("ATF4", "dexamethasone"): 0.32,
}


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    folder = tmp_path_factory.mktemp("chip")
    write_example("chip", folder, force=True)
    return chip(folder / "cq.csv", efficiency=("1.95+-0.03",), control="vehicle")


def test_as_stored(result):
    found = result.to_frame()[[*KEYS, "value", "low", "high"]]
    if os.environ.get("CAHILL_WRITE_GOLDEN"):
        found.to_csv(GOLDEN, index=False, lineterminator="\n", float_format="%.12g")
    stored = pd.read_csv(GOLDEN)
    assert found[KEYS].to_numpy().tolist() == stored[KEYS].to_numpy().tolist()
    for column in ("value", "low", "high"):
        assert found[column].tolist() == pytest.approx(stored[column].tolist(), rel=1e-9)


def test_the_made_up_truth_lies_in_the_intervals(result):
    frame = result.to_frame()
    own = frame[(frame["quantity"] == "percent input") & (frame["target"] == "GPT2 promoter")]
    for (antibody, group), truth in TRUTH.items():
        ((low, high),) = own.loc[
            (own["antibody"] == antibody) & (own["group"] == group), ["low", "high"]
        ].to_numpy()
        assert low < truth < high
    (row,) = [
        row
        for row in result.comparisons.to_dict("records")
        if row["antibody"] == "GR" and row["target"] == "GPT2 promoter"
    ]
    assert row["low"] < 0.60 / 0.08 < row["high"]
    assert row["p_adjusted"] < 0.01


def test_everything_is_saved(result, tmp_path):
    names = {path.name for path in result.save(tmp_path)}
    tables = {"results", "replicates", "comparisons", "technical_replicates", "checks"}
    assert {f"{name}.csv" for name in tables} < names
    assert {"report.html", "percent_input.svg", "fold_over_igg.png"} < names
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "Groups against the control" in page
    assert "Thermo Fisher" in page


@pytest.mark.skipif(not VENDOR.exists(), reason="the shared data are not here")
def test_the_vendors_file_as_it_stands():
    result = chip(VENDOR)
    frame = result.to_frame().set_index(["quantity", "antibody"])["value"]
    printed = pd.read_csv(VENDOR).set_index("role")
    # The vendor rounds the adjusted Cq of the input, 26.056, to 26.1.
    rounding = 2 ** (26.1 - (32.7 - math.log2(100)))
    for name in ("Antibody_1", "Antibody_2"):
        fold, percent = frame["fold over IgG", name], frame["percent input", name]
        assert f"{fold:.1f}" == f"{printed.at[name, 'published_fold_over_IgG']:.1f}"
        expected = printed.at[name, "published_percent_input"]
        assert f"{percent * rounding:.1f}" == f"{expected:.1f}"
    assert f"{frame['percent input', 'IgG'] * rounding:.1f}" == "0.3"


@pytest.mark.skipif(not QPCR.exists(), reason="the shared data are not here")
def test_an_instruments_file_with_a_layout(tmp_path):
    layout = tmp_path / "layout.csv"
    layout.write_text(
        "well,role,antibody,target,input_fraction\nA1,ip,GR,x,\nA2,ip,GR,x,\nB1,input,,x,1 %\n"
    )
    result = chip(QPCR, layout=layout)
    assert len(result.sets) == 2
    assert any("not described by the layout" in note for note in result.notes)


@pytest.mark.parametrize("text", ["GPT2 promoter=3", "1", "two", "GPT2 promoter=", "=-2", "1.9+-x"])
def test_an_efficiency_that_cannot_be(text, tmp_path):
    write_example("chip", tmp_path, force=True)
    with pytest.raises(InputError, match="write what a cycle multiplies by"):
        chip(tmp_path / "cq.csv", efficiency=(text,))


@pytest.mark.parametrize(
    "text", ["95%", "1.95", "GPT2 promoter=1.95±0.02", "gene desert = 95 +- 3 %"]
)
def test_an_efficiency_may_be_a_factor_or_a_percentage(text, tmp_path):
    write_example("chip", tmp_path, force=True)
    options = chip(tmp_path / "cq.csv", efficiency=(text,)).provenance.options
    assert "1.95" in options["efficiency"]
