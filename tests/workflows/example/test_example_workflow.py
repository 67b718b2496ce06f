"""The examples are listed, written, and the command to run is told."""

import pytest

from cahill.errors import InputError
from cahill.io.examples import example_names
from cahill.workflows.example import example


def test_without_a_name_all_are_listed():
    listed = example()
    assert tuple(listed) == example_names()
    assert listed["chip"].startswith("ChIP-qPCR of GR and ATF4")


def test_an_example_is_written(tmp_path):
    told = example("chip", tmp_path / "mine")
    assert sorted(path.name for path in (tmp_path / "mine").iterdir()) == ["README.txt", "cq.csv"]
    assert told["files"] == "README.txt, cq.csv"
    assert told["try"].startswith(f"cd {tmp_path / 'mine'} && cahill chip cq.csv")


def test_its_name_is_the_folder_where_none_is_given(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    example("chip")
    assert (tmp_path / "chip" / "cq.csv").is_file()
    with pytest.raises(InputError, match="is not empty"):
        example("chip")


def test_a_folder_without_a_name_is_asked_about(tmp_path):
    with pytest.raises(InputError, match="which example"):
        example(out=tmp_path)
