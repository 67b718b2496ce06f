"""The door for HL7 v2: ORU^R01 messages, one or many to a file.

A segment OBX is a result; it is numbered by its line in the file.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cahill.errors import InputError
from cahill.io.cell_grids import decode
from cahill.io.lab_bench import Bench, Raw
from cahill.io.lab_units import known_tests

_BATCH = 50_000
_FIELDS = (
    "subject",
    "test",
    "loinc",
    "value",
    "unit",
    "range",
    "date",
    "method",
    "status",
    "record",
    "specimen",
    "sex",
    "birth_date",
    "site",
)


def open_hl7(bench: Bench, paths: tuple[Path, ...]) -> Raw:
    """Fill the bench with the results of HL7 v2 files.

    Parameters
    ----------
    bench : Bench
    paths : tuple of Path
        Each with one or more messages; batch headers and trailers are allowed.

    Raises
    ------
    InputError
        If a message cannot be parsed or no message reports results.
    """
    rows: list[dict[str, object]] = []
    found = others = offset = 0
    first_name, many = paths[0].name, len(paths) > 1
    for path in paths:
        last = 0
        for first, text in _messages(path):
            results = list(_results(text, offset + first, f"{path.name} row {first}"))
            others += not results
            found += len(results)
            rows.extend(results)
            last = first + text.count("\r")
            if len(rows) >= _BATCH:
                _flush(bench, rows)
        offset += last + 1 if many else 0
    if not found:
        raise InputError(f"{first_name} holds no ORU message with results (OBX)")
    _flush(bench, rows)
    notes = (f"{others:,} messages report no results",)
    return Raw(first_name, paths, "HL7 v2", notes if others else ())


def _messages(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the messages of a file with the line on which each begins, segments ended by CR."""
    text = decode(path.read_bytes(), path.name).replace("\x0b", "").replace("\x1c", "")
    lines = re.split(r"\r\n|\r|\n", text)
    begun = 0
    held: list[str] = []
    for row, line in enumerate(lines, start=1):
        if line[:4] in ("FHS|", "BHS|", "BTS|", "FTS|"):
            line = ""
        if line.startswith("MSH|"):
            if held:
                yield begun, "\r".join(held)
            begun, held = row, []
        if begun:
            held.append(line)
    if held:
        yield begun, "\r".join(held)


def _results(text: str, first: int, where: str) -> Iterator[dict[str, object]]:
    import hl7

    if not re.match(r"MSH\|\^~\\&#?\|", text):
        raise InputError(f"{where} is no HL7 v2 message: it must begin with MSH|^~\\&|")
    # The library wants no blank lines; rows are counted on the text that has them.
    rows = [first + k for k, line in enumerate(text.split("\r")) if line.strip()]
    message = hl7.parse("\r".join(line for line in text.split("\r") if line.strip()))
    person: dict[str, object] = {}
    order: Any = None
    segments = list(message)
    site = _part(segments[0], 4)
    for row, segment in zip(rows, segments, strict=True):
        name = str(segment[0])
        if name == "PID":
            person = {
                "subject": _part(segment, 3) or _part(segment, 2),
                "birth_date": (_part(segment, 7) or "")[:8] or None,
                "sex": _part(segment, 8),
            }
        elif name == "OBR":
            order = segment
        elif name == "OBX":
            yield {"row": row, "site": site, **person, **_result(segment, order)}


def _result(segment: Any, order: Any) -> dict[str, object]:
    codes = [_part(segment, 3, part) for part in (1, 4)]
    names = [_part(segment, 3, part) for part in (2, 5)]
    loinc = next((code for code in codes if code in known_tests()), None)
    number = (_part(order, 3) or _part(order, 2)) if order is not None else None
    code = codes[0] or codes[1]
    known = loinc or next((name for name in (*codes, *names) if name), None)
    return {
        "test": known,
        "loinc": loinc,
        "value": _value(segment),
        "unit": _part(segment, 6),
        "range": _part(segment, 7),
        "date": _part(segment, 14) or (_part(order, 7) if order is not None else None),
        "method": _part(segment, 17, 2) or _part(segment, 17),
        "status": _part(segment, 11),
        "record": f"{number} {code} {_part(segment, 4) or ''}".strip() if number else None,
        "specimen": _part(order, 15) if order is not None else None,
    }


def _value(segment: Any) -> str | None:
    """Return OBX-5 as text; a structured number (SN) as "<5" or "5-10"."""
    if _part(segment, 2) != "SN":
        return _part(segment, 5)
    parts = [_part(segment, 5, part) or "" for part in (1, 2, 3, 4)]
    # "1^:^128" is a titre, which is no number of these tests; it is left as it is.
    return "".join("" if text == "=" else text for text in parts) or None


def _part(segment: Any, field: int, part: int = 1) -> str | None:
    """Return a component of the first repetition of a field; None if it is blank."""
    # HL7's fields of MSH are counted from the separator itself; the library keeps to that.
    if segment is None or len(segment) <= field:
        return None
    content = segment[field]
    repetition = content[0] if len(content) else ""
    if isinstance(repetition, str):
        text = repetition if part == 1 else ""
    elif len(repetition) >= part:
        text = str(repetition[part - 1])
    else:
        text = ""
    text = _unescaped(text.split("&")[0] if "&" in text else text).strip()
    return text or None


def _unescaped(text: str) -> str:
    """Return text with HL7's escapes of its separators undone."""
    for escape, sign in (("\\F\\", "|"), ("\\S\\", "^"), ("\\T\\", "&"), ("\\R\\", "~")):
        text = text.replace(escape, sign)
    return text.replace("\\E\\", "\\")


def _flush(bench: Bench, rows: list[dict[str, object]]) -> None:
    import pyarrow as pa

    schema = pa.schema([("row", pa.int64())] + [(name, pa.string()) for name in _FIELDS])
    bench.append("segments", pa.Table.from_pylist(rows, schema=schema))
    rows.clear()
