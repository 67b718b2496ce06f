"""RT-qPCR from analysed curves to folds with intervals: the whole of one study."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cahill.assays.amplification.analysis import CurveAnalysis
from cahill.assays.qpcr.inter_run import RunShifts, calibrated, run_shifts
from cahill.assays.qpcr.miqe import miqe_table
from cahill.assays.qpcr.qpcr_answers import study_answers
from cahill.assays.qpcr.qpcr_controls import control_notes, control_table
from cahill.assays.qpcr.qpcr_efficiency import (
    Efficiency,
    EfficiencySource,
    choose_efficiencies,
    efficiency_notes,
)
from cahill.assays.qpcr.qpcr_isoforms import isoform_folds, isoform_shares
from cahill.assays.qpcr.qpcr_parts import (
    efficiency_table,
    join_melt,
    join_reactions,
    well_notes,
)
from cahill.assays.qpcr.qpcr_samples import SampleCq, flag_wells, sample_cq
from cahill.assays.qpcr.reference_check import check_references
from cahill.assays.qpcr.relative_quantity import RelativeQuantities, relative_quantities
from cahill.assays.qpcr.relative_study import Comparison
from cahill.io.references import format_reference
from cahill.results.base import Result
from cahill.results.provenance import collect_provenance
from cahill.results.tables import format_number, format_range

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from cahill.results.page import Page

SOURCES = (
    "LivakSchmittgen2001",
    "Pfaffl2001",
    "Vandesompele2002",
    "Andersen2004",
    "Hellemans2007",
    "Bustin2025",
)
SIGN = "A fold above 1 (a positive log2) means more than in {control}."
NAMED = 4
"""Folds that the summary names."""


@dataclass(frozen=True)
class StudyOptions:
    """What the user chooses of a study.

    Parameters
    ----------
    comparison : Comparison
    efficiencies : mapping of str to Efficiency
        Given ones, by target.
    efficiency_from : {"best", "dilution", "curves", "given"}
    calibrators : tuple of str
        Samples that join runs.
    drop_outliers : bool
    shares : bool
        Whether the standards of GPT and GPT2 are in the same unit, so that shares can be given.
    """

    comparison: Comparison = field(default_factory=Comparison)
    efficiencies: Mapping[str, Efficiency] = field(default_factory=dict)
    efficiency_from: EfficiencySource = "best"
    calibrators: tuple[str, ...] = ()
    drop_outliers: bool = False
    shares: bool = False


@dataclass(frozen=True, kw_only=True, eq=False)
class QpcrAnalysis(Result):
    """Folds, and all that they rest on.

    Attributes
    ----------
    analyses : tuple of CurveAnalysis
        One a run.
    comparison : Comparison
    wells : pandas.DataFrame
        One reaction a row: the columns of
        `cahill.assays.amplification.amplification_columns`, calibrated between runs,
        with flag (a technical outlier) and used (bool).
    relative : RelativeQuantities
    references, pairwise : pandas.DataFrame
        See `cahill.assays.qpcr.reference_check.check_references`.
    efficiencies : pandas.DataFrame
        target, efficiency, sd, source as used, and what was estimated.
    controls : pandas.DataFrame
        Blanks and controls without reverse transcriptase.
    melt : pandas.DataFrame
        Melt peaks; empty if nothing was melted.
    miqe : pandas.DataFrame
        Checklist.
    isoforms : pandas.DataFrame
        Folds and shares of ALT1 and ALT2.
    """

    analyses: tuple[CurveAnalysis, ...]
    comparison: Comparison
    wells: pd.DataFrame
    relative: RelativeQuantities
    references: pd.DataFrame
    pairwise: pd.DataFrame
    efficiencies: pd.DataFrame
    controls: pd.DataFrame
    melt: pd.DataFrame
    miqe: pd.DataFrame
    isoforms: pd.DataFrame

    @property
    def title(self) -> str:
        """Heading of the report."""
        names = ", ".join(analysis.run.name for analysis in self.analyses)
        return f"RT-qPCR: {names}"

    def summary(self) -> str:
        """Return the folds, or what was read if there is nothing to compare."""
        used = self.wells[self.wells["role"] == "sample"]
        read = (
            f"{_counted(len(self.wells), 'reaction')} of "
            f"{_counted(used['target'].nunique(), 'target')} in "
            f"{_counted(used['sample'].nunique(), 'sample')}, "
            f"{int(self.wells['cq'].notna().sum()):,} with a Cq"
        )
        folds = self._folds()
        if folds.empty:
            return f"{read}."
        parts = [_fold_words(row) for row in folds.head(NAMED).itertuples()]
        more = f"; and {len(folds) - NAMED} more" if len(folds) > NAMED else ""
        return f"Against {self.comparison.control}: {'; '.join(parts)}{more} ({read})."

    def _folds(self) -> pd.DataFrame:
        """Return the comparisons of targets that are no reference genes, surest first."""
        groups = self.relative.groups
        if groups.empty:
            return groups
        wanted = ~groups["target"].isin(self.comparison.references)
        wanted &= groups["group"] != self.comparison.control
        return groups[wanted & groups["fold"].notna()]

    def to_frame(self) -> pd.DataFrame:
        """Return the folds by target and group; the reactions if nothing is compared."""
        groups = self.relative.groups
        return self.wells if groups.empty else groups

    def tables(self) -> Mapping[str, pd.DataFrame]:
        """Return every table, by the name of its file."""
        tables = {
            "cq": self.wells,
            "relative": self.relative.samples,
            "groups": self.relative.groups,
            "references": self.references,
            "efficiencies": self.efficiencies,
            "controls": self.controls,
            "melt": self.melt,
            "miqe": self.miqe,
            "isoforms": self.isoforms,
        }
        return {name: frame for name, frame in tables.items() if len(frame)}

    def plot(self) -> "Figure":
        """Draw the folds; Cq by sample if nothing is compared."""
        from cahill.assays.qpcr.qpcr_page import study_picture

        return study_picture(self)

    def page(self) -> "Page":
        """Return the report's content."""
        from cahill.assays.qpcr.qpcr_page import study_page

        return study_page(self)


