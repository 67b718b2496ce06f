"""Runs that last, as an Ibis expression: elevated on consecutive dates with nothing else between.

Only subjects whose elevated results lie far enough apart are put in order; the others are decided
by what they have. The logic is that of `cahill.serum.evaluate_runs`.
"""

from typing import Any

import ibis
from ibis import _

from cahill.serum.rules import Alternative, Criterion
from cahill.serum.screens_compare import FALSE, TRUE, UNDETERMINED
from cahill.serum.screens_rows import (
    DATE_MISSING,
    NO_RESULT,
    first_of,
    in_order,
    verdicts,
    whole,
)
from cahill.serum.screens_ways import ANSWER, PARTS


def lasting(table: Any, way: Alternative, *, everyone: bool) -> Any:
    """Return what an alternative with a duration comes to, a row a subject.

    Parameters and columns are those of `cahill.serum.screens_ways.concurrence`.
    """
    parts = [_run(table, criterion, way, everyone=everyone) for criterion in way.anchor]
    if len(parts) == 1:
        return parts[0].select(*ANSWER)
    numbered = [part.select(*ANSWER).mutate(part=whole(n)) for n, part in enumerate(parts)]
    found = ibis.union(*numbered)
    # Tests that say the same are one answer; the first with results to show speaks.
    best = _.code.max().over(group_by="subject")
    found = found.mutate(best=best).filter(_.code == _.best)
    found = found.mutate(cause=_.cause.min().over(group_by="subject"))
    return first_of(found, [ibis.asc(_.first_test.isnull()), _.part]).select(*ANSWER)


def _run(table: Any, criterion: Criterion, way: Alternative, *, everyone: bool) -> Any:
    """Return what one test comes to."""
    rows = verdicts(table, (criterion,))
    raised = _.code >= UNDETERMINED
    sums = rows.group_by("subject").agg(
        most=_.code.max(),
        cause=_.cause.min(),
        undated=_.date.isnull().any(),
        early=_.date.min(where=raised),
        late=_.date.max(where=raised),
    )
    apart = _enough(sums.late.delta(sums.early, unit="day"), way)
    sums = sums.mutate(far=(apart & ~sums.undated & (sums.most > FALSE)).fill_null(False))
    runs = _runs(rows.semi_join(sums.filter(_.far), "subject"), way)
    if not everyone:
        return _parts(runs.filter(_.code == TRUE).mutate(cause=whole(None)))
    # Everyone is asked for: a subject without the test is undetermined.
    people = table.select("subject").distinct()
    sums = people.left_join(sums, "subject").drop("subject_right")
    found = sums.left_join(runs, "subject").drop("subject_right")
    doubt = (found.most > FALSE) & found.undated
    code = ibis.cases(
        (found.most.isnull() | doubt, UNDETERMINED),
        (found.code.notnull(), found.code),
        else_=FALSE,
    )
    cause = ibis.cases(
        (found.most.isnull(), NO_RESULT), (doubt, DATE_MISSING), else_=found.cause
    ).cast("int32")
    found = found.mutate(code=code.cast("int32"), cause=cause)
    undecided = found.code == UNDETERMINED
    return _parts(found.mutate(cause=undecided.ifelse(found.cause, whole(None))))


def _enough(days: Any, way: Alternative) -> Any:
    return days > way.lasting_days if way.lasting_operator == ">" else days >= way.lasting_days


def _runs(rows: Any, way: Alternative) -> Any:
    """Return the first run long enough of each subject, sure ones before possible ones.

    A date counts as elevated if all its results are; its first result stands for it.
    """
    first = ibis.row_number().over(group_by=["subject", "date"], order_by=in_order())
    rows = rows.mutate(place=first, day_code=_.code.min().over(group_by=["subject", "date"]))
    days = rows.filter(_.place == 0)
    found = [_long(days, way, least) for least in (TRUE, UNDETERMINED)]
    both = ibis.union(*found)
    return first_of(both, [ibis.desc(_.code)])


def _long(days: Any, way: Alternative, least: int) -> Any:
    """Return the first run long enough of dates that reach an outcome."""
    so_far = ibis.window(group_by="subject", order_by="date", preceding=None, following=0)
    # Breaks so far number the runs.
    breaks = (_.day_code < least).cast("int64").sum().over(so_far)
    runs = days.mutate(run=breaks).filter(_.day_code >= least)
    same = ibis.window(group_by=["subject", "run"], order_by="date", preceding=None, following=0)
    first = {f"first_{name}": _[name].first().over(same) for name in ("date", *VALUES)}
    runs = runs.mutate(**first)
    long = runs.filter(_enough(runs.date.delta(runs.first_date, unit="day"), way))
    last = first_of(long, [ibis.asc(_.date)])
    second = {f"second_{name}": last[name] for name in ("date", *VALUES)}
    return last.select(
        "subject",
        "first_date",
        *(f"first_{name}" for name in VALUES),
        code=whole(least),
        **second,
    )


VALUES = ("test", "value", "limit", "source")


def _parts(found: Any) -> Any:
    return found.select(
        "subject",
        "code",
        "cause",
        *(f"first_{name}" for name in PARTS),
        *(f"second_{name}" for name in PARTS),
        refusal=ibis.literal("not persistent"),
    )
