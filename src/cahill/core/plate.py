"""What a plate reader measured: wells, readings in time, and what the instrument itself printed."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, get_args

import numpy as np

from cahill.errors import InputError, UnknownNameError

Signal = Literal["absorbance", "fluorescence", "luminescence"]
SIGNAL_UNITS: Mapping[Signal, str] = {
    "absorbance": "AU",
    "fluorescence": "RFU",
    "luminescence": "RLU",
}

FORMATS: Mapping[int, tuple[int, int]] = {
    6: (2, 3),
    12: (3, 4),
    24: (4, 6),
    48: (6, 8),
    96: (8, 12),
    384: (16, 24),
    1536: (32, 48),
}
"""Rows and columns by number of wells, as sold (ANSI/SLAS microplates)."""

_WELL = re.compile(r"([A-Za-z]{1,2})0*([1-9]\d?)")


def well_name(row: int, column: int) -> str:
    """Return the name of a well, rows and columns counted from 0: (0, 0) is "A1"."""
    letter = "" if row < 26 else chr(ord("A") + row // 26 - 1)
    return f"{letter}{chr(ord('A') + row % 26)}{column + 1}"


def well_position(name: str, rows: int = 32, columns: int = 48, where: str = "") -> tuple[int, int]:
    """Return row and column of a well, counted from 0.

    Parameters
    ----------
    name : str
        Such as "A1", "a01", "AF48".
    rows, columns : int
        Size of the plate.
    where : str
        File and place, put in front of the message.

    Raises
    ------
    InputError
        If it is no name of a well or not on the plate.
    """
    match = _WELL.fullmatch(name.strip())
    prefix = f"{where}: " if where else ""
    last = well_name(rows - 1, columns - 1)
    if match is None:
        raise InputError(f'{prefix}"{name}" is not a well; write A1 to {last}')
    letters = match.group(1).upper()
    row = (
        ord(letters[-1]) - ord("A") + (26 * (ord(letters[0]) - ord("A") + 1) if letters[1:] else 0)
    )
    column = int(match.group(2)) - 1
    if row >= rows or column >= columns:
        raise InputError(
            f'{prefix}well "{name}" is not on a {rows * columns}-well plate (A1-{last})'
        )
    return row, column


def plate_size(wells: int, where: str = "") -> tuple[int, int]:
    """Return rows and columns of a plate by its number of wells.

    Raises
    ------
    InputError
        If no plate has so many.
    """
    if wells not in FORMATS:
        prefix = f"{where}: " if where else ""
        known = ", ".join(map(str, FORMATS))
        raise InputError(f"{prefix}there is no plate of {wells} wells; known are {known}")
    return FORMATS[wells]


def smallest_plate(wells: tuple[str, ...], where: str = "") -> tuple[int, int]:
    """Return rows and columns of the smallest plate, from 96 wells up, that holds the wells."""
    positions = [well_position(name, where=where) for name in wells]
    for count, (rows, columns) in FORMATS.items():
        if count >= 96 and all(row < rows and column < columns for row, column in positions):
            return rows, columns
    return FORMATS[1536]


@dataclass(frozen=True, eq=False)
class Reading:
    """One signal of the wells of a plate, once or in time.

    Parameters
    ----------
    name : str
        What the file calls it ("420", "Label 1"), or the wavelength.
    signal : {"absorbance", "fluorescence", "luminescence"}
        AU, RFU or RLU (`unit`).
    wells : tuple of str
        Names of the wells, each once.
    values : numpy.ndarray
        Shape (reads, wells), in `unit`; NaN where nothing was read.
    times : numpy.ndarray
        Shape (reads, wells), s from the first read of the plate; 0 for an endpoint.
    over : numpy.ndarray
        Shape (reads, wells), bool: the instrument marked the reading as beyond its range.
    wavelength : float, optional
        Of absorbance, or excitation of fluorescence; nm.
    emission : float, optional
        Of fluorescence; nm.
    temperature : numpy.ndarray, optional
        Shape (reads,), degrees Celsius.

    Raises
    ------
    InputError
        If the shapes do not fit, a well stands twice or times run backwards.
    """

    name: str
    signal: Signal
    wells: tuple[str, ...]
    values: np.ndarray
    times: np.ndarray
    over: np.ndarray
    wavelength: float | None = None
    emission: float | None = None
    temperature: np.ndarray | None = None

    def __post_init__(self) -> None:
        if self.signal not in get_args(Signal):
            raise InputError(f'reading "{self.name}": unknown signal "{self.signal}"')
        shape = (len(self.values), len(self.wells))
        if any(part.shape != shape for part in (self.values, self.times, self.over)):
            raise InputError(f'reading "{self.name}": values, times and wells differ in number')
        if len(set(self.wells)) < len(self.wells):
            twice = next(well for well in self.wells if self.wells.count(well) > 1)
            raise InputError(f'reading "{self.name}": well {twice} stands twice; keep one')
        if np.any(np.diff(self.times, axis=0) <= 0):
            raise InputError(f'reading "{self.name}": its times do not rise from read to read')

    @property
    def unit(self) -> str:
        """AU, RFU or RLU."""
        return SIGNAL_UNITS[self.signal]

    @property
    def kinetic(self) -> bool:
        """Whether the wells were read more than once."""
        return len(self.values) > 1

    def of(self, wells: tuple[str, ...]) -> "Reading":
        """Return the reading of some wells only, in the order given.

        Raises
        ------
        UnknownNameError
            If a well was not read.
        """
        place = {well: k for k, well in enumerate(self.wells)}
        for well in wells:
            if well not in place:
                raise UnknownNameError("well", well, place, f'reading "{self.name}"')
        chosen = [place[well] for well in wells]
        parts = (part[:, chosen] for part in (self.values, self.times, self.over))
        values, times, over = parts
        return Reading(
            self.name,
            self.signal,
            wells,
            values,
            times,
            over,
            self.wavelength,
            self.emission,
            self.temperature,
        )


@dataclass(frozen=True, eq=False)
class Plate:
    """A plate as an instrument's file tells it.

    Parameters
    ----------
    name : str
        File (sheet, plate), for messages.
    rows, columns : int
    readings : tuple of Reading
        In the order of the file.
    labels : mapping of str to str
        What the file says is in a well ("STD1", "BLK"), if it does.
    concentrations : mapping of str to float
        Concentration or dilution the file gives a well, in the unit its author had in mind.
    reported : mapping of str to mapping
        Results that the instrument computed, by their name: text as printed, by well.
    facts : mapping of str to str
        Instrument, software, date, protocol: whatever the file tells of the run.
    notes : tuple of str
        What a reader must know, each one sentence.
    path : Path, optional
    """

    name: str
    rows: int
    columns: int
    readings: tuple[Reading, ...]
    labels: Mapping[str, str] = field(default_factory=dict)
    concentrations: Mapping[str, float] = field(default_factory=dict)
    reported: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    facts: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    path: Path | None = None

    def __post_init__(self) -> None:
        for reading in self.readings:
            for well in reading.wells:
                well_position(well, self.rows, self.columns, self.name)

    @property
    def wells(self) -> tuple[str, ...]:
        """Every well that was read, in the order of the file."""
        return tuple(dict.fromkeys(well for reading in self.readings for well in reading.wells))

    def reading(self, name: str) -> Reading:
        """Return a reading by its name.

        Raises
        ------
        UnknownNameError
            If there is none of this name.
        """
        known = {reading.name: reading for reading in self.readings}
        if name not in known:
            raise UnknownNameError("reading", name, known, self.name)
        return known[name]
