"""Which activities of a plate speak of a tissue of the cycle model, and their mean per gram."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cahill.errors import InputError


@dataclass(frozen=True)
class MeanActivity:
    """Mean activity of one tissue and fraction.

    Parameters
    ----------
    value : float
        U/g wet weight.
    log_sd : float
        Standard deviation of the mean's logarithm; NaN if nothing tells.
    df : float
        Its degrees of freedom.
    alanine, oxoglutarate : float
        Of the assay, mmol/L; NaN if not stated.
    text : str
        Value and number of samples, for a note.
    doubts : tuple of str
    """

    value: float
    log_sd: float
    df: float
    alanine: float
    oxoglutarate: float
    text: str
    doubts: tuple[str, ...]


def tissue_rows(
    activity: pd.DataFrame, tissue: str, group: str, masses: Mapping[str, float]
) -> tuple[pd.DataFrame, list[str]]:
    """Return the rows that speak of a tissue of the model, and what was left out.

    Parameters
    ----------
    activity : pandas.DataFrame
        As in `cahill.assays.handover.vmax_parameters.hand_over`, like the other arguments.
    tissue, group : str
    masses : mapping of str to float
        By tissue; its keys are the tissues that count.

    Raises
    ------
    InputError
        If no row is of these tissues, or the group must be chosen.
    """
    rows = activity.copy()
    for name in ("tissue", "group", "fraction", "plp", "sample", "role"):
        given = rows[name] if name in rows.columns else pd.Series("", index=rows.index)
        rows[name] = given.fillna("").astype(str).str.strip()
    rows["tissue"] = rows["tissue"].str.lower().replace("", tissue.lower())
    rows["fraction"] = rows["fraction"].replace("", "whole")
    rows = rows[rows["role"].isin(("", "sample"))]
    if "inhibitor_concentration" in rows.columns:
        rows = rows[~(rows["inhibitor_concentration"].astype(float) > 0)]
    notes = []
    others = [name for name in dict.fromkeys(rows["tissue"]) if name not in masses]
    if others:
        named = ", ".join(name or "(no tissue named)" for name in others)
        notes.append(f"Samples of {named} set no parameter: the model has ALT in liver and muscle.")
    rows = rows[rows["tissue"].isin(list(masses))]
    if rows.empty:
        raise InputError(
            "no sample is of liver or muscle; name the tissue in the layout (field tissue)"
        )
    groups = [name for name in dict.fromkeys(rows["group"]) if name]
    if group and group in groups:
        rows = rows[rows["group"] == group]
    elif group and groups:
        raise InputError(f'no sample is of group "{group}"; there are {", ".join(groups)}')
    elif len(groups) > 1:
        raise InputError(f"the samples are of several groups; choose one: {', '.join(groups)}")
    return rows, notes


def per_gram_of(rows: pd.DataFrame, protein: float | None) -> pd.DataFrame:
    """Return the rows of a tissue with per_gram (U/g wet weight) and per_gram_sd.

    Parameters
    ----------
    rows : pandas.DataFrame
    protein : float, optional
        mg protein in a gram of wet tissue.

    Raises
    ------
    InputError
        If the activity per gram is neither given nor to be had.
    """
    name = str(rows["tissue"].iloc[0])
    for column, factor in (("activity_u_per_g", 1.0), ("activity_u_per_mg", protein)):
        if column not in rows.columns or factor is None or rows[column].isna().all():
            continue
        given = rows[rows[column].notna()]
        sd = given[f"{column}_sd"] if f"{column}_sd" in given.columns else np.nan
        return given.assign(per_gram=given[column] * factor, per_gram_sd=sd * factor)
    raise InputError(
        f"{name}: no activity per gram of tissue; give tissue_mass and extract_volume in the "
        "layout, or protein and --protein-per-gram"
    )


def mean_activity(rows: pd.DataFrame) -> MeanActivity:
    """Average the samples of one tissue and fraction, those with PLP where it was added.

    The standard deviation is that between samples over the root of their number, or what the
    measurements allow if that is more or there is one sample.

    Raises
    ------
    InputError
        If no activity is above zero.
    """
    doubts = []
    if (rows["plp"] == "yes").any():
        rows = rows[rows["plp"] == "yes"]
    else:
        doubts.append("no PLP added, so enzyme without its cofactor is not counted: a lower bound")
    rows = _most_saturated(rows)
    if not (rows["per_gram"] > 0).any():
        raise InputError(f"{rows['tissue'].iloc[0]}: no activity above the blank")
    samples = rows.groupby("sample", sort=False).agg(
        value=("per_gram", "mean"), sd=("per_gram_sd", lambda sd: float(np.sqrt((sd**2).mean())))
    )
    count, value = len(samples), float(samples["value"].mean())
    fits = float(np.sqrt((samples["sd"] ** 2).sum())) / count
    spread, df = fits, math.inf
    if count > 1:
        between = float(samples["value"].std(ddof=1)) / math.sqrt(count)
        if not math.isfinite(fits) or between >= fits:
            spread, df = between, count - 1
    else:
        doubts.append("one sample, so the spread between subjects is not in the interval")
    text = f"{value:.4g} U/g wet weight, n = {count}"
    log_sd = spread / value if math.isfinite(spread) else math.nan
    a, b = (float(rows[name].iloc[0]) if name in rows.columns else math.nan for name in _SUBSTRATES)
    return MeanActivity(value, log_sd, df, a, b, text, tuple(doubts))


_SUBSTRATES = ("alanine", "oxoglutarate")


def _most_saturated(rows: pd.DataFrame) -> pd.DataFrame:
    """Keep the highest concentrations of substrates, where a plate varies them."""
    for name in _SUBSTRATES:
        if name in rows.columns and rows[name].notna().any():
            rows = rows[rows[name] == rows[name].max()]
    return rows
