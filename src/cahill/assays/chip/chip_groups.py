"""Groups of ChIP-qPCR: means over biological replicates, intervals, ratios to a control."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from cahill.assays.chip.chip_measures import PERCENT, UNITS, Measure
from cahill.assays.chip.chip_sets import Efficiency
from cahill.numerics.group_comparison import GroupComparison, compare_groups, holm

KEYS = ["quantity", "antibody", "target", "group"]
BIOLOGICAL, TECHNICAL = "biological replicates", "technical replicates only"


def replicate_frame(found: Sequence[Measure], confidence: float) -> pd.DataFrame:
    """Return every number of every chromatin, with the interval of its technical error.

    Columns: quantity, antibody, target, region, group, sample, replicate, value, low, high, unit,
    bound, reason.
    """
    rows = []
    for one in found:
        half = _student(confidence, one.degrees) * one.sd if not one.bound else math.nan
        ends = one.value - half, one.value + half
        low, high = map(_exp, ends) if one.scale == "log" else ends
        rows.append(
            {
                "quantity": one.quantity,
                "antibody": one.antibody,
                "target": one.target,
                "region": one.region,
                "group": group_of(one),
                "sample": one.sample,
                "replicate": one.replicate,
                "value": one.number,
                "low": low,
                "high": high,
                "unit": UNITS[one.quantity],
                "bound": one.bound,
                "reason": one.reason,
            }
        )
    return pd.DataFrame(rows)


def group_of(one: Measure) -> str:
    """Return the group of a chromatin; its sample where no group is named."""
    return one.group or one.sample


def group_frames(
    found: Sequence[Measure],
    efficiencies: Mapping[str, Efficiency],
    control: str,
    *,
    paired: bool,
    confidence: float,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the groups' numbers, and their percent input over that of the control.

    Parameters
    ----------
    found : sequence of Measure
    efficiencies : mapping of str to Efficiency
        By target; their error is shared by all replicates and not lessened by averaging.
    control : str
        Group to compare with; none if blank.
    paired : bool
        Whether replicates of the same name belong together.
    confidence : float

    Returns
    -------
    groups : pandas.DataFrame
        quantity, antibody, target, region, group, value (geometric mean; arithmetic of the
        subtracted one), low, high, unit, n, interval (what it rests on), bound, note.
    comparisons : pandas.DataFrame
        antibody, target, region, group, control, ratio, low, high, p, p_adjusted, test, reason.
    """
    names = tuple(dict.fromkeys(group_of(one) for one in found))
    families: dict[tuple[str, str, str], list[Measure]] = {}
    for one in found:
        families.setdefault((one.quantity, one.antibody, one.target), []).append(one)
    rows, compared = [], []
    for members in families.values():
        at = names.index(control) if control in names else 0
        compare = _compared(members, names, at, efficiencies, paired, confidence)
        rows += [
            _group_row(members, name, compare, code, efficiencies, confidence)
            for code, name in enumerate(names)
            if any(group_of(one) == name for one in members)
        ]
        # Of IgG there is nothing to ask; more tests would only weaken the others.
        if members[0].quantity == PERCENT and control in names and not members[0].mock:
            compared += _comparison_rows(members, names, at, compare)
    comparisons = pd.DataFrame(compared, columns=[*_COMPARED])
    if len(comparisons):
        comparisons["p_adjusted"] = holm(comparisons["p"].to_numpy(float))
    return pd.DataFrame(rows), comparisons


_COMPARED = (
    *("antibody", "target", "region", "group", "control", "ratio", "low", "high"),
    *("p", "p_adjusted", "test", "reason"),
)


def _compared(
    members: Sequence[Measure],
    names: Sequence[str],
    control: int,
    efficiencies: Mapping[str, Efficiency],
    paired: bool,
    confidence: float,
) -> GroupComparison:
    """Compare the groups of one antibody and target; a bound is no value to average."""
    values = np.array([math.nan if one.bound else one.value for one in members])
    codes = np.array([names.index(group_of(one)) for one in members])
    replicates = list(dict.fromkeys(one.replicate for one in members))
    blocks = np.array([replicates.index(one.replicate) for one in members])
    slopes = [_mean_slopes([one for one in members if group_of(one) == name]) for name in names]
    shared = np.array([_shared(_less(own, slopes[control]), efficiencies) for own in slopes])
    return compare_groups(
        values,
        codes,
        control,
        blocks=blocks if paired else None,
        shared_sd=shared[: max(int(codes.max()), control) + 1],
        confidence=confidence,
    )


