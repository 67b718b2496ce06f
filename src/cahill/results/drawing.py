"""The three-lane map of the glucose-alanine cycle, its lines as wide as the fluxes are large.

Which metabolites and reactions appear, and where, is data (`data/drawing/cycle_map.toml`); this
module turns fluxes into arrows and labels.
"""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch, Polygon, Rectangle

from cahill.results.map_flux import (
    WIDEST,
    EdgeFlux,
    concentration_text,
    edge_flux,
    flux_text,
    line_width,
    scale_top,
)
from cahill.results.map_layout import LABEL_SIDES, Edge, Lane, MapLayout, Node, load_layout
from cahill.results.map_legend import draw_legend
from cahill.results.map_routes import (
    arrow_outline,
    band_outline,
    lengths,
    point_at,
    route,
    shifted,
)
from cahill.results.theme import Theme, ThemeName, styled

NUMBER, NAME, FINE = 10.0, 8.5, 8.0
LINE_HEIGHT = {NUMBER: 11.8, NAME: 10.2, FINE: 9.8}
LABEL = 9.5
STRAND = 0.7


def draw_cycle_map(
    fluxes: Mapping[str, float],
    *,
    gross: Mapping[str, tuple[float, float]] | None = None,
    concentrations: Mapping[str, float] | None = None,
    title: str = "The glucose-alanine cycle",
    subtitle: str = "",
    theme: ThemeName = "light",
    scale: float | None = None,
) -> Figure:
    """Draw the cycle between muscle, blood, liver and the other tissues.

    Parameters
    ----------
    fluxes : mapping of str to float
        Net flux of each reaction by its id, umol/kg/min. The arrow follows the sign; a reaction
        that is absent or NaN is drawn dotted.
    gross : mapping of str to (float, float), optional
        Forward and backward flux of reversible reactions as written, umol/kg/min, by reaction id;
        shown on ALT (those of its alanine half-reaction), alanine and lactate exchange. Opposed
        reactions that are absent here count as one way each.
    concentrations : mapping of str to float, optional
        mmol/L by species id; written under the names.
    title, subtitle : str
        Heading, and the condition the numbers belong to.
    theme : {"light", "dark"}
    scale : float, optional
        Flux drawn at full width, umol/kg/min, to compare maps; by default the round number above
        the largest flux shown.

    Returns
    -------
    matplotlib.figure.Figure
        960 x 716 points.
    """
    layout = load_layout()
    values = {edge.id: edge_flux(edge, fluxes, gross or {}) for edge in layout.edges}
    top = scale if scale is not None else scale_top(list(values.values()))
    with styled(theme) as colours:
        figure, ax = _canvas(layout, title, subtitle, colours)
        for lane in layout.lanes:
            _draw_lane(ax, lane, colours)
        for edge in sorted(layout.edges, key=lambda edge: not edge.via):
            _draw_edge(ax, edge, values[edge.id], layout, top, colours)
        for node in layout.nodes.values():
            _draw_node(ax, node, concentrations or {}, colours)
        shown = any(edge.gross and values[edge.id].exchanges for edge in layout.edges)
        draw_legend(
            ax,
            layout,
            top,
            colours,
            has_gross=shown,
            has_concentrations=any(node in (concentrations or {}) for node in layout.nodes),
        )
    return figure


def _canvas(layout: MapLayout, title: str, subtitle: str, theme: Theme) -> tuple[Figure, Axes]:
    width, height = layout.canvas.size
    figure = Figure(figsize=(width / 72, height / 72))
    ax = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    ax.set(xlim=(0, width), ylim=(height, 0))
    ax.axis("off")
    ax.text(*layout.canvas.title_at, title, fontsize=15, fontweight="bold", va="center")
    ax.text(*layout.canvas.subtitle_at, subtitle, fontsize=10, color=theme.muted, va="center")
    return figure, ax


def _draw_lane(ax: Axes, lane: Lane, theme: Theme) -> None:
    left, top, right, bottom = lane.box
    box = FancyBboxPatch(
        (left + 8, top + 8),
        right - left - 16,
        bottom - top - 16,
        boxstyle="round,pad=8",
        facecolor=theme.lane(lane.id),
        edgecolor=theme.grid,
        linewidth=0.8,
        zorder=0,
    )
    ax.add_patch(box)
    ax.text(*lane.label_at, lane.label, fontsize=11, fontweight="bold", va="center", zorder=6)


def _draw_node(ax: Axes, node: Node, concentrations: Mapping[str, float], theme: Theme) -> None:
    x, y = node.at
    if node.kind == "tag":
        ax.text(
            x, y, node.label, fontsize=LABEL, ha="center", va="center", color=theme.muted, zorder=6
        )
        return
    width, height = node.size
    key = node.kind == "key"
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
    ax.add_patch(box)
    box.set_gid(f"node-{node.id}")
    weight = "bold" if key else "normal"
    known = node.id in concentrations
    name_y = y - 5.5 if known else y
    ax.text(
        x, name_y, node.label, fontsize=LABEL, fontweight=weight, ha="center", va="center", zorder=6
    )
    if known:
        text = concentration_text(float(concentrations[node.id]))
        ax.text(
            x, y + 7, text, fontsize=FINE, ha="center", va="center", color=theme.muted, zorder=6
        )


