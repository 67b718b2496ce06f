"""Labelling on a changing metabolism: fluxes and pools from a trajectory, tracers infused.

Only inflows appear in the balance of a labelled pool, whatever the fluxes and the pool do:
P(t) dX/dt = sum over the inflows v(t) (source - X). A diagonally implicit method of order 4
(`cahill.numerics.esdirk`) integrates it with the fluxes and amounts of every stage's own time.
Pools bound to an enzyme have no size and are at steady state with what enters them.

At the first time of the trajectory everything is unlabelled; if a feed starts before it, everything
is at isotopic steady state under what is fed then and the fluxes of that time. An infused tracer is
one more inflow. What it adds to a pool is not counted: the amounts are those of the trajectory.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from cahill.core.labelling import (
    Channel,
    Experiment,
    LabelMeasurement,
    average_channel,
    mass_channels,
)
from cahill.core.network import Network
from cahill.core.trajectory import Trajectory
from cahill.errors import ConvergenceError, InputError, ModelError, UnknownNameError
from cahill.numerics import esdirk
from cahill.numerics.cascade_changing import FAILED, Flow, Scheme, changing_course, workspace
from cahill.numerics.cascade_flow import unlabelled
from cahill.numerics.cascade_kernels import observe as observe_channels
from cahill.numerics.cascade_kernels import rates_of
from cahill.numerics.cascade_start import settled
from cahill.tracing.cascade import Cascade, compile_cascade
from cahill.tracing.changing_flow import TrajectoryColumns, flow_of, legs_of
from cahill.tracing.changing_infusion import Infusion, with_infusions
from cahill.tracing.emu import decompose
from cahill.tracing.feeds import Inputs, feed_inputs
from cahill.tracing.observation import Observation, measured_emus, observe

if TYPE_CHECKING:
    import pandas as pd

TOLERANCE = 1e-6
"""Error of a mass fraction that is aimed at."""

_FINEST = 1e-10
# What a step may add to the error. On 30 random networks with changing fluxes the error at the end
# was up to 10 times that of a step, whatever the tolerance.
_SHARE = 0.05
_SCHEME = Scheme(esdirk.BUTCHER, esdirk.EMBEDDED, esdirk.NODES, esdirk.DIAGONAL)


@dataclass(frozen=True, eq=False)
class LabelCourse:
    """Predicted labelling over time.

    Parameters
    ----------
    times : numpy.ndarray
        Minutes, shape (n,).
    names : tuple of (str, str)
        Measurement and channel of each column.
    values : numpy.ndarray
        Shape (n, m).
    steps : int
        Steps the integration took.
    """

    times: np.ndarray
    names: tuple[tuple[str, str], ...]
    values: np.ndarray
    steps: int

    def of(self, measurement: str, channel: str | None = None) -> np.ndarray:
        """Return one channel, shape (n,), or all of a measurement, shape (n, channels).

        Raises
        ------
        UnknownNameError
            If there is none of this name.
        """
        places = [k for k, (name, _) in enumerate(self.names) if name == measurement]
        if not places:
            raise UnknownNameError("measurement", measurement, {name for name, _ in self.names})
        if channel is None:
            return self.values[:, places]
        if (measurement, channel) not in self.names:
            raise UnknownNameError("channel", channel, [self.names[place][1] for place in places])
        return self.values[:, self.names.index((measurement, channel))]

    def to_frame(self) -> "pd.DataFrame":
        """Return a tidy table: time_h, measurement, channel, value; one value a row."""
        import pandas as pd

        measurement, channel = zip(*self.names)
        return pd.DataFrame(
            {
                "time_h": np.tile(self.times / 60.0, len(self.names)),
                "measurement": np.repeat(np.array(measurement, dtype=object), len(self.times)),
                "channel": np.repeat(np.array(channel, dtype=object), len(self.times)),
                "value": self.values.T.ravel(),
            }
        )


def probe(network: Network, species: str, element: str = "C") -> LabelMeasurement:
    """Return a measurement to be simulated: mass isotopologues and average enrichment of a species.

    Parameters
    ----------
    network : Network
        Species and steps.
    species : str
        Species id, also the id of the measurement.
    element : str
        The element whose heavy atoms are counted.

    Raises
    ------
    UnknownNameError
        If the species does not exist.
    InputError
        If it has no traced atom of the element.
    """
    if species not in network.species:
        raise UnknownNameError("species", species, network.species)
    count = network.species[species].atoms.get(element, 0)
    if not count:
        raise InputError(f'species "{species}" has no traced {element}; choose another element')
    channels: tuple[Channel, ...] = (*mass_channels([count]), *average_channel(count))
    empty = np.full((1, len(channels)), np.nan)
    group = tuple((element, place) for place in range(1, count + 1))
    return LabelMeasurement(species, (species,), (group,), channels, empty, empty)


def labels_on_trajectory(
    network: Network,
    experiment: Experiment,
    trajectory: Trajectory,
    columns: TrajectoryColumns,
    times: Sequence[float] | np.ndarray,
    *,
    infusions: Sequence[Infusion] = (),
    released: Collection[str] = (),
    tolerance: float = TOLERANCE,
) -> LabelCourse:
    """Follow the labelling of a metabolism that changes.

    Parameters
    ----------
    network : Network
        Species and steps.
    experiment : Experiment
        What is fed, with starts in min, and the label measurements to be predicted; their own
        times and values are not looked at.
    trajectory : Trajectory
        Gross fluxes and amounts over time.
    columns : TrajectoryColumns
        Where they stand in it.
    times : sequence of float
        Output times, min, rising, within the trajectory.
    infusions : sequence of Infusion
        Tracers infused; bags and steps are added to the network.
    released : collection of str
        Slow species that take up label; the others are held at what is fed, or unlabelled.
    tolerance : float
        Error of a mass fraction that is aimed at.

    Returns
    -------
    LabelCourse
        Every channel of every measurement at every time.

    Raises
    ------
    InputError, UnknownNameError, UnitError
        If a feed, a measurement, a time, an infusion or a column cannot be used.
    ModelError
        If a flux or an amount is negative, or a pool without size is fed by nothing.
    ConvergenceError
        If the labelling changes too fast to be followed.
    """
    if not _FINEST <= tolerance < 1:
        raise InputError(f"tolerance {tolerance:g}: give one between {_FINEST:g} and 1")
    _check(experiment)
    network = _released(with_infusions(network, infusions), released)
    bags = (*experiment.feeds, *(infusion.feed for infusion in infusions))
    fed = replace(experiment, feeds=bags, stationary=False)
    targets = [emu for one in experiment.labels for emu in measured_emus(network, one)]
    cascade = compile_cascade(decompose(network, targets))
    inputs = feed_inputs(network, fed, cascade.inputs)
    flow = flow_of(cascade, network, trajectory, columns, infusions)
    wanted = np.asarray(times, dtype=float)
    legs = legs_of(wanted, trajectory, inputs, cascade.fluxes, infusions)
    settled_before = any(feed.start < trajectory.times[0] for feed in experiment.feeds)
    start = _start(cascade, flow, legs.interval[0], inputs, settled_before)
    found = np.empty((len(wanted), cascade.n_entries))
    stages, count = len(esdirk.NODES), len(cascade.fluxes)
    status, steps, reached = changing_course(
        cascade.program,
        cascade.rate_weight,
        inputs.values,
        flow,
        legs,
        _SCHEME,
        _SHARE * tolerance,
        workspace(cascade.program, count, cascade.n_factors, stages, start),
        found,
    )
    if status:
        _refuse(status, cascade, reached, tolerance)
    observation = observe(network, fed, cascade.places, cascade.pools)
    return LabelCourse(wanted, _names(experiment), _values(observation, found), steps)


def _start(
    cascade: Cascade, flow: Flow, interval: int, inputs: Inputs, labelled: bool
) -> np.ndarray:
    """Return all distributions at the first time: at isotopic steady state, or unlabelled."""
    program, begin = cascade.program, flow.times[0]
    fed = inputs.values[np.searchsorted(inputs.starts, begin) - 1]
    if not labelled:
        start = unlabelled(program, cascade.n_entries)
        start[: len(fed)] = fed
        return start
    gross = flow.cubics[interval, : len(cascade.fluxes), 3].copy()
    rates = np.empty(len(program.rate_start) - 1)
    rates_of(program, cascade.rate_weight, gross, rates)
    nothing, sizes = np.empty((len(rates), 0)), (cascade.n_factors, cascade.n_entries)
    status, start, _ = settled(program, rates, nothing, *sizes, fed)
    if status:
        _refuse(status, cascade, begin, TOLERANCE)
    return start


def _check(experiment: Experiment) -> None:
    for measurement in experiment.labels:
        if measurement.mix != "given":
            raise InputError(
                f"{measurement.place}: shares in a mixture must be given on a changing metabolism; "
                "give them, or predict each species by itself"
            )


def _released(network: Network, names: Collection[str]) -> Network:
    """Return the network with some slow species as pools that take up label."""
    species = dict(network.species)
    for name in names:
        if name not in species:
            raise UnknownNameError("slow species", name, network.of_kind("slow"))
        if not species[name].slow:
            raise InputError(f'species "{name}" is {species[name].kind}; only slow ones are held')
        species[name] = replace(species[name], kind="pool")
    return replace(network, species=species)


def _names(experiment: Experiment) -> tuple[tuple[str, str], ...]:
    return tuple((one.id, channel.name) for one in experiment.labels for channel in one.channels)


def _values(observation: Observation, found: np.ndarray) -> np.ndarray:
    """Return the channels, shape (times, channels), from the distributions of all nodes."""
    shares = observation.shares(None, None)
    values = np.empty((len(found), len(observation.channels.start) - 1))
    for x, row in zip(found, values):
        observe_channels(observation.channels, observation.weight, shares, x, row)
    return values


def _refuse(status: int, cascade: Cascade, reached: float, tolerance: float) -> None:
    """Raise the error that a status of the compiled loop stands for."""
    if status == FAILED:
        raise ConvergenceError(
            f"labelling changes too fast to be followed to {tolerance:g} at {reached:g} min; check "
            "fluxes and amounts there, or allow a larger error"
        )
    emu = cascade.rows[status - 1]
    raise ModelError(
        f'label of "{emu.species}" ({emu}) goes round in a closed loop that nothing enters at '
        f"{reached:g} min; it is not determined"
    )
