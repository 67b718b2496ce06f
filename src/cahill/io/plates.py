"""Plate readers' files to plates: the reader that knows the file is found by its content."""

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from cahill.core.plate import Plate
from cahill.errors import InputError
from cahill.io import readers
from cahill.io.cell_grids import CellFile, read_cell_file
from cahill.io.readers.allotrope import read_by_allotropy


@dataclass(frozen=True)
class Reader:
    """One reader of the room: what it is called, and its two verbs.

    Parameters
    ----------
    name : str
        As messages and pages name the format.
    plain : bool
        Whether it reads a form that no instrument signs; it is asked last.
    sniff, read : callable
    """

    name: str
    plain: bool
    sniff: Callable[[CellFile], bool]
    read: Callable[[CellFile], tuple[Plate, ...]]


@cache
def known_readers() -> tuple[Reader, ...]:
    """Return every reader of the room `cahill.io.readers`, those of instruments first."""
    found = []
    for module_info in pkgutil.iter_modules(readers.__path__):
        if not module_info.name.startswith("_"):
            module = importlib.import_module(f"{readers.__name__}.{module_info.name}")
            plain = bool(getattr(module, "PLAIN", False))
            found.append(Reader(module.NAME, plain, module.sniff, module.read))
    return tuple(sorted(found, key=lambda reader: (reader.plain, reader.name)))


def claims(file: CellFile) -> tuple[Reader, ...]:
    """Return the readers that know a file: of instruments, or else of plain forms."""
    for plain in (False, True):
        found = tuple(r for r in known_readers() if r.plain is plain and r.sniff(file))
        if found:
            return found
    return ()


def read_plates(path: str | Path) -> tuple[Plate, ...]:
    """Read every plate of a plate reader's file.

    Parameters
    ----------
    path : str or Path
        Text or a workbook; what wrote it is found from its content.

    Returns
    -------
    tuple of Plate
        In the order of the file; `facts["format"]` says which form was recognised.

    Raises
    ------
    InputError
        If no reader knows the file, or it cannot be read as what it is.
    """
    file = read_cell_file(path)
    found = claims(file)
    if not found:
        converted = read_by_allotropy(file)
        if converted:
            return _finished(converted, file, "allotropy")
        known = ", ".join(dict.fromkeys(reader.name for reader in known_readers()))
        raise InputError(f"{file.name} is in no form that is known; known are {known}")
    reader = found[0]
    try:
        plates = reader.read(file)
    except InputError as error:
        # What is wrong with a reading as a whole is told without a place.
        if str(error).startswith(file.name):
            raise
        raise InputError(f"{file.name}: {error}") from error
    if not any(plate.readings for plate in plates):
        raise InputError(f"{file.name} looks like {reader.name} but holds no readings")
    return _finished(plates, file, reader.name)


def _finished(plates: tuple[Plate, ...], file: CellFile, form: str) -> tuple[Plate, ...]:
    """Return the plates that hold readings, with their file and form."""
    return tuple(
        replace(plate, path=file.path, facts={"format": form, **plate.facts})
        for plate in plates
        if plate.readings
    )
