"""Layouts say the same whatever they are written in, and every fault is told with its place."""

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from cahill.core.plate import well_name
from cahill.errors import InputError
from cahill.io.layout_fields import ACTIVITY_FIELDS, CHIP_FIELDS, QPCR_FIELDS
from cahill.io.layouts import account_for, read_layout

TOML = """
[expt]
total_volume = "200 uL"
"sample_volume (uL)" = 10

[col]
1.standard = "0 nmol"
2.standard = "2 nmol"
3.standard = "4 nmol"

[row.A]
role = "standard"

[block.3x1.B1]
role = "Unknown"
sample = "liver 1"
dilution = "1:10"
plp = true

[well.B3]
role = "blank"
"""


def written(tmp_path, text, name="layout.csv", encoding="utf-8"):
    path = tmp_path / name
    path.write_text(text, encoding=encoding)
    return path


def faults(path, vocabulary=ACTIVITY_FIELDS, **size):
    with pytest.raises(InputError) as caught:
        read_layout(path, vocabulary, **size)
    return str(caught.value).splitlines()


def said(layout):
    return {content.well: dict(content.fields) for content in layout}


# --- the formats --------------------------------------------------------------------------------


def test_toml(tmp_path):
    layout = read_layout(written(tmp_path, TOML, "layout.toml"), ACTIVITY_FIELDS)
    assert (layout.rows, layout.columns) == (8, 12)
    assert layout["A2"].fields == {
        "total_volume": "200 uL",
        "sample_volume": "10 uL",
        "standard": "2 nmol",
        "role": "standard",
    }
    assert layout["B1"].fields["dilution"] == "10"
    assert layout["B1"].fields["plp"] == "yes"
    assert layout["B1"].number("sample_volume", "L") == pytest.approx(1e-5)
    # A well is more specific than the block around it.
    assert layout["B3"].fields["role"] == "blank"
    assert layout["B3"].where == "layout.toml well B3"


def test_toml_is_known_by_its_content(tmp_path):
    layout = read_layout(written(tmp_path, TOML, "layout.txt"), ACTIVITY_FIELDS)
    assert len(layout.wells) == 6


def test_a_table_with_ranges_and_units_in_its_headings(tmp_path):
    text = (
        "# mine\nWell,Role,sample,protein [mg/mL],Sample Volume (µL),note\n"
        "A1-B2,sample,liver 1,5.2,10,\n\na3,blank,,,0.01 mL,see book\n"
    )
    layout = read_layout(written(tmp_path, text), ACTIVITY_FIELDS)
    assert layout.wells == ("A1", "A2", "A3", "B1", "B2")
    assert layout["B2"].fields["protein"] == "5.2 mg/mL"
    assert layout["B2"].where == "layout.csv row 3"
    assert layout["A3"].fields == {"role": "blank", "sample_volume": "0.01 mL", "note": "see book"}


def test_plates_drawn_in_text_with_decimal_commas(tmp_path):
    text = (
        "role;;;\n;1;2;3\nA;std;std;std\nB;smp;smp;blk\n\n"
        "standard (nmol);;;\n;1;2;3\nA;0;0,5;4\n\nsample;1;2\nB;liver 1;liver 1\n"
    )
    layout = read_layout(written(tmp_path, text, encoding="utf-16"), ACTIVITY_FIELDS)
    assert layout["A2"].fields == {"role": "standard", "standard": "0.5 nmol"}
    assert layout["B2"].fields == {"role": "sample", "sample": "liver 1"}
    assert layout["B3"].fields == {"role": "blank"}


def drawn(sheet, corner, cells, columns=12, rows="ABCDEFGH", top=1):
    sheet.cell(top, 1, corner)
    for column in range(columns):
        sheet.cell(top, column + 2, column + 1)
    for k, row in enumerate(rows):
        sheet.cell(top + k + 1, 1, row)
    for (row, column), value in cells.items():
        sheet.cell(top + row + 1, column + 2, value)


@pytest.fixture
def book(tmp_path):
    """A workbook with a sheet a field: the unit in a corner, a number as a number, merged cells."""
    book = Workbook()
    role = book.active
    assert role is not None
    role.title = "role"
    drawn(role, None, {(0, 0): "sample", (1, 0): "blank"})
    role.merge_cells("B2:D2")
    drawn(book.create_sheet("sample"), "well", {(0, k): f"liver {k + 1}" for k in range(3)})
    drawn(book.create_sheet("protein"), "mg/mL", {(0, 0): 5.25, (0, 1): 4})
    drawn(book.create_sheet("dilution"), None, {(0, 0): 10})
    book.create_sheet("Read me")["A1"] = "A sheet a field."
    path = tmp_path / "layout.xlsx"
    return book, path


def test_a_workbook_with_a_sheet_a_field_and_merged_cells(book):
    content, path = book
    content.save(path)
    layout = read_layout(path, ACTIVITY_FIELDS, rows=8, columns=12)
    assert said(layout) == {
        "A1": {"role": "sample", "sample": "liver 1", "protein": "5.25 mg/mL", "dilution": "10"},
        "A2": {"role": "sample", "sample": "liver 2", "protein": "4 mg/mL"},
        "A3": {"role": "sample", "sample": "liver 3"},
        "B1": {"role": "blank"},
    }


