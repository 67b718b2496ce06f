"""Laboratory results as rules see them: exact numbers, their limits, and where each came from.

A value is an interval of whole millionths of the test's own unit, so that "at least 3 times the
limit" is decided by whole numbers: 3 x 35.1 is 105.3, not 105.30000000000001. "<5" is the interval
from 0 to 5; what cannot be told from it is undetermined.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from cahill.errors import InputError

MICRO = 1_000_000
"""Stored numbers are whole millionths; six decimals are more than any laboratory prints."""

TESTS: Mapping[str, tuple[str, str]] = {
    "ALT": ("alanine aminotransferase", "U/L"),
    "AST": ("aspartate aminotransferase", "U/L"),
    "ALP": ("alkaline phosphatase", "U/L"),
    "GGT": ("gamma-glutamyltransferase", "U/L"),
    "CK": ("creatine kinase", "U/L"),
    "TBL": ("total bilirubin", "umol/L"),
    "DBL": ("direct bilirubin", "umol/L"),
    "ALB": ("albumin", "g/L"),
    "INR": ("international normalised ratio", "1"),
    "PLT": ("platelets", "10*9/L"),
    "EOS": ("eosinophils of leucocytes", "%"),
    "HB": ("free haemoglobin in serum (haemolysis)", "g/L"),
}
"""Name and unit in which each test is held; limits are held in the same unit."""

COLUMNS: Mapping[str, str] = {
    "row": "int64",  # number of the row (or resource) in the input, counted as its editor does
    "subject": "string",
    "test": "string",  # a key of TESTS
    "low": "int64",  # millionths of the test's unit; low = high for an exact value
    "high": "int64",  # null: no upper end (">1000")
    "below": "boolean",  # the value lies below `high` and not at it ("<5")
    "above": "boolean",  # the value lies above `low` and not at it (">1000")
    "uln": "int64",  # millionths of the test's unit; null: none
    "uln_source": "string",  # "row", "table <name>", "default <name>", ""
    "lln": "int64",
    "date": "date32",  # null: unknown
    "time": "timestamp",  # null: only the date is known
    "study_day": "int64",  # null: none
    "visit": "string",
    "baseline_flag": "boolean",  # null: the file does not say
    "treatment_start": "date32",
    "treatment_end": "date32",
    "arm": "string",
    "sex": "string",  # "male", "female" or null
    "age": "int64",  # years at the time; null: unknown
    "method": "string",  # "with P5P", "without P5P" or "" (LOINC, layout)
    "value_text": "string",  # as reported
    "unit_text": "string",  # as reported
}
"""Columns of the table of results that every door (CSV, SDTM, FHIR, OMOP, HL7) fills and every rule
reads. Null is unknown, never zero."""

EXCLUDED_COLUMNS: Mapping[str, str] = {
    "row": "int64",
    "subject": "string",
    "reason": "string",  # a word of REASONS
    "detail": "string",  # in words, with what was written
}

REASONS: Mapping[str, str] = {
    "no value": "the result has no number",
    "cancelled": "the result was cancelled or entered in error",
    "superseded": "a corrected result replaces it",
    "duplicate": "the same result stands in another row",
    "unit missing": "the result has no unit",
    "unit unknown": "the unit is not one of those known for the test",
    "impossible": "the value cannot be (negative, not finite, or beyond what a person survives)",
    "date unreadable": "the date does not parse",
    "subject missing": "no subject is named",
    "other test": "not one of the tests that the rules read",
    "other specimen": "not serum, plasma or blood",
}
"""Why a row of the input is not evaluated. A missing limit does not exclude: the rules that need it
are undetermined."""


def micro(text: str) -> int:
    """Return a decimal number as whole millionths.

    Parameters
    ----------
    text : str
        Such as "35.1".

    Raises
    ------
    InputError
        If it is no finite number or has more than six decimals.
    """
    try:
        scaled = Decimal(text) * MICRO
    except InvalidOperation:
        raise InputError(f'"{text}" is not a number') from None
    if not scaled.is_finite():
        raise InputError(f'"{text}" is not a finite number')
    if scaled != scaled.to_integral_value():
        raise InputError(f'"{text}" has more than six decimals')
    return int(scaled)


def micro_text(number: int) -> str:
    """Return whole millionths as the shortest decimal text: 105300000 is "105.3"."""
    text = f"{Decimal(number) / MICRO:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


@dataclass(frozen=True)
class LabResult:
    """One result of one test of one subject.

    Parameters
    ----------
    test : str
        A key of `TESTS`.
    low, high : int or None
        Ends of the value in millionths of the test's unit; equal for an exact value; `high` None
        if there is no upper end.
    below, above : bool
        Whether the end itself is excluded.
    uln, lln : int, optional
        Upper and lower limit of normal, in millionths of the test's unit.
    uln_source : str
        "row" (the laboratory's own), "table <name>" or "default <name>".
    date : date, optional
    time : datetime, optional
    row : int
        Row of the input; 0 if there is none.
    text, unit : str
        As reported.
    """

    test: str
    low: int
    high: int | None
    below: bool = False
    above: bool = False
    uln: int | None = None
    lln: int | None = None
    uln_source: str = ""
    date: dt.date | None = None
    time: dt.datetime | None = None
    row: int = 0
    text: str = ""
    unit: str = ""

    def __post_init__(self) -> None:
        if self.test not in TESTS:
            raise InputError(f'"{self.test}" is not a test the rules read: {", ".join(TESTS)}')
        if self.high is not None and self.high < self.low:
            raise InputError(f"{self.test}: the value ends below where it begins")
        if self.uln is not None and self.uln <= 0:
            raise InputError(f"{self.test}: an upper limit of normal must be positive")

    @property
    def exact(self) -> bool:
        """Whether the value is one number."""
        return self.low == self.high and not (self.below or self.above)


@dataclass(frozen=True)
class Person:
    """Whose results they are, as far as a rule may ask.

    Parameters
    ----------
    sex : {"male", "female", ""}
    age : int, optional
        Years.
    body_mass_index : float, optional
        kg/m2 (NAFLD fibrosis score).
    diabetes : bool, optional
        Diabetes or impaired fasting glucose (NAFLD fibrosis score).
    symptoms : bool, optional
        Fatigue, nausea, vomiting, right upper quadrant pain, fever or rash (FDA 2009).
    treatment_start : date, optional
    """

    sex: str = ""
    age: int | None = None
    body_mass_index: float | None = None
    diabetes: bool | None = None
    symptoms: bool | None = None
    treatment_start: dt.date | None = None
