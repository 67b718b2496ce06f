"""The door for qPCR files: what wrote a file is found from its content."""

from pathlib import Path

from cahill.core.amplification import QpcrRun
from cahill.errors import InputError
from cahill.io.cell_grids import read_cell_file
from cahill.io.cfx import is_cfx, read_cfx
from cahill.io.cq_tables import read_cq_table
from cahill.io.qpcr_tables import find_tables
from cahill.io.quantstudio import is_quantstudio, read_quantstudio
from cahill.io.rdes import is_rdes, read_rdes
from cahill.io.rdml import read_rdml
from cahill.io.rdml_zip import is_rdml

KNOWN = (
    "RDML, RDES, a QuantStudio or CFX export, or a table with well, sample, target and cq columns"
)


def read_qpcr(path: str | Path, run: str | None = None) -> QpcrRun:
    """Read the run of a qPCR file.

    Parameters
    ----------
    path : str or Path
        RDML 1.0-1.4, RDES, an export of QuantStudio (text, XLSX, CSV) or CFX (a file or the folder
        of files), or a plain table.
    run : str, optional
        Which run, where a file holds several: the end of its name.

    Raises
    ------
    InputError
        If it is none of these, or holds several runs and none is chosen.
    """
    runs = read_qpcr_runs(path)
    if run is None and len(runs) == 1:
        return runs[0]
    prefix = f"{Path(path).name} run "
    names = [each.name.removeprefix(prefix) for each in runs]
    chosen = [each for each, name in zip(runs, names) if run in (name, each.name)]
    if len(chosen) == 1:
        return chosen[0]
    listed = ", ".join(f'"{name}"' for name in names)
    wanted = f'has no run "{run}"' if run is not None else f"holds {len(runs)} runs"
    raise InputError(f"{Path(path).name} {wanted}; choose one of {listed}")


def read_qpcr_runs(path: str | Path) -> tuple[QpcrRun, ...]:
    """Read every run of a qPCR file; see `read_qpcr`.

    Raises
    ------
    InputError
        If no reader knows the file.
    """
    path = Path(path)
    if path.is_dir():
        return (read_cfx(path),)
    if is_rdml(path):
        return read_rdml(path)
    file = read_cell_file(path)
    if is_rdes(file):
        return (read_rdes(file),)
    tables = [table for table in find_tables(file) if table.kind]
    if not tables:
        raise InputError(f"{path.name}: not a qPCR file; give {KNOWN}")
    if is_cfx(tables):
        return (read_cfx(path),)
    if is_quantstudio(file, tables):
        return (read_quantstudio(file, tables),)
    return (read_cq_table(file, tables),)
