"""Pictures in the shape of a plate: a tiny curve in every well, or a heat map of one number."""

import math

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from cahill.results.lettering import text_width
from cahill.results.panels import require_columns
from cahill.results.plate_sheet import ASPECT, GAP, draw_wells, limits, plate_shape, plate_sheet
from cahill.results.tables import format_number
from cahill.results.theme import Theme, ThemeName, styled

CURVE_COLUMNS = ("well", "row", "column", "time", "value", "used", "role")
HEAT_COLUMNS = ("well", "row", "column", "value")

FEW, SLACK = 0.05, 0.15  # share of wells that may be cut off, and room left beyond the others
BAR = 74.0  # room for the colour bar
ROLES = ("sample", "standard", "sample_blank", "blank", "positive", "negative", "empty")
# Colours that no theme names, so that a page does not turn them with the theme: a cell of the heat
# map keeps its colour, and the number on it must stay legible.
HEAT = ("#eaf3fa", "#9cc7e6", "#3f8fc9", "#0d5a9c", "#062f57")
ON_PALE, ON_DARK = "#14202d", "#fcfdfd"


def plate_curves(
    frame: pd.DataFrame,
    *,
    title: str = "Curves of the plate",
    subtitle: str = "",
    unit: str = "AU",
    shape: tuple[int, int] | None = None,
    theme: ThemeName = "light",
) -> Figure:
    """Draw a tiny curve in every well, all on one scale, coloured by role.

    Parameters
    ----------
    frame : pandas.DataFrame
        One read a row: well, row and column (from 0), time (s), value (in `unit`; NaN where there
        is none), used (False: drawn grey), role (sample, standard, sample_blank, blank, positive,
        negative, empty), and fitted (in `unit`), if there is a fit. The scale is that of the reads
        used in all but the few wells that would press the others flat; what lies beyond is drawn at
        its ends.
    title, subtitle : str
    unit : str
        Of the values.
    shape : tuple of int, optional
        Rows and columns of the plate; without it the smallest of 96 wells or more that fits.
    theme : {"light", "dark"}

    Raises
    ------
    InputError
        If a column is missing or there are no rows.
    """
    require_columns(frame, CURVE_COLUMNS, "curves of a plate")
    rows, columns = shape or plate_shape(frame)
    times = frame["time"].to_numpy(float)
    used = frame["used"].to_numpy(bool)
    low, high, beyond = _scale(frame)
    start, end = limits(times, times)
    words = f"in each well {_span(start, end)} and {_range(low, high)} {unit}"
    cut = f"{beyond} well{'s' * (beyond > 1)} beyond" if beyond else ""
    note = " · ".join(part for part in (subtitle, words, cut) if part)
    with styled(theme) as colours:
        figure, ax, cell = plate_sheet(rows, columns, title, note, colours, 0.0)
        draw_wells(ax, frame, rows, columns, colours)
        placed = _Placed(start, end, low, high)
        _draw_curves(ax, frame, placed, colours)
        roles = [role for role in ROLES if role in set(frame["role"])]
        _legend(ax, roles, rows, columns, cell, colours, not used.all(), "fitted" in frame)
    return figure


def plate_heat(
    frame: pd.DataFrame,
    *,
    title: str = "Plate",
    subtitle: str = "",
    unit: str = "AU",
    shape: tuple[int, int] | None = None,
    theme: ThemeName = "light",
) -> Figure:
    """Draw one number a well as colour, and in print where it fits.

    Parameters
    ----------
    frame : pandas.DataFrame
        One well a row: well, row and column (from 0), value (in `unit`; NaN where there is none),
        and over (the reading was beyond the instrument), if known.
    title, subtitle : str
    unit : str
    shape : tuple of int, optional
        Rows and columns of the plate; without it the smallest of 96 wells or more that fits.
    theme : {"light", "dark"}

    Raises
    ------
    InputError
        If a column is missing or there are no rows.
    """
    require_columns(frame, HEAT_COLUMNS, "heat map of a plate")
    rows, columns = shape or plate_shape(frame)
    values = frame["value"].to_numpy(float)
    low, high = limits(values[np.isfinite(values)], values, margin=0.0)
    norm = Normalize(low, high)
    colour_map = LinearSegmentedColormap.from_list("heat", HEAT)
    with styled(theme) as colours:
        figure, ax, cell = plate_sheet(rows, columns, title, subtitle, colours, BAR)
        draw_wells(ax, frame, rows, columns, colours)
        _heat_cells(ax, frame, norm, colour_map, cell, colours)
        _bar(figure, ax, norm, colour_map, unit, colours)
    return figure


