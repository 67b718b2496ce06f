"""The steady state: nothing changes in it, and its modes are those of the states named."""

import json

import numpy as np
import pytest

from cahill.cycle.build import build_model, reference_parameters
from cahill.cycle.run import run_scenario
from cahill.cycle.scenarios import load_scenario
from cahill.cycle.steady_state import steady_state
from cahill.errors import ConvergenceError


@pytest.fixture(scope="module")
def rest():
    return steady_state()


def test_no_pool_but_glycogen_changes(rest):
    system = rest.view.system
    rates = np.asarray(system.rhs(0.0, rest.view.state, rest.view.parameters)).ravel()
    moving = {
        name
        for name, rate, level in zip(system.state_names, rates, rest.view.state)
        if abs(rate) > 1e-9 * max(abs(level), 1e-3)
    }
    assert moving == set(rest.held)


def test_it_is_stable_and_stays(rest):
    assert rest.steady.stable
    (note,) = rest.notes
    assert note.startswith(", ".join(rest.held) + " held")
    assert (rest.time_constants["time_constant_h"] > 0).all()
    assert rest.time_constants["time_constant_h"].is_monotonic_decreasing


def test_serum_alt_fades_with_its_half_life(rest):
    modes = rest.time_constants
    serum = modes[modes["leading"].str.startswith("ALT1_serum")]["time_constant_h"].iloc[0]
    half_life = reference_parameters()["half_life_ALT"].quantity.to("h")
    assert serum * np.log(2) == pytest.approx(half_life, rel=1e-6)


def test_the_frame_has_levels_quantities_and_fluxes(rest):
    frame = rest.to_frame()
    assert set(frame["kind"]) == {"state", "reported", "flux"}
    assert frame["value"].notna().all()
    assert json.loads(rest.to_json())["title"] == rest.title


def test_a_disturbance_comes_back_to_it(rest, tmp_path):
    path = tmp_path / "nudge.toml"
    path.write_text(
        'title = "Nudge"\nduration = "30 d"\nhold = ["Glycogen_liver", "Glycogen_muscle"]\n'
        '[start.state]\nGlc_blood = "8 mmol/L"\nAla_blood = "0.6 mmol/L"\n'
    )
    run = run_scenario(build_model(), load_scenario(path), [0.0, 43200.0])
    np.testing.assert_allclose(run.solution.states[-1], rest.view.state, rtol=1e-3, atol=1e-6)


def test_a_model_without_one_says_so_in_a_line():
    broken = build_model(reference_parameters().updated({"k_lipolysis": -1.0}))
    with pytest.raises(ConvergenceError) as caught:
        steady_state(model=broken)
    assert str(caught.value).startswith("steady state: FFA_blood fell below zero")
    assert "\n" not in str(caught.value)


def test_saved_pictures_tables_and_report(rest, tmp_path):
    names = [path.name for path in rest.save(tmp_path / "out")]
    assert names == [
        "cycle-map.svg",
        "cycle-map.png",
        "results.csv",
        "fluxes.csv",
        "time_constants.csv",
        "report.html",
    ]
