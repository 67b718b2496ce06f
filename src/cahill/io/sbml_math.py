"""SBML formulae into CasADi expressions, straight from libSBML's syntax tree."""

import math
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import TypeAlias

import casadi as ca
import libsbml

from cahill.errors import ModelError

Expression: TypeAlias = ca.SX | float
"""A CasADi scalar, or a plain number (kept plain: arithmetic on floats is far cheaper)."""

Lookup: TypeAlias = Callable[[str], Expression]

_AVOGADRO = 6.02214179e23  # the value SBML L3 prescribes


def translate(
    node: libsbml.ASTNode,
    lookup: Lookup,
    time: Expression,
    functions: Mapping[str, libsbml.FunctionDefinition],
) -> Expression:
    """Return the expression of an SBML formula.

    Parameters
    ----------
    node : libsbml.ASTNode
        Root of the formula.
    lookup : callable
        Identifier -> expression.
    time : casadi.SX or float
        What the time symbol stands for.
    functions : mapping of str to libsbml.FunctionDefinition
        Function definitions of the model; each call is expanded in place.

    Raises
    ------
    ModelError
        For delays, random or unknown functions.
    """
    kind = node.getType()
    if kind == libsbml.AST_NAME:
        return lookup(node.getName())
    if node.isNumber():
        return float(node.getValue())
    if kind in _CONSTANTS:
        return _CONSTANTS[kind]
    if kind == libsbml.AST_NAME_TIME:
        return time
    if kind == libsbml.AST_FUNCTION:
        return _call(node, lookup, time, functions)
    arguments = [
        translate(node.getChild(i), lookup, time, functions) for i in range(node.getNumChildren())
    ]
    operation = _OPERATIONS.get(kind)
    if operation is None:
        raise ModelError(
            f'SBML formula "{libsbml.formulaToL3String(node)}" uses a function that cannot be '
            "integrated (delay, rateOf, distribution); rewrite it without"
        )
    return operation(*arguments)


def _call(
    node: libsbml.ASTNode,
    lookup: Lookup,
    time: Expression,
    functions: Mapping[str, libsbml.FunctionDefinition],
) -> Expression:
    name = node.getName()
    if name not in functions:
        raise ModelError(f'SBML function "{name}" is used but not defined; add its definition')
    definition = functions[name]
    count = definition.getNumArguments()
    if count != node.getNumChildren():
        raise ModelError(
            f'SBML function "{name}" takes {count} arguments, '
            f"{node.getNumChildren()} are given; correct the call"
        )
    bound = {
        definition.getArgument(i).getName(): translate(node.getChild(i), lookup, time, functions)
        for i in range(count)
    }

    def inner(identifier: str) -> Expression:
        if identifier in bound:
            return bound[identifier]
        raise ModelError(
            f'SBML function "{name}" uses "{identifier}", which is none of its arguments; add it'
        )

    return translate(definition.getBody(), inner, time, functions)


def _is_number(*values: Expression) -> bool:
    return all(isinstance(value, float) for value in values)


def _sum(*terms: Expression) -> Expression:
    total: Expression = 0.0
    for index, term in enumerate(terms):
        total = term if index == 0 else total + term
    return total


def _product(*factors: Expression) -> Expression:
    total: Expression = 1.0
    for index, factor in enumerate(factors):
        total = factor if index == 0 else total * factor
    return total


def _minus(left: Expression, right: Expression | None = None) -> Expression:
    return -left if right is None else left - right


def _divide(left: Expression, right: Expression) -> Expression:
    # Plain numbers too go through CasADi when the divisor is zero: infinity, not an exception.
    if _is_number(right) and right == 0:
        return ca.SX(left) / right
    return left / right


def _power(base: Expression, exponent: Expression) -> Expression:
    if _is_number(exponent):
        if exponent == 1:
            return base
        if exponent == int(exponent) and 2 <= abs(exponent) <= 4 and not _is_number(base):
            # Repeated multiplication is several times faster than pow and exact at zero.
            value = _product(*[base] * int(abs(exponent)))
            return value if exponent > 0 else 1 / value
    return ca.power(ca.SX(base), exponent)


def _root(*arguments: Expression) -> Expression:
    if len(arguments) == 1:
        return ca.sqrt(ca.SX(arguments[0]))
    degree, radicand = arguments
    if _is_number(degree) and degree == 2:
        return ca.sqrt(ca.SX(radicand))
    return ca.power(ca.SX(radicand), _divide(1.0, degree))


def _log(*arguments: Expression) -> Expression:
    if len(arguments) == 1:
        return ca.log10(ca.SX(arguments[0]))
    base, argument = arguments
    if _is_number(base) and base == 10:
        return ca.log10(ca.SX(argument))
    return ca.log(ca.SX(argument)) / ca.log(ca.SX(base))


def _piecewise(*arguments: Expression) -> Expression:
    pieces = [(arguments[i], arguments[i + 1]) for i in range(0, len(arguments) - 1, 2)]
    value = arguments[-1] if len(arguments) % 2 else math.nan
    for piece, condition in reversed(pieces):
        value = ca.if_else(ca.SX(condition), piece, value)
    return value


def _chain(compare: Callable) -> Callable[..., Expression]:
    def relation(*terms: Expression) -> Expression:
        pairs = [compare(ca.SX(a), b) for a, b in pairwise(terms)]
        return _and(*pairs)

    return relation


def _and(*terms: Expression) -> Expression:
    total: Expression = 1.0
    for index, term in enumerate(terms):
        total = term if index == 0 else ca.logic_and(total, term)
    return total


