"""Pictures of kinetic fits: rates and laws, residuals, the double-reciprocal view, dose curves."""

import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from cahill.assays.kinetics.kinetic_analysis import Analysis
from cahill.assays.kinetics.kinetic_fit import Conditions
from cahill.results.saturation_plot import saturation_plot
from cahill.results.tables import format_number

if TYPE_CHECKING:
    from cahill.assays.kinetics.enzyme_kinetics import KineticsFit

STEPS = 120
TITLES = {"alanine": "alanine", "oxoglutarate": "2-oxoglutarate"}


def view_frame(analysis: Analysis) -> pd.DataFrame:
    """Return points and fitted curves of an analysis, a view against each concentration varied."""
    views = [_view(analysis, axis) for axis in _axes(analysis)]
    return pd.concat(views, ignore_index=True)


def _axes(analysis: Analysis) -> tuple[str, ...]:
    if analysis.kind == "dose":
        return ("inhibitor",)
    if analysis.varied:
        return (analysis.varied,)
    return ("alanine", "oxoglutarate")


def _view(analysis: Analysis, axis: str) -> pd.DataFrame:
    """Return one view: rates against `axis`, a series for every level of the others."""
    at, data = analysis.data.conditions, analysis.data
    others = [name for name in ("alanine", "oxoglutarate", "inhibitor") if name != axis]
    if analysis.kind == "saturation":
        others.remove("inhibitor")
    levels = np.nan_to_num(np.column_stack([getattr(at, name) for name in others]), nan=-1.0)
    varied = [k for k in range(len(others)) if len(np.unique(levels[:, k])) > 1]
    rows: list[list[object]] = []
    for level in np.unique(levels, axis=0):
        own = (levels == level).all(axis=1)
        series = ", ".join(_level(others[k], level[k]) for k in varied)
        x = getattr(at, axis)[own]
        for k, value in zip(np.flatnonzero(own), x):
            sd = data.sd[k]
            rows.append([series, "point", value, data.rates[k], data.rates[k] - sd])
            rows[-1].append(data.rates[k] + sd)
        grid = _grid(getattr(at, axis), analysis.kind == "dose")
        fixed = dict(zip(others, level))
        curve = analysis.best.law.rates(analysis.best.values, _conditions(axis, grid, fixed))
        rows += [[series, "curve", a, b, math.nan, math.nan] for a, b in zip(grid, curve)]
    rows += _marked(analysis)
    frame = pd.DataFrame(rows, columns=["series", "kind", "x", "y", "low", "high"])
    inhibitor = analysis.inhibitor
    label = f"{inhibitor}, umol/L" if axis == "inhibitor" else f"{TITLES[axis]}, mmol/L"
    heading = f"against {inhibitor if axis == 'inhibitor' else TITLES[axis]}"
    if analysis.kind == "dose":
        heading = analysis.name.partition(" at ")[2] or heading
    frame["panel"], frame["x_label"], frame["y_label"] = heading, label, f"rate, {data.unit}"
    frame["log_x"] = analysis.kind == "dose"
    return frame


def _level(name: str, value: float) -> str:
    short = {"alanine": "Ala", "oxoglutarate": "2-OG", "inhibitor": "I"}[name]
    unit = "umol/L" if name == "inhibitor" else "mmol/L"
    return f"{short} {value:g} {unit}"


def _grid(x: np.ndarray, logarithmic: bool) -> np.ndarray:
    positive = x[x > 0]
    if logarithmic:
        return np.geomspace(positive.min() / 10**0.5, positive.max() * 1.3, STEPS)
    return np.concatenate(
        [
            np.linspace(0, positive.max() * 0.1, STEPS // 3)[1:],
            np.linspace(0.1, 1.04, STEPS) * positive.max(),
        ]
    )


def _conditions(axis: str, grid: np.ndarray, fixed: dict[str, float]) -> Conditions:
    values = {name: np.full(len(grid), fixed.get(name, 0.0)) for name in (*TITLES, "inhibitor")}
    values[axis] = grid
    return Conditions(values["alanine"], values["oxoglutarate"], values["inhibitor"])


def _marked(analysis: Analysis) -> list[list[object]]:
    """Return a line at the IC50 with its interval."""
    if analysis.kind != "dose":
        return []
    name = "ic50" if "ic50" in analysis.best.values else "ki_apparent"
    value, low, high = analysis.interval(name)
    label = {"ic50": "IC50", "ki_apparent": "apparent Ki"}[name]
    return [[f"{label} {format_number(value)}", "mark", value, math.nan, low, high]]


def residual_frame(analysis: Analysis) -> pd.DataFrame:
    """Return residuals against the fitted rates, as a panel."""
    best, data = analysis.best, analysis.data
    sd = best.sd if math.isfinite(best.sd) and best.sd > 0 else 1.0
    frame = pd.DataFrame({"x": best.fitted, "y": best.residuals / sd})
    frame = frame.assign(series="", kind="point")
    line = pd.DataFrame({"x": [0.0], "y": [0.0], "series": [""], "kind": ["zero"]})
    frame = pd.concat([frame, line], ignore_index=True)
    return frame.assign(
        panel="residuals",
        low=math.nan,
        high=math.nan,
        log_x=False,
        x_label=f"fitted rate, {data.unit}",
        y_label="residual, sd",
    )


def reciprocal_frame(analysis: Analysis) -> pd.DataFrame:
    """Return the double-reciprocal (Lineweaver-Burk) view of points and fitted curves."""
    frame = view_frame(analysis)
    kept = frame[(frame["x"] > 0) & (frame["y"] > 0) & frame["kind"].isin(("point", "curve"))]
    lowest = kept[kept["kind"] == "point"].groupby("panel")["x"].min()
    far = kept["panel"].map(lowest)
    kept = kept[kept["x"] >= 0.9 * far]
    turned = kept.assign(x=1 / kept["x"], y=1 / kept["y"], low=math.nan, high=math.nan)
    turned["x_label"] = "1/(" + kept["x_label"] + ")"
    turned["y_label"] = "1/(" + kept["y_label"] + ")"
    return turned


# --- pictures ---
def fit_picture(fit: "KineticsFit") -> Figure:
    """Draw the saturation fit, or the first analysis if there is none."""
    return analysis_picture(fit.saturation or fit.analyses[0])


def analysis_picture(analysis: Analysis) -> Figure:
    """Draw rates and fitted law against what was varied, with the residuals."""
    frame = pd.concat([view_frame(analysis), residual_frame(analysis)], ignore_index=True)
    return saturation_plot(
        frame,
        title=capital(analysis.name),
        subtitle=f"{analysis.best.law.name}: v = {analysis.best.law.equation}",
    )


def dose_picture(doses: list[Analysis], inhibitor: str) -> Figure:
    """Draw the inhibition curves of one inhibitor, a panel for each pair of substrates."""
    frame = pd.concat([view_frame(item) for item in doses], ignore_index=True)
    return saturation_plot(
        frame,
        title=f"Inhibition by {inhibitor}",
        subtitle="line: fitted curve; dashed: the half-way point with its interval",
    )


def capital(text: str) -> str:
    """Return a text with a capital letter in front, the rest as it is."""
    return text[:1].upper() + text[1:]
