"""Fit fluxes, pool sizes and mixture shares to a labelling study by multi-start least squares."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cahill.core.labelling import TracingStudy
from cahill.errors import ConvergenceError, InputError
from cahill.numerics.crew import portions
from cahill.numerics.least_squares import End
from cahill.results.base import Result
from cahill.results.provenance import Provenance
from cahill.results.residual_plot import residual_plot
from cahill.tracing.fit_problem import FitProblem, fit_problem, refit
from cahill.tracing.fit_values import fitted_fluxes, fitted_labels, fitted_linear
from cahill.tracing.flux_space import NET_CAP, FluxState, flux_space
from cahill.tracing.flux_space_balances import NET_BOUND
from cahill.tracing.goodness import (
    ChiSquare,
    Identifiability,
    chi_square,
    identifiability,
    in_words,
    simple_basis,
)
from cahill.tracing.starts import draw_starts

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Progress = Callable[[int, int], None]

SAME = 0.01  # part of the least sum of squares within which an end counts as the same minimum
CLOSE = 1.0  # sum of squares that never matters: one value off by one standard error


@dataclass(frozen=True, kw_only=True, eq=False)
class FluxFit(Result):
    """Fluxes fitted to a study.

    Attributes
    ----------
    problem : FitProblem
        Study, flux space and measurements.
    theta : numpy.ndarray
        The best parameters found, shape (n_parameters,).
    ssr : float
        Weighted sum of squared residuals there.
    starts : pandas.DataFrame
        start, ssr, iterations, reason (why the search ended), converged, best (same minimum as the
        best), seconds.
    ends : numpy.ndarray
        Parameters at the end of each search, shape (n_starts, n_parameters).
    """

    problem: FitProblem
    theta: np.ndarray
    ssr: float
    starts: pd.DataFrame
    ends: np.ndarray

    @property
    def study(self) -> TracingStudy:
        """What was fitted."""
        return self.problem.study

    @cached_property
    def state(self) -> FluxState:
        """The fitted flux state."""
        return self.problem.space.state(self.theta)

    @cached_property
    def identifiability(self) -> Identifiability:
        """What the data say about each direction at the optimum."""
        space = self.problem.space
        _, jacobian = self.problem.linearised(self.theta)
        return identifiability(jacobian, space.polytope, self.theta, space.widths)

    @property
    def degrees(self) -> int:
        """Degrees of freedom: values less what the data determine and the free factors."""
        problem = self.problem
        return problem.n_independent - self.identifiability.rank

    @property
    def chi_square(self) -> ChiSquare:
        """The sum of squares against what the errors would give."""
        return chi_square(self.ssr, self.degrees)

    @property
    def title(self) -> str:
        """Heading of the report."""
        return f"Fluxes: {self.study.name}"

    def summary(self) -> str:
        """Return how good the fit is, and how sure its minimum, in one sentence."""
        found = int(self.starts["best"].sum())
        return (
            f"{self.study.name}: {self.problem.n_values} values, "
            f"{self.identifiability.rank} of {self.problem.space.n_parameters} parameters "
            f"determined, {self.degrees} degrees of freedom; fit {self.chi_square.verdict}; "
            f"{found} of {len(self.starts)} starts reached this minimum."
        )

    def to_frame(self) -> pd.DataFrame:
        """Return every flux: flux, kind (net, exchange, pool, share), value, sd, determined, limit.

        See `fitted_fluxes`.
        """
        return self._fluxes

    @cached_property
    def _fluxes(self) -> pd.DataFrame:
        return fitted_fluxes(self.problem.space, self.state, self.identifiability)

    def labels(self) -> pd.DataFrame:
        """Return experiment, measurement, molecule, time, channel, measured, sd, fitted, residual.

        Fitted values carry the free factor of their measurement; residuals are in standard errors.
        """
        return fitted_labels(self.problem, self.state)

    def measured_fluxes(self) -> pd.DataFrame:
        """Return name, kind (flux or pool), measured, sd, fitted, residual of fluxes and pools."""
        return fitted_linear(self.problem, self.state)

    def residuals(self) -> pd.DataFrame:
        """Return every residual, in standard errors: measurement, channel, residual."""
        labels = self.labels().dropna(subset=["residual"])
        linear = self.measured_fluxes()
        rows = [
            labels[["measurement", "channel", "residual"]],
            linear.rename(columns={"name": "channel"}).assign(
                measurement="measured " + linear["kind"]
            )[["measurement", "channel", "residual"]],
        ]
        return pd.concat([part for part in rows if len(part)], ignore_index=True)

    def undetermined(self) -> tuple[str, ...]:
        """Return, a sentence each, the combinations of parameters that the data leave open."""
        known, space = self.identifiability, self.problem.space
        unseen = simple_basis(known.directions[:, known.rank :] / space.widths[:, None])
        names = tuple(str(parameter) for parameter in space.parameters)
        return tuple(in_words(direction, names) for direction in unseen.T)

    def limits(self) -> tuple[str, ...]:
        """Return the limits of the flux space that hold at the optimum."""
        return tuple(self.problem.space.row_names[row] for row in self.identifiability.touched)

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return fluxes, labels, measured fluxes and starts."""
        return {
            "fluxes": self.to_frame(),
            "labels": self.labels(),
            "measured-fluxes": self.measured_fluxes(),
            "starts": self.starts,
        }

    def plot(self) -> "Figure":
        """Return the residuals by measurement."""
        return residual_plot(self.residuals())


