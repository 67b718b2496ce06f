"""Migration from baseline: how many subjects moved from which band to which."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from cahill.results.lettering import text_width, wrapped
from cahill.results.panels import Grid, require_columns
from cahill.results.tables import format_number
from cahill.results.theme import Theme, ThemeName, styled

COLUMNS = ("group", "baseline", "worst", "count")
CELL_WIDTH, CELL_HEIGHT = 46.0, 30.0
ABOVE, BELOW, RIGHT = 34.0, 50.0, 18.0
HEADER, PAGE = 42.0, 960.0


def migration_plot(
    frame: pd.DataFrame,
    *,
    title: str,
    subtitle: str = "",
    bands: Sequence[str],
    labels: tuple[str, str],
    theme: ThemeName = "light",
) -> Figure:
    """Draw one shift table a group: rows are bands at baseline, columns the worst band later.

    Parameters
    ----------
    frame : pandas.DataFrame
        group, baseline, worst (names of bands) and count of subjects (a text such as "<5" where
        it is withheld). Cells that are not given are empty.
    title, subtitle : str
    bands : sequence of str
        From the lowest to the highest.
    labels : tuple of str
        Of the columns (worst) and of the rows (baseline).
    theme : {"light", "dark"}

    Raises
    ------
    InputError
        If a column is missing or there are no rows.
    """
    require_columns(frame, COLUMNS, "migration plot")
    panels = [(str(name), group) for name, group in frame.groupby("group", sort=False)]
    left = 34 + max(text_width(band, 8.5) for band in bands)
    width, height = CELL_WIDTH * len(bands), CELL_HEIGHT * len(bands)
    columns = max(int(PAGE // (left + width + RIGHT)), 1)
    grid = Grid(len(panels), columns, width, height, left, RIGHT, ABOVE, BELOW, HEADER)
    size = np.maximum(grid.size, (text_width(title, 14, "bold") + 28, 0.0))
    stretch = grid.size[0] / size[0]
    with styled(theme) as colours:
        figure = Figure(figsize=tuple(size / 72))
        x, top = 14 / size[0], size[1]
        figure.text(x, 1 - 18 / top, title, fontsize=14, fontweight="bold", va="center")
        for row, line in enumerate(wrapped(subtitle, size[0] - 28, 9)[:2]):
            y = 1 - (35 + 12 * row) / top
            figure.text(x, y, line, fontsize=9, color=colours.muted, va="center")
        for k, (name, group) in enumerate(panels):
            place = grid.place(k)
            ax = figure.add_axes((place[0] * stretch, place[1], place[2] * stretch, place[3]))
            _draw_panel(ax, name, group, bands, labels, colours)
    return figure


def _draw_panel(
    ax: Axes,
    name: str,
    group: pd.DataFrame,
    bands: Sequence[str],
    labels: tuple[str, str],
    theme: Theme,
) -> None:
    place = {band: k for k, band in enumerate(bands)}
    numbers = pd.to_numeric(group["count"], errors="coerce").fillna(0.0)
    total = max(float(numbers.sum()), 1.0)
    for row, number in zip(group.to_dict("records"), numbers):
        at, to = place[row["baseline"]], place[row["worst"]]
        colour = theme.muted if at == to else (theme.nitrogen if to > at else theme.carbon)
        strength = 0.1 + 0.55 * np.sqrt(number / total)
        ax.add_patch(Rectangle((to, at), 1, 1, facecolor=colour, alpha=strength, lw=0, zorder=1))
        count = row["count"]
        text = count if isinstance(count, str) else format_number(int(count))
        ax.text(to + 0.5, at + 0.5, text, ha="center", va="center", fontsize=8.5, zorder=3)
    edge = len(bands)
    for k in range(edge + 1):
        ax.plot([0, edge], [k, k], color=theme.grid, lw=0.7, zorder=2, clip_on=False)
        ax.plot([k, k], [0, edge], color=theme.grid, lw=0.7, zorder=2, clip_on=False)
    ax.set_xlim(0, edge)
    ax.set_ylim(0, edge)
    middles = np.arange(edge) + 0.5
    ax.set_xticks(middles, bands)
    ax.set_yticks(middles, bands)
    ax.tick_params(length=0)
    ax.grid(False)
    for spine in ax.spines.values():
        spine.set_visible(False)
    ax.set_xlabel(labels[0], fontsize=8.5)
    ax.set_ylabel(labels[1], fontsize=8.5)
    ax.set_title(name, fontsize=9.5, pad=8)
