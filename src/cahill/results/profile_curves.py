"""Profile likelihood of fluxes: how much worse the fit becomes when one flux is held elsewhere."""

import math

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from cahill.results.lettering import text_width
from cahill.results.panels import Grid, require_columns
from cahill.results.tables import format_number, format_range
from cahill.results.theme import Theme, ThemeName, styled

COLUMNS = ("flux", "value", "ssr_increase", "low", "high")
THRESHOLD = 3.84  # 95 % point of chi-square with one degree of freedom
SHOWN = 2.4  # height of a panel, in thresholds
WIDTH, HEIGHT = 172.0, 92.0
LEFT, RIGHT, ABOVE, BELOW = 34.0, 16.0, 38.0, 26.0
HEADER = 58.0


def profile_curves(
    frame: pd.DataFrame,
    *,
    unit: str = "",
    threshold: float = THRESHOLD,
    title: str = "Profile likelihood",
    subtitle: str = "",
    columns: int = 4,
    theme: ThemeName = "light",
) -> Figure:
    """Draw the increase of the sum of squares along each flux, one panel a flux.

    Parameters
    ----------
    frame : pandas.DataFrame
        flux (heading of the panel), value (the flux as held, in `unit`), ssr_increase (above the
        best fit, all else fitted again), low, high (the ends of the interval, the same in every
        row of a flux; NaN or infinite where open).
    unit : str
    threshold : float
        Increase at the ends of the interval; 3.84 for 95 %.
    title, subtitle : str
    columns : int
        Panels side by side.
    theme : {"light", "dark"}

    Raises
    ------
    InputError
        If a column is missing or there are no rows.
    """
    require_columns(frame, COLUMNS, "profiles")
    panels = [(str(name), group) for name, group in frame.groupby("flux", sort=False)]
    grid = Grid(len(panels), columns, WIDTH, HEIGHT, LEFT, RIGHT, ABOVE, BELOW, HEADER)
    words = f"increase of the weighted sum of squares; dashed: {threshold:g}"
    line = " · ".join(part for part in (subtitle, words, unit) if part)
    heading = max(text_width(title, 14, "bold"), text_width(line, 9))
    size = (max(float(grid.size[0]), heading + 28), float(grid.size[1]))
    with styled(theme) as colours:
        figure = Figure(figsize=(size[0] / 72, size[1] / 72))
        x, top = 14 / size[0], size[1]
        figure.text(x, 1 - 20 / top, title, fontsize=14, fontweight="bold", va="center")
        figure.text(x, 1 - 40 / top, line, fontsize=9, color=colours.muted, va="center")
        stretch = grid.size[0] / size[0]
        for k, (name, group) in enumerate(panels):
            left, bottom, width, height = grid.place(k)
            ax = figure.add_axes((left * stretch, bottom, width * stretch, height))
            _draw_panel(ax, name, group.sort_values("value"), threshold, colours)
    return figure


def _draw_panel(ax: Axes, name: str, group: pd.DataFrame, threshold: float, theme: Theme) -> None:
    value, rise = group["value"].to_numpy(float), group["ssr_increase"].to_numpy(float)
    low, high = (float(group[end].iloc[0]) for end in ("low", "high"))
    best = float(value[int(np.nanargmin(rise))]) if np.isfinite(rise).any() else math.nan
    shown = value[rise <= SHOWN * threshold]
    known = np.array([end for end in (*shown, low, high) if math.isfinite(end)])
    ax.axhline(threshold, color=theme.muted, lw=0.8, ls=(0, (4, 3)), zorder=1)
    ax.plot(value, rise, "-o", ms=2.5, lw=1.4, color=theme.series_1, zorder=3)
    if known.size:
        margin = 0.06 * float(np.ptp(known)) or 0.1 * abs(float(known[0])) or 1.0
        ax.set_xlim(known.min() - margin, known.max() + margin)
    left, right = ax.get_xlim()
    ends = (low if math.isfinite(low) else left, high if math.isfinite(high) else right)
    ax.fill_between(ends, 0, threshold, color=theme.carbon_pale, lw=0, zorder=0)
    for end in (low, high):
        if math.isfinite(end):
            ax.vlines(end, 0, threshold, color=theme.series_1, lw=0.9, zorder=2)
    if math.isfinite(best):
        ax.plot([best], [0], "^", ms=5, color=theme.ink, clip_on=False, zorder=4)
    ax.set_ylim(0, SHOWN * threshold)
    ax.grid(visible=False)
    ax.yaxis.set_major_locator(MaxNLocator(4, integer=True))
    ax.xaxis.set_major_locator(MaxNLocator(4))
    ax.tick_params(labelsize=7.5, length=2, pad=2)
    shrink = min(1.0, (WIDTH + RIGHT) / max(text_width(name, 9, "bold"), 1.0))
    ax.set_title(name, fontsize=9 * shrink, pad=16)
    bounded = math.isfinite(low) or math.isfinite(high)
    text = format_range(low, high) if bounded else "not determined"
    ax.annotate(
        f"{format_number(best)} ({text})",
        (0, 1),
        (0, 5),
        xycoords="axes fraction",
        textcoords="offset points",
        fontsize=8,
        color=theme.muted,
    )