def _draw_edge(
    ax: Axes, edge: Edge, flux: EdgeFlux, layout: MapLayout, top: float, theme: Theme
) -> None:
    line = route(edge, layout)
    half = _draw_route(ax, edge, flux, line, layout, top, theme)
    _draw_label(ax, edge, flux, point_at(line, edge.label_at), half, theme)


def _draw_route(
    ax: Axes,
    edge: Edge,
    flux: EdgeFlux,
    line: np.ndarray,
    layout: MapLayout,
    top: float,
    theme: Theme,
) -> float:
    """Draw the arrow of an edge and return half its width in points."""
    if not flux.known or flux.negligible:
        style = (0, (1, 2)) if not flux.known else (0, (4, 3))
        ax.plot(*line.T, color=theme.faint, lw=1.0, ls=style, zorder=3)
        return 0.5
    way = line if flux.net >= 0 else line[::-1]
    width = line_width(flux.net, top)
    strands = [("C", 0.0)] if edge.element == "C" else [("N", 0.0)]
    if edge.element == "CN":
        width *= STRAND
        apart = width / 2 + 0.8
        # carbon keeps the upper side whichever way the arrow points
        upper = 1.0 if way[-1, 0] >= way[0, 0] else -1.0
        strands = [("C", upper * apart), ("N", -upper * apart)]
    half = width / 2 + max(abs(offset) for _, offset in strands)
    if edge.gross and flux.exchanges:
        half = max(half, _draw_exchange(ax, edge, flux, line, top, theme))
    _draw_casing(ax, line, 2 * half + 3.0, _level(edge), layout, theme)
    for element, offset in strands:
        colour = _colour(element, edge.tone, theme)
        outline = arrow_outline(shifted(way, offset), width)
        patch = Polygon(outline, facecolor=colour, edgecolor="none", zorder=_level(edge) + 0.4)
        patch.set_gid(f"edge-{edge.id}-{element}")
        ax.add_patch(patch)
    return half


def _draw_exchange(
    ax: Axes, edge: Edge, flux: EdgeFlux, line: np.ndarray, top: float, theme: Theme
) -> float:
    """Draw the pale band of the larger gross flux and return half its width."""
    width = min(line_width(max(flux.forward, flux.backward), top) + 3.0, WIDEST + 3.0)
    colour = theme.nitrogen_pale if edge.element == "N" else theme.carbon_pale
    band = Polygon(
        band_outline(line, width), facecolor=colour, edgecolor="none", zorder=_level(edge) + 0.2
    )
    ax.add_patch(band)
    return width / 2


def _draw_casing(
    ax: Axes, line: np.ndarray, width: float, level: float, layout: MapLayout, theme: Theme
) -> None:
    """Clear a margin where an arrow passes over others; crossings happen in the blood only."""
    blood = next(lane for lane in layout.lanes if lane.id == "blood")
    left, upper, right, lower = blood.box
    inner = line[(lengths(line) > 6) & (lengths(line) < lengths(line)[-1] - 6)]
    if len(inner) < 3:
        return
    casing = Polygon(
        band_outline(inner, width), facecolor=theme.lane_blood, edgecolor="none", zorder=level
    )
    ax.add_patch(casing)
    casing.set_clip_path(
        Rectangle((left, upper), right - left, lower - upper, transform=ax.transData)
    )


def _draw_label(
    ax: Axes, edge: Edge, flux: EdgeFlux, at: np.ndarray, half: float, theme: Theme
) -> None:
    lines = [(edge.name, NAME, theme.muted, "normal")] if edge.name else []
    colour = theme.ink if edge.element == "CN" else _colour(edge.element, "full", theme)
    if not flux.known or flux.negligible:
        colour = theme.muted
    lines.append((flux_text(flux.net), NUMBER, colour, "bold"))
    if edge.gross and flux.exchanges:
        fine = f"{flux_text(flux.forward)} ⇄ {flux_text(flux.backward)}"
        lines.append((fine, FINE, theme.muted, "normal"))
    dx, dy = LABEL_SIDES[edge.label_side]
    clear = (half + 3.0) * (0.75 if dx and dy else 1.0)
    total = sum(LINE_HEIGHT[size] for _, size, _, _ in lines)
    x = at[0] + dx * clear
    upper = at[1] + {-1: -clear - total, 0: -total / 2, 1: clear}[int(dy)]
    anchor = {-1: "right", 0: "center", 1: "left"}[int(dx)]
    for text, size, tint, weight in lines:
        middle = upper + LINE_HEIGHT[size] / 2
        ax.text(
            x,
            middle,
            text,
            fontsize=size,
            color=tint,
            fontweight=weight,
            ha=anchor,
            va="center_baseline",
            zorder=7,
        )
        upper += LINE_HEIGHT[size]


def _level(edge: Edge) -> float:
    """Return the drawing level: routes with corners run under the straight ones."""
    return 2.0 if edge.via else 3.0


def _colour(element: str, tone: str, theme: Theme) -> str:
    if element == "C":
        return theme.carbon if tone == "full" else theme.carbon_soft
    return theme.nitrogen if tone == "full" else theme.nitrogen_soft
