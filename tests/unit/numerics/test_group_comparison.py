"""Groups against a control: oracles of scipy and statsmodels, laws, and what cannot be tested."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from cahill.numerics.group_comparison import compare_groups, holm, replicate_means

GROUPS = np.array([0, 0, 0, 1, 1, 1, 1, 2, 2, 2])
SMALL = st.floats(-5, 5).map(lambda x: round(x, 3))
VALUES = st.lists(SMALL, min_size=10, max_size=10, unique=True).map(np.array)


@settings(max_examples=12, deadline=None)
@given(VALUES)
def test_welch_is_that_of_scipy(values):
    found = compare_groups(values, GROUPS, 0)
    for code in (1, 2):
        oracle = stats.ttest_ind(values[code == GROUPS], values[GROUPS == 0], equal_var=False)
        interval = oracle.confidence_interval(0.95)
        assert found.p[code] == pytest.approx(oracle.pvalue, rel=1e-9, abs=1e-14)
        assert found.difference_low[code] == pytest.approx(interval.low, abs=1e-9)
        assert found.difference_high[code] == pytest.approx(interval.high, abs=1e-9)
        assert found.method[code] == "Welch"
    assert np.isnan(found.p[0])
    assert (found.difference[0], found.difference_low[0], found.difference_high[0]) == (0, 0, 0)


@settings(max_examples=12, deadline=None)
@given(VALUES)
def test_group_intervals_are_those_of_scipy(values):
    found = compare_groups(values, GROUPS, 1)
    for code in range(3):
        own = values[code == GROUPS]
        low, high = stats.t.interval(0.95, own.size - 1, own.mean(), stats.sem(own))
        assert (found.low[code], found.high[code]) == pytest.approx((low, high), abs=1e-9)


@settings(max_examples=12, deadline=None)
@given(st.lists(SMALL, min_size=8, max_size=8, unique=True), st.permutations(range(4)))
def test_complete_blocks_are_paired_whatever_their_order(values, order):
    control, other = np.array(values[:4]), np.array(values[4:])
    mixed = np.concatenate([control, other[list(order)]])
    blocks = np.concatenate([np.arange(4), order])
    found = compare_groups(mixed, np.repeat([0, 1], 4), 0, blocks=blocks)
    oracle = stats.ttest_rel(other, control)
    if np.var(other - control) > 1e-12:
        assert found.method[1] == "paired"
        assert found.p[1] == pytest.approx(oracle.pvalue, rel=1e-7, abs=1e-12)


@settings(max_examples=12, deadline=None)
@given(VALUES, SMALL)
def test_a_shift_of_all_values_changes_no_difference(values, shift):
    one, other = compare_groups(values, GROUPS, 0), compare_groups(values + shift, GROUPS, 0)
    assert other.difference == pytest.approx(one.difference, abs=1e-9)
    assert other.mean == pytest.approx(one.mean + shift, abs=1e-9)
    assert other.p[1:] == pytest.approx(one.p[1:], rel=1e-5, abs=1e-9)


@settings(max_examples=12, deadline=None)
@given(VALUES)
def test_exchanging_control_and_group_turns_the_sign(values):
    one, other = compare_groups(values, GROUPS, 0), compare_groups(values, GROUPS, 1)
    assert one.difference[1] == pytest.approx(-other.difference[0])
    assert one.difference_low[1] == pytest.approx(-other.difference_high[0])
    assert one.p[1] == pytest.approx(other.p[0])


def test_incomplete_blocks_are_not_paired():
    values = np.array([1.0, 2.1, 2.9, 2.0, 3.1, 4.2])
    groups = np.repeat([0, 1], 3)
    for blocks in ([0, 1, 2, 0, 1, 3], [0, 1, -1, 0, 1, -1], [0, 0, 1, 0, 0, 1]):
        assert compare_groups(values, groups, 0, blocks=np.array(blocks)).method[1] == "Welch"


def test_one_replicate_has_a_difference_and_a_reason_but_no_interval():
    found = compare_groups(np.array([1.0, 1.2, 3.0]), np.array([0, 0, 1]), 0)
    assert found.difference[1] == pytest.approx(1.9)
    assert np.isnan([found.low[1], found.difference_low[1], found.p[1], found.p_adjusted[1]]).all()
    assert found.reason[1] == "one biological replicate in it"
    other = compare_groups(np.array([1.0, 3.0, 3.1]), np.array([0, 1, 1]), 0)
    assert other.reason[1] == "one biological replicate in the control"


def test_missing_values_and_empty_groups():
    found = compare_groups(np.array([1.0, 1.2, np.nan, np.nan]), np.array([0, 0, 1, 1]), 0)
    assert found.n.tolist() == [2, 0]
    assert np.isnan(found.difference[1])
    assert found.reason[1] == "no replicate with a value in it"


def test_replicates_that_do_not_differ_give_no_test():
    found = compare_groups(np.array([1.0, 1.0, 2.0, 2.0]), np.array([0, 0, 1, 1]), 0)
    assert found.difference[1] == 1
    assert np.isnan(found.p[1])
    assert found.reason[1] == "replicates do not differ at all"


def test_a_shared_error_widens_differences_only_and_towards_the_normal():
    values = np.array([0.0, 0.2, 0.1, 1.0, 1.3, 1.2])
    groups = np.repeat([0, 1], 3)
    plain = compare_groups(values, groups, 0)
    wide = compare_groups(values, groups, 0, shared_sd=np.array([0.0, 5.0]))
    assert wide.low == pytest.approx(plain.low)
    half = (wide.difference_high[1] - wide.difference_low[1]) / 2
    assert half == pytest.approx(1.96 * np.hypot(5.0, plain.difference_sd[1]), rel=1e-3)
    same = compare_groups(values, groups, 0, shared_sd=np.zeros(2))
    assert same.p[1] == pytest.approx(plain.p[1])


def test_holm_by_hand():
    adjusted = holm(np.array([0.01, np.nan, 0.04, 0.03]))
    assert adjusted[[0, 2, 3]] == pytest.approx([0.03, 0.06, 0.06])
    assert np.isnan(adjusted[1])
    assert np.isnan(holm(np.array([np.nan]))).all()


def test_intervals_cover_as_they_say():
    random = np.random.default_rng(11)
    hits = 0
    for _ in range(400):
        values = np.concatenate([random.normal(0, 0.3, 4), random.normal(1, 0.6, 4)])
        found = compare_groups(values, np.repeat([0, 1], 4), 0)
        hits += found.difference_low[1] <= 1 <= found.difference_high[1]
    assert 0.92 <= hits / 400 <= 0.985


def test_technical_replicates_are_averaged_and_their_variance_told_apart():
    found = replicate_means(np.array([1.0, 3.0, 5.0, np.nan, 9.0]), np.array([0, 0, 1, 1, 2]))
    assert found.mean.tolist() == [2, 5, 9]
    assert found.n.tolist() == [2, 1, 1]
    assert found.within == pytest.approx(2.0)
    assert np.isnan(found.sd[1])
    empty = replicate_means(np.array([np.nan, 1.0]), np.array([0, 1]))
    assert np.isnan(empty.mean[0])
    assert np.isnan(empty.within)


@pytest.mark.parametrize("dropped", [(), (0, 5, 10)], ids=["balanced", "unbalanced"])
def test_variances_and_mean_are_those_of_a_mixed_model(dropped):
    random = np.random.default_rng(4)
    codes = np.repeat(np.arange(12), 3)
    values = random.normal(0, 0.5, 12)[codes] + random.normal(0, 0.1, 36)
    values[list(dropped)] = np.nan
    found = replicate_means(values, codes)
    frame = pd.DataFrame({"y": values, "unit": codes}).dropna()
    model = smf.mixedlm("y ~ 1", frame, groups=frame["unit"]).fit(reml=True)
    assert found.mean.mean() == pytest.approx(model.params["Intercept"], abs=5e-3)
    assert found.within == pytest.approx(model.scale, rel=1e-2)
    assert found.between == pytest.approx(float(model.cov_re.iloc[0, 0]), rel=0.1)
