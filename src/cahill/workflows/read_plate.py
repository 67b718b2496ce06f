"""Read a plate reader's file."""

from pathlib import Path
from typing import TYPE_CHECKING

from cahill.errors import InputError, UnknownNameError

if TYPE_CHECKING:
    from cahill.core.plate import Plate
    from cahill.workflows._plate_readings import PlateReadings


def read_plate(file: Path, *, plate: str = "") -> "PlateReadings":
    """Read a plate reader's file, whatever instrument wrote it, and show what is in it.

    Parameters
    ----------
    file : Path
        Export of Gen5, SoftMax Pro, Tecan, SkanIt, BMG, EnVision or Allotrope JSON, or a table in
        the shape of a plate, tidy, or with a column for each well; text or workbook.
    plate : str
        Number of a plate in the file, from 1, or its name; all if absent.
    """
    from cahill.io.plates import read_plates
    from cahill.results.provenance import collect_provenance
    from cahill.workflows._plate_readings import PlateReadings as Result

    plates = read_plates(file)
    chosen = _chosen(plates, plate, file.name) if plate else plates
    notes = tuple(dict.fromkeys(note for one in chosen for note in one.notes))
    options = {"plate": plate} if plate else {}
    provenance = collect_provenance({file.name: file}, options)
    return Result(plates=chosen, notes=notes, provenance=provenance)


def _chosen(plates: "tuple[Plate, ...]", plate: str, where: str) -> "tuple[Plate, ...]":
    if plate.isdigit():
        number = int(plate)
        if not 1 <= number <= len(plates):
            raise InputError(f"{where} has {len(plates)} plates; --plate {plate} is none of them")
        return (plates[number - 1],)
    found = [one for one in plates if plate in (one.name, one.facts.get("Plate Number"))]
    if not found:
        raise UnknownNameError("plate", plate, [one.name for one in plates], where)
    return tuple(found)
