"""Fit the fluxes of a study and say how sure they are: the fit, then the intervals."""

from collections.abc import Callable, Sequence
from typing import TypedDict

import numpy as np
import pandas as pd

from cahill.core.labelling import TracingStudy
from cahill.results.provenance import Provenance
from cahill.tracing.bootstrap import bootstrap_fluxes
from cahill.tracing.flux_estimates import FluxEstimates, improved
from cahill.tracing.flux_fit import FluxFit, fit_fluxes
from cahill.tracing.flux_space import flux_space
from cahill.tracing.intervals import Method, Target, as_targets, check_level
from cahill.tracing.linear_intervals import linear_intervals
from cahill.tracing.posterior import sample_posterior
from cahill.tracing.profile import profile_fluxes

Progress = Callable[[int, int], None]

_APART = 0.01  # sums of squares closer than this count as one minimum


class _Crew(TypedDict):
    """Who computes, and whom to tell."""

    jobs: int
    cluster: str | None
    progress: Progress | None


def estimate_fluxes(
    study: TracingStudy,
    *,
    starts: int = 20,
    seed: int = 1,
    intervals: Method = "profile",
    level: float = 0.95,
    wanted: Sequence[str] = (),
    jobs: int = 1,
    cluster: str | None = None,
    progress: Progress | None = None,
    provenance: Provenance | None = None,
) -> FluxEstimates:
    """Fit fluxes and compute their intervals.

    Parameters
    ----------
    study : TracingStudy
        Network, measurements and constraints.
    starts : int
        Number of starting points of the fit.
    seed : int
        Of starts, bootstrap and posterior.
    intervals : {"profile", "linear", "bootstrap", "posterior"}
        How intervals are made.
    level : float
        Their level.
    wanted : sequence of str
        Whose intervals are wanted: "ALT" is the net flux of a reaction, "ALT exchange" the exchange
        flux of a step, "Ala" the size of a pool; all net fluxes by default.
    jobs : int
        Processes on this machine; -1 takes all cores.
    cluster : str, optional
        Address of a Dask scheduler instead.
    progress : callable, optional
        Called with (done, total), of the fit and then of the intervals.
    provenance : Provenance, optional

    Returns
    -------
    FluxEstimates
        If a profile led to a better fit, that fit.

    Raises
    ------
    InputError, ModelError, ConvergenceError, UnknownNameError
        As `fit_fluxes` and the intervals raise them; names are checked before anything is fitted.
    """
    check_level(level)
    asked = [_target(study, name) for name in wanted]
    chosen = as_targets(study, flux_space(study), asked or None)
    crew: _Crew = {"jobs": jobs, "cluster": cluster, "progress": progress}
    fit = fit_fluxes(study, starts=starts, seed=seed, **crew)
    curves = pd.DataFrame()
    if intervals == "linear":
        ends = linear_intervals(fit.problem, fit.theta, chosen, level=level)
    elif intervals == "profile":
        others = _other_minima(fit)
        found = profile_fluxes(fit.problem, fit.theta, chosen, level=level, others=others, **crew)
        ends, curves = found.intervals, found.curves
        if found.improved:
            fit = improved(fit, found.theta, found.ssr)
    else:
        sample = bootstrap_fluxes if intervals == "bootstrap" else sample_posterior
        ends = sample(fit.problem, fit.theta, chosen, level=level, seed=seed, **crew).intervals
    return FluxEstimates(
        fit=fit,
        intervals=ends,
        curves=curves,
        asked=tuple(map(str, chosen)) if wanted else (),
        notes=fit.notes,
        provenance=provenance,
    )


def _target(study: TracingStudy, name: str) -> Target | str:
    """Return what a name stands for; tables write "ALT_exchange"."""
    for mark in (" exchange", "_exchange"):
        if name.endswith(mark) and name not in study.network.reactions:
            return Target(name.removesuffix(mark), "exchange")
    return name


def _other_minima(fit: FluxFit) -> np.ndarray:
    """Return one end of the searches for each sum of squares above the least."""
    reached = fit.starts["converged"].to_numpy(bool)
    costs = fit.starts["ssr"].to_numpy(float)
    kept: list[int] = []
    for k in np.argsort(costs):
        last = costs[kept[-1]] if kept else fit.ssr
        if reached[k] and costs[k] > last + _APART:
            kept.append(int(k))
    return fit.ends[kept]
