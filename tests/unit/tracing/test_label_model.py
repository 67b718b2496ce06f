"""Predicted labels and derivatives, against an oracle of all isotopomers."""

import pickle
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from label_oracle import (
    ATOMS,
    counts,
    experiment_of,
    isotopomers,
    measured,
    random_feeds,
    random_network,
)

from cahill.core.atom_maps import parse_step
from cahill.core.labelling import (
    Experiment,
    Feed,
    LabelMeasurement,
    Tracer,
    average_channel,
    mass_channels,
    multiplet_channels,
)
from cahill.core.network import Network, Species
from cahill.cycle.enrichment import atom_enrichment
from cahill.errors import InputError, ModelError, UnknownNameError
from cahill.tracing.emu import Emu
from cahill.tracing.feeds import emu_distribution
from cahill.tracing.label_model import label_model

C = {name: tuple(("C", k + 1) for k in range(atoms["C"])) for name, atoms in ATOMS.items()}
N = (("N", 1),)
BALANCED = ("A", "B", "D", "E", "G", "S")


def groupings(name):
    """Return ways to group the atoms of a species: unit mass, resolved, tandem, multiplet."""
    carbons = C[name]
    nitrogen = N if "N" in ATOMS[name] else ()
    yield (carbons + nitrogen,)
    yield (carbons[:1], carbons[1:])
    yield tuple((atom,) for atom in carbons[:3])
    yield (carbons[-1:],)
    if nitrogen:
        yield (carbons, nitrogen)
        yield (nitrogen, carbons[1:], carbons[:1])


def everything():
    return [
        measured(name, groups, f"{name} {number}")
        for name in BALANCED
        for number, groups in enumerate(groupings(name))
    ]


few = settings(max_examples=6, deadline=None)


@few
@given(st.integers(0, 2**32 - 1))
def test_every_kind_of_measurement_agrees_with_all_isotopomers(seed):
    rng = np.random.default_rng(seed)
    network, gross = random_network(rng)
    experiment = experiment_of(random_feeds(rng), *everything())
    pools = isotopomers(network, experiment, gross)
    expected = [
        counts(network, pools[m.species[0]], m.species[0], m.groups) for m in experiment.labels
    ]
    predicted = label_model(network, experiment).predict(gross)
    assert predicted == pytest.approx(np.concatenate(expected), abs=1e-11)


@few
@given(st.integers(0, 2**32 - 1))
def test_jacobian_agrees_with_differences_of_the_oracle_and_of_itself(seed):
    rng = np.random.default_rng(seed)
    network, gross = random_network(rng)
    wanted = [measured("D", (C["D"], N)), measured("S", (C["S"][:1], C["S"][1:]), "s")]
    experiment = experiment_of(random_feeds(rng), *wanted)
    model = label_model(network, experiment)
    direction = rng.normal(size=(len(gross), 3)) * gross[:, None]
    values, jacobian = model.predict_with_jacobian(gross, direction)
    assert np.array_equal(values, model.predict(gross))
    step = 1e-5
    for column in range(3):
        change = step * direction[:, column]
        own = (model.predict(gross + change) - model.predict(gross - change)) / (2 * step)
        assert jacobian[:, column] == pytest.approx(own, abs=1e-8)
    ends = []
    for sign in (1, -1):
        pools = isotopomers(network, experiment, gross + sign * step * direction[:, 0])
        joint = [counts(network, pools[m.species[0]], m.species[0], m.groups) for m in wanted]
        ends.append(np.concatenate(joint))
    assert jacobian[:, 0] == pytest.approx((ends[0] - ends[1]) / (2 * step), abs=1e-7)


def test_resolved_counts_add_up_to_unit_mass():
    rng = np.random.default_rng(3)
    network, gross = random_network(rng)
    both = measured("A", (C["A"], N)), measured("A", (C["A"] + N,), "sum")
    values = label_model(network, experiment_of(random_feeds(rng), *both)).predict(gross)
    joint = values[:8].reshape(4, 2)
    summed = [joint[::-1].trace(offset) for offset in range(-3, 2)]
    assert values[8:] == pytest.approx(summed, abs=1e-14)


