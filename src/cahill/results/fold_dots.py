"""Folds (or other ratios) of groups: every replicate, the mean and its interval, panel by panel."""

import math

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from cahill.errors import InputError
from cahill.results.lettering import text_width, wrapped
from cahill.results.panels import Grid, require_columns
from cahill.results.theme import Theme, ThemeName, styled

COLUMNS = ("panel", "group", "value", "low", "high", "kind")
PAGE, HEADER, HEIGHT = 900.0, 56.0, 150.0
LEFT, RIGHT, ABOVE, LINE = 44.0, 14.0, 34.0, 10.5
SLOT, LEAST, LABEL = 44.0, 104.0, 8.0
SPREAD = 0.22  # half the width over which replicates of a group are spread, in slots
BEYOND = 1.0  # how far intervals may widen the axis, in spans of what was measured
MOST = 7  # ticks of the axis
STEPS = (1.0, 1.2, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 10.0)


def fold_dots(
    frame: pd.DataFrame,
    *,
    title: str,
    subtitle: str = "",
    unit: str = "fold",
    log: bool = True,
    theme: ThemeName = "light",
) -> Figure:
    """Draw replicates as dots with the mean and interval of their group, one panel a target.

    All panels share one axis, so that they can be compared. An interval that would dwarf the
    measurements is cut and ends in an arrow.

    Parameters
    ----------
    frame : pandas.DataFrame
        panel (target, isoform, antibody), group, kind ("replicate" or "mean"), value, low, high
        (of a "mean" row; NaN where there is none). All in `unit`, not as logarithms. Panels and
        groups stand in the order in which they first appear. An optional column label holds text
        put above a "mean" row (such as a p value).
    title, subtitle : str
    unit : str
        "fold" draws a line at 1 and ticks at powers of two.
    log : bool
        Whether the axis is logarithmic; values that are not positive are then left out.
    theme : {"light", "dark"}

    Raises
    ------
    InputError
        If a column is missing, there are no rows, or nothing can be drawn.
    """
    require_columns(frame, COLUMNS, "folds")
    frame = frame.assign(panel=frame["panel"].astype(str), group=frame["group"].astype(str))
    drawn = frame["value"].astype(float)
    drawn = np.isfinite(drawn) & ((drawn > 0) | (not log))
    if not drawn.any():
        raise InputError("folds: no value can be drawn; give positive values")
    panels = [(str(name), own) for name, own in frame.groupby("panel", sort=False)]
    most = max(own["group"].nunique() for _, own in panels)
    words = [word for name in frame["group"].unique() for word in name.split()]
    slot = max(SLOT, LEAST / most, *(text_width(word, LABEL) + 6 for word in words))
    width = slot * most
    lines = max(len(wrapped(name, slot - 4, LABEL)) for name in frame["group"].unique())
    columns = max(int(PAGE // (LEFT + width + RIGHT)), 1)
    below = 12.0 + LINE * lines
    grid = Grid(len(panels), columns, width, HEIGHT, LEFT, RIGHT, ABOVE, below, HEADER)
    told = wrapped(" · ".join(part for part in (subtitle, _legend(frame, unit)) if part), 620, 9)
    heading = max(text_width(title, 14, "bold"), *(text_width(line, 9) for line in told))
    extra = 12.0 * (len(told) - 1)
    size = (max(float(grid.size[0]), heading + 28), float(grid.size[1]) + extra)
    limits = _limits(frame[drawn], log)
    labelled = "label" in frame and bool(frame["label"].fillna("").astype(str).str.strip().any())
    with styled(theme) as colours:
        figure = Figure(figsize=(size[0] / 72, size[1] / 72))
        _write_header(figure, size, title, told, colours)
        for k, (name, own) in enumerate(panels):
            left, bottom, wide, tall = grid.place(k)
            stretch, squeeze = grid.size[0] / size[0], grid.size[1] / size[1]
            place = (left * stretch, bottom * squeeze, wide * stretch, tall * squeeze)
            ax = figure.add_axes(place)
            _set_axis(ax, limits, log, unit)
            _draw_panel(ax, own, slot, log, colours)
            shrink = min(1.0, (width + RIGHT) / max(text_width(name, 9.5, "bold"), 1.0))
            ax.set_title(name, fontsize=9.5 * shrink, pad=15 if labelled else 8)
            if unit == "fold":
                ax.axhline(1.0, color=colours.muted, lw=0.9, ls=(0, (4, 3)), zorder=1)
    return figure


def _legend(frame: pd.DataFrame, unit: str) -> str:
    """Say in words what is drawn."""
    ends = frame.loc[frame["kind"] == "mean", ["low", "high"]].to_numpy(float)
    interval = " with interval" if np.isfinite(ends).any() else ""
    return f"{unit}; dots: replicates; bar: mean{interval}"


def _write_header(
    figure: Figure, size: tuple[float, float], title: str, words: list[str], theme: Theme
) -> None:
    x, top = 14 / size[0], size[1]
    figure.text(x, 1 - 20 / top, title, fontsize=14, fontweight="bold", va="center")
    for row, line in enumerate(words):
        y = 1 - (40 + 12 * row) / top
        figure.text(x, y, line, fontsize=9, color=theme.muted, va="center")


def _limits(frame: pd.DataFrame, log: bool) -> tuple[float, float]:
    """Return the ends of the axis: what was measured, and intervals as far as they are sane."""
    value = frame["value"].to_numpy(float)
    ends = frame[["low", "high"]].to_numpy(float).ravel()
    ends = ends[np.isfinite(ends) & ((ends > 0) | (not log))]
    if log:
        value, ends = np.log2(value), np.log2(ends)
    low, high = float(value.min()), float(value.max())
    room = BEYOND * max(high - low, 1.0 if log else 0.1 * abs(high) or 1.0)
    if ends.size:
        low = max(min(low, float(ends.min())), low - room)
        high = min(max(high, float(ends.max())), high + room)
    if not log:
        low, high = min(low, 0.0), max(high, 0.0)
    margin = 0.08 * (high - low) or 0.5
    if log:
        return 2 ** (low - margin), 2 ** (high + margin)
    return (low - margin if low < 0 else 0.0), high + margin


def _set_axis(ax: Axes, limits: tuple[float, float], log: bool, unit: str) -> None:
    if log:
        ax.set_yscale("log", base=2)
        ax.yaxis.set_major_locator(FixedLocator(list(log_ticks(*limits, folds=unit == "fold"))))
        ax.yaxis.set_minor_locator(NullLocator())
        ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.3g}"))
    else:
        ax.yaxis.set_major_locator(MaxNLocator(5))
    ax.set_ylim(*limits)
    ax.tick_params(labelsize=8, length=2, pad=2)


def log_ticks(low: float, high: float, *, folds: bool) -> tuple[float, ...]:
    """Return round values between two positive ones for a logarithmic axis.

    Parameters
    ----------
    low, high : float
        Ends of the axis.
    folds : bool
        Whether powers of two are round; else 1, 2 and 5 of each decade.
    """
    powers = range(math.floor(math.log2(low)), math.ceil(math.log2(high)) + 1)
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)

    def of_decades(steps: tuple[float, ...]) -> list[float]:
        return [step * 10.0**k for k in decades for step in steps]

    by_two = [[2.0**k for k in powers if k % every == 0] for every in (8, 4, 3, 2, 1)]
    by_ten = [of_decades(steps) for steps in ((1.0,), (1.0, 3.0), (1.0, 2.0, 5.0))]
    choices = [*(by_two if folds else by_ten), of_decades(STEPS[:-1])]
    inside = [tuple(x for x in choice if low <= x <= high) for choice in choices]
    few = [ticks for ticks in inside if len(ticks) <= MOST]
    return max(few, key=len) if few else inside[0]


