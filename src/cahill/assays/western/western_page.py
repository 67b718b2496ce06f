"""The pictures and report of a Western blot."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from cahill.assays.western.blot_lanes import BlotLanes
from cahill.assays.western.western_tables import CLIPPED
from cahill.results.blot_picture import blot_picture, lane_profiles
from cahill.results.fold_dots import fold_dots
from cahill.results.page import Fact, Page, Picture, Section, Table
from cahill.results.tables import format_number, format_range
from cahill.results.theme import ThemeName

if TYPE_CHECKING:
    from cahill.assays.western.blot import WesternBlot

PICTURES = 8
"""Pictures that the page shows."""
PROFILES = 4
"""Pictures whose lane profiles the page shows."""
PLACES = ["left", "right", "top", "bottom"]
HEADINGS = {
    "log_ratio": "ln ratio",
    "log_sd": "sd of ln",
    "p_adjusted": "p (Holm)",
    "kda": "kDa",
    "rf": "Rf",
    "saturated": "at full scale",
}


def fold_picture(result: "WesternBlot", theme: ThemeName = "light") -> Figure:
    """Draw every biological replicate and the folds of the groups, a panel a target."""
    means = result.folds.rename(columns={"target": "panel", "fold": "value"})
    dots = result.replicates.rename(columns={"target": "panel", "fold": "value"})
    means = means[["panel", "group", "value", "low", "high"]].assign(kind="mean")
    dots = dots[["panel", "group", "value"]].assign(kind="replicate", low=np.nan, high=np.nan)
    # Means first, so that the control is the first group of each panel.
    frame = pd.concat([means, dots], ignore_index=True)
    return fold_dots(
        frame,
        title="Protein against the control",
        subtitle=f"control: {result.control}; biological replicates; 95 % intervals",
        theme=theme,
    )


def overlay(result: "WesternBlot", number: int, theme: ThemeName = "light") -> Figure:
    """Draw a picture with its lanes and bands."""
    blot = result.blots[number]
    parts = [f"{len(blot.lanes)} lanes", f"{sum(len(lane.bands) for lane in blot.lanes)} bands"]
    if blot.tilt:
        parts.append(f"turned back by {blot.tilt:.1f} degrees")
    if not blot.image.linear:
        parts.append("8-bit or JPEG: not quantitative")
    return blot_picture(
        blot.upright,
        _lane_frame(result, blot),
        _boxes(result, blot),
        title=blot.image.name,
        subtitle="; ".join(parts),
        theme=theme,
    )


def profiles(result: "WesternBlot", number: int, theme: ThemeName = "light") -> Figure:
    """Draw the profiles of the lanes of a picture."""
    blot = result.blots[number]
    labels = _labels(result, blot)
    frame = pd.concat(
        [
            pd.DataFrame(
                {
                    "lane": lane.number,
                    "label": labels.get(lane.number, ""),
                    "row": np.arange(blot.height),
                    "value": lane.profile,
                }
            )
            for lane in blot.lanes
        ],
        ignore_index=True,
    )
    return lane_profiles(
        frame, _boxes(result, blot), title=f"Profiles of {blot.image.name}", theme=theme
    )


def _labels(result: "WesternBlot", blot: BlotLanes) -> dict[int, str]:
    if result.values.empty:
        return {}
    own = result.values[result.values["image"] == blot.image.name]
    names = own["sample"].where(own["sample"] != "", own["role"])
    return dict(zip(own["lane"].astype(int), names))


def _lane_frame(result: "WesternBlot", blot: BlotLanes) -> pd.DataFrame:
    labels = _labels(result, blot)
    rows = np.unique(np.linspace(0, blot.height - 1, 25).astype(int))
    return pd.concat(
        [
            pd.DataFrame(
                {
                    "lane": lane.number,
                    "label": labels.get(lane.number, ""),
                    "row": rows,
                    "left": lane.left[rows],
                    "right": lane.right[rows],
                }
            )
            for lane in blot.lanes
        ],
        ignore_index=True,
    )


def _boxes(result: "WesternBlot", blot: BlotLanes) -> pd.DataFrame:
    """Return bands as boxes; those of targets are named."""
    columns = ["lane", *PLACES, "kind", "name"]
    bands = result.bands[result.bands["image"] == blot.image.name]
    bands = bands.assign(
        kind=np.where(bands["note"].str.contains(CLIPPED), "clipped", "band"), name=""
    )
    if result.values.empty:
        return bands[columns]
    own = result.values[
        (result.values["image"] == blot.image.name)
        & result.values["role"].isin(["sample", "common", "standard"])
    ]
    # All counts of a lane are no box worth drawing.
    own = own[own["bottom"] - own["top"] < blot.height]
    targets = own.assign(
        kind=np.where(own["note"].str.contains(CLIPPED), "clipped", "target"), name=own["target"]
    )
    both = pd.concat([targets[columns], bands[columns]], ignore_index=True)
    return both.drop_duplicates(["lane", "top", "bottom"], ignore_index=True)


def western_page(result: "WesternBlot") -> Page:
    """Return the report."""
    sections = []
    if len(result.folds):
        picture = Picture(fold_picture(result), "Folds against the control.", name="folds")
        tables = [Table(result.folds, headings=HEADINGS)]
        if len(result.isoforms):
            words = "For the parameters of the cycle; kind tells folds from shares of mass."
            tables.append(Table(result.isoforms, words, HEADINGS))
        sections.append(
            Section("Folds", (_method(result),), (picture,), tuple(tables), result.notes)
        )
    shown = min(len(result.blots), PICTURES)
    pictures = tuple(
        Picture(overlay(result, k), _caption(result.blots[k]), name=f"blot_{k + 1}")
        for k in range(shown)
    )
    more = len(result.blots) - shown
    words = (f"{more} further pictures are in the tables only.",) if more else ()
    notes = () if len(result.folds) else result.notes
    sections.append(Section("What was found", words, pictures, notes=notes))
    curves = tuple(
        Picture(profiles(result, k), name=f"profiles_{k + 1}")
        for k in range(min(len(result.blots), PROFILES))
    )
    sections.append(Section("Profiles", pictures=curves))
    if len(result.values):
        table = Table(result.values.drop(columns=PLACES), "", HEADINGS, sortable=True)
        sections.append(Section("Targets, lane by lane", tables=(table,)))
    if len(result.ranges):
        words = "Volumes between which a target is in proportion to its load, within 20 %."
        sections.append(Section("Linear range", (words,), tables=(Table(result.ranges),)))
    bands = Table(result.bands.drop(columns=PLACES), "", HEADINGS, sortable=True)
    sections.append(Section("Bands", tables=(bands,)))
    return Page(
        title=result.title,
        lead=result.summary(),
        sections=tuple(sections),
        facts=_facts(result),
        sources=result.sources,
        provenance=result.provenance,
    )


def _caption(blot: BlotLanes) -> str:
    return f"{blot.image.name}, straightened: lanes and the bands that were found."


def _method(result: "WesternBlot") -> str:
    ways = ", ".join(dict.fromkeys(result.folds["method"]))
    return (
        "Volumes over background, divided by the normaliser's, compared as logarithms with the "
        f"biological replicate as the unit ({ways}). p is adjusted by Holm's method."
    )


def _facts(result: "WesternBlot") -> tuple[Fact, ...]:
    facts = []
    own = result.folds
    if len(own):
        own = own[own["group"] != result.control]
    for row in own.head(4).itertuples():
        facts.append(
            Fact(
                f"{row.target}, {row.group}",
                format_number(row.fold),
                "fold",
                f"95 % {format_range(row.low, row.high)}",  # pyright: ignore
            )
        )
    clipped = int(result.bands["note"].str.contains(CLIPPED).sum())
    facts.append(Fact("saturated bands", format_number(clipped), met=clipped == 0))
    bits = min(blot.image.bits for blot in result.blots)
    facts.append(Fact("depth", str(bits), "bits", met=result.linear))
    return tuple(facts)
