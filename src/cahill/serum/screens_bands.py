"""Ladders and quadrants as Ibis expressions: the highest band of a subject, the peaks of two tests.

The logic is that of `cahill.serum.evaluate_bands` and `evaluate_runs.judge_quadrants`.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import ibis
from ibis import _

from cahill.serum.rules import Branch, Criterion, Rule
from cahill.serum.screens_compare import (
    FALSE,
    TRUE,
    UNDETERMINED,
    Ends,
    compare,
    limit_ends,
    value_ends,
)
from cahill.serum.screens_rows import (
    BASELINE_MISSING,
    BASELINE_UNDECIDED,
    NO_RESULT,
    cause_of,
    first_of,
    in_order,
    least_cause,
    limit_of,
    verdicts,
    whole,
    with_baselines,
)
from cahill.serum.screens_ways import PARTS


@dataclass(frozen=True)
class _Reach:
    """How many edges a row has reached, at least and at most, and why they differ; as columns."""

    low: Any
    high: Any
    cause: Any
    limit: Any
    source: Any


def ladder(table: Any, rule: Rule, *, everyone: bool) -> Any:
    """Return the highest band of each subject.

    Parameters and columns are those of `cahill.serum.screens_ways.concurrence`, and `band`.
    """
    test = rule.tests[0]
    rows = table.filter(table.test == test)
    branches = {branch.baseline: branch for branch in rule.branches}
    if "any" in branches:
        rows = _placed(rows, _reach(rows, branches["any"]))
    else:
        rows = with_baselines(rows, [Criterion(test, ">", Fraction(1), "baseline")])
        rows = _by_baseline(rows, branches, test)
    sums = rows.group_by("subject").agg(least=_.low_.max(), most=_.high_.max(), cause=_.cause.min())
    if not everyone:
        sums = sums.filter(_.least > 0)
    peaks = _peaks(rows, sums)
    found = sums.left_join(peaks, "subject").drop("subject_right")
    if everyone:
        people = table.select("subject").distinct()
        found = people.left_join(found, "subject").drop("subject_right")
    code = ibis.cases((_.least > 0, TRUE), (_.most == 0, FALSE), else_=UNDETERMINED)
    cause = found.least.isnull().ifelse(whole(NO_RESULT), found.cause)
    found = found.mutate(code=code.cast("int32"), cause=cause, band=_band(rule, found))
    undecided = found.code == UNDETERMINED
    found = found.mutate(cause=undecided.ifelse(found.cause, whole(None)))
    return _answer(found, second=False)


def _band(rule: Rule, found: Any) -> Any:
    names = [rule.floor, *(step.name for step in rule.branches[0].steps)]
    exact = found.least == found.most
    branches = [(exact & (found.least == n), name) for n, name in enumerate(names)]
    branches += [(found.least == n, f"at least {names[n]}") for n in range(1, len(names))]
    return ibis.cases(*branches).nullif(ibis.literal(""))


def _peaks(rows: Any, sums: Any) -> Any:
    """Return the highest multiple of its limit among the rows that reach the subject's band.

    A subject below all bands shows none.
    """
    high = rows.select(
        *("subject", "test", "date", "time", "row", "low", "low_", "limit", "source")
    )
    top = sums.filter(_.most > 0).select("subject", "least")
    high = high.join(top, "subject").filter(_.low_ == _.least)
    first = first_of(
        high.mutate(number=whole(0)), [ibis.desc(multiple_of_limit("low")), *in_order()]
    )
    return first.select(
        "subject",
        first_date="date",
        first_test="test",
        first_value="low",
        first_limit="limit",
        first_source="source",
    )


def multiple_of_limit(value: str) -> Any:
    """Return the multiple of the limit, -1 without a limit, that puts results in order.

    Division serves the order alone; two multiples that are equal are equal after it as well.
    """
    return (_[value].cast("float64") / _["limit"].nullif(0).cast("float64")).fill_null(-1.0)


def _reach(rows: Any, branch: Branch, limit: Ends | None = None) -> _Reach:
    """Return how far rows reach on one branch; `limit` stands in for their baseline."""
    codes, causes = [], []
    for step in branch.steps:
        given = limit_ends(rows, step.criterion) if limit is None else limit
        codes.append(compare(value_ends(rows), step.criterion, given))
        causes.append(cause_of(rows, step.criterion))
    numbered = list(enumerate(codes, start=1))[::-1]
    low = ibis.cases(*((code == TRUE, n) for n, code in numbered), else_=0)
    high = ibis.cases(*((code >= UNDETERMINED, n) for n, code in numbered), else_=0)
    none = whole(None)
    # Asked for only where no edge is reached for sure, so every doubt is one about an edge above.
    doubts = [
        (code == UNDETERMINED).ifelse(cause.cast("int32"), none)
        for code, cause in zip(codes, causes)
    ]
    shown, source = limit_of(rows, branch.steps[0].criterion)
    return _Reach(low.cast("int32"), high.cast("int32"), least_cause(*doubts, none), shown, source)


def _placed(rows: Any, reach: _Reach) -> Any:
    """Return rows with how far they reach."""
    placed = rows.mutate(
        low_=reach.low,
        high_=reach.high,
        cause=reach.cause,
        limit=reach.limit,
        source=reach.source,
    )
    return placed.select(
        *("subject", "test", "date", "time", "row", "low"),
        *("low_", "high_", "cause", "limit", "source"),
    )


def _by_baseline(rows: Any, branches: dict[str, Branch], test: str) -> Any:
    """Return rows with how far they reach on the branch of their subject's baseline, or on either.

    The three are filtered apart, for one expression of all would be very long.
    """
    base = limit_ends(rows, Criterion(test, ">", Fraction(1), "baseline"))
    limit = rows.base_uln.nullif(0)
    raised = compare(
        base, Criterion(test, ">", Fraction(1), "uln"), Ends(limit, limit, False, False)
    )
    early = (rows.date <= rows.base_date).fill_null(False)
    rows = rows.mutate(
        branch_=ibis.cases((early, FALSE), (rows.base_low.isnull(), UNDETERMINED), else_=raised)
    )
    on_limit, on_baseline = rows.filter(_.branch_ == FALSE), rows.filter(_.branch_ == TRUE)
    unknown = rows.filter(_.branch_ == UNDETERMINED)
    return ibis.union(
        _placed(on_limit, _reach(on_limit, branches["normal"])),
        _placed(on_baseline, _reach(on_baseline, branches["abnormal"])),
        _placed(unknown, _on_either(unknown, branches)),
    )


def _on_either(rows: Any, branches: dict[str, Branch]) -> _Reach:
    """Return how far rows reach on the two branches, where it is not known which holds."""
    normal, abnormal = _reach(rows, branches["normal"]), _reach(rows, branches["abnormal"])
    missing = rows.base_low.isnull()
    # A raised baseline lies above the limit, so its bands are at most those for the limit itself.
    above = Ends(rows.uln.nullif(0), ibis.null("int64"), False, ibis.literal(True))
    beyond = _reach(rows, branches["abnormal"], above)
    other_low = missing.ifelse(whole(0), abnormal.low)
    other_high = missing.ifelse(beyond.high, abnormal.high)
    differ = (other_low != normal.low) | (other_high != normal.high)
    unknown = missing.ifelse(whole(BASELINE_MISSING), whole(BASELINE_UNDECIDED))
    cause = least_cause(
        normal.cause,
        missing.ifelse(whole(None), abnormal.cause),
        differ.ifelse(unknown, whole(None)),
    )
    low, high = ibis.least(normal.low, other_low), ibis.greatest(normal.high, other_high)
    return _Reach(low, high, cause, normal.limit, normal.source)


def quadrants(rows: Any, rule: Rule, *, everyone: bool) -> Any:
    """Return the quadrant of each subject.

    Parameters and columns are those of `cahill.serum.screens_ways.concurrence`, and `band`.
    """
    way = rule.alternatives[0]
    axes = [_axis(rows, item) for item in (way.anchor[0], way.partner[0])]
    if everyone:
        people = rows.select("subject").distinct()
        found = people.left_join(axes[0], "subject").drop("subject_right")
    else:
        found = axes[0].filter(_.code == TRUE)
        axes[1] = axes[1].filter(_.code == TRUE)
    other = axes[1].rename({f"second_{name}": f"first_{name}" for name in PARTS})
    other = other.rename(code_2="code", cause_2="cause")
    how = "left" if everyone else "inner"
    found = found.join(other, "subject", how=how)
    found = found.drop("subject_right") if everyone else found
    codes = [found[name].fill_null(UNDETERMINED) for name in ("code", "code_2")]
    code = ibis.least(*codes)
    causes = [
        found[name].isnull().ifelse(whole(NO_RESULT), found[why])
        for name, why in (("code", "cause"), ("code_2", "cause_2"))
    ]
    known = (codes[0] != UNDETERMINED) & (codes[1] != UNDETERMINED)
    place = (codes[0] == TRUE).cast("int32") + 2 * (codes[1] == TRUE).cast("int32")
    names = [(known & (place == n), name) for n, name in enumerate(rule.quadrants)]
    cause = (code == UNDETERMINED).ifelse(least_cause(*causes), whole(None))
    return _answer(found.mutate(code=code, cause=cause, band=ibis.cases(*names)), second=True)


def _axis(rows: Any, criterion: Criterion) -> Any:
    """Return the outcome and the peak of one test, in one pass.

    Of equal peaks the first counts: by date (undated last), time, row, number of the criterion.
    """
    judged = verdicts(rows, (criterion,)).mutate(multiple=multiple_of_limit("value"))
    place = ibis.struct(
        {
            "multiple": -judged.multiple,
            "date": judged.date.fill_null(ibis.date("9999-12-31")),
            "time": judged.time.fill_null(ibis.timestamp("0001-01-01 00:00:00")),
            "row": judged.row,
            "number": judged.number,
        }
    )
    peak: Any = ibis.struct({name: judged[name] for name in PARTS})
    sums = judged.group_by("subject").agg(
        code=judged.code.max(), cause=judged.cause.min(), peak=peak.argmin(place)
    )
    found = {f"first_{name}": sums.peak[name] for name in PARTS}
    return sums.select("subject", "code", "cause", **found)


def _answer(found: Any, *, second: bool) -> Any:
    others = {
        f"second_{name}": found[f"second_{name}"] if second else ibis.null(kind)
        for name, kind in PARTS.items()
    }
    return found.select(
        "subject",
        "code",
        "cause",
        "band",
        *(f"first_{name}" for name in PARTS),
        refusal=ibis.literal("not met"),
        **others,
    )
