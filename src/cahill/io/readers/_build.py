"""From cells to readings and plates: what every reader does at its end."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from cahill.core.plate import Reading, Signal, well_name, well_position
from cahill.errors import InputError
from cahill.io.cell_grids import CellGrid
from cahill.io.readers._values import reading_value, signal_of

Read = tuple[float, Mapping[str, tuple[float, bool]]]
"""Time in s, and by well the value and whether it is beyond the range."""


def build_reading(
    name: str,
    signal: Signal,
    reads: Sequence[Read],
    wavelengths: tuple[float | None, float | None] = (None, None),
    temperature: Sequence[float] | None = None,
) -> Reading:
    """Return a reading from what was read at each time.

    Parameters
    ----------
    name : str
    signal : str
    reads : sequence of (float, mapping)
        Wells absent from all are absent from the reading; absent from some, NaN.
    wavelengths : tuple
        Absorbance or excitation, and emission; nm.
    temperature : sequence of float, optional
        One for each read; NaN where unknown.

    Raises
    ------
    InputError
        If nothing was read, or the times do not rise.
    """
    wells = tuple(dict.fromkeys(well for _, found in reads for well in found))
    if not wells:
        raise InputError(f'reading "{name}" has no values; export it again')
    place = {well: k for k, well in enumerate(wells)}
    values = np.full((len(reads), len(wells)), np.nan)
    over = np.zeros(values.shape, dtype=bool)
    for row, (_, found) in enumerate(reads):
        for well, (value, beyond) in found.items():
            values[row, place[well]] = value
            over[row, place[well]] = beyond
    times = np.repeat(np.array([[time] for time, _ in reads], dtype=float), len(wells), axis=1)
    warm = None if temperature is None else np.asarray(temperature, dtype=float)
    if warm is not None and np.all(np.isnan(warm)):
        warm = None
    return Reading(name, signal, wells, values, times, over, *wavelengths, warm)


def guessed(readings: Iterable[Reading], told: str, where: str) -> tuple[str, ...]:
    """Return a note for every reading whose signal neither the file nor its name tells."""
    if signal_of(told):
        return ()
    return tuple(
        f'{where}: "{reading.name}" names no signal; its numbers are taken for {reading.signal}'
        for reading in readings
        if signal_of(reading.name) is None and reading.emission is None
    )


def from_first_read(readings: Iterable[Reading]) -> tuple[Reading, ...]:
    """Count the times from the first read of the plate; an endpoint is at 0."""
    readings = tuple(readings)
    starts = [reading.times.min() for reading in readings if reading.kinetic and reading.wells]
    first = min(starts, default=0.0)
    return tuple(
        replace(reading, times=(reading.times - first) * reading.kinetic) for reading in readings
    )


def well_columns(grid: CellGrid, row: int) -> dict[str, int]:
    """Return the column of every heading that is a well ("A1", "A01"), named the short way.

    Raises
    ------
    InputError
        If a well heads two columns.
    """
    found: dict[str, int] = {}
    for column, text in enumerate(grid.rows[row]):
        name = short_well(text)
        if name is None:
            continue
        if name in found:
            raise InputError(f"{grid.where(row, column)}: well {name} stands twice; keep one")
        found[name] = column
    return found


def short_well(text: str) -> str | None:
    """Return the name of a well without leading zeros; None if the text is no well's name."""
    if not 2 <= len(text) <= 5 or not text[0].isalpha() or not text[-1].isdigit():
        return None
    try:
        row, column = well_position(text)
    except InputError:
        return None
    return well_name(row, column)


def wells_row(
    grid: CellGrid, row: int, columns: Mapping[str, int]
) -> dict[str, tuple[float, bool]]:
    """Return the readings in one row of a table whose columns are wells.

    Raises
    ------
    InputError
        If a cell is no reading.
    """
    found = {}
    for well, column in columns.items():
        value = reading_value(grid, row, column)
        if value is not None:
            found[well] = value
    return found


def fact_lines(grid: CellGrid, start: int, stop: int) -> dict[str, str]:
    """Return lines of a name and a value ("Reader Type:", "Synergy H1") as facts."""
    facts: dict[str, str] = {}
    for row in grid.rows[start:stop]:
        cells = [cell for cell in row if cell]
        if len(cells) == 1 and ": " in cells[0]:
            cells = cells[0].split(": ", 1)
        if len(cells) >= 2 and len(cells[0]) <= 40:
            facts.setdefault(cells[0].rstrip(": "), " ".join(cells[1:4]))
    return facts
