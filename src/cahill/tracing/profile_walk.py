"""How the best fit worsens as one quantity is moved: continuation from the optimum to an end.

The quantity is a linear function of the parameters. From each point reached the next is predicted
by the linearised residuals inside the polytope (one quadratic program), then fitted again with the
quantity held. The root of the increase is sought on its square root, which is nearly linear in the
quantity.
"""

import math
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple

import daqp
import numpy as np

from cahill.numerics.least_squares import DEFAULTS, End, Problem, Settings, minimise
from cahill.numerics.polytope import Polytope, nearest
from cahill.tracing.fit_problem import FitProblem

# Fits along a profile need the cost to a part of the threshold, not to all digits.
_SETTINGS = replace(DEFAULTS, max_iterations=100, tolerance=1e-5)
# Another try where the cost jumps or a search ends early: damped, so that it stays in its valley.
_CAREFUL = replace(DEFAULTS, tolerance=1e-5, damping=1.0)
_DAMPING = 1e-7  # of predictions, relative to the squares of the columns
_FAINT = 0.1  # change of the residuals over a width below which a parameter counts as idle
_LOW = 0.2  # increase, in thresholds, from which one step is not expected to cross
_FIRST = 0.6  # where the first step aims, in square roots of the threshold
_GROW = 4.0  # each step at most multiplies the distance from the optimum by this
_CLOSE = 0.01  # accepted error of an end, of the distance between optimum and end
_INSIDE = 1e-6  # part of the way by which points stay off the edge, where nothing can move
_AGAIN = 3  # such tries
_TRIES = 12  # fits in search of a root between two points, and steps outwards

Stop = Literal["crossed", "edge", "lost"]


@dataclass(frozen=True, eq=False)
class Line:
    """What is moved: `offset + row @ theta`, and the cost of the best fit."""

    problem: FitProblem
    row: np.ndarray
    offset: float
    best: float
    threshold: float

    def at(self, theta: np.ndarray) -> float:
        """Return the quantity at a point."""
        return self.offset + float(self.row @ theta)


class Node(NamedTuple):
    """A point of a profile: the quantity as held, and the best fit there."""

    at: float
    rise: float
    end: End

    @property
    def root(self) -> float:
        """Square root of the increase of the cost."""
        return math.sqrt(max(self.rise, 0.0))


@dataclass(eq=False)
class Side:
    """One side of a profile.

    Attributes
    ----------
    nodes : list of Node
        Everything fitted, in the order it was.
    end : float
        Where the increase reaches the threshold, or the last point below it.
    stop : {"crossed", "edge", "lost"}
        Crossed the threshold; reached the edge of the flux space below it; or no fit succeeded
        beyond `end`.
    """

    nodes: list[Node] = field(default_factory=list)
    end: float = math.nan
    stop: Stop = "lost"


def start_node(line: Line, theta: np.ndarray) -> Node:
    """Return the point of a profile at parameters that are a best fit already."""
    residuals, jacobian = line.problem.linearised(theta)
    cost = float(residuals @ residuals)
    none = np.zeros(len(line.problem.space.polytope.bound))
    end = End(theta, cost, residuals, jacobian, none, 0, "gradient vanishes")
    return Node(line.at(theta), cost - line.best, end)


def walk(line: Line, start: Node, sign: float, edge: float) -> Side:
    """Follow a profile from a point to where it crosses the threshold, or to the edge.

    Parameters
    ----------
    line : Line
    start : Node
        Below the threshold.
    sign : float
        1 upwards, -1 downwards.
    edge : float
        Limit of the quantity on that side.
    """
    side, inner = Side(end=start.at), start
    room = sign * (edge - start.at)
    if room <= 1e-9 * max(1.0, abs(edge)):
        side.end, side.stop = edge, "edge"
        return side
    limit, edge = edge, edge - sign * _INSIDE * room
    step = _first_step(line, start, sign, room)
    before, outer = start, None
    for _ in range(_TRIES * 2):
        at = inner.at + sign * step
        if sign * (edge - at) <= 0.02 * step:
            at = edge
        node = _held(line, inner, at)
        if node is None:
            step /= 4
            if step < 1e-3 * room:
                side.end = inner.at
                return side
            continue
        side.nodes.append(node)
        if node.rise >= line.threshold:
            outer = node
            break
        before, inner = inner, node
        if at == edge:
            side.end, side.stop = limit, "edge"
            return side
        step = _next_step(line, start, before, inner, sign)
    side.end = inner.at
    if outer is not None:
        side.end, side.stop = _crossing(line, side, start, inner, outer), "crossed"
    return side


def _first_step(line: Line, start: Node, sign: float, room: float) -> float:
    """Return a step at whose end the linearised fit worsens by about as much as wanted."""
    wanted = _FIRST * math.sqrt(line.threshold)
    widths = line.problem.space.widths
    step = min(room, float(np.linalg.norm(line.row * widths)))
    for _ in range(_TRIES):
        change = _predicted(line, start.end, sign * step)
        if change is None:
            step /= 10
            continue
        moved = start.end.residuals + start.end.jacobian @ change
        rise = math.sqrt(max(float(moved @ moved) - start.end.cost, 0.0))
        if rise <= 1.2 * wanted:
            break
        step *= max(0.02, 0.95 * wanted / rise)
    return step


def _next_step(line: Line, start: Node, before: Node, inner: Node, sign: float) -> float:
    """Return the step that should just cross the threshold, at most a few times the way so far."""
    so_far = sign * (inner.at - start.at)
    slope = (inner.root - before.root) / (sign * (inner.at - before.at))
    limit = (_GROW - 1) * so_far
    if slope <= 0:
        return limit
    return min(limit, (1.03 * math.sqrt(line.threshold) - inner.root) / slope)


