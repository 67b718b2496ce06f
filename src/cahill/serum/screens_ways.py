"""A concurrence of two tests as an Ibis expression: anchor, partner within days of it, gate.

Filter, then join: only results that meet the anchor, or may, look for a partner. What a subject
without any such result comes to follows from which tests it has at all. The logic is that of
`cahill.serum.evaluate_ways`, which says how missing data are taken.
"""

from typing import Any

import ibis
from ibis import _

from cahill.serum.rules import SYMPTOMS, Alternative, Criterion, Rule
from cahill.serum.screens_compare import (
    FALSE,
    TRUE,
    UNDETERMINED,
    compare,
    limit_ends,
    value_ends,
)
from cahill.serum.screens_rows import (
    ALP_UNDETERMINED,
    DATE_MISSING,
    INPUT_MISSING,
    NO_RESULT,
    first_of,
    greatest_of,
    in_order,
    least_cause,
    least_of,
    verdicts,
    whole,
)

ANCHOR = ("subject", "row", "number")
WITHIN = "within_"


def concurrence(table: Any, rule: Rule, way: Alternative, *, everyone: bool) -> Any:
    """Return what an alternative comes to, a row a subject.

    Parameters
    ----------
    table : ibis table
        Results, with baseline columns if a criterion asks for them.
    rule : Rule
        For its window of days.
    way : Alternative
        Without a duration.
    everyone : bool
        All subjects; otherwise those alone who meet it.

    Returns
    -------
    ibis table
        Columns subject, code, cause, refusal, and of the first and second result date, test,
        value, limit and source ("first_date", ...).
    """
    least = UNDETERMINED if everyone else TRUE
    anchors = verdicts(table, way.anchor, least)
    partners = (
        _ranked(verdicts(table, _tests(way.partner), 0 if everyone else TRUE), anchors)
        if (_tests(way.partner))
        else None
    )
    around = anchors
    around = _with_partner(around, partners, rule, way)
    around = _with_gate(around, table, way)
    code = ibis.least(_.code, _.partner_code, _.gate_code)
    around = around.mutate(anchor_code=_.code).mutate(code=code)
    around = around.mutate(cause=_open_cause(around))
    best = _speaking(around, partners, everyone=everyone)
    if not everyone:
        return best.filter(_.code == TRUE)
    return _everyone(table, way, best)


def _tests(criteria: tuple[Criterion, ...]) -> list[Criterion]:
    """Return the criteria that are about a test, not the person."""
    return [item for item in criteria if item.test != SYMPTOMS]


def _ranked(partners: Any, anchors: Any) -> Any:
    """Return the partners of subjects who have an anchor, numbered in order."""
    partners = partners.semi_join(anchors, "subject")
    number = ibis.row_number().over(group_by="subject", order_by=in_order())
    return partners.mutate(rank=number)


def _with_partner(anchors: Any, partners: Any, rule: Rule, way: Alternative) -> Any:
    """Add partner_code, partner_cause and partner_rank to every anchor."""
    asks_symptoms = len(_tests(way.partner)) < len(way.partner)
    if partners is None:
        # No table of results tells of symptoms.
        code, cause = (UNDETERMINED, INPUT_MISSING) if asks_symptoms else (TRUE, None)
        return anchors.mutate(
            partner_code=whole(code), partner_cause=whole(cause), partner_rank=whole(None, "int64")
        )
    pairs = anchors.select(*ANCHOR, "date").join(
        partners.select(
            "subject", "rank", p_date="date", p_test="test", p_code="code", p_cause="cause"
        ),
        "subject",
        how="left",
    )
    days = pairs.p_date.delta(pairs.date, unit="day")
    first, last = rule.window_days
    pairs = pairs.mutate(
        within_=days.between(first, last).fill_null(False),
        # Without one of the dates it may lie within or not.
        undated_=days.isnull() & (pairs.p_code >= UNDETERMINED).fill_null(False),
    )
    found = pairs.group_by(list(ANCHOR)).agg(**_partner_sums(way))
    found = found.mutate(
        partner_code=ibis.greatest(_.in_window, _.doubt, whole(UNDETERMINED * asks_symptoms))
    )
    rank = ibis.cases((_.partner_code == TRUE, _.rank_2), (_.partner_code == 1, _.rank_1))
    rank = ibis.cases((_.partner_code == FALSE, _.rank_0), else_=rank)
    cause = least_cause(_.cause_within, _.cause_undated, _.cause_absent)
    if asks_symptoms:
        cause = least_cause(cause, whole(INPUT_MISSING))
    found = found.mutate(partner_rank=rank, partner_cause=cause)
    found = found.select(*ANCHOR, "partner_code", "partner_cause", "partner_rank")
    return anchors.left_join(found, list(ANCHOR)).drop(*(f"{name}_right" for name in ANCHOR))


