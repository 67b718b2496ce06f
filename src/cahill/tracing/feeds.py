"""Distributions of held EMUs: what the boundary and slow pools bring, from the tracers fed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cahill.core.labelling import Experiment, Feed, Tracer
from cahill.core.network import Network, Species
from cahill.errors import InputError, UnknownNameError
from cahill.tracing.emu import Emu

FRACTION_TOLERANCE = 1e-6
"""By how much the fractions of a feed may miss 1, as rounding in a file."""


@dataclass(frozen=True, eq=False)
class Inputs:
    """Distributions of all held EMUs, one after the other, between the times the feed changes.

    Parameters
    ----------
    starts : numpy.ndarray
        Shape (segments,). When each segment begins, in the experiment's unit of time; the first is
        -inf.
    values : numpy.ndarray
        Shape (segments, entries).
    """

    starts: np.ndarray
    values: np.ndarray


def feed_inputs(network: Network, experiment: Experiment, held: Sequence[Emu]) -> Inputs:
    """Return what the feeds of an experiment make of the held EMUs.

    A held species without a feed, or before its first one starts, is unlabelled.

    Parameters
    ----------
    network : Network
        Species and steps.
    experiment : Experiment
        Its feeds are used.
    held : sequence of Emu
        In the order wanted.

    Raises
    ------
    UnknownNameError
        If a feed names a species that does not exist.
    InputError
        If a feed labels a balanced pool or atoms that the molecule does not have, if its fractions
        do not add up to 1, or if at isotopic steady state a species has two feeds.
    """
    by_species: dict[str, dict[float, Feed]] = {}
    for feed in experiment.feeds:
        _check(feed, network)
        start = -np.inf if experiment.stationary else feed.start
        known = by_species.setdefault(feed.species, {})
        if start in known:
            when = "at isotopic steady state" if experiment.stationary else f"from {start:g} on"
            raise InputError(
                f'{_place(feed)}: "{feed.species}" has two feeds {when}; give one, with all its '
                "labelled forms"
            )
        known[start] = feed
    starts = sorted({-np.inf, *(start for feeds in by_species.values() for start in feeds)})
    values = [
        np.concatenate(
            [
                emu_distribution(emu, _tracers(by_species.get(emu.species, {}), start))
                for emu in held
            ]
            or [np.empty(0)]
        )
        for start in starts
    ]
    return Inputs(np.array(starts), np.array(values))


def emu_distribution(emu: Emu, tracers: Sequence[Tracer]) -> np.ndarray:
    """Return the joint distribution of heavy atoms in the groups of an EMU, flattened in C order.

    Parameters
    ----------
    emu : Emu
        The atoms.
    tracers : sequence of Tracer
        The labelled forms of its species, each with independent atoms; unlabelled if there is none.
    """
    total = np.zeros(emu.width)
    for tracer in tracers or (Tracer(1.0),):
        joint = np.ones(1)
        for group in emu.groups:
            counts = np.ones(1)
            for element, position in group:
                heavy = tracer.heavy.get(element, ())
                chance = heavy[position - 1] if position <= len(heavy) else 0.0
                counts = np.convolve(counts, [1.0 - chance, chance])
            joint = np.multiply.outer(joint, counts).ravel()
        total += tracer.fraction * joint
    return total


def _tracers(feeds: Mapping[float, Feed], time: float) -> tuple[Tracer, ...]:
    begun = [start for start in feeds if start <= time]
    return feeds[max(begun)].tracers if begun else ()


def _place(feed: Feed) -> str:
    return f'{feed.where}: feed "{feed.species}"' if feed.where else f'feed "{feed.species}"'


def _check(feed: Feed, network: Network) -> None:
    species = network.species.get(feed.species)
    if species is None:
        raise UnknownNameError("species", feed.species, network.species, _place(feed))
    if not (species.boundary or species.slow):
        raise InputError(
            f"{_place(feed)}: it is a balanced pool, whose label follows from the fluxes; feed a "
            "boundary species that a step turns into it"
        )
    total = sum(tracer.fraction for tracer in feed.tracers)
    if abs(total - 1) > FRACTION_TOLERANCE:
        raise InputError(f"{_place(feed)}: its fractions add up to {total:g}, not 1")
    for tracer in feed.tracers:
        _check_atoms(feed, tracer, species)


def _check_atoms(feed: Feed, tracer: Tracer, species: Species) -> None:
    for element, heavy in tracer.heavy.items():
        count = species.atoms.get(element, 0)
        if len(heavy) != count:
            raise InputError(
                f"{_place(feed)}: labels for {len(heavy)} atoms of {element}, the molecule has "
                f"{count}"
            )
