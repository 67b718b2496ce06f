"""Verdicts on an activity plate: limits of the assay, of the reader, of the standards."""

from typing import TYPE_CHECKING

import numpy as np

from cahill.core.plate import Reading

if TYPE_CHECKING:
    import pandas as pd

    from cahill.assays.activity.pyruvate_standards import Standards

LINEAR_AU_PER_MIN = 0.16  # LinearChemicals: dA/min in 1 cm above which to dilute 1:10
BLANK_AU_PER_MIN = 0.002  # KlinBiokemNorden1990: reagent blank, AU in 60 s
KM_PYRUVATE_MMOL = 0.16  # literature table of the assay: lag to 99 % is 4.6 Km/V
LAG_99 = 4.6
TEMPERATURE_C, TEMPERATURE_TOLERANCE_C = 37.0, 1.0  # seed 000 and 001; tolerance assumed: 1 C is
# some 5 % of activity
SOURCES = {
    "fastest sample": "LinearChemicals",
    "reagent blank": "KlinBiokemNorden1990",
    "limit of detection": "ICHQ2",
    "limit of quantification": "ICHQ2",
}
COLUMNS = ["criterion", "value", "unit", "limit", "met", "detail", "source"]


def coupled_verdicts(wells: "pd.DataFrame") -> list[dict[str, object]]:
    """Return verdicts of the NADH assay: linearity, reagent blank.

    Parameters
    ----------
    wells : pandas.DataFrame
        With rate (AU/min) and path (cm).
    """
    live = wells[(wells["excluded"] == "") & np.isfinite(wells["path"])]
    per_cm = live["rate"] / live["path"]
    rows = []
    own = live["role"] == "sample"
    if own.any():
        beyond = live.loc[own & (per_cm > LINEAR_AU_PER_MIN), "well"].tolist()
        rows.append(
            _row(
                "fastest sample",
                1e3 * per_cm[own].max(),
                f"≤ {1e3 * LINEAR_AU_PER_MIN:g}",
                "mAU/min in 1 cm",
                not beyond,
                f"dilute {', '.join(beyond)}" if beyond else "",
            )
        )
    blank = live["role"] == "blank"
    if blank.any():
        mean = float(per_cm[blank].mean())
        met = mean <= BLANK_AU_PER_MIN
        remark = "" if met else "NADH is lost without enzyme; look at the reagents"
        limit = f"≤ {1e3 * BLANK_AU_PER_MIN:g}"
        rows.append(_row("reagent blank", 1e3 * mean, limit, "mAU/min in 1 cm", met, remark))
    return rows


def standard_verdicts(standards: "Standards") -> list[dict[str, object]]:
    """Return verdicts of a standard curve: recoveries, limits, what was read beyond it."""
    judged = standards.table["within_80_120"].dropna()
    rows = []
    if len(judged):
        share = standards.table.loc[judged.index, "recovery_percent"]
        worst = float(share.iloc[int((share - 100).abs().to_numpy().argmax())])
        failed = standards.table.loc[judged.index[~judged.to_numpy(bool)], "well"].tolist()
        remark = f"outside: {', '.join(failed)}" if failed else ""
        rows.append(
            _row("standards back-calculated, worst", worst, "80–120", "%", not failed, remark)
        )
    unit = standards.unit
    rows.append(_row("limit of detection", standards.lod, "", unit, None, "3.3 sigma"))
    rows.append(_row("limit of quantification", standards.loq, "", unit, None, "10 sigma"))
    return rows


def plate_verdicts(
    wells: "pd.DataFrame", reading: Reading, spread_cv: float
) -> tuple[list[dict[str, object]], tuple[str, ...]]:
    """Return verdicts that hold for either assay, and notes on temperature.

    Parameters
    ----------
    wells : pandas.DataFrame
    reading : Reading
    spread_cv : float
        Coefficient of variation of pipetting; NaN if no sample has replicate wells.
    """
    rows, notes = [], []
    over = int((wells["over"].fillna(0) > 0).sum()) if "over" in wells else 0
    rows.append(
        _row("wells with reads beyond the reader", over, "0", "wells", over == 0, "reads masked")
    )
    extrapolated = wells["verdict"].str.contains("extrapolated") & (wells["excluded"] == "")
    if extrapolated.any():
        names = ", ".join(wells.loc[extrapolated, "well"])
        count = int(extrapolated.sum())
        rows.append(_row("wells beyond the standards", count, "0", "wells", False, names))
    if np.isfinite(spread_cv):
        rows.append(_row("replicate wells, beyond reading noise", 100 * spread_cv, "", "%", None))
    if reading.temperature is None or not np.isfinite(reading.temperature).any():
        notes.append(
            "The file does not say at which temperature the plate was read; activities are as "
            "measured, and one unit is defined at 37 °C."
        )
    else:
        known = reading.temperature[np.isfinite(reading.temperature)]
        gap = float(np.abs(known - TEMPERATURE_C).max())
        met = gap <= TEMPERATURE_TOLERANCE_C
        rows.append(_row("temperature, largest distance from 37 °C", gap, "≤ 1", "°C", met))
        if not met:
            notes.append(
                f"The plate was read at {known.min():.1f}–{known.max():.1f} °C, not at 37 °C; "
                "activities are as measured and were not converted."
            )
    return rows, tuple(notes)


def lag_remark(wells: "pd.DataFrame") -> tuple[str, ...]:
    """Return a remark on the lag that was seen, and the LDH activity that would explain it."""
    lag = wells.loc[(wells["excluded"] == "") & (wells["role"] == "sample"), "lag"].to_numpy(float)
    lag = lag[np.isfinite(lag) & (lag > 0)]
    if not lag.size:
        return ()
    middle = float(np.median(lag))
    ldh = KM_PYRUVATE_MMOL * 1e3 * 60 / middle
    return (
        f"Median lag {middle:.0f} s in {lag.size} wells. A lag of Km/V with a Km of "
        f"{KM_PYRUVATE_MMOL:g} mmol/L for pyruvate is that of {ldh:,.0f} U/L LDH in the well; the "
        f"rate is 99 % established after {LAG_99 * middle:.0f} s.",
    )


def _row(
    criterion: str, value: float, limit: str, unit: str, met: bool | None, detail: str = ""
) -> dict[str, object]:
    values = (criterion, float(value), unit, limit, met, detail, SOURCES.get(criterion, ""))
    return dict(zip(COLUMNS, values))
