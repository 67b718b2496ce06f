"""What a rule, or a part of it, comes to for one subject; and verdicts on many results."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from cahill.serum.rules import SYMPTOMS, Criterion
from cahill.serum.verdicts import Case, Cause, Used, Verdict, symptoms, verdict

Causes = frozenset[Cause]
NONE: Causes = frozenset()


@dataclass(frozen=True)
class Judged:
    """What a rule, or a part of it, comes to.

    Parameters
    ----------
    outcome : bool or None
    used : tuple of Used
        The results that decide, in the order of the rule.
    causes : frozenset of Cause
        What leaves it undetermined.
    band : str
    refusal : str
        Code of why it is false: "ALP gate", "outside window", "not persistent" or "not met".
    detail : str
        The refusal in words, with its numbers.
    steps : tuple of str
    value : Fraction or float or None
        Of a formula.
    """

    outcome: bool | None
    used: tuple[Used, ...] = ()
    causes: Causes = NONE
    band: str = ""
    refusal: str = "not met"
    detail: str = ""
    steps: tuple[str, ...] = ()
    value: Fraction | float | None = None


def verdicts_on(criteria: tuple[Criterion, ...], case: Case) -> list[Verdict]:
    """Judge every result by every criterion, in the order of date and row."""
    found: list[Verdict] = []
    for result in case.results:
        found += [
            verdict(criterion, result, case)
            for criterion in criteria
            if criterion.test == result.test
        ]
    return found + [symptoms(case) for criterion in criteria if criterion.test == SYMPTOMS]


def highest(verdicts: Sequence[Verdict]) -> Used | None:
    """Return the result with the highest multiple of its limit, the earliest of several."""
    used = [item.used for item in verdicts if item.used]
    known = [item for item in used if item.limit]
    if not known:
        return used[0] if used else None
    return max(known, key=lambda item: Fraction(item.result.low, item.limit or 1))
