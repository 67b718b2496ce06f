"""Fits: exact residuals and derivatives, truth recovered, doubts said, failures not hidden."""

import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from flux_toys import limit, mid
from flux_toys import study as toy
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2
from simple_network import TRUTH, fitted, measured, study

from cahill.core.labelling import Flux, FluxMeasurement
from cahill.errors import ConvergenceError, InputError, UnknownNameError
from cahill.numerics import scaled_residuals
from cahill.numerics.polytope import Polytope
from cahill.tracing import flux_fit as module
from cahill.tracing.fit_problem import fit_problem, refit
from cahill.tracing.flux_fit import fit_fluxes
from cahill.tracing.flux_space import NET_CAP, flux_space
from cahill.tracing.goodness import chi_square, identifiability, in_words, simple_basis
from cahill.tracing.label_model import label_model
from cahill.tracing.starts import draw_starts

DATA = Path(__file__).parents[3].parent / "shared" / "data" / "tracing"


def rescaled(one, factor, scale=True):
    """Return a study whose label values carry an unknown factor."""
    experiments = [
        replace(
            each,
            labels=tuple(
                replace(label, values=factor * label.values, free_scale=scale)
                for label in each.labels
            ),
        )
        for each in one.experiments
    ]
    return replace(one, experiments=tuple(experiments))


def with_gaps(one):
    """Return a study in which one value was not measured."""
    each = one.experiments[0]
    values = each.labels[0].values.copy()
    values[0, 1] = np.nan
    labels = (replace(each.labels[0], values=values), *each.labels[1:])
    return replace(one, experiments=(replace(each, labels=labels), *one.experiments[1:]))


def differences(problem, theta):
    steps = np.diag(1e-5 * problem.space.widths)
    found = [
        (problem.residuals(theta + step) - problem.residuals(theta - step)) / (2 * step.max())
        for step in steps
    ]
    return np.array(found).T


# -- residuals and their derivatives --------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_factors_are_the_best_and_their_derivative_is_exact(seed):
    rng = np.random.default_rng(seed)
    predicted, values = rng.uniform(0.05, 1, 9), rng.uniform(0, 2, 9)
    weights = rng.uniform(0.5, 3, 9) * (rng.random(9) > 0.2)
    starts, free = np.array([0, 4, 9]), np.array([1, 0])
    data = values, weights, starts, free
    best = scaled_residuals.factors(predicted, *data)
    assert best[1] == 1.0
    cost = np.sum(scaled_residuals.residuals(predicted, *data) ** 2)
    for nearby in (best[0] - 1e-3, best[0] + 1e-3):
        others = weights[:4] * (nearby * predicted[:4] - values[:4])
        rest = weights[4:] * (predicted[4:] - values[4:])
        assert np.sum(others**2) + np.sum(rest**2) >= cost
    tangents = rng.standard_normal((9, 3))
    exact = scaled_residuals.jacobian(predicted, tangents, *data)
    for k in range(3):
        ends = [
            scaled_residuals.residuals(predicted + sign * 1e-6 * tangents[:, k], *data)
            for sign in (1, -1)
        ]
        assert exact[:, k] == pytest.approx((ends[0] - ends[1]) / 2e-6, abs=1e-6)


@pytest.mark.parametrize("seed", range(4))
def test_the_jacobian_of_a_study_is_exact(seed):
    terms = {Flux("BD", "forward"): 1.0, Flux("in"): -0.5, Flux("BD", "exchange"): 0.2}
    one = with_gaps(rescaled(measured(study(labels=((0, 1, 0), (1, 1, 0))), seed), 3.0))
    one = replace(one, fluxes=(*one.fluxes, FluxMeasurement("both", terms, 50.0, 4.0)))
    problem = fit_problem(one, flux_space(one))
    theta = draw_starts(problem, 1, seed)[0]
    residuals, jacobian = problem.linearised(theta)
    assert residuals == pytest.approx(problem.residuals(theta), abs=1e-12)
    assert len(residuals) == problem.n_values == 2 * (4 + 3) - 1 + 2
    scale = np.abs(jacobian).max(axis=0)
    assert jacobian / scale == pytest.approx(differences(problem, theta) / scale, abs=1e-6)


