"""What the balances and constraints of a study leave free in its net fluxes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.linalg import qr

from cahill.core.labelling import Constraint, Flux, TracingStudy
from cahill.core.network import Network
from cahill.errors import ModelError
from cahill.numerics.polytope import Polytope, centre, conflict, flat_rows, needed_rows
from cahill.tracing.flux_space_parts import ASSUMED

NET_BOUND = f"{ASSUMED} bound of "  # starts the name of a row that keeps a net flux finite
_INDEPENDENT = 1e-9  # part of a unit column left by the others under which it depends on them
_ZERO = 1e-11  # coefficients under this, of columns of size one, are rounding
_THIN = 1e-9  # radius, in units of the flux scale, under which a polytope has no inside


@dataclass(frozen=True, eq=False)
class Relations:
    """Named linear relations between the net fluxes.

    Parameters
    ----------
    reactions : tuple of str
        The columns.
    equal, values, equal_names
        `equal @ net = values`, and what each row says.
    below, bounds, below_names
        `below @ net <= bounds`, and what each row says.
    """

    reactions: tuple[str, ...]
    equal: np.ndarray
    values: np.ndarray
    equal_names: tuple[str, ...]
    below: np.ndarray
    bounds: np.ndarray
    below_names: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class NetSpace:
    """The net fluxes as `offset + matrix @ free`, the free ones inside a polytope.

    Parameters
    ----------
    free : tuple of str
        Reactions whose net fluxes are the coordinates.
    offset, matrix : numpy.ndarray
        Shapes (n_reactions,) and (n_reactions, n_free).
    polytope : Polytope
        Of the free fluxes; redundant rows are left out.
    row_names : tuple of str
        What each row of the polytope says.
    """

    free: tuple[str, ...]
    offset: np.ndarray
    matrix: np.ndarray
    polytope: Polytope
    row_names: tuple[str, ...]


def net_relations(study: TracingStudy, constraints: Sequence[Constraint], cap: float) -> Relations:
    """Collect balances, directions, constraints and the assumed bound of a study's net fluxes.

    Parameters
    ----------
    study : TracingStudy
    constraints : sequence of Constraint
        Those whose terms are net fluxes.
    cap : float
        Largest size of a net flux, in the unit of the fluxes.
    """
    network = study.network
    reactions = tuple(network.reactions)
    equal = [
        (_row(network, reactions, {Flux(r): c for r, c in uses.items()}), 0.0, f"balance of {pool}")
        for pool, uses in _uses(network).items()
    ]
    below = [
        (_row(network, reactions, {Flux(name): -1.0}), 0.0, f"{name} runs one way")
        for name in reactions
        if name not in network.reversible
    ]
    for constraint in constraints:
        row = _row(network, reactions, constraint.terms)
        name = constraint.where or str(constraint)
        if constraint.relation == "=":
            equal.append((row, constraint.value, name))
        else:
            sign = 1.0 if constraint.relation == "<=" else -1.0
            below.append((sign * row, sign * constraint.value, name))
    for name in reactions:
        for sign in (1.0, -1.0):
            row = _row(network, reactions, {Flux(name): sign})
            below.append((row, cap, f"{NET_BOUND}{name}"))
    return Relations(reactions, *_columns(equal, len(reactions)), *_columns(below, len(reactions)))


def _uses(network: Network) -> dict[str, dict[str, float]]:
    """Return, for each balanced species, the reactions that make or use it."""
    uses: dict[str, dict[str, float]] = {name: {} for name in network.of_kind("pool", "slow")}
    for reaction, counts in network.reactions.items():
        for species, count in counts.items():
            if species in uses and count:
                uses[species][reaction] = count
    return {name: uses[name] for name in network.species if uses.get(name)}


def _row(network: Network, reactions: tuple[str, ...], terms) -> np.ndarray:
    row = np.zeros(len(reactions))
    for flux, factor in terms.items():
        row[reactions.index(flux.of)] += factor
    return row


def _columns(rows: list, n: int) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
    matrix = np.array([row for row, _, _ in rows]).reshape(len(rows), n)
    return matrix, np.array([v for _, v, _ in rows]), tuple(name for _, _, name in rows)


def net_space(relations: Relations, ranks: Sequence[int], scale: float) -> NetSpace:
    """Choose free net fluxes and express all others by them.

    Parameters
    ----------
    relations : Relations
    ranks : sequence of int
        By reaction, how much its net flux is wanted as a free one; the lowest become dependent
        first.
    scale : float
        Typical size of the fluxes.

    Raises
    ------
    ModelError
        If the relations contradict each other; the message names a smallest set that does.
    """
    clash = conflict(relations.equal, relations.values, relations.below, relations.bounds)
    if len(clash):
        names = (*relations.equal_names, *relations.below_names)
        listed = "; ".join(names[row] for row in clash)
        raise ModelError(f"constraints: these cannot hold together, change one: {listed}")
    while True:
        offset, matrix, free = _eliminated(relations, ranks)
        inner = Polytope(relations.below @ matrix, relations.bounds - relations.below @ offset)
        inner = Polytope(np.where(np.abs(inner.matrix) < _ZERO, 0.0, inner.matrix), inner.bound)
        live = np.flatnonzero(np.any(inner.matrix != 0, axis=1))
        inner = inner.rows(live)
        flat = live[_flat(inner, scale)]
        if not len(flat):
            break
        relations = replace(
            relations,
            equal=np.vstack([relations.equal, relations.below[flat]]),
            values=np.append(relations.values, relations.bounds[flat]),
            equal_names=(*relations.equal_names, *(relations.below_names[k] for k in flat)),
        )
    kept = needed_rows(inner, centre(inner)[0]) if len(free) else np.empty(0, dtype=int)
    return NetSpace(
        free=tuple(relations.reactions[k] for k in free),
        offset=offset,
        matrix=matrix,
        polytope=inner.rows(kept),
        row_names=tuple(relations.below_names[live[k]] for k in kept),
    )


def _flat(polytope: Polytope, scale: float) -> np.ndarray:
    """Return the rows that leave no room, exactly or to within rounding."""
    if not polytope.dimension or centre(polytope)[1] > _THIN * scale:
        return np.empty(0, dtype=int)
    return flat_rows(polytope)


def _eliminated(
    relations: Relations, ranks: Sequence[int]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return offset and matrix of the net fluxes, and the columns chosen as free."""
    matrix, n = relations.equal, len(relations.reactions)
    size = np.linalg.norm(matrix, axis=1)
    matrix, values = matrix / size[:, None], relations.values / size
    basis = dependent_columns(matrix, ranks)
    free = np.setdiff1d(np.arange(n), basis)
    solved, *_ = np.linalg.lstsq(
        matrix[:, basis], np.column_stack([values, -matrix[:, free]]), rcond=None
    )
    solved[np.abs(solved) < _ZERO] = 0.0
    offset, whole = np.zeros(n), np.zeros((n, len(free)))
    offset[basis], whole[basis] = solved[:, 0], solved[:, 1:]
    whole[free, np.arange(len(free))] = 1.0
    return offset, whole, free


def dependent_columns(matrix: np.ndarray, ranks: Sequence[int]) -> np.ndarray:
    """Choose independent columns that span the matrix, those of low rank first.

    QR with column pivoting within each rank, on what the columns chosen before leave over.
    """
    left, chosen = matrix.copy(), []
    for rank in sorted(set(ranks)):
        columns = np.flatnonzero(np.asarray(ranks) == rank)
        factors = qr(left[:, columns], mode="economic", pivoting=True)
        basis, triangle, order = (np.asarray(part) for part in factors)  # pyright: ignore
        pivots = np.abs(np.diag(triangle))
        count = int(np.sum(pivots > _INDEPENDENT))
        chosen += list(columns[order[:count]])
        left = left - basis[:, :count] @ (basis[:, :count].T @ left)
    return np.sort(np.array(chosen, dtype=int))
