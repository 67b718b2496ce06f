"""Independent simulators follow the exported model as cahill does."""

import io
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cahill.cycle.archive import scenario_experiment, scenario_sbml, write_archive
from cahill.cycle.build import build_model
from cahill.cycle.run import run_scenario
from cahill.cycle.scenarios import load_scenario
from cahill.io.omex import scheduled_sbml
from cahill.io.sbml_check import sbml_issues

HOURS = 24.0
POINTS = 97
AGREED = 1e-4
SCENARIOS = ("overnight-fast", "mixed-meal", "exercise")


def judged(tool, path, duration, values=()):
    """Return the time course of a file in another simulator (see judge.py)."""
    script = Path(__file__).with_name("judge.py")
    words = [tool, path, duration, POINTS, *(f"{name}={value!r}" for name, value in values)]
    command = [sys.executable, script, *words]
    done = subprocess.run(list(map(str, command)), capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    return pd.read_csv(io.StringIO(done.stdout))


@pytest.fixture(scope="module")
def model():
    return build_model()


@pytest.fixture(scope="module", params=SCENARIOS)
def course(request, model):
    """Return a scenario, its experiment and our time course (24 h of the fast)."""
    scenario = load_scenario(request.param)
    if request.param == "overnight-fast":
        scenario = scenario.lasting(HOURS)
    times = np.linspace(0.0, scenario.duration, POINTS)
    ours = run_scenario(model, scenario, times).solution.states
    frame = pd.DataFrame(ours, columns=list(model.system.state_names))
    return scenario, scenario_experiment(scenario, model), frame


def assert_same(theirs, ours):
    """Compare to 1e-4 of each value; near zero, to 1e-4 of a millionth of its peak."""
    floor = 1e-6 * ours.abs().max()
    difference = (theirs[ours.columns] - ours).abs() / ours.abs().clip(lower=floor, axis="columns")
    worst = difference.max()
    assert worst.max() < AGREED, f"{worst.idxmax()} differs by {worst.max():.2g}"


def test_the_export_has_no_fault(model, course):
    _, experiment, _ = course
    assert sbml_issues(model.sbml) == []
    assert sbml_issues(scheduled_sbml(model.sbml, experiment)) == []


def test_roadrunner_follows(model, course, tmp_path):
    scenario, experiment, ours = course
    path = tmp_path / "scenario.xml"
    path.write_text(scheduled_sbml(model.sbml, experiment), encoding="utf-8")
    theirs = judged("roadrunner", path, scenario.duration, experiment.values.items())
    assert_same(theirs, ours)


def test_copasi_follows_the_archive(model, course, tmp_path):
    scenario, _, ours = course
    path = write_archive(tmp_path / "scenario.omex", scenario, model)
    assert_same(judged("copasi", path, scenario.duration), ours)


@pytest.mark.parametrize("tool", ["roadrunner", "copasi"])
def test_the_exported_file_alone_is_our_fast(model, tool, tmp_path):
    """`cahill export sbml` starts as the overnight fast does: both simulators follow 24 h of it."""
    path = tmp_path / "cycle.xml"
    command = [sys.executable, "-m", "cahill.cli", "export", "sbml", str(path)]
    assert subprocess.run(command, capture_output=True).returncode == 0
    assert sbml_issues(path.read_text(encoding="utf-8")) == []
    times = np.linspace(0.0, 60 * HOURS, POINTS)
    ours = run_scenario(model, load_scenario("overnight-fast"), times).solution.states
    frame = pd.DataFrame(ours, columns=list(model.system.state_names))
    assert_same(judged(tool, path, 60 * HOURS)[frame.columns], frame)
    again = subprocess.run(command, capture_output=True, encoding="utf-8")
    assert again.returncode == 2
    assert "pass --force" in again.stderr


def test_the_exported_file_carries_inputs_at_time_zero(model, tmp_path):
    """A scenario's input at the start is in the file, where no SED-ML can set it."""
    path = tmp_path / "exercise.xml"
    path.write_text(scenario_sbml("exercise", model), encoding="utf-8")
    scenario = load_scenario("exercise")
    times = np.linspace(0.0, scenario.duration, POINTS)
    ours = run_scenario(model, scenario, times).solution.states
    frame = pd.DataFrame(ours, columns=list(model.system.state_names))
    assert_same(judged("roadrunner", path, scenario.duration)[frame.columns], frame)
