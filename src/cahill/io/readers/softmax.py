"""Molecular Devices SoftMax Pro: text exports beginning with "##BLOCKS=".

A block ends with "~End". The first line of a plate names, in order, its format (plate or time), the
read type, the mode, the number of reads and their interval, and the wavelengths; wavelengths stand
side by side as repeated columns. Groups name the samples.
"""

import re
from dataclasses import dataclass, replace

from cahill.core.plate import Plate, Signal, plate_size, well_name
from cahill.errors import InputError
from cahill.io.cell_grids import CellFile, CellGrid
from cahill.io.cell_numbers import decimal_mark
from cahill.io.readers._blocks import column_numbers
from cahill.io.readers._build import Read, build_reading, from_first_read, short_well
from cahill.io.readers._values import clock_seconds, reading_value

NAME = "SoftMax Pro"

_SIGNALS: dict[str, Signal] = {
    "Absorbance": "absorbance",
    "Fluorescence": "fluorescence",
    "Luminescence": "luminescence",
}


@dataclass(frozen=True)
class _Head:
    """The first line of a plate."""

    name: str
    layout: str
    kind: str
    signal: Signal
    waves: tuple[tuple[float | None, float | None], ...]
    size: tuple[int, int]
    first_row: int
    row_count: int


def sniff(file: CellFile) -> bool:
    """Tell whether SoftMax Pro wrote the file."""
    return file.text.lstrip().startswith("##BLOCKS")


def read(file: CellFile) -> tuple[Plate, ...]:
    """Read every plate of the file."""
    grid = file.sheets[0]
    blocks = _blocks(grid)
    labels, concentrations = _groups(grid, blocks)
    plates = []
    for start, end in blocks:
        if grid.rows[start][0].startswith("Plate:"):
            part = decimal_mark(cell for row in grid.rows[start:end] for cell in row)
            plates.append(_plate(replace(grid, decimal=part), start, end, labels, concentrations))
    return tuple(plates)


def _blocks(grid: CellGrid) -> list[tuple[int, int]]:
    """Return first and last row of every block; the last row is not part of it."""
    found = []
    start = None
    for row, cells in enumerate(grid.rows):
        if not cells:
            continue
        if cells[0].startswith(("Plate:", "Group:", "Note:", "Cuvette")) and start is None:
            start = row
        elif cells[0].startswith("~End") and start is not None:
            found.append((start, row))
            start = None
    return found if start is None else [*found, (start, len(grid.rows))]


def _head(grid: CellGrid, row: int) -> _Head:
    cells = list(grid.rows[row])
    mode = next((k for k, cell in enumerate(cells) if cell in _SIGNALS), None)
    if mode is None or mode < 4:
        raise InputError(
            f'{grid.where(row)}: plate "{grid.cell(row, 1)}" is neither absorbance, fluorescence '
            "nor luminescence; only these are read"
        )
    # Fluorescence and luminescence have one more switch between the mode and the data type.
    count = mode + 9 + (grid.cell(row, mode + 1) in ("TRUE", "FALSE"))
    waves = _numbers(grid.cell(row, count + 1))
    wells = grid.cell(row, count + 4)
    excitation = _numbers(grid.cell(row, count + 5)) if cells[mode] == "Fluorescence" else []
    signal = _SIGNALS[cells[mode]]
    pairs: list[tuple[float | None, float | None]] = [(wave, None) for wave in waves]
    if excitation and len(excitation) == len(waves):
        pairs = list(zip(excitation, waves))
    if signal == "luminescence":
        pairs = [(None, wave or None) for wave in waves]
    size = plate_size(int(wells) if wells.isdigit() else 96, grid.where(row))
    # The line ends with the first row of the plate that was read and how many.
    tail = [int(cell) for cell in cells[count + 5 :] if cell.isdigit()][-2:]
    part = len(tail) == 2 and tail[0] >= 1 and tail[0] + tail[1] - 1 <= size[0]
    first, count_of_rows = (tail[0] - 1, tail[1]) if part else (0, size[0])
    return _Head(cells[1], cells[3], cells[4], signal, tuple(pairs), size, first, count_of_rows)


