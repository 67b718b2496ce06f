"""The pictures and report of a ChIP-qPCR."""

from typing import TYPE_CHECKING

import pandas as pd
from matplotlib.figure import Figure

from cahill.assays.chip.chip_groups import TECHNICAL
from cahill.assays.chip.chip_measures import FOLD, PERCENT
from cahill.results.fold_dots import fold_dots
from cahill.results.page import Fact, Page, Picture, Section, Table
from cahill.results.tables import format_number, format_range
from cahill.results.theme import ThemeName

if TYPE_CHECKING:
    from cahill.assays.chip.enrichment import ChipEnrichment

METHOD = (
    "Every Cq is adjusted to 1 uL of undiluted DNA and, for an input, to the whole chromatin. "
    "Percent input is 100 times E to the power of input minus antibody, fold over IgG is E to the "
    "power of IgG minus antibody, both in adjusted cycles; E is the amplification of the target. "
    "Technical replicates are averaged; the chromatin is the unit, its numbers are averaged as "
    "logarithms (the difference to IgG as it is), and intervals are Student's t over chromatins, "
    "widened by the error of E, which all share."
)
SHOWN = 2000
"""Rows of a table on the page; the files hold all."""


def enrichment_picture(
    result: "ChipEnrichment", quantity: str = PERCENT, theme: ThemeName = "light"
) -> Figure:
    """Draw the chromatins and group means of a quantity, one panel a target.

    The axis is logarithmic: IgG and a strong site are decades apart, and errors are even in cycles.

    Parameters
    ----------
    result : ChipEnrichment
    quantity : str
        "percent input", or "fold over IgG"; the latter is drawn where there is no input.
    theme : {"light", "dark"}
    """
    known = result.groups.loc[result.groups["value"].notna(), "quantity"]
    if quantity not in set(known):
        quantity = FOLD
    frames = []
    for kind, frame in (("replicate", result.replicates), ("mean", result.groups)):
        own = frame[(frame["quantity"] == quantity) & frame["value"].notna()]
        frames.append(own.assign(kind=kind)[["antibody", "target", "group", *_DRAWN, "kind"]])
    drawn = pd.concat(frames, ignore_index=True)
    # The groups of an antibody stand together, and IgG last.
    mock = set(result.sets.loc[result.sets["role"] == "igg", "antibody"])
    names = sorted(dict.fromkeys(drawn["antibody"]), key=mock.__contains__)
    drawn = drawn.sort_values("antibody", key=lambda own: own.map(names.index), kind="stable")
    drawn["panel"] = drawn["target"].where(drawn["target"] != "", "locus")
    drawn["group"] = (drawn["antibody"] + " " + drawn["group"]).str.strip()
    groups = result.groups[result.groups["quantity"] == quantity]
    doubts = []
    if (groups["interval"] == TECHNICAL).any():
        doubts.append("intervals of single chromatins from technical replicates only")
    if (groups["bound"] != "").any():
        doubts.append("some values are bounds, see the table")
    return fold_dots(
        drawn,
        title=f"{quantity[0].upper()}{quantity[1:]}",
        subtitle="; ".join(doubts),
        unit="% of input" if quantity == PERCENT else "fold",
        theme=theme,
    )


_DRAWN = ("value", "low", "high")


def chip_page(result: "ChipEnrichment") -> Page:
    """Return the report."""
    pictures = []
    known = set(result.groups.loc[result.groups["value"].notna(), "quantity"])
    captions = {
        PERCENT: "Chromatin that came down with each antibody, of what was put in.",
        FOLD: "The same over the IgG of the same chromatin; the dashed line is no enrichment.",
    }
    for quantity, name in ((PERCENT, "percent_input"), (FOLD, "fold_over_igg")):
        if quantity in known:
            figure = enrichment_picture(result, quantity)
            pictures.append(Picture(figure, captions[quantity], name=name))
    sections = [Section("Picture", pictures=tuple(pictures), notes=result.notes)]
    if len(result.comparisons):
        text = (
            "Percent input of each group over that of the control. p is of no difference, adjusted "
            "by Holm over the table."
        )
        frame = _without_blanks(result.comparisons)
        sections.append(Section("Groups against the control", (text,), tables=(Table(frame),)))
    sections += [
        Section("Quality", tables=(Table(result.checks),)),
        Section(
            "Enrichment",
            ("n is the number of chromatins; the last columns say what the interval rests on.",),
            tables=(Table(_readable(result.groups), sortable=True),),
        ),
        Section(
            "Every chromatin",
            ("Intervals are from technical replicates.",),
            tables=(Table(_without_blanks(result.replicates).head(SHOWN), sortable=True),),
        ),
        Section(
            "Technical replicates",
            tables=(Table(_without_blanks(result.sets).head(SHOWN), sortable=True, digits=4),),
        ),
        Section("Method", (METHOD,)),
    ]
    return Page(
        title=result.title,
        lead=result.summary(),
        facts=_facts(result),
        sections=tuple(sections),
        sources=result.sources,
        provenance=result.provenance,
    )


def _facts(result: "ChipEnrichment") -> tuple[Fact, ...]:
    """Return the strongest percent input of each antibody, and its fold over IgG beside it."""
    mock = set(result.sets.loc[result.sets["role"] == "igg", "antibody"])
    own = result.groups[
        (result.groups["quantity"] == PERCENT)
        & result.groups["value"].notna()
        & ~result.groups["antibody"].isin(mock)
    ]
    facts = []
    for name, rows in own.groupby("antibody", sort=False):
        best = rows.iloc[int(rows["value"].to_numpy().argmax())]
        words = ", ".join(str(word) for word in (name, best["target"], best["group"]) if word)
        value = f"{_BOUNDS[best['bound']]}{format_number(best['value'])}"
        interval = format_range(best["low"], best["high"]) if best["interval"] else ""
        facts.append(Fact(words, value, "% of input", interval))
    return tuple(facts)


_BOUNDS = {"": "", ">=": "≥ ", "<=": "≤ "}


def _readable(groups: pd.DataFrame) -> pd.DataFrame:
    """Return the groups with value and interval in one cell each."""
    values = [
        f"{_BOUNDS[bound]}{format_number(value)}"
        for value, bound in zip(groups["value"], groups["bound"])
    ]
    ranges = [
        format_range(low, high) if rests else ""
        for low, high, rests in zip(groups["low"], groups["high"], groups["interval"])
    ]
    frame = groups.assign(value=values, range=ranges)
    columns = ["quantity", "antibody", "target", "region", "group", "value", "range", "unit", "n"]
    return _without_blanks(frame[[*columns, "interval", "note"]])


def _without_blanks(frame: pd.DataFrame) -> pd.DataFrame:
    blank = [name for name in frame if (frame[name].astype(str) == "").all()]
    return frame.drop(columns=blank)
