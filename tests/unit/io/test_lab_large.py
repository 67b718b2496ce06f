"""Many rows: the same answers from a file of results as from a table in memory."""

import datetime as dt
import decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pyreadstat
import pytest

from cahill.errors import InputError
from cahill.io import lab_settle, lab_tables
from cahill.io.lab import read_lab

ROWS = 3_000


def _table() -> pa.Table:
    tests = ["ALT", "AST", "TBL", "K"]
    return pa.table(
        {
            "subject": [f"S{k // 10:05d}" for k in range(ROWS)],
            "test": [tests[k % 4] for k in range(ROWS)],
            "value": [None if k % 97 == 0 else k / 10 for k in range(ROWS)],
            "unit": ["umol/L" if k % 4 == 2 else "U/L" for k in range(ROWS)],
            "uln": [float(k % 50) for k in range(ROWS)],
            "date": [dt.date(2024, 1, 1) + dt.timedelta(k % 365) for k in range(ROWS)],
            "sex": ["F" if k // 10 % 2 else "M" for k in range(ROWS)],
        }
    )


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    from pyarrow import csv

    pq.write_table(_table(), tmp_path / "results.parquet")
    csv.write_csv(_table(), tmp_path / "results.csv")
    return tmp_path / "results.parquet", tmp_path / "results.csv"


def _rows(lab) -> list[dict]:
    rows = sorted(lab.arrow().to_pylist(), key=lambda row: row["row"])
    return [{name: value for name, value in row.items() if name != "row"} for row in rows]


def test_text_through_the_engine_is_text_row_by_row(
    files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    row_by_row = read_lab(files[1])
    monkeypatch.setattr(lab_tables, "_EXACT_ROWS", 0)
    engine = read_lab(files[1])
    assert engine.arrow().equals(row_by_row.arrow())
    assert engine.excluded.equals(row_by_row.excluded)
    assert engine.remarks.equals(row_by_row.remarks)
    assert engine.counts == row_by_row.counts
    assert _rows(engine) == _rows(read_lab(files[0]))


def test_many_results_are_held_as_a_file(
    files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    small = read_lab(files[0])
    monkeypatch.setattr(lab_settle, "MANY", 100)
    said: list[str] = []
    large = read_lab(files[0], progress=said.append)
    assert isinstance(large.table, Path)
    assert said[0] == "opening results.parquet"
    assert _rows(large) == _rows(small)
    assert pq.read_schema(large.table).names == small.arrow().column_names
    # A table that is canonical already is not copied.
    again = read_lab(large.table)
    assert again.table == large.table
    assert again.counts["kept"] == small.counts["kept"]
    place = large.table
    del large
    assert not place.exists()


def test_a_comment_at_the_head_of_a_large_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lab_tables, "_EXACT_ROWS", 0)
    path = tmp_path / "results.csv"
    path.write_text("# made\n\nsubject,test,value,unit\np,ALT,3,U/L\n", encoding="utf-8")
    assert read_lab(path).arrow()["row"].to_pylist() == [4]
    path.write_text("subject,test,value,unit\np,ALT,3,U/L\np,ALT,3,U/L,x\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"cannot be read as a table: .* Line: 3"):
        read_lab(path)


def test_the_listed_are_the_first_and_the_counts_have_all(
    files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lab_settle, "SHOWN", 10)
    lab = read_lab(files[0])
    assert lab.excluded.num_rows == 10
    assert lab.counts["excluded"] > 700
    assert any("the first 10 are listed" in note for note in lab.notes)


def test_a_canonical_table_that_is_wrong_is_refused(files: tuple[Path, Path]) -> None:
    table = read_lab(files[0]).arrow()
    place = table.column_names.index("uln")
    broken = table.set_column(place, "uln", pa.array([0] * table.num_rows, pa.int64()))
    path = files[0].with_name("canonical.parquet")
    pq.write_table(broken, path)
    with pytest.raises(InputError, match=r"canonical.parquet: .* a limit that is not positive"):
        read_lab(path)


def test_decimal_and_whole_number_columns(tmp_path: Path) -> None:
    kind = pa.decimal128(12, 3)
    table = pa.table(
        {
            "subject": pa.array([7, 8]),
            "test": ["ALT", "AST"],
            "value": pa.array([decimal.Decimal("100.000"), decimal.Decimal("35.100")], kind),
            "unit": ["U/L", "U/L"],
            "uln": pa.array([40, 40], pa.int16()),
            "age": pa.array([decimal.Decimal("50.000"), None], kind),
        }
    )
    pq.write_table(table, tmp_path / "results.parquet")
    rows = read_lab(tmp_path / "results.parquet").arrow().to_pylist()
    assert [(row["subject"], row["low"], row["value_text"]) for row in rows] == [
        ("7", 100_000_000, "100"),
        ("8", 35_100_000, "35.1"),
    ]
    assert [(row["uln"], row["age"]) for row in rows] == [(40_000_000, 50), (40_000_000, None)]


@pytest.mark.parametrize("version", [5, 8])
def test_both_versions_of_transport_files(tmp_path: Path, version: int) -> None:
    import pandas as pd

    frame = pd.DataFrame(
        {
            "USUBJID": ["p", "q"],
            "PARAMCD": ["ALT", "BILI"],
            "PARAM": ["Alanine Aminotransferase (U/L)", "Bilirubin (umol/L)"],
            "AVAL": [35.1, float("nan")],
            "A1HI": [40.0, 21.0],
            "ADT": [dt.date(2024, 1, 2), dt.date(2024, 1, 3)],
        }
    )
    path = tmp_path / "adlb.xpt"
    pyreadstat.write_xport(frame, str(path), table_name="ADLB", file_format_version=version)  # type: ignore[arg-type]
    lab = read_lab(path)
    row = lab.arrow().to_pylist()[0]
    assert (row["low"], row["uln"], row["date"]) == (35_100_000, 40_000_000, dt.date(2024, 1, 2))
    assert lab.excluded_by() == {"no value": 1}


def test_a_patient_known_by_the_address_of_its_entry(tmp_path: Path) -> None:
    import json

    patient = {"resourceType": "Patient", "id": "7", "gender": "male"}
    result = {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "1742-6"}]},
        "subject": {"reference": "urn:uuid:abc"},
        "valueQuantity": {"value": 30, "code": "U/L"},
    }
    entries = [{"fullUrl": "urn:uuid:abc", "resource": patient}, {"resource": result}]
    path = tmp_path / "bundle.json"
    path.write_text(json.dumps({"resourceType": "Bundle", "entry": entries}), encoding="utf-8")
    assert read_lab(path).arrow()["sex"].to_pylist() == ["male"]
