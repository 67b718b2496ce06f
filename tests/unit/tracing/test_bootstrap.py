"""Parametric bootstrap on the EMU paper's network."""

from dataclasses import replace

import numpy as np
import pytest
from simple_network import fitted, measured, study

from cahill.errors import InputError, UnknownNameError
from cahill.tracing.bootstrap import bootstrap_fluxes, with_noise
from cahill.tracing.intervals import LOW_LIMIT, targets
from cahill.tracing.linear_intervals import linear_intervals

TWO = ((0.0, 1.0, 0.0), (0.0, 0.0, 1.0))


@pytest.fixture(scope="module")
def fit():
    return fitted(measured(study(sd=0.001, labels=TWO), seed=3))


@pytest.fixture(scope="module")
def bootstrap(fit):
    problem, end = fit
    return bootstrap_fluxes(problem, end.x, targets(problem.space), samples=200, restarts=0)


def test_a_nearly_linear_problem_has_the_linear_intervals(fit, bootstrap):
    problem, end = fit
    linear = linear_intervals(problem, end.x, targets(problem.space)).frame
    found = bootstrap.intervals.frame
    width = (linear["high"] - linear["low"]).to_numpy(float)
    # A percentile of 200 normal values is known to about 0.2 standard errors.
    for name in ("low", "high"):
        assert np.all(np.abs(found[name] - linear[name]) <= 0.15 * width)


def test_sums_of_squares_are_chi_square(fit, bootstrap):
    problem, _ = fit
    degrees = problem.n_values - problem.space.n_parameters
    assert bootstrap.ssr.mean() == pytest.approx(degrees, abs=4 * np.sqrt(2 * degrees / 200))
    assert bootstrap.failed == 0


def test_samples_depend_on_the_seed_alone(fit):
    problem, end = fit
    done = []
    runs = [
        bootstrap_fluxes(problem, end.x, ["in"], samples=40, seed=seed, jobs=jobs, progress=tell)
        for seed, jobs, tell in ((1, 1, None), (1, 2, lambda *n: done.append(n)), (2, 1, None))
    ]
    assert np.array_equal(runs[0].theta, runs[1].theta)
    assert not np.array_equal(runs[0].theta, runs[2].theta)
    assert done[-1] == (40, 40)


def test_simulated_data_scatter_by_their_errors_round_the_fit(fit):
    problem, end = fit
    clean = problem.predict(problem.space.state(end.x))
    drawn = [with_noise(problem, end.x, np.random.default_rng(k)) for k in range(300)]
    for number, (exact, rows) in enumerate(zip(clean, problem.labels)):
        scaled = np.array([(one.labels[number].values - exact) * rows.weights for one in drawn])
        assert scaled.mean() == pytest.approx(0.0, abs=4 / np.sqrt(scaled.size))
        assert scaled.std() == pytest.approx(1.0, abs=4 / np.sqrt(2 * scaled.size))
    linear = np.array([one.linear.values[0] for one in drawn])
    assert linear.std() == pytest.approx(problem.linear.sd[0], rel=0.2)


def test_free_factors_stay_as_fitted():
    plain = study(sd=0.001, labels=TWO)
    experiments = tuple(
        replace(
            one,
            labels=tuple(replace(m, values=3.0 * m.values, free_scale=True) for m in one.labels),
        )
        for one in plain.experiments
    )
    problem, end = fitted(replace(plain, experiments=experiments))
    noisy = with_noise(problem, end.x, np.random.default_rng(0))
    for before, after in zip(problem.labels, noisy.labels):
        assert after.values == pytest.approx(before.values, abs=0.01)


def test_percentiles_at_a_limit_of_the_flux_space_are_that_limit():
    problem, end = fitted(measured(study(sd=0.2), seed=1))
    frame = bootstrap_fluxes(problem, end.x, ["split"], samples=60).intervals.frame
    assert frame["low"].iloc[0] == 0.0
    assert LOW_LIMIT in frame["note"].iloc[0]


def test_bad_requests_are_refused(fit):
    problem, end = fit
    with pytest.raises(InputError, match=r"samples: 20 are too few for a level of .*; at least 40"):
        bootstrap_fluxes(problem, end.x, samples=20)
    with pytest.raises(InputError, match="level"):
        bootstrap_fluxes(problem, end.x, level=1.0)
    with pytest.raises(UnknownNameError, match="outt"):
        bootstrap_fluxes(problem, end.x, ["outt"])
