"""Layouts of the standards that come as tables: CDISC SDTM LB and ADaM ADLB, OMOP measurement."""

from collections.abc import Mapping

from cahill.io.lab_fields import FIELDS, Columns, Layout, given, heading, quoted

OPERATORS = {4171754: "<=", 4171755: ">=", 4171756: "<", 4172703: "", 4172704: ">"}
"""OMOP concepts of operators (vocabulary "Meas Value Operator" of OHDSI Athena)."""

UNITS = {
    8645: "U/L",
    8923: "[IU]/L",
    8749: "umol/L",
    8840: "mg/dL",
    8713: "g/dL",
    8636: "g/L",
    8848: "10*3/uL",
    9444: "10*9/L",
    8554: "%",
}
"""OMOP concepts of units as UCUM writes them (vocabulary "UCUM" of OHDSI Athena). A unit of another
concept is known by its source value only."""


def _common(has: Columns, **more: str) -> dict[str, str]:
    fields = {field: has.plain(*names) for field, names in FIELDS.items() if field in _PERSONAL}
    return given(fields | more)


_PERSONAL = (
    "subject",
    "arm",
    "sex",
    "age",
    "birth_date",
    "treatment_start",
    "treatment_end",
    "site",
    "record",
    "status",
)


def sdtm(known: Mapping[str, str]) -> Layout:
    """Return the layout of SDTM LB; what was reported where it was not standardised."""
    has = Columns(known)
    standard = f"coalesce({has.text('lbstresc')}, {has.number('lbstresn')})"

    def either(first: str, second: str) -> str:
        return f"CASE WHEN {standard} IS NULL THEN {has.text(second)} ELSE {has.text(first)} END"

    baseline = " OR ".join(
        f"{has.text(name)} = 'Y'" for name in ("lbblfl", "lblobxfl") if name in known
    )
    fields = _common(
        has,
        test=has.plain("lbtestcd"),
        loinc=has.plain("lbloinc"),
        label=has.plain("lbtest"),
        value=f"coalesce({standard}, {has.text('lborres')})",
        unit=either("lbstresu", "lborresu"),
        uln=either("lbstnrhi", "lbornrhi"),
        lln=either("lbstnrlo", "lbornrlo"),
        date=has.plain("lbdtc"),
        study_day=has.plain("lbdy"),
        visit=has.plain("visit"),
        baseline_flag=f"CASE WHEN {baseline} THEN 'Y' ELSE '' END" if baseline else "",
        method=has.plain("lbmethod"),
        specimen=has.plain("lbspec"),
        status=has.plain("lbstat"),
    )
    return Layout("SDTM LB", fields, sas_dates=True)


def adam(known: Mapping[str, str]) -> Layout:
    """Return the layout of ADaM ADLB."""
    has = Columns(known)
    written = f"coalesce({has.text('lbstresc')}, {has.text('avalc')})"
    inequality = f"regexp_matches({written}, '^[<>≤≥]')"
    visit = f"coalesce(nullif({has.text('avisit')}, '.'), {has.text('visit')})"
    fields = _common(
        has,
        test=has.plain("paramcd"),
        loinc=has.plain("lbloinc"),
        label=has.plain("param"),
        # AVAL of "<5" is what the analysis took it for; what was reported decides.
        value=f"CASE WHEN {inequality} THEN {written} "
        f"ELSE coalesce({has.number('aval')}, {written}) END",
        unit=has.plain("avalu", "lbstresu"),
        uln=has.plain("a1hi", "anrhi", "lbstnrhi"),
        lln=has.plain("a1lo", "anrlo", "lbstnrlo"),
        date=has.plain("adt", "lbdtc"),
        time=has.plain("adtm"),
        study_day=has.plain("ady", "lbdy"),
        visit=visit,
        baseline_flag=has.plain("ablfl", "lbblfl"),
        method=has.plain("lbmethod"),
        specimen=has.plain("lbspec"),
    )
    return Layout("ADaM ADLB", fields, sas_dates=True)


def omop(known: Mapping[str, str]) -> Layout:
    """Return the layout of OMOP measurement."""
    has = Columns(known)
    concept = "try_cast({} AS BIGINT)".format(quoted(known["measurement_concept_id"]))
    operator = "NULL"
    if "operator_concept_id" in known:
        cases = " ".join(f"WHEN {code} THEN '{sign}'" for code, sign in OPERATORS.items())
        column = quoted(known["operator_concept_id"])
        operator = f"CASE try_cast({column} AS BIGINT) {cases} END"
    unit = has.text("unit_source_value")
    if "unit_concept_id" in known:
        column = quoted(known["unit_concept_id"])
        cases = " ".join(f"WHEN {code} THEN '{text}'" for code, text in UNITS.items())
        unit = f"coalesce(CASE try_cast({column} AS BIGINT) {cases} END, {unit})"
    fields = _common(
        has,
        test=f"CASE WHEN {concept} > 0 THEN 'omop ' || {concept} "
        f"ELSE {has.text('measurement_source_value')} END",
        loinc=has.plain("measurement_source_value"),
        value=f"coalesce({has.number('value_as_number')}, {has.text('value_source_value')})",
        comparator=operator,
        unit=unit,
        uln=has.plain("range_high"),
        lln=has.plain("range_low"),
        date=has.plain("measurement_date", "measurement_datetime"),
        time=has.plain("measurement_datetime"),
    )
    return Layout("OMOP measurement", fields)


def people_fields(names: list[str]) -> dict[str, str]:
    """Return the fields of a table of people: SDTM DM, ADSL or OMOP person; none if it is none.

    Parameters
    ----------
    names : list of str
        Its headings.
    """
    known = {heading(name): name for name in names}
    has = Columns(known)
    if "usubjid" in known:
        return {
            name: text for name, text in _common(has).items() if name not in ("record", "status")
        }
    if {"person_id", "gender_concept_id"} <= set(known):
        gender = f"try_cast({has.plain('gender_concept_id')} AS BIGINT)"
        born = has.text("birth_datetime")
        if "year_of_birth" in known:
            # Without month or day the age is unknown by up to a year, and is left out.
            parts = [has.number(f"{part}_of_birth") for part in ("year", "month", "day")]
            padded = " || '-' || ".join(f"lpad({part}, 2, '0')" for part in parts[1:])
            born = f"coalesce({born}, {parts[0]} || '-' || {padded})"
        return {
            "subject": has.plain("person_id"),
            # Concepts of the OMOP vocabulary "Gender".
            "sex": f"CASE {gender} WHEN 8507 THEN 'male' WHEN 8532 THEN 'female' END",
            "birth_date": born,
        }
    return {}
