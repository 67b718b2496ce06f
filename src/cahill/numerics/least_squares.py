"""Least squares under linear inequalities: Levenberg-Marquardt with exact derivatives.

Each step solves a quadratic program (DAQP): the linearised residuals, damped, inside the polytope.
The damping follows the gain ratio (Nielsen 1999). Every run ends with a reason.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple

import daqp
import numpy as np

from cahill.numerics.polytope import Polytope

Reason = Literal[
    "gradient vanishes",
    "cost is flat",
    "too many iterations",
    "not a number",
    "no admissible step",
]
_CONVERGED: frozenset[Reason] = frozenset({"gradient vanishes", "cost is flat"})
_EQUALITY = 5  # DAQP's mark of an equality
_UNDAMPED = 1e-6  # damping at which a step is as good as undamped
_FAINT = 1e-4  # change of the residuals over a width that damping still sees
_LOOK, _BEND = 0.1, 0.75  # part of a step looked at for its curve; largest part it may add
# Proximal weights of the quadratic program: none, then more where many rows meet in a corner and
# DAQP takes their rounding errors for a contradiction.
_PROXIMAL = 0.0, 1e-6, 1e-4, 1e-2


@dataclass(frozen=True)
class Settings:
    """When a run ends and how far it may step. The cost is in units of variance (chi-square).

    Parameters
    ----------
    max_iterations : int
        Steps tried.
    tolerance : float
        A decrease of the cost by less than this times (cost + 100) does not matter.
    idle : int
        The cost counts as flat if over so many steps it falls by less than a thousand times what
        does not matter.
    damping : float
        At the start, relative to the squares of the columns.
    """

    max_iterations: int = 500
    tolerance: float = 1e-8
    idle: int = 30
    damping: float = 1e-2


DEFAULTS = Settings()


@dataclass(frozen=True, eq=False)
class Problem:
    """A sum of squares to be made small.

    Parameters
    ----------
    residuals : callable
        x -> residuals, shape (n_values,).
    linearised : callable
        x -> (residuals, Jacobian of shape (n_values, n)).
    polytope : Polytope
        Where x may be.
    widths : numpy.ndarray
        Natural unit of change of each coordinate, shape (n,).
    reach : numpy.ndarray
        Longest step of each coordinate, shape (n,); inf for none.
    equalities : numpy.ndarray, optional
        Directions held: `equalities @ x` keeps its value, shape (k, n).
    """

    residuals: Callable[[np.ndarray], np.ndarray]
    linearised: Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]
    polytope: Polytope
    widths: np.ndarray
    reach: np.ndarray
    equalities: np.ndarray | None = None


@dataclass(frozen=True, eq=False)
class End:
    """Where a run came to rest, and why.

    Parameters
    ----------
    x : numpy.ndarray
        Shape (n,).
    cost : float
        Sum of squared residuals.
    residuals, jacobian : numpy.ndarray
        At x.
    multipliers : numpy.ndarray
        Of the rows of the polytope at the last step; positive where the row holds x back.
    iterations : int
        Steps tried.
    reason : str
        Why it ended.
    """

    x: np.ndarray
    cost: float
    residuals: np.ndarray
    jacobian: np.ndarray
    multipliers: np.ndarray
    iterations: int
    reason: Reason

    @property
    def converged(self) -> bool:
        """Whether it ended in a minimum rather than for want of time or numbers."""
        return self.reason in _CONVERGED


def minimise(problem: Problem, start: np.ndarray, settings: Settings = DEFAULTS) -> End:
    """Follow damped Gauss-Newton steps from a start inside the polytope to a minimum.

    Parameters
    ----------
    problem : Problem
    start : numpy.ndarray
        Inside the polytope, shape (n,).
    settings : Settings

    Returns
    -------
    End
        With the reason; see `End.converged`.
    """
    return _Run(problem, settings).follow(np.array(start, dtype=float))


class _Point(NamedTuple):
    """The residuals at x, linearised."""

    x: np.ndarray
    residuals: np.ndarray
    jacobian: np.ndarray
    cost: float
    sizes: np.ndarray  # lengths of the columns, not too small
    hessian: np.ndarray  # of the columns divided by their sizes

    def decrease(self, step: np.ndarray) -> float:
        """Return by how much a step lowers the cost of the linearised residuals."""
        change = self.jacobian @ step
        return -float(change @ (2 * self.residuals + change))


class _Run:
    """One run: the problem, and the quadratic program of its steps."""

    def __init__(self, problem: Problem, settings: Settings) -> None:
        self.problem, self.settings = problem, settings
        n = len(problem.widths)
        held = np.zeros((0, n)) if problem.equalities is None else problem.equalities
        self.rows = np.vstack([problem.polytope.matrix, held])
        count = n + len(self.rows)
        self.sense = np.zeros(count, dtype=np.int32)
        self.sense[count - len(held) :] = _EQUALITY
        self.upper, self.lower = np.zeros(count), np.full(count, -np.inf)
        self.lower[count - len(held) :] = 0.0
        self.free = slice(n, count - len(held))
        self.multipliers = np.zeros(len(problem.polytope.bound))

    def follow(self, x: np.ndarray) -> End:
        """Step until there is a reason to stop."""
        here = self.linearise(x)
        damping, growth, costs = self.settings.damping, 2.0, [here.cost]
        reason = None if _finite(here) else "not a number"
        while reason is None:
            step = self.step(here, here.residuals, damping)
            if step is None:
                reason = "no admissible step"
                break
            promise = here.decrease(step)
            if promise > self.settings.tolerance * (here.cost + 100):
                there = self.tried(here, step, damping)
                if there is None:
                    damping, growth = damping * growth, 2 * growth
                else:
                    gain = (here.cost - there.cost) / promise
                    damping = max(damping * max(1 / 3, 1 - (2 * gain - 1) ** 3), _UNDAMPED)
                    here, growth = there, 2.0
            elif damping > _UNDAMPED:
                damping, growth = _UNDAMPED, 2.0
            else:
                reason = "gradient vanishes"
            costs.append(here.cost)
            reason = reason or self.exhausted(here, costs)
        return End(
            here.x,
            here.cost,
            here.residuals,
            here.jacobian,
            self.multipliers.copy(),
            len(costs) - 1,
            reason,
        )

    def exhausted(self, here: _Point, costs: list[float]) -> Reason | None:
        """Return why a run should not go on, if it should not."""
        settings = self.settings
        if not _finite(here):
            return "not a number"
        if len(costs) > settings.idle:
            fallen = costs[-1 - settings.idle] - costs[-1]
            if fallen < 1000 * settings.tolerance * (here.cost + 100):
                return "cost is flat"
        return "too many iterations" if len(costs) > settings.max_iterations else None

    def linearise(self, x: np.ndarray) -> _Point:
        """Return the residuals and their derivatives at x."""
        residuals, jacobian = self.problem.linearised(x)
        sizes = np.sqrt(np.einsum("ij,ij->j", jacobian, jacobian))
        sizes = np.maximum(sizes, _FAINT / self.problem.widths)
        scaled = jacobian / sizes
        return _Point(
            x, residuals, jacobian, float(residuals @ residuals), sizes, scaled.T @ scaled
        )

    def tried(self, here: _Point, step: np.ndarray, damping: float) -> _Point | None:
        """Return the point a step leads to, bent along the curve if that is better; None if worse.

        Geodesic acceleration (Transtrum & Sethna 2012): half the second derivative of the residuals
        along the step is added to them, and the step found again.
        """
        ahead = self.problem.residuals(here.x + _LOOK * step)
        curve = (ahead - here.residuals - _LOOK * (here.jacobian @ step)) / _LOOK**2
        bent = None
        if np.all(np.isfinite(curve)):
            bent = self.step(here, here.residuals + curve, damping)
        if bent is not None:
            turn = np.linalg.norm((bent - step) * here.sizes)
            if turn <= _BEND * np.linalg.norm(step * here.sizes):
                step = bent
        trial = self.problem.residuals(here.x + step)
        return self.linearise(here.x + step) if float(trial @ trial) < here.cost else None

    def step(self, here: _Point, residuals: np.ndarray, damping: float) -> np.ndarray | None:
        """Return the damped step for some residuals, or None if there is none."""
        hessian = here.hessian.copy()
        hessian.flat[:: len(hessian) + 1] += damping
        slope = (residuals @ here.jacobian) / here.sizes
        rows = self.rows / here.sizes
        lengths = np.sqrt(np.einsum("ij,ij->i", rows, rows))
        rows /= lengths[:, None]
        n = len(slope)
        self.upper[:n] = self.problem.reach * here.sizes
        self.lower[:n] = -self.upper[:n]
        slack = self.problem.polytope.slack(here.x)
        self.upper[self.free] = np.maximum(slack, 0.0) / lengths[: len(slack)]
        for weight in _PROXIMAL:
            scaled, _, flag, info = daqp.solve(
                hessian,
                slope,
                rows,
                self.upper,
                self.lower,
                self.sense,
                primal_tol=1e-9,
                eps_prox=weight,
            )
            if flag > 0 and np.all(np.isfinite(scaled)):
                self.multipliers = info["lam"][self.free]
                return scaled / here.sizes
        return None


def _finite(point: _Point) -> bool:
    return bool(np.isfinite(point.cost) and np.all(np.isfinite(point.sizes)))
