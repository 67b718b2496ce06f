"""The report of fitted fluxes: map, measured beside fitted, residuals, intervals, what is open."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.stats import chi2

from cahill.core.labelling import Experiment
from cahill.results.flux_forest import flux_forest
from cahill.results.isotopologue_bars import isotopologue_bars, isotopologue_courses
from cahill.results.network_map import network_map
from cahill.results.network_map_files import shipped_layout
from cahill.results.page import Fact, Page, Picture, Section, Table
from cahill.results.profile_curves import profile_curves
from cahill.results.residual_plot import residual_plot
from cahill.results.tables import format_number, format_range
from cahill.tracing.flux_estimates import FluxEstimates, headlines
from cahill.tracing.intervals import FIXED, Target
from cahill.tracing.label_values import label_values, panel_names, with_curve_times

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DRAWN = 40
"""Fluxes that the picture of intervals shows."""
PROFILES = 16
"""Profiles that are drawn."""
NAMED = 12
"""Fluxes that a sentence names."""
SAME = 1e-6
"""Relative difference up to which two fluxes are one and the same."""


def fit_page(result: FluxEstimates) -> Page:
    """Return the report of a fit."""
    sections = [
        Section(
            "Fluxes on the network",
            pictures=(Picture(flux_map(result), _map_caption(result), name="map", min_width=900),),
            notes=result.notes,
        ),
        _labels_section(result),
        _residuals_section(result),
        _fluxes_section(result),
        _open_section(result),
        _search_section(result),
    ]
    return Page(
        title=result.title,
        lead=result.summary(),
        facts=_facts(result),
        sections=tuple(section for section in sections if section is not None),
        sources=result.sources,
        provenance=result.provenance,
    )


def flux_map(result: FluxEstimates) -> "Figure":
    """Draw the net fluxes on the network."""
    return network_map(
        result.study.network,
        result.net_fluxes(),
        unit=result.study.flux_unit,
        title="Fluxes",
        subtitle=result.study.name,
    )


def _map_caption(result: FluxEstimates) -> str:
    return (
        "The wider an arrow, the larger the net flux. In brackets the "
        f"{100 * result.intervals.level:g} % interval by {result.method}; dashed where the data do "
        "not set it."
    )


def _facts(result: FluxEstimates) -> tuple[Fact, ...]:
    fit, judged = result.fit, result.fit.chi_square
    expected = f"expected {format_range(judged.low, judged.high)}" if judged.degrees > 0 else ""
    met = bool(judged.low <= judged.ssr <= judged.high) if judged.degrees > 0 else None
    reached = f"{int(fit.starts['best'].sum())} of {len(fit.starts)}"
    facts = [
        Fact("Sum of squares", format_number(judged.ssr), beside=expected, met=met),
        Fact("Starts at this minimum", reached),
    ]
    for label, name in headlines(result.study, result.asked):
        value, unit = format_number(result.value(name)), result.study.flux_unit
        unit = "" if name.endswith(" pool") else unit
        beside = result.interval_words(name)
        facts.append(Fact(label[:1].upper() + label[1:], value, unit, beside))
    return tuple(facts)


def _labels_section(result: FluxEstimates) -> Section | None:
    values = result.fit.labels()
    experiments = [one for one in result.study.experiments if one.labels]
    if values.empty or not experiments:
        return None
    pictures = tuple(
        Picture(
            _labels_picture(result, experiment, values),
            f"Experiment {experiment.name}: measured values with their standard deviations.",
            name=f"labels-{k}",
        )
        for k, experiment in enumerate(experiments, 1)
    )
    return Section("Measured and fitted labelling", pictures=pictures)


def _labels_picture(
    result: FluxEstimates, experiment: Experiment, values: pd.DataFrame
) -> "Figure":
    own = values[values["experiment"] == experiment.name]
    names = panel_names(experiment)
    if experiment.stationary:
        frame = own.assign(measurement=own["measurement"].map(names))
        return isotopologue_bars(frame, subtitle=experiment.name)
    own = pd.concat([own, _between(result, experiment, own)], ignore_index=True)
    return isotopologue_courses(
        own.assign(measurement=own["measurement"].map(names)),
        time_unit=result.study.time_unit,
        subtitle=experiment.name,
    )


def _between(result: FluxEstimates, experiment: Experiment, own: pd.DataFrame) -> pd.DataFrame:
    """Return fitted values between the measured times, where no factor is needed for them."""
    finer = with_curve_times(experiment)
    problem, free = result.fit.problem, {one.id for one in experiment.labels if one.free_scale}
    values = label_values(result.study, problem.space, result.fit.state, [finer])
    keys = ["measurement", "time", "channel"]
    known = pd.MultiIndex.from_frame(own[keys])
    new = ~pd.MultiIndex.from_frame(values[keys]).isin(known) & ~values["measurement"].isin(free)
    return values[new].rename(columns={"value": "fitted"}).assign(measured=np.nan, sd=np.nan)


def _residuals_section(result: FluxEstimates) -> Section:
    fit = result.fit
    # The fit counts fitted minus measured, the picture measured minus fitted.
    residuals = fit.residuals()
    picture = residual_plot(residuals.assign(residual=-residuals["residual"]))
    measured = fit.measured_fluxes()
    shares = (
        residuals.assign(squares=residuals["residual"] ** 2)
        .groupby("measurement", sort=False)["squares"]
        .agg(["size", "sum"])
        .reset_index()
        .rename(columns={"size": "values", "sum": "sum_of_squares"})
        .sort_values("sum_of_squares", ascending=False, kind="stable")
    )
    tables = [Table(shares, "Which measurements make up the sum of squares.", sortable=True)]
    if len(measured):
        tables.append(Table(measured, "Measured fluxes and pools beside the fit.", sortable=True))
    return Section(
        "Residuals",
        paragraphs=(_verdict(result),),
        pictures=(Picture(picture, "Residuals in standard deviations.", name="residuals"),),
        tables=tuple(tables),
    )


def _verdict(result: FluxEstimates) -> str:
    judged = result.fit.chi_square
    text = f"The fit is {judged.verdict}."
    if judged.degrees > 0 and judged.ssr > judged.high:
        text += (
            " Intervals rest on the errors as given; where the model misses the data they are too "
            "narrow, and fluxes that hang on the measurements at the top of the table below may be "
            "off by more."
        )
    return text


def _fluxes_section(result: FluxEstimates) -> Section:
    distinct = _distinct(result)
    shown = distinct.head(DRAWN)
    words = f"{100 * result.intervals.level:g} %, {result.method}"
    pictures = []
    if len(shown):
        rows = shown.assign(condition=result.study.name)
        cut = f", the {DRAWN} largest of {len(distinct)}" if len(distinct) > DRAWN else ""
        figure = flux_forest(
            rows, unit=result.study.flux_unit, title="Net fluxes", subtitle=f"{words}{cut}"
        )
        pictures.append(Picture(figure, "Fluxes equal by balance stand once.", name="fluxes"))
    if len(result.curves):
        pictures.append(Picture(_profiles(result), "Profiles.", name="profiles"))
    frame = result.to_frame()
    table = frame.assign(determined=np.where(frame["determined"], "yes", "no"))
    return Section(
        "Fluxes and intervals",
        paragraphs=result.intervals.notes,
        pictures=tuple(pictures),
        tables=(Table(table, f"Intervals: {words}.", sortable=True),),
    )


def _distinct(result: FluxEstimates) -> pd.DataFrame:
    """Return the net fluxes to draw: those asked for first, then by size, equal ones once.

    Of a network with a map of the package those on the map, of any other those that carry traced
    atoms; fluxes with an open interval stand in the section of what is not determined.
    """
    frame = result.to_frame()
    frame = frame[frame["low"].notna() & (frame["note"] != FIXED)]
    names = [str(Target(*pair)) for pair in zip(frame["flux"], frame["kind"])]
    first = [one.flux for one in headlines(result.study, result.asked)]
    closed = np.isfinite(frame["low"]) & np.isfinite(frame["high"])
    shown = closed & (frame["kind"] == "net") & frame["flux"].isin(_of_interest(result))
    frame = frame.assign(flux=names)
    rank = frame["flux"].map({name: k - len(first) for k, name in enumerate(first)}).fillna(0)
    frame = frame.assign(rank=rank, size=-frame["value"].abs())[shown | (rank < 0)]
    net = frame.sort_values(["rank", "size"], kind="stable")
    kept: list[int] = []
    seen: list[np.ndarray] = []
    for place, ends in enumerate(net[["value", "low", "high"]].to_numpy(float)):
        if not any(np.allclose(ends, other, rtol=SAME, atol=0) for other in seen):
            seen.append(ends)
            kept.append(place)
    return net.iloc[kept]


def _of_interest(result: FluxEstimates) -> set[str]:
    """Return the reactions on the package's map of the network, or all that carry traced atoms."""
    network = result.study.network
    layout = shipped_layout(network)
    if layout is not None:
        return set(layout.reactions())
    return {
        step.reaction
        for step in network.steps
        if any(part.letters for one in step.maps for part in (*one.reactants, *one.products))
    }


