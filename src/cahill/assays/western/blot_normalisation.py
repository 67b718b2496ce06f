"""From normalised volumes to folds: blots joined, biological replicates compared, isoforms."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from cahill.errors import InputError
from cahill.numerics.group_comparison import compare_groups, holm

CONFIDENCE = 0.95


@dataclass(frozen=True, eq=False)
class Folds:
    """Folds of the groups of one target.

    Parameters
    ----------
    groups : pandas.DataFrame
        group, n, fold, low, high, log_sd, p, p_adjusted, reason.
    replicates : pandas.DataFrame
        group, replicate, fold: one biological replicate a row.
    method : str
        How blots were joined and groups compared, in words.
    common_sd : float
        Largest standard deviation, over blots, of the common sample's logarithm; NaN without.
    """

    groups: pd.DataFrame
    replicates: pd.DataFrame
    method: str
    common_sd: float


def compare_blots(values: pd.DataFrame, control: str, target: str) -> Folds:
    """Compare the groups of one target with the control.

    Lanes of one biological replicate on one blot are technical and averaged, as logarithms. Blots
    are joined by their common sample if all have one. Where at least two blots carry the control
    and another group, a mixed model with the blot as random intercept compares the groups
    (REML; t intervals with the degrees of freedom that blots and groups leave, as Pinheiro and
    Bates 2000); otherwise Welch's test does.

    Parameters
    ----------
    values : pandas.DataFrame
        One lane a row: blot, group, replicate, role ("sample" or "common"), log_ratio, log_sd.
    control : str
    target : str
        For messages.

    Raises
    ------
    InputError
        If the control has no value, or blots cannot be joined.
    """
    values = values[np.isfinite(values["log_ratio"])]
    samples = values[values["role"] == "sample"]
    if control not in set(samples["group"]):
        raise InputError(f'{target}: no lane of the control "{control}" has a value')
    blots = list(dict.fromkeys(samples["blot"]))
    keys = ["blot", "group", "replicate"]
    means = samples.groupby(keys, sort=False, as_index=False).agg(log_ratio=("log_ratio", "mean"))
    common = values[values["role"] == "common"]
    joined, spread = _joined(means, common, blots)
    shared = _sharing(means, control)
    if len(blots) > 1 and not joined and shared < len(blots):
        lone = next(b for b in blots if not _shares(means, b, control))
        raise InputError(
            f"{target}: blot {lone} has neither a common sample nor two groups with the control; "
            "put one sample on every blot and give it the role common"
        )
    means, once = _one_value_each(means)
    if len(blots) > 1 and shared >= 2 and once:
        folds = _mixed(means, control)
        if folds is not None:
            words = "mixed model with the blot as random effect"
            joint = "common sample, then " if joined else ""
            return Folds(*folds, f"{joint}{words}", spread)
    groups, replicates = _welch(means, control, _shared_sd(means, common, control, joined))
    method = (
        "Welch"
        if len(blots) < 2
        else "common sample, then Welch"
        if joined
        else ("blot means, then Welch")
    )
    return Folds(groups, replicates, method, spread)


def _joined(means: pd.DataFrame, common: pd.DataFrame, blots: Sequence[str]) -> tuple[bool, float]:
    """Subtract the common sample of each blot, in place; tell whether all blots have one."""
    if len(blots) < 2 or not set(blots) <= set(common["blot"]):
        return False, np.nan
    level = common.groupby("blot")["log_ratio"].mean()
    means["log_ratio"] -= means["blot"].map(level)
    spread = common.groupby("blot")["log_ratio"].std(ddof=1)
    return True, float(spread.max()) if spread.notna().any() else np.nan


def _shares(means: pd.DataFrame, blot: str, control: str) -> bool:
    groups = set(means.loc[means["blot"] == blot, "group"])
    return control in groups and len(groups) > 1


def _sharing(means: pd.DataFrame, control: str) -> int:
    return sum(_shares(means, blot, control) for blot in dict.fromkeys(means["blot"]))


def _one_value_each(means: pd.DataFrame) -> tuple[pd.DataFrame, bool]:
    """Average replicates that several blots carry; tell whether there was none."""
    keys = ["group", "replicate"]
    if not means.duplicated(keys).any():
        return means, True
    everywhere = means.groupby(keys)["blot"].transform("nunique") == means["blot"].nunique()
    if everywhere.any():
        level = means[everywhere].groupby("blot")["log_ratio"].mean()
        means = means.assign(log_ratio=means["log_ratio"] - means["blot"].map(level))
    averaged = means.groupby(keys, sort=False, as_index=False).agg(
        blot=("blot", "first"), log_ratio=("log_ratio", "mean")
    )
    return averaged, False


def _shared_sd(
    means: pd.DataFrame, common: pd.DataFrame, control: str, joined: bool
) -> np.ndarray | None:
    """Return the error that the common samples bring into each group's difference.

    It cancels where control and group have the same shares of their replicates on each blot.
    """
    if not joined:
        return None
    spare = common.groupby("blot")["log_ratio"].agg(["var", "count"])
    known = spare[spare["count"] > 1]
    if len(known):
        free = known["count"] - 1
        variance = float((known["var"] * free).sum() / free.sum())
    else:
        # A single lane tells of the measurement only, not of loading and transfer.
        variance = float(np.mean(common["log_sd"] ** 2))
    per_blot = variance / spare["count"]
    names = _names(means, control)
    share = pd.crosstab(means["group"], means["blot"], normalize="index")
    away = share.loc[names] - share.loc[control]
    return np.sqrt((away**2 @ per_blot.reindex(share.columns)).to_numpy(float))


def _names(means: pd.DataFrame, control: str) -> list[str]:
    others = [name for name in dict.fromkeys(means["group"]) if name != control]
    return [control, *others]


def _welch(
    means: pd.DataFrame, control: str, shared: np.ndarray | None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    names = _names(means, control)
    codes = means["group"].map({name: k for k, name in enumerate(names)}).to_numpy()
    values = means["log_ratio"].to_numpy(float)
    found = compare_groups(values, codes, 0, shared_sd=shared, confidence=CONFIDENCE)
    base = found.mean[0]
    low = np.r_[found.low[0] - base, found.difference_low[1:]]
    high = np.r_[found.high[0] - base, found.difference_high[1:]]
    groups = _group_frame(
        names,
        found.n,
        found.difference,
        low,
        high,
        found.difference_sd,
        found.p,
        found.p_adjusted,
        found.reason,
    )
    return groups, _replicate_frame(means, values - base)


def _mixed(means: pd.DataFrame, control: str) -> tuple[pd.DataFrame, pd.DataFrame] | None:
    """Fit log ratio = group + (blot); None if it leaves no degree of freedom or does not fit."""
    import warnings

    from statsmodels.regression.mixed_linear_model import MixedLM

    names = _names(means, control)
    values = means["log_ratio"].to_numpy(float)
    degrees = len(means) - len(names) - (means["blot"].nunique() - 1)
    if degrees < 1:
        return None
    design = np.stack(
        [np.ones(len(means))] + [(means["group"] == name).to_numpy(float) for name in names[1:]],
        axis=1,
    )
    with warnings.catch_warnings():
        # A blot variance of zero lies on the border of what is possible, and is an answer.
        warnings.simplefilter("ignore")
        try:
            fit = MixedLM(values, design, groups=means["blot"].to_numpy()).fit(reml=True)
        except (np.linalg.LinAlgError, ValueError):
            return None
        within, between = float(fit.scale), max(float(np.asarray(fit.cov_re)[0, 0]), 0.0)
    if not (np.isfinite(between) and within > 0):
        return None
    value, sd, effects = _given_variances(values, design, means["blot"], within, between)
    n = means.groupby("group").size().reindex(names).to_numpy()
    # The control is compared with nothing: its interval is that of its lanes about their mean.
    spread = np.r_[np.sqrt(within / n[0]), sd[1:]]
    wide = stats.t.ppf(0.5 + CONFIDENCE / 2, degrees) * spread
    p = np.r_[np.nan, 2 * stats.t.sf(np.abs(value[1:]) / sd[1:], degrees)]
    difference, log_sd = np.r_[0.0, value[1:]], np.r_[0.0, sd[1:]]
    low, high = difference - wide, difference + wide
    groups = _group_frame(names, n, difference, low, high, log_sd, p, holm(p), ("",) * len(names))
    return groups, _replicate_frame(means, values - value[0] - effects)


def _given_variances(
    values: np.ndarray, design: np.ndarray, blots: pd.Series, within: float, between: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return fixed effects, their standard errors and each lane's blot effect (GLS and BLUP).

    The library's own standard errors come from a matrix that is singular where the blot variance
    is nearly 0.
    """
    same = (blots.to_numpy()[:, None] == blots.to_numpy()[None, :]).astype(float)
    inverse = np.linalg.inv(within * np.eye(len(values)) + between * same)
    covariance = np.linalg.inv(design.T @ inverse @ design)
    value = covariance @ design.T @ inverse @ values
    effects = between * same @ inverse @ (values - design @ value)
    return value, np.sqrt(np.diag(covariance)), effects


def _group_frame(
    names: Sequence[str],
    n: np.ndarray,
    difference: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    log_sd: np.ndarray,
    p: np.ndarray,
    adjusted: np.ndarray,
    reason: Sequence[str],
) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "group": list(names),
            "n": np.asarray(n, int),
            "fold": np.exp(difference),
            "low": np.exp(low),
            "high": np.exp(high),
            "log_sd": log_sd,
            "p": p,
            "p_adjusted": adjusted,
            "reason": list(reason),
        }
    )


def _replicate_frame(means: pd.DataFrame, log_fold: np.ndarray) -> pd.DataFrame:
    return means[["group", "replicate"]].assign(fold=np.exp(log_fold)).reset_index(drop=True)
