"""How stable reference genes are: geNorm's M, NormFinder's stability, and how many are enough."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from cahill.results.lettering import text_width
from cahill.results.panels import Grid, require_columns
from cahill.results.theme import Theme, ThemeName, styled

COLUMNS = ("gene", "m", "stability")
WIDTH, ROW, RIGHT, ABOVE, BELOW, HEADER = 190.0, 20.0, 22.0, 26.0, 34.0, 52.0


def reference_stability(
    frame: pd.DataFrame,
    pairwise: pd.DataFrame,
    *,
    enough: float = 0.15,
    title: str = "Reference genes",
    theme: ThemeName = "light",
) -> Figure:
    """Draw the stability of each gene, and how much one gene more changes the normalisation.

    Parameters
    ----------
    frame : pandas.DataFrame
        gene, m (geNorm), stability (NormFinder), the most stable first.
    pairwise : pandas.DataFrame
        genes (n), v: geNorm's V(n/n+1).
    enough : float
        V below which no further gene is needed.
    title : str
    theme : {"light", "dark"}

    Raises
    ------
    InputError
        If a column is missing or there are no rows.
    """
    require_columns(frame, COLUMNS, "reference genes")
    require_columns(pairwise, ("genes", "v"), "pairwise variation")
    left = 14.0 + max(text_width(str(name), 8.5) for name in frame["gene"]) + 8
    height = ROW * max(len(frame), 4)
    grid = Grid(2, 2, WIDTH, height, left, RIGHT, ABOVE, BELOW, HEADER)
    with styled(theme) as colours:
        figure = Figure(figsize=tuple(grid.size / 72))
        x, top = 14 / grid.size[0], grid.size[1]
        figure.text(x, 1 - 20 / top, title, fontsize=14, fontweight="bold", va="center")
        words = "smaller is more stable; all in log2"
        figure.text(x, 1 - 40 / top, words, fontsize=9, color=colours.muted, va="center")
        _draw_genes(figure.add_axes(grid.place(0)), frame, colours)
        _draw_pairwise(figure.add_axes(grid.place(1)), pairwise, enough, colours)
    return figure


def _draw_genes(ax: Axes, frame: pd.DataFrame, theme: Theme) -> None:
    at = np.arange(len(frame))[::-1]
    parts = (
        ("m", "o", theme.series_1, "geNorm M"),
        ("stability", "D", theme.series_2, "NormFinder"),
    )
    for name, mark, colour, words in parts:
        ax.plot(frame[name], at, mark, ms=6, color=colour, mec=theme.paper, mew=0.6, label=words)
    ax.set_yticks(at, frame["gene"])
    ax.set_ylim(-0.6, len(frame) - 0.4)
    ax.set_xlim(left=0, right=1.15 * float(np.nanmax(frame[["m", "stability"]].to_numpy(float))))
    ax.grid(visible=True, axis="both")
    ax.tick_params(length=0)
    ax.xaxis.set_major_locator(MaxNLocator(5))
    ax.set_title("Stability", fontsize=9.5, pad=8)
    ax.legend(
        loc="lower right",
        bbox_to_anchor=(1.02, 1.0),
        ncols=2,
        fontsize=8,
        handletextpad=0.1,
        columnspacing=0.8,
        borderpad=0,
    )


def _draw_pairwise(ax: Axes, pairwise: pd.DataFrame, enough: float, theme: Theme) -> None:
    count = pairwise["genes"].to_numpy(int)
    ax.bar(np.arange(len(count)), pairwise["v"], width=0.5, color=theme.carbon_soft)
    ax.axhline(enough, color=theme.muted, lw=0.9, ls=(0, (4, 3)))
    ax.annotate(
        "below: enough",
        (1, enough),
        (0, 2),
        xycoords=("axes fraction", "data"),
        textcoords="offset points",
        ha="right",
        fontsize=7.5,
        color=theme.muted,
    )
    ax.set_xticks(np.arange(len(count)), [f"{n}/{n + 1}" for n in count], fontsize=8)
    ax.set_xlim(-0.8, max(len(count), 3) - 0.2)
    ax.set_ylim(0, 1.2 * max(enough, float(pairwise["v"].max())))
    ax.yaxis.set_major_locator(MaxNLocator(4))
    ax.set_xlabel("genes in the mean", fontsize=8.5)
    ax.set_title("Pairwise variation V", fontsize=9.5, pad=8)
    ax.tick_params(length=0)
