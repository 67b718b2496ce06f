"""The weighted residuals of a study as a function of its flux parameters, with exact derivatives.

Values stand in the order: labels (experiment, measurement, time, channel), measured fluxes,
measured pool sizes. What is not measured is left out. Unknown factors of measurements are replaced
by their best values at every point (variable projection), so they are no parameters.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from cahill.core.labelling import Flux, LabelMeasurement, TracingStudy
from cahill.errors import ConvergenceError, InputError
from cahill.numerics import scaled_residuals
from cahill.numerics.least_squares import DEFAULTS, End, Problem, Settings, minimise
from cahill.numerics.polytope import Polytope, nearest
from cahill.tracing.flux_space import FluxSpace, FluxState
from cahill.tracing.flux_space_parts import check_flux
from cahill.tracing.label_model import LabelModel, label_model

# A complete distribution whose measured values add up to one within this part of their joint error
# was normalised: one of its values follows from the others.
_NORMALISED = 0.02
# Added to every gross flux, times the flux scale: a pool whose inflow vanishes then has the label
# of what would flow in, so that the search sees what opening that flux would do.
_TRICKLE = 1e-12


@dataclass(frozen=True, eq=False)
class LabelRows:
    """The label values of one experiment.

    Parameters
    ----------
    model : LabelModel
    values, weights : numpy.ndarray
        Measured values and one over their errors (0 if not measured), shape (n_values,).
    starts : numpy.ndarray of int64
        First value of each measurement and time, and n_values.
    free : numpy.ndarray of int64
        Whether each of them has a free factor.
    pools, shares : numpy.ndarray of int
        Where the model's pools and shares stand in the flux space.
    """

    model: LabelModel
    values: np.ndarray
    weights: np.ndarray
    starts: np.ndarray
    free: np.ndarray
    pools: np.ndarray
    shares: np.ndarray


@dataclass(frozen=True, eq=False)
class LinearRows:
    """Measured combinations of the flux values (net, exchange, gross, pools, one after another)."""

    matrix: np.ndarray
    values: np.ndarray
    sd: np.ndarray


@dataclass(frozen=True, eq=False)
class FitProblem:
    """Everything a fit needs; can be sent to other processes.

    Parameters
    ----------
    study : TracingStudy
    space : FluxSpace
    labels : tuple of LabelRows
        One an experiment.
    linear : LinearRows
        Measured fluxes, then measured pools.
    """

    study: TracingStudy
    space: FluxSpace
    labels: tuple[LabelRows, ...]
    linear: LinearRows

    @cached_property
    def measured(self) -> np.ndarray:
        """Which label values are measured, shape (all label values,) of bool."""
        return np.concatenate([rows.weights > 0 for rows in self.labels] or [np.zeros(0, bool)])

    @property
    def n_values(self) -> int:
        """Number of measured values."""
        return int(self.measured.sum()) + len(self.linear.values)

    @property
    def n_independent(self) -> int:
        """Number of measured values less free factors and values that follow from the others."""
        lost = 0
        for rows in self.labels:
            spans = zip(rows.starts[:-1], rows.starts[1:], rows.free, _whole_blocks(rows.model))
            for first, last, free, whole in spans:
                weights = rows.weights[first:last]
                if free:
                    lost += int(np.any(weights > 0))
                elif whole and np.all(weights > 0):
                    error = np.sqrt(np.sum(weights**-2.0))
                    lost += int(abs(rows.values[first:last].sum() - 1.0) <= _NORMALISED * error)
        return self.n_values - lost

    def predict(self, state: FluxState) -> list[np.ndarray]:
        """Return the label values of each experiment before any free factor."""
        gross = state.gross + _TRICKLE * self.space.scale
        return [
            rows.model.predict(gross, state.pools[rows.pools], state.shares[rows.shares])
            for rows in self.labels
        ]

    def residuals(self, theta: np.ndarray) -> np.ndarray:
        """Return predicted minus measured over the standard errors, shape (n_values,)."""
        state = self.space.state(theta)
        found = [
            scaled_residuals.residuals(predicted, rows.values, rows.weights, rows.starts, rows.free)
            for rows, predicted in zip(self.labels, self.predict(state))
        ]
        linear = (self.linear.matrix @ _all_values(state) - self.linear.values) / self.linear.sd
        return np.concatenate([*found, linear])[self._kept]

    def linearised(self, theta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the residuals and their derivative, shape (n_values, n_parameters)."""
        space, state = self.space, self.space.state(theta)
        d_gross, d_pools = space.gross_derivative(state), space.pool_derivative(state)
        gross = state.gross + _TRICKLE * space.scale
        found, slopes = [], []
        for rows in self.labels:
            predicted, tangents = rows.model.predict_with_jacobian(
                gross,
                d_gross,
                state.pools[rows.pools],
                d_pools[rows.pools],
                state.shares[rows.shares],
                space.share.matrix[rows.shares],
            )
            data = rows.values, rows.weights, rows.starts, rows.free
            found.append(scaled_residuals.residuals(predicted, *data))
            slopes.append(scaled_residuals.jacobian(predicted, tangents, *data))
        linear = self.linear
        found.append((linear.matrix @ _all_values(state) - linear.values) / linear.sd)
        derivative = np.vstack(
            [space.net.matrix, space.exchange_derivative(state), d_gross, d_pools]
        )
        slopes.append(linear.matrix @ derivative / linear.sd[:, None])
        return np.concatenate(found)[self._kept], np.vstack(slopes)[self._kept]

    @cached_property
    def _kept(self) -> np.ndarray | slice:
        """Which of all values count."""
        if self.measured.all():
            return slice(None)
        return np.flatnonzero(np.append(self.measured, np.ones(len(self.linear.values), bool)))


