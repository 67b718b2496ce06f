"""The frames behind the pictures of ALT activities."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cahill.results.fold_dots import fold_dots
from cahill.results.plate_map import plate_curves, plate_heat
from cahill.results.standard_curve_plot import standard_curve_plot

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from cahill.assays.activity.alt_activity import AltActivity

UNITS = {"activity_u_per_g": "U/g", "activity_u_per_mg": "U/mg", "activity_u_per_l": "U/L"}
MOST = 12  # groups in one panel
WIDE = 8.0  # ratio of the largest to the smallest value from which the axis is logarithmic


def plate_picture(result: "AltActivity") -> "Figure":
    """Draw the wells in the shape of the plate."""
    words = f"{result.plate_name}, reading {result.reading}"
    return plate_curves(
        result.traces,
        title="Curves of the plate",
        subtitle=words,
        unit=result.signal_unit,
        shape=result.shape,
    )


def activity_picture(result: "AltActivity") -> "Figure | None":
    """Draw the activity of every sample by group; None if there is none."""
    own = result.table[result.table["role"] == "sample"]
    name, unit = _measure(own, result)
    own = own[np.isfinite(own[name].astype(float))]
    if own.empty:
        return None
    frame = _dot_frame(own, name)
    positive = frame["value"] > 0
    ratio = frame["value"].max() / frame["value"].min() if positive.all() else 1.0
    log = bool(positive.all() and ratio > WIDE)
    title = "ALT activity" if unit.startswith("U/") else "Samples, blanks subtracted"
    return fold_dots(frame, title=title, unit=unit, log=log)


def _measure(own: pd.DataFrame, result: "AltActivity") -> tuple[str, str]:
    """Return the column to draw: per g or mg where at least half of the samples have it."""
    for name, unit in UNITS.items():
        if name in own and own[name].notna().mean() >= 0.5:
            return name, unit
    return result.value, result.unit


def _dot_frame(own: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return one row a sample and one a group, as `fold_dots` takes them."""
    grouped = own["group"].ne("").any()
    several = own["group"].nunique() > 1
    plp = {"yes": "with PLP", "no": "without PLP", "": ""}
    both = own["plp"].nunique() > 1
    panel = [own["tissue"], own["fraction"]]
    group = [own["group"]] if several or not (grouped and both) else []
    if not grouped:
        group = [own["sample"]]
    if both:
        group.append(own["plp"].map(plp))
    frame = pd.DataFrame(
        {"panel": _joined(panel, own.index), "group": _joined(group, own.index), "row": own.index}
    )
    if not grouped:
        frame["panel"] = _chunked(frame["panel"], frame["group"])
    rows = []
    for (where, which), wells in frame.groupby(["panel", "group"], sort=False):
        values = own.loc[wells["row"], name].to_numpy(float)
        rows.append((where, which, "mean", *_mean(own.loc[wells["row"]], values, name)))
        rows += [(where, which, "replicate", value, np.nan, np.nan) for value in values]
    return pd.DataFrame(rows, columns=["panel", "group", "kind", "value", "low", "high"])


def _joined(parts: list[pd.Series], index: pd.Index) -> list[str]:
    texts = [[part.get(k, "") for part in parts] for k in index]
    return [", ".join(text for text in row if text) for row in texts]


def _chunked(panel: pd.Series, group: pd.Series) -> list[str]:
    """Split panels with many groups into parts."""
    places: dict[str, list[str]] = {}
    for where, which in zip(panel, group):
        seen = places.setdefault(where, [])
        if which not in seen:
            seen.append(which)
    names = []
    for where, which in zip(panel, group):
        part = places[where].index(which) // MOST
        label = where or "samples"
        names.append(f"{label} ({part + 1})" if len(places[where]) > MOST else label)
    return names


def _mean(rows: pd.DataFrame, values: np.ndarray, name: str) -> tuple[float, float, float]:
    """Return mean and interval over biological replicates; of one sample, its own."""
    from scipy import stats

    mean = float(values.mean())
    if len(values) == 1:
        return mean, float(rows[f"{name}_low"].iloc[0]), float(rows[f"{name}_high"].iloc[0])
    half = stats.t.ppf(0.975, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values))
    return mean, mean - float(half), mean + float(half)


def standard_picture(result: "AltActivity") -> "Figure":
    """Draw the standard curve with what was read off it."""
    standards = result.standards
    if standards is None:
        raise AssertionError("no standards")
    curve = standards.curve
    live = result.wells[(result.wells["excluded"] == "") & np.isfinite(result.wells["read_off"])]
    live = live[live["role"].isin(["sample", "positive", "negative"])]
    reads = pd.DataFrame(
        {
            "amount": live["read_off"],
            "signal": live["signal_to"],
            "extrapolated": live["verdict"].str.contains("extrapolated"),
        }
    )
    reach = float(np.nanmax([curve.highest, *reads["amount"].clip(upper=1.6 * curve.highest)]))
    amount = np.linspace(-0.03 * curve.highest, 1.04 * reach, 240)
    from scipy import stats

    band = stats.t.ppf(0.975, curve.df) * np.hypot(curve.noise(amount), curve.band(amount))
    signal = curve.signal(amount)
    frame = {"amount": amount, "signal": signal, "low": signal - band, "high": signal + band}
    per_minute = "rate" if "rate" in standards.signal_kind else "signal"
    unit = f"{result.signal_unit}/min" if per_minute == "rate" else result.signal_unit
    words = f"{curve.shape}, weights {curve.weights}, R² {curve.r2:.5f}"
    return standard_curve_plot(
        standards.table,
        pd.DataFrame(frame),
        reads,
        amount_unit=standards.unit,
        signal_label=f"{per_minute} ({unit})",
        subtitle=f"{words} · samples at the last read used" if per_minute == "signal" else words,
    )


def deviation_picture(result: "AltActivity") -> "Figure | None":
    """Draw how far wells are from their twins; None if none has one."""
    frame = result.deviations
    if frame.empty or not np.isfinite(frame["deviation"].astype(float)).any():
        return None
    return plate_heat(
        frame.assign(value=frame["deviation"]),
        title="Deviation from wells of the same content",
        subtitle="% of the mean level of the plate",
        unit="%",
        shape=result.shape,
    )
