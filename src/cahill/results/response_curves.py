"""Response curves as small multiples: how each quantity goes with the one thing that is varied."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter, StrMethodFormatter

from cahill.results.lettering import wrapped
from cahill.results.panels import Grid, require_columns
from cahill.results.theme import Theme, ThemeName, styled

COLUMNS = ("x", "quantity", "value", "unit")
# one panel in points
LEFT, RIGHT, ABOVE, BELOW = 58.0, 20.0, 42.0, 42.0
WIDTH, HEIGHT = 215.0, 110.0
HEADER = 58.0
FLAT = 0.1  # no panel spans less than this share of its values


def draw_response_curves(
    frame: pd.DataFrame,
    *,
    x_label: str,
    reference: float | None = None,
    log: bool = False,
    title: str = "Response",
    subtitle: str = "",
    columns: int = 3,
    theme: ThemeName = "light",
) -> Figure:
    """Draw each quantity over what is varied, one panel a quantity.

    Parameters
    ----------
    frame : pandas.DataFrame
        x, quantity (heading of the panel), value, unit; a value that is not a number leaves a gap
        and a cross on the axis.
    x_label : str
        What is varied, with its unit.
    reference : float, optional
        Its usual value; marked with a line where it lies inside the range.
    log : bool
        Logarithmic x axis.
    title, subtitle : str
    columns : int
        Panels side by side.
    theme : {"light", "dark"}

    Raises
    ------
    InputError
        If a column is missing or there are no rows.
    """
    require_columns(frame, COLUMNS, "response curves")
    panels = list(frame.groupby("quantity", sort=False))
    grid = Grid(len(panels), columns, WIDTH, HEIGHT, LEFT, RIGHT, ABOVE, BELOW, HEADER)
    size = grid.size
    with styled(theme) as colours:
        figure = Figure(figsize=tuple(size / 72))
        x, top = 14 / size[0], size[1]
        figure.text(x, 1 - 20 / top, title, fontsize=14, fontweight="bold", va="center")
        for row, line in enumerate(wrapped(subtitle, size[0] - 28, 9)[:2]):
            y = 1 - (38 + 12 * row) / top
            figure.text(x, y, line, fontsize=9, color=colours.muted, va="center")
        for k, (name, group) in enumerate(panels):
            ax = figure.add_axes(grid.place(k))
            _draw_panel(ax, group, f"{name}", reference, colours)
            _x_axis(ax, group["x"].to_numpy(float), x_label, log)
    return figure


def _draw_panel(
    ax: Axes, group: pd.DataFrame, name: str, reference: float | None, theme: Theme
) -> None:
    x, value = group["x"].to_numpy(float), group["value"].to_numpy(float)
    if reference is not None and x.min() <= reference <= x.max():
        ax.axvline(reference, color=theme.faint, lw=1.0, ls=(0, (4, 3)), zorder=1)
    ax.plot(x, value, "-o", color=theme.series_1, ms=3.5, zorder=3)
    known = value[np.isfinite(value)]
    if known.size:
        middle, spread = float(np.mean(known)), float(np.ptp(known))
        if spread < FLAT * abs(middle):
            # What hardly moves is drawn as hardly moving, not blown up.
            centre, half = (known.min() + known.max()) / 2, 0.6 * FLAT * abs(middle)
            ax.set_ylim(centre - half, centre + half)
        elif known.min() >= 0 and known.min() < 0.5 * known.max():
            ax.set_ylim(bottom=0)
    failed = x[~np.isfinite(value)]
    if failed.size:
        across = ax.get_xaxis_transform()
        ax.plot(failed, np.full(failed.size, 0.04), "x", color=theme.missed, ms=5, transform=across)
    ax.set_title("\n".join(wrapped(name, WIDTH, 9, "bold")), pad=7, fontsize=9)
    ax.set_ylabel(str(group["unit"].iloc[0]), fontsize=8.5)
    ax.yaxis.set_label_coords(-44 / WIDTH, 0.5)
    ax.yaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]))


def _x_axis(ax: Axes, x: np.ndarray, label: str, log: bool) -> None:
    if log:
        ax.set_xscale("log")
        narrow = x.max() / x.min() < 30
        ax.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if narrow else (1,), numticks=8))
        ax.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
        ax.xaxis.set_minor_formatter(NullFormatter())
    else:
        ax.xaxis.set_major_locator(MaxNLocator(5))
    ax.set_xlabel(label, fontsize=8.5)
