"""Tracers infused into a pool: a bag, the step that empties it, and when at what rate."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from cahill.core.labelling import Feed, Tracer
from cahill.core.network import AtomMap, Network, Participant, Species, Step
from cahill.errors import InputError, UnknownNameError


@dataclass(frozen=True)
class Infusion:
    """A tracer given into a pool.

    Parameters
    ----------
    id : str
        Id of the step, and of the boundary species that is its bag.
    species : str
        The balanced pool it enters; the tracer is the same molecule.
    tracers : tuple of Tracer
        Labelled forms in the bag; their fractions add up to 1.
    periods : tuple of (float, float, float)
        Start and end, min, and rate, mmol/min, of each period; between them nothing flows. A bolus
        is a short period at a high rate (`bolus`).

    Raises
    ------
    InputError
        If a period ends before it starts, two overlap, or a rate is negative or no number.
    """

    id: str
    species: str
    tracers: tuple[Tracer, ...]
    periods: tuple[tuple[float, float, float], ...]

    def __post_init__(self) -> None:
        if not self.periods:
            raise InputError(f'infusion "{self.id}": it has no period; give start, end and rate')
        for start, end, rate in self.periods:
            if not (np.isfinite([start, end, rate]).all() and start < end and rate >= 0):
                raise InputError(
                    f'infusion "{self.id}": period {start:g} to {end:g} min at {rate:g} mmol/min; '
                    "it must end after it starts, at a rate of at least 0"
                )
        ordered = tuple(sorted(self.periods))
        for (_, end, _), (start, _, _) in pairwise(ordered):
            if start < end:
                raise InputError(
                    f'infusion "{self.id}": a period starts at {start:g} min, before the one '
                    f"before it ends at {end:g}; give periods one after the other"
                )
        object.__setattr__(self, "periods", ordered)

    @property
    def amount(self) -> float:
        """What is given in all, mmol."""
        return sum((end - start) * rate for start, end, rate in self.periods)

    @property
    def feed(self) -> Feed:
        """What the bag holds."""
        return Feed(self.id, self.tracers, start=-np.inf)

    def rate(self, start: float, end: float) -> float:
        """Return the rate between two times with no change between them, mmol/min."""
        middle = 0.5 * (start + end)
        return sum(rate for first, last, rate in self.periods if first <= middle < last)


def bolus(
    id: str,
    species: str,
    tracers: tuple[Tracer, ...],
    time: float,
    amount: float,
    duration: float = 1.0,
) -> Infusion:
    """Return a bolus, such as a prime.

    Parameters
    ----------
    id, species, tracers
        As for `Infusion`.
    time : float
        When it begins, min.
    amount : float
        What is given, mmol.
    duration : float
        How long it takes, min; one minute by default, as an injection by hand (assumed).
    """
    return Infusion(id, species, tracers, ((time, time + duration, amount / duration),))


def with_infusion(network: Network, infusion: Infusion) -> Network:
    """Return the network with a bag and the step from it into the pool.

    Parameters
    ----------
    network : Network
        Species and steps.
    infusion : Infusion
        What is added.

    Raises
    ------
    UnknownNameError
        If the pool does not exist.
    InputError
        If it is not a balanced one, or the infusion's id is taken.
    """
    place = f'infusion "{infusion.id}"'
    if infusion.species not in network.species:
        raise UnknownNameError("species", infusion.species, network.species, place)
    pool = network.species[infusion.species]
    if pool.kind != "pool":
        raise InputError(f'{place}: "{pool.id}" is {pool.kind}; infuse into a balanced pool')
    if infusion.id in network.species or any(step.id == infusion.id for step in network.steps):
        raise InputError(f"{place}: a species or step of this name exists; choose another id")
    bag = Species(
        infusion.id, f"{pool.name}, infused", pool.compartment, pool.atoms, kind="boundary"
    )
    # A private alphabet, as large as the molecule.
    letters = {
        element: "".join(chr(ord("a") + n) for n in range(count))
        for element, count in pool.atoms.items()
    }
    sides = Participant(bag.id, letters), Participant(pool.id, letters)
    step = Step(bag.id, bag.id, (AtomMap(sides[:1], sides[1:]),), where=place)
    return replace(
        network,
        species={**network.species, bag.id: bag},
        steps=(*network.steps, step),
        reactions={**network.reactions, bag.id: {bag.id: -1.0, pool.id: 1.0}},
    )


def with_infusions(network: Network, infusions: Sequence[Infusion]) -> Network:
    """Return the network with the bags and steps of several infusions."""
    for infusion in infusions:
        network = with_infusion(network, infusion)
    return network
