"""Families of curves through measured points: rates against substrate or inhibitor."""

import math

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from cahill.results.lettering import text_width
from cahill.results.panels import Grid, require_columns
from cahill.results.theme import Theme, ThemeName, styled

COLUMNS = ("panel", "series", "kind", "x", "y", "x_label", "y_label", "log_x")
WIDTH, HEIGHT = 232.0, 176.0
LEFT, ABOVE, BELOW = 54.0, 34.0, 44.0
HEADER = 46.0
MARKERS = "osD^vP"
GAP = 12.0  # between a panel and the key at its right


def saturation_plot(
    frame: pd.DataFrame,
    *,
    title: str,
    subtitle: str = "",
    columns: int = 2,
    theme: ThemeName = "light",
) -> Figure:
    """Draw families of curves with the points they were fitted to, one panel a view.

    Parameters
    ----------
    frame : pandas.DataFrame
        panel (heading), series (its name in the key of the panel, in the order of appearance),
        kind, x, y, x_label and y_label (with units), log_x (bool, the same in all rows of a panel).
        Kind is point (low and high, if given, are an error bar), curve (points of a line, in
        order; low and high, if given, a band), zero (a reference line at y) or mark (a vertical
        line at x, such as an IC50; low and high, if given, its interval). Points at x = 0 of a
        logarithmic panel are drawn at its left edge over the mark "0".
    title, subtitle : str
    columns : int
        Panels side by side.
    theme : {"light", "dark"}

    Raises
    ------
    InputError
        If a column is missing or there are no rows.
    """
    require_columns(frame, COLUMNS, "saturation curves")
    panels = [(str(name), group) for name, group in frame.groupby("panel", sort=False)]
    right = GAP + 16 + max(text_width(key, 8) for key in [*_keys(frame), ""])
    grid = Grid(len(panels), columns, WIDTH, HEIGHT, LEFT, max(right, 24), ABOVE, BELOW, HEADER)
    heading = max(text_width(title, 14, "bold"), text_width(subtitle, 9)) + 28
    size = (max(float(grid.size[0]), heading), float(grid.size[1]))
    with styled(theme) as colours:
        figure = Figure(figsize=(size[0] / 72, size[1] / 72))
        x, top = 14 / size[0], size[1]
        figure.text(x, 1 - 18 / top, title, fontsize=14, fontweight="bold", va="center")
        figure.text(x, 1 - 36 / top, subtitle, fontsize=9, color=colours.muted, va="center")
        stretch = grid.size[0] / size[0]
        for k, (name, group) in enumerate(panels):
            left, bottom, width, height = grid.place(k)
            ax = figure.add_axes((left * stretch, bottom, width * stretch, height))
            _draw_panel(ax, name, group, colours)
    return figure


def _keys(frame: pd.DataFrame) -> list[str]:
    return [str(name) for name in frame.loc[frame["kind"] != "zero", "series"].unique()]


def _draw_panel(ax: Axes, name: str, group: pd.DataFrame, theme: Theme) -> None:
    logarithmic = bool(group["log_x"].iloc[0])
    zero = _zero_place(group) if logarithmic else 0.0
    keys = _keys(group)
    for k, key in enumerate(keys):
        own = group[group["series"] == key]
        # The seventh series has the first colour again, but another marker.
        colour = theme.series[k % len(theme.series)]
        marker = MARKERS[(k + k // len(theme.series)) % len(MARKERS)]
        drawn = _draw_series(ax, own, colour, marker, zero if logarithmic else None)
        if key:
            drawn.set_label(key)
    for row in group[group["kind"] == "zero"].to_dict("records"):
        ax.axhline(row["y"], color=theme.muted, lw=0.8, zorder=1)
    if logarithmic:
        _logarithmic(ax, group, zero, theme)
    shown = group[group["kind"].isin(("point", "curve"))]["y"]
    if len(shown) and shown.min() >= 0:
        ax.set_ylim(bottom=0)
    ax.yaxis.set_major_locator(MaxNLocator(5))
    ax.set_xlabel(str(group["x_label"].iloc[0]), fontsize=8.5)
    ax.set_ylabel(str(group["y_label"].iloc[0]), fontsize=8.5)
    ax.tick_params(labelsize=8)
    shrink = min(1.0, 1.25 * WIDTH / max(text_width(name, 10, "bold"), 1.0))
    ax.set_title(name, fontsize=10 * shrink, pad=10, x=0)
    if any(keys):
        ax.legend(
            loc="upper left",
            bbox_to_anchor=(1 + GAP / 2 / WIDTH, 1.02),
            borderaxespad=0,
            fontsize=8,
            handlelength=0.8,
            handletextpad=0.5,
            labelspacing=0.45,
        )


def _draw_series(ax: Axes, own: pd.DataFrame, colour: str, marker: str, zero: float | None):
    """Draw a series and return what stands for it in the key."""
    handle = None
    curve, points = own[own["kind"] == "curve"], own[own["kind"] == "point"]
    has_ends = {"low", "high"} <= set(own.columns)
    if len(curve):
        if has_ends and curve["low"].notna().any():
            ax.fill_between(curve["x"], curve["low"], curve["high"], color=colour, alpha=0.15, lw=0)
        (handle,) = ax.plot(curve["x"], curve["y"], color=colour, lw=1.5, zorder=3)
    for row in own[own["kind"] == "mark"].to_dict("records"):
        handle = ax.axvline(row["x"], color=colour, lw=1.0, ls=(0, (4, 3)), zorder=2)
        low, high = row.get("low", math.nan), row.get("high", math.nan)
        if has_ends and math.isfinite(low) and math.isfinite(high):
            ax.axvspan(low, high, color=colour, alpha=0.12, lw=0, zorder=0)
    if len(points):
        x = points["x"].to_numpy(float)
        x = np.where(x <= 0, zero, x) if zero is not None else x
        if has_ends and points["low"].notna().any():
            ax.vlines(x, points["low"], points["high"], color=colour, lw=0.9, zorder=3)
        (handle,) = ax.plot(
            x, points["y"], marker, ms=4, color=colour, mec="none", alpha=0.9, zorder=4
        )
    assert handle is not None
    return handle


def _zero_place(group: pd.DataFrame) -> float:
    """Return where x = 0 stands on a logarithmic axis: half a decade left of the lowest."""
    x = group.loc[group["kind"] == "point", "x"].to_numpy(float)
    positive = x[x > 0]
    lowest = positive.min() if len(positive) else group.loc[group["x"] > 0, "x"].min()
    return float(lowest) / 10**0.5


def _logarithmic(ax: Axes, group: pd.DataFrame, zero: float, theme: Theme) -> None:
    ax.set_xscale("log")
    x = group["x"].to_numpy(float)
    high = float(np.nanmax(x)) * 1.6
    has_zero = bool((x == 0).any())
    low = zero / 1.6 if has_zero else float(np.nanmin(x[x > 0])) / 1.3
    ax.set_xlim(low, high)
    first, last = math.ceil(math.log10(zero * 1.5)), math.floor(math.log10(high))
    ticks = [10.0**power for power in range(first, last + 1)]
    if has_zero:
        ax.axvline(zero * 1.45, color=theme.faint, lw=0.8, ls=":", zorder=0)
        ticks = [zero, *ticks]
    ax.set_xticks(ticks)
    ax.xaxis.set_major_formatter(
        FuncFormatter(lambda value, _: "0" if has_zero and value == zero else f"{value:g}")
    )
    ax.minorticks_off()