def _scale(frame: pd.DataFrame) -> tuple[float, float, int]:
    """Return the ends of the scale of the values, and how many wells run beyond them."""
    every = frame["value"].to_numpy(float)
    used = frame[frame["used"].to_numpy(bool) & np.isfinite(every)]
    low, high = limits(used["value"].to_numpy(float), every)
    if used.empty:
        return low, high, 0
    ends = used.groupby("well", sort=False)["value"].agg(["min", "max"])
    usual = float(ends["min"].quantile(FEW)), float(ends["max"].quantile(1 - FEW))
    span = usual[1] - usual[0]
    # An end is cut only where a few wells would take more of the scale than all the others.
    low = usual[0] - SLACK * span if usual[0] - low > span > 0 else low
    high = usual[1] + SLACK * span if high - usual[1] > span > 0 else high
    beyond = (ends["max"] > high) | (ends["min"] < low)
    return low, high, int(beyond.sum())


def _span(start: float, end: float) -> str:
    """Return the width of the time axis in words."""
    seconds = (end - start) / 1.08
    if seconds >= 7200:
        return f"{seconds / 3600:.3g} h"
    return f"{seconds / 60:.3g} min" if seconds >= 600 else f"{seconds:.3g} s"


def _range(low: float, high: float) -> str:
    margin = 0.04 / 1.08 * (high - low)
    return f"{format_number(low + margin)} to {format_number(high - margin)}"


class _Placed:
    """Where a time and a value lie within a well."""

    def __init__(self, start: float, end: float, low: float, high: float) -> None:
        self.start, self.end, self.low, self.high = start, end, low, high

    def points(self, group: pd.DataFrame, name: str) -> np.ndarray:
        """Return x and y of the reads of one well, (reads, 2); beyond the scale at its end."""
        x = (group["time"].to_numpy(float) - self.start) / (self.end - self.start)
        y = (group[name].to_numpy(float) - self.low) / (self.high - self.low)
        row, column = int(group["row"].iloc[0]), int(group["column"].iloc[0])
        inner = 1 - 2 * GAP
        x = column + GAP + inner * np.clip(x, 0, 1)
        return np.column_stack([x, row + 1 - GAP - inner * np.clip(y, 0, 1)])


def _draw_curves(ax: Axes, frame: pd.DataFrame, placed: _Placed, colours: Theme) -> None:
    """Draw the reads used in the colour of the role, the others grey, the fit on top."""
    used_lines: dict[str, list[np.ndarray]] = {}
    dots: dict[str, list[np.ndarray]] = {}
    grey: list[np.ndarray] = []
    fits: list[np.ndarray] = []
    for _, group in frame.groupby("well", sort=False):
        group = group.sort_values("time")
        points, used = placed.points(group, "value"), group["used"].to_numpy(bool)
        role = str(group["role"].iloc[0])
        for first, last in _runs(used & np.isfinite(points[:, 1])):
            kept = used_lines if last - first > 1 else dots
            kept.setdefault(role, []).append(points[first:last])
        for first, last in _runs(~used):
            grey.append(points[max(first - 1, 0) : last + 1])
        if "fitted" in group:
            fitted = placed.points(group, "fitted")
            fits += [fitted[a:b] for a, b in _runs(np.isfinite(fitted[:, 1]) & used) if b - a > 1]
        if not np.isfinite(points[:, 1]).any():
            middle = group["column"].iloc[0] + 0.5, group["row"].iloc[0] + 0.5
            ax.text(*middle, "–", fontsize=8, ha="center", va="center", color=colours.muted)
    grey = [line[np.isfinite(line[:, 1])] for line in grey]
    ax.add_collection(LineCollection(grey, colors=colours.faint, lw=1.0, zorder=2))
    for role, lines in used_lines.items():
        ax.add_collection(
            LineCollection(lines, colors=_colour(role, colours), lw=2.0, zorder=3, capstyle="round")
        )
    for role, found in dots.items():
        x, y = np.concatenate(found).T
        ax.plot(x, y, "o", ms=2.2, mew=0, color=_colour(role, colours), zorder=3)
    ax.add_collection(LineCollection(fits, colors=colours.ink, lw=0.6, zorder=4))


