"""Ratios and scores of a subject: which date, which results, which band.

All results of a formula are of one date; of several results of a test on that date the last (by
time, then row) is taken. An input known as an interval is tried at both ends: the formulas rise or
fall in each input, so the ends bound the value.
"""

import datetime as dt
from collections.abc import Iterator
from fractions import Fraction
from itertools import product

from cahill.core.laboratory import MICRO, LabResult, Person, micro_text
from cahill.serum.judged import NONE, Causes, Judged
from cahill.serum.rules import Branch, Rule
from cahill.serum.scores import FORMULAS, Formula, edge, p_alt, shown
from cahill.serum.three_valued import all_of, any_of
from cahill.serum.verdicts import Case, Cause, Used, result_words, verdict

Draw = dict[str, LabResult]
"""The last result of each test on one date."""

COMPARE = {">": Fraction.__gt__, ">=": Fraction.__ge__, "<": Fraction.__lt__, "<=": Fraction.__le__}


def judge_formula(rule: Rule, case: Case) -> Judged:
    """Judge a ratio or score on the date its rule asks for."""
    if rule.formula == "p_alt":
        return _course(rule, case)
    formula = FORMULAS[rule.formula]
    absent = [test for test in formula.tests if not case.of(test)]
    if rule.at != "onset" and absent:
        causes = frozenset(Cause("no result", test) for test in absent)
        return _undetermined(causes)
    draws = list(_draws(case))
    if rule.at == "onset":
        return _at_onset(rule, formula, draws, case)
    whole = [draw for draw in draws if all(test in draw for test in formula.tests)]
    if not whole:
        undated = any(result.date is None for result in case.results) and not case.same_draw
        code = "date missing" if undated else "no result"
        return _undetermined(frozenset(Cause(code, test) for test in formula.tests))
    if rule.at == "latest":
        return _value(rule, formula, whole[-1], case)
    found = [_value(rule, formula, draw, case) for draw in whole]
    outcome = any_of(judged.outcome for judged in found)
    chosen = next(judged for judged in found if judged.outcome is outcome)
    steps = tuple(step for judged in found for step in judged.steps)
    return Judged(outcome, chosen.used, chosen.causes, chosen.band, steps=steps, value=chosen.value)


def _undetermined(causes: Causes, steps: tuple[str, ...] = ()) -> Judged:
    words = tuple(cause.words() for cause in sorted(causes))
    return Judged(None, (), causes, steps=(*steps, *words))


def _draws(case: Case) -> Iterator[Draw]:
    """Group results by date, ascending; undated ones belong to no draw."""
    by_date: dict[dt.date | None, Draw] = {}
    for result in case.results:
        key = None if case.same_draw else result.date
        if key is not None or case.same_draw:
            by_date.setdefault(key, {})[result.test] = result
    yield from by_date.values()


def _at_onset(rule: Rule, formula: Formula, draws: list[Draw], case: Case) -> Judged:
    """Judge on the first date that meets the criteria of onset."""
    steps: list[str] = []
    for draw in draws:
        seen = [
            verdict(criterion, draw[criterion.test], case)
            for criterion in rule.onset
            if criterion.test in draw
        ]
        steps += [f"onset? {item.step}" for item in seen]
        outcome = any_of(item.outcome for item in seen)
        if outcome:
            judged = _value(rule, formula, draw, case)
            return Judged(
                judged.outcome,
                judged.used,
                judged.causes,
                judged.band,
                steps=(*steps, *judged.steps),
                value=judged.value,
            )
        if outcome is None:
            return _undetermined(NONE.union(*(item.causes for item in seen)), tuple(steps))
    causes = {Cause("no result", item.test) for item in rule.onset if not case.of(item.test)}
    causes |= {Cause("date missing", item.test) for item in case.results if _undated(item, case)}
    if causes:
        return _undetermined(frozenset(causes), tuple(steps))
    return Judged(False, detail="no date meets the criteria of onset", steps=tuple(steps))


def _undated(result: LabResult, case: Case) -> bool:
    return result.date is None and not case.same_draw


def _value(rule: Rule, formula: Formula, draw: Draw, case: Case) -> Judged:
    """Compute the formula on one draw and find its band."""
    causes = _missing(formula, draw, case.person)
    if causes:
        return _undetermined(causes)
    ends = list(_ends(formula, draw, case.person))
    used = tuple(Used(draw[test], draw[test].uln, draw[test].uln_source) for test in formula.tests)
    inputs = [draw[test] for test in formula.tests]
    steps = [f"takes {result_words(item)}{_limit_words(formula, item)}" for item in inputs]
    if not ends:
        return Judged(None, used, frozenset([_interval(formula, draw)]), steps=tuple(steps))
    branch = _branch(rule, case.person)
    if rule.branches and branch is None:
        return Judged(None, used, frozenset([Cause("outside ages")]), steps=tuple(steps))
    bands = {_band(rule, branch, formula, value) for value in ends}
    value = shown(formula, ends[0]) if len(set(ends)) == 1 else None
    if value is not None:
        steps.append(f"value {value:.6g}")
    if len(bands) > 1:
        return Judged(None, used, frozenset([_interval(formula, draw)]), steps=tuple(steps))
    number, name = bands.pop()
    partner, more, lines = _partner(rule, draw, case)
    outcome = all_of([number > 0 or rule.floor_meets, partner])
    steps += [*lines, f"band: {name}"]
    return Judged(
        outcome,
        (*used, *more[1]),
        more[0] if outcome is None else NONE,
        name,
        steps=tuple(steps),
        value=value,
    )


