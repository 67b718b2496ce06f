"""Folds of every target of a Western blot, and the standards among its lanes."""

import numpy as np
import pandas as pd

from cahill.assays.western.blot_layout import BlotLayout
from cahill.assays.western.blot_normalisation import Folds, compare_blots
from cahill.assays.western.western_tables import CLIPPED
from cahill.errors import InputError
from cahill.results.tables import format_number


def folds_of_targets(
    values: pd.DataFrame, control: str | None
) -> tuple[pd.DataFrame, pd.DataFrame, list[str]]:
    """Return folds and replicates of every target that is normalised, or of all if none is."""
    if control is None or values.empty:
        return pd.DataFrame(), pd.DataFrame(), []
    usable = values[values["group"].ne("") | values["role"].eq("common")]
    normalised = usable[usable["normaliser"] != ""]
    chosen = normalised if len(normalised) else usable
    groups, replicates, doubts = [], [], []
    for target, own in chosen.groupby("target", sort=False):
        isoform = str(own["isoform"].iloc[0])
        try:
            found: Folds = compare_blots(own, control, str(target))
        except InputError as error:
            # The other targets still have their answer.
            doubts.append(f"No fold: {error}")
            continue
        note = _fold_note(own, str(target))
        groups.append(
            found.groups.rename(columns={"reason": "note"}).assign(
                target=target, isoform=isoform, method=found.method
            )
        )
        if note:
            groups[-1]["note"] = [
                "; ".join(filter(None, (old, note))) for old in groups[-1]["note"]
            ]
        replicates.append(found.replicates.assign(target=target))
        if np.isfinite(found.common_sd):
            percent = 100 * found.common_sd
            doubts.append(
                f"{target}: lanes of the common sample scatter by {format_number(percent, 2)} %."
            )
    if not groups:
        raise InputError(doubts[0].removeprefix("No fold: "))
    order = ["target", "isoform", "group", "n", "fold", "low", "high", "log_sd", "p", "p_adjusted"]
    frame = pd.concat(groups, ignore_index=True)[[*order, "method", "note"]]
    tidy = pd.concat(replicates, ignore_index=True)[["target", "group", "replicate", "fold"]]
    return frame, tidy, doubts


def _fold_note(own: pd.DataFrame, target: str) -> str:
    clipped = int(own["note"].str.contains(CLIPPED).sum())
    missing = int((~np.isfinite(own["log_ratio"]) & own["role"].eq("sample")).sum())
    parts = []
    if clipped:
        parts.append(f"{_counted(clipped, 'lane')} saturated: not a measure")
    if missing:
        parts.append(f"{_counted(missing, 'lane')} without a ratio left out")
    return "; ".join(parts)


def standard_amounts(values: pd.DataFrame, layout: BlotLayout | None) -> pd.DataFrame:
    """Return the standards of known amount."""
    if layout is None:
        return pd.DataFrame()
    given = {
        (entry.blot, entry.lane, target): amount
        for entry in layout.lanes
        for target, amount in entry.amounts.items()
    }
    keys = zip(values["blot"], values["lane"], values["target"])
    amount = np.array([given.get(key, np.nan) for key in keys])
    known = np.isfinite(amount) & values["isoform"].ne("").to_numpy()
    return values.assign(amount=amount)[known]


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
