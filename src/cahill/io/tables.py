"""Tables of parameters, species, annotations and atom maps: tab-separated text, one thing a row.

Lines that are empty or begin with "#" are comments. Faults name the row as an editor counts it.
"""

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from cahill.core.annotation import Annotation
from cahill.core.atom_maps import parse_step
from cahill.core.evidence import Evidence
from cahill.core.network import Species, Step
from cahill.core.parameters import Parameter, ParameterSet
from cahill.core.quantity import Quantity
from cahill.core.units import check_unit
from cahill.errors import CahillError, InputError

PARAMETER_COLUMNS = ("id", "value", "unit", "low", "high", "grade", "source", "locator", "note")
PARAMETER_EXTRAS = ("sd", "role")
SPECIES_COLUMNS = ("id", "name", "compartment", "carbon", "nitrogen", "kind", "sbo", "identifiers")
ANNOTATION_COLUMNS = ("id", "name", "sbo", "identifiers")
ANNOTATION_EXTRAS = ("unit",)
MAP_COLUMNS = ("step", "reaction", "map", "note")

T = TypeVar("T")


@dataclass(frozen=True)
class _Row:
    where: str
    cells: Mapping[str, str]


def read_parameters(path: str | Path) -> ParameterSet:
    """Read a parameter table.

    Parameters
    ----------
    path : str or Path
        Columns id, value, unit, low, high, grade, source, locator, note; sd and role may be added.
        Cells of low, high, source, locator and note may be blank.

    Returns
    -------
    ParameterSet
        Named after the file.

    Raises
    ------
    InputError
        Naming file and row: missing column, no number, unknown unit or grade, id twice, value out
        of its range, missing evidence.
    """
    path = Path(path)
    rows = _read_rows(path, PARAMETER_COLUMNS, PARAMETER_EXTRAS)
    parameters = _each(rows, _parameter, lambda parameter: parameter.id)
    return ParameterSet(tuple(parameters), path.stem)


def write_parameters(path: str | Path, parameters: ParameterSet, force: bool = False) -> None:
    """Write a parameter table that `read_parameters` reads back unchanged.

    Line breaks and tabs inside a text become blanks.

    Raises
    ------
    InputError
        If the file exists and `force` is not given, or a parameter has no evidence.
    """
    path = Path(path)
    rows = [_parameter_cells(parameter) for parameter in parameters.parameters]
    extras = [name for name in PARAMETER_EXTRAS if any(row[name] for row in rows)]
    columns = [*PARAMETER_COLUMNS, *extras]
    try:
        with path.open("w" if force else "x", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, dialect="excel-tab", lineterminator="\n")
            writer.writerow(columns)
            writer.writerows([row[column] for column in columns] for row in rows)
    except FileExistsError:
        raise InputError(f"{path} exists; choose another name or force overwriting") from None
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}") from error


def read_species(path: str | Path) -> dict[str, Species]:
    """Read a species table.

    Parameters
    ----------
    path : str or Path
        Columns id, name, compartment, carbon, nitrogen, kind, sbo, identifiers. Kind is pool, slow,
        boundary or enzyme-bound; blank atom counts are 0; identifiers are separated by blanks.

    Returns
    -------
    dict of str to Species
        By id, in the order of the table.

    Raises
    ------
    InputError
        Naming file and row.
    """
    rows = _read_rows(Path(path), SPECIES_COLUMNS)
    return {species.id: species for species in _each(rows, _species, lambda species: species.id)}


def read_annotations(path: str | Path) -> tuple[Annotation, ...]:
    """Read a table that says what reactions, or compartments and variables, are.

    Parameters
    ----------
    path : str or Path
        Columns id, name, sbo, identifiers; unit may be added. Identifiers are separated by blanks.

    Returns
    -------
    tuple of Annotation
        In the order of the table.

    Raises
    ------
    InputError
        Naming file and row: name or SBO term missing, unknown unit, id twice.
    """
    rows = _read_rows(Path(path), ANNOTATION_COLUMNS, ANNOTATION_EXTRAS)
    return tuple(_each(rows, _annotation, lambda annotation: annotation.id))


def read_atom_maps(
    path: str | Path, species: Mapping[str, Species] | None = None
) -> tuple[Step, ...]:
    """Read a table of atom maps.

    Parameters
    ----------
    path : str or Path
        Columns step, reaction, map, note; the grammar of `map` is that of
        `cahill.core.atom_maps`.
    species : mapping of str to Species, optional
        With it, the first map that loses or invents an atom is refused; without it only the grammar
        is judged and `cahill.core.network_check.check_network` names all faults at once.

    Raises
    ------
    InputError
        If the table cannot be read.
    ModelError
        Naming file, row and step, if a map is at fault.
    """

    def step(row: _Row) -> Step:
        cells = row.cells
        if not cells["step"] or not cells["reaction"]:
            raise InputError("step and reaction must both be named")
        return parse_step(cells["step"], cells["reaction"], cells["map"], species, row.where)

    return tuple(_each(_read_rows(Path(path), MAP_COLUMNS), step, lambda step: step.id))


