"""Read a study kept as a folder of tab-separated tables beside an equation network.

Files are recognised by their first row, not by their name:

=====================================================  =========================================
RxnID, rxnEq, rxnCTrans, rxnType                       the network (`cahill.io.equation_network`)
Metabolite ID, Mixture fraction, Atom probabilities    what is fed, one labelled form a row
Metabolite, MI, then a column a replicate              mass isotopologues; equal column names are
                                                       replicates of one condition
Measurement, "<condition> mean", "<condition> sd",     measured fluxes as sums of reactions;
Fitted reactions                                       _f and _r are gross forward and backward
no header: measurement, reaction, coefficient          the same sums, as a table
=====================================================  =========================================

`X_EC` is the effluent medium, the pool `X_e`. `X` is tissue: all pools X_c, X_m, X_l, X_r that the
network lists under simulatedMDVs, in a mixture whose shares are fitted, as the authors of these
tables did (Grankvist et al. 2024, intact human liver).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cahill.core.labelling import Experiment, FluxMeasurement, LabelMeasurement, TracingStudy
from cahill.errors import InputError, UnknownNameError
from cahill.io.equation_data import (
    MID_FLOOR,
    Rows,
    flux_condition,
    flux_conditions,
    is_number,
    mid_conditions,
    read_feeds,
    read_fluxes,
    read_mids,
)
from cahill.io.equation_network import read_equation_network


@dataclass
class _Folder:
    """The tables of a folder: rows of cells, each with file and row."""

    network: Path | None = None
    tables: dict[str, Rows] = field(default_factory=dict)

    def rows(self, kind: str) -> Rows:
        """Return the rows of a table, none if the folder has no such table."""
        return self.tables.get(kind, ())


def is_equation_folder(path: str | Path) -> bool:
    """Return whether a path is an equation network, or a folder that holds one."""
    path = Path(path)
    files = sorted(path.iterdir()) if path.is_dir() else [path]
    return any(_kind(_first_line(file)) == "network" for file in files if file.is_file())


def equation_files(folder: Path) -> tuple[Path, ...]:
    """Return the files of a folder that are read, by name."""
    files = [file for file in sorted(folder.iterdir()) if file.is_file()]
    return tuple(file for file in files if _kind(_first_line(file)))


def condition_names(path: str | Path) -> tuple[str, ...]:
    """Return the conditions of a folder, in the order of its columns.

    Raises
    ------
    InputError
        If there is no network, or a table cannot be read.
    """
    return tuple(_conditions(_open(Path(path))))


def read_equation_tables(
    path: str | Path, condition: str | None = None, mid_floor: float = MID_FLOOR
) -> TracingStudy:
    """Read a network and what was measured in one condition.

    Parameters
    ----------
    path : str or Path
        The folder, or the network file alone (then without measurements).
    condition : str, optional
        Which; needed if there are measurements.
    mid_floor : float
        Smallest standard deviation of an isotopologue fraction, dimensionless.

    Returns
    -------
    TracingStudy
        At isotopic steady state. Values are means of replicates, errors their sample standard
        deviations or the floor.

    Raises
    ------
    InputError
        Naming file and row.
    UnknownNameError
        If there is no such condition, pool or reaction.
    """
    path = Path(path)
    folder = _open(path)
    if folder.network is None:
        raise InputError(f"{path} holds no table with the columns RxnID, rxnEq, rxnCTrans, rxnType")
    model = read_equation_network(folder.network)
    names = _conditions(folder)
    if condition is None and names:
        raise InputError(f"{path} has several conditions; choose one of {', '.join(names)}")
    if condition is not None and condition not in names:
        raise UnknownNameError("condition", condition, names, str(path))
    notes = model.notes
    feeds = tuple(read_feeds(folder.rows("substrates"), model.network, notes))
    labels: tuple[LabelMeasurement, ...] = ()
    fluxes: tuple[FluxMeasurement, ...] = ()
    if condition is not None:
        mids, measured = folder.rows("mids"), folder.rows("fluxes")
        labels = tuple(read_mids(mids, condition, model, mid_floor, notes))
        column = flux_condition(condition, mids, measured)
        if column not in (None, condition):
            notes.append(f"The fluxes of {condition} are those called {column}.")
        if column is not None:
            fluxes = tuple(read_fluxes(measured, folder.rows("sums"), column, model, notes))
    name = path.resolve().name if path.is_dir() else path.stem
    experiments = (Experiment(condition or name, feeds, labels),) if feeds or labels else ()
    return TracingStudy(
        name=f"{name} {condition}" if condition else name,
        network=model.network,
        experiments=experiments,
        fluxes=fluxes,
        notes=tuple(notes),
    )


def _first_line(file: Path) -> list[str]:
    try:
        with file.open(encoding="utf-8-sig") as stream:
            return [cell.strip() for cell in stream.readline().rstrip("\r\n").split("\t")]
    except (OSError, UnicodeDecodeError):
        return []


def _kind(header: Sequence[str]) -> str:
    if {"RxnID", "rxnEq", "rxnCTrans"} <= set(header):
        return "network"
    if header[:2] == ["Metabolite ID", "Mixture fraction"]:
        return "substrates"
    if header[:2] == ["Metabolite", "MI"]:
        return "mids"
    if header[:1] == ["Measurement"] and any(cell.endswith(" mean") for cell in header):
        return "fluxes"
    if len(header) == 3 and is_number(header[2]):
        return "sums"
    return ""


def _open(path: Path) -> _Folder:
    folder = _Folder()
    if not path.exists():
        raise InputError(f"{path} does not exist; give the network's file or its folder")
    for file in sorted(path.iterdir()) if path.is_dir() else [path]:
        kind = _kind(_first_line(file)) if file.is_file() else ""
        if not kind:
            continue
        if kind in folder.tables or (kind == "network" and folder.network):
            raise InputError(f"{path} holds two tables of {kind}; leave one")
        if kind == "network":
            folder.network = file
        else:
            lines = file.read_text(encoding="utf-8-sig").splitlines()
            folder.tables[kind] = [
                (f"{file.name} row {n}", [cell.strip() for cell in line.split("\t")])
                for n, line in enumerate(lines, start=1)
                if line.strip() and not line.startswith("#")
            ]
    return folder


def _conditions(folder: _Folder) -> list[str]:
    """Return the conditions of the isotopologues, then those that have fluxes alone."""
    mids, fluxes = folder.rows("mids"), folder.rows("fluxes")
    names = mid_conditions(mids)
    used = {flux_condition(name, mids, fluxes) for name in names}
    return [*names, *(name for name in flux_conditions(fluxes) if name not in used)]
