"""Units of tracer studies: per kg or whole body, moles or grams, dpm or curies, to one of each.

Afterwards rates are umol/kg/min or dpm/kg/min, primes umol/kg or dpm/kg, concentrations umol/L,
volumes L/kg, specific activities dpm/umol, and enrichments fractions or ratios.
"""

import re

from cahill.core.tracer_infusion import EnrichmentKind
from cahill.core.units import check_dimension, check_unit, to
from cahill.errors import InputError, UnitError

RATE = "/min"
PRIME = ""
"""What an infused amount is divided by, besides body weight."""


def _spelled(unit: str) -> str:
    """Return a unit text with dpm (disintegrations per minute) in words the units library has."""
    if not unit:
        raise UnitError("the unit is missing; write one such as umol/kg/min, umol/L, %, dpm/umol")
    return re.sub(r"\bdpm\b", "count/min", unit)


def _measures(unit: str, like: str) -> bool:
    """Return whether a unit has the dimension of another; an unknown unit is refused."""
    check_unit(unit)
    try:
        check_dimension(unit, like)
    except UnitError:
        return False
    return True


def is_radioactive(unit: str, over: str = RATE) -> bool:
    """Return whether an infused amount is one of radioactivity.

    Parameters
    ----------
    unit : str
        "umol/kg/min", "dpm/min", "uCi/kg/h".
    over : str
        `RATE` or `PRIME`.
    """
    text = _spelled(unit)
    return any(_measures(text, f"count/min{over}{per}") for per in ("", "/kg"))


def infused(
    value: float,
    unit: str,
    over: str,
    *,
    analyte: str,
    molar_mass: float | None,
    subject: str,
    weight: float | None,
) -> float:
    """Return an infused amount or rate per kg body weight, in umol or dpm.

    Parameters
    ----------
    value : float
        In `unit`.
    unit : str
        Any of amount, mass or radioactivity, per kg body weight or for the whole body.
    over : str
        `RATE` or `PRIME`.
    analyte, molar_mass : str, float or None
        Its name, and g/mol if known.
    subject, weight : str, float or None
        Whose, and kg if known.

    Raises
    ------
    InputError
        If molar mass or body weight is needed and not known.
    UnitError
        If the unit is missing, unknown or of another dimension.
    """
    text = _spelled(unit)
    # A mass per kg body weight has no mass left in its dimension, so its letters must show it.
    by_weight = bool(re.search(r"/\s*kg\b", text))
    for amount, factor in (("umol", 1.0), ("count/min", 1.0), ("ug", None)):
        like = f"{amount}{over}/kg" if by_weight else f"{amount}{over}"
        if amount == "ug" and by_weight:
            like = f"ug/kg{over}"
            if not re.search(r"g\s*/", text):
                continue
        if not _measures(text, like):
            continue
        converted = to(value, text, like)
        if factor is None:
            converted /= _mass(molar_mass, analyte, unit)
        return converted if by_weight else converted / _weight(weight, subject, unit)
    raise UnitError(
        f'unit "{unit}" is not an amount or radioactivity{" a minute" if over else ""}; '
        f"write one such as umol/kg{over}, mg/kg{over}, dpm{over}"
    )


def concentration(value: float, unit: str, analyte: str, molar_mass: float | None) -> float:
    """Return a concentration in umol/L, from moles or grams per volume."""
    text = _spelled(unit)
    if _measures(text, "ug/L"):
        return to(value, text, "ug/L") / _mass(molar_mass, analyte, unit)
    return to(value, text, "umol/L")


def volume_per_kg(value: float, unit: str) -> float:
    """Return a volume of distribution in L/kg."""
    return to(value, _spelled(unit), "L/kg")


def enrichment(
    value: float, unit: str, kind: EnrichmentKind, analyte: str, molar_mass: float | None
) -> float:
    """Return an enrichment as a fraction (MPE, APE), a ratio (TTR) or dpm/umol (SA).

    Raises
    ------
    UnitError
        If the unit is missing or does not fit the kind.
    """
    text = _spelled(unit)
    if kind != "SA":
        if not _measures(text, "1"):
            raise UnitError(f'unit "{unit}" of {kind} is not a share; write % or 1')
        return to(value, text, "1")
    if _measures(text, "count/min/ug"):
        return to(value, text, "count/min/ug") * _mass(molar_mass, analyte, unit)
    if not _measures(text, "count/min/umol"):
        raise UnitError(f'unit "{unit}" of SA is not a specific activity; write dpm/umol')
    return to(value, text, "count/min/umol")


def _mass(molar_mass: float | None, analyte: str, unit: str) -> float:
    """Return the molar mass, ug/umol."""
    if molar_mass is None:
        raise InputError(
            f'"{unit}" needs the molar mass of {analyte}; give molar_mass (g/mol) in the table of '
            "analytes, or moles"
        )
    return molar_mass


def _weight(weight: float | None, subject: str, unit: str) -> float:
    if weight is None:
        raise InputError(
            f'"{unit}" needs the weight of {subject}; give a table of subjects (subject, weight, '
            "unit), or write it per kg"
        )
    return weight
