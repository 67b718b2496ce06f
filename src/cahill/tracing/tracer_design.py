"""Which tracer, mixture or sampling times would make a flux known best.

Since the flux state is what one does not know, every design is judged at several, and the spread
over them is told. An interval is predicted, not promised: it is the linear one (`design_errors`).
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy.optimize import minimize

from cahill.core.labelling import Flux, TracingStudy
from cahill.errors import InputError
from cahill.numerics.crew import portions, single_threaded
from cahill.results.provenance import Provenance
from cahill.tracing.design_errors import PRESENT, Promise, bench, flux_states, judge
from cahill.tracing.flux_space import flux_space
from cahill.tracing.intervals import Target, as_targets
from cahill.tracing.tracer_candidates import Candidate
from cahill.tracing.tracer_ranking import TracerDesign

Progress = Callable[[int, int], None]

_PURE = 4.0  # first corners of that search: a form e^4 times as much as each other
_EVALUATIONS = 60  # of the search for a mixture, for each tracer in it


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
    states = flux_states(study, space, points, random, seed)
    benches = {one.times: bench(study, one, parallel) for one in _one_of_each(candidates)}
    batch = [(bench(study, None, parallel), study, None, states, chosen, parallel)]
    batch += [(benches[one.times], study, one, states, chosen, parallel) for one in candidates]
    judged: list[Promise] = []
    for one in portions(judge, batch, jobs, cluster):
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
    states = flux_states(study, space, points, random, seed)
    here = bench(study, forms[0], parallel)

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
        return single_threaded(judge, here, study, mixed(free), states, chosen, parallel).score

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


def _one_of_each(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Return one candidate for each choice of sampling times."""
    return list({one.times: one for one in candidates}.values())


def _table(judged: Sequence[Promise], chosen: Sequence[Target]) -> pd.DataFrame:
    present = next(one.score for one in judged if one.name == PRESENT)
    order = sorted(judged, key=lambda one: one.score)
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
                    "against_present": float(np.exp(one.score - present)),
                }
            )
    return pd.DataFrame(rows)
