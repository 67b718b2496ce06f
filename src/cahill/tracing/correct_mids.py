"""Correct measured isotopologue distributions for natural isotopes and tracer purity."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cahill.core.formulas import Element
from cahill.errors import InputError
from cahill.io.intensity_tables import IntensityTable
from cahill.io.isotopes import SOURCES, natural_isotopes
from cahill.io.references import format_reference
from cahill.results.base import Result
from cahill.results.provenance import collect_provenance
from cahill.results.tables import format_number
from cahill.tracing.correct_mids_batches import Batch, sort_into_batches
from cahill.tracing.correct_mids_frames import (
    NEGATIVE,
    compound_frame,
    enrichment_frame,
    peak_frame,
    solve_batch,
)
from cahill.tracing.natural_abundance_method import Instrument, Method, tracer_isotope

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from cahill.results.page import Page

CRITERIA = ("Millard2019", "Su2017")


@dataclass(frozen=True, kw_only=True, eq=False)
class CorrectedMids(Result):
    """Isotopologue distributions corrected for natural isotopes and tracer purity.

    Attributes
    ----------
    method : Method
        Tracers, instrument and what was corrected.
    peaks : pandas.DataFrame
        One corrected peak a row, as `to_frame` gives it.
    enrichments : pandas.DataFrame
        One traced element of one distribution a row: sample, the annotations, metabolite,
        derivative, tracer, atoms, enrichment (mean share of labelled atoms; missing if the peaks
        do not determine it), low and high (its bounds), residual (root of the summed squares of
        residua), lowest (most negative unconstrained fraction), note.
    compounds : pandas.DataFrame
        One compound a row: metabolite, derivative, formula, peaks, limit (mass difference up to
        which peaks merge, u; infinite at unit mass) and the isotopologues that share a peak.
    """

    method: Method
    peaks: pd.DataFrame
    enrichments: pd.DataFrame
    compounds: pd.DataFrame

    @property
    def title(self) -> str:
        """Heading of the report."""
        names = ", ".join(tracer.name for tracer in self.method.tracers)
        return f"Isotopologues corrected for natural abundance ({names})"

    def summary(self) -> str:
        """Return how many distributions were corrected, their enrichment and the doubts."""
        mids = self.enrichments.drop_duplicates(["sample", "metabolite", "derivative"])
        parts = [
            f"{_counted(len(mids), 'distribution')} of "
            f"{_counted(len(self.compounds), 'metabolite')} in "
            f"{_counted(mids['sample'].nunique(), 'sample')} corrected"
        ]
        for tracer in self.method.tracers:
            own = self.enrichments[self.enrichments["tracer"] == tracer.name]
            low, high = 100 * own["low"].min(), 100 * own["high"].max()
            if np.isfinite(low):
                ends = dict.fromkeys((format_number(low), format_number(high)))
                parts.append(f"{tracer.name} enrichment {' to '.join(ends)} %")
        negative = int((mids["lowest"] < NEGATIVE).sum())
        if negative:
            worst = 100 * self.peaks["residuum"].abs().max()
            parts.append(
                f"{negative:,} held at zero somewhere, largest residuum {format_number(worst)} %"
            )
        return "; ".join(parts) + "."

    def to_frame(self) -> pd.DataFrame:
        """Return every peak, one a row.

        Returns
        -------
        pandas.DataFrame
            sample, the annotations of the table, metabolite, derivative, isotopologue, intensity
            (as measured), corrected_intensity (same unit, not negative), fraction (of their sum),
            unconstrained_fraction (without the constraint; negative ones show noise or a wrong
            formula), residuum (measured minus fitted, over the summed intensities) and note. With
            several tracers also ambiguity: a bound, in the unit of the intensity, on the error
            (before the constraint) for want of knowing how isotopologues divide a shared peak.
        """
        return self.peaks

    def tables(self) -> Mapping[str, pd.DataFrame]:
        """Return peaks, enrichments and compounds."""
        return {
            "results": self.peaks,
            "enrichments": self.enrichments,
            "compounds": self.compounds,
        }

    def plot(self) -> "Figure":
        """Draw the fractions before and after the correction as stacked bars."""
        from cahill.tracing.correct_mids_page import fraction_picture

        return fraction_picture(self)

    def page(self) -> "Page":
        """Return the report's content."""
        from cahill.tracing.correct_mids_page import correction_page

        return correction_page(self)


