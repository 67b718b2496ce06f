"""Logic of true, false and undetermined (None), and comparisons of values known as intervals.

Kleene's strong logic: what is not known never turns into false. A value known as an interval
decides a comparison only if every number in it gives the same answer.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from cahill.core.laboratory import LabResult


def any_of(values: Iterable[bool | None]) -> bool | None:
    """Return whether any is true; undetermined if none is and one is undetermined."""
    found = list(values)
    if True in found:
        return True
    return None if None in found else False


def all_of(values: Iterable[bool | None]) -> bool | None:
    """Return whether all are true; undetermined if none is false and one is undetermined."""
    found = list(values)
    if False in found:
        return False
    return None if None in found else True


def negate(value: bool | None) -> bool | None:
    """Return the opposite; undetermined stays undetermined."""
    return None if value is None else not value


@dataclass(frozen=True)
class Span:
    """The numbers a quantity may be, in millionths of its unit.

    Parameters
    ----------
    low : int
    high : int or None
        None: no upper end.
    above, below : bool
        Whether `low`, `high` itself is excluded.
    """

    low: int
    high: int | None
    above: bool = False
    below: bool = False


def span(result: LabResult) -> Span:
    """Return what a result's value may be."""
    return Span(result.low, result.high, result.above, result.below)


def point(number: int) -> Span:
    """Return a number known exactly."""
    return Span(number, number)


def decide(value: Span, operator: str, factor: Fraction, limit: Span) -> bool | None:
    """Compare a value with a multiple of a limit, in whole numbers.

    Parameters
    ----------
    value, limit : Span
        In millionths of one unit.
    operator : {">", ">=", "<", "<="}
    factor : Fraction
        p/q; the comparison is `value * q > p * limit`. Not negative.

    Returns
    -------
    bool or None
        None if the numbers in the spans do not agree.
    """
    if operator == "<":
        return negate(decide(value, ">=", factor, limit))
    if operator == "<=":
        return negate(decide(value, ">", factor, limit))
    p, q = factor.numerator, factor.denominator
    strict = operator == ">"
    if limit.high is not None:
        least, most = value.low * q, p * limit.high
        apart = value.above or (limit.below and p > 0)
        if least > most or (least == most and (apart or not strict)):
            return True
    if value.high is not None:
        most, least = value.high * q, p * limit.low
        apart = value.below or (limit.above and p > 0)
        if most < least or (most == least and (apart or strict)):
            return False
    return None
