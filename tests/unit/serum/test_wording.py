"""The words that must stand in an output, and those that never may."""

import pytest

from cahill.serum.wording import CARE, CARE_LONG, OUTCOMES, faults, missing_words, outcome_words


@pytest.mark.parametrize("sentence", [CARE, CARE_LONG, *OUTCOMES.values()])
def test_our_own_sentences_keep_the_rules(sentence):
    assert faults(sentence) == ()


def test_an_outcome_has_words():
    assert outcome_words(True) == "biochemical criteria met"
    assert outcome_words(None) == "undetermined"


@pytest.mark.parametrize(
    ("sentence", "name"),
    [
        ("The diagnosis is hepatitis.", "a diagnosis"),
        ("Diagnosed with liver injury", "a diagnosis"),
        ("Subject 7 is a Hy's law case.", "Hy's law case"),
        ("two Hy\u2019s Law cases were found", "Hy's law case"),
        ("The drug caused it.", "drug caused"),
        ("injury caused by the study drug", "drug caused"),
        ("The dose is safe.", "safe"),
        ("Stop the drug.", "stop the drug"),
        ("discontinue study treatment now", "stop the drug"),
        ("The liver looks healthy.", "healthy"),
        ("ALT 95 U/L is a mild elevation.", "severity without its ladder"),
        ("ALT is normal.", "normal without unit and limit"),
        ("ALT is back to normal", "normal without unit and limit"),
    ],
)
def test_what_may_not_be_said_is_found(sentence, name):
    assert [fault.partition(":")[0] for fault in faults(sentence)] == [name]


@pytest.mark.parametrize(
    "sentence",
    [
        "Hy's law (FDA 2009): biochemical criteria met.",
        "ALT 95 U/L is 2.375 times the upper limit of normal.",
        "CTCAE v5, normal baseline: grade 1.",
        "The log-normal change is +31 %.",
        "An abnormal baseline is graded on the baseline.",
        "ACG 2017 bands: mild.",
        "ALT 30 U/L is normal: at most the limit of 40 U/L.",
        "This is not a diagnosis.",
        "limits of the paediatric SAFETY study",
        "Meets trigger: ALT > 8 ULN.",
        "persistently elevated since June",
    ],
)
def test_what_may_be_said_is_left_alone(sentence):
    assert faults(sentence) == ()


def test_a_word_in_one_sentence_does_not_excuse_another():
    assert len(faults("CTCAE v5 grades it 1. It is mild.")) == 1
    assert len(faults("ACG bands: mild\nmoderate")) == 1


def test_required_words_may_break_across_lines():
    assert missing_words("For research\n  use only; the CAUSE not assessed") == ()
    assert missing_words("research use only") == ("cause not assessed",)