def _numbers(text: str) -> list[float]:
    parts = text.split()
    return [float(part) for part in parts] if all(re.fullmatch(r"\d+", p) for p in parts) else []


def _plate(
    grid: CellGrid, start: int, end: int, labels: dict[str, str], concentrations: dict[str, float]
) -> Plate:
    head = _head(grid, start)
    parts = _time_format(grid, start, end) if "Time" in head.layout else None
    if parts is None:
        parts = _plate_format(grid, start, end, head)
    reads, warm = parts
    spectrum = head.kind == "Spectrum"
    readings = []
    for k, series in enumerate(reads):
        waves = head.waves[k] if k < len(head.waves) else (None, None)
        if spectrum:
            for (wave, found), degrees in zip(series, warm):
                name = f"{wave:g}"
                readings.append(
                    build_reading(name, head.signal, [(0.0, found)], (wave, None), [degrees])
                )
        elif any(found for _, found in series):
            named = [f"{wave:g}" for wave in waves if wave]
            name = "/".join(named) or head.signal.capitalize()
            if name in {reading.name for reading in readings}:
                name = f"{name} ({k + 1})"
            readings.append(build_reading(name, head.signal, series, waves, warm))
    facts = {"Plate": head.name, "Read type": head.kind, "Mode": head.signal}
    wells = {well for reading in readings for well in reading.wells}
    return Plate(
        f"{grid.name} {head.name}",
        *head.size,
        from_first_read(readings),
        {well: label for well, label in labels.items() if well in wells},
        {well: value for well, value in concentrations.items() if well in wells},
        facts=facts,
    )


def _heading_row(grid: CellGrid, start: int, end: int) -> int:
    for row in range(start + 1, end):
        if any("temperature" in cell.lower() for cell in grid.rows[row][:3]):
            return row
    raise InputError(
        f'{grid.where(start)}: plate "{grid.cell(start, 1)}" has no readings; '
        "export it with its raw data"
    )


def _moment(text: str, spectrum: bool) -> float:
    """Return the time of a line in s, or its wavelength in nm."""
    if not text:
        return 0.0
    seconds = clock_seconds(text)
    if seconds is None:
        return float(text) if spectrum or re.fullmatch(r"[\d.]+", text) else 0.0
    return seconds


def _plate_format(
    grid: CellGrid, start: int, end: int, head: _Head
) -> tuple[list[list[Read]], list[float]]:
    """Read matrices under each other, one a read; wavelengths stand side by side."""
    heading = _heading_row(grid, start, end)
    starts = _repeats(grid, heading)
    # A second line of column numbers heads what SoftMax computed from the reads.
    stop = next((k for k in range(heading + 1, end) if _is_heading(grid.rows[k])), end)
    lines = _first_lines(grid, heading + 1, stop)
    series: list[list[Read]] = [[] for _ in starts]
    warm = []
    for k, line in enumerate(lines):
        first, until = _rows_of_read(grid, line, lines[k + 1] if lines[k + 1 :] else stop, head)
        moment = _moment(grid.cell(line, 0), head.kind == "Spectrum")
        degrees = grid.number(grid.cell(line, 1))
        warm.append(float("nan") if degrees is None else degrees)
        for reads, (column, numbers) in zip(series, starts):
            found = {}
            for row in range(line, until):
                for offset, number in enumerate(numbers):
                    value = reading_value(grid, row, column + offset)
                    if value is not None:
                        found[well_name(first + row - line, number)] = value
            reads.append((moment, found))
    return series, warm


