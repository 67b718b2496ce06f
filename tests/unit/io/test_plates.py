"""Plates from files: marks beyond the range, bad input, and the real exports."""

import datetime as dt
from pathlib import Path

import numpy as np
import openpyxl
import pytest

from cahill.errors import InputError
from cahill.io.plates import read_plates

SHARED = Path(__file__).parents[3].parent / "shared" / "data" / "assays" / "plate"
NEEDS_DATA = pytest.mark.skipif(not SHARED.exists(), reason="the shared data are not here")

HEAD = "\t" + "\t".join(map(str, range(1, 13)))


def block(first="0.5", rows=8):
    lines = [HEAD]
    for row in range(rows):
        cells = [first if (row, column) == (0, 0) else "0.25" for column in range(12)]
        lines.append("\t".join(["ABCDEFGH"[row], *cells]))
    return "\n".join(lines) + "\n"


def read(folder, content, name="plate.txt"):
    path = folder / name
    path.write_text(content, encoding="utf-8")
    return read_plates(path)


@pytest.mark.parametrize("mark", ["OVRFLW", "OVER", "#SAT", ">4.000", "*****", "Overflow"])
def test_marks_beyond_the_range(mark, tmp_path):
    reading = read(tmp_path, block(mark))[0].readings[0]
    assert reading.over[0, 0]
    assert np.isnan(reading.values[0, 0])
    assert reading.over.sum() == 1


@pytest.mark.parametrize("mark", ["?????", "N/A", "MISSED", "<0.000", "Invalid"])
def test_marks_of_no_reading(mark, tmp_path):
    reading = read(tmp_path, block(mark))[0].readings[0]
    assert not reading.over.any()
    assert np.isnan(reading.values[0, 0])


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (block("abc"), r'plate.txt row 2 column 2: "abc" is not a reading'),
        (block().replace("B\t", "A\t"), "row 3: row A of the plate stands twice"),
        (block().replace("C\t", "C\t0.1\t0.2\t"), "row 4: it has more cells than the 12 columns"),
        ("well\tvalue\nA1\t0.1\nA1\t0.2\n", "row 3: well A1 stands twice; keep one"),
        ("well\tvalue\nA1\t0.1\nZZ9\t0.2\n", 'well "ZZ9" is not on a 1536-well plate'),
        ("well\tvalue\nA1\t0.1\n1.00E+03\t0.2\n", "is what a spreadsheet made of it"),
        ("well\tvalue\nA1\t0.1\nfirst\t0.2\n", '"first" is not a well'),
        ("Time (s)\tA1\tA01\n0\t0.1\t0.2\n", "row 1 column 3: well A1 stands twice"),
        ("Time\tA1\n0\t0.1\n30\t0.2\n", "the time 0 has no unit"),
        ("Time (s)\tA1\n0\t0.1\n0\t0.2\n", "row 3: its time is not later"),
        ("Time (s),A1,A2\n0,0,123,0,234\n30,0,1,0,2\n", "5 cells under 3 headings"),
        ("well;A340\nA1;1,234\nA2;2,345\n", '"1,234" can be two numbers'),
        ("a\tb\nc\td\n", "is in no form that is known; known are .*Gen5.*SoftMax Pro"),
        ("##BLOCKS= 1\nNote:\nx\n~End\n", "looks like SoftMax Pro but holds no readings"),
    ],
)
def test_bad_input_is_one_line_with_its_place(content, words, tmp_path):
    with pytest.raises(InputError, match=words) as caught:
        read(tmp_path, content)
    assert "\n" not in str(caught.value)


def test_a_value_that_became_a_date_is_refused_with_sheet_and_cell(tmp_path):
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append(["", 1, 2, 3])
    sheet.append(["A", 0.1, 0.2, dt.datetime(2024, 3, 1)])
    book.save(tmp_path / "book.xlsx")
    with pytest.raises(InputError, match=r"book.xlsx sheet Sheet cell D2: .* is a date"):
        read_plates(tmp_path / "book.xlsx")


def test_a_name_that_became_a_date_is_noted_with_sheet_and_cell(tmp_path):
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for row in (["well", "A340", "sample"], ["A1", 0.1, dt.datetime(2024, 3, 1)]):
        sheet.append(row)
    book.save(tmp_path / "book.xlsx")
    (plate,) = read_plates(tmp_path / "book.xlsx")
    assert any("cell C2" in note and "looks like a date" in note for note in plate.notes)


def test_a_signal_that_nothing_names_is_noted(tmp_path):
    (plate,) = read(tmp_path, block())
    assert plate.readings[0].signal == "absorbance"
    assert any("names no signal" in note for note in plate.notes)
    (bright,) = read(tmp_path, block("25000"))
    assert bright.readings[0].signal == "fluorescence"


def test_a_plate_of_24_wells(tmp_path):
    rows = "\n".join(f"{letter},0.1,0.2,0.3,0.4,0.5,0.6" for letter in "ABCD")
    (plate,) = read(tmp_path, f",1,2,3,4,5,6\n{rows}\n", "p.csv")
    assert (plate.rows, plate.columns) == (4, 6)


@NEEDS_DATA
def test_gen5_kinetic_export():
    (plate,) = read_plates(SHARED / "gen5_kinetic_standard_curve.txt")
    reading = plate.reading("420")
    assert reading.values.shape == (13, 96)
    assert reading.times[:, 0].tolist() == [150.0 * k for k in range(13)]
    assert reading.of(("A1",)).values[[0, -1], 0].tolist() == [0.069, 0.992]
    assert plate.labels["A1"] == "STD12"
    assert plate.concentrations["A1"] == 40.0
    assert len(plate.concentrations) == 24
    assert plate.reported["Mean V [420]"]["F2"] == "33.864"
    assert plate.reported["[Concentration]"]["A2"] == ">40.000"
    assert plate.facts["Curve R2"] == "0.995"
    assert any("announces 61 reads, the table has 13" in note for note in plate.notes)


@NEEDS_DATA
def test_gen5_endpoint_export():
    (plate,) = read_plates(SHARED / "gen5_endpoint_pathlength.txt")
    waves = [reading.wavelength for reading in plate.readings]
    assert waves == [977.0, 900.0, 260.0, 280.0, 230.0]
    reading = plate.reading("260:977 [Test]")
    assert reading.of(("G12",)).values.item() == 0.089
    assert reading.temperature == pytest.approx([26.3])
    assert plate.reported["260:Pathlength"]["G12"] == "0.284"
    assert plate.labels["H12"] == "BLK"


@NEEDS_DATA
def test_tecan_spark_export():
    (plate,) = read_plates(SHARED / "tecan_spark.xlsx")
    reading = plate.readings[0]
    assert (reading.name, reading.wavelength) == ("Label 1", 420.0)
    assert reading.values.shape == (61, 45)
    assert reading.times[[1, -1], 0].tolist() == [29.849, 1799.891]
    assert reading.of(("A1", "A4")).values[0].tolist() == [0.9969, 0.1419]
    assert reading.temperature is not None
    assert reading.temperature[0] == 24.7


@NEEDS_DATA
def test_named_traces():
    (plate,) = read_plates(SHARED / "nadh_traces_9.csv")
    reading = plate.readings[0]
    assert reading.values.shape == (76, 9)
    assert plate.labels["A9"] == "500 uM"
    assert reading.of(("A9",)).values[[0, -1], 0].tolist() == [1.3975, 0.8212]
