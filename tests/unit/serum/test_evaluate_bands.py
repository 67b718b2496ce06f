"""Bands, named limits and changes on one subject."""

import datetime as dt
from fractions import Fraction

import pytest

from cahill.core.laboratory import LabResult, Person, micro
from cahill.serum.evaluate import evaluate
from cahill.serum.evaluate_bands import change_factors
from cahill.serum.rule_changes import change_rule
from cahill.serum.rules import find_rule

START = dt.date(2024, 1, 1)


def alt(value, day=0, uln="40", high=None):
    low = micro(str(value))
    return LabResult(
        "ALT",
        low,
        low if high is None else micro(str(high)),
        uln=micro(uln) if uln else None,
        uln_source="row",
        date=None if day is None else START + dt.timedelta(days=day),
    )


@pytest.mark.parametrize(
    ("value", "band"),
    [
        ("40", "not above ULN"),
        ("40.1", "ACG borderline"),
        ("79.9", "ACG borderline"),
        ("80", "ACG mild"),
        ("200", "ACG moderate"),
        ("600", "ACG moderate"),
        ("600.1", "ACG severe"),
        ("10000", "ACG severe"),
        ("10001", "ACG massive"),
    ],
)
def test_bands_of_the_college(value, band):
    answer = evaluate(find_rule("acg-bands"), [alt(value)])
    assert answer.band == band
    assert answer.outcome is (band != "not above ULN")


def test_the_highest_band_of_a_series_speaks_with_its_date():
    answer = evaluate(find_rule("acg-bands"), [alt(50), alt(210, 9), alt(90, 20)])
    assert answer.band == "ACG moderate"
    assert answer.dates == (START + dt.timedelta(days=9),)


def test_what_might_lie_higher_is_marked():
    rule = find_rule("acg-bands")
    assert evaluate(rule, [alt(90, high=300)]).band == "at least ACG mild"
    assert evaluate(rule, [alt(20, high=300)]).outcome is None
    answer = evaluate(rule, [alt(90), alt(50, 9, uln="")])
    assert (answer.outcome, answer.band) == (True, "at least ACG mild")
    assert "no upper limit of normal" in answer.reason
    assert evaluate(rule, [alt(12000, uln="")]).band == "ACG massive"


def test_a_baseline_without_limit_is_neither_normal_nor_abnormal():
    held = find_rule("ctcae-alt@5.0")
    answer = evaluate(held, [alt(130, 9)], baselines={"ALT": alt(50, 0, uln="")})
    assert answer.outcome is True  # more than ULN and more than 1.5 x 50: a grade on either branch
    assert answer.band == "at least CTCAE grade 1"
    assert "baseline of alanine aminotransferase cannot be placed" in answer.reason


def test_named_limits_are_judged_only_with_the_sex_they_need():
    rule = find_rule("limit-acg")
    assert evaluate(rule, [alt(30)], Person(sex="female")).outcome is True
    assert evaluate(rule, [alt(30)], Person(sex="male")).outcome is False
    answer = evaluate(rule, [alt(30)], Person())
    assert answer.outcome is None
    assert "sex" in answer.reason
    female = evaluate(rule, [alt(30)], Person(sex="female"))
    assert female.limit_sources == ("default limit-acg@2017",)
    assert female.limits == (micro("25"),)


def test_reference_change_value_is_the_published_one():
    rise, fall = change_factors(find_rule("reference-change").change)
    assert round(float(rise - 1), 2) == 0.31
    assert round(float(1 - fall), 2) == 0.24
    assert rise == Fraction(round(rise * 10_000), 10_000)
    symmetric = 1.96 * 2**0.5 * (9.3**2 + 3.0**2) ** 0.5
    assert round(symmetric) == 27


@pytest.mark.parametrize(
    ("values", "outcome", "band"),
    [
        ((40, 52), False, ""),
        ((40, 53), True, "rise"),
        ((40, 31), False, ""),
        ((40, 30), True, "fall"),
        ((40, 45, 50, 55), False, ""),
        ((40,), None, ""),
        ((), None, ""),
    ],
)
def test_changes_from_one_result_to_the_next(values, outcome, band):
    results = [alt(value, day) for day, value in enumerate(values)]
    answer = evaluate(find_rule("reference-change"), results)
    assert (answer.outcome, answer.band) == (outcome, band)


def test_changes_against_the_baseline_are_a_parameter():
    rule = change_rule(find_rule("reference-change"), {"against": "baseline"})
    results = [alt(40), alt(45, 10), alt(50, 20), alt(55, 30)]
    answer = evaluate(rule, results, baselines={"ALT": results[0]})
    assert answer.outcome is True
    assert answer.dates == (START, START + dt.timedelta(days=30))
    assert evaluate(rule, results).code == "baseline missing"


def test_changes_need_dates():
    assert evaluate(find_rule("reference-change"), [alt(40), alt(90, None)]).code == "date missing"
