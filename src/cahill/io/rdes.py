"""RDES, the spreadsheet form of RDML (Untergasser et al. 2023): one reaction a row."""

import numpy as np

from cahill.core.amplification import MeltCurves, QpcrRun, Reaction
from cahill.errors import InputError
from cahill.io.cell_grids import CellFile, CellGrid
from cahill.io.qpcr_curves import CurveTable
from cahill.io.qpcr_roles import UNDETERMINED, mangled_labels, role_of
from cahill.io.qpcr_tables import tidy_well

HEADINGS = ("well", "sample", "sample type", "target", "target type", "dye")
COLDEST = 20.0
"""Degrees Celsius below which no product is melted; columns that begin lower are cycles."""


def is_rdes(file: CellFile) -> bool:
    """Whether the first row of a file is that of RDES."""
    grid = file.sheets[0]
    return bool(grid.rows) and tuple(map(str.lower, grid.rows[0][:6])) == HEADINGS


def read_rdes(file: CellFile) -> QpcrRun:
    """Read a table of amplification or of melt curves.

    Raises
    ------
    InputError
        If a reaction stands twice, or a reading or Cq is no number.
    """
    grid = file.sheets[0]
    head = grid.rows[0]
    has_cq = len(head) > 6 and head[6].lower() == "cq"
    start = 7 if has_cq else 6
    axis = [grid.number(cell) for cell in head[start:]]
    if any(value is None for value in axis):
        column = start + axis.index(None)
        raise InputError(f'{grid.where(0, column)}: "{head[column]}" is no cycle or temperature')
    at = [float(value) for value in axis if value is not None]
    melt = bool(at) and min(at) > COLDEST
    reactions: list[Reaction] = []
    curves = CurveTable()
    seen: dict[tuple[str, str], int] = {}
    for row, cells in enumerate(grid.rows[1:], start=1):
        if not cells:
            continue
        reaction = _reaction(grid, row, has_cq)
        key = (reaction.well, reaction.target)
        if key in seen:
            raise InputError(
                f'{grid.where(row)}: well {key[0]} target "{key[1]}" stands twice; '
                f"first in row {seen[key] + 1}"
            )
        seen[key] = row
        reactions.append(reaction)
        curves.add((at, [_reading(grid, row, start + k) for k in range(len(at))]))
    labels = [(r.target, r.where) for r in reactions] + [(r.sample, r.where) for r in reactions]
    cycles, signal = CurveTable().on_common_cycles() if melt else curves.on_common_cycles()
    return QpcrRun(
        file.name,
        tuple(reactions),
        cycles,
        np.empty((len(reactions), 0)) if melt else signal,
        curves="raw" if len(cycles) else "none",
        melt=MeltCurves(*curves.side_by_side()) if melt else None,
        facts={"format": "RDES"},
        notes=mangled_labels(labels),
        path=file.path,
    )


def _reaction(grid: CellGrid, row: int, has_cq: bool) -> Reaction:
    kind = grid.cell(row, 2)
    role = role_of(kind)
    text = grid.cell(row, 6) if has_cq else ""
    cq = grid.number(text)
    if cq is None and text.lower() not in UNDETERMINED:
        raise InputError(f'{grid.where(row, 6)}: Cq "{text}" is no number; write one, or leave it')
    target_type = grid.cell(row, 4)
    fields = {"type": kind} if role == "other" else {}
    return Reaction(
        tidy_well(grid.cell(row, 0), grid.where(row, 0)),
        grid.cell(row, 3),
        grid.cell(row, 1),
        role,
        grid.cell(row, 5),
        cq=cq if cq is not None and cq > 0 else None,
        cq_reported=has_cq,
        fields=fields | ({"target type": target_type} if target_type else {}),
        where=grid.where(row),
    )


def _reading(grid: CellGrid, row: int, column: int) -> float:
    text = grid.cell(row, column)
    value = grid.number(text)
    if value is None and text:
        raise InputError(f'{grid.where(row, column)}: "{text}" is no number')
    return np.nan if value is None else value
