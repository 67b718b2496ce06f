"""The standards of a plate: their curve, how they come back, and doubts about them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cahill.assays.activity.standard_curve import StandardCurve, fit_standard_curve
from cahill.assays.activity.standard_read_off import RECOVERY, detection_limits, recovery
from cahill.assays.activity.well_rates import LEAST_READS, Traces, developed_signal
from cahill.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

BENDING = 0.05  # share by which the top standard may fall short of a straight line
BRIGHT_AU = 2.0
"""Assumed: absorbance of resorufin above which linearity should be checked; one part in a hundred
of the light is left, and a stray light of 0.1 % costs 0.04 AU."""
DRIFT = 0.05  # change of a standard in its second half that is worth a word, of the curve's reach


@dataclass(frozen=True, eq=False)
class Standards:
    """A standard curve, the wells behind it and what was remarked.

    Attributes
    ----------
    curve : StandardCurve
    unit : str
        Of the amounts.
    table : pandas.DataFrame
        One standard well a row: well, amount, signal, fitted, back_calculated, recovery (%),
        within (80 to 120 %, for those above the limit of quantification).
    lod, loq : float
    signal_kind : {"absorbance", "fluorescence", "luminescence", "rate"}
    notes : tuple of str
    """

    curve: StandardCurve
    unit: str
    table: "pd.DataFrame"
    lod: float
    loq: float
    signal_kind: str
    notes: tuple[str, ...]


def fit_standards(
    wells: "pd.DataFrame",
    signals: np.ndarray,
    *,
    shape: str,
    weights: str,
    name: str,
    signal_kind: str,
) -> Standards:
    """Fit the curve of a plate.

    Parameters
    ----------
    wells : pandas.DataFrame
    signals : numpy.ndarray
        Shape (wells,): level (or rate) of every well.
    shape, weights : str
        As `fit_standard_curve` takes them.
    name : str
        File, for messages.
    signal_kind : {"absorbance", "fluorescence", "luminescence", "rate"}

    Raises
    ------
    InputError
        If the plate has no standards, or too few.
    """
    own = (wells["role"] == "standard") & (wells["excluded"] == "") & np.isfinite(signals)
    if not own.any():
        raise InputError(
            f"{name}: no standards; give wells the role standard and their amount in the layout"
        )
    table = wells.loc[own, ["well", "standard", "standard_unit"]]
    unit = str(table["standard_unit"].iloc[0])
    amounts, values = table["standard"].to_numpy(float), signals[own.to_numpy()]
    curve = fit_standard_curve(
        amounts, values, shape=shape, weights=weights, where=f"{name}, standard curve"
    )
    lod, loq = detection_limits(curve)
    found, share = recovery(curve)
    # Below the limit of quantification a recovery says nothing.
    judged = np.isfinite(share) & ~(amounts < loq)
    within = [bool(RECOVERY[0] <= s <= RECOVERY[1]) if j else None for s, j in zip(share, judged)]
    import pandas as pd

    frame = pd.DataFrame(
        {
            "well": table["well"].to_numpy(),
            "amount": amounts,
            "unit": unit,
            "signal": values,
            "fitted": curve.signal(amounts),
            "back_calculated": found,
            "recovery_percent": 100 * share,
            "within_80_120": pd.array(within, dtype="boolean"),
        }
    )
    return Standards(curve, unit, frame, lod, loq, signal_kind, _remarks(curve, signal_kind))


def _remarks(curve: StandardCurve, signal_kind: str) -> tuple[str, ...]:
    """Return doubts about a curve: no zero standard, bending down, turning back, too dark."""
    notes = []
    if curve.lowest > 0:
        notes.append(
            "There is no zero standard; the curve's own start stands for the background, which is "
            "an extrapolation."
        )
    levels = np.unique(curve.amounts)
    means = np.array([curve.signals[curve.amounts == level].mean() for level in levels])
    steps = np.diff(means) * np.sign(means[-1] - means[0] or 1.0)
    counts = np.array([(curve.amounts == level).sum() for level in levels])
    scatter = curve.signals - means[np.searchsorted(levels, curve.amounts)]
    spare = curve.amounts.size - levels.size
    # Replicates tell the noise whether or not the curve fits; without any, the fit must.
    noise = np.sqrt((scatter**2).sum() / spare) if spare else float(curve.noise(levels).max())
    margin = 2 * noise * np.sqrt(1 / counts[1:] + 1 / counts[:-1])
    if (steps < -margin).any():
        at = levels[1:][steps < -margin][0]
        notes.append(
            f"The standards turn back at {at:g}: more of it gives less signal there (inner filter, "
            "or something is used up); do not read above it."
        )
    elif signal_kind == "fluorescence" and curve.shape != "linear":
        bend = _shortfall(curve)
        if bend > BENDING:
            notes.append(
                f"The top standard is {100 * bend:.0f} % below the line of the low ones, as an "
                "inner-filter effect makes it; the curve follows it, but dilution is better."
            )
    if signal_kind == "absorbance" and curve.signals.max() > BRIGHT_AU:
        notes.append(
            f"Standards reach {curve.signals.max():.2f} AU; above {BRIGHT_AU:g} AU stray light "
            "bends a curve down."
        )
    return tuple(notes)


def _shortfall(curve: StandardCurve) -> float:
    """Return by what share the top of the curve is below the line through its first fifth."""
    top = curve.highest
    start, fifth, end = curve.signal(np.array([0.0, 0.2 * top, top]))
    return float(1 - (end - start) / (5 * (fifth - start)))


def standard_levels(wells: "pd.DataFrame", traces: Traces) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return the level of every well, and a word on standards that still develop."""
    level, drift = developed_signal(traces)
    own = (wells["role"] == "standard").to_numpy() & np.isfinite(level)
    if traces.values.shape[1] < LEAST_READS or not own.any():
        return level, ()
    reach = float(np.ptp(level[own]))
    moving = own & (np.abs(drift) > DRIFT * reach)
    if not moving.any():
        return level, ()
    names = ", ".join(wells["well"].to_numpy()[moving])
    return level, (f"Standards still change in the second half of the run ({names}).",)
