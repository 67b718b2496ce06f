"""Pictures and report of kinetic fits."""

import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from cahill.assays.kinetic_analysis import NAMES, Analysis
from cahill.assays.kinetic_fit import Conditions
from cahill.results.page import Fact, Page, Picture, Section, Table
from cahill.results.saturation_plot import saturation_plot
from cahill.results.tables import format_number, format_range

if TYPE_CHECKING:
    from cahill.assays.enzyme_kinetics import KineticsFit

STEPS = 120
TITLES = {"alanine": "alanine", "oxoglutarate": "2-oxoglutarate"}
HEADINGS = {"best_fit": "best fit", "f_test_p": "F test p", "lack_of_fit_p": "lack of fit p"}
METHOD = (
    "Every law is fitted by least squares to all rates at once, never to reciprocals. The law "
    "shown is the one with the fewest constants among those within 2 of the lowest AICc. Intervals "
    "are profile likelihoods (95 % unless chosen otherwise); where an end is open, the rates set "
    "no limit there and the constant is not given as a number.",
    "The ping-pong law is that of the cycle model without products: "
    "v = Vmax A B/(Km_Ala B + Km_AKG A + A B), A alanine, B 2-oxoglutarate. ALT is known to be "
    "ping-pong; the sequential law is fitted beside it to see whether these rates would object.",
)


# --- frames for the pictures ---
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
    return _picture(fit.saturation or fit.analyses[0])


def _picture(analysis: Analysis) -> Figure:
    frame = pd.concat([view_frame(analysis), residual_frame(analysis)], ignore_index=True)
    return saturation_plot(
        frame,
        title=_capital(analysis.name),
        subtitle=f"{analysis.best.law.name}: v = {analysis.best.law.equation}",
    )


def _dose_picture(doses: list[Analysis], inhibitor: str) -> Figure:
    frame = pd.concat([view_frame(item) for item in doses], ignore_index=True)
    return saturation_plot(
        frame,
        title=f"Inhibition by {inhibitor}",
        subtitle="line: fitted curve; dashed: the half-way point with its interval",
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


# --- the report ---
def kinetics_sections(fit: "KineticsFit") -> tuple[Section, ...]:
    """Return the sections of a report on one preparation."""
    sections = [Section("Constants", tables=(_constants(fit),), notes=fit.notes)]
    for analysis in fit.analyses:
        if analysis.kind != "dose":
            sections.append(_analysis_section(analysis))
    doses = [item for item in fit.analyses if item.kind == "dose"]
    for inhibitor in dict.fromkeys(item.inhibitor for item in doses):
        own = [item for item in doses if item.inhibitor == inhibitor]
        picture = Picture(
            _dose_picture(own, inhibitor),
            caption=f"Rates against {inhibitor}, with the fitted inhibition curves.",
            name=f"dose-response-{_slug(inhibitor)}",
        )
        sections.append(Section(f"Inhibition curves of {inhibitor}", pictures=(picture,)))
    sections.append(_laws(fit))
    return tuple(sections)


def kinetics_page(fit: "KineticsFit") -> Page:
    """Return the whole report."""
    rates = fit.points.drop(columns=["reason"]) if fit.points["used"].all() else fit.points
    return Page(
        title=fit.title,
        lead=fit.summary(),
        facts=_facts(fit),
        sections=(
            *kinetics_sections(fit),
            Section("Rates", tables=(Table(rates, sortable=True),)),
            Section("Method", paragraphs=METHOD),
        ),
        sources=fit.sources,
        provenance=fit.provenance,
    )


def _slug(text: str) -> str:
    return "".join(mark if mark.isalnum() else "-" for mark in text.lower())


def _constants(fit: "KineticsFit") -> Table:
    frame = fit.results.drop(columns=["best_fit"])
    caption = "Constants with their intervals; without a value where the rates set no limit."
    return Table(frame, caption=caption)


def _analysis_section(analysis: Analysis) -> Section:
    slug = "saturation" if analysis.kind == "saturation" else f"type-{_slug(analysis.inhibitor)}"
    pictures = [
        Picture(
            _picture(analysis),
            caption="Rates with the fitted law, and residuals in standard deviations.",
            name=slug,
        ),
        Picture(
            saturation_plot(
                reciprocal_frame(analysis),
                title="Double-reciprocal view",
                subtitle="the same fit, drawn as 1/v against 1/S; nothing was fitted here",
            ),
            caption="Lineweaver-Burk view of the same fit: parallel lines are ping-pong's mark.",
            name=f"{slug}-reciprocal",
        ),
    ]
    return Section(_capital(analysis.name), pictures=tuple(pictures))


def _laws(fit: "KineticsFit") -> Section:
    frame = fit.laws.drop(columns=["equation", "ssr"])
    caption = (
        "Every law tried on the same rates: AICc (lower is better), its weight, the F test of the "
        "law's extra terms and the test of its misfit against replicates."
    )
    return Section("Laws compared", tables=(Table(frame, caption=caption, headings=HEADINGS),))


def _facts(fit: "KineticsFit") -> tuple[Fact, ...]:
    wanted = ("vmax", "km_ala", "km_akg", "kcat", "kic", "kiu", "ki", "ki_plp", "ki_pmp", "ic50")
    facts = []
    rows = fit.results[~fit.results["analysis"].str.startswith("Ki from")]
    base = fit.saturation
    for row in rows.to_dict("records"):
        name, own = str(row["parameter"]), row["analysis"]
        repeated = name.startswith(("vmax", "km_")) and base is not None and own != base.name
        if name not in wanted or repeated or len(facts) == 6:
            continue
        if row["status"] != "determined":
            bound = f"≥ {format_number(row['low'])}" if row["low"] > 0 else "not determined"
            facts.append(Fact(NAMES.get(name, name), bound, str(row["unit"])))
            continue
        label = NAMES.get(name, name if base is None or own == base.name else f"{name}, {own}")
        beside = format_range(row["low"], row["high"])
        facts.append(Fact(label, format_number(row["value"]), str(row["unit"]), beside))
    return tuple(facts)
