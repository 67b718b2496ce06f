"""The example's blots from picture to fold, as they were stored, and everything that can be wrong.

The golden file changes only when the example or the definitions do. To write it anew:

    CAHILL_WRITE_GOLDEN=1 .venv/bin/python -m pytest tests/workflows/western
"""

import os
import shutil
from importlib.resources import files
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tifffile
from PIL import Image

from cahill.errors import CahillError
from cahill.workflows.western import western

GOLDEN = Path(__file__).with_name("golden.csv")
EXAMPLE = Path(str(files("cahill") / "data/examples/western"))
TRUTH = {"ALT1": 2.5, "ALT2": 2.0}
COLUMNS = ["fold", "low", "high", "log_sd"]


@pytest.fixture(scope="module")
def result():
    return western(EXAMPLE / "lanes.csv", control="vehicle")


@pytest.fixture
def study(tmp_path):
    """Return a copy of the example's first blot and a way to change its tables."""
    folder = tmp_path / "study"
    shutil.copytree(EXAMPLE, folder)

    def change(name, old, new):
        path = folder / name
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))
        return folder / "lanes.csv"

    return change


def test_as_stored(result):
    found = result.folds[["target", "group", "n", *COLUMNS]]
    if os.environ.get("CAHILL_WRITE_GOLDEN"):
        found.to_csv(GOLDEN, index=False, lineterminator="\n", float_format="%.10g")
    stored = pd.read_csv(GOLDEN)
    keys = ["target", "group", "n"]
    assert found[keys].to_numpy().tolist() == stored[keys].to_numpy().tolist()
    for column in COLUMNS:
        assert found[column].tolist() == pytest.approx(stored[column].tolist(), rel=1e-4, abs=1e-9)


def test_the_truth_lies_in_the_intervals(result):
    own = result.folds.set_index(["target", "group"])
    for target, fold in TRUTH.items():
        row = own.loc[(target, "dexamethasone")]
        assert row["low"] < fold < row["high"]
        assert row["n"] == 6
        assert "mixed model" in row["method"]
        assert row["p_adjusted"] < 0.01


def test_bands_of_every_lane(result):
    assert [len(blot.lanes) for blot in result.blots] == [12, 8]
    targets = result.values[result.values["role"] == "sample"]
    assert targets["seen"].all()
    masses = result.bands[result.bands["lane"] == 1].groupby("image")["kda"].apply(list)
    for kda in masses:
        assert kda == pytest.approx([100, 75, 63, 48, 35, 25], rel=0.02)
    assert set(result.ranges["target"]) == {"ALT1", "ALT2", "actin"}
    assert (result.ranges["loads"] == "5, 10, 20, 40").all()


def test_hand_over_to_the_cycle(result):
    names = ["isoform", "group", "fold", "low", "high", "log_sd", "kind"]
    assert result.isoforms.columns.tolist() == names
    assert set(result.isoforms["kind"]) == {"fold"}


def test_everything_is_saved(result, tmp_path):
    names = {path.name for path in result.save(tmp_path)}
    tables = ("bands", "lanes", "folds", "replicates", "isoforms", "linear_ranges")
    assert {f"{name}.csv" for name in tables} < names
    assert {"report.html", "folds.png", "blot_1.svg", "profiles_2.svg"} < names
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "saturated bands" in page
    assert set(result.provenance.inputs) == {
        *("lanes.csv", "targets.csv", "blot_a.tif", "blot_b.tif")
    }


def test_exposure_changes_no_fold(study, result):
    path = study("lanes.csv", "B,1", "B,1")
    for name in ("blot_a.tif", "blot_b.tif"):
        counts = tifffile.imread(path.with_name(name))
        tifffile.imwrite(path.with_name(name), (3 * counts).astype(np.uint16))
    found = western(path, control="vehicle").folds
    assert found["fold"].tolist() == pytest.approx(result.folds["fold"].tolist(), rel=2e-3)


