"""What rules are made of: criteria, alternatives, bands, limits.

A criterion is written as it is read aloud, "ALT >= 3 ULN", "TBL > 2 ULN", "ALT > 5 baseline",
"ALT > 500 U/L", and becomes an exact fraction, so that whole numbers decide:
`value * q >= p * limit` with the factor p/q.
"""

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from cahill.core.laboratory import TESTS
from cahill.errors import InputError, UnknownNameError

Operator = Literal[">", ">=", "<", "<="]
Of = Literal["uln", "baseline", "absolute", "person", "value"]

SYMPTOMS = "SYMPTOMS"
"""Stands for a test where a criterion asks for symptoms of the person."""

CRITERION = re.compile(r"(\w+) (>=|>|<=|<) (-?\d+(?:\.\d+)?)(?: (\S+))?")


@dataclass(frozen=True)
class Criterion:
    """One comparison of one test.

    Parameters
    ----------
    test : str
        A key of `TESTS`; `SYMPTOMS` for the person's symptoms; "" for the value of a formula.
    operator : {">", ">=", "<", "<="}
    factor : Fraction
        Multiple of the limit; for "absolute" the threshold itself in the test's unit, for "value"
        the threshold of the formula.
    of : {"uln", "baseline", "absolute", "person", "value"}
        What the factor multiplies.
    """

    test: str
    operator: Operator
    factor: Fraction
    of: Of

    def __str__(self) -> str:
        """Return the criterion as the files write it."""
        if self.of == "person":
            return "symptoms"
        units = {"uln": "ULN", "baseline": "baseline", "absolute": _unit(self.test), "value": ""}
        words = [self.test or "value", self.operator, decimal_text(self.factor), units[self.of]]
        return " ".join(filter(None, words))

    @property
    def strict(self) -> bool:
        """Whether equality does not meet it."""
        return self.operator in (">", "<")


@dataclass(frozen=True)
class Alternative:
    """One way to meet a rule: an anchor, with a partner and behind a gate if there are any.

    It is met if a result meets the anchor, a result within the rule's window of days from it meets
    the partner, and the gate holds on the anchor's date.

    Parameters
    ----------
    anchor : tuple of Criterion
        Any of them; each is a criterion on one result.
    partner : tuple of Criterion
        Any of them; empty if none is asked.
    gate : tuple of Criterion
        All of them, on every result of their tests on the anchor's date; empty if none is asked.
    lasting_days : int, optional
        The anchor is met on consecutive dates, with none between that does not meet it, of which
        the last is so many days after the first.
    lasting_operator : {">=", ">"}
        How the days are compared.
    """

    anchor: tuple[Criterion, ...]
    partner: tuple[Criterion, ...] = ()
    gate: tuple[Criterion, ...] = ()
    lasting_days: int | None = None
    lasting_operator: Operator = ">="

    @property
    def criteria(self) -> tuple[Criterion, ...]:
        """All criteria, in reading order."""
        return self.anchor + self.partner + self.gate

    def __str__(self) -> str:
        """Return the alternative in words."""
        whole = self.lasting_days is None and not self.partner and not self.gate
        parts = [_any(self.anchor, whole)]
        if self.lasting_days is not None:
            parts.append(f"for {self.lasting_operator} {self.lasting_days} d")
        if self.partner:
            parts.append("with " + _any(self.partner, not self.gate))
        if self.gate:
            parts.append("and " + " and ".join(map(str, self.gate)))
        return " ".join(parts)


@dataclass(frozen=True)
class Step:
    """The lower edge of a band: the band is reached if the criterion is met."""

    name: str
    criterion: Criterion


@dataclass(frozen=True)
class Branch:
    """The bands of a ladder under a condition, edges ascending.

    Parameters
    ----------
    steps : tuple of Step
    baseline : {"any", "normal", "abnormal"}
        For which baseline they hold: at or below its ULN ("normal") or above ("abnormal").
    ages : (int or None, int or None)
        First and last year of age for which they hold; None is open.
    """

    steps: tuple[Step, ...]
    baseline: Literal["any", "normal", "abnormal"] = "any"
    ages: tuple[int | None, int | None] = (None, None)

    def holds_at(self, age: int) -> bool:
        """Return whether the branch holds at an age in years."""
        first, last = self.ages
        return (first is None or age >= first) and (last is None or age <= last)


@dataclass(frozen=True)
class ReferenceLimit:
    """An upper limit of normal of a named set, in millionths of the test's unit.

    `sex` is "male", "female" or "" for both; `ages` in years as in `Branch`.
    """

    test: str
    uln: int
    sex: str = ""
    ages: tuple[int | None, int | None] = (None, None)


@dataclass(frozen=True)
class Change:
    """What a reference change value is made of.

    Parameters
    ----------
    test : str
    cv_analytical, cv_within : Fraction
        Analytical and within-subject coefficients of variation, %.
    z : Fraction
        Standard normal deviate; 1.96 for 95 % in both directions.
    against : {"previous", "baseline"}
        With what a result is compared.
    """

    test: str
    cv_analytical: Fraction
    cv_within: Fraction
    z: Fraction
    against: Literal["previous", "baseline"]


@dataclass(frozen=True)
class Quantity:
    """A number that a statement gives, as its source prints it, with unit and spread."""

    name: str
    value: str
    unit: str
    spread: str = ""


def read_criterion(text: str) -> Criterion:
    """Read "ALT >= 3 ULN", "ALT > 5 baseline", "ALT > 500 U/L", "value >= 5" or "symptoms".

    A threshold of its own carries the test's unit; INR has none.

    Raises
    ------
    InputError
        If it is not written like that.
    UnknownNameError
        If there is no such test.
    """
    if text == "symptoms":
        return Criterion(SYMPTOMS, ">=", Fraction(1), "person")
    found = CRITERION.fullmatch(text)
    if not found:
        raise InputError(f'"{text}" is not a criterion; write it like "ALT >= 3 ULN"')
    test, operator, number, of = found.groups()
    if test == "value" and not of:
        return Criterion("", operator, Fraction(number), "value")  # type: ignore[arg-type]
    if test not in TESTS:
        raise UnknownNameError("test", test, TESTS)
    kind = {"ULN": "uln", "baseline": "baseline", _unit(test): "absolute"}.get(of or "")
    if kind is None:
        of = f"in {_unit(test)}" if _unit(test) else "without a unit"
        raise InputError(f'"{text}": write a multiple of ULN or baseline, or a threshold {of}')
    return Criterion(test, operator, Fraction(number), kind)  # type: ignore[arg-type]


def _unit(test: str) -> str:
    """Return the unit in which a test's thresholds are written; "" if it has none."""
    unit = TESTS.get(test, ("", ""))[1]
    return "" if unit == "1" else unit


def _any(criteria: tuple[Criterion, ...], whole: bool) -> str:
    """Return criteria joined by "or", in brackets if they are not the whole."""
    text = " or ".join(map(str, criteria))
    return text if whole or len(criteria) == 1 else f"({text})"


def decimal_text(number: Fraction) -> str:
    """Return a fraction that ends in decimals as the shortest text."""
    return f"{float(number):.15g}"
