"""Independent simulators follow the exported model as cahill does."""

import subprocess
import sys

import basico
import numpy as np
import pytest
import roadrunner

from cahill.cycle.archive import scenario_experiment, write_archive
from cahill.cycle.build import build_model
from cahill.cycle.run import run_scenario
from cahill.cycle.scenarios import load_scenario
from cahill.io.omex import scheduled_sbml
from cahill.io.sbml_check import sbml_issues

HOURS = 24.0
POINTS = 97
AGREED = 1e-4
SCENARIOS = ("overnight-fast", "mixed-meal", "exercise")


@pytest.fixture(scope="module")
def model():
    return build_model()


@pytest.fixture(scope="module", params=SCENARIOS)
def course(request, model):
    """Return a scenario, its experiment, and our time course: 24 h of it, or all if shorter."""
    scenario = load_scenario(request.param)
    if request.param == "overnight-fast":
        scenario = scenario.lasting(HOURS)
    times = np.linspace(0.0, scenario.duration, POINTS)
    ours = run_scenario(model, scenario, times).solution.states
    return scenario, scenario_experiment(scenario, model), ours


def assert_same(theirs, ours, names):
    """Compare to 1e-4 of each value; a state that falls to nothing, of a millionth of its peak."""
    floor = 1e-6 * np.abs(ours).max(axis=0)
    difference = np.abs(theirs - ours) / np.maximum(np.abs(ours), floor)
    worst = np.unravel_index(np.argmax(difference), difference.shape)
    assert difference.max() < AGREED, f"{names[worst[1]]} differs by {difference.max():.2g}"


def copasi_course(duration):
    """Return COPASI's time course of the loaded model, columns by SBML id."""
    return basico.run_time_course(
        duration=duration,
        intervals=POINTS - 1,
        r_tol=1e-8,
        a_tol=1e-10,
        max_steps=1_000_000,
        use_sbml_id=True,
    )


def test_the_export_has_no_fault(model, course):
    _, experiment, _ = course
    assert sbml_issues(model.sbml) == []
    faults = sbml_issues(scheduled_sbml(model.sbml, experiment))
    assert [issue for issue in faults if issue.severity == "error"] == []


def test_roadrunner_follows(model, course):
    scenario, experiment, ours = course
    names = model.system.state_names
    runner = roadrunner.RoadRunner(scheduled_sbml(model.sbml, experiment))
    runner.integrator.relative_tolerance = 1e-9
    runner.integrator.absolute_tolerance = 1e-12
    for name, value in experiment.values.items():
        runner.setValue(name, value)
    species = {row.id for row in model.sbml_model.species}
    columns = [f"[{name}]" if name in species else name for name in names]
    theirs = runner.simulate(0.0, scenario.duration, POINTS, selections=columns)
    assert_same(np.asarray(theirs), ours, names)


def test_copasi_follows_the_archive(model, course, tmp_path):
    scenario, _, ours = course
    names = model.system.state_names
    path = write_archive(tmp_path / "scenario.omex", scenario, model)
    basico.load_model(str(path))
    theirs = copasi_course(scenario.duration)
    assert_same(theirs[list(names)].to_numpy(), ours, names)


def test_the_exported_file_alone_runs_elsewhere(tmp_path):
    """The command's SBML starts at the reference state: both simulators agree on its 24 h."""
    path = tmp_path / "cycle.xml"
    command = [sys.executable, "-m", "cahill.cli", "export", "sbml", str(path)]
    assert subprocess.run(command, capture_output=True).returncode == 0
    runner = roadrunner.RoadRunner(str(path))
    runner.integrator.relative_tolerance = 1e-9
    runner.integrator.absolute_tolerance = 1e-12
    one = runner.simulate(0, 60 * HOURS, POINTS, selections=["[Glc_blood]", "[Glycogen_liver]"])
    basico.load_model(str(path))
    two = copasi_course(60 * HOURS)
    np.testing.assert_allclose(two[["Glc_blood", "Glycogen_liver"]], one, rtol=AGREED)
    again = subprocess.run(command, capture_output=True, encoding="utf-8")
    assert again.returncode == 2
    assert "pass --force" in again.stderr
