"""The table of isotopes: masses and natural abundances."""

from functools import lru_cache
from importlib.resources import as_file, files
from pathlib import Path

import pandas as pd

from cahill.core.formulas import Element, Isotope
from cahill.errors import InputError
from cahill.io.sheets import Sheet, read_sheet

COLUMNS = ("element", "mass", "abundance")
SOURCES = ("Coursey2015", "Berglund2011")
"""Keys of the references behind the package's own table."""


@lru_cache(maxsize=1)
def natural_isotopes() -> dict[str, Element]:
    """Return the package's own table: NIST masses, representative CIAAW abundances."""
    with as_file(files("cahill").joinpath("data/isotopes.tsv")) as path:
        return read_isotopes(path)


def read_isotopes(path: str | Path) -> dict[str, Element]:
    """Read a table of isotopes.

    Parameters
    ----------
    path : str or Path
        Columns element, mass (u) and abundance (mole fraction), and mass_number if it is not the
        rounded mass; others are not read. Isotopes with abundance 0 are left out.

    Returns
    -------
    dict of str to Element
        By symbol.

    Raises
    ------
    InputError
        Naming file and row: missing column, no number, abundances that do not add up to 1.
    """
    sheet = read_sheet(path)
    missing = [column for column in COLUMNS if column not in sheet.frame]
    if missing:
        raise InputError(f"{sheet.name}: missing column {', '.join(missing)}")
    masses, abundances = _numbers(sheet, "mass"), _numbers(sheet, "abundance")
    numbers = _numbers(sheet, "mass_number") if "mass_number" in sheet.frame else masses
    isotopes: dict[str, list[Isotope]] = {}
    for element, number, mass, abundance in zip(
        sheet.frame["element"], numbers, masses, abundances
    ):
        if abundance > 0:
            isotopes.setdefault(element, []).append(Isotope(round(number), mass, abundance))
    try:
        return {symbol: Element(symbol, tuple(found)) for symbol, found in isotopes.items()}
    except InputError as error:
        raise InputError(f"{sheet.name}: {error}") from error


def _numbers(sheet: Sheet, column: str) -> list[float]:
    values = pd.to_numeric(sheet.frame[column], errors="coerce")
    bad = values.isna() | (values < 0)
    if bad.any():
        record = int(bad.to_numpy().argmax())
        text = sheet.frame[column].iloc[record]
        raise InputError(
            f'{sheet.where(record)}: {column} "{text}" is not a number that is not negative'
        )
    return values.astype(float).tolist()
