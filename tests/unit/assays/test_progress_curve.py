"""Initial rates: laws, exact curves, reads left out, bad input."""

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cahill.assays.activity.progress_curve import SHAPES, initial_rates
from cahill.errors import InputError

FEW = settings(max_examples=20, deadline=None)
TIMES = np.linspace(0.0, 600.0, 61)
SEEDS = st.integers(0, 10_000)


def curves(seed, count=4, times=TIMES, noise=1.5e-3):
    """Straight, lagging, running out and blank curves, falling, AU."""
    rng = np.random.default_rng(seed)
    rates = rng.uniform(2e-4, 1e-3, count)
    rows = []
    for k, rate in enumerate(rates):
        kind = k % 4
        if kind == 0:
            course = rate * times
        elif kind == 1:
            course = rate * (times - 40.0 * (1 - np.exp(-times / 40.0)))
        elif kind == 2:
            course = 0.2 * (1 - np.exp(-5 * rate * times))
        else:
            course = 0.0 * times
        rows.append(1.2 - course)
    return np.array(rows) + noise * rng.standard_normal((count, len(times)))


def same(one, other, scale=1.0, rel=1e-5):
    for name in ("rate", "sd", "low", "high"):
        wanted = scale * getattr(other, name)
        size = np.abs(scale) * (np.abs(other.rate) + other.sd)
        assert np.all(np.abs(getattr(one, name) - wanted) <= rel * size), name
    assert one.shape == other.shape
    assert np.array_equal(one.used, other.used)


@FEW
@given(SEEDS, st.floats(-1e4, 1e4), st.floats(-3, 3))
def test_neither_shift_of_time_nor_offset_counts(seed, shift, offset):
    signal = curves(seed)
    plain = initial_rates(TIMES, signal, direction=-1)
    same(initial_rates(TIMES + shift, signal + offset, direction=-1), plain, rel=1e-4)


@FEW
@given(SEEDS, st.sampled_from([1e-3, 0.5, 1e4]), st.sampled_from([1 / 60, 60.0, 1e3]))
def test_units_of_signal_and_time_scale_the_answer(seed, scale, unit):
    signal = curves(seed)
    plain = initial_rates(TIMES, signal, direction=-1)
    scaled = initial_rates(TIMES * unit, signal * scale, direction=-1)
    same(scaled, plain, scale / unit, rel=1e-4)
    assert scaled.lag == pytest.approx(plain.lag * unit, rel=1e-3)


@FEW
@given(SEEDS, st.randoms(use_true_random=False))
def test_order_and_company_of_curves_do_not_count(seed, random):
    signal = curves(seed, 8)
    order = list(range(8))
    random.shuffle(order)
    all_at_once = initial_rates(TIMES, signal, direction=-1)
    shuffled = initial_rates(TIMES, signal[order], direction=-1)
    assert np.array_equal(shuffled.rate, all_at_once.rate[order])
    alone = initial_rates(TIMES, signal[3], direction=-1)
    assert alone.rate[0] == all_at_once.rate[3]
    assert alone.high[0] == all_at_once.high[3]


@FEW
@given(SEEDS)
def test_a_missing_read_is_a_masked_read_and_signs_turn_with_direction(seed):
    signal = curves(seed)
    mask = np.random.default_rng(seed).random(signal.shape) > 0.2
    mask[:, 0] = True  # the first read, used or not, says when it began
    masked = initial_rates(TIMES, signal, direction=-1, mask=mask)
    missing = initial_rates(TIMES, np.where(mask, signal, np.nan), direction=-1)
    timeless = initial_rates(
        np.where(mask, TIMES, np.nan), np.where(mask, signal, np.nan), direction=-1
    )
    same(missing, masked)
    same(timeless, masked, rel=1e-3)
    rising = initial_rates(TIMES, -signal, direction=1, mask=mask)
    same(rising, masked)
    assert -rising.fitted == pytest.approx(masked.fitted)


def test_direction_turns_the_sign_of_a_straight_line():
    signal = 0.3 + 1e-4 * TIMES + 1e-3 * np.random.default_rng(1).standard_normal(61)
    up, down = initial_rates(TIMES, signal), initial_rates(TIMES, signal, direction=-1)
    assert up.shape == down.shape == ("straight",)
    assert down.rate == pytest.approx(-up.rate, rel=1e-3)
    assert down.low == pytest.approx(-up.high, rel=0.01)


@pytest.mark.parametrize("reads", [6, 13, 61])
def test_curves_without_noise_are_exact(reads):
    times = np.linspace(0, 600, reads)
    lagging = 3e-4 * (times - 60 * (1 - np.exp(-times / 60)))
    ending = 0.3 * (1 - np.exp(-times / 400))
    signal = 0.1 + np.array([2e-4 * times, lagging, ending])
    found = initial_rates(times, signal)
    assert found.rate == pytest.approx([2e-4, 3e-4, 0.3 / 400], rel=1e-6)
    assert found.shape == ("straight", "lag", "depletion")
    assert found.lag == pytest.approx([0, 60, 0], rel=1e-4, abs=1e-9)
    assert found.fitted == pytest.approx(signal, abs=1e-8)


