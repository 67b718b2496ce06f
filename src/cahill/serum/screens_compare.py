"""Criteria as Ibis expressions over whole numbers, with three outcomes.

An outcome is 0 (false), 1 (undetermined) or 2 (true), so that "any" is the greatest and "all" the
least of several. Nothing here divides: `value > p/q limit` is `value * q > limit * p`, in 64-bit
whole numbers (10,000 U/L is 1e10 millionths; the rules' p and q are below 1e6).
"""

from dataclasses import dataclass
from typing import Any

import ibis

from cahill.core.laboratory import MICRO
from cahill.serum.rules import Criterion

FALSE, UNDETERMINED, TRUE = 0, 1, 2


@dataclass(frozen=True)
class Ends:
    """An interval of whole millionths as columns (or numbers).

    `high` null is no upper end; `below` and `above` say that an end itself is excluded. `low` null
    is an unknown value.
    """

    low: Any
    high: Any
    below: Any
    above: Any


def value_ends(table: Any) -> Ends:
    """Return the interval of a row's value."""
    return Ends(table.low, table.high, table.below.fill_null(False), table.above.fill_null(False))


def limit_ends(table: Any, criterion: Criterion) -> Ends:
    """Return what a criterion compares a row's value with, before the factor.

    For a criterion on the baseline the row must have the columns `base_low`, `base_high`,
    `base_below` and `base_above`.
    """
    if criterion.of == "uln":
        uln = table.uln.nullif(0)
        return Ends(uln, uln, False, False)
    if criterion.of == "baseline":
        # Nothing can be told from a baseline of 0.
        return Ends(
            (table.base_high == 0).fill_null(False).ifelse(ibis.null("int64"), table.base_low),
            table.base_high,
            table.base_below.fill_null(False),
            table.base_above.fill_null(False),
        )
    # A plain number, so that Python multiplies it: an engine may take the product for 32 bits.
    return Ends(MICRO, MICRO, False, False)


def compare(value: Ends, criterion: Criterion, limit: Ends) -> Any:
    """Return the outcome of a criterion for an interval against an interval.

    It is true or false only where every value and limit in the intervals agree.
    """
    p, q = criterion.factor.numerator, criterion.factor.denominator
    least, most = value.low * q, value.high * q
    lower, upper = limit.low * p, limit.high * p
    # The value is above (or at) the threshold whatever they are, or below (or at) it.
    over = (least > upper) | ((least == upper) & (value.above | limit.below))
    under = (most < lower) | ((most == lower) & (value.below | limit.above))
    sure, never = {
        ">": (over, most <= lower),
        ">=": (least >= upper, under),
        "<": (under, least >= upper),
        "<=": (most <= lower, over),
    }[criterion.operator]
    return ibis.cases(
        (sure.fill_null(False), TRUE), (never.fill_null(False), FALSE), else_=UNDETERMINED
    )


def outcome_word(code: Any) -> Any:
    """Return an outcome as the word findings carry."""
    return ibis.cases((code == TRUE, "true"), (code == FALSE, "false"), else_="undetermined")