def _profiles(result: FluxEstimates) -> "Figure":
    """Draw the profiles of the fluxes to report first, or of the first there are."""
    curves = {str(name): rows for name, rows in result.curves.groupby("flux", sort=False)}
    first = [one.flux for one in headlines(result.study, result.asked) if one.flux in curves]
    shown = [curves[name] for name in (first or list(curves))[:PROFILES]]
    threshold = round(float(chi2.ppf(result.intervals.level, 1)), 2)
    return profile_curves(pd.concat(shown), unit=result.study.flux_unit, threshold=threshold)


def _open_section(result: FluxEstimates) -> Section:
    frame, fit = result.to_frame(), result.fit
    net = frame[(frame["kind"] == "net") & ~frame["determined"]]
    exchange = frame[(frame["kind"] == "exchange") & ~frame["determined"]]
    combinations = fit.undetermined()
    paragraphs = [
        _named("net flux", "net fluxes", list(net["flux"])),
        _named("exchange flux", "exchange fluxes", list(exchange["flux"])),
    ]
    if combinations:
        paragraphs.append(
            "Parameters that can change, alone or together, without changing the fit: "
            f"{'; '.join(combinations)}."
        )
    open_rows = frame[~frame["determined"]]
    tables = []
    if len(open_rows):
        columns = ["flux", "kind", "value", "low", "high", "note"]
        tables.append(
            Table(open_rows[columns], "Not determined on one side or both.", sortable=True)
        )
    return Section(
        "What the data do not determine", paragraphs=tuple(paragraphs), tables=tuple(tables)
    )


def _named(one: str, many: str, names: list[str]) -> str:
    if not names:
        return f"The data determine every {one}."
    listed = ", ".join(names[:NAMED])
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    words = one if len(names) == 1 else many
    return (
        f"{len(names)} {words} {'is' if len(names) == 1 else 'are'} not determined: {listed}{more}."
    )


def _search_section(result: FluxEstimates) -> Section:
    limits = result.fit.limits()
    paragraphs = ["Every search started elsewhere; those at the same minimum agree on the fluxes."]
    if limits:
        paragraphs.append(f"Limits that hold at the optimum: {'; '.join(limits)}.")
    starts = result.fit.starts
    table = starts.assign(
        converged=np.where(starts["converged"], "yes", "no"),
        best=np.where(starts["best"], "yes", "no"),
    )
    headings = {"ssr": "sum of squares", "best": "this minimum"}
    return Section(
        "The search",
        paragraphs=tuple(paragraphs),
        tables=(Table(table, headings=headings, sortable=True),),
    )
