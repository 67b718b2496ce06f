"""A result as text: what every door out writes alike."""

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from cahill.core.laboratory import micro_text
from cahill.io.lab_units import codes

if TYPE_CHECKING:
    import pyarrow as pa

Row = Mapping[str, Any]
Born = Mapping[str, dt.date]


def value_parts(row: Row) -> tuple[str, str]:
    """Return the sign and the number of a result: ("<", "5"), ("", "35.1"), ("", "5-10")."""
    low, high = row["low"], row["high"]
    if high is None:
        return (">" if row["above"] else ">="), micro_text(low)
    if low == high:
        return "", micro_text(low)
    if low == 0:
        return ("<" if row["below"] else "<="), micro_text(high)
    return "", f"{micro_text(low)}-{micro_text(high)}"


def rows_of(table: "pa.Table") -> Iterator[Row]:
    """Yield the rows of a table, a batch at a time."""
    for batch in table.to_batches(max_chunksize=50_000):
        yield from batch.to_pylist()


def limit_text(value: int | None) -> str:
    """Return a limit as decimal text; blank if there is none."""
    return "" if value is None else micro_text(value)


def when_text(row: Row) -> str:
    """Return the time of a result, or its date, in ISO 8601; blank if unknown."""
    moment = row["time"] or row["date"]
    return "" if moment is None else moment.isoformat()


def loinc_of(row: Row) -> str:
    """Return the LOINC code of a result's test and method."""
    return codes(row["test"], "loinc", row["method"])[0]


def people_of(table: "pa.Table") -> dict[str, Row]:
    """Return the first row of each subject."""
    found: dict[str, Row] = {}
    for row in rows_of(table):
        found.setdefault(row["subject"], row)
    return found
