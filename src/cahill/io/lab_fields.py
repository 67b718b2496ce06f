"""Fields of the raw table of results, and expressions over the columns that a table has."""

from collections.abc import Mapping
from dataclasses import dataclass

FIELDS: Mapping[str, tuple[str, ...]] = {
    "subject": ("usubjid", "subject", "subject_id", "patient", "patient_id", "person_id", "subjid"),
    "test": (
        "test",
        "testcd",
        "paramcd",
        "test_code",
        "analyte",
        "param",
        "parameter",
        "test_name",
    ),
    "loinc": ("loinc", "loinc_code"),
    "label": ("param_label",),
    "value": ("value", "result", "aval", "value_text", "result_value", "lbstresc", "lbstresn"),
    "comparator": ("comparator", "operator", "value_operator"),
    "unit": ("unit", "units", "unit_text", "avalu", "lbstresu", "result_unit"),
    "uln": ("uln", "upper_limit", "range_high", "high_limit", "a1hi", "anrhi", "ref_high"),
    "lln": ("lln", "lower_limit", "range_low", "low_limit", "a1lo", "anrlo", "ref_low"),
    "range": ("reference_range", "ref_range", "normal_range"),
    "limit_unit": ("limit_unit", "uln_unit"),
    "date": ("date", "adt", "lbdtc", "result_date", "collection_date", "sample_date", "datetime"),
    "time": ("time", "adtm", "collected_at"),
    "study_day": ("study_day", "ady", "lbdy", "day"),
    "visit": ("visit", "avisit", "visit_name"),
    "baseline_flag": ("baseline", "baseline_flag", "ablfl", "lbblfl"),
    "treatment_start": ("treatment_start", "trtsdt", "rfxstdtc", "rfstdtc", "start_date"),
    "treatment_end": ("treatment_end", "trtedt", "rfxendtc", "rfendtc", "end_date"),
    "arm": ("arm", "trta", "trtp", "actarm", "treatment", "trt01a"),
    "sex": ("sex", "gender"),
    "age": ("age", "age_years"),
    "birth_date": ("birth_date", "birthdate", "date_of_birth", "dob"),
    "method": ("method", "lbmethod"),
    "status": ("status", "result_status"),
    "record": ("record", "record_id", "result_id"),
    "specimen": ("specimen", "lbspec", "sample_type"),
    "site": ("site", "siteid", "lab", "laboratory"),
}
"""Fields of the raw table, and the headings of tidy tables that are taken for them, the first that
is there. Headings are compared without regard to case; blanks and hyphens count as underscores."""


@dataclass(frozen=True)
class Layout:
    """How a table says what the fields are.

    Parameters
    ----------
    form : str
        For people: "SDTM LB".
    fields : mapping of str to str
        DuckDB expression by field; a field that is absent is unknown.
    wide : tuple of (test, mapping)
        For a table with a column for each test: the test as its heading names it and its fields.
    sas_dates : bool
        Numbers in date columns are SAS dates (days or seconds from 1960-01-01).
    """

    form: str
    fields: Mapping[str, str]
    wide: tuple[tuple[str, Mapping[str, str]], ...] = ()
    sas_dates: bool = False


def quoted(name: str) -> str:
    """Return a column's name as DuckDB writes it."""
    return '"' + name.replace('"', '""') + '"'


def heading(text: str) -> str:
    """Return a heading without case; blanks and hyphens as underscores."""
    return text.strip().strip("\ufeff").lower().replace(" ", "_").replace("-", "_")


class Columns:
    """Expressions over the columns that a table has."""

    def __init__(self, known: Mapping[str, str]) -> None:
        self.known = known

    def text(self, name: str) -> str:
        """Return a column as text, null if blank."""
        if name not in self.known:
            return "NULL::VARCHAR"
        return f"nullif(trim({quoted(self.known[name])}::VARCHAR), '')"

    def plain(self, *names: str) -> str:
        """Return the first of some columns that there is, as it stands."""
        found = [quoted(self.known[name]) for name in names if name in self.known]
        return found[0] if found else ""

    def number(self, name: str) -> str:
        """Return a column as text; a whole number without its point."""
        return f"regexp_replace({self.text(name)}, '\\.0$', '')"


def given(fields: Mapping[str, str]) -> dict[str, str]:
    """Return the fields that have an expression."""
    return {name: expression for name, expression in fields.items() if expression}
