"""Rules made of alternatives: an anchor, a partner within days of it, a gate, a duration.

How missing data are taken, for one subject:

- A result that meets the anchor (or may) asks for a partner within the rule's window of days and
  for the gate's tests on its own date. If there is no such result, that is undetermined.
- A test of the anchor or the partner that was never measured is undetermined. A date on which it
  was not measured is not, if it was on others.
- A result without a date may lie within the window or not.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from cahill.serum.evaluate_runs import judge_lasting
from cahill.serum.judged import NONE, Causes, Judged, verdicts_on
from cahill.serum.rules import SYMPTOMS, Alternative, Rule
from cahill.serum.three_valued import all_of, any_of
from cahill.serum.verdicts import Case, Cause, Verdict


@dataclass
class _Parts:
    """Verdicts on everything an alternative names, and the steps that tell of them."""

    anchors: list[Verdict]
    partners: list[Verdict]
    gates: list[Verdict]
    absent: tuple[str, ...] = ()
    steps: list[str] = field(default_factory=list)


def judge_alternatives(rule: Rule, case: Case) -> Judged:
    """Judge a concurrence, trigger or persistence: any of its alternatives."""
    found = []
    for number, way in enumerate(rule.alternatives, start=1):
        judged = (
            judge_lasting(way, case)
            if way.lasting_days is not None
            else _concurrence(rule, way, case)
        )
        title = f"way {number}: {way}" if len(rule.alternatives) > 1 else f"asked: {way}"
        found.append((judged, (title, *judged.steps)))
    outcome = any_of(judged.outcome for judged, _ in found)
    steps = tuple(step for _, lines in found for step in lines)
    # The first alternative of the rule's own outcome speaks for it; a near miss before a mere no.
    same = [judged for judged, _ in found if judged.outcome is outcome]
    near = [judged for judged in same if judged.refusal in ("ALP gate", "outside window")]
    chosen = near[0] if outcome is False and near else same[0]
    causes = frozenset[Cause]().union(*(judged.causes for judged in same))
    return Judged(
        outcome,
        chosen.used,
        NONE if outcome is not None else causes,
        refusal=chosen.refusal,
        detail=chosen.detail,
        steps=steps,
    )


def _concurrence(rule: Rule, way: Alternative, case: Case) -> Judged:
    """Judge an anchor with its partner and gate."""
    parts = _parts(way, case)
    best: list[Judged] = []
    for anchor in parts.anchors:
        if anchor.outcome is not False:
            best.append(_around(anchor, parts, rule, way, case))
    absent = _absent_anchor(parts, way, case)
    outcome = any_of([*(item.outcome for item in best), *([absent.outcome] if absent else [])])
    steps = (*parts.steps, *(step for item in best for step in item.steps))
    if outcome is True:
        met = next(item for item in best if item.outcome is True)
        return Judged(True, met.used, steps=steps)
    if outcome is None:
        open_ = [item for item in best if item.outcome is None]
        causes = NONE.union(*(item.causes for item in open_))
        if absent and absent.outcome is None:
            causes |= absent.causes
            steps += absent.steps
        return Judged(None, open_[0].used if open_ else (), causes, steps=steps)
    return _refused(parts, best, steps)


def _around(anchor: Verdict, parts: _Parts, rule: Rule, way: Alternative, case: Case) -> Judged:
    """Judge the partner in the window of one anchor, and the gate on its date."""
    used = (anchor.used,) if anchor.used else ()
    causes = set(anchor.causes)
    steps: list[str] = []
    partner, second, why = _partner(anchor, parts, rule, way, case)
    causes |= why
    gate, blocked, why = _gate(anchor, parts, way, case)
    causes |= why
    outcome = all_of([anchor.outcome, partner, gate])
    if way.partner and partner is not True and outcome is not True and anchor.used:
        words = "undetermined" if partner is None else "no"
        window = "" if case.same_draw else f" {_window_words(rule)} {anchor.date}"
        steps.append(f"partner{window}: {words}{_because(_why(causes, partner))}")
    if blocked and gate is False:
        when = "" if anchor.date is None else f" on {anchor.date}"
        steps.append(f"gate{when}: {blocked.step}, so the rule excludes it")
    refusal, detail = "not met", ""
    if outcome is False and gate is False and partner is True and blocked:
        refusal, detail = "ALP gate", blocked.step
        used = (*used, *((second.used,) if second and second.used else ()))
    elif second and second.used:
        used = (*used, second.used)
    return Judged(
        outcome,
        used,
        frozenset(causes) if outcome is None else NONE,
        refusal=refusal,
        detail=detail,
        steps=tuple(steps),
    )


def _why(causes: set[Cause], outcome: bool | None) -> list[str]:
    """Return the causes in words if the outcome is undetermined."""
    return [cause.words() for cause in sorted(causes)] if outcome is None else []


def _because(words: Sequence[str]) -> str:
    return f", {'; '.join(words)}" if words else ""


def _window_words(rule: Rule) -> str:
    first, last = rule.window_days
    return "on" if first == last == 0 else f"within {first} to {last} d of"


def _partner(
    anchor: Verdict, parts: _Parts, rule: Rule, way: Alternative, case: Case
) -> tuple[bool | None, Verdict | None, Causes]:
    """Return whether any partner lies in the anchor's window, the one that does, and the doubts."""
    if not way.partner:
        return True, None, NONE
    first, last = rule.window_days
    outcomes: list[bool | None] = []
    causes: set[Cause] = set()
    within: list[Verdict] = []
    seen = set()
    for item in parts.partners:
        if item.used is None:
            outcomes.append(item.outcome)
            causes |= item.causes
            continue
        days = case.days(anchor.date, item.date)
        if days is None:
            if item.outcome is not False:
                outcomes.append(None)
                undated = item if item.date is None else anchor
                causes.add(Cause("date missing", undated.used.result.test if undated.used else ""))
            continue
        if first <= days <= last:
            seen.add(item.used.result.test)
            outcomes.append(item.outcome)
            causes |= item.causes
            within.append(item)
    for criterion in way.partner:
        if criterion.test != SYMPTOMS and criterion.test not in seen:
            outcomes.append(None)
            causes.add(Cause("no result", criterion.test))
    outcome = any_of(outcomes)
    chosen = next((item for item in within if item.outcome is outcome), None)
    return outcome, chosen, NONE if outcome is not None else frozenset(causes)


