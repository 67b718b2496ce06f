"""Bands of a ladder, named reference limits, and changes beyond the reference change value."""

import math
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

from cahill.core.laboratory import LabResult
from cahill.serum.judged import NONE, Judged, highest
from cahill.serum.rules import Branch, Change, Criterion, Rule, default_limit
from cahill.serum.three_valued import any_of, decide, span
from cahill.serum.verdicts import Case, Cause, Verdict, order, result_words, verdict, with_limit

Reach = tuple[int, int, frozenset[Cause]]
"""The least and the most number of edges a value has reached, and why they differ."""


def judge_ladder(rule: Rule, case: Case) -> Judged:
    """Judge the highest band of the subject's results.

    A result on or before the date of the baseline is held against the limit of normal. If it is
    not known whether the baseline lies above its limit, every branch is tried. An outcome is true
    once one band is reached for sure; if a result might lie higher the band says "at least".
    """
    test = rule.tests[0]
    results = case.of(test)
    if not results:
        cause = Cause("no result", test)
        return Judged(None, (), frozenset([cause]), steps=(cause.words(),))
    reaches, steps, verdicts = [], [], []
    for result in results:
        low, high, causes, lines, seen = _place(rule, result, case)
        reaches.append((low, high, causes))
        steps += [*lines, f"{result_words(result)}: {_band(rule, low, high) or 'undetermined'}"]
        verdicts.append(seen)
    low = max(reach[0] for reach in reaches)
    high = max(reach[1] for reach in reaches)
    outcome = True if low else (False if high == 0 else None)
    causes = NONE.union(*(reach[2] for reach in reaches))
    peak = highest([seen for reach, seen in zip(reaches, verdicts) if reach[0] == low])
    return Judged(
        outcome,
        (peak,) if peak else (),
        causes if low != high else NONE,
        band=_band(rule, low, high),
        steps=tuple(steps),
    )


def _band(rule: Rule, low: int, high: int) -> str:
    names = [rule.floor, *(step.name for step in rule.branches[0].steps)]
    if low == high:
        return names[low]
    return f"at least {names[low]}" if low else ""


def _place(
    rule: Rule, result: LabResult, case: Case
) -> tuple[int, int, frozenset[Cause], list[str], Verdict]:
    """Place one result on the branch that holds for the subject's baseline."""
    branches = {branch.baseline: branch for branch in rule.branches}
    if "any" in branches:
        return _reach(branches["any"], result, case)
    baseline = case.baselines.get(result.test)
    if baseline and baseline.date and result.date and result.date <= baseline.date:
        return _reach(branches["normal"], result, case)
    raised: bool | None = None
    lines = []
    if baseline:
        seen = verdict(_above(result.test), baseline, case)
        raised = seen.outcome
        lines = [f"baseline: {seen.step}"]
    if raised is not None:
        branch = branches["abnormal" if raised else "normal"]
        low, high, causes, more, seen = _reach(branch, result, case)
        return low, high, causes, lines + more, seen
    return _unknown_baseline(branches, result, case, baseline, lines)


def _unknown_baseline(
    branches: dict[str, Branch],
    result: LabResult,
    case: Case,
    baseline: LabResult | None,
    lines: list[str],
) -> tuple[int, int, frozenset[Cause], list[str], Verdict]:
    """Try both branches where the baseline, or its place against its limit, is not known."""
    low, high, causes, more, seen = _reach(branches["normal"], result, case)
    if baseline is not None:
        least, most, why, extra, _ = _reach(branches["abnormal"], result, case)
        cause = Cause("baseline undecided", result.test)
        more = [*more, *extra]
    else:
        # A raised baseline is above the limit, so the bands it leads to are at most these.
        least, why, cause = 0, NONE, Cause("baseline missing", result.test)
        most = _most_above(branches["abnormal"], result, case)
    causes |= why | {cause} if (least, most) != (low, high) else why
    return min(low, least), max(high, most), causes, lines + more, seen


def _most_above(branch: Branch, result: LabResult, case: Case) -> int:
    """Return the highest band of a branch for any baseline above the result's own limit."""
    if result.uln is None:
        return len(branch.steps)
    limit = LabResult(result.test, result.uln, None, above=True)
    case = Case(case.results, case.person, {result.test: limit}, case.same_draw)
    return _reach(branch, result, case)[1]


def _above(test: str) -> Criterion:
    return Criterion(test, ">", Fraction(1), "uln")


