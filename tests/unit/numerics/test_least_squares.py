"""Least squares under linear inequalities, against known minima and an independent solver."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import lsq_linear

from cahill.numerics.least_squares import Problem, Settings, minimise
from cahill.numerics.polytope import Polytope

WIDE = Polytope(np.zeros((0, 2)), np.zeros(0))


def problem(residuals, jacobian, polytope, n=2, **more):
    return Problem(
        residuals,
        lambda x: (residuals(x), jacobian(x)),
        polytope,
        np.ones(n),
        np.full(n, np.inf),
        **more,
    )


def rosenbrock(polytope=WIDE, **more):
    return problem(
        lambda x: np.array([10 * (x[1] - x[0] ** 2), 1 - x[0]]),
        lambda x: np.array([[-20 * x[0], 10.0], [-1.0, 0.0]]),
        polytope,
        **more,
    )


def linear(matrix, right, polytope, **more):
    return problem(
        lambda x: matrix @ x - right, lambda x: matrix, polytope, matrix.shape[1], **more
    )


@pytest.mark.parametrize("start", [(-1.2, 1.0), (5.0, -7.0), (0.0, 0.0)])
def test_a_curved_valley_is_followed_to_its_end(start):
    end = minimise(rosenbrock(), np.array(start))
    assert end.converged
    assert end.x == pytest.approx([1.0, 1.0], abs=1e-3)
    assert end.cost < 1e-6


def test_an_inequality_holds_the_minimum():
    # Rosenbrock's valley under x0 <= 0.5: the known minimum is (0.5, 0.25).
    half = Polytope(np.array([[1.0, 0.0]]), np.array([0.5]))
    end = minimise(rosenbrock(half), np.array([-1.0, 1.0]))
    assert end.converged
    assert end.x == pytest.approx([0.5, 0.25], abs=1e-4)
    assert end.multipliers[0] > 0
    assert end.cost == pytest.approx(0.25, abs=1e-6)


def test_a_held_direction_keeps_its_value():
    plane = np.array([[1.0, 1.0]])
    end = minimise(rosenbrock(equalities=plane), np.array([0.0, 1.0]))
    assert end.converged
    assert end.x.sum() == pytest.approx(1.0, abs=1e-9)
    # On x0 + x1 = 1 the cost is 100 (1 - x0 - x0^2)^2 + (1 - x0)^2; its derivative vanishes.
    x = end.x[0]
    slope = 200 * (1 - x - x**2) * (-1 - 2 * x) - 2 * (1 - x)
    assert slope == pytest.approx(0.0, abs=0.05)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_bounded_linear_problems_agree_with_scipy(seed):
    rng = np.random.default_rng(seed)
    n = 6
    matrix, right = rng.standard_normal((9, n)), rng.standard_normal(9)
    low, high = rng.uniform(-1, 0, n), rng.uniform(0.05, 1, n)
    box = Polytope(np.vstack([np.eye(n), -np.eye(n)]), np.append(high, -low))
    end = minimise(linear(matrix, right, box), (low + high) / 2)
    best = lsq_linear(matrix, right, (low, high), tol=1e-13)
    assert end.converged
    assert end.cost == pytest.approx(2 * best.cost, abs=1e-5)
    assert box.slack(end.x).min() > -1e-7


def test_a_corner_where_many_rows_meet_is_no_contradiction():
    # 300 half-planes through the optimum, each redundant with the next.
    angles = np.linspace(0, np.pi / 2, 300)
    fan = Polytope(np.column_stack([np.cos(angles), np.sin(angles)]), np.zeros(300))
    end = minimise(linear(np.eye(2), np.ones(2), fan), np.array([-1.0, -2.0]))
    assert end.converged
    assert end.x == pytest.approx([0.0, 0.0], abs=1e-5)


def test_a_parameter_that_changes_nothing_stays_where_it_is_and_does_no_harm():
    matrix = np.array([[1.0, 0.0], [2.0, 0.0]])
    end = minimise(linear(matrix, np.array([1.0, 2.0]), WIDE), np.array([5.0, 3.0]))
    assert end.converged
    assert end.x == pytest.approx([1.0, 3.0], abs=1e-3)


def test_no_step_is_longer_than_its_reach():
    seen = []

    def residuals(x):
        seen.append(x[0])
        return x - 100.0

    search = Problem(
        residuals,
        lambda x: (x - 100.0, np.eye(1)),
        Polytope(np.zeros((0, 1)), np.zeros(0)),
        np.ones(1),
        np.array([2.0]),
    )
    end = minimise(search, np.zeros(1))
    assert end.converged
    assert end.x[0] == pytest.approx(100.0, abs=1e-3)
    assert np.max(np.diff(np.maximum.accumulate(seen))) <= 2.0 + 1e-9


def test_numbers_that_are_none_end_a_run_with_the_reason():
    nowhere = problem(lambda x: np.log(-x), lambda x: -1 / x * np.eye(2), WIDE)
    with np.errstate(invalid="ignore"):
        end = minimise(nowhere, np.ones(2))
    assert not end.converged
    assert end.reason == "not a number"


def test_steps_into_nothing_are_not_taken():
    # log x is no number below zero; undamped steps from a far start would go there.
    def residuals(x):
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.array([10 * np.log(x[0])])

    search = Problem(
        residuals,
        lambda x: (residuals(x), np.array([[10 / x[0]]])),
        Polytope(np.zeros((0, 1)), np.zeros(0)),
        np.ones(1),
        np.full(1, np.inf),
    )
    end = minimise(search, np.array([50.0]))
    assert end.converged
    assert end.x[0] == pytest.approx(1.0, abs=1e-4)


def test_running_out_of_steps_is_no_convergence():
    end = minimise(rosenbrock(), np.array([-1.2, 1.0]), Settings(max_iterations=3))
    assert end.reason == "too many iterations"
    assert end.iterations == 3
    assert not end.converged
