"""Legend of a network map, and the list of the reactions that are not drawn."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Polygon

from cahill.results.lettering import text_width
from cahill.results.map_flux import line_width
from cahill.results.map_layout import MapLayout
from cahill.results.map_routes import arrow_outline, band_outline
from cahill.results.network_map_estimates import (
    Estimate,
    FluxTable,
    interval_words,
    power_of_ten,
    power_words,
)
from cahill.results.network_map_shapes import arrow_look
from cahill.results.tables import format_number
from cahill.results.theme import Theme

SAMPLE, SMALL, ROW = 34.0, 8.5, 18.5
GAP = 34.0
LOOKS_WIDTH = 250.0
REST_ROW, REST_HEAD, REST_GAP = 12.5, 30.0, 26.0
REST_TEXT = 8.0
LEGEND_HEIGHT = 4 * ROW + 12.0


def draw_legend(
    ax: Axes,
    layout: MapLayout,
    estimates: Mapping[str, Estimate],
    top: float,
    unit: str,
    theme: Theme,
) -> None:
    """Draw the scale of widths, the looks of arrows that occur, and how to read the numbers."""
    x, y = layout.canvas.legend_at
    power = power_of_ten(top)
    unit = f"{power_words(power)} {unit}".strip()
    sizes = (top, top / 3, top / 10, top / 30)
    words = [f"{format_number(flux / 10.0**power, 2)} {unit}".strip() for flux in sizes]
    for row, (flux, text) in enumerate(zip(sizes, words)):
        outline = arrow_outline(_sample(x, y + ROW * row), line_width(flux, top))
        ax.add_patch(Polygon(outline, color=theme.muted, lw=0, zorder=5))
        _words(ax, x + SAMPLE + 8, y + ROW * row, text, theme.ink)
    x += SAMPLE + 8 + max(text_width(text, SMALL) for text in words) + GAP
    _looks(ax, x, y, layout, estimates, top, theme)
    lines = [
        f"Bold: net flux along the arrow{', ' if unit else ''}{unit}; in brackets its interval.",
        "Line width grows with the square root of the flux.",
        "The sum of several reactions carries no interval.",
        "Two arrows of one reaction carry one number.",
    ]
    for row, text in enumerate(lines):
        _words(ax, x + LOOKS_WIDTH, y + ROW * row, text, theme.muted)


def _looks(
    ax: Axes,
    x: float,
    y: float,
    layout: MapLayout,
    estimates: Mapping[str, Estimate],
    top: float,
    theme: Theme,
) -> None:
    """Draw a sample of each kind of arrow the map shows."""
    edge = replace(layout.edges[0], element="C", tone="full")
    row = 0
    for determined, text in ((True, "determined by the data"), (False, "not determined")):
        if any(one.moves(top) and one.determined == determined for one in estimates.values()):
            outline = arrow_outline(_sample(x, y + ROW * row), 4.0)
            look = arrow_look(edge, determined, theme)
            ax.add_patch(Polygon(outline, zorder=5, **look))
            _words(ax, x + SAMPLE + 8, y + ROW * row, text, theme.ink)
            row += 1
    if any(edge.gross and estimates[edge.id].exchanges(top) for edge in layout.edges):
        line = _sample(x, y + ROW * row)
        pale, full = theme.carbon_pale, theme.carbon
        ax.add_patch(Polygon(band_outline(line, 9.0), color=pale, lw=0, zorder=4))
        ax.add_patch(Polygon(arrow_outline(line, 2.6), color=full, lw=0, zorder=5))
        _words(ax, x + SAMPLE + 8, y + ROW * row, "exchange both ways (forward ⇄ back)", theme.ink)
        row += 1
    still = [one for one in estimates.values() if not one.moves(top)]
    styles = ((True, (0, (4, 3)), "no net flux"), (False, (0, (1, 2)), "no estimate"))
    for known, style, text in styles:
        if any(one.known == known for one in still):
            level = y + ROW * row
            ax.plot([x, x + SAMPLE], [level] * 2, color=theme.faint, lw=1.0, ls=style, zorder=5)
            _words(ax, x + SAMPLE + 8, level, text, theme.ink)
            row += 1


def rest_height(layout: MapLayout, table: FluxTable, rest: Sequence[str]) -> float:
    """Return the room the list of reactions that are not drawn needs under the map, in points."""
    if not rest:
        return 0.0
    rows, _, _ = _rest_columns(layout, table, rest)
    return REST_HEAD + REST_ROW * rows + 8


def draw_rest(
    ax: Axes, layout: MapLayout, table: FluxTable, rest: Sequence[str], theme: Theme
) -> None:
    """List reactions that are not drawn with their fluxes, in columns under the map."""
    if not rest:
        return
    left, y = layout.canvas.legend_at[0], layout.canvas.size[1] + 12
    ax.text(left, y, "Not drawn", fontsize=10, fontweight="bold", va="center")
    rows, pitch, inset = _rest_columns(layout, table, rest)
    for k, name in enumerate(rest):
        x, level = left + pitch * (k // rows), y + 20 + REST_ROW * (k % rows)
        _words(ax, x, level, name, theme.muted, REST_TEXT)
        tint = theme.muted if name in table.undetermined else theme.ink
        _words(ax, x + inset, level, _flux_words(table, name), tint, REST_TEXT)


def _rest_columns(
    layout: MapLayout, table: FluxTable, rest: Sequence[str]
) -> tuple[int, float, float]:
    """Return rows, width of a column, and where its numbers start."""
    inset = max(text_width(name, REST_TEXT) for name in rest) + 10
    pitch = inset + max(text_width(_flux_words(table, name), REST_TEXT) for name in rest) + REST_GAP
    room = layout.canvas.size[0] - 2 * layout.canvas.legend_at[0]
    return math.ceil(len(rest) / max(1, int(room / pitch))), pitch, inset


def _flux_words(table: FluxTable, name: str) -> str:
    low, high = table.interval[name]
    value = format_number(table.net[name])
    known = math.isfinite(low) or math.isfinite(high)
    return f"{value} ({interval_words(low, high)})" if known else value


def _sample(x: float, y: float) -> np.ndarray:
    return np.column_stack([np.linspace(x, x + SAMPLE, 20), np.full(20, y)])


def _words(ax: Axes, x: float, y: float, text: str, colour: str, size: float = SMALL) -> None:
    ax.text(x, y, text, fontsize=size, va="center", color=colour)
