"""The course of every test against limit, baseline and variation, and its decline, as frames."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import pandas as pd

from cahill.core.laboratory import MICRO, TESTS, LabResult
from cahill.serum.evaluate_bands import change_factors
from cahill.serum.rules import Change, Rule, find_rule, load_rules
from cahill.serum.series_subject import Subject, moment
from cahill.serum.three_valued import decide, point, span
from cahill.serum.verdicts import value_words

HALF_LIFE_RULES = ("half-life-classic", "half-life-cohort")
ONE = Fraction(1)


@dataclass(frozen=True)
class HalfLife:
    """A published half-life of an enzyme in plasma.

    `hours` with `spread` (standard deviation, 0 if none is given); `rule` and `source` (key of
    `references.bib`) tell the set it belongs to. Sets are never mixed.
    """

    test: str
    hours: float
    spread: float
    rule: str
    source: str

    @property
    def words(self) -> str:
        """Return "47 ± 10 h"."""
        return f"{self.hours:g}" + (f" ± {self.spread:g}" if self.spread else "") + " h"


def half_lives(test: str) -> tuple[HalfLife, ...]:
    """Return the half-life of a test in each named set that has one."""
    found = []
    for rule in map(find_rule, HALF_LIFE_RULES):
        for item in rule.quantities:
            if item.name == test:
                spread = float(item.spread or 0)
                found.append(HalfLife(test, float(item.value), spread, rule.key, rule.source))
    return tuple(found)


def change_rules(analytical: float | None = None) -> dict[str, Rule]:
    """Return the rule on reference change values of each test that has one.

    Parameters
    ----------
    analytical : float, optional
        Analytical coefficient of variation, %, in place of the rule's; recorded in `changes`.
    """
    found = {}
    for rule in load_rules().values():
        if rule.kind != "change" or rule.change is None:
            continue
        if analytical is not None:
            change = replace(rule.change, cv_analytical=Fraction(str(analytical)))
            words = f"analytical variation {analytical:g} %"
            rule = replace(rule, change=change, changes=(*rule.changes, words))
        found[rule.tests[0]] = rule
    return found


def log_spread(change: Change) -> float:
    """Return the standard deviation of the logarithm of a result at rest.

    sqrt(ln(1 + CVa^2 + CVi^2)), the variation that the reference change value rests on.
    """
    cv = float(change.cv_analytical) ** 2 + float(change.cv_within) ** 2
    return math.sqrt(math.log1p(cv / 1e4))


def change_word(value: LabResult, reference: LabResult, change: Change) -> str:
    """Return "rise", "fall", "within variation" or "undetermined" for one result after another."""
    rise, fall = change_factors(change)
    up = decide(span(value), ">", rise, span(reference))
    down = decide(span(value), "<", fall, span(reference))
    if up or down:
        return "rise" if up else "fall"
    return "within variation" if up is False and down is False else "undetermined"


def course_frame(subject: Subject, changes: dict[str, Rule]) -> pd.DataFrame:
    """Return every result, one a row, in time and by test.

    Returns
    -------
    pandas.DataFrame
        test, date, time (if known), hours (since the first result), visit, value (in words), low
        and high (its ends; high is missing if it has none), unit, uln, uln_source, times_limit and
        times_limit_high, above_limit, times_baseline, from_baseline, times_previous and
        from_previous ("rise", "fall", "within variation", "undetermined" or, without a rule,
        empty), role ("baseline" or ""), row.
    """
    rows = []
    for test in subject.tests:
        rule = changes.get(test)
        own = [item for item in subject.results if item.test == test]
        for place, item in enumerate(own):
            base = subject.baselines.get(test)
            earlier = _before(own[:place], item)
            rows.append(
                {
                    **_where(subject, item),
                    **_value(item),
                    **_against("baseline", item, base if base is not item else None, rule),
                    **_against("previous", item, earlier, rule),
                    "role": "baseline" if item is base else "",
                    "row": item.row,
                }
            )
    return pd.DataFrame(rows)


def decline_frame(subject: Subject, test: str, spread: float, rise: float) -> pd.DataFrame:
    """Return the apparent half-life between successive results after the peak of a test.

    The level above the baseline (above nought without one) falls as 2^(-t / half-life) if nothing
    more is released. The interval covers the variation of both results (95 %) and, where only
    dates are known, times from one end of the day to the other.

    Parameters
    ----------
    subject : Subject
    test : str
    spread : float
        Standard deviation of the logarithm of a result.
    rise : float
        Factor beyond which a change is more than variation; a result less far above the baseline
        tells nothing of the fall and is left out.

    Returns
    -------
    pandas.DataFrame
        test, from_date, to_date, hours, from_value, to_value, half_life, low, high (h; high is
        infinite if no fall is certain), and for each published set whether the fall is "faster",
        "consistent" or "slower". Empty if nothing falls.
    """
    levels = _levels(subject, test)
    columns = ["test", "from_date", "to_date", "hours", "from_value", "to_value"]
    columns += ["half_life", "low", "high", *(item.rule for item in half_lives(test))]
    if len(levels) < 2:
        return pd.DataFrame(columns=columns)
    peak = max(range(len(levels)), key=lambda place: levels[place][1])
    base = subject.baselines.get(test)
    rest = base.low / MICRO if base is not None and base.exact else 0.0
    rows = []
    for before, after in zip(levels[peak:], levels[peak + 1 :]):
        if after[1] <= rise * rest or after[1] >= before[1]:
            continue
        rows.append({"test": test, **_fall(before, after, rest, spread, half_lives(test))})
    return pd.DataFrame(rows, columns=columns)


def _levels(subject: Subject, test: str) -> list[tuple[LabResult, float, float]]:
    """Return exact results as (result, value, hours), several at one time as their mean."""
    grouped: dict[float, list[LabResult]] = {}
    for item in subject.dated:
        if item.test == test and item.exact and item.low > 0:
            grouped.setdefault(subject.hours(item), []).append(item)
    return [
        (items[0], math.exp(sum(math.log(x.low / MICRO) for x in items) / len(items)), hours)
        for hours, items in sorted(grouped.items())
    ]


def _fall(
    before: tuple[LabResult, float, float],
    after: tuple[LabResult, float, float],
    rest: float,
    spread: float,
    published: Sequence[HalfLife],
) -> dict[str, object]:
    hours = after[2] - before[2]
    slack = sum(12.0 for item in (before[0], after[0]) if item.time is None)
    ratio = math.log((before[1] - rest) / (after[1] - rest))
    # a relative error of the value is a larger one of what stands above the baseline
    noise = [spread * value / (value - rest) for value in (before[1], after[1])]
    error = 1.96 * math.hypot(*noise)
    low = math.log(2.0) * max(hours - slack, 0.0) / (ratio + error)
    high = math.log(2.0) * (hours + slack) / (ratio - error) if ratio > error else math.inf
    verdicts = {}
    for item in published:
        least, most = item.hours - item.spread, item.hours + item.spread
        verdicts[item.rule] = "faster" if high < least else "slower" if low > most else "consistent"
    return {
        "from_date": before[0].date,
        "to_date": after[0].date,
        "hours": hours,
        "from_value": before[1],
        "to_value": after[1],
        "half_life": math.log(2.0) * hours / ratio,
        "low": low,
        "high": high,
        **verdicts,
    }


def _before(earlier: Sequence[LabResult], item: LabResult) -> LabResult | None:
    """Return the last result at an earlier time; one of the same time is no predecessor."""
    if item.date is None:
        return None
    past = [other for other in earlier if other.date is not None and moment(other) < moment(item)]
    return past[-1] if past else None


def _where(subject: Subject, item: LabResult) -> dict[str, object]:
    timed = item.date is not None
    return {
        "test": item.test,
        "date": item.date,
        "time": item.time.time().isoformat("minutes") if item.time else "",
        "hours": subject.hours(item) if timed else math.nan,
        "visit": subject.visits.get(item.row, ""),
    }


def _value(item: LabResult) -> dict[str, object]:
    limit = item.uln
    above = None if limit is None else decide(span(item), ">", ONE, point(limit))
    return {
        "value": value_words(item),
        "low": item.low / MICRO,
        "high": math.nan if item.high is None else item.high / MICRO,
        "unit": TESTS[item.test][1],
        "uln": math.nan if limit is None else limit / MICRO,
        "uln_source": item.uln_source or "none",
        "times_limit": math.nan if limit is None else item.low / limit,
        "times_limit_high": math.nan if limit is None or item.high is None else item.high / limit,
        "above_limit": {True: "true", False: "false", None: "undetermined"}[above],
    }


def _against(
    name: str, item: LabResult, reference: LabResult | None, rule: Rule | None
) -> dict[str, object]:
    times, word = math.nan, ""
    if reference is not None:
        if item.exact and reference.exact and reference.low > 0:
            times = item.low / reference.low
        if rule is not None and rule.change is not None:
            word = change_word(item, reference, rule.change)
    return {f"times_{name}": times, f"from_{name}": word}
