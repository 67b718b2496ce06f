"""From subjects to groups: means with intervals, and the same subjects in two states."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from cahill.tracing.in_vivo_analysis import (
    APPEARANCE,
    CORRECTED,
    DISPOSAL,
    EXCHANGE,
    TRANSFER,
    Doubt,
    Estimate,
)
from cahill.tracing.in_vivo_tracers import reference_tracer

KEY = ["quantity", "analyte", "tracer", "unit"]
GROUP_COLUMNS = ["state", *KEY[:3], "subjects", "mean", "sd", "low", "high", "unit"]
PAIR_COLUMNS = [
    *("state", "versus", *KEY[:3]),
    *("subjects", "mean_difference", "sd", "low", "high", "unit"),
]
SHOWN_OCCASIONS = 6


def estimates_frame(estimates: Iterable[Estimate]) -> pd.DataFrame:
    """Return estimates as a tidy frame, one a row."""
    return pd.DataFrame(list(estimates), columns=list(Estimate._fields))


def group_frame(frame: pd.DataFrame) -> pd.DataFrame:
    """Average the plateau estimates of each state over its subjects.

    Parameters
    ----------
    frame : pandas.DataFrame
        As `estimates_frame` has it.

    Returns
    -------
    pandas.DataFrame
        state, quantity, analyte, tracer, subjects (number), mean, sd, low and high (95 % interval
        of the mean by Student's t; with one subject, the subject's own), unit. Where all subjects
        share one figure for the exchange in the TCA cycle, its error is common to them: it is
        added in quadrature to the interval of what is divided by it.
    """
    rows = []
    steady = frame[frame["time_min"].isna()]
    common = _common_error(steady)
    for (state, *key), part in steady.groupby(["state", *KEY], sort=False):
        quantity, analyte, tracer, unit = map(str, key)
        values = part["value"].to_numpy(float)
        shared = common.get((str(state), analyte, tracer))
        if len(values) == 1 or (quantity == EXCHANGE and shared is not None):
            ends = float(part["low"].mean()), float(part["high"].mean())
            summary = (float(values.mean()), math.nan, *ends)
        else:
            corrected = quantity in (CORRECTED, DISPOSAL)
            summary = _interval(values, shared if corrected and shared else 0.0)
        rows.append((state, quantity, analyte, tracer, len(values), *summary, unit))
    return pd.DataFrame(rows, columns=GROUP_COLUMNS)


def pair_frame(frame: pd.DataFrame) -> pd.DataFrame:
    """Compare the same subjects in every two states.

    Returns
    -------
    pandas.DataFrame
        state and versus (the earlier one of the tables), quantity, analyte, tracer, subjects,
        mean_difference, sd, low, high (95 % interval as in `group_frame`), unit; empty if no two
        subjects were seen in two states.
    """
    rows = []
    steady = frame[frame["time_min"].isna() & (frame["quantity"] != EXCHANGE)]
    common = _common_error(frame[frame["time_min"].isna()])
    states = list(dict.fromkeys(steady["state"]))
    for number, later in enumerate(states):
        for earlier in states[:number]:
            for key, part in steady.groupby(KEY, sort=False):
                quantity, analyte, tracer, unit = map(str, key)
                first, second = (
                    part[part["state"] == state].set_index("subject")["value"]
                    for state in (earlier, later)
                )
                change = (second - first).dropna().to_numpy(float)
                if len(change) < 2:
                    continue
                corrected = quantity in (CORRECTED, DISPOSAL)
                shared = common.get((str(later), analyte, tracer)) if corrected else None
                summary = _interval(change, shared or 0.0)
                what = (later, earlier, quantity, analyte, tracer)
                rows.append((*what, len(change), *summary, unit))
    return pd.DataFrame(rows, columns=PAIR_COLUMNS)


def _common_error(steady: pd.DataFrame) -> dict[tuple[str, str, str], float]:
    """Return the relative half-width of 1/(1 - exchange) where several subjects share it."""
    found = {}
    rows = steady[steady["quantity"] == EXCHANGE]
    for (state, path, tracer), part in rows.groupby(["state", "analyte", "tracer"], sort=False):
        values = part["value"].to_numpy(float)
        if len(values) > 1 and np.ptp(values) == 0:
            half = float((part["high"] - part["low"]).mean()) / 2
            found[str(state), str(path), str(tracer)] = half / (100.0 - float(values[0]))
    return found


def _interval(values: np.ndarray, common: float = 0.0) -> tuple[float, float, float, float]:
    """Return mean, standard deviation, and the 95 % interval of the mean.

    `common` is the relative half-width of an error that all values share.
    """
    mean, sd, count = float(values.mean()), float(values.std(ddof=1)), len(values)
    half = float(stdtrit(count - 1, 0.975)) * sd / math.sqrt(count)
    half = math.hypot(half, common * mean)
    return mean, sd, mean - half, mean + half


def headline_rows(groups: pd.DataFrame) -> pd.DataFrame:
    """Return the rows a reader looks for: Ra by the reference tracer, and the best transfers."""
    rates = groups[groups["quantity"] == APPEARANCE]
    chosen = {
        str(name): reference_tracer(dict.fromkeys(part["tracer"]), str(name))
        for name, part in rates.groupby("analyte", sort=False)
    }
    wanted = rates["tracer"] == rates["analyte"].map(chosen)
    done = groups[groups["quantity"] == CORRECTED]
    kept = groups[(groups["quantity"] == TRANSFER) & ~groups["analyte"].isin(done["analyte"])]
    return groups.loc[sorted([*rates.index[wanted], *kept.index, *done.index])]


def headline_words(row: Mapping[Any, Any]) -> str:
    """Return how a sentence calls a row of `headline_rows`."""
    if row["quantity"] == APPEARANCE:
        return f"Ra of {row['analyte']}"
    return f"{row['analyte']}{', corrected,' if row['quantity'] == CORRECTED else ''}"


def doubt_notes(doubts: Sequence[Doubt]) -> tuple[str, ...]:
    """Return each doubt once, with whom it concerns."""
    found: dict[str, list[str]] = {}
    for doubt in doubts:
        who = f"{doubt.occasion} {doubt.size}".strip()
        found.setdefault(doubt.sentence, []).append(who)
    notes = []
    for sentence, names in found.items():
        more = len(names) - SHOWN_OCCASIONS
        shown = ", ".join(names[:SHOWN_OCCASIONS]) + (f" and {more} more" if more > 0 else "")
        notes.append(f"{sentence[0].upper()}{sentence[1:]}: {shown}.")
    return tuple(notes)
