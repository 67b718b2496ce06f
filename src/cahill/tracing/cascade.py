"""The balances of all EMUs of an experiment as flat arrays that compiled loops run through.

The steady state of every balanced EMU i obeys

    sum over its inflows t of  c_t (source_t - x_i) = 0,        c = W v,

with the gross fluxes v. Away from it the same sum is P_i dx_i/dt, P the pool size. The EMUs are
put in an order in which each needs only those before it, or those of its own strongly connected
component, called a block. A block is one linear system; all of its EMUs have the same shape, since
one that takes part of its atoms from elsewhere depends on smaller ones.

Layout
------
Node
    One distribution. Held EMUs (inputs) come first, then products (convolutions of two nodes) and
    balanced EMUs (rows) in the order of evaluation. The distribution of a node stands at
    ``x[place : place + width]``, flattened in C order over its groups, lightest first: the first
    entry is "no heavy atom". The inputs fill ``x[:n_inputs]``, all nodes ``x[:n_entries]``.
Coefficient
    ``c[k] = sum(rate_weight * v[rate_flux])`` over ``rate_start[k] : rate_start[k + 1]``.
Block b
    Its rows are ``block_start[b] : block_start[b + 1]``, in the order of elimination; each has
    ``block_width[b]`` entries, one row after the other from ``block_place[b]``. What is to be done
    for it are ranges of the lists below, each with its own `_start`, one range a block.
Product
    ``x[product_place + table[i] + table[j]] += x[left_place + i] * x[right_place + j]`` with i
    counted through ``left_table : left_table + left_width`` and j likewise; the tables embed the
    axes of the factors in those of the product. Its `product_width` entries are zeroed first.
Inflow
    A term ``c[rate] * (x[source] - x[target])`` of the balance of a row, whole distributions from
    these places. Outer ones come from outside the block (inputs, products, earlier rows), inner
    ones from within; `entry` is where the coefficient is added in the factors. An inflow of an EMU
    from itself changes nothing and is left out.
Row r
    ``row_turnover[r]`` is the coefficient of the gross inflow of its pool, ``row_pool[r]`` the
    number of that pool in `Cascade.pools`.
Factors
    With D x = N x + b (D diagonal, N >= 0 inside the block), D = sum over a row of N and of what
    comes from outside. Row r has the entries ``row_first[r] : row_end[r]`` right of the diagonal,
    the last of them being what comes from outside; those left of it stand before. Row r is
    eliminated by ``factors[fill_target] += factors[fill_left] * factors[fill_right]`` over
    ``fill_start[r] : fill_start[r + 1]``, after which the entries right of the diagonal are divided
    by their sum, the pivot; at last each lower entry is divided by the pivot of `lower_row`.
    Solving is ``x[target] += factors[entry] * x[source]`` over the block's lower list, division by
    the pivots, and the same over its upper list; the places are those of whole distributions.

The elimination is that of Grassmann, Taksar & Heyman (Oper. Res. 33, 1107 (1985)): the diagonal is
the sum of what leaves the row, never a difference, so exchange fluxes of any size cost no digit.
A term that holds a row back, such as P/h of an implicit time step, adds to what comes from outside.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from math import prod
from typing import NamedTuple

import numpy as np

from cahill.core.labelling import Flux
from cahill.numerics.cascade_program import Program, tape_of
from cahill.numerics.ordering import elimination, evaluation_order
from cahill.tracing.emu import Emu, EmuNetwork, Part

Rate = tuple[tuple[int, float], ...]

_OUTSIDE = -1
_COUNTED = {
    "product": "product_place",
    "outer": "outer_rate",
    "inner": "inner_rate",
    "lower": "lower_entry",
    "upper": "upper_entry",
}


@dataclass(frozen=True, eq=False)
class Cascade:
    """The balances of a set of EMUs, ready to be solved for any fluxes.

    Parameters
    ----------
    fluxes : tuple of Flux
        The gross fluxes, in the order of the vectors that coefficients are made of.
    inputs : tuple of Emu
        Held EMUs, in the order of their entries.
    rows : tuple of Emu
        The balanced EMU of each row.
    pools : tuple of str
        Balanced species that rows belong to.
    places : mapping of Emu to int
        Where the distribution of each EMU starts.
    n_inputs, n_entries, n_factors : int
        Entries of the inputs, of all nodes, and of the factors.
    program : Program
        The arrays described above but `rate_weight`, all int64.
    rate_weight : numpy.ndarray
        Weights of the gross fluxes in the coefficients, float64.
    """

    fluxes: tuple[Flux, ...]
    inputs: tuple[Emu, ...]
    rows: tuple[Emu, ...]
    pools: tuple[str, ...]
    places: Mapping[Emu, int]
    n_inputs: int
    n_entries: int
    n_factors: int
    program: Program
    rate_weight: np.ndarray

    @cached_property
    def tape(self) -> np.ndarray:
        """The program as the one array that compiled functions take, int64."""
        return tape_of(self.program)


class Convolution(NamedTuple):
    """A product of two nodes; the axes say which of its own axes theirs are."""

    left: "Emu | Convolution"
    left_axes: tuple[int, ...]
    right: Emu
    right_axes: tuple[int, ...]
    shape: tuple[int, ...]

    @property
    def width(self) -> int:
        """Number of entries of its distribution."""
        return prod(count + 1 for count in self.shape)


Node = Emu | Convolution


def compile_cascade(network: EmuNetwork) -> Cascade:
    """Order the balances and lay them out as arrays.

    Parameters
    ----------
    network : EmuNetwork
        The balances of `cahill.tracing.emu.decompose`.
    """
    origins = {
        emu: [
            (source, inflow.rate) for inflow in inflows if (source := _source(inflow.parts)) != emu
        ]
        for emu, inflows in network.balances.items()
    }
    writer = _Writer(network)
    for component in evaluation_order(_dependencies(origins)):
        if isinstance(component[0], Convolution):
            writer.add_product(component[0])
        else:
            writer.add_block([emu for emu in component if isinstance(emu, Emu)], origins)
    return writer.cascade()


def _source(parts: Sequence[Part]) -> Node:
    """Return the node that the precursors of an inflow make together."""
    node, axes = parts[0].emu, parts[0].axes
    for part in parts[1:]:
        union = tuple(sorted({*axes, *part.axes}))
        left_axes = tuple(map(union.index, axes))
        right_axes = tuple(map(union.index, part.axes))
        shape = [0] * len(union)
        for factor, places in ((node, left_axes), (part.emu, right_axes)):
            for count, axis in zip(factor.shape, places):
                shape[axis] += count
        node, axes = Convolution(node, left_axes, part.emu, right_axes, tuple(shape)), union
    return node


def _dependencies(origins: Mapping[Emu, list[tuple[Node, Rate]]]) -> dict[Node, list[Node]]:
    found: dict[Node, list[Node]] = {}
    for emu, inflows in origins.items():
        found[emu] = [source for source, _ in inflows]
        for node in found[emu]:
            while isinstance(node, Convolution) and node not in found:
                found[node] = [node.left, node.right]
                node = node.left
    return found


def _embedding(axes: tuple[int, ...], factor: tuple[int, ...], shape: tuple[int, ...]) -> list[int]:
    """Return, for each entry of a factor, its place in a product of this shape."""
    strides = [prod(count + 1 for count in shape[axis + 1 :]) for axis in axes]
    counts = product(*(range(count + 1) for count in factor))
    return [sum(n * stride for n, stride in zip(count, strides)) for count in counts]


class _Writer:
    """Lists that grow, node by node, into the arrays of a cascade."""

    def __init__(self, network: EmuNetwork) -> None:
        self.network = network
        self.lists: dict[str, list[int]] = {name: [] for name in Program._fields}
        self.places: dict[Node, int] = {}
        self.end = 0
        self.rows: list[Emu] = []
        self.rates: dict[Rate, int] = {}
        self.tables: dict[tuple[int, ...], int] = {}
        self.pools = {name: number for number, name in enumerate(network.turnover)}
        for emu in network.held:
            self._place(emu, emu.width)
        self.n_inputs = self.end
        self.n_factors = 0
        for name in self.lists:
            if name.endswith("_start"):
                self.lists[name].append(0)

    def _place(self, node: Node, width: int) -> int:
        self.places[node] = self.end
        self.end += width
        return self.places[node]

    def _rate(self, rate: Rate) -> int:
        return self.rates.setdefault(rate, len(self.rates))

    def _table(self, axes: tuple[int, ...], factor: Node, shape: tuple[int, ...]) -> int:
        table = tuple(_embedding(axes, factor.shape, shape))
        if table not in self.tables:
            self.tables[table] = len(self.lists["table"])
            self.lists["table"] += table
        return self.tables[table]

    def add_product(self, node: Convolution) -> None:
        lists = self.lists
        lists["product_place"].append(self._place(node, node.width))
        lists["product_width"].append(node.width)
        for side, factor, axes in (
            ("left", node.left, node.left_axes),
            ("right", node.right, node.right_axes),
        ):
            lists[f"{side}_place"].append(self.places[factor])
            lists[f"{side}_width"].append(factor.width)
            lists[f"{side}_table"].append(self._table(axes, factor, node.shape))

    def add_block(self, emus: list[Emu], origins: Mapping[Emu, list[tuple[Node, Rate]]]) -> None:
        numbers = {emu: number for number, emu in enumerate(emus)}
        pattern = {
            (numbers[emu], numbers[source])
            for emu in emus
            for source, _ in origins[emu]
            if source in numbers
        }
        order, lower, upper = elimination(len(emus), pattern)
        block = [emus[number] for number in order]
        places = [self._place(emu, emu.width) for emu in block]
        entry = self._add_factors(places, lower, upper)
        inside: dict[Node, int] = {emu: row for row, emu in enumerate(block)}
        lists = self.lists
        for row, emu in enumerate(block):
            lists["row_turnover"].append(self._rate(self.network.turnover[emu.species]))
            lists["row_pool"].append(self.pools[emu.species])
            for source, rate in origins[emu]:
                column = inside.get(source, _OUTSIDE)
                kind = "outer" if column == _OUTSIDE else "inner"
                lists[f"{kind}_rate"].append(self._rate(rate))
                lists[f"{kind}_target"].append(places[row])
                lists[f"{kind}_source"].append(self.places[source])
                lists[f"{kind}_entry"].append(entry[row, column])
        self.rows += block
        lists["block_start"].append(len(self.rows))
        lists["block_width"].append(block[0].width)
        lists["block_place"].append(places[0])
        for name in ("product", "outer", "inner", "lower", "upper"):
            lists[f"{name}_start"].append(len(lists[_COUNTED[name]]))

    def _add_factors(
        self, places: list[int], lower: list[list[int]], upper: list[list[int]]
    ) -> dict[tuple[int, int], int]:
        """Lay out the factors of a block; return the entry of each row and column."""
        lists = self.lists
        entry: dict[tuple[int, int], int] = {}
        first = len(self.rows)
        for row, (left, right) in enumerate(zip(lower, upper)):
            for column in (*left, *right, _OUTSIDE):
                entry[row, column] = self.n_factors
                self.n_factors += 1
            lists["row_first"].append(self.n_factors - len(right) - 1)
            lists["row_end"].append(self.n_factors)
            for k in left:
                lists["lower_target"].append(places[row])
                lists["lower_source"].append(places[k])
                lists["lower_entry"].append(entry[row, k])
                lists["lower_row"].append(first + k)
                for column in (*upper[k], _OUTSIDE):
                    if column != row:
                        lists["fill_target"].append(entry[row, column])
                        lists["fill_left"].append(entry[row, k])
                        lists["fill_right"].append(entry[k, column])
            lists["fill_start"].append(len(lists["fill_target"]))
        for row in range(len(upper) - 1, -1, -1):
            for column in upper[row]:
                lists["upper_target"].append(places[row])
                lists["upper_source"].append(places[column])
                lists["upper_entry"].append(entry[row, column])
        return entry

    def cascade(self) -> Cascade:
        """Return the arrays, closed."""
        lists = self.lists
        for rate in self.rates:
            lists["rate_flux"] += [flux for flux, _ in rate]
            lists["rate_start"].append(len(lists["rate_flux"]))
        representative = self.network.representative
        return Cascade(
            fluxes=self.network.fluxes,
            inputs=self.network.held,
            rows=tuple(self.rows),
            pools=tuple(self.pools),
            places={emu: self.places[one] for emu, one in representative.items()},
            n_inputs=self.n_inputs,
            n_entries=self.end,
            n_factors=self.n_factors,
            program=Program(
                **{name: np.array(values, dtype=np.int64) for name, values in lists.items()}
            ),
            rate_weight=np.array([weight for rate in self.rates for _, weight in rate]),
        )