def _rows_of_read(grid: CellGrid, line: int, end: int, head: _Head) -> tuple[int, int]:
    """Return the row of the plate that a read begins with, and the row after its last line.

    The lines carry no letters, so that one too many or too few would move all wells below it.
    """
    while end > line and not grid.rows[end - 1] and end - line > head.row_count:
        end -= 1
    count = end - line
    last_is_blank = not grid.rows[end - 1]
    if count == head.size[0] and not (last_is_blank and end < len(grid.rows) and grid.rows[end]):
        return 0, end
    if count == head.row_count < head.size[0]:
        return head.first_row, end
    raise InputError(
        f"{grid.where(line)}: the read has {count - last_is_blank} lines where the plate has "
        f"{head.row_count} rows; export it again"
    )


def _is_heading(cells: tuple[str, ...]) -> bool:
    """Tell whether a line holds the numbers of columns and nothing else."""
    run = column_numbers(cells)
    return run is not None and not any(cells[: run[0]]) and run[1][0] == 0 and len(run[1]) > 2


def _first_lines(grid: CellGrid, start: int, stop: int) -> list[int]:
    """Return the first line of every read: the one that tells the time or the temperature."""
    found = [row for row in range(start, stop) if any(grid.rows[row][:2])]
    if found:
        return found
    return [row for row in range(start, stop) if grid.rows[row]][:1]


def _repeats(grid: CellGrid, heading: int) -> list[tuple[int, tuple[int, ...]]]:
    """Return column and plate columns of every run of numbers 1, 2, 3 in the heading."""
    cells = grid.rows[heading]
    found, column = [], 2
    while column < len(cells):
        run = column_numbers(("", *cells[column:]))
        if run is None:
            if cells[column]:
                break
            column += 1
            continue
        first = column + run[0] - 1
        found.append((first, run[1]))
        column = first + len(run[1])
    return found


def _time_format(
    grid: CellGrid, start: int, end: int
) -> tuple[list[list[Read]], list[float]] | None:
    """Read one line a read, its columns wells; None if the headings are not wells."""
    heading = _heading_row(grid, start, end)
    sets: list[dict[str, int]] = []
    for column, text in enumerate(grid.rows[heading]):
        well = short_well(text)
        if well is None:
            continue
        if not sets or well in sets[-1]:
            sets.append({})
        sets[-1][well] = column
    if not sets:
        return None
    series: list[list[Read]] = [[] for _ in sets]
    warm = []
    for row in range(heading + 1, end):
        if not any(grid.rows[row][:2]):
            break
        degrees = grid.number(grid.cell(row, 1))
        warm.append(float("nan") if degrees is None else degrees)
        for reads, wells in zip(series, sets):
            found = {}
            for well, column in wells.items():
                value = reading_value(grid, row, column)
                if value is not None:
                    found[well] = value
            reads.append((_moment(grid.cell(row, 0), False), found))
    return series, warm


def _groups(
    grid: CellGrid, blocks: list[tuple[int, int]]
) -> tuple[dict[str, str], dict[str, float]]:
    """Return the sample, and the concentration if given, of every well that a group names."""
    labels: dict[str, str] = {}
    concentrations: dict[str, float] = {}
    for start, end in blocks:
        if not grid.rows[start][0].startswith("Group:") or start + 1 >= end:
            continue
        head = grid.rows[start + 1]
        wells = next((k for k, cell in enumerate(head) if cell in ("Wells", "Well")), None)
        if wells is None or not head or head[0] != "Sample":
            continue
        given = next((k for k, cell in enumerate(head) if cell.lower().startswith("conc")), None)
        group = " ".join(grid.rows[start]).removeprefix("Group:").split("\t")[0].strip()
        sample, value = "", None
        for row in range(start + 2, end):
            if not grid.rows[row]:
                break
            if grid.cell(row, 0):
                sample = f"{group} {grid.cell(row, 0)}"
                value = None if given is None else grid.number(grid.cell(row, given))
            well = short_well(grid.cell(row, wells))
            if well:
                labels[well] = sample
                if value is not None:
                    concentrations[well] = value
    return labels, concentrations
