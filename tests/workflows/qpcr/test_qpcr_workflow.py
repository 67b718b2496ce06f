"""The package's example by RT-qPCR, as it was stored, and real exports of instruments.

The golden file changes only when the example, the reading of Cq or the definitions do. To write it
anew:

    CAHILL_WRITE_GOLDEN=1 .venv/bin/python -m pytest tests/workflows/qpcr
"""

import os
from importlib.resources import files
from pathlib import Path

import pandas as pd
import pytest

from cahill.errors import InputError, UnknownNameError
from cahill.workflows.qpcr import qpcr

GOLDEN = Path(__file__).with_name("golden.csv")
EXAMPLE = Path(str(files("cahill") / "data/examples/qpcr"))
SHARED = Path(__file__).parents[3].parent / "shared" / "data" / "assays" / "qpcr"
RUN, LAYOUT = EXAMPLE / "run.txt", EXAMPLE / "layout.csv"
REFERENCES = ("Actb", "Hprt1", "Tbp")
COLUMNS = ["target", "group", "n", "fold", "low", "high", "log2_sd", "p_adjusted"]
# Made-up folds behind the example.
MADE_UP = {
    ("Gpt", "dexamethasone"): 3.2,
    ("Gpt", "insulin"): 0.6,
    ("Gpt2", "dexamethasone"): 2.2,
    ("Gpt2", "insulin"): 0.75,
}


@pytest.fixture(scope="module")
def result():
    return qpcr((RUN,), layout=(LAYOUT,), reference=REFERENCES, control="vehicle", shares=True)


def test_as_stored(result):
    found = result.to_frame()[COLUMNS]
    if os.environ.get("CAHILL_WRITE_GOLDEN"):
        found.to_csv(GOLDEN, index=False, lineterminator="\n", float_format="%.10g")
    stored = pd.read_csv(GOLDEN)
    assert found[COLUMNS[:3]].to_numpy().tolist() == stored[COLUMNS[:3]].to_numpy().tolist()
    for column in COLUMNS[3:]:
        expected = pytest.approx(stored[column].tolist(), rel=1e-7, nan_ok=True)
        assert found[column].tolist() == expected


@pytest.mark.parametrize("key", MADE_UP, ids=" ".join)
def test_the_made_up_folds_lie_in_the_intervals(result, key):
    row = result.to_frame().set_index(["target", "group"]).loc[key]
    assert row["low"] < MADE_UP[key] < row["high"]


def test_efficiencies_and_shares_come_back(result):
    used = result.efficiencies.drop_duplicates("target").set_index("target")
    for target, truth in (("Gpt", 1.92), ("Gpt2", 1.96), ("Hprt1", 1.90)):
        assert used.loc[target, "used"] == pytest.approx(truth, abs=0.03)
        assert used.loc[target, "used_source"] == "dilution series"
    shares = result.isoforms.set_index(["isoform", "group"])
    own = shares.loc[("ALT1", "vehicle")]
    assert own["low"] < 4000 / 6500 < own["high"]


def test_everything_is_saved(result, tmp_path):
    names = {path.name for path in result.save(tmp_path)}
    tables = ("cq", "relative", "groups", "references", "efficiencies", "controls", "miqe")
    assert {f"{name}.csv" for name in (*tables, "isoforms")} <= names
    assert {"folds.svg", "references.png", "report.html"} <= names
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "Above 1 means more than in vehicle" in page
    assert "MIQE checklist" in page
    assert result.notes[0] == "A fold above 1 (a positive log2) means more than in vehicle."


def test_without_groups_there_are_still_wells_and_efficiencies():
    plain = qpcr((RUN,))
    assert plain.relative.groups.empty
    assert plain.summary().startswith("265 reactions of 5 targets in 12 samples")
    assert plain.plot().axes


def test_what_does_not_exist():
    with pytest.raises(UnknownNameError, match='--reference: unknown reference gene "ACTB"'):
        qpcr((RUN,), layout=(LAYOUT,), reference=("ACTB",), control="vehicle")
    with pytest.raises(InputError, match="2 layouts for 1 files"):
        qpcr((RUN,), layout=(LAYOUT, LAYOUT))
    with pytest.raises(InputError, match="--confidence 95: write a number"):
        qpcr((RUN,), confidence=95)


@pytest.mark.parametrize(
    "name",
    [
        "biorad_melt.rdml",
        "cfx_export.csv",
        "lc96_bACTXY.rdml",
        "quantstudio_export.txt",
        "quantstudio_standard_curve.xlsx",
    ],
)
def test_real_files(name):
    path = SHARED / name
    if not path.exists():
        pytest.skip("shared data are not here")
    found = qpcr((path,))
    assert found.wells["cq"].notna().sum() > 20
    assert found.page().sections
