"""What a labelling experiment feeds, measures and assumes.

A measurement counts heavy atoms in one or several groups of traced atoms of a molecule. One group
with all atoms is a mass isotopologue distribution at unit mass; one group an element is one at high
resolution; the daughter fragment and the rest are two groups of tandem MS; single atoms are the
groups of positional enrichment and NMR multiplets. Each channel of the instrument is a weighted sum
over the joint counts.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Literal, NamedTuple, get_args

import numpy as np

from cahill.core.network import Atom, Network
from cahill.errors import InputError, UnknownNameError

FluxKind = Literal["net", "exchange", "forward", "backward"]
Relation = Literal["<=", "=", ">="]
MixRule = Literal["given", "pools", "free"]
RELATIONS: tuple[str, ...] = get_args(Relation)


class Flux(NamedTuple):
    """A flux by name.

    Net is forward minus backward; exchange is the smaller of the two (Wiechert & de Graaf 1997).
    `of` is the id of a reaction for net and of a step for the others; both are the same where a
    reaction has one step.
    """

    of: str
    kind: FluxKind = "net"

    def __str__(self) -> str:
        return self.of if self.kind == "net" else f"{self.of} {self.kind}"


@dataclass(frozen=True)
class Tracer:
    """One labelled form of a molecule in what is fed; its atoms are labelled independently.

    Parameters
    ----------
    fraction : float
        Its share of the mixture.
    heavy : mapping of str to tuple of float
        By element, the probability of each atom to be heavy: {"C": (1, 0, 0)} is [1-13C]; elements
        left out are light.
    """

    fraction: float
    heavy: Mapping[str, tuple[float, ...]] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        chances = [chance for atoms in self.heavy.values() for chance in atoms]
        if not all(0 <= value <= 1 for value in (self.fraction, *chances)):
            raise InputError("a tracer's fraction and labels must lie between 0 and 1")


@dataclass(frozen=True)
class Feed:
    """The labelled forms a boundary pool consists of, from a time on.

    Several feeds of one species with rising `start` are switches and pulses. A boundary or slow
    pool without a feed is unlabelled.

    Parameters
    ----------
    species : str
        Boundary or slow species.
    tracers : tuple of Tracer
        Their fractions add up to 1.
    start : float
        When it begins, in the experiment's unit of time; ignored at isotopic steady state.
    where : str
        File and row it was read from, for messages.
    """

    species: str
    tracers: tuple[Tracer, ...]
    start: float = 0.0
    where: str = field(default="", compare=False)


@dataclass(frozen=True)
class Channel:
    """One signal of an instrument: a weighted sum over joint counts of heavy atoms.

    Parameters
    ----------
    name : str
        As tables and pictures show it: "M+0", "C2 N1", "C3".
    weights : mapping of tuple of int to float
        Weight by the number of heavy atoms in each group; counts left out weigh nothing.
    """

    name: str
    weights: Mapping[tuple[int, ...], float] = field(hash=False)


@dataclass(frozen=True, eq=False)
class LabelMeasurement:
    """Labelling of one molecule, fragment, or mixture of pools the instrument cannot tell apart.

    Parameters
    ----------
    id : str
        Its name, once an experiment.
    species : tuple of str
        The pools it comes from; several are measured as one mixture.
    groups : tuple of tuple of (str, int)
        Groups of atoms (element, position counted from 1) whose heavy atoms are counted together.
    channels : tuple of Channel
        Its signals.
    values, sd : numpy.ndarray
        Shape (times, channels); one row at isotopic steady state. NaN is not measured.
    times : tuple of float
        When it was measured, in the experiment's unit of time; empty at isotopic steady state.
    mix : {"given", "pools", "free"}
        How several species share in the mixture: as `shares` says, by pool size, or in shares that
        are fitted.
    shares : tuple of float
        Shares of the species if `mix` is given; 1 for a single species.
    free_scale : bool
        Whether the values carry an unknown factor, one at each time.
    where : str
        File and row it was read from, for messages.

    Raises
    ------
    InputError
        If shapes disagree, or an error is not positive.
    """

    id: str
    species: tuple[str, ...]
    groups: tuple[tuple[tuple[str, int], ...], ...]
    channels: tuple[Channel, ...]
    values: np.ndarray
    sd: np.ndarray
    times: tuple[float, ...] = ()
    mix: MixRule = "given"
    shares: tuple[float, ...] = (1.0,)
    free_scale: bool = False
    where: str = ""

    def __post_init__(self) -> None:
        shape = (max(len(self.times), 1), len(self.channels))
        values = np.atleast_2d(np.asarray(self.values, dtype=float))
        sd = np.atleast_2d(np.asarray(self.sd, dtype=float))
        if values.shape != shape or sd.shape != shape:
            raise InputError(
                f"{self.place}: {shape[0]} times and {shape[1]} channels need {shape[0]} x "
                f"{shape[1]} values and errors, not {values.shape} and {sd.shape}"
            )
        if np.any(~(sd[np.isfinite(values)] > 0)):
            raise InputError(f"{self.place}: an error (sd) is not positive; give a floor")
        if self.mix == "given" and len(self.shares) != len(self.species):
            raise InputError(f"{self.place}: give a share for each of {', '.join(self.species)}")
        object.__setattr__(self, "values", values)
        object.__setattr__(self, "sd", sd)

    @property
    def place(self) -> str:
        """Where it stands, for messages."""
        return (
            f'{self.where}: measurement "{self.id}"' if self.where else f'measurement "{self.id}"'
        )

    @property
    def molecule(self) -> str:
        """What is looked at, in words: "Ala C2-3", "glu_c + glu_m C1-5"."""
        groups = (_atom_words(group) for group in self.groups)
        return f"{' + '.join(self.species)} {' | '.join(groups)}"

    @property
    def measured(self) -> np.ndarray:
        """Which values count, shape (times, channels) of bool."""
        return np.isfinite(self.values)

    def atoms(self) -> Iterable[Atom]:
        """Yield every atom it looks at."""
        for species in self.species:
            for group in self.groups:
                for element, position in group:
                    yield Atom(species, element, position)


def _atom_words(atoms: Iterable[tuple[str, int]]) -> str:
    """Return atoms as "C2-3 N1"."""
    words: list[str] = []
    runs: dict[str, list[list[int]]] = {}
    for element, position in sorted(atoms):
        known = runs.setdefault(element, [])
        if known and known[-1][1] == position - 1:
            known[-1][1] = position
        else:
            known.append([position, position])
    for element, spans in runs.items():
        texts = (f"{first}" if first == last else f"{first}-{last}" for first, last in spans)
        words.append(element + ",".join(texts))
    return " ".join(words)


@dataclass(frozen=True)
class FluxMeasurement:
    """A measured linear combination of fluxes.

    Parameters
    ----------
    id : str
        Its name.
    terms : mapping of Flux to float
        Coefficient of each flux.
    value, sd : float
        In the unit of the fluxes.
    where : str
        File and row.
    """

    id: str
    terms: Mapping[Flux, float] = field(hash=False)
    value: float
    sd: float
    where: str = field(default="", compare=False)


@dataclass(frozen=True)
class PoolMeasurement:
    """A measured pool size, the sum over `species`, in flux unit times time unit."""

    id: str
    species: tuple[str, ...]
    value: float
    sd: float
    where: str = field(default="", compare=False)


@dataclass(frozen=True)
class Constraint:
    """A linear relation between fluxes, or between pool sizes.

    Parameters
    ----------
    terms : mapping of Flux or str to float
        Coefficient of each flux; a plain name is the size of that pool.
    relation : {"<=", "=", ">="}
        Between the sum and `value`.
    value : float
        The right-hand side.
    where : str
        File and row, or the text of the constraint, for messages.
    """

    terms: Mapping[Flux | str, float] = field(hash=False)
    relation: Relation
    value: float
    where: str = field(default="", compare=False)

    def __str__(self) -> str:
        left = " ".join(f"{factor:+g} {name}" for name, factor in self.terms.items())
        return f"{left} {self.relation} {self.value:g}"


@dataclass(frozen=True)
class Experiment:
    """One labelling experiment.

    Parameters
    ----------
    name : str
        Its name.
    feeds : tuple of Feed
        What is fed.
    labels : tuple of LabelMeasurement
        What was measured, or is to be simulated.
    stationary : bool
        Whether the isotopes are at steady state; if not, every label measurement has times.
    """

    name: str
    feeds: tuple[Feed, ...]
    labels: tuple[LabelMeasurement, ...]
    stationary: bool = True


@dataclass(frozen=True)
class FluxPoint:
    """A flux state, perhaps in part: what is given, by reaction, step and pool."""

    net: Mapping[str, float] = field(default_factory=dict, hash=False)
    exchange: Mapping[str, float] = field(default_factory=dict, hash=False)
    pools: Mapping[str, float] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class TracingStudy:
    """A network and what was done with it: parallel experiments that share one flux state.

    Parameters
    ----------
    name : str
        Its name.
    network : Network
        Species and steps. Pools of kind "pool" and "slow" balance; "boundary" ones do not.
    experiments : tuple of Experiment
        Parallel labelling experiments.
    fluxes : tuple of FluxMeasurement
        Measured fluxes.
    pools : tuple of PoolMeasurement
        Measured pool sizes.
    constraints : tuple of Constraint
        What is known of fluxes and pool sizes besides the balances.
    point : FluxPoint
        A flux state to simulate, or to start from.
    flux_unit, time_unit : str
        Units of fluxes and times, as texts; pool sizes are in their product.
    notes : tuple of str
        What the reader assumed, one sentence each.
    """

    name: str
    network: Network
    experiments: tuple[Experiment, ...] = ()
    fluxes: tuple[FluxMeasurement, ...] = ()
    pools: tuple[PoolMeasurement, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    point: FluxPoint = FluxPoint()
    flux_unit: str = ""
    time_unit: str = ""
    notes: tuple[str, ...] = ()

    def only(self, experiment: str) -> "TracingStudy":
        """Return the study with one of its experiments.

        Raises
        ------
        UnknownNameError
            With the names there are.
        """
        chosen = tuple(one for one in self.experiments if one.name == experiment)
        if not chosen:
            raise UnknownNameError("experiment", experiment, [e.name for e in self.experiments])
        return replace(self, experiments=chosen)


def mass_channels(
    atoms: Sequence[int], shifts: Iterable[tuple[int, ...]] | None = None
) -> tuple[Channel, ...]:
    """Return the channels of a mass isotopologue distribution.

    Parameters
    ----------
    atoms : sequence of int
        Number of atoms of each group.
    shifts : iterable of tuple of int, optional
        The isotopologues measured, by heavy atoms in each group; all of them by default.
    """
    if shifts is None:
        shifts = product(*(range(count + 1) for count in atoms))
    return tuple(
        Channel(
            f"M+{shift[0]}" if len(shift) == 1 else "M+" + ",".join(map(str, shift)), {shift: 1}
        )
        for shift in shifts
    )


def average_channel(atoms: int) -> tuple[Channel, ...]:
    """Return the channel of the average enrichment of one group of so many atoms."""
    return (Channel("enrichment", {(k,): k / atoms for k in range(1, atoms + 1)}),)


def positional_channel() -> tuple[Channel, ...]:
    """Return the channel of the enrichment of a single atom."""
    return (Channel("enrichment", {(1,): 1.0}),)


def multiplet_channels(neighbours: int) -> tuple[Channel, ...]:
    """Return the channels of an NMR multiplet: atom heavy, each neighbour light or heavy.

    The first group is the observed atom, the others its one or two coupled neighbours. Fractions
    are of all molecules with the observed atom heavy only if the measurement has a free scale.
    """
    states = product(*[(0, 1)] * neighbours)
    return tuple(
        Channel("heavy neighbours " + "".join(map(str, state)), {(1, *state): 1.0})
        for state in states
    )