def test_the_jacobian_of_mixtures_and_pools_is_exact():
    times = (0.1, 0.5, 2.0)
    labels = [mid("B", "B", times=times), mid("mix", "A", "C", times=times, mix="free")]
    one = toy(labels=labels, stationary=False, constraints=[limit("=", 10.0, **{"in": 1})])
    problem = fit_problem(one, flux_space(one))
    theta = draw_starts(problem, 1, 3)[0]
    _, jacobian = problem.linearised(theta)
    assert jacobian == pytest.approx(differences(problem, theta), rel=2e-3, abs=2e-3)
    assert np.abs(jacobian[:, problem.space.of_kind("pool")]).max() > 0.1
    assert np.abs(jacobian[:, problem.space.of_kind("share")]).max() > 0.1


def test_a_factor_costs_one_value_and_a_normalised_distribution_too():
    plain = measured(study(), None)
    values = 4 + 3 + 1
    problem = fit_problem(plain, flux_space(plain))
    assert problem.n_values == values
    assert problem.n_independent == values - 2  # both distributions add up to one
    noisy = measured(study(), 1)
    assert fit_problem(noisy, flux_space(noisy)).n_independent == values
    scaled = rescaled(noisy, 2.0)
    assert fit_problem(scaled, flux_space(scaled)).n_independent == values - 2
    gappy = with_gaps(plain)
    assert fit_problem(gappy, flux_space(gappy)).n_independent == values - 1 - 1


def test_opening_a_closed_flux_is_seen_by_the_derivative():
    # AC = 0 empties C; what would flow in has the label of A.
    one = toy(labels=[mid("B", "B")], constraints=[limit("=", 10.0, **{"in": 1})])
    problem = fit_problem(one, flux_space(one))
    space = problem.space
    point = replace(
        one.point, net={"in": 10.0, "AC": 0.0, "Cout": 0.0}, exchange={"AB": 1, "CB": 0}
    )
    theta = space.theta(space.complete(point))
    _, jacobian = problem.linearised(theta)
    ahead = theta.copy()
    ahead[space.of_kind("net")] += 1e-6
    ahead = space.theta(space.state(ahead))
    found = problem.residuals(ahead) - problem.residuals(theta)
    assert found == pytest.approx(jacobian @ (ahead - theta), abs=1e-6)


# -- fits -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def exact():
    return fit_fluxes(measured(study(pools=("D", "C", "F", "B")), None), starts=6, seed=2)


def test_exact_data_give_the_truth_from_every_start(exact):
    assert exact.ssr < 1e-4
    assert exact.starts["best"].all()
    frame = exact.to_frame().set_index(["flux", "kind"])
    for name, value in TRUTH.net.items():
        assert frame.loc[(name, "net"), "value"] == pytest.approx(value, rel=1e-3)
    assert frame.loc[("BD", "exchange"), "value"] == pytest.approx(50.0, rel=1e-3)
    assert frame["determined"].all()
    assert exact.undetermined() == ()
    assert exact.notes == ()


def test_the_answer_in_words_and_tables(exact):
    assert "6 of 6 starts" in exact.summary()
    assert set(exact.tables()) == {"fluxes", "labels", "measured-fluxes", "starts"}
    labels = exact.labels()
    assert labels["fitted"].to_numpy() == pytest.approx(labels["measured"].to_numpy(), abs=1e-4)
    assert exact.plot().axes
    assert "data" in exact.to_json()


def test_an_unknown_factor_changes_nothing():
    plain = measured(study(pools=("D", "C", "F")), 5)
    first = fit_fluxes(rescaled(plain, 1.0), starts=3)
    other = fit_fluxes(rescaled(plain, 7.0), starts=3)
    # The errors stay, so the values count seven times as much.
    heavier = fit_fluxes(
        replace(
            rescaled(plain, 7.0),
            experiments=tuple(
                replace(
                    each,
                    labels=tuple(replace(label, sd=7.0 * label.sd) for label in each.labels),
                )
                for each in rescaled(plain, 7.0).experiments
            ),
        ),
        starts=3,
    )
    assert heavier.ssr == pytest.approx(first.ssr, rel=1e-4)
    assert other.ssr > first.ssr
    assert heavier.state.net == pytest.approx(first.state.net, rel=1e-2)