def test_order_of_groups_is_the_order_of_axes():
    rng = np.random.default_rng(4)
    network, gross = random_network(rng)
    both = measured("D", (C["D"], N)), measured("D", (N, C["D"]), "turned")
    values = label_model(network, experiment_of(random_feeds(rng), *both)).predict(gross)
    carbon_first, nitrogen_first = values[:12].reshape(6, 2), values[12:].reshape(2, 6)
    assert carbon_first.transpose() == pytest.approx(nitrogen_first, abs=1e-15)


def test_mixtures_take_given_pool_and_free_shares():
    rng = np.random.default_rng(5)
    network, gross = random_network(rng)
    feeds = random_feeds(rng)
    groups = (C["B"],)
    parts = [measured(name, groups, name) for name in ("A", "B", "E")]
    names = ("A", "B", "E")
    mixes = [
        measured(names, groups, "given", shares=(0.2, 0.5, 0.1)),
        measured(names, groups, "pools", mix="pools"),
        measured(names, groups, "free", mix="free"),
    ]
    model = label_model(network, experiment_of(feeds, *parts, *mixes))
    assert model.pools == names
    assert model.shares == tuple(("free", name) for name in names)
    sizes, shares = np.array([1.0, 2.0, 5.0]), np.array([0.7, 0.2, 0.4])
    values = model.predict(gross, sizes, shares).reshape(-1, 3)
    single = values[:3]
    for row, weight in zip(values[3:], ((0.2, 0.5, 0.1), sizes / 8, shares)):
        assert row == pytest.approx(weight @ single, abs=1e-14)
    with pytest.raises(InputError, match="shares: 3 numbers"):
        model.predict(gross, sizes)
    with pytest.raises(InputError, match="pools: 3 numbers"):
        model.predict(gross, shares=shares)
    with pytest.raises(ModelError, match="not all empty"):
        model.predict(gross, np.zeros(3), shares)


def test_jacobian_covers_pools_and_shares():
    rng = np.random.default_rng(6)
    network, gross = random_network(rng)
    mixes = [measured(("A", "E"), (C["B"],), mix, mix=mix) for mix in ("pools", "free")]
    model = label_model(network, experiment_of(random_feeds(rng), *mixes))
    sizes, shares = np.array([1.0, 3.0]), np.array([0.7, 0.2])
    tangents = [rng.normal(size=(len(start), 4)) for start in (gross, sizes, shares)]
    tangents[0] *= gross[:, None]
    values, jacobian = model.predict_with_jacobian(
        gross, tangents[0], sizes, tangents[1], shares, tangents[2]
    )
    assert np.array_equal(values, model.predict(gross, sizes, shares))
    step = 1e-6
    for column in range(4):
        change = [step * tangent[:, column] for tangent in tangents]
        ends = [
            model.predict(gross + s * change[0], sizes + s * change[1], shares + s * change[2])
            for s in (1, -1)
        ]
        assert jacobian[:, column] == pytest.approx((ends[0] - ends[1]) / (2 * step), abs=1e-8)
    _, still = model.predict_with_jacobian(gross, 0 * tangents[0], sizes, None, shares)
    assert not still.any()


def chain(*rows, both=(), held=("X",)):
    steps = tuple(parse_step(name, name, text) for name, text in rows)
    names = {p.species for s in steps for p in (*s.maps[0].reactants, *s.maps[0].products)}
    species = {
        name: Species(name, name, "cell", {"C": 1}, "boundary" if name in held else "pool")
        for name in names
    }
    return Network(species, steps, {s.id: s.maps[0].counts() for s in steps}, frozenset(both))


