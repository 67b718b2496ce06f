"""Posterior samples on the EMU paper's network, against integrals and the linear approximation."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm, rayleigh
from simple_network import fitted, measured, study

from cahill.errors import InputError
from cahill.tracing.flux_space import EXCHANGE_RANGE
from cahill.tracing.intervals import NO_LIMIT, Target, targets
from cahill.tracing.linear_intervals import linear_intervals
from cahill.tracing.posterior import MIXED, sample_posterior

TWO = ((0.0, 1.0, 0.0), (0.0, 0.0, 1.0))


@pytest.fixture(scope="module")
def fit():
    return fitted(measured(study(sd=0.001, labels=TWO), seed=3))


@pytest.fixture(scope="module")
def posterior(fit):
    problem, end = fit
    return sample_posterior(problem, end.x, targets(problem.space), draws=1000)


def test_a_nearly_linear_problem_has_the_linear_intervals(fit, posterior):
    problem, end = fit
    linear = linear_intervals(problem, end.x, targets(problem.space)).frame
    found = posterior.intervals.frame
    width = (linear["high"] - linear["low"]).to_numpy(float)
    for name in ("low", "high"):
        assert np.all(np.abs(found[name] - linear[name]) <= 0.06 * width)


def test_chains_mix_and_the_cost_is_chi_square_above_the_least(fit, posterior):
    problem, end = fit
    assert (posterior.mixing["rhat"] < MIXED).all()
    assert posterior.intervals.notes == ()
    assert posterior.theta.shape == (4, 1000, problem.space.n_parameters)
    rise = posterior.ssr - end.cost
    assert rise.min() > -0.01
    assert rise.mean() == pytest.approx(problem.space.n_parameters, rel=0.15)


def test_samples_lie_in_the_flux_space_and_carry_their_cost(fit, posterior):
    problem, _ = fit
    points = posterior.theta.reshape(-1, problem.space.n_parameters)
    slack = problem.space.polytope.bound - points @ problem.space.polytope.matrix.T
    assert slack.min() >= -1e-9
    for theta, ssr in zip(points[::500], posterior.ssr.ravel()[::500]):
        residuals = problem.residuals(theta)
        assert residuals @ residuals == pytest.approx(ssr)


def test_without_data_an_exchange_flux_is_log_uniform():
    problem, end = fitted(study(sd=50.0))
    found = sample_posterior(problem, end.x, [Target("BD", "exchange"), Target("in")], draws=1000)
    place = [str(one) for one in problem.space.parameters].index("BD exchange")
    log = np.sort(found.theta[:, :, place].ravel()) - np.log(problem.space.scale)
    expected = np.linspace(*np.log(EXCHANGE_RANGE), len(log))
    assert np.abs(log - expected).max() < 0.08 * np.ptp(expected)
    assert found.intervals.frame["note"].tolist() == [NO_LIMIT, ""]
    # The uptake is known from its measurement alone.
    low, high = found.intervals.of("in")
    half = norm.ppf(0.975) * 2.0
    assert (low, high) == pytest.approx((100 - half, 100 + half), abs=0.6)


def test_a_uniform_prior_weighs_a_flux_by_the_room_that_the_others_have():
    # All that is measured is an uptake of 0 +- 2. The other free net flux may be anything between
    # 0 and a multiple of the uptake, so the density of the uptake x is x exp(-x^2 / 8): Rayleigh's.
    blind = study(sd=1e3, uptake_sd=2.0)
    problem, _ = fitted(blind)
    problem = replace(problem, linear=replace(problem.linear, values=np.zeros(1)))
    start = problem.space.theta(problem.space.complete(blind.point))
    found = sample_posterior(problem, 0.01 * start, ["in"], draws=1000)
    place = problem.space.reactions.index("in")
    values = found.theta @ problem.space.net.matrix[place] + problem.space.net.offset[place]
    assert values.mean() == pytest.approx(rayleigh.mean(scale=2.0), rel=0.05)
    assert found.intervals.of("in") == pytest.approx(
        rayleigh.ppf([0.025, 0.975], scale=2.0), rel=0.15
    )


def test_samples_depend_on_the_seed_alone(fit):
    problem, end = fit
    done = []
    runs = [
        sample_posterior(
            problem, end.x, ["in"], draws=20, chains=2, seed=seed, jobs=jobs, progress=tell
        )
        for seed, jobs, tell in ((1, 1, None), (1, 2, lambda *n: done.append(n)), (2, 1, None))
    ]
    assert np.array_equal(runs[0].theta, runs[1].theta)
    assert not np.array_equal(runs[0].theta, runs[2].theta)
    assert done == [(1, 2), (2, 2)]


def test_short_chains_are_doubted(fit):
    problem, end = fit
    found = sample_posterior(problem, end.x, ["in"], draws=20, chains=2, thinning=1)
    assert "have not mixed" in found.intervals.notes[0]


def test_bad_requests_are_refused(fit):
    problem, end = fit
    with pytest.raises(InputError, match="at least 2 chains"):
        sample_posterior(problem, end.x, chains=1)
    with pytest.raises(InputError, match="level"):
        sample_posterior(problem, end.x, level=0.0)