def _read_rows(path: Path, columns: Sequence[str], extras: Sequence[str] = ()) -> Iterator[_Row]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InputError(
            f"{path} is not UTF-8 text: {error.reason} at byte {error.start}"
        ) from error
    header: list[str] | None = None
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        where = f"{path.name} row {number}"
        cells = _cells(line, where)
        if header is None:
            header = _header(cells, columns, extras, where)
            continue
        if len(cells) > len(header):
            raise InputError(f"{where}: {len(cells)} cells, the header has {len(header)}")
        cells += [""] * (len(header) - len(cells))
        yield _Row(where, dict(zip(header, cells)))
    if header is None:
        raise InputError(
            f"{path.name} is empty; its first row must be {' '.join(columns)} (tabs between)"
        )


def _cells(line: str, where: str) -> list[str]:
    try:
        row = next(csv.reader([line], dialect="excel-tab", strict=True))
    except csv.Error as error:
        raise InputError(f"{where}: a quotation mark is not closed ({error})") from error
    return [cell.strip() for cell in row]


def _header(
    cells: list[str], columns: Sequence[str], extras: Sequence[str], where: str
) -> list[str]:
    missing = [column for column in columns if column not in cells]
    unknown = [cell for cell in cells if cell not in (*columns, *extras)]
    if missing:
        raise InputError(
            f"{where}: missing column {', '.join(missing)} (columns are separated by tabs)"
        )
    if unknown or len(set(cells)) != len(cells):
        fault = f'unknown column "{unknown[0]}"' if unknown else "a column stands twice"
        raise InputError(f"{where}: {fault}; the columns are {' '.join((*columns, *extras))}")
    return cells


def _each(rows: Iterator[_Row], build: Callable[[_Row], T], key: Callable[[T], str]) -> list[T]:
    """Build a thing from every row, putting the row in front of any fault."""
    things: list[T] = []
    first: dict[str, str] = {}
    for row in rows:
        try:
            thing = build(row)
        except CahillError as error:
            text = str(error)
            if text.startswith(row.where):
                raise
            raise InputError(f"{row.where}: {text}") from error
        if key(thing) in first:
            raise InputError(f'{row.where}: "{key(thing)}" stands already in {first[key(thing)]}')
        first[key(thing)] = row.where
        things.append(thing)
    return things


def _parameter(row: _Row) -> Parameter:
    cells = row.cells
    grade: Any = cells["grade"]  # judged by Evidence
    evidence = Evidence(grade, cells["source"], cells["locator"], cells["note"])
    value = _number(cells, "value")
    if value is None:
        raise InputError("value is blank")
    quantity = Quantity(value, cells["unit"], _number(cells, "sd"), evidence)
    low, high = _number(cells, "low"), _number(cells, "high")
    return Parameter(cells["id"], quantity, low, high, cells.get("role", ""))


def _number(cells: Mapping[str, str], column: str) -> float | None:
    text = cells.get(column, "")
    if not text:
        return None
    try:
        return float(text)
    except ValueError:
        raise InputError(f'{column} "{text}" is not a number') from None


def _parameter_cells(parameter: Parameter) -> dict[str, str]:
    quantity, evidence = parameter.quantity, parameter.quantity.evidence
    if evidence is None:
        raise InputError(f'parameter "{parameter.id}" has no evidence; give it one before writing')
    numbers = {
        "value": quantity.value,
        "sd": quantity.sd,
        "low": parameter.low,
        "high": parameter.high,
    }
    # repr, unlike "g", reads back as the same float.
    texts = {
        name: "" if number is None else repr(float(number)) for name, number in numbers.items()
    }
    texts |= {"id": parameter.id, "unit": quantity.unit, "role": parameter.role}
    texts |= {"grade": evidence.grade, "source": evidence.source}
    texts |= {"locator": evidence.locator, "note": evidence.note}
    return {name: " ".join(text.split()) for name, text in texts.items()}


def _species(row: _Row) -> Species:
    cells = row.cells
    if not cells["id"] or not cells["compartment"]:
        raise InputError("id and compartment must both be named")
    kind: Any = cells["kind"] or "pool"  # judged by Species
    atoms = {"C": _count(cells, "carbon"), "N": _count(cells, "nitrogen")}
    identifiers = tuple(cells["identifiers"].replace(",", " ").split())
    return Species(
        cells["id"], cells["name"], cells["compartment"], atoms, kind, cells["sbo"], identifiers
    )


def _annotation(row: _Row) -> Annotation:
    cells = row.cells
    unit = cells.get("unit", "")
    if unit:
        check_unit(unit)
    identifiers = tuple(cells["identifiers"].split())
    return Annotation(cells["id"], cells["name"], cells["sbo"], identifiers, unit)


def _count(cells: Mapping[str, str], column: str) -> int:
    text = cells[column] or "0"
    if not text.isdecimal():
        raise InputError(f'{column} "{cells[column]}" is not a whole number of atoms')
    return int(text)