def _group_row(
    members: Sequence[Measure],
    name: str,
    compare: GroupComparison,
    code: int,
    efficiencies: Mapping[str, Efficiency],
    confidence: float,
) -> dict[str, Any]:
    own = [one for one in members if group_of(one) == name]
    known = [one for one in own if not one.reason]
    bounds = {one.bound for one in known if one.bound}
    shared = _shared(_mean_slopes(known), efficiencies)
    value = float(np.mean([one.value for one in known])) if known else math.nan
    half, interval = math.nan, ""
    if not bounds and len(known) > 1:
        half, interval = float(compare.high[code] - compare.mean[code]), BIOLOGICAL
    elif not bounds and known and math.isfinite(known[0].sd):
        half = _student(confidence, known[0].degrees) * known[0].sd
        interval = TECHNICAL
    # The two errors are independent: one of sampling, one of the efficiency all replicates share.
    half = math.hypot(half, stats.norm.ppf(0.5 + confidence / 2) * shared)
    ends = value - half, value + half
    low, high = map(_exp, ends) if own[0].scale == "log" else ends
    number = math.exp(value) if own[0].scale == "log" else value
    if len(bounds) > 1:
        number = math.nan
    return {
        "quantity": own[0].quantity,
        "antibody": own[0].antibody,
        "target": own[0].target,
        "region": own[0].region,
        "group": name,
        "value": number,
        "low": low,
        "high": high,
        "unit": UNITS[own[0].quantity],
        "n": len(known),
        "interval": interval if math.isfinite(half) else "",
        "bound": bounds.pop() if len(bounds) == 1 else "",
        "note": _note(own, known),
    }


def _note(own: Sequence[Measure], known: Sequence[Measure]) -> str:
    """Say what is missing or bounded among the replicates of a group."""
    parts = []
    bounded = [one for one in known if one.bound]
    if {one.bound for one in bounded} == {">=", "<="}:
        parts.append("replicates are bounds on either side")
    elif bounded:
        parts.append(f"{len(bounded)} of {len(known)} a bound: not all reactions amplified")
    reasons = dict.fromkeys(one.reason for one in own if one.reason)
    parts += [
        f"{sum(one.reason == reason for one in own)} left out: {reason}" for reason in reasons
    ]
    return "; ".join(parts)


def _comparison_rows(
    members: Sequence[Measure], names: Sequence[str], control: int, compare: GroupComparison
) -> list[dict[str, Any]]:
    present = {group_of(one) for one in members}
    bounded = {group_of(one) for one in members if one.bound or one.reason}
    rows = []
    for code, name in enumerate(names):
        if code == control or name not in present or names[control] not in present:
            continue
        clean = not bounded & {name, names[control]}
        ratio, low, high = (
            _exp(end[code]) if clean else math.nan
            for end in (compare.difference, compare.difference_low, compare.difference_high)
        )
        rows.append(
            {
                "antibody": members[0].antibody,
                "target": members[0].target,
                "region": members[0].region,
                "group": name,
                "control": names[control],
                "ratio": ratio,
                "low": low,
                "high": high,
                "p": float(compare.p[code]) if clean else math.nan,
                "test": compare.method[code] if clean else "",
                "reason": compare.reason[code] if clean else "not all reactions amplified",
            }
        )
    return rows


def _mean_slopes(own: Sequence[Measure]) -> dict[str, float]:
    targets = dict.fromkeys(name for one in own for name in one.slopes)
    known = [one for one in own if one.slopes]
    return {name: sum(one.slopes.get(name, 0.0) for one in known) / len(known) for name in targets}


def _less(one: Mapping[str, float], other: Mapping[str, float]) -> dict[str, float]:
    return {name: one.get(name, 0.0) - other.get(name, 0.0) for name in {*one, *other}}


def _shared(slopes: Mapping[str, float], efficiencies: Mapping[str, Efficiency]) -> float:
    """Return the standard deviation that the efficiencies of the targets bring."""
    return math.sqrt(sum((slope * efficiencies[name].sd) ** 2 for name, slope in slopes.items()))


def _student(confidence: float, degrees: float) -> float:
    return float(stats.t.ppf(0.5 + confidence / 2, degrees)) if degrees > 0 else math.nan


def _exp(value: float) -> float:
    """Return the exponential; the interval of two noisy replicates may reach infinity."""
    with np.errstate(over="ignore"):
        return float(np.exp(value))
