"""Tables of measured peak intensities, a peak a row, for natural-abundance correction.

| column | content |
|---|---|
| sample | name of the sample; may be left out if there is one |
| metabolite | name of the metabolite or fragment |
| formula | atoms of the metabolite in the ion or fragment |
| derivative | atoms of the derivatisation in it, as a formula; blank if none |
| charge | of the ion; needed at finite resolution only |
| tracer_atoms | positions that can be labelled if not all: 3, or C3N1 |
| isotopologue | 0, 1, 2 (one tracer, or unit mass), or C2N1 |
| intensity | area or height of the peak, in any unit |

Only metabolite, formula, isotopologue and intensity are needed. Other columns are kept beside the
results. IsoCor's measurement files are read as they are: `area` stands for intensity, and its files
of metabolites and derivatives (name, formula, charge) replace the columns of formulas.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from cahill.errors import InputError
from cahill.io.sheets import Sheet, read_sheet

COLUMNS = (
    "sample",
    "metabolite",
    "formula",
    "derivative",
    "charge",
    "tracer_atoms",
    "isotopologue",
    "intensity",
)
NEEDED = ("metabolite", "formula", "isotopologue", "intensity")
SYNONYMS = {"area": "intensity"}
SHOWN_FAULTS = 20
"""Faults of one table that are listed; more would hide the first."""
_CHARGE = re.compile(r"([+-]?)(\d+)([+-]?)")


@dataclass(frozen=True, eq=False)
class IntensityTable:
    """Measured peak intensities.

    Parameters
    ----------
    name : str
        Name of the file, for messages.
    frame : pandas.DataFrame
        The columns of `COLUMNS`, text but for intensity (float, any unit) and charge (int, 0 where
        not given), then the annotations.
    rows : numpy.ndarray
        Row of each record in the file.
    annotations : tuple of str
        Further columns, kept beside the results.
    path : Path or None
        The file.
    """

    name: str
    frame: pd.DataFrame
    rows: np.ndarray
    annotations: tuple[str, ...] = ()
    path: Path | None = None

    def where(self, record: int) -> str:
        """Return file and row of a record, for messages."""
        return f"{self.name} row {self.rows[record]}"


def read_intensities(
    path: str | Path,
    metabolites: str | Path | None = None,
    derivatives: str | Path | None = None,
) -> IntensityTable:
    """Read a table of intensities (CSV, TSV or XLSX).

    Parameters
    ----------
    path : str or Path
        The table; its columns are described in this module.
    metabolites : str or Path, optional
        Table with name, formula and charge of each metabolite, instead of columns of the table.
    derivatives : str or Path, optional
        Table with name and formula of each derivative; the derivative column then holds names.

    Raises
    ------
    InputError
        Naming file and row of every fault: a column is missing, a cell blank, an intensity no
        number or negative, a charge no whole number, a name not in its table.
    """
    sheet = read_sheet(path)
    frame = sheet.frame.rename(
        columns={old: new for old, new in SYNONYMS.items() if new not in sheet.frame}
    )
    faults: list[str] = []
    if metabolites is not None:
        known = _read_names(metabolites)
        frame["formula"] = _look_up(sheet, frame, "metabolite", known, "formula", faults)
        if "charge" not in frame:
            frame["charge"] = _look_up(sheet, frame, "metabolite", known, "charge", [])
    if derivatives is not None and "derivative" in frame:
        known = _read_names(derivatives)
        frame["derivative"] = _look_up(sheet, frame, "derivative", known, "formula", faults)
    missing = [column for column in NEEDED if column not in frame]
    if missing:
        raise InputError(
            f"{sheet.name}: missing column {', '.join(missing)}; the columns are "
            f"{', '.join(COLUMNS)}"
        )
    for column in NEEDED:
        for record in np.flatnonzero(frame[column] == "").tolist():
            hint = "; write 0 where nothing was seen" if column == "intensity" else ""
            faults.append(f"{sheet.where(record)}: {column} is blank{hint}")
    table = {name: frame.get(name, "") for name in COLUMNS}
    table["intensity"] = _intensities(sheet, frame["intensity"], faults)
    table["charge"] = pd.Series(_charges(sheet, frame, faults), index=frame.index)
    raise_faults(faults)
    annotations = tuple(str(name) for name in frame if name not in COLUMNS)
    whole = pd.DataFrame(table | {name: frame[name] for name in annotations})
    return IntensityTable(sheet.name, whole, sheet.rows, annotations, Path(path))


def raise_faults(faults: Sequence[str]) -> None:
    """Raise all faults of a table as one error, a line each.

    Raises
    ------
    InputError
        If there are any.
    """
    if faults:
        more = ["and more faults; put these right first"] if len(faults) > SHOWN_FAULTS else []
        raise InputError("\n".join([*faults[:SHOWN_FAULTS], *more]))


def _read_names(path: str | Path) -> dict[str, dict[str, str]]:
    """Read a table of names with their formulas."""
    sheet = read_sheet(path)
    for column in ("name", "formula"):
        if column not in sheet.frame:
            raise InputError(f"{sheet.name}: missing column {column}")
    rows = sheet.frame.to_dict("records")
    return {row["name"]: {str(key): text for key, text in row.items()} for row in rows}


def _look_up(
    sheet: Sheet,
    frame: pd.DataFrame,
    key: str,
    known: Mapping[str, Mapping[str, str]],
    column: str,
    faults: list[str],
) -> pd.Series:
    """Return a property of the thing each row names; a blank name has a blank one."""
    if key not in frame:
        raise InputError(f"{sheet.name}: missing column {key}")
    names, first = np.unique(frame[key].to_numpy(str), return_index=True)
    unknown = [(k, name) for name, k in zip(names, first) if name and name not in known]
    for record, name in sorted(unknown):
        faults.append(f'{sheet.where(record)}: {key} "{name}" is not in the table of {key}s')
    found = {name: known.get(name, {}).get(column, "") for name in names}
    # An unknown name is a fault already; its formula must not be one as well.
    found |= {name: "?" for _, name in unknown}
    return frame[key].map(found)


def _intensities(sheet: Sheet, texts: pd.Series, faults: list[str]) -> pd.Series:
    values = pd.to_numeric(texts, errors="coerce").astype(float)
    bad = ~np.isfinite(values) & (texts != "")
    for record in np.flatnonzero(bad).tolist():
        faults.append(
            f'{sheet.where(record)}: intensity "{texts.iloc[record]}" is not a number '
            "(a decimal point, no separators)"
        )
    for record in np.flatnonzero(values < 0).tolist():
        faults.append(
            f"{sheet.where(record)}: intensity {texts.iloc[record]} is negative; "
            "give the peak before any subtraction, or 0"
        )
    return values


def _charges(sheet: Sheet, frame: pd.DataFrame, faults: list[str]) -> np.ndarray:
    """Return the charge of each row, 0 where it is blank."""
    if "charge" not in frame:
        return np.zeros(len(frame), dtype=np.int64)
    codes, texts = pd.factorize(frame["charge"])
    values = np.zeros(len(texts), dtype=np.int64)
    for number, text in enumerate(texts):
        found = _CHARGE.fullmatch(text) if text else None
        if found and not (found[1] and found[3]) and int(found[2]):
            values[number] = int(found[2]) * (-1 if "-" in text else 1)
        elif text:
            record = int(np.argmax(codes == number))
            faults.append(f'{sheet.where(record)}: charge "{text}" is no charge; write -1, 1 or 2')
    return values[codes]
