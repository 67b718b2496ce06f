"""Tables that a user wrote: Cq by well or sample and target, or curves with one reading a row."""

from cahill.core.amplification import QpcrRun
from cahill.errors import InputError
from cahill.io.cell_grids import CellFile
from cahill.io.qpcr_gather import RunParts
from cahill.io.qpcr_tables import Table

WANTED = "well (or sample), target and cq; or well, target, cycle and fluorescence"


def read_cq_table(file: CellFile, tables: list[Table]) -> QpcrRun:
    """Read the run of a plain table.

    Columns: well, sample, target, cq (blank or Undetermined for none), role, dye, quantity, group,
    replicate, dilution; and of curves cycle and fluorescence, of melts temperature and
    fluorescence.

    Raises
    ------
    InputError
        If there is no such table, a reaction stands twice, or a Cq is not to be read.
    """
    parts = RunParts()
    for table in tables:
        if table.kind in ("results", "setup"):
            parts.add_results(table)
    for table in tables:
        if table.kind in ("curves", "melt"):
            parts.add_curves(table)
    if not parts.reactions:
        raise InputError(f"{file.name}: no table of qPCR found; its columns must be {WANTED}")
    return parts.run(file.path, "raw", {"format": "plain table"})
