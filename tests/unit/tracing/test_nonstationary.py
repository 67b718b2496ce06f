"""Labels over time against an isotopomer oracle, closed forms, and themselves."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from label_course_oracle import expected, isotopomer_course
from label_oracle import experiment_of, isotopomers, measured, random_feeds, random_network

from cahill.core.atom_maps import parse_step
from cahill.core.labelling import Feed, Tracer
from cahill.core.network import Network, Species
from cahill.errors import ConvergenceError, InputError, ModelError
from cahill.tracing.label_model import label_model
from cahill.tracing.nonstationary_error import refined, verified_error, with_tolerance

EC = Path(__file__).parents[3].parent / "shared" / "data" / "tracing" / "fluxml" / "EC.fml"
TIMES = (0.0, 0.3, 1.0, 4.0)
CARBONS = (("C", 1), ("C", 2), ("C", 3), ("C", 4), ("C", 5))
LABELLED = (Tracer(1.0, {"C": (1.0, 1.0)}),)


def timed(one, times):
    """Return a measurement at these times."""
    blank = np.full((len(times), len(one.channels)), np.nan)
    return replace(one, times=tuple(times), values=blank, sd=blank)


def probes(times):
    """Return measurements of every kind: mass, per element, tandem, one atom, a mixture."""
    found = (
        measured("D", (CARBONS,), "whole"),
        measured("D", (CARBONS, (("N", 1),)), "both"),
        measured("A", ((("C", 1), ("C", 2)), (("C", 3),)), "tandem"),
        measured("S", ((("C", 2),),), "atom"),
        measured(("A", "E"), ((("C", 1), ("C", 3)),), "mixed", shares=(0.3, 0.7)),
    )
    return tuple(timed(one, times) for one in found)


def random_case(seed, feeds=None, times=TIMES):
    """Return network, experiment, model, gross fluxes and pool sizes by species."""
    rng = np.random.default_rng(seed)
    network, gross = random_network(rng)
    experiment = experiment_of(feeds or random_feeds(rng), *probes(times), stationary=False)
    model = label_model(network, experiment)
    return network, experiment, model, gross, dict(zip("ABDEGS", rng.lognormal(0, 1.5, 6)))


def vector(model, sizes):
    return np.array([sizes[name] for name in model.pools])


@pytest.mark.parametrize("seed", range(4))
def test_agrees_with_all_isotopomers(seed):
    network, experiment, model, gross, sizes = random_case(seed)
    course = isotopomer_course(network, experiment.feeds, lambda t: gross, lambda t: sizes, TIMES)
    oracle = expected(network, course, experiment.labels)
    assert model.predict(gross, vector(model, sizes)) == pytest.approx(oracle, abs=1e-6)
    exact = with_tolerance(model, 1e-11)
    assert exact.predict(gross, vector(model, sizes)) == pytest.approx(oracle, abs=1e-9)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("tolerance", [1e-4, 1e-6, 1e-8])
def test_error_stays_below_the_tolerance(seed, tolerance):
    *_, model, gross, sizes = random_case(seed, times=(0.1, 7.0))
    pools = vector(model, sizes)
    exact = with_tolerance(model, 1e-12).predict(gross, pools)
    found = with_tolerance(model, tolerance).predict(gross, pools)
    assert np.abs(found - exact).max() < tolerance


def test_feeds_switch_and_pulses_end():
    rng = np.random.default_rng(8)
    feeds = random_feeds(rng)
    pulse = (*feeds, Feed("FA", (Tracer(1.0),), start=0.5), replace(feeds[1], start=0.25))
    later = tuple(feed for feed in pulse if feed is not feeds[1])
    network, experiment, model, gross, sizes = random_case(5, later, (0.25, 0.5, 2.0))
    course = isotopomer_course(
        network, experiment.feeds, lambda t: gross, lambda t: sizes, (0.25, 0.5, 2.0)
    )
    oracle = expected(network, course, experiment.labels)
    assert model.predict(gross, vector(model, sizes)) == pytest.approx(oracle, abs=1e-6)


def test_feed_from_before_means_steady_state_at_the_beginning():
    rng = np.random.default_rng(3)
    feeds = tuple(replace(feed, start=-1.0) for feed in random_feeds(rng))
    chase = (*feeds, Feed("FA", (Tracer(1.0),)))
    network, experiment, model, gross, sizes = random_case(3, chase)
    steady = isotopomers(network, experiment_of(feeds), gross)
    course = isotopomer_course(
        network, chase[-1:], lambda t: gross, lambda t: sizes, TIMES, start=steady
    )
    oracle = expected(network, course, experiment.labels)
    assert model.predict(gross, vector(model, sizes)) == pytest.approx(oracle, abs=1e-6)
    jacobian = np.eye(len(gross))
    found = model.predict_with_jacobian(gross, jacobian, vector(model, sizes))[1]
    assert found == pytest.approx(differences(model, gross, vector(model, sizes))[0], abs=2e-6)


def differences(model, gross, pools, shares=None):
    """Return central differences by gross fluxes and by pool sizes."""
    exact, found = with_tolerance(model, 1e-11), []
    for which, vectors in ((0, gross), (1, pools)):
        columns = []
        for k in range(len(vectors)):
            sides = []
            for sign in (1, -1):
                moved = [gross.copy(), pools.copy()]
                moved[which][k] *= 1 + sign * 1e-5
                sides.append(exact.predict(*moved, shares))
            columns.append((sides[0] - sides[1]) / (2e-5 * vectors[k]))
        found.append(np.array(columns).T)
    return found


@pytest.mark.parametrize("seed", range(3))
def test_derivatives_are_those_of_the_values(seed):
    *_, model, gross, sizes = random_case(seed)
    pools = vector(model, sizes)
    d_gross = np.hstack([np.eye(len(gross)), np.zeros((len(gross), len(pools)))])
    d_pools = np.hstack([np.zeros((len(pools), len(gross))), np.eye(len(pools))])
    values, jacobian = model.predict_with_jacobian(gross, d_gross, pools, d_pools)
    assert np.array_equal(values, model.predict(gross, pools))
    by_gross, by_pools = differences(model, gross, pools)
    scale = np.hstack([gross, pools])
    expected_jacobian = np.hstack([by_gross, by_pools]) * scale
    assert jacobian * scale == pytest.approx(expected_jacobian, abs=2e-6)


def test_derivatives_by_any_parameters_follow_the_chain_rule():
    *_, model, gross, sizes = random_case(1)
    pools, rng = vector(model, sizes), np.random.default_rng(2)
    d_gross = rng.normal(size=(len(gross), 3))
    d_pools = rng.normal(size=(len(pools), 3))
    unit = np.hstack([np.eye(len(gross)), np.zeros((len(gross), len(pools)))])
    unit_pools = np.hstack([np.zeros((len(pools), len(gross))), np.eye(len(pools))])
    _, whole = model.predict_with_jacobian(gross, unit, pools, unit_pools)
    _, found = model.predict_with_jacobian(gross, d_gross, pools, d_pools)
    assert found == pytest.approx(whole @ np.vstack([d_gross, d_pools]), abs=1e-10)
    _, without = model.predict_with_jacobian(gross, d_gross, pools)
    assert without == pytest.approx(whole[:, : len(gross)] @ d_gross, abs=1e-10)


def chain(kinds=("pool", "pool"), times=(0.0, 1.0, 5.0), feeds=None, **options):
    """Return the model of S -> A -> B -> out with two carbons, at gross fluxes 2."""
    names = zip("SABX", ("boundary", *kinds, "boundary"))
    species = {name: Species(name, name, "c", {"C": 2}, kind) for name, kind in names}
    texts = ("S C:ab -> A C:ab", "A C:ab -> B C:ab", "B C:ab -> X C:ab")
    steps = tuple(parse_step(f"v{k}", f"v{k}", text) for k, text in enumerate(texts))
    network = Network(species, steps, {step.id: step.maps[0].counts() for step in steps})
    group = ((("C", 1), ("C", 2)),)
    labels = [timed(measured(name, group, name), times) for name in "AB"]
    if options:
        labels.append(timed(measured(("A", "B"), group, "mix", **options), times))
    feeds = (Feed("S", LABELLED),) if feeds is None else feeds
    return label_model(network, experiment_of(feeds, *labels, stationary=False))


def heavy(model, values, name):
    """Return the share of doubly labelled molecules of a measurement over time."""
    places = [k for k, row in enumerate(model.rows) if row[0] == name and row[2] == "M+2"]
    return values[places]


def test_enzyme_bound_pools_follow_at_once():
    times = (0.0, 0.5, 3.0)
    model = chain(("pool", "enzyme-bound"), times)
    assert model.pools == ("A",)
    values = model.predict(np.full(3, 2.0), np.array([5.0]))
    assert heavy(model, values, "B") == pytest.approx(heavy(model, values, "A"), abs=1e-12)
    first = chain(("enzyme-bound", "pool"), times)
    values = first.predict(np.full(3, 2.0), np.array([5.0]))
    rise = 1 - np.exp(-0.4 * np.array(times))
    assert heavy(first, values, "B") == pytest.approx(rise, abs=1e-7)
    # At time 0 the feed has not begun; right after it a pool without size is labelled.
    assert heavy(first, values, "A") == pytest.approx([0, 1, 1], abs=1e-12)


def test_pools_of_no_size_are_the_limit_of_small_ones():
    model = chain()
    gross = np.full(3, 2.0)
    none = model.predict(gross, vector(model, {"A": 5.0, "B": 0.0}))
    little = model.predict(gross, vector(model, {"A": 5.0, "B": 1e-9}))
    assert none == pytest.approx(little, abs=1e-7)


def test_stiff_networks_take_few_steps_and_keep_the_error():
    *_, model, gross, sizes = random_case(2)
    pools = vector(model, sizes)
    pools[0] *= 1e-9
    gross = gross * np.where(np.arange(len(gross)) % 3 == 0, 1e6, 1)
    found = verified_error(model, gross, np.eye(len(gross)) * gross, pools)
    assert found.values < 1e-6
    assert found.jacobian < 1e-5


def test_pool_without_content_and_flow_stays_unlabelled():
    model = chain()
    values, jacobian = model.predict_with_jacobian(
        np.array([2.0, 0.0, 0.0]), np.eye(3), vector(model, {"A": 5.0, "B": 0.0}), np.zeros((2, 3))
    )
    assert heavy(model, values, "B") == pytest.approx([0, 0, 0], abs=0)
    assert np.isfinite(jacobian).all()


def test_mixtures_by_pool_size_and_free_shares():
    model = chain(mix="pools")
    gross, pools = np.full(3, 2.0), vector(model, {"A": 3.0, "B": 1.0})
    values = model.predict(gross, pools)
    parts = [heavy(model, values, name) for name in ("A", "B", "mix")]
    assert parts[2] == pytest.approx(0.75 * parts[0] + 0.25 * parts[1], abs=1e-12)
    zero = np.zeros((3, 2))
    _, jacobian = model.predict_with_jacobian(gross, zero, pools, np.eye(2))
    assert jacobian == pytest.approx(differences(model, gross, pools)[1], abs=1e-6)
    free = chain(mix="free")
    shares = np.array([0.6, 0.4])
    values, jacobian = free.predict_with_jacobian(
        gross, zero, pools, np.zeros((2, 2)), shares, np.array([[1.0, 0.0], [0.0, 1.0]])
    )
    parts = [heavy(free, values, name) for name in ("A", "B", "mix")]
    assert parts[2] == pytest.approx(0.6 * parts[0] + 0.4 * parts[1], abs=1e-12)
    assert heavy(free, jacobian[:, 0], "mix") == pytest.approx(parts[0], abs=1e-12)


def test_only_times_at_the_beginning_are_the_beginning():
    model = chain(times=(0.0,))
    assert heavy(model, model.predict(np.full(3, 2.0), np.ones(2)), "A") == pytest.approx([0.0])


def test_nothing_labelled_needs_one_step():
    model = chain(feeds=())
    values = model.predict(np.full(3, 2.0), np.ones(2))
    assert heavy(model, values, "A") == pytest.approx([0, 0, 0], abs=1e-15)


def test_bad_input_is_named():
    with pytest.raises(InputError, match=r'measurement "A": time -1 is before 0'):
        chain(times=(-1.0, 2.0))
    model, gross, pools = chain(), np.full(3, 2.0), np.ones(2)
    with pytest.raises(ModelError, match="pool size of B is -1"):
        model.predict(gross, vector(model, {"A": 1.0, "B": -1.0}))
    with pytest.raises(ModelError, match="pool size of A is nan"):
        model.predict(gross, vector(model, {"A": np.nan, "B": 1.0}))
    with pytest.raises(ModelError, match="v1 forward is -3"):
        model.predict(np.array([2.0, -3.0, 2.0]), pools)
    with pytest.raises(InputError, match="pools: 2 numbers are needed"):
        model.predict(gross)
    with pytest.raises(InputError, match="no times"):
        label_model_without_times()
    with pytest.raises(InputError, match="tolerance 2"):
        with_tolerance(model, 2.0)


def label_model_without_times():
    network = random_network(np.random.default_rng(0))[0]
    one = measured("A", ((("C", 1),),))
    return label_model(network, experiment_of((), one, stationary=False))


def test_closed_loop_of_bound_groups_is_refused():
    species = {
        name: Species(name, name, "c", {"N": 1}, kind)
        for name, kind in (("S", "boundary"), ("E", "enzyme-bound"), ("F", "enzyme-bound"))
    }
    texts = ("E N:n -> F N:n", "F N:n -> E N:n", "S N:n -> E N:n")
    steps = tuple(parse_step(f"v{k}", f"v{k}", text) for k, text in enumerate(texts))
    network = Network(species, steps, {step.id: step.maps[0].counts() for step in steps})
    one = timed(measured("F", ((("N", 1),),)), (1.0,))
    model = label_model(network, experiment_of((), one, stationary=False))
    with pytest.raises(ModelError, match="closed loop"):
        model.predict(np.array([1.0, 1.0, 0.0]))


def test_errors_are_verified_and_refined():
    *_, model, gross, sizes = random_case(0)
    pools, moved = vector(model, sizes), np.diag(gross)
    coarse = with_tolerance(model, 1e-3)
    found = verified_error(coarse, gross, moved, pools)
    assert found.tolerance == 1e-3
    assert found.values < 1e-3
    better, verified = refined(coarse, 1e-8, gross, moved, pools)
    assert max(verified.values, verified.jacobian) <= 1e-8
    assert better.transient.tolerance == verified.tolerance < 1e-4
    with pytest.raises(ConvergenceError, match="cannot be verified"):
        refined(coarse, 1e-18, gross, moved, pools)
    steady = label_model(*_steady())
    with pytest.raises(InputError, match="isotopic steady state"):
        verified_error(steady, gross, moved, pools)


def _steady():
    rng = np.random.default_rng(0)
    return random_network(rng)[0], experiment_of(random_feeds(rng), measured("A", ((("C", 1),),)))


@pytest.mark.skipif(not EC.exists(), reason="the FluxML example network is not there")
def test_e_coli_network_is_followed_within_3e_6():
    from cahill.io.fluxml import read_fluxml
    from cahill.tracing.flux_space import flux_space

    study = read_fluxml(EC, "a_INST")
    space = flux_space(study)
    state = space.complete(study.point)
    model = label_model(study.network, study.experiments[0])
    assert model.n_values == 1458
    assert model.gross == space.gross
    pools = vector(model, dict(zip(space.pools, state.pools)))
    by_logs = np.hstack([np.diag(state.gross), np.zeros((len(state.gross), len(pools)))])
    by_pools = np.hstack([np.zeros((len(pools), len(state.gross))), np.diag(pools)])
    found = verified_error(model, state.gross, by_logs, pools, by_pools)
    assert found.values < 1e-7
    assert found.jacobian < 3e-6
