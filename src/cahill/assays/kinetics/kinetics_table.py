"""Tables of rates: read from a file, or handed over as a frame, and every row accounted for."""

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from cahill.assays.kinetics.kinetic_analysis import Rates
from cahill.assays.kinetics.kinetic_fit import Conditions
from cahill.core.units import to
from cahill.errors import InputError, UnitError, UnknownNameError
from cahill.io.cell_grids import CellGrid, read_cell_file

COLUMNS = {
    "sample": (),
    "alanine": ("l_alanine", "ala"),
    "oxoglutarate": ("2_oxoglutarate", "alpha_ketoglutarate", "akg", "2_og"),
    "inhibitor": (),
    "inhibitor_concentration": ("concentration_of_inhibitor",),
    "rate": ("velocity", "v", "activity"),
    "rate_sd": ("sd",),
    "replicate": (),
}
"""Columns of a table of rates with other names they may have; the rest is left alone."""

UNITS = {"alanine": "mmol/L", "oxoglutarate": "mmol/L", "inhibitor_concentration": "umol/L"}
NUMBERS = (*UNITS, "rate", "rate_sd")
_HEADING = re.compile(r"(?P<name>[^(\[]+?)\s*(?:[(\[](?P<unit>[^)\]]*)[)\]])?\s*")


def read_rates(path: str | Path) -> pd.DataFrame:
    """Read a table of rates.

    Parameters
    ----------
    path : str or Path
        Text or workbook (first sheet), one rate a row under a line of headings: rate (with its
        unit: "rate (U/L)"), alanine (mmol/L), oxoglutarate (mmol/L), inhibitor,
        inhibitor_concentration (umol/L), rate_sd, sample. Only the rate is needed, and a
        concentration that varies. Lines that begin with "#" are comments.

    Returns
    -------
    pandas.DataFrame
        The columns of `COLUMNS` that the file has, concentrations in mmol/L and umol/L, with
        rate_unit and where (file and row).

    Raises
    ------
    InputError
        Naming the row: no heading, a column twice, no number, a negative concentration.
    UnitError
        If a heading lacks its unit or has one that does not fit.
    """
    grid = read_cell_file(path).sheets[0]
    filled = [k for k, row in enumerate(grid.rows) if any(row) and not row[0].startswith("#")]
    if len(filled) < 2:
        raise InputError(f"{grid.name} has no rates under its headings")
    names, units = _headings(grid, filled[0])
    records = [_record(grid, k, names, units) for k in filled[1:]]
    frame = pd.DataFrame(records)
    frame["rate_unit"] = units["rate"]
    return frame


def _headings(grid: CellGrid, row: int) -> tuple[dict[int, str], dict[str, str]]:
    """Return the column of each field, and the unit each has in its heading."""
    names: dict[int, str] = {}
    units: dict[str, str] = {}
    for column, text in enumerate(grid.rows[row]):
        match = _HEADING.fullmatch(text)
        if match is None:
            continue
        plain = re.sub(r"[ \-]+", "_", match["name"].strip().lower())
        name = next((key for key, also in COLUMNS.items() if plain == key or plain in also), "")
        if not name:
            continue
        where = grid.where(row, column)
        if name in units:
            raise InputError(f'{where}: the column "{name}" stands twice; remove one')
        units[name] = (match["unit"] or "").strip()
        names[column] = name
        if name in (*UNITS, "rate") and not units[name]:
            example = UNITS.get(name, "U/L")
            raise UnitError(f'{where}: "{text}" has no unit; write "{name} ({example})"')
        if name in UNITS:
            _convert(1.0, units[name], name, where)
    if "rate" not in units:
        raise InputError(f'{grid.where(row)}: no column "rate (U/L)"; name the columns first')
    return names, units


def _convert(value: float, unit: str, name: str, where: str) -> float:
    try:
        return to(value, unit, UNITS[name])
    except UnitError as error:
        raise UnitError(f"{where}: {name}: {error}") from None


def _record(
    grid: CellGrid, row: int, names: dict[int, str], units: dict[str, str]
) -> dict[str, object]:
    record: dict[str, object] = {"where": grid.where(row)}
    for column, name in names.items():
        text = grid.cell(row, column)
        if name not in NUMBERS:
            record[name] = text
            continue
        if not text:
            record[name] = np.nan
            continue
        value = grid.number(text)
        where = grid.where(row, column)
        if value is None:
            raise InputError(f'{where}: {name} "{text}" is not a number')
        if name in UNITS:
            value = _convert(value, units[name], name, where)
        if value < 0 and name != "rate":
            raise InputError(f"{where}: {name} {text} is negative")
        record[name] = value
    return record


