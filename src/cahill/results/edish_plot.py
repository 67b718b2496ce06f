"""Peak ALT against peak bilirubin of every subject: the eDISH plot.

The picture names its quadrants and its lines and draws no conclusion: which subjects meet a rule
is for the caller to say, in the column `mark`.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, NullLocator

from cahill.results.lettering import text_width, wrapped
from cahill.results.panels import Grid, require_columns
from cahill.results.tables import format_number
from cahill.results.theme import Theme, ThemeName, styled

COLUMNS = ("point", "group", "x", "y", "mark")
WIDTH, HEIGHT = 440.0, 340.0
LEFT, ABOVE, BELOW = 56.0, 10.0, 46.0
HEADER, KEY = 56.0, 26.0
TICKS = (0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
MARKERS = "osD^vP"
POINT = "edish-point-"
"""Each point stands in the SVG as an element whose id ends with this and its number."""
BIN = 0.05
"""Side of a square of the density, in decades."""


def edish_plot(
    frame: pd.DataFrame,
    *,
    title: str,
    subtitle: str = "",
    labels: tuple[str, str],
    lines: tuple[float, float],
    quadrants: tuple[str, str, str, str],
    marks: Sequence[str] = (),
    density: pd.DataFrame | None = None,
    theme: ThemeName = "light",
) -> Figure:
    """Draw every subject's peaks on logarithmic axes with the lines and quadrants of eDISH.

    Parameters
    ----------
    frame : pandas.DataFrame
        point (whole number, unique), group (arm; in the order of appearance), x and y (positive
        multiples), mark (one of `marks`, or empty). May be empty if there is a density.
    title, subtitle : str
    labels : tuple of str
        Of the axes, x and y.
    lines : tuple of float
        Where the quadrants meet, x and y.
    quadrants : tuple of str
        Names: low x and low y, high x and low y, low x and high y, high x and high y.
    marks : sequence of str
        Rings round points in the order of the key: the first is full, later ones are broken.
    density : pandas.DataFrame, optional
        Subjects too many to draw one by one: x, y (lower corners of squares of 0.05 decades) and
        count.
    theme : {"light", "dark"}

    Raises
    ------
    InputError
        If a column is missing, or there is nothing to draw.
    """
    if density is None or density.empty:
        require_columns(frame, COLUMNS, "eDISH plot")
    groups = [str(name) for name in dict.fromkeys(frame["group"])]
    seen = [mark for mark in marks if (frame["mark"] == mark).any()]
    keys = [*groups, *seen, "subjects in a square", "100,000 or more"]
    right = KEY + 22 + min(max(text_width(key, 8.5) for key in keys), 210.0)
    grid = Grid(1, 1, WIDTH, HEIGHT, LEFT, right, ABOVE, BELOW, HEADER)
    size = grid.size
    with styled(theme) as colours:
        figure = Figure(figsize=tuple(size / 72))
        x, top = 14 / size[0], size[1]
        figure.text(x, 1 - 18 / top, title, fontsize=14, fontweight="bold", va="center")
        for row, line in enumerate(wrapped(subtitle, size[0] - 28, 9)[:2]):
            y = 1 - (36 + 12 * row) / top
            figure.text(x, y, line, fontsize=9, color=colours.muted, va="center")
        ax = figure.add_axes(grid.place(0))
        _axes(ax, frame, density, lines, labels, colours)
        _quadrants(ax, lines, quadrants, colours)
        handles = _density(ax, density, colours)
        handles = [
            *_points(ax, frame, groups, colours),
            *_rings(ax, frame, seen, colours),
            *handles,
        ]
        ax.legend(
            handles=handles,
            loc="upper left",
            bbox_to_anchor=(1 + 8 / WIDTH, 1.0),
            borderaxespad=0,
            fontsize=8.5,
            handlelength=1.1,
            labelspacing=0.7,
        )
    return figure


def _axes(
    ax: Axes,
    frame: pd.DataFrame,
    density: pd.DataFrame | None,
    lines: tuple[float, float],
    labels: tuple[str, str],
    theme: Theme,
) -> None:
    for axis, column, line in zip((ax.xaxis, ax.yaxis), ("x", "y"), lines):
        parts = [frame[column].to_numpy(float)]
        if density is not None:
            parts.append(density[column].to_numpy(float))
        values = np.concatenate(parts)
        low, high = min(values.min() / 1.25, 0.2), max(values.max() * 1.25, 4 * line)
        axis._set_axes_scale("log")  # pyright: ignore[reportAttributeAccessIssue]
        (ax.set_xlim if column == "x" else ax.set_ylim)(low, high)
        ticks = [tick for tick in TICKS if low <= tick <= high]
        axis.set_major_locator(FixedLocator(ticks))
        axis.set_minor_locator(NullLocator())
        axis.set_ticklabels([f"{tick:g}" for tick in ticks])
    ax.grid(True, axis="both")
    ax.set_xlabel(labels[0])
    ax.set_ylabel(labels[1])
    ax.axvline(lines[0], color=theme.ink, lw=1.0, zorder=2)
    ax.axhline(lines[1], color=theme.ink, lw=1.0, zorder=2)


def _quadrants(
    ax: Axes,
    lines: tuple[float, float],
    names: tuple[str, str, str, str],
    theme: Theme,
) -> None:
    """Name the quadrants in their outer corners, and shade the one above both lines."""
    (left, right), (low, high) = ax.get_xlim(), ax.get_ylim()
    ax.fill_between([lines[0], right], lines[1], high, color=theme.nitrogen_pale, lw=0, zorder=0)
    split = np.log(lines[0] / left) / np.log(right / left) * WIDTH
    for k, name in enumerate(names):
        east, north = k % 2, k // 2
        room = (WIDTH - split if east else split) - 12
        text = "\n".join(wrapped(name, room, 8.5))
        ax.annotate(
            text,
            (right if east else left, high if north else low),
            xytext=(-6 if east else 6, -6 if north else 6),
            textcoords="offset points",
            ha="right" if east else "left",
            va="top" if north else "bottom",
            fontsize=8.5,
            color=theme.muted,
            zorder=6,
        )


def _points(ax: Axes, frame: pd.DataFrame, groups: Sequence[str], theme: Theme) -> list[Line2D]:
    handles = []
    for k, group in enumerate(groups):
        colour = theme.series[k % len(theme.series)]
        style = {
            "marker": MARKERS[(k + k // len(theme.series)) % len(MARKERS)],
            "markersize": 5.5,
            "markerfacecolor": colour,
            "markeredgecolor": theme.paper,
            "markeredgewidth": 0.5,
            "linestyle": "none",
        }
        own = frame[frame["group"] == group]
        for point, x, y in zip(own["point"], own["x"], own["y"]):
            ax.plot([x], [y], zorder=4, gid=f"{POINT}{int(point)}", alpha=0.85, **style)
        handles.append(Line2D([], [], label=group, **style))
    return handles


def _rings(ax: Axes, frame: pd.DataFrame, marks: Sequence[str], theme: Theme) -> list[Line2D]:
    handles = []
    for k, mark in enumerate(marks):
        own = frame[frame["mark"] == mark]
        style = {
            "marker": "o",
            "markersize": 11.0,
            "markerfacecolor": "none",
            "markeredgecolor": (theme.missed, theme.ink, theme.muted)[min(k, 2)],
            "markeredgewidth": 1.4,
            "linestyle": "none",
        }
        ax.plot(own["x"], own["y"], zorder=5, **style)
        handles.append(Line2D([], [], label="\n".join(wrapped(mark, 210, 8.5)), **style))
    return handles


def _density(ax: Axes, density: pd.DataFrame | None, theme: Theme) -> list[Line2D]:
    """Draw squares the darker the more subjects lie in them, in steps of ten."""
    if density is None or density.empty:
        return []
    handles = []
    steps = np.floor(np.log10(density["count"].to_numpy(float))).clip(0, 5).astype(int)
    side = 10**BIN
    for step in sorted(set(steps.tolist())):
        own = density[steps == step]
        x, y = own["x"].to_numpy(float), own["y"].to_numpy(float)
        corners = np.stack(
            [
                np.stack([x, x * side, x * side, x], axis=1),
                np.stack([y, y, y * side, y * side], axis=1),
            ],
            axis=2,
        )
        strength = 0.15 + 0.16 * step
        ax.add_collection(
            PolyCollection(list(corners), facecolor=theme.muted, alpha=strength, lw=0, zorder=3)
        )
        words = f"{format_number(10**step)} or more" if step else "1 to 9"
        handles.append(
            Line2D([], [], marker="s", ls="none", color=theme.muted, alpha=strength, label=words)
        )
    handles[0].set_label(f"{handles[0].get_label()} subjects in a square")
    return handles
