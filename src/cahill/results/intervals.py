"""Pictures of coefficients and intervals: who controls a flux, and how sure its value is."""

import math
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from cahill.errors import InputError
from cahill.results.lettering import text_width
from cahill.results.panels import require_columns
from cahill.results.tables import MINUS, format_number, format_range
from cahill.results.theme import Theme, ThemeName, styled

ROW = 18.0
TEXT = 8.5
TITLE, AXIS = 34.0, 34.0
HEADER = 52.0
BODY = 250.0
FOREST_BODY = 420.0


def control_bars(
    frame: pd.DataFrame,
    *,
    title: str = "Control coefficients",
    subtitle: str = "",
    top: int = 12,
    columns: int = 2,
    theme: ThemeName = "light",
) -> Figure:
    """Draw the steps with the largest control over each quantity as bars.

    Parameters
    ----------
    frame : pandas.DataFrame
        quantity (what responds), step (what is changed), coefficient.
    title, subtitle : str
    top : int
        Steps shown per quantity, the largest in size first.
    columns : int
        Panels side by side.
    theme : {"light", "dark"}

    Raises
    ------
    InputError
        If a column is missing or there are no rows.
    """
    require_columns(frame, ("quantity", "step", "coefficient"), "control coefficients")
    known = frame[np.isfinite(frame["coefficient"].astype(float))]
    panels = [
        (str(name), _largest(group, top)) for name, group in known.groupby("quantity", sort=False)
    ]
    if not panels:
        raise InputError("control coefficients: none is a number; compute a steady state first")
    columns = min(columns, len(panels))
    label = 24 + max(text_width(str(step), TEXT) for _, g in panels for step in g["step"])
    deepest = max(len(group) for _, group in panels)
    cell = np.array([label + BODY + 56, TITLE + ROW * deepest + AXIS])
    size = cell * (columns, math.ceil(len(panels) / columns)) + (0.0, HEADER)
    with styled(theme) as colours:
        figure = _figure(size, title, subtitle, colours)
        for k, (name, group) in enumerate(panels):
            left = cell[0] * (k % columns) + label
            upper = HEADER + cell[1] * (k // columns) + TITLE
            depth = ROW * len(group)
            ax = _axes(figure, size, left, upper, BODY, depth)
            _bars(ax, group, name, colours)
    return figure


def interval_forest(
    frame: pd.DataFrame,
    *,
    title: str = "Intervals over the ensemble",
    subtitle: str = "",
    theme: ThemeName = "light",
) -> Figure:
    """Draw medians with their intervals, one row a quantity, one panel a unit.

    Parameters
    ----------
    frame : pandas.DataFrame
        quantity, unit, low, median, high; optional target_low and target_high draw the published
        range behind.
    title, subtitle : str
    theme : {"light", "dark"}

    Raises
    ------
    InputError
        If a column is missing or there are no rows.
    """
    require_columns(frame, ("quantity", "unit", "low", "median", "high"), "intervals")
    panels = [(str(unit), group) for unit, group in frame.groupby("unit", sort=False)]
    label = 24 + max(text_width(str(name), TEXT) for name in frame["quantity"])
    numbers = 24 + max(text_width(_interval_text(row), TEXT) for row in frame.to_dict("records"))
    depths = [ROW * len(group) for _, group in panels]
    width = max(label + FOREST_BODY + numbers, 520.0)
    size = np.array([width, HEADER + sum(depths) + len(panels) * (18 + AXIS + 8)])
    with styled(theme) as colours:
        figure = _figure(size, title, subtitle, colours)
        upper = HEADER + 18
        for (unit, group), depth in zip(panels, depths):
            ax = _axes(figure, size, label, upper, FOREST_BODY, depth)
            _forest(ax, group, unit, colours)
            upper += depth + AXIS + 26
    return figure


def _largest(group: pd.DataFrame, top: int) -> pd.DataFrame:
    size = group["coefficient"].abs()
    return group.loc[size.sort_values(ascending=False, kind="stable").index[:top]]


def _figure(size: np.ndarray, title: str, subtitle: str, theme: Theme) -> Figure:
    figure = Figure(figsize=tuple(size / 72))
    x = 14 / size[0]
    figure.text(x, 1 - 20 / size[1], title, fontsize=14, fontweight="bold", va="center")
    figure.text(x, 1 - 40 / size[1], subtitle, fontsize=9, color=theme.muted, va="center")
    return figure


def _axes(
    figure: Figure, size: np.ndarray, left: float, upper: float, width: float, depth: float
) -> Axes:
    """Add axes whose upper left corner lies at (left, upper) points from that of the figure."""
    bottom = size[1] - upper - depth
    return figure.add_axes((left / size[0], bottom / size[1], width / size[0], depth / size[1]))


def _bars(ax: Axes, group: pd.DataFrame, name: str, theme: Theme) -> None:
    values = group["coefficient"].to_numpy(float)
    rows = np.arange(len(values))
    colours = [theme.series_1 if value >= 0 else theme.series_2 for value in values]
    ax.barh(rows, values, height=0.66, color=colours, zorder=2)
    ax.axvline(0, color=theme.muted, lw=0.8, zorder=3)
    reach = max(float(np.abs(values).max()), 1e-12)
    low = -1.3 * reach if values.min() < 0 else -0.02 * reach
    high = 1.3 * reach if values.max() > 0 else 0.02 * reach
    ax.set(xlim=(low, high), ylim=(len(values) - 0.5, -0.5))
    for row, value in zip(rows, values):
        side = 1 if value >= 0 else -1
        text = f"{value:+.2f}".replace("-", MINUS)
        ax.annotate(
            text,
            (value, row),
            (4 * side, 0),
            textcoords="offset points",
            fontsize=8,
            ha="left" if side > 0 else "right",
            va="center",
        )
    _row_axis(ax, [str(step) for step in group["step"]])
    ax.set_title(name, pad=8)
    ax.set_xlabel("control coefficient", fontsize=8.5, labelpad=2)


def _forest(ax: Axes, group: pd.DataFrame, unit: str, theme: Theme) -> None:
    records: list[dict[Any, Any]] = group.to_dict("records")
    for row, record in enumerate(records):
        if {"target_low", "target_high"} <= record.keys():
            ends = [record["target_low"], record["target_high"]]
            ax.plot(ends, [row, row], color=theme.target, lw=9, solid_capstyle="butt", zorder=2)
        ends = [record["low"], record["high"]]
        ax.plot(ends, [row, row], color=theme.series_1, lw=2, solid_capstyle="butt", zorder=3)
        ax.plot([record["median"]], [row], "o", ms=6, color=theme.series_1, zorder=4)
        ax.annotate(
            _interval_text(record),
            (1, row),
            (12, 0),
            xycoords=ax.get_yaxis_transform(),
            textcoords="offset points",
            fontsize=TEXT,
            va="center",
        )
    ax.set_ylim(len(records) - 0.5, -0.5)
    low, _ = ax.get_xlim()
    if low > 0:
        ax.set_xlim(left=0)
    _row_axis(ax, [str(record["quantity"]) for record in records])
    ax.set_xlabel(unit, fontsize=8.5, labelpad=2)


def _row_axis(ax: Axes, names: list[str]) -> None:
    ax.set_yticks(range(len(names)), names, fontsize=TEXT)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.grid(visible=False, axis="y")
    ax.grid(visible=True, axis="x")
    ax.xaxis.set_major_locator(MaxNLocator(5))


def _interval_text(record: dict[Any, Any]) -> str:
    return f"{format_number(record['median'])} ({format_range(record['low'], record['high'])})"
