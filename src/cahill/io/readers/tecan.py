"""Tecan SparkControl and i-control: workbooks and text, endpoint and kinetic.

Readings stand under the name of their label: a matrix with "<>" in its corner, or a table that
begins with "Cycle Nr.", whose cycles are rows (wells are columns) or columns (wells are rows).
"""

import re

from cahill.core.plate import Plate, Reading, Signal, plate_size, smallest_plate
from cahill.errors import InputError
from cahill.io.cell_grids import CellFile, CellGrid
from cahill.io.readers._blocks import find_blocks, plate_of_size
from cahill.io.readers._build import (
    Read,
    build_reading,
    fact_lines,
    from_first_read,
    guessed,
    short_well,
    well_columns,
    wells_row,
)
from cahill.io.readers._values import (
    heading_seconds,
    reading_value,
    signal_of,
    signal_of_values,
    time_cell,
)

NAME = "Tecan Spark/i-control"

_MARK = re.compile(
    r"(Application: ?(Tecan|Spark)|Device: ?(Spark|infinite|Tecan|Safire|Genios)|i-control|"
    r"SparkControl|Cycle Nr\.)",
    re.IGNORECASE,
)
_CYCLE = "Cycle Nr."
_SOLD = re.compile(r"\b(6|12|24|48|96|384|1536)(?= ?(flat|well|ft|f\b|_|u\b|v\b))")


def sniff(file: CellFile) -> bool:
    """Tell whether SparkControl or i-control wrote the file."""
    return _MARK.search(file.text) is not None and "Magellan" not in file.text


def read(file: CellFile) -> tuple[Plate, ...]:
    """Read every sheet of the file that holds readings."""
    return tuple(_plate(grid) for grid in file.sheets if grid.rows)


def _plate(grid: CellGrid) -> Plate:
    settings = _settings(grid)
    readings: list[Reading] = []
    size = (0, 0)
    for row, cells in enumerate(grid.rows):
        if cells and cells[0] == _CYCLE:
            name = _name_above(grid, row)
            readings.append(_cycles(grid, row, name, settings.get(name, {})))
    for block in find_blocks(grid):
        name = block.title if block.title in settings else _name_above(grid, block.top)
        values = block.values(block.labels()[0])
        if values:
            reads: list[Read] = [(0.0, values)]
            readings.append(_reading(name, reads, settings.get(name, {}), None))
            size = max(size, block.size)
    facts = fact_lines(grid, 0, min(45, len(grid.rows)))
    wells = tuple(dict.fromkeys(well for reading in readings for well in reading.wells))
    told = _SOLD.search(facts.get("Plate", ""))
    if told:
        shape = plate_size(int(told[1]))
    else:
        shape = plate_of_size(*size) if size[0] else smallest_plate(wells, grid.name)
    notes = guessed(
        readings, " ".join(known.get("Mode", "") for known in settings.values()), grid.name
    )
    timed = from_first_read(readings)
    return Plate(grid.name, *shape, timed, facts=facts, notes=notes)


def _settings(grid: CellGrid) -> dict[str, dict[str, str]]:
    """Return the settings of every label: mode and wavelengths, as written."""
    found: dict[str, dict[str, str]] = {}
    current: dict[str, str] = {}
    label = ""
    for row in grid.rows:
        cells = [cell for cell in row if cell]
        # i-control names the label above its settings, SparkControl among them.
        if len(cells) == 1 and cells[0].startswith("Label: "):
            label = cells[0].removeprefix("Label: ")
        if len(cells) < 2:
            continue
        if cells[0] == "Mode":
            current = {"Mode": cells[1]}
            found |= {label: current} if label else {}
            label = ""
        elif cells[0] in ("Name", "Label") and "Mode" in current:
            found.setdefault(cells[1], current)
        else:
            current.setdefault(cells[0], cells[1])
    return found


def _name_above(grid: CellGrid, row: int) -> str:
    """Return the label's name: the nearest line above that holds one cell."""
    for above in range(row - 1, max(row - 6, -1), -1):
        cells = [cell for cell in grid.rows[above] if cell]
        if len(cells) == 1 and not cells[0].startswith(("Start Time", "Temperature")):
            return cells[0].removeprefix("Label: ")
    return ""


def _cycles(grid: CellGrid, row: int, name: str, settings: dict[str, str]) -> Reading:
    wells = well_columns(grid, row)
    if wells:
        return _cycles_down(grid, row, wells, name, settings)
    return _cycles_across(grid, row, name, settings)


def _cycles_down(
    grid: CellGrid, row: int, wells: dict[str, int], name: str, settings: dict[str, str]
) -> Reading:
    head = grid.rows[row]
    time = next((k for k, cell in enumerate(head) if cell.startswith("Time")), None)
    warm = next((k for k, cell in enumerate(head) if cell.startswith("Temp")), None)
    if time is None:
        raise InputError(f'{grid.where(row)}: there is no "Time [s]" beside "{_CYCLE}"')
    scale = heading_seconds(head[time])
    reads: list[Read] = []
    temperatures = []
    for k in range(row + 1, len(grid.rows)):
        if grid.number(grid.cell(k, 0)) is None:
            break
        found = wells_row(grid, k, wells)
        # A run that was stopped leaves numbered lines without readings.
        if found:
            reads.append((time_cell(grid, k, time, scale), found))
            temperatures.append(_degrees(grid, k, warm))
    return _reading(name, reads, settings, temperatures)


def _cycles_across(grid: CellGrid, row: int, name: str, settings: dict[str, str]) -> Reading:
    times: list[float] = []
    temperatures: list[float] = []
    found: list[dict[str, tuple[float, bool]]] = []
    columns = [k for k, cell in enumerate(grid.rows[row]) if k and grid.number(cell) is not None]
    for k in range(row + 1, len(grid.rows)):
        heading = grid.cell(k, 0)
        if heading.startswith("Time"):
            scale = heading_seconds(heading)
            columns = [column for column in columns if grid.cell(k, column)]
            times = [time_cell(grid, k, column, scale) for column in columns]
            found = [{} for _ in columns]
        elif heading.startswith("Temp"):
            temperatures = [_degrees(grid, k, column) for column in columns]
        elif (well := short_well(heading)) is not None and times:
            if any(well in cycle for cycle in found):
                raise InputError(f"{grid.where(k)}: well {well} stands twice; keep one")
            for cycle, column in zip(found, columns):
                value = reading_value(grid, k, column)
                if value is not None:
                    cycle[well] = value
        else:
            break
    return _reading(name, list(zip(times, found)), settings, temperatures or None)


def _degrees(grid: CellGrid, row: int, column: int | None) -> float:
    value = None if column is None else grid.number(grid.cell(row, column))
    return float("nan") if value is None else value


def _reading(
    name: str, reads: list[Read], settings: dict[str, str], temperatures: list[float] | None
) -> Reading:
    signal = _signal(name, settings, reads)
    main = _wave(settings, ("Measurement wavelength", "Excitation", "Wavelength"))
    emission = _wave(settings, ("Emission",))
    return build_reading(name or signal.capitalize(), signal, reads, (main, emission), temperatures)


def _signal(name: str, settings: dict[str, str], reads: list[Read]) -> Signal:
    told = signal_of(settings.get("Mode", "")) or signal_of(name)
    return told or signal_of_values([value for _, found in reads for value, _ in found.values()])


def _wave(settings: dict[str, str], names: tuple[str, ...]) -> float | None:
    for name, text in settings.items():
        if name.startswith(names) and "bandwidth" not in name.lower():
            match = re.match(r"\d{3,4}", text)
            if match:
                return float(match[0])
    return None
