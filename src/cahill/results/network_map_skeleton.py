"""Which metabolites of a network are joined on its map: the skeleton its traced atoms follow.

Drawing every substrate with every product gives a hairball. The skeleton joins those between which
atoms pass, without the carriers: metabolites of a single traced atom (CO2, one-carbon units,
ammonia) and the pairs that accompany many reactions (glutamate and 2-oxoglutarate).
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from cahill.core.network import Network, Step

Pair = tuple[str, str]

COMMON = 4  # reactions that a pair accompanies from which on it is a carrier
MINOR = 0.02  # share of the largest flux below which a reaction shows the main donors alone


@dataclass(frozen=True)
class Link:
    """Two metabolites and the reactions that carry atoms from `start` to `end`.

    Parameters
    ----------
    start, end : str
        Species ids.
    terms : tuple of (str, float)
        Reaction id and its direction: 1 from start to end as written, -1 the other way.
    element : {"C", "N"}
        Nitrogen where no carbon passes.
    """

    start: str
    end: str
    terms: tuple[tuple[str, float], ...]
    element: str


def skeleton(network: Network, net: Mapping[str, float]) -> tuple[Link, ...]:
    """Return the links of the map, each pair of metabolites once.

    Parameters
    ----------
    network : Network
    net : mapping of str to float
        Net flux by reaction id; reactions without one are left out.
    """
    steps = [step for step in network.steps if step.reaction in net]
    carried = {step.id: _carried(step, network, 2) for step in steps}
    if not any(carried.values()):
        carried = {step.id: _carried(step, network, 1) for step in steps}
    common = {
        frozenset(pair)
        for pair, count in Counter(
            frozenset(pair) for pairs in carried.values() for pair in pairs
        ).items()
        if count >= COMMON
    }
    largest = max((abs(flux) for flux in net.values() if flux == flux), default=0.0)
    found: dict[Pair, dict[str, float]] = {}
    elements: dict[Pair, set[str]] = {}
    for step in steps:
        pairs = carried[step.id]
        own = {pair: atoms for pair, atoms in pairs.items() if frozenset(pair) not in common}
        chosen = _main(own or pairs, minor=abs(net.get(step.reaction, 0.0)) < MINOR * largest)
        for pair in sorted(chosen):
            turned = (pair[1], pair[0])
            key, way = (turned, -1.0) if turned in found else (pair, 1.0)
            found.setdefault(key, {})[step.reaction] = way
            elements.setdefault(key, set()).update(pairs[pair])
    return tuple(
        Link(*pair, tuple(terms.items()), "C" if "C" in elements[pair] else "N")
        for pair, terms in found.items()
    )


def _carried(step: Step, network: Network, least: int) -> dict[Pair, Counter[str]]:
    """Return the atoms by element that pass between substrates and products of `least` atoms."""
    passed: dict[Pair, Counter[str]] = {}
    for atom_map in step.maps:
        for source, target in atom_map.transfers():
            ends = (network.species[source.species], network.species[target.species])
            if source.species != target.species and all(
                sum(one.atoms.values()) >= least and not one.enzyme_bound for one in ends
            ):
                pair = (source.species, target.species)
                passed.setdefault(pair, Counter())[source.element] += 1
    return passed


def _main(pairs: Mapping[Pair, Counter[str]], *, minor: bool) -> set[Pair]:
    """Return each product with its main donor and, in major reactions, each substrate's product."""
    chosen: set[Pair] = set()
    for side in (1,) if minor else (1, 0):
        for name in {pair[side] for pair in pairs}:
            rivals = [pair for pair in pairs if pair[side] == name]
            chosen.add(max(rivals, key=lambda pair: (pairs[pair].total(), pair)))
    return chosen
