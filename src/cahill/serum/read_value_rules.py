"""Every rule of the registry on the values of one draw, and what would decide those left open."""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from cahill.core.laboratory import TESTS, LabResult, Person, micro_text
from cahill.serum.evaluate import Evaluation, evaluate
from cahill.serum.read_value_words import needs, value_words
from cahill.serum.rules import Rule, load_rules
from cahill.serum.verdicts import Used
from cahill.serum.wording import outcome_words

GROUPS: Mapping[str, tuple[str, ...]] = {
    "ladders": ("ladder",),
    "ratios and scores": ("ratio", "score"),
    "criteria": ("concurrence", "quadrants", "trigger"),
    "course": ("persistence", "change"),
}
"""Kinds of rules under one heading; sets of limits and statements are not evaluated."""


@dataclass(frozen=True)
class RuleReading:
    """One rule on the values of one draw.

    Attributes
    ----------
    rule : Rule
    evaluation : Evaluation
    needed : tuple of str
        What the rule asks for and was not given; empty if it is decided.
    """

    rule: Rule
    evaluation: Evaluation
    needed: tuple[str, ...]


def read_rules(
    draw: Mapping[str, LabResult],
    person: Person,
    baselines: Mapping[str, LabResult],
    previous: LabResult | None,
) -> Iterator[RuleReading]:
    """Evaluate every rule; ladders of a test that was not measured are left out."""
    evaluated = {kind for kinds in GROUPS.values() for kind in kinds}
    for rule in load_rules().values():
        if rule.kind not in evaluated or (rule.kind == "ladder" and rule.tests[0] not in draw):
            continue
        if rule.kind == "change":
            evaluation = _change(rule, draw, previous)
        else:
            evaluation = evaluate(
                rule, list(draw.values()), person, baselines=baselines, same_draw=True
            )
            evaluation = _not_from_one_draw(rule, evaluation, draw, person, baselines)
        open_ = evaluation.outcome is None or evaluation.band.startswith("at least")
        needed: tuple[str, ...] = ()
        if open_:
            asked = _alive(rule, draw, person, baselines)
            needed = needs(asked, draw, person, baselines, evaluation.reason)
        yield RuleReading(rule, evaluation, needed)


def reading_row(item: RuleReading) -> dict[str, object]:
    """Return one reading as a row of the table of rules."""
    rule, evaluation = item.rule, item.evaluation
    outcome = {True: "true", False: "false", None: "undetermined"}[evaluation.outcome]
    used = [part for part in evaluation.used if part.result.test in TESTS]
    return {
        "rule": rule.key,
        "title": rule.title,
        "kind": rule.kind,
        "criteria": criteria_words(rule),
        "outcome": outcome,
        "in_words": outcome_words(evaluation.outcome),
        "band": evaluation.band,
        "formula_value": evaluation.value,
        "value": "; ".join(f"{part.result.test} {value_words(part.result)}" for part in used),
        "limit": "; ".join(_limit(part) for part in used),
        "limit_source": "; ".join(part.limit_source or "none" for part in used),
        "reason": evaluation.reason,
        "needed": ", ".join(item.needed),
        "source": rule.source,
        "locator": rule.locator,
    }


def criteria_words(rule: Rule) -> str:
    """Return what a rule asks, with its operators and factors."""
    if rule.alternatives:
        return "; or ".join(str(way) for way in rule.alternatives)
    if rule.change:
        return f"{rule.change.test} against {rule.change.against}, beyond the reference change"
    parts = [
        f"{step.name}: {step.criterion}{_condition(branch.baseline, branch.ages)}"
        for branch in rule.branches
        for step in branch.steps
    ]
    parts += [f"at onset, {' or '.join(map(str, rule.onset))}"] if rule.onset else []
    parts += [f"with {' or '.join(map(str, rule.partner))}"] if rule.partner else []
    return "; ".join(parts)


def _condition(baseline: str, ages: tuple[int | None, int | None]) -> str:
    if baseline != "any":
        return f" ({baseline} baseline)"
    first, last = ages
    if first is None and last is None:
        return ""
    return f" (from {first} y)" if last is None else f" ({first or 0} to {last} y)"


def _limit(part: Used) -> str:
    unit = TESTS[part.result.test][1]
    if part.limit is None:
        return "none"
    return micro_text(part.limit) if unit == "1" else f"{micro_text(part.limit)} {unit}"


def _change(rule: Rule, draw: Mapping[str, LabResult], previous: LabResult | None) -> Evaluation:
    """Compare ALT with the value before it."""
    assert rule.change is not None
    if previous is None:
        return evaluate(rule, [draw[rule.change.test]], same_draw=True)
    # Neither value has a date; that this one is the later says its time, which is never shown.
    later = replace(draw[rule.change.test], time=dt.datetime.max)
    held = replace(rule, change=replace(rule.change, against="baseline"))
    return evaluate(held, [later], baselines={previous.test: previous})


def _alive(
    rule: Rule,
    draw: Mapping[str, LabResult],
    person: Person,
    baselines: Mapping[str, LabResult],
) -> Rule:
    """Return the rule without the alternatives that the draw excludes: they need nothing more."""
    alive = []
    for way in rule.alternatives:
        alone = replace(rule, alternatives=(replace(way, lasting_days=None),))
        found = evaluate(alone, list(draw.values()), person, baselines=baselines, same_draw=True)
        alive += [way] if found.outcome is not False else []
    return replace(rule, alternatives=tuple(alive)) if alive else rule


def _not_from_one_draw(
    rule: Rule,
    evaluation: Evaluation,
    draw: Mapping[str, LabResult],
    person: Person,
    baselines: Mapping[str, LabResult],
) -> Evaluation:
    """Leave a rule undetermined that is not met only because one draw cannot last.

    "ALT > 5 ULN for more than 14 days" is false of one value at 2 ULN, and open at 6 ULN.
    """
    lasting = [way for way in rule.alternatives if way.lasting_days is not None]
    if evaluation.outcome is not False or not lasting:
        return evaluation
    at_once = replace(rule, alternatives=tuple(replace(w, lasting_days=None) for w in lasting))
    now = evaluate(at_once, list(draw.values()), person, baselines=baselines, same_draw=True)
    if now.outcome is False:
        return evaluation
    reason = f"one draw does not tell how long it lasts: {'; or '.join(map(str, lasting))}"
    steps = (*evaluation.steps[:-1], f"{rule.label}: undetermined ({reason}).")
    return replace(
        evaluation, outcome=None, code="no result", reason=reason, used=now.used, steps=steps
    )
