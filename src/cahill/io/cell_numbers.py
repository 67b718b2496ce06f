"""Numbers in cells as any country writes them, and labels that a spreadsheet has mangled."""

import re
from collections.abc import Iterable

_CLEAR = 20
"""How many times more often one decimal mark must stand than the other to be that of the file."""

_PLAIN = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_COMMA = re.compile(r"[+-]?(\d+,?\d*|,\d+)([eE][+-]?\d+)?")
_GROUPED = re.compile(r"[+-]?\d{1,3}([ '\u2019\u00a0\u202f.,])\d{3}(\1\d{3})*([.,]\d+)?")
_DATE = re.compile(
    r"\d{4}-\d\d-\d\d([ T]00:00:00)?|\d{1,2}[-./ ]{1,2}[A-Za-z]{3,4}|[A-Za-z]{3,4}[-./ ]\d{2,4}"
)
_MONTHS = ("jan", "feb", "mar", "mrz", "apr", "may", "mai", "jun", "jul", "aug", "sep", "oct")
_LATE_MONTHS = ("okt", "nov", "dec", "dez")
_EXPONENT = re.compile(r"\d(\.\d+)?E\+\d+")


def number(text: str, decimal: str = "") -> float | None:
    """Read a number as instruments and spreadsheets of any country write it.

    Parameters
    ----------
    text : str
        Such as "0.123", "0,123", "1 234,5", "1,234.5", "1.2E-3".
    decimal : str
        Decimal mark of the file, "." or ",", if it is known.

    Returns
    -------
    float or None
        None if it is not a number, or if it can be two: "1,234" without a known decimal mark.
    """
    text = text.strip().replace("\u2212", "-")
    if _PLAIN.fullmatch(text) and decimal != ",":
        return float(text)
    grouped = _GROUPED.fullmatch(text)
    if grouped is not None:
        return _grouped_number(text, grouped[1], grouped[3], decimal)
    if decimal != "." and _COMMA.fullmatch(text):
        return float(text.replace(",", "."))
    # A workbook keeps true numbers with a point whatever the mark of its texts.
    return float(text) if _PLAIN.fullmatch(text) else None


def _grouped_number(text: str, mark: str, fraction: str | None, decimal: str) -> float | None:
    """Read a number whose digits stand in groups of three."""
    if mark not in ".,":
        return float(text.replace(mark, "").replace(",", "."))
    groups = text.count(mark)
    if fraction and fraction[0] != mark:
        return float(text.replace(mark, "").replace(fraction[0], "."))
    if mark == decimal or (mark == "." and not decimal):
        return float(text.replace(mark, ".")) if groups == 1 else None
    leading_zero = text.lstrip("+-").startswith("0")
    if not decimal and groups == 1:
        return float(text.replace(mark, ".")) if leading_zero else None
    return None if leading_zero else float(text.replace(mark, ""))


def decimal_mark(cells: Iterable[str]) -> str:
    """Return the decimal mark that cells use: ".", ",", or blank if they do not tell."""
    commas = points = 0
    for cell in cells:
        if "," in cell:
            grouped = _GROUPED.fullmatch(cell)
            if grouped is None:
                commas += _COMMA.fullmatch(cell) is not None
            elif grouped[1] == ",":
                points += bool(grouped[3]) or cell.count(",") > 1
                commas += cell.lstrip("+-").startswith("0")
            else:
                commas += bool(grouped[3])
        elif "." in cell:
            points += _PLAIN.fullmatch(cell) is not None
    # The version of a program has a point in any country.
    if max(commas, points) < _CLEAR * min(commas, points):
        return ""
    return "," if commas > points else "." if points else ""


def mangled(text: str) -> bool:
    """Tell whether a label looks like a date or a number that a spreadsheet made of a name.

    Excel turns a sample "MAR1" into 1 March, "SEPT2" into 2 September and a well "1E3" into 1000.
    """
    if _EXPONENT.fullmatch(text):
        return True
    if _DATE.fullmatch(text) is None:
        return False
    letters = "".join(mark for mark in text if mark.isalpha()).lower()
    return not letters.strip("t") or letters[:3] in (*_MONTHS, *_LATE_MONTHS)