def enrichment(*names):
    return [measured(name, ((("C", 1),),), name) for name in names]


FEED = (Feed("X", (Tracer(1.0, {"C": (1.0,)}),)),)


def test_pool_without_flow_is_unlabelled_and_no_number_is_lost():
    network = chain(("in", "X C:a -> Y C:a"), ("on", "Y C:a -> Z C:a"))
    model = label_model(network, experiment_of(FEED, *enrichment("Y", "Z")))
    assert model.predict(np.array([1.0, 1.0])) == pytest.approx([0, 1, 0, 1])
    assert model.predict(np.array([1.0, 0.0])) == pytest.approx([0, 1, 1, 0])
    # A flux a rounding below 0 counts as none.
    assert model.predict(np.array([1.0, -1e-13])) == pytest.approx([0, 1, 1, 0])
    values, jacobian = model.predict_with_jacobian(np.array([0.0, 0.0]), np.eye(2))
    assert values == pytest.approx([1, 0, 1, 0])
    assert np.isfinite(jacobian).all()


def test_closed_loop_is_refused_by_name():
    network = chain(("in", "X C:a -> Y C:a"), ("swap", "Y C:a -> Z C:a"), both=("swap",))
    model = label_model(network, experiment_of(FEED, *enrichment("Z")))
    assert model.predict(np.array([1e-12, 3.0, 3.0])) == pytest.approx([0, 1])
    with pytest.raises(ModelError, match=r'label of "[YZ]".*closed loop'):
        model.predict(np.array([0.0, 3.0, 3.0]))
    with pytest.raises(ModelError, match="closed loop"):
        model.predict_with_jacobian(np.array([0.0, 3.0, 3.0]), np.eye(3))


def test_pool_that_only_turns_over_itself_is_refused():
    network = chain(("turn", "Y C:a -> Y C:a"), ("in", "X C:a -> Y C:a"))
    model = label_model(network, experiment_of(FEED, *enrichment("Y")))
    assert model.predict(np.array([5.0, 1.0])) == pytest.approx([0, 1])
    with pytest.raises(ModelError, match="closed loop"):
        model.predict(np.array([5.0, 0.0]))


@pytest.mark.parametrize("flux", [-0.1, np.nan, np.inf])
def test_impossible_fluxes_are_refused_by_name(flux):
    network = chain(("in", "X C:a -> Y C:a"), ("on", "Y C:a -> Z C:a"))
    model = label_model(network, experiment_of(FEED, *enrichment("Z")))
    with pytest.raises(ModelError, match="on forward is"):
        model.predict(np.array([1.0, flux]))
    with pytest.raises(ModelError, match="on forward is"):
        model.predict_with_jacobian(np.array([1.0, flux]), np.eye(2))


def test_vectors_of_the_wrong_shape_are_refused():
    network = chain(("in", "X C:a -> Y C:a"))
    model = label_model(network, experiment_of(FEED, *enrichment("Y")))
    with pytest.raises(InputError, match="gross: 1 numbers"):
        model.predict(np.ones(2))
    with pytest.raises(InputError, match=r"d_gross: shape \(1, p\)"):
        model.predict_with_jacobian(np.ones(1), np.ones((2, 3)))


def test_measured_held_pools_and_feeds_without_label():
    network = chain(("in", "X C:a -> Y C:a"), ("or", "Q C:a -> Y C:a"), held=("X", "Q"))
    model = label_model(network, experiment_of(FEED, *enrichment("X", "Q", "Y")))
    values, jacobian = model.predict_with_jacobian(np.array([1.0, 3.0]), np.eye(2))
    assert values == pytest.approx([0, 1, 1, 0, 0.75, 0.25])
    assert not jacobian[:4].any()
    assert jacobian[5] == pytest.approx([3 / 16, -1 / 16])


