"""Layouts drawn in a spreadsheet: plates of cells, one a field, and tidy tables, a well a row."""

import re
from dataclasses import dataclass, replace
from pathlib import Path

from cahill.core.plate import well_name, well_position
from cahill.core.units import check_unit
from cahill.errors import InputError, UnitError, UnknownNameError
from cahill.io.cell_grids import CellFile, CellGrid, read_cell_file
from cahill.io.layout_entries import Findings, wells_named
from cahill.io.layout_fields import Field, Vocabulary

_ROW_LETTER = re.compile(r"[A-Za-z]{1,2}")
_WELL_HEADINGS = ("well", "wells", "well position", "well_position", "position")
_READ_ME = ("read me", "readme", "notes", "note", "help")
_TITLE_ABOVE = 2
"""Rows above a drawn plate in which its title is looked for."""


@dataclass(frozen=True)
class _Drawn:
    """A plate drawn in cells: where its top-left cell stands, and what its margins say."""

    row: int
    column: int
    rows: range
    columns: range

    def holds(self, row: int, column: int) -> bool:
        """Return whether a cell of the sheet is part of the drawing."""
        down, right = row - self.row, column - self.column
        return 0 <= down <= len(self.rows) and 0 <= right <= len(self.columns)


def sheet_entries(path: Path, vocabulary: Vocabulary) -> Findings:
    """Read a layout from a text file or workbook.

    Parameters
    ----------
    path : Path
        Plates drawn in cells (row letters, column numbers) under the name of their field, one or
        several a sheet; or a table with a column `well`.
    vocabulary : Vocabulary

    Raises
    ------
    InputError
        If the file cannot be read, or holds neither. Other faults are in the findings.
    """
    file = read_cell_file(path)
    found = Findings(file.name)
    merged = _merged_ranges(file)
    for sheet in file.sheets:
        grid = replace(sheet, rows=_filled(sheet, merged.get(sheet.sheet, ())))
        if grid.sheet.strip().lower() in _READ_ME:
            continue
        header = _tidy_header(grid)
        if header is not None:
            _read_tidy(grid, header, vocabulary, found)
            continue
        for drawn in _drawn_plates(grid):
            _read_drawn(grid, drawn, vocabulary, found)
    if not (found.entries or found.faults):
        raise InputError(
            f"{file.name} holds no layout: neither a plate drawn with row letters and column "
            "numbers nor a table with a column `well`; `cahill template layout-xlsx` writes one"
        )
    return found


def _merged_ranges(file: CellFile) -> dict[str, list[tuple[tuple[int, int], tuple[int, int]]]]:
    """Return, by sheet, the corners of merged cells; those of a text file are none."""
    if not file.sheets[0].sheet:
        return {}
    import python_calamine

    with python_calamine.load_workbook(str(file.path)) as book:
        return {
            name: book.get_sheet_by_name(name).merged_cell_ranges or [] for name in book.sheet_names
        }


def _filled(grid: CellGrid, merged) -> tuple[tuple[str, ...], ...]:
    """Return the rows with the text of merged cells in each of them."""
    if not merged:
        return grid.rows
    height = max(len(grid.rows), 1 + max(corner[1][0] for corner in merged))
    width = max(1 + max(corner[1][1] for corner in merged), *map(len, grid.rows), 1)
    cells = [[grid.cell(row, column) for column in range(width)] for row in range(height)]
    for (top, left), (bottom, right) in merged:
        for row in range(top, bottom + 1):
            cells[row][left : right + 1] = [cells[top][left]] * (right + 1 - left)
    return tuple(map(tuple, cells))


# --- tidy tables --------------------------------------------------------------------------------


def _tidy_header(grid: CellGrid) -> int | None:
    """Return the row that names the columns, if one of them is the well."""
    for number, row in enumerate(grid.rows):
        if any(row) and not row[0].startswith("#"):
            named = any(cell.lower() in _WELL_HEADINGS for cell in row)
            # "well" may also stand in the corner of a drawn plate.
            drawn = all(cell.isdecimal() for cell in row[1:])
            return number if named and not drawn else None
    return None


def _read_tidy(grid: CellGrid, header: int, vocabulary: Vocabulary, found: Findings) -> None:
    titles = grid.rows[header]
    of_wells = next(k for k, title in enumerate(titles) if title.lower() in _WELL_HEADINGS)
    columns: dict[int, tuple[Field, str]] = {}
    for k, title in enumerate(titles):
        if k == of_wells:
            continue
        try:
            if title:
                columns[k] = vocabulary.heading(title)
        except UnknownNameError as error:
            found.faults.append(f"{grid.where(header, k)}: {error}")
    repeated = [k for k in columns if columns[k][0] in [columns[j][0] for j in columns if j < k]]
    for k in repeated:
        name = columns.pop(k)[0].name
        found.faults.append(f"{grid.where(header, k)}: the column {name} stands twice; keep one")
    claimed: dict[str, str] = {}
    for number in range(header + 1, len(grid.rows)):
        row = grid.rows[number]
        if any(row) and not row[0].startswith("#"):
            wells = _claimed(grid, number, of_wells, claimed, found)
            _read_row(grid, number, wells, columns, found)


