"""Linear expressions and relations as text: ``0.276*R67 = bmIle``, ``a <= 3*(b + c)/2``.

Every table and FluxML file that speaks of sums of fluxes or pools is read here. Names may hold any
character that a known name holds ("glc-D_e", "2pg_c"): known names are tried first, longest first.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import NoReturn, cast

from cahill.core.labelling import Relation
from cahill.errors import InputError, UnknownNameError

_NUMBER = r"(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_RELATIONS = {"=": "=", "==": "=", "<=": "<=", ">=": ">=", "<": "<=", ">": ">="}
_SPLIT = re.compile(r"(<=|>=|==|=|<|>)")


@dataclass(frozen=True)
class LinearSum:
    """A sum of named terms and a constant.

    Parameters
    ----------
    terms : dict of str to float
        Coefficient of each name, in order of first appearance; none is zero.
    constant : float
        What stands without a name.
    """

    terms: dict[str, float]
    constant: float = 0.0

    def plus(self, other: "LinearSum", factor: float = 1.0) -> "LinearSum":
        """Return self + factor * other."""
        terms = dict(self.terms)
        for name, value in other.terms.items():
            terms[name] = terms.get(name, 0.0) + factor * value
        kept = {name: value for name, value in terms.items() if value}
        return LinearSum(kept, self.constant + factor * other.constant)

    def times(self, factor: float) -> "LinearSum":
        """Return factor * self."""
        return LinearSum({}).plus(self, factor)


def parse_sum(text: str, names: Collection[str], kind: str, where: str) -> LinearSum:
    """Read a linear expression.

    Parameters
    ----------
    text : str
        Numbers, names, + - * / and parentheses.
    names : collection of str
        The names that exist.
    kind : str
        What they name ("flux", "pool"), for messages.
    where : str
        File and place, put in front of messages.

    Raises
    ------
    InputError
        If the text is no linear expression.
    UnknownNameError
        If it holds an unknown name.
    """
    reader = _Reader(text, names, kind, where)
    total = reader.sum()
    if reader.token:
        reader.fail(f'"{reader.token}" is not expected there')
    return total


def parse_relation(
    text: str, names: Collection[str], kind: str, where: str
) -> tuple[dict[str, float], Relation, float]:
    """Read ``left <= right`` and return (coefficients, relation, value), everything moved to sides.

    Strict signs are read as the others: on real numbers a fit cannot tell them apart.

    Raises
    ------
    InputError
        If the text is no linear relation, or holds no name.
    UnknownNameError
        If it holds an unknown name.
    """
    parts = _SPLIT.split(text)
    if len(parts) != 3:
        raise InputError(f'{where}: "{text.strip()}" needs one of = <= >= between two sums')
    left, right = (parse_sum(part, names, kind, where) for part in parts[::2])
    difference = left.plus(right, -1.0)
    if not difference.terms:
        raise InputError(f'{where}: "{text.strip()}" constrains nothing')
    relation = cast(Relation, _RELATIONS[parts[1]])
    return difference.terms, relation, -difference.constant


def relations(text: str) -> Iterator[str]:
    """Yield the relations of a text separated by ";", without their labels ("r1: a = b")."""
    for part in text.split(";"):
        bare = part.rpartition(":")[2].strip()
        if bare:
            yield bare


class _Reader:
    """A recursive-descent reader of one expression; `token` is what comes next."""

    def __init__(self, text: str, names: Collection[str], kind: str, where: str) -> None:
        known = "|".join(map(re.escape, sorted(names, key=len, reverse=True)))
        # A known name ends where no letter, digit or underscore follows.
        pattern = rf"\s*(?:((?:{known})(?!\w))|" if known else r"\s*(?:((?!))|"
        self.pattern = re.compile(pattern + rf"({_NUMBER})(?!\w)|(\w+)|(\S))")
        self.text, self.names, self.kind, self.where = text, names, kind, where
        self.position = 0
        self.advance()

    def advance(self) -> None:
        match = self.pattern.match(self.text, self.position)
        known, number, word, other = match.groups() if match else (None,) * 4
        if word:
            raise UnknownNameError(self.kind, word, self.names, self.where)
        self.token = known or number or other or ""
        self.is_name, self.is_number = bool(known), bool(number)
        if match:
            self.position = match.end()

    def fail(self, why: str) -> NoReturn:
        raise InputError(f'{self.where}: "{self.text.strip()}" is not a linear sum: {why}')

    def sum(self) -> LinearSum:
        total = self.product()
        while self.token in ("+", "-") and not self.is_name:
            sign = 1.0 if self.token == "+" else -1.0
            self.advance()
            total = total.plus(self.product(), sign)
        return total

    def product(self) -> LinearSum:
        value = self.factor()
        while self.token in ("*", "/") and not self.is_name:
            divide = self.token == "/"
            self.advance()
            other = self.factor()
            if divide and (other.terms or not other.constant):
                self.fail("division by a name or by zero")
            if value.terms and other.terms:
                self.fail("two names are multiplied")
            if divide:
                value = value.times(1.0 / other.constant)
            elif other.terms:
                value = other.times(value.constant)
            else:
                value = value.times(other.constant)
        return value

    def factor(self) -> LinearSum:
        token, is_name, is_number = self.token, self.is_name, self.is_number
        if token == "":
            self.fail("it ends too early")
        self.advance()
        if is_name:
            return LinearSum({token: 1.0})
        if is_number:
            return LinearSum({}, float(token))
        if token in ("+", "-"):
            return self.factor().times(1.0 if token == "+" else -1.0)
        if token != "(":
            self.fail(f'"{token}" is not expected there')
        inside = self.sum()
        if self.token != ")":
            self.fail("a parenthesis is not closed")
        self.advance()
        return inside
