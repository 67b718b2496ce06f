"""Amplification curves by target, linear and logarithmic."""

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter, StrMethodFormatter

from cahill.results.lettering import spread, text_width, wrapped
from cahill.results.panels import Grid, require_columns
from cahill.results.theme import Theme, ThemeName, styled

CURVE_COLUMNS = ("panel", "curve", "cycle", "signal", "kind")
MARK_COLUMNS = ("panel", "curve", "cq", "threshold", "first", "last", "label")
KINDS = {
    "sample": "samples",
    "standard": "standards",
    "control": "without template",
    "other": "other",
    "excluded": "left out",
}
"""Kinds of curves and what the key calls them, in the order they are drawn over each other."""
NAMED = 5
"""Doubted curves that a panel names; the table of the report names all."""
WIDTH, HEIGHT = 268.0, 168.0
LEFT, RIGHT, ABOVE, BELOW, HEADER = 62.0, 50.0, 26.0, 40.0, 62.0
NARROWEST = 560.0
"""Least width of a figure in points, for its heading and key."""
DECADES = 4.5
"""Decades that the logarithmic panel shows below the highest signal at most."""


def amplification_curves(
    frame: pd.DataFrame,
    marks: pd.DataFrame,
    *,
    title: str = "Amplification curves",
    subtitle: str = "",
    signal: str = "signal above baseline",
    theme: ThemeName = "light",
) -> Figure:
    """Draw the curves of each target, linear at the left, logarithmic at the right.

    Parameters
    ----------
    frame : pandas.DataFrame
        One reading a row: panel (target), curve (any key), cycle, signal (above the baseline), kind
        (one of `KINDS`).
    marks : pandas.DataFrame
        One curve a row: panel, curve, cq (NaN for none), threshold (NaN for none), first and last
        (cycles of the baseline; NaN if not known), label (name of a doubted curve; blank if it is
        not).
    title, subtitle : str
    signal : str
        Label of the ordinate.
    theme : {"light", "dark"}

    Raises
    ------
    InputError
        If a column is missing or there are no rows.
    """
    require_columns(frame, CURVE_COLUMNS, "amplification curves")
    require_columns(marks, MARK_COLUMNS, "marks of the curves")
    panels = list(dict.fromkeys(frame["panel"]))
    grid = Grid(2 * len(panels), 2, WIDTH, HEIGHT, LEFT, RIGHT, ABOVE, BELOW, HEADER)
    with styled(theme) as colours:
        figure = headed_figure(grid, title, subtitle)
        add_key(figure, grid, frame, marks, colours)
        for number, name in enumerate(panels):
            own = frame[frame["panel"] == name]
            noted = marks[marks["panel"] == name]
            for side, logarithmic in enumerate((False, True)):
                ax = figure.add_axes(place_of(grid, 2 * number + side))
                _draw_curves(ax, own, noted, colours, logarithmic)
                ax.set_xlabel("cycle", fontsize=8.5, labelpad=2)
                if side == 0:
                    ax.set_title(fitting(str(name) or "(no name)", WIDTH), pad=8)
                    ax.set_ylabel(signal, fontsize=8.5)
    return figure


def figure_width(grid: Grid) -> float:
    """Return the width of a figure in points."""
    return max(float(grid.size[0]), NARROWEST)


def place_of(grid: Grid, number: int) -> tuple[float, float, float, float]:
    """Return where a panel stands in a figure that may be wider than its grid."""
    left, bottom, width, height = grid.place(number)
    share = float(grid.size[0]) / figure_width(grid)
    return left * share, bottom, width * share, height


def headed_figure(grid: Grid, title: str, subtitle: str) -> Figure:
    """Return a figure with its heading."""
    width, height = figure_width(grid), grid.size[1]
    title = fitting(title, width - 28, 14)
    figure = Figure(figsize=(width / 72, height / 72))
    figure.text(14 / width, 1 - 20 / height, title, fontsize=14, fontweight="bold", va="center")
    lines = wrapped(subtitle, width - 28, 9)[:1]
    figure.text(14 / width, 1 - 38 / height, lines[0], fontsize=9, va="center", alpha=0.75)
    return figure


def _colours(theme: Theme) -> dict[str, str]:
    return {
        "sample": theme.series_1,
        "standard": theme.series_3,
        "control": theme.series_2,
        "other": theme.faint,
        "excluded": theme.target,
    }


def add_key(
    figure: Figure, grid: Grid, frame: pd.DataFrame, marks: pd.DataFrame, theme: Theme
) -> None:
    """Say what the colours mean, for those that are there."""
    palette = _colours(theme)
    there = set(frame["kind"])
    handles: list[Artist] = [
        Line2D([], [], color=palette[kind], lw=1.8, label=label)
        for kind, label in KINDS.items()
        if kind in there
    ]
    if (marks["label"] != "").any():
        handles.append(Line2D([], [], color=theme.missed, lw=1.8, label="doubted"))
    if "threshold" in marks:
        handles.append(Line2D([], [], color=theme.ink, lw=0.9, ls=(0, (4, 3)), label="threshold"))
        if np.isfinite(marks["first"]).any():
            handles.append(Patch(color=theme.shade, label="baseline"))
    figure.legend(
        handles=handles,
        loc="upper left",
        bbox_to_anchor=(10 / figure_width(grid), 1 - 44 / grid.size[1]),
        ncols=len(handles),
        fontsize=8.5,
        columnspacing=1.4,
        handlelength=1.6,
        borderaxespad=0.2,
    )