def samples(frame: pd.DataFrame) -> tuple[str, ...]:
    """Return the samples of a frame of rates, in its order; one blank name if it names none."""
    if "sample" not in frame.columns:
        return ("",)
    return tuple(dict.fromkeys(str(name) for name in frame["sample"]))


def of_sample(frame: pd.DataFrame, sample: str, name: str) -> pd.DataFrame:
    """Return the rates of one sample.

    Raises
    ------
    UnknownNameError
        If there is none of this name.
    InputError
        If no name is given and there are several samples.
    """
    known = samples(frame)
    if not sample:
        if len(known) > 1:
            raise InputError(f"{name} has several samples; choose one: {', '.join(known)}")
        return frame
    if sample not in known:
        raise UnknownNameError("sample", sample, known, name)
    return frame[frame["sample"].astype(str) == sample]


def as_rates(frame: pd.DataFrame) -> tuple[Rates, list[str]]:
    """Return the rates of a frame that can be fitted, and why each row is or is not among them.

    Parameters
    ----------
    frame : pandas.DataFrame
        rate and rate_unit; alanine, oxoglutarate (mmol/L), inhibitor, inhibitor_concentration
        (umol/L) and rate_sd as far as they are known.

    Returns
    -------
    tuple of (Rates, list of str)
        The list has one reason a row, blank for a row that is used.

    Raises
    ------
    InputError
        If a column is missing, or the rates have several units.
    """
    if "rate" not in frame.columns or "rate_unit" not in frame.columns:
        raise InputError("a table of rates needs the columns rate and rate_unit")
    units = list(dict.fromkeys(map(str, frame["rate_unit"])))
    if len(units) > 1:
        raise InputError(f"rates in {' and '.join(units)} cannot be fitted together; convert one")
    columns = {name: _numbers(frame, name) for name in NUMBERS}
    named = frame["inhibitor"] if "inhibitor" in frame.columns else [""] * len(frame)
    inhibitors = np.array([_text(value) for value in named], dtype=object)
    amounts = columns["inhibitor_concentration"]
    amounts = np.where(np.isnan(amounts) & (inhibitors == ""), 0.0, amounts)
    reasons = [_reason(columns, amounts, str(inhibitors[k]), k, frame) for k in range(len(frame))]
    rows = np.array([k for k, reason in enumerate(reasons) if not reason], dtype=int)
    conditions = Conditions(columns["alanine"], columns["oxoglutarate"], amounts)
    labels = np.array(np.where(amounts > 0, inhibitors, ""), dtype=object)
    every = np.arange(len(frame))
    rates = Rates(conditions, columns["rate"], columns["rate_sd"], labels, every, units[0])
    return rates.of(rows), reasons


def _numbers(frame: pd.DataFrame, name: str) -> np.ndarray:
    if name not in frame.columns:
        return np.full(len(frame), np.nan)
    return np.array([np.nan if value is None else float(value) for value in frame[name]])


def _text(value: object) -> str:
    return "" if value is None or value != value else str(value).strip()


def _reason(
    columns: dict[str, np.ndarray],
    amounts: np.ndarray,
    inhibitor: str,
    k: int,
    frame: pd.DataFrame,
) -> str:
    """Return why a rate cannot be fitted; blank if it can."""
    if not np.isfinite(columns["rate"][k]):
        return "no rate"
    if columns["alanine"][k] == 0 or columns["oxoglutarate"][k] == 0:
        return "no substrate: a blank, not a rate of the enzyme"
    for name in ("alanine", "oxoglutarate"):
        if np.isnan(columns[name][k]) and np.isfinite(columns[name]).any():
            return f"{name} not stated"
    if inhibitor and np.isnan(amounts[k]):
        return "concentration of the inhibitor not stated"
    return "" if amounts[k] == 0 or inhibitor else "inhibitor not named"


def where_of(frame: pd.DataFrame, records: Sequence[int]) -> list[str]:
    """Return where rows of the frame come from: file and row, or their number."""
    if "where" in frame.columns:
        return [str(frame["where"].iloc[k]) for k in records]
    if "well" in frame.columns:
        return [str(frame["well"].iloc[k]) for k in records]
    return [str(k + 1) for k in records]
