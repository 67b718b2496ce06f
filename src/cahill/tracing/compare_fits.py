"""Which fluxes differ between two fits, with intervals of the differences.

The interval of a difference comes from the two intervals themselves, so that it may be lopsided as
they are: the method of variance estimates recovery (MOVER; Zou & Donner 2008). For a flux
with estimate x and interval (l, u) in each of two independent fits,

    low  = x2 - x1 - sqrt((x2 - l2)^2 + (u1 - x1)^2)
    high = x2 - x1 + sqrt((u2 - x2)^2 + (x1 - l1)^2).

Ratios are treated so on the logarithmic scale. Many fluxes are compared at once, so p values from
the half of the interval that faces zero are adjusted for the false discovery rate (Benjamini &
Hochberg 1995).
"""

import math

import numpy as np
import pandas as pd
from scipy.stats import false_discovery_control, norm

from cahill.errors import InputError
from cahill.io.references import format_reference
from cahill.results.provenance import Provenance
from cahill.tracing.fit_comparison import FitComparison
from cahill.tracing.fit_files import SavedFit
from cahill.tracing.intervals import FIXED, HIGH_LIMIT, LOW_LIMIT

DISCOVERY = 0.05
"""Share of false discoveries among the fluxes said to differ that is accepted."""
_SOURCES = "ZouDonner2008", "BenjaminiHochberg1995"
_PAIR = ("value", "low", "high")


def compare_fits(
    first: SavedFit,
    second: SavedFit,
    *,
    names: tuple[str, str] | None = None,
    provenance: Provenance | None = None,
) -> FitComparison:
    """Compare the fluxes of two independent fits.

    Parameters
    ----------
    first, second : SavedFit
        From `fit_files.load_fit` or `fit_files.saved_fit`.
    names : tuple of str, optional
        How to call them; the names of the studies by default.
    provenance : Provenance, optional

    Returns
    -------
    FitComparison
        A flux without limits in one of the fits is named with the reason, not compared.

    Raises
    ------
    InputError
        If units or levels of the intervals disagree, or the fits have no flux in common.
    """
    if first.flux_unit != second.flux_unit:
        raise InputError(
            f'compare: fluxes in "{first.flux_unit}" and "{second.flux_unit}"; fit both studies '
            "in one unit"
        )
    if first.level != second.level:
        raise InputError(
            f"compare: intervals at {first.level:g} and {second.level:g}; make both at one level"
        )
    keys = ["flux", "kind"]
    both = first.fluxes.merge(
        second.fluxes, on=keys, how="outer", suffixes=("_1", "_2"), sort=False, indicator=True
    )
    if not (both["_merge"] == "both").any():
        raise InputError("compare: the two fits have no flux in common; are they of one network?")
    rows = [_compared(row, first.level) for row in both.to_dict("records")]
    frame = pd.DataFrame(rows)
    frame = _in_order(_adjusted(frame), first, second)
    called = names or _names(first, second)
    notes = [
        "Fits are taken as independent; intervals of differences by MOVER (Zou & Donner 2008), q "
        "by Benjamini & Hochberg.",
        *(
            f"The fit of {name} is {one.verdict}; intervals rest on errors that are right."
            for name, one in zip(called, (first, second))
            if not one.verdict.startswith("accepted")
        ),
    ]
    if first.method != second.method:
        notes.append(f"Intervals by {first.method} and by {second.method} are compared.")
    return FitComparison(
        first=first,
        second=second,
        names=called,
        frame=frame,
        notes=tuple(notes),
        sources=tuple(format_reference(key) for key in _SOURCES),
        provenance=provenance,
    )


def mover(
    value_1: float, ends_1: tuple[float, float], value_2: float, ends_2: tuple[float, float]
) -> tuple[float, float]:
    """Return the interval of the second value minus the first (Zou & Donner 2008).

    An infinite end leaves the side it bears on open; a value outside its interval counts as at its
    nearer end.
    """
    below_1, above_1 = max(value_1 - ends_1[0], 0.0), max(ends_1[1] - value_1, 0.0)
    below_2, above_2 = max(value_2 - ends_2[0], 0.0), max(ends_2[1] - value_2, 0.0)
    gap = value_2 - value_1
    return gap - math.hypot(below_2, above_1), gap + math.hypot(above_2, below_1)


