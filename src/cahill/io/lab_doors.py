"""Which door a file of laboratory results goes through: found by its content, not its name.

A door fills the bench's raw tables, one for each file, with the fields of `lab_fields.FIELDS` and
the row an editor (or the number of the resource or segment) of each result.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cahill.errors import InputError

if TYPE_CHECKING:
    from cahill.io.lab_bench import Bench, Raw

_BESIDE = ("dm", "person", "patient", "adsl")
"""Tables of people that may stand beside results; they are read with them, not as results."""

_ENDINGS = (".csv", ".tsv", ".txt", ".parquet", ".pq", ".xlsx", ".xpt", ".json", ".ndjson", ".hl7")


def input_paths(path: str | Path | Sequence[str | Path]) -> tuple[Path, ...]:
    """Return the files that were meant: one, several, or those of a folder in order of name.

    Raises
    ------
    InputError
        If one does not exist, or a folder holds none.
    """
    given = [path] if isinstance(path, str | Path) else list(path)
    found: list[Path] = []
    for item in map(Path, given):
        if item.is_dir():
            files = [
                file
                for file in sorted(item.iterdir())
                if file.suffix.lower() in _ENDINGS and file.stem.lower() not in _BESIDE
            ]
            if not files:
                raise InputError(f"{item} holds no files of results")
            found.extend(files)
        elif not item.exists():
            raise InputError(f"{item} does not exist; check the path")
        else:
            found.append(item)
    if not found:
        raise InputError("no file of results was given")
    return tuple(found)


def open_door(bench: "Bench", paths: tuple[Path, ...], columns: Mapping[str, str]) -> "Raw":
    """Fill the bench with the raw results of files of one format.

    Raises
    ------
    InputError
        If a file cannot be read or is of no known format, or the files are of several.
    """
    kinds = [kind_of(path) for path in paths]
    if len(set(kinds)) > 1:
        other = next(path for path, kind in zip(paths, kinds, strict=True) if kind != kinds[0])
        raise InputError(
            f"{other.name} and {paths[0].name} are of different formats; read them one by one"
        )
    if kinds[0] == "fhir":
        from cahill.io.lab_fhir import open_fhir

        return open_fhir(bench, paths)
    if kinds[0] == "hl7":
        from cahill.io.lab_hl7 import open_hl7

        return open_hl7(bench, paths)
    from cahill.io.lab_tables import open_tables

    return open_tables(bench, paths, kinds[0], columns)


def kind_of(path: Path) -> str:
    """Return what a file is: "text", "parquet", "xlsx", "xpt", "fhir" or "hl7".

    Raises
    ------
    InputError
        If it cannot be read, is empty, or holds something else.
    """
    try:
        with path.open("rb") as stream:
            head = stream.read(4096)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}") from error
    if not head.strip():
        raise InputError(f"{path.name} is empty; export the results again")
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith(b"PK\x03\x04"):
        return "xlsx"
    if head.startswith(b"HEADER RECORD*******LIB"):
        return "xpt"
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n\x0b")
    if text.startswith((b"MSH|", b"FHS|", b"BHS|")):
        return "hl7"
    if text.startswith((b"{", b"[")):
        return "fhir"
    if b"\x00" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise InputError(
            f"{path.name} is no file of results: give CSV, Parquet, XLSX, XPT, FHIR JSON or HL7 v2"
        )
    return "text"


def read_json(path: Path) -> object:
    """Return a JSON document with its decimal numbers as the texts they were written as.

    Raises
    ------
    InputError
        If it is not JSON.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"), parse_float=str)
    except UnicodeDecodeError as error:
        raise InputError(f"{path.name} is not UTF-8 text at byte {error.start}") from error
    except json.JSONDecodeError as error:
        raise InputError(f"{path.name} row {error.lineno} is not JSON: {error.msg}") from error
