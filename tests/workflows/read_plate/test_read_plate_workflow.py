"""A file of two plates, read and stored as before.

To write the golden file anew:

    CAHILL_WRITE_GOLDEN=1 .venv/bin/python -m pytest tests/workflows/read_plate
"""

import os
from pathlib import Path

import pandas as pd
import pytest

from cahill.errors import CahillError
from cahill.workflows.read_plate import read_plate

HERE = Path(__file__).parent
FILE = HERE / "softmax_utf16.txt"
GOLDEN = HERE / "golden.csv"


@pytest.fixture(scope="module")
def result():
    return read_plate(FILE)


def test_as_stored(result):
    found = result.to_frame()
    few = found[found["well"].isin(["A1", "B7", "H12"])]
    if os.environ.get("CAHILL_WRITE_GOLDEN"):
        few.to_csv(GOLDEN, index=False, lineterminator="\n")
    stored = pd.read_csv(GOLDEN, dtype={"reading": str})
    pd.testing.assert_frame_equal(few.reset_index(drop=True), stored, check_dtype=False)
    assert len(found) == 2 * 96 * 3


def test_the_tidy_table_is_itself_a_file_that_is_read(result, tmp_path):
    path = tmp_path / "readings.csv"
    result.to_frame().to_csv(path, index=False)
    again = read_plate(path).to_frame()
    for column in ("well", "time_s", "value", "unit", "over"):
        assert again[column].tolist() == result.to_frame()[column].tolist()


def test_the_summary_and_the_lines(result):
    assert result.summary() == (
        "SoftMax Pro: 2 plates, 192 wells, 2 readings; none of 576 values beyond the instrument's "
        "range."
    )
    assert '  "340", absorbance, 340 nm, 96 wells, 3 reads in 60 s' in result.lines()[1]


def test_one_plate_of_the_file():
    assert len(read_plate(FILE, plate="2").plates) == 1
    assert read_plate(FILE, plate="softmax_utf16.txt Plate#2").plates[0].name.endswith("Plate#2")
    with pytest.raises(CahillError, match="has 2 plates; --plate 3 is none of them"):
        read_plate(FILE, plate="3")
    with pytest.raises(CahillError, match='unknown plate "Plate#9"'):
        read_plate(FILE, plate="Plate#9")


def test_everything_is_saved(result, tmp_path):
    names = {path.name for path in result.save(tmp_path)}
    tables = {"readings.csv", "wells.csv", "facts.csv", "report.html"}
    pictures = {f"plate{k}-1-340.{kind}" for k in (1, 2) for kind in ("svg", "png")}
    assert names == tables | pictures
    wells = pd.read_csv(tmp_path / "wells.csv")
    assert wells.loc[wells["well"] == "A1", "label"].tolist() == ["Standards 1 St01"] * 2
    assert "softmax_utf16.txt" in result.provenance.inputs
