"""Tables that a user wrote: CSV, TSV or XLSX, read as text with the row an editor shows.

The separator is found in the header (tab, else semicolon, else comma). Lines that are empty or
begin with "#" are comments. Headings are compared without regard to case, and blanks and hyphens
in them count as underscores.
"""

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from cahill.errors import InputError

EXCEL = (".xlsx", ".xlsm")


@dataclass(frozen=True, eq=False)
class Sheet:
    """A table of text cells.

    Parameters
    ----------
    name : str
        Name of the file (and sheet), for messages.
    frame : pandas.DataFrame
        Every cell as stripped text, blank if empty; normalised headings.
    rows : numpy.ndarray
        Row of each record as an editor counts it, shape (records,).
    """

    name: str
    frame: pd.DataFrame
    rows: np.ndarray

    def where(self, record: int) -> str:
        """Return file and row of a record, for messages."""
        return f"{self.name} row {self.rows[record]}"


def read_sheet(path: str | Path, sheet: str | None = None) -> Sheet:
    """Read a table whatever its format.

    Parameters
    ----------
    path : str or Path
        A file ending with .xlsx is a workbook; any other is text in UTF-8.
    sheet : str, optional
        Sheet of a workbook; the first if absent.

    Raises
    ------
    InputError
        If the file cannot be read, has no records, or a row has more cells than the header.
    """
    path = Path(path)
    try:
        if path.suffix.lower() in EXCEL:
            frame, rows, name = _read_workbook(path, sheet)
        else:
            frame, rows = _read_text(path)
            name = path.name
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}") from error
    frame.columns = [_heading(column) for column in frame.columns]
    repeated = frame.columns[frame.columns.duplicated()]
    if len(repeated):
        raise InputError(f'{name}: the column "{repeated[0]}" stands twice; rename one')
    if frame.empty:
        raise InputError(f"{name} has no rows under its header")
    return Sheet(name, frame, rows)


def _heading(text: object) -> str:
    return str(text).strip().lower().replace(" ", "_").replace("-", "_")


def _read_text(path: Path) -> tuple[pd.DataFrame, np.ndarray]:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise InputError(
            f"{path.name} is not UTF-8 text: {error.reason} at byte {error.start}"
        ) from error
    kept = [
        number
        for number, line in enumerate(lines, start=1)
        if line and not line.isspace() and line[0] != "#"
    ]
    if not kept:
        raise InputError(f"{path.name} is empty; its first row must name the columns")
    header = lines[kept[0] - 1]
    separator = next((mark for mark in ("\t", ";") if mark in header), ",")
    text = "\n".join(lines[number - 1] for number in kept)
    try:
        frame = pd.read_csv(
            io.StringIO(text),
            sep=separator,
            dtype=str,
            keep_default_na=False,
            skipinitialspace=separator != "\t",
        )
    except (pd.errors.ParserError, ValueError) as error:
        reason = " ".join(str(error).split()).removeprefix("Error tokenizing data. C error: ")
        raise InputError(f"{path.name} cannot be read as a table: {reason}") from error
    if not isinstance(frame.index, pd.RangeIndex) or len(frame) != len(kept) - 1:
        raise InputError(f"{path.name}: its rows have more cells than its header")
    # A short row is filled with missing values.
    frame = frame.fillna("")
    # Long tables seldom have blanks round a cell; looking is quicker than stripping every cell.
    edges = (f" {separator}", f"{separator} ", " \n", "\n ", '"')
    if text[-1] == " " or any(edge in text for edge in edges):
        frame = frame.apply(lambda column: column.str.strip())
    return frame, np.asarray(kept[1:], dtype=np.int64)


def _read_workbook(path: Path, sheet: str | None) -> tuple[pd.DataFrame, np.ndarray, str]:
    from zipfile import BadZipFile

    try:
        book = pd.ExcelFile(path, engine="openpyxl")
    except (BadZipFile, ValueError, KeyError) as error:
        raise InputError(f"{path.name} is not an Excel workbook (.xlsx)") from error
    with book:
        names = [str(name) for name in book.sheet_names]
        if sheet is not None and sheet not in names:
            raise InputError(f'{path.name} has no sheet "{sheet}"; it has {", ".join(names)}')
        chosen = sheet or names[0]
        cells = pd.read_excel(
            book, sheet_name=chosen, header=None, dtype=str, keep_default_na=False
        )
    cells = cells.fillna("").apply(lambda column: column.str.strip())
    blank = (cells == "").all(axis=1) | cells.iloc[:, 0].str.startswith("#") if len(cells) else []
    kept = np.flatnonzero(~np.asarray(blank, dtype=bool))
    if not len(kept):
        raise InputError(f'{path.name}, sheet "{chosen}" is empty; its first row must name columns')
    frame = cells.iloc[kept[1:]].reset_index(drop=True)
    frame.columns = pd.Index(cells.iloc[kept[0]].tolist())
    return frame, kept[1:].astype(np.int64) + 1, f"{path.name}, sheet {chosen}"
