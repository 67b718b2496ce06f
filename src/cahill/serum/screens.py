"""The rules of the registry on a whole cohort: written once, run by DuckDB or by Spark.

`screen` compiles rules to one Ibis expression with the columns of `findings.FINDING_COLUMNS`. For
outcome, band, reason and, where a result speaks, the results shown, it says what
`cahill.serum.evaluate` says of each subject alone; the tests hold the two together. A plain "not
met" shows no results here.

Persons are not known to a table of results: symptoms are undetermined.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import ibis
from ibis import _

from cahill.errors import InputError
from cahill.serum.findings import FINDING_COLUMNS
from cahill.serum.rules import Rule
from cahill.serum.screens_bands import ladder, quadrants
from cahill.serum.screens_compare import FALSE, TRUE, UNDETERMINED
from cahill.serum.screens_rows import first_of, whole, with_baselines
from cahill.serum.screens_runs import lasting
from cahill.serum.screens_ways import ANSWER, concurrence
from cahill.serum.verdicts import CODES

if TYPE_CHECKING:
    import ibis.expr.types as ir

KINDS = ("ladder", "concurrence", "trigger", "persistence", "quadrants")
"""Kinds of rules that are compiled."""


def compiled(rule: Rule) -> bool:
    """Return whether a rule can be screened for; the others are evaluated a subject at a time."""
    return rule.kind in KINDS


def screen(table: "ir.Table", rules: Sequence[Rule], *, everyone: bool = True) -> "ir.Table":
    """Return the findings of rules on a table of results.

    Parameters
    ----------
    table : ibis table
        With `engines.SCREEN_COLUMNS`, as `engines.load_results` returns.
    rules : sequence of Rule
        Of the kinds that are `compiled`.
    everyone : bool
        One finding for every subject and rule; otherwise for those alone who meet a rule, which
        is faster.

    Returns
    -------
    ibis table
        With `FINDING_COLUMNS`; nothing has run yet.

    Raises
    ------
    InputError
        If no rule is given or one is not compiled.
    """
    if not rules:
        raise InputError("no rule is given to screen for; see `cahill serum rules`")
    for rule in rules:
        if not compiled(rule):
            raise InputError(
                f"{rule.key} is a {rule.kind}, which is not screened for in a cohort; "
                "evaluate it for one subject"
            )
    found = [_findings(table, rule, everyone=everyone) for rule in rules]
    return found[0] if len(found) == 1 else ibis.union(*found)


def _findings(table: Any, rule: Rule, *, everyone: bool) -> Any:
    if rule.kind == "ladder":
        answer = ladder(table, rule, everyone=everyone)
    elif rule.kind == "quadrants":
        rows = with_baselines(table, rule.criteria)
        answer = quadrants(rows, rule, everyone=everyone)
    else:
        answer = _alternatives(table, rule, everyone=everyone)
    return _as_findings(answer, rule)


def _alternatives(table: Any, rule: Rule, *, everyone: bool) -> Any:
    """Return what any of the rule's alternatives comes to."""
    rows = with_baselines(table, rule.criteria)
    parts = []
    for number, way in enumerate(rule.alternatives):
        if way.lasting_days is not None:
            part = lasting(rows, way, everyone=everyone)
        else:
            part = concurrence(rows, rule, way, everyone=everyone)
        parts.append(part.select(*ANSWER).mutate(part=whole(number)))
    answer = parts[0]
    if parts[1:]:
        answer = ibis.union(*parts)
        best = _.code.max().over(group_by="subject")
        answer = answer.mutate(best=best).filter(_.code == _.best)
        answer = answer.mutate(cause=_.cause.min().over(group_by="subject"))
        # The first alternative speaks; for a no, a near miss before the others.
        near = (_.code == FALSE) & _.refusal.isin(["ALP gate", "outside window"])
        answer = first_of(answer, [ibis.desc(near), _.part])
    return answer.mutate(band=ibis.null("string"))


def _as_findings(answer: Any, rule: Rule) -> Any:
    """Return an answer with the columns, words and codes of findings."""
    cause = ibis.cases(*((answer.cause == n, code) for n, code in enumerate(CODES)))
    reason = ibis.cases(
        (answer.code == TRUE, "met"),
        (answer.code == FALSE, answer.refusal),
        else_=cause.fill_null(ibis.literal("interval undecided")),
    )
    word = ibis.cases(
        (answer.code == TRUE, "true"),
        (answer.code == UNDETERMINED, "undetermined"),
        else_="false",
    )
    first, second = (
        answer.first_source.nullif(ibis.literal("")),
        answer.second_source.nullif(ibis.literal("")),
    )
    source = ibis.cases(
        (second.isnull() | (first == second), first),
        (first.isnull(), second),
        else_=first + ibis.literal("; ") + second,
    )
    found = answer.mutate(
        rule=ibis.literal(rule.id),
        version=ibis.literal(rule.version),
        outcome=word,
        limit_source=source,
        reason=reason,
    )
    return found.select(**{name: found[name].cast(kind) for name, kind in FINDING_COLUMNS.items()})
