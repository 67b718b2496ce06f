"""Predicted labelling of one experiment, and its exact derivatives.

A label model is compiled once for a network and an experiment; predicting is then a function of
numbers alone: gross fluxes, pool sizes where they matter, and free shares of mixtures.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from cahill.core.labelling import Experiment, Flux
from cahill.core.network import Network
from cahill.errors import InputError, ModelError
from cahill.numerics.cascade_kernels import stationary
from cahill.numerics.cascade_tangents import stationary_tangents
from cahill.tracing.cascade import Cascade, compile_cascade
from cahill.tracing.emu import decompose
from cahill.tracing.feeds import Inputs, feed_inputs
from cahill.tracing.nonstationary import Transient, transient
from cahill.tracing.observation import Observation, Row, measured_emus, mixture_pools, observe


@dataclass(frozen=True, eq=False)
class LabelModel:
    """The labelling of one experiment as a function of the flux state.

    Parameters
    ----------
    experiment : Experiment
        What is predicted.
    gross : tuple of Flux
        The gross fluxes, in the order of the vectors `predict` takes.
    pools : tuple of str
        The species whose pool sizes matter, in the order of the vectors `predict` takes: all
        balanced ones whose label is followed if the experiment is not stationary, else those of
        mixtures by pool size.
    cascade : Cascade
        The balances of all EMUs.
    inputs : Inputs
        The distributions that are fed.
    observation : Observation
        From distributions to values.
    transient : Transient or None
        How the labelling is followed over time; None at isotopic steady state.
    """

    experiment: Experiment
    gross: tuple[Flux, ...]
    pools: tuple[str, ...]
    cascade: Cascade
    inputs: Inputs
    observation: Observation
    transient: Transient | None = None

    @property
    def rows(self) -> tuple[Row, ...]:
        """Measurement, time and channel of every predicted value, in order."""
        return self.observation.rows

    @property
    def shares(self) -> tuple[tuple[str, str], ...]:
        """Measurement and species of every free share of a mixture."""
        return self.observation.free_names

    @property
    def n_values(self) -> int:
        """Number of predicted values."""
        return len(self.rows)

    def predict(
        self,
        gross: np.ndarray,
        pools: np.ndarray | None = None,
        shares: np.ndarray | None = None,
    ) -> np.ndarray:
        """Return the predicted values, before any free scale factor, shape (n_values,).

        A pool through which nothing flows counts as unlabelled.

        Parameters
        ----------
        gross : numpy.ndarray
            Gross fluxes, at least 0, shape (len(self.gross),).
        pools : numpy.ndarray, optional
            Pool sizes in flux unit times time unit, shape (len(self.pools),).
        shares : numpy.ndarray, optional
            Free shares, shape (len(self.shares),).

        Raises
        ------
        InputError
            If a vector is missing or of the wrong length.
        ModelError
            If a flux is negative or no number, or if pools feed only each other, so that their
            label has no steady state; the flux or pool is named.
        """
        gross, pools, shares = self._arguments(gross, pools, shares)
        found = self.observation.shares(pools, shares)
        if self.transient is not None:
            unmoved = np.empty((len(gross), 0)), None, np.empty((0, 0))
            return self._follow(self.transient, gross, pools, found, unmoved)[0]
        status, values = stationary(*self._program, gross, *self._channels, found)
        if status:
            self._refuse(status, gross)
        return self._spread(values)

    def predict_with_jacobian(
        self,
        gross: np.ndarray,
        d_gross: np.ndarray,
        pools: np.ndarray | None = None,
        d_pools: np.ndarray | None = None,
        shares: np.ndarray | None = None,
        d_shares: np.ndarray | None = None,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the predicted values and their derivatives by p parameters.

        Parameters
        ----------
        gross, pools, shares : numpy.ndarray
            As `predict` takes them.
        d_gross, d_pools, d_shares : numpy.ndarray
            Derivatives of these by the parameters, one column a parameter; what is left out does
            not depend on them.

        Returns
        -------
        tuple of numpy.ndarray
            Values (n_values,) and Jacobian (n_values, p).

        Raises
        ------
        InputError, ModelError
            As `predict`.
        """
        gross, pools, shares = self._arguments(gross, pools, shares)
        d_gross = _matrix("d_gross", d_gross, len(self.gross), None)
        count = d_gross.shape[1]
        if d_pools is not None:
            d_pools = _matrix("d_pools", d_pools, len(self.pools), count)
        if d_shares is not None:
            d_shares = _matrix("d_shares", d_shares, len(self.shares), count)
        found = self.observation.shares(pools, shares)
        d_found = self.observation.share_tangents(found, pools, d_pools, d_shares, count)
        if self.transient is not None:
            moved = d_gross, d_pools, d_found
            return self._follow(self.transient, gross, pools, found, moved)
        status, values, jacobian = stationary_tangents(
            *self._program, gross, d_gross, *self._channels, found, d_found
        )
        if status:
            self._refuse(status, gross)
        return self._spread(values), self._spread(jacobian)

    @cached_property
    def _program(self) -> tuple[np.ndarray, np.ndarray, int, int, np.ndarray]:
        """What the compiled functions need to know of the network."""
        cascade = self.cascade
        sizes = cascade.n_factors, cascade.n_entries
        return cascade.tape, cascade.rate_weight, *sizes, self.inputs.values[0].copy()

    @cached_property
    def _channels(self) -> tuple[np.ndarray, np.ndarray]:
        """What they need to know of the instrument."""
        return self.observation.tape, self.observation.weight

    @cached_property
    def _one_to_one(self) -> bool:
        places = self.observation.row_channel
        return np.array_equal(places, np.arange(len(self.observation.channels.start) - 1))

    def _spread(self, values: np.ndarray) -> np.ndarray:
        """Return the values of rows from those of channels."""
        return values if self._one_to_one else values[self.observation.row_channel]

    def _arguments(
        self, gross: np.ndarray, pools: np.ndarray | None, shares: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray | None, np.ndarray | None]:
        gross = _vector("gross", gross, len(self.gross))
        if pools is not None or self.pools:
            pools = _vector("pools", pools, len(self.pools))
        if shares is not None or self.shares:
            shares = _vector("shares", shares, len(self.shares))
        return gross, pools, shares

    def _follow(
        self,
        transient: Transient,
        gross: np.ndarray,
        pools: np.ndarray | None,
        found: np.ndarray,
        moved: tuple[np.ndarray, np.ndarray | None, np.ndarray],
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return values and Jacobian of an experiment that is not at isotopic steady state."""
        sizes = np.empty(0) if pools is None else pools
        status, values, jacobian = transient.follow(self.observation, gross, sizes, found, *moved)
        if status:
            self._refuse(status, gross)
        rows = self.observation.row_time, self.observation.row_channel
        return values[rows], jacobian[rows]

    def _refuse(self, status: int, gross: np.ndarray) -> None:
        """Raise the error that a status of the compiled functions stands for."""
        if status < 0:
            flux = self.gross[-status - 1]
            raise ModelError(f"{flux} is {gross[-status - 1]:g}; a gross flux is at least 0")
        emu = self.cascade.rows[status - 1]
        raise ModelError(
            f'label of "{emu.species}" ({emu}) goes round in a closed loop that nothing enters; '
            "it has no steady state at these fluxes"
        )


def label_model(network: Network, experiment: Experiment) -> LabelModel:
    """Compile the prediction of an experiment.

    Parameters
    ----------
    network : Network
        Species and steps.
    experiment : Experiment
        Feeds and label measurements.

    Raises
    ------
    UnknownNameError, InputError
        If a feed or a measurement does not fit the network.
    ModelError
        If an atom of the network comes from nowhere, or a balanced pool has no inflow.
    """
    targets = [
        emu for measurement in experiment.labels for emu in measured_emus(network, measurement)
    ]
    cascade = compile_cascade(decompose(network, targets))
    pools = _sized_pools(network, experiment, cascade.pools)
    inputs = feed_inputs(network, experiment, cascade.inputs)
    observation = observe(network, experiment, cascade.places, pools)
    over_time = None
    if not experiment.stationary:
        over_time = transient(experiment, cascade, inputs, observation.times, pools)
    return LabelModel(
        experiment=experiment,
        gross=cascade.fluxes,
        pools=pools,
        cascade=cascade,
        inputs=inputs,
        observation=observation,
        transient=over_time,
    )


def _sized_pools(
    network: Network, experiment: Experiment, followed: Sequence[str]
) -> tuple[str, ...]:
    mixed = mixture_pools(network, experiment)
    if experiment.stationary:
        return mixed
    bound = network.of_kind("enzyme-bound")
    return tuple(dict.fromkeys([*(name for name in followed if name not in bound), *mixed]))


def _vector(name: str, values: np.ndarray | None, length: int) -> np.ndarray:
    array = np.ascontiguousarray(() if values is None else values, dtype=float)
    if array.shape != (length,):
        raise InputError(f"{name}: {length} numbers are needed, not shape {array.shape}")
    return array


def _matrix(name: str, values: np.ndarray, rows: int, columns: int | None) -> np.ndarray:
    array = np.ascontiguousarray(values, dtype=float)
    if array.ndim != 2 or array.shape != (rows, columns or array.shape[1]):
        wanted = (rows, "p" if columns is None else columns)
        raise InputError(f"{name}: shape ({wanted[0]}, {wanted[1]}) is needed, not {array.shape}")
    return array
