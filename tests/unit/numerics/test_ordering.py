"""Strong components and elimination patterns, against libraries and dense arithmetic."""

import networkx as nx
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from cahill.numerics.ordering import elimination, evaluation_order

graphs = st.integers(1, 12).flatmap(
    lambda n: st.sets(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1))).map(
        lambda edges: (n, edges)
    )
)


@settings(deadline=None)
@given(graphs)
def test_components_are_strong_and_come_after_their_sources(graph):
    n, edges = graph
    sources = {node: [j for i, j in sorted(edges) if i == node] for node in range(n)}
    components = evaluation_order(sources)
    digraph = nx.DiGraph(list(edges))
    digraph.add_nodes_from(range(n))
    strong = {frozenset(part) for part in nx.strongly_connected_components(digraph)}
    assert {frozenset(part) for part in components} == strong
    rank = {node: place for place, part in enumerate(components) for node in part}
    assert all(rank[j] <= rank[i] for i, j in edges)


def test_a_long_chain_needs_no_recursion_and_strangers_are_left_out():
    sources = {node: [node + 1] for node in range(20000)}
    components = evaluation_order(sources)
    assert components[0] == [19999]
    assert len(components) == 20000


@settings(deadline=None)
@given(graphs, st.integers(0, 2**32 - 1))
def test_factors_stay_within_their_pattern(graph, seed):
    n, edges = graph
    entries = {(i, j) for i, j in edges if i != j}
    order, lower, upper = elimination(n, entries)
    assert sorted(order) == list(range(n))
    matrix = np.zeros((n, n))
    for i, j in entries:
        matrix[i, j] = -np.random.default_rng(seed + i * n + j).uniform(0.1, 1)
    matrix -= np.diag(matrix.sum(axis=1) - 1)
    work = matrix[np.ix_(order, order)]
    for k in range(n):
        for i in range(k + 1, n):
            work[i, k] /= work[k, k]
            work[i, k + 1 :] -= work[i, k] * work[k, k + 1 :]
    allowed = np.eye(n, dtype=bool)
    for row in range(n):
        assert lower[row] == sorted(lower[row])
        allowed[row, [*lower[row], *upper[row]]] = True
    assert not work[~allowed].any()
