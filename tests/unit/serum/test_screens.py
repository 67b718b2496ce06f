"""Screens on cohorts small enough to be judged by eye."""

import datetime as dt

import pyarrow as pa
import pytest

from cahill.core.laboratory import COLUMNS
from cahill.errors import InputError
from cahill.serum.engines import fetch, load_results, open_engine
from cahill.serum.findings import FINDING_COLUMNS, OUTCOMES, REASON_WORDS
from cahill.serum.rules import find_rule, load_rules
from cahill.serum.screens import compiled, screen
from cahill.serum.screens_account import account

KINDS = {
    "int64": pa.int64(),
    "string": pa.string(),
    "boolean": pa.bool_(),
    "date32": pa.date32(),
    "timestamp": pa.timestamp("us"),
}
DAY = dt.date(2024, 3, 1)


def results(*rows) -> pa.Table:
    """Return results given as (subject, test, value, ULN or None, days or None)."""
    made = []
    for subject, test, value, uln, days in rows:
        micro = round(value * 1e6)
        known = {"row": len(made) + 1, "subject": subject, "test": test, "low": micro}
        known |= {"high": micro, "uln": uln and round(uln * 1e6), "uln_source": "row"}
        known["date"] = None if days is None else DAY + dt.timedelta(days=days)
        made.append(dict.fromkeys(COLUMNS) | known)
    schema = pa.schema([(name, KINDS[kind]) for name, kind in COLUMNS.items()])
    return pa.Table.from_pylist(made, schema=schema)


@pytest.fixture(scope="module")
def engine():
    with open_engine("duckdb", threads=1, memory="500MB") as engine:
        yield engine


def found(engine, table, key, **options) -> dict:
    """Return the findings of one rule by subject."""
    rows = load_results(engine, table)
    findings = fetch(engine, screen(rows, [find_rule(key)], **options))
    assert tuple(findings.column_names) == tuple(FINDING_COLUMNS)
    return {finding["subject"]: finding for finding in findings.to_pylist()}


HYS = results(
    ("meets", "ALT", 105.3, 35.1, 0),  # exactly 3 x ULN, which floats miss
    ("meets", "TBL", 45, 20, 30),
    ("meets", "ALP", 100, 120, 0),
    ("gated", "ALT", 200, 40, 0),
    ("gated", "TBL", 45, 20, 0),
    ("gated", "ALP", 240, 120, 0),
    ("late", "ALT", 200, 40, 0),
    ("late", "TBL", 10, 20, 1),
    ("late", "TBL", 45, 20, 31),
    ("late", "ALP", 100, 120, 0),
    ("open", "ALT", 200, 40, 0),
    ("open", "ALP", 100, 120, 0),
    ("well", "ALT", 30, 40, 0),
    ("well", "AST", 30, 40, 0),
    ("well", "TBL", 10, 20, 0),
)


def test_hys_law_says_why(engine):
    said = {
        who: (finding["outcome"], finding["reason"])
        for who, finding in found(engine, HYS, "hys-law").items()
    }
    assert said["meets"] == ("true", "met")
    assert said["gated"] == ("false", "ALP gate")
    assert said["open"] == ("undetermined", "no result")
    assert said["well"] == ("false", "not met")
    # No AST was ever measured, so "no" is not sure where nothing else says it.
    assert said["late"] == ("undetermined", "no result")


def test_a_finding_shows_the_results_that_decide(engine):
    finding = found(engine, HYS, "hys-law")["meets"]
    assert (finding["first_test"], finding["first_value"]) == ("ALT", 105_300_000)
    assert (finding["first_date"], finding["first_limit"]) == (DAY, 35_100_000)
    assert finding["second_date"] - finding["first_date"] == dt.timedelta(days=30)
    assert (finding["second_test"], finding["limit_source"]) == ("TBL", "row")


def test_every_subject_has_one_finding_a_rule_in_known_words(engine):
    rules = [rule for rule in load_rules().values() if compiled(rule)]
    findings = fetch(engine, screen(load_results(engine, HYS), rules)).to_pylist()
    assert len(findings) == 5 * len(rules)
    assert {finding["outcome"] for finding in findings} <= set(OUTCOMES)
    assert {finding["reason"] for finding in findings} <= set(REASON_WORDS)


def test_persistence_asks_for_nothing_else_between(engine):
    table = results(
        ("long", "ALT", 50, 40, 0),
        ("long", "ALT", 60, 40, 183),
        ("broken", "ALT", 50, 40, 0),
        ("broken", "ALT", 40, 40, 90),
        ("broken", "ALT", 60, 40, 183),
        ("short", "ALT", 50, 40, 0),
        ("short", "ALT", 50, 40, 182),
        ("unlimited", "ALT", 50, 40, 0),
        ("unlimited", "ALT", 50, None, 100),
        ("unlimited", "ALT", 50, 40, 200),
        ("undated", "ALT", 50, 40, None),
        ("undated", "ALT", 50, 40, 200),
    )
    said = {
        who: (finding["outcome"], finding["reason"])
        for who, finding in found(engine, table, "persistence").items()
    }
    assert said == {
        "long": ("true", "met"),
        "broken": ("false", "not persistent"),
        "short": ("false", "not persistent"),
        "unlimited": ("undetermined", "limit missing"),
        "undated": ("undetermined", "date missing"),
    }


def test_those_alone_who_meet_a_rule(engine):
    assert set(found(engine, HYS, "hys-law", everyone=False)) == {"meets"}


def test_every_row_is_accounted_for(engine):
    table = results(("a", "ALT", 50, 40, 0), ("a", "ALT", 50, None, 1), ("a", "GGT", 50, 60, 0))
    rules = [find_rule("ctcae-alt@4.03"), find_rule("hys-law")]
    found = account(engine, load_results(engine, table), rules, excluded=2)
    assert [item.rule for item in found] == ["ctcae-alt@4.03", "hys-law@FDA-2009", "all rules"]
    for item in found:
        assert (item.evaluated, item.undetermined, item.other_test) == (1, 1, 1)
        assert item.input == 5


def test_a_rule_that_no_cohort_is_screened_for_is_named(engine):
    rows = load_results(engine, HYS)
    with pytest.raises(InputError, match=r"reference-change@\S+ is a change"):
        screen(rows, [find_rule("reference-change")])
    with pytest.raises(InputError, match="no rule is given"):
        screen(rows, [])
