"""Where the searches of a fit begin: points spread over the flux space, the worst ones left out.

Net fluxes are drawn uniformly from the polytope, cut to fluxes of the measured size; exchange
fluxes and pools log-uniformly from a range where labels respond to them; shares uniformly from the
simplex.
"""

import numpy as np

from cahill.numerics.polytope import Polytope, centre, nearest, uniform_points
from cahill.tracing.fit_problem import FitProblem

# Assumed, where searches start from, not where they may go:
_NET_REACH = 2.0  # largest net flux, times the flux scale
_EXCHANGE_START = (1e-2, 1e1)  # times the flux scale
_POOL_START = (1e-3, 1e0)  # times the pool scale
_WINDOW = 5.0  # standard errors around measured net fluxes
_ROOM = 1e-7  # radius, in units of the flux scale, that a cut must leave


def draw_starts(problem: FitProblem, count: int, seed: int, screened: int = 5) -> np.ndarray:
    """Draw starting points, each the best of a few.

    Parameters
    ----------
    problem : FitProblem
    count : int
        Starts wanted.
    seed : int
        Same seed, same starts.
    screened : int
        Points drawn for each start; the one with the least cost is kept.

    Returns
    -------
    numpy.ndarray
        Shape (count, n_parameters).
    """
    drawn = _draw(problem, count * screened, seed)
    costs = np.array([_cost(problem, theta) for theta in drawn]).reshape(count, screened)
    return drawn.reshape(count, screened, -1)[np.arange(count), np.argmin(costs, axis=1)]


def _cost(problem: FitProblem, theta: np.ndarray) -> float:
    residuals = problem.residuals(theta)
    cost = float(residuals @ residuals)
    return cost if np.isfinite(cost) else np.inf


def _draw(problem: FitProblem, count: int, seed: int) -> np.ndarray:
    space, rng = problem.space, np.random.default_rng(seed)
    drawn = np.empty((count, space.n_parameters))
    net = space.of_kind("net")
    drawn[:, net] = uniform_points(_net_region(problem), count, seed)
    for places, (low, high), size in (
        (space.of_kind("exchange"), _EXCHANGE_START, space.scale),
        (space.of_kind("pool"), _POOL_START, space.pool_scale),
    ):
        drawn[:, places] = np.log(size) + rng.uniform(
            np.log(low), np.log(high), (count, len(places))
        )
    drawn[:, space.of_kind("share")] = _shares(problem, count, rng)
    outside = np.any(drawn @ space.polytope.matrix.T > space.polytope.bound, axis=1)
    for k in np.flatnonzero(outside):
        inside = nearest(space.polytope, drawn[k], space.widths)
        drawn[k] = drawn[k] if inside is None else inside
    return drawn


def _net_region(problem: FitProblem) -> Polytope:
    """Return the polytope of the free net fluxes, cut where that leaves an inside."""
    space, net = problem.space, problem.space.of_kind("net")
    rows = np.any(space.polytope.matrix[:, net] != 0, axis=1)
    region = Polytope(space.polytope.matrix[rows][:, net], space.polytope.bound[rows])
    if not len(net):
        return region
    matrix, offset = space.net.matrix[:, net], space.net.offset
    reach = _NET_REACH * space.scale
    cuts = [
        Polytope(np.vstack([matrix, -matrix]), np.concatenate([reach - offset, reach + offset]))
    ]
    linear, n = problem.linear, len(space.reactions)
    for row, value, sd in zip(linear.matrix, linear.values, linear.sd):
        if not np.any(row[n:]):
            along, fixed, room = row[:n] @ matrix, row[:n] @ offset, _WINDOW * sd
            cuts.append(
                Polytope(
                    np.array([along, -along]),
                    np.array([value - fixed + room, fixed - value + room]),
                )
            )
    for cut in cuts:
        smaller = Polytope(
            np.vstack([region.matrix, cut.matrix]), np.append(region.bound, cut.bound)
        )
        if centre(smaller)[1] > _ROOM * space.scale:
            region = smaller
    return region


def _shares(problem: FitProblem, count: int, rng: np.random.Generator) -> np.ndarray:
    """Draw the free shares of every mixture uniformly from its simplex."""
    members = problem.space.shares
    mixtures = dict.fromkeys(member[:2] for member in members)
    drawn = [np.empty((count, 0))]
    for mixture in mixtures:
        size = sum(member[:2] == mixture for member in members)
        drawn.append(rng.dirichlet(np.ones(size), count)[:, :-1])
    return np.hstack(drawn)
