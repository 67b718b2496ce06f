"""The layout of a network map for a network that has none among the data: layers along the flux."""

from dataclasses import dataclass, replace

import numpy as np

from cahill.core.network import Network
from cahill.errors import InputError
from cahill.results.lettering import text_width
from cahill.results.map_layout import Canvas, Edge, MapLayout, Node, Point, Port
from cahill.results.map_routes import lengths, route
from cahill.results.network_map_estimates import (
    LINE_HEIGHT,
    FluxTable,
    edge_estimate,
    full_width,
    label_lines,
)
from cahill.results.network_map_layers import Layers, layered
from cahill.results.network_map_legend import LEGEND_HEIGHT
from cahill.results.network_map_shapes import CLEAR, NODE_TEXT, half_width
from cahill.results.network_map_skeleton import Link, skeleton

NODE_HEIGHT = 21.0
SIDE, HEAD = 20.0, 70.0
BETWEEN = 20.0  # room between a row of nodes and the labels above and below it
UPRIGHT = 5.0  # what a link runs upright beyond the row it passes
TIP = 10.0  # upright length of a thin link before the node its arrow points at
THIN = 2.0  # half the width up to which the head of an arrow fits in there
CORNER = 8.0  # twice the length of a link's upright part that a bend rounds off
NARROWEST = 760.0
PORT_PITCH = 13.0


@dataclass(frozen=True)
class _Draft:
    """An edge before it has its place, and the room it needs in points."""

    edge: Edge
    upstream: str
    downstream: str
    net: float
    half: float
    label_width: float
    label_height: float


def automatic_layout(network: Network, table: FluxTable) -> MapLayout:
    """Lay a network out in layers, the large fluxes pointing down.

    Parameters
    ----------
    network : Network
    table : FluxTable
        Fluxes; they tell which way the links run and how much room the labels need.

    Raises
    ------
    InputError
        If no reaction with a flux carries traced atoms between two metabolites.
    """
    links = skeleton(network, table.net)
    if not links:
        raise InputError(
            "network map: no reaction with a flux carries two traced atoms from one metabolite to "
            "another; give atom maps and a row for each reaction"
        )
    drafts = _drafts(links, table)
    names = dict.fromkeys(name for link in links for name in (link.start, link.end))
    widths = {name: text_width(name, NODE_TEXT) + 18.0 for name in names}
    layers = layered(
        widths,
        [(draft.upstream, draft.downstream) for draft in drafts],
        [draft.net for draft in drafts],
        [draft.half + CLEAR + draft.label_width for draft in drafts],
    )
    return _assembled(drafts, layers, widths)


def _drafts(links: tuple[Link, ...], table: FluxTable) -> list[_Draft]:
    edges = [_edge(link) for link in links]
    estimates = [edge_estimate(edge, table) for edge in edges]
    top = full_width(estimates)
    drafts = []
    for edge, estimate in zip(edges, estimates):
        lines = label_lines(edge, estimate, top, compact=True)
        ends = (edge.start.node, edge.end.node)
        drafts.append(
            _Draft(
                edge,
                *(ends[::-1] if estimate.net < 0 else ends),
                net=abs(estimate.net) if estimate.known else 0.0,
                half=half_width(edge, estimate, top),
                label_width=max(text_width(text, size, "bold") for text, size in lines),
                label_height=sum(LINE_HEIGHT[size] for _, size in lines),
            )
        )
    return drafts


def _edge(link: Link) -> Edge:
    """Return a link as an edge that does not know its place yet."""
    first, *others = [reaction for reaction, _ in link.terms]
    return Edge(
        id=f"{link.start}-{link.end}",
        start=Port(link.start, "S", (0.0, 0.0)),
        end=Port(link.end, "N", (0.0, 0.0)),
        terms=link.terms,
        element=link.element,
        tone="full",
        via=(),
        bend=(0.6, 0.6),
        label_at=0.5,
        label_side="right",
        name=f"{first} +{len(others)}" if others else first,
        gross=False,
    )


