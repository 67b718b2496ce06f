"""Melt peaks by target: the negative derivative of fluorescence by temperature."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cahill.results.amplification_curves import (
    ABOVE,
    BELOW,
    HEADER,
    HEIGHT,
    LEFT,
    NAMED,
    RIGHT,
    WIDTH,
    add_key,
    add_lines,
    fitting,
    headed_figure,
    place_of,
)
from cahill.results.panels import Grid, require_columns
from cahill.results.theme import Theme, ThemeName, styled

MELT_COLUMNS = ("panel", "curve", "temperature", "slope", "kind")
PEAK_COLUMNS = ("panel", "curve", "tm", "height", "label")


def melt_peaks(
    frame: pd.DataFrame,
    peaks: pd.DataFrame,
    *,
    expected: Mapping[str, float] | None = None,
    title: str = "Melt peaks",
    subtitle: str = "",
    theme: ThemeName = "light",
) -> Figure:
    """Draw -dF/dT of each target with its peaks.

    Parameters
    ----------
    frame : pandas.DataFrame
        panel (target), curve, temperature (degrees Celsius), slope (-dF/dT), kind (one of
        `cahill.results.amplification_curves.KINDS`).
    peaks : pandas.DataFrame
        panel, curve, tm, height, label (of a curve with an unexpected product; else blank).
    expected : mapping of str to float, optional
        Melting temperature of the product, by panel.
    title, subtitle : str
    theme : {"light", "dark"}

    Raises
    ------
    InputError
        If a column is missing or there are no rows.
    """
    require_columns(frame, MELT_COLUMNS, "melt curves")
    require_columns(peaks, PEAK_COLUMNS, "melt peaks")
    panels = list(dict.fromkeys(frame["panel"]))
    grid = Grid(len(panels), 2, WIDTH, HEIGHT, LEFT, RIGHT, ABOVE, BELOW, HEADER)
    with styled(theme) as colours:
        figure = headed_figure(grid, title, subtitle)
        add_key(figure, grid, frame, peaks, colours)
        for number, name in enumerate(panels):
            ax = figure.add_axes(place_of(grid, number))
            own, found = frame[frame["panel"] == name], peaks[peaks["panel"] == name]
            doubted = set(found.loc[found["label"] != "", "curve"])
            add_lines(ax, own, "temperature", "slope", doubted, colours)
            ax.autoscale()
            ax.plot(found["tm"], found["height"], "o", ms=3, color=colours.ink, mew=0, zorder=5)
            if expected and np.isfinite(expected.get(name, np.nan)):
                ax.axvline(expected[name], color=colours.muted, lw=0.9, ls=(0, (4, 3)), zorder=1)
                ax.annotate(
                    f"{expected[name]:.1f} °C",
                    (expected[name], 1.0),
                    (3, -3),
                    xycoords=("data", "axes fraction"),
                    textcoords="offset points",
                    va="top",
                    fontsize=8,
                    color=colours.muted,
                )
            ax.set_title(fitting(str(name) or "(no name)", WIDTH), pad=8)
            ax.set_xlabel("temperature (°C)", fontsize=8.5, labelpad=2)
            ax.set_ylabel("−dF/dT", fontsize=8.5)
            _name_peaks(ax, found[found["label"] != ""], colours)
    return figure


def _name_peaks(ax: Axes, doubted: pd.DataFrame, theme: Theme) -> None:
    """List curves with an unexpected product beside the panel."""
    names = list(dict.fromkeys(doubted["label"]))
    labels = [fitting(str(label), RIGHT - 8, 7.5) for label in names[:NAMED]]
    if len(names) > NAMED:
        labels.append(f"+{len(names) - NAMED} more")
    for row, label in enumerate(labels):
        ax.annotate(
            label,
            (1.0, 1.0),
            (4, -4 - 9.5 * row),
            xycoords="axes fraction",
            textcoords="offset points",
            va="top",
            fontsize=7.5,
            color=theme.missed,
        )
