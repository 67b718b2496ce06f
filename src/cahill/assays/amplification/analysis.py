"""From amplification curves to Cq, efficiency and what to doubt."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
import pandas as pd

from cahill.assays.amplification.amplification_choice import OURS, choose_cq, run_notes
from cahill.assays.amplification.amplification_columns import EFFICIENCY_COLUMNS, REACTION_COLUMNS
from cahill.assays.amplification.amplification_cq import find_cqs, rising_curves
from cahill.assays.amplification.amplification_curves import BaselineChoice, Curves, prepare_curves
from cahill.assays.amplification.amplification_efficiency import efficiency_frame, windows_by_target
from cahill.assays.amplification.amplification_threshold import choose_thresholds
from cahill.assays.amplification.amplification_verdicts import curve_verdicts, shared_doubts
from cahill.assays.amplification.melt import MeltPeaks, melt_peaks
from cahill.core.amplification import QpcrRun, Reaction
from cahill.errors import InputError
from cahill.io.references import format_reference
from cahill.results.base import Result
from cahill.results.provenance import collect_provenance

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from cahill.results.page import Page

CqMethod = Literal["instrument", "threshold", "second-derivative", "cy0"]

SOURCES = ("Ruijter2009", "Guescini2008", "Bustin2009")
_NUMBERS = (
    "cq_threshold",
    "cq_second_derivative",
    "cy0",
    "plateau",
    "baseline_first",
    "baseline_last",
    "threshold",
    "efficiency_well",
)


@dataclass(frozen=True, kw_only=True, eq=False)
class CurveAnalysis(Result):
    """Cq of every reaction of a run, and efficiencies of its targets.

    Attributes
    ----------
    run : QpcrRun
    method : str
        How Cq was found: "instrument", "threshold", "second-derivative" or "cy0".
    reactions : pandas.DataFrame
        One reaction a row; `cahill.assays.amplification.amplification_columns.REACTION_COLUMNS`.
    efficiencies : pandas.DataFrame
        By target; `EFFICIENCY_COLUMNS` there.
    curves : Curves or None
        What the pictures draw; None if the file has no curves.
    melt : MeltPeaks or None
        None if nothing was melted.
    """

    run: QpcrRun
    method: str
    reactions: pd.DataFrame
    efficiencies: pd.DataFrame
    curves: Curves | None
    melt: MeltPeaks | None

    @property
    def title(self) -> str:
        """Heading of the report."""
        return f"Amplification curves of {self.run.name}"

    def summary(self) -> str:
        """Return how many reactions amplified, the method, and how Cq agrees with the printed."""
        frame = self.reactions
        amplified = int(frame["amplified"].sum())
        parts = [f"{amplified:,} of {len(frame):,} reactions amplified (Cq by {self.method})"]
        apart = np.abs(frame["difference"].to_numpy(float))
        apart = apart[np.isfinite(apart)]
        if len(apart):
            parts.append(
                f"our threshold Cq is within {np.median(apart):.3f} cycles (median) of the "
                f"{len(apart):,} that the instrument printed"
            )
        doubted = int((frame["verdicts"] != "").sum())
        if doubted:
            parts.append(f"{doubted:,} with doubts")
        return "; ".join(parts) + "."

    def to_frame(self) -> pd.DataFrame:
        """Return every reaction, one a row."""
        return self.reactions

    def tables(self) -> Mapping[str, pd.DataFrame]:
        """Return reactions, efficiencies and melt peaks."""
        tables = {"results": self.reactions, "efficiencies": self.efficiencies}
        if self.melt is not None:
            tables["melt_peaks"] = self.melt.peaks
        return tables

    def plot(self) -> "Figure":
        """Draw the curves by target; Cq by well where the file has no curves."""
        from cahill.assays.amplification.amplification_page import curves_picture

        return curves_picture(self)

    def page(self) -> "Page":
        """Return the report's content."""
        from cahill.assays.amplification.amplification_page import analysis_page

        return analysis_page(self)


def analyse_curves(
    run: QpcrRun,
    *,
    method: CqMethod = "instrument",
    baseline: BaselineChoice = "instrument",
    thresholds: Mapping[str, float] | float | None = None,
    confidence: float = 0.95,
) -> CurveAnalysis:
    """Find the Cq of every reaction of a run, the efficiency of its targets, and its melt peaks.

    Parameters
    ----------
    run : QpcrRun
        As `cahill.io.qpcr_files.read_qpcr` returns it.
    method : {"instrument", "threshold", "second-derivative", "cy0"}
        Cq as the instrument printed it (by threshold where it printed none at all); the crossing of
        a threshold; the maximum of the second derivative of Richards' curve; its Cy0 (Guescini et
        al. 2008).
    baseline : {"instrument", "automatic"}
        The instrument's baseline where the file tells it, or our own everywhere.
    thresholds : mapping of str to float, or float, optional
        Signal above the baseline, by target or for all; else as
        `cahill.assays.amplification.amplification_threshold.choose_thresholds` says.
    confidence : float
        Of the intervals of efficiencies.

    Returns
    -------
    CurveAnalysis

    Raises
    ------
    InputError
        If a choice is unknown, or one of our methods is wanted of a file without curves.
    """
    _check(method, get_args(CqMethod), "method")
    _check(baseline, get_args(BaselineChoice), "baseline")
    curves = prepare_curves(run, baseline)
    if curves is None and method != "instrument":
        raise InputError(
            f"{run.name}: it has no curves, so no Cq by {method}; use the instrument's"
        )
    frame = _described(run)
    notes: tuple[str, ...] = ()
    doubts: list[list[str]] = [[] for _ in run.reactions]
    windows = {}
    if curves is not None:
        notes, windows = _analyse(run, curves, thresholds, frame, doubts)
    used = choose_cq(run, frame, method, doubts)
    frame["verdicts"] = ["; ".join(said) for said in doubts]
    options = {"method": method, "baseline": baseline, "confidence": confidence}
    if thresholds is not None:
        options["thresholds"] = str(thresholds)
    return CurveAnalysis(
        run=run,
        method=used,
        reactions=frame[list(REACTION_COLUMNS)],
        efficiencies=efficiency_frame(frame, windows, confidence),
        curves=curves,
        melt=melt_peaks(run),
        notes=(*run.notes, *notes, *run_notes(run, frame, method, used)),
        sources=tuple(format_reference(key) for key in SOURCES),
        provenance=collect_provenance({run.name: run.path} if run.path else {}, options),
    )


