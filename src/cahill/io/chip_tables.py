"""Reactions of a ChIP-qPCR experiment, and the tables of Cq in which they stand.

A table has a row for each reaction, with `role` and `Cq` (or `Ct`), and any of the fields of
`cahill.io.layout_fields.CHIP_FIELDS`. Where it has no column `antibody`, a role may say more than
its kind: "input_1pct" tells the fraction, "IgG_mock" is IgG, and any other word is an antibody.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

from cahill.core.layout import WellContent
from cahill.errors import InputError, UnknownNameError
from cahill.io.cell_grids import CellGrid, read_cell_file
from cahill.io.intensity_tables import raise_faults
from cahill.io.layout_fields import CHIP_FIELDS

CYCLES = 40
"""Cycles of a run whose file does not tell; assumed, the usual setting of instruments."""

_CQ = ("cq", "ct", "cp")
_NONE = ("undetermined", "undet", "undet.", "n/a", "na", "nan", "none", "no cq", "no ct", "-", "nd")
_INPUT = re.compile(r"input[\s_-]*(?:(\d+(?:\.\d+)?)[\s_-]*(?:%|pct|percent))?", re.IGNORECASE)
_IGG = re.compile(r"(?:.*[\s_-])?(?:igg|mock|isotype)(?:[\s_-].*)?", re.IGNORECASE)
_MOST = 100.0
"""Cycles that no run has."""


@dataclass(frozen=True)
class ChipReaction:
    """One reaction.

    Parameters
    ----------
    role : str
        ip, igg, input or ntc.
    cq : float, optional
        None if nothing amplified.
    antibody, target, sample, group, replicate, region : str
        Blank if not said.
    input_fraction : float, optional
        Of the chromatin; of an input.
    dilution : float
        By how much the DNA was diluted before the PCR.
    template_volume : float
        DNA solution in the reaction, uL; 1 if not said, as only ratios matter.
    well, where : str
        Well, if known, and place in the file, for messages.
    """

    role: str
    cq: float | None
    antibody: str = ""
    target: str = ""
    sample: str = ""
    group: str = ""
    replicate: str = ""
    region: str = ""
    input_fraction: float | None = None
    dilution: float = 1.0
    template_volume: float = 1.0
    well: str = ""
    where: str = ""


@dataclass(frozen=True, eq=False)
class ChipRun:
    """The reactions of an experiment.

    Parameters
    ----------
    name : str
        Of the file.
    reactions : tuple of ChipReaction
    cycles : float
        After which a reaction without Cq was given up.
    notes : tuple of str
    inputs : mapping of str to Path
        The files read, for provenance.
    """

    name: str
    reactions: tuple[ChipReaction, ...]
    cycles: float = CYCLES
    notes: tuple[str, ...] = ()
    inputs: Mapping[str, Path] = field(default_factory=dict)


def read_chip(path: str | Path) -> ChipRun:
    """Read a table of Cq.

    An instrument's file and its layout are joined by `cahill.assays.chip.chip_runs.chip_run`.

    Parameters
    ----------
    path : str or Path
        Text or workbook with a row of headings, among them `role` and `Cq` (or `Ct`).

    Raises
    ------
    InputError
        Naming every fault with its row.
    """
    path = Path(path)
    file = read_cell_file(path)
    for grid in file.sheets:
        header = _header(grid)
        if header is not None:
            return _read_table(path, grid, header)
    raise InputError(
        f"{path.name} has no row of headings with role and Cq; give a table of Cq "
        "(`cahill example chip` writes one), or an instrument's file with --layout"
    )


# --- tables of Cq -------------------------------------------------------------------------------


def _header(grid: CellGrid) -> int | None:
    for number, row in enumerate(grid.rows):
        words = {cell.lower() for cell in row}
        if "role" in words and words & set(_CQ):
            return number
    return None


def _read_table(path: Path, grid: CellGrid, header: int) -> ChipRun:
    columns: dict[str, int] = {}
    units: dict[str, str] = {}
    unused = []
    for k, title in enumerate(grid.rows[header]):
        if title.lower() in _CQ:
            columns.setdefault("cq", k)
        elif title.lower() == "well":
            columns["well"] = k
        elif title:
            try:
                one, units[one.name] = CHIP_FIELDS.heading(title)
                columns[one.name] = k
            except UnknownNameError:
                unused.append(title)
    faults: list[str] = []
    reactions = []
    for number in range(header + 1, len(grid.rows)):
        row = grid.rows[number]
        if any(row) and not row[0].startswith("#"):
            cells = {name: grid.cell(number, k) for name, k in columns.items()}
            found = _table_row(grid, number, cells, columns, units, faults)
            if found is not None:
                reactions.append(found)
    raise_faults(faults)
    if not reactions:
        raise InputError(f"{grid.name} has no rows under its headings; give a row a reaction")
    notes = (f"Not used of {path.name}: column {', '.join(unused)}.",) if unused else ()
    return ChipRun(path.name, tuple(reactions), CYCLES, notes, {path.name: path})


def _table_row(
    grid: CellGrid,
    number: int,
    cells: dict[str, str],
    columns: Mapping[str, int],
    units: Mapping[str, str],
    faults: list[str],
) -> ChipReaction | None:
    """Return the reaction of a row; None if it has a fault, which is kept."""
    before = len(faults)

    def place(name: str) -> str:
        return grid.where(number, columns[name])

    read: dict[str, str] = {}
    for one in CHIP_FIELDS.fields:
        text = cells.get(one.name, "")
        if not text or one.name == "role":
            continue
        try:
            read[one.name] = one.read(text, units[one.name], grid.decimal)
        except InputError as error:
            faults.append(f"{place(one.name)}: {error}")
    cq: float | None = None
    try:
        read |= {k: v for k, v in _role(cells["role"], "antibody" in columns).items() if v}
    except InputError as error:
        faults.append(f"{place('role')}: {error}")
    try:
        cq = _cq(cells["cq"], grid.number(cells["cq"]))
    except InputError as error:
        faults.append(f"{place('cq')}: {error}")
    if len(faults) > before:
        return None
    content = WellContent(cells.get("well", ""), read, grid.where(number))
    return reaction_of(content, cq)


def _role(text: str, antibody_named: bool) -> dict[str, str]:
    """Return role, and input fraction or antibody where the word tells them."""
    if not text:
        raise InputError("the role is blank; write ip, igg, input or ntc")
    found = _INPUT.fullmatch(text)
    if found:
        fraction = f"{float(found[1]) / 100:.12g}" if found[1] else ""
        return {"role": "input", "input_fraction": fraction}
    roles = next(one for one in CHIP_FIELDS.fields if one.name == "role")
    try:
        return {"role": roles.read(text)}
    except InputError:
        if _IGG.fullmatch(text):
            return {"role": "igg"}
        if antibody_named or get_close_matches(text.lower(), roles.choices, cutoff=0.7):
            raise
    return {"role": "ip", "antibody": text}


def _cq(text: str, value: float | None) -> float | None:
    if text.lower() in _NONE:
        return None
    if not text:
        raise InputError("the Cq is blank; write Undetermined if nothing amplified")
    if value is None or not 0 < value <= _MOST:
        raise InputError(f'Cq "{text}" is not a number of cycles; write one such as 27.4')
    return value


def reaction_of(content: WellContent, cq: float | None) -> ChipReaction:
    """Return the reaction of a well from its fields and its Cq (None: nothing amplified)."""
    texts = ("antibody", "target", "sample", "group", "replicate", "region")
    return ChipReaction(
        role=content.text("role", "ip"),
        cq=cq,
        **{name: content.text(name) for name in texts},
        input_fraction=content.number("input_fraction", "dimensionless"),
        dilution=content.number("dilution", "dimensionless", 1.0) or 1.0,
        template_volume=content.number("template_volume", "uL", 1.0) or 1.0,
        well=content.well,
        where=content.where,
    )
