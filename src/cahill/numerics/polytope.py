"""Polytopes `matrix @ x <= bound`: what contradicts what, what is idle, and points inside.

The linear programs are HiGHS's (through SciPy), the quadratic ones
DAQP's, the sampling hopsy's.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import daqp
import numpy as np
from scipy.optimize import linprog

_TOUCH = 1e-7  # slack, relative to the size of the numbers, under which a row counts as touched
_WIDE = 1e6  # radius at which a polytope counts as unbounded in the search for its centre


@dataclass(frozen=True, eq=False)
class Polytope:
    """The points x with `matrix @ x <= bound`.

    Parameters
    ----------
    matrix : numpy.ndarray
        Shape (n_rows, n).
    bound : numpy.ndarray
        Shape (n_rows,).
    """

    matrix: np.ndarray
    bound: np.ndarray

    @property
    def dimension(self) -> int:
        """Number of coordinates."""
        return self.matrix.shape[1]

    def slack(self, point: np.ndarray) -> np.ndarray:
        """Return how far each row is from being touched; negative outside."""
        return self.bound - self.matrix @ point

    def rows(self, chosen: np.ndarray) -> "Polytope":
        """Return the polytope of some of the rows."""
        return Polytope(self.matrix[chosen], self.bound[chosen])


@dataclass(frozen=True, eq=False)
class Affine:
    """Values `offset + matrix @ x`, shapes (n_values,) and (n_values, n)."""

    offset: np.ndarray
    matrix: np.ndarray

    def __call__(self, point: np.ndarray) -> np.ndarray:
        """Return the values at a point."""
        return self.offset + self.matrix @ point


def diagonal_blocks(blocks: Sequence[np.ndarray]) -> np.ndarray:
    """Return matrices along the diagonal of one matrix of zeros."""
    ends = np.cumsum([block.shape for block in blocks], axis=0).reshape(len(blocks), 2)
    whole = np.zeros(ends[-1] if len(ends) else (0, 0))
    for block, (row, column) in zip(blocks, ends):
        whole[row - block.shape[0] : row, column - block.shape[1] : column] = block
    return whole


def conflict(
    equalities: np.ndarray, values: np.ndarray, inequalities: np.ndarray, bounds: np.ndarray
) -> np.ndarray:
    """Return rows that cannot hold together, none of which can be left out; none if all can hold.

    An elastic linear program, whose multipliers name a conflict (Farkas), then a deletion filter,
    which makes it irreducible (Chinneck & Dravnieks 1991).

    Parameters
    ----------
    equalities, values : numpy.ndarray
        `equalities @ x = values`, shapes (k, n) and (k,).
    inequalities, bounds : numpy.ndarray
        `inequalities @ x <= bounds`, shapes (m, n) and (m,).

    Returns
    -------
    numpy.ndarray of int
        Numbers of the rows, the equalities first (0..k-1), then the inequalities (k..k+m-1).
    """
    matrix = np.vstack([equalities, inequalities])
    if not matrix.size:
        return np.empty(0, dtype=int)
    right = np.concatenate([values, bounds])
    equal = np.arange(len(right)) < len(values)
    matrix, right = _normalised(matrix, right)
    excess, weights = _elastic(matrix, right, equal)
    if excess <= _TOUCH * (1 + np.max(np.abs(right), initial=0.0)):
        return np.empty(0, dtype=int)
    kept = np.flatnonzero(np.abs(weights) > 1e-9)
    for row in kept.copy():
        fewer = kept[kept != row]
        if not _holds(matrix[fewer], right[fewer], equal[fewer]):
            kept = fewer
    return kept


def _holds(matrix: np.ndarray, right: np.ndarray, equal: np.ndarray) -> bool:
    if not len(right):
        return True
    excess, _ = _elastic(matrix, right, equal)
    return excess <= _TOUCH * (1 + float(np.max(np.abs(right))))


def _elastic(matrix: np.ndarray, right: np.ndarray, equal: np.ndarray) -> tuple[float, np.ndarray]:
    """Return the least total violation of the rows and the multipliers of the rows."""
    rows, n = matrix.shape
    cost = np.concatenate([np.zeros(n), np.ones(2 * rows)])
    stretch = np.hstack([matrix, -np.eye(rows), np.eye(rows)])
    limits = [(None, None)] * n + [(0, None)] * rows + [(0, None if e else 0) for e in equal]
    answer = linprog(
        cost,
        A_ub=stretch[~equal],
        b_ub=right[~equal],
        A_eq=stretch[equal],
        b_eq=right[equal],
        bounds=limits,
        method="highs",
    )
    weights = np.zeros(rows)
    weights[equal] = answer.eqlin.marginals
    weights[~equal] = answer.ineqlin.marginals
    return float(answer.fun), weights


def flat_rows(polytope: Polytope) -> np.ndarray:
    """Return the numbers of the rows that every point touches (implicit equalities).

    One linear program in homogeneous coordinates (x, t): the largest sum of slacks, each counted
    up to 1 (Freund, Roundy & Todd 1985). The polytope must not be empty.
    """
    rows, n = polytope.matrix.shape
    if not rows:
        return np.empty(0, dtype=int)
    matrix, bound = _normalised(polytope.matrix, polytope.bound)
    cost = np.concatenate([np.zeros(n + 1), -np.ones(rows)])
    answer = linprog(
        cost,
        A_ub=np.hstack([matrix, -bound[:, None], np.eye(rows)]),
        b_ub=np.zeros(rows),
        bounds=[(None, None)] * n + [(1, None)] + [(0, 1)] * rows,
        method="highs",
    )
    return np.flatnonzero(answer.x[n + 1 :] < 0.5)


def needed_rows(polytope: Polytope, inside: np.ndarray) -> np.ndarray:
    """Return the numbers of the rows without which the polytope would be larger.

    Rows hit by lines from an inner point are needed; each of the others is judged by one linear
    program (Clarkson 1994).

    Parameters
    ----------
    polytope : Polytope
    inside : numpy.ndarray
        A point that touches no row.
    """
    matrix, bound = _normalised(polytope.matrix, polytope.bound)
    _, first = np.unique(np.round(np.column_stack([matrix, bound]), 9), axis=0, return_index=True)
    slack = bound - matrix @ inside
    known = _hit_rows(matrix[first], slack[first])
    needed = set(first[known])
    for row in np.setdiff1d(first, first[known]):
        others = np.array(sorted(needed), dtype=int)
        found = _beyond(matrix, slack, row, others)
        while found is not None:
            speed = matrix[first] @ found
            with np.errstate(divide="ignore", invalid="ignore"):
                reach = np.where(speed > 1e-12, slack[first] / speed, np.inf)
            hit = first[int(np.argmin(reach))]
            needed.add(hit)
            if hit == row or hit in others:
                break
            others = np.array(sorted(needed), dtype=int)
            found = _beyond(matrix, slack, row, others)
    return np.array(sorted(needed), dtype=int)


def _hit_rows(matrix: np.ndarray, slack: np.ndarray) -> np.ndarray:
    """Return the rows first met on lines in random directions from the origin."""
    rng = np.random.default_rng(0)
    speed = matrix @ rng.standard_normal((matrix.shape[1], 40 * len(matrix)))
    with np.errstate(divide="ignore"):
        reach = np.where(speed > 0, slack[:, None] / speed, np.inf)
    nearest = np.argmin(reach, axis=0)
    return np.unique(nearest[np.isfinite(np.min(reach, axis=0))])


def _beyond(
    matrix: np.ndarray, slack: np.ndarray, row: int, others: np.ndarray
) -> np.ndarray | None:
    """Return a point (from the inner one) past a row that respects the others, or None."""
    answer = linprog(
        -matrix[row],
        A_ub=np.vstack([matrix[others], matrix[row]]),
        b_ub=np.append(slack[others], slack[row] + 1.0),
        bounds=(None, None),
        method="highs",
    )
    past = answer.x is not None and -answer.fun > slack[row] + _TOUCH * (1 + abs(slack[row]))
    return answer.x if past else None


def centre(polytope: Polytope) -> tuple[np.ndarray, float]:
    """Return the centre and radius of the largest ball inside (Chebyshev); radius < 0 if empty.

    The radius is cut at a million, so that an unbounded polytope has a centre too.
    """
    matrix, bound = _normalised(polytope.matrix, polytope.bound)
    n = polytope.dimension
    answer = linprog(
        np.append(np.zeros(n), -1.0),
        A_ub=np.column_stack([matrix, np.ones(len(bound))]),
        b_ub=bound,
        bounds=[(None, None)] * n + [(None, _WIDE)],
        method="highs",
    )
    if answer.x is None:
        return np.zeros(n), -np.inf
    return answer.x[:n], float(answer.x[n])


def nearest(
    polytope: Polytope,
    point: np.ndarray,
    widths: np.ndarray,
    equalities: np.ndarray | None = None,
    values: np.ndarray | None = None,
) -> np.ndarray | None:
    """Return the point of a polytope nearest to a given one, or None if there is none.

    Parameters
    ----------
    polytope : Polytope
    point : numpy.ndarray
        Shape (n,).
    widths : numpy.ndarray
        Unit of length of each coordinate, shape (n,).
    equalities, values : numpy.ndarray, optional
        `equalities @ x = values` as well; shapes (k, n) and (k,).
    """
    rows, right = polytope.matrix, polytope.slack(point)
    lower = np.full(len(right), -np.inf)
    if equalities is not None and values is not None:
        gap = values - equalities @ point
        rows, right = np.vstack([rows, equalities]), np.append(right, gap)
        lower = np.append(lower, gap)
    sense = np.where(np.isfinite(lower), 5, 0).astype(np.int32)  # 5 marks an equality
    n = len(point)
    step, _, flag, _ = daqp.solve(
        np.eye(n), np.zeros(n), rows * widths, right, lower, sense, primal_tol=1e-10
    )
    return point + widths * step if flag > 0 else None


def uniform_points(polytope: Polytope, count: int, seed: int) -> np.ndarray:
    """Draw points uniformly from a bounded, full-dimensional polytope.

    Hit-and-run (hopsy) in the rounded polytope, with enough steps between points that they are
    nearly independent.

    Parameters
    ----------
    polytope : Polytope
    count : int
        Points wanted.
    seed : int
        Same seed, same points.

    Returns
    -------
    numpy.ndarray
        Shape (count, n).
    """
    n = polytope.dimension
    if n == 0 or count == 0:
        return np.zeros((count, n))
    hopsy = load_hopsy()
    shape, middle = rounding(polytope, seed)
    inner = Polytope(polytope.matrix @ shape, polytope.slack(middle))
    problem = hopsy.core.Problem(inner.matrix, inner.bound)
    chain = hopsy.MarkovChain(
        problem, proposal=hopsy.core.UniformHitAndRunProposal, starting_point=np.zeros(n)
    )
    generator = hopsy.core.RandomNumberGenerator(seed)
    thinning = max(20, 4 * n)
    _, states = hopsy.sample(chain, generator, n_samples=count + 10, thinning=thinning)
    return middle + states[0, 10:] @ shape.T


def load_hopsy() -> Any:
    """Return hopsy, which takes a second to load, without the warnings of what it loads."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import hopsy
    return hopsy


