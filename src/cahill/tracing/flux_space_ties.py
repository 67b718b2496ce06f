"""Positive quantities on a logarithmic scale: exchange fluxes and pool sizes, and their ties."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cahill.core.labelling import Constraint
from cahill.errors import InputError, ModelError
from cahill.numerics.polytope import conflict
from cahill.tracing.flux_space_parts import ASSUMED


@dataclass(frozen=True, eq=False)
class LogSpace:
    """Positive numbers as `exp(offset + matrix @ free)`, the free logarithms inside bounds.

    Parameters
    ----------
    names : tuple of str
        The quantities.
    free : tuple of str
        Those whose logarithms are the coordinates.
    offset, matrix : numpy.ndarray
        Shapes (n,) and (n, n_free); an offset of -inf is a quantity that is zero.
    rows, bounds : numpy.ndarray
        `rows @ free <= bounds`.
    row_names : tuple of str
        What each row says.
    """

    names: tuple[str, ...]
    free: tuple[str, ...]
    offset: np.ndarray
    matrix: np.ndarray
    rows: np.ndarray
    bounds: np.ndarray
    row_names: tuple[str, ...]


class _Ties:
    """Groups of quantities in fixed ratio; some groups are known (union-find with ratios)."""

    def __init__(self, n: int) -> None:
        self.parent = list(range(n))
        self.ratio = [1.0] * n  # quantity = ratio * parent
        self.known: dict[int, float] = {}

    def root(self, item: int) -> tuple[int, float]:
        ratio = 1.0
        while self.parent[item] != item:
            ratio *= self.ratio[item]
            item = self.parent[item]
        return item, ratio

    def fix(self, item: int, value: float) -> bool:
        """Set a quantity; False if it has another value already."""
        root, ratio = self.root(item)
        wanted = value / ratio
        return bool(np.isclose(self.known.setdefault(root, wanted), wanted, rtol=1e-9, atol=0))

    def tie(self, first: int, second: int, ratio: float) -> bool:
        """Set first = ratio * second; False if that contradicts what is set already."""
        (a, of_a), (b, of_b) = self.root(first), self.root(second)
        if a == b:
            return bool(np.isclose(of_a, ratio * of_b, rtol=1e-9))
        self.parent[a], self.ratio[a] = b, ratio * of_b / of_a
        return a not in self.known or self.fix(a, self.known.pop(a))


def log_space(
    names: Sequence[str],
    constraints: Sequence[tuple[Constraint, dict[str, float]]],
    assumed: tuple[float, float],
    what: str,
    wanted: frozenset[str] = frozenset(),
) -> LogSpace:
    """Tie, fix and bound positive quantities.

    Parameters
    ----------
    names : sequence of str
    constraints : sequence of (Constraint, dict)
        Each with its coefficients by name.
    assumed : (float, float)
        Assumed lower and upper bound, positive; they give way to constraints.
    what : str
        "exchange flux" or "pool size", for messages.
    wanted : frozenset of str
        Names preferred as coordinates of their group.

    Raises
    ------
    InputError
        If a constraint has no linear form in logarithms.
    ModelError
        If constraints contradict each other.
    """
    ties, place = _Ties(len(names)), {name: k for k, name in enumerate(names)}
    limits: list[tuple[np.ndarray, float, Constraint]] = []
    for constraint, terms in constraints:
        terms = {place[name]: factor for name, factor in terms.items() if factor}
        if not _equality(ties, constraint, terms):
            limits.append((*_limit(constraint, terms, len(names), what), constraint))
    offset, matrix, free = _expressed(ties, names, wanted)
    rows, bounds, row_names = [], [], []
    for row, bound, constraint in limits:
        _check_constant(row, bound, offset, matrix, constraint)
        if np.any(row @ matrix):
            rows.append(row @ matrix)
            bounds.append(bound - row @ np.where(row == 0, 0.0, offset))
            row_names.append(constraint.where or str(constraint))
    stated = np.array(rows).reshape(len(rows), len(free)), np.array(bounds)
    box = _assumed(*stated, matrix, offset, np.log(assumed))
    row_names += [f"{ASSUMED} {side} bound of the {what} of {names[free[k]]}" for k, side in box[2]]
    whole = np.vstack([stated[0], box[0]]), np.concatenate([stated[1], box[1]])
    clash = conflict(np.zeros((0, len(free))), np.zeros(0), *whole)
    if len(clash):
        listed = "; ".join(row_names[k] for k in clash)
        raise ModelError(f"constraints: these cannot hold together, change one: {listed}")
    chosen = tuple(names[k] for k in free)
    return LogSpace(tuple(names), chosen, offset, matrix, *whole, tuple(row_names))


def _equality(ties: _Ties, constraint: Constraint, terms: dict[int, float]) -> bool:
    """Take in a constant or a ratio; False if the constraint is something else."""
    items = list(terms.items())
    sign = {"<=": 1.0, "=": 0.0, ">=": -1.0}[constraint.relation]
    at_most_zero = constraint.value == 0 and len(items) == 1 and sign * items[0][1] > 0
    if constraint.relation != "=" and not at_most_zero:
        return False
    fine = True
    if len(items) == 1:
        value = constraint.value / items[0][1]
        fine = value >= 0 and ties.fix(items[0][0], value)
    elif len(items) == 2 and constraint.value == 0 and items[0][1] * items[1][1] < 0:
        fine = ties.tie(items[0][0], items[1][0], -items[1][1] / items[0][1])
    else:
        return False
    if not fine:
        raise ModelError(f"constraint {_text(constraint)} contradicts another one; remove one")
    return True


def _limit(
    constraint: Constraint, terms: dict[int, float], n: int, what: str
) -> tuple[np.ndarray, float]:
    """Return an inequality as a row over logarithms and its bound."""
    sign = 1.0 if constraint.relation == "<=" else -1.0
    items = [(k, sign * factor) for k, factor in terms.items()]
    value, row = sign * constraint.value, np.zeros(n)
    if constraint.relation != "=" and len(items) == 1:
        (item, factor), value = items[0], value / abs(items[0][1])
        if factor > 0 and value > 0:
            row[item] = 1.0
            return row, float(np.log(value))
        if factor < 0:
            row[item] = -1.0 if value < 0 else 0.0
            return row, float(-np.log(-value)) if value < 0 else 0.0
    if constraint.relation != "=" and len(items) == 2 and value == 0:
        (first, a), (second, b) = sorted(items, key=lambda pair: -pair[1])
        if a > 0 > b:
            row[first], row[second] = 1.0, -1.0
            return row, float(np.log(-b / a))
    raise InputError(
        f"constraint {_text(constraint)}: of a {what} only a limit, a constant or the ratio of two "
        "can be prescribed; write it so"
    )


def _text(constraint: Constraint) -> str:
    return f'"{constraint.where or constraint}"'


def _check_constant(
    row: np.ndarray, bound: float, offset: np.ndarray, matrix: np.ndarray, constraint: Constraint
) -> None:
    if np.any(row @ matrix) or not np.any(row):
        return
    with np.errstate(invalid="ignore"):
        value = np.sum(row[row != 0] * offset[row != 0])
    if not value <= bound + 1e-9:
        raise ModelError(f"constraint {_text(constraint)} contradicts another one; remove one")


def _expressed(
    ties: _Ties, names: Sequence[str], wanted: frozenset[str]
) -> tuple[np.ndarray, np.ndarray, list[int]]:
    """Return offset and matrix of all logarithms, and the quantities that are coordinates."""
    groups: dict[int, list[int]] = {}
    for item in range(len(names)):
        groups.setdefault(ties.root(item)[0], []).append(item)
    free = {
        root: min(items, key=lambda k: (names[k] not in wanted, k))
        for root, items in groups.items()
        if root not in ties.known
    }
    order = sorted(free.values())
    offset, matrix = np.zeros(len(names)), np.zeros((len(names), len(order)))
    for item in range(len(names)):
        root, ratio = ties.root(item)
        if root in ties.known:
            value = ratio * ties.known[root]
            offset[item] = np.log(value) if value > 0 else -np.inf
        else:
            offset[item] = np.log(ratio / ties.root(free[root])[1])
            matrix[item, order.index(free[root])] = 1.0
    return offset, matrix, order


def _assumed(
    rows: np.ndarray,
    bounds: np.ndarray,
    matrix: np.ndarray,
    offset: np.ndarray,
    assumed: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, list[tuple[int, str]]]:
    """Return assumed bounds of the coordinates, on the sides that no constraint bounds."""
    box_rows, box_bounds, sides = [], [], []
    for column in range(matrix.shape[1]):
        members = np.flatnonzero(matrix[:, column])
        single = np.flatnonzero((rows != 0).sum(axis=1) == 1)
        tops = [bounds[k] for k in single if rows[k, column] > 0]
        bottoms = [-bounds[k] for k in single if rows[k, column] < 0]
        bottom = assumed[0] - np.max(offset[members])
        top = assumed[1] - np.min(offset[members])
        width = top - bottom
        unit = np.eye(matrix.shape[1])[column]
        if not tops:
            box_rows.append(unit)
            box_bounds.append(top if not bottoms or max(bottoms) < top else max(bottoms) + width)
            sides.append((column, "upper"))
        if not bottoms:
            box_rows.append(-unit)
            box_bounds.append(-(bottom if not tops or min(tops) > bottom else min(tops) - width))
            sides.append((column, "lower"))
    shape = len(box_rows), matrix.shape[1]
    return np.array(box_rows).reshape(shape), np.array(box_bounds, dtype=float), sides