def test_parallel_experiments_share_one_state():
    tracers = ((0.0, 1.0, 0.0), (1.0, 0.0, 0.0), (1.0, 1.0, 0.0))
    fit = fit_fluxes(measured(study(labels=tracers), 3), starts=4)
    assert set(fit.labels()["experiment"]) == {"tracer 1", "tracer 2", "tracer 3"}
    assert fit.degrees == 3 * 7 + 1 - 3
    assert dict(zip(fit.problem.space.reactions, fit.state.net))["BD"] == pytest.approx(60, rel=0.1)


@pytest.fixture(scope="module")
def repeated():
    """Return the problem, and the ends of fits to a hundred draws of the errors."""
    one = study(pools=("D", "C", "F", "B"))
    ends = [fitted(measured(one, seed)) for seed in range(100)]
    return ends[0][0], [end for _, end in ends]


def known_at(problem, theta):
    _, jacobian = problem.linearised(theta)
    return identifiability(jacobian, problem.space.polytope, theta, problem.space.widths)


def test_the_sum_of_squares_follows_its_chi_square_distribution(repeated):
    problem, ends = repeated
    degrees = problem.n_independent - known_at(problem, ends[0].x).rank
    costs = np.array([end.cost for end in ends])
    assert costs.mean() == pytest.approx(degrees, abs=4 * np.sqrt(2 * degrees / len(costs)))
    low, high = chi2.ppf([0.025, 0.975], degrees)
    assert np.mean((costs > low) & (costs < high)) >= 0.88


def test_standard_errors_are_the_spread_of_repeated_fits(repeated):
    problem, ends = repeated
    space = problem.space
    known = known_at(problem, space.theta(space.complete(TRUTH)))
    predicted = known.standard_errors(space.net.matrix)
    spread = np.std([space.net(end.x) for end in ends], axis=0)
    assert spread == pytest.approx(predicted, rel=0.3)
    variances = np.diag(space.net.matrix @ known.covariance @ space.net.matrix.T)
    assert np.sqrt(variances) == pytest.approx(predicted)


# -- what is not determined -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def blind():
    """Return a fit in which every pool is labelled alike, so that labels say nothing."""
    fluxes = (
        FluxMeasurement("uptake", {Flux("in"): 1.0}, 10.0, 0.5),
        FluxMeasurement("B", {Flux("Bout"): 1.0}, 4.0, 0.5),
        FluxMeasurement("again", {Flux("in"): 1.0}, 10.2, 0.5),
    )
    half = replace(mid("B", "B"), values=np.array([[0.5, 0.5]]))
    return fit_fluxes(toy(labels=[half], fluxes=fluxes), starts=3)


def test_what_the_data_leave_open_is_said(blind):
    frame = blind.to_frame().set_index(["flux", "kind"])
    assert frame.loc[("in", "net"), "determined"]
    assert frame.loc[("Bout", "net"), "determined"]
    assert frame.loc[("Cout", "net"), "determined"]
    assert not frame.loc[("AC", "net"), "determined"]
    assert not frame["determined"].xs("exchange", level="kind").any()
    assert frame.loc[("in", "net"), "sd"] == pytest.approx(0.5 / np.sqrt(2))
    told = " ".join(blind.undetermined())
    assert "AB exchange" in told
    assert "CB exchange" in told
    assert len(blind.undetermined()) == 3
    assert any("independent values" in note for note in blind.notes) == (
        blind.problem.n_independent < blind.problem.space.n_parameters
    )


def test_a_flux_that_only_an_assumed_bound_holds_is_not_determined():
    # The label of A is diluted more than the largest flux allowed can dilute it.
    reactions = {"in": ("Ax", "A"), "fresh": ("Ux", "A"), "out": ("A", "Bx")}
    almost_none = replace(mid("A", "A", sd=1e-3), values=np.array([[1.0, 0.0]]))
    uptake = (FluxMeasurement("uptake", {Flux("in"): 1.0}, 1.0, 0.1),)
    fit = fit_fluxes(toy(reactions, labels=[almost_none], fluxes=uptake), starts=3)
    frame = fit.to_frame().set_index("flux")
    assert frame.loc["out", "value"] == pytest.approx(NET_CAP)
    assert frame.loc["out", "limit"] == "assumed bound of out"
    assert not frame.loc["out", "determined"]
    assert frame.loc["in", "determined"]
    assert fit.notes == (
        "Nothing measured limits the net flux of out; it lies at the assumed bound of 100.",
    )


