"""The corrected numbers of all batches as tidy frames."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cahill.core.formulas import format_formula, parse_formula
from cahill.io.intensity_tables import IntensityTable
from cahill.numerics.nonnegative import ROUNDING, nonnegative_least_squares
from cahill.tracing.correct_mids_batches import Batch
from cahill.tracing.natural_abundance_labels import format_counts
from cahill.tracing.natural_abundance_method import Method

NEGATIVE = -1e-6
"""An unconstrained fraction below this is called negative; above, it is rounding of the table."""
BELOW_ZERO = "held at zero"
NO_SIGNAL = "no signal"
BOUNDS_ONLY = "bounds only"
NAMED = 3
"""Isotopologues of one peak that a note names; the table of compounds names all."""


@dataclass(frozen=True, eq=False)
class Solved:
    """The corrected distributions of a batch, each array (distributions, peaks).

    Parameters
    ----------
    batch : Batch
    corrected : numpy.ndarray
        Corrected intensities, not negative.
    fractions : numpy.ndarray
        The same over their sum; not a number where there is no signal.
    unconstrained : numpy.ndarray
        Fractions without the constraint.
    ambiguity : numpy.ndarray
        Bound on the error for want of knowing how isotopologues divide a peak they share, in the
        unit of the intensities.
    residua : numpy.ndarray
        Measured minus fitted intensity, over the summed intensities.
    """

    batch: Batch
    corrected: np.ndarray
    fractions: np.ndarray
    unconstrained: np.ndarray
    ambiguity: np.ndarray
    residua: np.ndarray


def solve_batch(batch: Batch) -> Solved:
    """Correct all distributions of a batch at once."""
    matrix = batch.correction.matrix
    corrected, unconstrained = nonnegative_least_squares(matrix, batch.intensities)
    with np.errstate(invalid="ignore", divide="ignore"):
        totals = batch.intensities.sum(axis=1, keepdims=True)
        residua = (batch.intensities - corrected @ matrix.T) / totals
        return Solved(
            batch,
            corrected,
            corrected / corrected.sum(axis=1, keepdims=True),
            unconstrained / unconstrained.sum(axis=1, keepdims=True),
            np.maximum(unconstrained, 0.0) @ batch.correction.ambiguity.T,
            np.where(np.abs(residua) < ROUNDING, 0.0, residua),
        )


def peak_frame(table: IntensityTable, solved: Sequence[Solved], method: Method) -> pd.DataFrame:
    """Return one corrected peak a row, distributions in the order of the table."""
    records = _flat([one.batch.records for one in solved])
    # A distribution stands where its first row stood.
    first = _flat(
        [
            np.broadcast_to(one.batch.records.min(axis=1, keepdims=True), one.corrected.shape)
            for one in solved
        ]
    )
    order = np.argsort(first, kind="stable")
    own = ["sample", *table.annotations, "metabolite", "derivative"]
    frame = table.frame[own].take(records[order]).reset_index(drop=True)
    frame["isotopologue"] = _names(solved)[order]
    columns = {
        "intensity": [one.batch.intensities for one in solved],
        "corrected_intensity": [one.corrected for one in solved],
        "fraction": [one.fractions for one in solved],
        "unconstrained_fraction": [one.unconstrained for one in solved],
        "residuum": [one.residua for one in solved],
    }
    if len(method.tracers) > 1:
        columns["ambiguity"] = [one.ambiguity for one in solved]
    for name, parts in columns.items():
        frame[name] = _flat(parts)[order]
    frame["note"] = np.concatenate([_peak_notes(one) for one in solved])[order]
    return frame


def enrichment_frame(
    table: IntensityTable, solved: Sequence[Solved], method: Method
) -> pd.DataFrame:
    """Return the mean enrichment of each traced element, distributions in the table's order."""
    own = ["sample", *table.annotations, "metabolite", "derivative"]
    tracer_of = {tracer.element.symbol: tracer.name for tracer in method.tracers}
    columns: dict[str, list[np.ndarray]] = {}
    for one in solved:
        found = one.batch.correction
        fewest, most = found.heavy_atoms()
        for k, (element, atoms) in enumerate(zip(found.elements, found.atoms)):
            low = one.fractions @ fewest[:, k] / atoms
            high = one.fractions @ most[:, k] / atoms
            told = bool((fewest[:, k] == most[:, k]).all())
            empty = np.isnan(low)
            parts = {
                "record": one.batch.records.min(axis=1),
                "tracer": np.full(low.size, tracer_of[element], dtype=object),
                "atoms": np.full(low.size, atoms),
                "enrichment": low if told else np.where(low == high, low, np.nan),
                "low": low,
                "high": high,
                "residual": np.sqrt((one.residua**2).sum(axis=1)),
                "lowest": np.minimum(one.unconstrained.min(axis=1), 0.0),
                "note": np.where(empty, NO_SIGNAL, "" if told else BOUNDS_ONLY).astype(object),
            }
            for name, values in parts.items():
                columns.setdefault(name, []).append(values)
    whole = {name: np.concatenate(parts) for name, parts in columns.items()}
    order = np.argsort(whole["record"], kind="stable")
    frame = table.frame[own].take(whole.pop("record")[order]).reset_index(drop=True)
    return frame.assign(**{name: values[order] for name, values in whole.items()})


def compound_frame(batches: Sequence[Batch]) -> pd.DataFrame:
    """Return what was measured of each compound, one a row."""
    rows = []
    for batch in batches:
        found = batch.correction
        merged = [" and ".join(found.isotopologue_names(peak)) for peak in found.merged]
        rows.append(
            {
                "metabolite": batch.metabolite,
                "derivative": batch.derivative,
                "formula": format_formula(parse_formula(batch.compound.formula)),
                "distributions": len(batch.intensities),
                "labelled_positions": format_counts(found.elements, found.atoms),
                "peaks": len(found.names),
                "limit_u": found.limit,
                "not_separable": "; ".join(merged),
            }
        )
    return pd.DataFrame(rows)


def _flat(parts: Sequence[np.ndarray]) -> np.ndarray:
    return np.concatenate([part.ravel() for part in parts])


def _names(solved: Sequence[Solved]) -> np.ndarray:
    """Return the name of every peak: whole numbers where all are."""
    whole = all(isinstance(name, int) for one in solved for name in one.batch.correction.names)
    return np.concatenate(
        [
            np.tile(
                np.array(one.batch.correction.names, dtype=np.int64 if whole else object),
                len(one.corrected),
            )
            for one in solved
        ]
    )


def _peak_notes(one: Solved) -> np.ndarray:
    """Return the note of every peak of a batch."""
    found = one.batch.correction
    plain = np.full(len(found.names), "", dtype=object)
    for peak in found.merged:
        names = found.isotopologue_names(peak)
        rest = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
        plain[peak] = f"sum of {', '.join(names[:NAMED])}{rest}"
    negative = np.array([f"{text}; {BELOW_ZERO}" if text else BELOW_ZERO for text in plain], object)
    notes = np.where(one.unconstrained < NEGATIVE, negative, plain)
    notes[np.isnan(one.fractions).all(axis=1)] = NO_SIGNAL
    return notes.ravel()
