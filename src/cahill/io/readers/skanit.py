"""Thermo Scientific SkanIt (Multiskan, Varioskan, Fluoroskan): workbook and text reports.

A measurement step is a sheet (or a part of the text) named "Absorbance 1_01"; under "Wavelength:
450 nm" and "Plate 1" stand a matrix with the kind of value in its corner, and a matrix of sample
names. Kinetic steps list "Reading" and "avg. time [s]" beside columns of wells, or repeat the
matrix under "Reading: 2" and its time.
"""

import re
from dataclasses import dataclass, field

from cahill.core.plate import Plate, Reading, Signal, smallest_plate
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
from cahill.io.readers._values import heading_seconds, signal_of, time_cell, wavelengths_of

NAME = "SkanIt"

_STEP = re.compile(r"(Absorbance|Fluorescence|Luminescence)( \d+(_\d+)?)?$", re.IGNORECASE)
_INFO = ("General information", "Session information", "Instrument information")
_WAVE = re.compile(r"(Wavelength|Excitation|Ex):? ?\d", re.IGNORECASE)
_TIME = re.compile(r"(?:avg\. ?)?time ?(\[\w+\])?:? ?([\d.,:]+)", re.IGNORECASE)
_CORNERS = {"abs", "rfu", "rlu", "abs.", "value", "od"}


@dataclass
class _Found:
    """What the file tells of one plate."""

    series: dict[str, list[Read]] = field(default_factory=dict)
    signals: dict[str, Signal] = field(default_factory=dict)
    waves: dict[str, tuple[float | None, float | None]] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    size: tuple[int, int] = (0, 0)


def sniff(file: CellFile) -> bool:
    """Tell whether SkanIt wrote the file."""
    sheets = {grid.sheet for grid in file.sheets}
    return (
        "SkanIt" in file.text
        or ".skax" in file.text
        or (bool(sheets & set(_INFO)) and any(_STEP.match(sheet) for sheet in sheets))
    )


def read(file: CellFile) -> tuple[Plate, ...]:
    """Read every plate of the file; a plate's steps may stand on several sheets."""
    plates: dict[str, _Found] = {}
    facts: dict[str, str] = {}
    notes: list[str] = []
    for grid in file.sheets:
        if grid.sheet in _INFO or grid.sheet == "Layout definitions":
            facts |= fact_lines(grid, 0, len(grid.rows))
        else:
            _sheet(grid, plates, notes)
            facts |= {k: v for k, v in fact_lines(grid, 0, 8).items() if k not in facts}
    return tuple(
        Plate(
            f"{file.name} {name}",
            *plate_of_size(*found.size),
            from_first_read(_readings(found)),
            found.labels,
            facts=facts,
            notes=tuple(notes),
        )
        for name, found in plates.items()
    )


def _readings(found: _Found) -> list[Reading]:
    return [
        build_reading(name, found.signals[name], reads, found.waves[name])
        for name, reads in found.series.items()
    ]


def _sheet(grid: CellGrid, plates: dict[str, _Found], notes: list[str]) -> None:
    """Walk down a sheet: lines tell step, wavelength, plate and time of the matrices under them."""
    blocks = {block.top: block for block in find_blocks(grid)}
    step, wave, plate, seconds = grid.sheet or "Reading", "", "Plate 1", None
    signal = signal_of(step)
    row = 0
    while row < len(grid.rows):
        block = blocks.get(row)
        if block is not None:
            found = plates.setdefault(plate, _Found())
            _matrix(block, found, step, wave, signal, seconds, notes)
            row = block.end
            continue
        text = " ".join(cell for cell in grid.rows[row] if cell)
        if text.startswith("Reading") and (wells := well_columns(grid, row)):
            found = plates.setdefault(plate, _Found())
            _add(found, _name(step, wave), _kinetic(grid, row, wells), signal, wave)
            found.size = max(found.size, smallest_plate(tuple(wells)))
        elif _STEP.match(text):
            step, signal, wave, seconds = text, signal_of(text), "", None
        elif _WAVE.match(text):
            wave, seconds = text, None
        elif re.fullmatch(r"Plate( ?\d+| [\w-]+)", text):
            plate = text
        elif match := _TIME.search(text):
            scale = heading_seconds(f"t {match[1] or '[s]'}") or 1.0
            value = grid.number(match[2])
            seconds = None if value is None else value * scale
        row += 1


def _name(step: str, wave: str) -> str:
    step = re.sub(r"_0\d$", "", step)
    number = wavelengths_of(wave)
    named = "/".join(f"{value:g}" for value in number if value)
    return f"{step} {named}".strip()


def _matrix(
    block: Block,
    found: _Found,
    step: str,
    wave: str,
    signal: Signal | None,
    seconds: float | None,
    notes: list[str],
) -> None:
    corner = block.grid.cell(block.top, block.left - 1)
    if corner.lower() == "sample" or block.title == "Sample":
        found.labels |= block.names(block.labels()[0], notes)
        return
    if corner and corner.lower() not in _CORNERS and signal_of(corner) is None:
        return
    values = block.values(block.labels()[0])
    if values:
        found.size = max(found.size, block.size)
        told = signal or signal_of(corner)
        _add(found, _name(step, wave), [(seconds or 0.0, values)], told, wave)


def _add(found: _Found, name: str, reads: list[Read], signal: Signal | None, wave: str) -> None:
    found.series.setdefault(name, []).extend(reads)
    found.signals[name] = signal or "absorbance"
    found.waves[name] = wavelengths_of(wave)


def _kinetic(grid: CellGrid, row: int, wells: dict[str, int]) -> list[Read]:
    """Read a line a reading, its time in the column named so."""
    head = grid.rows[row]
    time = next((k for k, cell in enumerate(head) if "time" in cell.lower()), 1)
    scale = heading_seconds(head[time])
    reads: list[Read] = []
    for k in range(row + 1, len(grid.rows)):
        if grid.number(grid.cell(k, 0)) is None and not grid.cell(k, time):
            break
        values = wells_row(grid, k, wells)
        if not values:
            break
        reads.append((time_cell(grid, k, time, scale), values))
    return reads
