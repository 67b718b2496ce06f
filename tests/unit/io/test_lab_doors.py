"""FHIR, HL7 v2, OMOP, SDTM and ADaM: what only these formats can say."""

import datetime as dt
import json
from pathlib import Path

import pytest

from cahill.errors import InputError
from cahill.io.lab import LabTable, read_lab

UCUM = "http://unitsofmeasure.org"


def _observation(**more: object) -> dict:
    base = {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "1743-4"}]},
        "subject": {"reference": "Patient/p"},
        "effectiveDateTime": "2024-01-02T08:30:00+05:00",
        "valueQuantity": {"value": 35.1, "unit": "U/L", "system": UCUM, "code": "U/L"},
    }
    return {key: value for key, value in (base | more).items() if value is not None}


def _fhir(folder: Path, *resources: dict, bundle: bool = True) -> LabTable:
    path = folder / "results.json"
    if bundle:
        entries = [{"fullUrl": "urn:uuid:1", "resource": resource} for resource in resources]
        document = {"resourceType": "Bundle", "type": "collection", "entry": entries}
        path.write_text(json.dumps(document, indent=1), encoding="utf-8")
    else:
        path.write_text("\n".join(map(json.dumps, resources)), encoding="utf-8")
    return read_lab(path)


@pytest.mark.parametrize("bundle", [True, False])
def test_a_fhir_observation(tmp_path: Path, bundle: bool) -> None:
    patient = {"resourceType": "Patient", "id": "p", "gender": "female", "birthDate": "1980-01-03"}
    span = [
        {
            "type": {"coding": [{"code": "therapeutic"}]},
            "high": {"value": 5, "unit": "U/L"},
        },
        {"low": {"value": 7, "code": "U/L"}, "high": {"value": 40, "code": "U/L"}},
    ]
    lab = _fhir(tmp_path, patient, _observation(referenceRange=span), bundle=bundle)
    row = lab.arrow().to_pylist()[0]
    assert (row["row"], row["subject"], row["test"], row["method"]) == (2, "p", "ALT", "with P5P")
    assert (row["low"], row["uln"], row["lln"]) == (35_100_000, 40_000_000, 7_000_000)
    assert (row["sex"], row["age"]) == ("female", 43)
    assert row["time"] == dt.datetime(2024, 1, 2, 8, 30)
    assert row["value_text"] == "35.1"


@pytest.mark.parametrize("status", ["cancelled", "entered-in-error"])
def test_fhir_results_that_are_withdrawn(tmp_path: Path, status: str) -> None:
    assert _fhir(tmp_path, _observation(status=status)).excluded_by() == {"cancelled": 1}


@pytest.mark.parametrize("status", ["corrected", "amended"])
def test_fhir_corrections_supersede(tmp_path: Path, status: str) -> None:
    value = {"value": 36, "unit": "U/L", "system": UCUM, "code": "U/L"}
    lab = _fhir(tmp_path, _observation(id="a"), _observation(status=status, valueQuantity=value))
    assert lab.arrow()["low"].to_pylist() == [36_000_000]
    assert lab.excluded_by() == {"superseded": 1}


def test_fhir_without_a_value(tmp_path: Path) -> None:
    reason = {"coding": [{"code": "not-performed"}]}
    lab = _fhir(tmp_path, _observation(valueQuantity=None, dataAbsentReason=reason))
    assert lab.excluded_by() == {"no value": 1}


def test_fhir_intervals_and_components(tmp_path: Path) -> None:
    less = {"value": 5, "comparator": "<", "code": "U/L"}
    span = {"low": {"value": 5, "code": "U/L"}, "high": {"value": 10, "code": "U/L"}}
    part = {"code": {"text": "AST"}, "valueQuantity": {"value": 9, "unit": "IU/L"}}
    lab = _fhir(
        tmp_path,
        _observation(valueQuantity=less),
        _observation(valueQuantity=None, valueRange=span, effectiveDateTime="2024-01-03"),
        _observation(valueQuantity=None, code={"text": "panel"}, component=[part]),
    )
    found = [
        (row["test"], row["low"], row["high"], row["below"]) for row in lab.arrow().to_pylist()
    ]
    assert found == [
        ("ALT", 0, 5_000_000, True),
        ("ALT", 5_000_000, 10_000_000, False),
        ("AST", 9_000_000, 9_000_000, False),
    ]


