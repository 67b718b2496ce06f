"""BMG Labtech (MARS, Omega, CLARIOstar, PHERAstar): matrices, lists of wells, time tables.

The head names user, path, test run and test; "Raw Data (340)" stands above a matrix, or heads the
columns of a list of wells ("Well Row", "Well Col", "Content"), under which a line gives the times.
"""

import re
from collections.abc import Iterable

from cahill.core.plate import Plate, Reading, Signal, smallest_plate
from cahill.errors import InputError
from cahill.io.cell_grids import CellFile, CellGrid
from cahill.io.readers._blocks import find_blocks, plate_of_size
from cahill.io.readers._build import (
    Read,
    build_reading,
    from_first_read,
    guessed,
    short_well,
    well_columns,
    wells_row,
)
from cahill.io.readers._values import (
    clock_seconds,
    heading_seconds,
    reading_value,
    signal_of,
    signal_of_values,
    time_cell,
    wavelengths_of,
)

NAME = "BMG Labtech MARS"

_RAW = re.compile(r"Raw Data(?: ?\(([^)]*)\))?", re.IGNORECASE)
_SPOKEN = re.compile(r"(?:\d+ ?h)? ?(?:\d+ ?min)? ?(?:\d+(?:[.,]\d+)? ?s)?$")
_FACT = re.compile(r"([A-Za-z][\w. ]{1,30}): ?(.*)")


def sniff(file: CellFile) -> bool:
    """Tell whether MARS wrote the file."""
    text = file.text
    signed = re.search(r"Test run no|BMG LABTECH|CLARIOstar|PHERAstar|SPECTROstar", text)
    return bool(signed) or ("Test name:" in text and "User:" in text) or bool(_columns_of(file))


def _columns_of(file: CellFile) -> bool:
    """Tell whether a list of wells has the headings of MARS."""
    rows = (row for grid in file.sheets for row in grid.rows[:30])
    return any({"Well Row", "Well Col"} <= set(row) or _is_list(row) for row in rows)


def _is_list(row: Iterable[str]) -> bool:
    row = tuple(row)
    return "Content" in row and any(_RAW.match(cell) for cell in row)


def read(file: CellFile) -> tuple[Plate, ...]:
    """Read every sheet of the file that holds readings."""
    return tuple(_plate(grid) for grid in file.sheets if grid.rows)


def _plate(grid: CellGrid) -> Plate:
    facts = _facts(grid)
    mode = _mode(grid)
    labels: dict[str, str] = {}
    readings: list[Reading] = []
    sizes = []
    for row, cells in enumerate(grid.rows):
        if {"Well Row", "Well Col"} <= set(cells) or _is_list(cells):
            found, labels = _list(grid, row, mode)
            readings += found
        elif cells and cells[0].startswith("Time") and (wells := well_columns(grid, row)):
            readings.append(_times_down(grid, row, wells, mode))
    if not readings:
        readings, sizes = _matrices(grid, mode)
    wells = tuple(dict.fromkeys(well for reading in readings for well in reading.wells))
    shape = smallest_plate(wells, grid.name)
    if sizes:
        shape = plate_of_size(max(rows for rows, _ in sizes), max(columns for _, columns in sizes))
    notes = guessed(readings, mode or "", grid.name)
    timed = from_first_read(readings)
    return Plate(grid.name, *shape, timed, labels, facts=facts, notes=notes)


def _facts(grid: CellGrid) -> dict[str, str]:
    facts: dict[str, str] = {}
    for cells in grid.rows[:15]:
        for cell in cells:
            match = _FACT.fullmatch(cell)
            if match:
                facts.setdefault(match[1], match[2])
    return facts


def _mode(grid: CellGrid) -> Signal | None:
    """Return the signal that a line of the head names ("Absorbance")."""
    for cells in grid.rows[:15]:
        lone = [cell for cell in cells if cell]
        if lone and len(lone) <= 2 and (signal := signal_of(lone[0])) and ":" not in lone[0]:
            return signal
    return None


def _name(heading: str) -> str:
    """Return the name of a reading without the time or the number of its cycle."""
    match = _RAW.match(heading)
    text = heading if match is None else match[1] or "Raw Data"
    return re.sub(r"^(\d{3,4}(?:[-/]\d+)?) \d+$", r"\1", text.strip())