def test_a_single_sheet_with_several_plates(tmp_path):
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet["A1"] = "role"
    drawn(sheet, None, {(0, 0): "ip", (1, 0): "input"}, top=2)
    drawn(sheet, "input_fraction", {(1, 0): "1 %"}, top=13)
    book.save(tmp_path / "one.xlsx")
    layout = read_layout(tmp_path / "one.xlsx", CHIP_FIELDS)
    assert said(layout) == {"A1": {"role": "ip"}, "B1": {"role": "input", "input_fraction": "0.01"}}


def test_values_that_look_like_column_numbers_are_no_plate(tmp_path):
    text = "replicate,1,2,3\nA,1,2,3\nB,1,2,3\nC,4,5,6\n"
    layout = read_layout(written(tmp_path, text), QPCR_FIELDS)
    assert len(layout.wells) == 9
    assert layout["C3"].fields == {"replicate": "6"}


def test_a_384_well_plate(tmp_path):
    rows = ["role," + ",".join(map(str, range(1, 25)))]
    rows += [well_name(k, 0)[0] + ",sample" * 24 for k in range(16)]
    layout = read_layout(written(tmp_path, "\n".join(rows)), QPCR_FIELDS)
    assert (layout.rows, layout.columns, len(layout.wells)) == (16, 24, 384)


WORDS = {
    "role": st.sampled_from(["blank", "sample_blank", "positive"]),
    "sample": st.sampled_from(["liver 1", "liver 2", "x"]),
    "dilution": st.sampled_from(["1", "2.5", "100"]),
    "protein": st.sampled_from(["0.5 mg/mL", "12.25 mg/mL"]),
}


@settings(max_examples=25, deadline=None)
@given(
    st.dictionaries(
        st.tuples(st.integers(0, 7), st.integers(0, 11)),
        st.fixed_dictionaries(WORDS),
        min_size=1,
        max_size=12,
    )
)
def test_the_same_layout_reads_the_same_in_every_format(tmp_path_factory, wells):
    folder = tmp_path_factory.mktemp("layouts")
    names = list(WORDS)
    plain = {
        place: {k: v.replace(" mg/mL", "") for k, v in f.items()} for place, f in wells.items()
    }
    heads = {name: "protein (mg/mL)" if name == "protein" else name for name in names}
    tidy = [",".join(["well", *heads.values()])]
    tidy += [",".join([well_name(*place), *map(f.get, names)]) for place, f in plain.items()]
    blocks, toml = [], []
    for name in names:
        blocks.append("\t".join([heads[name], *map(str, range(1, 13))]))
        for row in range(8):
            cells = [plain.get((row, column), {}).get(name, "") for column in range(12)]
            blocks.append("\t".join(["ABCDEFGH"[row], *cells]))
        blocks.append("")
    for place, f in wells.items():
        toml += [f"[well.{well_name(*place)}]", *(f'{k} = "{v}"' for k, v in f.items())]
    texts = {"a.csv": tidy, "b.tsv": blocks, "c.toml": toml}
    expected = {well_name(*place): f for place, f in wells.items()}
    for name, lines in texts.items():
        path = written(folder, "\n".join(lines), name)
        assert said(read_layout(path, ACTIVITY_FIELDS)) == expected, name


# --- faults -------------------------------------------------------------------------------------


def test_every_fault_of_a_table_is_told_with_its_cell(tmp_path):
    text = """well,role,sample,protein (mg/mL),sample_volume,dilutionn
A1-A3,sample,x,5.2,10 uL,
A3:B4,sample,y,,10 uL,
C1,standard,,,,
C2,unknown,1-Mar,none,10 cm,
C3,smaple,z,,10,
I13,sample,z
,sample,z
D1,sample,z,0,,
"""
    assert faults(written(tmp_path, text), rows=8, columns=12) == [
        'layout.csv row 1 column 6: unknown field "dilutionn"; did you mean dilution?',
        "layout.csv row 3: well A3 was described before, in layout.csv row 2; keep one",
        'layout.csv row 5 column 3: sample "1-Mar" looks like a date or time that a spreadsheet '
        "made of a name such as MARCH1 or 1:10; format the cells as text and write it again",
        'layout.csv row 5 column 4: protein "none" is not a number; write one such as 5.2 mg/mL',
        'layout.csv row 5 column 5: sample_volume: unit "cm" cannot be turned into "uL"; write one '
        "such as uL",
        'layout.csv row 6 column 2: unknown role "smaple"; did you mean sample or sample_blank?',
        "layout.csv row 6 column 5: sample_volume 10 has no unit; write 10 uL, or put the unit "
        "into the heading: sample_volume (uL)",
        "layout.csv row 8: the well is blank; name it, or begin the row with #",
        "layout.csv row 9 column 4: protein 0 is not above 0; write one such as 5.2 mg/mL",
        'layout.csv row 7 column 2: well "I13" is not on a 96-well plate (A1-H12)',
        "layout.csv row 4: well C1: a standard without amount; fill in the field `standard`",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[well.A1]\nrole = 'blank'\n[well.'A1,A2']\nrole = 'empty'\n", "[well.A1,A2]"),
        ("[block.2x1.A1]\nrole='blank'\n[block.1x2.A1]\nrole='empty'\n", "[block.1x2.A1]"),
        ("[row.A]\nrole='blank'\n[col.1]\nrole='positive'\n", "[col.1]"),
        ("[row.A]\nrole='blank'\n[row.'A,B']\nrole='positive'\n[col.1]\nplp=true", "[row.A,B]"),
    ],
)
def test_keys_as_specific_as_each_other_must_agree(tmp_path, text, message):
    lines = faults(written(tmp_path, text, "layout.toml"))
    assert len(lines) == 1
    assert lines[0].startswith("layout.toml [")
    assert f"in {message}, which is as specific; keep one" in lines[0]