def _draw_panel(ax: Axes, own: pd.DataFrame, slot: float, log: bool, theme: Theme) -> None:
    groups = list(dict.fromkeys(own["group"]))
    for k, name in enumerate(groups):
        rows = own[own["group"] == name]
        colour = theme.series[k % len(theme.series)]
        dots = rows.loc[rows["kind"] == "replicate", "value"].to_numpy(float)
        dots = dots[np.isfinite(dots) & ((dots > 0) | (not log))]
        x = k + _beside(dots.size)
        ax.plot(x, dots, "o", ms=5.0, mfc=colour, mec=theme.paper, mew=0.6, alpha=0.85, zorder=3)
        for _, row in rows[rows["kind"] == "mean"].iterrows():
            _draw_mean(ax, k, row, log, theme)
    ax.set_xlim(-0.6, len(groups) - 0.4)
    ax.set_xticks(range(len(groups)))
    ax.set_xticklabels(
        ["\n".join(wrapped(name, slot - 4, LABEL)) for name in groups], fontsize=LABEL
    )
    ax.tick_params(axis="x", length=0, pad=5)


def _beside(count: int) -> np.ndarray:
    """Return where replicates stand beside one another, in slots from the middle of the group."""
    return np.linspace(-SPREAD, SPREAD, count) if count > 1 else np.zeros(count)


def _draw_mean(ax: Axes, x: int, row: pd.Series, log: bool, theme: Theme) -> None:
    value, low, high = (float(row[name]) for name in ("value", "low", "high"))
    if not math.isfinite(value) or (log and value <= 0):
        return
    bottom, top = ax.get_ylim()
    ax.hlines(value, x - 0.32, x + 0.32, color=theme.ink, lw=2.0, zorder=4)
    if math.isfinite(low) and math.isfinite(high):
        ends = max(low, bottom), min(high, top)
        ax.vlines(x, *ends, color=theme.ink, lw=1.1, zorder=4)
        for end, seen, mark in zip((low, high), ends, ("v", "^")):
            if end == seen:
                ax.hlines(end, x - 0.1, x + 0.1, color=theme.ink, lw=1.1, zorder=4)
            else:
                ax.plot([x], [seen], mark, ms=4, color=theme.ink, clip_on=False, zorder=4)
    label = row.get("label")
    if isinstance(label, str) and label:
        ax.annotate(
            label,
            (x, 1),
            (0, 4),
            xycoords=("data", "axes fraction"),
            textcoords="offset points",
            ha="center",
            va="bottom",
            fontsize=7,
            color=theme.muted,
        )
