"""One value on several ladders of bands: a strip each on one axis, the value a line through all."""

import math
from itertools import pairwise

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from cahill.errors import InputError
from cahill.results.lettering import text_width, wrapped
from cahill.results.panels import require_columns
from cahill.results.theme import Theme, ThemeName, styled

COLUMNS = ("ladder", "about", "band", "low", "high", "hit", "reason")
LABELS, STRIP, RIGHT = 236.0, 560.0, 18.0  # widths, points
ROW, BAR, HEADER, ABOVE, BELOW = 46.0, 27.0, 36.0, 36.0, 40.0  # heights, points
NAME, SMALL, LEAST, LINE = 8.0, 7.0, 6.0, 9.0  # sizes of text, and the height of a line
REACH = 100.0  # edges further above the lowest edge are drawn only where the value reaches them
ROOM = 1.6  # how far the axis goes beyond the outermost value or edge, as a factor
STEPS = (1.0, 1.5, 2.0, 3.0, 5.0, 8.0)
APART = 30.0  # least distance of two ticks, points


def ladder_strip(
    frame: pd.DataFrame,
    *,
    value: tuple[float, float],
    value_text: str,
    unit: str,
    limit: float | None = None,
    title: str,
    subtitle: str = "",
    theme: ThemeName = "light",
) -> Figure:
    """Draw ladders of bands as strips above one another, and a value across them.

    All strips share one logarithmic axis, so that ladders that disagree are seen to disagree.

    Parameters
    ----------
    frame : pandas.DataFrame
        A band a row, bands of a ladder from below: ladder (its name), about (what its multiples
        are of; shown under the name), band, low and high (its ends in `unit`; missing where it is
        open), hit (whether the value lies in it), reason (why a ladder is not evaluated; then its
        ends do not matter). Ladders stand in the order in which they first appear.
    value : (float, float)
        Ends of the value in `unit`, equal for one number; the second infinite if it is open. Zero
        is drawn at the left end of the axis.
    value_text : str
        The value as the label of its line.
    unit : str
    limit : float, optional
        Upper limit of normal in `unit`: the upper axis then counts its multiples.
    title, subtitle : str
    theme : {"light", "dark"}

    Raises
    ------
    InputError
        If a column is missing, there are no rows, or the value is negative or none.
    """
    require_columns(frame, COLUMNS, "ladders")
    if not 0 <= value[0] <= value[1]:
        raise InputError(f"ladders: a value from {value[0]:g} to {value[1]:g} cannot be drawn")
    ladders = [(str(name), own) for name, own in frame.groupby("ladder", sort=False)]
    ends = _limits(frame, value, limit)
    told = wrapped(subtitle, LABELS + STRIP - 28, 9) if subtitle else []
    header = HEADER + 12.0 * len(told) + (ABOVE if limit is not None else 0.0)
    width, height = LABELS + STRIP + RIGHT, header + ROW * len(ladders) + BELOW
    with styled(theme) as colours:
        figure = Figure(figsize=(width / 72, height / 72))
        figure.text(14 / width, 1 - 20 / height, title, fontsize=14, fontweight="bold", va="center")
        for row, line in enumerate(told):
            y = 1 - (40 + 12 * row) / height
            figure.text(14 / width, y, line, fontsize=9, color=colours.muted, va="center")
        place = (LABELS / width, BELOW / height, STRIP / width, ROW * len(ladders) / height)
        ax = figure.add_axes(place)
        _set_axes(ax, ends, len(ladders), unit, limit)
        for k, (name, own) in enumerate(ladders):
            _draw_ladder(ax, len(ladders) - 1 - k, name, own, ends, colours)
        _draw_value(ax, value, value_text, ends, len(ladders), colours)
    return figure


def _limits(
    frame: pd.DataFrame, value: tuple[float, float], limit: float | None
) -> tuple[float, float]:
    """Return the ends of the axis: the value, and the edges that are not far beyond it."""
    edges = frame[["low", "high"]].to_numpy(float).ravel()
    edges = edges[np.isfinite(edges) & (edges > 0)]
    marks = [x for x in (*value, limit or math.nan) if math.isfinite(x) and x > 0]
    if edges.size:
        most = max(REACH * edges.min(), *marks)
        marks += [float(edges.min()), float(edges[edges <= most].max())]
    marks = marks or [1.0]  # nothing to go by: any axis shows that
    return min(marks) / ROOM, max(marks) * ROOM


def _set_axes(
    ax: Axes, ends: tuple[float, float], count: int, unit: str, limit: float | None
) -> None:
    ax.set_xscale("log")
    ax.set_xlim(*ends)
    ax.set_ylim(0, count)
    ax.set_yticks([])
    ax.grid(False)
    ax.spines["left"].set_visible(False)
    _tick(ax, ends, "{:,.6g}")
    ax.annotate(
        unit,
        (0, 0),
        (-8, -10),
        xycoords="axes fraction",
        textcoords="offset points",
        fontsize=NAME,
        ha="right",
        va="center",
        annotation_clip=False,
    )
    if limit is not None:
        upper = ax.twiny()
        upper.set_xscale("log")
        upper.set_xlim(ends[0] / limit, ends[1] / limit)
        upper.grid(False)
        upper.spines[["left", "right"]].set_visible(False)
        upper.spines["top"].set_visible(True)
        upper.set_xlabel(f"times the upper limit of {limit:,.6g} {unit}", fontsize=NAME, labelpad=4)
        _tick(upper, (ends[0] / limit, ends[1] / limit), "{:,.6g}\N{MULTIPLICATION SIGN}")


