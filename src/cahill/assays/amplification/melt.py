"""Melt peaks of each reaction: how many products, and whether they are the expected one."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cahill.core.amplification import QpcrRun
from cahill.numerics.amplification_melt import MeltDerivatives, Peak, find_peaks, melt_derivatives

SAME = 1.0
"""Degrees Celsius within which two peaks are one product; assumed: twice what wells differ by."""
SECOND = 0.2
"""Prominence of a second peak over the first from which it is a product; assumed."""
PEAK_COLUMNS = (
    "well",
    "target",
    "sample",
    "role",
    "peak",
    "tm",
    "height",
    "area",
    "share",
    "expected_tm",
    "verdict",
)
"""One peak a row, the highest of a reaction first: peak (from 1), tm and expected_tm (degrees
Celsius), height (signal per degree), area (signal), share (of the areas of the reaction), verdict
(blank if it is the expected product alone)."""


@dataclass(frozen=True, eq=False)
class MeltPeaks:
    """Melt peaks of a run.

    Parameters
    ----------
    peaks : pandas.DataFrame
        As `PEAK_COLUMNS` describes; reactions without a peak have one row without numbers.
    derivatives : MeltDerivatives
        Rows are the reactions of the run.
    expected : dict of str to float
        Melting temperature by target: the median of the highest peaks of its samples and standards.
    """

    peaks: pd.DataFrame
    derivatives: MeltDerivatives
    expected: dict[str, float]


def melt_peaks(run: QpcrRun) -> MeltPeaks | None:
    """Find the melt peaks of every reaction of a run.

    Returns
    -------
    MeltPeaks or None
        None if nothing was melted.
    """
    if run.melt is None or not np.isfinite(run.melt.fluorescence).any():
        return None
    derivatives = melt_derivatives(run.melt.temperature, run.melt.fluorescence)
    found = [
        find_peaks(derivatives.temperature, slope, noise) if np.isfinite(noise) else ()
        for slope, noise in zip(derivatives.slope, derivatives.noise)
    ]
    expected = _expected(run, found)
    rows: list[dict[str, Any]] = []
    for reaction, peaks, noise in zip(run.reactions, found, derivatives.noise):
        if not np.isfinite(noise):
            continue
        wanted = expected.get(reaction.target, np.nan)
        base = {
            "well": reaction.well,
            "target": reaction.target,
            "sample": reaction.sample,
            "role": reaction.role,
            "expected_tm": wanted,
        }
        template = reaction.role not in ("ntc", "nac", "nrt")
        if not peaks:
            rows.append(base | {"verdict": "no product" if template else ""})
        total = sum(peak.area for peak in peaks)
        for k, peak in enumerate(peaks):
            rows.append(
                base
                | {
                    "peak": k + 1,
                    "tm": peak.temperature,
                    "height": peak.height,
                    "area": peak.area,
                    "share": peak.area / total if total > 0 else np.nan,
                    "verdict": _verdict(peaks, k, wanted, template),
                }
            )
    return MeltPeaks(pd.DataFrame(rows, columns=list(PEAK_COLUMNS)), derivatives, expected)


def _expected(run: QpcrRun, found: list[tuple[Peak, ...]]) -> dict[str, float]:
    by_target: dict[str, list[float]] = {}
    for reaction, peaks in zip(run.reactions, found):
        if peaks and reaction.role in ("sample", "standard", "calibrator", "positive"):
            by_target.setdefault(reaction.target, []).append(peaks[0].temperature)
    return {target: float(np.median(values)) for target, values in by_target.items()}


def _verdict(peaks: tuple[Peak, ...], k: int, expected: float, template: bool) -> str:
    """Say what a peak is, if it is not the expected product alone."""
    peak = peaks[k]
    apart = peak.temperature - expected
    if not template:
        if abs(apart) <= SAME:
            return "the product itself: contamination"
        return "a by-product (primer dimer)" if apart < 0 else "another product"
    if k:
        large = peak.prominence >= SECOND * peaks[0].prominence
        return "a second product" if large else ""
    return f"another product: {apart:+.1f} degrees" if abs(apart) > SAME else ""
