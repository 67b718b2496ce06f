"""Doors out for findings: Parquet, CSV, FHIR Observations with interpretation, and ADaM flags.

A finding is a row with the columns subject, rule, version, outcome, band, dates, deciding values
and their limits, and a reason. Numbers are written in the unit in which the test is held.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cahill.core.laboratory import TESTS, micro_text
from cahill.errors import InputError, UnknownNameError
from cahill.io.lab_units import codes

if TYPE_CHECKING:
    import pyarrow as pa

_NEEDED = ("subject", "rule", "version", "outcome", "first_date", "first_test", "first_value")
_INTERPRETATION = {
    "true": ("POS", "Positive"),
    "false": ("NEG", "Negative"),
    "undetermined": ("IND", "Indeterminate"),
}
"""Codes of HL7's ObservationInterpretation."""

RULE_SYSTEM = "urn:cahill:serum-rule"
Finding = Mapping[str, Any]


def write_findings(
    findings: "pa.Table",
    path: str | Path,
    form: str,
    *,
    results: "pa.Table | None" = None,
    notes: Sequence[str] = (),
    words: Callable[[str], str] = str,
) -> Path:
    """Write findings.

    Parameters
    ----------
    findings : pyarrow.Table
        One row for a subject and a rule.
    path : str or Path
        File to write.
    form : {"parquet", "csv", "fhir", "adam"}
        "fhir" is NDJSON of Observations; "adam" is ADLB-shaped, one row a result, with CRITy and
        CRITyFL for each rule (CSV, or SAS transport if the name ends with .xpt).
    results : pyarrow.Table, optional
        The table of results; needed for "adam".
    notes : sequence of str
        Sentences that must stand with every finding ("research use only").
    words : callable
        Turns a reason code into words.

    Raises
    ------
    InputError
        If columns are missing, or `results` for "adam"; UnknownNameError for an unknown format.
    """
    missing = [name for name in _NEEDED if name not in findings.column_names]
    if missing:
        raise InputError(f'the table of findings has no column "{missing[0]}"')
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    if form == "parquet":
        import pyarrow.parquet as pq

        pq.write_table(findings, path, compression="zstd")
    elif form == "csv":
        _write_csv(findings, path)
    elif form == "fhir":
        with path.open("w", encoding="utf-8") as stream:
            for resource in fhir_findings(findings, notes=notes, words=words):
                stream.write(json.dumps(resource, ensure_ascii=False) + "\n")
    elif form == "adam":
        from cahill.io.lab_write_adam import write_adam

        if results is None:
            raise InputError("ADaM flags stand on the results: give the table of results as well")
        write_adam(findings, results, path)
    else:
        raise UnknownNameError("format of findings", form, ("parquet", "csv", "fhir", "adam"))
    return path


def _write_csv(findings: "pa.Table", path: Path) -> None:
    """Write findings as CSV with values and limits as decimal numbers, not millionths."""
    import pyarrow as pa
    from pyarrow import csv

    columns = {}
    for name in findings.column_names:
        column = findings[name]
        if name.endswith(("_value", "_limit")) and pa.types.is_integer(column.type):
            column = pa.array(
                [None if number is None else micro_text(number) for number in column.to_pylist()],
                pa.string(),
            )
        columns[name] = column
    csv.write_csv(pa.table(columns), path, csv.WriteOptions(quoting_style="needed"))


def fhir_findings(
    findings: "pa.Table", *, notes: Sequence[str] = (), words: Callable[[str], str] = str
) -> list[dict[str, Any]]:
    """Return findings as FHIR R4 Observations, checked against the project's own schema.

    The outcome is `valueBoolean` (a band `valueString`) and the interpretation POS, NEG or IND; an
    undetermined one has a `dataAbsentReason`. The deciding values are components with their limits.

    Raises
    ------
    InputError
        If a finding cannot be written so, such as one with an unknown outcome.
    """
    import jsonschema

    validator = jsonschema.Draft202012Validator(_schema())
    resources = []
    for number, finding in enumerate(findings.to_pylist(), start=1):
        if finding["outcome"] not in _INTERPRETATION:
            raise InputError(f"finding {number} is neither true, false nor undetermined")
        resource = _observation(finding, number, notes, words)
        fault = next(iter(validator.iter_errors(resource)), None)
        if fault is not None:
            place = "/".join(str(part) for part in fault.absolute_path)
            raise InputError(f"finding {number} is no FHIR Observation: {place} is not as required")
        resources.append(resource)
    return resources


@cache
def _schema() -> dict[str, Any]:
    file = resources.files("cahill").joinpath("data/serum/fhir-finding.schema.json")
    return json.loads(file.read_text(encoding="utf-8"))


def _concept(system: str, code: str, display: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code, "display": display}]}


def _observation(
    finding: Finding, number: int, notes: Sequence[str], words: Callable[[str], str]
) -> dict[str, Any]:
    outcome = finding["outcome"]
    rule = {"system": RULE_SYSTEM, "version": finding["version"], "code": finding["rule"]}
    code, display = _INTERPRETATION[outcome]
    reason = finding.get("reason")
    texts = [*([words(reason)] if reason else []), *notes] or [f"outcome: {outcome}"]
    terms = "http://terminology.hl7.org/CodeSystem"
    resource: dict[str, Any] = {
        "resourceType": "Observation",
        "id": f"finding-{number}",
        "status": "final",
        "category": [_concept(f"{terms}/observation-category", "laboratory", "Laboratory")],
        "code": {"coding": [rule], "text": f"{finding['rule']}@{finding['version']}"},
        "subject": {"reference": f"Patient/{finding['subject']}"},
        "interpretation": [_concept(f"{terms}/v3-ObservationInterpretation", code, display)],
        "note": [{"text": text} for text in texts],
    }
    resource |= _when(finding)
    if outcome == "undetermined":
        resource["dataAbsentReason"] = _concept(f"{terms}/data-absent-reason", "unknown", "Unknown")
    elif finding.get("band"):
        resource["valueString"] = finding["band"]
    else:
        resource["valueBoolean"] = outcome == "true"
    components = [part for place in ("first", "second") if (part := _component(finding, place))]
    if components:
        resource["component"] = components
    return resource


def _when(finding: Finding) -> dict[str, Any]:
    first, second = finding.get("first_date"), finding.get("second_date")
    if first and second and first != second:
        start, end = sorted((first, second))
        return {"effectivePeriod": {"start": start.isoformat(), "end": end.isoformat()}}
    day = first or second
    return {"effectiveDateTime": day.isoformat()} if day else {}


def _component(finding: Finding, place: str) -> dict[str, Any] | None:
    test, value = str(finding.get(f"{place}_test")), finding.get(f"{place}_value")
    if test not in TESTS or value is None:
        return None
    name, unit = TESTS[test]
    loinc = codes(test, "loinc")[0]

    def quantity(number: int) -> dict[str, Any]:
        system = "http://unitsofmeasure.org"
        return {"value": number / 1e6, "unit": unit, "system": system, "code": unit}

    part: dict[str, Any] = {
        "code": _concept("http://loinc.org", loinc, name),
        "valueQuantity": quantity(value),
    }
    limit = finding.get(f"{place}_limit")
    if limit is not None:
        entry: dict[str, Any] = {"high": quantity(limit)}
        source = finding.get("limit_source")
        part["referenceRange"] = [entry | ({"text": f"limit from: {source}"} if source else {})]
    return part