def _gate(
    anchor: Verdict, parts: _Parts, way: Alternative, case: Case
) -> tuple[bool | None, Verdict | None, Causes]:
    """Return whether the gate holds on the anchor's date, the result that blocks, the doubts."""
    outcomes: list[bool | None] = []
    causes: set[Cause] = set()
    blocking = None
    for criterion in way.gate:
        days = [
            item
            for item in parts.gates
            if item.used
            and item.used.result.test == criterion.test
            and case.days(anchor.date, item.date) == 0
        ]
        outcomes += [item.outcome for item in days] or [None]
        blocking = blocking or next((item for item in days if item.outcome is False), None)
        if not days or any(item.outcome is None for item in days):
            causes.add(Cause("ALP undetermined", criterion.test))
    outcome = all_of(outcomes)
    return outcome, blocking, NONE if outcome is not None else frozenset(causes)


def _parts(way: Alternative, case: Case) -> _Parts:
    """Judge every result that an alternative names."""
    sets = [verdicts_on(criteria, case) for criteria in (way.anchor, way.partner, way.gate)]
    absent = tuple(item.test for item in way.anchor if not case.of(item.test))
    steps = [item.step for verdicts in sets for item in verdicts]
    return _Parts(*sets, absent=tuple(dict.fromkeys(absent)), steps=steps)


def _absent_anchor(parts: _Parts, way: Alternative, case: Case) -> Judged | None:
    """Judge the anchor tests that were never measured: undetermined unless the rest says no."""
    if not parts.absent:
        return None
    partner: bool | None = True
    if way.partner:
        known = [item.outcome for item in parts.partners]
        known += [None for item in way.partner if item.test != SYMPTOMS and not case.of(item.test)]
        partner = any_of(known)
    gate = all_of(
        any_of(item.outcome for item in parts.gates if item.used and item.used.result.test == test)
        if case.of(test)
        else None
        for test in (criterion.test for criterion in way.gate)
    )
    outcome = all_of([None, partner, gate])
    causes = frozenset(Cause("no result", test) for test in parts.absent)
    steps = tuple(f"{cause.words()}: undetermined" for cause in sorted(causes))
    return Judged(outcome, (), causes, steps=steps)


def _refused(parts: _Parts, best: list[Judged], steps: tuple[str, ...]) -> Judged:
    """Say why no anchor with its partner and gate is met."""
    gated = next((item for item in best if item.refusal == "ALP gate"), None)
    if gated:
        return Judged(False, gated.used, refusal="ALP gate", detail=gated.detail, steps=steps)
    met = [item for item in parts.anchors if item.outcome]
    beside = [item for item in parts.partners if item.outcome]
    if met and beside:
        used = tuple(item.used for item in (met[0], beside[0]) if item.used)
        return Judged(False, used, refusal="outside window", steps=steps)
    shown = met or parts.anchors
    used = tuple(item.used for item in shown[:1] if item.used)
    return Judged(False, used, steps=steps)
