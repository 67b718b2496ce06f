"""A scenario's archive runs in COPASI as it runs here."""

import basico
import numpy as np
import pytest

from cahill.core.parameters import ParameterSet
from cahill.cycle.archive import scenario_experiment, write_archive
from cahill.cycle.build import MODEL_ID, CycleModel
from cahill.cycle.scenarios import load_scenario
from cahill.numerics.ode import integrate

TOY = f"""
model {MODEL_ID}()
  unit substance = 1e-3 mole; unit extent = substance; unit time_unit = 60 second;
  unit volume = litre;
  compartment blood; species Glc_blood in blood;
  infusion: -> Glc_blood; glucose_infusion;
  use: Glc_blood -> ; k*Glc_blood*(1 + Insulin/50);
  Insulin' = 0.1*(10*Glc_blood - Insulin);
  blood = 14; Glc_blood = 6; Insulin = 60; k = 0.05; glucose_infusion = 0.3;
end
"""
SCENARIO = """
title = "Two infusions"
duration = "8 h"
[start]
hours_fasted = 14
state = {Insulin = "10 uU/mL"}
[[input]]
name = "glucose_infusion"
value = "1 mmol/min"
end = "2 h"
[[input]]
name = "glucose_infusion"
value = "2 mmol/min"
start = "3 h"
end = "5 h"
"""


@pytest.fixture(scope="module")
def model():
    return CycleModel(TOY, ParameterSet((), "toy"), {})


@pytest.fixture
def scenario(tmp_path):
    path = tmp_path / "two.toml"
    path.write_text(SCENARIO)
    return load_scenario(path)


def test_the_experiment_starts_after_the_fast(model, scenario):
    experiment = scenario_experiment(scenario, model)
    assert experiment.state["Insulin"] == pytest.approx(60)
    assert experiment.state["Glc_blood"] < 6
    assert experiment.values == {"glucose_infusion": 1.0}
    assert [time for time, _ in experiment.changes] == [120, 180, 300]
    assert [change["glucose_infusion"] for _, change in experiment.changes] == [0.3, 2.0, 0.3]


def test_copasi_follows_the_scenario(model, scenario, tmp_path):
    path = write_archive(tmp_path / "two.omex", scenario, model)
    basico.load_model(str(path))
    theirs = basico.run_time_course(duration=480, intervals=96, r_tol=1e-9, a_tol=1e-12)
    system = model.system
    experiment = scenario_experiment(scenario, model)
    ours = integrate(
        system,
        np.linspace(0, 480, 97),
        state=np.array([experiment.state[name] for name in system.state_names]),
        segments=scenario.segments(system.parameter_names, system.default_parameters),
        rtol=1e-9,
    )
    column = system.state_names.index("Glc_blood")
    np.testing.assert_allclose(theirs["Glc_blood"], ours.states[:, column], rtol=1e-4)
