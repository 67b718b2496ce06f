"""Tidy tables: one reading a row, with columns for well, time, value, and what else is known.

Known headings, without regard to case: well; time with its unit ("time_s", "Time (min)"); value, or
the signal or wavelength ("absorbance", "A340"); wavelength; excitation; emission; reading; plate;
sample; concentration; unit; over.
"""

import re
from dataclasses import dataclass, field

from cahill.core.plate import (
    SIGNAL_UNITS,
    Plate,
    Reading,
    Signal,
    smallest_plate,
    well_name,
    well_position,
)
from cahill.errors import InputError
from cahill.io.cell_grids import CellFile, CellGrid
from cahill.io.cell_numbers import mangled
from cahill.io.readers._build import Read, build_reading, from_first_read
from cahill.io.readers._values import heading_seconds, reading_value, time_cell, wavelengths_of
from cahill.io.readers.plain_plate import signal_told

NAME = "tidy table"
PLAIN = True

_WELL = ("well", "wells", "position", "well_position")
_VALUE = re.compile(
    r"value|readings?_value|measurement|signal|intensity|absorbance|abs|od|fluorescence|"
    r"luminescence|rfu|rlu|au|(a|od|abs|absorbance)_?\d{3,4}(_nm)?|\d{3,4}(_nm)?"
)
_OTHER = {
    "wavelength": ("wavelength", "wavelength_nm", "wl", "nm"),
    "excitation": ("excitation", "ex", "excitation_nm"),
    "emission": ("emission", "em", "emission_nm"),
    "reading": ("reading", "channel", "read", "measurement_name"),
    "plate": ("plate", "plate_id", "plate_name"),
    "sample": ("sample", "sample_id", "name", "well_id", "content", "label"),
    "concentration": ("concentration", "conc", "conc/dil"),
    "unit": ("unit", "units"),
    "over": ("over", "overflow"),
}


@dataclass(frozen=True)
class _Columns:
    """Where the headings stand."""

    row: int
    well: int
    time: int | None
    values: dict[int, str]
    other: dict[str, int]


@dataclass
class _Found:
    """What the rows tell of one plate."""

    series: dict[tuple[str, ...], dict[float, dict[str, tuple[float, bool]]]] = field(
        default_factory=dict
    )
    labels: dict[str, str] = field(default_factory=dict)
    concentrations: dict[str, float] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def sniff(file: CellFile) -> bool:
    """Tell whether the first sheet has headings for a well and a value."""
    return _columns(file.sheets[0]) is not None


def read(file: CellFile) -> tuple[Plate, ...]:
    """Read every plate of every sheet that has such headings."""
    plates: list[Plate] = []
    for grid in file.sheets:
        columns = _columns(grid)
        if columns is not None:
            for name, found in _rows(grid, columns).items():
                plates.append(_plate(f"{grid.name} {name}".strip(), found))
    return tuple(plates)


def _columns(grid: CellGrid) -> _Columns | None:
    for row, cells in enumerate(grid.rows[:10]):
        names = [re.sub(r"[ \-]+", "_", cell.lower()) for cell in cells]
        well = next((k for k, name in enumerate(names) if name in _WELL), None)
        if well is None:
            continue
        time = next(
            (k for k, name in enumerate(names) if name.startswith(("time", "t_", "t["))), None
        )
        other = {
            key: next(k for k, name in enumerate(names) if name in known)
            for key, known in _OTHER.items()
            if any(name in known for name in names)
        }
        bare = {k: re.sub(r"_?[\[(].*", "", name) for k, name in enumerate(names)}
        values = {k: cells[k] for k, name in bare.items() if _VALUE.fullmatch(name)}
        taken = {well, time, *other.values()}
        values = {k: text for k, text in values.items() if k not in taken}
        return _Columns(row, well, time, values, other) if values else None
    return None


