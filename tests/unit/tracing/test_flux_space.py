"""The flux space: balances, constraints, free parameters, states and their derivatives."""

from pathlib import Path

import numpy as np
import pytest
from flux_toys import BRANCH, exchange_limit, limit, mid, study
from hypothesis import given, settings
from hypothesis import strategies as st

from cahill.core.labelling import Constraint, Flux, FluxMeasurement, FluxPoint, PoolMeasurement
from cahill.errors import InputError, ModelError, UnknownNameError
from cahill.numerics.polytope import Polytope, nearest, uniform_points
from cahill.tracing.flux_space import EXCHANGE_RANGE, NET_CAP, flux_space

DATA = Path(__file__).parents[3].parent / "shared" / "data" / "tracing"
seeds = st.integers(0, 10_000)


def some_theta(space, seed):
    """Return a point of the space: uniform net fluxes, the rest near the middle of its bounds."""
    rng, net = np.random.default_rng(seed), space.of_kind("net")
    rows = np.any(space.polytope.matrix[:, net] != 0, axis=1)
    region = Polytope(space.polytope.matrix[rows][:, net], space.polytope.bound[rows])
    theta = rng.normal(np.log(space.scale), 1.0, space.n_parameters)
    theta[net] = uniform_points(region, 1, seed)[0]
    return nearest(space.polytope, theta, space.widths)


BRANCHED = study(
    constraints=[limit("=", 100.0, **{"in": 1}), limit(">=", 0.0, Bout=1, Cout=-0.5)],
    labels=[mid("mixed", "B", "C", mix="free")],
)


@settings(max_examples=30, deadline=None)
@given(seed=seeds)
def test_every_state_is_balanced_and_respects_the_constraints(seed):
    space = flux_space(BRANCHED)
    state = space.state(some_theta(space, seed))
    net = dict(zip(space.reactions, state.net))
    assert net["in"] == pytest.approx(100.0)
    for pool in "ABC":
        flows = BRANCHED.network.reactions.items()
        assert sum(uses.get(pool, 0) * net[name] for name, uses in flows) == pytest.approx(
            0.0, abs=1e-9
        )
    assert min(net[name] for name in ("in", "AC", "Bout", "Cout")) > -1e-9
    assert net["Bout"] >= 0.5 * net["Cout"] - 1e-9
    assert state.shares.sum() == pytest.approx(1.0)
    assert state.shares.min() >= 0.0
    gross = dict(zip(map(str, space.gross), state.gross))
    for step, exchange in zip(space.steps, state.exchange):
        ahead, back = gross[f"{step} forward"], gross[f"{step} backward"]
        assert ahead - back == pytest.approx(net[step], abs=1e-9)
        assert min(ahead, back) == pytest.approx(exchange)


@settings(max_examples=30, deadline=None)
@given(seed=seeds)
def test_derivatives_are_those_of_the_states(seed):
    space = flux_space(BRANCHED)
    theta = some_theta(space, seed)
    state, small = space.state(theta), 1e-6 * space.widths
    for read, derivative in (
        (lambda one: one.gross, space.gross_derivative(state)),
        (lambda one: one.exchange, space.exchange_derivative(state)),
        (lambda one: one.net, space.net.matrix),
    ):
        for k, step in enumerate(np.diag(small)):
            ends = space.state(theta + step), space.state(theta - step)
            if np.any(ends[0].net * ends[1].net <= 0):
                continue  # across the kink
            found = (read(ends[0]) - read(ends[1])) / (2 * small[k])
            assert derivative[:, k] == pytest.approx(found, rel=1e-5, abs=1e-6)


@settings(max_examples=20, deadline=None)
@given(seed=seeds)
def test_a_state_leads_back_to_its_parameters(seed):
    space = flux_space(BRANCHED)
    theta = some_theta(space, seed)
    assert space.theta(space.state(theta)) == pytest.approx(theta, abs=1e-5)


def test_at_the_kink_the_derivative_is_that_of_the_side_ahead():
    space = flux_space(study(constraints=[limit("=", 10.0, **{"in": 1})]))
    state = space.state(some_theta(space, 1))
    net = dict(zip(space.reactions, state.net))
    at_rest = net | {"AB": 0.0}
    where = space.complete(
        FluxPoint(
            {"in": 10.0, "AB": 0.0, "Bout": at_rest["Bout"]},
            dict(zip(space.steps, state.exchange)),
        )
    )
    rows = {str(flux): k for k, flux in enumerate(space.gross)}
    derivative = space.gross_derivative(where)
    along = space.net.matrix[space.reactions.index("AB")]
    columns = space.of_kind("net")
    assert derivative[rows["AB forward"], columns] == pytest.approx(along[columns])
    assert not np.any(derivative[rows["AB backward"], columns])


def test_a_one_way_flux_a_rounding_error_below_zero_can_open():
    space = flux_space(study(constraints=[limit("=", 10.0, **{"in": 1})]))
    state = space.complete(FluxPoint({"in": 10.0, "AC": -1e-13, "Cout": 0.0}, {"AB": 1, "CB": 1}))
    rows = {str(flux): k for k, flux in enumerate(space.gross)}
    along = space.net.matrix[space.reactions.index("AC")]
    assert space.gross_derivative(state)[rows["AC forward"]] == pytest.approx(along)