def rounding(polytope: Polytope, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return (shape, middle) so that x = middle + shape @ y makes a roughly round polytope of y.

    From the spread of the corners that are extreme along the axes and in random directions. On the
    liver's 55 free fluxes the axes of what it makes differ by a factor of twenty at most, at once;
    the largest ellipsoid inside (PolyRound) takes half a minute to find there, and none is found
    in thinner polytopes.

    Parameters
    ----------
    polytope : Polytope
        Bounded, with an inside.
    seed : int
        Of the random directions.
    """
    rng = np.random.default_rng(seed)
    n = polytope.dimension
    directions = np.vstack([np.eye(n), -np.eye(n), rng.standard_normal((n + 1, n))])
    corners = np.array([_corner(polytope, direction) for direction in directions])
    middle = corners.mean(axis=0)
    axes, size, _ = np.linalg.svd((corners - middle).T, full_matrices=False)
    return axes * np.maximum(size, 1e-9 * size[0]) / np.sqrt(len(corners)), middle


def _corner(polytope: Polytope, direction: np.ndarray) -> np.ndarray:
    answer = linprog(
        direction, A_ub=polytope.matrix, b_ub=polytope.bound, bounds=(None, None), method="highs"
    )
    return answer.x


def _normalised(matrix: np.ndarray, right: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Scale rows to unit length; rows of zeros stay."""
    size = np.linalg.norm(matrix, axis=1)
    size[size == 0] = 1.0
    return matrix / size[:, None], right / size
