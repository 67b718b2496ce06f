"""A slow, plain oracle: balances of all isotopomers of all species, solved by iteration.

It shares no code with the engine. An isotopomer is a pattern of heavy and light atoms; a species
with n atoms has 2^n of them. At steady state each pool is the mean of what flows in, weighted by
flux; what flows in is put together from the reactants' isotopomers atom by atom.
"""

from itertools import product

import numpy as np

from cahill.core.labelling import Experiment, Feed, LabelMeasurement, Tracer, mass_channels
from cahill.core.network import AtomMap, Network, Participant, Species, Step


def atoms_of(species):
    """Return the atoms of a species in a fixed order."""
    return [(e, k + 1) for e in sorted(species.atoms) for k in range(species.atoms[e])]


def isotopomers(network, experiment, gross, sweeps=100000):
    """Return by species the fractions of all its isotopomers, an array with an axis an atom."""
    pools = {name: _light(species) for name, species in network.species.items()}
    for feed in experiment.feeds:
        pools[feed.species] = _fed(network.species[feed.species], feed)
    ways = _ways(network)
    for _ in range(sweeps):
        change = 0.0
        for name, found in ways.items():
            new = sum(
                gross[flux] * weight * _made(network, atom_map, number, pools)
                for flux, weight, atom_map, number in found
            )
            new = new / new.sum()
            change = max(change, np.abs(new - pools[name]).max())
            pools[name] = new
        if change < 1e-15:
            return pools
    raise AssertionError("the oracle did not settle")


def counts(network, isotopomer, name, groups):
    """Return the joint distribution of heavy atoms in groups of atoms, flattened."""
    order = atoms_of(network.species[name])
    joint = np.zeros([len(group) + 1 for group in groups])
    for pattern in product((0, 1), repeat=len(order)):
        heavy = dict(zip(order, pattern))
        joint[tuple(sum(heavy[atom] for atom in group) for group in groups)] += isotopomer[pattern]
    return joint.ravel()


def _light(species):
    table = np.zeros((2,) * len(atoms_of(species)))
    table[(0,) * table.ndim] = 1.0
    return table


def _fed(species, feed):
    table = np.zeros((2,) * len(atoms_of(species)))
    for tracer in feed.tracers:
        for pattern in np.ndindex(table.shape):
            chance = tracer.fraction
            for (element, position), heavy in zip(atoms_of(species), pattern):
                p = tracer.heavy.get(element, (0.0,) * 99)[position - 1]
                chance *= p if heavy else 1 - p
            table[pattern] += chance
    return table


def _ways(network):
    ways, place = {}, 0
    for step in network.steps:
        for backward in (False, True)[: 2 if step.reaction in network.reversible else 1]:
            for atom_map, share in step.shares():
                turned = atom_map.reversed() if backward else atom_map
                for number, part in enumerate(turned.products):
                    if network.species[part.species].kind in ("pool", "enzyme-bound"):
                        ways.setdefault(part.species, []).append(
                            (place, share * part.count, turned, number)
                        )
            place += 1
    return ways


def _made(network, atom_map, number, pools):
    """Return the isotopomers of one product molecule."""
    part = atom_map.products[number]
    marks = {}
    for element, letters in part.letters.items():
        for position, letter in enumerate(letters, start=1):
            marks[element, position] = (element, letter)
    order = atoms_of(network.species[part.species])
    wanted = [marks[atom] for atom in order]
    table, axes = np.ones(()), []
    for reactant in atom_map.reactants:
        own = atoms_of(network.species[reactant.species])
        letters = [(element, reactant.letters[element][position - 1]) for element, position in own]
        kept = [mark for mark in letters if mark in wanted]
        others = tuple(axis for axis, mark in enumerate(letters) if mark not in wanted)
        table = np.multiply.outer(table, pools[reactant.species].sum(axis=others))
        axes += kept
    return np.transpose(table, [axes.index(mark) for mark in wanted])


ATOMS = {
    "A": {"C": 3, "N": 1},
    "B": {"C": 2},
    "D": {"C": 5, "N": 1},
    "E": {"C": 3},
    "G": {"C": 2, "N": 1},
    "S": {"C": 4},
    "FA": {"C": 3, "N": 1},
    "FB": {"C": 2},
    "FS": {"C": 4},
}


def random_network(rng):
    """Return a network of C and N with condensation, cleavage, symmetry and shares, and fluxes.

    Gross fluxes need not balance: labels depend on what flows in alone.
    """
    species = {
        name: Species(name, name, "cell", atoms, "boundary" if name[0] == "F" else "pool")
        for name, atoms in ATOMS.items()
    }
    steps, both_ways = [], set()

    def mixed(letters):
        return "".join(rng.permutation(list(letters)))

    def add(maps, reversible=False, weights=()):
        name = f"v{len(steps)}"
        steps.append(Step(name, name, tuple(maps), weights=weights))
        if reversible:
            both_ways.add(name)

    def molecule(name, carbons="", nitrogens="", count=1.0):
        letters = {"C": carbons, "N": nitrogens}
        return Participant(name, {e: text for e, text in letters.items() if text}, count)

    five = mixed("abcde")
    add([AtomMap((molecule("FA", "abc", "n"),), (molecule("A", mixed("abc"), "n"),))])
    add([AtomMap((molecule("FB", "ab"),), (molecule("B", mixed("ab"), count=2.0),))])
    turn = [AtomMap((molecule("FS", "abcd"),), (molecule("S", t),)) for t in ("abcd", "dcba")]
    add(turn)
    add(
        [AtomMap((molecule("A", "abc", "n"), molecule("B", "de")), (molecule("D", five, "n"),))],
        reversible=True,
    )
    five = mixed("abcde")
    add(
        [
            AtomMap(
                (molecule("D", "abcde", "n"),),
                (molecule("E", five[:3]), molecule("G", five[3:], "n")),
            )
        ]
    )
    add(
        [AtomMap((molecule("B", "ab"), molecule("B", "cd")), (molecule("S", mixed("abcd")),))],
        reversible=True,
    )
    five, other = mixed("abcde"), mixed("abcde")
    swap = [
        AtomMap(
            (molecule("G", "ab", "n"), molecule("E", "cde")),
            (molecule("B", text[:2]), molecule("A", text[2:], "n")),
        )
        for text in (five, other)
    ]
    add(swap, reversible=True, weights=(0.3, 0.7))
    network = Network(
        species, tuple(steps), {s.id: s.maps[0].counts() for s in steps}, frozenset(both_ways)
    )
    fluxes = rng.lognormal(0, 1.5, len(steps) + len(both_ways))
    return network, fluxes


def random_feeds(rng):
    """Return feeds of two labelled forms each, with labels of any probability."""
    feeds = []
    for name in ("FA", "FB", "FS"):
        share = rng.uniform()
        forms = [
            {e: tuple(np.clip(rng.uniform(-0.5, 1.5, n), 0, 1)) for e, n in ATOMS[name].items()}
            for _ in range(2)
        ]
        feeds.append(Feed(name, (Tracer(share, forms[0]), Tracer(1 - share, forms[1]))))
    return tuple(feeds)


def measured(species, groups, name="m", **options):
    """Return a measurement of all joint counts of some groups."""
    shape = tuple(map(len, groups))
    channels = mass_channels(shape)
    blank = np.full((1, len(channels)), np.nan)
    names = (species,) if isinstance(species, str) else tuple(species)
    return LabelMeasurement(name, names, groups, channels, blank, blank, **options)


def experiment_of(feeds, *measurements, stationary=True):
    """Return an experiment."""
    return Experiment("test", tuple(feeds), tuple(measurements), stationary)
