"""A screen of a cohort says of every subject what the exact evaluator says of the subject alone."""

import datetime as dt
from random import Random

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cahill.core.laboratory import COLUMNS, MICRO, LabResult, Person
from cahill.serum.engines import fetch, load_results, open_engine
from cahill.serum.evaluate import evaluate
from cahill.serum.rules import load_rules
from cahill.serum.screens import compiled, screen

RULES = [rule for rule in load_rules().values() if compiled(rule)]
RULE = {(rule.id, rule.version): rule for rule in RULES}
START = dt.date(2024, 1, 10)
KINDS = {
    "int64": pa.int64(),
    "string": pa.string(),
    "boolean": pa.bool_(),
    "date32": pa.date32(),
    "timestamp": pa.timestamp("us"),
}
ULN = {"ALT": "35.1", "AST": "34", "ALP": "120", "TBL": "20.5", "INR": "1.2", "EOS": "5"}
MULTIPLES = (0.5, 1, 1.5, 2, 2.5, 3, 3.8, 4, 5, 8, 12, 20, 25)


def result(chance: Random) -> dict:
    """Return one result near the edges of the rules, now and then without limit, date or end."""
    test = chance.choice(["ALT"] * 4 + ["TBL"] * 3 + ["AST", "AST", "ALP", "ALP", "INR", "EOS"])
    limit = round(float(ULN[test]) * MICRO)
    value = round(limit * chance.choice(MULTIPLES)) + chance.choice([0, 0, 0, 1, -1])
    shape = chance.choice(["="] * 12 + ["<", ">", "-"])
    low, high = {
        "=": (value, value),
        "<": (0, value),
        ">": (value, None),
        "-": (value, 2 * value),
    }[shape]
    day = chance.choice([0, 0, 1, 10, 14, 14, 25, 40, 55, 200, 400, None])
    hour = chance.choice([None, None, 8, 16])
    date = None if day is None else START + dt.timedelta(days=day - 5)
    time = None if date is None or hour is None else dt.datetime.combine(date, dt.time(hour))
    known = chance.random() > 0.07
    return {
        "test": test,
        "low": low,
        "high": high,
        "below": shape == "<",
        "above": shape == ">",
        "uln": limit if known else None,
        "uln_source": chance.choice(["row", "table site"]) if known else "",
        "date": date,
        "time": time,
    }


def made(seed: int, count: int) -> list:
    """Return the results of so many subjects, and whether the start of treatment is known."""
    chance = Random(seed)
    sizes = [chance.randint(1, 10) for _ in range(count)]
    return [([result(chance) for _ in range(n)], chance.random() < 0.7) for n in sizes]


cohorts = st.builds(made, st.integers(0, 2**32), st.integers(1, 600))


def table(cohort) -> pa.Table:
    """Return the cohort as the table that doors fill."""
    rows = []
    for number, (results, treated) in enumerate(cohort):
        for item in results:
            blank = dict.fromkeys(COLUMNS)
            known = {"row": len(rows) + 1, "subject": f"s{number}", **item}
            rows.append(blank | known | {"treatment_start": START if treated else None})
    schema = pa.schema([(name, KINDS[kind]) for name, kind in COLUMNS.items()])
    return pa.Table.from_pylist(rows, schema=schema)


def alone(cohort) -> dict:
    """Return the evaluations of every subject and rule."""
    found, row = {}, 0
    for number, (results, treated) in enumerate(cohort):
        own = []
        for item in results:
            row += 1
            own.append(LabResult(**item, row=row))
        person = Person(treatment_start=START if treated else None)
        for rule in RULES:
            found[f"s{number}", rule.key] = evaluate(rule, own, person)
    return found


def shown(evaluation) -> tuple:
    """Return the results of an evaluation as the columns of a finding."""
    parts: list = [None] * 8
    rule = RULE[evaluation.rule, evaluation.version]
    for place, used in enumerate(evaluation.used[:2]):
        if rule.kind == "quadrants":  # each axis has its own columns
            place = int(used.result.test == rule.alternatives[0].partner[0].test)
        result = used.result
        parts[4 * place : 4 * place + 4] = result.date, result.test, result.low, used.limit
    sources = dict.fromkeys(item.limit_source for item in evaluation.used[:2] if item.limit_source)
    return (*parts, "; ".join(sources) or None)


def compare(cohort, findings) -> None:
    """Hold every finding against the evaluation."""
    expected = alone(cohort)
    assert len(findings) == len(expected)
    for finding in findings:
        key = (finding["subject"], f"{finding['rule']}@{finding['version']}")
        evaluation = expected[key]
        word = {True: "true", False: "false", None: "undetermined"}[evaluation.outcome]
        said = (finding["outcome"], finding["band"] or "", finding["reason"])
        assert said == (word, evaluation.band, evaluation.code), key
        names = [f"{place}_{name}" for place in ("first", "second") for name in PLACES]
        parts = tuple(finding[name] for name in (*names, "limit_source"))
        if word == "false" and parts == (None,) * 9:
            continue  # a plain no shows no results in a screen
        assert parts == shown(evaluation), key


PLACES = ("date", "test", "value", "limit")


@pytest.fixture(scope="module")
def duckdb():
    with open_engine("duckdb", threads=1, memory="500MB") as engine:
        yield engine


@settings(max_examples=4, deadline=None)
@given(cohort=cohorts)
def test_duckdb_says_what_the_evaluator_says(duckdb, cohort):
    rows = load_results(duckdb, table(cohort))
    compare(cohort, fetch(duckdb, screen(rows, RULES)).to_pylist())


@settings(max_examples=3, deadline=None)
@given(cohort=cohorts)
def test_those_who_meet_a_rule_are_the_same_whoever_else_is_asked_for(duckdb, cohort):
    rows = load_results(duckdb, table(cohort))
    everyone = fetch(duckdb, screen(rows, RULES)).to_pylist()
    met = fetch(duckdb, screen(rows, RULES, everyone=False)).to_pylist()

    def key(finding):
        return (finding["subject"], finding["rule"], finding["version"])

    wanted = [finding for finding in everyone if finding["outcome"] == "true"]
    assert sorted(met, key=key) == sorted(wanted, key=key)