def _compared(row: dict, level: float) -> dict:
    """Return one row of the comparison, before adjustment of p."""
    found = {name: row[name] for name in ("flux", "kind")}
    found |= {f"{name}_{k}": row[f"{name}_{k}"] for k in (1, 2) for name in _PAIR}
    blank = ("difference", "difference_low", "difference_high", "ratio", "ratio_low", "ratio_high")
    found |= dict.fromkeys((*blank, "p"), math.nan)
    note = _hindrance(row)
    found |= {"compared": not note, "differs": False, "note": note}
    if note:
        return found
    one, other = ((row[f"low_{k}"], row[f"high_{k}"]) for k in (1, 2))
    low, high = mover(row["value_1"], one, row["value_2"], other)
    gap = row["value_2"] - row["value_1"]
    found |= {"difference": gap, "difference_low": low, "difference_high": high}
    found["differs"] = bool(low > 0 or high < 0)
    half = gap - low if gap > 0 else high - gap
    if half > 0:
        found["p"] = float(2 * norm.sf(abs(gap) / half * norm.ppf(0.5 + level / 2)))
    else:
        found["p"] = 0.0 if gap else 1.0
    found |= _ratio(row, one, other)
    return found


def _hindrance(row: dict) -> str:
    """Return why a flux cannot be compared, or nothing."""
    if row["_merge"] != "both":
        return f"only in the {'first' if row['_merge'] == 'left_only' else 'second'} fit"
    if row["note_1"] == FIXED and row["note_2"] == FIXED:
        return "fixed in both"
    for k, word in ((1, "first"), (2, "second")):
        low, high, note = (row[f"{name}_{k}"] for name in ("low", "high", "note"))
        if math.isnan(low) or math.isnan(high):
            return f"no interval in the {word} fit"
        zero = row["kind"] in ("exchange", "pool") and low == 0.0
        no_low = math.isinf(low) or zero or LOW_LIMIT in note
        no_high = math.isinf(high) or HIGH_LIMIT in note
        if no_low and no_high and (math.isinf(low) or math.isinf(high)):
            return f"not determined in the {word} fit"
    return ""


def _ratio(row: dict, one: tuple[float, float], other: tuple[float, float]) -> dict[str, float]:
    """Return the ratio and its interval if both intervals lie on one side of zero."""
    values = row["value_1"], row["value_2"]
    if not all(values) or (values[0] > 0) != (values[1] > 0):
        return {}
    sign = 1.0 if values[0] > 0 else -1.0
    logs = []
    for ends in (one, other):
        facing = sorted(sign * end for end in ends)
        low = math.log(facing[0]) if facing[0] > 0 else -math.inf
        logs.append((low, math.log(facing[1]) if facing[1] > 0 else -math.inf))
    sizes = [math.log(sign * value) for value in values]
    low, high = mover(sizes[0], logs[0], sizes[1], logs[1])
    return {
        "ratio": values[1] / values[0],
        "ratio_low": math.exp(low),
        "ratio_high": math.exp(high) if high < 700 else math.inf,
    }


def _adjusted(frame: pd.DataFrame) -> pd.DataFrame:
    """Add q, one family of comparisons for each kind of flux."""
    q = pd.Series(np.nan, index=frame.index)
    for _, group in frame[frame["compared"]].groupby("kind"):
        q[group.index] = false_discovery_control(group["p"].to_numpy(float))
    frame = frame.assign(q=q, discovery=(q <= DISCOVERY))
    return frame[
        [*(name for name in frame if name not in ("compared", "note")), "compared", "note"]
    ]


def _in_order(frame: pd.DataFrame, first: SavedFit, second: SavedFit) -> pd.DataFrame:
    """Return the rows in the order of the first fit, what only the second has at the end."""
    keys = [*zip(first.fluxes["flux"], first.fluxes["kind"])]
    keys += [*zip(second.fluxes["flux"], second.fluxes["kind"])]
    place = {key: k for k, key in reversed([*enumerate(keys)])}
    order = [place[key] for key in zip(frame["flux"], frame["kind"])]
    return frame.iloc[np.argsort(order, kind="stable")].reset_index(drop=True)


def _names(first: SavedFit, second: SavedFit) -> tuple[str, str]:
    if first.name != second.name:
        return first.name, second.name
    return f"{first.name} (first)", f"{second.name} (second)"
