"""The layout of the cycle map, read from data: lanes, nodes, edges and where each label goes."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from cahill.errors import ModelError, UnknownNameError

Point = tuple[float, float]

LAYOUT_FILE = "cycle_map.toml"
SIDES = ("N", "E", "S", "W")
LABEL_SIDES: dict[str, Point] = {
    "above": (0, -1),
    "below": (0, 1),
    "left": (-1, 0),
    "right": (1, 0),
    "above-left": (-1, -1),
    "above-right": (1, -1),
    "below-left": (-1, 1),
    "below-right": (1, 1),
}


@dataclass(frozen=True)
class Canvas:
    """Size of the drawing and the places of its titles, in points."""

    size: Point
    title_at: Point
    subtitle_at: Point
    legend_at: Point
    node_size: Point


@dataclass(frozen=True)
class Lane:
    """A tissue: a tinted box [left, top, right, bottom] with its name."""

    id: str
    label: str
    box: tuple[float, float, float, float]
    label_at: Point


@dataclass(frozen=True)
class Node:
    """A metabolite (box), a key metabolite of the cycle (bold box) or a tag (plain word)."""

    id: str
    label: str
    lane: str
    at: Point
    kind: str
    size: Point


@dataclass(frozen=True)
class Port:
    """The end of an edge: a side of a node, moved by `shift`."""

    node: str
    side: str
    shift: Point


@dataclass(frozen=True)
class Edge:
    """An arrow; its flux is the weighted sum of the `terms` (reaction id, weight)."""

    id: str
    start: Port
    end: Port
    terms: tuple[tuple[str, float], ...]
    element: str
    tone: str
    via: tuple[Point, ...]
    bend: Point
    label_at: float
    label_side: str
    name: str
    gross: bool


@dataclass(frozen=True)
class MapLayout:
    """Everything the cycle map needs except the numbers."""

    canvas: Canvas
    lanes: tuple[Lane, ...]
    nodes: Mapping[str, Node]
    edges: tuple[Edge, ...]

    def reactions(self) -> frozenset[str]:
        """Return the ids of all reactions the map shows."""
        return frozenset(reaction for edge in self.edges for reaction, _ in edge.terms)


def parse_term(text: str) -> tuple[str, float]:
    """Split a term such as ``"-2*ALT1_muscle"`` into the reaction id and its weight.

    Raises
    ------
    ModelError
        If the factor is not a number.
    """
    sign = -1.0 if text.startswith("-") else 1.0
    factor, star, reaction = text.lstrip("+-").partition("*")
    if not star:
        return factor.strip(), sign
    try:
        return reaction.strip(), sign * float(factor)
    except ValueError:
        raise ModelError(
            f'{LAYOUT_FILE}: term "{text}" has no number before "*"; write it as "2*reaction"'
        ) from None


@cache
def load_layout() -> MapLayout:
    """Read the layout that ships with the package."""
    text = (files("cahill") / "data" / "drawing" / LAYOUT_FILE).read_text(encoding="utf-8")
    return read_layout(tomllib.loads(text))


def read_layout(data: Mapping[str, Any]) -> MapLayout:
    """Turn the tables of a layout file into a `MapLayout`.

    Raises
    ------
    UnknownNameError
        If an edge names a node, a side or a label side that does not exist.
    ModelError
        If a reaction term cannot be read.
    """
    canvas = Canvas(**{key: _point(value) for key, value in data["canvas"].items()})
    lanes = tuple(
        Lane(lane["id"], lane["label"], tuple(lane["box"]), _point(lane["label_at"]))
        for lane in data["lane"]
    )
    nodes = {table["id"]: _node(table, canvas) for table in data["node"]}
    edges = tuple(_edge(table, nodes) for table in data["edge"])
    return MapLayout(canvas, lanes, nodes, edges)


def _node(table: Mapping[str, Any], canvas: Canvas) -> Node:
    width, height = canvas.node_size
    return Node(
        id=table["id"],
        label=table["label"],
        lane=table["lane"],
        at=_point(table["at"]),
        kind=table.get("kind", "metabolite"),
        size=(table.get("width", width), table.get("height", height)),
    )


def _edge(table: Mapping[str, Any], nodes: Mapping[str, Node]) -> Edge:
    where = f"{LAYOUT_FILE} edge {table['id']}"
    side = table.get("label_side", "above")
    if side not in LABEL_SIDES:
        raise UnknownNameError("label side", side, LABEL_SIDES, where)
    return Edge(
        id=table["id"],
        start=_port(table, "from", nodes, where),
        end=_port(table, "to", nodes, where),
        terms=tuple(parse_term(term) for term in table["reactions"]),
        element=table["element"],
        tone=table.get("tone", "full"),
        via=tuple(_point(corner) for corner in table.get("via", ())),
        bend=_point(table.get("bend", (0.6, 0.6))),
        label_at=table.get("label_at", 0.5),
        label_side=side,
        name=table.get("name", ""),
        gross=table.get("gross", False),
    )


def _port(table: Mapping[str, Any], key: str, nodes: Mapping[str, Node], where: str) -> Port:
    node, _, side = table[key].rpartition(".")
    if node not in nodes:
        raise UnknownNameError("node", node, nodes, where)
    if side not in SIDES:
        raise UnknownNameError("side", side, SIDES, where)
    return Port(node, side, _point(table.get(f"{key}_shift", (0.0, 0.0))))


def _point(pair: Any) -> Point:
    x, y = pair
    return float(x), float(y)
