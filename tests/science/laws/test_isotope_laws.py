"""Laws that isotopologue distributions obey in any network, tried on random ones."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_atom_balance import POOLS, SPECIES, routes, small

from cahill.core.atom_maps import parse_step
from cahill.core.labelling import (
    Experiment,
    Feed,
    LabelMeasurement,
    Tracer,
    average_channel,
    mass_channels,
)
from cahill.core.network import AtomMap, Network
from cahill.cycle.enrichment import atom_enrichment
from cahill.tracing.label_model import label_model

SOURCES = {"Fed": 3, "Big": 6, "Rest": 3}
WHOLE = (("C", 1), ("C", 2), ("C", 3))
labels = st.fixed_dictionaries(
    {name: st.lists(st.floats(0, 1), min_size=n, max_size=n) for name, n in SOURCES.items()}
)


def network_of(route):
    """Return the network and gross fluxes of a route, and the pools on it."""
    steps, forward, backward = route
    both = frozenset(name for name, flux in backward.items() if flux)
    gross = []
    for step in steps:
        gross += [forward[step.id], backward[step.id]] if step.id in both else [forward[step.id]]
    network = Network(SPECIES, tuple(steps), {s.id: s.maps[0].counts() for s in steps}, both)
    made = {part.species for step in steps for part in step.maps[0].products}
    return network, np.array(gross), [name for name in POOLS if name in made]


def measure(species, channels, groups=(WHOLE,)):
    blank = np.full((1, len(channels)), np.nan)
    return LabelMeasurement(species, (species,), groups, tuple(channels), blank, blank)


def model_of(network, heavy, *measurements):
    feeds = tuple(Feed(name, (Tracer(1.0, {"C": tuple(x)}),)) for name, x in heavy.items())
    return label_model(network, Experiment("law", feeds, measurements))


@small
@given(routes(), labels)
def test_distributions_add_up_to_one_and_lie_between_nothing_and_all(route, heavy):
    network, gross, pools = network_of(route)
    found = model_of(network, heavy, *(measure(p, mass_channels((3,))) for p in pools))
    values = found.predict(gross).reshape(-1, 4)
    assert values.sum(axis=1) == pytest.approx(1, abs=1e-13)
    assert values.min() >= 0
    assert values.max() <= 1 + 1e-13


@small
@given(routes(), st.booleans())
def test_labelled_alike_everywhere_means_labelled_alike_throughout(route, full):
    network, gross, pools = network_of(route)
    heavy = {name: [float(full)] * n for name, n in SOURCES.items()}
    found = model_of(network, heavy, *(measure(p, mass_channels((3,))) for p in pools))
    expected = [0, 0, 0, 1] if full else [1, 0, 0, 0]
    for values in found.predict(gross).reshape(-1, 4):
        assert values == pytest.approx(expected, abs=1e-13)


@small
@given(routes(), labels)
def test_mean_enrichment_is_that_of_the_linear_atom_balances(route, heavy):
    network, gross, pools = network_of(route)
    steps, forward, backward = route
    atoms = atom_enrichment(
        steps,
        forward,
        backward,
        labelled={n: {"C": x} for n, x in heavy.items()},
        unlabelled=["Out"],
    )
    found = model_of(network, heavy, *(measure(p, average_channel(3)) for p in pools))
    assert found.predict(gross) == pytest.approx([atoms.mean(p) for p in pools], abs=1e-11)


@small
@given(routes(), labels)
def test_label_that_enters_leaves(route, heavy):
    network, gross, pools = network_of(route)
    steps, forward, _ = route
    found = model_of(network, heavy, *(measure(p, average_channel(3)) for p in pools))
    enrichment = dict(zip(pools, found.predict(gross)))
    entering = leaving = 0.0
    for step in steps:
        first, last = step.maps[0].reactants[0].species, step.maps[0].products[0].species
        if first in SOURCES:
            entering += forward[step.id] * sum(heavy[first])
        if last == "Out":
            leaving += forward[step.id] * 3 * enrichment[first]
    assert leaving == pytest.approx(entering, rel=1e-9, abs=1e-12)


@small
@given(routes(), labels, st.floats(1e-3, 1e3))
def test_labels_depend_on_ratios_of_fluxes_alone(route, heavy, factor):
    network, gross, pools = network_of(route)
    found = model_of(network, heavy, *(measure(p, mass_channels((3,))) for p in pools))
    values, jacobian = found.predict_with_jacobian(gross, gross[:, None])
    assert found.predict(factor * gross) == pytest.approx(values, abs=1e-12)
    assert np.abs(jacobian).max() < 1e-11


def turned(side, turn):
    """Return one side of a map with the atoms of P1 named from the other end, if `turn` is 1."""
    return tuple(
        replace(part, letters={e: text[::-1] for e, text in part.letters.items()})
        if turn and part.species == "P1"
        else part
        for part in side
    )


@small
@given(routes(), labels)
def test_relabelling_the_atoms_of_a_symmetric_molecule_changes_nothing(route, heavy):
    network, gross, pools = network_of(route)

    def scrambled(step):
        # P1 is symmetric: whatever makes it, in either direction, makes both orientations.
        maps = [AtomMap(m.reactants, turned(m.products, t)) for m in step.maps for t in (0, 1)]
        maps = [AtomMap(turned(m.reactants, t), m.products) for m in maps for t in (0, 1)]
        return replace(step, maps=tuple(maps), weights=())

    def relabelled(step):
        maps = tuple(AtomMap(turned(m.reactants, 1), m.products) for m in step.maps)
        return replace(step, maps=maps)

    symmetric = tuple(map(scrambled, network.steps))
    one = replace(network, steps=symmetric)
    other = replace(network, steps=tuple(map(relabelled, symmetric)))
    wanted = [measure(p, mass_channels((3,))) for p in pools]
    wanted += (
        [measure("P1", mass_channels((1, 1)), (WHOLE[:1], WHOLE[2:]))] if "P1" in pools else []
    )
    values = model_of(one, heavy, *wanted).predict(gross)
    assert model_of(other, heavy, *wanted).predict(gross) == pytest.approx(values, abs=1e-12)


def test_symmetric_halves_are_followed_once():
    steps = [
        parse_step("in", "in", "Fed C:abc -> P1 C:abc | P1 C:cba"),
        parse_step("on", "on", "P1 C:abc -> P2 C:abc | P2 C:cba"),
    ]
    network = Network(SPECIES, tuple(steps), {s.id: s.maps[0].counts() for s in steps})
    ends = [measure("P2", mass_channels((1,)), (WHOLE[k : k + 1],)) for k in (0, 2)]
    model = model_of(network, {"Fed": [1, 0, 0]}, *ends)
    assert len(model.cascade.rows) == 2
    assert model.predict(np.ones(2)) == pytest.approx([0.5] * 4)
