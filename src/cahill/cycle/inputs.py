"""What a scenario may set: the inputs of the model, with the unit and range of each.

A scenario is written in the units of the laboratory (ug/dL of cortisol, uU/mL of insulin,
umol/kg/min of an infusion); here each becomes the one number the model reads.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import inf, isfinite
from pathlib import Path

from cahill.core.parameters import Parameter, ParameterSet
from cahill.core.units import CORTISOL_G_PER_MOL, insulin_pmol_per_l, parse_quantity_text, to
from cahill.errors import InputError, UnitError
from cahill.io.tables import read_parameters, read_species

DATA = Path(str(files("cahill") / "data"))

SHARE = "dimensionless"
PER_KG = "/kg"
BODY_WEIGHT = 70.0
"""kg; the model's man, for rates given per kg of body weight."""

GLUCOSE_G_PER_MOL = 180.16
ALANINE_G_PER_MOL = 89.09


@dataclass(frozen=True)
class InputKind:
    """One input of the model.

    Parameters
    ----------
    unit : str
        Unit of the model's parameter.
    example : str
        A value as a laboratory would write it.
    highest : float
        Largest value with a meaning, in `unit`; the smallest is zero.
    molar_mass : float, optional
        g/mol; set where the laboratory reports a mass.
    insulin : bool
        Read in insulin units as well (uU/mL).
    """

    unit: str
    example: str
    highest: float = inf
    molar_mass: float | None = None
    insulin: bool = False


@dataclass(frozen=True)
class ScenarioInput:
    """One input held at one value between two times.

    Parameters
    ----------
    name : str
        A parameter of the model's table of inputs.
    value : float
        In the model's unit.
    start, end : float
        min; the input acts from `start` up to, not including, `end`.
    text : str
        The value as the file writes it.
    grade, source, note : str
        Evidence for the value; empty where the file gives none.
    """

    name: str
    value: float
    start: float
    end: float
    text: str = ""
    grade: str = ""
    source: str = ""
    note: str = ""


# How a laboratory writes an input, and its molar mass where the laboratory reports a mass.
_AS_MEASURED: dict[str, tuple[str, float | None]] = {
    "glucose_infusion": ("2 mg/kg/min", GLUCOSE_G_PER_MOL),
    "alanine_infusion": ("6 umol/kg/min", ALANINE_G_PER_MOL),
    "glutamine_infusion": ("6 umol/kg/min", 146.14),
    "amino_acid_infusion": ("3 mmol/kg/h", None),
    "meal_glucose": ("0.4 g/min", GLUCOSE_G_PER_MOL),
    "glucose_clamp": ("90 mg/dL", GLUCOSE_G_PER_MOL),
    "insulin_clamp": ("16 uU/mL", None),
    "glucagon_clamp": ("94 pg/mL", 3482.8),
    "cortisol_level": ("32 ug/dL", CORTISOL_G_PER_MOL),
    "epinephrine_level": ("834 pg/mL", 183.20),
    "dexamethasone": ("1 umol/L", 392.46),
    "injury_rate": ("0.002 1/h", None),
}
# Inputs without a unit are shares between 0 and 1, except these, which are relative to normal.
_RELATIVE_INPUTS = frozenset({"androgen", "KLF15_activity"})
_STATE_G_PER_MOL = {
    "Glc_blood": GLUCOSE_G_PER_MOL,
    "Ala_blood": ALANINE_G_PER_MOL,
    "Cortisol": CORTISOL_G_PER_MOL,
}
_RATE_RULE = re.compile(r"^(\w+)' *=", re.MULTILINE)


@cache
def inputs() -> Mapping[str, InputKind]:
    """Return the inputs of the model by name, as its table of inputs has them."""
    return {row.id: _input_kind(row) for row in _table("inputs").parameters}


