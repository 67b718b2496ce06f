"""Shares of ALT1 and ALT2 in mass, where pure standards of both were on the blot."""

import numpy as np
import pandas as pd
from scipy import stats

from cahill.assays.western.blot_layout import ISOFORMS

CONFIDENCE = 0.95


def isoform_shares(values: pd.DataFrame, amounts: pd.DataFrame) -> pd.DataFrame:
    """Return the share of each isoform by group, or nothing without standards of both.

    The response (counts per ng) of an isoform on a blot is the geometric mean of its standards.
    Shares of a lane are of mass; a group's mean and interval are taken on the logit of the
    biological replicates. The error of the responses, which all lanes share, widens the interval.

    Parameters
    ----------
    values : pandas.DataFrame
        One lane and target a row: blot, lane, role, group, replicate, isoform, volume.
    amounts : pandas.DataFrame
        One standard a row: blot, lane, isoform, amount (ng), volume.

    Returns
    -------
    pandas.DataFrame
        isoform, group, fold (the share), low, high, log_sd, kind ("share").
    """
    usable = amounts[(amounts["volume"] > 0) & (amounts["amount"] > 0)]
    logs = usable.assign(log=np.log(usable["volume"] / usable["amount"]))
    response = logs.groupby(["blot", "isoform"])["log"].agg(["mean", "std", "count"])
    calibrated = {
        blot for blot in logs["blot"] if all((blot, name) in response.index for name in ISOFORMS)
    }
    own = values[
        (values["role"] == "sample")
        & values["blot"].isin(calibrated)
        & values["isoform"].isin(ISOFORMS)
        & (values["volume"] > 0)
    ]
    if own.empty:
        return _frame([])
    level = [response.loc[(blot, name), "mean"] for blot, name in zip(own["blot"], own["isoform"])]
    own = own.assign(amount=own["volume"] / np.exp(np.array(level, float)))
    table = own.pivot_table(
        index=["blot", "lane", "group", "replicate"], columns="isoform", values="amount"
    )
    if set(table.columns) < set(ISOFORMS):
        return _frame([])
    logit = table.assign(logit=np.log(table["ALT1"] / table["ALT2"])).dropna().reset_index()
    units = logit.groupby(["group", "replicate"], sort=False, as_index=False)["logit"].mean()
    used = response.loc[[blot in calibrated for blot in response.index.get_level_values(0)]]
    # One standard alone does not tell its error; it is then left out, and the count says so.
    shared = float(np.nanmean(used["std"] ** 2 / used["count"])) if used["std"].notna().any() else 0
    shared *= 2 / max(len(calibrated), 1)
    rows = []
    for group, part in units.groupby("group", sort=False):
        mean, n = float(part["logit"].mean()), len(part)
        error = float(part["logit"].std(ddof=1)) / np.sqrt(n) if n > 1 else np.nan
        wide = stats.t.ppf(0.5 + CONFIDENCE / 2, n - 1) if n > 1 else np.nan
        sd = np.hypot(error, np.sqrt(shared))
        for name, sign in zip(ISOFORMS, (1, -1)):
            share, low, high = (
                1 / (1 + np.exp(-(sign * mean + step * wide * sd))) for step in (0, -1, 1)
            )
            rows.append((name, group, share, low, high, (1 - share) * sd, "share"))
    return _frame(rows)


def _frame(rows: list[tuple[object, ...]]) -> pd.DataFrame:
    names = ["isoform", "group", "fold", "low", "high", "log_sd", "kind"]
    return pd.DataFrame(rows, columns=pd.Index(names))