def analyse_qpcr(
    analyses: tuple[CurveAnalysis, ...], options: StudyOptions | None = None
) -> QpcrAnalysis:
    """Compare groups in one study of one or several runs.

    Parameters
    ----------
    analyses : tuple of CurveAnalysis
        Of each run, by `cahill.assays.amplification.analysis.analyse_curves`, described by the
        layout.
    options : StudyOptions, optional

    Raises
    ------
    InputError
        If no reaction names its target, or options do not fit the data.
    UnknownNameError
        If a reference, control, calibrator or target does not exist.
    """
    options = options or StudyOptions()
    raw = join_reactions(analyses)
    flagged = flag_wells(raw, options.drop_outliers)
    shifts = run_shifts(flagged, options.calibrators)
    wells = calibrated(flagged, shifts)
    estimated = pd.concat([one.efficiencies for one in analyses], ignore_index=True)
    targets = tuple(dict.fromkeys(wells["target"]))
    chosen = choose_efficiencies(targets, options.efficiencies, estimated, options.efficiency_from)
    measured = sample_cq(wells)
    comparison = _with_last_cycle(options.comparison, analyses)
    relative = relative_quantities(measured, chosen, comparison, shifts)
    references, pairwise, judged = check_references(measured, chosen, comparison)
    controls = control_table(wells, chosen)
    melt = join_melt(analyses)
    notes = (
        *well_notes(flagged, options.drop_outliers),
        *control_notes(controls, targets),
        *efficiency_notes(_in_use(chosen, measured)),
        *shifts.notes,
        *judged,
        *relative.notes,
        *dict.fromkeys(note for one in analyses for note in one.notes),
    )
    result = QpcrAnalysis(
        analyses=analyses,
        comparison=comparison,
        wells=wells,
        relative=relative,
        references=references,
        pairwise=pairwise,
        efficiencies=efficiency_table(chosen, estimated),
        controls=controls,
        melt=melt,
        miqe=pd.DataFrame(),
        isoforms=_isoforms(measured, relative, wells, options),
        notes=_sentences(notes, comparison),
        sources=tuple(format_reference(key) for key in SOURCES),
        provenance=_provenance(analyses, options, chosen),
    )
    return _with_checklist(result, shifts)


def _with_last_cycle(comparison: Comparison, analyses: tuple[CurveAnalysis, ...]) -> Comparison:
    """Return the comparison with the cycles of the shortest run, if curves tell them."""
    ends = [float(one.run.cycles[-1]) for one in analyses if len(one.run.cycles)]
    last = min(ends) if len(ends) == len(analyses) else np.nan
    return Comparison(
        comparison.references,
        comparison.control,
        comparison.paired,
        last,
        comparison.confidence,
    )


def _in_use(chosen: Mapping[str, Efficiency], measured: SampleCq) -> dict[str, Efficiency]:
    return {name: one for name, one in chosen.items() if name in measured.targets}


def _isoforms(
    measured: SampleCq, relative: RelativeQuantities, wells: pd.DataFrame, options: StudyOptions
) -> pd.DataFrame:
    """Return shares where they were asked for, else folds: a table holds one of the two."""
    if options.shares:
        standards = wells[(wells["role"] == "standard") & wells["used"]]
        return isoform_shares(measured, standards, options.comparison.confidence)
    return isoform_folds(relative.groups) if len(relative.groups) else pd.DataFrame()


def _sentences(notes: tuple[str, ...], comparison: Comparison) -> tuple[str, ...]:
    """Return the notes as sentences, the meaning of the sign first."""
    told = dict.fromkeys(note if note.endswith(".") else f"{note}." for note in notes)
    first = (SIGN.format(control=comparison.control),) if comparison.control else ()
    return (*first, *told)


def _provenance(
    analyses: tuple[CurveAnalysis, ...],
    options: StudyOptions,
    chosen: Mapping[str, Efficiency],
):
    comparison = options.comparison
    return collect_provenance(
        {one.run.name: one.run.path for one in analyses if one.run.path},
        {
            "Cq by": ", ".join(dict.fromkeys(one.method for one in analyses)),
            "references": ", ".join(comparison.references) or "none",
            "control": comparison.control or "none",
            "paired": comparison.paired,
            "confidence": comparison.confidence,
            "efficiencies": ", ".join(f"{name} {one.value:.3f}" for name, one in chosen.items()),
            "calibrators": ", ".join(options.calibrators) or "by role",
            "outliers dropped": options.drop_outliers,
        },
    )


def _with_checklist(result: QpcrAnalysis, shifts: RunShifts) -> QpcrAnalysis:
    from dataclasses import replace

    return replace(result, miqe=miqe_table(study_answers(result, shifts)))


def _fold_words(row) -> str:
    span = format_range(row.low, row.high) if np.isfinite(row.low) else "no interval"
    return f"{row.target} {row.group} {format_number(row.fold)}-fold ({span})"


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