def _input_kind(row: Parameter) -> InputKind:
    name, unit = row.id, row.quantity.unit
    if unit == SHARE:
        relative = name in _RELATIVE_INPUTS
        return InputKind(unit, "3" if relative else "80 %", inf if relative else 1.0)
    example, molar_mass = _AS_MEASURED.get(name, (f"1 {unit}", None))
    return InputKind(unit, example, molar_mass=molar_mass, insulin=name == "insulin_clamp")


@cache
def states() -> Mapping[str, InputKind]:
    """Return the states of the model by name: its species, and what has a rate of change."""
    models = DATA / "models"
    species = read_species(models / "species.tsv").values()
    units = {row.id: "mmol/L" for row in species if not (row.boundary or row.enzyme_bound)}
    for module in sorted(models.glob("*.ant")):
        units |= dict.fromkeys(_RATE_RULE.findall(module.read_text(encoding="utf-8")), SHARE)
    # What no table starts is a metabolite, or relative to the reference man.
    measured = _table("literature")
    units |= {name: measured[name].quantity.unit for name in units if name in measured}
    return {name: _state_kind(name, unit) for name, unit in units.items()}


def _state_kind(name: str, unit: str) -> InputKind:
    example = "1.5" if unit == SHARE else f"5 {unit}"
    return InputKind(
        unit, example, molar_mass=_STATE_G_PER_MOL.get(name), insulin=name == "Insulin"
    )


def _table(name: str) -> ParameterSet:
    return read_parameters(DATA / "parameters" / f"{name}.tsv")


def read_value(kind: InputKind, value: str | float) -> float:
    """Turn a value as a laboratory writes it into the model's number.

    Parameters
    ----------
    kind : InputKind
        What is read.
    value : str or float
        "32 ug/dL"; a bare number only where `kind` has no unit.

    Returns
    -------
    float
        In `kind.unit`, for a 70-kg man.

    Raises
    ------
    UnitError
        The unit is missing, unknown or of the wrong dimension.
    InputError
        The value is negative or above what has a meaning.
    """
    number, unit = _split(kind, value)
    result = _convert(kind, number, unit)
    if not (0.0 <= result <= kind.highest and isfinite(result)):
        limit = f"between 0 and {kind.highest:g}" if kind.highest < inf else "that is not negative"
        raise InputError(f'"{value}" is out of range; give a value {limit}')
    return result


def read_time(value: str) -> float:
    """Turn a time such as "64 h" into minutes.

    Raises
    ------
    UnitError
        The unit is missing or is not one of time.
    InputError
        The time is negative.
    """
    return read_value(InputKind("min", "12 h"), value)


def _split(kind: InputKind, value: str | float) -> tuple[float, str]:
    """Return number and unit; only what has no unit may be a bare number."""
    bare = _bare_number(value)
    if bare is not None:
        if kind.unit == SHARE:
            return bare, SHARE
        raise UnitError(f'"{value}" has no unit; write it like "{kind.example}"')
    text = str(value).strip()
    if text.endswith("%") and kind.unit == SHARE:
        share = _bare_number(text[:-1])
        if share is not None:
            return share / 100.0, SHARE
    return parse_quantity_text(text)


def _bare_number(value: str | float) -> float | None:
    """Return a number that stands without a unit, or None."""
    try:
        number = float(value)
    except ValueError:
        return None
    return number if isfinite(number) else None


def _convert(kind: InputKind, number: float, unit: str) -> float:
    """Convert directly; else from a rate per kg of body weight, or from a mass."""
    if kind.insulin:
        return insulin_pmol_per_l(number, unit)
    if PER_KG in unit:
        number, unit = number * BODY_WEIGHT, unit.replace(PER_KG, "", 1)
    targets = [(kind.unit, 1.0)]
    if kind.molar_mass is not None:
        # pg/L divided by g/mol is pmol/L, mg/min by g/mol mmol/min: the prefix carries over.
        targets.append((kind.unit.replace("mol", "g"), 1.0 / kind.molar_mass))
    for target, factor in targets:
        try:
            return to(number, unit, target) * factor
        except UnitError:
            continue
    raise UnitError(f'"{unit}" is not a unit like {kind.unit}; write it like "{kind.example}"')
