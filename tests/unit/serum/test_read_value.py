"""One value, read by every rule: exact multiples, open rules and what they need, plain words."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib import pyplot

from cahill.core.laboratory import MICRO, LabResult, Person
from cahill.errors import InputError, UnitError, UnknownNameError
from cahill.serum.read_value import read_value
from cahill.serum.read_value_inputs import (
    with_default_limit,
    written_number,
    written_result,
    written_years,
)
from cahill.serum.read_value_page import ladder_frame, reading_lines
from cahill.serum.read_value_words import multiple_sentence, needs, times_limit, value_words
from cahill.serum.rules import find_rule
from cahill.serum.wording import faults, missing_words


@pytest.fixture(autouse=True)
def _closed():
    yield
    pyplot.close("all")


def result(test="ALT", text="95", uln="40", **options):
    return written_result(test, text, "--x", uln=uln, uln_option="--uln", **options)


def by_key(reading):
    """Return the rules by "id@version", and by id (the last version)."""
    found = {item.rule.id: item for item in reading.readings}
    return found | {item.rule.key: item for item in reading.readings}


# --- what is written ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "low", "high", "below", "above"),
    [
        ("95", 95, 95, False, False),
        (" 95.5 U/L", 95.5, 95.5, False, False),
        ("<5", 0, 5, True, False),
        ("<= 5 IU/L", 0, 5, False, False),
        (">1000", 1000, None, False, True),
        ("\u22651000 U/L", 1000, None, False, False),
        ("5-10", 5, 10, False, False),
        ("5 \u2013 10 U/L", 5, 10, False, False),
        ("1.5 ukat/L", 90, 90, False, False),
    ],
)
def test_a_value_is_a_number_or_an_interval(text, low, high, below, above):
    found = result(text=text, uln="")
    assert found.low == low * MICRO
    assert found.high == (None if high is None else high * MICRO)
    assert (found.below, found.above) == (below, above)


def test_a_limit_has_the_unit_of_its_value_unless_it_says_another():
    bilirubin = result("TBL", "2.4 mg/dL", "1.2")
    assert Fraction(bilirubin.low, bilirubin.uln) == 2
    assert result("TBL", "2.4 mg/dL", "20.5 umol/L").uln == 20_500_000
    assert result(text="3 ukat/L", uln="40 U/L").uln == 40 * MICRO


@given(st.integers(1, 10**4), st.integers(1, 10**4))
def test_a_ratio_survives_its_unit(value, limit):
    bilirubin = result("TBL", f"{value / 100} mg/dL", f"{limit / 100}")
    assert Fraction(bilirubin.low, bilirubin.uln) == Fraction(value, limit)


@pytest.mark.parametrize(
    ("test", "text", "error", "words"),
    [
        ("ALT", "1,2", InputError, "not a value of ALT; write a number with a decimal point"),
        ("ALT", "-3", InputError, "not a value of ALT"),
        ("ALT", "nan", InputError, "not a value of ALT"),
        ("ALT", "<5-7", InputError, "not a value of ALT"),
        ("ALT", "10-5", InputError, "ends below where it begins"),
        ("ALT", "5000000", InputError, "cannot be as high as that"),
        ("ALT", "3 mg/dL", UnitError, "not one of those known for ALT; write U/L"),
        ("TBL", "1.2", UnitError, "the unit is missing; write umol/L or mg/dL"),
        ("TBL", "1.2 IU/L", UnitError, "not one of those known for TBL"),
    ],
)
def test_what_is_no_value_is_refused_without_repeating_it(test, text, error, words):
    with pytest.raises(error, match=words) as told:
        written_result(test, text, "--x")
    assert str(told.value).startswith("--x: ")
    assert text not in str(told.value)


@pytest.mark.parametrize("limit", ["0", "<40", "20-40", "x", "-1"])
def test_a_limit_is_one_positive_number(limit):
    with pytest.raises(InputError, match=r"^--uln: "):
        result(uln=limit)


def test_age_and_body_mass_index():
    assert written_years(" 45 ") == 45
    assert written_years("") is None
    assert written_number("27.5", "--bmi", "x") == Fraction("27.5")
    assert written_number("", "--bmi", "x") is None
    for text in ("45.5", "-1", "131", "x"):
        with pytest.raises(InputError, match="--age: write whole years"):
            written_years(text)
    for text in ("0", "x", "1e3"):
        with pytest.raises(InputError, match="--bmi: write kg"):
            written_number(text, "--bmi", "kg")


def test_a_default_limit_is_used_only_where_there_is_none_and_it_is_asked():
    bare = result(uln="")
    assert with_default_limit(bare, "", "male", None).uln is None
    named = with_default_limit(bare, "limit-acg", "male", None)
    assert (named.uln, named.uln_source) == (33 * MICRO, "default limit-acg")
    assert with_default_limit(bare, "limit-acg", "", None).uln is None
    assert with_default_limit(result(), "limit-acg", "male", None).uln == 40 * MICRO


# --- how many times the limit -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "uln", "times"),
    [
        ("95", "40", "2.375"),
        ("95", "35", "about 2.714 (95/35)"),
        ("105.3", "35.1", "3"),
        ("<5", "40", "less than 0.125"),
        (">1000", "40", "more than 25"),
        ("30-50", "40", "0.75 to 1.25"),
        ("95", "", ""),
    ],
)
def test_the_multiple_is_exact(text, uln, times):
    assert times_limit(result(text=text, uln=uln)) == times


def test_a_converted_value_shows_both_units():
    assert value_words(result("TBL", "1.2 mg/dL", "")) == "1.2 mg/dL (20.5248 umol/L)"
    assert value_words(result("INR", "1.2", "")) == "1.2"
    assert "no upper limit" in multiple_sentence(result(uln=""))


# --- the rules ----------------------------------------------------------------------------------


def test_missing_is_undetermined_and_says_what_would_decide():
    found = by_key(read_value([result()]))
    assert found["acg-bands"].evaluation.band == "ACG mild"
    hys = found["hys-law"]
    assert hys.evaluation.outcome is None
    assert hys.needed == (
        "AST with its upper limit",
        "total bilirubin with its upper limit",
        "ALP with its upper limit",
    )
    assert found["fib-4"].needed == ("AST", "platelets", "age")
    assert found["ctcae-alt@5.0"].needed == ("ALT at baseline",)
    assert found["reference-change"].needed == ("the ALT measured before",)


def test_what_is_excluded_needs_nothing_more():
    found = by_key(read_value([result(), result("AST", "50", "40")]))
    assert found["hys-law"].evaluation.outcome is False
    assert found["hys-law"].needed == ()
    # Neither ALT nor bilirubin can meet the consensus any more at 2.4 x ULN, only ALP.
    assert found["dili-case"].needed == ("ALP with its upper limit",)


def test_the_gate_of_alkaline_phosphatase_excludes_and_says_so():
    draw = [result(text="200"), result("AST", "60"), result("TBL", "3 mg/dL", "1.2")]
    found = by_key(read_value([*draw, result("ALP", "600", "120")]))
    assert found["hys-law-without-alp"].evaluation.outcome is True
    gated = found["hys-law"].evaluation
    assert gated.outcome is False
    assert "alkaline phosphatase reaches its limit" in gated.reason


def test_an_interval_decides_only_where_its_ends_agree():
    found = by_key(read_value([result(text="<30")]))
    assert found["ctcae-alt@4.03"].evaluation.outcome is False
    found = by_key(read_value([result(text="30-50")]))
    assert found["ctcae-alt@4.03"].evaluation.outcome is None
    assert found["ctcae-alt@4.03"].needed == ("ALT as one number",)


def test_one_draw_cannot_last():
    draw = [result(text="240"), result("AST", "30"), result("TBL", "10 umol/L", "20")]
    draw += [result("INR", "1", ""), result("EOS", "2", "")]
    found = by_key(read_value(draw, Person(symptoms=False)))["fda-triggers"]
    assert found.evaluation.outcome is None
    assert "one draw does not tell how long it lasts" in found.evaluation.reason
    assert "ALT > 5 ULN" in found.evaluation.reason
    assert found.needed == ("results of other dates (cahill serum series)",)
    draw[0] = result(text="160")
    found = by_key(read_value(draw, Person(symptoms=False)))["fda-triggers"]
    assert found.evaluation.outcome is False


def test_a_raised_baseline_changes_the_ladder():
    found = by_key(read_value([result(text="250")], baselines=[result(text="50", uln="")]))
    assert found["ctcae-alt@4.03"].evaluation.band == "CTCAE grade 3"
    assert found["ctcae-alt@5.0"].evaluation.band == "CTCAE grade 2"
    assert found["ctcae-alt@6.0"].evaluation.band == "CTCAE grade 4"


def test_a_change_is_told_from_variation():
    def change(before):
        reading = read_value([result(text="100")], previous=result(text=before, uln=""))
        return by_key(reading)["reference-change"].evaluation

    assert (change("70").outcome, change("70").band) == (True, "rise")
    assert (change("140").outcome, change("140").band) == (True, "fall")
    assert change("90").outcome is False
    assert "9999" not in " ".join(change("70").steps)


def test_without_a_limit_nothing_that_is_a_multiple_is_decided():
    reading = read_value([result(uln="")])
    found = by_key(reading)
    for key in ("ctcae-alt@4.03", "hys-law", "edish"):
        assert found[key].evaluation.outcome is None
        assert "upper limit of ALT" in found[key].needed
    assert reading.causes == ""
    assert "ask for a named set of limits" in reading.notes[0]


def test_a_default_limit_is_said_to_be_one():
    reading = read_value([result(uln="")], Person(sex="female"), default_limits="limit-acg")
    assert "(default limit-acg)" in reading.summary()
    assert "not of the laboratory that measured" in reading.notes[0]
    unknown = read_value([result(uln="")], default_limits="limit-acg")
    assert "for this person; sex or age?" in unknown.notes[0]


def test_needs_name_a_baseline_without_a_limit():
    rule = find_rule("ctcae-alt@5.0")
    alt = result(uln="")
    assert "upper limit of ALT at baseline" in needs(rule, {"ALT": alt}, Person(), {"ALT": alt}, "")


# --- remarks ------------------------------------------------------------------------------------


def remarks_of(*others, alt=None, method=""):
    return " ".join(read_value([alt or result(), *others], method=method).remarks)


def test_transient_causes_are_reasons_to_repeat_only_where_alt_is_raised():
    raised = read_value([result()])
    assert "staying up late, alcohol and intense exercise" in raised.causes
    assert raised.causes.startswith("Reasons to repeat the test before concluding anything")
    assert read_value([result(text="30")]).causes == ""


def test_haemolysis_is_weighed_for_each_enzyme():
    def said(text):
        return remarks_of(result("HB", text, ""))

    assert "is too low to raise either" in said("0.4 g/L")
    assert "may raise AST (" in said("0.5 g/L")
    assert "may raise AST and ALT" in said("250 mg/dL")
    assert "Haemolysis is not known" in remarks_of()


def test_muscle_needs_creatine_kinase():
    assert "creatine kinase (CK) would help" in remarks_of()
    assert "muscle may be the source of part" in remarks_of(result("CK", "300", "190"))
    assert "no sign of muscle" in remarks_of(result("CK", "100", "190"))
    assert "muscle adds to ALT is undetermined" in remarks_of(result("CK", "100", ""))


def test_the_cofactor_of_the_assay():
    assert "The method is not stated" in remarks_of()
    assert "2.8 U/L lower" in remarks_of(method="without P5P")
    assert "does not lower ALT in it" in remarks_of(method="with P5P")
    low = result(text="4", lln="7", lln_option="--lln")
    assert "may be lack of vitamin B6" in remarks_of(alt=low)


# --- what is handed out -------------------------------------------------------------------------

FULL = [
    result(text="250"),
    result("AST", "180", "35"),
    result("ALP", "140", "120"),
    result("TBL", "2.6 mg/dL", "1.2"),
    result("PLT", "210", ""),
]


@pytest.mark.parametrize(
    "reading",
    [
        read_value([result()]),
        read_value([result(text="<5", uln="")]),
        read_value([result(text=">1000")]),
        read_value([result(text="0")]),
        read_value(FULL, Person("female", 52), baselines=[result(text="50")], explain=["hys-law"]),
    ],
    ids=["one", "no limit", "open", "zero", "full"],
)
def test_every_output_keeps_the_words(reading, tmp_path):
    text = "\n".join([*reading_lines(reading), reading.summary()])
    assert faults(text) == ()
    assert missing_words(reading.summary()) == ()
    files = reading.save(tmp_path)
    page = files[-1].read_text(encoding="utf-8")
    assert missing_words(page) == ()
    assert {path.name for path in files} >= {"ladders.png", "results.csv", "values.csv"}


def test_the_frame_has_what_an_answer_needs():
    frame = read_value(FULL).to_frame()
    frame = frame.set_index(frame["rule"].str.partition("@")[0])
    row = frame.loc["hys-law"]
    assert row["outcome"] == "true"
    assert row["value"] == "ALT 250 U/L; TBL 2.6 mg/dL (44.4704 umol/L)"
    assert row["limit"] == "40 U/L; 20.5248 umol/L"
    assert row["limit_source"] == "row; row"
    assert "ALT >= 3 ULN" in row["criteria"]
    assert row["source"] == "FDA2009"
    assert frame.loc["r-ratio", "formula_value"] == pytest.approx(5.357, abs=1e-3)
    assert set(frame["outcome"]) <= {"true", "false", "undetermined"}


def test_the_bands_drawn_are_those_decided():
    reading = read_value([result(text="250")], baselines=[result(text="50")])
    frame = ladder_frame(reading)
    hit = frame[frame["hit"]].set_index("ladder")["band"]
    assert hit["ACG bands of ALT"] == "moderate"
    assert len(hit) == 4
    for _, row in frame[frame["hit"]].iterrows():
        assert not row["low"] > 250
        assert not row["high"] < 250


def test_an_interval_is_drawn_over_the_bands_it_may_lie_in():
    frame = ladder_frame(read_value([result(text="30-130")])).set_index("ladder")
    bands = frame.loc["ACG bands of ALT"]
    assert not bands["hit"].any()
    assert bands["low"].tolist()[1:] == [40, 80, 200, 600, 10_000]
    assert "to decide: ALT as one number" in bands["about"].iloc[0]
    # Which bands of CTCAE 5 hold depends on the baseline, so that none are drawn.
    later = frame[frame["about"].str.startswith("ctcae-alt@5.0")]
    assert later["reason"].tolist() == [
        "undetermined; to decide: ALT as one number, ALT at baseline"
    ]


def test_steps_are_shown_where_asked():
    reading = read_value([result()], explain=["ctcae-alt"])
    assert [item.rule.version for item in reading.explained] == ["4.03", "5.0", "6.0"]
    assert any("3 x 40 = 120" in line for line in reading_lines(reading))
    assert set(reading.tables()) == {"results", "values", "steps"}
    with pytest.raises(UnknownNameError, match='unknown rule "hyslaw"'):
        read_value([result()], explain=["hyslaw"])
    with pytest.raises(InputError, match="not evaluated here; the rule reads GGT"):
        read_value([result()], explain=["ctcae-ggt@4.03"])


def test_what_cannot_be_one_draw_is_refused():
    with pytest.raises(InputError, match="no ALT among the results"):
        read_value([result("AST")])
    with pytest.raises(InputError, match="a test is given twice"):
        read_value([result(), replace(result(), low=1)])


@given(st.integers(0, 2000), st.integers(1, 100))
def test_bands_rise_with_the_value(value, limit):
    """A higher value never lies in a lower band of the same ladder."""
    rule = find_rule("ctcae-alt@4.03")
    names = [rule.floor, *(step.name for step in rule.branches[0].steps)]

    def band(number):
        alt = LabResult("ALT", number * MICRO, number * MICRO, uln=limit * MICRO, uln_source="row")
        return names.index(by_key(read_value([alt]))[rule.key].evaluation.band)

    assert band(value) <= band(value + 1)
