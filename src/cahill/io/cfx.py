"""Exports of Bio-Rad CFX Manager and Maestro: one file a table, side by side in a folder."""

import re
from pathlib import Path
from typing import Literal

import numpy as np

from cahill.core.amplification import QpcrRun
from cahill.errors import InputError
from cahill.io.cell_grids import CellFile, CellGrid, read_cell_file
from cahill.io.qpcr_gather import RunParts
from cahill.io.qpcr_tables import Table, find_tables, key_values

_NAME = re.compile(
    r"(?P<run>.*?)[ -]*(?P<part>Quantification (Cq|Amplification) Results|Melt Curve RFU Results)"
    r"(_(?P<dye>.+))?",
    re.IGNORECASE,
)
_ENDINGS = (".csv", ".xlsx", ".xls", ".txt", ".tsv")
LEVEL = 0.02
"""Share of the range of a curve within which its first ten cycles must lie about zero to count as
baselined; assumed. CFX exports what its screen shows, which is baselined unless that was turned
off."""


def is_cfx(tables: list[Table]) -> bool:
    """Whether tables are of a CFX export: a column Fluor and one Content, or wells as columns."""
    return any(
        (table.has("fluor") and table.has("content", "cq")) or table.kind.endswith("matrix")
        for table in tables
    )


def sibling_files(path: Path) -> tuple[Path, ...]:
    """Return the files of the same run, those of a folder, or the file alone.

    Raises
    ------
    InputError
        If a folder holds none, or those of several runs.
    """
    if not path.is_dir():
        match = _NAME.fullmatch(path.stem)
        if match is None:
            return (path,)
        files = _named(path.parent)
        return tuple(file for file, found in files.items() if found["run"] == match["run"])
    files = _named(path)
    if not files:
        raise InputError(f"{path}: no CFX export in this folder; give the file itself")
    runs = sorted({found["run"] for found in files.values()})
    if len(runs) > 1:
        names = ", ".join(f'"{run}"' for run in runs)
        raise InputError(
            f"{path}: files of several runs ({names}); give one file of the one wanted"
        )
    return tuple(files)


def _named(folder: Path) -> dict[Path, re.Match[str]]:
    found = {}
    for file in sorted(folder.iterdir()):
        match = _NAME.fullmatch(file.stem) if file.suffix.lower() in _ENDINGS else None
        if match is not None:
            found[file] = match
    return found


def read_cfx(path: Path) -> QpcrRun:
    """Read the run to which a CFX file, or a folder of them, belongs.

    Parameters
    ----------
    path : Path
        "... Quantification Cq Results", "... Quantification Amplification Results" or "... Melt
        Curve RFU Results" (the others of the run are looked for beside it), any single table of
        Cq, or a folder.

    Raises
    ------
    InputError
        If a reaction stands twice, or a Cq is not to be read.
    """
    path = Path(path)
    files = [read_cell_file(file) for file in sibling_files(path)]
    found = [(file, table) for file in files for table in find_tables(file)]
    parts = RunParts(by_dye=True)
    for _, table in found:
        if table.kind in ("results", "setup"):
            parts.add_results(table)
    for file, table in found:
        if table.kind.endswith("matrix"):
            parts.add_matrix(table, _dye(file, table.grid, parts))
    facts = {key: value for file in files for key, value in key_values(file).items()}
    notes = []
    if not parts.curves:
        notes.append(
            "The file has no curves; export the amplification results beside it to check its Cq."
        )
    return parts.run(path, _kind(parts), facts, notes)


def _dye(file: CellFile, grid: CellGrid, parts: RunParts) -> str:
    """Return the dye of a matrix: in the name of the file or of the sheet, or the only one."""
    match = _NAME.fullmatch(file.path.stem)
    known = {key[1] for key in parts.reactions}
    for name in ((match["dye"] or "") if match else "", grid.sheet):
        if name in known or (name and not known and name.lower() != "sheet1"):
            return name
    return next(iter(known)) if len(known) == 1 else ""


def _kind(parts: RunParts) -> Literal["raw", "dRn"]:
    """Tell baselined curves from raw ones by where their first cycles lie."""
    shares = []
    for points in parts.curves.values():
        values = np.array([value for _, value, _ in points])
        reach = np.nanmax(values) - np.nanmin(values)
        if len(values) >= 15 and reach > 0:
            shares.append(abs(float(np.nanmedian(values[2:10]))) / reach)
    # curves without amplification are all noise, so the ones that lie lowest decide
    return "dRn" if shares and float(np.percentile(shares, 25)) < LEVEL else "raw"
