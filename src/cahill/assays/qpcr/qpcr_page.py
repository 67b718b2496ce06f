"""The pictures and report of a study by RT-qPCR."""

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from cahill.assays.amplification.analysis import CurveAnalysis
from cahill.assays.qpcr.reference_genes import ENOUGH
from cahill.results.fold_dots import fold_dots
from cahill.results.page import Fact, Page, Picture, Section, Table
from cahill.results.reference_stability import reference_stability
from cahill.results.tables import format_number, format_range
from cahill.results.theme import ThemeName

if TYPE_CHECKING:
    from cahill.assays.qpcr.study import QpcrAnalysis

FACTS = 6
"""Folds shown as headline numbers."""
WELLS = [
    "run",
    "well",
    "target",
    "sample",
    "role",
    "group",
    "replicate",
    "cq",
    "efficiency_well",
    "verdicts",
    "flag",
    "excluded",
]
FOLDS = (
    "target",
    "group",
    "n",
    "not_detected",
    "fold",
    "low",
    "high",
    "p",
    "p_adjusted",
    "test",
    "note",
)
EFFICIENCIES = (
    "target",
    "used",
    "used_sd",
    "used_source",
    "source",
    "efficiency",
    "low",
    "high",
    "n",
    "slope",
    "r_squared",
    "note",
)
HEADINGS = {
    "log2_fold": "log2",
    "log2_low": "log2 low",
    "log2_high": "log2 high",
    "p_adjusted": "p (Holm)",
    "used_sd": "± sd",
    "used_source": "from",
    "source": "estimated by",
    "r_squared": "r²",
    "m": "geNorm M",
    "stability": "NormFinder",
    "shift": "largest fold",
    "shift_group": "in group",
    "shift_p": "p (Holm)",
}


def study_picture(result: "QpcrAnalysis", theme: ThemeName = "light") -> Figure:
    """Draw the folds of targets; the curves of the first run if groups are not compared.

    Parameters
    ----------
    result : QpcrAnalysis
    theme : {"light", "dark"}
    """
    frame = fold_frame(result)
    if frame["value"].notna().any():
        control = result.comparison.control
        return fold_dots(
            frame,
            title=f"Gene expression against {control}",
            subtitle=f"above 1: more than in {control}; p by Holm",
            theme=theme,
        )
    return result.analyses[0].plot()


def fold_frame(result: "QpcrAnalysis") -> pd.DataFrame:
    """Return what `cahill.results.fold_dots` draws: targets that are no reference genes."""
    names = ["panel", "group", "kind", "value", "low", "high", "label"]
    if result.relative.groups.empty:
        return pd.DataFrame(columns=names)
    groups, replicates = _questions(result), result.relative.replicates
    order = list(dict.fromkeys(groups["group"]))
    rows = []
    for row in groups.to_dict("records"):
        target, group, p = row["target"], row["group"], row["p_adjusted"]
        label = f"p {format_number(p, 2)}" if np.isfinite(p) else ""
        rows.append((target, group, "mean", row["fold"], row["low"], row["high"], label))
        own = replicates[(replicates["target"] == target) & (replicates["group"] == group)]
        for value in own["log2_relative"]:
            rows.append((target, group, "replicate", 2.0**value, np.nan, np.nan, ""))
    frame = pd.DataFrame(rows, columns=names)
    places = frame["group"].map(order.index)
    return frame.iloc[np.lexsort((places, pd.factorize(frame["panel"])[0]))]


def _questions(result: "QpcrAnalysis") -> pd.DataFrame:
    """Return the groups of the targets asked about; of the references if there are no others."""
    groups = result.relative.groups
    wanted = ~groups["target"].isin(result.comparison.references)
    return groups[wanted if wanted.any() else ~wanted]