def _runs(mask: np.ndarray) -> list[tuple[int, int]]:
    """Return begin and end of every run of true."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(int)))
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]


def _colour(role: str, colours: Theme) -> str:
    """Return the colour of a role; an unknown one is a sample's."""
    known = {
        "standard": colours.series_3,
        "sample_blank": colours.series_4,
        "blank": colours.series_6,
        "positive": colours.series_2,
        "negative": colours.series_5,
        "empty": colours.faint,
    }
    return known.get(role, colours.series_1)


def _legend(
    ax: Axes,
    roles: list[str],
    rows: int,
    columns: int,
    cell: float,
    colours: Theme,
    grey: bool,
    fitted: bool,
) -> None:
    """Name the colours in one line under the plate."""
    entries = [(role.replace("_", " "), _colour(role, colours), 1.8) for role in roles]
    entries += [("not used", colours.faint, 1.2)] if grey else []
    entries += [("fit", colours.ink, 0.9)] if fitted else []
    x, y = 0.0, rows + 16 / (cell * ASPECT)
    for text, colour, width in entries:
        ax.plot([x, x + 16 / cell], [y, y], color=colour, lw=width, clip_on=False)
        ax.text(x + 21 / cell, y, text, fontsize=8.5, va="center", color=colours.ink)
        x += (21 + text_width(text, 8.5) + 18) / cell


def _heat_cells(
    ax: Axes,
    frame: pd.DataFrame,
    norm: Normalize,
    colour_map: LinearSegmentedColormap,
    cell: float,
    colours: Theme,
) -> None:
    over = frame["over"].to_numpy(bool) if "over" in frame else np.zeros(len(frame), dtype=bool)
    printed = cell > 35
    for row, column, value, beyond in zip(frame["row"], frame["column"], frame["value"], over):
        place, inner = (column + GAP / 2, row + GAP / 2), 1 - GAP
        known = math.isfinite(value)
        if known:
            share = float(norm(value))
            ax.add_patch(Rectangle(place, inner, inner, fc=colour_map(share), ec="none", zorder=2))
        text = format_number(float(value)) if known else "over" if beyond else "–"
        ink = colours.muted if not known else ON_DARK if float(norm(value)) > 0.5 else ON_PALE
        if beyond:
            ax.add_patch(
                Rectangle(place, inner, inner, fc="none", ec=colours.missed, lw=1.2, zorder=3)
            )
        if printed:
            size = min(8.0, 8.0 * 0.84 * cell / max(text_width(text, 8.0), 1.0))
            middle = (column + 0.5, row + 0.5)
            ax.text(*middle, text, fontsize=size, ha="center", va="center", color=ink, zorder=4)


def _bar(
    figure: Figure,
    ax: Axes,
    norm: Normalize,
    colour_map: LinearSegmentedColormap,
    unit: str,
    colours: Theme,
) -> None:
    """Draw the colour bar at the right of the plate."""
    place, width = ax.get_position(), figure.get_figwidth() * 72
    height = min(place.height, 160 / (figure.get_figheight() * 72))
    bar = figure.add_axes((place.x1 + 16 / width, place.y1 - height, 10 / width, height))
    bar.imshow(
        np.linspace(1, 0, 128)[:, None],
        aspect="auto",
        cmap=colour_map,
        extent=(0, 1, norm.vmin or 0.0, norm.vmax or 0.0),
    )
    bar.set_xticks([])
    bar.yaxis.tick_right()
    bar.tick_params(labelsize=7.5, length=2, pad=2)
    bar.grid(visible=False)
    for side in bar.spines.values():
        side.set_visible(False)
    bar.set_title(unit, fontsize=8.5, fontweight="normal", color=colours.muted, pad=5)