def _check(value: str, known: Sequence[str], name: str) -> None:
    if value not in known:
        raise InputError(f'{name} "{value}": choose {", ".join(known)}')


def _described(run: QpcrRun) -> pd.DataFrame:
    """Return what the file and the layout say of the reactions, the rest still empty."""
    rows = run.reactions
    frame = pd.DataFrame(
        {
            "run": [reaction.fields.get("run", run.name) for reaction in rows],
            "well": [reaction.well for reaction in rows],
            "target": [reaction.target for reaction in rows],
            "sample": [reaction.sample for reaction in rows],
            "role": [reaction.role for reaction in rows],
            "dye": [reaction.dye for reaction in rows],
            "group": [reaction.fields.get("group", "") for reaction in rows],
            "replicate": [reaction.fields.get("replicate", "") for reaction in rows],
            "quantity": [_or_nan(reaction.quantity) for reaction in rows],
            "dilution": [_factor(reaction) for reaction in rows],
            "instrument_cq": [_or_nan(reaction.cq) for reaction in rows],
            "amplified": False,
            "reason": "",
            "excluded": [reaction.excluded for reaction in rows],
            "where": [reaction.where for reaction in rows],
        }
    )
    for name in (*_NUMBERS, "cq", "cq_sd", "difference"):
        frame[name] = np.nan
    return frame


def _or_nan(value: float | None) -> float:
    return np.nan if value is None else float(value)


def _factor(reaction: Reaction) -> float:
    try:
        return float(reaction.fields.get("dilution", ""))
    except ValueError:
        return np.nan


def _analyse(
    run: QpcrRun,
    curves: Curves,
    given: Mapping[str, float] | float | None,
    frame: pd.DataFrame,
    doubts: list[list[str]],
) -> tuple[tuple[str, ...], dict]:
    """Fill in what the curves say; return remarks and the windows of linearity."""
    reactions = [run.reactions[row] for row in curves.rows]
    targets = frame["target"].to_numpy(object)[curves.rows]
    rising, reason = rising_curves(curves, targets)
    thresholds, remarks = choose_thresholds(reactions, curves, rising, given)
    cqs = find_cqs(curves, thresholds)
    below = rising & ~(cqs.plateau >= thresholds) & np.isfinite(thresholds)
    reason[below & ~np.isfinite(cqs.automatic)] = "stays below the threshold"
    amplified = reason == ""
    kept = amplified & (frame["excluded"].to_numpy(object)[curves.rows] == "")
    windows = windows_by_target(targets, curves, kept)
    factors = np.full(len(targets), np.nan)
    for name, window in windows.items():
        factors[kept & (targets == name)] = window.factors
    shown = np.where(amplified, 1.0, np.nan)
    sigmoids = cqs.sigmoids
    inside = (sigmoids.second_derivative > 0) & (sigmoids.cy0 < curves.cycles[-1])
    fitted = np.where(amplified & inside, 1.0, np.nan)
    columns = (
        cqs.threshold * shown,
        sigmoids.second_derivative * fitted,
        sigmoids.cy0 * fitted,
        cqs.plateau,
        curves.first,
        curves.last,
        thresholds,
        factors,
    )
    for name, values in zip(_NUMBERS, columns):
        frame.loc[curves.rows, name] = values
    frame.loc[curves.rows, "amplified"] = amplified
    frame.loc[curves.rows, "reason"] = reason
    errors = (cqs.threshold_sd, sigmoids.second_derivative_sd, sigmoids.cy0_sd)
    for name, values in zip(OURS.values(), errors):
        frame.loc[curves.rows, f"{name}_sd"] = values
    found = curve_verdicts(curves, cqs, amplified, targets)
    grown = np.flatnonzero(amplified)
    remarks += shared_doubts([found[k] for k in grown], targets[grown])
    for row, said in zip(curves.rows, found):
        doubts[row].extend(said)
    return remarks, windows


__all__ = [
    "EFFICIENCY_COLUMNS",
    "REACTION_COLUMNS",
    "CqMethod",
    "CurveAnalysis",
    "analyse_curves",
]