def _crossing(line: Line, side: Side, start: Node, inner: Node, outer: Node) -> float:
    """Return where the threshold is crossed between two points (guarded secant on the root)."""
    goal = math.sqrt(line.threshold)
    for _ in range(_TRIES):
        near = min((inner, outer), key=lambda node: abs(node.root - goal))
        if abs(near.root - goal) <= _CLOSE * goal:
            break
        gap = outer.at - inner.at
        if abs(gap) <= _CLOSE * abs(inner.at - start.at):
            break
        share = (goal - inner.root) / (outer.root - inner.root)
        node = _held(line, inner, inner.at + gap * min(max(share, 0.08), 0.92))
        if node is None:
            break
        side.nodes.append(node)
        if node.rise < line.threshold:
            inner = node
        else:
            outer = node
    if outer.root <= inner.root:
        return inner.at
    share = (goal - inner.root) / (outer.root - inner.root)
    return inner.at + (outer.at - inner.at) * min(max(share, 0.0), 1.0)


def _held(line: Line, near: Node, at: float) -> Node | None:
    """Fit again with the quantity held, from a point near by; None if that fails."""
    change = _predicted(line, near.end, at - near.at)
    wish = near.end.x if change is None else near.end.x + change
    space, held = line.problem.space, (line.row[None, :], np.array([at - line.offset]))
    start, plain = (
        nearest(space.polytope, point, space.widths, *held) for point in (wish, near.end.x)
    )
    if start is None or plain is None:
        return None
    high = line.best + line.threshold
    end = _searched(line, start, at, _SETTINGS)
    for _ in range(_AGAIN):
        if end.converged:
            break
        end = _searched(line, end.x, at, _CAREFUL)
    if end.cost > high and near.rise < _LOW * line.threshold:
        slow = _searched(line, plain, at, _CAREFUL)
        end = slow if slow.cost < end.cost else end
    rise = end.cost - line.best
    if not math.isfinite(rise) or (rise > line.threshold and end.reason == "no admissible step"):
        return None
    return Node(at, rise, end)


def _searched(line: Line, start: np.ndarray, at: float, settings: Settings) -> End:
    """Follow a search with the quantity held, from a point where it has its value.

    One parameter follows from the others, so that the quadratic programs hold no equality, which
    they would take for a contradiction in corners of the polytope.
    """
    space, problem = line.problem.space, line.problem
    out, others, share = _eliminated(line)

    def whole(rest: np.ndarray) -> np.ndarray:
        theta = np.empty(len(rest) + 1)
        theta[others] = rest
        theta[out] = (at - line.offset) / line.row[out] - share @ rest
        return theta

    def linearised(rest: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        residuals, jacobian = problem.linearised(whole(rest))
        return residuals, jacobian[:, others] - np.outer(jacobian[:, out], share)

    matrix = space.polytope.matrix
    inner = Polytope(
        matrix[:, others] - np.outer(matrix[:, out], share),
        space.polytope.bound - matrix[:, out] * ((at - line.offset) / line.row[out]),
    )
    moving = np.any(inner.matrix != 0, axis=1)
    end = minimise(
        Problem(
            residuals=lambda rest: problem.residuals(whole(rest)),
            linearised=linearised,
            polytope=inner.rows(moving),
            widths=space.widths[others],
            reach=space.reach[others],
        ),
        start[others],
        settings,
    )
    theta = whole(end.x)
    residuals, jacobian = problem.linearised(theta)
    multipliers = np.zeros(len(moving))
    multipliers[moving] = end.multipliers
    return replace(end, x=theta, residuals=residuals, jacobian=jacobian, multipliers=multipliers)


def _eliminated(line: Line) -> tuple[int, np.ndarray, np.ndarray]:
    """Return the parameter that follows from the others, the others, and how it follows."""
    out = int(np.argmax(np.abs(line.row) * line.problem.space.widths))
    others = np.delete(np.arange(len(line.row)), out)
    return out, others, line.row[others] / line.row[out]


def _predicted(line: Line, end: End, move: float) -> np.ndarray | None:
    """Return the change of the parameters that moves the quantity and worsens the fit least."""
    polytope, widths = line.problem.space.polytope, line.problem.space.widths
    out, others, share = _eliminated(line)
    jump = move / line.row[out]
    columns = end.jacobian[:, others] - np.outer(end.jacobian[:, out], share)
    sizes = np.sqrt(np.einsum("ij,ij->j", columns, columns))
    sizes = np.maximum(sizes, _FAINT / widths[others])
    scaled = columns / sizes
    hessian = scaled.T @ scaled
    hessian.flat[:: len(hessian) + 1] += _DAMPING
    matrix = polytope.matrix
    rows = (matrix[:, others] - np.outer(matrix[:, out], share)) / sizes
    lengths = np.linalg.norm(rows, axis=1)
    moving = lengths > 0
    upper = np.maximum(polytope.slack(end.x), 0.0) - matrix[:, out] * jump
    slope = scaled.T @ (end.residuals + end.jacobian[:, out] * jump)
    found, _, flag, _ = daqp.solve(
        hessian,
        slope,
        rows[moving] / lengths[moving, None],
        upper[moving] / lengths[moving],
        primal_tol=1e-9,
    )
    if flag < 1 or not np.all(np.isfinite(found)):
        return None
    change = np.empty(len(line.row))
    change[others] = found / sizes
    change[out] = jump - share @ change[others]
    return change
