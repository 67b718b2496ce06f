"""Plate-shaped tables that no instrument signs: one or several blocks of letters and numbers.

What stands above a block tells its wavelength ("340", "A340"), its time ("30 s", "0:05:00"), or
that it holds names ("Layout") or concentrations. Sheets named so are parts of one plate.
"""

import re

from cahill.core.plate import Plate, Reading, Signal
from cahill.errors import InputError
from cahill.io.cell_grids import CellFile
from cahill.io.readers._blocks import Block, find_blocks, plate_of_size
from cahill.io.readers._build import Read, build_reading, from_first_read
from cahill.io.readers._values import (
    SECONDS,
    clock_seconds,
    signal_of,
    signal_of_values,
    wavelengths_of,
)

NAME = "plate-shaped table"
PLAIN = True

_TIME = re.compile(
    r"(?:time|t)?\s*[:=]?\s*(?:(?P<clock>\d+:\d\d(?::\d\d)?)|(?P<number>\d+(?:[.,]\d+)?)\s?"
    r"(?P<unit>seconds|sec|s|minutes|min|hours|hr|h))\b",
    re.IGNORECASE,
)
_NAMES = re.compile(r"layout|sample|well id|name|content|label", re.IGNORECASE)
_AMOUNTS = re.compile(r"conc|dilution|amount", re.IGNORECASE)


def sniff(file: CellFile) -> bool:
    """Tell whether the file has blocks in the shape of a plate that hold numbers."""
    return any(_numeric(block) for grid in file.sheets for block in find_blocks(grid))


def read(file: CellFile) -> tuple[Plate, ...]:
    """Read every plate of the file."""
    sheets = [(grid, find_blocks(grid)) for grid in file.sheets]
    sheets = [(grid, blocks) for grid, blocks in sheets if blocks]
    single = all(len(blocks) == 1 and _told(grid.sheet) for grid, blocks in sheets)
    if len(sheets) > 1 and single:
        return (_plate(file.name, [(grid.sheet, blocks[0]) for grid, blocks in sheets]),)
    return tuple(
        _plate(grid.name, [(block.title or _told(grid.sheet), block) for block in blocks])
        for grid, blocks in sheets
        if any(map(_numeric, blocks))
    )


def _told(sheet: str) -> str:
    """Return the name of a sheet if it tells a wavelength, a time, or names."""
    told = wavelengths_of(sheet)[0] or _TIME.search(sheet) or _NAMES.search(sheet)
    return sheet if told else ""


def _numeric(block: Block) -> bool:
    texts = [block.texts(label) for label in block.labels()]
    cells = [cell for found in texts for cell in found.values()]
    numbers = sum(block.grid.number(cell) is not None for cell in cells)
    return numbers > len(cells) // 2


def _plate(name: str, parts: list[tuple[str, Block]]) -> Plate:
    series: dict[str, list[Read]] = {}
    labels: dict[str, str] = {}
    concentrations: dict[str, float] = {}
    notes: list[str] = []
    for number, (title, block) in enumerate(parts):
        label = _only_label(block)
        if _AMOUNTS.search(title):
            concentrations |= _amounts(block, label)
        elif not _numeric(block) or _NAMES.fullmatch(title):
            labels |= block.names(label, notes)
        else:
            seconds, key = _time_of(title)
            key = key or label
            if seconds is None and key in series:
                key = f"{key} ({number + 1})" if key else ""
            fallback = "" if seconds is not None else f"Reading {len(series) + 1}"
            key = key or fallback
            series.setdefault(key, []).append((seconds or 0.0, block.values(label)))
    readings = [_reading(key, reads, name, notes) for key, reads in series.items()]
    sizes = [block.size for _, block in parts]
    shape = plate_of_size(max(rows for rows, _ in sizes), max(columns for _, columns in sizes))
    timed = from_first_read(readings)
    return Plate(name, *shape, timed, labels, concentrations, notes=tuple(notes))


def _only_label(block: Block) -> str:
    labels = block.labels()
    if len(labels) > 1:
        raise InputError(
            f"{block.grid.where(block.top)}: the rows under it end differently "
            f'("{labels[0]}", "{labels[1]}"); keep one block for each reading'
        )
    return next(iter(labels))


def _amounts(block: Block, label: str) -> dict[str, float]:
    found = ((well, block.grid.number(text)) for well, text in block.texts(label).items())
    return {well: value for well, value in found if value is not None}


def _time_of(title: str) -> tuple[float | None, str]:
    """Split the time of a block, s, from the rest of its title."""
    match = _TIME.search(title)
    if match is None:
        return None, title
    if match["clock"]:
        seconds = clock_seconds(match["clock"])
    else:
        scale = SECONDS[match["unit"].lower()]
        seconds = float(match["number"].replace(",", ".")) * scale
    rest = (title[: match.start()] + title[match.end() :]).strip(" ,;:-()[]")
    return seconds, rest


def _reading(key: str, reads: list[Read], where: str, notes: list[str]) -> Reading:
    values = [value for _, found in reads for value, _ in found.values()]
    waves = wavelengths_of(key)
    signal = signal_told(key, waves, values, where, notes)
    times = [time for time, _ in reads]
    if len(set(times)) < len(times):
        raise InputError(f"{where}: two blocks are of the same time, {times[-1]:g} s; name each")
    reads = sorted(reads, key=lambda read: read[0])
    return build_reading(key or signal.capitalize(), signal, reads, waves)


def signal_told(
    key: str,
    waves: tuple[float | None, float | None],
    values: list[float],
    where: str,
    notes: list[str],
) -> Signal:
    """Return the signal that a heading names; if it names none, that of its numbers, and say so."""
    told = signal_of(key) or ("fluorescence" if waves[1] else None)
    if told:
        return told
    signal = signal_of_values(values)
    named = f'"{key}"' if key else "the file"
    notes.append(f"{where}: {named} names no signal; its numbers are taken for {signal}")
    return signal
