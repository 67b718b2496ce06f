"""A series in time on a logarithmic axis: points, bands of a ladder, baseline, fits, a model."""

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from cahill.results.lettering import spread, text_width
from cahill.results.panels import require_columns
from cahill.results.theme import Theme, ThemeName, styled

COLUMNS = ("panel", "series", "kind", "when", "y", "low", "high")
KINDS = ("point", "interval", "curve", "level", "band", "step")
WIDTH, TALL, LOW = 560.0, 250.0, 150.0  # points
LEFT, BETWEEN, BELOW, HEADER = 62.0, 52.0, 38.0, 66.0
KEY = 8.0
MARKERS = "osD^vP"
COARSE, FINE = (1, 2, 5), (1, 1.5, 2, 3, 5, 7)  # ticks in a decade, over a long and a short axis
SHORT = 30.0  # ratio of the ends of an axis up to which it is short
LEAST_ROOM = pd.Timedelta(hours=6)
ROOM = 1.5  # factor by which the axis goes beyond the outermost value


def series_plot(
    frame: pd.DataFrame,
    *,
    title: str,
    subtitle: str = "",
    own_time: Sequence[str] = (),
    theme: ThemeName = "light",
) -> Figure:
    """Draw a series in time, one panel above the other on one axis of dates.

    Parameters
    ----------
    frame : pandas.DataFrame
        panel (its label on the axis, such as "ALT, × ULN"; the first is the tallest), series (name
        in the key), kind, when (datetime), y, low, high. Kind is "point"; "interval" (a value from
        low to high, high missing if it is open, drawn as a line); "curve" (points of a line, in
        order); "level" (a line at y through the panel); "band" (a shade from low to high through
        the panel); "step" (the band of a ladder, its name at the right; low or high missing where
        it is open). Points of one series are joined by a thin line.
    title, subtitle : str
    own_time : sequence of str
        Panels that show a stretch of time of their own, that of their points and curves.
    theme : {"light", "dark"}

    Raises
    ------
    InputError
        If a column is missing or there are no rows.
    """
    require_columns(frame, COLUMNS, "series")
    panels = [(str(name), group) for name, group in frame.groupby("panel", sort=False)]
    heights = [TALL if k == 0 or name in own_time else LOW for k, (name, _) in enumerate(panels)]
    names = [str(name) for name in frame["series"].unique()]
    right = 34 + max(text_width(name, KEY) for name in names) + _step_room(frame)
    width = max(LEFT + WIDTH + right, text_width(title, 14, "bold") + 28)
    width = max(width, text_width(subtitle, 9) + 28)
    height = HEADER + sum(heights) + BETWEEN * (len(panels) - 1) + BELOW
    with styled(theme) as colours:
        figure = Figure(figsize=(width / 72, height / 72))
        figure.text(14 / width, 1 - 20 / height, title, fontsize=14, fontweight="bold", va="center")
        style = {"fontsize": 9, "color": colours.muted, "va": "center"}
        figure.text(14 / width, 1 - 40 / height, subtitle, **style)
        top = height - HEADER
        shared = _time_ends(frame[~frame["panel"].isin(own_time)])
        for (name, group), tall in zip(panels, heights):
            place = (LEFT / width, (top - tall) / height, WIDTH / width, tall / height)
            ax = figure.add_axes(place)
            ends = _time_ends(group) if name in own_time else shared
            _draw_panel(ax, name, group, ends, tall, colours)
            top -= tall + BETWEEN
    return figure


def _time_ends(frame: pd.DataFrame) -> tuple[pd.Timestamp, pd.Timestamp]:
    drawn = frame[frame["kind"].isin(("point", "interval", "curve"))]
    when = pd.to_datetime(drawn["when"])
    first, last = when.min(), when.max()
    room = max((last - first) * 0.03, LEAST_ROOM if last > first else 10 * LEAST_ROOM)
    return first - room, last + room


def _step_room(frame: pd.DataFrame) -> float:
    names = frame.loc[frame["kind"] == "step", "series"].unique()
    return 12.0 + max((text_width(str(name), 7.5) for name in names), default=-12.0)


def _draw_panel(
    ax: Axes, name: str, group: pd.DataFrame, ends: Sequence, height: float, theme: Theme
) -> None:
    low, high = _value_ends(group)
    ax.set_yscale("log")
    ax.set_ylim(low, high)
    ax.set_xlim(*ends)
    steps = group[group["kind"] == "step"]
    _draw_steps(ax, steps, (low, high), height, theme)
    handles = []
    others = group[group["kind"] != "step"]
    numbers = {key: k for k, key in enumerate(_colour_keys(others))}
    for key, own in others.groupby("series", sort=False):
        handles.append(_draw_series(ax, str(key), own, numbers.get(str(key), 0), low, theme))
    ticks = _ticks(low, high)
    ax.yaxis.set_major_locator(FixedLocator(ticks))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    ax.yaxis.set_minor_locator(NullLocator())
    ax.set_ylabel(name, fontsize=8.5)
    locator = AutoDateLocator(minticks=4, maxticks=9)
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(ConciseDateFormatter(locator))
    ax.tick_params(labelsize=8)
    ax.legend(
        handles=handles,
        loc="upper left",
        bbox_to_anchor=(1 + (_step_room(group) + 4) / WIDTH, 1.02),
        borderaxespad=0,
        fontsize=KEY,
        handlelength=1.4,
        handletextpad=0.5,
        labelspacing=0.55,
    )


