"""Tidy frames as readable tables: number formats, ranges, verdicts in words."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from numbers import Integral, Real

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined

MISSING = "–"
MINUS = "−"
_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True)
class Cell:
    """One cell: its text, the key it sorts by, and whether it is a number or a verdict."""

    text: str
    key: str
    kind: str


@dataclass(frozen=True)
class TableView:
    """A table ready for the template: headings (with their kind) and rows of cells."""

    id: str
    caption: str
    headings: tuple[tuple[str, str], ...]
    rows: tuple[tuple[Cell, ...], ...]
    sortable: bool


def format_number(value: object, digits: int = 3) -> str:
    """Write a number with significant digits; very large and small ones as powers of ten.

    Whole numbers keep all their digits. Missing values are a dash.
    """
    if value is None or value is pd.NA or value is pd.NaT:
        return MISSING
    if isinstance(value, Integral):
        return f"{int(value):,}".replace("-", MINUS)
    number = float(value)  # pyright: ignore[reportArgumentType]
    if math.isnan(number):
        return MISSING
    if math.isinf(number):
        return "∞" if number > 0 else f"{MINUS}∞"
    if number == 0:
        return "0"
    exponent = int(f"{number:.{digits - 1}e}".partition("e")[2])
    if exponent < -3 or exponent >= 6:
        mantissa = f"{number:.{digits - 1}e}".partition("e")[0]
        return f"{mantissa} × 10{str(exponent).translate(_SUPERSCRIPT)}".replace("-", MINUS)
    return f"{number:,.{max(0, digits - 1 - exponent)}f}".replace("-", MINUS)


def format_range(low: float | None, high: float | None, digits: int = 3) -> str:
    """Write a range; an open end is written as a bound."""
    has_low, has_high = _finite(low), _finite(high)
    if has_low and has_high:
        joint = " to " if min(float(low or 0), float(high or 0)) < 0 else "–"
        return f"{format_number(low, digits)}{joint}{format_number(high, digits)}"
    if has_low:
        return f"≥ {format_number(low, digits)}"
    return f"≤ {format_number(high, digits)}" if has_high else MISSING


def met_text(met: object) -> str:
    """Write a verdict as a symbol and a word, so that it never hangs on colour alone."""
    if met is None or met is pd.NA or (isinstance(met, float) and math.isnan(met)):
        return f"{MISSING} not judged"
    return "✓ met" if bool(met) else "✗ not met"


def table_view(
    frame: pd.DataFrame,
    *,
    caption: str = "",
    table_id: str = "table",
    headings: Mapping[str, str] | None = None,
    sortable: bool = False,
    digits: int = 3,
) -> TableView:
    """Turn a frame into cells; a column of true and false is a column of verdicts."""
    kinds = {str(name): _column_kind(frame[name]) for name in frame.columns}
    titles = tuple(
        ((headings or {}).get(name, name.replace("_", " ")), kind) for name, kind in kinds.items()
    )
    columns = [
        [_cell(value, kind, digits) for value in frame[name].tolist()]
        for name, kind in zip(frame.columns, kinds.values())
    ]
    rows = tuple(zip(*columns)) if columns else ()
    return TableView(table_id, caption, titles, rows, sortable)


def frame_to_html(
    frame: pd.DataFrame,
    *,
    caption: str = "",
    table_id: str = "table",
    headings: Mapping[str, str] | None = None,
    sortable: bool = False,
    digits: int = 3,
) -> str:
    """Return a tidy frame as an HTML table.

    Parameters
    ----------
    frame : pandas.DataFrame
    caption : str
    table_id : str
        Unique within a page.
    headings : mapping of str to str, optional
        Heading by column; otherwise the column's name.
    sortable : bool
        Whether the page's script may sort and filter it.
    digits : int
        Significant digits of floating-point numbers.
    """
    view = table_view(
        frame,
        caption=caption,
        table_id=table_id,
        headings=headings,
        sortable=sortable,
        digits=digits,
    )
    return environment().get_template("table.html.j2").render(table=view)


@cache
def environment() -> Environment:
    """Return the template environment: everything escaped, nothing undefined."""
    return Environment(
        loader=PackageLoader("cahill.results"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _column_kind(column: "pd.Series") -> str:
    values = [value for value in column.tolist() if not _missing(value)]
    if values and all(
        isinstance(value, bool) or type(value).__name__ == "bool_" for value in values
    ):
        return "verdict"
    if values and all(isinstance(value, Real) for value in values):
        return "number"
    return "text"


def _cell(value: object, kind: str, digits: int) -> Cell:
    if kind == "verdict":
        text = met_text(None if _missing(value) else value)
        tone = {"✓": "met", "✗": "missed"}.get(text[0], "unjudged")
        return Cell(text, text, f"verdict {tone}")
    if _missing(value):
        return Cell(MISSING, "", kind)
    if kind == "number":
        return Cell(format_number(value, digits), repr(float(value)), kind)  # pyright: ignore[reportArgumentType]
    return Cell(str(value), str(value).lower(), kind)


def _missing(value: object) -> bool:
    if value is None or value is pd.NA or value is pd.NaT:
        return True
    return isinstance(value, float) and math.isnan(value)


def _finite(value: float | None) -> bool:
    return value is not None and math.isfinite(value)
