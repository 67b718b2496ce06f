"""Standard errors that an experiment promises, at given flux states.

The Fisher information of an experiment is J'J, J the derivative of what it measures over its
errors; its inverse bounds the covariance of any unbiased estimate (Cramer & Rao; for tracers
Moellney, Wiechert, Kownatzki & de Graaf 1999). The flux space itself counts as a little
information, that of a uniform distribution over the range of each parameter, so that what an
experiment leaves open has a finite error, too.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from cahill.core.labelling import Experiment, TracingStudy
from cahill.core.network import Network
from cahill.tracing.feeds import feed_inputs
from cahill.tracing.fit_problem import FitProblem, fit_problem
from cahill.tracing.flux_space import FluxSpace, FluxState, flux_space
from cahill.tracing.intervals import Target, reach, target_gradients, target_values
from cahill.tracing.label_model import LabelModel, label_model
from cahill.tracing.starts import draw_starts
from cahill.tracing.tracer_candidates import Candidate, applied

PRESENT = "as in the study"
"""Name of the design that the study has."""
_FLAT = 12**-0.5  # standard deviation of a uniform distribution, of its width
_LEARNED = 0.5  # error, relative to that without an experiment, from which a flux is determined


class Bench(NamedTuple):
    """What designs that differ in their feeds alone have in common.

    Attributes
    ----------
    problem : FitProblem
        Measurements with their errors; values do not matter.
    prior : numpy.ndarray
        Standard deviation of each parameter if only its range is known.
    """

    problem: FitProblem
    prior: np.ndarray


class Promise(NamedTuple):
    """Standard errors that a design promises, shape (states, targets), and what it determines."""

    name: str
    sd: np.ndarray
    determined: np.ndarray

    @property
    def score(self) -> float:
        """Mean over targets of the median over states of the logarithm of the errors."""
        return float(np.mean(np.median(np.log(np.maximum(self.sd, 1e-12)), axis=0)))


def bench(study: TracingStudy, candidate: Candidate | None, parallel: bool) -> Bench:
    """Return what all designs share that sample when a candidate does.

    Parameters
    ----------
    study : TracingStudy
    candidate : Candidate or None
        None for the study as it is.
    parallel : bool
        Whether the candidate is one more experiment beside those of the study.
    """
    designed = planned(_designed(study, candidate, parallel))
    space = flux_space(designed)
    return Bench(fit_problem(designed, space), _prior(space))


def judge(
    here: Bench,
    study: TracingStudy,
    candidate: Candidate | None,
    states: Sequence[FluxState],
    chosen: Sequence[Target],
    parallel: bool,
) -> Promise:
    """Return what a design promises at every state.

    Parameters
    ----------
    here : Bench
        Of a candidate with the same times.
    study : TracingStudy
    candidate : Candidate or None
    states : sequence of FluxState
        In the flux space of the study.
    chosen : sequence of Target
    parallel : bool
        As for the bench.
    """
    problem = here.problem
    experiments = _designed(study, candidate, parallel).experiments
    labels = tuple(
        replace(rows, model=_fed(rows.model, study.network, one))
        for rows, one in zip(problem.labels, experiments)
    )
    problem = replace(problem, labels=labels)
    found = [_standard_errors(problem, state, chosen, here.prior) for state in states]
    sd, without = (np.array(part) for part in zip(*found))
    return Promise(PRESENT if candidate is None else candidate.name, sd, sd <= _LEARNED * without)


def flux_states(
    study: TracingStudy, space: FluxSpace, points: np.ndarray | None, random: int, seed: int
) -> list[FluxState]:
    """Return the states to judge at: those given, else the study's point, else random ones."""
    if points is not None:
        return [space.state(theta) for theta in np.atleast_2d(points)]
    if study.point.net:
        return [space.complete(study.point)]
    problem = fit_problem(planned(study), space)
    return [space.state(theta) for theta in draw_starts(problem, random, seed, screened=1)]


def planned(study: TracingStudy) -> TracingStudy:
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
    if not parallel:
        changed = tuple(applied(one, candidate) for one in study.experiments)
        return replace(study, experiments=changed)
    first = study.experiments[0]
    more = applied(first, candidate, f"{first.name} (new)")
    return replace(study, experiments=(*study.experiments, more))


def _fed(model: LabelModel, network: Network, experiment: Experiment) -> LabelModel:
    """Return a label model with other feeds; at steady state nothing is compiled again."""
    if experiment.feeds == model.experiment.feeds:
        return model
    changed = replace(model.experiment, feeds=experiment.feeds)
    if not experiment.stationary:
        return label_model(network, changed)
    inputs = feed_inputs(network, changed, model.cascade.inputs)
    return replace(model, experiment=changed, inputs=inputs)


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
    _, sizes, span = np.linalg.svd(_square(jacobian * prior))
    spread = np.ones(len(prior))
    spread[: len(sizes)] = 1 / np.hypot(sizes, 1.0)
    errors = np.linalg.norm(gradients @ span.T * spread, axis=1)
    return errors, np.linalg.norm(gradients, axis=1)


def _square(matrix: np.ndarray) -> np.ndarray:
    """Return a smaller matrix with the same singular values and right vectors, if it is tall."""
    return np.asarray(np.linalg.qr(matrix, mode="r") if len(matrix) > matrix.shape[1] else matrix)


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
