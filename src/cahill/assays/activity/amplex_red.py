"""Colorimetric and fluorometric ALT: pyruvate read off the standards, then nmol per minute."""

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from cahill.assays.activity.pyruvate_standards import Standards
from cahill.assays.activity.standard_curve import StandardCurve
from cahill.assays.activity.standard_read_off import ReadOff, read_off
from cahill.assays.activity.standard_shapes import slopes
from cahill.assays.activity.well_rates import FITTED_ROLES, Traces

if TYPE_CHECKING:
    import pandas as pd

LEAST_WITHIN = 5  # reads within the standards that suffice to leave out those beyond


def amounts_in_time(traces: Traces, curve: StandardCurve) -> tuple[Traces, np.ndarray]:
    """Turn signals into amounts, and leave out reads beyond the standards where enough remain.

    Returns
    -------
    traces : Traces
        In the unit of the standards.
    beyond : numpy.ndarray
        Shape (wells, reads), bool: reads above the highest standard.
    """
    amounts = curve.amount(traces.values.ravel()).reshape(traces.values.shape)
    usable = traces.usable & np.isfinite(amounts)
    beyond = traces.usable & ~(np.nan_to_num(amounts, nan=np.inf) <= curve.highest)
    within = usable & ~beyond
    enough = within.sum(axis=1, keepdims=True) >= LEAST_WITHIN
    return replace(traces, values=amounts, usable=np.where(enough, within, usable)), beyond


