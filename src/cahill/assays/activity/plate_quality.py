"""Is the plate fit to be read? Controls apart, replicates together, no edge, row, column or drift.

Position effects are judged on what a well differs from the other wells of the same content, so that
a layout with standards in one column does not look like a column effect.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cahill.assays.activity.plate_positions import blank_trend, position_verdicts
from cahill.errors import InputError
from cahill.io.references import format_reference

Z_PRIME_LIMIT = 0.5  # Zhang1999: 0.5 to 1 is an excellent assay
WINDOW_LIMIT = 2.0  # AssayGuidanceManual
CV_LIMIT = 20.0  # %, AssayGuidanceManual
SOURCES = ("Zhang1999", "AssayGuidanceManual")
COLUMNS = ("criterion", "value", "unit", "limit", "met", "wells", "detail", "source")
LEAST = 3  # wells of a control that a standard deviation is worth
MAD_TO_SD = 1.4826  # of a normal distribution


@dataclass(frozen=True, eq=False)
class PlateQuality:
    """Verdicts on a plate.

    Attributes
    ----------
    verdicts : pandas.DataFrame
        One criterion a row: criterion, value, unit, limit (as text), met (None where it cannot be
        judged), wells (number it rests on), detail, source (key of references.bib).
    wells : pandas.DataFrame
        One well a row, for a heat map: well, row, column, role, value, deviation (from the mean of
        its content, % of the plate's mean level), row_effect and column_effect (median polish of
        the deviations, %). Deviations are missing where a well has no twin.
    signal : str
        What was judged: "rate" or "signal".
    notes : tuple of str
        What the verdicts tell the reader to do.
    sources : tuple of str
        References, ready to print.
    """

    verdicts: pd.DataFrame
    wells: pd.DataFrame
    signal: str
    notes: tuple[str, ...]
    sources: tuple[str, ...]

    @property
    def met(self) -> bool | None:
        """Whether every criterion judged is met; None if none could be judged."""
        judged = [bool(value) for value in self.verdicts["met"] if value is not None]
        return all(judged) if judged else None


def plate_quality(frame: pd.DataFrame) -> PlateQuality:
    """Judge a plate.

    Parameters
    ----------
    frame : pandas.DataFrame
        One well a row, in the order they were read: well, row, column (counted from 0), role,
        sample; and rate or signal (the rate is judged where any well has one). Roles positive and
        negative are the controls of Z'; without a negative the blanks serve. Wells of one role,
        sample and, if given, group, dilution, plp, alanine, oxoglutarate, inhibitor and
        inhibitor_concentration have the same content.

    Raises
    ------
    InputError
        If a column is missing.
    """
    needed = ("well", "row", "column", "role", "sample")
    missing = [name for name in needed if name not in frame.columns]
    if missing:
        raise InputError(f"plate quality: the frame lacks the column {missing[0]}")
    signal = "rate" if "rate" in frame.columns and frame["rate"].notna().any() else "signal"
    if signal not in frame.columns:
        raise InputError("plate quality: the frame has neither rate nor signal")
    read = frame[frame[signal].notna() & (frame["role"] != "empty")].reset_index(drop=True)
    wells = _wells(read, signal)
    rows = [*_controls(wells), *_replicates(wells), *position_verdicts(wells), *blank_trend(wells)]
    verdicts = pd.DataFrame(rows, columns=list(COLUMNS)).astype({"met": object})
    keys = dict.fromkeys(key for key in verdicts["source"] if key)
    return PlateQuality(
        verdicts,
        wells.drop(columns=["content", "order"]),
        signal,
        _notes(verdicts),
        tuple(format_reference(key) for key in keys),
    )


CONTENT = ("role", "sample", "group", "dilution", "plp", "fraction")
CONDITIONS = ("alanine", "oxoglutarate", "inhibitor", "inhibitor_concentration", "standard")


def _wells(read: pd.DataFrame, signal: str) -> pd.DataFrame:
    """Return wells with the deviation of each from its twins, and the plate's row effects."""
    keys = [name for name in (*CONTENT, *CONDITIONS) if name in read.columns]
    content = read[keys].astype(str).agg("|".join, axis=1) if len(read) else pd.Series(dtype=str)
    value = read[signal].to_numpy(float)
    wells = read[["well", "row", "column", "role", "sample"]].assign(value=value, content=content)
    wells["order"] = np.arange(len(wells))
    group = wells.groupby("content")["value"]
    # The factor makes the spread of a deviation that of a well: twins share their mean.
    count = group.transform("count").to_numpy(float)
    factor = np.sqrt(count / np.maximum(count - 1, 1))
    level = float(np.mean(np.abs(value))) if len(value) else math.nan
    off = (value - group.transform("mean").to_numpy(float)) * factor
    wells["deviation"] = np.where(count > 1, 100 * off / level, np.nan) if level else np.nan
    across, down = _median_polish(wells)
    wells["row_effect"] = wells["row"].map(across)
    wells["column_effect"] = wells["column"].map(down)
    return wells


