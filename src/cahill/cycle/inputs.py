"""What a scenario may set: the inputs of the model, with the unit and range of each.

A scenario is written in the units of the laboratory (ug/dL of cortisol, uU/mL of insulin,
umol/kg/min of an infusion); here each becomes the one number the model reads.
"""

from dataclasses import dataclass
from math import inf, isfinite

from cahill.core.units import CORTISOL_G_PER_MOL, insulin_pmol_per_l, parse_quantity_text, to
from cahill.errors import InputError, UnitError

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
        A key of `INPUTS`, and a parameter of the model.
    value : float
        In the unit of `INPUTS[name]`.
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


# Molar masses from the chemical formulae; glucagon 3482.8 g/mol.
INPUTS: dict[str, InputKind] = {
    "glucose_infusion": InputKind("mmol/min", "2 mg/kg/min", molar_mass=GLUCOSE_G_PER_MOL),
    "alanine_infusion": InputKind("mmol/min", "6 umol/kg/min", molar_mass=ALANINE_G_PER_MOL),
    "amino_acid_infusion": InputKind("mmol/min", "3 mmol/kg/h"),
    "meal_glucose": InputKind("mmol/min", "0.4 g/min", molar_mass=GLUCOSE_G_PER_MOL),
    "meal_protein": InputKind("mmol/min", "1.2 mmol/min"),
    "glucose_clamp": InputKind("mmol/L", "90 mg/dL", molar_mass=GLUCOSE_G_PER_MOL),
    "insulin_clamp": InputKind("pmol/L", "16 uU/mL", insulin=True),
    "glucagon_clamp": InputKind("pmol/L", "94 pg/mL", molar_mass=3482.8),
    "cortisol_level": InputKind("nmol/L", "32 ug/dL", molar_mass=CORTISOL_G_PER_MOL),
    "epinephrine_level": InputKind("nmol/L", "834 pg/mL", molar_mass=183.20),
    "dexamethasone": InputKind("nmol/L", "1 umol/L", molar_mass=392.46),
    "somatostatin": InputKind(SHARE, "100 %", highest=1.0),
    "exercise": InputKind(SHARE, "45 %", highest=1.0),
    "burn": InputKind(SHARE, "100 %", highest=1.0),
    "ATF4_stress": InputKind(SHARE, "100 %", highest=1.0),
    "androgen": InputKind(SHARE, "3"),
    "injury_rate": InputKind("1/min", "0.1 1/h"),
    "knockdown_GPT_liver": InputKind(SHARE, "80 %", highest=1.0),
    "knockdown_GPT2_liver": InputKind(SHARE, "80 %", highest=1.0),
    "cycloserine": InputKind("mmol/L", "200 umol/L"),
    "aminooxyacetate": InputKind("mmol/L", "100 umol/L"),
    "chloroalanine": InputKind("mmol/L", "1 mmol/L"),
    "PPARA_agonist": InputKind(SHARE, "100 %", highest=1.0),
    "KLF15_activity": InputKind(SHARE, "1"),
}

# Units of the states that are not metabolites in mmol/L.
HORMONE_UNITS = {
    "Insulin": "pmol/L",
    "Glucagon": "pmol/L",
    "Cortisol": "nmol/L",
    "Epinephrine": "nmol/L",
    "ALT1_serum": "U/L",
    "ALT2_serum": "U/L",
}
RELATIVE_STATES = ("mRNA_", "protein_", "GR_", "PDK4_", "hepatocytes")
MOLAR_MASS_OF_STATE = {
    "Glc_blood": GLUCOSE_G_PER_MOL,
    "Ala_blood": ALANINE_G_PER_MOL,
    "Cortisol": CORTISOL_G_PER_MOL,
}


def state_kind(name: str) -> InputKind:
    """Return the unit in which the model holds a state, as an `InputKind`.

    Parameters
    ----------
    name : str
        A state of the model. Relative quantities have no unit; metabolites are in mmol/L.
    """
    if name.startswith(RELATIVE_STATES):
        return InputKind(SHARE, "1.5")
    unit = HORMONE_UNITS.get(name, "mmol/L")
    return InputKind(
        unit, f"5 {unit}", molar_mass=MOLAR_MASS_OF_STATE.get(name), insulin=name == "Insulin"
    )


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
    if not 0.0 <= result <= kind.highest:
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
