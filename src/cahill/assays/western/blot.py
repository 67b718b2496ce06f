"""Western blots from their pictures: bands, volumes, ratios to a loading control, folds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cahill.assays.western.bands import LinearRange, fit_ladder, linear_range, target_volumes
from cahill.assays.western.blot_lanes import Background, BlotLanes
from cahill.assays.western.blot_layout import BlotLayout, LaneEntry, TargetEntry
from cahill.assays.western.blot_shares import isoform_shares
from cahill.assays.western.lanes import find_blot_lanes
from cahill.assays.western.western_folds import folds_of_targets, standard_amounts
from cahill.assays.western.western_tables import CLIPPED, band_frame, target_frame, with_ratios
from cahill.core.gel_image import GelImage
from cahill.errors import UnknownNameError
from cahill.io.gel_images import read_gel_image
from cahill.io.references import format_reference
from cahill.results.base import Result
from cahill.results.provenance import collect_provenance
from cahill.results.tables import format_number

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from cahill.results.page import Page

METHODS = ("Sternberg1983", "Lindeberg1998", "Taylor2013")
PLACES = ["left", "right", "top", "bottom"]


@dataclass(frozen=True)
class Reading:
    """How pictures are read.

    Parameters
    ----------
    page : int, optional
        Of a file with several, from 1.
    channel : str, optional
        "red", "green" or "blue" of a colour picture.
    accept_8_bit : bool
        Whether 8-bit and JPEG pictures are accepted.
    background : {"side-lane", "rolling-ball", "valley"}
    """

    page: int | None = None
    channel: str | None = None
    accept_8_bit: bool = False
    background: Background = "side-lane"

    def image(self, path: Path) -> GelImage:
        """Read one picture."""
        return read_gel_image(path, self.page, self.channel, self.accept_8_bit)


@dataclass(frozen=True, kw_only=True, eq=False)
class WesternBlot(Result):
    """What pictures of blots tell.

    Attributes
    ----------
    blots : tuple of BlotLanes
        Every picture with its lanes.
    bands : pandas.DataFrame
        Every band of every picture (`western_tables.band_frame`).
    values : pandas.DataFrame
        With a layout, one target in one lane a row: blot, image, lane, role, sample, group,
        replicate, load (ug), target, isoform, normaliser, volume and sd (counts), saturated, seen,
        ratio, log_ratio, log_sd, note.
    folds : pandas.DataFrame
        With a control: target, isoform, group, n (biological replicates), fold, low, high (95 %),
        log_sd, p, p_adjusted (Holm), method, note.
    replicates : pandas.DataFrame
        target, group, replicate, fold.
    isoforms : pandas.DataFrame
        isoform, group, fold, low, high, log_sd, kind: "fold", or "share" with standards.
    ranges : pandas.DataFrame
        blot, target, low, high (counts), loads (ug), worst (deviation from proportion).
    control : str
    linear : bool
        Whether all pictures may be quantified.
    """

    blots: tuple[BlotLanes, ...]
    bands: pd.DataFrame
    values: pd.DataFrame
    folds: pd.DataFrame
    replicates: pd.DataFrame
    isoforms: pd.DataFrame
    ranges: pd.DataFrame
    control: str
    linear: bool

    @property
    def title(self) -> str:
        """Heading of the report."""
        names = ", ".join(dict.fromkeys(blot.image.name for blot in self.blots))
        return f"Western blot ({names})" if len(names) < 60 else "Western blots"

    def summary(self) -> str:
        """Return what was found, the folds, and whether the pictures can be trusted."""
        lanes = sum(len(blot.lanes) for blot in self.blots)
        found = (
            f"{len(self.bands)} bands in {lanes} lanes of {_counted(len(self.blots), 'picture')}"
        )
        parts = [found]
        own = self.folds[self.folds["group"] != self.control] if len(self.folds) else self.folds
        named = own["isoform"].ne("") if len(own) and own["isoform"].ne("").any() else None
        for _, row in (own if named is None else own[named]).head(4).iterrows():
            ends = f"{format_number(row['low'])} to {format_number(row['high'])}"
            whole = ends if np.isfinite(row["low"]) else "no interval"
            parts.append(
                f"{row['target']} {row['group']} {format_number(row['fold'])}-fold ({whole})"
            )
        clipped = int(self.bands["note"].str.contains(CLIPPED).sum())
        if clipped:
            parts.append(f"{_counted(clipped, 'band')} saturated")
        if not self.linear:
            parts.append("8-bit or JPEG picture: NOT quantitative")
        return "; ".join(parts) + "."

    def to_frame(self) -> pd.DataFrame:
        """Return the folds; without, the targets in every lane; without a layout, the bands."""
        if len(self.folds):
            return self.folds
        return (self.values if len(self.values) else self.bands).drop(columns=PLACES)

    def tables(self) -> Mapping[str, pd.DataFrame]:
        """Return every table that has rows."""
        named = {
            "bands": self.bands.drop(columns=PLACES),
            "lanes": self.values.drop(columns=PLACES, errors="ignore"),
            "folds": self.folds,
            "replicates": self.replicates,
            "isoforms": self.isoforms,
            "linear_ranges": self.ranges,
        }
        return {name: frame for name, frame in named.items() if len(frame)}

    def plot(self) -> "Figure":
        """Draw the folds if there are any, otherwise the first picture with what was found."""
        from cahill.assays.western.western_page import fold_picture, overlay

        return fold_picture(self) if len(self.folds) else overlay(self, 0)

    def page(self) -> "Page":
        """Return the report's content."""
        from cahill.assays.western.western_page import western_page

        return western_page(self)