def test_the_rows_that_hold_a_flux_are_named():
    # A measured outflow below zero meets a one-way reaction.
    fluxes = (
        FluxMeasurement("uptake", {Flux("in"): 1.0}, 10.0, 0.5),
        FluxMeasurement("C", {Flux("Cout"): 1.0}, -3.0, 0.5),
        FluxMeasurement("AC", {Flux("AC"): 1.0}, 1.0, 0.5),
    )
    fit = fit_fluxes(toy(fluxes=fluxes), starts=2)
    frame = fit.to_frame().set_index(["flux", "kind"])
    assert frame.loc[("Cout", "net"), "value"] == pytest.approx(0.0, abs=1e-6)
    assert frame.loc[("Cout", "net"), "limit"] == "Cout runs one way"
    assert frame.loc[("Cout", "net"), "determined"]
    assert "Cout runs one way" in fit.limits()
    assert fit.ssr == pytest.approx(36.0, rel=1e-4)


def test_a_simple_basis_spans_the_same_space():
    rng = np.random.default_rng(0)
    plane, _ = np.linalg.qr(rng.standard_normal((6, 2)))
    simple = simple_basis(plane)
    assert np.linalg.matrix_rank(np.hstack([plane, simple])) == 2
    assert np.abs(simple).max() == pytest.approx(1.0)
    assert sorted((np.abs(simple) > 1 - 1e-9).sum(axis=0)) == [1, 1]
    assert simple_basis(np.zeros((4, 0))).shape == (4, 0)


def test_a_direction_in_words():
    names = ("A", "B", "C", "D")
    assert in_words(np.array([0.0, 1.0, 0.0, 0.0]), names) == "B"
    assert in_words(np.array([0.9, 1.0, -0.8, 0.1]), names) == "B together with A against C"


def test_verdicts():
    assert chi_square(50.0, 50).verdict.startswith("accepted")
    assert chi_square(150.0, 50).verdict.startswith("rejected")
    assert chi_square(5.0, 50).verdict.startswith("closer than the errors allow")
    assert "not testable" in chi_square(5.0, 0).verdict
    judged = chi_square(1.0, 10)
    assert (judged.low, judged.high) == pytest.approx((3.247, 20.483), abs=1e-3)  # table values


# -- refits ---------------------------------------------------------------------------------------


def test_a_refit_holds_what_is_asked():
    problem, free = fitted(measured(study(pools=("D", "C", "F", "B")), 8))
    space = problem.space
    row = space.net.matrix[space.reactions.index("BD")]
    offset = space.net.offset[space.reactions.index("BD")]
    best = space.net(free.x)[space.reactions.index("BD")]
    costs = [
        refit(problem, free.x, equalities=(row[None], np.array([best + shift - offset]))).cost
        for shift in (-2.0, -1.0, 0.0, 1.0, 2.0)
    ]
    assert costs[2] == pytest.approx(free.cost, abs=1e-3)
    assert costs[0] > costs[1] > costs[2] < costs[3] < costs[4]
    # The curvature is the standard error of the linear approximation.
    known = identifiability(free.jacobian, space.polytope, free.x, space.widths)
    error = known.standard_errors(row[None])[0]
    assert (costs[3] + costs[1]) / 2 - costs[2] == pytest.approx(error**-2, rel=0.1)


def test_a_refit_under_an_inequality_stops_at_it():
    problem, free = fitted(measured(study(), 8))
    space = problem.space
    k = space.reactions.index("in")
    most = Polytope(space.net.matrix[[k]], np.array([90.0 - space.net.offset[k]]))
    end = refit(problem, free.x, inequalities=most)
    assert end.converged
    assert space.net(end.x)[k] == pytest.approx(90.0, abs=1e-6)


def test_a_refit_that_cannot_be_is_refused():
    problem, free = fitted(measured(study(), 8))
    row = problem.space.net.matrix[[problem.space.reactions.index("in")]]
    with pytest.raises(ConvergenceError, match="no flux state"):
        refit(problem, free.x, equalities=(row, np.array([-5.0])))


# -- who computes, and what goes wrong ------------------------------------------------------------


def test_two_processes_give_the_same_bits():
    one = measured(study(), 4)
    first, second = (fit_fluxes(one, starts=4, jobs=jobs) for jobs in (1, 2))
    assert np.array_equal(first.ends, second.ends)
    assert np.array_equal(first.starts["ssr"], second.starts["ssr"])