def correct_mids(
    table: IntensityTable,
    tracers: Sequence[str] = ("13C",),
    *,
    purity: Sequence[float | Sequence[float]] = (),
    instrument: Instrument | None = None,
    correct_natural_tracer: bool = True,
    keep_empty: bool = False,
    isotopes: Mapping[str, Element] | None = None,
) -> CorrectedMids:
    """Correct every isotopologue distribution of a table.

    Corrected intensities are the non-negative least-squares solution (Millard et al. 2019) of
    measured = matrix times corrected, the matrix being that of
    `cahill.tracing.natural_abundance`.

    Parameters
    ----------
    table : IntensityTable
        As `cahill.io.intensity_tables.read_intensities` returns it.
    tracers : sequence of str
        Labelling isotopes, one an element: ("13C", "15N").
    purity : sequence
        By tracer, the mole fraction of the tracer isotope in a labelled position, or those of all
        isotopes from the lightest on; pure if absent.
    instrument : Instrument, optional
        Resolution; unit mass if absent.
    correct_natural_tracer : bool
        Whether natural isotopes in unlabelled positions of a traced element are corrected.
    keep_empty : bool
        Whether a distribution without any signal is kept, with a note, instead of refused.
    isotopes : mapping of str to Element, optional
        Natural isotopes; the package's own table if absent.

    Returns
    -------
    CorrectedMids

    Raises
    ------
    InputError
        Naming every fault of the table with its row, or an option that cannot be.
    """
    table_of_isotopes = natural_isotopes() if isotopes is None else isotopes
    if len(purity) not in (0, len(tracers)):
        raise InputError(f"{len(purity)} purities for {len(tracers)} tracers; give one each")
    shares = [[float(value)] if np.isscalar(value) else list(value) for value in purity]  # pyright: ignore[reportArgumentType]
    method = Method(
        tuple(
            tracer_isotope(name, table_of_isotopes, share)
            for name, share in zip(tracers, shares or [None] * len(tracers))
        ),
        table_of_isotopes,
        instrument or Instrument(),
        correct_natural_tracer,
    )
    batches = sort_into_batches(table, method, keep_empty)
    solved = [solve_batch(batch) for batch in batches]
    options = {
        "tracers": [tracer.name for tracer in method.tracers],
        "purity": [", ".join(f"{x:g}" for x in tracer.purity) for tracer in method.tracers],
        "resolution": method.instrument.resolution or "unit mass",
        "at m/z": method.instrument.at_mz or "-",
        "instrument": method.instrument.kind,
        "natural tracer corrected": correct_natural_tracer,
    }
    keys = (*(SOURCES if isotopes is None else ()), *CRITERIA)
    return CorrectedMids(
        method=method,
        peaks=peak_frame(table, solved, method),
        enrichments=enrichment_frame(table, solved, method),
        compounds=compound_frame(batches),
        notes=_notes(method, batches),
        sources=tuple(format_reference(key) for key in keys),
        provenance=collect_provenance({table.name: table.path} if table.path else {}, options),
    )


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _notes(method: Method, batches: Sequence[Batch]) -> tuple[str, ...]:
    """Return what a reader must know of the resolution and of peaks that are not resolved."""
    notes = []
    if method.instrument.resolution is not None:
        coarse = [batch.metabolite for batch in batches if np.isinf(batch.correction.limit)]
        if coarse:
            notes.append(
                f"At this resolution {', '.join(dict.fromkeys(coarse))} show unit masses only."
            )
    shared = [batch for batch in batches if batch.correction.merged]
    if shared:
        names = ", ".join(dict.fromkeys(batch.metabolite for batch in shared))
        notes.append(
            f"Some isotopologues of {names} share a peak that the instrument does not resolve; "
            "their sum is reported, with a bound on its error (ambiguity)."
        )
    if not method.correct_natural_tracer:
        notes.append(
            "Natural isotopes in unlabelled positions of the traced element are left in: "
            "an unlabelled standard is not all M+0."
        )
    return tuple(notes)