def _rows(grid: CellGrid, columns: _Columns) -> dict[str, _Found]:
    """Sort the rows by plate, reading and time."""
    plates: dict[str, _Found] = {}
    scale = None if columns.time is None else heading_seconds(grid.cell(columns.row, columns.time))
    width = len(grid.rows[columns.row])
    for row in range(columns.row + 1, len(grid.rows)):
        cells = grid.rows[row]
        if not cells or cells[0].startswith("#"):
            continue
        if len(cells) > width:
            raise InputError(
                f"{grid.where(row)}: it has {len(cells)} cells under {width} headings; "
                "separate cells by tabs or semicolons if commas are decimal marks"
            )
        other = {key: grid.cell(row, column) for key, column in columns.other.items()}
        found = plates.setdefault(other.get("plate", ""), _Found())
        well = _well(grid, row, columns.well)
        _describe(grid, row, well, other, columns, found)
        seconds = 0.0 if columns.time is None else time_cell(grid, row, columns.time, scale)
        for column, heading in columns.values.items():
            value = reading_value(grid, row, column)
            if other.get("over", "").lower() in ("true", "1", "yes"):
                value = (float("nan") if value is None else value[0], True)
            if value is None:
                continue
            key = _key(heading, other, len(columns.values) > 1)
            read = found.series.setdefault(key, {}).setdefault(seconds, {})
            if well in read:
                again = "" if columns.time is None else f" at {seconds:g} s"
                raise InputError(f"{grid.where(row)}: well {well} stands twice{again}; keep one")
            read[well] = value
    return plates


def _well(grid: CellGrid, row: int, column: int) -> str:
    text = grid.cell(row, column)
    where = grid.where(row, column)
    if mangled(text):
        raise InputError(
            f'{where}: the well "{text}" is what a spreadsheet made of it; format the cells as text'
        )
    return well_name(*well_position(text, where=where))


def _describe(
    grid: CellGrid, row: int, well: str, other: dict[str, str], columns: _Columns, found: _Found
) -> None:
    """Keep the sample and the concentration that a row gives its well."""
    sample = other.get("sample", "")
    if sample:
        if mangled(sample) and well not in found.labels:
            where = grid.where(row, columns.other["sample"])
            found.notes.append(
                f'{where}: the name "{sample}" of well {well} looks like a date that a spreadsheet '
                "made of it"
            )
        found.labels[well] = sample
    amount = grid.number(other.get("concentration", ""))
    if amount is not None:
        found.concentrations[well] = amount


def _key(heading: str, other: dict[str, str], several: bool) -> tuple[str, ...]:
    """Return name, wavelength, emission, unit and heading: what tells one reading from another."""
    wave = other.get("excitation") or other.get("wavelength", "")
    emission = other.get("emission", "")
    name = other.get("reading") or "/".join(part for part in (wave, emission) if part)
    if several or not name:
        name = f"{name} {heading}".strip() if several else heading
    return name, wave, emission, other.get("unit", ""), heading


def _plate(name: str, found: _Found) -> Plate:
    readings = [_reading(name, key, series, found.notes) for key, series in found.series.items()]
    wells = tuple(dict.fromkeys(well for reading in readings for well in reading.wells))
    return Plate(
        name,
        *smallest_plate(wells, name),
        from_first_read(readings),
        found.labels,
        found.concentrations,
        notes=tuple(found.notes),
    )


def _reading(
    where: str,
    key: tuple[str, ...],
    series: dict[float, dict[str, tuple[float, bool]]],
    notes: list[str],
) -> Reading:
    name, wave, emission, unit, heading = key
    told = wavelengths_of(" ".join(part for part in (wave, emission and f"em {emission}") if part))
    waves = told if told[0] else wavelengths_of(name)
    reads: list[Read] = sorted(series.items())
    values = [value for _, found in reads for value, _ in found.values()]
    signal = _signal_of_unit(unit) or signal_told(f"{heading} {name}", waves, values, where, notes)
    return build_reading(name, signal, reads, waves)


def _signal_of_unit(unit: str) -> Signal | None:
    return next((signal for signal, known in SIGNAL_UNITS.items() if known == unit.upper()), None)
