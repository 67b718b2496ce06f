"""Read what is in the wells of a plate: TOML, a workbook or a table, recognised by content."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from cahill.core.layout import Layout
from cahill.core.plate import well_position
from cahill.io.layout_entries import build_layout
from cahill.io.layout_fields import Vocabulary
from cahill.io.layout_sheets import sheet_entries
from cahill.io.layout_toml import is_toml, toml_entries

_LISTED = 12
"""Wells that a note names."""


def read_layout(
    path: str | Path,
    vocabulary: Vocabulary,
    *,
    rows: int | None = None,
    columns: int | None = None,
) -> Layout:
    """Read the layout of a plate.

    Parameters
    ----------
    path : str or Path
        TOML in wellmap's notation; a workbook or text file with plates drawn in cells (a sheet or
        block a field, the unit in its title); or a table with a column `well`, in which "A1-B6" is
        a rectangle of wells and headings carry units: "protein (mg/mL)".
    vocabulary : Vocabulary
        The fields that may stand in it: `ACTIVITY_FIELDS`, `QPCR_FIELDS` or `CHIP_FIELDS`.
    rows, columns : int, optional
        Size of the plate that was read; the smallest plate that holds the wells if absent.

    Returns
    -------
    Layout
        Fields as text: a choice in its first spelling, a number with its unit ("10 uL"), a pure
        number without ("10").

    Raises
    ------
    InputError
        Naming every fault with its cell, row or key: unknown fields and roles, wells off the plate
        or described twice, numbers without unit, dates that a spreadsheet made of names, a standard
        without amount, a sample without name, a layout for another size of plate.
    """
    path = Path(path)
    read = toml_entries if is_toml(path) else sheet_entries
    size = None if rows is None or columns is None else (rows, columns)
    return build_layout(read(path, vocabulary), vocabulary, path, size)


@dataclass(frozen=True)
class WellAccount:
    """Every well of a plate and its layout, accounted for; each tuple by row and column.

    Parameters
    ----------
    used : tuple of str
        Read and described.
    undescribed : tuple of str
        Read, but the layout is silent on them: left out.
    unread : tuple of str
        Described, but the file has no reading of them.
    empty : tuple of str
        Described as empty.
    """

    used: tuple[str, ...]
    undescribed: tuple[str, ...]
    unread: tuple[str, ...]
    empty: tuple[str, ...]

    def notes(self) -> tuple[str, ...]:
        """Return a sentence for each kind of well that does not take part."""
        sentences = (
            (self.undescribed, "read but not described by the layout, and left out"),
            (self.unread, "described by the layout but not read"),
        )
        return tuple(
            f"{_named(wells)} {'was' if len(wells) == 1 else 'were'} {what}."
            for wells, what in sentences
            if wells
        )


def account_for(wells: Iterable[str], layout: Layout) -> WellAccount:
    """Account for every well of a plate and of its layout.

    Parameters
    ----------
    wells : iterable of str
        The wells that were read.
    layout : Layout
    """
    read = sorted(dict.fromkeys(wells), key=well_position)
    empty = {content.well for content in layout if content.text("role") == "empty"}
    return WellAccount(
        used=tuple(well for well in read if well in layout and well not in empty),
        undescribed=tuple(well for well in read if well not in layout),
        unread=tuple(well for well in layout.wells if well not in {*read, *empty}),
        empty=tuple(well for well in layout.wells if well in empty),
    )


def _named(wells: tuple[str, ...]) -> str:
    if len(wells) == 1:
        return f"Well {wells[0]}"
    more = f" and {len(wells) - _LISTED} more" if len(wells) > _LISTED else ""
    return f"{len(wells)} wells ({', '.join(wells[:_LISTED])}{more})"
