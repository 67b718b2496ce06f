"""Standard curves: shapes exact without noise, intervals those of Fieller, bad input told."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats

from cahill.assays.activity.standard_curve import fit_standard_curve
from cahill.assays.activity.standard_read_off import detection_limits, read_off, recovery
from cahill.assays.activity.standard_shapes import invert, predict, slopes
from cahill.errors import InputError

AMOUNTS = np.repeat([0.0, 2, 4, 6, 8, 10], 2)
TRUTH = {
    "linear": np.array([0.05, 0.1]),
    "quadratic": np.array([0.05, 0.12, -0.003]),
    "4pl": np.array([0.05, 1.6, 5.0, 1.2]),
}
SHAPES = sorted(TRUTH)


def noisy(shape, seed, sd=0.01, amounts=AMOUNTS):
    rng = np.random.default_rng(seed)
    return predict(shape, TRUTH[shape], amounts) + rng.normal(0, sd, amounts.size)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("weights", ["1", "1/x", "1/y2"])
def test_without_noise_the_parameters_come_back(shape, weights):
    signals = predict(shape, TRUTH[shape], AMOUNTS)
    curve = fit_standard_curve(AMOUNTS, signals, shape=shape, weights=weights)
    assert curve.parameters == pytest.approx(TRUTH[shape], rel=1e-5)
    assert curve.r2 == pytest.approx(1)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(SHAPES), st.floats(-2, 12))
def test_reading_off_undoes_the_curve(shape, amount):
    signal = predict(shape, TRUTH[shape], np.array([amount]))
    found = invert(shape, TRUTH[shape], signal, 10.0)
    assert found[0] == pytest.approx(amount, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("shape", SHAPES)
def test_slopes_are_derivatives(shape):
    x = np.array([-1.0, 0.5, 3.0, 9.0])
    found = slopes(shape, TRUTH[shape], x)
    for k in range(TRUTH[shape].size):
        step = np.zeros(TRUTH[shape].size)
        step[k] = 1e-6
        up, down = predict(shape, TRUTH[shape] + step, x), predict(shape, TRUTH[shape] - step, x)
        assert found[:, k] == pytest.approx((up - down) / 2e-6, abs=1e-6)


def test_a_straight_line_is_that_of_linear_regression():
    signals = noisy("linear", 1)
    curve = fit_standard_curve(AMOUNTS, signals, shape="linear", weights="1")
    line = stats.linregress(AMOUNTS, signals)
    assert curve.parameters == pytest.approx([line.intercept, line.slope])
    errors = np.sqrt(np.diag(curve.covariance))
    assert errors == pytest.approx([line.intercept_stderr, line.stderr])


def test_weights_are_those_of_weighted_least_squares():
    sm = pytest.importorskip("statsmodels.api")
    signals = noisy("quadratic", 2)
    curve = fit_standard_curve(AMOUNTS, signals, shape="quadratic", weights="1/x")
    design = np.vander(AMOUNTS, 3, increasing=True)
    fit = sm.WLS(signals, design, weights=1 / np.maximum(AMOUNTS, 2.0)).fit()
    assert curve.parameters == pytest.approx(fit.params)
    assert curve.covariance == pytest.approx(fit.cov_params(), rel=1e-6)


@pytest.mark.parametrize("wells", [1, 3])
def test_the_interval_of_a_line_is_fiellers(wells):
    curve = fit_standard_curve(AMOUNTS, noisy("linear", 3), shape="linear", weights="1")
    signal = 0.62
    found = read_off(curve, signal, wells=wells)
    # Fieller 1954, in the form of the textbooks on calibration.
    slope, mean, n = curve.parameters[1], AMOUNTS.mean(), AMOUNTS.size
    squares = ((AMOUNTS - mean) ** 2).sum()
    t = stats.t.ppf(0.975, n - 2)
    g = t**2 * curve.sigma**2 / (slope**2 * squares)
    x = (signal - curve.parameters[0]) / slope
    half = t * curve.sigma / slope
    root = np.sqrt((1 - g) * (1 / wells + 1 / n) + (x - mean) ** 2 / squares)
    middle = mean + (x - mean) / (1 - g)
    assert found.value == pytest.approx(x)
    assert found.low == pytest.approx(middle - half * root / (1 - g), rel=1e-9)
    assert found.high == pytest.approx(middle + half * root / (1 - g), rel=1e-9)


def test_limits_of_a_line_are_sigma_over_slope():
    curve = fit_standard_curve(AMOUNTS, noisy("linear", 4), shape="linear", weights="1")
    expected = np.array([3.3, 10]) * curve.sigma / curve.parameters[1]
    assert detection_limits(curve) == pytest.approx(expected)


@pytest.mark.parametrize("shape", SHAPES)
def test_auto_finds_the_shape(shape):
    amounts = np.repeat([0.0, 1, 2, 4, 6, 8, 10, 15, 20], 3)
    truth = {**TRUTH, "quadratic": np.array([0.05, 0.12, -0.0025])}[shape]
    rng = np.random.default_rng(5)
    signals = predict(shape, truth, amounts) + rng.normal(0, 0.004, amounts.size)
    curve = fit_standard_curve(amounts, signals)
    assert curve.shape == shape
    assert curve.tried[0][2] == min(fit[2] for fit in curve.tried)


def test_auto_finds_noise_that_grows_with_the_signal():
    amounts = np.repeat([0.0, 1, 2, 4, 6, 8, 10, 15, 20], 3)
    rng = np.random.default_rng(6)
    clean = 0.05 + 0.1 * amounts
    curve = fit_standard_curve(amounts, clean * (1 + rng.normal(0, 0.03, amounts.size)))
    assert curve.weights == "1/y2"


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(SHAPES), st.floats(0.01, 100), st.floats(0.01, 100), st.floats(-5, 5))
def test_units_of_amount_and_signal_do_not_matter(shape, amount, signal, offset):
    assume(abs(offset) < 5 * signal)
    signals = noisy(shape, 7, sd=0.005)
    first = fit_standard_curve(AMOUNTS, signals, shape=shape, weights="1")
    other = fit_standard_curve(
        amount * AMOUNTS, signal * signals + offset, shape=shape, weights="1"
    )
    one, two = read_off(first, 0.6), read_off(other, signal * 0.6 + offset)
    for a, b in ((one.value, two.value), (one.low, two.low), (one.high, two.high)):
        assert amount * a == pytest.approx(b, rel=1e-3)


@pytest.mark.parametrize(("shape", "weights"), [("linear", "1"), ("quadratic", "1"), ("4pl", "1")])
def test_intervals_cover(shape, weights):
    rng = np.random.default_rng(8)
    hits, count = 0, 250
    for _ in range(count):
        amount = rng.uniform(1, 9)
        signals = predict(shape, TRUTH[shape], AMOUNTS) + rng.normal(0, 0.01, AMOUNTS.size)
        curve = fit_standard_curve(AMOUNTS, signals, shape=shape, weights=weights)
        unknown = predict(shape, TRUTH[shape], np.array([amount]))[0] + rng.normal(0, 0.01)
        found = read_off(curve, unknown)
        hits += found.low <= amount <= found.high
    # 250 draws at 95 %: three standard deviations are 4 %.
    assert 0.91 <= hits / count <= 0.99


def test_beyond_the_standards_is_marked_and_kept():
    curve = fit_standard_curve(AMOUNTS, noisy("linear", 9), shape="linear", weights="1")
    found = read_off(curve, 1.55)
    assert found.verdict == "extrapolated"
    assert found.value == pytest.approx(15, rel=0.05)
    assert read_off(curve, 0.6).verdict == ""
    # Noise about the zero standard is no extrapolation, a signal far below it is.
    assert read_off(curve, curve.parameters[0] - curve.sigma).verdict == ""
    assert read_off(curve, -0.5).verdict == "extrapolated"


@pytest.mark.parametrize(("shape", "signal"), [("quadratic", 2.0), ("4pl", 1.3)])
def test_what_a_curve_never_reaches_has_no_amount(shape, signal):
    signals = predict(shape, TRUTH[shape], AMOUNTS)
    curve = fit_standard_curve(AMOUNTS, signals, shape=shape, weights="1")
    found = read_off(curve, signal)
    assert found.verdict == "off the curve"
    assert np.isnan(found.value)


def test_recovery_is_the_share_that_comes_back():
    curve = fit_standard_curve(AMOUNTS, noisy("linear", 10), shape="linear", weights="1")
    found, share = recovery(curve)
    assert np.isnan(share[:2]).all()
    assert share[2:] == pytest.approx(found[2:] / AMOUNTS[2:])


def test_replicates_weigh_by_their_own_variance():
    signals = noisy("linear", 11)
    curve = fit_standard_curve(AMOUNTS, signals, shape="linear", weights="replicates")
    assert curve.factors[0] == curve.factors[1]
    with pytest.raises(InputError, match="two wells of every standard; 0 has one"):
        fit_standard_curve(AMOUNTS[1:], signals[1:], shape="linear", weights="replicates")


def test_a_curve_that_turns_back_is_not_chosen():
    signals = predict("quadratic", np.array([0.05, 0.2, -0.014]), AMOUNTS)
    rng = np.random.default_rng(12)
    curve = fit_standard_curve(AMOUNTS, signals + rng.normal(0, 0.002, 12))
    grid = curve.signal(np.linspace(0, 10, 50))
    assert (np.diff(grid) >= 0).all()


@pytest.mark.parametrize(
    ("amounts", "options", "message"),
    [
        ([0, 5], {}, "2 different amounts of standard; a curve needs at least 3"),
        ([0, 2, 4], {"shape": "4pl"}, "3 different amounts of standard; a curve needs at least 5"),
        ([0, 2, 4], {"shape": "cubic"}, 'unknown curve "cubic"; choose auto, linear'),
        ([0, 2, 4], {"weights": "2"}, 'unknown weights "2"; choose auto'),
    ],
)
def test_bad_input_is_one_line(amounts, options, message):
    amounts = np.repeat(np.array(amounts, float), 4)
    with pytest.raises(InputError, match=message) as caught:
        fit_standard_curve(amounts, 0.1 + amounts, where="plate.txt", **options)
    assert str(caught.value).startswith("plate.txt: ")
    assert "\n" not in str(caught.value)
