"""BioTek/Agilent Gen5: text and workbook exports, kinetic, endpoint and spectral.

A plate is a run of sections: facts, the procedure with its read steps, a layout matrix (Well ID,
Conc/Dil), tables of time and wells, and a Results matrix whose lines are raw readings (named by
step and wavelength) and what Gen5 computed ("Mean V [420]", "260:Pathlength").
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from cahill.core.plate import Plate, Reading, Signal, plate_size, smallest_plate
from cahill.io.cell_grids import CellFile, CellGrid
from cahill.io.readers._blocks import Block, find_blocks, plate_of_size
from cahill.io.readers._build import (
    Read,
    build_reading,
    fact_lines,
    from_first_read,
    well_columns,
    wells_row,
)
from cahill.io.readers._values import clock_seconds, signal_of, time_cell, wavelengths_of

NAME = "Gen5"

_LAYOUT = {"Well ID", "Name", "Conc/Dil", "Conc", "Dil"}
_RAW = re.compile(
    r"(?:(?P<step>.+?):)?(?P<wave>\d{3,4}|\d+(?:/\d+)?,\s?\d+(?:/\d+)?|Lum\w*|Alpha\w*|EM|\d+/\d+)"
    r"(?: \[[A-Za-z]+\])?"
)
_CALCULATED = re.compile(r"\b(Blank|Corrected|Mean|Max|Delta|Ratio|Conc|SD|CV)", re.IGNORECASE)
_EXPECTED = re.compile(r"(\d+) Reads\b")
_INTERVAL = re.compile(r"Interval (\d+:\d\d:\d\d)")


@dataclass
class _Step:
    """A read step of the procedure: its label, signal and wavelengths as written."""

    name: str
    signal: Signal
    waves: list[str] = field(default_factory=list)


def sniff(file: CellFile) -> bool:
    """Tell whether Gen5 wrote the file."""
    marks = ("Reader Type:", "Experiment File Path:", "Procedure Details", "Reading Type")
    return "Software Version" in file.text and sum(mark in file.text for mark in marks) >= 2


def read(file: CellFile) -> tuple[Plate, ...]:
    """Read every plate of the file."""
    return tuple(plate for grid in file.sheets for plate in _plates(grid))


def _plates(grid: CellGrid) -> list[Plate]:
    rows = [row for row, cells in enumerate(grid.rows) if _first(cells) == "Plate Number"]
    if not rows:
        return [_plate(grid, 0, 0, len(grid.rows))] if grid.rows else []
    ends = [*rows[1:], len(grid.rows)]
    return [_plate(grid, rows[0], start, end) for start, end in zip(rows, ends)]


def _plate(grid: CellGrid, head: int, start: int, end: int) -> Plate:
    procedure = _row_of(grid, "Procedure Details", start, end)
    until = procedure if procedure is not None else min(start + 12, end)
    facts = fact_lines(grid, 0, head) | fact_lines(grid, start, until)
    steps, expected, size = _procedure(grid, procedure or start, end)
    notes: list[str] = []
    readings = _tables(grid, start, end, steps, expected, notes)
    blocks = find_blocks(grid, start, end)
    labels, concentrations = _layout(grid, blocks, notes)
    warm = _temperatures(grid, start, end)
    raw, reported = _results(blocks, steps, {reading.name for reading in readings}, warm)
    facts |= _curve(grid, start, end)
    shape = size or _shape(blocks, [*readings, *raw], grid.name)
    name = grid.name if head == start else f"{grid.name} {facts.get('Plate Number', '')}".strip()
    readings = from_first_read([*readings, *raw])
    return Plate(name, *shape, readings, labels, concentrations, reported, facts, tuple(notes))


def _first(cells: Sequence[str]) -> str:
    return next((cell for cell in cells if cell), "")


def _row_of(grid: CellGrid, text: str, start: int, end: int) -> int | None:
    return next((row for row in range(start, end) if _first(grid.rows[row]) == text), None)


def _shape(blocks: list[Block], readings: list[Reading], where: str) -> tuple[int, int]:
    if blocks:
        rows, columns = zip(*(block.size for block in blocks))
        return plate_of_size(max(rows), max(columns))
    wells = tuple(dict.fromkeys(well for reading in readings for well in reading.wells))
    return smallest_plate(wells, where)


def _procedure(
    grid: CellGrid, start: int, end: int
) -> tuple[list[_Step], tuple[int, float | None] | None, tuple[int, int] | None]:
    """Return the read steps, the reads announced and their interval, and the size of the plate."""
    steps: list[_Step] = []
    expected, size = None, None
    for row in range(start, end):
        cells = [cell for cell in grid.rows[row] if cell]
        text = " ".join(cells)
        if text in ("Layout", "Results") or (cells and cells[0] == "Time"):
            break
        if cells and cells[0] == "Plate Type":
            wells = re.search(r"\b(6|12|24|48|96|384|1536)\b", " ".join(cells[1:]))
            size = plate_size(int(wells[1])) if wells else None
        elif cells and cells[0] == "Read" and len(cells) > 1:
            steps.append(_Step(re.sub(r" (Endpoint|Spectrum)$", "", cells[1]), "absorbance"))
        if steps and (signal := signal_of(text.split(" ")[0])):
            steps[-1].signal = signal
        if steps and (waves := re.search(r"(Wavelengths?|Excitation|Emission).*", text)):
            steps[-1].waves.append(waves[0])
        if hit := _EXPECTED.search(text):
            interval = _INTERVAL.search(text)
            seconds = clock_seconds(interval[1]) if interval else None
            expected = int(hit[1]), seconds
    return steps, expected, size


def _step_of(label: str, steps: list[_Step]) -> _Step | None:
    """Return the step that a label names, or that reads its wavelength, or the only one."""
    head = label.rpartition(":")[0]
    for step in steps:
        if head and step.name.casefold() == head.casefold():
            return step
    wave = re.search(r"\d{3,4}", label.rpartition(":")[2])
    for step in steps:
        if wave and any(wave[0] in text for text in step.waves):
            return step
    return steps[0] if len(steps) == 1 else None


def _signal(label: str, steps: list[_Step]) -> Signal:
    step = _step_of(label, steps)
    if step is not None:
        return step.signal
    if "," in label:
        return "fluorescence"
    return "luminescence" if re.search(r"Lum|Alpha", label) else "absorbance"


def _waves(label: str, signal: Signal) -> tuple[float | None, float | None]:
    found = wavelengths_of(label.rpartition(":")[2])
    return (None, None) if signal == "luminescence" else found


def _tables(
    grid: CellGrid,
    start: int,
    end: int,
    steps: list[_Step],
    expected: tuple[int, float | None] | None,
    notes: list[str],
) -> list[Reading]:
    """Read every table of time (or wavelength) and wells."""
    readings = []
    for row in range(start, end):
        heading = _first(grid.rows[row])
        if heading not in ("Time", "Wavelength"):
            continue
        wells = well_columns(grid, row)
        if not wells:
            continue
        above = (_first(grid.rows[k]) for k in range(row - 1, start, -1))
        title = next((text for text in above if text), "")
        if heading == "Time":
            readings.append(_kinetic(grid, row, end, wells, title, steps))
            found = len(readings[-1].values)
            if expected is not None and found != expected[0]:
                notes.append(
                    f"{grid.where(row)}: the procedure announces {expected[0]} reads, the table "
                    f"has {found}{_thinned(readings[-1], expected[1])}"
                )
        else:
            readings += _spectrum(grid, row, end, wells, title, steps)
    return readings


def _thinned(reading: Reading, interval: float | None) -> str:
    """Say how many of the reads were exported, if the times tell.

    Gen5 computes its rates from all reads, so that an export of fewer cannot repeat them exactly.
    """
    if interval is None or not reading.kinetic:
        return ""
    every = float(np.median(np.diff(reading.times[:, 0]))) / interval
    if every < 1.5 or abs(every - round(every)) > 0.05:
        return ""
    return f", one in {round(every)} by its times; Gen5 computed its results from all"


def _kinetic(
    grid: CellGrid, row: int, end: int, wells: dict[str, int], title: str, steps: list[_Step]
) -> Reading:
    column = grid.rows[row].index("Time")
    warm = column + 1 if grid.cell(row, column + 1) not in wells else None
    reads: list[Read] = []
    temperatures = []
    for k in range(row + 1, end):
        if not grid.cell(k, column):
            break
        found = wells_row(grid, k, wells)
        # Gen5 fills reads that were never taken with lines that hold nothing but 0:00:00.
        if found:
            reads.append((time_cell(grid, k, column, None), found))
            degrees = None if warm is None else grid.number(grid.cell(k, warm))
            temperatures.append(float("nan") if degrees is None else degrees)
    signal = _signal(title, steps)
    return build_reading(title, signal, reads, _waves(title, signal), temperatures)


def _spectrum(
    grid: CellGrid, row: int, end: int, wells: dict[str, int], title: str, steps: list[_Step]
) -> list[Reading]:
    column = grid.rows[row].index("Wavelength")
    signal = _signal(title, steps)
    readings = []
    for k in range(row + 1, end):
        wave = grid.number(grid.cell(k, column))
        if wave is None:
            break
        name = f"{title} {wave:g}" if title else f"{wave:g}"
        readings.append(
            build_reading(name, signal, [(0.0, wells_row(grid, k, wells))], (wave, None))
        )
    return readings


def _layout(
    grid: CellGrid, blocks: list[Block], notes: list[str]
) -> tuple[dict[str, str], dict[str, float]]:
    """Return what the layout matrices name each well and the concentrations they give."""
    labels: dict[str, str] = {}
    concentrations: dict[str, float] = {}
    for block in blocks:
        for label in block.labels():
            if label in ("Well ID", "Name"):
                labels |= block.names(label, notes)
            elif label in _LAYOUT:
                found = ((well, grid.number(text)) for well, text in block.texts(label).items())
                concentrations |= {well: value for well, value in found if value is not None}
    return labels, concentrations


def _results(
    blocks: list[Block], steps: list[_Step], taken: set[str], warm: list[float]
) -> tuple[list[Reading], dict[str, dict[str, str]]]:
    """Tell raw readings from what Gen5 computed, and return both."""
    # Gen5 prints a temperature for each wavelength in turn; only one that all share is sure.
    temperature = warm[:1] if len(set(warm)) == 1 else None
    raw: list[Reading] = []
    reported: dict[str, dict[str, str]] = {}
    for block in blocks:
        for label in block.labels():
            if label in _LAYOUT:
                continue
            name = label or block.title
            if name not in taken and _is_raw(name, steps):
                signal = _signal(name, steps)
                values = block.values(label)
                if values:
                    waves = _waves(name, signal)
                    raw.append(build_reading(name, signal, [(0.0, values)], waves, temperature))
            else:
                reported[name] = block.texts(label)
    return raw, reported


def _is_raw(label: str, steps: list[_Step]) -> bool:
    names = {step.name.casefold() for step in steps}
    match = _RAW.fullmatch(label)
    if match is None:
        head, _, tail = label.rpartition(":")
        return head.casefold() in names and head != "" and tail not in ("Pathlength",)
    head = match["step"]
    if head is None:
        return True
    return head.casefold() in names or (not _CALCULATED.search(head) and head.startswith("Read"))


def _curve(grid: CellGrid, start: int, end: int) -> dict[str, str]:
    """Return the fitted standard curves: "Curve A", "Curve R2", "Curve Formula"."""
    row = _row_of(grid, "Curve Fitting Results", start, end)
    facts: dict[str, str] = {}
    while row is not None and row + 1 < end:
        row += 1
        cells = grid.rows[row]
        if "Curve Name" in cells:
            column, headings = cells.index("Curve Name"), cells
            for values in grid.rows[row + 1 : end]:
                if len(values) <= column or not values[column]:
                    break
                for heading, value in list(zip(headings, values))[column + 1 :]:
                    facts[f"{values[column]} {heading.removeprefix('Curve ')}"] = value
            break
    return facts


def _temperatures(grid: CellGrid, start: int, end: int) -> list[float]:
    rows = [row for row in grid.rows[start:end] if _first(row).startswith("Actual Temperature")]
    found = (grid.number(row[-1]) for row in rows)
    return [value for value in found if value is not None]
