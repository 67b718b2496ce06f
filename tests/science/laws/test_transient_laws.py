"""Laws that labels obey on their way to steady state, tried on random networks."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import gammainc
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
from cahill.core.network import Network, Species
from cahill.cycle.atom_flows import atom_flows
from cahill.tracing.label_model import label_model

SOURCES = {"Fed": 3, "Big": 6, "Rest": 3}
WHOLE = ((("C", 1), ("C", 2), ("C", 3)),)
HEAVY = (Tracer(1.0, {"C": (1.0, 1.0, 1.0)}),)
CLOSE = 2e-6
labels = st.fixed_dictionaries(
    {name: st.lists(st.floats(0, 1), min_size=n, max_size=n) for name, n in SOURCES.items()}
)
sizes = st.lists(st.floats(1e-3, 1e3), min_size=len(POOLS), max_size=len(POOLS))


def measure(name, channels, times, groups=WHOLE):
    blank = np.full((max(len(times), 1), len(channels)), np.nan)
    return LabelMeasurement(name, (name,), groups, tuple(channels), blank, blank, tuple(times))


def compiled(route, feeds, times, channels=None):
    """Return the model of a route, its gross fluxes, and the pools on it."""
    steps, forward, backward = route
    both = frozenset(name for name, flux in backward.items() if flux)
    gross = []
    for step in steps:
        gross += [forward[step.id], backward[step.id]] if step.id in both else [forward[step.id]]
    network = Network(SPECIES, tuple(steps), {s.id: s.maps[0].counts() for s in steps}, both)
    made = {part.species for step in steps for part in step.maps[0].products}
    pools = [name for name in POOLS if name in made]
    wanted = [measure(name, channels or mass_channels((3,)), times) for name in pools]
    experiment = Experiment("law", tuple(feeds), tuple(wanted), stationary=False)
    return label_model(network, experiment), np.array(gross), pools


def fed(heavy, start=0.0):
    return tuple(Feed(name, (Tracer(1.0, {"C": tuple(x)}),), start) for name, x in heavy.items())


def predicted(model, gross, size):
    """Return the values, (pools, times, channels), for sizes in the order of POOLS."""
    known = dict(zip(POOLS, size))
    values = model.predict(gross, np.array([known[name] for name in model.pools]))
    count = len(model.experiment.labels)
    return values.reshape(count, len(model.observation.times), -1)


@small
@given(routes(), labels, sizes)
def test_distributions_add_up_to_one_and_lie_between_nothing_and_all(route, heavy, size):
    model, gross, _ = compiled(route, fed(heavy), (0.0, 0.01, 1.0, 30.0))
    values = predicted(model, gross, size)
    assert values.sum(axis=2) == pytest.approx(1, abs=1e-12)
    assert values.min() > -CLOSE
    assert values.max() < 1 + CLOSE
    assert values[:, 0, 0] == pytest.approx(1, abs=1e-15)


@small
@given(routes(), labels, sizes)
def test_labels_end_at_their_steady_state(route, heavy, size):
    model, gross, pools = compiled(route, fed(heavy), (1e9,))
    steady = replace(model.experiment, stationary=True)
    steady = replace(steady, labels=tuple(measure(p, mass_channels((3,)), ()) for p in pools))
    network = Network(SPECIES, tuple(route[0]), {}, _both_ways(route))
    expected = label_model(network, steady).predict(gross)
    assert predicted(model, gross, size).ravel() == pytest.approx(expected, abs=CLOSE)


def _both_ways(route):
    return frozenset(name for name, flux in route[2].items() if flux)


@small
@given(routes(), labels, sizes, st.floats(1e-3, 1e3))
def test_units_of_amount_and_of_time_do_not_matter(route, heavy, size, factor):
    times = np.array([0.01, 0.4, 6.0])
    model, gross, _ = compiled(route, fed(heavy), times)
    values = predicted(model, gross, size)
    more = predicted(model, gross * factor, np.array(size) * factor)
    assert more == pytest.approx(values, abs=CLOSE)
    slower, _, _ = compiled(route, fed(heavy), times * factor)
    assert predicted(slower, gross, np.array(size) * factor) == pytest.approx(values, abs=CLOSE)


@small
@given(routes(), labels, sizes, st.floats(0.01, 10.0))
def test_a_later_feed_makes_the_same_course_later(route, heavy, size, delay):
    times = np.array([0.05, 0.7, 5.0])
    model, gross, _ = compiled(route, fed(heavy), times)
    later, _, _ = compiled(route, fed(heavy, delay), times + delay)
    expected = predicted(model, gross, size)
    assert predicted(later, gross, size) == pytest.approx(expected, abs=CLOSE)


@small
@given(routes(), labels, sizes)
def test_steady_state_from_before_stays(route, heavy, size):
    model, gross, _ = compiled(route, fed(heavy, -1.0), (0.0, 0.01, 3.0))
    values = predicted(model, gross, size)
    for k in range(1, values.shape[1]):
        assert values[:, k] == pytest.approx(values[:, 0], abs=1e-11)


def panels(end):
    """Return times and weights of a quadrature that resolves the beginning and a change at 1."""
    points, weights = np.polynomial.legendre.leggauss(8)
    edges = np.concatenate([[0.0], np.geomspace(1e-5, 1.0, 25)])
    edges = np.concatenate([edges, 1.0 + np.geomspace(1e-5, end - 1.0, 33)])
    half, middle = np.diff(edges) / 2, (edges[1:] + edges[:-1]) / 2
    return (middle[:, None] + half[:, None] * points).ravel(), np.outer(half, weights).ravel()


@small
@given(routes(), st.lists(st.floats(0.1, 10), min_size=len(POOLS), max_size=len(POOLS)))
def test_label_in_is_label_out_and_label_stored(route, size):
    end = 50.0
    times, weights = panels(end)
    pulse = (Feed("Fed", HEAVY), Feed("Fed", (Tracer(1.0),), start=1.0))
    channels = average_channel(3)
    model, gross, pools = compiled(route, pulse, [*times, end], channels)
    found = dict(zip(pools, predicted(model, gross, size)[:, :, 0]))
    steps, forward, backward = route
    flows = atom_flows(steps, forward, backward).atoms.items()
    gained = sum(rate for (source, _), rate in flows if source.species == "Fed")
    lost = sum(
        rate * (found[source.species][:-1] @ weights)
        for (source, target), rate in flows
        if source.species in pools and target.species not in pools
    )
    known = dict(zip(POOLS, size))
    stored = sum(3 * known[name] * values[-1] for name, values in found.items())
    assert lost + stored == pytest.approx(gained, rel=2e-5)


@pytest.mark.parametrize("length", [1, 2, 5, 20])
def test_a_chain_of_pools_fills_like_a_gamma_distribution(length):
    names = [f"X{n}" for n in range(length + 1)]
    species = {
        name: Species(name, name, "c", {"C": 1}, "boundary" if name == "X0" else "pool")
        for name in names
    }
    steps = tuple(
        parse_step(f"v{n}", f"v{n}", f"{names[n]} C:a -> {names[n + 1]} C:a") for n in range(length)
    )
    network = Network(species, steps, {})
    times = np.array([0.1, 1.0, 3.0, 10.0, 40.0])
    last = measure(names[-1], average_channel(1), times, ((("C", 1),),))
    feed = Feed("X0", (Tracer(1.0, {"C": (1.0,)}),))
    model = label_model(network, Experiment("chain", (feed,), (last,), stationary=False))
    flux, size = 3.0, 2.5
    values = model.predict(np.full(length, flux), np.full(length, size))
    assert values == pytest.approx(gammainc(length, flux / size * times), abs=1e-6)
