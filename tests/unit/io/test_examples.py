"""Every example of the package is complete, and the commands its README gives run."""

import shlex

import pytest

from cahill.cli.main import main, workflow_names
from cahill.errors import InputError, UnknownNameError
from cahill.io.examples import README, example_commands, example_names, example_title, write_example
from cahill.serum.cohort import FINISHED_WITH_DOUBTS

NAMES = example_names()


def test_there_are_examples():
    assert "chip" in NAMES


@pytest.mark.parametrize("name", NAMES)
def test_every_example_says_what_it_is_and_what_to_run(name, tmp_path):
    assert 10 < len(example_title(name)) <= 100
    assert not example_title(name).startswith("#")
    written = {path.name for path in write_example(name, tmp_path / name)}
    assert README in written
    commands = [shlex.split(command) for command in example_commands(name)]
    assert commands
    for words in commands:
        named = {" ".join(words[1:count]).replace("-", "_") for count in (2, 3)}
        assert named & set(workflow_names())
        assert any(word in written for word in words), "the command reads a file of the example"
    assert sum((tmp_path / name / file).stat().st_size for file in written) < 3e6


def status(words):
    """Run a command and return its exit status."""
    try:
        main(words)
    except SystemExit as ended:
        return ended.code
    return 0


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_the_commands_of_every_example_run(name, tmp_path, monkeypatch, capsys):
    write_example(name, tmp_path)
    monkeypatch.chdir(tmp_path)
    for command in example_commands(name):
        # An example with planted faults ends with rows to look at.
        assert status(shlex.split(command)[1:]) in (0, FINISHED_WITH_DOUBTS)
    assert capsys.readouterr().out.strip()


def test_an_unknown_example_is_refused(tmp_path):
    with pytest.raises(UnknownNameError, match='unknown example "chop"; did you mean chip'):
        write_example("chop", tmp_path)


def test_a_full_folder_is_not_written_into(tmp_path):
    (tmp_path / "cq.csv").write_text("mine")
    with pytest.raises(InputError, match="is not empty: choose another folder or pass --force"):
        write_example("chip", tmp_path)
    assert (tmp_path / "cq.csv").read_text() == "mine"
    write_example("chip", tmp_path, force=True)
    assert (tmp_path / "cq.csv").read_text() != "mine"
    with pytest.raises(InputError, match="is a file"):
        write_example("chip", tmp_path / "cq.csv")