def test_a_fhir_limit_in_another_unit(tmp_path: Path) -> None:
    for unit, uln in (("ukat/L", 42_000_000), ("mmHg", None)):
        span = [{"high": {"value": 0.7, "code": unit}}]
        assert _fhir(tmp_path, _observation(referenceRange=span)).arrow()["uln"][0].as_py() == uln


def test_fhir_that_is_broken(tmp_path: Path) -> None:
    path = tmp_path / "results.ndjson"
    path.write_text(json.dumps(_observation()) + "\n{broken\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"results.ndjson row 2 is not JSON"):
        read_lab(path)
    path.write_text('{"a": 1}\n{"b": 2}\n', encoding="utf-8")
    with pytest.raises(InputError, match='row 1 is no FHIR resource: it has no "resourceType"'):
        read_lab(path)


ORU = (
    "MSH|^~\\&|LIS|CENTRAL|||20240102||ORU^R01|1|P|2.5.1\r"
    "PID|1||p^^^H^MR||ROE^JANE||19800103|F\r"
    "OBR|1||77|LIVER|||202401020830\r"
    "OBX|1|NM|1742-6^ALT^LN||35.1|U/L|7-40|N|||F\r"
    "OBX|2|SN|1920-8^AST^LN||<^5|U/L|<35|N|||F|||20240103\r"
    "OBX|3|SN|6768-6^ALP^LN||90^-^100|U/L^^UCUM|>20|N|||F\r"
    "NTE|1||a note\r"
    "OBX|4|NM|X^local^L^1975-2^Bilirubin^LN||1|mg/dL|0.2-1.2|N|||C\r"
    "OBX|5|ST|1742-6^ALT^LN|2|hemolyzed|U/L|||||X\r"
    "OBX|6|NM|2823-3^Potassium^LN||4|mmol/L||N|||F\r"
)


@pytest.mark.parametrize("ending", ["\r", "\n", "\r\n"])
def test_hl7(tmp_path: Path, ending: str) -> None:
    path = tmp_path / "results.hl7"
    path.write_text(ORU.replace("\r", ending), encoding="utf-8", newline="")
    lab = read_lab(path)
    rows = lab.arrow().to_pylist()
    assert [(row["row"], row["test"], row["low"], row["high"]) for row in rows] == [
        (4, "ALT", 35_100_000, 35_100_000),
        (5, "AST", 0, 5_000_000),
        (6, "ALP", 90_000_000, 100_000_000),
        (8, "TBL", 17_104_000, 17_104_000),
    ]
    assert [row["uln"] for row in rows] == [40_000_000, 35_000_000, None, 20_524_800]
    assert [row["lln"] for row in rows] == [7_000_000, None, 20_000_000, 3_420_800]
    assert [row["date"].day for row in rows] == [2, 3, 2, 2]
    assert {(row["subject"], row["sex"], row["age"]) for row in rows} == {
        ("p", "female", 43),
        ("p", "female", 44),
    }
    assert lab.excluded_by() == {"cancelled": 1, "other test": 1}


def test_hl7_corrections_replace_by_order_and_code(tmp_path: Path) -> None:
    again = ORU.replace("35.1|U/L|7-40|N|||F", "36.1|U/L|7-40|N|||C").replace("|1|P|", "|2|P|")
    path = tmp_path / "results.hl7"
    path.write_text("\x0b" + ORU + "\x1c\r\x0b" + again + "\x1c\r", encoding="utf-8", newline="")
    lab = read_lab(path)
    assert lab.counts["kept"] == 4
    assert 36_100_000 in lab.arrow()["low"].to_pylist()
    assert 35_100_000 not in lab.arrow()["low"].to_pylist()


def test_hl7_that_is_broken(tmp_path: Path) -> None:
    path = tmp_path / "results.hl7"
    path.write_text("MSH|^\rPID|1\r", encoding="utf-8", newline="")
    with pytest.raises(InputError, match=r"results.hl7 row 1 is no HL7 v2 message"):
        read_lab(path)


def test_omop_with_people_beside_it(tmp_path: Path) -> None:
    (tmp_path / "measurement.csv").write_text(
        "measurement_id,person_id,measurement_concept_id,measurement_date,operator_concept_id,"
        "value_as_number,unit_concept_id,range_low,range_high,measurement_source_value,"
        "unit_source_value\n"
        "1,7,3006923,2024-01-02,,35.1,8645,7,40,,\n"
        "2,7,3013721,2024-01-02,4171756,5,8923,,35,,\n"
        "3,7,3024128,2024-01-02,4172703,1.0,8840,,1.2,,\n"
        "4,8,0,2024-01-02,4172704,100,0,,,2324-2,U/L\n"
        "5,8,3004410,2024-01-02,,5.5,8554,,,,\n",
        encoding="utf-8",
    )
    (tmp_path / "person.csv").write_text(
        "person_id,gender_concept_id,year_of_birth,month_of_birth,day_of_birth\n"
        "7,8532,1980,1,3\n8,8507,1980,,\n",
        encoding="utf-8",
    )
    lab = read_lab(tmp_path)
    assert lab.form == "OMOP measurement"
    rows = lab.arrow().to_pylist()
    assert [(row["test"], row["low"], row["high"], row["sex"], row["age"]) for row in rows] == [
        ("ALT", 35_100_000, 35_100_000, "female", 43),
        ("AST", 0, 5_000_000, "female", 43),
        ("TBL", 17_104_000, 17_104_000, "female", 43),
        ("GGT", 100_000_000, None, "male", None),
    ]
    assert lab.excluded_by() == {"other test": 1}
    assert "birth_date, sex are from person.csv" in lab.notes


def test_sdtm_as_reported_and_standardised(tmp_path: Path) -> None:
    (tmp_path / "lb.csv").write_text(
        "USUBJID,LBTESTCD,LBORRES,LBORRESU,LBORNRHI,LBSTRESC,LBSTRESN,LBSTRESU,LBSTNRHI,"
        "LBSPEC,LBSTAT,LBBLFL,LBDTC,LBMETHOD\n"
        "p,ALT,0.5,ukat/L,0.7,30,30,U/L,42,SERUM,,Y,2024-01-02,WITH P5P\n"
        "p,ALT,<0.1,ukat/L,0.7,,,,,SERUM,,,2024-01-03T08:30,\n"
        "p,BILI,,,,<5,,umol/L,21,SERUM,,,2024-02,\n"
        "p,ALT,,,,,,,,SERUM,NOT DONE,,2024-01-05,\n"
        "p,ALB,40,g/L,,40,40,g/L,50,URINE,,,2024-01-05,\n",
        encoding="utf-8",
    )
    (tmp_path / "dm.csv").write_text(
        "USUBJID,SEX,AGE,ARM,RFXSTDTC\np,F,61,active,2024-01-02\n", encoding="utf-8"
    )
    lab = read_lab(tmp_path / "lb.csv")
    assert lab.form == "SDTM LB"
    rows = lab.arrow().to_pylist()
    assert [(row["low"], row["high"], row["uln"]) for row in rows] == [
        (30_000_000, 30_000_000, 42_000_000),
        (0, 6_000_000, 42_000_000),
        (0, 5_000_000, 21_000_000),
    ]
    assert [row["baseline_flag"] for row in rows] == [True, False, False]
    assert [row["method"] for row in rows] == ["with P5P", "", ""]
    assert [row["date"] for row in rows] == [dt.date(2024, 1, 2), dt.date(2024, 1, 3), None]
    assert {(row["sex"], row["age"], row["arm"]) for row in rows} == {("female", 61, "active")}
    assert lab.excluded_by() == {"cancelled": 1, "other specimen": 1}
    assert lab.counts["remark: date partial"] == 1


def test_adam_reads_what_was_reported_not_what_was_assumed(tmp_path: Path) -> None:
    (tmp_path / "adlb.csv").write_text(
        "USUBJID,PARAMCD,PARAM,AVAL,AVALC,A1HI,ADT,ADTM,ABLFL,AVISIT,VISIT\n"
        "p,ALT,Alanine Aminotransferase (U/L),2.5,<5,40,23377,2019803400,Y,.,SCREENING\n",
        encoding="utf-8",
    )
    row = read_lab(tmp_path / "adlb.csv").arrow().to_pylist()[0]
    assert (row["low"], row["high"], row["below"]) == (0, 5_000_000, True)
    assert (row["date"], row["time"]) == (dt.date(2024, 1, 2), dt.datetime(2024, 1, 2, 8, 30))
    assert (row["visit"], row["unit_text"]) == ("SCREENING", "U/L")


def test_files_of_different_formats_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("subject,test,value\np,ALT,3\n", encoding="utf-8")
    (tmp_path / "b.json").write_text(json.dumps(_observation()), encoding="utf-8")
    with pytest.raises(InputError, match=r"b.json and a.csv are of different formats"):
        read_lab(tmp_path)
