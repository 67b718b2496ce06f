"""Which date and which results a ratio or score takes, and its bands."""

import datetime as dt

import pytest

from cahill.core.laboratory import LabResult, Person, micro
from cahill.serum.evaluate import evaluate
from cahill.serum.rules import find_rule

START = dt.date(2024, 1, 1)
ULN = {"ALT": "40", "AST": "40", "ALP": "100", "TBL": "20"}


def lab(test, value, day=0, high=None):
    low = micro(str(value))
    uln = ULN.get(test)
    return LabResult(
        test,
        low,
        low if high is None else micro(str(high)),
        uln=micro(uln) if uln else None,
        uln_source="row" if uln else "",
        date=START + dt.timedelta(days=day),
    )


def test_r_is_taken_at_onset_and_not_at_separate_peaks():
    """At onset 8/1 is hepatocellular; the peaks, 10/6, would be cholestatic."""
    results = [
        lab("ALT", 60), lab("ALP", 100),
        lab("ALT", 320, 7), lab("ALP", 100, 7),
        lab("ALT", 400, 14), lab("ALP", 300, 14),
        lab("ALT", 200, 21), lab("ALP", 600, 21),
    ]  # fmt: skip
    answer = evaluate(find_rule("r-ratio"), results)
    assert answer.band == "hepatocellular"
    assert answer.value == 8
    assert set(answer.dates) == {START + dt.timedelta(days=7)}


@pytest.mark.parametrize(
    ("alt", "alp", "band"),
    [
        ("240", "200", "mixed"),
        ("160", "200", "cholestatic"),
        ("160.1", "200", "mixed"),
        ("400", "200", "hepatocellular"),
        ("399.9", "200", "mixed"),
    ],
)
def test_edges_of_r(alt, alp, band):
    assert evaluate(find_rule("r-ratio"), [lab("ALT", alt), lab("ALP", alp)]).band == band


def test_no_onset_is_no_pattern():
    answer = evaluate(find_rule("r-ratio"), [lab("ALT", 60), lab("ALP", 100)])
    assert answer.outcome is False
    assert answer.band == ""
    assert "no date meets the criteria of onset" in answer.reason


def test_alkaline_phosphatase_missing_at_onset():
    answer = evaluate(find_rule("r-ratio"), [lab("ALT", 300), lab("ALP", 100, 3)])
    assert answer.outcome is None
    assert "no result of alkaline phosphatase" in answer.reason


def test_an_interval_gives_a_pattern_if_both_ends_do():
    assert (
        evaluate(find_rule("r-ratio"), [lab("ALT", 0, high=5), lab("ALP", 200)]).band
        == "cholestatic"
    )
    answer = evaluate(find_rule("r-ratio"), [lab("ALT", 150, high=170), lab("ALP", 200)])
    assert answer.outcome is None
    assert answer.code == "interval undecided"


def test_new_r_needs_bilirubin():
    rule = find_rule("nr-ratio")
    base = [lab("ALT", 80), lab("AST", 200), lab("ALP", 100)]
    assert evaluate(rule, [*base, lab("TBL", "40.1")]).outcome is True
    assert evaluate(rule, [*base, lab("TBL", 40)]).outcome is False
    assert evaluate(rule, base).outcome is None
    assert evaluate(rule, [*base, lab("TBL", 41, 1)]).outcome is None


@pytest.mark.parametrize(
    ("age", "outcome", "band"),
    [
        (34, None, ""),
        (40, True, "between the cut-offs"),
        (64, True, "between the cut-offs"),
        (65, False, "below the lower cut-off"),
        (None, None, ""),
    ],
)
def test_fib4_by_age(age, outcome, band):
    # age x 60 / (200 x 6): 1.7 to 3.25 x; platelets scale it to 1.5 whatever the age.
    platelets = round((age or 50) * 60 / 6 / 1.5, 6)
    results = [lab("AST", 60), lab("ALT", 36), lab("PLT", f"{platelets:.6f}")]
    answer = evaluate(find_rule("fib-4"), results, Person(age=age))
    assert (answer.outcome, answer.band) == (outcome, band)


def test_fib4_is_exact_at_its_edge():
    """age 52, AST 39, PLT 260, ALT 36: 52 x 39 / (260 x 6) = 1.3."""
    person = Person(age=52)
    results = [lab("AST", 39), lab("ALT", 36), lab("PLT", 260)]
    assert evaluate(find_rule("fib-4"), results, person).band == "between the cut-offs"
    results = [lab("AST", 39), lab("ALT", 36), lab("PLT", "260.1")]
    assert evaluate(find_rule("fib-4"), results, person).band == "below the lower cut-off"


def test_the_latest_date_with_every_test_is_taken():
    results = [
        lab("AST", 40),
        lab("ALT", 40),
        lab("AST", 80, 9),
        lab("ALT", 40, 9),
        lab("AST", 7, 20),
    ]
    answer = evaluate(find_rule("de-ritis"), results)
    assert answer.value == 2
    assert answer.dates == (START + dt.timedelta(days=9),) * 2
    assert answer.limits == (micro("40"), micro("40"))


def test_nafld_fibrosis_score_needs_the_person():
    results = [lab("AST", 50), lab("ALT", 50), lab("PLT", 200), lab("ALB", 40)]
    person = Person(age=50, body_mass_index=30.0, diabetes=True)
    answer = evaluate(find_rule("nafld-fibrosis-score"), results, person)
    # -1.675 + 1.85 + 2.82 + 1.13 + 0.99 - 2.6 - 2.64
    assert answer.value == pytest.approx(-0.125, abs=1e-12)
    assert answer.band == "between the cut-offs"
    bare = evaluate(find_rule("nafld-fibrosis-score"), results, Person(age=50, diabetes=True))
    assert bare.outcome is None
    assert "body mass index" in bare.reason


def test_a_divisor_of_zero_is_undetermined():
    assert evaluate(find_rule("de-ritis"), [lab("AST", 40), lab("ALT", 0)]).outcome is None


def test_p_alt_over_a_course():
    results = [lab("ALT", 100), lab("ALT", 300, 1), lab("ALT", 100, 2)]
    answer = evaluate(find_rule("p-alt"), results)
    assert answer.value == pytest.approx(24 * 400 * 300**0.18 / 1e5)
    assert evaluate(find_rule("p-alt"), results[:1]).outcome is None