def _claimed(
    grid: CellGrid, number: int, column: int, claimed: dict[str, str], found: Findings
) -> list[str]:
    """Return the wells of a row that no row before it has described."""
    where = grid.where(number)
    text = grid.cell(number, column)
    if not text:
        found.faults.append(f"{where}: the well is blank; name it, or begin the row with #")
        return []
    try:
        wells = wells_named(text, grid.where(number, column))
    except InputError as error:
        found.faults.append(str(error))
        return []
    twice = [well for well in wells if well in claimed]
    if twice:
        more = f" (and {len(twice) - 1} more)" if len(twice) > 1 else ""
        found.faults.append(
            f"{where}: well {twice[0]}{more} was described before, in {claimed[twice[0]]}; keep one"
        )
    new = [well for well in dict.fromkeys(wells) if well not in claimed]
    claimed |= dict.fromkeys(new, where)
    return new


def _read_row(
    grid: CellGrid,
    number: int,
    wells: list[str],
    columns: dict[int, tuple[Field, str]],
    found: Findings,
) -> None:
    for k, (one, unit) in columns.items():
        text = grid.cell(number, k)
        if text:
            found.add(
                wells,
                one,
                text,
                grid.where(number, k),
                source=grid.where(number),
                unit=unit,
                decimal=grid.decimal,
                whole=True,
            )


# --- plates drawn in cells ----------------------------------------------------------------------


def _drawn_plates(grid: CellGrid) -> list[_Drawn]:
    """Find every plate drawn in a sheet: columns numbered in a row, row letters under its left."""
    plates: list[_Drawn] = []
    for row, cells in enumerate(grid.rows):
        column = 1
        while column < len(cells):
            numbers = _run(cells, column)
            corner = grid.cell(row, column - 1)
            inside = any(drawn.holds(row, column) for drawn in plates)
            # A corner that is a letter is the margin of a plate whose wells hold numbers.
            if numbers and not inside and _row_number(corner) is None:
                letters = _letters(grid, row + 1, column - 1)
                if len(letters) * len(numbers) > 1:
                    plates.append(_Drawn(row, column - 1, letters, numbers))
            column += max(len(numbers), 1)
    return plates


def _run(cells: tuple[str, ...], start: int) -> range:
    """Return the consecutive numbers from a cell on: the columns of a plate."""
    first = int(cells[start]) if cells[start].isdecimal() else 0
    if first < 1:
        return range(0)
    end = start + 1
    while end < len(cells) and cells[end].isdecimal() and int(cells[end]) == first + end - start:
        end += 1
    return range(first, first + end - start)


def _letters(grid: CellGrid, start: int, column: int) -> range:
    """Return the consecutive row letters from a cell down: the rows of a plate, from 0."""
    first = _row_number(grid.cell(start, column))
    if first is None:
        return range(0)
    row = start
    while _row_number(grid.cell(row, column)) == first + row - start:
        row += 1
    return range(first, first + row - start)


def _row_number(text: str) -> int | None:
    """Return the number of a row by its letter, from 0; None if it is no row."""
    if not _ROW_LETTER.fullmatch(text):
        return None
    try:
        return well_position(f"{text}1")[0]
    except InputError:
        return None


def _read_drawn(grid: CellGrid, drawn: _Drawn, vocabulary: Vocabulary, found: Findings) -> None:
    where = grid.where(drawn.row, drawn.column)
    try:
        one, unit = _title(grid, drawn, vocabulary)
    except UnknownNameError as error:
        found.faults.append(f"{where}: {error}")
        return
    if drawn.rows.start == 0 and drawn.columns.start == 1:
        found.shapes.append((len(drawn.rows), len(drawn.columns), where))
    off = ""
    for down, row in enumerate(drawn.rows, start=1):
        for right, column in enumerate(drawn.columns, start=1):
            text = grid.cell(drawn.row + down, drawn.column + right)
            place = grid.where(drawn.row + down, drawn.column + right)
            try:
                well_position(well_name(row, column - 1))
            except InputError as error:
                off = off or f"{place}: {error}"
                continue
            if text:
                wells = [well_name(row, column - 1)]
                found.add(wells, one, text, place, source=where, unit=unit, decimal=grid.decimal)
    if off:
        found.faults.append(off)


def _title(grid: CellGrid, drawn: _Drawn, vocabulary: Vocabulary) -> tuple[Field, str]:
    """Return the field of a drawn plate and its unit: corner, text above it, or sheet name.

    Raises
    ------
    UnknownNameError
        If none of them names a field.
    """
    corner = grid.cell(drawn.row, drawn.column)
    above = _text_above(grid, drawn)
    candidates = [text for text in (corner, above, grid.sheet) if text]
    for text in candidates:
        if vocabulary.knows(text):
            one, unit = vocabulary.heading(text)
            return one, unit or next((text for text in (corner, above) if _is_unit(text)), "")
    if not candidates:
        raise UnknownNameError("field", "", vocabulary.names)
    return vocabulary.heading(candidates[0] if grid.sheet.startswith("Sheet") else candidates[-1])


def _text_above(grid: CellGrid, drawn: _Drawn) -> str:
    for row in range(drawn.row - 1, max(drawn.row - _TITLE_ABOVE, 0) - 1, -1):
        texts = [grid.cell(row, drawn.column + k) for k in range(len(drawn.columns) + 1)]
        if _row_number(texts[0]) is not None:
            return ""
        title = next((text for text in texts if text), "")
        if title:
            return title
    return ""


def _is_unit(text: str) -> bool:
    try:
        check_unit(text.strip("()[] "))
    except UnitError:
        return False
    return bool(text)