def fit_fluxes(
    study: TracingStudy,
    *,
    starts: int = 20,
    seed: int = 1,
    jobs: int = 1,
    cluster: str | None = None,
    progress: Progress | None = None,
    provenance: Provenance | None = None,
) -> FluxFit:
    """Fit the fluxes of a study.

    Weighted least squares from many starts spread over the flux space, exact derivatives,
    constraints kept throughout; unknown factors of measurements by variable projection.

    Parameters
    ----------
    study : TracingStudy
        Network, measurements and constraints.
    starts : int
        Number of starting points, at least 1.
    seed : int
        The same seed draws the same starting points.
    jobs : int
        Processes on this machine; -1 takes all cores.
    cluster : str, optional
        Address of a Dask scheduler instead.
    progress : callable, optional
        Called with (starts done, starts).
    provenance : Provenance, optional

    Returns
    -------
    FluxFit

    Raises
    ------
    InputError
        If nothing is measured, or there are fewer measured values than free net fluxes.
    ModelError
        If balances and constraints contradict each other.
    ConvergenceError
        If no start reaches a minimum; the message says how each ended.
    """
    if starts < 1:
        raise InputError(f"starts: {starts} is too few; at least 1")
    space = flux_space(study)
    problem = fit_problem(study, space)
    _require_enough(problem)
    drawn = draw_starts(problem, starts, seed)
    ends: list[tuple[End, float]] = []
    for end in portions(_search, [(problem, theta) for theta in drawn], jobs, cluster):
        ends.append(end)
        if progress:
            progress(len(ends), starts)
    return _best(problem, ends, provenance)


def _search(problem: FitProblem, theta: np.ndarray) -> tuple[End, float]:
    began = time.perf_counter()
    end = refit(problem, theta)
    return end, time.perf_counter() - began


def _require_enough(problem: FitProblem) -> None:
    free = len(problem.space.of_kind("net"))
    if problem.n_values < free:
        raise InputError(
            f"{problem.study.name}: {problem.n_values} measured values cannot determine {free} "
            "free net fluxes; measure more, or add constraints"
        )


def _best(
    problem: FitProblem, ends: list[tuple[End, float]], provenance: Provenance | None
) -> FluxFit:
    costs = np.array([end.cost for end, _ in ends])
    reached = np.array([end.converged for end, _ in ends])
    if not reached.any():
        told = "; ".join(f"start {k}: {end.reason}" for k, (end, _) in enumerate(ends, 1))
        raise ConvergenceError(f"{problem.study.name}: no start reached a minimum ({told})")
    least = float(costs[reached].min())
    best = int(np.flatnonzero(reached & (costs == least))[0])
    table = pd.DataFrame(
        {
            "start": np.arange(1, len(ends) + 1),
            "ssr": costs,
            "iterations": [end.iterations for end, _ in ends],
            "reason": [end.reason for end, _ in ends],
            "converged": reached,
            "best": costs <= least + max(SAME * least, CLOSE),
            "seconds": [seconds for _, seconds in ends],
        }
    )
    notes = [*problem.study.notes, *_doubts(problem, ends[best][0].x)]
    lower = costs[~reached & (costs < least - max(SAME * least, CLOSE))]
    if len(lower):
        notes.append(
            f"{len(lower)} searches that did not end in a minimum came lower than the fit "
            f"reported (SSR {lower.min():.4g}); give more starts."
        )
    return FluxFit(
        problem=problem,
        theta=ends[best][0].x,
        ssr=least,
        starts=table,
        ends=np.array([end.x for end, _ in ends]),
        notes=tuple(notes),
        provenance=provenance,
    )


def _doubts(problem: FitProblem, theta: np.ndarray) -> list[str]:
    """Return notes on too few values, and on net fluxes that rest on assumed bounds."""
    space, found = problem.space, []
    if problem.n_independent < space.n_parameters:
        found.append(
            f"{problem.n_independent} independent values cannot determine {space.n_parameters} "
            "parameters; what they leave open is listed."
        )
    near = space.polytope.slack(theta) <= 1e-6 * space.scale
    names = [space.row_names[row] for row in np.flatnonzero(near)]
    bounded = [name.removeprefix(NET_BOUND) for name in names if name.startswith(NET_BOUND)]
    if bounded:
        found.append(
            f"Nothing measured limits the net flux of {', '.join(bounded)}; it lies at the assumed "
            f"bound of {NET_CAP * space.scale:.3g}."
        )
    return found
