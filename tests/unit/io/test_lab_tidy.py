"""Tidy and wide tables: what is kept, what is excluded and why, and what a reader is told."""

import datetime as dt
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cahill.core.laboratory import COLUMNS, EXCLUDED_COLUMNS, REASONS
from cahill.errors import InputError, UnknownNameError
from cahill.io.lab import LabTable, arrow_schema, read_lab

HEAD = "subject,test,value,unit,uln,date\n"


def _read(folder: Path, text: str, name: str = "results.csv", **options: object) -> LabTable:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return read_lab(path, **options)  # type: ignore[arg-type]


def _one(folder: Path, line: str) -> dict:
    lab = _read(folder, HEAD + line)
    assert lab.counts["kept"] == 1, lab.excluded.to_pylist()
    return lab.arrow().to_pylist()[0]


def _reason(folder: Path, line: str) -> str:
    lab = _read(folder, HEAD + line)
    assert lab.counts["excluded"] == 1, lab.arrow().to_pylist()
    row = lab.excluded.to_pylist()[0]
    assert row["row"] == 2
    assert row["detail"]
    return row["reason"]


def test_the_table_has_the_canonical_columns(tmp_path: Path) -> None:
    lab = _read(tmp_path, HEAD + "p,ALT,35.1,U/L,40,2024-01-02\n")
    assert lab.arrow().schema == arrow_schema(COLUMNS)
    assert lab.excluded.schema == arrow_schema(EXCLUDED_COLUMNS)
    row = lab.arrow().to_pylist()[0]
    assert (row["row"], row["low"], row["high"], row["uln"]) == (
        2,
        35_100_000,
        35_100_000,
        4 * 10**7,
    )
    assert (row["uln_source"], row["date"]) == ("row", dt.date(2024, 1, 2))
    assert lab.counts == {"input": 1, "kept": 1, "excluded": 0, "unit: ALT U/L as U/L": 1}


@pytest.mark.parametrize(
    ("written", "low", "high", "below", "above"),
    [
        ("35.1", 35_100_000, 35_100_000, False, False),
        (" 35 ", 35_000_000, 35_000_000, False, False),
        ("<5", 0, 5_000_000, True, False),
        ("< 5", 0, 5_000_000, True, False),
        ("<=5", 0, 5_000_000, False, False),
        ("≤5", 0, 5_000_000, False, False),
        (">1000", 1_000_000_000, None, False, True),
        (">=1000", 1_000_000_000, None, False, False),
        ("≥1000", 1_000_000_000, None, False, False),
        ("5-10", 5_000_000, 10_000_000, False, False),
        ("5 – 10", 5_000_000, 10_000_000, False, False),
        ('"35,1"', 35_100_000, 35_100_000, False, False),
        ('"1,234.5"', 1_234_500_000, 1_234_500_000, False, False),
        ("1.2e3", 1_200_000_000, 1_200_000_000, False, False),
        ("0.1234567", 123_457, 123_457, False, False),
    ],
)
def test_values(
    tmp_path: Path, written: str, low: int, high: int | None, below: bool, above: bool
) -> None:
    row = _one(tmp_path, f"p,ALT,{written},U/L,40,2024-01-02\n")
    assert (row["low"], row["high"], row["below"], row["above"]) == (low, high, below, above)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("p,ALT,,U/L,40,2024-01-02", "no value"),
        ("p,ALT,NaN,U/L,40,2024-01-02", "no value"),
        ("p,ALT,haemolysed,U/L,40,2024-01-02", "no value"),
        ("p,ALT,10-5,U/L,40,2024-01-02", "no value"),
        ('p,ALT,"1,234",U/L,40,2024-01-02', "no value"),
        ("p,ALT,inf,U/L,40,2024-01-02", "impossible"),
        ("p,ALT,-3,U/L,40,2024-01-02", "impossible"),
        ("p,ALT,<-3,U/L,40,2024-01-02", "impossible"),
        ("p,ALT,1e9,U/L,40,2024-01-02", "impossible"),
        ("p,ALT,1e300,U/L,40,2024-01-02", "impossible"),
        ("p,TBL,1e12,mg/dL,40,2024-01-02", "impossible"),
        ("p,ALT,35,,40,2024-01-02", "unit missing"),
        ("p,ALT,35,mg/dL,40,2024-01-02", "unit unknown"),
        ("p,TBL,35,IU/L,40,2024-01-02", "unit unknown"),
        ("p,K,4.1,mmol/L,5,2024-01-02", "other test"),
        ("p,_ALT,4,U/L,5,2024-01-02", "other test"),
        (",ALT,35,U/L,40,2024-01-02", "subject missing"),
        ("p,ALT,35,U/L,40,2024-13-02", "date unreadable"),
        ("p,ALT,35,U/L,40,soon", "date unreadable"),
    ],
)
def test_excluded_with_a_reason(tmp_path: Path, line: str, reason: str) -> None:
    assert _reason(tmp_path, line + "\n") == reason
    assert reason in REASONS


