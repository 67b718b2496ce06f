"""What the instrument sees of the EMUs: channels, mixtures and times of an experiment.

A channel is a weighted sum over the entries of a distribution or, in a mixture of pools, the sum
of these over the pools times their shares. Shares are given, follow from the pool sizes, or are
free.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from cahill.core.labelling import Experiment, LabelMeasurement
from cahill.core.network import Network
from cahill.errors import InputError, ModelError, UnknownNameError
from cahill.numerics.cascade_program import Channels, tape_of
from cahill.tracing.emu import Emu


class Row(NamedTuple):
    """A predicted value: its measurement, time (None at isotopic steady state) and channel."""

    measurement: str
    time: float | None
    channel: str


@dataclass(frozen=True, eq=False)
class Observation:
    """The map from distributions to predicted values.

    Parameters
    ----------
    rows : tuple of Row
        Every predicted value, measurement by measurement, time by time, channel by channel.
    times : numpy.ndarray
        The times of all measurements, rising, each once; empty at isotopic steady state.
    row_time, row_channel : numpy.ndarray
        For each row the number of its time in `times` (0 at steady state), and of its channel.
    channels : Channels
        Channel c is ``sum(weight[t] * shares[share[t]] * x[entry[t]])`` over
        ``start[c] : start[c + 1]``.
    weight : numpy.ndarray
        Weights of the entries.
    given : numpy.ndarray
        Shares of all species of all measurements, in order; NaN where they are not given.
    free : numpy.ndarray
        Places in `given` of the free shares.
    free_names : tuple of (str, str)
        Measurement and species of each free share.
    mixtures : tuple of (slice, numpy.ndarray)
        For each mixture by pool size its places in `given`, and those of its species in the vector
        of pool sizes.
    """

    rows: tuple[Row, ...]
    times: np.ndarray
    row_time: np.ndarray
    row_channel: np.ndarray
    channels: Channels
    weight: np.ndarray
    given: np.ndarray
    free: np.ndarray
    free_names: tuple[tuple[str, str], ...]
    mixtures: tuple[tuple[slice, np.ndarray], ...]

    @cached_property
    def tape(self) -> np.ndarray:
        """The channels as the one array that compiled functions take, int64."""
        return tape_of(self.channels)

    @property
    def fixed(self) -> bool:
        """Whether all shares are given."""
        return not (self.mixtures or len(self.free))

    def shares(self, pools: np.ndarray | None, shares: np.ndarray | None) -> np.ndarray:
        """Return the shares of all species of all measurements.

        Parameters
        ----------
        pools : numpy.ndarray or None
            Pool sizes, needed if a mixture goes by them.
        shares : numpy.ndarray or None
            The free shares, needed if there are any.

        Raises
        ------
        ModelError
            If the pools of a mixture are all empty.
        """
        if self.fixed:
            return self.given
        found = self.given.copy()
        if len(self.free):
            found[self.free] = shares
        for places, species in self.mixtures:
            sizes = _sized(pools)[species]
            if not sizes.sum() > 0:
                raise ModelError("a mixture by pool size needs pools that are not all empty")
            found[places] = sizes / sizes.sum()
        return found

    def share_tangents(
        self,
        found: np.ndarray,
        pools: np.ndarray | None,
        d_pools: np.ndarray | None,
        d_shares: np.ndarray | None,
        count: int,
    ) -> np.ndarray:
        """Return the derivatives of the shares `found`, (n_shares, p); no rows if all are given.

        Parameters
        ----------
        found : numpy.ndarray
            What `shares` returned.
        pools : numpy.ndarray or None
            Pool sizes.
        d_pools, d_shares : numpy.ndarray or None
            Derivatives of the pool sizes and the free shares by the p parameters.
        count : int
            p.
        """
        if self.fixed or (d_pools is None and d_shares is None):
            return np.empty((0, count))
        change = np.zeros((len(found), count))
        if d_shares is not None and len(self.free):
            change[self.free] = d_shares
        if d_pools is not None:
            for places, species in self.mixtures:
                moved = d_pools[species]
                drift = found[places, None] * moved.sum(axis=0)
                change[places] = (moved - drift) / _sized(pools)[species].sum()
        return change


def measured_emus(network: Network, measurement: LabelMeasurement) -> tuple[Emu, ...]:
    """Return the EMU of each species that a measurement looks at.

    Raises
    ------
    UnknownNameError
        If a species does not exist.
    InputError
        If there is nothing to count, an atom is counted twice or is not one of the molecule's, or
        a channel asks for more heavy atoms than its groups have.
    """
    place, groups = measurement.place, measurement.groups
    atoms = [atom for group in groups for atom in group]
    if not measurement.species or not atoms or not all(groups):
        raise InputError(f"{place}: it needs a species and groups with atoms")
    if len(set(atoms)) < len(atoms):
        raise InputError(f"{place}: an atom stands in its groups twice; count it once")
    for name in measurement.species:
        if name not in network.species:
            raise UnknownNameError("species", name, network.species, place)
        for element, position in atoms:
            count = network.species[name].atoms.get(element, 0)
            if not 1 <= position <= count:
                raise InputError(
                    f"{place}: {name} has no atom {element}{position}; it has {count} traced "
                    f"atoms of {element}"
                )
    shape = tuple(map(len, groups))
    for channel in measurement.channels:
        for counts in channel.weights:
            if len(counts) != len(shape) or any(
                not 0 <= n <= most for n, most in zip(counts, shape)
            ):
                raise InputError(
                    f'{place}: channel "{channel.name}" counts {counts} heavy atoms in groups of '
                    f"{shape}"
                )
    return tuple(Emu(name, groups) for name in measurement.species)


def mixture_pools(network: Network, experiment: Experiment) -> tuple[str, ...]:
    """Return the species whose pool sizes decide on a mixture.

    Raises
    ------
    InputError
        If one of them is bound to an enzyme and has no size.
    """
    found: dict[str, None] = {}
    for measurement in experiment.labels:
        if measurement.mix == "pools":
            for name in measurement.species:
                if network.species[name].enzyme_bound:
                    raise InputError(
                        f"{measurement.place}: {name} is bound to an enzyme and has no pool size; "
                        "give the shares"
                    )
                found[name] = None
    return tuple(found)


def observe(
    network: Network,
    experiment: Experiment,
    places: Mapping[Emu, int],
    pools: Sequence[str],
) -> Observation:
    """Return the map from distributions to the values of an experiment.

    Parameters
    ----------
    network : Network
        Species and steps.
    experiment : Experiment
        Its label measurements.
    places : mapping of Emu to int
        Where the distribution of each EMU starts (`Cascade.places`).
    pools : sequence of str
        The species of the vector of pool sizes.
    """
    times = sorted({time for measurement in experiment.labels for time in measurement.times})
    if experiment.stationary:
        times = []
    writer = _Writer(network, places, {name: number for number, name in enumerate(pools)})
    for measurement in experiment.labels:
        writer.add(measurement, times)
    return writer.observation(np.array(times))


class _Writer:
    """Lists that grow, measurement by measurement, into an observation."""

    def __init__(
        self, network: Network, places: Mapping[Emu, int], pools: Mapping[str, int]
    ) -> None:
        self.network, self.places, self.pools = network, places, pools
        self.rows: list[Row] = []
        self.row_time: list[int] = []
        self.row_channel: list[int] = []
        self.start = [0]
        self.entry: list[int] = []
        self.share: list[int] = []
        self.weight: list[float] = []
        self.given: list[float] = []
        self.free: list[int] = []
        self.free_names: list[tuple[str, str]] = []
        self.mixtures: list[tuple[slice, np.ndarray]] = []

    def add(self, measurement: LabelMeasurement, times: Sequence[float]) -> None:
        first, count = len(self.given), len(measurement.species)
        first_channel = len(self.start) - 1
        emus = measured_emus(self.network, measurement)
        for channel in measurement.channels:
            for number, emu in enumerate(emus):
                for counts, weight in channel.weights.items():
                    self.entry.append(self.places[emu] + _entry(counts, emu.shape))
                    self.share.append(first + number)
                    self.weight.append(weight)
            self.start.append(len(self.entry))
        self.given += measurement.shares if measurement.mix == "given" else [np.nan] * count
        if measurement.mix == "free":
            self.free += range(first, first + count)
            self.free_names += ((measurement.id, name) for name in measurement.species)
        elif measurement.mix == "pools":
            where = np.array([self.pools[name] for name in measurement.species])
            self.mixtures.append((slice(first, first + count), where))
        for number, time in _moments(measurement, times):
            for place, channel in enumerate(measurement.channels):
                self.rows.append(Row(measurement.id, time, channel.name))
                self.row_time.append(number)
                self.row_channel.append(first_channel + place)

    def observation(self, times: np.ndarray) -> Observation:
        return Observation(
            rows=tuple(self.rows),
            times=times,
            row_time=np.array(self.row_time, dtype=np.int64),
            row_channel=np.array(self.row_channel, dtype=np.int64),
            channels=Channels(
                *(np.array(part, dtype=np.int64) for part in (self.start, self.entry, self.share))
            ),
            weight=np.array(self.weight),
            given=np.array(self.given, dtype=float),
            free=np.array(self.free, dtype=np.int64),
            free_names=tuple(self.free_names),
            mixtures=tuple(self.mixtures),
        )


def _moments(
    measurement: LabelMeasurement, times: Sequence[float]
) -> Iterator[tuple[int, float | None]]:
    """Yield each time of a measurement with its number; without times once, at steady state."""
    if times:
        for time in measurement.times:
            yield times.index(time), time
    else:
        for time in measurement.times or (None,):
            yield 0, time


def _entry(counts: Sequence[int], shape: Sequence[int]) -> int:
    """Return the place of joint counts in a distribution flattened in C order."""
    place = 0
    for count, most in zip(counts, shape):
        place = place * (most + 1) + count
    return place


def _sized(pools: np.ndarray | None) -> np.ndarray:
    if pools is None:
        raise InputError("a mixture goes by pool size: give the pool sizes")
    return pools
