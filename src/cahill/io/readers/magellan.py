"""Tecan Magellan: a list of wells with a column for each label, or matrices; the run's facts below.

Kinetic lists head their columns with the time of each cycle ("30s", sometimes with a temperature).
"""

import re

from cahill.core.plate import Plate, Reading, smallest_plate
from cahill.io.cell_grids import CellFile, CellGrid
from cahill.io.readers._blocks import find_blocks, plate_of_size
from cahill.io.readers._build import Read, build_reading, from_first_read, guessed, short_well
from cahill.io.readers._values import (
    clock_seconds,
    reading_value,
    signal_of,
    signal_of_values,
    wavelengths_of,
)

NAME = "Tecan Magellan"

_WELLS = ("Well positions", "Well position")
_NO_READINGS = ("Layout", "Replicate Info", "Plate", "Sample", "Concentration", "Dilution")
_TIME = re.compile(r"(\d+(?:[.,]\d+)?) ?s\b")
_FACT = re.compile(r"([A-Za-z][\w .]{2,40}): ?(.+)")


def sniff(file: CellFile) -> bool:
    """Tell whether Magellan wrote the file."""
    text = "\n".join("\t".join(row) for grid in file.sheets for row in grid.rows)
    listed = any("Layout" in row and set(row) & set(_WELLS) for g in file.sheets for row in g.rows)
    wells = any(mark in text for mark in _WELLS)
    signed = wells and ("Measurement mode" in text or ".mth" in text)
    return "Magellan" in text or signed or listed


def read(file: CellFile) -> tuple[Plate, ...]:
    """Read every sheet of the file that holds readings."""
    return tuple(_plate(grid) for grid in file.sheets if grid.rows)


def _plate(grid: CellGrid) -> Plate:
    facts = _facts(grid)
    head = next((r for r, cells in enumerate(grid.rows) if set(cells) & set(_WELLS)), None)
    labels: dict[str, str] = {}
    if head is not None:
        readings, labels = _list(grid, head, facts)
    else:
        readings = _matrices(grid, facts)
    wells = tuple(dict.fromkeys(well for reading in readings for well in reading.wells))
    blocks = find_blocks(grid) if head is None else []
    if blocks:
        rows, columns = zip(*(block.size for block in blocks))
        shape = plate_of_size(max(rows), max(columns))
    else:
        shape = smallest_plate(wells, grid.name)
    notes = guessed(readings, facts.get("Measurement mode", ""), grid.name)
    timed = from_first_read(readings)
    return Plate(grid.name, *shape, timed, labels, facts=facts, notes=notes)


def _facts(grid: CellGrid) -> dict[str, str]:
    facts: dict[str, str] = {}
    for cells in grid.rows:
        text = " ".join(cell for cell in cells if cell)
        match = _FACT.fullmatch(text)
        if match:
            facts.setdefault(match[1], match[2])
    return facts


def _list(grid: CellGrid, head: int, facts: dict[str, str]) -> tuple[list[Reading], dict[str, str]]:
    """Read a line a well, a column a label or a cycle."""
    headings = grid.rows[head]
    position = next(k for k, cell in enumerate(headings) if cell in _WELLS)
    rows = {}
    for row in range(head + 1, len(grid.rows)):
        well = short_well(grid.cell(row, position))
        if well is None:
            break
        rows[well] = row
    layout = headings.index("Layout") if "Layout" in headings else None
    labels = {} if layout is None else {w: grid.cell(r, layout) for w, r in rows.items()}
    cycles: list[tuple[float, int]] = []
    readings = []
    for column, heading in enumerate(headings):
        if column == position or not heading or heading in _NO_READINGS:
            continue
        time = _TIME.match(heading)
        if time:
            cycles.append((float(time[1].replace(",", ".")), column))
            continue
        found = _column(grid, rows, column)
        if found:
            readings.append(_reading(heading, [(0.0, found)], facts))
    if cycles:
        reads: list[Read] = [(time, _column(grid, rows, column)) for time, column in cycles]
        readings.append(_reading(facts.get("Label", "Kinetic"), reads, facts))
    return readings, {well: label for well, label in labels.items() if label}


def _column(grid: CellGrid, rows: dict[str, int], column: int) -> dict[str, tuple[float, bool]]:
    found = ((well, reading_value(grid, row, column)) for well, row in rows.items())
    return {well: value for well, value in found if value is not None}


def _matrices(grid: CellGrid, facts: dict[str, str]) -> list[Reading]:
    """Read matrices; those whose titles are times are the cycles of one reading."""
    readings, cycles = [], []
    for block in find_blocks(grid):
        values = block.values(block.labels()[0])
        seconds = clock_seconds(block.title.split(" /")[0].strip())
        if seconds is not None:
            cycles.append((seconds, values))
        elif values:
            readings.append(_reading(block.title or "Label 1", [(0.0, values)], facts))
    return [*readings, _reading("Kinetic", cycles, facts)] if cycles else readings


def _reading(name: str, reads: list[Read], facts: dict[str, str]) -> Reading:
    values = [value for _, found in reads for value, _ in found.values()]
    mode = facts.get("Measurement mode", "")
    signal = signal_of(mode) or signal_of(name) or signal_of_values(values)
    names = ("Measurement wavelength", "Excitation wavelength")
    told = " ".join(facts.get(key, "") for key in names)
    main = wavelengths_of(name)[0] or wavelengths_of(told)[0]
    emission = wavelengths_of(facts.get("Emission wavelength", ""))[0]
    return build_reading(name, signal, reads, (main, emission))
