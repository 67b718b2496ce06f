"""Encodings, separators, decimal marks and workbooks become one grid of text."""

import codecs
import datetime as dt

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cahill.errors import InputError
from cahill.io.cell_grids import column_letters, number, read_cell_file
from cahill.io.cell_numbers import decimal_mark, mangled

ROWS = (("Time (s)", "T°", "A1"), ("0", "37.0", "0.123"), (), ("30", "", "0.456"))
LINES = "Time (s)\tT°\tA1\n0\t37.0\t0.123\n\n30\t\t0.456\n"


def grid(folder, content, name="plate.txt"):
    path = folder / name
    path.write_bytes(content)
    (only,) = read_cell_file(path).sheets
    return only


@pytest.mark.parametrize(
    "content",
    [
        LINES.encode(),
        codecs.BOM_UTF8 + LINES.encode(),
        LINES.encode("cp1252"),
        LINES.encode("utf-16"),
        LINES.encode("utf-16-le"),
        codecs.BOM_UTF16_BE + LINES.encode("utf-16-be"),
        LINES.encode("utf-16-be"),
        LINES.replace("\n", "\r\n").encode(),
        LINES.replace("\n", "\r").encode(),
    ],
    ids=["utf8", "bom", "cp1252", "utf16", "le", "be-bom", "be", "crlf", "cr"],
)
def test_any_encoding_and_line_end(content, tmp_path):
    assert grid(tmp_path, content).rows[:4] == ROWS


@pytest.mark.parametrize("mark", ["\t", ";", ","])
def test_any_separator(mark, tmp_path):
    assert grid(tmp_path, LINES.replace("\t", mark).encode()).rows[:4] == ROWS


def test_runs_of_blanks_separate_cells_where_nothing_else_does(tmp_path):
    found = grid(tmp_path, b"   1   2\nA  0.1 0.2\n")
    assert found.rows[:2] == (("1", "2"), ("A", "0.1", "0.2"))


def test_a_declared_separator_is_obeyed(tmp_path):
    assert grid(tmp_path, b"sep=|\na|b,c\n").rows[:2] == ((), ("a", "b,c"))


def test_semicolons_win_over_decimal_commas(tmp_path):
    found = grid(tmp_path, b"Time (s);A1;A2\n0;0,123;0,2\n30;0,456;0,3\n")
    assert found.rows[1] == ("0", "0,123", "0,2")
    assert found.decimal == ","
    assert found.number("1,234") == 1.234


def test_quoted_cells_keep_their_separators_and_rows_their_numbers(tmp_path):
    found = grid(tmp_path, b'name,"a, b"\n"two\nlines",x\nlast,y\n')
    assert found.rows[0] == ("name", "a, b")
    assert found.rows[1] == ("two\nlines", "x")
    assert found.rows[3] == ("last", "y")
    assert found.where(3) == "plate.txt row 4"


def test_an_inch_mark_does_not_swallow_the_file(tmp_path):
    lines = ['a,5" plate', *[f"{k},x" for k in range(40)]]
    assert len([row for row in grid(tmp_path, "\n".join(lines).encode()).rows if row]) == 41


def test_workbook_cells_and_their_places(tmp_path):
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = "Data"
    cells = ["A1", 0.1427, 12, True, dt.datetime(2024, 3, 1), dt.timedelta(hours=26, seconds=1.5)]
    sheet.append([])
    sheet.append(cells)
    path = tmp_path / "book.xlsx"
    book.save(path)
    (found,) = read_cell_file(path).sheets
    assert found.rows[1] == ("A1", "0.1427", "12", "TRUE", "2024-03-01", "26:00:01.500")
    assert found.where(1, 2) == "book.xlsx sheet Data cell C2"
    assert found.cell(7, 7) == ""


def test_columns_have_letters():
    assert [column_letters(k) for k in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.123", 0.123),
        ("0,123", 0.123),
        ("1 234,5", 1234.5),
        ("1\u00a0234,5", 1234.5),
        ("1,234.5", 1234.5),
        ("1.234,5", 1234.5),
        ("1'234", 1234.0),
        ("1,234,567", 1234567.0),
        ("1.2E-3", 0.0012),
        ("-1,5E-3", -0.0015),
        ("\u22120.5", -0.5),
        (".5", 0.5),
        ("1,234", None),
        ("1,2,3", None),
        ("12:30", None),
        ("OVRFLW", None),
        ("", None),
    ],
)
def test_numbers_of_any_country(text, value):
    assert number(text) == value


@given(st.floats(-1e6, 1e6, allow_nan=False).map(lambda x: round(x, 4)))
def test_a_decimal_comma_is_read_as_the_point_it_stands_for(value):
    text = f"{value:.4f}"
    assert number(text) == number(text.replace(".", ","), ",") == value


def test_the_decimal_mark_of_a_file_is_what_most_cells_use():
    assert decimal_mark(["0,1", "1,234", "text"]) == ","
    assert decimal_mark(["0.1", "1,234"]) == "."
    assert decimal_mark(["1,234", "2,345"]) == ""
    assert decimal_mark(["3.12", *["0,5"] * 30]) == ","
    assert decimal_mark(["0.5", "0,5"]) == ""


@pytest.mark.parametrize("text", ["1-Mar", "Mar-01", "2024-03-01 00:00:00", "1.00E+03", "02. Sep"])
def test_mangled_names(text):
    assert mangled(text)


@pytest.mark.parametrize("text", ["MAR1", "SPL1", "A1", "12", "0.5", "DEC-1-A", "liver"])
def test_names_that_are_not_mangled(text):
    assert not mangled(text)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b" \n\n", "is empty"),
        (b"\x89PNG\r\n\x1a\n123", "is a PNG file"),
        (b"\xff\xd8\xff\xe0abc", "is a JPEG file"),
        (b"%PDF-1.4", "is a PDF file"),
        (bytes(range(256)) * 8, "neither text nor a workbook"),
        (b"PK\x03\x04not a workbook", "not a workbook that can be opened"),
    ],
)
def test_what_is_no_table_is_refused_in_one_line(content, words, tmp_path):
    path = tmp_path / "file.dat"
    path.write_bytes(content)
    with pytest.raises(InputError, match=words) as caught:
        read_cell_file(path)
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith("file.dat")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        read_cell_file(tmp_path / "absent.csv")
