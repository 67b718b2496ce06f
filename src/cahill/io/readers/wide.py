"""Tables with a column of times and a column for each well, or for each trace by its name."""

import re
from dataclasses import dataclass

from cahill.core.plate import Plate, smallest_plate, well_name
from cahill.errors import InputError
from cahill.io.cell_grids import CellFile, CellGrid
from cahill.io.readers._build import (
    Read,
    build_reading,
    from_first_read,
    short_well,
    well_columns,
)
from cahill.io.readers._values import heading_seconds, reading_value, time_cell, wavelengths_of
from cahill.io.readers.plain_plate import signal_told

NAME = "table of times and wells"
PLAIN = True

_TIME = re.compile(r"time|zeit|t(?=[\s\[(,_]|$)")
_FARTHEST_HEADING = 8
"""Rows among which the headings are looked for."""


@dataclass(frozen=True)
class _Heading:
    """Row of the headings, columns of time, temperature and traces, and the name above."""

    row: int
    time: int
    warm: int | None
    traces: dict[int, str]
    title: str


def sniff(file: CellFile) -> bool:
    """Tell whether the first sheet begins with a column of times and others of readings."""
    grid = file.sheets[0]
    heading = _heading(grid)
    if heading is None:
        return False
    below = next((row for row in range(heading.row + 1, len(grid.rows)) if grid.rows[row]), None)
    return below is not None and grid.cell(below, heading.time)[:1].isdigit()


def read(file: CellFile) -> tuple[Plate, ...]:
    """Read every sheet that has such a table as a plate."""
    found = ((grid, _heading(grid)) for grid in file.sheets)
    return tuple(_plate(grid, heading) for grid, heading in found if heading is not None)


def _heading(grid: CellGrid) -> _Heading | None:
    title = ""
    for row, cells in enumerate(grid.rows[:_FARTHEST_HEADING]):
        names = [cell.lower() for cell in cells]
        if (
            names and names[0].split(" ")[0].strip("[](),_:") in ("time", "t", "zeit", "time_s")
        ) or (names and names[0].startswith(("time", "time_"))):
            if any(name in ("well", "wells", "position") for name in names) or len(cells) < 2:
                return None
            warm = next(
                (k for k, name in enumerate(names) if name.startswith(("temp", "t°"))), None
            )
            traces = {k: cell for k, cell in enumerate(cells) if k and k != warm and cell}
            return _Heading(row, 0, warm, traces, title)
        if len([name for name in names if name]) == 1:
            title = cells[-1]
        elif names:
            return None
    return None


def _plate(grid: CellGrid, heading: _Heading) -> Plate:
    notes: list[str] = []
    wells, labels = _wells(grid, heading, notes)
    reads, warm = _reads(grid, heading, wells)
    values = [value for _, found in reads for value, _ in found.values()]
    waves = wavelengths_of(heading.title)
    signal = signal_told(heading.title, waves, values, grid.name, notes)
    reading = build_reading(heading.title or signal.capitalize(), signal, reads, waves, warm)
    shape = smallest_plate(tuple(wells.values()), grid.name)
    return Plate(grid.name, *shape, from_first_read([reading]), labels, notes=tuple(notes))


def _wells(
    grid: CellGrid, heading: _Heading, notes: list[str]
) -> tuple[dict[int, str], dict[str, str]]:
    """Return the well of every column; traces that are not named by wells are numbered."""
    wells = {column: short_well(text) for column, text in heading.traces.items()}
    named = {column: well for column, well in wells.items() if well is not None}
    if len(named) == len(wells):
        return {column: well for well, column in well_columns(grid, heading.row).items()}, {}
    width = 12 if len(wells) <= 96 else 24
    numbered = {column: well_name(*divmod(k, width)) for k, column in enumerate(wells)}
    notes.append(
        f"{grid.where(heading.row)}: the headings are not wells; the traces are numbered A1 to "
        f"{list(numbered.values())[-1]} in their order and keep their names as labels"
    )
    return numbered, {numbered[column]: text for column, text in heading.traces.items()}


def _reads(
    grid: CellGrid, heading: _Heading, wells: dict[int, str]
) -> tuple[list[Read], list[float]]:
    scale = heading_seconds(grid.cell(heading.row, heading.time))
    width = len(grid.rows[heading.row])
    reads: list[Read] = []
    warm: list[float] = []
    for row in range(heading.row + 1, len(grid.rows)):
        if not grid.rows[row]:
            continue
        if len(grid.rows[row]) > width:
            raise InputError(
                f"{grid.where(row)}: it has {len(grid.rows[row])} cells under {width} headings; "
                "separate cells by tabs or semicolons if commas are decimal marks"
            )
        found = {}
        for column, well in wells.items():
            value = reading_value(grid, row, column)
            if value is not None:
                found[well] = value
        if not found:
            continue
        seconds = time_cell(grid, row, heading.time, scale)
        if reads and seconds <= reads[-1][0]:
            raise InputError(f"{grid.where(row)}: its time is not later than that of the row above")
        reads.append((seconds, found))
        degrees = None if heading.warm is None else grid.number(grid.cell(row, heading.warm))
        warm.append(float("nan") if degrees is None else degrees)
    if not reads:
        raise InputError(f"{grid.where(heading.row)}: there are no readings under the headings")
    return reads, warm
