"""The mechanism of the coupled assay fitted to curves that no simple shape describes."""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

from cahill.assays.activity.coupled_kinetics import CoupledReagents, fit_coupled_rate
from cahill.errors import InputError

SIMULATOR = Path(__file__).parents[3] / "benchmarks" / "simulated" / "progress.py"
SPEC = importlib.util.spec_from_file_location("simulated_progress", SIMULATOR)
assert SPEC is not None
assert SPEC.loader is not None
simulated = importlib.util.module_from_spec(SPEC)
sys.modules[SPEC.name] = simulated
SPEC.loader.exec_module(simulated)

NADH = 1.2 / simulated.EPSILON
SLOW = simulated.HELD_OUT["depletion, lag 60 s"]
SLOW_LDH = simulated.KM_PYRUVATE * (1 + simulated.KM_NADH / NADH) / 60.0


def test_ldh_that_cannot_keep_up_is_seen_through():
    made = simulated.simulate_curves(SLOW, 12, seed=1)
    reagents = CoupledReagents(nadh=1.05 * NADH, ldh=1.3 * SLOW_LDH)
    found = [fit_coupled_rate(made.times, row, reagents) for row in made.signal]
    rates = np.array([fit.rate for fit in found])
    assert rates == pytest.approx(made.rate, rel=0.02)
    inside = [fit.low <= true <= fit.high for fit, true in zip(found, made.rate, strict=True)]
    assert np.mean(inside) >= 10 / 12
    assert found[0].nadh == pytest.approx(NADH, rel=0.02)
    assert found[0].lag == pytest.approx(60.0, rel=0.1)
    assert found[0].residual_sd == pytest.approx(1.5e-3, rel=0.35)
    assert found[0].fitted == pytest.approx(made.clean[0], abs=3e-3)


def test_oxoglutarate_that_runs_low_is_seen_through():
    scene = simulated.HELD_OUT["2-oxoglutarate runs low"]
    made = simulated.simulate_curves(scene, 6, seed=2)
    reagents = CoupledReagents(nadh=NADH, oxoglutarate=scene.oxoglutarate)
    rates = [fit_coupled_rate(made.times, row, reagents).rate for row in made.signal]
    assert rates == pytest.approx(made.rate, rel=0.01)


def test_masked_reads_and_a_late_start_change_nothing():
    scene = simulated.Scene(noise=1e-6, rate=(8e-4, 8e-4), lag=40.0, delay=20.0)
    made = simulated.simulate_curves(scene, 1, seed=3)
    ldh = simulated.KM_PYRUVATE * (1 + simulated.KM_NADH / NADH) / 40.0
    reagents = CoupledReagents(nadh=NADH, ldh=ldh)
    signal = made.signal[0].copy()
    mask = np.arange(61) % 5 != 3
    signal[~mask] = 9.0
    found = fit_coupled_rate(made.times, signal, reagents, delay=20.0, mask=mask)
    assert found.rate == pytest.approx(8e-4, rel=1e-3)
    assert found.concentration_rate == pytest.approx(8e-4 / simulated.EPSILON, rel=1e-3)


def test_a_curve_of_another_kind_is_doubted():
    times = np.linspace(0, 600, 61)
    noise = 1e-3 * np.random.default_rng(4).standard_normal(61)
    stepped = 1.2 - 5e-4 * times - 0.1 * (times > 300) + noise
    found = fit_coupled_rate(times, stepped, CoupledReagents(nadh=NADH))
    assert any("the mechanism misses the curve" in note for note in found.notes)
    wrong = fit_coupled_rate(times, 1.2 - 5e-4 * times + noise, CoupledReagents(nadh=NADH))
    assert wrong.notes == ()


def test_bad_input_is_told():
    times = np.linspace(0, 600, 61)
    reagents = CoupledReagents(nadh=NADH)
    with pytest.raises(InputError, match="does not fall"):
        fit_coupled_rate(times, 0.1 + 1e-3 * times, reagents)
    with pytest.raises(InputError, match="3 usable reads"):
        fit_coupled_rate(times, times, reagents, mask=np.arange(61) < 3)
    with pytest.raises(InputError, match="ldh is 0; give a positive number"):
        CoupledReagents(nadh=NADH, ldh=0.0)
    with pytest.raises(InputError, match="ldh_factor must be above 1"):
        CoupledReagents(nadh=NADH, ldh_factor=1.0)
