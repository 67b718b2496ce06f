"""PerkinElmer EnVision: CSV exports of one or several plates, labels and repeats.

"Plate information" gives plate, repeat, label and time of a measurement; the matrix follows under
"Results for ..." (a reading) or "Calculated results: ..." (what the instrument computed).
"""

import datetime as dt
import re
from collections.abc import Mapping
from itertools import pairwise

from cahill.core.plate import Plate, Reading, Signal
from cahill.io.cell_grids import CellFile, CellGrid
from cahill.io.readers._blocks import find_blocks, plate_of_size
from cahill.io.readers._build import Read, build_reading, from_first_read
from cahill.io.readers._values import wavelengths_of

NAME = "EnVision"

_RESULTS = re.compile(r"Results for (.+?)(?:\((\d+)\))?(?: - (.+?))?(?: \(([^()]*)\))?")
_CALCULATED = "Calculated results"
_DATES = ("%m/%d/%Y %I:%M:%S %p", "%d/%m/%Y %H:%M:%S", "%d.%m.%Y %H:%M:%S", "%Y-%m-%d %H:%M:%S")


def sniff(file: CellFile) -> bool:
    """Tell whether EnVision wrote the file."""
    text = file.text
    return "Plate information" in text and ("Measinfo" in text or "Formula" in text)


def read(file: CellFile) -> tuple[Plate, ...]:
    """Read every plate of the file."""
    grid = file.sheets[0]
    starts = [k for k, row in enumerate(grid.rows) if row and row[0] == "Plate information"]
    last = next((k for k, r in enumerate(grid.rows) if r and r[0].startswith("Basic assay")), None)
    series: dict[str, dict[str, list[tuple[str, Read, Mapping[str, str], str]]]] = {}
    reported: dict[str, dict[str, dict[str, str]]] = {}
    sizes: dict[str, tuple[int, int]] = {}
    end_of_all = last if last is not None and last > starts[-1] else len(grid.rows)
    for start, end in zip(starts, [*starts[1:], end_of_all]):
        info = _info(grid, start)
        plate = info.get("Plate", "1")
        for block in find_blocks(grid, start, end):
            if block.title.startswith(_CALCULATED):
                name = block.title.partition(":")[2].strip() or block.title
                reported.setdefault(plate, {})[name] = block.texts(block.labels()[0])
                sizes[plate] = max(sizes.get(plate, (0, 0)), block.size)
                continue
            match = _RESULTS.fullmatch(block.title)
            if match is None:
                continue
            name = " ".join(part for part in (match[1].strip(), _channel(match[3])) if part)
            read_at = (_moment(info), block.values(block.labels()[0]))
            series.setdefault(plate, {}).setdefault(name, []).append(
                (info.get("Repeat", "1"), read_at, info, match[4] or "")
            )
            sizes[plate] = max(sizes.get(plate, (0, 0)), block.size)
    facts = _facts(grid, last)
    return tuple(
        Plate(
            f"{grid.name} plate {plate}",
            *plate_of_size(*sizes[plate]),
            from_first_read(r for name, parts in labels.items() for r in _readings(name, parts)),
            reported=reported.get(plate, {}),
            facts=facts,
        )
        for plate, labels in series.items()
    )


def _channel(text: str | None) -> str:
    """Return the channel and window of a label, unless it is the first and only."""
    return "" if text is None or text in ("channel 1", "channel 1 window 1") else text


def _info(grid: CellGrid, start: int) -> dict[str, str]:
    """Return the line under "Plate information" by its headings."""
    return (
        dict(zip(grid.rows[start + 1], grid.rows[start + 2])) if start + 2 < len(grid.rows) else {}
    )


def _facts(grid: CellGrid, start: int | None) -> dict[str, str]:
    facts: dict[str, str] = {}
    for row in grid.rows[start if start is not None else len(grid.rows) :]:
        cells = [cell.strip('="') for cell in row if cell]
        if len(cells) == 2 and len(cells[0]) < 40:
            facts.setdefault(cells[0].rstrip(": "), cells[1])
    return facts


def _moment(info: Mapping[str, str]) -> float:
    """Return when the plate was measured, s since some day; NaN if the date is not understood."""
    text = info.get("Measurement date", "")
    for form in _DATES:
        try:
            return (dt.datetime.strptime(text, form) - dt.datetime(2000, 1, 1)).total_seconds()
        except ValueError:
            continue
    return float("nan")


def _readings(name: str, parts: list[tuple[str, Read, Mapping[str, str], str]]) -> list[Reading]:
    """Make one reading in time of the repeats of a label, if their times rise; else one of each."""
    info, unit = parts[0][2], parts[0][3]
    signal = _signal(unit, info)
    waves = (None, None) if signal == "luminescence" else wavelengths_of(name)
    reads = [read for _, read, _, _ in parts]
    times = [time for time, _ in reads]
    warm = [_temperature(part[2]) for part in parts]
    if len(reads) == 1 or all(b > a for a, b in pairwise(times)):
        return [build_reading(name, signal, reads, waves, warm)]
    return [
        build_reading(f"{name} repeat {k + 1}", signal, [(0.0, found)], waves, [warm[k]])
        for k, (_, found) in enumerate(reads)
    ]


def _signal(unit: str, info: Mapping[str, str]) -> Signal:
    """Return the signal: the unit tells absorbance, the light path tells the others."""
    told = info.get("Measinfo", "")
    if unit == "A" or ("Em=N/A" in told and "Ex=N/A" not in told):
        return "absorbance"
    return "luminescence" if "Ex=N/A" in told else "fluorescence"


def _temperature(info: Mapping[str, str]) -> float:
    try:
        return float(info.get("Chamber temperature at start", "").replace(",", "."))
    except ValueError:
        return float("nan")
