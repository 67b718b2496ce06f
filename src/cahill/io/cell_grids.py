"""Files of cells, whatever wrote them: every cell as text with the place an editor shows.

Instruments and spreadsheets write the same table in many ways. Here the encoding (byte order mark,
UTF-16 with or without one, UTF-8, Windows-1252), the separator (tab, semicolon, comma, runs of
blanks) and the decimal mark are found from the content, workbooks are opened by calamine, and the
readers of the formats see one thing: grids of stripped text.
"""

import csv
import datetime as dt
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from cahill.errors import InputError
from cahill.io.cell_numbers import decimal_mark, number

_PICTURES = {
    b"\x89PNG": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"II*\x00": "TIFF",
    b"MM\x00*": "TIFF",
    b"GIF8": "GIF",
    b"BM": "BMP",
    b"%PDF": "PDF",
}
_BOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_SEPARATORS = ("\t", ";", ",")
_LONGEST_CELL = 20
"""Lines that a quoted cell may span before its quote is taken for an inch mark."""


@dataclass(frozen=True)
class CellGrid:
    """One sheet of cells.

    Parameters
    ----------
    name : str
        File, and sheet of a workbook, for messages: "plate.csv", "book.xlsx sheet Data".
    rows : tuple of tuple of str
        Every cell as stripped text, blank if empty; row k is line k+1 of the file. Rows end with
        their last cell that is not blank.
    sheet : str
        Name of the sheet; blank for a text file.
    decimal : str
        Decimal mark of the file, "." or ","; blank if its cells do not tell.
    """

    name: str
    rows: tuple[tuple[str, ...], ...]
    sheet: str = ""
    decimal: str = ""

    def where(self, row: int, column: int | None = None) -> str:
        """Return the place of a cell, counted from 0, as an editor shows it."""
        if column is None:
            return f"{self.name} row {row + 1}"
        if self.sheet:
            return f"{self.name} cell {column_letters(column)}{row + 1}"
        return f"{self.name} row {row + 1} column {column + 1}"

    def cell(self, row: int, column: int) -> str:
        """Return a cell; blank beyond the end of a row or of the sheet."""
        if 0 <= row < len(self.rows) and 0 <= column < len(self.rows[row]):
            return self.rows[row][column]
        return ""

    def number(self, text: str) -> float | None:
        """Read a number by the decimal mark of this file; None if it is not one."""
        return number(text, self.decimal)


@dataclass(frozen=True)
class CellFile:
    """A file as grids of cells.

    Parameters
    ----------
    name : str
        Of the file, for messages.
    path : Path
    sheets : tuple of CellGrid
        One of a text file; those of a workbook in its order.
    """

    name: str
    path: Path
    sheets: tuple[CellGrid, ...]

    @cached_property
    def text(self) -> str:
        """The cells of the first 60 rows of every sheet, for recognising a format."""
        return "\n".join(
            "\t".join(cell for cell in row if cell)
            for grid in self.sheets
            for row in grid.rows[:60]
        )