def test_fluxes_of_the_point_are_free_then_measured_ones():
    measured = (FluxMeasurement("m", {Flux("Bout"): 1.0}, 1.0, 0.1),)
    space = flux_space(study(point=FluxPoint({"AC": 1.0, "CB": 0.5}), fluxes=measured))
    assert {p.of for p in space.parameters if p.kind == "net"} == {"AC", "CB", "Bout"}


def test_a_dead_end_carries_no_flux():
    dead = {**BRANCH, "BD<>": ("B", "D")}
    space = flux_space(study(dead))
    row = space.reactions.index("BD")
    assert not np.any(space.net.matrix[row])
    assert space.net.offset[row] == 0.0


def test_flux_that_one_way_reactions_forbid_is_fixed():
    # Nothing leaves the network, and everything runs one way: all fluxes are zero.
    closed = {"in": ("Ax", "A"), "AB": ("A", "B"), "BC": ("B", "C"), "BD": ("B", "D")}
    space = flux_space(study(closed))
    assert space.n_parameters == 0
    assert not np.any(space.state(np.zeros(0)).net)


def test_implied_equalities_leave_an_inside():
    # in <= 5 and Bout + Cout >= 5 leave only in = 5.
    pinned = [limit("<=", 5.0, **{"in": 1}), limit(">=", 5.0, Bout=1, Cout=1)]
    space = flux_space(study(constraints=pinned))
    assert space.net.offset[space.reactions.index("in")] == pytest.approx(5.0)
    assert len(space.of_kind("net")) == 2


def test_redundant_equations_are_dropped():
    twice = [limit("=", 10.0, **{"in": 2}), limit("=", 5.0, Bout=1, Cout=1)]
    assert len(flux_space(study(constraints=twice)).of_kind("net")) == 2


def test_conflicting_constraints_are_named_and_no_others():
    clash = [
        limit(">=", 10.0, "line 3", Bout=1),
        limit("<=", 4.0, "line 4", **{"in": 1}),
        limit("<=", 50.0, "line 5", Cout=1),
    ]
    with pytest.raises(ModelError) as caught:
        flux_space(study(constraints=clash))
    text = str(caught.value)
    assert "line 3" in text
    assert "line 4" in text
    assert "line 5" not in text
    assert "assumed" not in text
    assert "\n" not in text


def test_unlimited_fluxes_get_the_assumed_bound():
    space = flux_space(study())
    assert space.scale == 1.0
    assert any(name.startswith("assumed bound of") for name in space.row_names)
    theta = nearest(space.polytope, np.full(space.n_parameters, 1e9), space.widths)
    assert np.max(space.state(theta).net) == pytest.approx(NET_CAP * space.scale, rel=1e-6)


def test_exchange_fluxes_are_fixed_tied_and_limited():
    rules = [exchange_limit("=", 0.0, AB=1), exchange_limit("<=", 7.0, CB=1)]
    space = flux_space(study(constraints=rules))
    assert [str(p) for p in space.parameters if p.kind == "exchange"] == ["CB exchange"]
    state = space.state(nearest(space.polytope, np.full(space.n_parameters, 99.0), space.widths))
    found = dict(zip(space.steps, state.exchange))
    assert found["AB"] == 0.0
    assert found["CB"] == pytest.approx(7.0)


def test_the_ratio_of_two_exchange_fluxes_is_kept():
    space = flux_space(study(constraints=[exchange_limit("=", 0.0, AB=1, CB=-3)]))
    state = space.state(some_theta(space, 1))
    found = dict(zip(space.steps, state.exchange))
    assert found["AB"] == pytest.approx(3 * found["CB"])
    low, high = (bound * space.scale for bound in EXCHANGE_RANGE)
    assert low * (1 - 1e-9) <= found["CB"]
    assert found["AB"] <= 3 * high * (1 + 1e-9)


def test_an_exchange_flux_at_most_another():
    space = flux_space(study(constraints=[exchange_limit("<=", 0.0, AB=1, CB=-2)]))
    corner = np.zeros(space.n_parameters)
    corner[space.of_kind("exchange")] = [9.0, 0.0]
    state = space.state(nearest(space.polytope, corner, space.widths))
    assert state.exchange[0] == pytest.approx(2 * state.exchange[1])


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ([exchange_limit("=", 5.0, AB=1, CB=1)], "ratio of two"),
        ([exchange_limit("=", 5.0, AB=1), exchange_limit("=", 6.0, AB=1)], "contradicts"),
        ([exchange_limit("=", -5.0, AB=1)], "contradicts"),
        ([exchange_limit("=", 5.0, AB=1), exchange_limit(">=", 6.0, AB=1)], "contradicts"),
        ([exchange_limit(">=", 6.0, AB=1), exchange_limit("<=", 5.0, AB=1)], "cannot hold"),
        ([exchange_limit("=", 5.0, AC=1)], "one way"),
        ([Constraint({Flux("AB"): 1, Flux("AB", "exchange"): 1}, "=", 1.0)], "mixes"),
        ([Constraint({Flux("AB", "forward"): 1}, "<=", 1.0)], "net or exchange"),
    ],
)
def test_constraints_that_cannot_be_used_are_refused_in_one_line(rules, words):
    with pytest.raises((InputError, ModelError), match=words) as caught:
        flux_space(study(constraints=rules))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "terms", [{Flux("ABC"): 1}, {Flux("ABC", "exchange"): 1}, {"Z": 1}], ids=str
)
def test_unknown_names_in_constraints_are_refused(terms):
    with pytest.raises(UnknownNameError):
        flux_space(study(constraints=[Constraint(terms, "<=", 1.0)]))


