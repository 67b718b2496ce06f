"""What was read from a plate reader's file: every reading, tidy, and drawn in the plate's shape."""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from cahill.core.plate import Plate, Reading, well_position
from cahill.results.base import Result
from cahill.results.page import Page, Picture, Section, Table
from cahill.results.plate_map import plate_curves, plate_heat

DRAWN = 6
"""Readings of a plate that are drawn; a spectrum has hundreds."""

_ROLES = (
    (re.compile(r"ST(D|ANDARD|AND)?[ _-]?\d*", re.IGNORECASE), "standard"),
    (re.compile(r"B(LK|LANK|L)?[ _-]?\d*", re.IGNORECASE), "blank"),
)


@dataclass(frozen=True, kw_only=True)
class PlateReadings(Result):
    """The readings of one or several plates.

    Attributes
    ----------
    plates : tuple of Plate
    """

    plates: tuple[Plate, ...]

    @property
    def title(self) -> str:
        """Heading of the report."""
        name = self.plates[0].path.name if self.plates[0].path else self.plates[0].name
        return f"Readings of {name}"

    def summary(self) -> str:
        """Return format, plates, wells, readings and how many are beyond the range."""
        readings = [reading for plate in self.plates for reading in plate.readings]
        over = sum(int(reading.over.sum()) for reading in readings)
        wells = sum(len(plate.wells) for plate in self.plates)
        form = self.plates[0].facts.get("format", "")
        count = len(self.plates)
        return (
            f"{form}: {count} plate{'s' * (count > 1)}, {wells} wells, "
            f"{len(readings)} reading{'s' * (len(readings) > 1)}; "
            f"{over or 'none'} of {sum(reading.values.size for reading in readings)} values "
            "beyond the instrument's range."
        )

    def lines(self) -> list[str]:
        """Return a line a reading, for the terminal, and the notes."""
        found = []
        for plate in self.plates:
            found.append(f"{plate.name}: {plate.rows} x {plate.columns} wells")
            found += [f"  {_described(reading)}" for reading in plate.readings[:DRAWN]]
            if plate.readings[DRAWN:]:
                found.append(f"  and {len(plate.readings) - DRAWN} more readings")
            if plate.reported:
                found.append(f"  computed by the instrument: {', '.join(plate.reported)}")
        return found + [f"  note: {note}" for note in self.notes]

    def to_frame(self) -> pd.DataFrame:
        """Return one value a row: plate, well, reading, time_s, value, unit, over."""
        parts = [_frame(plate, reading) for plate in self.plates for reading in plate.readings]
        return pd.concat(parts, ignore_index=True)

    def wells(self) -> pd.DataFrame:
        """Return one well a row: its label and concentration, and what the instrument computed."""
        rows = []
        for plate in self.plates:
            known = (*plate.wells, *plate.labels, *(w for r in plate.reported.values() for w in r))
            for well in sorted(dict.fromkeys(known), key=well_position):
                label, amount = plate.labels.get(well, ""), plate.concentrations.get(well, math.nan)
                row: dict[str, object] = {"plate": plate.name, "well": well, "label": label}
                row |= {"concentration": amount}
                row |= {name: found.get(well, "") for name, found in plate.reported.items()}
                rows.append(row)
        return pd.DataFrame(rows)

    def facts(self) -> pd.DataFrame:
        """Return what the file tells of the run: plate, fact, value."""
        rows = [(plate.name, *fact) for plate in self.plates for fact in plate.facts.items()]
        return pd.DataFrame(rows, columns=["plate", "fact", "value"])

    def tables(self) -> Mapping[str, pd.DataFrame]:
        """Return the frames that `save` writes."""
        return {"readings": self.to_frame(), "wells": self.wells(), "facts": self.facts()}

    def plot(self) -> Figure:
        """Return the picture of the first reading."""
        return _picture(self.plates[0], self.plates[0].readings[0])

    def page(self) -> Page:
        """Return the report: every plate's readings in its shape, then the tables."""
        sections = [self._section(number, plate) for number, plate in enumerate(self.plates, 1)]
        tables = (
            Table(self.wells(), "Wells, as the file describes them", sortable=True),
            Table(self.facts(), "Facts of the run"),
        )
        return Page(
            title=self.title,
            lead=self.summary(),
            sections=(*sections, Section("Tables", tables=tables)),
            sources=self.sources,
            provenance=self.provenance,
        )

    def _section(self, number: int, plate: Plate) -> Section:
        pictures = tuple(
            Picture(
                _picture(plate, reading),
                caption=_described(reading),
                name=f"plate{number}-{place}-{_file_name(reading.name)}",
            )
            for place, reading in enumerate(plate.readings[:DRAWN], 1)
        )
        notes = list(plate.notes)
        if plate.readings[DRAWN:]:
            notes.append(f"The first {DRAWN} of {len(plate.readings)} readings are drawn.")
        return Section(plate.name, pictures=pictures, notes=tuple(notes))


def _file_name(text: str) -> str:
    return re.sub(r"[^0-9A-Za-z]+", "-", text).strip("-").lower()


def _described(reading: Reading) -> str:
    """Return a reading in words: signal, wavelengths, wells, reads, range, over."""
    waves = "/".join(f"{w:g}" for w in (reading.wavelength, reading.emission) if w)
    parts = [f'"{reading.name}"', reading.signal, f"{waves} nm" if waves else ""]
    parts.append(f"{len(reading.wells)} wells")
    if reading.kinetic:
        parts.append(f"{len(reading.values)} reads in {_duration(float(reading.times.max()))}")
    known = reading.values[np.isfinite(reading.values)]
    if known.size:
        parts.append(f"{known.min():.4g} to {known.max():.4g} {reading.unit}")
    over = int(reading.over.sum())
    return ", ".join(part for part in [*parts, f"{over} over range" if over else ""] if part)


def _duration(seconds: float) -> str:
    return f"{seconds:g} s" if seconds < 600 else f"{seconds / 60:.4g} min"


def _frame(plate: Plate, reading: Reading) -> pd.DataFrame:
    reads = len(reading.values)
    return pd.DataFrame(
        {
            "plate": plate.name,
            "well": np.repeat(reading.wells, reads),
            "reading": reading.name,
            "time_s": reading.times.T.ravel(),
            "value": reading.values.T.ravel(),
            "unit": reading.unit,
            "over": reading.over.T.ravel(),
        }
    )


def _picture(plate: Plate, reading: Reading) -> Figure:
    shape = plate.rows, plate.columns
    title = f"{reading.name}, {plate.name}"
    if reading.kinetic:
        columns = ["well", "row", "column", "time", "value", "used", "role"]
        frame = pd.DataFrame(_reads(plate, reading), columns=columns)
        return plate_curves(frame, title=title, unit=reading.unit, shape=shape)
    places = [well_position(well) for well in reading.wells]
    frame = pd.DataFrame(
        {
            "well": reading.wells,
            "row": [row for row, _ in places],
            "column": [column for _, column in places],
            "value": reading.values[0],
            "over": reading.over[0],
        }
    )
    return plate_heat(frame, title=title, unit=reading.unit, shape=shape)


def _reads(plate: Plate, reading: Reading) -> Iterator[tuple]:
    for k, well in enumerate(reading.wells):
        label = plate.labels.get(well, "")
        role = next((role for form, role in _ROLES if form.fullmatch(label)), "sample")
        place = well_position(well)
        for time, value, over in zip(reading.times[:, k], reading.values[:, k], reading.over[:, k]):
            yield (well, *place, time, value, not over, role)
