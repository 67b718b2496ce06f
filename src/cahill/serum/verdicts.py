"""One criterion on one result: true, false or undetermined, with the numbers and the reason."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from cahill.core.laboratory import MICRO, TESTS, LabResult, Person, micro_text
from cahill.serum.rules import Criterion, decimal_text
from cahill.serum.three_valued import Span, decide, point, span

CODES = (
    "no result",
    "limit missing",
    "interval undecided",
    "baseline missing",
    "baseline undecided",
    "date missing",
    "input missing",
    "ALP undetermined",
    "outside ages",
)
"""Codes of what leaves a rule undetermined, the one that is reported first first."""


@dataclass(frozen=True, order=True)
class Cause:
    """What leaves something undetermined: a code of `CODES`, and the test or input it concerns."""

    code: str
    about: str = ""

    def words(self) -> str:
        """Return the cause in words, naming what is missing."""
        name = TESTS[self.about][0] if self.about in TESTS else self.about
        return {
            "no result": f"no result of {name} where it is needed",
            "limit missing": f"{name} has no upper limit of normal",
            "interval undecided": f"{name} is known only as an interval that reaches over the edge",
            "baseline missing": f"no baseline of {name}",
            "baseline undecided": f"the baseline of {name} cannot be placed against its limit",
            "date missing": f"a result of {name} has no date",
            "input missing": f"not known: {name}",
            "ALP undetermined": f"{name} is not decided on the date of the first result",
            "outside ages": "the rule does not hold at this age",
        }[self.code]


@dataclass(frozen=True)
class Used:
    """A result that a rule looked at, and what it was compared with.

    Parameters
    ----------
    result : LabResult
    limit : int or None
        Millionths of the test's unit: the upper limit of normal, the baseline or the threshold.
    limit_source : str
        "row", "table <name>", "default <name>", "baseline", "rule" (the threshold itself) or "".
    """

    result: LabResult
    limit: int | None
    limit_source: str


@dataclass(frozen=True)
class Verdict:
    """One criterion on one result (or on the person: `used` is None)."""

    outcome: bool | None
    used: Used | None
    step: str
    causes: frozenset[Cause] = field(default_factory=frozenset)

    @property
    def date(self) -> dt.date | None:
        """Date of the result."""
        return self.used.result.date if self.used else None


@dataclass(frozen=True)
class Case:
    """One subject as the rules see it.

    Parameters
    ----------
    results : tuple of LabResult
        In the order of date (undated last) and row.
    person : Person
    baselines : mapping of str to LabResult
        By test.
    same_draw : bool
        All results are of one draw, whatever their dates say.
    """

    results: tuple[LabResult, ...]
    person: Person
    baselines: Mapping[str, LabResult]
    same_draw: bool = False

    def of(self, test: str) -> list[LabResult]:
        """Return the results of one test."""
        return [result for result in self.results if result.test == test]

    def days(self, first: dt.date | None, second: dt.date | None) -> int | None:
        """Return the days from one date to another; None if one is unknown."""
        if self.same_draw:
            return 0
        return None if first is None or second is None else (second - first).days


def order(result: LabResult) -> tuple:
    """Return what sorts results: date (undated last), time, row."""
    date = result.date or dt.date.max
    time = result.time.isoformat() if result.time else ""
    return (date, time, result.row)


def baselines_of(
    results: Sequence[LabResult], treatment_start: dt.date | None
) -> dict[str, LabResult]:
    """Return the last result of each test on or before the start of treatment.

    Without a start there are no baselines.
    """
    if treatment_start is None:
        return {}
    early = [item for item in results if item.date is not None and item.date <= treatment_start]
    return {item.test: item for item in sorted(early, key=order)}


def verdict(criterion: Criterion, result: LabResult, case: Case) -> Verdict:
    """Judge one result by one criterion."""
    limit, value, source, cause = _limit(criterion, result, case)
    used = Used(result, value, source)
    head = f"{result_words(result)}: is it {criterion}?"
    if limit is None:
        return Verdict(None, used, f"{head} undetermined: {cause.words()}", frozenset([cause]))
    outcome = decide(span(result), criterion.operator, criterion.factor, limit)
    against = _against(criterion, limit, source)
    if outcome is None:
        undecided = limit.low != limit.high
        cause = Cause("baseline undecided" if undecided else "interval undecided", result.test)
        step = f"{head} {against}: undetermined, {cause.words()}"
        return Verdict(None, used, step, frozenset([cause]))
    return Verdict(outcome, used, f"{head} {against}: {'yes' if outcome else 'no'}")


def symptoms(case: Case) -> Verdict:
    """Judge the person's symptoms."""
    known = case.person.symptoms
    if known is None:
        cause = Cause("input missing", "symptoms")
        return Verdict(None, None, f"symptoms: undetermined, {cause.words()}", frozenset([cause]))
    return Verdict(known, None, f"symptoms: {'yes' if known else 'no'}")


def with_limit(result: LabResult, uln: int | None, source: str) -> LabResult:
    """Return the result with another upper limit of normal."""
    return replace(result, uln=uln, uln_source=source if uln is not None else "")


def result_words(result: LabResult) -> str:
    """Return "ALT 125 U/L on 2024-01-03 (row 7)"."""
    unit = TESTS[result.test][1]
    words = [f"{result.test} {value_words(result)}{'' if unit == '1' else ' ' + unit}"]
    words += [f"on {result.date}"] if result.date else []
    words += [f"(row {result.row})"] if result.row else []
    return " ".join(words)


def value_words(result: LabResult) -> str:
    """Return a value or interval without its unit: "125", "< 5", "> 1000", "5 to 10"."""
    low = micro_text(result.low)
    if result.high is None:
        return f"{'>' if result.above else '>='} {low}"
    high = micro_text(result.high)
    if result.low == result.high:
        return low
    if result.low == 0:
        return f"{'<' if result.below else '<='} {high}"
    return f"{low} to {high}"


def _limit(
    criterion: Criterion, result: LabResult, case: Case
) -> tuple[Span | None, int | None, str, Cause]:
    """Return the limit as a span and as a number, where it came from, and why there is none."""
    test = criterion.test
    if criterion.of == "absolute":
        # The factor is the threshold itself, so what it multiplies is one unit.
        return point(MICRO), int(criterion.factor * MICRO), "rule", Cause("no result")
    if criterion.of == "uln":
        if result.uln is None:
            return None, None, "", Cause("limit missing", test)
        return point(result.uln), result.uln, result.uln_source, Cause("no result")
    baseline = case.baselines.get(test)
    if baseline is None:
        return None, None, "", Cause("baseline missing", test)
    if baseline.high == 0:
        return None, 0, "baseline", Cause("baseline undecided", test)
    return span(baseline), baseline.low, "baseline", Cause("no result")


def _against(criterion: Criterion, limit: Span, source: str) -> str:
    """Return the comparison's right side in words: "3 x 40 = 120 (limit of the row)"."""
    if criterion.of == "absolute":
        return "fixed threshold of the rule"
    if limit.low != limit.high:
        return f"{decimal_text(criterion.factor)} x a baseline known as an interval"
    product = decimal_text(criterion.factor * Fraction(limit.low, MICRO))
    where = "baseline" if source == "baseline" else f"limit: {source or 'source not stated'}"
    return f"{decimal_text(criterion.factor)} x {micro_text(limit.low)} = {product} ({where})"