def _list(grid: CellGrid, head: int, mode: Signal | None) -> tuple[list[Reading], dict[str, str]]:
    """Read a line a well; columns of one name are the cycles of one reading."""
    headings = grid.rows[head]
    rows = _list_rows(grid, head)
    content = headings.index("Content") if "Content" in headings else None
    first = next(iter(rows.values()), head + 1)
    times = _list_times(grid, head, first)
    columns: dict[str, list[int]] = {}
    for column, heading in enumerate(headings):
        if _RAW.match(heading):
            columns.setdefault(_name(heading), []).append(column)
    readings = []
    for name, chosen in columns.items():
        if len(chosen) > 1 and any(column not in times for column in chosen):
            raise InputError(
                f'{grid.where(head)}: "{headings[chosen[0]]}" heads {len(chosen)} columns but '
                "there is no line of times under it; export the table with its time"
            )
        reads: list[Read] = [
            (times[column] if len(chosen) > 1 else 0.0, _cells(grid, rows, column))
            for column in chosen
        ]
        readings.append(_reading(name, reads, mode))
    labels = {} if content is None else {w: grid.cell(r, content) for w, r in rows.items()}
    return readings, {well: label for well, label in labels.items() if label}


def _list_rows(grid: CellGrid, head: int) -> dict[str, int]:
    headings = grid.rows[head]
    rows: dict[str, int] = {}
    for row in range(head + 1, len(grid.rows)):
        if "Well Row" in headings:
            letter = grid.cell(row, headings.index("Well Row"))
            well = short_well(letter + grid.cell(row, headings.index("Well Col")))
        else:
            well = short_well(grid.cell(row, headings.index("Well") if "Well" in headings else 0))
        if well in rows:
            raise InputError(f"{grid.where(row)}: well {well} stands twice; keep one")
        if well is not None:
            rows[well] = row
        elif rows and grid.rows[row]:
            break
    return rows


def _list_times(grid: CellGrid, head: int, first: int) -> dict[int, float]:
    """Return the time of every column, from a line under the headings; s."""
    for row in range(head + 1, first):
        heading = next((cell for cell in grid.rows[row] if cell.startswith("Time")), None)
        if heading is not None:
            scale = heading_seconds(heading)
            start = grid.rows[row].index(heading) + 1
            columns = range(start, len(grid.rows[row]))
            return {k: time_cell(grid, row, k, scale) for k in columns if grid.cell(row, k)}
    found = {k: _SPOKEN.search(cell) for k, cell in enumerate(grid.rows[head])}
    spoken = {
        k: clock_seconds(hit[0].strip()) for k, hit in found.items() if hit and hit[0].strip()
    }
    return {k: seconds for k, seconds in spoken.items() if seconds is not None}


def _cells(grid: CellGrid, rows: dict[str, int], column: int) -> dict[str, tuple[float, bool]]:
    found = ((well, reading_value(grid, row, column)) for well, row in rows.items())
    return {well: value for well, value in found if value is not None}


def _times_down(grid: CellGrid, row: int, wells: dict[str, int], mode: Signal | None) -> Reading:
    """Read a line a time, a column a well."""
    scale = heading_seconds(grid.rows[row][0])
    reads: list[Read] = []
    for k in range(row + 1, len(grid.rows)):
        found = wells_row(grid, k, wells)
        if not found or not grid.cell(k, 0):
            break
        reads.append((time_cell(grid, k, 0, scale), found))
    above = (grid.rows[k][0] for k in range(row - 1, -1, -1) if grid.rows[k])
    return _reading(_name(next(above, "")), reads, mode)


def _matrices(grid: CellGrid, mode: Signal | None) -> tuple[list[Reading], list[tuple[int, int]]]:
    """Read matrices; those of one name whose titles tell a time are cycles of one reading."""
    series: dict[str, list[Read]] = {}
    sizes = []
    for number, block in enumerate(find_blocks(grid)):
        values = block.values(block.labels()[0])
        spoken = _SPOKEN.search(block.title.rstrip(")"))
        seconds = clock_seconds(spoken[0].strip()) if spoken and spoken[0].strip() else None
        name = _name(block.title) or f"Reading {number + 1}"
        if seconds is None:
            name = name if name not in series else f"{name} ({number + 1})"
        elif not block.title.lower().startswith("raw"):
            name = "Kinetic"
        if values:
            sizes.append(block.size)
            series.setdefault(name, []).append((seconds or 0.0, values))
    return [_reading(name, reads, mode) for name, reads in series.items()], sizes


def _reading(name: str, reads: list[Read], mode: Signal | None) -> Reading:
    values = [value for _, found in reads for value, _ in found.values()]
    waves = wavelengths_of(name)
    signal = mode or signal_of(name) or ("fluorescence" if waves[1] else signal_of_values(values))
    return build_reading(name or signal.capitalize(), signal, reads, waves)
