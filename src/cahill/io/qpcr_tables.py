"""Tables inside qPCR exports: found by their headings, wherever they stand in a file."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from cahill.core.plate import well_name, well_position
from cahill.errors import InputError
from cahill.io.cell_grids import CellFile, CellGrid

_WELL = re.compile(r"[A-Pa-p]0?[1-9]\d?|[A-Fa-f]{2}\d{1,2}")
_SECTION = re.compile(r"\[([^\[\]]+)\]")
_SIGNAL = frozenset({"rn", "drn", "delta rn", "fluorescence", "rfu", "signal", "fluor", "r"})
_SAME = {"ct": "cq", "cp": "cq", "cycle number": "cycle", "cycles": "cycle"}
_MATRIX = ("cycle", "temperature")


@dataclass(frozen=True, eq=False)
class Table:
    """A table with its headings.

    Parameters
    ----------
    grid : CellGrid
    section : str
        Of the file: the line in brackets above it, or the sheet; small letters.
    columns : mapping of str to int
        Column by heading, as `heading` writes it.
    rows : tuple of int
        Rows of the grid that hold its records.
    """

    grid: CellGrid
    section: str
    columns: Mapping[str, int]
    rows: tuple[int, ...]

    def has(self, *names: str) -> bool:
        """Whether any of the headings is there."""
        return any(name in self.columns for name in names)

    def text(self, row: int, *names: str) -> str:
        """Return the first of the cells that is there and not blank."""
        for name in names:
            if name in self.columns:
                cell = self.grid.cell(row, self.columns[name])
                if cell:
                    return cell
        return ""

    def number(self, row: int, *names: str) -> float | None:
        """Return the first of the cells as a number; None if blank or no number."""
        return self.grid.number(self.text(row, *names))

    def where(self, row: int, *names: str) -> str:
        """Return the place of a cell, or of the row if none of the headings is there."""
        column = next((self.columns[name] for name in names if name in self.columns), None)
        return self.grid.where(row, column)

    @property
    def signal(self) -> str:
        """Heading of the fluorescence, Rn before others; blank if there is none."""
        return next((name for name in ("rn", *sorted(_SIGNAL)) if name in self.columns), "")

    @property
    def wells(self) -> dict[str, int]:
        """Columns that are named by wells (CFX)."""
        return {name: column for name, column in self.columns.items() if is_well(name)}

    @property
    def kind(self) -> str:
        """What the table holds.

        One of results, curves, curve matrix, melt, melt matrix, setup, or blank if it is none of
        these.
        """
        if self.has(*_MATRIX) and self.wells:
            return "curve matrix" if self.has("cycle") else "melt matrix"
        if self.has("cycle") and self.signal:
            return "curves"
        if self.has("temperature") and self.signal:
            return "melt"
        if self.has("cq") and self.has("well", "well position", "sample", "target"):
            return "results"
        if self.has("well", "well position") and self.has("sample", "target"):
            return "setup"
        return ""


def heading(text: str) -> str:
    """Write a heading in one way: "Ct", "CT" and "Cq" are "cq", "Target Name" is "target"."""
    plain = text.strip().lower().replace("\u03b4", "delta ").replace("\u0442", "t")
    plain = " ".join(re.sub(r"[_\-.]+", " ", plain).split())
    words = ["cq" if word in ("ct", "cp", "cт") else word for word in plain.split()]
    plain = " ".join(words)
    plain = re.sub(r"^(sample|target|gene|detector|assay)( name| id)?$", r"\1", plain)
    plain = _SAME.get(plain, plain)
    return {"gene": "target", "detector": "target", "assay": "target", "pos": "well"}.get(
        plain, plain
    )


def is_well(text: str) -> bool:
    """Whether a cell is the name of a well."""
    return _WELL.fullmatch(text) is not None


def tidy_well(text: str, where: str) -> str:
    """Return a well as "A1", whatever zeros it is written with; blank stays blank.

    Raises
    ------
    InputError
        If it is neither a well nor the number of a position.
    """
    if not text or text.isdigit():
        return text
    row, column = well_position(text, where=where)
    return well_name(row, column)


def find_tables(file: CellFile) -> list[Table]:
    """Find every table of a file that a qPCR export may hold."""
    return [table for grid in file.sheets for table in _tables(grid)]


def _tables(grid: CellGrid) -> Iterator[Table]:
    section = grid.sheet.lower()
    header: dict[str, int] | None = None
    rows: list[int] = []
    gap = False
    for k, cells in enumerate((*grid.rows, ("[end]",))):
        mark = _SECTION.fullmatch(cells[0]) if cells and len(cells) == 1 else None
        named = _header(cells)
        # After an empty line only a row as wide as the table belongs to it.
        ended = gap and header is not None and len([c for c in cells if c]) < len(header) / 2
        if mark or named or (cells and ended):
            if header is not None and rows:
                yield Table(grid, section, header, tuple(rows))
            header, rows = named, []
            if mark:
                section = mark[1].strip().lower()
        elif cells and header is not None:
            rows.append(k)
        gap = not cells


def _header(cells: Sequence[str]) -> dict[str, int] | None:
    """Return headings and columns if a row can be the head of a qPCR table."""
    names = [heading(cell) for cell in cells]
    known = set(names)
    wells = sum(map(is_well, cells))
    is_head = (
        (known & {"well", "well position"} and known & {"sample", "target", "cq", "cycle", "fluor"})
        or (known & {"well", "well position"} and known & {"temperature"})
        or {"sample", "cq"} <= known
        or {"target", "cq"} <= known
        or (known & set(_MATRIX) and wells > 0)
    )
    if not is_head:
        return None
    columns: dict[str, int] = {}
    for column, (name, cell) in enumerate(zip(names, cells)):
        if name:
            columns.setdefault(cell.upper() if is_well(cell) else name, column)
    return columns


def key_values(file: CellFile) -> dict[str, str]:
    """Return what stands in "key = value" lines or in two cells above the tables."""
    facts: dict[str, str] = {}
    for grid in file.sheets:
        for cells in grid.rows[:80]:
            if _header(cells):
                break
            if len(cells) == 2 and not cells[0].startswith("["):
                facts.setdefault(cells[0].strip("*# :"), cells[1])
                continue
            line = " ".join(cells)
            match = re.fullmatch(r"[*#]\s*([^=:]+?)\s*[=:]\s*(.+)", line)
            if match:
                facts.setdefault(match[1], match[2])
    return {key: value for key, value in facts.items() if key and value and value != "NA"}


def cq_of(table: Table, row: int, undetermined: frozenset[str]) -> float | None:
    """Return the Cq of a record; None where there was no amplification.

    Raises
    ------
    InputError
        If the cell is neither a number nor a word for none.
    """
    text = table.text(row, "cq")
    value = table.grid.number(text)
    if value is not None:
        return value if value > 0 else None
    if text.lower() in undetermined:
        return None
    where = table.where(row, "cq")
    raise InputError(f'{where}: Cq "{text}" is no number; write one, or Undetermined')