def read_western(path: Path, reading: Reading, lanes: int | None = None) -> WesternBlot:
    """Find lanes and bands of one picture without a layout.

    Parameters
    ----------
    path : Path
    reading : Reading
    lanes : int, optional
        How many there are.

    Raises
    ------
    InputError
        If the picture cannot be quantified or shows no lanes.
    """
    blot = find_blot_lanes(reading.image(path), lanes=lanes, background=reading.background)
    files = {path.name: path}
    return _result(
        (blot,), [band_frame(blot)], [], None, [], files, reading, {"lanes": lanes or "-"}
    )


def analyse_western(
    layout: BlotLayout, reading: Reading, control: str | None = None
) -> WesternBlot:
    """Quantify the targets of a layout on all its blots.

    Parameters
    ----------
    layout : BlotLayout
    reading : Reading
    control : str, optional
        Group that others are compared with; no folds without.

    Raises
    ------
    InputError
        With file, row or picture.
    """
    groups = dict.fromkeys(e.group for e in layout.lanes if e.role == "sample" and e.group)
    if control is not None and control not in groups:
        raise UnknownNameError("control group", control, groups, layout.name)
    blots: dict[tuple[Path, str], BlotLanes] = {}
    frames, ranges = [], []
    for target in layout.targets:
        entries = layout.lanes_of(target.blot)
        key = (target.image, target.blot)
        if key not in blots:
            blots[key] = find_blot_lanes(
                reading.image(target.image),
                lanes=len(entries),
                background=reading.background,
                asked_by=f"described in {layout.name} for blot {target.blot}",
            )
        frame, linear = _target(target, entries, blots[key])
        frames.append(frame)
        if linear is not None:
            ranges.append(_range_record(target, linear))
    bands = [
        band_frame(blot, fit_ladder(blot, layout.lanes_of(name)))
        for (_, name), blot in blots.items()
    ]
    files = {**layout.files, **{path.name: path for path, _ in blots}}
    options = {"control": control or "-"}
    return _result(
        tuple(blots.values()), bands, frames, control, ranges, files, reading, options, layout
    )


