"""Rates of the wells of an activity plate: from the reads to signal and nmol per minute."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from cahill.core.plate import Reading
from cahill.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

Method = Literal["initial", "mean"]
LEAST_READS = 4
DEVELOPED = 0.5  # part of the run after which a standard is taken as developed
FITTED_ROLES = ("sample", "blank", "sample_blank", "positive", "negative")


@dataclass(frozen=True, eq=False)
class Traces:
    """Reads of the wells in time, as arrays.

    Attributes
    ----------
    times, values : numpy.ndarray
        Shape (wells, reads); s, and the unit of the reading or nmol.
    usable : numpy.ndarray
        Shape (wells, reads), bool: reads that may be used.
    over : numpy.ndarray
        Shape (wells,): reads beyond the reader or the limit.
    """

    times: np.ndarray
    values: np.ndarray
    usable: np.ndarray
    over: np.ndarray


def traces_of(wells: "pd.DataFrame", reading: Reading, usable: np.ndarray) -> Traces:
    """Return the reads of the wells of a table; wells that were not read are all NaN.

    Parameters
    ----------
    wells : pandas.DataFrame
        As `plate_wells.well_table` makes it.
    reading : Reading
    usable : numpy.ndarray
        Shape (reads, wells of the reading).
    """
    place = {well: k for k, well in enumerate(reading.wells)}
    shape = (len(wells), len(reading.values))
    times, values = np.full(shape, np.nan), np.full(shape, np.nan)
    good, over = np.zeros(shape, bool), np.zeros(len(wells), int)
    for k, well in enumerate(wells["well"]):
        if well in place:
            j = place[well]
            times[k], values[k] = reading.times[:, j], reading.values[:, j]
            good[k] = usable[:, j]
            over[k] = int((~usable[:, j] & (reading.over[:, j] | np.isfinite(values[k]))).sum())
    return Traces(times, values, good, over)


def add_rates(
    wells: "pd.DataFrame",
    traces: Traces,
    *,
    direction: int,
    method: Method,
    roles: tuple[str, ...] = FITTED_ROLES,
    confidence: float = 0.95,
) -> tuple["pd.DataFrame", np.ndarray, np.ndarray]:
    """Fit the rate of every well of the roles given.

    Parameters
    ----------
    wells : pandas.DataFrame
    traces : Traces
    direction : {1, -1}
        Whether the signal rises or falls with the product.
    method : {"initial", "mean"}
        initial: at the start, lag and depletion modelled.
        mean: regression over all reads, as instruments print it.
    roles : tuple of str
    confidence : float

    Returns
    -------
    wells : pandas.DataFrame
        With rate, rate_sd (per min), rate_df, shape, lag (s), reads, reads_used, over and, where
        no rate can be had, excluded.
    used, fitted : numpy.ndarray
        Shape (wells, reads): reads the rate rests on, and the fit in the unit of the traces.
    """
    wells = wells.copy()
    count = traces.usable.sum(axis=1)
    fit_it = wells["role"].isin(roles).to_numpy() & (wells["excluded"] == "").to_numpy()
    few = fit_it & (count < LEAST_READS)
    for k in np.flatnonzero(few).tolist():
        beyond = f", {traces.over[k]} beyond the reader" if traces.over[k] else ""
        wells.loc[wells.index[k], "excluded"] = (
            f"{count[k]} usable reads{beyond}; {LEAST_READS} are needed"
        )
    chosen = np.flatnonzero(fit_it & ~few)
    used = np.zeros(traces.usable.shape, bool)
    fitted = np.full(traces.usable.shape, np.nan)
    columns = {name: np.full(len(wells), np.nan) for name in ("rate", "rate_sd", "rate_df", "lag")}
    shape = np.full(len(wells), "", dtype=object)
    remarks = np.full(len(wells), "", dtype=object)
    if chosen.size:
        found = _rates(traces, chosen, direction, method, confidence)
        columns["rate"][chosen], columns["rate_sd"][chosen] = 60 * found.rate, 60 * found.sd
        columns["lag"][chosen] = found.lag
        used[chosen], fitted[chosen] = found.used, found.fitted
        shape[chosen], remarks[chosen] = found.shape, found.notes
        columns["rate_df"][chosen] = np.maximum(found.used.sum(axis=1) - 2, 1)
    wells = wells.assign(
        **columns,
        shape=shape,
        reads=np.isfinite(traces.values).sum(axis=1),
        reads_used=used.sum(axis=1),
        over=traces.over,
        remark=remarks,
    )
    lost = np.isnan(columns["rate"]) & fit_it & ~few
    wells.loc[lost, "excluded"] = "no rate could be fitted"
    return wells, used, fitted


@dataclass(frozen=True, eq=False)
class _Found:
    """Rates of the chosen wells, arrays over them."""

    rate: np.ndarray
    sd: np.ndarray
    lag: np.ndarray
    used: np.ndarray
    fitted: np.ndarray
    shape: tuple[str, ...]
    notes: tuple[str, ...]


def _rates(
    traces: Traces, chosen: np.ndarray, direction: int, method: Method, confidence: float
) -> _Found:
    times, values = traces.times[chosen], traces.values[chosen]
    mask = traces.usable[chosen]
    if method == "mean":
        return _mean_slopes(times, values, mask, direction)
    from cahill.assays.activity.progress_curve import initial_rates

    # Reads that were not taken have no time; any time will do where the mask is false.
    times = np.where(np.isfinite(times), times, np.nanmax(times, axis=1, keepdims=True))
    fits = initial_rates(
        times,
        np.where(mask, values, 0.0),
        direction=direction,  # pyright: ignore[reportArgumentType]
        mask=mask,
        confidence=confidence,
    )
    parts = (fits.rate, fits.sd, fits.lag, fits.used, fits.fitted, fits.shape, fits.notes)
    return _Found(*parts)  # pyright: ignore[reportArgumentType]


def _mean_slopes(times: np.ndarray, values: np.ndarray, mask: np.ndarray, direction: int) -> _Found:
    """Return least-squares slopes over all usable reads."""
    count = mask.sum(axis=1, keepdims=True)
    t, y = np.where(mask, times, 0.0), np.where(mask, values, 0.0)
    t_mean, y_mean = t.sum(1, keepdims=True) / count, y.sum(1, keepdims=True) / count
    dt, dy = np.where(mask, times - t_mean, 0.0), np.where(mask, values - y_mean, 0.0)
    squares = (dt**2).sum(axis=1, keepdims=True)
    slope = (dt * dy).sum(axis=1, keepdims=True) / squares
    fitted = y_mean + slope * (times - t_mean)
    rest = np.where(mask, values - fitted, 0.0)
    sd = np.sqrt((rest**2).sum(axis=1, keepdims=True) / np.maximum(count - 2, 1) / squares)
    wells = len(values)
    return _Found(
        direction * slope[:, 0],
        sd[:, 0],
        np.zeros(wells),
        mask,
        fitted,
        ("straight",) * wells,
        ("",) * wells,
    )


def nadh_rates(wells: "pd.DataFrame", epsilon: float) -> "pd.DataFrame":
    """Add the product of NADH-coupled wells in nmol/min (well_rate, well_rate_sd).

    dA/min over (epsilon times pathlength) is mol/L/min; times the volume of the well, nmol/min.

    Parameters
    ----------
    wells : pandas.DataFrame
        With rate (AU/min), pathlength (cm) and total_volume (uL).
    epsilon : float
        L/mol/cm.
    """
    factor = 1e3 * wells["total_volume"] / (epsilon * wells["path"])
    return wells.assign(
        well_rate=wells["rate"] * factor,
        well_rate_sd=wells["rate_sd"] * factor,
        rate_unit="nmol/min",
    )


def developed_signal(traces: Traces) -> tuple[np.ndarray, np.ndarray]:
    """Return the signal of wells that no longer change, and by how much they still do.

    Returns
    -------
    level : numpy.ndarray
        Mean of the usable reads of the second half of the run, shape (wells,).
    drift : numpy.ndarray
        Last third of those reads less the first third.
    """
    last = np.nanmax(traces.times) if np.isfinite(traces.times).any() else 0.0
    late = traces.usable & (np.nan_to_num(traces.times, nan=-1.0) >= DEVELOPED * last)
    wells = len(traces.values)
    level, drift = np.full(wells, np.nan), np.zeros(wells)
    for k in range(wells):
        values = traces.values[k, late[k]]
        if values.size:
            level[k] = values.mean()
            third = values.size // 3
            if third:
                drift[k] = values[-third:].mean() - values[:third].mean()
    return level, drift


def require(wells: "pd.DataFrame", columns: dict[str, str], roles: tuple[str, ...], name: str):
    """Refuse wells of some roles that lack a number, a line a fault.

    Parameters
    ----------
    wells : pandas.DataFrame
    columns : dict of str to str
        Column, and what to give where it is missing.
    roles : tuple of str
    name : str
        File, for messages.

    Raises
    ------
    InputError
    """
    concerned = wells[wells["role"].isin(roles) & (wells["excluded"] == "")]
    faults = []
    for column, cure in columns.items():
        lacking = concerned.loc[concerned[column].isna(), "well"].tolist()
        if lacking:
            shown = ", ".join(lacking[:6]) + (
                f" and {len(lacking) - 6} more" if lacking[6:] else ""
            )
            faults.append(f"{name}: {column} of well{'s' * bool(lacking[1:])} {shown} {cure}")
    if faults:
        raise InputError("\n".join(faults))
