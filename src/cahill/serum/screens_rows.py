"""Rows that screens are made of: results judged by a criterion, in order, beside their baselines.

The cause of an undetermined outcome is the place of its code in `cahill.serum.verdicts.CODES`, so
that the one to report is the least of several.
"""

from collections.abc import Sequence
from typing import Any

import ibis

from cahill.core.laboratory import MICRO
from cahill.serum.rules import Criterion
from cahill.serum.screens_compare import UNDETERMINED, compare, limit_ends, value_ends
from cahill.serum.verdicts import CODES

NO_RESULT = CODES.index("no result")
LIMIT_MISSING = CODES.index("limit missing")
INTERVAL = CODES.index("interval undecided")
BASELINE_MISSING = CODES.index("baseline missing")
BASELINE_UNDECIDED = CODES.index("baseline undecided")
DATE_MISSING = CODES.index("date missing")
INPUT_MISSING = CODES.index("input missing")
ALP_UNDETERMINED = CODES.index("ALP undetermined")

VERDICT_COLUMNS = (
    *("subject", "test", "date", "time", "row", "number"),
    *("value", "limit", "source", "code", "cause"),
)
PLACE = ("date", "time", "row", "number")


def in_order(columns: Sequence[str] = PLACE) -> list[Any]:
    """Return the order of results: date (undated last), time, row, number of the criterion."""
    first_if_null = {"date": False, "time": True}
    return [ibis.asc(ibis._[name], nulls_first=first_if_null.get(name, False)) for name in columns]


def first_of(table: Any, order: Sequence[Any], by: Sequence[str] = ("subject",)) -> Any:
    """Return the first row of each subject in an order."""
    number = ibis.row_number().over(group_by=list(by), order_by=list(order))
    return table.mutate(place_=number).filter(ibis._.place_ == 0).drop("place_")


def baselines(table: Any, tests: Sequence[str]) -> Any:
    """Return the baseline of each subject and test: a flagged result, or the last before treatment.

    A result on the day treatment starts counts as before it.
    """
    rows = table.filter(table.test.isin(list(tests)))
    flagged = rows.baseline_flag.fill_null(False)
    early = (rows.date <= rows.treatment_start).fill_null(False)
    rows = rows.mutate(flagged_=flagged).filter(flagged | early)
    last = [
        ibis.desc(ibis._.flagged_),
        ibis.desc(ibis._.date, nulls_first=True),
        ibis.desc(ibis._.time, nulls_first=False),
        ibis.desc(ibis._.row),
    ]
    chosen = first_of(rows, last, ("subject", "test"))
    return chosen.select(
        "subject",
        "test",
        base_low="low",
        base_high="high",
        base_below="below",
        base_above="above",
        base_date="date",
        base_uln="uln",
    )


def with_baselines(table: Any, criteria: Sequence[Criterion]) -> Any:
    """Return the table with its baseline columns, if any criterion asks for them."""
    tests = sorted({item.test for item in criteria if item.of == "baseline"})
    if not tests:
        return table
    base = baselines(table, tests)
    joined = table.left_join(base, ["subject", "test"])
    return joined.drop("subject_right", "test_right")


def cause_of(table: Any, criterion: Criterion) -> Any:
    """Return why a criterion is undetermined for a row, if it is."""
    if criterion.of == "uln":
        return table.uln.nullif(0).isnull().ifelse(LIMIT_MISSING, INTERVAL)
    if criterion.of == "absolute":
        return ibis.literal(INTERVAL)
    exact = (table.base_low == table.base_high).fill_null(False)
    return ibis.cases(
        (table.base_low.isnull(), BASELINE_MISSING),
        (table.base_high == 0, BASELINE_UNDECIDED),
        (exact, INTERVAL),
        else_=BASELINE_UNDECIDED,
    )


def limit_of(table: Any, criterion: Criterion) -> tuple[Any, Any]:
    """Return the number that a criterion compares with, and where it came from."""
    if criterion.of == "absolute":
        number = ibis.literal(int(criterion.factor * MICRO), type="int64")
        return number, ibis.literal("rule")
    if criterion.of == "uln":
        uln = table.uln.nullif(0)
        return uln, uln.isnull().ifelse("", table.uln_source.fill_null(""))
    # A baseline of nothing decides nothing, and is shown as the 0 that it is.
    number = (table.base_high == 0).ifelse(0, table.base_low).cast("int64")
    return number, table.base_low.isnull().ifelse("", "baseline")


def verdicts(table: Any, criteria: Sequence[Criterion], least: int = 0) -> Any:
    """Return every result judged by every criterion that is about its test.

    Parameters
    ----------
    table : ibis table
        With baseline columns if a criterion asks for them.
    criteria : sequence of Criterion
        None of them on the person.
    least : int
        Rows with a lesser outcome are left out.

    Returns
    -------
    ibis table
        With `VERDICT_COLUMNS`.
    """
    parts = []
    for number, criterion in enumerate(criteria):
        rows = table.filter(table.test == criterion.test)
        limit, source = limit_of(rows, criterion)
        code = compare(value_ends(rows), criterion, limit_ends(rows, criterion))
        judged = rows.mutate(
            number=ibis.literal(number, type="int32"),
            value=rows.low,
            limit=limit,
            source=source,
            code=code.cast("int32"),
            cause_=cause_of(rows, criterion),
        )
        judged = judged.filter(judged.code >= least) if least else judged
        cause = (judged.code == UNDETERMINED).ifelse(judged.cause_, ibis.null("int32"))
        parts.append(judged.mutate(cause=cause.cast("int32")).select(*VERDICT_COLUMNS))
    return parts[0] if len(parts) == 1 else ibis.union(*parts)


def whole(number: int | None, kind: str = "int32") -> Any:
    """Return a whole number, or none, as a value of a column."""
    return ibis.null(kind) if number is None else ibis.literal(number, type=kind)


def least_cause(*causes: Any) -> Any:
    """Return the least of several causes, of which some are null."""
    filled = [cause.fill_null(len(CODES)).cast("int32") for cause in causes]
    return least_of(filled).nullif(ibis.literal(len(CODES)))


def least_of(values: Sequence[Any]) -> Any:
    """Return the least of one or more columns; Spark knows no least of one."""
    return values[0] if len(values) == 1 else ibis.least(*values)


def greatest_of(values: Sequence[Any]) -> Any:
    """Return the greatest of one or more columns."""
    return values[0] if len(values) == 1 else ibis.greatest(*values)
