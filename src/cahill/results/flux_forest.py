"""Fluxes with their intervals in rows, for one condition or to compare several.

Fluxes of one network differ by orders of magnitude; those of like size share a panel, so that each
axis is linear and every interval can be seen.
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
from cahill.results.lettering import text_width
from cahill.results.panels import require_columns
from cahill.results.tables import format_number, format_range
from cahill.results.theme import Theme, ThemeName, styled

COLUMNS = ("flux", "condition", "value", "low", "high")
TEXT = 8.5
LINE, PAD = 11.5, 6.5  # height of one condition's line, and of the gap between fluxes
HEADER, AXIS, ABOVE = 76.0, 32.0, 20.0
BODY, SIDE = 420.0, 14.0
MOST = 4  # conditions that can be told apart in one row
STEP = 10.0  # fluxes of one panel differ by this factor at most
PANELS = 4  # the last takes all that are smaller
# an interval is cut where it leaves the values of its panel by this factor and most of the ends
BEYOND, MOST_ENDS = 1.7, 0.8


@dataclass(frozen=True)
class _Row:
    flux: str
    value: np.ndarray
    low: np.ndarray
    high: np.ndarray
    differs: bool

    def reach(self, most: float) -> float:
        """Return how far value and interval reach from zero; ends beyond `most` do not count."""
        ends = np.abs(np.concatenate([self.low, self.high]))
        known = np.abs(self.value[np.isfinite(self.value)])
        return float(max(known.max(initial=0.0), ends[ends <= most].max(initial=0.0)))

    @property
    def height(self) -> float:
        return LINE * len(self.value) + PAD


def flux_forest(
    frame: pd.DataFrame,
    *,
    unit: str = "",
    title: str = "Fluxes",
    subtitle: str = "",
    theme: ThemeName = "light",
) -> Figure:
    """Draw fluxes with their intervals, in the order given, large ones and small ones apart.

    Parameters
    ----------
    frame : pandas.DataFrame
        flux, condition (one or several), value, low, high in `unit`; an end that is NaN or
        infinite is open. Optional differs (bool): whether the conditions differ in that flux;
        those that do not are drawn pale.
    unit : str
        Unit of the fluxes.
    title, subtitle : str
    theme : {"light", "dark"}

    Raises
    ------
    InputError
        If a column is missing, there are no rows, a flux stands twice in a condition, or there are
        more conditions than colours.
    """
    require_columns(frame, COLUMNS, "fluxes")
    conditions = list(dict.fromkeys(str(name) for name in frame["condition"]))
    if len(conditions) > MOST:
        raise InputError(f"fluxes: {len(conditions)} conditions; draw {MOST} at most")
    panels = _panels(_rows(frame, conditions))
    rows = [row for panel in panels for row in panel]
    label = SIDE + 10 + max(text_width(row.flux, TEXT, "bold") for row in rows)
    numbers = 16 + max(
        text_width(_words(row, k), TEXT) for row in rows for k in range(len(conditions))
    )
    depths = [sum(row.height for row in panel) for panel in panels]
    room = sum(depths) + len(panels) * (ABOVE + AXIS)
    heading = max(text_width(title, 14, "bold"), text_width(subtitle, 9))
    size = (max(label + BODY + numbers, heading + SIDE) + SIDE, HEADER + room)
    with styled(theme) as colours:
        figure = Figure(figsize=(size[0] / 72, size[1] / 72))
        _header(figure, size, title, subtitle, conditions, colours)
        upper = HEADER + ABOVE / 2
        for panel, depth in zip(panels, depths):
            bottom = size[1] - upper - depth
            place = np.array([label, bottom, BODY, depth]) / (*size, *size)
            ax = figure.add_axes(tuple(place))
            _draw_panel(ax, panel, depth, colours)
            ax.set_xlabel(unit, fontsize=TEXT, labelpad=2)
            upper += depth + ABOVE + AXIS
    return figure


def flux_comparison(
    frame: pd.DataFrame,
    *,
    unit: str = "",
    title: str = "What differs",
    subtitle: str = "",
    theme: ThemeName = "light",
) -> Figure:
    """Draw two conditions side by side, the fluxes that differ most first.

    Parameters
    ----------
    frame : pandas.DataFrame
        flux, condition (two of them), value, low, high in `unit`, differs (bool, the same in both
        rows of a flux).
    unit : str
    title, subtitle : str
    theme : {"light", "dark"}

    Raises
    ------
    InputError
        If a column is missing, there are no rows, or there are not two conditions.
    """
    require_columns(frame, (*COLUMNS, "differs"), "flux comparison")
    conditions = list(dict.fromkeys(frame["condition"]))
    if len(conditions) != 2:
        raise InputError(f"flux comparison: {len(conditions)} conditions; give two")
    one, other = (
        frame[frame["condition"] == name].set_index("flux")["value"] for name in conditions
    )
    gap = (one - other).abs().sort_values(ascending=False, kind="stable")
    order = {flux: k for k, flux in enumerate(gap.index)}
    ordered = frame.sort_values("flux", key=lambda names: names.map(order), kind="stable")
    count = frame.drop_duplicates("flux")["differs"].astype(bool)
    words = f"{int(count.sum())} of {len(count)} fluxes differ; those that do not are pale"
    line = " · ".join(part for part in (subtitle, words) if part)
    return flux_forest(ordered, unit=unit, title=title, subtitle=line, theme=theme)


def _rows(frame: pd.DataFrame, conditions: Sequence[str]) -> list[_Row]:
    rows = []
    for flux, group in frame.groupby("flux", sort=False):
        if group["condition"].duplicated().any():
            raise InputError(f'fluxes: "{flux}" stands twice in a condition; keep one')
        here = group.set_index(group["condition"].astype(str)).reindex(list(conditions))
        value, low, high = (here[name].to_numpy(float) for name in ("value", "low", "high"))
        differs = bool(group["differs"].iloc[0]) if "differs" in group.columns else True
        rows.append(_Row(str(flux), value, low, high, differs))
    return rows


def _panels(rows: Sequence[_Row]) -> list[list[_Row]]:
    """Return the rows by size, the largest panel first, the order within panels kept."""
    values = np.concatenate([row.value for row in rows])
    most = float(np.abs(values[np.isfinite(values)]).max(initial=0.0))
    panels: list[tuple[float, list[_Row]]] = []
    for row in sorted(rows, key=lambda row: -row.reach(most)):
        size = row.reach(most)
        if not panels or (size < panels[-1][0] / STEP and len(panels) < PANELS):
            panels.append((size, []))
        panels[-1][1].append(row)
    place = {row.flux: k for k, row in enumerate(rows)}
    return [sorted(panel, key=lambda row: place[row.flux]) for _, panel in panels]


def _header(
    figure: Figure,
    size: tuple[float, float],
    title: str,
    subtitle: str,
    conditions: Sequence[str],
    theme: Theme,
) -> None:
    x, top = SIDE / size[0], size[1]
    figure.text(x, 1 - 20 / top, title, fontsize=14, fontweight="bold", va="center")
    figure.text(x, 1 - 40 / top, subtitle, fontsize=9, color=theme.muted, va="center")
    if len(conditions) < 2:
        return
    ax = figure.add_axes((0.0, 1 - 70 / top, 1.0, 16 / top))
    ax.set(xlim=(0, size[0]), ylim=(0, 16))
    ax.axis("off")
    left = SIDE
    for name, colour in zip(conditions, theme.series):
        ax.plot([left, left + 22], [8, 8], color=colour, lw=2, solid_capstyle="butt")
        ax.plot([left + 11], [8], "o", ms=5.5, color=colour)
        ax.text(left + 29, 8, name, fontsize=TEXT, va="center_baseline")
        left += 56 + text_width(name, TEXT)


def _draw_panel(ax: Axes, rows: Sequence[_Row], depth: float, theme: Theme) -> None:
    low, high = _range(rows)
    ax.set(xlim=(low, high), ylim=(depth, 0))
    upper = 0.0
    for row in rows:
        for k, colour in enumerate(theme.series[: len(row.value)]):
            y = upper + PAD / 2 + LINE * (k + 0.5)
            _draw_interval(ax, row, k, y, (low, high), colour)
            ax.annotate(
                _words(row, k),
                (1, y),
                (12, 0),
                xycoords=ax.get_yaxis_transform(),
                textcoords="offset points",
                fontsize=TEXT,
                color=theme.ink if row.differs else theme.muted,
                va="center_baseline",
            )
        ax.annotate(
            row.flux,
            (0, upper + row.height / 2),
            (-10, 0),
            xycoords=ax.get_yaxis_transform(),
            textcoords="offset points",
            fontsize=TEXT,
            fontweight="bold" if row.differs and len(row.value) > 1 else "normal",
            color=theme.ink if row.differs else theme.muted,
            ha="right",
            va="center_baseline",
        )
        upper += row.height
        ax.axhline(upper, color=theme.grid, lw=0.5, zorder=0)
    if low < 0 < high:
        ax.axvline(0, color=theme.muted, lw=0.8, zorder=1)
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    ax.grid(visible=True, axis="x")
    ax.xaxis.set_major_locator(MaxNLocator(6))


def _range(rows: Sequence[_Row]) -> tuple[float, float]:
    """Return the ends of a panel: all values, and the intervals unless they reach far beyond."""
    values = np.concatenate([[0.0], *(row.value[np.isfinite(row.value)] for row in rows)])
    ends = np.concatenate([np.append(row.low, row.high) for row in rows])
    ends = ends[np.isfinite(ends)]
    usual = float(np.quantile(np.abs(ends), MOST_ENDS)) if ends.size else 0.0
    reach = max(BEYOND * float(np.abs(values).max()), usual)
    ends = np.append(np.clip(ends, -reach, reach), values)
    margin = 0.03 * (ends.max() - ends.min()) or 1.0
    low, high = float(ends.min()), float(ends.max())
    low, high = low - margin if low < 0 else 0.0, high + margin if high > 0 else 0.0
    return (low, high) if low < high else (0.0, 1.0)


def _draw_interval(
    ax: Axes, row: _Row, k: int, y: float, limits: tuple[float, float], colour: str
) -> None:
    """Draw one interval; an end that is open or beyond the panel has an arrow head."""
    value, alpha = float(row.value[k]), 1.0 if row.differs else 0.4
    if not math.isfinite(value):
        return
    low, high = (float(end) for end in (row.low[k], row.high[k]))
    left = low if math.isfinite(low) and low >= limits[0] else limits[0]
    right = high if math.isfinite(high) and high <= limits[1] else limits[1]
    ax.plot([left, right], [y, y], color=colour, lw=2, alpha=alpha, solid_capstyle="butt", zorder=3)
    for end, shape, cut in ((left, "<", left != low), (right, ">", right != high)):
        if cut:
            ax.plot([end], [y], shape, ms=5, color=colour, alpha=alpha, mew=0, clip_on=False)
    ax.plot([value], [y], "o", ms=5.5, color=colour, alpha=alpha, mew=0, zorder=4)


def _words(row: _Row, k: int) -> str:
    value, low, high = (float(end[k]) for end in (row.value, row.low, row.high))
    if not math.isfinite(value):
        return "no estimate"
    if not (math.isfinite(low) or math.isfinite(high)):
        return f"{format_number(value)} (not determined)"
    return f"{format_number(value)} ({format_range(low, high)})"