def add_lines(ax: Axes, frame: pd.DataFrame, x: str, y: str, doubted: set, theme: Theme) -> None:
    """Add one line a curve, samples below, controls and doubted ones above."""
    palette = _colours(theme)
    groups: dict[str, list[np.ndarray]] = {}
    for (kind, curve), own in frame.groupby(["kind", "curve"], sort=False):
        name = "doubted" if curve in doubted else str(kind)
        groups.setdefault(name, []).append(own[[x, y]].to_numpy(float))
    order = ("excluded", "other", "sample", "standard", "control", "doubted")
    for level, name in enumerate(order):
        if name not in groups:
            continue
        many = len(groups[name]) > 24
        lines = LineCollection(
            groups[name],
            colors=theme.missed if name == "doubted" else palette[name],
            linewidths=0.7 if many else 1.1,
            alpha=0.55 if many else 0.85,
            zorder=2 + 0.1 * level,
        )
        ax.add_collection(lines)


def _draw_curves(
    ax: Axes, frame: pd.DataFrame, marks: pd.DataFrame, theme: Theme, logarithmic: bool
) -> None:
    doubted = set(marks.loc[marks["label"] != "", "curve"])
    # Without amplification there is nothing but noise about zero to show.
    top = max(float(frame["signal"].max()), 1.2 * marks["threshold"].fillna(0.0).max(), 1e-12)
    thresholds = marks["threshold"].dropna().unique()
    shown, least = frame, top * 10.0**-DECADES
    if logarithmic:
        if len(thresholds):
            least = max(least, float(np.min(thresholds)) / 50.0)
        shown = frame.assign(signal=frame["signal"].where(frame["signal"] > least))
        ax.set_yscale("log")
    add_lines(ax, shown, "cycle", "signal", doubted, theme)
    ax.set_xlim(float(frame["cycle"].min()), float(frame["cycle"].max()))
    low = float(np.nanpercentile(frame["signal"], 0.5))
    ax.set_ylim(*((least, 2.0 * top) if logarithmic else (min(low, -0.04 * top), 1.06 * top)))
    if logarithmic:
        ax.yaxis.set_major_locator(LogLocator(numticks=6))
        ax.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
        ax.yaxis.set_minor_formatter(NullFormatter())
    if marks["first"].notna().any():
        ends = marks["first"].median(), marks["last"].median()
        ax.axvspan(*ends, color=theme.shade, lw=0, zorder=0)
    for threshold in thresholds[:4]:
        ax.axhline(threshold, color=theme.ink, lw=0.9, ls=(0, (4, 3)), zorder=4)
    crossed = marks[np.isfinite(marks["cq"]) & np.isfinite(marks["threshold"])]
    ax.plot(
        crossed["cq"],
        crossed["threshold"],
        "|",
        ms=7,
        mew=0.9,
        color=theme.ink,
        zorder=5,
    )
    ax.xaxis.set_major_locator(MaxNLocator(8, integer=True))
    if not logarithmic:
        _name_ends(ax, frame, marks[marks["label"] != ""], theme)


def _name_ends(ax: Axes, frame: pd.DataFrame, doubted: pd.DataFrame, theme: Theme) -> None:
    """Name doubted curves at their right ends, without overlap."""
    names = doubted.drop_duplicates("curve")
    if names.empty:
        return
    last = frame.groupby("curve", sort=False)["signal"].last()
    chosen = names.head(NAMED)
    low, high = ax.get_ylim()
    heights = [(float(last[curve]) - low) / (high - low) * HEIGHT for curve in chosen["curve"]]
    labels = [fitting(str(label), RIGHT - 8, 7.5) for label in chosen["label"]]
    if len(names) > NAMED:
        labels.append(f"+{len(names) - NAMED} more")
        heights.append(6.0)
    wanted = np.clip(np.array(heights), 0, HEIGHT)
    placed = spread(wanted, np.full(len(labels), 9.5), 0.0, HEIGHT)
    for label, height in zip(labels, placed):
        ax.annotate(
            label,
            (1.0, height / HEIGHT),
            (4, 0),
            xycoords="axes fraction",
            textcoords="offset points",
            va="center",
            fontsize=7.5,
            color=theme.missed,
        )


def fitting(text: str, width: float, size: float = 10.0) -> str:
    """Cut a text that is wider than `width` points."""
    weight = "bold" if size >= 10 else "normal"
    if text_width(text, size, weight) <= width:
        return text
    while text and text_width(f"{text}…", size, weight) > width:
        text = text[:-1]
    return f"{text}…"
