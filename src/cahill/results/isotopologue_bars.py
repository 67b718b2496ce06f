"""Measured and fitted labelling: paired bars at isotopic steady state, curves over time.

One panel a measurement. A value further from the fit than three of its standard deviations is
marked.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from cahill.errors import InputError
from cahill.results.lettering import spread, text_width
from cahill.results.panels import Grid, require_columns
from cahill.results.theme import Theme, ThemeName, styled

COLUMNS = ("measurement", "channel", "measured", "sd", "fitted")
MASS = "M+"  # written once where all channels of a measurement are mass isotopologues
FAR = 3.0  # standard deviations from which a value is marked
PAGE, EDGE = 920.0, 14.0
HEADER, LEGEND = 84.0, 24.0
TITLE_TEXT, CHANNEL_TEXT, TICK_TEXT = 8.5, 7.0, 7.0
# one panel of bars in points
SLOT, NARROWEST = 15.0, 40.0
HEIGHT, ABOVE, LEFT, RIGHT = 62.0, 20.0, 27.0, 9.0
# one panel of curves in points
COURSE = (150.0, 92.0, 36.0, 50.0, 26.0, 30.0)
DASHES = ("-", (0, (5, 2)), (0, (1, 1.4)))
NAME_HEIGHT = 9.5


@dataclass(frozen=True)
class _Panel:
    name: str
    labels: tuple[str, ...]
    prefix: str
    rows: pd.DataFrame
    width: float
    below: float
    upright: bool

    @property
    def cell(self) -> float:
        return LEFT + max(self.width, text_width(self.name, TITLE_TEXT, "bold")) + RIGHT


def isotopologue_bars(
    frame: pd.DataFrame,
    *,
    title: str = "Measured and fitted labelling",
    subtitle: str = "",
    theme: ThemeName = "light",
) -> Figure:
    """Draw measured and fitted values as paired bars, one panel a measurement.

    Parameters
    ----------
    frame : pandas.DataFrame
        measurement (heading of the panel), channel (name of the signal, as "M+0"), measured, sd
        (in the unit of measured), fitted; one row a channel. A value that is not measured is NaN;
        where none is, single bars are drawn.
    title, subtitle : str
    theme : {"light", "dark"}

    Raises
    ------
    InputError
        If a column is missing, there are no rows, or a channel of a measurement stands twice.
    """
    require_columns(frame, COLUMNS, "isotopologue bars")
    twice = frame[frame.duplicated(["measurement", "channel"])]
    if not twice.empty:
        first = twice.iloc[0]
        raise InputError(
            f'isotopologue bars: "{first["measurement"]}" has {first["channel"]} twice; name each '
            "measurement once, and draw time series with isotopologue_courses"
        )
    panels = [_panel(str(name), group) for name, group in frame.groupby("measurement", sort=False)]
    lines = _flowed(panels)
    paired = _any_measured(frame)
    header = HEADER if paired else HEADER - LEGEND
    heights = [ABOVE + HEIGHT + max(panel.below for panel in line) for line in lines]
    size = (PAGE, header + sum(heights) + EDGE)
    with styled(theme) as colours:
        figure = Figure(figsize=(size[0] / 72, size[1] / 72))
        _header(figure, size, title, _counted(frame, subtitle), colours)
        if paired:
            _bar_legend(figure, size, colours)
        upper = header
        for line, height in zip(lines, heights):
            left = EDGE
            for panel in line:
                bottom = size[1] - upper - ABOVE - HEIGHT
                place = (left + LEFT, bottom, panel.width, HEIGHT)
                ax = figure.add_axes(tuple(np.array(place) / (*size, *size)))
                _draw_bars(ax, panel, paired, colours)
                left += panel.cell
            upper += height
    return figure


def isotopologue_courses(
    frame: pd.DataFrame,
    *,
    time_unit: str = "",
    title: str = "Measured and fitted labelling over time",
    subtitle: str = "",
    columns: int = 4,
    theme: ThemeName = "light",
) -> Figure:
    """Draw fitted values as curves over time with the measured ones as points, a panel each.

    Parameters
    ----------
    frame : pandas.DataFrame
        measurement, channel, time, measured, sd, fitted; times without a measured value (NaN) make
        the curve smoother.
    time_unit : str
    title, subtitle : str
    columns : int
        Panels side by side.
    theme : {"light", "dark"}

    Raises
    ------
    InputError
        If a column is missing or there are no rows.
    """
    require_columns(frame, (*COLUMNS, "time"), "isotopologue courses")
    panels = [(str(name), group) for name, group in frame.groupby("measurement", sort=False)]
    grid = Grid(len(panels), columns, *COURSE, HEADER - 30)
    line = _counted(frame, subtitle)
    heading = max(text_width(title, 14, "bold"), text_width(line, 9))
    size = (max(float(grid.size[0]), heading + 2 * EDGE), float(grid.size[1]))
    with styled(theme) as colours:
        figure = Figure(figsize=(size[0] / 72, size[1] / 72))
        _header(figure, size, title, line, colours)
        stretch = grid.size[0] / size[0]
        for k, (name, group) in enumerate(panels):
            left, bottom, width, height = grid.place(k)
            ax = figure.add_axes((left * stretch, bottom, width * stretch, height))
            _draw_courses(ax, group, colours)
            shrink = min(1.0, (COURSE[0] + COURSE[3]) / text_width(name, TITLE_TEXT, "bold"))
            ax.set_title(name, fontsize=shrink * TITLE_TEXT, pad=6)
            ax.set_xlabel(f"time ({time_unit})" if time_unit else "time", fontsize=7.5, labelpad=1)
    return figure


def far_off(frame: pd.DataFrame) -> pd.Series:
    """Return which values lie further from the fit than three standard deviations."""
    return (frame["measured"] - frame["fitted"]).abs() > FAR * frame["sd"]


def _panel(name: str, rows: pd.DataFrame) -> _Panel:
    channels = [str(channel) for channel in rows["channel"]]
    prefix = MASS if all(channel.startswith(MASS) for channel in channels) else ""
    labels = tuple(channel.removeprefix(prefix) for channel in channels)
    widest = max(text_width(label, CHANNEL_TEXT) for label in labels)
    upright = widest > SLOT - 2
    below = (widest if upright else CHANNEL_TEXT) + 15.0
    return _Panel(name, labels, prefix, rows, max(SLOT * len(labels), NARROWEST), below, upright)


def _flowed(panels: Sequence[_Panel]) -> list[list[_Panel]]:
    """Return the panels in lines no wider than the page."""
    lines: list[list[_Panel]] = [[]]
    for panel in panels:
        if lines[-1] and sum(one.cell for one in [*lines[-1], panel]) > PAGE - 2 * EDGE:
            lines.append([])
        lines[-1].append(panel)
    return lines


def _any_measured(frame: pd.DataFrame) -> bool:
    return bool(np.isfinite(frame["measured"].astype(float)).any())


def _counted(frame: pd.DataFrame, subtitle: str) -> str:
    if not _any_measured(frame):
        return subtitle
    measured = int(np.isfinite(frame["measured"].astype(float)).sum())
    count = f"{int(far_off(frame).sum())} of {measured} values more than 3 sd from the fit"
    return " · ".join(part for part in (subtitle, count) if part)


def _header(
    figure: Figure, size: tuple[float, float], title: str, subtitle: str, theme: Theme
) -> None:
    x, top = EDGE / size[0], size[1]
    figure.text(x, 1 - 20 / top, title, fontsize=14, fontweight="bold", va="center")
    figure.text(x, 1 - 40 / top, subtitle, fontsize=9, color=theme.muted, va="center")


def _bar_legend(figure: Figure, size: tuple[float, float], theme: Theme) -> None:
    ax = figure.add_axes((0.0, 1 - 72 / size[1], 1.0, 20 / size[1]))
    ax.set(xlim=(0, size[0]), ylim=(0, 20))
    ax.axis("off")
    x = EDGE
    for text, look in (
        ("measured, with sd", (theme.target, theme.muted)),
        ("fitted", (theme.series_1, theme.series_1)),
    ):
        ax.bar([x + 4], [11], width=8, bottom=4, color=look[0], edgecolor=look[1], lw=0.5)
        ax.text(x + 14, 10, text, fontsize=8.5, va="center_baseline")
        x += 34 + text_width(text, 8.5)
    ax.plot([x + 4], [10], "v", ms=4, color=theme.missed)
    ax.text(x + 14, 10, "more than 3 sd from the fit", fontsize=8.5, va="center_baseline")


def _draw_bars(ax: Axes, panel: _Panel, paired: bool, theme: Theme) -> None:
    rows = panel.rows
    measured, fitted = rows["measured"].to_numpy(float), rows["fitted"].to_numpy(float)
    sd = rows["sd"].to_numpy(float)
    slots = np.arange(len(rows))
    ax.bar(slots - 0.21, measured, 0.4, color=theme.target, edgecolor=theme.muted, lw=0.5, zorder=2)
    place, width = (slots + 0.21, 0.4) if paired else (slots, 0.7)
    ax.bar(place, fitted, width, color=theme.series_1, zorder=2)
    ax.vlines(slots - 0.21, measured - sd, measured + sd, color=theme.ink, lw=0.8, zorder=3)
    tops = np.fmax(np.nan_to_num(measured + sd), np.nan_to_num(fitted))
    reach = max(float(tops.max()), 1e-12)
    lowest = min(0.0, float(np.nanmin(np.append(measured - sd, fitted))))
    ax.set(xlim=(-0.6, panel.width / SLOT - 0.4), ylim=(lowest, 1.2 * reach))
    far = far_off(rows).to_numpy(bool)
    ax.plot(slots[far], tops[far] + 0.09 * reach, "v", ms=3.5, color=theme.missed, clip_on=False)
    ax.set_xticks(slots, panel.labels, fontsize=CHANNEL_TEXT, rotation=90 if panel.upright else 0)
    ax.tick_params(axis="x", length=0, pad=4)
    ax.tick_params(axis="y", labelsize=TICK_TEXT, length=2, pad=1.5)
    ax.yaxis.set_major_locator(MaxNLocator(3, steps=[1, 2, 5, 10]))
    if panel.prefix:
        ax.annotate(
            panel.prefix,
            (0, 0),
            (-3, -5.5),
            xycoords="axes fraction",
            textcoords="offset points",
            fontsize=CHANNEL_TEXT,
            color=theme.muted,
            ha="right",
            va="top",
        )
    ax.set_title(panel.name, fontsize=TITLE_TEXT, pad=5)


def _draw_courses(ax: Axes, group: pd.DataFrame, theme: Theme) -> None:
    ends: list[tuple[str, float, str]] = []
    for k, (channel, rows) in enumerate(group.groupby("channel", sort=False)):
        rows = rows.sort_values("time", kind="stable")
        colour = theme.series[k % len(theme.series)]
        dash = DASHES[(k // len(theme.series)) % len(DASHES)]
        time, fitted = rows["time"].to_numpy(float), rows["fitted"].to_numpy(float)
        ax.plot(time, fitted, color=colour, ls=dash, lw=1.2, zorder=2)
        face = colour if dash == DASHES[0] else theme.paper
        measured = rows["measured"].to_numpy(float)
        sd = rows["sd"].to_numpy(float)
        ax.errorbar(time, measured, sd, fmt="o", color=colour, mfc=face, ms=3, lw=0.8, zorder=3)
        far = far_off(rows).to_numpy(bool)
        ax.plot(time[far], measured[far], "o", ms=7, mfc="none", mec=theme.missed, zorder=4)
        known = fitted[np.isfinite(fitted)]
        if known.size:
            ends.append((str(channel), float(known[-1]), colour))
    first, last = float(group["time"].min()), float(group["time"].max())
    margin = 0.03 * (last - first) or 1.0
    ax.set_xlim(first - margin, last + margin)
    ax.set_ylim(bottom=min(0.0, ax.get_ylim()[0]) if ax.dataLim.y0 < 0 else 0.0)
    ax.tick_params(labelsize=TICK_TEXT, length=2, pad=2)
    ax.xaxis.set_major_locator(MaxNLocator(4))
    ax.yaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]))
    _name_ends(ax, ends)


def _name_ends(ax: Axes, ends: Sequence[tuple[str, float, str]]) -> None:
    """Write the channel beside the end of its curve, moved apart where curves end together."""
    low, high = ax.get_ylim()
    height = COURSE[1]
    wanted = np.array([(value - low) / (high - low) * height for _, value, _ in ends])
    step = min(NAME_HEIGHT, (height + 2 * NAME_HEIGHT) / max(len(ends), 1))
    places = spread(wanted, np.full(len(ends), step), -NAME_HEIGHT, height + NAME_HEIGHT)
    for (text, _, colour), place in zip(ends, places):
        ax.text(
            1 + 4 / COURSE[0],
            place / height,
            text,
            transform=ax.transAxes,
            fontsize=math.floor(2 * min(7.5, 0.85 * step)) / 2,
            color=colour,
            va="center",
        )
