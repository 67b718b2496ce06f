"""What the readers share: one cell as a reading, a time, a wavelength or a kind of signal."""

import re

from cahill.core.plate import Signal
from cahill.errors import InputError
from cahill.io.cell_grids import CellGrid
from cahill.io.cell_numbers import mangled

OVER = frozenset(
    {"ovrflw", "over", "overflow", "over flow", "overrange", "over range", "out of range"}
    | {"#sat", "sat", "sat.", "saturated", "saturation", "high", "overload", "over limit"}
)
"""Words by which instruments mark a reading beyond their range."""

UNREAD = frozenset(
    {"", "-", "--", "n/a", "#n/a", "na", "nan", "invalid", "error", "err", "masked", "empty", "x"}
    | {"low", "under", "undrflw", "#low", "no data", "nodata", "none", "null", "#value!", "#div/0!"}
    | {"?????", "???", "?", "failed", "missing", "missed"}
)
"""Words that stand where there is no reading."""

SECONDS = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds", "sek"), 1.0),
    **dict.fromkeys(("ms", "msec", "millisecond", "milliseconds"), 1e-3),
    **dict.fromkeys(("min", "mins", "minute", "minutes", "m"), 60.0),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours", "std"), 3600.0),
    **dict.fromkeys(("d", "day", "days"), 86400.0),
}
"""Units of time as files write them, in s."""

_CLOCK = re.compile(r"(?:(\d+)\.)?(\d+):(\d\d)(?::(\d\d(?:[.,]\d+)?))?")
_SPOKEN = re.compile(
    r"(?:(\d+) ?d(?:ays?)? ?)?(?:(\d+) ?h(?:ours?)? ?)?(?:(\d+) ?min(?:utes?)? ?)?"
    r"(?:(\d+(?:[.,]\d+)?) ?s(?:ec(?:onds)?)?)?"
)
_UNIT = re.compile(r"[\[\(,_/]\s*([A-Za-zµ]+)\s*[\]\)]?\s*$")
_NANOMETRES = re.compile(r"(?<![\d.])(\d{3,4})(?:\.\d+)?(?![\d])")
_PAIR = re.compile(r"(\d{3,4})(?:[/-]\d+)?\s*(?:nm)?\s*[,/]\s*(?:em\w*[.:]?\s*)?(\d{3,4})", re.I)
_SIGNALS: tuple[tuple[Signal, str], ...] = (
    ("luminescence", r"lumi|\brlu\b|\blum\b|\bcps\b|alphalisa|alphascreen"),
    ("fluorescence", r"fluor|\brfu\b|\bfi\b|excitation|\bex\b|\bem\b|htrf|\btrf\b"),
    ("absorbance", r"absorb|\babs\b|\bod\b|\bod\d|\bau\b|optical dens|extinc|photometr|\ba\d{3}\b"),
)
BEYOND_ANY_PHOTOMETER = 10.0
"""AU (assumed: plate photometers end at 4 to 6); larger numbers are no absorbances."""


def reading_value(grid: CellGrid, row: int, column: int) -> tuple[float, bool] | None:
    """Read a cell as a reading.

    Returns
    -------
    tuple of (float, bool) or None
        Value, NaN where there is none, and whether the instrument marked it as beyond its range;
        None if the cell is blank.

    Raises
    ------
    InputError
        If it is neither a number nor a mark of any instrument, or can be two numbers.
    """
    text = grid.cell(row, column)
    if not text:
        return None
    value = grid.number(text)
    if value is not None:
        return value, False
    word = text.lower().strip("*").strip()
    if word in OVER or not word or text.startswith(">"):
        return float("nan"), True
    if word in UNREAD or text.startswith("<"):
        return float("nan"), False
    if re.fullmatch(r"[+-]?\d{1,3}([.,]\d{3})+", text):
        raise InputError(
            f'{grid.where(row, column)}: "{text}" can be two numbers; '
            "export with a decimal point and no separator of thousands"
        )
    if mangled(text):
        raise InputError(
            f'{grid.where(row, column)}: "{text}" is a date that a spreadsheet made of a reading; '
            "export again and do not open the file in a spreadsheet"
        )
    raise InputError(f'{grid.where(row, column)}: "{text}" is not a reading; write a number')


def clock_seconds(text: str) -> float | None:
    """Read a time that carries its own unit: "0:02:30", "1.00:30:00", "1 h 5 min", "30s"; in s.

    Two numbers are minutes and seconds, as SoftMax Pro writes them. None if it is no such time.
    """
    match = _CLOCK.fullmatch(text)
    if match is not None:
        days, first, second, third = match.groups()
        if third is None:
            return int(first) * 60.0 + int(second)
        clock = int(first) * 3600.0 + int(second) * 60.0 + float(third.replace(",", "."))
        return clock + int(days or 0) * 86400.0
    match = _SPOKEN.fullmatch(text.strip())
    if match is None or not any(match.groups()):
        return None
    scales = (86400.0, 3600.0, 60.0, 1.0)
    parts = zip(match.groups(), scales)
    return sum(float(part.replace(",", ".")) * scale for part, scale in parts if part)


def heading_seconds(heading: str) -> float | None:
    """Return the unit of time that a heading names ("Time [s]", "time_min"), in s; None if none."""
    match = _UNIT.search(heading)
    return SECONDS.get(match[1].lower()) if match else None


def time_cell(grid: CellGrid, row: int, column: int, scale: float | None) -> float:
    """Read a cell as a time in s.

    Parameters
    ----------
    scale : float or None
        Unit that the heading names, in s.

    Raises
    ------
    InputError
        If it is no time, or a bare number without a unit.
    """
    text = grid.cell(row, column)
    value = grid.number(text)
    if value is None:
        clock = clock_seconds(text)
        if clock is None:
            raise InputError(f'{grid.where(row, column)}: "{text}" is not a time')
        return clock
    if scale is None:
        raise InputError(
            f"{grid.where(row, column)}: the time {text} has no unit; "
            'name it in the heading, such as "Time (s)" or "Time (min)"'
        )
    return value * scale


def signal_of(text: str) -> Signal | None:
    """Return the kind of signal that a text names; None if it names none."""
    for signal, pattern in _SIGNALS:
        if re.search(pattern, text, re.IGNORECASE):
            return signal
    return None


def signal_of_values(values: list[float]) -> Signal:
    """Return the kind of signal whose numbers look like these."""
    known = [value for value in values if value == value]
    return "fluorescence" if known and max(known) > BEYOND_ANY_PHOTOMETER else "absorbance"


def wavelengths_of(text: str) -> tuple[float | None, float | None]:
    """Return absorbance or excitation wavelength, and emission, that a text names; nm."""
    pair = _PAIR.search(text)
    if pair is not None and all(_visible(part) for part in pair.groups()):
        return float(pair[1]), float(pair[2])
    found = [float(hit) for hit in _NANOMETRES.findall(text) if _visible(hit)]
    if len(found) >= 2 and re.search(r"\bem", text, re.IGNORECASE):
        return found[0], found[1]
    return (found[0] if found else None), None


def _visible(text: str) -> bool:
    """Tell whether a number can be a wavelength of a plate reader, 190-1100 nm."""
    return 190 <= float(text) <= 1100
