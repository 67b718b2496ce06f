"""Pictures of a virtual tracer study: found beside true and published, error against length."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from cahill.results.lettering import spread, text_width
from cahill.results.tables import MINUS, format_number, format_range
from cahill.results.theme import Theme, ThemeName, styled
from cahill.tracing.in_vivo_analysis import APPEARANCE
from cahill.tracing.in_vivo_published import published_for
from cahill.workflows._virtual_budget import Sought, sought_of

TEXT, FINE = 8.5, 8.0
ROW, GAP, BODY = 15.0, 9.0, 360.0
HEADER, ABOVE, AXIS = 56.0, 26.0, 42.0
ENDLESS = 48.0
"""Where an infusion without end stands on the axis of hours."""


@dataclass(frozen=True)
class _Row:
    """A row of the picture: its words, its numbers, and how it is drawn."""

    label: str
    value: float
    low: float
    high: float
    text: str
    kind: str


def draw_budget(
    frame: pd.DataFrame, *, title: str = "Virtual tracers", theme: ThemeName = "light"
) -> Figure:
    """Draw what was found beside what is true and published, a block a flux.

    Parameters
    ----------
    frame : pandas.DataFrame
        As `budget_frame` has it.
    title : str
    theme : {"light", "dark"}
    """
    rates = frame["quantity"] == APPEARANCE
    panels = {
        "Rates of appearance": _blocks(frame[rates]),
        "Carbon transfers, in molecules of three carbons": _blocks(frame[~rates]),
    }
    rows = [row for blocks in panels.values() for block in blocks.values() for row in block]
    label = 30 + max(text_width(row.label, TEXT) for row in rows)
    numbers = 28 + max(text_width(row.text, TEXT) for row in rows)
    depths = [sum(ROW * (1 + len(rows)) + GAP for rows in b.values()) for b in panels.values()]
    width, height = label + BODY + numbers, HEADER + sum(depths) + len(depths) * (ABOVE + AXIS)
    with styled(theme) as colours:
        figure = Figure(figsize=(width / 72, height / 72))
        words = (
            "blue: found, with 95 % interval · green: true · grey: published, at rest after an "
            "overnight fast"
        )
        _head(figure, title, words, colours)
        top = HEADER
        for (heading, blocks), depth in zip(panels.items(), depths):
            top += ABOVE
            place = (label, height - top - depth, BODY, depth)
            box = np.array(place) / (width, height, width, height)
            _panel(figure.add_axes(tuple(box)), heading, blocks, depth, label, colours)
            top += depth + AXIS
    return figure


def _blocks(frame: pd.DataFrame) -> dict[str, list[_Row]]:
    blocks: dict[str, list[_Row]] = {}
    sought = [sought_of(row) for row in frame.to_dict("records")]
    for number, (one, row) in enumerate(zip(sought, frame.to_dict("records"))):
        block = _found_rows(row)
        # Published numbers stand once, under the last tracer of a flux.
        later = [(other.quantity, other.analyte) for other in sought[number + 1 :]]
        if (one.quantity, one.analyte) not in later:
            block += [
                _Row(
                    known.label,
                    math.nan if known.value is None else known.value,
                    known.low,
                    known.high,
                    ("" if known.value is None else f"{format_number(known.value)} ")
                    + f"({format_range(known.low, known.high)})",
                    "published",
                )
                for known in published_for(one.quantity, one.analyte)
            ]
        blocks[f"{one.label} · {one.tracer}"] = block
    return blocks


def _found_rows(row: Mapping[Any, Any]) -> list[_Row]:
    true = row["truth"]
    span = format_range(row["low"], row["high"])
    found = f"{format_number(row['found'])} ({span}), {_percent(row['found'], true)}"
    rows = [_Row("found at plateau", row["found"], row["low"], row["high"], found, "found")]
    for words, name in (("stored label counted", "followed"), ("infusion without end", "steady")):
        value = row[name]
        if math.isfinite(value):
            text = f"{format_number(value)}, {_percent(value, true)}"
            rows.append(_Row(words, value, value, value, text, "else"))
    rows.append(_Row("true", true, true, true, format_number(true), "true"))
    return rows


def _percent(value: float, true: float) -> str:
    return f"{100 * (value / true - 1):+.0f} %".replace("-", MINUS)


def _panel(
    ax: Axes,
    heading: str,
    blocks: Mapping[str, Sequence[_Row]],
    depth: float,
    label: float,
    theme: Theme,
) -> None:
    y, left, beside = 0.0, -(label - 14) / BODY, ax.get_yaxis_transform()
    for words, rows in blocks.items():
        y += GAP + ROW / 2
        ax.text(left, y, words, transform=beside, fontsize=TEXT, fontweight="bold", va="center")
        y += ROW / 2
        begin = y
        for row in rows:
            y += ROW / 2
            _draw_row(ax, row, y, theme)
            tone = theme.muted if row.kind == "published" else theme.ink
            for x, text in ((left + 12 / BODY, row.label), (1 + 10 / BODY, row.text)):
                ax.text(x, y, text, transform=beside, fontsize=FINE, color=tone, va="center")
            y += ROW / 2
        true = next(row.value for row in rows if row.kind == "true")
        ax.plot([true, true], [begin, y], color=theme.met, lw=0.9, alpha=0.6, zorder=2)
    ax.set_ylim(depth, 0)
    ax.set_xlim(left=0)
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    ax.grid(visible=True, axis="x")
    ax.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]))
    ax.set_title(heading, x=left, pad=4)
    ax.set_xlabel("µmol/kg/min", fontsize=TEXT, labelpad=2)


def _draw_row(ax: Axes, row: _Row, y: float, theme: Theme) -> None:
    style = {
        "found": ("o", 6.5, theme.series_1, theme.series_1),
        "else": ("o", 5.5, theme.series_1, theme.paper),
        "true": ("D", 5.5, theme.met, theme.met),
        "published": ("D", 4.5, theme.faint, theme.faint),
    }
    marker, size, edge, face = style[row.kind]
    thick = 4.0 if row.kind == "published" else 2.2
    ax.plot([row.low, row.high], [y, y], color=edge, lw=thick, zorder=3)
    ax.plot([row.value], [y], marker, ms=size, mec=edge, mfc=face, zorder=5)


def draw_lengths(frame: pd.DataFrame, hours: float, *, theme: ThemeName = "light") -> Figure:
    """Draw the error of each flux against the length of the infusion.

    Parameters
    ----------
    frame : pandas.DataFrame
        As `lengths_frame` has it.
    hours : float
        Length of the study's own infusion, marked.
    theme : {"light", "dark"}
    """
    width, height, left, right, below = 760.0, 330.0, 58.0, 260.0, 44.0
    with styled(theme) as colours:
        figure = Figure(figsize=(width / 72, height / 72))
        _head(figure, "Error against length of the infusion", "fluxes held · no noise", colours)
        box = (left, below, width - left - right, height - below - HEADER)
        ax = figure.add_axes(tuple(np.array(box) / (width, height, width, height)))
        keys = ["quantity", "analyte", "tracer"]
        lines = [part for _, part in frame.groupby(keys, sort=False)]
        for place, part in enumerate(lines):
            at = np.minimum(part["infusion_h"].to_numpy(float), ENDLESS)
            tone, dashes = _line_style(place, colours)
            error = part["error_percent"].to_numpy(float)
            ax.plot(at[:-1], error[:-1], "o", ls=dashes, ms=3.2, lw=1.5, color=tone)
            ax.plot(at[-2:], error[-2:], ls=":", lw=1.0, color=tone)
            ax.plot(at[-1:], error[-1:], "o", ms=4.5, color=tone)
        ax.set_xscale("log", base=2)
        ticks = sorted({value for part in lines for value in part["infusion_h"]} - {math.inf})
        ax.set_xticks([*ticks, ENDLESS], [*(f"{value:g}" for value in ticks), "∞"])
        ax.minorticks_off()
        ax.set_xlim(ticks[0] * 0.92, ENDLESS * 1.06)
        ax.axhline(0.0, color=colours.ink, lw=0.8, zorder=1)
        ax.axvline(hours, color=colours.faint, lw=1.0, ls=(0, (4, 3)), zorder=1)
        ax.set_xlabel("length of the infusion (h); dashed: this study", fontsize=TEXT, labelpad=2)
        ax.set_ylabel("error (%)", fontsize=TEXT)
        _name_lines(ax, lines, box[3], colours)
    return figure


def _line_style(place: int, theme: Theme) -> tuple[str, str]:
    """Return a colour, and a dash for the lines after the last colour."""
    count = len(theme.series)
    return theme.series[place % count], "-" if place < count else "--"


def _name_lines(ax: Axes, lines: Sequence[pd.DataFrame], depth: float, theme: Theme) -> None:
    """Write each line's name at its end, none over another."""
    low, high = ax.get_ylim()
    ends = np.array([part["error_percent"].iloc[-1] for part in lines])
    points = (ends - low) / (high - low) * depth
    placed = spread(points, np.full(len(lines), 12.5), 0.0, depth)
    for place, (part, y) in enumerate(zip(lines, placed)):
        one: Sought = sought_of(part.iloc[0].to_dict())
        name = f"{one.label} · {one.tracer}"
        tone = _line_style(place, theme)[0]
        ax.text(
            1.02, y / depth, name, transform=ax.transAxes, fontsize=FINE, color=tone, va="center"
        )


def _head(figure: Figure, title: str, words: str, theme: Theme) -> None:
    width, height = 72.0 * figure.get_size_inches()
    figure.text(14 / width, 1 - 20 / height, title, fontsize=14, fontweight="bold", va="center")
    figure.text(14 / width, 1 - 40 / height, words, fontsize=TEXT, color=theme.muted, va="center")
