"""Time courses as small multiples: one panel per group and unit, lines named at their ends."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from cahill.results.lettering import spread, text_width, wrapped
from cahill.results.panels import Grid, require_columns
from cahill.results.tables import format_number
from cahill.results.theme import Theme, ThemeName, styled

COLUMNS = ("time_h", "quantity", "value", "unit", "panel", "label")
DASHES = ("-", (0, (5, 2)), (0, (1, 1.4)))
LABEL_SIZE = 8.5
LABEL_HEIGHT = 11.5
# one panel in points: margins around the axes; names of the lines stand in the right one
LEFT, RIGHT, ABOVE, BELOW = 62.0, 112.0, 30.0, 40.0
WIDTH, HEIGHT = 285.0, 118.0
HEADER = 58.0
DAYS_FROM = 96.0


@dataclass(frozen=True)
class Period:
    """A stretch of a scenario during which an input is on; times in hours."""

    start_h: float
    end_h: float
    label: str


def draw_time_courses(
    frame: pd.DataFrame,
    *,
    periods: Sequence[Period] = (),
    title: str = "Time courses",
    subtitle: str = "",
    columns: int = 2,
    theme: ThemeName = "light",
) -> Figure:
    """Draw time courses in small multiples.

    Parameters
    ----------
    frame : pandas.DataFrame
        Tidy: time_h (h), quantity, value, unit, panel (heading of the group), label (name of the
        line); optional low and high make a band. Groups with several units get one panel each.
    periods : sequence of Period
        Times at which an input is on; shaded, and named under the title.
    title, subtitle : str
    columns : int
        Panels side by side.
    theme : {"light", "dark"}

    Raises
    ------
    InputError
        If a column is missing or the frame is empty.
    """
    require_columns(frame, COLUMNS, "time courses")
    groups = list(frame.groupby(["panel", "unit"], sort=False))
    grid = Grid(len(groups), columns, WIDTH, HEIGHT, LEFT, RIGHT, ABOVE, BELOW, HEADER)
    size = grid.size
    with styled(theme) as colours:
        figure = Figure(figsize=tuple(size / 72))
        _header(figure, size, title, subtitle, periods, colours)
        for k, ((panel, unit), group) in enumerate(groups):
            ax = figure.add_axes(grid.place(k))
            _draw_panel(ax, group, f"{panel}", f"{unit}", periods, colours)
    return figure


def _header(
    figure: Figure,
    size: np.ndarray,
    title: str,
    subtitle: str,
    periods: Sequence[Period],
    theme: Theme,
) -> None:
    x, top = 14 / size[0], size[1]
    figure.text(x, 1 - 20 / top, title, fontsize=14, fontweight="bold", va="center")
    spans = ", ".join(
        f"{p.label} ({format_number(p.start_h)}–{format_number(p.end_h)} h)" for p in periods
    )
    text = " · ".join(part for part in (subtitle, f"shaded: {spans}" if spans else "") if part)
    lines = wrapped(text, size[0] - 28, 9)
    if len(lines) > 2:
        lines = [lines[0], lines[1] + " …"]
    for row, line in enumerate(lines):
        y = 1 - (38 + 12 * row) / top
        figure.text(x, y, line, fontsize=9, color=theme.muted, va="center")


def _draw_panel(
    ax: Axes,
    group: pd.DataFrame,
    panel: str,
    unit: str,
    periods: Sequence[Period],
    theme: Theme,
) -> None:
    last = float(group["time_h"].max())
    per_day = last > DAYS_FROM
    factor = 1 / 24 if per_day else 1.0
    for period in periods:
        ax.axvspan(period.start_h * factor, period.end_h * factor, color=theme.shade, lw=0)
    ends: list[tuple[str, float, str]] = []
    for k, (label, line) in enumerate(group.groupby("label", sort=False)):
        colour = theme.series[k % len(theme.series)]
        dash = DASHES[(k // len(theme.series)) % len(DASHES)]
        time = line["time_h"].to_numpy(float) * factor
        value = line["value"].to_numpy(float)
        if {"low", "high"} <= set(line.columns):
            low, high = line["low"].to_numpy(float), line["high"].to_numpy(float)
            ax.fill_between(time, low, high, color=colour, alpha=0.18, lw=0)
        ax.plot(time, value, color=colour, ls=dash, solid_capstyle="round")
        known = value[np.isfinite(value)]
        if known.size:
            ends.append((f"{label}", float(known[-1]), colour))
    first = float(group["time_h"].min())
    if last > first:
        ax.set_xlim(first * factor, last * factor)
    _frame_axes(ax, panel, unit, "time (d)" if per_day else "time (h)")
    _name_lines(ax, ends)


def _frame_axes(ax: Axes, panel: str, unit: str, time_label: str) -> None:
    low, high = ax.get_ylim()
    lowest = ax.dataLim.y0
    if lowest >= 0 and low < 0.5 * high:
        ax.set_ylim(bottom=0)
    ax.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 3, 4, 6, 10]))
    ax.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
    ax.set_title(panel, pad=9)
    ax.set_ylabel(unit, fontsize=8.5)
    ax.set_xlabel(time_label, fontsize=8.5)
    ax.yaxis.set_label_coords(-44 / WIDTH, 0.5)


def _name_lines(ax: Axes, ends: list[tuple[str, float, str]]) -> None:
    """Write the name of each line beside its end, moved apart where lines end together."""
    if not ends:
        return
    low, high = ax.get_ylim()
    broken = [wrapped(label, RIGHT - 16, LABEL_SIZE) for label, _, _ in ends]
    heights = np.array([LABEL_HEIGHT * len(lines) for lines in broken])
    wanted = np.array([(value - low) / (high - low) * HEIGHT for _, value, _ in ends])
    placed = spread(wanted, heights, -LABEL_HEIGHT, HEIGHT + LABEL_HEIGHT)
    for lines, (_, _, colour), centre, height in zip(broken, ends, placed, heights):
        for row, text in enumerate(lines):
            y = centre + height / 2 - LABEL_HEIGHT * (row + 0.5)
            size = min(LABEL_SIZE, LABEL_SIZE * (RIGHT - 12) / max(text_width(text, LABEL_SIZE), 1))
            ax.text(
                1 + 7 / WIDTH,
                y / HEIGHT,
                text,
                transform=ax.transAxes,
                fontsize=size,
                color=colour,
                va="center",
            )