def column_letters(column: int) -> str:
    """Return the letters of a spreadsheet's column, counted from 0: 2 is "C", 26 is "AA"."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def read_cell_file(path: str | Path) -> CellFile:
    """Read the cells of a text file or a workbook.

    Parameters
    ----------
    path : str or Path
        Text with tabs, semicolons, commas or runs of blanks between the cells, in any of the
        encodings named above; or a workbook (XLSX, XLSM, XLSB, XLS, ODS), known by its content.

    Raises
    ------
    InputError
        If the file cannot be read, is empty, a picture, or neither text nor a workbook.
    """
    path = Path(path)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}") from error
    if not content.strip():
        raise InputError(f"{path.name} is empty; export the readings again")
    if content.startswith(_BOOKS):
        return _read_workbook(path)
    text = decode(content, path.name)
    rows = _text_rows(text)
    if not any(rows):
        raise InputError(f"{path.name} is empty; export the readings again")
    decimal = decimal_mark([cell for row in rows for cell in row])
    return CellFile(path.name, path, (CellGrid(path.name, rows, decimal=decimal),))


def decode(content: bytes, name: str) -> str:
    """Return the text of a file in whatever encoding it was written.

    Raises
    ------
    InputError
        If it is a picture or other binary content.
    """
    for mark, kind in _PICTURES.items():
        if content.startswith(mark) and not (mark == b"BM" and b"\x00" not in content[:64]):
            raise InputError(f"{name} is a {kind} file, not a table; give the instrument's export")
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16")):
        if content.startswith(mark):
            return content.decode(encoding, errors="replace")
    if content.startswith(b"\xfe\xff"):
        return content.decode("utf-16", errors="replace")
    head = content[:4096]
    if b"\x00" in head:
        return _decode_utf16(content, head, name)
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        pass
    control = sum(byte < 32 and byte not in b"\t\n\r\x0b\x0c\x1a\x1b" for byte in head)
    if control > len(head) // 100:
        raise InputError(f"{name} is neither text nor a workbook; give the instrument's export")
    try:
        return content.decode("cp1252")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def _decode_utf16(content: bytes, head: bytes, name: str) -> str:
    """Decode UTF-16 without a byte order mark: every other byte of plain text is zero."""
    half = len(head) // 2
    for encoding, zeros in (("utf-16-le", head[1::2]), ("utf-16-be", head[::2])):
        if zeros.count(0) > 0.7 * half:
            return content.decode(encoding, errors="replace")
    raise InputError(f"{name} is neither text nor a workbook; give the instrument's export")


def _text_rows(text: str) -> tuple[tuple[str, ...], ...]:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    declared = re.fullmatch(r'"?sep=(.)"?', lines[0].strip(), re.IGNORECASE)
    if declared:
        lines[0] = ""
    separator = declared[1] if declared else _separator(lines)
    if not separator:
        return tuple(tuple(line.split()) for line in lines)
    if '"' not in text:
        return tuple(_trimmed(line.split(separator)) for line in lines)
    return _quoted_rows(lines, separator)


def _quoted_rows(lines: list[str], separator: str) -> tuple[tuple[str, ...], ...]:
    """Split lines with quoted cells; a cell may hold line ends, rows keep their line numbers."""
    rows: list[tuple[str, ...]] = []
    reader = csv.reader((f"{line}\n" for line in lines), delimiter=separator)
    try:
        for record in reader:
            if reader.line_num - len(rows) > _LONGEST_CELL:
                raise csv.Error
            rows.append(_trimmed(record))
            rows.extend(() for _ in range(reader.line_num - len(rows)))
    except csv.Error:
        return tuple(_trimmed(line.replace('"', "").split(separator)) for line in lines)
    return tuple(rows)


def _separator(lines: list[str]) -> str:
    """Return the separator most lines use; blank if blanks separate the cells."""
    used = {mark: sum(mark in line for line in lines) for mark in _SEPARATORS}
    # Free text at the head of an export holds some commas and semicolons of its own.
    most = max(used.values())
    filled = sum(bool(line.strip()) for line in lines)
    if most == 0 or (most * 4 < filled and most < _LONGEST_CELL):
        return ""
    return next(mark for mark in _SEPARATORS if used[mark] * 2 >= most)


def _trimmed(cells: list[str]) -> tuple[str, ...]:
    stripped = [cell.strip() for cell in cells]
    while stripped and not stripped[-1]:
        stripped.pop()
    return tuple(stripped)


def _read_workbook(path: Path) -> CellFile:
    import python_calamine

    try:
        with python_calamine.load_workbook(str(path)) as book:
            sheets = [
                (name, book.get_sheet_by_name(name).to_python(skip_empty_area=False))
                for name in book.sheet_names
            ]
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        raise InputError(f"{path.name} is not a workbook that can be opened: {error}") from error
    found = [(name, tuple(map(_row, rows))) for name, rows in sheets]
    if not any(any(rows) for _, rows in found):
        raise InputError(f"{path.name} is empty; export the readings again")
    grids = []
    for name, rows in found:
        decimal = decimal_mark([cell for row in rows for cell in row])
        grids.append(CellGrid(f"{path.name} sheet {name}", rows, name, decimal))
    return CellFile(path.name, path, tuple(grids))


def _row(cells: list) -> tuple[str, ...]:
    return _trimmed([_cell(cell) for cell in cells])


def _cell(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, dt.datetime):
        # Excel counts days from 1899-12-31: a duration of more than a day looks like a date.
        if value.year < 1901:
            return _clock((value - dt.datetime(1899, 12, 31)).total_seconds())
        return value.isoformat(sep=" ")
    if isinstance(value, dt.time):
        return _clock(
            value.hour * 3600 + value.minute * 60 + value.second + value.microsecond / 1e6
        )
    if isinstance(value, dt.timedelta):
        return _clock(value.total_seconds())
    return str(value)


def _clock(seconds: float) -> str:
    """Return a duration as "H:MM:SS", with thousandths if it has them."""
    milliseconds = round(seconds * 1000)
    whole, rest = divmod(milliseconds, 1000)
    fraction = f".{rest:03d}" if rest else ""
    return f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}{fraction}"
