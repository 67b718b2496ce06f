"""The picture and the report of a series."""

import datetime as dt
import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cahill.core.laboratory import MICRO, LabResult
from cahill.results.page import Fact, Page, Picture, Section, Table
from cahill.results.tables import format_number
from cahill.serum.clearance import Estimate
from cahill.serum.evaluate_bands import change_factors
from cahill.serum.rules import Branch
from cahill.serum.series_fit import curve_frame, estimate_words, peak_rise
from cahill.serum.series_subject import moment
from cahill.serum.three_valued import decide, point, span
from cahill.serum.wording import CARE_LONG, outcome_words

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from cahill.results.theme import ThemeName
    from cahill.serum.series import SerumSeries

ZOOM = "ALT around its peak, × ULN"
ZOOM_PLAIN = "ALT around its peak, U/L"
SMALL_PART = 0.4
CAPTION = (
    "Values over their own upper limits in time. Shades are bands of the ladder named at the "
    "right; the grey band is what variation alone allows around the baseline (reference change "
    "value, 95 %). A value known as an interval is a bar."
)


def series_picture(series: "SerumSeries", theme: "ThemeName" = "light") -> "Figure":
    """Draw ALT with ladder, baseline, fits and model, and the other tests below it."""
    from cahill.results.series_plot import series_plot

    ladder = series.ladder.key if _limited(series) else "not drawn: ALT has no upper limit"
    return series_plot(
        plot_frame(series),
        title="Serum tests in time",
        subtitle=f"ladder {ladder}; research use only, cause not assessed",
        own_time=(ZOOM, ZOOM_PLAIN),
        theme=theme,
    )


def plot_frame(series: "SerumSeries") -> pd.DataFrame:
    """Return what is drawn, as `results.series_plot.series_plot` takes it."""
    rows: list[dict[str, object]] = []
    limited = _limited(series)
    main = f"ALT, {'× ULN' if limited else 'U/L'}"
    dated = [item for item in series.subject.dated if item.test == "ALT"]
    if dated:
        scale = _scale(series)
        points = list(_points("ALT", dated, limited))
        curves = list(_curves(series, scale))
        window = _window(series)
        rows += [{"panel": main, **row} for row in points]
        rows += [] if window else [{"panel": main, **row} for row in curves]
        rows += [{"panel": main, **row} for row in _levels(series, scale)]
        rows += [{"panel": main, **row} for row in _steps(series)] if limited else []
        if window:
            close = [row for row in points + curves if window[0] <= row["when"] <= window[1]]  # pyright: ignore[reportOperatorIssue]
            rows += [{"panel": ZOOM if limited else ZOOM_PLAIN, **row} for row in close]
    for test in series.subject.tests:
        own = [item for item in series.subject.dated if item.test == test and item.uln is not None]
        if test != "ALT" and own:
            rows += [{"panel": "other tests, × ULN", **row} for row in _points(test, own, True)]
    columns = ["panel", "series", "kind", "when", "y", "low", "high"]
    return pd.DataFrame(rows, columns=columns)


def _window(series: "SerumSeries") -> tuple[dt.datetime, dt.datetime] | None:
    """Return when the fitted rise and fall is, if that is a small part of the whole."""
    origin = series.subject.origin
    own = [one for one in series.fits if one.test == "ALT"]
    if origin is None or not own:
        return None
    hours = [series.subject.hours(item) for item in series.subject.dated]
    values, episode = own[0].free.values, own[0].episode
    peak = float(episode.hours[episode.peak])
    first = min(values["onset"], peak - 24.0) - 24.0
    last = peak + max(6.0 * values["half_life"], 48.0)
    if last - first > SMALL_PART * (max(hours) - min(hours)):
        return None
    return origin + dt.timedelta(hours=first), origin + dt.timedelta(hours=last)


def _limited(series: "SerumSeries") -> bool:
    """Return whether every dated ALT has an upper limit."""
    own = [item for item in series.subject.dated if item.test == "ALT"]
    return bool(own) and all(item.uln is not None for item in own)


