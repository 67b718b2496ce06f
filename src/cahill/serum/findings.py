"""Findings: what each rule says of each subject, one row for a subject and a rule.

The exact evaluator of one subject and the screens of a whole cohort answer with the same columns
and the same reason codes; codes become words here and nowhere else.
"""

from collections.abc import Mapping

from cahill.errors import UnknownNameError

OUTCOMES = ("true", "false", "undetermined")

FINDING_COLUMNS: Mapping[str, str] = {
    "subject": "string",
    "rule": "string",
    "version": "string",
    "outcome": "string",  # one of OUTCOMES
    "band": "string",  # name of the band of a ladder or schema; null: none or undetermined
    "first_date": "date",  # date of the (first) result that decides; null: unknown or none
    "second_date": "date",  # date of the second one (bilirubin of a pair, end of a run)
    "first_test": "string",  # a key of cahill.core.laboratory.TESTS
    "first_value": "int64",  # millionths of the test's unit; lower end of an interval
    "first_limit": "int64",  # millionths of the test's unit; the limit it was compared with
    "second_test": "string",
    "second_value": "int64",
    "second_limit": "int64",
    "limit_source": "string",  # "row", "table <name>", "default <name>", "baseline" or null
    "reason": "string",  # a key of REASON_WORDS
}
"""Columns of findings, in this order; an outcome that is not true, false or undetermined does not
exist, and every subject of the table has one row for every rule."""

REASON_WORDS: Mapping[str, str] = {
    "met": "biochemical criteria met",
    "not met": "every result needed is there, and the criteria are not met",
    "no result": "no result of a test that the rule needs",
    "limit missing": "a result has no limit to compare it with",
    "interval undecided": "a value is known only as an interval that reaches over the limit",
    "date missing": "a result that matters has no date",
    "baseline missing": "no baseline result",
    "baseline undecided": "the baseline cannot be placed against its limit",
    "ALP gate": "alkaline phosphatase reaches its limit on the date of the first result, which "
    "the rule excludes",
    "ALP undetermined": "alkaline phosphatase cannot be told from its limit near the date of the "
    "first result",
    "outside window": "both criteria are met, but never within the rule's days of one another",
    "not persistent": "no run of elevated results lasts as long as the rule asks",
    "input missing": "something the rule needs is not known (age, sex, body mass index, diabetes "
    "or symptoms)",
    "outside ages": "the rule does not hold at this age",
    "not compiled": "this rule is evaluated for one subject at a time, not for a cohort",
}
"""Reason codes and what they say. A finding carries the code."""


def reason_words(code: str) -> str:
    """Return what a reason code says.

    Raises
    ------
    UnknownNameError
        If there is no such code.
    """
    if code not in REASON_WORDS:
        raise UnknownNameError("reason", code, REASON_WORDS)
    return REASON_WORDS[code]
