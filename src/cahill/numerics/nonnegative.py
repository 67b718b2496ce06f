"""Many small non-negative least-squares problems with one matrix.

min |y - A x|, x >= 0, for every row y of a table. The solution without the constraint is one
factorisation for all rows; only rows in which it is negative go on to block principal pivoting
(Portugal, Judice & Vicente 1994; Kim & Park 2011, doi:10.1137/110821172): whole sets of unknowns
move between zero and positive until all signs agree, one at a time if that does not settle. The
normal equations choose the set; one step of refinement with the residuals makes their solution as
exact as the matrix allows.
"""

import numpy as np
from numba import njit

from cahill.errors import ConvergenceError

ROUNDING = 1e-13
"""A negative value smaller than this part of the row's total is rounding and becomes zero."""
FULL_EXCHANGES = 3
"""Exchanges of whole sets tried without progress before unknowns move one at a time."""


def nonnegative_least_squares(
    matrix: np.ndarray, rows: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Solve all rows.

    Parameters
    ----------
    matrix : numpy.ndarray
        A, square and not singular, shape (n, n).
    rows : numpy.ndarray
        The y of every problem, shape (m, n).

    Returns
    -------
    solution : numpy.ndarray
        Non-negative x of every problem, shape (m, n).
    unconstrained : numpy.ndarray
        x without the constraint, shape (m, n).

    Raises
    ------
    ConvergenceError
        If the signs never agree, which a matrix far from singular does not do.
    """
    matrix = np.ascontiguousarray(matrix, dtype=np.float64)
    rows = np.ascontiguousarray(rows, dtype=np.float64)
    unconstrained = np.ascontiguousarray(np.linalg.solve(matrix, rows.T).T)
    floor = -ROUNDING * np.abs(rows).sum(axis=1, keepdims=True)
    negative = np.flatnonzero((unconstrained < floor).any(axis=1))
    solution = np.maximum(unconstrained, 0.0)
    if negative.size:
        gram = np.ascontiguousarray(matrix.T @ matrix)
        wanted = np.ascontiguousarray(rows[negative])
        found = np.ascontiguousarray(unconstrained[negative])
        if not _pivot(gram, matrix, wanted, wanted @ matrix, found):
            raise ConvergenceError("non-negative least squares did not settle on a set of zeros")
        solution[negative] = found
    return solution, unconstrained


@njit(cache=True, nogil=True)
def _pivot(
    gram: np.ndarray, matrix: np.ndarray, rows: np.ndarray, right: np.ndarray, x: np.ndarray
) -> bool:
    """Solve each row in place, from the unconstrained solution in `x`."""
    problems, n = x.shape
    factor = np.empty((n, n))
    places = np.empty(n, np.int64)
    positive = np.empty(n, np.bool_)
    wrong = np.empty(n, np.bool_)
    part = np.empty(n)
    for row in range(problems):
        h, y = right[row], rows[row]
        scale = 0.0
        for i in range(n):
            scale = max(scale, abs(h[i]))
            positive[i] = x[row, i] > 0.0
        slack = 1e-13 * scale
        size, fewest, patience, settled = 0, n + 1, FULL_EXCHANGES, False
        for _ in range(100 + 10 * n):
            size = _solve_set(gram, h, positive, places, factor, part)
            if size < 0:
                return False
            count = _find_wrong(gram, h, positive, places, part, size, slack, wrong)
            if count == 0:
                settled = True
                break
            if count < fewest:
                fewest, patience = count, FULL_EXCHANGES
            else:
                patience -= 1
            for i in range(n - 1, -1, -1):
                if wrong[i]:
                    positive[i] = not positive[i]
                    if patience < 0:
                        # Murty's rule: the last one alone; it cannot cycle.
                        break
        if not settled:
            return False
        _refine(matrix, y, places, factor, part, size)
        x[row, :] = 0.0
        for k in range(size):
            x[row, places[k]] = max(part[k], 0.0)
    return True


@njit(cache=True, nogil=True)
def _solve_set(
    gram: np.ndarray,
    h: np.ndarray,
    positive: np.ndarray,
    places: np.ndarray,
    factor: np.ndarray,
    part: np.ndarray,
) -> int:
    """Solve the normal equations of the positive unknowns; return their number, -1 if singular."""
    size = 0
    for i in range(h.size):
        if positive[i]:
            places[size] = i
            size += 1
    for i in range(size):
        for j in range(i + 1):
            total = gram[places[i], places[j]]
            for k in range(j):
                total -= factor[i, k] * factor[j, k]
            if i == j:
                if total <= 0.0:
                    return -1
                factor[i, i] = np.sqrt(total)
            else:
                factor[i, j] = total / factor[j, j]
        part[i] = h[places[i]]
    _substitute(factor, part, size)
    return size


@njit(cache=True, nogil=True)
def _substitute(factor: np.ndarray, part: np.ndarray, size: int) -> None:
    """Solve L L^T x = part in place."""
    for i in range(size):
        total = part[i]
        for k in range(i):
            total -= factor[i, k] * part[k]
        part[i] = total / factor[i, i]
    for i in range(size - 1, -1, -1):
        total = part[i]
        for k in range(i + 1, size):
            total -= factor[k, i] * part[k]
        part[i] = total / factor[i, i]


@njit(cache=True, nogil=True)
def _find_wrong(
    gram: np.ndarray,
    h: np.ndarray,
    positive: np.ndarray,
    places: np.ndarray,
    part: np.ndarray,
    size: int,
    slack: float,
    wrong: np.ndarray,
) -> int:
    """Mark negative unknowns of the set, and zeros that would grow; return how many."""
    count, k = 0, 0
    for i in range(h.size):
        if positive[i]:
            wrong[i] = part[k] < 0.0
            k += 1
        else:
            slope = h[i]
            for j in range(size):
                slope -= gram[i, places[j]] * part[j]
            wrong[i] = slope > slack
        if wrong[i]:
            count += 1
    return count


@njit(cache=True, nogil=True)
def _refine(
    matrix: np.ndarray,
    y: np.ndarray,
    places: np.ndarray,
    factor: np.ndarray,
    part: np.ndarray,
    size: int,
) -> None:
    """Add the correction that the residuals of the set ask for."""
    n = y.size
    left = np.empty(n)
    for i in range(n):
        total = y[i]
        for k in range(size):
            total -= matrix[i, places[k]] * part[k]
        left[i] = total
    change = np.empty(size)
    for k in range(size):
        total = 0.0
        for i in range(n):
            total += matrix[i, places[k]] * left[i]
        change[k] = total
    _substitute(factor, change, size)
    for k in range(size):
        part[k] += change[k]