def test_interleaved_rows_are_resolved_as_wellmap_does(tmp_path):
    text = "[irow.A]\nrole = 'blank'\n[irow.B]\nrole = 'positive'\n[col.'1-4']\nplp = false\n"
    layout = read_layout(written(tmp_path, text, "layout.toml"), ACTIVITY_FIELDS)
    roles = [layout[well].fields["role"] for well in ("A1", "A2", "B1", "B2")]
    assert roles == ["blank", "positive", "positive", "blank"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[well.A1\n", "layout.toml is not TOML: "),
        ("[well.1A]\nrole='blank'\n", "layout.toml: Cannot parse well '1A'"),
        ("[block.3.A1]\nrole='blank'\n", "layout.toml: Unknown [block] size '3'"),
        ("[row.A]\nrole='blank'\n", "layout.toml: Found 1 [row] spec, but no columns"),
        ("[well.A1]\nrolle='blank'\n", 'layout.toml [well.A1]: unknown field "rolle"'),
        ("[well.A1]\nrole=['blank']\n", "layout.toml [well.A1]: role is not text or a number"),
        ("[plate.a.well.A1]\nplp=true\n[plate.b.well.A1]\nplp=true\n", "several plates (a, b)"),
        ("[well.A1]\nsample_volume=5\n", "layout.toml [well.A1]: sample_volume 5 has no unit"),
    ],
)
def test_faults_of_toml_are_one_line(tmp_path, text, message):
    (line,) = faults(written(tmp_path, text, "layout.toml"))
    assert message in line


def test_faults_of_a_workbook_name_sheet_and_cell(book):
    content, path = book
    content["sample"]["B2"] = dt.datetime(2026, 3, 1)
    content["protein"]["A1"] = None
    content["dilution"]["C2"] = dt.time(1, 10)
    drawn(content.create_sheet("rolle"), None, {(0, 0): "sample"})
    content.save(path)
    lines = faults(path)
    assert lines[0].startswith('layout.xlsx sheet sample cell B2: sample "2026-03-01')
    assert lines[1].startswith("layout.xlsx sheet protein cell B2: protein 5.25 has no unit")
    assert lines[3].startswith('layout.xlsx sheet dilution cell C2: dilution "1:10:00" looks like')
    assert lines[4] == (
        'layout.xlsx sheet rolle cell A1: unknown field "rolle"; did you mean role or protein?'
    )


def test_a_layout_drawn_for_another_plate_is_refused(book):
    content, path = book
    content.save(path)
    (line,) = faults(path, rows=16, columns=24)
    assert line == (
        "layout.xlsx sheet role cell A1: drawn for a 96-well plate, but the plate read has 384 "
        "wells; give the layout of this plate"
    )


def test_a_field_drawn_twice_is_refused(tmp_path):
    text = "role,1,2\nA,blank,blank\n\nrole,1,2\nA,sample,blank\n"
    (line,) = faults(written(tmp_path, text))
    assert line == (
        "layout.csv row 5 column 2: role of well A1 and 1 more was given before, in layout.csv "
        "row 2 column 2; keep one"
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b\n1,2\n", "holds no layout"),
        ("well,role\nA1,\n", "holds no layout"),
        ("well,role\nA1-12,blank\n", '"A1-12" is not a well'),
    ],
)
def test_a_file_that_is_no_layout_is_refused(tmp_path, text, message):
    (line,) = faults(written(tmp_path, text))
    assert message in line


# --- accounting ---------------------------------------------------------------------------------


def test_every_well_is_accounted_for(tmp_path):
    text = "well,role\nA1-A3,blank\nA4,empty\nH12,blank\n"
    layout = read_layout(written(tmp_path, text), ACTIVITY_FIELDS)
    account = account_for(["B1", "A2", "A1", "A4"], layout)
    assert account.used == ("A1", "A2")
    assert account.undescribed == ("B1",)
    assert account.unread == ("A3", "H12")
    assert account.empty == ("A4",)
    assert account.notes() == (
        "Well B1 was read but not described by the layout, and left out.",
        "2 wells (A3, H12) were described by the layout but not read.",
    )
