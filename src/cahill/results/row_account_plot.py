"""What became of every row of an input: a bar for each fate."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from cahill.results.lettering import text_width, wrapped
from cahill.results.panels import Grid, require_columns
from cahill.results.tables import format_number
from cahill.results.theme import ThemeName, styled

COLUMNS = ("fate", "reason", "rows")
WIDTH, ROW = 460.0, 24.0
HEADER, BELOW, GAP = 56.0, 14.0, 12.0


def row_account_plot(
    frame: pd.DataFrame, *, title: str, subtitle: str = "", theme: ThemeName = "light"
) -> Figure:
    """Draw how many rows met each fate, in the order given.

    Parameters
    ----------
    frame : pandas.DataFrame
        fate ("evaluated", "undetermined" or "excluded", which colours the bar), reason (empty if
        none) and rows (whole numbers).
    title, subtitle : str
    theme : {"light", "dark"}

    Raises
    ------
    InputError
        If a column is missing or there are no rows.
    """
    require_columns(frame, COLUMNS, "account of rows")
    names = [
        f"{fate}: {reason}" if reason else fate
        for fate, reason in zip(frame["fate"], frame["reason"])
    ]
    left = 24 + max(text_width(name, 9) for name in names)
    grid = Grid(1, 1, WIDTH, ROW * len(frame), left, 74.0, 0.0, BELOW, HEADER)
    size = grid.size
    rows = frame["rows"].to_numpy(float)
    total = max(float(rows.sum()), 1.0)
    with styled(theme) as colours:
        shades = {
            "evaluated": colours.series_3,
            "undetermined": colours.series_5,
            "excluded": colours.nitrogen,
        }
        figure = Figure(figsize=tuple(size / 72))
        x, top = 14 / size[0], size[1]
        figure.text(x, 1 - 18 / top, title, fontsize=14, fontweight="bold", va="center")
        for k, line in enumerate(wrapped(subtitle, size[0] - 28, 9)[:2]):
            y = 1 - (35 + 12 * k) / top
            figure.text(x, y, line, fontsize=9, color=colours.muted, va="center")
        ax = figure.add_axes(grid.place(0))
        places = np.arange(len(frame))
        ax.barh(places, rows, 0.62, color=[shades[fate] for fate in frame["fate"]], zorder=3)
        for place, number in zip(places, rows):
            share = 100 * number / total
            words = f"{format_number(int(number))}  ({format_number(share)} %)"
            inside = number > 0.8 * rows.max()
            ax.annotate(
                words,
                (number, place),
                xytext=(-6 if inside else 6, 0),
                textcoords="offset points",
                ha="right" if inside else "left",
                va="center",
                fontsize=8.5,
                color=colours.paper if inside else colours.ink,
                zorder=4,
            )
        ax.set_xlim(0, max(rows.max(), 1.0))
        ax.set_ylim(len(frame) - 0.5, -0.5)
        ax.set_yticks(places, names)
        ax.tick_params(length=0, labelsize=9)
        ax.set_xticks([])
        ax.grid(False)
        ax.spines["bottom"].set_visible(False)
    return figure
