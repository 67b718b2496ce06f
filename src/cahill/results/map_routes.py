"""Geometry of the cycle map's arrows: routes between nodes, offset strands, arrow outlines.

A route is an (n, 2) array of points in drawing order; lengths are points, y runs down.
"""

import numpy as np

from cahill.results.map_layout import Edge, MapLayout, Node, Point, Port

NORMALS: dict[str, Point] = {"N": (0, -1), "E": (1, 0), "S": (0, 1), "W": (-1, 0)}
GAP = 2.5
CORNER = 16.0
TAG_HEIGHT = 13.0


def half_size(node: Node) -> Point:
    """Return half the width and height an arrow must keep clear of."""
    if node.kind != "tag":
        return node.size[0] / 2, node.size[1] / 2
    lines = node.label.split("\n")
    width = 6.0 * max(len(line) for line in lines) + 4
    return width / 2, TAG_HEIGHT * len(lines) / 2


def port_point(port: Port, layout: MapLayout) -> np.ndarray:
    """Return where an edge leaves or meets a node."""
    node = layout.nodes[port.node]
    half = np.array(half_size(node)) + GAP
    return np.array(node.at) + half * np.array(NORMALS[port.side]) + np.array(port.shift)


def route(edge: Edge, layout: MapLayout) -> np.ndarray:
    """Return the centre line of an edge as written, start to end."""
    start, end = port_point(edge.start, layout), port_point(edge.end, layout)
    if edge.via:
        return rounded(np.array([start, *edge.via, end]), CORNER)
    leave = np.array(NORMALS[edge.start.side], dtype=float)
    arrive = np.array(NORMALS[edge.end.side], dtype=float)
    span = end - start
    first = start + leave * abs(span @ leave) * edge.bend[0]
    last = end + arrive * abs(span @ arrive) * edge.bend[1]
    return bezier(np.array([start, first, last, end]))


def bezier(controls: np.ndarray, n: int = 81) -> np.ndarray:
    """Sample a cubic Bezier curve (controls: 4 x 2)."""
    t = np.linspace(0.0, 1.0, n)[:, None]
    a, b, c, d = controls
    return (1 - t) ** 3 * a + 3 * (1 - t) ** 2 * t * b + 3 * (1 - t) * t**2 * c + t**3 * d


def rounded(corners: np.ndarray, radius: float) -> np.ndarray:
    """Return a polyline whose inner corners are rounded by at most `radius`."""
    pieces = [corners[:1]]
    for before, corner, after in zip(corners[:-2], corners[1:-1], corners[2:]):
        back, ahead = before - corner, after - corner
        cut = min(radius, np.linalg.norm(back) / 2, np.linalg.norm(ahead) / 2)
        p0 = corner + back / np.linalg.norm(back) * cut
        p1 = corner + ahead / np.linalg.norm(ahead) * cut
        pieces.append(bezier(np.array([p0, (p0 + 2 * corner) / 3, (p1 + 2 * corner) / 3, p1]), 13))
    pieces.append(corners[-1:])
    return resample(np.vstack(pieces))


def resample(line: np.ndarray, step: float = 3.0) -> np.ndarray:
    """Return the line at even spacing of about `step` points."""
    along = lengths(line)
    even = np.linspace(0.0, along[-1], max(3, int(along[-1] / step) + 1))
    return np.column_stack([np.interp(even, along, line[:, k]) for k in (0, 1)])


def lengths(line: np.ndarray) -> np.ndarray:
    """Return the distance along the line at each of its points."""
    return np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])


def point_at(line: np.ndarray, share: float) -> np.ndarray:
    """Return the point at a share of the line's length."""
    along = lengths(line)
    return np.array([np.interp(share * along[-1], along, line[:, k]) for k in (0, 1)])


def normals(line: np.ndarray) -> np.ndarray:
    """Return unit normals (n, 2) pointing to the left of the direction of travel."""
    tangent = np.gradient(line, axis=0)
    tangent /= np.hypot(*tangent.T)[:, None]
    return np.column_stack([tangent[:, 1], -tangent[:, 0]])


def shifted(line: np.ndarray, distance: float) -> np.ndarray:
    """Return the line moved sideways by `distance`."""
    return line + normals(line) * distance


def trimmed(line: np.ndarray, cut: float) -> np.ndarray:
    """Return the line without its last `cut` points of length."""
    along = lengths(line)
    keep = max(along[-1] - cut, 0.0)
    inner = line[along < keep - 1e-9]
    return np.vstack([inner, point_at(line, keep / along[-1])])


def band_outline(line: np.ndarray, width: float) -> np.ndarray:
    """Return the outline of a band of the given width along the line."""
    side = normals(line) * width / 2
    return np.vstack([line + side, (line - side)[::-1]])


def head_length(width: float) -> float:
    """Return the length of an arrow head on a shaft of the given width."""
    return 4.5 + 0.75 * width


def arrow_outline(line: np.ndarray, width: float) -> np.ndarray:
    """Return the outline of an arrow: a shaft along the line and a head at its end."""
    shaft = trimmed(line, min(head_length(width), 0.6 * lengths(line)[-1]))
    side = normals(shaft) * width / 2
    direction = line[-1] - shaft[-1]
    direction /= np.hypot(*direction)
    wing = np.array([direction[1], -direction[0]]) * (width / 2 + 2.4)
    head = np.array([shaft[-1] + wing, line[-1], shaft[-1] - wing])
    return np.vstack([shaft + side, head, (shaft - side)[::-1]])