def _all_values(state: FluxState) -> np.ndarray:
    return np.concatenate([state.net, state.exchange, state.gross, state.pools])


def fit_problem(study: TracingStudy, space: FluxSpace) -> FitProblem:
    """Put the measurements of a study beside the predictions of its flux space.

    Raises
    ------
    InputError
        If nothing is measured.
    ModelError
        If a measured atom comes from nowhere.
    UnknownNameError
        If a measurement names what does not exist.
    """
    labels = []
    for experiment in study.experiments:
        model = label_model(study.network, experiment)
        blocks = [block for label in experiment.labels for block in _blocks(label)]
        sizes = [len(values) for values, _, _ in blocks]
        shares = [(experiment.name, *member) for member in model.shares]
        labels.append(
            LabelRows(
                model=model,
                values=np.concatenate([values for values, _, _ in blocks] or [np.zeros(0)]),
                weights=np.concatenate([weights for _, weights, _ in blocks] or [np.zeros(0)]),
                starts=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
                free=np.array([free for _, _, free in blocks], dtype=np.int64),
                pools=np.array([space.pools.index(name) for name in model.pools], dtype=int),
                shares=np.array([space.shares.index(member) for member in shares], dtype=int),
            )
        )
    problem = FitProblem(study, space, tuple(labels), _linear_rows(study, space))
    if not problem.n_values:
        raise InputError(f"{study.name}: nothing is measured; give labels or fluxes with errors")
    return problem


def _whole_blocks(model: LabelModel) -> list[bool]:
    """Return for each measurement and time whether its channels are all isotopologues."""
    found = []
    for label in model.experiment.labels:
        shifts = {count for channel in label.channels for count in channel.weights}
        single = all(list(channel.weights.values()) == [1] for channel in label.channels)
        states = np.prod([len(group) + 1 for group in label.groups])
        whole = single and len(shifts) == len(label.channels) == states
        found += [whole] * max(len(label.times), 1)
    return found


def _blocks(label: LabelMeasurement) -> list[tuple[np.ndarray, np.ndarray, bool]]:
    """Return values, weights and whether the factor is free, for each time."""
    measured = label.measured
    weights = np.where(measured, 1.0 / np.where(measured, label.sd, 1.0), 0.0)
    values = np.where(measured, label.values, 0.0)
    return [(row, weight, label.free_scale) for row, weight in zip(values, weights)]


def _linear_rows(study: TracingStudy, space: FluxSpace) -> LinearRows:
    """Return measured fluxes and pools as combinations of the flux values."""
    order: list[Flux | str] = [Flux(name) for name in space.reactions]
    order += [Flux(name, "exchange") for name in space.steps]
    order += [*space.gross, *space.pools]
    place = {name: k for k, name in enumerate(order)}
    rows: list[tuple[dict, float, float]] = []
    for flux in study.fluxes:
        for term in flux.terms:
            check_flux(study, term, flux.where or f'measured flux "{flux.id}"')
        terms = {name: factor for name, factor in flux.terms.items() if name in place}
        rows.append((terms, flux.value, flux.sd))
    if space.pools:
        rows += [(dict.fromkeys(one.species, 1.0), one.value, one.sd) for one in study.pools]
    matrix = np.zeros((len(rows), len(order)))
    for k, (terms, _, _) in enumerate(rows):
        for name, factor in terms.items():
            matrix[k, place[name]] += factor
    return LinearRows(
        matrix, np.array([v for _, v, _ in rows]), np.array([sd for _, _, sd in rows])
    )


def refit(
    problem: FitProblem,
    theta: np.ndarray,
    *,
    equalities: tuple[np.ndarray, np.ndarray] | None = None,
    inequalities: Polytope | None = None,
    settings: Settings = DEFAULTS,
) -> End:
    """Follow the residuals to a minimum from a start, under further linear conditions.

    Parameters
    ----------
    problem : FitProblem
    theta : numpy.ndarray
        Start; moved to the nearest point that meets all conditions.
    equalities : (matrix, values), optional
        `matrix @ theta = values`, shapes (k, n) and (k,).
    inequalities : Polytope, optional
        To lie in as well.
    settings : Settings
        Of the search.

    Raises
    ------
    ConvergenceError
        If no point meets the conditions.
    """
    polytope = problem.space.polytope
    if inequalities is not None:
        polytope = Polytope(
            np.vstack([polytope.matrix, inequalities.matrix]),
            np.append(polytope.bound, inequalities.bound),
        )
    matrix, values = equalities or (None, None)
    widths = problem.space.widths
    start = nearest(polytope, theta, widths, matrix, values)
    if start is None:
        raise ConvergenceError("refit: no flux state meets the conditions; loosen them")
    search = Problem(
        problem.residuals, problem.linearised, polytope, widths, problem.space.reach, matrix
    )
    return minimise(search, start, settings)
