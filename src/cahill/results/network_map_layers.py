"""Layered drawing of a directed graph: which rank, in which order, at which place.

The method of Sugiyama, Tagawa and Toda (1981) with the linear programmes of Gansner, Koutsofios,
North and Vo (1993): links point down where they can; ranks minimise the length of the links; a
link over several ranks becomes a chain of bends, one of which carries its label; the order within
ranks is found by sweeps of barycentres; places minimise the sideways run of the links. Nodes stand
in even ranks, labels in odd ones, so that no label can cover a node or another label.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import networkx as nx
import numpy as np
from scipy.optimize import linprog
from scipy.sparse import lil_array

SWEEPS = 30
GAP = 14.0
BEND_WIDTH = 6.0
UPWARDS = 1e-4  # what a layer down costs a node, so that separate parts of a graph start level
STRAIGHT = 3.0  # how much more a sideways run between bends costs than one at a node
HEAVY = 4.0  # how much more one of the heaviest link costs than one of the lightest


@dataclass(frozen=True)
class Item:
    """What takes room in a rank: a node, or a bend of a link with the label at its right or not."""

    rank: int
    left: float
    right: float
    node: bool


@dataclass(frozen=True)
class Layers:
    """A layered drawing.

    Parameters
    ----------
    items : tuple of Item
        Nodes first, in the order given.
    chains : tuple of tuple of int
        Items each link runs through, upper node to lower node.
    down : tuple of bool
        Whether a link runs from its start to its end downwards.
    label : tuple of int
        The item of each link that carries its label.
    x : numpy.ndarray
        Place of each item in points; its line passes here.
    """

    items: tuple[Item, ...]
    chains: tuple[tuple[int, ...], ...]
    down: tuple[bool, ...]
    label: tuple[int, ...]
    x: np.ndarray


def layered(
    widths: Mapping[str, float],
    links: Sequence[tuple[str, str]],
    weights: Sequence[float],
    label_widths: Sequence[float],
) -> Layers:
    """Lay out a graph.

    Parameters
    ----------
    widths : mapping of str to float
        Width of each node in points.
    links : sequence of (str, str)
        Upstream and downstream node.
    weights : sequence of float
        Not negative. The heavier of the links that form a cycle point down, and heavy links are
        drawn straighter.
    label_widths : sequence of float
        Room each link needs at its right for its label.
    """
    names = list(widths)
    down = _acyclic(links, weights)
    ends = [(a, b) if way else (b, a) for (a, b), way in zip(links, down)]
    layer = _ranks(names, ends)
    items = [Item(2 * layer[name], widths[name] / 2, widths[name] / 2, True) for name in names]
    chains, label = _chains(names, ends, layer, label_widths, items)
    order = _ordered(items, chains)
    return Layers(tuple(items), chains, down, label, _places(items, chains, weights, order))


def _acyclic(links: Sequence[tuple[str, str]], weights: Sequence[float]) -> tuple[bool, ...]:
    """Return which links may point down; heavy links choose first."""
    graph: nx.DiGraph = nx.DiGraph()
    graph.add_nodes_from(name for link in links for name in link)
    down = [True] * len(links)
    for k in sorted(range(len(links)), key=lambda k: -weights[k]):
        start, end = links[k]
        down[k] = not nx.has_path(graph, end, start)
        graph.add_edge(*((start, end) if down[k] else (end, start)))
    return tuple(down)


def _ranks(names: list[str], ends: Sequence[tuple[str, str]]) -> dict[str, int]:
    """Return the layer of each node so that links point down and are short in sum."""
    number = {name: k for k, name in enumerate(names)}
    cost = np.full(len(names), UPWARDS)
    rows = np.zeros((len(ends), len(names)))
    for row, (upper, lower) in zip(rows, ends):
        row[number[upper]], row[number[lower]] = 1.0, -1.0
        cost[number[upper]] -= 1.0
        cost[number[lower]] += 1.0
    found = linprog(cost, A_ub=rows, b_ub=-np.ones(len(ends)), bounds=(0, len(names)))
    return {name: round(found.x[k]) for name, k in number.items()}


def _chains(
    names: list[str],
    ends: Sequence[tuple[str, str]],
    layer: Mapping[str, int],
    label_widths: Sequence[float],
    items: list[Item],
) -> tuple[tuple[tuple[int, ...], ...], tuple[int, ...]]:
    """Add the bends of each link to the items; a label goes where its rank has most room."""
    number = {name: k for k, name in enumerate(names)}
    filled = np.zeros(2 * len(names) + 2)
    for item in items:
        filled[item.rank] += item.left + item.right
    chains, labels = [], []
    for (upper, lower), width in zip(ends, label_widths):
        ranks = range(2 * layer[upper] + 1, 2 * layer[lower])
        at = min(ranks[::2], key=lambda rank: filled[rank])
        chain = [number[upper]]
        for rank in ranks:
            right = width if rank == at else BEND_WIDTH
            filled[rank] += BEND_WIDTH + right + GAP
            chain.append(len(items))
            items.append(Item(rank, BEND_WIDTH, right, False))
            if rank == at:
                labels.append(chain[-1])
        chains.append((*chain, number[lower]))
    return tuple(chains), tuple(labels)


def _ordered(items: Sequence[Item], chains: Sequence[tuple[int, ...]]) -> list[list[int]]:
    """Return the items of each rank from left to right, with few crossings."""
    above: list[list[int]] = [[] for _ in items]
    below: list[list[int]] = [[] for _ in items]
    for chain in chains:
        for upper, lower in pairwise(chain):
            below[upper].append(lower)
            above[lower].append(upper)
    ranks = _first_order(items, above, below)
    best, fewest = ranks, _crossings(ranks, below)
    for sweep in range(SWEEPS):
        towards, path = (above, ranks[1:]) if sweep % 2 == 0 else (below, ranks[-2::-1])
        place = {k: spot / len(rank) for rank in ranks for spot, k in enumerate(rank)}
        for rank in path:
            centre = {
                k: np.mean([place[j] for j in towards[k]]) if towards[k] else place[k] for k in rank
            }
            rank.sort(key=lambda k: centre[k])
            place |= {k: spot / len(rank) for spot, k in enumerate(rank)}
        count = _crossings(ranks, below)
        if count < fewest:
            best, fewest = [list(rank) for rank in ranks], count
    return best


def _first_order(
    items: Sequence[Item], above: list[list[int]], below: list[list[int]]
) -> list[list[int]]:
    """Return the items by rank in the order of a walk along the links, so that neighbours meet."""
    ranks: list[list[int]] = [[] for _ in range(max(item.rank for item in items) + 1)]
    seen: set[int] = set()
    for start in sorted(range(len(items)), key=lambda k: items[k].rank):
        stack = [start]
        while stack:
            k = stack.pop()
            if k not in seen:
                seen.add(k)
                ranks[items[k].rank].append(k)
                stack += [*reversed(above[k]), *reversed(below[k])]
    return ranks


def _crossings(ranks: list[list[int]], below: list[list[int]]) -> int:
    total = 0
    for upper, lower in pairwise(ranks):
        place = {k: spot for spot, k in enumerate(lower)}
        ends = np.array([(i, place[j]) for i, k in enumerate(upper) for j in below[k]])
        if len(ends) > 1:
            left = ends[:, None, 0] < ends[None, :, 0]
            total += int(np.sum(left & (ends[:, None, 1] > ends[None, :, 1])))
    return total


def _places(
    items: Sequence[Item],
    chains: Sequence[tuple[int, ...]],
    weights: Sequence[float],
    order: list[list[int]],
) -> np.ndarray:
    """Return the x of each item: apart within ranks, with links as upright as they can be."""
    runs = [(k, *pair) for k, chain in enumerate(chains) for pair in pairwise(chain)]
    apart = [pair for rank in order for pair in pairwise(rank)]
    count, n_runs = len(items), len(runs)
    heaviest = max(weights) or 1.0
    cost = np.zeros(count + n_runs)
    # |x_upper - x_lower| of a run is at most the run's own variable, which costs
    n_rows = 2 * n_runs + len(apart)
    matrix, limits = lil_array((n_rows, count + n_runs)), np.zeros(n_rows)
    for k, (link, upper, lower) in enumerate(runs):
        bend = not (items[upper].node or items[lower].node)
        cost[count + k] = (1.0 + HEAVY * weights[link] / heaviest) * (STRAIGHT if bend else 1.0)
        for row, sign in ((2 * k, 1.0), (2 * k + 1, -1.0)):
            matrix[row, [upper, lower, count + k]] = sign, -sign, -1.0
    for row, (left, right) in enumerate(apart, start=2 * n_runs):
        matrix[row, [left, right]] = 1.0, -1.0
        limits[row] = -(items[left].right + GAP + items[right].left)
    bounds = [(item.left, None) for item in items] + [(0.0, None)] * n_runs
    found = linprog(cost, A_ub=matrix.tocsr(), b_ub=limits, bounds=bounds)
    return np.asarray(found.x)[:count]
