"""The command line as a user meets it: help, answers, and one line for what he can put right."""

import json
import os
import subprocess
import sys

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
        assert command.split()[0] in done.stdout


def test_help_loads_nothing_heavy():
    command = [sys.executable, "-X", "importtime", "-m", "cahill.cli", "--help"]
    told = subprocess.run(command, capture_output=True, encoding="utf-8").stderr
    loaded = {line.rpartition("|")[2].strip() for line in told.splitlines()}
    assert "cahill.cli.main" in loaded
    assert not loaded & {"numpy", "pandas", "scipy", "numba", "casadi", "matplotlib", "libsbml"}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command):
    done = cahill(*command.split(), "--help")
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


# --- simulate ------------------------------------------------------------------------------------

SEED = ("published 4.0–5.0", "published 1.89 ± 0.20", "published 1.48 ± 0.15")


@pytest.fixture(scope="module")
def overnight(tmp_path_factory):
    """Simulate the overnight fast into a folder as `make run` does."""
    folder = tmp_path_factory.mktemp("results") / "overnight-fast"
    return folder, cahill("simulate", "overnight-fast", "--out", folder, "--force")


def test_simulate_prints_the_three_numbers_and_ends_with_the_report(overnight):
    folder, done = overnight
    assert done.returncode == 0, done.stderr
    sentence, *paths = done.stdout.splitlines()
    assert all(text in sentence for text in SEED)
    assert paths[-1] == str(folder / "report.html")
    assert {name.rpartition(".")[2] for name in paths} == {"svg", "png", "csv", "html"}
    assert sorted(map(str, folder.iterdir())) == sorted(paths)


def test_a_full_folder_is_refused_and_force_replaces_only_its_own_files(overnight):
    folder, _ = overnight
    (folder / "mine.txt").write_text("keep")
    report = (folder / "report.html").read_bytes()
    assert "--force" in refused("simulate", "overnight-fast", "--out", folder)
    done = cahill("simulate", "overnight-fast", "--out", folder, "--force")
    assert done.returncode == 0, done.stderr
    assert (folder / "report.html").read_bytes() == report
    assert (folder / "mine.txt").read_text() == "keep"


def test_simulate_json_is_pure(tmp_path):
    done = cahill("simulate", "overnight-fast", "--json", "--out", tmp_path / "out")
    content = json.loads(done.stdout)
    assert done.stderr == ""
    assert content["title"] == "Overnight fast"
    assert {row["quantity"] for row in content["data"]} > {"alanine_ra", "Glc_blood"}
    assert (tmp_path / "out" / "report.html").is_file()


def test_a_run_that_cannot_go_on_says_what_and_when():
    line = refused("simulate", "overnight-fast", "--set", "k_lipolysis=-1")
    assert line.startswith("scenario overnight-fast: FFA_blood fell below zero")


def test_steady_state_is_a_sentence():
    done = cahill("steady-state")
    assert done.returncode == 0, done.stderr
    (line,) = done.stdout.splitlines()
    assert line.startswith("The cycle has a stable steady state")


def test_draw_writes_the_map(tmp_path):
    done = cahill("draw", tmp_path / "map.svg")
    assert done.stdout.strip() == str(tmp_path / "map.svg")
    assert (tmp_path / "map.svg").read_text(encoding="utf-8").startswith("<?xml")
    assert "exists" in refused("draw", tmp_path / "map.svg")
    assert cahill("draw", tmp_path / "map.svg", "--force").returncode == 0


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
