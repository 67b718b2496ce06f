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
    "step too small",
    "cost is flat",
    "too many iterations",
    "not a number",
    "no admissible step",
]
_CONVERGED: frozenset[Reason] = frozenset({"gradient vanishes", "step too small", "cost is flat"})
_EQUALITY = 5  # DAQP's mark of an equality
_UNDAMPED = 1e-8  # damping at which a step is as good as undamped
_OVERDAMPED = 1e4  # damping from which a step that cannot be found does not exist
_FAINT = 1e-4  # change of the residuals over a width that damping still sees
# Proximal weights of the quadratic program: none, then more where many rows meet in a corner and
# DAQP takes their rounding errors for a contradiction.
_PROXIMAL = 0.0, 1e-6, 1e-4, 1e-2
_GOOD = 0.75  # gain ratio from which the next step may be longer
_IDLE = 8  # steps in a row with hardly any decrease after which a run ends


@dataclass(frozen=True)
class Settings:
    """When a run ends and how far it may step.

    Parameters
    ----------
    max_iterations : int
        Steps tried.
    cost_tolerance : float
        Relative decrease of the cost, predicted and actual, under which it counts as flat.
    cost_floor : float
        Absolute decrease of the cost that does not matter (the cost is in units of variance).
    step_tolerance : float
        Length of a step, in units of the widths, under which it counts as none.
    damping : float
        At the start, relative to the squares of the columns.
    """

    max_iterations: int = 200
    cost_tolerance: float = 1e-9
    cost_floor: float = 1e-9
    step_tolerance: float = 1e-10
    damping: float = 1e-2
    reach: float = 3.0
    bend: bool = True


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
        Change of each coordinate that is a natural step, shape (n,).
    equalities : numpy.ndarray, optional
        Directions held: `equalities @ x` keeps its value, shape (k, n).
    """

    residuals: Callable[[np.ndarray], np.ndarray]
    linearised: Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]
    polytope: Polytope
    widths: np.ndarray
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
    hessian: np.ndarray  # of the columns scaled by their sizes


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
        self.reach = settings.reach

    def follow(self, x: np.ndarray) -> End:
        settings = self.settings
        here, tried, idle = self.linearise(x), 0, 0
        damping, growth, self.reach = settings.damping, 2.0, settings.reach
        reason: Reason = "too many iterations" if np.isfinite(here.cost) else "not a number"
        while reason == "too many iterations" and tried < settings.max_iterations:
            tried += 1
            step = self.step(here, here.residuals, damping)
            if step is None and damping < _OVERDAMPED:
                damping = max(100 * damping, 1e-2)  # the program is singular to rounding
                continue
            if step is None:
                reason = "no admissible step"
                break
            promise = _decrease(here, step)
            enough = settings.cost_tolerance * here.cost + settings.cost_floor
            if promise <= enough:
                if damping <= _UNDAMPED:
                    reason = "gradient vanishes"
                damping, growth = _UNDAMPED, 2.0
                continue
            if settings.bend:
                step = self.bent(here, step, damping)
            trial = self.problem.residuals(here.x + step)
            cost = float(trial @ trial)
            gain = (here.cost - cost) / promise if np.isfinite(cost) else -1.0
            if gain > 0:
                idle = idle + 1 if here.cost - cost <= enough else 0
                here = self.linearise(here.x + step)
                damping = max(damping * max(1 / 3, 1 - (2 * gain - 1) ** 3), _UNDAMPED)
                growth = 2.0
                # A valley that leads far away is followed in steps that grow.
                self.reach = self.reach * 2.0 if gain > _GOOD else settings.reach
                if idle == _IDLE:
                    reason = "cost is flat"
            else:
                damping, growth = damping * growth, 2 * growth
                self.reach = settings.reach
                if np.max(np.abs(step) / self.problem.widths) < settings.step_tolerance:
                    reason = "step too small"
        return End(
            here.x, here.cost, here.residuals, here.jacobian, self.multipliers, tried, reason
        )

    def linearise(self, x: np.ndarray) -> _Point:
        residuals, jacobian = self.problem.linearised(x)
        sizes = np.sqrt(np.einsum("ij,ij->j", jacobian, jacobian))
        sizes = np.maximum(sizes, _FAINT / self.problem.widths)
        scaled = jacobian / sizes
        cost = float(residuals @ residuals) + 0.0 * float(np.sum(sizes))
        return _Point(x, residuals, jacobian, cost, sizes, scaled.T @ scaled)

    def step(self, here: _Point, residuals: np.ndarray, damping: float) -> np.ndarray | None:
        """Return the damped step for some residuals, or None if there is none."""
        hessian = here.hessian.copy()
        hessian.flat[:: len(hessian) + 1] += damping
        slope = (residuals @ here.jacobian) / here.sizes
        reach = self.reach * self.problem.widths * here.sizes
        n = len(reach)
        self.upper[:n], self.lower[:n] = reach, -reach
        rows = self.rows / here.sizes
        length = np.sqrt(np.einsum("ij,ij->i", rows, rows))
        slack = self.problem.polytope.slack(here.x) / length[: len(self.multipliers)]
        self.upper[self.free] = np.maximum(slack, 0.0)
        rows /= length[:, None]
        for prox in _PROXIMAL:
            scaled, _, flag, info = daqp.solve(
                hessian,
                slope,
                rows,
                self.upper,
                self.lower,
                self.sense,
                primal_tol=1e-9,
                eps_prox=prox,
            )
            if flag > 0 and np.all(np.isfinite(scaled)):
                self.multipliers = info["lam"][self.free]
                return scaled / here.sizes
        return None

    def bent(self, here: _Point, step: np.ndarray, damping: float) -> np.ndarray:
        """Return the step with geodesic acceleration (Transtrum & Sethna 2012), if it is small."""
        part = 0.1
        ahead = self.problem.residuals(here.x + part * step)
        curve = 2 / part * ((ahead - here.residuals) / part - here.jacobian @ step)
        if not np.all(np.isfinite(curve)):
            return step
        bent = self.step(here, here.residuals + 0.5 * curve, damping)
        if bent is None:
            return step
        size, change = np.linalg.norm(step * here.sizes), np.linalg.norm((bent - step) * here.sizes)
        return bent if change <= 0.75 * size else step


def _decrease(here: _Point, step: np.ndarray) -> float:
    """Return by how much a step lowers the cost of the linearised residuals."""
    change = here.jacobian @ step
    return -float(change @ (2 * here.residuals + change))
