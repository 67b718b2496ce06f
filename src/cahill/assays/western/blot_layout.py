"""What is in each lane of each blot and which band is which protein: two tables a user writes.

The tables stand on the sheets "lanes" and "targets" of one workbook, or in two text files (CSV,
TSV), of which the second is named after the first (lanes.csv, targets.csv).

lanes: blot, lane, sample, group, replicate, role (sample, ladder, common, standard, empty), load
(ug), ladder_kda ("250 150 100 75"), amounts ("ALT1 = 5 ng, ALT2 = 5 ng").
targets: target, blot (blank: all), image, band, isoform (ALT1, ALT2), normaliser (a target).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, cast, get_args

from cahill.errors import InputError, UnknownNameError
from cahill.io.sheets import EXCEL, Sheet, read_sheet

LaneRole = Literal["sample", "ladder", "common", "standard", "empty"]
BandWay = Literal["strongest", "order", "kda", "rf", "lane"]
ISOFORMS = ("ALT1", "ALT2")
LANE_COLUMNS = (
    *("blot", "lane", "sample", "group", "replicate", "role", "load"),
    *("ladder_kda", "amounts"),
)
TARGET_COLUMNS = ("target", "blot", "image", "band", "isoform", "normaliser")
TABLES = (".csv", ".tsv", ".txt", *EXCEL)
"""Endings of a layout; anything else is a picture."""
RF_REACH = 0.02
"""Half the window round a single Rf; assumed."""


@dataclass(frozen=True)
class BandRule:
    """How the band of a target is told from others.

    Parameters
    ----------
    way : str
        "strongest" of the picture; "order" from the top; "kda" by the ladder; "rf": between two
        heights of the picture, 0 the upper border; "lane": all counts of the lane (total protein).
    low, high : float
        Order, kDa, or the window of Rf; 0 otherwise.
    """

    way: BandWay
    low: float = 0.0
    high: float = 0.0


@dataclass(frozen=True)
class LaneEntry:
    """One row of the table of lanes; `load` in ug, `amounts` (pure protein by target) in ng."""

    blot: str
    lane: int
    sample: str
    group: str
    replicate: str
    role: LaneRole
    where: str
    load: float | None = None
    ladder: tuple[float, ...] = ()
    amounts: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class TargetEntry:
    """One row of the table of targets, on one blot."""

    target: str
    blot: str
    image: Path
    band: BandRule
    isoform: str
    normaliser: str
    where: str


@dataclass(frozen=True, eq=False)
class BlotLayout:
    """Lanes and targets of all blots.

    Parameters
    ----------
    name : str
    lanes : tuple of LaneEntry
    targets : tuple of TargetEntry
        One for each target and blot.
    files : mapping of str to Path
        The tables, by name, for provenance.
    """

    name: str
    lanes: tuple[LaneEntry, ...]
    targets: tuple[TargetEntry, ...]
    files: Mapping[str, Path]

    @property
    def blots(self) -> tuple[str, ...]:
        """Names of the blots, in the order of the file."""
        return tuple(dict.fromkeys(lane.blot for lane in self.lanes))

    def lanes_of(self, blot: str) -> tuple[LaneEntry, ...]:
        """Return the lanes of a blot from left to right."""
        own = [lane for lane in self.lanes if lane.blot == blot]
        return tuple(sorted(own, key=lambda lane: lane.lane))


def is_layout(path: Path) -> bool:
    """Return whether a file is a table, by its ending."""
    return path.suffix.lower() in TABLES


def read_blot_layout(path: str | Path, targets: str | Path | None = None) -> BlotLayout:
    """Read the tables of lanes and targets.

    Parameters
    ----------
    path : str or Path
        The workbook, or the table of lanes.
    targets : str or Path, optional
        The table of targets; by default the file beside the lanes named like it, with "lanes"
        replaced by "targets".

    Raises
    ------
    InputError
        With file and row.
    """
    path = Path(path)
    files = {path.name: path}
    if path.suffix.lower() in EXCEL:
        lane_sheet = read_sheet(path, "lanes")
        target_sheet = read_sheet(path, "targets")
    else:
        beside = Path(targets) if targets is not None else _beside(path)
        files[beside.name] = beside
        lane_sheet, target_sheet = read_sheet(path), read_sheet(beside)
    _check_columns(lane_sheet, LANE_COLUMNS, ("lane",))
    _check_columns(target_sheet, TARGET_COLUMNS, ("target", "image"))
    lanes = tuple(_lane(lane_sheet, k) for k in range(len(lane_sheet.frame)))
    _check_lanes(lanes)
    names = tuple(dict.fromkeys(lane.blot for lane in lanes))
    entries = [
        entry
        for k in range(len(target_sheet.frame))
        for entry in _targets(target_sheet, k, names, path.parent)
    ]
    _check_targets(entries, lanes)
    return BlotLayout(path.name, lanes, tuple(entries), files)


def _beside(path: Path) -> Path:
    name = path.name.replace("lanes", "targets")
    beside = path.with_name(name)
    if name == path.name or not beside.exists():
        raise InputError(
            f"{path.name}: the table of targets is missing; call the two tables lanes.csv and "
            "targets.csv, or name it with --targets"
        )
    return beside


def _check_columns(sheet: Sheet, known: tuple[str, ...], needed: tuple[str, ...]) -> None:
    for name in needed:
        if name not in sheet.frame.columns:
            raise InputError(f'{sheet.name}: the column "{name}" is missing')
    for name in sheet.frame.columns:
        if name not in known:
            raise UnknownNameError("column", str(name), known, sheet.name)


def _cell(sheet: Sheet, record: int, name: str) -> str:
    return str(sheet.frame[name].iloc[record]) if name in sheet.frame.columns else ""


def _lane(sheet: Sheet, record: int) -> LaneEntry:
    where = sheet.where(record)
    texts = {name: _cell(sheet, record, name) for name in LANE_COLUMNS}
    number = texts["lane"].removesuffix(".0")
    if not number.isdigit() or int(number) < 1:
        raise InputError(f'{where}: lane "{texts["lane"]}" is not a number from 1')
    role = texts["role"].lower() or ("sample" if texts["sample"] else "empty")
    if role not in get_args(LaneRole):
        raise InputError(f'{where}: role "{role}"; write {", ".join(get_args(LaneRole))}')
    if role == "sample" and not texts["sample"]:
        raise InputError(f"{where}: lane {number} has no sample; name it, or write role empty")
    load = _positive(texts["load"].removesuffix("ug").removesuffix("µg"), where, "load")
    ladder = tuple(
        _positive(part, where, "ladder_kda") or 0.0
        for part in re.split(r"[\s;/]+", texts["ladder_kda"].strip())
        if part
    )
    if list(ladder) != sorted(set(ladder), reverse=True):
        raise InputError(f"{where}: ladder_kda must fall from the top of the picture: 250 150 100")
    return LaneEntry(
        texts["blot"] or "1",
        int(number),
        texts["sample"],
        texts["group"],
        texts["replicate"] or texts["sample"],
        cast(LaneRole, role),
        where,
        load,
        ladder,
        _amounts(texts["amounts"], where),
    )


def _positive(text: str, where: str, column: str) -> float | None:
    if not text.strip():
        return None
    try:
        value = float(text.strip())
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise InputError(f'{where}: {column} "{text.strip()}" is not a number above 0')
    return value


def _amounts(text: str, where: str) -> dict[str, float]:
    """Read "ALT1 = 5 ng, ALT2 = 2.5 ng"."""
    amounts = {}
    for part in filter(None, (piece.strip() for piece in re.split(r"[,;]", text))):
        match = re.fullmatch(r"(.+?)\s*=\s*([\d.]+(?:[eE][-+]?\d+)?)\s*(?:ng)?", part)
        if match is None:
            raise InputError(f'{where}: amounts "{part}"; write ALT1 = 5 ng, ALT2 = 5 ng')
        amounts[match[1].strip()] = _positive(match[2], where, "amounts") or 0.0
    return amounts


def _check_lanes(lanes: tuple[LaneEntry, ...]) -> None:
    seen: dict[tuple[str, int], str] = {}
    for lane in lanes:
        key = (lane.blot, lane.lane)
        if key in seen:
            raise InputError(
                f"{lane.where}: lane {lane.lane} of blot {lane.blot} was described before, in "
                f"{seen[key]}"
            )
        seen[key] = lane.where
    for blot in dict.fromkeys(lane.blot for lane in lanes):
        numbers = {lane.lane for lane in lanes if lane.blot == blot}
        for number in range(1, max(numbers) + 1):
            if number not in numbers:
                raise InputError(
                    f"{lanes[0].where.rsplit(' row', 1)[0]}: lane {number} of blot {blot} is not "
                    "described; write role empty if nothing is in it"
                )


def _targets(sheet: Sheet, record: int, blots: tuple[str, ...], folder: Path) -> list[TargetEntry]:
    where = sheet.where(record)
    texts = {name: _cell(sheet, record, name) for name in TARGET_COLUMNS}
    if not texts["target"] or not texts["image"]:
        missing = "target" if not texts["target"] else "image"
        raise InputError(f"{where}: {missing} is blank")
    if texts["blot"] and texts["blot"] not in blots:
        raise UnknownNameError("blot", texts["blot"], blots, where)
    isoform = texts["isoform"].upper()
    if isoform and isoform not in ISOFORMS:
        raise InputError(f'{where}: isoform "{texts["isoform"]}"; write ALT1, ALT2 or nothing')
    rule = _band(texts["band"], where)
    return [
        TargetEntry(
            texts["target"],
            blot,
            folder / texts["image"],
            rule,
            isoform,
            texts["normaliser"],
            where,
        )
        for blot in ((texts["blot"],) if texts["blot"] else blots)
    ]


def _band(text: str, where: str) -> BandRule:
    """Read "strongest", "2", "54 kDa", "Rf 0.30-0.45", "Rf 0.4" or "lane"."""
    plain = " ".join(text.lower().replace("–", "-").split())
    if plain in ("", "strongest"):
        return BandRule("strongest")
    if plain in ("lane", "whole lane"):
        return BandRule("lane")
    if match := re.fullmatch(r"(\d+)(?:\.0)?", plain):
        return BandRule("order", float(match[1]))
    if match := re.fullmatch(r"([\d.]+) ?kda", plain):
        return BandRule("kda", _positive(match[1], where, "band") or 0.0)
    if match := re.fullmatch(r"rf ?(0?\.\d+)(?: ?(?:-|to) ?(0?\.\d+))?", plain):
        low = float(match[1])
        if match[2] is None:
            return BandRule("rf", low - RF_REACH, low + RF_REACH)
        if float(match[2]) > low:
            return BandRule("rf", low, float(match[2]))
    raise InputError(
        f'{where}: band "{text}"; write strongest, its number from the top, 54 kDa, '
        "Rf 0.30-0.45 or lane"
    )


def _check_targets(entries: list[TargetEntry], lanes: tuple[LaneEntry, ...]) -> None:
    seen: dict[tuple[str, str], str] = {}
    for entry in entries:
        key = (entry.target, entry.blot)
        if key in seen:
            raise InputError(
                f"{entry.where}: {entry.target} on blot {entry.blot} was described before, in "
                f"{seen[key]}"
            )
        seen[key] = entry.where
    names = {entry.target for entry in entries}
    for entry in entries:
        if entry.normaliser and (entry.normaliser, entry.blot) not in seen:
            if entry.normaliser not in names:
                raise UnknownNameError("normaliser", entry.normaliser, names, entry.where)
            raise InputError(
                f"{entry.where}: {entry.normaliser} is no target on blot {entry.blot}; add its row"
            )
        if entry.normaliser == entry.target:
            raise InputError(f"{entry.where}: {entry.target} cannot normalise itself")
    for lane in lanes:
        for name in lane.amounts:
            if name not in names:
                raise UnknownNameError("target", name, names, lane.where)
