"""What the readers of layouts hand over: one word on one well, and all faults at once."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cahill.core.layout import Layout, WellContent
from cahill.core.plate import FORMATS, smallest_plate, well_name, well_position
from cahill.errors import InputError
from cahill.io.intensity_tables import raise_faults
from cahill.io.layout_fields import Field, Vocabulary

_RANGE = re.compile(r"([A-Za-z]{1,2}\d{1,2})\s*(?:[-:\N{EN DASH}]|\.\.+)\s*([A-Za-z]{1,2}\d{1,2})")

_LEAST_WHOLE = 24
"""Wells of the smallest drawing that is taken for a whole plate, not a part of a larger one."""


@dataclass(frozen=True)
class Entry:
    """One field of one well.

    Parameters
    ----------
    well : str
        "A1".
    field : Field
    text : str
        As `Field.read` returns it.
    where : str
        Place of the cell or key, for messages.
    source : str
        The grid, row or key it is part of.
    whole : bool
        Whether the source tells all there is of a well, as the row of a tidy table does.
    """

    well: str
    field: Field
    text: str
    where: str
    source: str
    whole: bool = False


@dataclass(eq=False)
class Findings:
    """What a reader has found so far: entries, faults, and the sizes of the plates it saw drawn.

    Parameters
    ----------
    name : str
        Of the file.
    entries : list of Entry
    faults : list of str
    failed : set of tuple
        Well and field of cells that could not be read.
    shapes : list of tuple
        Rows, columns and place of every drawn plate.
    """

    name: str
    entries: list[Entry] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    failed: set[tuple[str, str]] = field(default_factory=set)
    shapes: list[tuple[int, int, str]] = field(default_factory=list)

    def add(
        self,
        wells: Sequence[str],
        one: Field,
        text: str,
        where: str,
        *,
        source: str,
        unit: str = "",
        decimal: str = "",
        whole: bool = False,
    ) -> None:
        """Take a cell's word on wells, or note why it cannot be read."""
        try:
            read = one.read(text, unit, decimal)
        except InputError as error:
            self.faults.append(f"{where}: {error}")
            self.failed.update((well, one.name) for well in wells)
            return
        self.entries.extend(Entry(well, one, read, where, source, whole) for well in wells)


def wells_named(text: str, where: str) -> list[str]:
    """Return the wells of "A1", "A1-A12" (a rectangle by its corners) or "A1, B2:C3".

    Raises
    ------
    InputError
        If a name is no well.
    """
    wells: list[str] = []
    for part in re.split(r"[,;]", text):
        found = _RANGE.fullmatch(part.strip())
        corners = (found[1], found[2]) if found else (part, part)
        (top, left), (bottom, right) = (well_position(corner, where=where) for corner in corners)
        top, bottom = sorted((top, bottom))
        left, right = sorted((left, right))
        wells += [
            well_name(row, column)
            for row in range(top, bottom + 1)
            for column in range(left, right + 1)
        ]
    return wells


def build_layout(
    found: Findings,
    vocabulary: Vocabulary,
    path: Path,
    size: tuple[int, int] | None,
) -> Layout:
    """Return the layout, or raise every fault of its file.

    Parameters
    ----------
    found : Findings
    vocabulary : Vocabulary
    path : Path
    size : tuple of int, optional
        Rows and columns of the plate that was read.

    Raises
    ------
    InputError
        A line a fault.
    """
    faults = [*found.faults, *_repeats(found.entries)]
    wells = tuple(dict.fromkeys(entry.well for entry in found.entries))
    if size is None:
        size = _own_size(found, wells)
    else:
        faults += _size_faults(found, size)
    contents = _contents(found)
    faults += _missing(contents, vocabulary, found.failed)
    raise_faults(faults)
    if not contents:
        raise InputError(
            f"{found.name} describes no well; `cahill template layout` writes an example"
        )
    return Layout(found.name, *size, contents, path)


def _own_size(found: Findings, wells: tuple[str, ...]) -> tuple[int, int]:
    """Return the size of the plate drawn, or of the smallest one that holds the wells."""
    drawn = {(rows, columns) for rows, columns, _ in found.shapes}
    known = [shape for shape in FORMATS.values() if shape in drawn]
    return known[-1] if known else smallest_plate(wells, found.name)


def _size_faults(found: Findings, size: tuple[int, int]) -> Iterator[str]:
    rows, columns = size
    whole = [shape for count, shape in FORMATS.items() if count >= _LEAST_WHOLE]
    for own_rows, own_columns, where in found.shapes:
        if (own_rows, own_columns) in whole and (own_rows, own_columns) != size:
            yield (
                f"{where}: drawn for a {own_rows * own_columns}-well plate, but the plate read has "
                f"{rows * columns} wells; give the layout of this plate"
            )
            return
    seen = set()
    for entry in found.entries:
        try:
            well_position(entry.well, rows, columns, entry.where)
        except InputError as error:
            if entry.well not in seen:
                yield str(error)
            seen.add(entry.well)


def _repeats(entries: list[Entry]) -> Iterator[str]:
    """Yield the fields that a well is given twice, a line for each pair of places."""
    first: dict[tuple[str, str], Entry] = {}
    pairs: dict[tuple[str, str, str], list[tuple[Entry, Entry]]] = defaultdict(list)
    for entry in entries:
        old = first.setdefault((entry.well, entry.field.name), entry)
        if old is not entry:
            pairs[entry.field.name, old.source, entry.source].append((old, entry))
    told: set[tuple[str, str]] = set()
    for (name, one, other), twice in pairs.items():
        old, new = twice[0]
        if (one, other) in told:
            continue
        told.add((one, other))
        more = f" and {len(twice) - 1} more" if len(twice) > 1 else ""
        yield (
            f"{new.where}: {name} of well {new.well}{more} was given before, in {old.where}; "
            "keep one"
        )


def _contents(found: Findings) -> tuple[WellContent, ...]:
    fields: dict[str, dict[str, str]] = defaultdict(dict)
    places: dict[str, str] = {}
    for entry in found.entries:
        fields[entry.well].setdefault(entry.field.name, entry.text)
        own = f"{found.name} well {entry.well}"
        place = entry.source if entry.whole else own
        places[entry.well] = place if places.get(entry.well, place) == place else own
    order = sorted(fields, key=well_position)
    return tuple(WellContent(well, fields[well], places[well]) for well in order)


def _missing(
    contents: Iterable[WellContent], vocabulary: Vocabulary, failed: set[tuple[str, str]]
) -> Iterator[str]:
    """Yield the wells that lack what their role needs; a well without role is a sample.

    A row of a table is named by its row; wells described in pieces are named together.
    """
    lacking: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for content in contents:
        role = content.text("role", "sample")
        if (content.well, "role") in failed:
            continue
        for name in vocabulary.needed.get(role, ()):
            if name not in content.fields and (content.well, name) not in failed:
                place = content.where.removesuffix(f" well {content.well}")
                lacking[place, role, name].append(content.well)
    for (place, role, name), wells in lacking.items():
        what = "amount" if name == "standard" else "name"
        more = f" and {len(wells) - 1} more" if len(wells) > 1 else ""
        yield (
            f"{place}: well {wells[0]}{more}: a {role.replace('_', ' ')} without {what}; "
            f"fill in the field `{name}`"
        )
