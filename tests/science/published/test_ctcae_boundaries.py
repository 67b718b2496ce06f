"""The edges of CTCAE 4.03, 5.0 and 6.0, at the edge and one printable step on either side."""

import datetime as dt

import pytest

from cahill.core.laboratory import LabResult, micro
from cahill.serum.evaluate import evaluate
from cahill.serum.rules import find_rule

FIRST = dt.date(2024, 1, 1)
LATER = dt.date(2024, 3, 1)
# Grade just below, at and just above each edge, with a limit of 35.1 (or that baseline).
ON_LIMIT = {"1": (0, 0, 1), "3": (1, 1, 2), "5": (2, 2, 3), "20": (3, 3, 4)}
ON_BILIRUBIN = {"1": (0, 0, 1), "1.5": (1, 1, 2), "3": (2, 2, 3), "10": (3, 3, 4)}
ON_ALP = {"1": (0, 0, 1), "2.5": (1, 1, 2), "5": (2, 2, 3), "20": (3, 3, 4)}
ON_BASELINE_5 = {"1.5": (0, 1, 1), "3": (1, 1, 2), "5": (2, 2, 3), "20": (3, 3, 4)}
ON_BASELINE_6 = {"1": (0, 1, 1), "1.5": (1, 1, 2), "2": (2, 2, 3), "4": (3, 3, 4)}
ALP_BASELINE_5 = {"2": (0, 1, 1), "2.5": (1, 1, 2), "5": (2, 2, 3), "20": (3, 3, 4)}
TBL_BASELINE_5 = {"1": (0, 0, 1), "1.5": (1, 1, 2), "3": (2, 2, 3), "10": (3, 3, 4)}


def result(test, value, uln, date):
    return LabResult(test, value, value, uln=uln, uln_source="row", date=date)


def cases(edges, unit):
    """Yield value and grade; a printable step is 0.1."""
    for factor, grades in edges.items():
        edge = micro(factor) * unit // 1_000_000
        for step, grade in zip((-100_000, 0, 100_000), grades):
            yield edge + step, grade


def grade_of(key, test, value, uln, baseline):
    late = result(test, value, uln, LATER)
    early = {test: result(test, baseline, uln, FIRST)} if baseline is not None else {}
    answer = evaluate(find_rule(key), [late], baselines=early)
    assert answer.band.startswith("CTCAE grade")
    assert answer.outcome is (answer.band != "CTCAE grade 0")
    return int(answer.band[-1])


@pytest.mark.parametrize(
    ("key", "edges"),
    [
        ("ctcae-alt@4.03", ON_LIMIT),
        ("ctcae-ast@4.03", ON_LIMIT),
        ("ctcae-alp@4.03", ON_ALP),
        ("ctcae-ggt@4.03", ON_ALP),
        ("ctcae-tbl@4.03", ON_BILIRUBIN),
        ("ctcae-alt@5.0", ON_LIMIT),
        ("ctcae-ast@5.0", ON_LIMIT),
        ("ctcae-alp@5.0", ON_ALP),
        ("ctcae-tbl@5.0", ON_BILIRUBIN),
        ("ctcae-alt@6.0", ON_LIMIT),
    ],
)
def test_edges_with_a_normal_baseline(key, edges):
    test = key[6:9].upper()
    uln = micro("35.2")
    for value, grade in cases(edges, uln):
        assert grade_of(key, test, value, uln, uln) == grade, value


@pytest.mark.parametrize(
    ("key", "edges"),
    [
        ("ctcae-alt@5.0", ON_BASELINE_5),
        ("ctcae-ast@5.0", ON_BASELINE_5),
        ("ctcae-alp@5.0", ALP_BASELINE_5),
        ("ctcae-tbl@5.0", TBL_BASELINE_5),
        ("ctcae-alt@6.0", ON_BASELINE_6),
    ],
)
def test_edges_with_an_abnormal_baseline(key, edges):
    test = key[6:9].upper()
    baseline, uln = micro("70.2"), micro("35.1")
    for value, grade in cases(edges, baseline):
        assert grade_of(key, test, value, uln, baseline) == grade, value


@pytest.mark.parametrize("key", ["ctcae-alt@4.03"])
def test_version_4_ignores_the_baseline(key):
    uln = micro("35.2")
    for value, grade in cases(ON_LIMIT, uln):
        for baseline in (None, uln, 2 * uln):
            assert grade_of(key, "ALT", value, uln, baseline) == grade


def test_alkaline_phosphatase_of_version_6_has_one_grade():
    uln = micro("100")
    for value, grade in (("100", 0), ("100.1", 1), ("2500", 1)):
        assert grade_of("ctcae-alp@6.0", "ALP", micro(value), uln, None) == grade


@pytest.mark.parametrize("key", ["ctcae-alt@5.0", "ctcae-alt@6.0"])
def test_the_baseline_itself_is_graded_on_the_limit(key):
    baseline = result("ALT", micro("150"), micro("40"), FIRST)
    answer = evaluate(find_rule(key), [baseline], baselines={"ALT": baseline})
    assert answer.band == "CTCAE grade 2"


@pytest.mark.parametrize("key", ["ctcae-alt@5.0", "ctcae-alt@6.0"])
def test_a_missing_baseline_is_not_taken_for_normal(key):
    high = result("ALT", micro("150"), micro("40"), LATER)
    answer = evaluate(find_rule(key), [high])
    assert answer.outcome is None
    assert "no baseline of alanine aminotransferase" in answer.reason
    within = result("ALT", micro("40"), micro("40"), LATER)
    assert evaluate(find_rule(key), [within]).band == "CTCAE grade 0"
