"""A map of any metabolic network, its arrows as wide as the estimated fluxes are large.

A network with a layout among the data of the package (`data/drawing/*_map.toml`) is drawn by hand's
rules; any other gets a layered layout of the carbon it carries. Both are drawn alike.
"""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cahill.core.network import Network
from cahill.results.map_layout import MapLayout
from cahill.results.network_map_auto import automatic_layout
from cahill.results.network_map_estimates import (
    Estimate,
    edge_estimate,
    flux_table,
    full_width,
)
from cahill.results.network_map_files import shipped_layout
from cahill.results.network_map_legend import draw_legend, draw_rest, rest_height
from cahill.results.network_map_shapes import (
    draw_arrow,
    draw_label,
    draw_lane,
    draw_node,
    lane_tints,
)
from cahill.results.theme import Theme, ThemeName, styled


def network_map(
    network: Network,
    frame: pd.DataFrame,
    *,
    layout: MapLayout | None = None,
    unit: str = "",
    title: str = "Flux map",
    subtitle: str = "",
    theme: ThemeName = "light",
    scale: float | None = None,
) -> Figure:
    """Draw estimated net fluxes on a map of their network.

    Parameters
    ----------
    network : Network
        Its steps and atom maps tell which carbon goes where.
    frame : pandas.DataFrame
        One row a reaction: reaction, net, low, high (interval; NaN or infinite where open),
        determined (bool); optional exchange, the smaller of forward and backward flux. All in
        `unit`. A reaction without a row is drawn dotted.
    layout : MapLayout, optional
        Where everything stands (`network_map_files.read_layout_file`); by default the layout of the
        package that fits the network, and otherwise an automatic one.
    unit : str
        Unit of the fluxes, for the legend.
    title, subtitle : str
        Heading, and the condition the numbers belong to.
    theme : {"light", "dark"}
    scale : float, optional
        Flux drawn at full width, in `unit`, to compare maps; by default the round number above the
        largest flux shown.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    InputError
        If a column is missing, there are no rows, or a reaction stands twice.
    """
    table = flux_table(frame)
    drawn_by_hand = layout or shipped_layout(network)
    chosen = drawn_by_hand or automatic_layout(network, table)
    compact = drawn_by_hand is None
    rest = [name for name in table.net if name not in chosen.reactions()] if compact else []
    estimates = {edge.id: edge_estimate(edge, table) for edge in chosen.edges}
    top = scale if scale is not None else full_width(list(estimates.values()))
    with styled(theme) as colours:
        figure, ax = _canvas(chosen, rest_height(chosen, table, rest), title, subtitle, colours)
        _draw(ax, chosen, estimates, top, colours, compact=compact)
        draw_legend(ax, chosen, estimates, top, unit, colours)
        draw_rest(ax, chosen, table, rest, colours)
    return figure


def _canvas(
    layout: MapLayout, extra: float, title: str, subtitle: str, theme: Theme
) -> tuple[Figure, Axes]:
    width, height = layout.canvas.size
    height += extra
    figure = Figure(figsize=(width / 72, height / 72))
    ax = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    ax.set(xlim=(0, width), ylim=(height, 0))
    ax.axis("off")
    ax.text(*layout.canvas.title_at, title, fontsize=15, fontweight="bold", va="center")
    ax.text(*layout.canvas.subtitle_at, subtitle, fontsize=10, color=theme.muted, va="center")
    return figure, ax


def _draw(
    ax: Axes,
    layout: MapLayout,
    estimates: dict[str, Estimate],
    top: float,
    theme: Theme,
    *,
    compact: bool,
) -> None:
    tints = lane_tints(layout, theme)
    for lane in layout.lanes:
        draw_lane(ax, lane, tints[lane.id], theme)
    # routes with corners run under the straight ones
    ordered = sorted(layout.edges, key=lambda edge: not edge.via)
    labelled: set[tuple[tuple[str, float], ...]] = set()
    for k, edge in enumerate(ordered):
        draw_arrow(ax, edge, estimates[edge.id], layout, top, theme, 2.0 + 1e-3 * k)
    for edge in layout.edges:
        # the same flux on two arrows of one reaction is written once
        first = edge.terms[0][1]
        terms = tuple((reaction, weight / first) for reaction, weight in edge.terms)
        if terms not in labelled:
            draw_label(ax, edge, estimates[edge.id], layout, top, theme, compact=compact)
            labelled.add(terms)
    for node in layout.nodes.values():
        draw_node(ax, node, theme)
