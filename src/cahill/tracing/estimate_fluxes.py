"""Fit the fluxes of a study and say how sure they are: the fit, then the intervals."""

from collections.abc import Callable, Sequence

import pandas as pd

from cahill.core.labelling import TracingStudy
from cahill.results.provenance import Provenance
from cahill.tracing.flux_estimates import FluxEstimates, improved
from cahill.tracing.flux_fit import fit_fluxes
from cahill.tracing.flux_space import flux_space
from cahill.tracing.intervals import Method, as_targets, check_level
from cahill.tracing.linear_intervals import linear_intervals
from cahill.tracing.profile import profile_fluxes

Progress = Callable[[int, int], None]


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
        Reactions (net flux) and pools whose intervals are wanted; all net fluxes by default.
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
    space = flux_space(study)
    as_targets(study, space, list(wanted) or None)
    fit = fit_fluxes(study, starts=starts, seed=seed, jobs=jobs, cluster=cluster, progress=progress)
    curves = pd.DataFrame()
    chosen = list(wanted) or None
    if intervals == "linear":
        ends = linear_intervals(fit.problem, fit.theta, chosen, level=level)
    else:
        profiles = profile_fluxes(
            fit.problem,
            fit.theta,
            chosen,
            level=level,
            jobs=jobs,
            cluster=cluster,
            progress=progress,
        )
        ends, curves = profiles.intervals, profiles.curves
        if profiles.improved:
            fit = improved(fit, profiles.theta, profiles.ssr)
    return FluxEstimates(
        fit=fit,
        intervals=ends,
        curves=curves,
        asked=tuple(wanted),
        notes=fit.notes,
        provenance=provenance,
    )
