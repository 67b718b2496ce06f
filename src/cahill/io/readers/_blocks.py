"""Blocks in the shape of a plate: numbers along the top, letters down the side."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from cahill.core.plate import FORMATS, well_name
from cahill.errors import InputError
from cahill.io.cell_grids import CellGrid
from cahill.io.cell_numbers import mangled
from cahill.io.readers._values import reading_value

_LETTERS = re.compile(r"[A-P]|A[A-F]", re.IGNORECASE)
_NUMBER = re.compile(r"0*([1-9]\d?)(?:\.0)?")
_FARTHEST_TITLE = 4
"""Rows above a block in which its title is looked for."""


@dataclass(frozen=True)
class Line:
    """One line of a block: row in the sheet, row of the plate, and the name at its right end."""

    row: int
    plate_row: int
    label: str


@dataclass(frozen=True)
class Block:
    """A block in the shape of a plate.

    Parameters
    ----------
    grid : CellGrid
    top : int
        Row of the numbers.
    left : int
        Column of the first cell under a number.
    columns : tuple of int
        Columns of the plate, from 0.
    lines : tuple of Line
        A row of the plate may have several lines, one for each label.
    title : str
        What stands above the block or in its corner.
    """

    grid: CellGrid
    top: int
    left: int
    columns: tuple[int, ...]
    lines: tuple[Line, ...]
    title: str

    @property
    def size(self) -> tuple[int, int]:
        """Rows and columns of the plate that the block reaches."""
        return max(line.plate_row for line in self.lines) + 1, max(self.columns) + 1

    @property
    def end(self) -> int:
        """Row after the last line."""
        return self.lines[-1].row + 1

    def labels(self) -> tuple[str, ...]:
        """Return the names at the right end of the lines, each once."""
        return tuple(dict.fromkeys(line.label for line in self.lines))

    def cells(self, label: str) -> Iterator[tuple[str, int, int]]:
        """Yield well, row and column of every cell of the lines of a label."""
        for line in self.lines:
            if line.label == label:
                for k, column in enumerate(self.columns):
                    yield well_name(line.plate_row, column), line.row, self.left + k

    def texts(self, label: str = "") -> dict[str, str]:
        """Return the cells that are not blank, by well."""
        found = ((well, self.grid.cell(row, column)) for well, row, column in self.cells(label))
        return {well: text for well, text in found if text}

    def values(self, label: str = "") -> dict[str, tuple[float, bool]]:
        """Return the readings of a label, by well.

        Raises
        ------
        InputError
            If a cell is no reading.
        """
        found = {}
        for well, row, column in self.cells(label):
            value = reading_value(self.grid, row, column)
            if value is not None:
                found[well] = value
        return found

    def names(self, label: str, notes: list[str]) -> dict[str, str]:
        """Return the names of samples; those that a spreadsheet has mangled are noted."""
        found = {}
        for well, row, column in self.cells(label):
            text = self.grid.cell(row, column)
            if text:
                found[well] = text
                if self.grid.sheet and mangled(text):
                    notes.append(
                        f'{self.grid.where(row, column)}: the name "{text}" of well {well} looks '
                        "like a date that a spreadsheet made of it"
                    )
        return found


def find_blocks(grid: CellGrid, start: int = 0, stop: int | None = None) -> list[Block]:
    """Return every block in the shape of a plate between two rows.

    Raises
    ------
    InputError
        If a line has more cells than the block has columns, or a row of the plate stands twice.
    """
    blocks = []
    row, stop = start, len(grid.rows) if stop is None else stop
    while row < stop:
        block = _block_at(grid, row, start, stop)
        if block is not None:
            blocks.append(block)
            row = block.end
        else:
            row += 1
    return blocks


def plate_of_size(rows: int, columns: int) -> tuple[int, int]:
    """Return the plate of exactly this size, else the smallest one sold from 96 wells up."""
    if (rows, columns) in FORMATS.values():
        return rows, columns
    for count, size in FORMATS.items():
        if count >= 96 and rows <= size[0] and columns <= size[1]:
            return size
    return FORMATS[1536]


def column_numbers(cells: tuple[str, ...]) -> tuple[int, tuple[int, ...]] | None:
    """Return first column and numbers (from 0) of a run of 1, 2, 3, ...; None if there is none."""
    for first, cell in enumerate(cells):
        match = _NUMBER.fullmatch(cell)
        if match is None:
            if cell and first > 1:
                return None
            continue
        numbers = []
        for cell in cells[first:]:
            match = _NUMBER.fullmatch(cell)
            if match is None or (numbers and int(match[1]) != numbers[-1] + 1):
                break
            numbers.append(int(match[1]))
        if len(numbers) < 2 or numbers[-1] > 48:
            return None
        return first, tuple(number - 1 for number in numbers)
    return None


def row_letter(text: str) -> int | None:
    """Return the row of a plate that a letter names, from 0; None if it names none."""
    if _LETTERS.fullmatch(text) is None:
        return None
    text = text.upper()
    return ord(text[-1]) - ord("A") + (26 if len(text) > 1 else 0)


def _block_at(grid: CellGrid, row: int, start: int, stop: int) -> Block | None:
    cells = grid.rows[row]
    run = column_numbers(cells) if len(cells) > 1 else None
    if run is None:
        return None
    first, columns = run
    # Where blanks separate the cells, the corner is lost and the numbers begin one cell early.
    letters = max(first - 1, 0)
    if row + 1 >= stop or row_letter(grid.cell(row + 1, letters)) is None:
        return None
    left = letters + 1
    lines = _lines(grid, row + 1, stop, letters, len(columns))
    corner = cells[first - 1] if first else ""
    title = _title(grid, row, start) or ("" if corner in ("<>", "Well") else corner)
    return Block(grid, row, left, columns, tuple(lines), title)


def _lines(grid: CellGrid, row: int, stop: int, letters: int, width: int) -> list[Line]:
    lines: list[Line] = []
    seen: set[tuple[int, str]] = set()
    plate_row = -1
    while row < stop and grid.rows[row]:
        letter = row_letter(grid.cell(row, letters))
        if letter is None and (grid.cell(row, letters) or not lines):
            break
        plate_row = plate_row if letter is None else letter
        right = grid.rows[row][letters + 1 + width :]
        label = next((cell for cell in right if cell), "")
        extra = [cell for cell in right if cell]
        if len(extra) > 1 and grid.number(extra[0]) is not None:
            raise InputError(
                f"{grid.where(row)}: it has more cells than the {width} columns above it; "
                "separate cells by tabs or semicolons if commas are decimal marks"
            )
        if (plate_row, label) in seen:
            raise InputError(
                f"{grid.where(row)}: row {well_name(plate_row, 0)[:-1]} of the plate stands twice"
            )
        seen.add((plate_row, label))
        lines.append(Line(row, plate_row, label))
        row += 1
    return lines


def _title(grid: CellGrid, row: int, start: int) -> str:
    for above in range(row - 1, max(row - 1 - _FARTHEST_TITLE, start - 1), -1):
        cells = [cell for cell in grid.rows[above] if cell]
        if cells:
            return " ".join(cells) if row_letter(cells[0]) is None or len(cells) == 1 else ""
    return ""
