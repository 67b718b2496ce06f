"""Pictures and report of analysed amplification curves."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from cahill.errors import InputError
from cahill.results.amplification_curves import amplification_curves
from cahill.results.melt_peaks import melt_peaks
from cahill.results.page import Page, Picture, Section, Table
from cahill.results.theme import ThemeName

if TYPE_CHECKING:
    from cahill.assays.amplification.analysis import CurveAnalysis

TARGETS = 8
"""Targets that one picture shows; the tables hold all."""
KINDS = {
    "sample": "sample",
    "calibrator": "sample",
    "positive": "sample",
    "standard": "standard",
    "ntc": "control",
    "nac": "control",
    "nrt": "control",
    "other": "other",
}
SIGNALS = {"raw": "fluorescence above baseline", "Rn": "ΔRn", "dRn": "ΔRn or baselined RFU"}
HEADINGS = {
    "instrument_cq": "instrument's Cq",
    "cq_second_derivative": "second derivative",
    "cy0": "Cy0",
    "cq": "Cq",
    "cq_sd": "± (SE)",
    "cq_threshold": "by threshold",
}
SHOWN = (
    "well",
    "target",
    "sample",
    "role",
    "cq",
    "cq_sd",
    "instrument_cq",
    "cq_threshold",
    "cq_second_derivative",
    "cy0",
    "plateau",
    "baseline_first",
    "baseline_last",
    "reason",
    "verdicts",
)


def curves_picture(result: "CurveAnalysis", theme: ThemeName = "light") -> Figure:
    """Draw the curves of a run by target.

    Raises
    ------
    InputError
        If the file has no curves.
    """
    curves, frame = result.curves, result.reactions
    if curves is None:
        raise InputError(f"{result.run.name}: it has no amplification curves to draw")
    own = frame.iloc[curves.rows].reset_index(drop=True)
    targets = _shown_targets(own)
    kept = own["target"].isin(targets).to_numpy()
    rows, number = np.flatnonzero(kept), len(curves.cycles)
    tidy = pd.DataFrame(
        {
            "panel": np.repeat(own["target"].to_numpy(object)[rows], number),
            "curve": np.repeat(rows, number),
            "cycle": np.tile(curves.cycles, len(rows)),
            "signal": curves.smoothed[rows].ravel(),
            "kind": np.repeat([_kind(role, out) for role, out in _roles(own, rows)], number),
        }
    )
    order = {target: k for k, target in enumerate(targets)}
    tidy = tidy.sort_values("panel", key=lambda names: names.map(order), kind="stable")
    doubted = (own["verdicts"] != "") & own["role"].ne("other")
    marks = pd.DataFrame(
        {
            "panel": own["target"],
            "curve": np.arange(len(own)),
            "cq": own["cq_threshold"],
            "threshold": own["threshold"],
            "first": own["baseline_first"],
            "last": own["baseline_last"],
            "label": own["well"].where(doubted, ""),
        }
    ).iloc[rows]
    return amplification_curves(
        tidy,
        marks,
        title=f"Amplification curves of {result.run.name}",
        subtitle=_subtitle(own, targets),
        signal=SIGNALS[result.run.curves],
        theme=theme,
    )


def melt_picture(result: "CurveAnalysis", theme: ThemeName = "light") -> Figure | None:
    """Draw the melt peaks of a run by target; None if nothing was melted."""
    if result.melt is None:
        return None
    derivatives, run = result.melt.derivatives, result.run
    own = result.reactions
    read = np.asarray(np.isfinite(derivatives.slope).any(axis=1))
    targets = _shown_targets(own.loc[read])
    rows = np.flatnonzero(read & own["target"].isin(targets).to_numpy())
    number = len(derivatives.temperature)
    tidy = pd.DataFrame(
        {
            "panel": np.repeat(own["target"].to_numpy(object)[rows], number),
            "curve": np.repeat(rows, number),
            "temperature": np.tile(derivatives.temperature, len(rows)),
            "slope": derivatives.slope[rows].ravel(),
            "kind": np.repeat([_kind(role, out) for role, out in _roles(own, rows)], number),
        }
    )
    place = {(r.well, r.target): k for k, r in enumerate(run.reactions)}
    peaks = result.melt.peaks[result.melt.peaks["target"].isin(targets)]
    marks = pd.DataFrame(
        {
            "panel": peaks["target"],
            "curve": [place[key] for key in zip(peaks["well"], peaks["target"])],
            "tm": peaks["tm"],
            "height": peaks["height"],
            "label": peaks["well"].where(peaks["verdict"] != "", ""),
        }
    )
    return melt_peaks(
        tidy,
        marks,
        expected=result.melt.expected,
        title=f"Melt peaks of {run.name}",
        subtitle="dashed: median of the highest peaks of samples and standards",
        theme=theme,
    )


def analysis_page(result: "CurveAnalysis") -> Page:
    """Return the report of an analysis."""
    sections = []
    if result.curves is not None:
        picture = Picture(curves_picture(result), caption=result.summary(), name="curves")
        sections.append(Section("Curves", pictures=(picture,), notes=result.notes))
    else:
        sections.append(Section("Notes", notes=result.notes))
    melt = melt_picture(result)
    if melt is not None and result.melt is not None:
        caption = "Peaks of the negative derivative; one row a peak below."
        sections.append(
            Section(
                "Melting",
                pictures=(Picture(melt, caption=caption, name="melt"),),
                tables=(Table(result.melt.peaks, sortable=True),),
            )
        )
    if len(result.efficiencies):
        sections.append(
            Section("Efficiencies", tables=(Table(result.efficiencies, sortable=True),))
        )
    shown = result.reactions[list(SHOWN)]
    sections.append(Section("Reactions", tables=(Table(shown, "", HEADINGS, sortable=True),)))
    return Page(
        title=result.title,
        lead=result.summary(),
        sections=tuple(sections),
        sources=result.sources,
        provenance=result.provenance,
    )


def _shown_targets(frame: pd.DataFrame) -> list[str]:
    """Return the targets to draw; those in unused wells only if there are no others."""
    useful = frame[frame["role"] != "other"]["target"]
    chosen = useful if len(useful) else frame["target"]
    return list(dict.fromkeys(chosen))[:TARGETS]


def _subtitle(frame: pd.DataFrame, targets: list[str]) -> str:
    known = frame["target"].nunique()
    part = f"{len(targets)} of {known} targets; " if known > len(targets) else ""
    return f"{part}ticks: crossings of the threshold"


def _roles(frame: pd.DataFrame, rows: np.ndarray) -> list[tuple[str, str]]:
    return list(zip(frame["role"].iloc[rows], frame["excluded"].iloc[rows]))


def _kind(role: str, excluded: str) -> str:
    return "excluded" if excluded else KINDS[role]
