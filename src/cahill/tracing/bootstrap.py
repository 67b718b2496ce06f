"""Parametric bootstrap: intervals from fits of data simulated at the optimum.

Each sample adds noise of the stated errors to the fitted values and is fitted again from the
optimum and from a few random starts (Efron & Tibshirani 1993, chapter 6). Trusts the errors and the
model, not linearity; does not see other minima than the starts find.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from cahill.core.labelling import Flux
from cahill.errors import ConvergenceError, InputError
from cahill.numerics import scaled_residuals
from cahill.numerics.crew import portions
from cahill.numerics.least_squares import DEFAULTS
from cahill.tracing.fit_problem import FitProblem, refit
from cahill.tracing.intervals import FluxIntervals, Target, as_targets, check_level
from cahill.tracing.sample_intervals import sample_intervals, sampled_values
from cahill.tracing.starts import draw_starts

Progress = Callable[[int, int], None]

# Refits need the cost to a part of its spread over samples, not to all digits.
_SETTINGS = replace(DEFAULTS, max_iterations=600, tolerance=1e-5)
_MOST_FAILED = 0.1  # part of the samples that may fail


@dataclass(frozen=True, eq=False)
class Bootstrap:
    """Fits of simulated data.

    Parameters
    ----------
    intervals : FluxIntervals
    theta : numpy.ndarray
        Parameters of each fit, shape (n, n_parameters).
    ssr : numpy.ndarray
        Sum of squares of each, shape (n,).
    failed : int
        Samples whose fits reached no minimum; they are left out.
    """

    intervals: FluxIntervals
    theta: np.ndarray
    ssr: np.ndarray
    failed: int


def bootstrap_fluxes(
    problem: FitProblem,
    theta: np.ndarray,
    wanted: Sequence[Target | Flux | str] | None = None,
    *,
    level: float = 0.95,
    samples: int = 200,
    restarts: int = 1,
    seed: int = 1,
    jobs: int = 1,
    cluster: str | None = None,
    progress: Progress | None = None,
) -> Bootstrap:
    """Return percentile intervals of fluxes from a parametric bootstrap.

    Parameters
    ----------
    problem : FitProblem
    theta : numpy.ndarray
        The best fit, shape (n_parameters,).
    wanted : sequence of Target, Flux or str, optional
        All net fluxes by default.
    level : float
    samples : int
        Simulated data sets; at least enough for one beyond each end.
    restarts : int
        Random starts of each refit besides the optimum.
    seed : int
        The same seed gives the same samples, whoever computes them.
    jobs : int
        Processes here; -1 for one per core.
    cluster : str, optional
        Address of a Dask scheduler instead.
    progress : callable, optional
        Called with (done, total).

    Raises
    ------
    InputError
        If the level is not between 0 and 1 or there are too few samples for it.
    ConvergenceError
        If more than a tenth of the refits reach no minimum.
    UnknownNameError
        If there is no such flux or pool.
    """
    check_level(level)
    least = int(np.ceil(2 / (1 - level)))
    if samples < least:
        raise InputError(
            f"samples: {samples} are too few for a level of {level:g}; at least {least}"
        )
    space = problem.space
    chosen = as_targets(problem.study, space, wanted)
    starts = np.empty((samples, 0, space.n_parameters))
    if restarts:
        starts = draw_starts(problem, samples * restarts, seed).reshape(samples, restarts, -1)
    seeds = np.random.SeedSequence(seed).spawn(samples)
    batch = [(problem, theta, more, one) for more, one in zip(starts, seeds)]
    found: list[tuple[np.ndarray, float] | None] = []
    for one in portions(_sample, batch, jobs, cluster):
        found.append(one)
        if progress is not None:
            progress(len(found), samples)
    kept = [one for one in found if one is not None]
    failed = samples - len(kept)
    if failed > _MOST_FAILED * samples:
        raise ConvergenceError(
            f"bootstrap: {failed} of {samples} refits reached no minimum; use profile intervals"
        )
    points = np.array([point for point, _ in kept])
    notes = (f"{failed} of {samples} refits reached no minimum and are left out",) * bool(failed)
    values = sampled_values(space, points, chosen)
    intervals = sample_intervals(space, theta, values, chosen, level, "bootstrap", notes)
    return Bootstrap(intervals, points, np.array([cost for _, cost in kept]), failed)


def with_noise(problem: FitProblem, theta: np.ndarray, rng: np.random.Generator) -> FitProblem:
    """Return the problem with data simulated at a point of the flux space, noise added.

    Free factors of measurements keep the values they have there.
    """
    state = problem.space.state(theta)
    labels = []
    for rows, predicted in zip(problem.labels, problem.predict(state)):
        factor = scaled_residuals.factors(
            predicted, rows.values, rows.weights, rows.starts, rows.free
        )
        exact = np.repeat(factor, np.diff(rows.starts)) * predicted
        sd = np.divide(1.0, rows.weights, out=np.zeros_like(exact), where=rows.weights > 0)
        labels.append(replace(rows, values=exact + sd * rng.standard_normal(len(exact))))
    linear = problem.linear
    every = np.concatenate([state.net, state.exchange, state.gross, state.pools])
    noise = linear.sd * rng.standard_normal(len(linear.sd))
    measured = replace(linear, values=linear.matrix @ every + noise)
    return replace(problem, labels=tuple(labels), linear=measured)


def _sample(
    problem: FitProblem, theta: np.ndarray, starts: np.ndarray, seed: np.random.SeedSequence
) -> tuple[np.ndarray, float] | None:
    """Return the best fit of one simulated data set, or None."""
    noisy = with_noise(problem, theta, np.random.default_rng(seed))
    ends = [refit(noisy, start, settings=_SETTINGS) for start in (theta, *starts)]
    reached = [end for end in ends if end.converged]
    if not reached:
        return None
    best = min(reached, key=lambda end: end.cost)
    return best.x, best.cost