def _tick(axis: Axes, ends: tuple[float, float], form: str) -> None:
    """Put ticks at round numbers, as many as stand apart."""
    axis.xaxis.set_major_locator(FixedLocator(_round_numbers(*ends)))
    axis.xaxis.set_minor_locator(NullLocator())
    axis.xaxis.set_major_formatter(FuncFormatter(lambda x, _: form.format(x)))
    axis.tick_params(axis="x", labelsize=NAME, length=3, pad=2)


def _round_numbers(low: float, high: float) -> list[float]:
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    points = STRIP / math.log(high / low)
    for steps in (STEPS, (1.0, 2.0, 5.0), (1.0, 3.0), (1.0,)):
        ticks = [step * 10.0**k for k in decades for step in steps]
        inside = [x for x in ticks if low <= x <= high]
        if all(points * math.log(b / a) >= APART for a, b in pairwise(inside)):
            return inside
    return inside


def _draw_ladder(
    ax: Axes,
    row: int,
    name: str,
    own: pd.DataFrame,
    ends: tuple[float, float],
    theme: Theme,
) -> None:
    middle, tall = row + 0.5, BAR / ROW
    _write_name(ax, middle, name, str(own["about"].iloc[0]), theme)
    reason = next((text for text in own["reason"] if isinstance(text, str) and text), "")
    if reason:
        box = Rectangle((ends[0], middle - tall / 2), ends[1] - ends[0], tall)
        box.set(facecolor=theme.paper, edgecolor=theme.faint, linestyle=(0, (4, 3)), linewidth=0.8)
        box.set_clip_on(False)
        ax.add_patch(box)
        told = _shortened(reason, 2 * (STRIP - 60), NAME)
        _write_inside(ax, ends, middle, told, ends, theme.muted, theme.paper)
        return
    for number, (_, band) in enumerate(own.iterrows()):
        low, high = _clipped(band["low"], ends[0], ends), _clipped(band["high"], ends[1], ends)
        if low >= high:
            continue
        hit = bool(band["hit"])
        fill = theme.nitrogen_soft if hit else (theme.shade, theme.target)[number % 2]
        box = Rectangle((low, middle - tall / 2), high - low, tall)
        box.set(facecolor=fill, edgecolor=theme.paper, linewidth=0.8)
        ax.add_patch(box)
        words, ink = str(band["band"]), theme.ink if hit else theme.muted
        _write_inside(ax, (low, high), middle, words, ends, ink, fill, "bold" if hit else "normal")


def _shortened(text: str, width: float, size: float) -> str:
    """Cut a text that is wider than `width` points, at about the width of its letters."""
    wide = text_width(text, size)
    if wide <= width:
        return text
    return f"{text[: int(len(text) * width / wide) - 2].rstrip()}…"


def _clipped(end: object, default: float, ends: tuple[float, float]) -> float:
    number = float(end)  # pyright: ignore[reportArgumentType]
    return default if not math.isfinite(number) else min(max(number, ends[0]), ends[1])


def _write_name(ax: Axes, y: float, name: str, about: str, theme: Theme) -> None:
    """Write a ladder's name left of its strip, and below it what its multiples are of."""
    names = wrapped(name, LABELS - 26, 9, "bold")[:2]
    lines = [*names, *wrapped(about, LABELS - 26, SMALL)[: 4 - len(names)]]
    top = LINE * (len(lines) - 1) / 2
    for k, line in enumerate(lines):
        bold = k < len(names)
        ax.annotate(
            line,
            (0, y),
            (14 - LABELS, top - LINE * 1.1 * k),
            xycoords=("axes fraction", "data"),
            textcoords="offset points",
            fontsize=9 if bold else SMALL,
            fontweight="bold" if bold else "normal",
            color=theme.ink if bold else theme.muted,
            va="center",
            annotation_clip=False,
        )


def _write_inside(
    ax: Axes,
    span: tuple[float, float],
    y: float,
    words: str,
    ends: tuple[float, float],
    colour: str,
    fill: str,
    weight: str = "normal",
) -> None:
    """Write words inside a box, smaller where it is narrow, and not at all where none would fit."""
    room = STRIP * math.log(span[1] / span[0]) / math.log(ends[1] / ends[0]) - 4
    for size in (NAME, SMALL, LEAST):
        lines = wrapped(words, room, size, weight)
        fits = max(text_width(line, size, weight) for line in lines) <= room
        if fits and len(lines) * (size + 1) <= BAR:
            written = ax.text(
                math.sqrt(span[0] * span[1]),
                y,
                "\n".join(lines),
                fontsize=size,
                fontweight=weight,
                color=colour,
                ha="center",
                va="center",
                linespacing=1.0,
                zorder=5,
            )
            # Where the line of the value runs through the words, they stay readable.
            written.set_path_effects([withStroke(linewidth=2.5, foreground=fill)])
            return


def _draw_value(
    ax: Axes,
    value: tuple[float, float],
    text: str,
    ends: tuple[float, float],
    count: int,
    theme: Theme,
) -> None:
    """Draw the value as a line through every strip, or the span in which it lies."""
    low, high = (min(max(end, ends[0]), ends[1]) for end in value)
    if low == high:
        ax.plot([low, low], [0, count], color=theme.missed, lw=1.6, zorder=4, clip_on=False)
    else:
        ax.axvspan(low, high, color=theme.missed, alpha=0.18, lw=0, zorder=3)
    room = math.log(ends[1] / ends[0]) / STRIP
    half = text_width(text, 9, "bold") / 2 * room
    centre = min(max(math.log(low * high) / 2, math.log(ends[0]) + half), math.log(ends[1]) - half)
    ax.annotate(
        text,
        (math.exp(centre), 0),
        (0, -26),
        xycoords=("data", "axes fraction"),
        textcoords="offset points",
        fontsize=9,
        fontweight="bold",
        color=theme.missed,
        ha="center",
        va="center",
        annotation_clip=False,
    )
