"""Compare groups with a control: means, differences, their intervals and tests.

Values lie on an additive scale (a logarithm of a fold) and there is one for each biological
replicate; technical replicates are averaged before (`replicate_means`), because they say how well
one sample was measured and nothing of how samples differ.
"""

from dataclasses import dataclass

import numpy as np
from scipy import stats


@dataclass(frozen=True, eq=False)
class GroupComparison:
    """What groups are and how they differ from the control; every array has shape (groups,).

    Parameters
    ----------
    mean, low, high : numpy.ndarray
        Mean of a group and its t interval; the ends are NaN with one replicate.
    n : numpy.ndarray
        Replicates with a value.
    sd : numpy.ndarray
        Spread between the replicates of a group; NaN with one.
    difference, difference_low, difference_high : numpy.ndarray
        Mean of the group minus that of the control, with interval; 0 for the control itself.
    difference_sd : numpy.ndarray
        Standard error of the difference.
    degrees : numpy.ndarray
        Its degrees of freedom.
    p, p_adjusted : numpy.ndarray
        Of no difference, two-sided; adjusted by Holm over the groups. NaN for the control.
    method : tuple of str
        "Welch", "paired", or blank where there is no test.
    reason : tuple of str
        Why there is no interval or test; blank if there is one.
    """

    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray
    n: np.ndarray
    sd: np.ndarray
    difference: np.ndarray
    difference_low: np.ndarray
    difference_high: np.ndarray
    difference_sd: np.ndarray
    degrees: np.ndarray
    p: np.ndarray
    p_adjusted: np.ndarray
    method: tuple[str, ...]
    reason: tuple[str, ...]


@dataclass(frozen=True)
class _Difference:
    """One group against the control."""

    value: float = np.nan
    variance: float = np.nan
    degrees: float = np.nan
    method: str = ""
    reason: str = ""


def compare_groups(
    values: np.ndarray,
    groups: np.ndarray,
    control: int,
    *,
    blocks: np.ndarray | None = None,
    shared_sd: np.ndarray | None = None,
    confidence: float = 0.95,
) -> GroupComparison:
    """Compare every group with the control.

    Each pair is compared by Welch's test (unequal variances, Welch-Satterthwaite degrees), or by
    the paired t test where both groups have one value in each of the same blocks (days, cultures,
    donors), at least two. p values are adjusted by Holm (1979).

    Parameters
    ----------
    values : numpy.ndarray
        Shape (n,), one a biological replicate, on an additive scale; NaN is left out.
    groups : numpy.ndarray
        Shape (n,), int codes from 0.
    control : int
        Code of the control.
    blocks : numpy.ndarray, optional
        Shape (n,), int codes; -1 where a value belongs to no block.
    shared_sd : numpy.ndarray, optional
        Shape (groups,), standard deviation of an error that all replicates of a comparison share
        and that averaging therefore does not lessen (the amplification efficiency, a standard);
        taken as normal and known. It widens differences, not the means.
    confidence : float
        Of the intervals, such as 0.95.

    Returns
    -------
    GroupComparison
    """
    values = np.asarray(values, dtype=float)
    groups = np.asarray(groups, dtype=int)
    known = np.isfinite(values)
    count = max(int(groups.max(initial=-1)), control) + 1
    shared = np.zeros(count) if shared_sd is None else np.asarray(shared_sd, dtype=float)
    members = [np.flatnonzero(known & (groups == code)) for code in range(count)]
    found = [
        _Difference(value=0.0, variance=0.0)
        if code == control
        else _difference(values, blocks, members[code], members[control])
        for code in range(count)
    ]
    mean, sd = np.transpose([_moments(values[own]) for own in members]).reshape(2, count)
    n = np.array([own.size for own in members])
    half = _quantile(confidence, n - 1) * sd / np.sqrt(np.maximum(n, 1))
    difference = np.array([one.value for one in found])
    variance = np.array([one.variance for one in found])
    total = np.sqrt(variance + shared**2)
    total[control] = 0.0
    degrees = _with_known_part(variance, np.array([one.degrees for one in found]), shared)
    wide = _quantile(confidence, degrees) * total
    p = _p_values(difference, total, degrees, variance)
    wide[control], p[control] = 0.0, np.nan
    return GroupComparison(
        mean=mean,
        low=mean - half,
        high=mean + half,
        n=n,
        sd=sd,
        difference=difference,
        difference_low=difference - wide,
        difference_high=difference + wide,
        difference_sd=total,
        degrees=degrees,
        p=p,
        p_adjusted=holm(p),
        method=tuple(one.method for one in found),
        reason=tuple(one.reason for one in found),
    )


def _difference(
    values: np.ndarray, blocks: np.ndarray | None, own: np.ndarray, control: np.ndarray
) -> _Difference:
    """Return difference, variance of it and degrees of freedom of one pair of groups."""
    if own.size == 0 or control.size == 0:
        return _Difference(reason="no replicate with a value" + ("" if own.size else " in it"))
    value = float(values[own].mean() - values[control].mean())
    if own.size < 2 or control.size < 2:
        where = "it" if own.size < 2 else "the control"
        return _Difference(value=value, reason=f"one biological replicate in {where}")
    pairs = None if blocks is None else _pairs(np.asarray(blocks), own, control)
    if pairs is not None:
        steps = values[pairs[0]] - values[pairs[1]]
        variance, degrees, method = float(steps.var(ddof=1)) / steps.size, steps.size - 1, "paired"
    else:
        parts = [float(values[side].var(ddof=1)) / side.size for side in (own, control)]
        variance, method = sum(parts), "Welch"
        weights = parts[0] ** 2 / (own.size - 1) + parts[1] ** 2 / (control.size - 1)
        degrees = variance**2 / weights if weights > 0 else own.size + control.size - 2
    # Rounding leaves equal replicates a spread of some 1e-16 of their size.
    if variance <= (1e-13 * float(np.abs(values[np.append(own, control)]).max())) ** 2:
        variance = 0.0
    reason = "" if variance > 0 else "replicates do not differ at all"
    return _Difference(value, variance, float(degrees), method, reason)