def _or(*terms: Expression) -> Expression:
    total: Expression = 0.0
    for index, term in enumerate(terms):
        total = term if index == 0 else ca.logic_or(total, term)
    return total


def _xor(*terms: Expression) -> Expression:
    total: Expression = 0.0
    for term in terms:
        total = ca.ne(ca.SX(total), ca.logic_not(ca.logic_not(term)))
    return total


def _extreme(pick: Callable) -> Callable[..., Expression]:
    def fold(*terms: Expression) -> Expression:
        value = ca.SX(terms[0])
        for term in terms[1:]:
            value = pick(value, term)
        return value

    return fold


def _quotient(left: Expression, right: Expression) -> Expression:
    ratio = ca.SX(left) / right
    return ca.if_else(ratio >= 0, ca.floor(ratio), ca.ceil(ratio))


def _factorial(value: Expression) -> Expression:
    if not _is_number(value):
        raise ModelError("SBML factorial of a variable has no derivative; use a number")
    return math.gamma(value + 1)


def _unary(function: Callable) -> Callable[[Expression], Expression]:
    return lambda value: function(ca.SX(value))


_CONSTANTS = {
    libsbml.AST_CONSTANT_E: math.e,
    libsbml.AST_CONSTANT_PI: math.pi,
    libsbml.AST_CONSTANT_TRUE: 1.0,
    libsbml.AST_CONSTANT_FALSE: 0.0,
    libsbml.AST_NAME_AVOGADRO: _AVOGADRO,
}

_OPERATIONS: dict[int, Callable[..., Expression]] = {
    libsbml.AST_PLUS: _sum,
    libsbml.AST_TIMES: _product,
    libsbml.AST_MINUS: _minus,
    libsbml.AST_DIVIDE: _divide,
    libsbml.AST_POWER: _power,
    libsbml.AST_FUNCTION_POWER: _power,
    libsbml.AST_FUNCTION_ROOT: _root,
    libsbml.AST_FUNCTION_LOG: _log,
    libsbml.AST_FUNCTION_LN: _unary(ca.log),
    libsbml.AST_FUNCTION_EXP: _unary(ca.exp),
    libsbml.AST_FUNCTION_ABS: _unary(ca.fabs),
    libsbml.AST_FUNCTION_FLOOR: _unary(ca.floor),
    libsbml.AST_FUNCTION_CEILING: _unary(ca.ceil),
    libsbml.AST_FUNCTION_FACTORIAL: _factorial,
    libsbml.AST_FUNCTION_QUOTIENT: _quotient,
    libsbml.AST_FUNCTION_REM: lambda a, b: ca.fmod(ca.SX(a), b),
    libsbml.AST_FUNCTION_MIN: _extreme(ca.fmin),
    libsbml.AST_FUNCTION_MAX: _extreme(ca.fmax),
    libsbml.AST_FUNCTION_PIECEWISE: _piecewise,
    libsbml.AST_FUNCTION_SIN: _unary(ca.sin),
    libsbml.AST_FUNCTION_COS: _unary(ca.cos),
    libsbml.AST_FUNCTION_TAN: _unary(ca.tan),
    libsbml.AST_FUNCTION_SEC: _unary(lambda x: 1 / ca.cos(x)),
    libsbml.AST_FUNCTION_CSC: _unary(lambda x: 1 / ca.sin(x)),
    libsbml.AST_FUNCTION_COT: _unary(lambda x: 1 / ca.tan(x)),
    libsbml.AST_FUNCTION_SINH: _unary(ca.sinh),
    libsbml.AST_FUNCTION_COSH: _unary(ca.cosh),
    libsbml.AST_FUNCTION_TANH: _unary(ca.tanh),
    libsbml.AST_FUNCTION_SECH: _unary(lambda x: 1 / ca.cosh(x)),
    libsbml.AST_FUNCTION_CSCH: _unary(lambda x: 1 / ca.sinh(x)),
    libsbml.AST_FUNCTION_COTH: _unary(lambda x: 1 / ca.tanh(x)),
    libsbml.AST_FUNCTION_ARCSIN: _unary(ca.asin),
    libsbml.AST_FUNCTION_ARCCOS: _unary(ca.acos),
    libsbml.AST_FUNCTION_ARCTAN: _unary(ca.atan),
    libsbml.AST_FUNCTION_ARCSINH: _unary(ca.asinh),
    libsbml.AST_FUNCTION_ARCCOSH: _unary(ca.acosh),
    libsbml.AST_FUNCTION_ARCTANH: _unary(ca.atanh),
    libsbml.AST_RELATIONAL_LT: _chain(ca.lt),
    libsbml.AST_RELATIONAL_LEQ: _chain(ca.le),
    libsbml.AST_RELATIONAL_GT: _chain(ca.gt),
    libsbml.AST_RELATIONAL_GEQ: _chain(ca.ge),
    libsbml.AST_RELATIONAL_EQ: _chain(ca.eq),
    libsbml.AST_RELATIONAL_NEQ: _chain(ca.ne),
    libsbml.AST_LOGICAL_AND: _and,
    libsbml.AST_LOGICAL_OR: _or,
    libsbml.AST_LOGICAL_XOR: _xor,
    libsbml.AST_LOGICAL_NOT: _unary(ca.logic_not),
    libsbml.AST_LOGICAL_IMPLIES: lambda a, b: ca.logic_or(ca.logic_not(ca.SX(a)), b),
}
