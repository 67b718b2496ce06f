"""Findings, counts and the account of rows as a reader sees them."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from cahill.core.laboratory import MICRO, TESTS
from cahill.serum.findings import reason_words
from cahill.serum.privacy import suppress_small_cells
from cahill.serum.rules import Rule

CONFIDENCE = 0.95
ALL_ARMS = "all arms"
SHARE = ("share", "low", "high")


def finding_frame(findings: pd.DataFrame) -> pd.DataFrame:
    """Return findings with values in the tests' units, multiples, and reasons in words."""
    frame = findings[["subject", "rule", "version", "outcome", "band"]].copy()
    for side in ("first", "second"):
        test = findings[f"{side}_test"]
        value, limit = (
            pd.to_numeric(findings[f"{side}_{part}"]).astype("Float64").astype(float) / MICRO
            for part in ("value", "limit")
        )
        frame[f"{side}_test"] = test
        frame[f"{side}_value"] = value
        frame[f"{side}_unit"] = [TESTS[name][1] if name in TESTS else None for name in test]
        frame[f"{side}_limit"] = limit
        frame[f"{side}_multiple"] = (value / limit).round(6)
        frame[f"{side}_date"] = date_text(findings[f"{side}_date"])
    frame["limit_source"] = findings["limit_source"]
    frame["reason"] = [reason_words(code) if code else "" for code in findings["reason"]]
    return frame.reset_index(drop=True)


def date_text(dates: pd.Series) -> list[str | None]:
    """Return dates as ISO 8601 texts; None where there is none."""
    return [None if pd.isna(date) else pd.Timestamp(date).strftime("%Y-%m-%d") for date in dates]


def rule_counts(counted: pd.DataFrame, rules: Sequence[Rule], least: int | None) -> pd.DataFrame:
    """Return subjects by rule and arm: met, not met, undetermined, and the share with interval.

    Parameters
    ----------
    counted : pandas.DataFrame
        rule, version, arm, outcome and subjects.
    rules : sequence of Rule
        In the order of the rows.
    least : int, optional
        Smallest count that is shown.

    Returns
    -------
    pandas.DataFrame
        rule, arm, subjects, met, not_met, undetermined; share, low and high: met of those
        decided, with the exact (Clopper-Pearson) 95 % interval.
    """
    arms = sorted(counted["arm"].unique())
    rows = []
    for rule in rules:
        own = counted[(counted["rule"] == rule.id) & (counted["version"] == rule.version)]
        for arm in (*arms, ALL_ARMS):
            here = own if arm == ALL_ARMS else own[own["arm"] == arm]
            by = here.groupby("outcome")["subjects"].sum()
            met, unmet, open_ = (int(by.get(word, 0)) for word in ("true", "false", "undetermined"))
            rows.append((rule.label, arm, met + unmet + open_, met, unmet, open_))
    columns = ["rule", "arm", "subjects", "met", "not_met", "undetermined"]
    frame = pd.DataFrame(rows, columns=columns)
    if len(arms) == 1:
        frame = frame[frame["arm"] == ALL_ARMS].reset_index(drop=True)
    frame = pd.concat([frame, _intervals(frame["met"], frame["met"] + frame["not_met"])], axis=1)
    return frame if least is None else _suppressed(frame, least)


def _intervals(met: pd.Series, decided: pd.Series) -> pd.DataFrame:
    """Return share, low and high; missing where nothing is decided."""
    from statsmodels.stats.proportion import proportion_confint

    shares = pd.DataFrame(np.nan, index=met.index, columns=list(SHARE))
    some = decided > 0
    if some.any():
        low, high = proportion_confint(
            met[some].to_numpy(), decided[some].to_numpy(), alpha=1 - CONFIDENCE, method="beta"
        )
        shares.loc[some, "share"] = met[some] / decided[some]
        # At none and at all of them the beta distribution degenerates: the ends are 0 and 1.
        shares.loc[some, "low"] = np.where(met[some] == 0, 0.0, low)
        shares.loc[some, "high"] = np.where(met[some] == decided[some], 1.0, high)
    return shares


def _suppressed(frame: pd.DataFrame, least: int) -> pd.DataFrame:
    """Hide small counts; neither a row's total nor an arm's share may give them back."""
    numbers = ["met", "not_met", "undetermined"]
    long = frame.melt(["rule", "arm"], numbers, "outcome", "count")
    hidden = suppress_small_cells(long, {"count": []}, least, totals=["rule", "arm"])
    # A sum over arms less all arms but one gives that one: hide a second arm, too.
    arms = hidden["arm"] != ALL_ARMS
    masked = hidden["count"].map(lambda one: isinstance(one, str))
    for _, rows in hidden[arms].groupby(["rule", "outcome"]):
        own = masked.loc[rows.index]
        if own.sum() == 1:
            seen = long.loc[rows.index, "count"][~own]
            seen = seen[seen > 0]
            if len(seen):
                hidden.loc[seen.idxmin(), "count"] = "withheld"
    wide = hidden.pivot(index=["rule", "arm"], columns="outcome", values="count")
    shown = frame.set_index(["rule", "arm"])
    shown = shown.assign(**{name: wide[name] for name in numbers})
    veiled = shown[numbers].map(lambda one: isinstance(one, str)).any(axis=1)
    shown.loc[veiled, list(SHARE)] = np.nan
    return shown.reset_index()


def row_account(counts: Mapping[str, int], fates: pd.DataFrame) -> pd.DataFrame:
    """Return every row of the input by fate and reason, evaluated first.

    Parameters
    ----------
    counts : mapping of str to int
        Of the table as it was read: "input", "kept", "excluded: <reason>".
    fates : pandas.DataFrame
        fate, reason and rows of the rows that were kept.
    """
    mark = "excluded: "
    out = [("excluded", key[len(mark) :], n) for key, n in counts.items() if key.startswith(mark)]
    frame = pd.concat([fates, pd.DataFrame(out, columns=["fate", "reason", "rows"])])
    frame = frame[frame["rows"] > 0]
    order = frame["fate"].map({"evaluated": 0, "undetermined": 1, "excluded": 2})
    frame = frame.assign(order=order).sort_values(
        ["order", "rows", "reason"], ascending=[True, False, True], kind="stable"
    )
    return frame.drop(columns="order").astype({"rows": int}).reset_index(drop=True)
