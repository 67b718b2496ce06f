"""Fluxes that nothing determines are named before anything is fitted."""

import shutil
from importlib.resources import files
from pathlib import Path

import pytest

from cahill.io.studies import read_study
from cahill.tracing.determined import check_determined

TEMPLATE = Path(str(files("cahill") / "data/templates/study"))


@pytest.fixture
def folder(tmp_path):
    return Path(shutil.copytree(TEMPLATE, tmp_path / "study"))


def add(folder, table, *rows):
    with (folder / f"{table}.tsv").open("a", encoding="utf-8") as file:
        file.writelines("\t".join(row) + "\n" for row in rows)


def faults(folder):
    return [str(issue) for issue in check_determined(read_study(folder))]


def test_the_template_determines_every_net_flux(folder):
    assert not [fault for fault in faults(folder) if "net flux" in fault]


def test_two_reactions_that_do_the_same_are_told_apart_by_nothing(folder):
    network = (folder / "network.tsv").read_text(encoding="utf-8")
    line = next(row for row in network.splitlines() if row.startswith("PDH\t"))
    add(folder, "network", ["PDH_twin", *line.split("\t")[1:]])
    found = [fault for fault in faults(folder) if "net flux" in fault]
    assert len(found) == 2
    assert all('"PDH' in fault for fault in found)


def test_constraints_that_cannot_all_be_met_are_an_error(folder):
    add(folder, "constraints", ["PDH >= 10"], ["PDH <= 5"])
    (fault,) = faults(folder)
    assert fault.startswith("error")
    assert "PDH" in fault