def _ticks(low: float, high: float) -> list[float]:
    """Return round numbers between the ends of an axis, or even ones if there are not two."""
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    steps = FINE if high / low < SHORT else COARSE
    ticks = [float(f"{step}e{power}") for power in decades for step in steps]
    inside = [tick for tick in ticks if low <= tick <= high]
    if len(inside) > 1:
        return inside
    return [float(f"{value:.2g}") for value in np.geomspace(low * 1.05, high / 1.05, 4)]


def _colour_keys(group: pd.DataFrame) -> list[str]:
    drawn = group[group["kind"].isin(("point", "interval", "curve"))]
    return [str(name) for name in drawn["series"].unique()]


def _value_ends(group: pd.DataFrame) -> tuple[float, float]:
    """Return the ends of the axis: what is measured, fitted or a level, but not the ladder."""
    own = group[group["kind"] != "step"]
    values = own[["y", "low", "high"]].to_numpy(float)
    values = values[np.isfinite(values) & (values > 0)]
    if not len(values):
        return 0.5, 2.0
    return float(values.min()) / ROOM, float(values.max()) * ROOM


def _draw_steps(
    ax: Axes, steps: pd.DataFrame, ends: tuple[float, float], height: float, theme: Theme
) -> None:
    """Shade every other band of the ladder and name each at the right edge."""
    shown = []
    for number, row in enumerate(steps.to_dict("records")):
        low = ends[0] if not math.isfinite(row["low"]) else max(row["low"], ends[0])
        high = ends[1] if not math.isfinite(row["high"]) else min(row["high"], ends[1])
        if low >= high:
            continue
        if number % 2 == 0:
            ax.axhspan(low, high, color=theme.shade, lw=0, zorder=0)
        shown.append((math.sqrt(low * high), str(row["series"])))
    if not shown:
        return
    scale = height / math.log(ends[1] / ends[0])
    wanted = np.array([math.log(middle / ends[0]) * scale for middle, _ in shown])
    placed = spread(wanted, np.full(len(shown), 10.0), 0.0, height)
    for (_, name), at in zip(shown, placed):
        ax.annotate(
            name,
            (1, at / height),
            (5, 0),
            xycoords="axes fraction",
            textcoords="offset points",
            fontsize=7.5,
            color=theme.muted,
            va="center",
        )


def _draw_series(ax: Axes, key: str, own: pd.DataFrame, number: int, low: float, theme: Theme):
    """Draw one series and return what stands for it in the key."""
    colour = theme.series[number % len(theme.series)]
    kind = str(own["kind"].iloc[0])
    if kind == "level":
        return ax.axhline(float(own["y"].iloc[0]), color=theme.ink, lw=1, ls=(0, (5, 3)), label=key)
    if kind == "band":
        ends = float(own["low"].iloc[0]), float(own["high"].iloc[0])
        return ax.axhspan(*ends, color=theme.target, alpha=0.6, lw=0, zorder=0.5, label=key)
    if kind == "curve":
        style = {0: "-", 1: (0, (5, 2)), 2: (0, (2, 1.5)), 3: (0, (6, 2, 1, 2))}
        when = pd.to_datetime(own["when"])
        line = style[number % len(style)]
        return ax.plot(when, own["y"], color=colour, lw=1.5, ls=line, zorder=3, label=key)[0]
    points = own[own["kind"] == "point"].sort_values("when")
    for row in own[own["kind"] == "interval"].to_dict("records"):
        bottom = row["low"] if row["low"] > 0 else low
        top = row["high"] if math.isfinite(row["high"]) else ax.get_ylim()[1]
        ax.vlines(row["when"], bottom, top, color=colour, lw=2.4, alpha=0.55, zorder=3)
        tip = top if row["low"] <= 0 else bottom
        ax.plot(row["when"], tip, "_", ms=8, color=colour, mew=2, zorder=4)
    marker = MARKERS[number % len(MARKERS)]
    when = pd.to_datetime(points["when"])
    ax.plot(when, points["y"], color=colour, lw=0.7, alpha=0.5, zorder=2)
    style = {"ms": 4.5, "color": colour, "mec": theme.paper, "mew": 0.5}
    return ax.plot(when, points["y"], marker, ls="", zorder=5, label=key, **style)[0]