def _partner_sums(way: Alternative) -> dict[str, Any]:
    """Return what is summed over the partners of one anchor."""
    tests = sorted({item.test for item in _tests(way.partner)})
    seen = [(_[WITHIN] & (_.p_test == test)).fill_null(False).cast("int32").max() for test in tests]
    unseen = least_of(seen)
    undated = _.undated_.cast("int32").max()
    return {
        "in_window": _.p_code.max(where=_[WITHIN]).fill_null(0).cast("int32"),
        "doubt": ibis.greatest(undated, (unseen == 0).cast("int32")),
        "cause_within": _.p_cause.min(where=_[WITHIN]),
        "cause_undated": (undated == 1).ifelse(whole(DATE_MISSING), whole(None)),
        "cause_absent": (unseen == 0).ifelse(whole(NO_RESULT), whole(None)),
        **{
            f"rank_{code}": _["rank"].min(where=_[WITHIN] & (_.p_code == code)) for code in range(3)
        },
    }


def _with_gate(anchors: Any, table: Any, way: Alternative) -> Any:
    """Add gate_code to every anchor: the least of the gate's outcomes on the anchor's date."""
    if not way.gate:
        return anchors.mutate(gate_code=whole(TRUE))
    gates = verdicts(table, way.gate).select("subject", "date", g_test="test", g_code="code")
    pairs = anchors.select(*ANCHOR, "date").join(gates, ["subject", "date"])
    tests = sorted({item.test for item in way.gate})
    found = pairs.group_by(list(ANCHOR)).agg(
        **{f"gate_{test}": _.g_code.min(where=_.g_test == test) for test in tests}
    )
    anchors = anchors.left_join(found, list(ANCHOR)).drop(*(f"{name}_right" for name in ANCHOR))
    codes = [_[f"gate_{test}"].fill_null(UNDETERMINED).cast("int32") for test in tests]
    return anchors.mutate(gate_code=least_of(codes))


def _open_cause(around: Any) -> Any:
    """Return the cause to report of an anchor that is not decided."""
    none = whole(None)
    cause = least_cause(
        around.cause,
        (around.partner_code == UNDETERMINED).ifelse(around.partner_cause, none),
        (around.gate_code == UNDETERMINED).ifelse(whole(ALP_UNDETERMINED), none),
    )
    return (around.code == UNDETERMINED).ifelse(cause, none)


def _speaking(around: Any, partners: Any, *, everyone: bool) -> Any:
    """Return the anchor that speaks for each subject, and the result beside it."""
    gated = (_.code == FALSE) & (_.gate_code == FALSE) & (_.partner_code == TRUE)
    lone = (_.code == FALSE) & (_.anchor_code == TRUE)
    around = around.mutate(
        said=ibis.cases((gated, 2), (lone, 1), else_=0),
        least_cause=_.cause.min().over(group_by="subject"),
    )
    first = first_of(around, [ibis.desc(_.code), ibis.desc(_.said), *in_order()])
    if partners is None:
        second = {f"second_{name}": ibis.null(kind) for name, kind in PARTS.items()}
        return _named(first.mutate(**second), ibis.literal("not met"))
    if everyone:
        met = partners.filter(_.code == TRUE).group_by("subject").agg(beside=_["rank"].min())
        first = first.left_join(met, "subject").drop("subject_right")
    else:
        first = first.mutate(beside=whole(None, "int64"))
    # Where the anchor is met but its window holds no partner, the partner elsewhere is shown.
    rank = (_.said == 1).ifelse(_.beside, _.partner_rank)
    first = first.mutate(rank=rank)
    found = partners.select(
        "subject", "rank", **{f"second_{name}": source for name, source in FROM.items()}
    )
    first = first.left_join(found, ["subject", "rank"])
    outside = (first.said == 1) & first.beside.notnull()
    refusal = ibis.cases((first.said == 2, "ALP gate"), (outside, "outside window"))
    return _named(first, refusal.fill_null(ibis.literal("not met")))


