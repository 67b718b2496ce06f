"""The one door for units: everything behind it is a float in the model's own units.

pint is imported on first use only, because its registry takes longer to build than most commands
take to run. Unit texts that the model's own tables use are recognised without it.
"""

import re
import tokenize
from functools import lru_cache
from typing import TYPE_CHECKING

from cahill.errors import UnitError

if TYPE_CHECKING:
    import pint

CORTISOL_G_PER_MOL = 362.46
"""Molar mass of cortisol (C21H30O5), g/mol."""

INSULIN_PMOL_PER_MILLIUNIT = 6.0
"""Amount of human insulin in one milli-unit, pmol: 1 uU/mL = 6.0 pmol/L."""

COMMON_UNITS = frozenset(
    {
        *("1", "dimensionless", "min", "h", "d", "s", "1/min", "1/h", "1/d", "L", "mL", "kg", "g"),
        *("mmol", "umol", "mmol/L", "umol/L", "nmol/L", "pmol/L", "mM", "uM", "nM", "L/mmol"),
        *("mmol/min", "umol/min", "mmol/h", "umol/kg/min", "mmol/L/min", "L/min", "L/kg"),
        *("U", "U/L"),
    }
)
"""Unit texts accepted without building the registry (a test proves that pint reads each)."""

EXAMPLES = "mmol/L, umol/kg/min, mmol/min, 1/min, h, U/L, dimensionless"

_QUANTITY_TEXT = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*(.*?)\s*")
_PARSE_FAULTS = (ValueError, TypeError, AttributeError, SyntaxError, tokenize.TokenError)
_INSULIN_UNITS = {
    "uU/mL": INSULIN_PMOL_PER_MILLIUNIT,
    "mU/L": INSULIN_PMOL_PER_MILLIUNIT,
    "uIU/mL": INSULIN_PMOL_PER_MILLIUNIT,
    "mIU/L": INSULIN_PMOL_PER_MILLIUNIT,
}


@lru_cache(maxsize=1)
def _registry() -> "pint.UnitRegistry":
    import pint

    registry = pint.UnitRegistry(cache_folder=None)
    registry.define("fold = 1")
    return registry


@lru_cache(maxsize=512)
def _unit(text: str) -> "pint.Unit":
    import pint

    if not text.strip():
        raise UnitError(f"the unit is missing; write one such as {EXAMPLES}")
    if "//" in text:
        raise UnitError(f'unknown unit "{text}"; write one such as {EXAMPLES}')
    # pint reads "1" and "1/min" as expressions, not as units.
    spelled = re.sub(r"^1(?=$|/)", "dimensionless", text.strip()).replace("µ", "u")
    try:
        return _registry().parse_units(spelled)
    except (*_PARSE_FAULTS, pint.errors.PintError) as error:
        raise UnitError(f'unknown unit "{text}"; write one such as {EXAMPLES}') from error


def check_unit(unit: str) -> None:
    """Refuse a unit that is missing or unknown.

    Raises
    ------
    UnitError
        With the text as given and examples of valid ones.
    """
    if unit not in COMMON_UNITS:
        _unit(unit)


def check_dimension(unit: str, like: str) -> None:
    """Refuse a unit that does not measure the same thing as another.

    Parameters
    ----------
    unit : str
        The unit to judge.
    like : str
        A unit of the wanted dimension; it is the example in the message.

    Raises
    ------
    UnitError
        If either is unknown or the dimensions differ.
    """
    if unit == like and unit in COMMON_UNITS:
        return
    if _unit(unit).dimensionality != _unit(like).dimensionality:
        raise UnitError(f'unit "{unit}" cannot be turned into "{like}"; write one such as {like}')


def to(value: float, from_unit: str, to_unit: str) -> float:
    """Convert a number from one unit to another.

    Parameters
    ----------
    value : float
        The number in `from_unit`.
    from_unit, to_unit : str
        Unit texts, such as "ug/dL", "umol/kg/min", "U/L". "U" is the enzyme unit, umol/min.

    Returns
    -------
    float
        The number in `to_unit`.

    Raises
    ------
    UnitError
        If a unit is missing or unknown, or the two measure different things.
    """
    check_dimension(from_unit, to_unit)
    if from_unit == to_unit:
        return float(value)
    return float(_registry().Quantity(value, _unit(from_unit)).to(_unit(to_unit)).magnitude)


def parse_quantity_text(text: str) -> tuple[float, str]:
    """Split "16 uU/mL" into its number and its unit.

    Returns
    -------
    tuple of (float, str)
        The number and the unit text, which is known to be valid.

    Raises
    ------
    UnitError
        If there is no number, or the unit is missing or unknown.
    """
    match = _QUANTITY_TEXT.fullmatch(text)
    if match is None:
        raise UnitError(
            f'"{text}" is not a number with a unit; write it as "16 uU/mL" or "5 mmol/L"'
        )
    value, unit = float(match[1]), match[2]
    if not unit:
        raise UnitError(f'"{text}" has no unit; write one such as "{match[1]} mmol/L" ({EXAMPLES})')
    if unit not in _INSULIN_UNITS:
        check_unit(unit)
    return value, unit


def insulin_pmol_per_l(value: float, unit: str) -> float:
    """Convert an insulin concentration to pmol/L, from units of activity or of amount.

    Parameters
    ----------
    value : float
        Concentration in `unit`.
    unit : str
        "uU/mL", "mU/L" (1 of either is 6.0 pmol/L) or any molar concentration.

    Raises
    ------
    UnitError
        If the unit is neither.
    """
    if unit in _INSULIN_UNITS:
        return float(value) * _INSULIN_UNITS[unit]
    return to(value, unit, "pmol/L")


def per_kg_to_whole_body(value: float, body_weight: float) -> float:
    """Turn a flux in umol/kg body weight/min into mmol/min for the whole body.

    Parameters
    ----------
    value : float
        Flux, umol/kg/min.
    body_weight : float
        Body weight, kg.
    """
    return value * _positive_weight(body_weight) / 1000.0


def whole_body_to_per_kg(value: float, body_weight: float) -> float:
    """Turn a flux in mmol/min into umol/kg body weight/min (inverse of `per_kg_to_whole_body`)."""
    return value * 1000.0 / _positive_weight(body_weight)


def _positive_weight(body_weight: float) -> float:
    if not body_weight > 0:
        raise UnitError(f"body weight {body_weight:g} kg is not positive; write one such as 70")
    return body_weight
