"""Doors out for results as messages: FHIR R4 NDJSON and HL7 v2."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from cahill.core.laboratory import TESTS, micro_text
from cahill.io.lab_write_text import (
    Born,
    Row,
    limit_text,
    loinc_of,
    people_of,
    rows_of,
    value_parts,
    when_text,
)

if TYPE_CHECKING:
    import pyarrow as pa


def write_fhir(table: "pa.Table", path: Path, born: Born) -> None:
    """Write results as FHIR R4 NDJSON: Patients first, then Observations."""
    with path.open("w", encoding="utf-8") as stream:
        for subject, row in people_of(table).items():
            person = {"resourceType": "Patient", "id": subject}
            if row["sex"]:
                person["gender"] = row["sex"]
            if subject in born:
                person["birthDate"] = born[subject].isoformat()
            stream.write(json.dumps(person) + "\n")
        for number, row in enumerate(rows_of(table), start=1):
            stream.write(json.dumps(_observation(row, number)) + "\n")


def _observation(row: Row, number: int) -> dict[str, object]:
    unit = TESTS[row["test"]][1]
    found: dict[str, object] = {
        "resourceType": "Observation",
        "id": f"result-{number}",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": loinc_of(row)}]},
        "subject": {"reference": f"Patient/{row['subject']}"},
    }
    if row["date"]:
        # FHIR wants a zone with a time of day; the clock of the place is written as UTC.
        found["effectiveDateTime"] = when_text(row) + ("+00:00" if row["time"] else "")

    def quantity(text: str) -> dict[str, object]:
        system = "http://unitsofmeasure.org"
        number = float(text) if "." in text else int(text)
        return {"value": number, "unit": unit, "system": system, "code": unit}

    sign, text = value_parts(row)
    if "-" in text:
        low, high = text.split("-")
        found["valueRange"] = {"low": quantity(low), "high": quantity(high)}
    else:
        found["valueQuantity"] = quantity(text) | ({"comparator": sign} if sign else {})
    limits = {"low": row["lln"], "high": row["uln"]}
    span = {end: quantity(micro_text(value)) for end, value in limits.items() if value is not None}
    if span:
        found["referenceRange"] = [span]
    return found


def write_hl7(table: "pa.Table", path: Path, born: Born) -> None:
    """Write results as HL7 v2 ORU^R01 messages, one a subject."""
    by_subject: dict[str, list[Row]] = {}
    for row in rows_of(table):
        by_subject.setdefault(row["subject"], []).append(row)
    messages = []
    for number, (subject, rows) in enumerate(by_subject.items(), start=1):
        day = born.get(subject)
        sex = {"male": "M", "female": "F"}.get(rows[0]["sex"], "U")
        segments = [
            f"MSH|^~\\&|||||||ORU^R01|{number}|P|2.5.1",
            f"PID|1||{_escaped(subject)}||||{day.strftime('%Y%m%d') if day else ''}|{sex}",
            f"OBR|1||{number}|LIVER",
        ]
        for place, row in enumerate(rows, start=1):
            segments.append(_obx(row, place))
        messages.append("\r".join(segments) + "\r")
    path.write_text("".join(messages), encoding="utf-8", newline="")


def _obx(row: Row, place: int) -> str:
    sign, text = value_parts(row)
    kind, value = "NM", text
    if sign or "-" in text:
        kind, value = "SN", f"{sign}^{text}" if sign else "^" + "^-^".join(text.split("-"))
    low, high = limit_text(row["lln"]), limit_text(row["uln"])
    span = (
        f"{low}-{high}" if low and high else (f"<={high}" if high else (f">={low}" if low else ""))
    )
    moment = row["time"] or row["date"]
    stamp = ""
    if moment is not None:
        stamp = moment.strftime("%Y%m%d%H%M%S" if row["time"] else "%Y%m%d")
    code = f"{loinc_of(row)}^{TESTS[row['test']][0]}^LN"
    unit = _escaped(TESTS[row["test"]][1])
    return f"OBX|{place}|{kind}|{code}|{place}|{value}|{unit}|{span}||||F|||{stamp}"


def _escaped(text: str) -> str:
    """Escape HL7's separators."""
    # The escape sign itself comes first, or the escapes of the others would be escaped.
    for sign, escape in (("\\", "E"), ("|", "F"), ("^", "S"), ("&", "T"), ("~", "R")):
        text = text.replace(sign, f"\\{escape}\\")
    return text