def test_a_problem_can_be_sent_away():
    problem, end = fitted(measured(study(), 4))
    again = pickle.loads(pickle.dumps(problem))
    assert np.array_equal(again.residuals(end.x), problem.residuals(end.x))


def test_progress_is_told():
    told = []
    fit_fluxes(measured(study(), 4), starts=3, progress=lambda *done: told.append(done))
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_starts_lie_inside_and_spread():
    one = measured(study(), 1)
    problem = fit_problem(one, flux_space(one))
    starts = draw_starts(problem, 20, seed=1)
    slack = problem.space.polytope.bound[:, None] - problem.space.polytope.matrix @ starts.T
    assert slack.min() > -1e-9
    assert np.all(np.std(starts, axis=0) > 0.05 * problem.space.widths)
    assert np.array_equal(starts, draw_starts(problem, 20, seed=1))


def test_too_few_values_are_refused():
    with pytest.raises(InputError, match="1 measured values cannot determine 3"):
        fit_fluxes(toy(fluxes=(FluxMeasurement("m", {Flux("in"): 1.0}, 1.0, 0.1),)))


def test_nothing_measured_is_refused():
    with pytest.raises(InputError, match="nothing is measured"):
        fit_fluxes(toy())


def test_no_starts_are_refused():
    with pytest.raises(InputError, match="too few"):
        fit_fluxes(measured(study(), 1), starts=0)


def test_a_measured_flux_that_does_not_exist_is_refused():
    one = replace(study(), fluxes=(FluxMeasurement("m", {Flux("inn"): 1.0}, 1.0, 0.1),))
    with pytest.raises(UnknownNameError, match="in"):
        fit_fluxes(one)


def test_a_fit_that_reaches_no_minimum_is_no_answer(monkeypatch):
    def short(problem, theta):
        end = refit(problem, theta)
        return replace(end, reason="too many iterations")

    monkeypatch.setattr(module, "refit", short)
    with pytest.raises(ConvergenceError) as caught:
        fit_fluxes(measured(study(), 1), starts=2)
    assert "start 1: too many iterations; start 2: too many iterations" in str(caught.value)


# -- real networks --------------------------------------------------------------------------------


def coli(seed):
    """Return the E. coli study with data simulated at its point, labels with an error of 0.01."""
    path = DATA / "fluxml" / "EC.fml"
    if not path.exists():
        pytest.skip("the E. coli network is not here (shared data)")
    from cahill.io.studies import read_study

    one = read_study(path, configuration="a_STAT")
    rng = np.random.default_rng(seed)
    space, each = flux_space(one), one.experiments[0]
    state = space.complete(one.point)
    exact = label_model(one.network, each).predict(state.gross)
    labels, first = [], 0
    for label in each.labels:
        n = label.values.size
        noise = 0.0 if seed is None else rng.normal(0, 0.01, n)
        labels.append(replace(label, values=exact[first : first + n] + noise, sd=np.full(n, 0.01)))
        first += n
    net = dict(zip(space.reactions, state.net))
    fluxes = [
        replace(
            flux,
            value=sum(k * net[term.of] for term, k in flux.terms.items())
            + (0.0 if seed is None else rng.normal(0, flux.sd)),
        )
        for flux in one.fluxes
    ]
    return replace(one, experiments=(replace(each, labels=tuple(labels)),), fluxes=tuple(fluxes))


@pytest.mark.parametrize("seed", [None, 1, 2])
def test_nine_of_ten_starts_find_the_coli_minimum(seed):
    fit = fit_fluxes(coli(seed), starts=20, seed=1)
    near = fit.starts["ssr"] <= max(1.01 * fit.ssr, 1.0 if seed is None else 0.0)
    assert near.sum() >= 18
    if seed is None:
        assert fit.ssr < 1e-3
    else:
        assert fit.chi_square.verdict.startswith("accepted")


def test_most_starts_find_the_liver_minimum():
    path = DATA / "human_liver"
    if not path.exists():
        pytest.skip("the liver study is not here (shared data)")
    from cahill.io.studies import read_study

    fit = fit_fluxes(read_study(path, condition="D20 fasted"), starts=8, seed=1)
    assert fit.starts["best"].sum() >= 7
    assert fit.problem.n_values == 149
    assert fit.chi_square.verdict.startswith("rejected")
    frame = fit.to_frame()
    assert frame[frame["kind"] == "net"]["determined"].mean() > 0.8