def _scale(series: "SerumSeries") -> float:
    """Return the U/L that one unit of the axis stands for: the limit of the highest ALT, or 1."""
    if not _limited(series):
        return 1.0
    own = [item for item in series.subject.dated if item.test == "ALT"]
    return (max(own, key=lambda item: item.low).uln or MICRO) / MICRO


def _points(test: str, results: list[LabResult], limited: bool) -> Iterator[dict[str, object]]:
    for item in results:
        scale = item.uln if limited and item.uln else MICRO
        low = item.low / scale
        high = math.inf if item.high is None else item.high / scale
        kind = "point" if item.exact and item.low > 0 else "interval"
        y = low if kind == "point" else math.nan
        ends = (math.nan, math.nan) if kind == "point" else (low, high)
        yield _row(test, kind, moment(item), y, *ends)


def _curves(series: "SerumSeries", scale: float) -> Iterator[dict[str, object]]:
    origin = series.subject.origin
    assert origin is not None
    for one in series.fits:
        if one.test != "ALT":
            continue
        labels = {}
        for name, fit in one.fits:
            held = fit.fixed is not None
            half = fit.fixed if fit.fixed is not None else fit.values["half_life"]
            labels[name] = f"{'held' if held else 'fitted'}: half-life {half:.3g} h"
        for row in curve_frame(one).itertuples():
            when = origin + dt.timedelta(hours=float(row.hours))  # pyright: ignore[reportArgumentType]
            yield _row(labels[str(row.clearance)], "curve", when, float(row.value) / scale)  # pyright: ignore[reportArgumentType]
    yield from _model(series, scale, origin)


def _model(series: "SerumSeries", scale: float, origin: dt.datetime) -> Iterator[dict[str, object]]:
    """Place the model's curve by its peak, above the level from which the series rises."""
    model = series.model
    found = peak_rise(series.subject, "ALT", 1.0)
    if model is None or found is None:
        return
    at, _, rest = found
    begin = at - float(model.hours[int(np.argmax(model.value))])
    label = f"model: {100 * model.destroyed:.2g} % of hepatocytes"
    for hours, value in zip(model.hours, model.value):
        when = origin + dt.timedelta(hours=begin + float(hours))
        yield _row(label, "curve", when, (rest + float(value) - float(model.value[0])) / scale)


def _levels(series: "SerumSeries", scale: float) -> Iterator[dict[str, object]]:
    base = series.subject.baselines.get("ALT")
    when = series.subject.origin
    if base is None or not base.exact or base.low <= 0 or when is None:
        return
    level = base.low / MICRO / scale
    yield _row("baseline", "level", when, level)
    change = series.changes["ALT"].change
    if change is not None:
        rise, fall = change_factors(change)
        ends = level * float(fall), level * float(rise)
        yield _row("variation around it", "band", when, math.nan, *ends)


def _steps(series: "SerumSeries") -> Iterator[dict[str, object]]:
    """Return the bands of the ladder in multiples of the limit."""
    base = series.subject.baselines.get("ALT")
    raised = None
    if base is not None and base.uln is not None:
        raised = decide(
            span(base), ">", series.ladder.branches[0].steps[0].criterion.factor, point(base.uln)
        )
    wanted = "abnormal" if raised else "normal"
    branches: dict[str, Branch] = {branch.baseline: branch for branch in series.ladder.branches}
    branch = branches.get("any") or branches[wanted]
    edges, names = [], [series.ladder.floor]
    for step in branch.steps:
        unit = 1.0
        if step.criterion.of == "baseline" and base is not None and base.uln:
            unit = base.low / base.uln
        edges.append(float(step.criterion.factor) * unit)
        names.append(step.name)
    ends = [math.nan, *edges, math.nan]
    when = series.subject.origin
    assert when is not None
    for name, low, high in zip(names, ends, ends[1:]):
        yield _row(name, "step", when, math.nan, low, high)


