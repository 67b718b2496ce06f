"""Initial rates of simulated coupled assays: close to the truth, and as sure as they say."""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

from cahill.assays.activity.progress_curve import initial_rates

SIMULATOR = Path(__file__).parents[3] / "benchmarks" / "simulated" / "progress.py"
SPEC = importlib.util.spec_from_file_location("simulated_progress_curves", SIMULATOR)
assert SPEC is not None
assert SPEC.loader is not None
simulated = importlib.util.module_from_spec(SPEC)
sys.modules[SPEC.name] = simulated
SPEC.loader.exec_module(simulated)

CURVES = 600
# Three standard errors of a binomial share of 600 around the least, 90 %.
LEAST_COVER = 0.90 - 3 * np.sqrt(0.9 * 0.1 / CURVES)


def answers(scene, seed=20):
    made = simulated.simulate_curves(scene, CURVES, seed)
    found = initial_rates(made.times, made.signal, direction=-1, mask=~made.over)
    cover = np.mean((found.low <= made.rate) & (made.rate <= found.high))
    return found, found.rate - made.rate, made.rate, cover


@pytest.mark.parametrize(
    ("name", "goal", "shapes"),
    [
        ("straight", 0.02, {"straight", "lag"}),
        ("lag 30 s", 0.03, {"lag"}),
        ("lag 90 s", 0.04, {"lag"}),
        ("depletion", 0.05, {"depletion", "lag and depletion"}),
    ],
)
def test_rates_are_right_and_intervals_honest(name, goal, shapes):
    found, error, rate, cover = answers(simulated.CLASSES[name])
    assert np.sqrt(np.mean((error / rate) ** 2)) < goal
    assert LEAST_COVER < cover < 0.995
    assert np.mean([shape in shapes for shape in found.shape]) > 0.8


def test_a_blank_is_as_sure_as_a_line_through_all_reads():
    found, error, _, cover = answers(simulated.CLASSES["blank"])
    least = 1.5e-3 / np.sqrt(np.sum((np.linspace(0, 600, 61) - 300.0) ** 2))
    assert np.sqrt(np.mean(error**2)) < 1.12 * least
    assert cover > LEAST_COVER
    assert found.shape.count("straight") > 0.98 * CURVES


@pytest.mark.parametrize("rate", [1e-5, 3e-5, 1e-4, 3e-4, 1e-3])
def test_intervals_are_honest_at_every_rate(rate):
    for name in ("straight", "lag 30 s"):
        scene = simulated.with_rate(simulated.CLASSES[name], rate)
        assert answers(scene)[3] > LEAST_COVER


@pytest.mark.parametrize(
    "name", ["13 reads, lag 60 s", "noise 5 mAU", "3 bubbles", "depletion, little NADH (0.3 AU)"]
)
def test_scenes_held_out(name):
    _, error, rate, cover = answers(simulated.HELD_OUT[name])
    # Not the mean square: two bubbles side by side at the start look like a run-out.
    assert np.quantile(np.abs(error / rate), 0.95) < 0.05
    assert cover > LEAST_COVER
