"""Layouts in the TOML notation of wellmap (Kundert 2021), which the library resolves.

wellmap lets the more specific of two blocks win: a well before a block, a small block before a
large one, a block before rows and columns, these before the whole plate. Where two equally specific
keys say different things of a well it takes one of them silently; here the layout is refused.
"""

import math
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cahill.errors import InputError, UnknownNameError
from cahill.io.layout_entries import Findings
from cahill.io.layout_fields import Field, Vocabulary

_LEVELS = ("well", "block", "row", "irow", "col", "icol", "expt", "plate", "meta")
_PLACES = ("well", "well0", "row", "col", "row_i", "col_j", "plate", "path")
"""Columns of wellmap's table that are not fields."""


@dataclass(frozen=True)
class Claim:
    """What a key of the file says, of which wells, and how specific it is (larger wins)."""

    rank: float
    key: str
    said: Mapping[str, Any]
    covers: Callable[[tuple[int, int]], bool]


def is_toml(path: Path) -> bool:
    """Return whether a file is a layout in TOML, by its ending or its first table."""
    if path.suffix.lower() == ".toml":
        return True
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError):
        return False
    tables = (line.strip().strip("[]").split(".")[0] for line in lines if line.strip()[:1] == "[")
    return next(tables, "") in _LEVELS


def toml_entries(path: Path, vocabulary: Vocabulary) -> Findings:
    """Read a layout in TOML.

    Parameters
    ----------
    path : Path
    vocabulary : Vocabulary

    Raises
    ------
    InputError
        If the file is not TOML, wellmap refuses it, or it describes several plates. Other faults
        are in the findings.
    """
    import wellmap

    content = _load(path)
    found = Findings(path.name)
    try:
        table = wellmap.load(path, on_alert=lambda *_: None)
        claims = _claims(content)
    except wellmap.LayoutError as error:
        raise InputError(f"{path.name}: {_one_line(error)}") from error
    except (ValueError, KeyError, TypeError, AttributeError, OSError) as error:
        raise InputError(
            f"{path.name} is not a layout wellmap can read: {_one_line(error)}"
        ) from error
    if "plate" in table and table["plate"].nunique() > 1:
        plates = ", ".join(map(str, table["plate"].unique()))
        raise InputError(f"{path.name} describes several plates ({plates}); write a file for each")
    fields = {}
    for column in map(str, (name for name in table.columns if name not in _PLACES)):
        try:
            fields[column] = vocabulary.heading(column)
        except UnknownNameError as error:
            key = next((claim.key for claim in claims if column in claim.said), "")
            found.faults.append(f"{path.name} {key}".rstrip() + f": {error}")
    for record in table.to_dict("records"):
        _read_record(path.name, record, fields, claims, found)
    found.faults[:] = dict.fromkeys(found.faults)
    return found


def _read_record(
    name: str,
    record: Mapping[Any, Any],
    fields: Mapping[str, tuple[Field, str]],
    claims: list[Claim],
    found: Findings,
) -> None:
    """Take what wellmap's table says of a well, unless keys of the file contradict each other."""
    for column, (one, unit) in fields.items():
        value = record[column]
        if value is None or value != value or value == "":
            continue
        deciding = _deciding(claims, (record["row_i"], record["col_j"]), column)
        # Keys of included files are not seen here.
        where = f"{name} {deciding[0].key}" if deciding else f"{name} well {record['well']}"
        other = next((c for c in deciding if c.said[column] != deciding[0].said[column]), None)
        text = _text(value)
        if other is not None:
            found.failed.add((record["well"], one.name))
            found.faults.append(
                f"{where}: {column} of well {record['well']} is "
                f'"{deciding[0].said[column]}" here and "{other.said[column]}" in {other.key}, '
                "which is as specific; keep one"
            )
        elif text is None:
            found.failed.add((record["well"], one.name))
            found.faults.append(f"{where}: {column} is not text or a number")
        else:
            found.add([record["well"]], one, text, where, source=where, unit=unit)


def _load(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path.name} is not UTF-8 text; save it as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{path.name} is not TOML: {error}") from error


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split()).rstrip(".") or type(error).__name__


def _text(value: object) -> str | None:
    """Return a value of TOML as a cell of text; None if it is a list or table."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value.strip()
    # Where some wells have no value, pandas keeps whole numbers as floats.
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value) if isinstance(value, int | float) or hasattr(value, "isoformat") else None


def _claims(content: Mapping[str, Any]) -> list[Claim]:
    """Return what every key of the file says, the most specific first."""
    import wellmap

    claims = []
    for pattern, said in content.get("well", {}).items():
        wells = set(wellmap.iter_well_indices(pattern))
        claims.append(Claim(math.inf, f"[well.{pattern}]", said, wells.__contains__))
    for size, blocks in content.get("block", {}).items():
        width, height = map(int, size.split("x"))
        for pattern, said in blocks.items():
            wells = {
                place
                for corner in wellmap.iter_well_indices(pattern)
                for place in wellmap.iter_ij_in_block(corner, width, height)
            }
            name = f"[block.{size}.{pattern}]"
            claims.append(Claim(1 / (width * height), name, said, wells.__contains__))
    claims += [
        Claim(0.0, f"[{level}.{pattern}]", said, _on_line(level, pattern))
        for level in ("row", "irow", "col", "icol")
        for pattern, said in content.get(level, {}).items()
    ]
    claims.append(Claim(-1.0, "[expt]", content.get("expt", {}), lambda _: True))
    return sorted(claims, key=lambda claim: -claim.rank)


def _on_line(level: str, pattern: str) -> Callable[[tuple[int, int]], bool]:
    """Return the test whether a well is on rows or columns, plain or interleaved."""
    import wellmap

    by_row = level.endswith("row")
    lines = set((wellmap.iter_row_indices if by_row else wellmap.iter_col_indices)(pattern))

    def on_line(place: tuple[int, int]) -> bool:
        own, other = place if by_row else place[::-1]
        return (wellmap.interleave(own, other) if level[0] == "i" else own) in lines

    return on_line


def _deciding(claims: list[Claim], place: tuple[int, int], name: str) -> list[Claim]:
    """Return the most specific keys that say something of a field of a well; none is likelier."""
    saying = [claim for claim in claims if name in claim.said and claim.covers(place)]
    return [claim for claim in saying if claim.rank == saying[0].rank]