PARTS = {
    "date": "date",
    "test": "string",
    "value": "int64",
    "limit": "int64",
    "source": "string",
}
FROM = {name: name for name in PARTS}
ANSWER = (
    *("subject", "code", "cause", "refusal"),
    *(f"first_{name}" for name in PARTS),
    *(f"second_{name}" for name in PARTS),
)


def _named(first: Any, refusal: Any) -> Any:
    """Return the columns of an answer; a plain no has no results to show."""
    plain = (first.code == FALSE) & (first.said == 0)
    shown = {f"first_{name}": plain.ifelse(ibis.null(), first[name]) for name in PARTS}
    second = {
        f"second_{name}": plain.ifelse(ibis.null(), first[f"second_{name}"]) for name in PARTS
    }
    return first.select(
        "subject", "code", cause=first.least_cause, refusal=refusal, **shown, **second
    )


def _everyone(table: Any, way: Alternative, best: Any) -> Any:
    """Add the subjects of whom no result meets the anchor or may."""
    partners, gates = _tests(way.partner), way.gate
    sums: dict[str, Any] = {
        f"has_{test}": (table.test == test).any()
        for test in sorted({item.test for item in (*way.anchor, *partners, *gates)})
    }
    judged = table
    for name, criteria in (("p", partners), ("g", gates)):
        for number, criterion in enumerate(criteria):
            rows = verdict_code(judged, criterion)
            sums[f"{name}_{number}"] = rows.max()
    base = judged.group_by("subject").agg(**sums)
    absent = _absent(way, partners)
    base = base.mutate(absent_code=absent)
    base = base.select("subject", "absent_code").left_join(best, "subject").drop("subject_right")
    code = ibis.greatest(_.code.fill_null(0), _.absent_code)
    unmeasured = (_.absent_code == UNDETERMINED).ifelse(whole(NO_RESULT), whole(None))
    base = base.mutate(total=code, cause=least_cause(_.cause, unmeasured))
    # Where the doubt is about a test never measured, no result speaks.
    silent = base.total != base.code.fill_null(FALSE)
    parts = {
        name: silent.ifelse(ibis.null(), base[name])
        for name in ANSWER
        if name.startswith(("first_", "second_"))
    }
    cause = (base.total == UNDETERMINED).ifelse(base.cause, whole(None))
    return base.select(
        "subject",
        code=base.total,
        cause=cause,
        refusal=base.refusal.fill_null(ibis.literal("not met")),
        **parts,
    )


def verdict_code(table: Any, criterion: Criterion) -> Any:
    """Return the outcome of a criterion for rows of its test, null for others."""
    code = compare(value_ends(table), criterion, limit_ends(table, criterion))
    return (table.test == criterion.test).ifelse(code.cast("int32"), whole(None))


def _absent(way: Alternative, partners: list[Criterion]) -> Any:
    """Return the outcome of the anchor tests a subject never had: never true, false if the rest is.

    The columns are those of `_everyone`.
    """
    tests = sorted({item.test for item in way.anchor})
    every = _[f"has_{tests[0]}"]
    for test in tests[1:]:
        every = every & _[f"has_{test}"]
    codes = [whole(UNDETERMINED)]
    if way.partner:
        parts = [_[f"p_{number}"].fill_null(UNDETERMINED) for number in range(len(partners))]
        if len(partners) < len(way.partner):
            parts.append(whole(UNDETERMINED))
        codes.append(greatest_of(parts))
    codes += [_[f"g_{number}"].fill_null(UNDETERMINED) for number in range(len(way.gate))]
    return every.ifelse(whole(FALSE), least_of(codes))