def curve_error(curve: StandardCurve, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Return the relative standard deviation that the curve gives a difference of two amounts.

    Parameters
    ----------
    curve : StandardCurve
    low, high : numpy.ndarray
        Amounts at the start and end of what was used, shape (wells,).

    Notes
    -----
    Delta method with the covariance of the parameters: an error of the curve is shared by all wells
    of a plate and does not average out over replicates.
    """
    step = 1e-4 * curve.highest

    def gradient(x: np.ndarray) -> np.ndarray:
        rise = (curve.signal(x + step) - curve.signal(x - step)) / (2 * step)
        return -slopes(curve.shape, curve.parameters, x) / rise[:, None]

    difference = gradient(high) - gradient(low)
    variance = np.einsum("ij,jk,ik->i", difference, curve.covariance, difference)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.sqrt(np.maximum(variance, 0)) / np.abs(high - low)


def kinetic_amounts(
    wells: "pd.DataFrame", amounts: np.ndarray, used: np.ndarray, standards: Standards
) -> "pd.DataFrame":
    """Add rates in amount per minute, the curve's share of their error, and verdicts.

    Parameters
    ----------
    wells : pandas.DataFrame
        With rate and rate_sd of the traces in amounts.
    amounts : numpy.ndarray
        Shape (wells, reads).
    used : numpy.ndarray
        Shape (wells, reads), bool.
    standards : Standards
    """
    curve = standards.curve
    shown = np.where(used, amounts, np.nan)
    some = used.any(axis=1)
    low, high = np.full(len(wells), np.nan), np.full(len(wells), np.nan)
    low[some], high[some] = np.nanmin(shown[some], axis=1), np.nanmax(shown[some], axis=1)
    share = np.full(len(wells), np.nan)
    share[some] = curve_error(curve, low[some], high[some])
    over = some & (high > curve.highest)
    under = some & (curve.lowest > 0) & (low < curve.lowest)
    return wells.assign(
        well_rate=wells["rate"],
        well_rate_sd=wells["rate_sd"],
        rate_unit=f"{standards.unit}/min",
        curve_cv=np.nan_to_num(share),
        verdict=np.where(over | under, "extrapolated", ""),
        signal_from=curve.signal(np.nan_to_num(low)),
        signal_to=curve.signal(np.nan_to_num(high)),
        read_off=high,
    )


def endpoint_amounts(
    wells: "pd.DataFrame", traces: Traces, standards: Standards, minutes: float
) -> "pd.DataFrame":
    """Add rates from one read, or from the first and last of a few.

    Parameters
    ----------
    wells : pandas.DataFrame
    traces : Traces
        In signals.
    standards : Standards
    minutes : float
        Duration of the reaction before a single read; of several the times serve.
    """
    columns = ("rate", "rate_sd", "read_off", "read_off_low", "read_off_high", "signal_to")
    numbers = {name: np.full(len(wells), np.nan) for name in columns}
    verdicts = np.full(len(wells), "", dtype=object)
    excluded = wells["excluded"].to_numpy(dtype=object).copy()
    reads = traces.usable.sum(axis=1)
    for k in np.flatnonzero(wells["role"].isin(FITTED_ROLES) & (excluded == "")).tolist():
        good = np.flatnonzero(traces.usable[k])
        if not good.size or (traces.values.shape[1] > 1 and good.size < 2):
            excluded[k] = "beyond the reader" if traces.over[k] else "too few usable reads"
            continue
        ends = [read_off(standards.curve, traces.values[k, j]) for j in {good[-1], good[0]}]
        ends.sort(key=lambda end: end.value)
        _enter(numbers, k, ends, good, traces, minutes)
        verdicts[k] = next((end.verdict for end in ends if end.verdict), "")
        numbers["signal_to"][k] = traces.values[k, good[-1]]
        if verdicts[k] == "off the curve":
            excluded[k] = "its signal is off the standard curve; dilute the sample"
    return wells.assign(
        **numbers,
        excluded=excluded,
        verdict=verdicts,
        well_rate=numbers["rate"],
        well_rate_sd=numbers["rate_sd"],
        rate_unit=f"{standards.unit}/min",
        rate_df=float(standards.curve.df),
        curve_cv=0.0,
        reads=reads,
        reads_used=reads,
        over=traces.over,
        shape="endpoint",
        lag=np.nan,
        remark="",
        signal_from=np.nan,
    )


def _enter(
    numbers: dict[str, np.ndarray],
    k: int,
    ends: list[ReadOff],
    good: np.ndarray,
    traces: Traces,
    minutes: float,
) -> None:
    """Write the rate of one well, from one amount over the duration or two over their times."""
    last = ends[-1]
    numbers["read_off"][k] = last.value
    numbers["read_off_low"][k], numbers["read_off_high"][k] = last.low, last.high
    if len(ends) == 1:
        numbers["rate"][k], numbers["rate_sd"][k] = last.value / minutes, last.sd / minutes
        return
    gap = (traces.times[k, good[-1]] - traces.times[k, good[0]]) / 60
    rise = traces.values[k, good[-1]] - traces.values[k, good[0]]
    sign = np.sign(rise) or 1.0
    numbers["rate"][k] = sign * (last.value - ends[0].value) / gap
    numbers["rate_sd"][k] = np.hypot(last.sd, ends[0].sd) / gap


def rate_read_off(wells: "pd.DataFrame", standards: Standards, confidence: float) -> "pd.DataFrame":
    """Read each well's rate off standards that are themselves rates (a series of the enzyme).

    The answer (well_rate) is then an amount in the unit of the standards, not a rate.
    """
    columns = ("well_rate", "well_rate_sd", "read_off_low", "read_off_high")
    numbers = {name: np.full(len(wells), np.nan) for name in columns}
    verdicts = np.full(len(wells), "", dtype=object)
    for k in np.flatnonzero(np.isfinite(wells["rate"]) & (wells["excluded"] == "")):
        if wells["role"].iloc[k] == "standard":
            continue
        answer = read_off(standards.curve, float(wells["rate"].iloc[k]), confidence=confidence)
        numbers["well_rate"][k], numbers["well_rate_sd"][k] = answer.value, answer.sd
        numbers["read_off_low"][k], numbers["read_off_high"][k] = answer.low, answer.high
        verdicts[k] = answer.verdict
    return wells.assign(
        **numbers,
        read_off=numbers["well_rate"],
        verdict=verdicts,
        rate_unit=standards.unit,
        rate_df=float(standards.curve.df),
        curve_cv=0.0,
        signal_to=wells["rate"],
        signal_from=np.nan,
    )
