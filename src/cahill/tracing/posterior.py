"""Posterior of the fluxes: Markov chains on the polytope of the flux space.

The density is exp(-SSR/2) on the polytope with a prior that is uniform in its parameters: uniform
in net fluxes and mixture shares, log-uniform in exchange fluxes and pool sizes, between the assumed
limits of the flux space. Where data say nothing, the posterior says what the prior says.

Chains are hopsy's: coordinate hit-and-run with Gaussian steps. The coordinates are the principal
axes of the linearised posterior, then of what the chain itself has seen while it warms up.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from cahill.core.labelling import Flux
from cahill.errors import InputError
from cahill.numerics.crew import portions
from cahill.numerics.polytope import Polytope, centre, load_hopsy, nearest, uniform_points
from cahill.tracing.fit_problem import FitProblem
from cahill.tracing.intervals import FluxIntervals, Target, as_targets, check_level
from cahill.tracing.sample_intervals import sample_intervals, sampled_values

Progress = Callable[[int, int], None]

MIXED = 1.05
"""R-hat up to which chains count as mixed (Vehtari et al. 2021 ask for 1.01 of final results)."""
ENOUGH = 400
"""Effective samples from which the ends of intervals are stable (Vehtari et al. 2021)."""
_ROUNDS = 4  # of warming up, after each of which coordinates and steps are set anew
_ACCEPTED = 0.44  # share of one-dimensional steps to accept (Gelman, Roberts & Gilks 1996)
_STEP = 2.4  # first step, in standard deviations
_UNIFORM = 400  # points that show the shape of the polytope
_INSIDE = 1e-6  # part of the way to the centre by which starts stay off the faces


@dataclass(frozen=True, eq=False)
class Posterior:
    """Samples of the posterior.

    Parameters
    ----------
    intervals : FluxIntervals
        Equal-tailed credible intervals; the values are those of the fit.
    theta : numpy.ndarray
        Parameters, shape (chains, draws, n_parameters).
    ssr : numpy.ndarray
        Sum of squares, shape (chains, draws).
    mixing : pandas.DataFrame
        flux, kind, median, rhat, ess: how well chains agree on each, and how many independent
        samples they are worth.
    acceptance : float
        Share of steps accepted.
    likelihoods : int
        Times the density was evaluated in all.
    """

    intervals: FluxIntervals
    theta: np.ndarray
    ssr: np.ndarray
    mixing: pd.DataFrame
    acceptance: float
    likelihoods: int


class _Axes(NamedTuple):
    """Coordinates of a chain: theta = middle + axes @ y, and the length of its steps in y."""

    middle: np.ndarray
    axes: np.ndarray
    step: float


class _Chain(NamedTuple):
    """What a chain returns."""

    theta: np.ndarray
    ssr: np.ndarray
    acceptance: float


class _Density:
    """What hopsy asks for the density of."""

    def __init__(self, problem: FitProblem, axes: _Axes) -> None:
        self.residuals, self.axes = problem.residuals, axes

    def compute_negative_log_likelihood(self, y: np.ndarray) -> float:
        """Return half the sum of squares."""
        found = self.residuals(self.axes.middle + self.axes.axes @ y)
        return 0.5 * float(found @ found)


def sample_posterior(
    problem: FitProblem,
    theta: np.ndarray,
    wanted: Sequence[Target | Flux | str] | None = None,
    *,
    level: float = 0.95,
    draws: int = 1000,
    thinning: int | None = None,
    chains: int = 4,
    seed: int = 1,
    jobs: int = 1,
    cluster: str | None = None,
    progress: Progress | None = None,
) -> Posterior:
    """Sample the posterior and return credible intervals of fluxes.

    Parameters
    ----------
    problem : FitProblem
    theta : numpy.ndarray
        The best fit, near which chains start, shape (n_parameters,).
    wanted : sequence of Target, Flux or str, optional
        All net fluxes by default.
    level : float
        Credible level.
    draws : int
        Samples kept of each chain.
    thinning : int, optional
        Steps between them; ten for each parameter by default.
    chains : int
        Independent chains, at least 2.
    seed : int
        The same seed gives the same samples, whoever computes them.
    jobs : int
        Processes here; -1 for one per core.
    cluster : str, optional
        Address of a Dask scheduler instead.
    progress : callable, optional
        Called with (chains done, chains).

    Returns
    -------
    Posterior
        Chains that have not mixed are told in the notes of the intervals.

    Raises
    ------
    InputError
        If the level is not between 0 and 1, or there are too few chains or draws.
    UnknownNameError
        If there is no such flux or pool.
    """
    check_level(level)
    if chains < 2 or draws < 10:
        raise InputError(f"posterior: {chains} chains of {draws} draws; at least 2 chains of 10")
    space = problem.space
    chosen = as_targets(problem.study, space, wanted)
    steps = 10 * space.n_parameters if thinning is None else thinning
    first = _first_axes(problem, theta, seed)
    seeds = np.random.SeedSequence(seed).spawn(chains)
    batch = [(problem, first, draws, steps, one) for one in seeds]
    found: list[_Chain] = []
    for one in portions(_chain, batch, jobs, cluster):
        found.append(one)
        if progress is not None:
            progress(len(found), chains)
    points = np.array([one.theta for one in found])
    values = sampled_values(space, points.reshape(-1, space.n_parameters), chosen)
    mixing = _mixing(values.reshape(chains, draws, -1), chosen)
    return Posterior(
        intervals=sample_intervals(
            space, theta, values, chosen, level, "posterior", _doubts(mixing)
        ),
        theta=points,
        ssr=np.array([one.ssr for one in found]),
        mixing=mixing,
        acceptance=float(np.mean([one.acceptance for one in found])),
        likelihoods=chains * 2 * draws * steps,
    )


def _first_axes(problem: FitProblem, theta: np.ndarray, seed: int) -> _Axes:
    """Return the principal axes of the linearised posterior, cut to the size of the polytope."""
    space = problem.space
    jacobian = problem.linearised(theta)[1]
    spread = np.cov(uniform_points(space.polytope, _UNIFORM, seed).T).reshape(len(theta), -1)
    size = np.sqrt(np.diag(spread)) + 1e-9 * space.widths
    scaled = jacobian * size
    rough = np.linalg.inv(spread / np.outer(size, size) + 1e-6 * np.eye(len(size)))
    covariance = np.linalg.inv(scaled.T @ scaled + rough)
    return _Axes(theta, size[:, None] * _principal(covariance), _STEP)


def _principal(covariance: np.ndarray) -> np.ndarray:
    """Return principal axes of unit standard deviation, in columns."""
    variances, axes = np.linalg.eigh(covariance)
    return axes * np.sqrt(np.maximum(variances, 1e-12 * variances[-1]))


def _chain(
    problem: FitProblem, first: _Axes, draws: int, thinning: int, seed: np.random.SeedSequence
) -> _Chain:
    """Warm up, then sample; as many steps for each."""
    rng = np.random.default_rng(seed)
    point = _start(problem, first, rng)
    axes, warm = first, max(draws // _ROUNDS, 10)
    for _ in range(_ROUNDS):
        points, _, accepted = _run(problem, axes, point, warm, thinning, rng)
        point = points[-1]
        axes = _learned(axes, points, accepted)
    points, costs, accepted = _run(problem, axes, point, draws, thinning, rng)
    return _Chain(points, costs, accepted)


def _start(problem: FitProblem, first: _Axes, rng: np.random.Generator) -> np.ndarray:
    """Return a point of the linearised posterior inside the polytope."""
    polytope = problem.space.polytope
    wish = first.middle + first.axes @ rng.standard_normal(first.axes.shape[1])
    inside = nearest(polytope, wish, problem.space.widths)
    inside = first.middle if inside is None else inside
    return inside + _INSIDE * (centre(polytope)[0] - inside)


def _learned(axes: _Axes, points: np.ndarray, accepted: float) -> _Axes:
    """Return the coordinates that suit what a chain has seen, blended with those it had."""
    seen = np.linalg.lstsq(axes.axes, (points - points.mean(axis=0)).T, rcond=None)[0]
    count, n = points.shape
    share = count / (count + 5.0 * n)
    covariance = share * (seen @ seen.T / count) + (1 - share) * np.eye(n)
    step = axes.step * np.exp(accepted - _ACCEPTED)
    return _Axes(axes.middle, axes.axes @ _principal(covariance), float(step))


def _run(
    problem: FitProblem,
    axes: _Axes,
    start: np.ndarray,
    draws: int,
    thinning: int,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray, float]:
    """Return points, sums of squares and acceptance of a stretch of a chain."""
    hopsy = load_hopsy()

    space = problem.space.polytope
    inner = Polytope(space.matrix @ axes.axes, space.slack(axes.middle))
    target = hopsy.core.Problem(inner.matrix, inner.bound, _Density(problem, axes))
    chain = hopsy.MarkovChain(
        target,
        proposal=hopsy.core.GaussianCoordinateHitAndRunProposal,
        starting_point=np.linalg.solve(axes.axes, start - axes.middle),
    )
    chain.proposal.stepsize = axes.step
    generator = hopsy.core.RandomNumberGenerator(int(rng.integers(2**31)))
    meta: Any
    meta, states = hopsy.sample(  # pyright: ignore[reportGeneralTypeIssues]
        chain,
        generator,
        n_samples=draws,
        thinning=thinning,
        record_meta=["acceptance_rate", "state_negative_log_likelihood"],
    )
    costs = 2 * np.asarray(meta["state_negative_log_likelihood"], dtype=float).reshape(-1)
    accepted = float(np.ravel(meta["acceptance_rate"])[-1])
    return axes.middle + np.asarray(states)[0] @ axes.axes.T, costs, accepted


def _mixing(values: np.ndarray, chosen: Sequence[Target]) -> pd.DataFrame:
    """Return median, R-hat and effective sample size of each target (rank-normalised)."""
    import arviz

    rows = []
    for k, target in enumerate(chosen):
        column = values[:, :, k]
        constant = np.ptp(column) <= 1e-12 * np.max(np.abs(column), initial=0.0)
        rhat = 1.0 if constant else float(arviz.rhat(column))
        ess = float(column.size) if constant else float(arviz.ess(column))
        rows.append((target.name, target.kind, float(np.median(column)), rhat, ess))
    return pd.DataFrame(rows, columns=["flux", "kind", "median", "rhat", "ess"])


def _doubts(mixing: pd.DataFrame) -> tuple[str, ...]:
    """Return what to doubt of the chains."""
    poor = mixing[(mixing["rhat"] > MIXED) | (mixing["ess"] < ENOUGH)]
    if poor.empty:
        return ()
    worst = mixing.iloc[int(mixing["rhat"].argmax())]
    return (
        f"chains have not mixed for {len(poor)} of {len(mixing)} fluxes (largest R-hat "
        f"{worst['rhat']:.3g}, {worst['flux']} {worst['kind']}; fewest effective samples "
        f"{mixing['ess'].min():.0f}); draw more before trusting their intervals",
    )