def test_a_picture_alone_lists_bands():
    result = western(EXAMPLE / "blot_b.tif")
    assert len(result.to_frame()) == 6 + 7 * 3
    assert result.summary().startswith("27 bands in 8 lanes of 1 picture")
    assert len(western(EXAMPLE / "blot_b.tif", background="valley").bands) == 27


def test_accepted_8_bit_is_marked_everywhere(tmp_path):
    counts = tifffile.imread(EXAMPLE / "blot_b.tif").astype(float)
    path = tmp_path / "small.png"
    Image.fromarray((counts / counts.max() * 255).astype(np.uint8)).save(path)
    result = western(path, accept_8_bit=True)
    assert "NOT quantitative" in result.summary()
    assert "NOT quantitative" in result.notes[0]
    assert not result.linear


def test_saturated_bands_are_named(study):
    path = study("lanes.csv", "B,1", "B,1")
    counts = tifffile.imread(path.with_name("blot_a.tif"))
    tifffile.imwrite(path.with_name("blot_a.tif"), np.minimum(counts, 4095).astype(np.uint16))
    result = western(path, control="vehicle")
    assert "saturated" in result.summary()
    assert any("saturated: a lower bound" in note for note in result.notes)
    assert result.folds["note"].str.contains("saturated: not a measure").any()


@pytest.mark.parametrize(
    ("name", "old", "new", "control", "message"),
    [
        ("lanes.csv", "vehicle", "vehicle", "vehicel", 'unknown control group "vehicel"; did you'),
        (
            "lanes.csv",
            "A,12,pool,,,standard,40,\n",
            "",
            None,
            r"blot_a\.tif: 12 lanes found, but 11",
        ),
        ("targets.csv", "A,blot_a.tif,58 kDa", "A,blot_a.tif,9", None, "band 9 asked for, but 3"),
        ("targets.csv", "A,blot_a.tif,58 kDa", "A,blot_a.tif,90 kDa", None, "no band at 90 kDa"),
        (
            "targets.csv",
            "A,blot_a.tif,58 kDa",
            "A,blot_a.tif,Rf .9-.95",
            None,
            "no band at Rf 0.90",
        ),
        (
            "targets.csv",
            "A,blot_a.tif,58 kDa",
            "A,none.tif,58 kDa",
            None,
            "none.tif cannot be read",
        ),
        ("lanes.csv", "100 75 63 48", "250 150 100 75 63 48", None, "8 masses given, but 6 bands"),
    ],
)
def test_faults_in_one_line(study, name, old, new, control, message):
    with pytest.raises(CahillError, match=message) as error:
        western(study(name, old, new), control=control)
    assert "\n" not in str(error.value)


def test_options_that_do_not_fit():
    with pytest.raises(CahillError, match="--control needs a layout"):
        western(EXAMPLE / "blot_a.tif", control="vehicle")
    with pytest.raises(CahillError, match="--lanes is for a picture alone"):
        western(EXAMPLE / "lanes.csv", lanes=12)
    with pytest.raises(CahillError, match="12 lanes found, but 30 asked for"):
        western(EXAMPLE / "blot_a.tif", lanes=30)


def test_a_lane_without_its_normaliser(study):
    path = study("lanes.csv", "B,1", "B,1")
    counts = tifffile.imread(path.with_name("blot_a.tif"))
    whole = western(path, control="vehicle")
    own = whole.values.query("blot == 'A' and target == 'actin' and lane == 4").iloc[0]
    # Rub the band out: the rows below it show bare membrane.
    height = own["bottom"] - own["top"] + 12
    top, left, right = own["top"] - 6, own["left"] - 3, own["right"] + 4
    counts[top : top + height, left:right] = counts[top + 60 : top + 60 + height, left:right]
    tifffile.imwrite(path.with_name("blot_a.tif"), counts)
    result = western(path, control="vehicle")
    assert any("actin, lane 4: no actin band" in note for note in result.notes)
    assert result.folds["note"].str.contains("1 lane without a ratio left out").any()
    assert result.folds["n"].min() == 5
