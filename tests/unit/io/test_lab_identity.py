"""The same results through every door give the same table."""

import datetime as dt
import random

import pyarrow as pa
import pytest

from cahill.core.laboratory import COLUMNS
from cahill.io.lab import memory_table, read_lab
from cahill.io.lab_write_results import write_results

BORN = {f"P{k:02d}": dt.date(1950 + k, 1 + k % 12, 1 + k % 28) for k in range(12)} | {
    "A|B^C&D": dt.date(1960, 5, 6)
}

EVERYWHERE = (
    "subject",
    "test",
    "low",
    "high",
    "below",
    "above",
    "uln",
    "uln_source",
    "lln",
    "date",
    "time",
    "sex",
    "method",
    "value_text",
)
"""Columns that every format has a place for; visit, arm, baseline and treatment dates have one in
tidy tables and SDTM."""

TABLES = (*EVERYWHERE, "visit", "study_day", "arm", "treatment_start", "treatment_end")


def _cohort() -> pa.Table:
    rng = random.Random(4)
    rows = []
    for subject in BORN:
        sex = rng.choice(["male", "female"])
        start = dt.date(2021, 3, 1) + dt.timedelta(rng.randrange(100))
        for day in (-7, 14, 28):
            when = dt.datetime.combine(start, dt.time(8, 30)) + dt.timedelta(day)
            for test, unit in (("ALT", 10), ("AST", 10), ("TBL", 100), ("PLT", 1), ("INR", 100)):
                number = rng.randrange(1, 3000) * 10**6 // unit
                low, high = rng.choice(
                    [(number, number)] * 6 + [(0, number), (number, None), (number, 2 * number)]
                )
                rows.append(
                    {
                        "row": len(rows) + 2,
                        "subject": subject,
                        "test": test,
                        "low": low,
                        "high": high,
                        "below": low == 0 and rng.random() < 0.5,
                        "above": high is None and rng.random() < 0.5,
                        "uln": rng.choice([None, 35_500_000]),
                        "lln": rng.choice([None, 0, 6_250_000]),
                        "uln_source": "",
                        "date": when.date(),
                        "time": when,
                        "study_day": day,
                        "visit": f"Day {day}",
                        "arm": "active",
                        "treatment_start": start,
                        "treatment_end": start + dt.timedelta(28),
                        "sex": sex,
                        "method": "with P5P" if test == "ALT" and rng.random() < 0.3 else "",
                    }
                )
    return memory_table(rows).arrow()


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> dict[str, pa.Table]:
    cohort = _cohort()
    folder = tmp_path_factory.mktemp("doors")
    names = {
        "tidy": "tidy.csv",
        "sdtm": "lb.csv",
        "xpt": "lb.xpt",
        "omop": "measurement.csv",
        "fhir": "results.ndjson",
        "hl7": "results.hl7",
    }
    read = {}
    for form, name in names.items():
        path = folder / form / name
        write_results(cohort, path, "sdtm" if form == "xpt" else form, born=BORN)
        lab = read_lab(path)
        assert lab.counts["kept"] == lab.counts["input"] == cohort.num_rows, (form, lab.notes)
        read[form] = lab.arrow()
    return read


@pytest.mark.parametrize("form", ["sdtm", "xpt", "omop", "fhir", "hl7"])
def test_every_door_gives_the_same_results(tables: dict[str, pa.Table], form: str) -> None:
    columns = TABLES if form in ("sdtm", "xpt") else EVERYWHERE
    order = [("subject", "ascending"), ("date", "ascending"), ("test", "ascending")]
    first = tables["tidy"].sort_by(order).select(columns).to_pylist()
    other = tables[form].sort_by(order).select(columns).to_pylist()
    assert other == first


def test_what_was_written_is_what_is_read(tables: dict[str, pa.Table]) -> None:
    columns = [name for name in TABLES if name not in ("uln_source", "value_text")]
    assert tables["tidy"].select(columns).to_pylist() == _cohort().select(columns).to_pylist()
    assert set(tables["tidy"]["uln_source"].to_pylist()) == {"row", ""}


@pytest.mark.parametrize("form", ["omop", "fhir", "hl7"])
def test_ages_are_those_of_the_day(tables: dict[str, pa.Table], form: str) -> None:
    for row in tables[form].to_pylist():
        born = BORN[row["subject"]]
        day = row["date"]
        assert row["age"] == day.year - born.year - ((day.month, day.day) < (born.month, born.day))


@pytest.mark.parametrize("form", ["parquet", "csv"])
def test_the_canonical_table_goes_through_unchanged(
    tables: dict[str, pa.Table], tmp_path_factory: pytest.TempPathFactory, form: str
) -> None:
    path = tmp_path_factory.mktemp("canonical") / f"results.{form}"
    write_results(tables["tidy"], path, form)
    lab = read_lab(path)
    assert lab.form == "canonical table"
    assert lab.arrow().column_names == list(COLUMNS)
    if form == "parquet":
        assert lab.arrow().equals(tables["tidy"])
    else:
        columns = [name for name in TABLES if name != "uln_source"]
        assert lab.arrow().select(columns).to_pylist() == tables["tidy"].select(columns).to_pylist()
