"""A rule on one subject: true, false or undetermined, decided in whole numbers, with the reason."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from cahill.core.laboratory import LabResult, Person
from cahill.errors import InputError
from cahill.serum.evaluate_bands import judge_change, judge_ladder, judge_limit
from cahill.serum.evaluate_formulas import judge_formula
from cahill.serum.evaluate_runs import judge_quadrants
from cahill.serum.evaluate_ways import judge_alternatives
from cahill.serum.findings import reason_words
from cahill.serum.judged import Judged
from cahill.serum.rules import Rule
from cahill.serum.verdicts import CODES, Case, Used, baselines_of, order, value_words
from cahill.serum.wording import CARE, outcome_words

JUDGES: Mapping[str, Callable[[Rule, Case], Judged]] = {
    "reference_limit": judge_limit,
    "ladder": judge_ladder,
    "concurrence": judge_alternatives,
    "trigger": judge_alternatives,
    "persistence": judge_alternatives,
    "quadrants": judge_quadrants,
    "change": judge_change,
    "ratio": judge_formula,
    "score": judge_formula,
}


@dataclass(frozen=True)
class Evaluation:
    """What one rule says of one subject.

    Parameters
    ----------
    rule, version : str
    outcome : bool or None
        Biochemical criteria met, not met, or undetermined.
    band : str
        Name of the band, pattern or quadrant; "" if none or not decided.
    code : str
        Key of `findings.REASON_WORDS`.
    reason : str
        The same in words, naming what is missing or what excludes.
    used : tuple of Used
        The results that decide (or leave undecided), in the order of the rule, with their limits.
    value : float or None
        Of a formula.
    steps : tuple of str
        How it was decided, step by step.
    changes : tuple of str
        What the caller changed in the rule.
    """

    rule: str
    version: str
    outcome: bool | None
    band: str
    code: str
    reason: str
    used: tuple[Used, ...]
    value: float | None
    steps: tuple[str, ...]
    changes: tuple[str, ...]

    @property
    def tests(self) -> tuple[str, ...]:
        """Tests of the results used."""
        return tuple(item.result.test for item in self.used)

    @property
    def dates(self) -> tuple[dt.date | None, ...]:
        """Dates of the results used."""
        return tuple(item.result.date for item in self.used)

    @property
    def values(self) -> tuple[str, ...]:
        """Values of the results used, in the tests' units, as text."""
        return tuple(value_words(item.result) for item in self.used)

    @property
    def limits(self) -> tuple[int | None, ...]:
        """What they were compared with, in millionths of the test's unit."""
        return tuple(item.limit for item in self.used)

    @property
    def limit_sources(self) -> tuple[str, ...]:
        """Where the limits came from."""
        return tuple(item.limit_source for item in self.used)


def evaluate(
    rule: Rule,
    results: Sequence[LabResult],
    person: Person | None = None,
    *,
    baselines: Mapping[str, LabResult] | None = None,
    same_draw: bool = False,
) -> Evaluation:
    """Evaluate a rule on the results of one subject.

    Parameters
    ----------
    rule : Rule
    results : sequence of LabResult
        In any order.
    person : Person, optional
    baselines : mapping of str to LabResult, optional
        By test; if None, the last result of each test on or before `person.treatment_start`.
    same_draw : bool
        The results are of one draw of blood, whatever their dates say.

    Returns
    -------
    Evaluation

    Raises
    ------
    InputError
        If the rule is a statement, which no number decides.
    """
    if rule.kind not in JUDGES:
        raise InputError(f"{rule.key} is a statement; it is quoted, not evaluated")
    person = person or Person()
    if baselines is None:
        baselines = baselines_of(results, person.treatment_start)
    case = Case(tuple(sorted(results, key=order)), person, baselines, same_draw)
    judged = JUDGES[rule.kind](rule, case)
    code, reason = _reason(judged)
    # A ratio that only has a pattern or a value to report meets no criteria.
    reported = judged.outcome and rule.floor_meets
    words = [] if reported else [outcome_words(judged.outcome)]
    said = f"{rule.label}: {', '.join([*words, *([judged.band] if judged.band else [])])}"
    said += "" if reported or judged.outcome else f" ({reason})"
    head = (f"rule {rule.label}: {rule.title}", *(f"changed: {change}" for change in rule.changes))
    return Evaluation(
        rule.id,
        rule.version,
        judged.outcome,
        judged.band,
        code,
        reason,
        judged.used,
        None if judged.value is None else float(judged.value),
        tuple(dict.fromkeys((*head, *judged.steps, f"{said}. {CARE}"))),
        rule.changes,
    )


def _reason(judged: Judged) -> tuple[str, str]:
    """Return the reason's code, and its words with what is missing or what excludes."""
    causes = sorted(judged.causes, key=lambda cause: (CODES.index(cause.code), cause.about))
    doubts = "; ".join(dict.fromkeys(cause.words() for cause in causes))
    if judged.outcome is None:
        code = causes[0].code if causes else "interval undecided"
        return code, doubts or reason_words(code)
    code = "met" if judged.outcome else judged.refusal
    words = reason_words(code)
    if judged.detail:
        words = f"{words}: {judged.detail}"
    return code, f"{words}; not decided further: {doubts}" if doubts else words
