"""Engines: what they refuse, and that Spark says what DuckDB says."""

import shutil
import sys
from importlib.util import find_spec
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cahill.errors import InputError, UnknownNameError
from cahill.serum.engines import fetch, load_results, open_engine, save
from cahill.serum.rules import find_rule
from cahill.serum.screens import screen

BENCHMARKS = Path(__file__).parents[3] / "benchmarks"
RULES = ("hys-law", "ctcae-alt@5.0", "persistence", "edish", "nash-baseline")


@pytest.fixture(scope="module")
def cohort(tmp_path_factory):
    """Return the files of a made-up cohort of 1000 patients."""
    sys.path.insert(0, str(BENCHMARKS))
    try:
        from simulated.cohort import write_cohort
    finally:
        sys.path.remove(str(BENCHMARKS))
    return write_cohort(tmp_path_factory.mktemp("cohort"), 10_000, seed=7)


def findings(name, paths):
    """Return what an engine finds, in one order."""
    with open_engine(name, threads=2, memory="1GB") as engine:
        rules = [find_rule(key) for key in RULES]
        table = fetch(engine, screen(load_results(engine, paths), rules))
    return table.sort_by([("rule", "ascending"), ("subject", "ascending")])


def test_the_engine_is_known():
    with pytest.raises(UnknownNameError, match="duckdb"), open_engine("ducksdb"):
        pass


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"memory": "much"}, 'memory: DuckDB does not understand "much"'),
        ({"threads": 0}, "threads: 0"),
        ({"temporary": Path("/nowhere/at/all")}, "no such folder"),
    ],
)
def test_options_that_cannot_be_used(options, message):
    with pytest.raises(InputError, match=message), open_engine("duckdb", **options):
        pass


def test_a_table_that_no_door_made_is_refused(tmp_path):
    path = tmp_path / "raw.parquet"
    pq.write_table(pa.table({"subject": ["a"], "low": [1.0]}), path)
    with open_engine() as engine, pytest.raises(InputError, match="column row is missing"):
        load_results(engine, path)


def test_floats_are_refused_for_whole_numbers(cohort, tmp_path):
    table = pq.read_table(cohort[0])
    place = table.column_names.index("low")
    table = table.set_column(place, "low", table["low"].cast(pa.float64()))
    with open_engine() as engine, pytest.raises(InputError, match="column low must hold whole"):
        load_results(engine, table)


def test_findings_are_saved_as_they_are_fetched(cohort, tmp_path):
    with open_engine(threads=1) as engine:
        found = screen(load_results(engine, cohort), [find_rule("hys-law")])
        save(engine, found, tmp_path / "findings.parquet")
        fetched = fetch(engine, found)
    saved = pq.read_table(tmp_path / "findings.parquet")
    assert saved.sort_by("subject").to_pylist() == fetched.sort_by("subject").to_pylist()
    assert saved.num_rows == 1000


@pytest.mark.slow
@pytest.mark.skipif(find_spec("pyspark") is None, reason="pyspark is not installed")
@pytest.mark.skipif(shutil.which("java") is None, reason="Java is not installed")
@pytest.mark.filterwarnings("ignore")
def test_spark_finds_what_duckdb_finds(cohort):
    ours, theirs = findings("duckdb", cohort), findings("spark", cohort)
    assert theirs.column_names == ours.column_names
    assert theirs.to_pylist() == ours.to_pylist()
