"""Limits for results that came without: tables, named defaults, and what stands above them."""

from pathlib import Path

import pytest

from cahill.errors import InputError, UnknownNameError
from cahill.io.lab import read_lab
from cahill.io.lab_limits import default_limits, read_limits

RESULTS = (
    "subject,test,value,unit,uln,date,sex,age,site\n"
    "own,ALT,50,U/L,45,2024-01-02,F,40,A\n"
    "woman,ALT,50,U/L,,2024-01-02,F,40,B\n"
    "man,ALT,50,U/L,,2024-01-02,M,40,B\n"
    "girl,ALT,50,U/L,,2024-01-02,F,10,B\n"
    "before,ALT,50,U/L,,2019-01-02,M,40,A\n"
    "after,ALT,50,U/L,,2024-01-02,M,40,A\n"
    "unknown,ALT,50,U/L,,2024-01-02,,,B\n"
    "other,AST,50,U/L,,2024-01-02,F,40,B\n"
)

LIMITS = (
    "test,uln,unit,sex,age_from,age_to,site,from_date\n"
    "ALT,40,U/L,,,,,\n"
    "ALT,0.55,ukat/L,F,,,,\n"
    "ALT,25,U/L,F,,17,,\n"
    "ALT,50,U/L,,,,A,2015-01-01\n"
    "ALT,55,U/L,,,,A,2020-01-01\n"
)


def _limits(folder: Path, limits: str | None = LIMITS, **options: object) -> dict[str, tuple]:
    (folder / "results.csv").write_text(RESULTS, encoding="utf-8")
    if limits is not None:
        (folder / "central.csv").write_text(limits, encoding="utf-8")
        options["limits"] = folder / "central.csv"
    lab = read_lab(folder / "results.csv", **options)  # type: ignore[arg-type]
    return {row["subject"]: (row["uln"], row["uln_source"]) for row in lab.arrow().to_pylist()}


def test_the_limit_on_the_row_stands_and_the_closest_of_a_table_fills(tmp_path: Path) -> None:
    found = _limits(tmp_path)
    table = "table central"
    assert found == {
        "own": (45_000_000, "row"),
        "woman": (33_000_000, table),
        "man": (40_000_000, table),
        "girl": (25_000_000, table),
        "before": (50_000_000, table),
        "after": (55_000_000, table),
        "unknown": (40_000_000, table),
        "other": (None, ""),
    }


def test_a_default_is_used_only_if_it_is_asked_for(tmp_path: Path) -> None:
    assert _limits(tmp_path, None)["woman"] == (None, "")
    found = _limits(tmp_path, None, default_uln="limit-acg")
    assert found["own"] == (45_000_000, "row")
    assert found["woman"] == (25_000_000, "default limit-acg@2017")
    assert found["man"] == (33_000_000, "default limit-acg@2017")
    # A limit for each sex says nothing of a subject whose sex is unknown.
    assert found["unknown"] == (None, "")
    assert found["other"] == (None, "")


def test_a_default_has_a_name_that_exists() -> None:
    assert default_limits("limit-acg@2017") == default_limits("limit-acg")
    with pytest.raises(UnknownNameError, match='unknown set of limits "limit-acq"; did you mean'):
        default_limits("limit-acq")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("test,uln\nALT,40\n", 'has no column "unit"'),
        ("test,uln,unit,gender\nALT,40,U/L,F\n", 'unknown column "gender"'),
        ("test,uln,unit\nALAX,40,U/L\n", 'row 2: unknown test "ALAX"; did you mean'),
        ("test,uln,unit\nALT,40,mg/dL\n", 'row 2: unit unknown: "mg/dL" for ALT'),
        ("test,uln,unit\nALT,,U/L\n", "row 2: "),
        ("test,uln,unit\nALT,0,U/L\n", "row 2: an upper limit must be positive"),
        ("test,uln,unit,sex\nALT,40,U/L,both\n", 'row 2: the sex is "male", "female" or blank'),
        ("test,uln,unit,age_from\nALT,40,U/L,old\n", "row 2: "),
        ("test,uln,unit,from_date\nALT,40,U/L,1/2/14\n", "row 2: "),
        ("test,uln,unit\nALT,40,U/L\nALT,41,U/L\n", "row 3: there is a limit for the same"),
    ],
)
def test_bad_tables_of_limits(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "limits.csv").write_text(text, encoding="utf-8")
    with pytest.raises((InputError, UnknownNameError)) as caught:
        read_limits(tmp_path / "limits.csv")
    assert message in str(caught.value)
    assert "limits.csv" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_results_without_a_limit_for_want_of_sex_are_counted(tmp_path):
    (tmp_path / "results.csv").write_text(RESULTS, encoding="utf-8")
    lab = read_lab(tmp_path / "results.csv", default_uln="limit-acg")
    told = "default limit-acg@2017 has no limit for 1 result whose sex or age is not known"
    assert told in lab.notes
    lab = read_lab(tmp_path / "results.csv", default_uln="limit-seed")
    assert not any("sex or age is not known" in note for note in lab.notes)
