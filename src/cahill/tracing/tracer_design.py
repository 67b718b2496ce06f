"""Which tracer, mixture or sampling times would make a flux known best.

At a flux state the Fisher information of an experiment is J'J, J the derivative of what it measures
over its errors; its inverse bounds the covariance of any unbiased estimate (Cramer & Rao; for
tracers Moellney, Wiechert, Kownatzki & de Graaf 1999). Since the state is what one does not know,
every design is judged at several, and the spread over them is told. An interval is predicted, not
promised: it is the linear one. The flux space itself counts as a little information, that of a
uniform distribution over the range of each parameter, so that what an experiment leaves open has a
finite error, too.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.optimize import minimize

from cahill.core.labelling import Flux, TracingStudy
from cahill.errors import InputError
from cahill.numerics.crew import portions
from cahill.results.provenance import Provenance
from cahill.tracing.fit_problem import FitProblem, fit_problem
from cahill.tracing.flux_space import FluxSpace, FluxState, flux_space
from cahill.tracing.intervals import (
    Target,
    as_targets,
    reach,
    target_gradients,
    target_values,
)
from cahill.tracing.starts import draw_starts
from cahill.tracing.tracer_candidates import Candidate, applied
from cahill.tracing.tracer_ranking import TracerDesign

Progress = Callable[[int, int], None]

PRESENT = "as in the study"
"""Name of the design that the study has."""
_FLAT = 12**-0.5  # standard deviation of a uniform distribution, of its width
_LEARNED = (
    0.5  # error, relative to that without an experiment, from which a flux counts as determined
)
_PURE = 4.0  # first corners of that search: a form e^4 times as much as each other
_EVALUATIONS = 60  # of the search for a mixture, for each tracer in it


class _Judged(NamedTuple):
    """Standard errors that a design promises, shape (points, targets), and what is determined."""

    name: str
    sd: np.ndarray
    determined: np.ndarray


def design_tracer(
    study: TracingStudy,
    wanted: Sequence[Target | Flux | str],
    candidates: Sequence[Candidate],
    *,
    points: np.ndarray | None = None,
    random: int = 10,
    parallel: bool = False,
    seed: int = 1,
    jobs: int = 1,
    cluster: str | None = None,
    progress: Progress | None = None,
    provenance: Provenance | None = None,
) -> TracerDesign:
    """Rank designs by how well they would determine fluxes.

    Parameters
    ----------
    study : TracingStudy
        Its measurements say what is measured with which errors; measured values of labels are not
        used. Measured fluxes and pools count as measured again.
    wanted : sequence of Target, Flux or str
        Fluxes or pools asked for.
    candidates : sequence of Candidate
        See `tracer_candidates`. Each is judged in place of every experiment of the study.
    points : numpy.ndarray, optional
        Flux states to judge at: parameters of the study's flux space (a fit's `theta`, or
        samples of a posterior), shape (n, n_parameters) or (n_parameters,). By default the study's
        point if it has one, else random states.
    random : int
        Random states if there is nothing else.
    parallel : bool
        Judge each candidate as one more experiment beside those of the study.
    seed : int
        Of the random states.
    jobs, cluster, progress
        As `fit_fluxes`; progress counts designs.
    provenance : Provenance, optional

    Returns
    -------
    TracerDesign

    Raises
    ------
    InputError
        If there are no fluxes, candidates or label measurements, or a candidate does not fit.
    UnknownNameError
        If there is no such flux or pool.
    """
    names = [one.name for one in candidates]
    if not wanted or not candidates or len(set(names)) < len(names):
        raise InputError("design: give fluxes, and candidates with different names")
    if not any(experiment.labels for experiment in study.experiments):
        raise InputError(f'study "{study.name}" measures no label; say what would be measured')
    space = flux_space(study)
    chosen = as_targets(study, space, wanted)
    states = _states(study, space, points, random, seed)
    batch = [(study, candidate, states, chosen, parallel) for candidate in (None, *candidates)]
    judged: list[_Judged] = []
    for one in portions(_judge, batch, jobs, cluster):
        judged.append(one)
        if progress is not None:
            progress(len(judged), len(batch))
    return TracerDesign(
        study=study,
        frame=_table(judged, chosen),
        n_points=len(states),
        parallel=parallel,
        provenance=provenance,
    )


def best_mixture(
    study: TracingStudy,
    wanted: Sequence[Target | Flux | str],
    forms: Sequence[Candidate],
    *,
    points: np.ndarray | None = None,
    random: int = 5,
    parallel: bool = False,
    seed: int = 1,
) -> Candidate:
    """Return the mixture of tracers of one species that determines fluxes best.

    The shares are found by Nelder and Mead's simplex method on the logarithm of the standard errors
    (their mean over fluxes, the median over points); a local optimum.

    Parameters
    ----------
    study, wanted, points, random, parallel, seed
        As `design_tracer`.
    forms : sequence of Candidate
        What is mixed: at least two, each with one feed of the same species, of one form.

    Raises
    ------
    InputError, UnknownNameError
        As `design_tracer`, or if the forms cannot be mixed.
    """
    feeds = [one.feeds[0] for one in forms if len(one.feeds) == 1]
    if len(feeds) != len(forms) or len(forms) < 2 or len({feed.species for feed in feeds}) != 1:
        raise InputError("mixture: give two or more labelled forms of one species")
    space = flux_space(study)
    chosen = as_targets(study, space, wanted)
    states = _states(study, space, points, random, seed)

    def mixed(free: np.ndarray) -> Candidate:
        shares = np.exp(free - free.max())
        shares = shares / shares.sum()
        tracers = tuple(
            replace(tracer, fraction=float(share) * tracer.fraction)
            for share, feed in zip(shares, feeds)
            for tracer in feed.tracers
        )
        parts = (
            f"{100 * share:.0f}% {one.name.partition('=')[2].strip() or one.name}"
            for share, one in zip(shares, forms)
            if share >= 0.005
        )
        name = f"{feeds[0].species}={' + '.join(parts)}"
        return Candidate(name, (replace(feeds[0], tracers=tracers),))

    def score(free: np.ndarray) -> float:
        judged = _judge(study, mixed(free), states, chosen, parallel)
        return float(_scores(judged))

    corners = np.vstack([np.zeros(len(forms)), _PURE * np.eye(len(forms))])
    found = minimize(
        score,
        corners[0],
        method="Nelder-Mead",
        options={
            "maxfev": _EVALUATIONS * len(forms),
            "xatol": 0.05,
            "fatol": 1e-3,
            "initial_simplex": corners,
        },
    )
    return mixed(found.x)


def _states(
    study: TracingStudy, space: FluxSpace, points: np.ndarray | None, random: int, seed: int
) -> list[FluxState]:
    """Return the flux states to judge at."""
    if points is not None:
        return [space.state(theta) for theta in np.atleast_2d(points)]
    if study.point.net:
        return [space.complete(study.point)]
    problem = fit_problem(_planned(study), space)
    return [space.state(theta) for theta in draw_starts(problem, random, seed, screened=1)]


def _planned(study: TracingStudy) -> TracingStudy:
    """Return the study with a number for every label value that has an error."""
    experiments = []
    for experiment in study.experiments:
        labels = [
            replace(label, values=np.where(label.sd > 0, 0.0, np.nan))
            for label in experiment.labels
        ]
        experiments.append(replace(experiment, labels=tuple(labels)))
    return replace(study, experiments=tuple(experiments))


def _designed(study: TracingStudy, candidate: Candidate | None, parallel: bool) -> TracingStudy:
    """Return the study as it would be with a candidate; as it is without one."""
    if candidate is None:
        return study
    changed = tuple(
        applied(one, candidate, f"{one.name} {candidate.name}" if parallel else None)
        for one in study.experiments[: 1 if parallel else None]
    )
    return replace(study, experiments=(*study.experiments, *changed) if parallel else changed)


def _judge(
    study: TracingStudy,
    candidate: Candidate | None,
    states: Sequence[FluxState],
    chosen: Sequence[Target],
    parallel: bool,
) -> _Judged:
    """Return what a design promises at every state."""
    designed = _planned(_designed(study, candidate, parallel))
    space = flux_space(designed)
    problem = fit_problem(designed, space)
    prior = _prior(space)
    found = [_standard_errors(problem, state, chosen, prior) for state in states]
    sd, without = (np.array(part) for part in zip(*found))
    name = PRESENT if candidate is None else candidate.name
    return _Judged(name, sd, sd <= _LEARNED * without)


def _standard_errors(
    problem: FitProblem, state: FluxState, chosen: Sequence[Target], prior: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return linear standard errors at a state, with the experiment and without it.

    Of exchange fluxes and pools relative to their size.
    """
    space = problem.space
    theta = space.theta(_with_shares(space, state))
    here = space.state(theta)
    predicted = problem.predict(here)
    labels = tuple(replace(rows, values=v) for rows, v in zip(problem.labels, predicted))
    _, jacobian = replace(problem, labels=labels).linearised(theta)
    values = target_values(space, here, chosen)
    relative = np.array([target.logarithmic for target in chosen])
    size = np.where(relative & (values > 0), values, 1.0)
    gradients = target_gradients(space, here, chosen) / size[:, None] * prior
    # Singular values rather than J'J: they keep what is known ten thousand times better.
    _, sizes, span = np.linalg.svd(jacobian * prior, full_matrices=True)
    spread = np.ones(len(prior))
    spread[: len(sizes)] = 1 / np.hypot(sizes, 1.0)
    errors = np.linalg.norm(gradients @ span.T * spread, axis=1)
    return errors, np.linalg.norm(gradients, axis=1)