@pytest.mark.parametrize(
    ("unit", "value", "held"),
    [
        ("IU/L", "35.1", 35_100_000),
        ("[iU]/L", "35.1", 35_100_000),
        ("U/l", "35.1", 35_100_000),
        ("u / L", "35.1", 35_100_000),
        ("ukat/L", "0.5", 30_000_000),
        ("µkat/L", "0.5", 30_000_000),
        ("μkat/L", "0.5", 30_000_000),
        ("nkat/L", "500", 30_000_000),
    ],
)
def test_units_of_enzymes(tmp_path: Path, unit: str, value: str, held: int) -> None:
    row = _one(tmp_path, f"p,ALT,{value},{unit},{value},2024-01-02\n")
    assert row["low"] == held
    assert row["uln"] == held
    assert row["unit_text"] == unit


def test_bilirubin_in_mass_keeps_its_ratio_exactly(tmp_path: Path) -> None:
    """584.66 g/mol: 1 mg/dL is 17.104 umol/L; 3.6 at a limit of 1.2 is exactly three times."""
    row = _one(tmp_path, "p,TBL,3.6,mg/dL,1.2,2024-01-02\n")
    assert row["low"] == 3 * row["uln"] == 61_574_400
    assert abs(17.104 / (1e4 / 584.66) - 1) < 5e-6


def test_limits(tmp_path: Path) -> None:
    lab = _read(
        tmp_path,
        HEAD
        + "p,ALT,35,U/L,0,2024-01-02\np,ALT,35,U/L,,2024-01-03\np,ALT,35,U/L,forty,2024-01-04\n"
        + "p,ALT,35,U/L,-1,2024-01-05\n",
    )
    assert lab.counts["kept"] == 4
    assert lab.arrow()["uln"].null_count == 4
    assert set(lab.arrow()["uln_source"].to_pylist()) == {""}
    kinds = {row["row"]: row["reason"] for row in lab.remarks.to_pylist()}
    assert kinds == {2: "limit of zero", 4: "limit unreadable", 5: "limit of zero"}
    assert any("no upper limit" in note for note in lab.notes)


def test_a_range_gives_the_limits(tmp_path: Path) -> None:
    text = "subject,test,value,unit,reference range\n"
    lab = _read(tmp_path, text + "p,ALT,35,U/L,7-40\np,ALT,35,U/L,<41\np,ALT,35,U/L,see note\n")
    assert [row["uln"] for row in lab.arrow().to_pylist()] == [40_000_000, 41_000_000, None]
    assert [row["lln"] for row in lab.arrow().to_pylist()] == [7_000_000, None, None]


