"""In which order to solve sparse systems: strong components, then elimination with least fill."""

from collections.abc import Hashable, Mapping, Sequence
from typing import NamedTuple, TypeVar

from cahill.numerics.sparse_lu import elimination_order

Node = TypeVar("Node", bound=Hashable)


def evaluation_order(sources: Mapping[Node, Sequence[Node]]) -> list[list[Node]]:
    """Return the strongly connected components of a dependency graph, sources first.

    Tarjan's algorithm (SIAM J. Comput. 1, 146 (1972)) without recursion; it completes a component
    only after all that it depends on.

    Parameters
    ----------
    sources : mapping of node to sequence of node
        What each node depends on; nodes that are no key depend on nothing and are left out.
    """
    number: dict[Node, int] = {}
    lowest: dict[Node, int] = {}
    open_nodes: list[Node] = []
    is_open: set[Node] = set()
    components: list[list[Node]] = []
    for root in sources:
        if root in number:
            continue
        path = [(root, iter(sources[root]))]
        number[root] = lowest[root] = len(number)
        open_nodes.append(root)
        is_open.add(root)
        while path:
            node, left = path[-1]
            for source in left:
                if source not in sources:
                    continue
                if source not in number:
                    number[source] = lowest[source] = len(number)
                    open_nodes.append(source)
                    is_open.add(source)
                    path.append((source, iter(sources[source])))
                    break
                if source in is_open:
                    lowest[node] = min(lowest[node], number[source])
            else:
                path.pop()
                if path:
                    above = path[-1][0]
                    lowest[above] = min(lowest[above], lowest[node])
                if lowest[node] == number[node]:
                    component = [open_nodes.pop()]
                    while component[-1] != node:
                        component.append(open_nodes.pop())
                    is_open.difference_update(component)
                    components.append(component[::-1])
    return components


class Elimination(NamedTuple):
    """The pattern of the LU factors of a square matrix, rows in the order of elimination.

    Parameters
    ----------
    order : list of int
        The original row that is eliminated first, second, ...
    lower, upper : list of list of int
        For each row in that order, the places in that order of the non-zeros left and right of the
        diagonal, fill included, ascending.
    """

    order: list[int]
    lower: list[list[int]]
    upper: list[list[int]]


def elimination(n: int, entries: set[tuple[int, int]]) -> Elimination:
    """Return the order of least fill (Markowitz) and the pattern of the factors.

    Parameters
    ----------
    n : int
        Size of the matrix.
    entries : set of (int, int)
        Row and column of each non-zero off the diagonal.
    """
    order, filled = elimination_order(n, entries)
    rank = {row: place for place, row in enumerate(order)}
    rows = [sorted(rank[column] for column in filled[row]) for row in order]
    lower = [[column for column in row if column < place] for place, row in enumerate(rows)]
    upper = [[column for column in row if column > place] for place, row in enumerate(rows)]
    return Elimination(order, lower, upper)