def _target(
    target: TargetEntry, entries: Sequence[LaneEntry], blot: BlotLanes
) -> tuple[pd.DataFrame, LinearRange | None]:
    """Return a target in every lane of its blot, and its linear range if loads were varied."""
    found = target_volumes(blot, entries, target.band, f"{target.where}: {target.target}")
    series = [
        (entry.load, one.volume.value)
        for entry, one in zip(entries, found)
        if entry.role == "standard" and entry.load and not entry.amounts and not one.volume.clipped
    ]
    linear = None
    if series:
        loads, volumes = np.array(series, float).T
        linear = linear_range(loads, volumes)
    return target_frame(target, entries, found, blot, linear), linear


def _range_record(target: TargetEntry, linear: LinearRange) -> dict[str, object]:
    return {
        "blot": target.blot,
        "target": target.target,
        "low": linear.low,
        "high": linear.high,
        "loads": ", ".join(f"{load:g}" for load in linear.loads),
        "worst": linear.worst,
    }


def _result(
    blots: tuple[BlotLanes, ...],
    bands: Sequence[pd.DataFrame],
    frames: Sequence[pd.DataFrame],
    control: str | None,
    ranges: Sequence[dict[str, object]],
    files: Mapping[str, Path],
    reading: Reading,
    options: Mapping[str, object],
    layout: BlotLayout | None = None,
) -> WesternBlot:
    values = with_ratios(pd.concat(frames, ignore_index=True)) if frames else pd.DataFrame()
    folds, replicates, doubts = folds_of_targets(values, control)
    amounts = standard_amounts(values, layout)
    shares = isoform_shares(values, amounts) if len(amounts) else pd.DataFrame()
    named = folds[folds["isoform"] != ""] if len(folds) else folds
    isoforms = shares
    if len(named) and not len(shares):
        isoforms = named[["isoform", "group", "fold", "low", "high", "log_sd"]].assign(kind="fold")
    linear = all(blot.image.linear for blot in blots)
    notes = [note for blot in blots for note in blot.notes]
    notes += _value_notes(values) + doubts
    if not linear:
        notes.insert(
            0, "Volumes of 8-bit or JPEG pictures are NOT quantitative; they were accepted."
        )
    if frames and control is None and values["group"].ne("").any():
        notes.append("No control group was named (--control): volumes and ratios, but no folds.")
    return WesternBlot(
        blots=blots,
        bands=pd.concat([frame for frame in bands if len(frame)], ignore_index=True)
        if any(len(frame) for frame in bands)
        else pd.DataFrame(columns=["image", "lane", "note", *PLACES]),
        values=values,
        folds=folds,
        replicates=replicates,
        isoforms=isoforms.reset_index(drop=True),
        ranges=pd.DataFrame(list(ranges)),
        control=control or "",
        linear=linear,
        notes=tuple(dict.fromkeys(notes)),
        sources=tuple(format_reference(key) for key in METHODS),
        provenance=collect_provenance(
            files,
            {
                **options,
                "background": reading.background,
                "8-bit accepted": reading.accept_8_bit,
                "channel": reading.channel or "-",
                "page": reading.page or "-",
            },
        ),
    )


def _value_notes(values: pd.DataFrame) -> list[str]:
    """Return one note for every kind of doubt about lanes."""
    if values.empty:
        return []
    used = values[values["role"].isin(["sample", "common"])]
    notes = []
    for (blot, target), own in used.groupby(["blot", "target"], sort=False):
        for words in (
            CLIPPED,
            "above the linear range",
            "below the linear range",
            f"no {target} band",
        ):
            hit = own.loc[
                own["note"].str.split("; ").map(lambda parts, w=words: w in parts), "lane"
            ]
            if len(hit):
                lanes = ", ".join(map(str, hit))
                notes.append(f"Blot {blot}, {target}, lane {lanes}: {words}.")
    return notes


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
