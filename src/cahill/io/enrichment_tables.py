"""Tables of a tracer infusion study: what ran in, and what plasma showed.

A study is a folder, an XLSX workbook, or files. Tables are known by their headings, not by name:

- infusions: subject, state, tracer, analyte, rate, unit, start_min, end_min; and, if need be,
  prime, prime_unit, infusate_percent;
- enrichments: subject, state, time_min, analyte, tracer, kind, value, unit; and, if need be, sd,
  atoms, concentration, concentration_sd, concentration_unit;
- subjects (may be absent): subject, weight, unit;
- analytes (may be absent): analyte; carbons, volume, volume_unit, pool_fraction, molar_mass;
- exchange (may be absent): subject, state (blank for all); share or position_ratio, sd.

`kind` is MPE, APE, TTR or SA (see `cahill.core.tracer_infusion.Course`). Rates may be per kg or for
the whole body (`subjects` then gives the weight), amounts in mol or g (`analytes` then gives
molar_mass, g/mol), radioactivity in dpm, Bq or Ci. Rows that repeat a sample are replicates. A
`note` column is left to the user in every table.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar
from zipfile import BadZipFile

from cahill.core.tracer_infusion import InfusionStudy
from cahill.errors import CahillError, InputError, UnknownNameError
from cahill.io.enrichment_courses import check_courses, check_infusions, gather_courses
from cahill.io.enrichment_rows import (
    Row,
    Sample,
    read_analyte,
    read_exchange,
    read_infusion,
    read_molar_mass,
    read_sample,
    read_weight,
)
from cahill.io.sheets import EXCEL, Sheet, read_sheet

TABLES: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "infusions": (
        ("subject", "state", "tracer", "analyte", "rate", "unit", "start_min", "end_min"),
        ("prime", "prime_unit", "infusate_percent"),
    ),
    "enrichments": (
        ("subject", "state", "time_min", "analyte", "tracer", "kind", "value", "unit"),
        ("sd", "atoms", "concentration", "concentration_sd", "concentration_unit"),
    ),
    "subjects": (("subject", "weight", "unit"), ()),
    "analytes": (
        ("analyte",),
        ("carbons", "volume", "volume_unit", "pool_fraction", "molar_mass"),
    ),
    "exchange": (("subject", "state"), ("share", "sd", "position_ratio")),
}
"""Columns that must be there, and columns that may, by table."""

SIGNATURES: Mapping[str, frozenset[str]] = {
    "enrichments": frozenset({"time_min", "value"}),
    "infusions": frozenset({"rate"}),
    "subjects": frozenset({"weight"}),
    "exchange": frozenset({"subject", "state"}),
    "analytes": frozenset({"analyte"}),
}
"""Headings by which a table is known; the first that fits is meant."""

TEXTS = (".csv", ".tsv", ".txt")
SHOWN_FAULTS = 20
T = TypeVar("T")


def read_infusion_study(*paths: str | Path) -> InfusionStudy:
    """Read a tracer infusion study.

    Parameters
    ----------
    *paths : str or Path
        A folder, an XLSX workbook, or the tables as files (CSV, TSV).

    Returns
    -------
    InfusionStudy
        Named after the folder or the first file.

    Raises
    ------
    InputError
        Naming file, row and column, a line a fault: a table missing or given twice, a number that
        is none, a unit that is missing or measures something else, an enrichment out of range.
    """
    sheets = _sheets([Path(path) for path in paths])
    faults: list[str] = []
    weights = dict(_each(sheets, "subjects", read_weight, faults))
    masses = dict(_each(sheets, "analytes", read_molar_mass, faults))
    analytes = {one.name: one for one in _each(sheets, "analytes", read_analyte, faults)}
    exchanges = tuple(_each(sheets, "exchange", read_exchange, faults))
    # Without weights and molar masses, rows of the other tables would be faulted for theirs.
    _raise(faults)

    def sample(row: Row) -> Sample:
        return read_sample(row, masses)

    infusions = tuple(
        _each(sheets, "infusions", lambda row: read_infusion(row, weights, masses), faults)
    )
    samples = _each(sheets, "enrichments", sample, faults)
    _raise(faults)
    courses = gather_courses(samples, faults)
    check_infusions(infusions, faults)
    check_courses(courses, infusions, faults)
    _raise(faults)
    first = Path(paths[0])
    name = first.resolve().name if first.is_dir() else first.stem
    return InfusionStudy(name, infusions, courses, analytes, exchanges)


def _sheets(paths: Sequence[Path]) -> dict[str, Sheet]:
    """Return the tables by what they are."""
    found: dict[str, Sheet] = {}
    named = {path for path in paths if path.is_file()}
    for path in table_files(*paths):
        for sheet in _read_all(path):
            headings = set(sheet.frame.columns)
            name = next((n for n, marks in SIGNATURES.items() if marks <= headings), None)
            if name is None:
                # What else lies in a folder is the user's; a file he names must be a table.
                if path in named:
                    raise InputError(
                        f"{sheet.name}: is no table of a tracer study; infusions have "
                        f"{' '.join(TABLES['infusions'][0])}"
                    )
                continue
            if name in found:
                raise InputError(f"{sheet.name}: {name} stand already in {found[name].name}")
            _check_header(sheet, name)
            found[name] = sheet
    for name in ("infusions", "enrichments"):
        if name not in found:
            raise InputError(
                f"{paths[0]}: has no table of {name}; its columns are {' '.join(TABLES[name][0])}"
            )
    return found


def table_files(*paths: str | Path) -> tuple[Path, ...]:
    """Return the files that `read_infusion_study` reads for the same paths.

    Raises
    ------
    InputError
        If a path does not exist.
    """
    files: list[Path] = []
    for path in map(Path, paths):
        if path.is_dir():
            files += sorted(p for p in path.iterdir() if p.suffix.lower() in (*TEXTS, *EXCEL))
        elif path.exists():
            files.append(path)
        else:
            raise InputError(f"{path}: does not exist; give a folder, a workbook or tables")
    return tuple(files)


def _read_all(path: Path) -> list[Sheet]:
    if path.suffix.lower() not in EXCEL:
        return [read_sheet(path)]
    from openpyxl import load_workbook

    try:
        names = load_workbook(path, read_only=True).sheetnames
    except (BadZipFile, KeyError, ValueError) as error:
        raise InputError(f"{path.name} is not an Excel workbook (.xlsx)") from error
    return [read_sheet(path, name) for name in names]


def _check_header(sheet: Sheet, name: str) -> None:
    required, optional = TABLES[name]
    headings = list(sheet.frame.columns)
    missing = [column for column in required if column not in headings]
    if missing:
        raise InputError(f"{sheet.name}: {name} lack the column {', '.join(missing)}")
    known = {*required, *optional, "note"}
    for heading in headings:
        if heading not in known:
            raise UnknownNameError("column", heading, known, where=sheet.name)


def _each(
    sheets: Mapping[str, Sheet], name: str, build: Callable[[Row], T], faults: list[str]
) -> list[T]:
    """Build a thing from every row of a table; what is wrong with a row becomes a fault."""
    if name not in sheets:
        return []
    sheet, things = sheets[name], []
    for number, cells in enumerate(sheet.frame.to_dict("records")):
        row = Row(sheet.where(number), {str(key): str(text) for key, text in cells.items()})
        try:
            things.append(build(row))
        except CahillError as error:
            faults.append(f"{row.where}: {error}")
    return things


def _raise(faults: list[str]) -> None:
    if not faults:
        return
    unique = list(dict.fromkeys(faults))
    more = len(unique) - SHOWN_FAULTS
    tail = [f"and {more} more faults of these tables"] if more > 0 else []
    raise InputError("\n".join([*unique[:SHOWN_FAULTS], *tail]))
