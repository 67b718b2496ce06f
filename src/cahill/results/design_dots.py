"""Designs of an experiment by the standard errors they promise: a dot and its spread a design."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

from cahill.errors import InputError
from cahill.results.lettering import text_width
from cahill.results.panels import require_columns
from cahill.results.tables import format_number
from cahill.results.theme import Theme, ThemeName, styled

COLUMNS = ("design", "flux", "sd", "sd_low", "sd_high", "determined")
PRESENT = "as in the study"
TEXT = 8.5
ROW, HEADER, ABOVE, AXIS, SIDE = 15.0, 58.0, 18.0, 34.0, 14.0
WIDTH, GAP = 190.0, 26.0
PANELS = 4
WIDE = 20.0  # errors that span more than this factor are drawn on a logarithmic axis


def design_dots(
    frame: pd.DataFrame,
    *,
    unit: str = "",
    title: str = "Designs",
    subtitle: str = "",
    top: int = 25,
    theme: ThemeName = "light",
) -> Figure:
    """Draw the standard errors that designs promise, the best first, one panel a flux.

    Parameters
    ----------
    frame : pandas.DataFrame
        design, flux, sd, sd_low, sd_high (spread over flux states), determined (share of the states
        where the design determines the flux), in the order of the ranking. The design called "as in
        the study" is drawn as a line through all rows.
    unit : str
    title, subtitle : str
    top : int
        Designs shown; the present one always is.
    theme : {"light", "dark"}

    Raises
    ------
    InputError
        If a column is missing, there are no rows, or there are more than four fluxes.
    """
    require_columns(frame, COLUMNS, "designs")
    fluxes = list(dict.fromkeys(str(name) for name in frame["flux"]))
    if len(fluxes) > PANELS:
        raise InputError(f"designs: {len(fluxes)} fluxes; draw {PANELS} at most")
    ranked = list(dict.fromkeys(str(name) for name in frame["design"]))
    shown = ranked[:top] + [name for name in ranked[top:] if name == PRESENT]
    label = SIDE + 10 + max(text_width(name, TEXT, "bold") for name in shown)
    depth = ROW * len(shown)
    width = label + len(fluxes) * (WIDTH + GAP) + SIDE
    size = np.array([max(width, 460.0), HEADER + ABOVE + depth + AXIS])
    with styled(theme) as colours:
        figure = Figure(figsize=tuple(size / 72))
        x = SIDE / size[0]
        words = f"{len(shown)} of {len(ranked)} designs; hollow: not determined in every state"
        line = " · ".join(part for part in (subtitle, words) if part)
        figure.text(x, 1 - 20 / size[1], title, fontsize=14, fontweight="bold", va="center")
        figure.text(x, 1 - 40 / size[1], line, fontsize=9, color=colours.muted, va="center")
        for k, flux in enumerate(fluxes):
            place = np.array([label + k * (WIDTH + GAP), AXIS, WIDTH, depth]) / (*size, *size)
            ax = figure.add_axes(tuple(place))
            rows = frame[frame["flux"].astype(str) == flux].set_index("design")
            _draw_panel(ax, rows.loc[shown], k == 0, colours)
            ax.set_title(flux, fontsize=9.5, pad=6)
            ax.set_xlabel(f"standard error {unit}".strip(), fontsize=TEXT, labelpad=2)
    return figure


def _draw_panel(ax: Axes, rows: pd.DataFrame, named: bool, theme: Theme) -> None:
    sd, low, high = (rows[name].to_numpy(float) for name in ("sd", "sd_low", "sd_high"))
    sure = rows["determined"].to_numpy(float) >= 1
    places = np.arange(len(rows))
    ax.set_ylim(len(rows) - 0.5, -0.5)
    if low.min() > 0 and high.max() > WIDE * low.min():
        ax.set_xscale("log")
        ax.xaxis.set_major_locator(LogLocator(numticks=5))
        ax.xaxis.set_minor_locator(NullLocator())
    else:
        ax.set_xlim(0, 1.05 * high.max() or 1.0)
        ax.xaxis.set_major_locator(MaxNLocator(4))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: format_number(value)))
    ax.hlines(places, low, high, color=theme.series_1, lw=2, alpha=0.45, zorder=2)
    for chosen, face in ((sure, theme.series_1), (~sure, theme.paper)):
        ax.plot(sd[chosen], places[chosen], "o", ms=5.5, mfc=face, mec=theme.series_1, zorder=3)
    if PRESENT in rows.index:
        present = float(rows.loc[PRESENT, "sd"])  # pyright: ignore[reportArgumentType]
        ax.axvline(present, color=theme.nitrogen, lw=1, ls=(0, (4, 3)), zorder=1)
    ax.grid(visible=True, axis="x")
    ax.spines["left"].set_visible(False)
    ax.set_yticks([])
    ax.tick_params(labelsize=8, length=2, pad=2)
    if not named:
        return
    for place, name in zip(places, rows.index):
        ax.annotate(
            str(name),
            (0, place),
            (-10, 0),
            xycoords=ax.get_yaxis_transform(),
            textcoords="offset points",
            fontsize=TEXT,
            color=theme.nitrogen if name == PRESENT else theme.ink,
            fontweight="bold" if name == PRESENT else "normal",
            ha="right",
            va="center_baseline",
        )
