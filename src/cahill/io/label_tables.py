"""Read a labelling study kept as tidy tables: one observation a row, the format users write.

A study is a folder of CSV or TSV files with these names, or one XLSX workbook with these sheets.
Only `network` must be there; a column `note` is the user's own in every table.

===========  ====================================================================================
network      reaction, equation; may have step, low, high
             ``Ala C:abc N:n + aKG C:defgh <-> Pyr C:abc + Glu C:defgh N:n``: a letter an atom, in
             the order of the atoms; -> one way, <-> both; alternatives of a symmetric molecule
             after "|"; nothing on the right leaves the system. Rows of one reaction are its steps.
             low and high bound the net flux
species      species; may have kind (pool, boundary, slow), name, compartment
feeds        species, labels; may have experiment (blank: every one), fraction (1), purity (1),
             start (0). labels: ``C:100 N:1`` or ``C:U`` (all heavy) or ``C:0.99,0.5,0``, blank for
             an unlabelled form
mids         measurement, species, isotopologue, value; may have experiment, atoms, time, sd,
             replicate, mixture, scale.
             species ``Ala_c + Ala_m`` cannot be told apart by the instrument; mixture: free (the
             shares are fitted; the default), pools (by pool size) or shares such as ``0.4, 0.6``.
             atoms ``C:1-3``, blank for all; ``C:1-3 | N:1`` counts two groups apart.
             isotopologue: heavy atoms, ``2``, or by group ``2,1`` or ``C2N1``; ``mean`` is the
             average enrichment. scale: free if the values are in arbitrary units
fluxes       name, expression, value, sd; expression ``2*PDH - LDH_exchange``: a reaction's net
             flux, or a step's _forward, _backward or _exchange flux
pools        species, value, sd, unit
constraints  constraint; ``ALT <= 2*PDH`` between fluxes, ``Ala_c >= 3`` of pool sizes
point        name, value; fluxes (as in expression) and pools to simulate with or to start from
units        quantity (flux, time), unit
===========  ====================================================================================

Values that repeat one another (but for `replicate`) are replicates: their mean is used, with their
sample standard deviation unless `sd` gives one, at least `MID_FLOOR`.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from cahill.core.labelling import (
    Experiment,
    Feed,
    FluxPoint,
    TracingStudy,
)
from cahill.errors import CahillError, InputError, UnknownNameError
from cahill.io.enrichment_rows import Row
from cahill.io.equation_data import MID_FLOOR
from cahill.io.label_mids import build_labels
from cahill.io.label_network import NetworkRows, build_network
from cahill.io.label_readings import Reading, read_mid
from cahill.io.label_rows import (
    feeds_of,
    read_constraint,
    read_feed,
    read_flux,
    read_point,
    read_pool,
)
from cahill.io.sheets import EXCEL, Sheet, read_sheet

TABLES: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "network": (("reaction", "equation"), ("step", "low", "high")),
    "species": (("species",), ("kind", "name", "compartment")),
    "feeds": (("species", "labels"), ("experiment", "fraction", "purity", "start")),
    "mids": (
        ("measurement", "species", "isotopologue", "value"),
        ("experiment", "atoms", "time", "sd", "replicate", "mixture", "scale"),
    ),
    "fluxes": (("name", "expression", "value", "sd"), ()),
    "pools": (("species", "value", "sd", "unit"), ()),
    "constraints": (("constraint",), ()),
    "point": (("name", "value"), ()),
    "units": (("quantity", "unit"), ()),
}
"""Columns that must be there, and columns that may, by table."""

TEXTS = (".tsv", ".csv", ".txt")
SHOWN_FAULTS = 20
T = TypeVar("T")


class _Tables:
    """The tables of a study, and the faults found in them so far."""

    def __init__(self, sheets: Mapping[str, Sheet]) -> None:
        self.sheets = sheets
        self.faults: list[str] = []

    def each(self, name: str, build: Callable[[Row], T]) -> list[T]:
        """Build a thing from every row; what is wrong with a row becomes a fault."""
        things: list[T] = []
        if name not in self.sheets:
            return things
        sheet = self.sheets[name]
        for number, cells in enumerate(sheet.frame.to_dict("records")):
            row = Row(sheet.where(number), {str(key): str(text) for key, text in cells.items()})
            try:
                things.append(build(row))
            except CahillError as error:
                text = str(error)
                self.faults.append(text if text.startswith(row.where) else f"{row.where}: {text}")
        return things

    def refuse(self) -> None:
        """Raise InputError with every fault, a line each."""
        unique = list(dict.fromkeys(self.faults))
        more = len(unique) - SHOWN_FAULTS
        tail = [f"and {more} more faults of these tables"] if more > 0 else []
        if unique:
            raise InputError("\n".join([*unique[:SHOWN_FAULTS], *tail]))


def is_label_tables(path: str | Path) -> bool:
    """Return whether a path is a folder or workbook with a table `network`, or that table."""
    path = Path(path)
    if path.is_dir():
        return any((path / f"network{suffix}").is_file() for suffix in TEXTS)
    try:
        return "network" in _read(path)
    except InputError:
        return False


def read_label_tables(path: str | Path, mid_floor: float = MID_FLOOR) -> TracingStudy:
    """Read a study kept as tidy tables.

    Parameters
    ----------
    path : str or Path
        A folder, a workbook, or the table of the network alone.
    mid_floor : float
        Smallest standard deviation of an isotopologue fraction that comes from replicates.

    Returns
    -------
    TracingStudy
        Its experiments are parallel: they share one flux state.

    Raises
    ------
    InputError
        With every fault, a line each: file, row, column and what to do.
    """
    path = Path(path)
    notes: list[str] = []
    tables = _Tables(_read(path, notes))
    if "network" not in tables.sheets:
        raise InputError(f"{path} has no table network; its columns are reaction and equation")
    units = dict(tables.each("units", _unit))
    rows = NetworkRows()
    tables.each("network", rows.add_reaction)
    tables.each("species", rows.add_species)
    tables.refuse()
    network = build_network(rows, set(_column(tables, "feeds", "species")))
    feeds = tables.each("feeds", lambda row: read_feed(row, network))
    mids = tables.each("mids", lambda row: read_mid(row, network))
    fluxes = tuple(tables.each("fluxes", lambda row: read_flux(row, network)))
    pools = tuple(tables.each("pools", lambda row: read_pool(row, network, units)))
    constraints = tables.each("constraints", lambda row: read_constraint(row, network))
    points = tables.each("point", lambda row: read_point(row, network))
    tables.refuse()
    name = path.resolve().name if path.is_dir() else path.stem
    experiments = _experiments(name, feeds, mids, mid_floor, tables, notes)
    tables.refuse()
    return TracingStudy(
        name=name,
        network=network,
        experiments=experiments,
        fluxes=fluxes,
        pools=pools,
        constraints=(*rows.bounds, *constraints),
        point=_point(points),
        flux_unit=units.get("flux", ""),
        time_unit=units.get("time", ""),
        notes=tuple(notes),
    )


def _read(path: Path, notes: list[str] | None = None) -> dict[str, Sheet]:
    """Return the tables of a folder, a workbook or a single file by name."""
    sheets: dict[str, Sheet] = {}
    if path.is_dir():
        files = [f for f in sorted(path.iterdir()) if f.suffix.lower() in TEXTS]
        found = [(file.stem.lower(), lambda file=file: read_sheet(file)) for file in files]
    elif path.suffix.lower() in EXCEL:
        from pandas import ExcelFile

        try:
            with ExcelFile(path, engine="openpyxl") as book:
                names = [str(name) for name in book.sheet_names]
        except (OSError, ValueError, KeyError) as error:
            raise InputError(f"{path.name} is not an Excel workbook (.xlsx): {error}") from error
        found = [(name.strip().lower(), lambda name=name: read_sheet(path, name)) for name in names]
    else:
        sheet = read_sheet(path)
        found = [("network", lambda: sheet)] if _has_columns(sheet, "network") else []
    for name, read in found:
        if name not in TABLES:
            if notes is not None:
                notes.append(f"{name} is none of the tables of a study and was not read.")
            continue
        if name in sheets:
            raise InputError(f"{path}: the table {name} is there twice; leave one")
        sheets[name] = read()
        _check_header(sheets[name], name)
    return sheets


def _has_columns(sheet: Sheet, name: str) -> bool:
    return set(TABLES[name][0]) <= set(sheet.frame.columns)


def _check_header(sheet: Sheet, name: str) -> None:
    required, optional = TABLES[name]
    headings = list(sheet.frame.columns)
    missing = [column for column in required if column not in headings]
    if missing:
        raise InputError(f"{sheet.name}: lacks the column {', '.join(missing)}")
    known = {*required, *optional, "note"}
    for heading in headings:
        if heading not in known:
            raise UnknownNameError("column", heading, known, where=sheet.name)


def _column(tables: _Tables, table: str, column: str) -> list[str]:
    sheet = tables.sheets.get(table)
    return [] if sheet is None else [str(text) for text in sheet.frame[column]]


def _unit(row: Row) -> tuple[str, str]:
    quantity = row.needed("quantity")
    if quantity not in ("flux", "time"):
        raise UnknownNameError("quantity", quantity, ("flux", "time"))
    return quantity, row.needed("unit")


def _experiments(
    study: str,
    feeds: list[tuple[str, Feed]],
    mids: list[Reading],
    floor: float,
    tables: _Tables,
    notes: list[str],
) -> tuple[Experiment, ...]:
    names = dict.fromkeys([*(m.experiment for m in mids), *(n for n, _ in feeds)])
    named = [name for name in names if name]
    if named and any(not mid.experiment for mid in mids):
        first = next(mid for mid in mids if not mid.experiment)
        tables.faults.append(f"{first.where}: experiment is blank; it is one of {', '.join(named)}")
        return ()
    experiments = []
    for name in named or names:
        own = [mid for mid in mids if mid.experiment == name]
        fed = [feed for experiment, feed in feeds if experiment in ("", name)]
        timed = {mid.time is not None for mid in own}
        if len(timed) == 2:
            tables.faults.append(
                f"{own[0].where}: experiment {name or study} has values with and without a time; "
                "give all a time, or none at isotopic steady state"
            )
            continue
        labels = build_labels(own, floor, tables.faults, notes)
        merged = feeds_of(fed, tables.faults)
        experiments.append(Experiment(name or study, merged, labels, timed != {True}))
    return tuple(experiments)


def _point(points: list[tuple[str, str, float]]) -> FluxPoint:
    values: dict[str, dict[str, float]] = {"net": {}, "exchange": {}, "pool": {}}
    for kind, name, value in points:
        values[kind][name] = value
    return FluxPoint(values["net"], values["exchange"], values["pool"])