def test_corrections_duplicates_and_conflicts(tmp_path: Path) -> None:
    lab = _read(
        tmp_path,
        "subject,test,value,unit,date,status\n"
        "p,ALT,44,U/L,2024-01-02,final\n"
        "p,ALT,45,U/L,2024-01-02,corrected\n"
        "p,ALT,46,U/L,2024-01-03,cancelled\n"
        "p,ALT,47,U/L,2024-01-04,final\n"
        "p,ALT,47,U/L,2024-01-04,final\n"
        "p,ALT,48,U/L,2024-01-04,final\n"
        "p,ALT,49,U/L,2024-01-05,entered-in-error\n"
        "p,ALT,50,U/L,2024-01-06,preliminary\n"
        "p,ALT,51,U/L,2024-01-06,final\n"
        "p,ALT,52,U/L,2024-01-07,preliminary\n",
    )
    excluded = {row["row"]: (row["reason"], row["detail"]) for row in lab.excluded.to_pylist()}
    assert excluded == {
        2: ("superseded", "row 3 replaces it"),
        4: ("cancelled", 'the status is "cancelled"'),
        6: ("duplicate", "row 5 is the same"),
        8: ("cancelled", 'the status is "entered-in-error"'),
        9: ("superseded", "row 10 replaces it"),
    }
    remarks = {(row["row"], row["reason"]) for row in lab.remarks.to_pylist()}
    assert remarks == {(5, "conflicting"), (7, "conflicting"), (11, "preliminary")}


def test_the_last_version_of_a_record_counts(tmp_path: Path) -> None:
    lab = _read(
        tmp_path,
        "subject,test,value,unit,date,status,record\n"
        "p,ALT,44,U/L,2024-01-02,final,a\n"
        "p,ALT,45,U/L,2024-01-02,final,a\n"
        "p,ALT,46,U/L,2024-01-03,final,b\n"
        "p,ALT,46,U/L,2024-01-03,entered-in-error,b\n",
    )
    assert [row["row"] for row in lab.arrow().to_pylist()] == [3]
    assert lab.excluded_by() == {"cancelled": 1, "superseded": 2}


def test_a_subject_with_two_sexes_has_none(tmp_path: Path) -> None:
    lab = _read(
        tmp_path,
        "subject,test,value,unit,sex\np,ALT,44,U/L,F\nq,ALT,44,U/L,male\np,AST,44,U/L,M\n"
        "r,AST,44,U/L,?\n",
    )
    assert lab.arrow()["sex"].to_pylist() == [None, "male", None, None]
    assert [(row["row"], row["reason"]) for row in lab.remarks.to_pylist()] == [
        (5, "sex unreadable"),
        (2, "two sexes"),
    ]


def test_notes_name_rows_never_people_or_values(tmp_path: Path) -> None:
    lab = _read(
        tmp_path,
        HEAD + "Jane Roe,ALT,777.5,U/L,0,2024-01-02\nJane Roe,ALT,888.5,U/L,0,2024-01-02\n"
        "Jane Roe,ALT,999.5,furlongs,40,2024-01-02\n",
    )
    assert lab.notes
    for note in lab.notes:
        for secret in ("Jane", "777.5", "888.5", "999.5"):
            assert secret not in note
    assert any("rows 2, 3" in note for note in lab.notes)


@pytest.mark.parametrize(
    ("dates", "expected"),
    [
        (["1/2/14", "12/26/13"], [dt.date(2014, 1, 2), dt.date(2013, 12, 26)]),
        (["1/2/2014", "26/12/2013"], [dt.date(2014, 2, 1), dt.date(2013, 12, 26)]),
        (["02JAN2014", "2-Jan-2014"], [dt.date(2014, 1, 2)] * 2),
        (["02.01.2014", "20140102"], [dt.date(2014, 1, 2)] * 2),
        (["2014-01-02T08:30:00+05:00", "2014/01/02"], [dt.date(2014, 1, 2)] * 2),
    ],
)
def test_dates(tmp_path: Path, dates: list[str], expected: list[dt.date]) -> None:
    lines = "".join(f"p,ALT,{40 + k},U/L,40,{text}\n" for k, text in enumerate(dates))
    assert _read(tmp_path, HEAD + lines).arrow()["date"].to_pylist() == expected