def _reach(
    branch: Branch, result: LabResult, case: Case
) -> tuple[int, int, frozenset[Cause], list[str], Verdict]:
    """Return how many edges a result has reached, at least and at most."""
    seen = [verdict(step.criterion, result, case) for step in branch.steps]
    low = max((i for i, item in enumerate(seen, 1) if item.outcome), default=0)
    high = max((i for i, item in enumerate(seen, 1) if item.outcome is not False), default=0)
    causes = NONE.union(*(item.causes for item in seen[low:high]))
    return low, high, causes, [item.step for item in seen], seen[0]


def judge_limit(rule: Rule, case: Case) -> Judged:
    """Judge whether a result lies above the limit of a named set for this person."""
    test = rule.limits[0].test
    uln = default_limit(rule.key, test, case.person.sex, case.person.age)
    if uln is None:
        cause = Cause("input missing", "sex or age for which the set has a limit")
        return Judged(None, (), frozenset([cause]), steps=(cause.words(),))
    if not case.of(test):
        return Judged(None, (), frozenset([Cause("no result", test)]))
    held = [with_limit(result, uln, f"default {rule.key}") for result in case.of(test)]
    seen = [verdict(_above(test), result, case) for result in held]
    outcome = any_of(item.outcome for item in seen)
    causes = NONE.union(*(item.causes for item in seen)) if outcome is None else NONE
    peak = highest(seen)
    steps = tuple(item.step for item in seen)
    return Judged(outcome, (peak,) if peak else (), causes, steps=steps)


def change_factors(change: Change) -> tuple[Fraction, Fraction]:
    """Return the factors of a rise and a fall beyond which a change is more than variation.

    Log-normal reference change value: exp(+-z sqrt(2) s) with s^2 = ln(1 + CVa^2 + CVi^2)
    (Fokkema et al. 2006), rounded to four decimals so that every engine compares with one number.
    """
    variance = float(change.cv_analytical / 100) ** 2 + float(change.cv_within / 100) ** 2
    exponent = float(change.z) * math.sqrt(2.0 * math.log1p(variance))
    return _rounded(math.exp(exponent)), _rounded(math.exp(-exponent))


def _rounded(number: float) -> Fraction:
    return Fraction(round(number * 10_000), 10_000)


def judge_change(rule: Rule, case: Case) -> Judged:
    """Judge whether any result rose or fell beyond the reference change value."""
    change = rule.change
    assert change is not None
    pairs, cause = _pairs(change, case)
    if cause is not None:
        return Judged(None, (), frozenset([cause]), steps=(cause.words(),))
    rise, fall = change_factors(change)
    outcomes, steps = [], [f"more than a factor {float(rise):g} up or {float(fall):g} down"]
    chosen: Judged | None = None
    for before, after in pairs:
        up = decide(span(after), ">", rise, span(before))
        down = decide(span(after), "<", fall, span(before))
        outcome = any_of([up, down])
        outcomes.append(outcome)
        band = "rise" if up else ("fall" if down else "")
        steps.append(f"{result_words(before)}, then {result_words(after)}: {_said(outcome, band)}")
        if outcome is not False and (chosen is None or (outcome and not chosen.outcome)):
            chosen = Judged(outcome, _used_pair(before, after, case), band=band)
    outcome = any_of(outcomes)
    causes = frozenset([Cause("interval undecided", change.test)]) if outcome is None else NONE
    used = chosen.used if chosen else _used_pair(*pairs[-1], case)
    return Judged(outcome, used, causes, chosen.band if chosen else "", steps=tuple(steps))


def _said(outcome: bool | None, band: str) -> str:
    return band or ("undetermined" if outcome is None else "no")


def _used_pair(before: LabResult, after: LabResult, case: Case) -> tuple:
    against = Criterion(before.test, ">", Fraction(1), "baseline")
    held = Case(case.results, case.person, {before.test: before}, case.same_draw)
    return tuple(verdict(against, item, held).used for item in (before, after))


def _pairs(
    change: Change, case: Case
) -> tuple[Sequence[tuple[LabResult, LabResult]], Cause | None]:
    """Return what is compared with what, or why nothing is."""
    results = sorted(case.of(change.test), key=order)
    if change.against == "baseline":
        baseline = case.baselines.get(change.test)
        if baseline is None:
            return [], Cause("baseline missing", change.test)
        later = [item for item in results if item is not baseline and order(item) > order(baseline)]
        return [(baseline, item) for item in later], _few(change, later)
    if len(results) > 1 and any(item.date is None for item in results):
        return [], Cause("date missing", change.test)
    return list(pairwise(results)), _few(change, results[1:])


def _few(change: Change, later: Sequence[LabResult]) -> Cause | None:
    return None if later else Cause("no result", change.test)