def test_intervals_narrow_with_confidence():
    signal = curves(3)
    wide = initial_rates(TIMES, signal, direction=-1, confidence=0.99)
    narrow = initial_rates(TIMES, signal, direction=-1, confidence=0.5)
    assert np.all(wide.high - wide.low > narrow.high - narrow.low)
    assert wide.sd == pytest.approx(narrow.sd)
    assert wide.rate == pytest.approx(narrow.rate)


def test_a_bubble_is_left_out_and_said():
    signal = curves(5, 1)
    signal[0, 30] += 0.08
    found = initial_rates(TIMES, signal, direction=-1)
    assert not found.used[0, 30]
    assert found.used[0].sum() >= 59
    assert "left out as outliers" in found.notes[0]


def test_what_comes_after_the_end_is_left_out_and_said():
    rng = np.random.default_rng(2)
    signal = np.maximum(1.2 - 4e-3 * TIMES, 0.05) + 1e-3 * rng.standard_normal(61)
    found = initial_rates(TIMES, signal, direction=-1)
    assert found.shape == ("depletion",)
    assert found.low[0] <= 4e-3 <= found.high[0]
    assert found.rate[0] == pytest.approx(4e-3, rel=0.01)
    assert not found.used[0, 40:].any()
    assert "had run out" in found.notes[0]


def test_drift_against_the_reaction_gets_a_straight_line():
    settling = 0.01 * np.exp(-TIMES / 60) + 2e-4 * np.random.default_rng(3).standard_normal(61)
    assert initial_rates(TIMES, settling, direction=1).shape == ("straight",)


def test_dependent_residuals_widen_the_interval():
    rng = np.random.default_rng(4)
    wave = 2e-3 * np.sin(TIMES / 25.0)
    plain = initial_rates(TIMES, 2e-4 * TIMES + 5e-4 * rng.standard_normal(61))
    wavy = initial_rates(TIMES, 2e-4 * TIMES + wave + 5e-4 * rng.standard_normal(61))
    assert wavy.sd[0] > 2 * plain.sd[0]
    assert "not random" in wavy.notes[0]


def test_rounded_reads_are_not_taken_for_certain():
    constant = np.full(61, 0.101)
    constant[40:] = 0.102
    found = initial_rates(TIMES, constant)
    assert found.sd[0] > 0
    flat = initial_rates(TIMES, np.full(61, 0.101))
    assert flat.rate[0] == flat.sd[0] == 0.0
    assert "every read is the same" in flat.notes[0]


def test_too_few_reads_are_said_and_cost_no_other_curve():
    signal = curves(6, 3)
    mask = np.ones_like(signal, dtype=bool)
    mask[1, 2:] = False
    mask[2, 5:] = False
    found = initial_rates(TIMES, signal, direction=-1, mask=mask)
    assert found.shape[1] == "none"
    assert np.isnan(found.rate[1])
    assert np.isnan(found.fitted[1]).all()
    assert found.notes[1] == "2 usable reads, at least 3 are needed"
    assert "no shape but a straight line" in found.notes[2]
    assert np.isfinite(found.rate[[0, 2]]).all()


def test_fields_have_the_shape_they_say():
    found = initial_rates(TIMES, curves(7, 5), direction=-1)
    assert found.weights.sum(axis=1) == pytest.approx(np.ones(5))
    assert found.weights.shape == (5, len(SHAPES))
    assert {field.name for field in fields(found)} >= {"rate", "lag", "used", "fitted", "notes"}
    assert np.all((found.low <= found.rate) & (found.rate <= found.high))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"direction": 0}, "direction: 0 is neither"),
        ({"confidence": 1.0}, "confidence: 1 is not between"),
        ({"times": TIMES[:-1]}, r"times of shape \(60,\) do not fit"),
        ({"times": TIMES[::-1]}, "progress curve 1: time does not rise from read 1 to 2"),
        ({"times": np.where(TIMES == 50, np.nan, TIMES)}, "curve 1: read 6 has no time"),
        ({"mask": np.ones(61)}, "mask of type float64"),
        ({"mask": np.ones(3, dtype=bool)}, "give true or false for each read"),
    ],
)
def test_bad_input_is_told(change, message):
    given_ = {"times": TIMES, "signal": curves(1), "direction": -1, **change}
    with pytest.raises(InputError, match=message):
        initial_rates(given_.pop("times"), given_.pop("signal"), **given_)