def _median_polish(wells: pd.DataFrame) -> tuple[dict[int, float], dict[int, float]]:
    """Return row and column effects of the deviations (Tukey's median polish), %."""
    table = wells.pivot_table(index="row", columns="column", values="deviation", aggfunc="median")
    if table.empty:
        return {}, {}
    left = table.to_numpy(float)
    across, down = np.zeros(left.shape[0]), np.zeros(left.shape[1])
    for _ in range(10):
        move = np.nan_to_num(np.nanmedian(left, axis=1))
        left, across = left - move[:, None], across + move
        move = np.nan_to_num(np.nanmedian(left, axis=0))
        left, down = left - move, down + move
    rows = {int(name): float(effect) for name, effect in zip(table.index, across)}
    return rows, {int(name): float(effect) for name, effect in zip(table.columns, down)}


# --- controls ---
def _controls(wells: pd.DataFrame) -> list[list[object]]:
    high = wells.loc[wells["role"] == "positive", "value"].to_numpy(float)
    name = "negative" if (wells["role"] == "negative").any() else "blank"
    low = wells.loc[wells["role"] == name, "value"].to_numpy(float)
    count = len(high) + len(low)
    if min(len(high), len(low)) < LEAST:
        reason = f"{len(high)} positive and {len(low)} {name} wells; needs {LEAST} of each"
        return [
            ["Z'", math.nan, "", f"≥ {Z_PRIME_LIMIT:g}", None, count, reason, "Zhang1999"],
        ]
    detail = f"positive against {name}"
    rows: list[list[object]] = []
    measures: tuple[tuple[str, Callable[[np.ndarray], float], Callable[[np.ndarray], float]], ...]
    measures = (
        ("Z'", lambda x: float(np.mean(x)), lambda x: float(np.std(x, ddof=1))),
        ("robust Z'", lambda x: float(np.median(x)), _mad),
    )
    for label, middle, spread in measures:
        apart = abs(middle(high) - middle(low))
        z = 1 - 3 * (spread(high) + spread(low)) / apart if apart else -math.inf
        met = bool(z >= Z_PRIME_LIMIT)
        rows.append([label, z, "", f"≥ {Z_PRIME_LIMIT:g}", met, count, detail, "Zhang1999"])
    apart = abs(float(high.mean() - low.mean()))
    sd_high, sd_low = float(np.std(high, ddof=1)), float(np.std(low, ddof=1))
    window = (apart - 3 * (sd_high + sd_low)) / sd_high if sd_high else math.inf
    met = bool(window >= WINDOW_LIMIT)
    limit = f"≥ {WINDOW_LIMIT:g}"
    rows.append(["signal window", window, "sd", limit, met, count, detail, "AssayGuidanceManual"])
    ratio = float(high.mean() / low.mean()) if low.mean() else math.inf
    rows.append(["signal over background", ratio, "", "none set", None, count, detail, ""])
    return rows


def _mad(values: np.ndarray) -> float:
    return MAD_TO_SD * float(np.median(np.abs(values - np.median(values))))


def _replicates(wells: pd.DataFrame) -> list[list[object]]:
    """Return the CV of replicates, pooled over contents of samples, standards and controls."""
    own = wells[~wells["role"].isin(("blank", "sample_blank", "negative"))]
    groups = [g["value"].to_numpy(float) for _, g in own.groupby("content") if len(g) > 1]
    groups = [g for g in groups if abs(g.mean()) > 0]
    limit = f"≤ {CV_LIMIT:g}"
    if not groups:
        reason = "no content stands in two wells"
        source = "AssayGuidanceManual"
        return [["replicate CV", math.nan, "%", limit, None, 0, reason, source]]
    freedom = np.array([len(g) - 1 for g in groups])
    squares = np.array([(np.std(g, ddof=1) / g.mean()) ** 2 for g in groups])
    pooled = 100 * math.sqrt(float((freedom * squares).sum() / freedom.sum()))
    worst = 100 * math.sqrt(float(squares.max()))
    detail = f"pooled over {len(groups)} contents; worst {worst:.3g} %"
    count = sum(map(len, groups))
    met = bool(pooled <= CV_LIMIT)
    return [["replicate CV", pooled, "%", limit, met, count, detail, "AssayGuidanceManual"]]


def _notes(verdicts: pd.DataFrame) -> tuple[str, ...]:
    advice = {
        "Z'": "the controls are too close or too noisy to call hits by single wells",
        "robust Z'": "the controls are too close or too noisy even without their outliers",
        "signal window": "the controls leave little room between their bands",
        "replicate CV": "replicates scatter; look for pipetting or bubbles",
        "edge against interior": "outer wells differ; evaporation or temperature",
        "row effect": "rows differ; look at the pipetting order",
        "column effect": "columns differ; look at the pipetting order",
        "drift in reading order": "the signal moves along the reading; start reactions together",
        "drift of the blanks": "the blanks move along the reading; pair them with their samples",
    }
    return tuple(
        f"Plate quality: {row['criterion']} {row['value']:.3g} {row['unit']}".rstrip()
        + f" (limit {row['limit']}): {advice[row['criterion']]}."
        for row in verdicts.to_dict("records")
        if row["met"] is False
    )
