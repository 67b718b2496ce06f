"""Waterfall: every subject's change from baseline, in order of size."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import FixedLocator, NullLocator

from cahill.results.lettering import text_width, wrapped
from cahill.results.panels import Grid, require_columns
from cahill.results.tables import format_number
from cahill.results.theme import Theme, ThemeName, styled

COLUMNS = ("group", "fold", "band", "subjects")
WIDTH, HEIGHT = 262.0, 190.0
LEFT, ABOVE, BELOW, RIGHT = 50.0, 30.0, 42.0, 16.0
HEADER, PAGE, KEY = 52.0, 990.0, 24.0
TICKS = (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200)


def waterfall_plot(
    frame: pd.DataFrame,
    *,
    title: str,
    subtitle: str = "",
    bands: Sequence[str],
    label: str,
    key: str,
    theme: ThemeName = "light",
) -> Figure:
    """Draw worst value over baseline as bars from the largest to the smallest, a panel a group.

    Parameters
    ----------
    frame : pandas.DataFrame
        group, fold (positive; 1 is no change), band (one of `bands`, which colours the bar) and
        subjects (of the group: bars may stand for evenly spaced ones of them).
    title, subtitle : str
    bands : sequence of str
        From the lowest to the highest, five at most.
    label : str
        Of the vertical axis.
    key : str
        What the bands are.
    theme : {"light", "dark"}

    Raises
    ------
    InputError
        If a column is missing or there are no rows.
    """
    require_columns(frame, COLUMNS, "waterfall plot")
    panels = [(str(name), group) for name, group in frame.groupby("group", sort=False)]
    columns = max(int(PAGE // (LEFT + WIDTH + RIGHT)), 1)
    grid = Grid(len(panels), columns, WIDTH, HEIGHT, LEFT, RIGHT, ABOVE, BELOW, HEADER + KEY)
    size = np.maximum(grid.size, (text_width(title, 14, "bold") + 28, 0.0))
    stretch = grid.size[0] / size[0]
    folds = frame["fold"].to_numpy(float)
    ends = (min(folds.min() / 1.15, 0.5), max(folds.max() * 1.15, 2.0))
    with styled(theme) as colours:
        shades = dict(zip(bands, _shades(colours)))
        figure = Figure(figsize=tuple(size / 72))
        x, top = 14 / size[0], size[1]
        figure.text(x, 1 - 18 / top, title, fontsize=14, fontweight="bold", va="center")
        for row, line in enumerate(wrapped(subtitle, size[0] - 28, 9)[:2]):
            y = 1 - (35 + 12 * row) / top
            figure.text(x, y, line, fontsize=9, color=colours.muted, va="center")
        figure.legend(
            handles=[Patch(color=shade, label=band) for band, shade in shades.items()],
            title=key,
            title_fontsize=8.5,
            alignment="left",
            loc="upper left",
            bbox_to_anchor=(8 / size[0], 1 - 46 / top),
            ncols=len(bands),
            handlelength=1.0,
            columnspacing=1.4,
        )
        for k, (name, group) in enumerate(panels):
            place = grid.place(k)
            ax = figure.add_axes((place[0] * stretch, place[1], place[2] * stretch, place[3]))
            _draw_panel(ax, name, group, ends, shades, colours)
            if k % columns == 0:
                ax.set_ylabel(label, fontsize=8.5)
    return figure


def _draw_panel(
    ax: Axes,
    name: str,
    group: pd.DataFrame,
    ends: tuple[float, float],
    shades: dict[str, str],
    theme: Theme,
) -> None:
    shown = group.sort_values("fold", ascending=False, kind="stable")
    left = np.arange(len(shown), dtype=float)
    folds, bands = shown["fold"].to_numpy(float), shown["band"].astype(str).to_numpy()
    ax.set_yscale("log")
    for band, shade in shades.items():
        own = bands == band
        x, y = left[own], folds[own]
        bars = np.stack(
            [
                np.stack([x, x + 0.9, x + 0.9, x], axis=1),
                np.stack([np.ones_like(y), np.ones_like(y), y, y], axis=1),
            ],
            axis=2,
        )
        ax.add_collection(PolyCollection(list(bars), facecolor=shade, lw=0, zorder=3))
    ax.axhline(1.0, color=theme.muted, lw=0.8, zorder=4)
    ax.set_xlim(-0.01 * len(shown), 1.01 * len(shown))
    ax.set_ylim(*ends)
    ticks = [tick for tick in TICKS if ends[0] <= tick <= ends[1]]
    ax.yaxis.set_major_locator(FixedLocator(ticks))
    ax.yaxis.set_minor_locator(NullLocator())
    ax.set_yticklabels([f"{tick:g}" for tick in ticks])
    ax.set_xticks([])
    subjects = int(group["subjects"].iloc[0])
    ax.set_xlabel(f"{format_number(subjects)} subjects in order of change", fontsize=8.5)
    ax.set_title(name, fontsize=9.5, pad=8)


def _shades(theme: Theme) -> tuple[str, ...]:
    return (theme.faint, theme.carbon_soft, theme.series_5, theme.nitrogen, theme.missed)
