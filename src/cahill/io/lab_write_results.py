"""Doors out for results: the table that rules read, written in the formats that can be read.

Every value is written in the unit in which it is held. What a format has no place for (visit, arm
and treatment dates in FHIR, HL7 and OMOP) is not written.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from cahill.core.laboratory import TESTS
from cahill.errors import UnknownNameError
from cahill.io.lab_standards import OPERATORS, UNITS
from cahill.io.lab_units import codes
from cahill.io.lab_write_messages import write_fhir, write_hl7
from cahill.io.lab_write_text import (
    Born,
    limit_text,
    loinc_of,
    people_of,
    rows_of,
    value_parts,
    when_text,
)

if TYPE_CHECKING:
    import pyarrow as pa

_SIGNS = {sign: code for code, sign in OPERATORS.items() if sign}
_UNIT_CONCEPTS = {text: code for code, text in UNITS.items()}
CDISC_CODES = {"TBL": "BILI", "DBL": "BILDIR", "PLT": "PLAT", "EOS": "EOSLE"}
"""CDISC's LBTESTCD where it is not our name of the test."""


def write_results(
    table: "pa.Table", path: str | Path, form: str, *, born: Born | None = None
) -> Path:
    """Write results in a format that `cahill.io.lab.read_lab` reads.

    Parameters
    ----------
    table : pyarrow.Table
        With the columns of `cahill.core.laboratory.COLUMNS`.
    path : str or Path
        File to write; for "omop" and "sdtm" the table of people stands beside it.
    form : {"parquet", "csv", "tidy", "fhir", "hl7", "omop", "sdtm"}
        "parquet" and "csv" hold the table as it is; "tidy" is for people to read.
    born : mapping of str to date, optional
        Dates of birth by subject, for formats that hold no age.

    Raises
    ------
    UnknownNameError
        If there is no such format.
    """
    path = Path(path)
    writers: dict[str, Callable[[pa.Table, Path, Born], None]] = {
        "parquet": _parquet,
        "csv": _csv,
        "tidy": _tidy,
        "fhir": write_fhir,
        "hl7": write_hl7,
        "omop": _omop,
        "sdtm": _sdtm,
    }
    if form not in writers:
        raise UnknownNameError("format of results", form, writers)
    path.parent.mkdir(parents=True, exist_ok=True)
    writers[form](table, path, born or {})
    return path


def _parquet(table: "pa.Table", path: Path, born: Born) -> None:
    import pyarrow.parquet as pq

    pq.write_table(table, path, compression="zstd")


def _csv(table: "pa.Table", path: Path, born: Born) -> None:
    from pyarrow import csv

    csv.write_csv(table, path)


def save_table(path: Path, rows: list[dict[str, object]]) -> None:
    """Write rows as CSV, or as a SAS transport file of version 5 if the name ends with .xpt."""
    import pandas as pd

    frame = pd.DataFrame(rows)
    if path.suffix.lower() == ".xpt":
        import pyreadstat

        name = path.stem.upper()[:8]
        pyreadstat.write_xport(frame, str(path), table_name=name, file_format_version=5)  # type: ignore[arg-type]
    else:
        frame.to_csv(path, index=False)


def _tidy(table: "pa.Table", path: Path, born: Born) -> None:
    lines = [
        {
            "subject": row["subject"],
            "test": row["test"],
            "loinc": loinc_of(row),
            "value": "".join(value_parts(row)),
            "unit": TESTS[row["test"]][1],
            "uln": limit_text(row["uln"]),
            "lln": limit_text(row["lln"]),
            "date": when_text(row),
            "study_day": _text(row["study_day"]),
            "visit": row["visit"] or "",
            "baseline_flag": _flag(row["baseline_flag"]),
            "treatment_start": _text(row["treatment_start"]),
            "treatment_end": _text(row["treatment_end"]),
            "arm": row["arm"] or "",
            "sex": row["sex"] or "",
            "age": _text(row["age"]),
        }
        for row in rows_of(table)
    ]
    save_table(path, lines)


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _flag(value: bool | None) -> str:
    return "Y" if value else ""


def _sdtm(table: "pa.Table", path: Path, born: Born) -> None:
    lines = []
    for number, row in enumerate(rows_of(table), start=1):
        sign, text = value_parts(row)
        exact = not sign and "-" not in text
        line = {
            "STUDYID": "",
            "DOMAIN": "LB",
            "USUBJID": row["subject"],
            "LBSEQ": float(number),
            "LBTESTCD": CDISC_CODES.get(row["test"], row["test"]),
            "LBTEST": TESTS[row["test"]][0][:40],
            "LBSTRESC": sign + text,
            "LBSTRESN": float(text) if exact else None,
            "LBSTRESU": TESTS[row["test"]][1],
            "LBSTNRLO": None if row["lln"] is None else row["lln"] / 1e6,
            "LBSTNRHI": None if row["uln"] is None else row["uln"] / 1e6,
            "LBLOINC": loinc_of(row),
            "LBBLFL": _flag(row["baseline_flag"]),
            "VISIT": row["visit"] or "",
            "LBDTC": when_text(row),
            "LBDY": None if row["study_day"] is None else float(row["study_day"]),
        }
        lines.append(line)
    save_table(path, lines)
    people = [
        {
            "USUBJID": subject,
            "SEX": {"male": "M", "female": "F"}.get(row["sex"], "U"),
            "AGE": None if row["age"] is None else float(row["age"]),
            "ARM": row["arm"] or "",
            "RFXSTDTC": _text(row["treatment_start"]),
            "RFXENDTC": _text(row["treatment_end"]),
        }
        for subject, row in people_of(table).items()
    ]
    save_table(path.with_name(f"dm{path.suffix}"), people)


def _omop(table: "pa.Table", path: Path, born: Born) -> None:
    lines = []
    for number, row in enumerate(rows_of(table), start=1):
        sign, text = value_parts(row)
        unit = TESTS[row["test"]][1]
        concepts = codes(row["test"], "omop")
        lines.append(
            {
                "measurement_id": number,
                "person_id": row["subject"],
                "measurement_concept_id": concepts[0] if concepts else 0,
                "measurement_date": _text(row["date"]),
                "measurement_datetime": row["time"].isoformat(" ") if row["time"] else "",
                "operator_concept_id": _SIGNS.get(sign, ""),
                "value_as_number": "" if "-" in text else text,
                "unit_concept_id": _UNIT_CONCEPTS.get(unit, 0),
                "range_low": limit_text(row["lln"]),
                "range_high": limit_text(row["uln"]),
                "measurement_source_value": loinc_of(row),
                "unit_source_value": unit,
                "value_source_value": sign + text,
            }
        )
    save_table(path, lines)
    people = []
    for subject, row in people_of(table).items():
        day = born.get(subject)
        people.append(
            {
                "person_id": subject,
                "gender_concept_id": {"male": 8507, "female": 8532}.get(row["sex"], 0),
                "year_of_birth": day.year if day else "",
                "month_of_birth": day.month if day else "",
                "day_of_birth": day.day if day else "",
            }
        )
    save_table(path.with_name(f"person{path.suffix}"), people)
