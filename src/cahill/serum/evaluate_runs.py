"""Rules on the course of one test (runs that last) and on the peaks of two (quadrants)."""

from cahill.serum.judged import NONE, Judged, highest, verdicts_on
from cahill.serum.rules import Alternative, Criterion, Rule
from cahill.serum.three_valued import all_of, any_of
from cahill.serum.verdicts import Case, Cause, Used


def judge_lasting(way: Alternative, case: Case) -> Judged:
    """Judge whether the anchor is met on consecutive dates over the days asked, test by test."""
    found = [_run(criterion, way, case) for criterion in way.anchor]
    outcome = any_of(item.outcome for item in found)
    same = [item for item in found if item.outcome is outcome]
    steps = tuple(step for item in found for step in item.steps)
    causes = NONE.union(*(item.causes for item in same))
    return Judged(
        outcome,
        next((item.used for item in same if item.used), ()),
        NONE if outcome is not None else causes,
        refusal="not persistent",
        steps=steps,
    )


def _run(criterion: Criterion, way: Alternative, case: Case) -> Judged:
    """Look for a run of one test that lasts long enough."""
    verdicts = verdicts_on((criterion,), case)
    if not verdicts:
        return Judged(None, (), frozenset([Cause("no result", criterion.test)]))
    steps = tuple(item.step for item in verdicts)
    dated: dict = {}
    for item in verdicts:
        dated.setdefault(item.date, []).append(item)
    if any_of(item.outcome for item in verdicts) is False:
        return Judged(False, refusal="not persistent", steps=steps)
    if None in dated and not case.same_draw:
        return Judged(None, (), frozenset([Cause("date missing", criterion.test)]), steps=steps)
    days = [] if case.same_draw else sorted(dated.items())
    rows = [(date, all_of(item.outcome for item in items), items[0]) for date, items in days]
    certain = _longest(rows, way, sure=True)
    if certain:
        return Judged(True, certain, steps=steps)
    possible = _longest(rows, way, sure=False)
    if possible:
        causes = NONE.union(*(item.causes for item in verdicts))
        return Judged(None, possible, causes, steps=steps)
    return Judged(False, refusal="not persistent", steps=steps)


def _longest(rows: list, way: Alternative, *, sure: bool) -> tuple[Used, ...]:
    """Return the first and last result of the first run long enough, or nothing."""
    start = last = None
    for date, outcome, item in rows:
        if outcome is False or (sure and outcome is None):
            start = None
            continue
        start, last = start or (date, item), (date, item)
        days = (last[0] - start[0]).days
        assert way.lasting_days is not None
        if days > way.lasting_days or (days == way.lasting_days and way.lasting_operator == ">="):
            return (start[1].used, last[1].used)
    return ()


def judge_quadrants(rule: Rule, case: Case) -> Judged:
    """Judge two tests by their peaks, whenever they were, and name the quadrant."""
    way = rule.alternatives[0]
    axes = [_axis(criterion, case) for criterion in (way.anchor[0], way.partner[0])]
    outcome = all_of(axis.outcome for axis in axes)
    first, second = (axis.outcome for axis in axes)
    known = first is not None and second is not None
    return Judged(
        outcome,
        tuple(used for axis in axes for used in axis.used),
        NONE if outcome is not None else axes[0].causes | axes[1].causes,
        band=rule.quadrants[bool(first) + 2 * bool(second)] if known else "",
        steps=tuple(step for axis in axes for step in axis.steps),
    )


def _axis(criterion: Criterion, case: Case) -> Judged:
    verdicts = verdicts_on((criterion,), case)
    if not verdicts:
        cause = Cause("no result", criterion.test)
        return Judged(None, (), frozenset([cause]), steps=(cause.words(),))
    outcome = any_of(item.outcome for item in verdicts)
    causes = NONE.union(*(item.causes for item in verdicts))
    peak = highest(verdicts)
    return Judged(outcome, (peak,) if peak else (), causes, steps=tuple(v.step for v in verdicts))