def _row(
    series: str,
    kind: str,
    when: dt.datetime,
    y: float,
    low: float = math.nan,
    high: float = math.nan,
) -> dict[str, object]:
    keys = ("series", "kind", "when", "y", "low", "high")
    return dict(zip(keys, (series, kind, when, y, low, high)))


def series_page(series: "SerumSeries") -> Page:
    """Return the report."""
    sections = []
    if series.subject.dated:
        picture = Picture(series_picture(series), CAPTION, name="series")
        sections.append(Section("Course", (CARE_LONG,), (picture,), notes=series.notes))
    else:
        sections.append(Section("Course", (CARE_LONG,), notes=series.notes))
    rules = series.rule_frame()
    shown = rules[["rule", "criteria", "in_words", "band", "used", "limits", "reason"]]
    sections.append(
        Section(
            "Rules on the whole series",
            (
                "Missing is never taken for not met. A rule on the reference change value and "
                "persistence speak of ALT.",
            ),
            tables=(Table(shown, headings={"in_words": "outcome"}, sortable=True),),
        )
    )
    if series.fits:
        sections.append(_clearance_section(series))
    if len(series.declines):
        sections.append(Section("Decline", (DECLINE,), tables=(Table(series.declines),)))
    if series.model is not None:
        sections.append(Section("The cycle model beside it", (series.model.words,)))
    sections.append(
        Section("Ladders on every result", tables=(Table(series.grades, sortable=True),))
    )
    if series.subject.excluded:
        lost = Table(series.excluded_frame())
        sections.append(Section("Results that no rule reads", tables=(lost,)))
    sections.append(Section("Every result", tables=(Table(series.course, sortable=True),)))
    return Page(
        title=series.title,
        lead=series.summary(),
        sections=tuple(sections),
        facts=tuple(_facts(series)),
        sources=series.sources,
        provenance=series.provenance,
    )


DECLINE = (
    "Apparent half-life between successive results after the peak, above the baseline. A fall "
    "slower than a published half-life means that release goes on or that clearance is slower "
    "here; a fall faster than all of them calls for a repeat. The published sets stand side by "
    "side and are never mixed."
)
CLEARANCE = (
    "dC/dt = release(t)/V - k (C - resting level), one pulse of constant release. Amounts are per "
    "litre of plasma, since V is not determined by the results. Intervals are 95 % profile "
    "likelihoods; a missing end means that the results set no limit."
)


def _clearance_section(series: "SerumSeries") -> Section:
    frame = series.fit_frame()
    return Section("Release and clearance", (CLEARANCE,), tables=(Table(frame),))


def _facts(series: "SerumSeries") -> Iterator[Fact]:
    own = series.course[series.course["test"] == "ALT"]
    if len(own):
        top = own.iloc[int(own["low"].to_numpy().argmax())]
        limit = f"upper limit {top['uln']:g} U/L ({top['uln_source']})"
        beside = limit if math.isfinite(top["uln"]) else "no upper limit"
        yield Fact("highest ALT", str(top["value"]), "U/L", beside)
    found = series.evaluation("persistence")
    beside = "" if found.outcome else found.reason
    yield Fact("persistence", outcome_words(found.outcome), beside=beside)
    for one in series.fits:
        yield _half_life(one.test, one.free.estimates[0])
    ratio = series.evaluation("r-ratio")
    if ratio.value is not None:
        yield Fact("R at onset", f"{ratio.value:.3g}", beside=ratio.band)
    else:
        yield Fact("R at onset", outcome_words(ratio.outcome), beside=ratio.reason)


def _half_life(test: str, half: Estimate) -> Fact:
    name = f"{test} half-life, fitted"
    if half.status != "determined":
        return Fact(name, half.status, beside=estimate_words(half))
    ends = f"{format_number(half.low)} to {format_number(half.high)} {half.unit}"
    return Fact(name, format_number(half.value), half.unit, ends)
