"""The command line as a user meets it: help, answers, and one line for what he can put right."""

import json
import os
import subprocess
import sys
import time

import pytest

from cahill.cli.main import workflow_names

COMMANDS = [name.replace("_", "-") for name in workflow_names()]
HEAD = 'title = "Test"\nduration = "8 h"\n'


def cahill(*words, cwd=None):
    command = [sys.executable, "-m", "cahill.cli", *map(str, words)]
    environment = {**os.environ, "COLUMNS": "200", "NO_COLOR": "1", "PYTHONUTF8": "1"}
    return subprocess.run(command, capture_output=True, encoding="utf-8", cwd=cwd, env=environment)


def refused(*words, cwd=None):
    """Run a command that must fail, and return its one line."""
    done = cahill(*words, cwd=cwd)
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    (line,) = done.stderr.splitlines()
    assert line.startswith("cahill: ")
    return line.removeprefix("cahill: ")


def test_help_names_every_command():
    done = cahill("--help")
    assert done.returncode == 0
    for command in COMMANDS:
        assert command in done.stdout


def test_help_is_quick():
    fastest = 1.0
    for _ in range(3):
        start = time.perf_counter()
        cahill("--help")
        fastest = min(fastest, time.perf_counter() - start)
    assert fastest < 0.5


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command):
    done = cahill(command, "--help")
    assert done.returncode == 0
    assert f"Usage: cahill {command}" in done.stdout
    assert "--json" in done.stdout
    assert "progress" not in done.stdout


def test_help_shows_the_defaults_that_say_something():
    text = cahill("scan", "--help").stdout
    assert "[default: 11]" in text
    assert "[default: overnight-fast]" in text
    assert "False" not in text
    assert "None" not in text


def test_version():
    from importlib.metadata import version

    assert cahill("--version").stdout.strip() == f"cahill {version('cahill')}"


def test_scenarios_are_listed():
    done = cahill("scenarios")
    assert done.returncode == 0
    assert "overnight-fast" in done.stdout


def test_json_is_pure():
    done = cahill("scenarios", "--json")
    assert json.loads(done.stdout)["overnight-fast"] == "Overnight fast"
    assert done.stderr == ""


def test_cite_names_the_sources_of_a_scenario():
    done = cahill("cite", "cortisol-64-h")
    assert done.returncode == 0
    assert "Darmaun" in done.stdout
    assert "Fukagawa" not in done.stdout


# --- what a user can put right -------------------------------------------------------------------


def test_a_misspelt_command():
    assert 'Did you mean "simulate"' in refused("simulat")


def test_a_misspelt_option():
    assert "Did you mean --hours" in refused("simulate", "overnight-fast", "--hourz", "3")


def test_a_number_that_is_none():
    assert '"abc"' in refused("simulate", "overnight-fast", "--hours", "abc")


def test_a_missing_argument():
    assert "SCENARIO" in refused("simulate").upper()


def test_an_unknown_scenario():
    line = refused("simulate", "overnigth-fast")
    assert line == 'unknown scenario "overnigth-fast"; did you mean overnight-fast?'


def test_a_folder_that_is_not_empty(tmp_path):
    (tmp_path / "mine.txt").write_text("keep")
    line = refused("simulate", "overnight-fast", "--out", tmp_path)
    assert "is not empty" in line
    assert "--force" in line
    assert (tmp_path / "mine.txt").read_text() == "keep"


def test_a_file_that_exists(tmp_path):
    target = tmp_path / "model.xml"
    target.write_text("keep")
    assert "exists" in refused("export", "sbml", target)
    assert target.read_text() == "keep"


def test_a_picture_without_a_known_suffix(tmp_path):
    assert ".svg" in refused("draw", tmp_path / "map.doc")


def test_an_export_format_that_does_not_exist(tmp_path):
    assert "antimony" in refused("export", "matlab", tmp_path / "x")


BAD_FILES = [
    (HEAD + "oops = 1\n", 'mine.toml: unknown key "oops"; there are 8 to choose from'),
    (
        HEAD + '[[input]]\nname = "cortisol"\nvalue = "32 ug/dL"\n',
        'mine.toml: input 1 (cortisol): unknown input "cortisol"; did you mean cortisol_level?',
    ),
    (
        HEAD + '[[input]]\nname = "cortisol_level"\nvalue = 32\n',
        'mine.toml: input 1 (cortisol_level), value: "32" has no unit; write it like "32 ug/dL"',
    ),
    (
        HEAD + '[[input]]\nname = "cortisol_level"\nvalue = "32 umol/min"\n',
        'mine.toml: input 1 (cortisol_level), value: "umol/min" is not a unit like nmol/L; '
        'write it like "32 ug/dL"',
    ),
    (
        HEAD + '[start]\nstate = {Glc_blood = "-5 mmol/L"}\n',
        'mine.toml: start, state, Glc_blood: "-5 mmol/L" is out of range; '
        "give a value that is not negative",
    ),
    (
        HEAD + '[[input]]\nname = "exercise"\nvalue = "45 %"\nend = "9 h"\n',
        "mine.toml: input 1 (exercise), end: 9 h is after the end (8 h); "
        "bring it inside the duration",
    ),
]


@pytest.mark.parametrize(("text", "message"), BAD_FILES)
def test_a_scenario_file_with_a_fault(tmp_path, text, message):
    (tmp_path / "mine.toml").write_text(text)
    assert refused("simulate", "mine.toml", cwd=tmp_path) == message


def test_every_fault_of_a_file_is_a_line(tmp_path):
    text = HEAD + '[[input]]\nname = "burn"\nvalue = "2"\n[[input]]\nname = "brn"\nvalue = "1"\n'
    (tmp_path / "mine.toml").write_text(text)
    done = cahill("simulate", "mine.toml", cwd=tmp_path)
    assert done.returncode == 2
    lines = done.stderr.splitlines()
    assert len(lines) == 2
    assert all(line.startswith("cahill: mine.toml: input ") for line in lines)