def _pairs(
    blocks: np.ndarray, own: np.ndarray, control: np.ndarray
) -> tuple[np.ndarray, np.ndarray] | None:
    """Return both groups' values in the order of their blocks; None if blocks are incomplete."""
    sides = [side[np.argsort(blocks[side], kind="stable")] for side in (own, control)]
    one, other = (blocks[side] for side in sides)
    complete = one.size == other.size and bool(np.all(one == other)) and bool(np.all(one >= 0))
    single = np.unique(one).size == one.size
    return (sides[0], sides[1]) if complete and single else None


def _with_known_part(variance: np.ndarray, degrees: np.ndarray, shared: np.ndarray) -> np.ndarray:
    """Return Satterthwaite's degrees of freedom of a sum whose second part is known."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(variance > 0, degrees * (1 + shared**2 / variance) ** 2, np.nan)


def _quantile(confidence: float, degrees: np.ndarray) -> np.ndarray:
    """Return Student's t; NaN without degrees of freedom."""
    degrees = np.where(np.asarray(degrees) > 0, degrees, np.nan)
    return np.asarray(stats.t.ppf(0.5 + confidence / 2, degrees), dtype=float)


def _p_values(
    difference: np.ndarray, sd: np.ndarray, degrees: np.ndarray, variance: np.ndarray
) -> np.ndarray:
    """Return two-sided p; NaN where replicates do not differ, for there is no yardstick."""
    with np.errstate(divide="ignore", invalid="ignore"):
        p = 2 * stats.t.sf(np.abs(difference) / sd, degrees)
    return np.where(variance > 0, p, np.nan)


def _moments(values: np.ndarray) -> tuple[float, float]:
    """Return mean and sample standard deviation, NaN where there are too few values."""
    mean = float(values.mean()) if values.size else np.nan
    return mean, float(values.std(ddof=1)) if values.size > 1 else np.nan


def holm(p: np.ndarray) -> np.ndarray:
    """Return p values adjusted for their number by Holm (1979); NaN stays NaN.

    Parameters
    ----------
    p : numpy.ndarray
        Shape (tests,).
    """
    p = np.asarray(p, dtype=float)
    adjusted, tested = np.full(p.shape, np.nan), np.isfinite(p)
    order = np.argsort(p[tested])
    # statsmodels' own collects garbage at every call, which takes longer than all the rest.
    stepped = np.maximum.accumulate(p[tested][order] * np.arange(order.size, 0, -1))
    adjusted[np.flatnonzero(tested)[order]] = np.minimum(stepped, 1.0)
    return adjusted


@dataclass(frozen=True, eq=False)
class ReplicateMeans:
    """Technical replicates averaged by the unit (biological replicate) they belong to.

    Parameters
    ----------
    mean : numpy.ndarray
        Shape (units,); NaN for a unit without a value.
    n : numpy.ndarray
        Values of a unit.
    sd : numpy.ndarray
        Of a unit's own values; NaN with fewer than two.
    within : float
        Pooled variance of values within their unit; NaN if no unit has two.
    between : float
        Variance of the units' true values, by analysis of variance, not below 0; NaN with fewer
        than two units or no `within`.
    """

    mean: np.ndarray
    n: np.ndarray
    sd: np.ndarray
    within: float
    between: float


def replicate_means(values: np.ndarray, unit_codes: np.ndarray) -> ReplicateMeans:
    """Average technical replicates, and tell technical from biological variance.

    The unweighted mean of a unit's values is what groups are compared by. With unequal numbers of
    technical replicates a mixed model would weigh units by them; where biological variance
    dominates, as it does in practice, those weights are nearly equal, and the unweighted mean
    keeps its exact t interval.

    Parameters
    ----------
    values : numpy.ndarray
        Shape (n,); NaN is left out.
    unit_codes : numpy.ndarray
        Shape (n,), int codes from 0 of the biological replicates.
    """
    values, codes = np.asarray(values, dtype=float), np.asarray(unit_codes, dtype=int)
    units = int(codes.max(initial=-1)) + 1
    known = np.isfinite(values)
    n = np.bincount(codes[known], minlength=units)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.bincount(codes[known], values[known], minlength=units) / n
        rest = (values[known] - mean[codes[known]]) ** 2
        squares = np.bincount(codes[known], rest, minlength=units)
        sd = np.where(n > 1, np.sqrt(squares / np.maximum(n - 1, 1)), np.nan)
    filled = n > 0
    spare = int(n[filled].sum() - filled.sum())
    within = float(squares.sum() / spare) if spare else np.nan
    between = np.nan
    if filled.sum() > 1 and spare:
        # Method of moments for unequal n (Searle 1971): E(MS between) = within + n0 * between.
        own = n[filled]
        grand = values[known].mean()
        between_mean_square = float((own * (mean[filled] - grand) ** 2).sum()) / (own.size - 1)
        effective = (own.sum() - (own**2).sum() / own.sum()) / (own.size - 1)
        between = max(0.0, (between_mean_square - within) / float(effective))
    return ReplicateMeans(mean, n, sd, within, between)
