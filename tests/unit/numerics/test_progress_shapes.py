"""Shapes of progress curves: slopes, limits, fits, and the mixture of their rates."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.stats import t as student

from cahill.numerics.progress_average import averaged_curve, fit_all, mixture_quantile, weights
from cahill.numerics.progress_fit import rate_variance
from cahill.numerics.progress_shapes import (
    ENDS,
    EXPONENTIAL,
    FROM_REST,
    HINGE,
    LAGS,
    MICHAELIS,
    NO_LAG,
    PARTIAL,
    SIZES,
    bounds,
    course,
)

TIMES = np.linspace(0.0, 1.0, 41)


def parameters(lag, end, until=0.5, extra=0.2):
    lead = [np.log(0.1), 0.3][:lag]
    tail = [np.log(until), np.log(extra)][: {0: 0, EXPONENTIAL: 1}.get(end, 2)]
    return np.array(lead + tail)


def evaluated(lag, end, theta, times=TIMES):
    phi, slopes = np.empty(len(times)), np.zeros((4, len(times)))
    course(lag, end, theta, times, phi, slopes)
    return phi, slopes


@pytest.mark.parametrize(("lag", "end", "size"), list(zip(LAGS, ENDS, SIZES, strict=True)))
def test_slopes_are_those_of_the_course(lag, end, size):
    theta = parameters(lag, end)
    _, slopes = evaluated(lag, end, theta)
    assert len(theta) == size == len(bounds(lag, end, 0.025))
    for k in range(size):
        shift = np.zeros(size)
        shift[k] = 1e-5
        above, _ = evaluated(lag, end, theta + shift)
        below, _ = evaluated(lag, end, theta - shift)
        assert slopes[k] == pytest.approx((above - below) / 2e-5, abs=1e-7)


@pytest.mark.parametrize("kappa", [0.012, 0.2, 3.0, 18.0])
@pytest.mark.parametrize("until", [0.06, 0.4, 3.0])
def test_michaelis_run_out_solves_its_equation(kappa, until):
    phi, _ = evaluated(NO_LAG, MICHAELIS, np.log([until, kappa]))
    left = solve_ivp(
        lambda _, n: -(1 + kappa) / until * n / (kappa + n),
        (0, 1),
        [1.0],
        "LSODA",
        TIMES,
        rtol=1e-10,
        atol=1e-13,
    ).y[0]
    assert phi == pytest.approx(until * (1 - left), abs=1e-7)


def test_large_kappa_is_first_order_and_a_narrow_hinge_two_lines():
    first_order, _ = evaluated(NO_LAG, MICHAELIS, np.log([0.3, 1e5]))
    exponential, _ = evaluated(NO_LAG, EXPONENTIAL, np.log([0.3]))
    assert first_order == pytest.approx(exponential, abs=1e-5)
    hinge, _ = evaluated(NO_LAG, HINGE, np.log([0.3, 1e-4]))
    assert hinge == pytest.approx(np.minimum(TIMES, 0.3), abs=1e-4)


def test_lag_meets_the_time_axis_at_its_transit_time():
    from_rest, _ = evaluated(FROM_REST, 0, np.log([0.05]))
    assert from_rest[0] == 0.0
    assert from_rest[-1] == pytest.approx(1.0 - 0.05, abs=1e-8)
    partial, _ = evaluated(PARTIAL, 0, np.array([np.log(0.05), 0.4]))
    assert partial[-1] == pytest.approx(1.0 - 0.6 * 0.05, abs=1e-8)


def test_variance_of_the_rate_of_a_line_is_that_of_regression():
    phi, slopes = evaluated(NO_LAG, 0, np.zeros(0))
    variance = rate_variance(phi, slopes, np.zeros(0), bounds(NO_LAG, 0, 0.025), 1.0)
    assert variance == pytest.approx(1 / np.sum((TIMES - TIMES.mean()) ** 2))


@pytest.mark.parametrize("freedom", [2.0, 5.0, 60.0])
@pytest.mark.parametrize("level", [0.025, 0.2, 0.975])
def test_one_student_has_its_own_quantiles(level, freedom):
    found = mixture_quantile(
        level, np.array([1.0]), np.array([3.0]), np.array([0.1]), np.array([freedom])
    )
    exact = 3.0 + 0.1 * student.ppf(level, freedom)
    assert found == pytest.approx(exact, abs=0.005 if freedom > 2 else 0.02)


def test_the_right_shape_has_the_weight_and_the_curve():
    rng = np.random.default_rng(1)
    phi, _ = evaluated(FROM_REST, 0, np.log([0.1]))
    signal = 0.2 + 0.5 * phi + 1e-4 * rng.standard_normal(len(phi))
    fits, thetas = fit_all(TIMES, signal, TIMES[1])
    share = weights(fits, len(TIMES), 0.0, 1.0)
    assert share[LAGS > 0][:2].sum() > 0.9
    assert fits[1, 0] == pytest.approx(0.5, rel=1e-3)
    assert averaged_curve(TIMES, share, fits, thetas) == pytest.approx(signal, abs=6e-4)