def test_rows_name_every_value_and_steady_states_repeat_over_times():
    network = chain(("in", "X C:a -> Y C:a"))
    channels = mass_channels((1,))
    values = np.full((2, 2), np.nan)
    twice = LabelMeasurement("Y", ("Y",), ((("C", 1),),), channels, values, values, (1.0, 2.0))
    model = label_model(network, Experiment("e", FEED, (twice,)))
    assert [tuple(row) for row in model.rows] == [
        ("Y", 1.0, "M+0"),
        ("Y", 1.0, "M+1"),
        ("Y", 2.0, "M+0"),
        ("Y", 2.0, "M+1"),
    ]
    predicted, jacobian = model.predict_with_jacobian(np.ones(1), np.ones((1, 1)))
    assert predicted == pytest.approx([0, 1, 0, 1])
    assert jacobian.shape == (4, 1)


def test_channels_weigh_counts():
    rng = np.random.default_rng(8)
    network, gross = random_network(rng)
    mids = measured("A", (C["A"],))
    blank = np.full((1, 1), np.nan)
    mean = LabelMeasurement("mean", ("A",), (C["A"],), average_channel(3), blank, blank)
    four = np.full((1, 4), np.nan)
    nmr = LabelMeasurement(
        "nmr", ("A",), tuple((atom,) for atom in C["A"]), multiplet_channels(2), four, four
    )
    single = measured("A", (C["A"][:1],), "C1")
    values = label_model(
        network, experiment_of(random_feeds(rng), mids, mean, nmr, single)
    ).predict(gross)
    assert values[4] == pytest.approx(values[:4] @ np.arange(4) / 3)
    assert values[5:9].sum() == pytest.approx(values[10])


def test_models_survive_pickling():
    rng = np.random.default_rng(9)
    network, gross = random_network(rng)
    model = label_model(network, experiment_of(random_feeds(rng), *everything()))
    values = model.predict(gross)
    assert np.array_equal(pickle.loads(pickle.dumps(model)).predict(gross), values)


def test_feeds_that_do_not_fit_are_refused():
    network = chain(("in", "X C:a -> Y C:a"))

    def model(*feeds, stationary=True):
        return label_model(network, experiment_of(feeds, *enrichment("Y"), stationary=stationary))

    heavy = (Tracer(1.0, {"C": (1.0,)}),)
    with pytest.raises(UnknownNameError, match=r'feeds.tsv row 2.*"W"'):
        model(Feed("W", heavy, where="feeds.tsv row 2"))
    with pytest.raises(InputError, match='"Y": it is a balanced pool'):
        model(Feed("Y", heavy))
    with pytest.raises(InputError, match=r"add up to 0\.5"):
        model(Feed("X", (Tracer(0.5),)))
    with pytest.raises(InputError, match="labels for 2 atoms of C, the molecule has 1"):
        model(Feed("X", (Tracer(1.0, {"C": (1.0, 0.0)}),)))
    with pytest.raises(InputError, match="two feeds at isotopic steady state"):
        model(Feed("X", heavy), Feed("X", heavy, 5.0))
    with pytest.raises(InputError, match="two feeds from 5 on"):
        model(Feed("X", heavy, 5.0), Feed("X", heavy, 5.0), stationary=False)


def test_feeds_change_with_time():
    network = chain(("in", "X C:a -> Y C:a"), ("or", "Q C:a -> Y C:a"), held=("X", "Q"))
    heavy, half = Tracer(1.0, {"C": (1.0,)}), Tracer(1.0, {"C": (0.5,)})
    feeds = Feed("X", (heavy,)), Feed("X", (half,), 3.0), Feed("Q", (half,), 2.0)
    later = (replace(one, times=(1.0,)) for one in enrichment("Y"))
    experiment = experiment_of(feeds, *later, stationary=False)
    model = label_model(network, experiment)
    assert model.pools == ("Y",)
    assert list(model.inputs.starts) == [-np.inf, 0, 2, 3]
    where = [model.cascade.places[Emu(name, ((("C", 1),),))] + 1 for name in ("X", "Q")]
    assert model.inputs.values[:, where].tolist() == [[0, 0], [1, 0], [1, 0.5], [0.5, 0.5]]