def _missing(formula: Formula, draw: Draw, person: Person) -> Causes:
    """Return what the formula needs and has not."""
    causes = {Cause("no result", test) for test in formula.tests if test not in draw}
    causes |= {
        Cause("limit missing", test)
        for test in formula.limits
        if test in draw and draw[test].uln is None
    }
    causes |= {
        Cause("input missing", name.replace("_", " "))
        for name in formula.person
        if getattr(person, name) is None
    }
    return frozenset(causes)


def _ends(formula: Formula, draw: Draw, person: Person) -> Iterator[Fraction]:
    """Yield the formula's value at the ends of its inputs; nothing if one has no end or is 0."""
    spans = []
    for test in formula.tests:
        result = draw[test]
        if result.high is None or (result.low == 0 and test in formula.divisors):
            return
        spans.append({Fraction(result.low, MICRO), Fraction(result.high, MICRO)})
    fixed = {f"{test} ULN": Fraction(draw[test].uln or 1, MICRO) for test in formula.limits}
    fixed |= {name: Fraction(str(float(getattr(person, name)))) for name in formula.person}
    for numbers in product(*spans):
        yield formula.compute({**fixed, **dict(zip(formula.tests, numbers))})


def _interval(formula: Formula, draw: Draw) -> Cause:
    """Return the cause for the first input that is not one positive number."""
    vague = [test for test in formula.tests if not draw[test].exact]
    zero = [test for test in formula.tests if draw[test].low == 0]
    return Cause("interval undecided", (vague or zero or list(formula.tests))[0])


def _branch(rule: Rule, person: Person) -> Branch | None:
    """Return the branch that holds at the person's age."""
    for branch in rule.branches:
        if branch.ages == (None, None) or (person.age is not None and branch.holds_at(person.age)):
            return branch
    return None


def _band(rule: Rule, branch: Branch | None, formula: Formula, value: Fraction) -> tuple[int, str]:
    """Return number and name of the band; 0 is the floor."""
    found = (0, rule.floor)
    for number, step in enumerate(branch.steps if branch else (), start=1):
        if COMPARE[step.criterion.operator](value, edge(formula, step.criterion.factor)):
            found = (number, step.name)
    return found


def _partner(
    rule: Rule, draw: Draw, case: Case
) -> tuple[bool | None, tuple[Causes, tuple[Used, ...]], list[str]]:
    """Judge what must hold on the formula's date besides."""
    if not rule.partner:
        return True, (NONE, ()), []
    seen = [verdict(item, draw[item.test], case) for item in rule.partner if item.test in draw]
    absent = frozenset(Cause("no result", c.test) for c in rule.partner if c.test not in draw)
    outcome = any_of([*(item.outcome for item in seen), *(None for _ in absent)])
    causes = absent.union(*(item.causes for item in seen))
    used = tuple(item.used for item in seen if item.used)
    return outcome, (causes, used), [item.step for item in seen]


def _limit_words(formula: Formula, result: LabResult) -> str:
    if result.test not in formula.limits or result.uln is None:
        return ""
    return f", limit {micro_text(result.uln)} ({result.uln_source or 'source not stated'})"


def _course(rule: Rule, case: Case) -> Judged:
    """Compute P_ALT over the dated course of ALT."""
    results = case.of("ALT")
    if case.same_draw or len({result.date for result in results}) < 2:
        return _undetermined(frozenset([Cause("no result", "ALT")]), ("needs two dates or more",))
    if any(result.date is None for result in results):
        return _undetermined(frozenset([Cause("date missing", "ALT")]))
    if not all(result.exact for result in results):
        return _undetermined(frozenset([Cause("interval undecided", "ALT")]))
    last = {result.date: result for result in results}
    start = min(date for date in last if date)
    hours = [24.0 * (date - start).days for date in last if date]
    value = p_alt(hours, [result.low / MICRO for result in last.values()])
    used = tuple(Used(item, item.uln, item.uln_source) for item in (results[0], results[-1]))
    return Judged(True, used, band=rule.floor, steps=(f"value {value:.6g}",), value=value)
