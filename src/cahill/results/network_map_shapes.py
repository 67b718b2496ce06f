"""The shapes of a network map: compartments, metabolites, arrows and their labels.

An arrow is as wide as its flux is large and points the way of the net flux. What the data do not
determine is pale with a dashed rim; an unknown flux is dotted, a zero one dashed.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch, Polygon, Rectangle

from cahill.results.map_flux import WIDEST, line_width
from cahill.results.map_layout import LABEL_SIDES, Edge, Lane, MapLayout, Node
from cahill.results.map_routes import arrow_outline, band_outline, lengths, point_at, route
from cahill.results.network_map_estimates import (
    LINE_HEIGHT,
    NUMBER,
    Estimate,
    label_lines,
)
from cahill.results.theme import Theme

NODE_TEXT = 9.5
TINTS = ("blood", "liver", "muscle", "other")
CLEAR = 3.0
BAND = 3.0  # what a band of exchange adds to the width of its larger flux
THREAD = 0.5  # half the width of a line without a flux


def lane_tints(layout: MapLayout, theme: Theme) -> dict[str, str]:
    """Return the background of each lane by id; lanes of the same name share it."""
    names = list(dict.fromkeys(lane.label for lane in layout.lanes))
    return {
        lane.id: theme.lane(TINTS[names.index(lane.label) % len(TINTS)]) for lane in layout.lanes
    }


def draw_lane(ax: Axes, lane: Lane, tint: str, theme: Theme) -> None:
    """Draw a compartment: a tinted box, its name in a corner unless the layout gives none."""
    left, top, right, bottom = lane.box
    box = FancyBboxPatch(
        (left + 8, top + 8),
        right - left - 16,
        bottom - top - 16,
        boxstyle="round,pad=8",
        facecolor=tint,
        edgecolor=theme.faint,
        linewidth=0.7,
        zorder=0,
    )
    ax.add_patch(box)
    ax.text(*lane.label_at, lane.label, fontsize=10, fontweight="bold", va="center", zorder=6)


def draw_node(ax: Axes, node: Node, theme: Theme) -> None:
    """Draw a metabolite as a box, bold if it is a key one, or as a plain word if it is a tag."""
    x, y = node.at
    key = node.kind == "key"
    if node.kind != "tag":
        width, height = node.size
        box = FancyBboxPatch(
            (x - width / 2 + 6, y - height / 2 + 6),
            width - 12,
            height - 12,
            boxstyle="round,pad=6",
            facecolor=theme.node,
            edgecolor=theme.ink if key else theme.faint,
            linewidth=1.1 if key else 0.8,
            zorder=5,
        )
        box.set_gid(f"node-{node.id}")
        ax.add_patch(box)
    ax.text(
        x,
        y,
        node.label,
        fontsize=NODE_TEXT,
        fontweight="bold" if key else "normal",
        color=theme.muted if node.kind == "tag" else theme.ink,
        ha="center",
        va="center",
        zorder=6,
    )


def half_width(edge: Edge, estimate: Estimate, top: float) -> float:
    """Return half the width of an arrow in points, with its band of exchange."""
    width = line_width(estimate.net, top) if estimate.moves(top) else 2 * THREAD
    if edge.gross and estimate.exchanges(top):
        gross = max(estimate.forward, estimate.backward)
        width = max(width, min(line_width(gross, top), WIDEST) + BAND)
    return width / 2


def draw_arrow(
    ax: Axes,
    edge: Edge,
    estimate: Estimate,
    layout: MapLayout,
    top: float,
    theme: Theme,
    level: float,
) -> None:
    """Draw the arrow of an edge at a drawing level; what it passes over keeps a margin."""
    line = route(edge, layout)
    half = half_width(edge, estimate, top)
    if half > THREAD:
        _draw_margin(ax, line, 2 * half + 3.0, level, layout, theme)
    if edge.gross and estimate.exchanges(top):
        outline = band_outline(line, 2 * half)
        pale = tones(edge, theme)[2]
        ax.add_patch(Polygon(outline, facecolor=pale, edgecolor="none", zorder=level + 2e-4))
    if not estimate.moves(top):
        style = (0, (4, 3)) if estimate.known else (0, (1, 2))
        ax.plot(*line.T, color=theme.faint, lw=2 * THREAD, ls=style, zorder=level + 4e-4)
        return
    way = line if estimate.net >= 0 else line[::-1]
    outline = arrow_outline(way, line_width(estimate.net, top))
    patch = Polygon(outline, zorder=level + 4e-4, **arrow_look(edge, estimate.determined, theme))
    patch.set_gid(f"edge-{edge.id}")
    ax.add_patch(patch)


def arrow_look(edge: Edge, determined: bool, theme: Theme) -> dict[str, Any]:
    """Return the face, rim and dashes of an arrow."""
    full, soft, pale = tones(edge, theme)
    if not determined:
        return {"facecolor": pale, "edgecolor": full, "linewidth": 0.7, "linestyle": (0, (3, 2))}
    return {"facecolor": full if edge.tone == "full" else soft, "edgecolor": "none"}


def tones(edge: Edge, theme: Theme) -> tuple[str, str, str]:
    """Return the full, soft and pale colour of an arrow: nitrogen's, or carbon's otherwise."""
    if edge.element == "N":
        return theme.nitrogen, theme.nitrogen_soft, theme.nitrogen_pale
    return theme.carbon, theme.carbon_soft, theme.carbon_pale


def draw_label(
    ax: Axes,
    edge: Edge,
    estimate: Estimate,
    layout: MapLayout,
    top: float,
    theme: Theme,
    *,
    compact: bool,
) -> None:
    """Write name, value and interval beside an arrow, on two lines if compact."""
    lines = label_lines(edge, estimate, top, compact=compact)
    x, upper, anchor = _label_anchor(edge, half_width(edge, estimate, top), lines, layout)
    sure = estimate.moves(top) and estimate.determined
    colour = tones(edge, theme)[0]
    for text, size in lines:
        number = size == NUMBER
        ax.text(
            x,
            upper + LINE_HEIGHT[size] / 2,
            text,
            fontsize=size,
            color=colour if number and sure else theme.muted,
            fontweight="bold" if number else "normal",
            ha=anchor,
            va="center_baseline",
            zorder=7,
        )
        upper += LINE_HEIGHT[size]


def _label_anchor(
    edge: Edge, half: float, lines: Sequence[tuple[str, float]], layout: MapLayout
) -> tuple[float, float, str]:
    """Return x, upper y and horizontal alignment of the label of an arrow."""
    at = point_at(route(edge, layout), edge.label_at)
    dx, dy = LABEL_SIDES[edge.label_side]
    clear = (half + CLEAR) * (0.75 if dx and dy else 1.0)
    total = sum(LINE_HEIGHT[size] for _, size in lines)
    upper = at[1] + {-1: -clear - total, 0: -total / 2, 1: clear}[int(dy)]
    return at[0] + dx * clear, upper, {-1: "right", 0: "center", 1: "left"}[int(dx)]


def _draw_margin(
    ax: Axes, line: np.ndarray, width: float, level: float, layout: MapLayout, theme: Theme
) -> None:
    """Clear a margin under an arrow, in the colour of the compartment it runs through."""
    along = lengths(line)
    inner = line[(along > 6) & (along < along[-1] - 6)]
    if len(inner) < 3:
        return
    outline = band_outline(inner, width)
    tints = lane_tints(layout, theme)
    page = (0.0, 0.0, *layout.canvas.size)
    grounds = [(page, theme.paper), *((lane.box, tints[lane.id]) for lane in layout.lanes)]
    (west, north), (east, south) = outline.min(axis=0), outline.max(axis=0)
    for k, ((left, upper, right, lower), tint) in enumerate(grounds):
        if east < left or west > right or south < upper or north > lower:
            continue
        margin = Polygon(outline, facecolor=tint, edgecolor="none", zorder=level + 1e-6 * k)
        ax.add_patch(margin)
        ground = Rectangle((left, upper), right - left, lower - upper, transform=ax.transData)
        margin.set_clip_path(ground)