def test_tracer_atoms_are_independent():
    emu = Emu("Z", ((("C", 1), ("C", 3)), (("N", 1),)))
    tracers = Tracer(0.5, {"C": (0.9, 1, 0.2), "N": (0.3,)}), Tracer(0.5)
    joint = emu_distribution(emu, tracers).reshape(3, 2)
    carbon = [0.1 * 0.8, 0.9 * 0.8 + 0.1 * 0.2, 0.9 * 0.2]
    assert joint == pytest.approx(
        0.5 * np.outer(carbon, [0.7, 0.3]) + 0.5 * np.eye(1, 6).reshape(3, 2)
    )


@pytest.mark.parametrize(
    ("measurement", "error", "message"),
    [
        (measured("W", (C["A"],)), UnknownNameError, '"W"'),
        (measured("B", (C["A"],)), InputError, "no atom C3; it has 2"),
        (measured("B", ((("C", 0),),)), InputError, "no atom C0"),
        (measured("A", (C["A"], C["A"][:1])), InputError, "stands in its groups twice"),
        (measured("A", (C["A"], ())), InputError, "groups with atoms"),
    ],
)
def test_measurements_that_do_not_fit_are_refused(measurement, error, message):
    network, _ = random_network(np.random.default_rng(1))
    with pytest.raises(error, match=f'measurement "m".*{message}'):
        label_model(network, experiment_of((), measurement))


def test_channel_beyond_its_groups_is_refused():
    network, _ = random_network(np.random.default_rng(1))
    blank = np.full((1, 1), np.nan)
    channels = mass_channels((2,), [(3,)])
    wrong = LabelMeasurement("m", ("B",), (C["B"],), channels, blank, blank)
    with pytest.raises(InputError, match=r"counts \(3,\) heavy atoms in groups of \(2,\)"):
        label_model(network, experiment_of((), wrong))


def test_whole_body_network_agrees_with_its_atom_balances(man):
    network = man.network
    rng = np.random.default_rng(2)
    model_fluxes = {}
    gross = []
    for step in network.steps:
        model_fluxes[step.id] = rng.uniform(0.5, 2), rng.uniform(0.1, 1)
        both = step.reaction in network.reversible
        gross += model_fluxes[step.id] if both else model_fluxes[step.id][:1]
    heavy = {
        name: {e: tuple(rng.uniform(size=n)) for e, n in network.species[name].atoms.items()}
        for name in network.of_kind("boundary", "slow")
    }
    atoms = atom_enrichment(
        network.steps,
        {name: fluxes[0] for name, fluxes in model_fluxes.items()},
        {
            step.id: model_fluxes[step.id][1]
            for step in network.steps
            if step.reaction in network.reversible
        },
        labelled={name: labels for name, labels in heavy.items() if labels},
        unlabelled=network.of_kind("boundary", "slow"),
    )
    wanted = [
        (name, element)
        for name, species in network.species.items()
        if species.kind in ("pool", "enzyme-bound")
        for element in species.atoms
    ]
    measurements = [
        measured(
            name,
            (tuple((element, k + 1) for k in range(network.species[name].atoms[element])),),
            f"{name} {element}",
        )
        for name, element in wanted
    ]
    feeds = [Feed(name, (Tracer(1.0, labels),)) for name, labels in heavy.items()]
    predicted = label_model(network, experiment_of(feeds, *measurements)).predict(np.array(gross))
    start = 0
    for name, element in wanted:
        count = network.species[name].atoms[element]
        mean = predicted[start : start + count + 1] @ np.arange(count + 1) / count
        assert mean == pytest.approx(atoms.mean(name, element), rel=1e-9), name
        start += count + 1
    assert start == len(predicted)
