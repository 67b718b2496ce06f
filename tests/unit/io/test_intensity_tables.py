"""Tables of peak intensities, in every format, and their faults."""

import numpy as np
import pandas as pd
import pytest

from cahill.errors import InputError
from cahill.io.intensity_tables import read_intensities

HEAD = "sample,metabolite,formula,charge,isotopologue,intensity\n"
ROWS = "a,Pyr,C3H3O3,-1,0,10\na,Pyr,C3H3O3,-1,1,2.5\n"


def read(tmp_path, text, name="data.csv", **tables):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return read_intensities(path, **tables)


def message(tmp_path, text, **tables):
    with pytest.raises(InputError) as fault:
        read(tmp_path, text, **tables)
    return str(fault.value)


def test_columns_are_read_whatever_their_order_and_further_ones_are_kept(tmp_path):
    table = read(
        tmp_path,
        "# made up\n\nIntensity,time h,Isotopologue,Metabolite,Formula\n10,3,0,Pyr,C3H3O3\n",
    )
    row = table.frame.iloc[0]
    assert (row["intensity"], row["metabolite"], row["sample"], row["charge"]) == (10, "Pyr", "", 0)
    assert table.annotations == ("time_h",)
    assert table.where(0) == "data.csv row 4"


@pytest.mark.parametrize("mark", [",", "\t", ";"])
def test_the_separator_is_found(tmp_path, mark):
    table = read(tmp_path, (HEAD + ROWS).replace(",", mark), "data.txt")
    assert table.frame["intensity"].tolist() == [10, 2.5]
    assert table.frame["charge"].tolist() == [-1, -1]


def test_a_workbook_gives_the_same_table(tmp_path):
    text = read(tmp_path, HEAD + ROWS)
    frame = pd.read_csv(tmp_path / "data.csv")
    frame.to_excel(tmp_path / "data.xlsx", index=False)
    book = read_intensities(tmp_path / "data.xlsx")
    pd.testing.assert_frame_equal(book.frame, text.frame)
    assert book.where(1).startswith("data.xlsx, sheet Sheet1 row 3")
    assert book.rows.tolist() == text.rows.tolist()


def test_measurement_files_of_isocor_are_read(tmp_path):
    """Columns as its manual describes them (doc/tutorials.rst, "Measurements file")."""
    (tmp_path / "met.dat").write_text("name\tformula\tcharge\tinchi\nFum\tC4H3O4\t-1\t\n")
    (tmp_path / "der.dat").write_text("name\tformula\nTMS\tC3H9Si\n")
    text = (
        "sample\tmetabolite\tderivative\tisotopologue\tarea\tresolution\n"
        "S1\tFum \tTMS\t0\t376000\t70000\nS1\tFum \t\t0\t235000\t70000\n"
    )
    table = read(
        tmp_path,
        text,
        "data.tsv",
        metabolites=tmp_path / "met.dat",
        derivatives=tmp_path / "der.dat",
    )
    assert table.frame["formula"].tolist() == ["C4H3O4"] * 2
    assert table.frame["derivative"].tolist() == ["C3H9Si", ""]
    assert table.frame["charge"].tolist() == [-1, -1]
    assert table.frame["intensity"].tolist() == [376000, 235000]
    assert table.annotations == ("resolution",)


@pytest.mark.parametrize(("text", "value"), [("-1", -1), ("2+", 2), ("+2", 2), ("1-", -1)])
def test_charges_are_written_in_many_ways(tmp_path, text, value):
    table = read(tmp_path, HEAD + f"a,Pyr,C3H3O3,{text},0,10\n")
    assert table.frame["charge"].tolist() == [value]


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("a,Pyr,C3H3O3,-1,0,-3\n", "intensity -3 is negative; give the peak before any "),
        ("a,Pyr,C3H3O3,-1,0,1e4x\n", 'intensity "1e4x" is not a number'),
        ("a,Pyr,C3H3O3,-1,0,inf\n", 'intensity "inf" is not a number'),
        ("a,Pyr,C3H3O3,-1,0,\n", "intensity is blank; write 0 where nothing was seen"),
        ("a,,C3H3O3,-1,0,1\n", "metabolite is blank"),
        ("a,Pyr,C3H3O3,zero,0,1\n", 'charge "zero" is no charge; write -1, 1 or 2'),
        ("a,Pyr,C3H3O3,0,0,1\n", 'charge "0" is no charge'),
    ],
)
def test_a_bad_cell_names_its_row(tmp_path, row, fault):
    text = message(tmp_path, HEAD + ROWS + row)
    assert text.startswith("data.csv row 4: ")
    assert fault in text
    assert "\n" not in text


def test_every_fault_is_a_line_up_to_a_number(tmp_path):
    lines = message(tmp_path, HEAD + "a,Pyr,C3H3O3,-1,0,x\n" * 30).splitlines()
    assert lines[0].startswith("data.csv row 2: ")
    assert lines[1].startswith("data.csv row 3: ")
    assert len(lines) == 21
    assert lines[-1].startswith("and more faults")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("sample,metabolite,isotopologue,intensity\na,b,0,1\n", "missing column formula"),
        (HEAD, "data.csv has no rows under its header"),
        ("", "data.csv is empty"),
        (HEAD + "a,Pyr,C3H3O3,-1,0,1,7,8\n", "more cells than its header"),
        ("a,b,A\n1,2,3\n", 'the column "a" stands twice'),
    ],
)
def test_a_bad_table_is_refused(tmp_path, text, fault):
    assert fault in message(tmp_path, text)


def test_a_name_without_formula_is_a_fault(tmp_path):
    (tmp_path / "met.dat").write_text("name\tformula\nFum\tC4H3O4\n")
    text = message(tmp_path, HEAD + ROWS, metabolites=tmp_path / "met.dat")
    assert text == 'data.csv row 2: metabolite "Pyr" is not in the table of metabolites'


def test_files_that_are_no_tables_are_refused(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        read_intensities(tmp_path / "absent.csv")
    (tmp_path / "fake.xlsx").write_text("no workbook")
    with pytest.raises(InputError, match="not an Excel workbook"):
        read_intensities(tmp_path / "fake.xlsx")
    (tmp_path / "latin.csv").write_bytes(HEAD.encode() + b"\xe4,Pyr,C3H3O3,-1,0,1\n")
    with pytest.raises(InputError, match="not UTF-8"):
        read_intensities(tmp_path / "latin.csv")


def test_short_rows_and_numbers_in_a_workbook_are_texts(tmp_path):
    frame = pd.DataFrame({"metabolite": ["Pyr"], "formula": ["C3H3O3"], "isotopologue": [0]})
    frame["intensity"] = [np.float64(12.5)]
    frame.to_excel(tmp_path / "data.xlsx", index=False)
    table = read_intensities(tmp_path / "data.xlsx")
    assert table.frame["isotopologue"].tolist() == ["0"]
    assert table.frame["intensity"].tolist() == [12.5]
