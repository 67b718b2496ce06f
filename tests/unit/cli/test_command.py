"""A workflow dressed as a command."""

import inspect
import json
from pathlib import Path

import pytest

from cahill.cli.command import as_command
from cahill.cli.progress import progress_bar
from cahill.errors import InputError


class Answer:
    def __init__(self):
        self.saved = None

    def summary(self):
        return "It is 42."

    def to_json(self):
        return json.dumps({"answer": 42})

    def save(self, folder, *, force=False):
        self.saved = folder
        return (folder / "report.html",)


def ask(question: str, *, depth: int = 1, progress=None) -> "Answer":
    """Ask.

    Parameters
    ----------
    question : str
        What.
    """
    return Answer()


def where(*, deep: bool = False) -> Path:
    """Say where."""
    return Path("here")


def test_flags_are_the_workflows_and_the_faces():
    assert list(inspect.signature(as_command(ask)).parameters) == [
        "question",
        "depth",
        "out",
        "force",
        "json",
    ]
    assert list(inspect.signature(as_command(where)).parameters) == ["deep", "json"]


def test_an_answer_is_a_sentence(capsys):
    as_command(ask)("why")
    assert capsys.readouterr().out == "It is 42.\n"


def test_json_is_all_that_is_printed(capsys, tmp_path):
    as_command(ask)("why", json=True, out=tmp_path / "new")
    assert json.loads(capsys.readouterr().out) == {"answer": 42}


def test_a_saved_answer_names_its_files(capsys, tmp_path):
    as_command(ask)("why", out=tmp_path)
    assert capsys.readouterr().out.splitlines() == ["It is 42.", str(tmp_path / "report.html")]


def test_a_folder_with_content_is_refused_before_the_work(tmp_path):
    (tmp_path / "mine.txt").touch()
    with pytest.raises(InputError, match="not empty"):
        as_command(ask)("why", out=tmp_path)
    as_command(ask)("why", out=tmp_path, force=True)


def test_a_path_is_printed(capsys):
    as_command(where)()
    as_command(where)(json=True)
    assert capsys.readouterr().out.splitlines() == ["here", '"here"']


def names() -> dict[str, str]:
    """List."""
    return {"a": "first", "long": "second"}


def test_a_list_is_printed_in_columns(capsys):
    as_command(names)()
    assert capsys.readouterr().out.splitlines() == ["a     first", "long  second"]
    assert list(inspect.signature(as_command(names)).parameters) == ["json"]


def test_nobody_watching_means_no_bar():
    with progress_bar() as progress:
        assert progress is None
