"""The workbook to fill in: a layout as a sheet for each field, every sheet a plate."""

from pathlib import Path
from typing import TYPE_CHECKING

from cahill.core.layout import Layout
from cahill.core.plate import well_name
from cahill.io.layout_fields import Field, Vocabulary

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

READ_ME = "read me"
_INTRODUCTION = (
    "What is in the wells of a plate: a sheet for each field, a cell for each well.",
    "Leave blank what you do not need; delete sheets you do not need.",
    "The unit stands in the corner of a sheet; change it there, or write it into a cell (10 uL).",
    "Merged cells count for every well under them. This sheet is not read.",
    "If a name looks like a date (MARCH1, 1-3), format its cells as text first.",
)


def write_layout_workbook(path: Path, layout: Layout, vocabulary: Vocabulary) -> None:
    """Write a layout as a workbook that `cahill.io.layouts.read_layout` reads back.

    Parameters
    ----------
    path : Path
        The file; overwritten if it exists.
    layout : Layout
    vocabulary : Vocabulary
        Every field of it gets a sheet.
    """
    from openpyxl import Workbook

    book = Workbook()
    _write_read_me(book.worksheets[0], vocabulary)
    for one in vocabulary.fields:
        _write_plate(book.create_sheet(one.name), one, layout)
    book.save(path)


def _write_read_me(sheet: "Worksheet", vocabulary: Vocabulary) -> None:
    from openpyxl.styles import Font

    sheet.title = READ_ME
    for line in _INTRODUCTION:
        sheet.append([line])
    sheet.append([])
    sheet.append(["sheet", "what it says", "write"])
    for cell in sheet[sheet.max_row]:
        cell.font = Font(bold=True)
    for one in vocabulary.fields:
        sheet.append([one.name, one.description, ", ".join(one.choices) or one.example])
    sheet.column_dimensions["A"].width = 24
    sheet.column_dimensions["B"].width = 70
    sheet.column_dimensions["C"].width = 60


def _write_plate(sheet: "Worksheet", one: Field, layout: Layout) -> None:
    from openpyxl.styles import Font, PatternFill

    values = {content.well: content.fields.get(one.name, "") for content in layout}
    unit = one.unit if one.needs_unit else ""
    sheet.cell(1, 1, f"{one.name} ({unit})" if unit else one.name)
    for column in range(layout.columns):
        sheet.cell(1, column + 2, column + 1)
    for row in range(layout.rows):
        sheet.cell(row + 2, 1, well_name(row, 0)[:-1])
        for column in range(layout.columns):
            text = values.get(well_name(row, column), "").removesuffix(f" {unit}" if unit else "")
            cell = sheet.cell(row + 2, column + 2, _value(text, one))
            if one.kind != "number":
                # Text cells stay what was typed: no dates out of names.
                cell.number_format = "@"
    grey = PatternFill("solid", fgColor="E3E7EC")
    for cell in [*sheet[1], *(row[0] for row in sheet.iter_rows(min_row=2))]:
        cell.font, cell.fill = Font(bold=True), grey
    sheet.column_dimensions["A"].width = max(6, len(str(sheet["A1"].value)) + 2)
    sheet.freeze_panes = "B2"


def _value(text: str, one: Field) -> str | float | None:
    """Return a number as a number, so that a spreadsheet can compute with it."""
    if one.kind != "number":
        return text or None
    try:
        return float(text)
    except ValueError:
        return text or None