def _assembled(drafts: list[_Draft], layers: Layers, widths: dict[str, float]) -> MapLayout:
    """Return the layout with nodes and routes at their places."""
    label_height = max(draft.label_height for draft in drafts)
    pitch = (NODE_HEIGHT + label_height) / 2 + BETWEEN
    right = max(x + item.right for x, item in zip(layers.x, layers.items))
    width = max(right + 2 * SIDE, NARROWEST)
    left = (width - right) / 2
    places = [
        (left + float(x), HEAD + NODE_HEIGHT / 2 + pitch * item.rank)
        for x, item in zip(layers.x, layers.items)
    ]
    nodes = {
        name: Node(name, name, "", places[k], "metabolite", (wide, NODE_HEIGHT))
        for k, (name, wide) in enumerate(widths.items())
    }
    floor = max(y for _, y in places) + NODE_HEIGHT
    canvas = Canvas(
        size=(width, floor + LEGEND_HEIGHT),
        title_at=(14.0, 26.0),
        subtitle_at=(14.0, 46.0),
        legend_at=(SIDE, floor + 16.0),
        node_size=(60.0, NODE_HEIGHT),
    )
    bare = MapLayout(canvas, (), nodes, ())
    shifts = _port_shifts(layers, places, list(widths.values()))
    edges = []
    for k, draft in enumerate(drafts):
        edge = _placed(draft, k, layers, places, shifts[k], label_height)
        at = places[layers.label[k]]
        edges.append(replace(edge, label_at=_share(edge, bare, at)))
    return replace(bare, edges=tuple(edges))


def _placed(
    draft: _Draft,
    number: int,
    layers: Layers,
    places: list[Point],
    shifts: list[float],
    label_height: float,
) -> Edge:
    """Return an edge from its upper to its lower node, through the bends of its chain."""
    chain, down = layers.chains[number], layers.down[number]
    ends = (draft.upstream, draft.downstream)
    upper, lower = ends if down else ends[::-1]
    via = [
        (places[j][0], places[j][1] + part)
        for j in chain[1:-1]
        for part in _upright(layers.items[j].rank, label_height)
    ]
    if draft.half <= THIN:
        (x, y), tip = places[chain[-1 if down else 0]], NODE_HEIGHT / 2 + TIP
        stub = (x + shifts[down], y - tip if down else y + tip)
        via = [*via, stub] if down else [stub, *via]
    sign = 1.0 if upper == draft.edge.start.node else -1.0
    return replace(
        draft.edge,
        start=Port(upper, "S", (shifts[0], 0.0)),
        end=Port(lower, "N", (shifts[1], 0.0)),
        terms=tuple((reaction, sign * weight) for reaction, weight in draft.edge.terms),
        via=tuple(via),
    )


def _upright(rank: int, label_height: float) -> tuple[float, ...]:
    """Return the corners of a link's upright run through a rank, from the rank's middle."""
    half = (label_height if rank % 2 else NODE_HEIGHT) / 2 + UPRIGHT
    return -half, CORNER - half, half - CORNER, half


def _port_shifts(layers: Layers, places: list[Point], widths: list[float]) -> list[list[float]]:
    """Return where each link leaves its upper and meets its lower node, from the node's middle."""
    shifts = [[0.0, 0.0] for _ in layers.chains]
    for side, (end, neighbour) in enumerate(((0, 1), (-1, -2))):
        meeting: dict[int, list[int]] = {}
        for k, chain in enumerate(layers.chains):
            meeting.setdefault(chain[end], []).append(k)
        for node, group in meeting.items():
            group.sort(key=lambda k: places[layers.chains[k][neighbour]][0])
            room = max(widths[node] - 14.0, 0.0)
            pitch = min(PORT_PITCH, room / max(len(group) - 1, 1))
            for spot, k in enumerate(group):
                shifts[k][side] = pitch * (spot - (len(group) - 1) / 2)
    return shifts


def _share(edge: Edge, layout: MapLayout, at: Point) -> float:
    """Return the share of the route's length at which it passes a point."""
    line = route(edge, layout)
    along = lengths(line)
    nearest = int(np.argmin(np.hypot(*(line - at).T)))
    return float(along[nearest] / along[-1])