def _filled(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the columns that say something."""
    kept = [
        name
        for name in frame.columns
        if name != "not_detected" and frame[name].replace("", np.nan).notna().any()
    ]
    if "not_detected" in frame and (frame["not_detected"] > 0).any():
        kept.insert(3, "not_detected")
    return frame[kept]


def study_page(result: "QpcrAnalysis") -> Page:
    """Return the report."""
    sections = [
        *_fold_sections(result),
        *_reference_sections(result),
        *_efficiency_sections(result),
        *(part for k, one in enumerate(result.analyses, 1) for part in _curve_sections(one, k)),
        *_control_sections(result),
        _miqe_section(result),
        _well_section(result),
    ]
    return Page(
        title=result.title,
        lead=result.summary(),
        sections=tuple(sections),
        facts=_facts(result),
        sources=result.sources,
        provenance=result.provenance,
    )


def _facts(result: "QpcrAnalysis") -> tuple[Fact, ...]:
    if result.relative.groups.empty:
        return ()
    own = _questions(result)
    own = own[(own["group"] != result.comparison.control) & own["fold"].notna()]
    return tuple(
        Fact(
            f"{row['target']}, {row['group']}",
            format_number(row["fold"]),
            "fold",
            format_range(row["low"], row["high"]) if np.isfinite(row["low"]) else "no interval",
        )
        for row in own.head(FACTS).to_dict("records")
    )


def _fold_sections(result: "QpcrAnalysis") -> list[Section]:
    if result.relative.groups.empty:
        return [Section("What to know", notes=result.notes)]
    control = result.comparison.control
    caption = (
        f"Each dot is one biological replicate, its technical replicates averaged. The bar is the "
        f"group's geometric mean over that of {control}; its interval is that of the fold, and "
        f"allows for the error of the efficiencies. Above 1 means more than in {control}."
    )
    pictures = ()
    if fold_frame(result)["value"].notna().any():
        pictures = (Picture(study_picture(result), caption, name="folds"),)
    words = "Folds by target and group; on the scale of log2, with errors, in groups.csv."
    tables = [Table(_filled(_questions(result)[list(FOLDS)]), words, HEADINGS)]
    if len(result.isoforms):
        words = "Isoforms, as cahill measure-alt reads them (isoforms.csv): mRNA, not protein."
        tables.append(Table(_filled(result.isoforms), words, HEADINGS))
    return [
        Section(f"Folds against {control}", pictures=pictures, tables=tuple(tables)),
        Section("What to know", notes=result.notes),
    ]


def _reference_sections(result: "QpcrAnalysis") -> list[Section]:
    if result.references.empty:
        return []
    picture = Picture(
        reference_stability(result.references, result.pairwise, enough=ENOUGH),
        "geNorm (M of the step that excludes the gene) and NormFinder; and how much the mean of "
        "the reference genes changes with one gene more.",
        name="references",
        min_width=420,
    )
    words = (
        "The largest fold is that of a reference gene against the mean of the others, in the group "
        "where it is largest: a gene that the treatment moves is no reference."
    )
    table = Table(result.references, words, HEADINGS)
    return [Section("Reference genes", pictures=(picture,), tables=(table,))]


def _efficiency_sections(result: "QpcrAnalysis") -> list[Section]:
    frame = _filled(result.efficiencies[list(EFFICIENCIES)])
    words = "Fold per cycle: as used, and every estimate from the files."
    return [Section("Amplification efficiency", tables=(Table(frame, words, HEADINGS),))]


def _curve_sections(analysis: CurveAnalysis, number: int) -> list[Section]:
    """Return the pictures of one run's curves and melt peaks, as its own report has them."""
    if analysis.curves is None and analysis.melt is None:
        return []
    pictures = tuple(
        replace(picture, name=f"{picture.name}-{number}" if picture.name else "")
        for section in analysis.page().sections
        for picture in section.pictures
    )
    return [Section(f"Curves of {analysis.run.name}", pictures=pictures)]


def _control_sections(result: "QpcrAnalysis") -> list[Section]:
    if result.controls.empty:
        return []
    words = (
        "distance: cycles later than the weakest sample of the target (than the same sample, for "
        "controls without reverse transcriptase); share: of that sample's signal."
    )
    return [Section("Controls", tables=(Table(result.controls, words),))]


def _miqe_section(result: "QpcrAnalysis") -> Section:
    known = int(result.miqe["stated"].sum())
    words = (
        f"{known} of {len(result.miqe)} items of the checklist are known from file, layout and "
        "analysis; the rest is for the author (miqe.csv)."
    )
    frame = result.miqe[["section", "item", "answer"]]
    return Section("MIQE checklist", paragraphs=(words,), tables=(Table(frame),))


def _well_section(result: "QpcrAnalysis") -> Section:
    frame = result.wells[[name for name in WELLS if name in result.wells]]
    frame = frame.loc[:, (frame != "").any(axis=0)]
    return Section("Wells", tables=(Table(frame, sortable=True),))