@pytest.mark.parametrize(
    ("dates", "part"),
    [
        (["1/2/14", "3/4/14"], "no date tells day from month"),
        (["13/2/14", "2/13/14"], "some dates have the day first and some the month"),
    ],
)
def test_ambiguous_dates_are_refused(tmp_path: Path, dates: list[str], part: str) -> None:
    lines = "".join(f"p,ALT,40,U/L,40,{text}\n" for text in dates)
    with pytest.raises(InputError, match=part):
        _read(tmp_path, HEAD + lines)


def test_another_column_decides_the_order_of_day_and_month(tmp_path: Path) -> None:
    text = "subject,test,value,unit,date,treatment_start\np,ALT,40,U/L,1/2/14,12/26/13\n"
    row = _read(tmp_path, text).arrow().to_pylist()[0]
    assert (row["date"], row["treatment_start"]) == (dt.date(2014, 1, 2), dt.date(2013, 12, 26))


def test_rows_are_those_of_an_editor(tmp_path: Path) -> None:
    text = (
        "# made by hand\n\n" + HEAD + 'p,ALT,35,U/L,40,2024-01-02\n\n# more\np,"AST\n",36,U/L,40,\n'
    )
    text += "p,ALP,99,U/L,120,2024-01-02\n"
    lab = _read(tmp_path, text)
    assert lab.arrow()["row"].to_pylist() == [4, 7, 9]


def test_separators_and_encodings(tmp_path: Path) -> None:
    path = tmp_path / "results.txt"
    path.write_bytes("subject;test;value;unit\nMüller;ALT;35,1;µkat/L\n".encode("cp1252"))
    row = read_lab(path).arrow().to_pylist()[0]
    assert (row["subject"], row["low"]) == ("Müller", 2_106_000_000)


def test_wide_tables(tmp_path: Path) -> None:
    lab = _read(
        tmp_path,
        "USUBJID,Date,ALT (U/L),ALT ULN,AST,AST_unit,Bilirubin (mg/dL)\n"
        "p,2024-01-02,35,40,30,IU/L,1.0\nq,2024-01-02,,40,30,IU/L,<0.1\n",
    )
    assert lab.form == "wide table"
    assert lab.counts["input"] == lab.counts["kept"] == 5
    found = {(row["subject"], row["test"]): row for row in lab.arrow().to_pylist()}
    assert found["p", "ALT"]["uln"] == 40_000_000
    assert found["q", "TBL"]["high"] == 1_710_400
    assert found["q", "AST"]["row"] == 3
    assert any('1 rows have no result in the column "ALT (U/L)"' in note for note in lab.notes)


def test_parquet_with_numbers_and_nan(tmp_path: Path) -> None:
    table = pa.table(
        {
            "subject": ["p"] * 5,
            "test": ["ALT"] * 5,
            "value": [35.1, float("nan"), float("inf"), None, 1e30],
            "unit": ["U/L"] * 5,
            "uln": [35.1, 0.0, 40.0, 40.0, 40.0],
            "date": [dt.date(2024, 1, 2)] * 5,
        }
    )
    pq.write_table(table, tmp_path / "results.parquet")
    lab = read_lab(tmp_path / "results.parquet")
    assert lab.arrow().to_pylist()[0]["low"] == 35_100_000
    assert lab.arrow().to_pylist()[0]["value_text"] == "35.1"
    reasons = {row["row"]: row["reason"] for row in lab.excluded.to_pylist()}
    assert reasons == {2: "no value", 3: "impossible", 4: "no value", 5: "impossible"}


