"""Every source that a number names is in `references.bib`."""

import csv
import re
import tomllib
from importlib.resources import files
from pathlib import Path

import pytest

from cahill.io.references import references

DATA = Path(str(files("cahill") / "data"))


def keys_of_table(path):
    lines = [line for line in path.read_text("utf-8").splitlines() if line and line[0] != "#"]
    for row in csv.DictReader(lines, dialect="excel-tab"):
        yield from re.split(r"[;,\s]+", row.get("source") or "")


def keys_of_scenario(path):
    table = tomllib.loads(path.read_text("utf-8"))
    yield from table.get("sources", ())
    yield from (item.get("source", "") for item in table.get("input", ()))


@pytest.mark.parametrize("path", sorted(DATA.rglob("*.tsv")), ids=lambda path: path.name)
def test_sources_of_tables(path):
    assert sorted({key for key in keys_of_table(path) if key} - set(references())) == []


@pytest.mark.parametrize(
    "path", sorted((DATA / "scenarios").glob("*.toml")), ids=lambda path: path.stem
)
def test_sources_of_scenarios(path):
    assert sorted({key for key in keys_of_scenario(path) if key} - set(references())) == []