def test_the_forward_flux_of_a_one_way_step_is_its_net_flux():
    space = flux_space(study(constraints=[Constraint({Flux("in", "forward"): 1}, "=", 4.0)]))
    assert space.net.offset[space.reactions.index("in")] == pytest.approx(4.0)


def test_pools_matter_when_isotopes_move():
    labels = [mid("B", "B", times=(0.0, 1.0))]
    sizes = (PoolMeasurement("size", ("A",), 2.0, 0.1),)
    timed = study(labels=labels, stationary=False, pools=sizes)
    space = flux_space(timed)
    assert space.pools == ("A", "B", "C")
    assert space.pool_scale == 2.0
    assert flux_space(study(labels=[mid("B", "B")], pools=sizes)).pools == ()
    fixed = flux_space(
        study(labels=labels, stationary=False, constraints=[Constraint({"A": 1}, "=", 5.0)])
    )
    assert len(fixed.of_kind("pool")) == 2
    assert fixed.state(np.zeros(fixed.n_parameters)).pools[0] == pytest.approx(5.0)


def test_a_point_of_free_fluxes_is_completed():
    point = FluxPoint({"in": 100.0, "AC": 30.0, "Cout": 40.0}, {"AB": 5.0, "CB": 0.0})
    state = flux_space(study(point=point)).complete(point)
    assert dict(zip(BRANCH, state.net)) == pytest.approx(
        {"in": 100, "AB<>": 70, "AC": 30, "CB<>": -10, "Bout": 60, "Cout": 40}
    )
    assert list(state.exchange) == [5.0, 0.0]
    assert state.gross == pytest.approx([100, 75, 5, 30, 0, 10, 60, 40])


@pytest.mark.parametrize(
    ("net", "exchange", "words"),
    [
        ({"in": 100.0}, {"AB": 1.0, "CB": 1.0}, "leave"),
        ({"in": 1.0, "Bout": 2.0, "Cout": 3.0, "AC": 0.0}, {"AB": 1.0, "CB": 1.0}, "contradicts"),
        ({"in": 1.0, "Bout": 3.0, "AC": 0.0}, {"AB": 1.0, "CB": 1.0}, "one way"),
        ({"in": 1.0, "Bout": 0.5, "AC": 0.1}, {"AB": 1.0}, "missing"),
        ({"in": 1.0, "Bout": 0.5, "AC": 0.1}, {"AB": -1.0, "CB": 1.0}, "contradicts"),
    ],
)
def test_points_that_contradict_or_leave_out_are_refused(net, exchange, words):
    with pytest.raises(ModelError, match=words):
        flux_space(study()).complete(FluxPoint(net, exchange))


def test_unknown_fluxes_of_a_point_are_refused():
    with pytest.raises(UnknownNameError):
        flux_space(study()).complete(FluxPoint({"inn": 1.0}))


def test_names_read_as_words():
    assert [str(p) for p in flux_space(BRANCHED).parameters] == [
        *(p.of for p in flux_space(BRANCHED).parameters if p.kind == "net"),
        "AB exchange",
        "CB exchange",
        "B in mixed",
    ]


@pytest.fixture(scope="module")
def coli():
    path = DATA / "fluxml" / "EC.fml"
    if not path.exists():
        pytest.skip("the E. coli network is not here (shared data)")
    from cahill.io.studies import read_study

    return read_study(path, configuration="a_STAT")


def test_the_coli_network_has_the_free_fluxes_of_its_file(coli):
    space = flux_space(coli)
    free = {p.of for p in space.parameters if p.kind == "net"}
    assert free == set(coli.point.net)
    assert len(space.of_kind("exchange")) == 23
    state = space.complete(coli.point)
    net = dict(zip(space.reactions, state.net))
    assert all(net[name] == pytest.approx(value) for name, value in coli.point.net.items())
    # Inside the assumed bounds the parameters are the same state.
    again = space.state(space.theta(state))
    assert again.net == pytest.approx(state.net, abs=1e-4)


def test_the_liver_has_55_free_net_fluxes():
    path = DATA / "human_liver"
    if not path.exists():
        pytest.skip("the liver study is not here (shared data)")
    from cahill.io.studies import read_study

    space = flux_space(read_study(path, condition="D20 fasted"))
    counts = [len(space.of_kind(kind)) for kind in ("net", "exchange", "pool", "share")]
    assert counts == [55, 26, 0, 14]
