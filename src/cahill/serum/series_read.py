"""Read a subject's series: every rule along it, decline, fits, notes and provenance."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from cahill.core.laboratory import TESTS
from cahill.errors import InputError
from cahill.io.references import format_reference
from cahill.results.provenance import collect_provenance
from cahill.serum.evaluate import JUDGES, evaluate
from cahill.serum.evaluate_bands import change_factors
from cahill.serum.rules import Change, Rule, find_rule, load_rules
from cahill.serum.series import ModelCourse, SerumSeries
from cahill.serum.series_course import (
    change_rules,
    course_frame,
    decline_frame,
    half_lives,
    log_spread,
)
from cahill.serum.series_fit import FITTED, SeriesFit, fit_series, fit_words, peak_rise
from cahill.serum.series_subject import Subject

if TYPE_CHECKING:
    from cahill.io.lab import LabTable


def serum_series(
    table: "LabTable",
    subject: Subject,
    *,
    persistence_days: int | None = None,
    cv_analytical: float | None = None,
    ladder: str = "acg-bands",
    model: ModelCourse | None = None,
    notes: Sequence[str] = (),
) -> SerumSeries:
    """Read a subject's series.

    Parameters
    ----------
    table : LabTable
        From which the subject was taken; for provenance and counts.
    subject : Subject
        As `series_subject.subject_of` returns it.
    persistence_days : int, optional
        Least days between the first and the last elevated result, instead of the rule's.
    cv_analytical : float, optional
        Analytical coefficient of variation of ALT, %, instead of the rule's.
    ladder : str
        The ladder of ALT drawn behind the values.
    model : ModelCourse, optional
        Drawn beside the values.
    notes : sequence of str
        What the caller has to say.

    Raises
    ------
    InputError, UnknownNameError
        If an option cannot be, or the ladder is none of ALT.
    """
    drawn = find_rule(ladder)
    if drawn.kind != "ladder" or drawn.tests != ("ALT",):
        raise InputError(f'--ladder "{ladder}" is no ladder of ALT; see "cahill serum rules"')
    changes = change_rules(cv_analytical)
    rules = _rules(persistence_days, changes)
    found = tuple(
        (rule, evaluate(rule, subject.results, subject.person, baselines=subject.baselines))
        for rule in rules
    )
    fits, said = _fits(subject, changes)
    keys = dict.fromkeys(rule.source for rule in rules)
    keys |= dict.fromkeys(item.source for test in FITTED for item in half_lives(test))
    return SerumSeries(
        subject=subject,
        course=course_frame(subject, changes),
        declines=_declines(subject, changes),
        rules=found,
        grades=_grades(rules, subject),
        fits=tuple(fits),
        changes=changes,
        ladder=drawn,
        model=model,
        counts=table.counts,
        notes=_notes(table, subject, said, notes),
        sources=tuple(format_reference(key) for key in keys),
        provenance=collect_provenance(
            {path.name: path for path in table.paths},
            {
                "baseline": subject.baseline_from or "none",
                "persistence, d": persistence_days or "the rule's",
                "analytical variation, %": cv_analytical or "the rule's",
                "ladder drawn": drawn.key,
            },
        ),
    )


def _rules(days: int | None, changes: Mapping[str, Rule]) -> list[Rule]:
    """Return the rules that a series decides, with what the caller changed."""
    rules = []
    for rule in load_rules().values():
        if rule.kind not in JUDGES or rule.kind == "reference_limit":
            continue
        if rule.kind == "persistence" and days is not None:
            if days < 1:
                raise InputError(f"--persistence-days {days}: give one day at least")
            ways = tuple(replace(way, lasting_days=days) for way in rule.alternatives)
            rule = replace(rule, alternatives=ways, changes=(*rule.changes, f"{days} d"))
        rules.append(changes[rule.tests[0]] if rule.kind == "change" else rule)
    return rules


def _change(changes: Mapping[str, Rule], test: str) -> Change:
    """Return what the variation of a test is made of; that of ALT for want of its own."""
    change = changes.get(test, changes["ALT"]).change
    assert change is not None
    return change


def _fits(subject: Subject, changes: Mapping[str, Rule]) -> tuple[list[SeriesFit], list[str]]:
    fits, said = [], []
    for test in FITTED:
        if test not in subject.tests:
            continue
        change = _change(changes, test)
        one, why = fit_series(subject, test, log_spread(change), float(change_factors(change)[0]))
        if one is None:
            said.append(why)
            continue
        fits.append(one)
        said += fit_words(one)
        if test not in changes:
            said.append(f"{test}: its variation at rest is assumed to be that of ALT.")
    return fits, said


def _declines(subject: Subject, changes: Mapping[str, Rule]) -> pd.DataFrame:
    frames = []
    for test in FITTED:
        change = _change(changes, test)
        rise = float(change_factors(change)[0])
        frames.append(decline_frame(subject, test, log_spread(change), rise))
    full = [frame for frame in frames if len(frame)]
    return pd.concat(full, ignore_index=True) if full else frames[0]


def alt_rise(subject: Subject, cv_analytical: float | None = None) -> float | None:
    """Return the rise of ALT to its peak, U/L; None if there is none beyond variation."""
    change = _change(change_rules(cv_analytical), "ALT")
    found = peak_rise(subject, "ALT", float(change_factors(change)[0]))
    return found[1] if found else None


def _grades(rules: Sequence[Rule], subject: Subject) -> pd.DataFrame:
    rows = []
    for item in subject.results:
        for rule in rules:
            if rule.kind != "ladder" or rule.tests != (item.test,):
                continue
            found = evaluate(rule, [item], subject.person, baselines=subject.baselines)
            outcome = {True: "true", False: "false", None: "undetermined"}[found.outcome]
            value = f"{found.values[0]} {TESTS[item.test][1]}" if found.values else ""
            rows.append((item.test, item.date, item.row, value, rule.key, outcome, found.band))
    columns = ["test", "date", "row", "value", "rule", "outcome", "band"]
    return pd.DataFrame(rows, columns=columns)


def _notes(
    table: "LabTable", subject: Subject, said: Sequence[str], notes: Sequence[str]
) -> tuple[str, ...]:
    first = (
        f"Baseline: {subject.baseline_from}."
        if subject.baseline_from
        else "The file names no baseline and no start of treatment; rules against a baseline are "
        "undetermined (--baseline first or a date gives one)."
    )
    lost: tuple[str, ...] = ()
    if subject.excluded:
        named = ", ".join(f"row {row} ({reason})" for row, reason, _ in subject.excluded[:10])
        more = ", and more" if len(subject.excluded) > 10 else ""
        lost = (f"Results of the subject that no rule reads: {named}{more}.",)
    return (first, *subject.notes, *lost, *said, *notes, *table.notes)
