"""Doors out for findings: Parquet, CSV, FHIR Observations and ADaM flags."""

import datetime as dt
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cahill.errors import InputError, UnknownNameError
from cahill.io.lab import memory_table, read_lab
from cahill.io.lab_write import fhir_findings, write_findings
from cahill.io.lab_write_results import write_results

FIRST, SECOND = dt.date(2024, 1, 2), dt.date(2024, 1, 9)


def _finding(**more: object) -> dict:
    base = {
        "subject": "p",
        "rule": "hys-law",
        "version": "2009",
        "outcome": "true",
        "band": None,
        "first_date": FIRST,
        "second_date": SECOND,
        "first_test": "ALT",
        "first_value": 120_100_000,
        "first_limit": 40_000_000,
        "second_test": "TBL",
        "second_value": 43_000_000,
        "second_limit": 21_000_000,
        "limit_source": "row",
        "reason": "met",
    }
    return base | more


NONE = {
    f"{place}_{part}": None
    for place in ("first", "second")
    for part in ("date", "test", "value", "limit")
}
FINDINGS = pa.Table.from_pylist(
    [
        _finding(),
        _finding(subject="q", outcome="false", reason="not met", **NONE),
        _finding(subject="r", outcome="undetermined", reason="limit missing", **NONE),
        _finding(rule="bands", version="6", band="grade 2", second_date=None, second_test=None),
    ]
)


def _results() -> pa.Table:
    shared = {"below": False, "above": False, "uln_source": "row", "method": "", "value_text": ""}
    rows = [
        ("p", "ALT", 120_100_000, 40_000_000, FIRST),
        ("p", "ALT", 40_000_000, 40_000_000, SECOND),
        ("p", "TBL", 43_000_000, 21_000_000, SECOND),
        ("q", "ALT", 30_000_000, 40_000_000, FIRST),
        ("r", "ALT", 130_000_000, None, FIRST),
    ]
    return memory_table(
        [
            {"row": k, "subject": s, "test": t, "low": v, "high": v, "uln": u, "date": d, **shared}
            for k, (s, t, v, u, d) in enumerate(rows, start=2)
        ]
    ).arrow()


def test_parquet_and_csv(tmp_path: Path) -> None:
    write_findings(FINDINGS, tmp_path / "out" / "findings.parquet", "parquet")
    assert pq.read_table(tmp_path / "out" / "findings.parquet").equals(FINDINGS)
    lines = write_findings(FINDINGS, tmp_path / "f.csv", "csv").read_text().splitlines()
    assert lines[0].replace('"', "").split(",") == FINDINGS.column_names
    assert "120.1" in lines[1]
    assert "120100000" not in lines[1]


def test_fhir_findings_carry_interpretation_values_and_notes(tmp_path: Path) -> None:
    path = write_findings(
        FINDINGS,
        tmp_path / "findings.ndjson",
        "fhir",
        notes=["research use only"],
        words=lambda code: f"because: {code}",
    )
    found = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    codes = [item["interpretation"][0]["coding"][0]["code"] for item in found]
    assert codes == ["POS", "NEG", "IND", "POS"]
    assert [item.get("valueBoolean") for item in found] == [True, False, None, None]
    assert found[3]["valueString"] == "grade 2"
    assert "dataAbsentReason" in found[2]
    assert found[0]["effectivePeriod"] == {"start": "2024-01-02", "end": "2024-01-09"}
    assert [part["valueQuantity"]["value"] for part in found[0]["component"]] == [120.1, 43.0]
    high = found[0]["component"][0]["referenceRange"][0]
    assert high["high"]["value"] == 40.0
    assert high["text"] == "limit from: row"
    for item in found:
        texts = [note["text"] for note in item["note"]]
        assert texts[0].startswith("because: ")
        assert texts[1] == "research use only"


def test_adam_flags(tmp_path: Path) -> None:
    for name in ("adlb.csv", "adlb.xpt"):
        path = write_findings(FINDINGS, tmp_path / name, "adam", results=_results())
        lab = read_lab(path)
        assert lab.form == "ADaM ADLB"
        assert lab.arrow()["low"].to_pylist() == _results()["low"].to_pylist()
        assert lab.arrow()["uln"].to_pylist() == _results()["uln"].to_pylist()
    import pandas as pd

    frame = pd.read_csv(tmp_path / "adlb.csv", keep_default_na=False)
    assert frame["CRIT1"].unique().tolist() == ["bands@6"]
    assert frame["CRIT2"].unique().tolist() == ["hys-law@2009"]
    assert frame["CRIT2FL"].tolist() == ["Y", "N", "Y", "N", ""]
    assert frame["ANL01FL"].tolist() == ["Y", "", "Y", "", ""]
    assert frame["PARAMCD"].tolist() == ["ALT", "ALT", "BILI", "ALT", "ALT"]


def test_what_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match='unknown format of findings "xml"'):
        write_findings(FINDINGS, tmp_path / "f", "xml")
    with pytest.raises(InputError, match="give the table of results as well"):
        write_findings(FINDINGS, tmp_path / "f", "adam")
    with pytest.raises(InputError, match='no column "outcome"'):
        write_findings(FINDINGS.drop_columns(["outcome"]), tmp_path / "f", "csv")
    wrong = pa.Table.from_pylist([_finding(outcome="maybe")])
    with pytest.raises(InputError, match="finding 1 is neither true, false nor undetermined"):
        fhir_findings(wrong)
    with pytest.raises(UnknownNameError, match='unknown format of results "xml"'):
        write_results(_results(), tmp_path / "r", "xml")
