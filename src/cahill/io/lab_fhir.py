"""The door for FHIR R4 and R5: Observations in bundles, lists and NDJSON, and their Patients.

A resource is numbered by its place in the input (the line of NDJSON, the entry of a bundle).
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from cahill.errors import InputError
from cahill.io.lab_bench import Bench, Raw
from cahill.io.lab_doors import read_json
from cahill.io.lab_units import known_tests

_BATCH = 50_000
_FIELDS = (
    "subject",
    "test",
    "loinc",
    "value",
    "comparator",
    "unit",
    "uln",
    "lln",
    "limit_unit",
    "date",
    "method",
    "status",
    "record",
    "specimen",
)
_NORMAL = ("", "normal", "n")
Resource = Mapping[str, Any]


def open_fhir(bench: Bench, paths: tuple[Path, ...]) -> Raw:
    """Fill the bench with the Observations of FHIR files.

    Parameters
    ----------
    bench : Bench
    paths : tuple of Path
        Each a Bundle, a list of resources, one resource, or NDJSON of either.

    Raises
    ------
    InputError
        If a file is not JSON or holds neither Observations nor Patients.
    """
    people: dict[str, tuple[str, str]] = {}
    rows: list[dict[str, object]] = []
    number = observed = others = 0
    for path in paths:
        for resource in _resources(path):
            number += 1
            kind = resource.get("resourceType")
            if kind == "Patient":
                _meet(people, resource)
            elif kind == "Observation":
                observed += 1
                try:
                    rows.extend(_plain(row) for row in _results(resource, number))
                except (AttributeError, TypeError, KeyError, IndexError, ValueError) as error:
                    raise InputError(
                        f"{path.name} resource {number} is no Observation as FHIR describes it"
                    ) from error
                if len(rows) >= _BATCH:
                    _flush(bench, rows)
            else:
                others += 1
    if not observed:
        raise InputError(
            f"{paths[0].name} holds no Observation among its {number} resources; "
            "give a FHIR Bundle or NDJSON of laboratory results"
        )
    _flush(bench, rows)
    if people:
        _join_people(bench, people)
    notes = (f"{others:,} resources are no Observations or Patients and hold no results",)
    return Raw(paths[0].name, paths, "FHIR", notes if others else ())


def _resources(path: Path) -> Iterator[Resource]:
    """Yield the resources of a file, those of bundles in their order."""
    with path.open(encoding="utf-8-sig", errors="replace") as stream:
        first = stream.readline()
    try:
        json.loads(first)
        lines = True
    except json.JSONDecodeError:
        lines = False
    if not lines:
        yield from _unpacked(read_json(path), path.name)
        return
    with path.open(encoding="utf-8-sig", errors="replace") as stream:
        for row, line in enumerate(stream, start=1):
            if not line.strip():
                continue
            try:
                document = json.loads(line, parse_float=str)
            except json.JSONDecodeError as error:
                raise InputError(f"{path.name} row {row} is not JSON: {error.msg}") from error
            yield from _unpacked(document, f"{path.name} row {row}")


def _unpacked(document: object, where: str) -> Iterator[Resource]:
    if isinstance(document, list):
        for item in document:
            yield from _unpacked(item, where)
    elif not isinstance(document, dict) or "resourceType" not in document:
        raise InputError(f'{where} is no FHIR resource: it has no "resourceType"')
    elif document["resourceType"] == "Bundle":
        for entry in document.get("entry") or ():
            given = entry.get("resource") if isinstance(entry, dict) else None
            if isinstance(given, dict) and given:
                resource = dict(given)
                # References inside a bundle point to the full address of an entry.
                resource["_address"] = entry.get("fullUrl")
                yield resource
    else:
        yield document


def _meet(people: dict[str, tuple[str, str]], patient: Resource) -> None:
    known = (str(patient.get("gender") or ""), str(patient.get("birthDate") or ""))
    # Results refer to a patient by id, or in a bundle by the address of its entry.
    for name in (patient.get("id"), patient.get("_address")):
        if name:
            people[_last(str(name))] = known


def _plain(row: dict[str, object]) -> dict[str, object]:
    """Return a row with its values as text; TypeError if one of them is a structure."""
    for name, value in row.items():
        if isinstance(value, dict | list | tuple | bool):
            raise TypeError(name)
    return {
        name: value if value is None or name == "row" else str(value) for name, value in row.items()
    }


def _results(resource: Resource, number: int) -> Iterator[dict[str, object]]:
    """Yield the results of an Observation: its own, and those of its components."""
    shared = {
        "row": number,
        "subject": _subject(resource),
        "date": _when(resource),
        "status": resource.get("status"),
        "record": resource.get("id"),
        "method": (resource.get("method") or {}).get("text"),
        "specimen": (resource.get("specimen") or {}).get("display"),
    }
    components = resource.get("component") or ()
    if not components or "valueQuantity" in resource:
        yield shared | _measured(resource)
    for component in components:
        yield shared | _measured(component)


def _subject(resource: Resource) -> str | None:
    subject = resource.get("subject") or {}
    reference = str(subject.get("reference") or "")
    if reference:
        return _last(reference)
    return (subject.get("identifier") or {}).get("value") or None


def _last(address: str) -> str:
    """Return the id at the end of an address: of "Patient/7", of "urn:uuid:7"."""
    return address.removeprefix("urn:uuid:").split("/_history")[0].rsplit("/", 1)[-1]


def _when(resource: Resource) -> str | None:
    period = resource.get("effectivePeriod") or {}
    return (
        resource.get("effectiveDateTime") or resource.get("effectiveInstant") or period.get("start")
    )


def _measured(part: Resource) -> dict[str, object]:
    code = part.get("code") or {}
    codings = code.get("coding") or ()
    loincs = [c.get("code") for c in codings if "loinc.org" in str(c.get("system"))]
    known = [text for text in loincs if text in known_tests()]
    loinc = known[0] if known else (loincs[0] if loincs else None)
    names = [
        code.get("text"),
        *(c.get("display") for c in codings),
        *(c.get("code") for c in codings),
    ]
    quantity = part.get("valueQuantity") or {}
    value = quantity.get("value")
    if value is None:
        value = part.get("valueString", part.get("valueInteger"))
    span = part.get("valueRange") or {}
    if span:
        ends = (span.get("low") or {}, span.get("high") or {})
        value = "-".join(str(end["value"]) for end in ends if "value" in end)
        quantity = ends[0] or ends[1]
    # The UCUM code says the unit; what people read is used if there is no code.
    unit = quantity.get("code") or quantity.get("unit")
    high, low, limit_unit = _range(part.get("referenceRange") or ())
    return {
        "test": loinc or next((name for name in names if name), None),
        "loinc": loinc,
        "value": _text(value),
        "comparator": quantity.get("comparator"),
        "unit": unit,
        "uln": high,
        "lln": low,
        "limit_unit": limit_unit,
    }


def _range(ranges: Sequence[Resource]) -> tuple[str | None, str | None, str | None]:
    """Return the upper and lower end of the normal range; of several, that marked normal."""
    for entry in ranges:
        kind = entry.get("type") or {}
        codes = [str(c.get("code") or "") for c in kind.get("coding") or ()] or [
            str(kind.get("text") or "")
        ]
        if not any(code.lower() in _NORMAL for code in codes):
            continue
        high, low = entry.get("high") or {}, entry.get("low") or {}
        unit = high.get("code") or high.get("unit") or low.get("code") or low.get("unit")
        return _text(high.get("value")), _text(low.get("value")), unit
    return None, None, None


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _flush(bench: Bench, rows: list[dict[str, object]]) -> None:
    import pyarrow as pa

    schema = pa.schema([("row", pa.int64())] + [(name, pa.string()) for name in _FIELDS])
    if rows:
        table = pa.Table.from_pylist(rows, schema=schema)
        bench.append("resources", table)
        rows.clear()


def _join_people(bench: Bench, people: Mapping[str, tuple[str, str]]) -> None:
    import pyarrow as pa

    table = pa.table(
        {
            "subject": list(people),
            "sex": [sex for sex, _ in people.values()],
            "birth_date": [born for _, born in people.values()],
        }
    )
    bench.join("resources", table)
