"""The picture of a tracer study's fluxes beside the published ones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from cahill.results.lettering import text_width
from cahill.results.panels import require_columns
from cahill.results.tables import format_number, format_range
from cahill.results.theme import Theme, ThemeName, styled
from cahill.tracing.in_vivo_analysis import APPEARANCE, CORRECTED, TRANSFER
from cahill.tracing.in_vivo_published import Published, published_for

TEXT, FINE = 8.5, 8.0
ROW, GAP = 15.0, 9.0
HEADER, AXIS, ABOVE = 56.0, 40.0, 24.0
BODY = 380.0
PANELS: Mapping[str, tuple[str, ...]] = {
    "Rates of appearance": (APPEARANCE,),
    "Carbon transfers, in molecules of three carbons": (TRANSFER, CORRECTED),
}


@dataclass(frozen=True)
class _Row:
    """A row of the picture: its words, its numbers, and where they come from."""

    label: str
    value: float | None
    low: float
    high: float
    text: str
    kind: str
    dots: tuple[float, ...] = ()


def draw_fluxes(
    groups: pd.DataFrame,
    frame: pd.DataFrame,
    *,
    title: str = "Fluxes",
    theme: ThemeName = "light",
) -> Figure:
    """Draw rates of appearance and carbon transfers by state, published numbers beneath.

    Parameters
    ----------
    groups : pandas.DataFrame
        As `cahill.tracing.in_vivo_groups.group_frame` has it.
    frame : pandas.DataFrame
        Estimates, for the dots of single subjects.
    title : str
    theme : {"light", "dark"}

    Raises
    ------
    InputError
        If there is no rate of appearance.
    """
    columns = ("state", "quantity", "analyte", "tracer", "mean", "low", "high")
    require_columns(groups[groups["quantity"] == APPEARANCE], columns, title)
    panels = {
        heading: blocks
        for heading, quantities in PANELS.items()
        if (blocks := _blocks(groups, frame, quantities))
    }
    rows = [row for blocks in panels.values() for block in blocks.values() for row in block]
    label = 30 + max(text_width(row.label, TEXT) for row in rows)
    numbers = 28 + max(text_width(row.text, TEXT) for row in rows)
    depths = {heading: _depth(blocks) for heading, blocks in panels.items()}
    width = label + BODY + numbers
    height = HEADER + sum(depths.values()) + len(depths) * (ABOVE + AXIS)
    with styled(theme) as colours:
        figure = Figure(figsize=(width / 72, height / 72))
        _head(figure, width, height, title, colours)
        top = HEADER
        for heading, blocks in panels.items():
            top += ABOVE
            bottom = height - top - depths[heading]
            place = (label / width, bottom / height, BODY / width, depths[heading] / height)
            _panel(figure.add_axes(place), heading, blocks, depths[heading], label, colours)
            top += depths[heading] + AXIS
    return figure


def _blocks(
    groups: pd.DataFrame, frame: pd.DataFrame, quantities: Sequence[str]
) -> dict[str, list[_Row]]:
    """Return rows by what they measure: a row a state, then the published ones."""
    steady = frame[frame["time_min"].isna()]
    blocks: dict[str, list[_Row]] = {}
    chosen = groups[groups["quantity"].isin(quantities)]
    shown: set[tuple[str, str]] = set()
    keys = list(dict.fromkeys(zip(chosen["quantity"], chosen["analyte"], chosen["tracer"])))
    for quantity, analyte, tracer in keys:
        mine = (chosen["quantity"] == quantity) & (chosen["analyte"] == analyte)
        part = chosen[mine & (chosen["tracer"] == tracer)]
        same = (steady["quantity"] == quantity) & (steady["analyte"] == analyte)
        single = steady[same & (steady["tracer"] == tracer)]
        words = f"{analyte}, exchange-corrected" if quantity == CORRECTED else analyte
        heading = f"{words} · {tracer}"
        blocks[heading] = [_state_row(record, single) for record in part.to_dict("records")]
        last = [key for key in keys if key[:2] == (quantity, analyte)][-1]
        if (quantity, analyte) not in shown and (quantity, analyte, tracer) == last:
            blocks[heading] += [_published_row(one) for one in published_for(quantity, analyte)]
            shown.add((quantity, analyte))
    return blocks


def _state_row(record: Mapping[Any, Any], single: pd.DataFrame) -> _Row:
    count = int(record["subjects"])
    dots = tuple(single.loc[single["state"] == record["state"], "value"]) if count > 1 else ()
    span = format_range(record["low"], record["high"])
    text = f"{format_number(record['mean'])} ({span})" + (f", n = {count}" if count > 1 else "")
    name = str(record["state"]) or "all"
    return _Row(name, record["mean"], record["low"], record["high"], text, "found", dots)


def _published_row(one: Published) -> _Row:
    span = format_range(one.low, one.high)
    text = span if one.value is None else f"{format_number(one.value)} ({span})"
    return _Row(one.label, one.value, one.low, one.high, text, "published")


def _depth(blocks: Mapping[str, list[_Row]]) -> float:
    return sum(ROW * (1 + len(rows)) + GAP for rows in blocks.values())


def _head(figure: Figure, width: float, height: float, title: str, theme: Theme) -> None:
    x = 14 / width
    figure.text(x, 1 - 20 / height, title, fontsize=14, fontweight="bold", va="center")
    text = "blue: this study, mean with 95 % interval, dots are subjects · grey: published"
    note = f"{text}, rest after an overnight fast, ± as printed"
    figure.text(x, 1 - 40 / height, note, fontsize=8.5, color=theme.muted, va="center")


def _panel(
    ax: Axes,
    heading: str,
    blocks: Mapping[str, list[_Row]],
    depth: float,
    label: float,
    theme: Theme,
) -> None:
    y = 0.0
    left = -(label - 14) / BODY
    beside = ax.get_yaxis_transform()
    for words, rows in blocks.items():
        y += GAP + ROW / 2
        ax.text(left, y, words, transform=beside, fontsize=TEXT, fontweight="bold", va="center")
        y += ROW / 2
        for row in rows:
            y += ROW / 2
            _draw_row(ax, row, y, theme)
            colour = theme.ink if row.kind == "found" else theme.muted
            x = left + 12 / BODY
            ax.text(x, y, row.label, transform=beside, fontsize=FINE, color=colour, va="center")
            x = 1 + 10 / BODY
            ax.text(x, y, row.text, transform=beside, fontsize=FINE, color=colour, va="center")
            y += ROW / 2
    ax.set_ylim(depth, 0)
    ax.set_xlim(left=0)
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    ax.grid(visible=True, axis="x")
    ax.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]))
    ax.set_title(heading, x=left, pad=4)
    ax.set_xlabel("µmol/kg/min", fontsize=TEXT, labelpad=2)


def _draw_row(ax: Axes, row: _Row, y: float, theme: Theme) -> None:
    found = row.kind == "found"
    colour = theme.series_1 if found else theme.faint
    ax.plot([row.low, row.high], [y, y], color=colour, lw=2.2 if found else 4, zorder=3)
    if row.value is not None:
        marker, size = ("o", 6.5) if found else ("D", 4.5)
        ax.plot([row.value], [y], marker, ms=size, color=colour, zorder=5)
    if row.dots:
        style = {"ms": 3.6, "mfc": theme.paper, "mec": theme.series_1, "mew": 0.8, "zorder": 4}
        ax.plot(row.dots, [y] * len(row.dots), "o", **style)