def _prior(space: FluxSpace) -> np.ndarray:
    """Return the standard deviation of each parameter if only its range is known."""
    ends = [reach(space, row, 0.0) for row in np.eye(space.n_parameters)]
    return _FLAT * np.array([end.high - end.low for end in ends])


def _with_shares(space: FluxSpace, state: FluxState) -> FluxState:
    """Return the state with even shares for mixtures that the study did not have."""
    if len(state.shares) == len(space.shares):
        return state
    mixtures = [member[:2] for member in space.shares]
    even = np.array([1.0 / mixtures.count(mixture) for mixture in mixtures])
    even[: len(state.shares)] = state.shares
    return replace(state, shares=even)


def _scores(judged: _Judged) -> float:
    """Return the mean over fluxes of the median over points of the logarithm of the errors."""
    with np.errstate(divide="ignore"):
        logs = np.log(np.maximum(judged.sd, 1e-12))
    return float(np.mean(np.median(logs, axis=0)))


def _table(judged: Sequence[_Judged], chosen: Sequence[Target]) -> pd.DataFrame:
    scores = {one.name: _scores(one) for one in judged}
    present = scores[PRESENT]
    order = sorted(judged, key=lambda one: scores[one.name])
    rows = []
    for rank, one in enumerate(order, 1):
        low, middle, high = np.quantile(one.sd, [0.1, 0.5, 0.9], axis=0)
        for k, target in enumerate(chosen):
            rows.append(
                {
                    "rank": rank,
                    "design": one.name,
                    "flux": target.name,
                    "kind": target.kind,
                    "sd": middle[k],
                    "sd_low": low[k],
                    "sd_high": high[k],
                    "determined": float(one.determined[:, k].mean()),
                    "against_present": float(np.exp(scores[one.name] - present)),
                }
            )
    return pd.DataFrame(rows)