def test_workbooks(tmp_path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for line in (
        ["subject", "test", "value", "unit", "uln", "date"],
        ["p", "ALT", 35.1, "U/L", 40, dt.date(2024, 1, 2)],
        ["p", "AST", "<5", "U/L", 40, dt.date(2024, 1, 3)],
    ):
        sheet.append(line)
    book.save(tmp_path / "results.xlsx")
    rows = read_lab(tmp_path / "results.xlsx").arrow().to_pylist()
    assert [(row["row"], row["high"], row["date"]) for row in rows] == [
        (2, 35_100_000, dt.date(2024, 1, 2)),
        (3, 5_000_000, dt.date(2024, 1, 3)),
    ]


def test_columns_and_units_can_be_said(tmp_path: Path) -> None:
    text = "PATNO,LABTEST,RES\np,ALT,35\np,TBL,1\n"
    lab = _read(
        tmp_path,
        text,
        columns={"subject": "PATNO", "test": "LABTEST", "value": "RES"},
        unit={"ALT": "U/L", "TBL": "mg/dL"},
    )
    assert lab.arrow()["low"].to_pylist() == [35_000_000, 17_104_000]
    with pytest.raises(UnknownNameError, match='unknown column "PATID"; did you mean PATNO'):
        _read(tmp_path, text, columns={"subject": "PATID"})
    with pytest.raises(UnknownNameError, match='unknown field of a result "valu"'):
        _read(tmp_path, text, columns={"valu": "RES"})


def test_several_files_and_folders(tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text(HEAD + f"{name},ALT,35,U/L,40,2024-01-02\n", encoding="utf-8")
    for given in (tmp_path, [tmp_path / "a.csv", tmp_path / "b.csv"]):
        lab = read_lab(given)
        assert [(row["subject"], row["row"]) for row in lab.arrow().to_pylist()] == [
            ("a.csv", 2),
            ("b.csv", 4),
        ]
        assert "rows 3 to 4 are those of b.csv" in lab.notes


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("subject,test,value,unit\n", "has no rows under its header"),
        ("subject,unit\np,U/L\n", "holds no results"),
        ("test,value,unit\nALT,3,U/L\n", "no column that names the subject"),
        ("subject,test,unit\np,ALT,U/L\n", "no column of values"),
        ("subject,test,value,value\np,ALT,3,3\n", 'the column "value" stands twice'),
        ("subject,test,value\np,ALT,3,U/L,x\n", "row 2 has more cells than the header"),
        ("just some words\nand more\n", "no column that names the subject"),
        ('{"resourceType": "Bundle", "entry": []}', "holds no Observation"),
        ('{"a": ', "is not JSON"),
        ("MSH|^~\\&|||||||ORU^R01|1|P|2.5.1\r", "holds no ORU message with results"),
    ],
)
def test_bad_files(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        _read(tmp_path, text)
    assert "\n" not in str(caught.value)


def test_a_missing_file_and_a_picture(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        read_lab(tmp_path / "none.csv")
    with pytest.raises(InputError, match="no files of results"):
        read_lab(tmp_path)
    (tmp_path / "plot.png").write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR")
    with pytest.raises(InputError, match="is no file of results"):
        read_lab(tmp_path / "plot.png")


def test_an_amount_of_memory_must_be_one(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not an amount of memory"):
        _read(tmp_path, HEAD + "p,ALT,3,U/L,4,\n", memory="lots")


def test_everything_is_accounted_for(tmp_path: Path) -> None:
    lines = "".join(
        f"p{k % 7},{'ALT' if k % 3 else 'K'},{k if k % 5 else ''},{'U/L' if k % 4 else ''},40,\n"
        for k in range(200)
    )
    lab = _read(tmp_path, HEAD + lines)
    assert lab.counts["input"] == 200 == lab.counts["kept"] + lab.counts["excluded"]
    assert lab.arrow().num_rows == lab.counts["kept"]
    assert lab.excluded.num_rows == lab.counts["excluded"] == sum(lab.excluded_by().values())
