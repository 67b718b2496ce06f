"""What a person writes at the command line, as results of one draw.

Messages name the option and never repeat what was written: a value may be somebody's.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

from cahill.core.laboratory import MICRO, TESTS, LabResult
from cahill.errors import InputError, UnitError
from cahill.io.lab_units import HIGHEST, bare_unit, unit_factors
from cahill.serum.rules import default_limit

NO_UNIT_NEEDED = frozenset({"ALT", "AST", "ALP", "GGT", "CK", "INR", "PLT", "EOS"})
"""Tests that may be written without a unit: one is used everywhere for those (platelets: 10*9/L,
which is 10*3/uL). Bilirubin, albumin and haemoglobin have two in common use."""

EXAMPLE_UNITS = {
    **dict.fromkeys(("ALT", "AST", "ALP", "GGT", "CK"), "U/L, IU/L or ukat/L"),
    **dict.fromkeys(("TBL", "DBL"), "umol/L or mg/dL"),
    "ALB": "g/L or g/dL",
    "HB": "g/L or mg/dL",
    "INR": "none (it is a ratio)",
    "PLT": "10*9/L or 10*3/uL",
    "EOS": "% (of leucocytes)",
}

_WRITTEN = re.compile(
    r"(?P<sign><=|>=|<|>|\u2264|\u2265)?\s*(?P<low>\d+(?:\.\d+)?)"
    r"(?:\s*[-\u2013]\s*(?P<high>\d+(?:\.\d+)?))?"
    r"(?:\s+(?P<apart>\S.*)|(?P<joined>[^\d\s.,].*))?"
)


def written_result(
    test: str,
    text: str,
    option: str,
    *,
    uln: str = "",
    uln_option: str = "",
    lln: str = "",
    lln_option: str = "",
) -> LabResult:
    """Read a value and its limits as they are written in options.

    Parameters
    ----------
    test : str
        A key of `TESTS`.
    text : str
        "95", "95 U/L", "1.2 mg/dL", "<5", ">1000 U/L" or "5-10".
    option : str
        Name of the option, for messages.
    uln, lln : str
        Limits of normal; without a unit of their own they have that of the value. Blank: none.
    uln_option, lln_option : str

    Raises
    ------
    InputError
        If a number cannot be read or cannot be (negative, beyond what a person survives), or a
        limit is not a single positive number.
    UnitError
        If the unit is missing where two are in use, or not known for the test.
    """
    low, high, unit, sign = _parts(test, text, option)
    if (low if high is None else high) > HIGHEST[test] * MICRO:
        raise InputError(f"{option}: {test} cannot be as high as that; check number and unit")
    upper = _limit(test, uln, uln_option, unit) if uln else None
    return LabResult(
        test,
        low,
        high,
        below=sign == "<",
        above=sign == ">",
        uln=upper,
        lln=_limit(test, lln, lln_option, unit) if lln else None,
        uln_source="row" if upper is not None else "",
        text=text.strip(),
        unit=unit or TESTS[test][1],
    )


def with_default_limit(result: LabResult, name: str, sex: str, age: int | None) -> LabResult:
    """Give a result without an upper limit that of a named set, if the set has one."""
    if result.uln is not None or not name:
        return result
    uln = default_limit(name, result.test, sex, age)
    return result if uln is None else replace(result, uln=uln, uln_source=f"default {name}")


def written_number(text: str, option: str, what: str) -> Fraction | None:
    """Read a positive decimal number; a blank text is None.

    Raises
    ------
    InputError
        If it is not one.
    """
    if not text.strip():
        return None
    if not re.fullmatch(r"\d+(?:\.\d+)?", text.strip()) or Fraction(text) <= 0:
        raise InputError(f"{option}: write {what}")
    return Fraction(text)


def written_years(text: str) -> int | None:
    """Read an age; a blank text is None.

    Raises
    ------
    InputError
        If it is not whole years from 0 to 130.
    """
    if not text.strip():
        return None
    if not re.fullmatch(r"\d{1,3}", text.strip()) or int(text) > 130:
        raise InputError("--age: write whole years, such as 45")
    return int(text)


def _parts(test: str, text: str, option: str) -> tuple[int, int | None, str, str]:
    """Return the ends in millionths of the held unit, the unit as written, and the sign."""
    found = _WRITTEN.fullmatch(text.strip())
    if not found or (found["sign"] and found["high"]):
        raise InputError(
            f"{option}: this is not a value of {test}; write a number with a decimal point and its "
            "unit, such as 95 or <5 or 5-10"
        )
    unit = (found["apart"] or found["joined"] or "").strip()
    scaled = _scale(test, unit, option)
    number = scaled(found["low"])
    sign = (found["sign"] or "").replace("\u2264", "<=").replace("\u2265", ">=")
    if sign.startswith("<"):
        return 0, number, unit, sign
    if sign.startswith(">"):
        return number, None, unit, sign
    high = scaled(found["high"]) if found["high"] else number
    if high < number:
        raise InputError(f"{option}: the value ends below where it begins")
    return number, high, unit, sign


def _scale(test: str, unit: str, option: str) -> Callable[[str], int]:
    """Return what turns a written number into millionths of the held unit."""
    if not unit and test not in NO_UNIT_NEEDED:
        raise UnitError(f"{option}: the unit is missing; write {EXAMPLE_UNITS[test]}")
    factor = unit_factors().get((test, bare_unit(unit or TESTS[test][1])))
    if factor is None:
        raise UnitError(
            f"{option}: the unit is not one of those known for {test}; write {EXAMPLE_UNITS[test]}"
        )
    return lambda text: round(Fraction(text) * factor * MICRO)


def _limit(test: str, text: str, option: str, unit: str) -> int:
    found = _WRITTEN.fullmatch(text.strip())
    own = found and (found["apart"] or found["joined"])
    low, high, _, sign = _parts(test, text if own or not unit else f"{text} {unit}", option)
    if sign or low != high or low <= 0:
        raise InputError(f"{option}: a limit is one positive number; leave it out if not known")
    return low
