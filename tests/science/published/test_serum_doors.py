"""The public files of serum results, read with every row accounted for."""

from pathlib import Path

import pytest

from cahill.io.lab import LabTable, read_lab

DATA = Path(__file__).parents[3].parent / "shared" / "data" / "serum"
pytestmark = pytest.mark.skipif(not DATA.exists(), reason="the shared data are not here")


def _above(lab: LabTable, test: str, times: int) -> set[str]:
    """Return the subjects with an exact value of a test above so many times its limit."""
    return {
        row["subject"]
        for row in lab.arrow().to_pylist()
        if row["test"] == test and row["uln"] and row["low"] > times * row["uln"]
    }


def test_the_cdisc_pilot() -> None:
    """254 subjects; ALT above 3 x ULN in three of them; US dates decide their own order."""
    lab = read_lab(DATA / "cdisc_pilot_adlbc.csv")
    assert lab.form == "ADaM ADLB"
    assert lab.counts["input"] == 10_288
    assert lab.counts["kept"] == 8_233
    assert lab.excluded_by() == {"no value": 9, "other test": 2_046}
    table = lab.arrow()
    assert len(table["subject"].unique()) == 254
    assert len(_above(lab, "ALT", 3)) == 3
    assert "01-705-1186" in _above(lab, "ALT", 3)
    assert table["date"].null_count == table["uln"].null_count == 0
    assert set(table["uln_source"].to_pylist()) == {"row"}
    assert not any(key.startswith("remark: conflicting") for key in lab.counts)


def test_the_subject_of_the_alp_gate() -> None:
    """01-705-1186: ALP is 4.9 to 6.0 times its limit whenever bilirubin is above twice its own."""
    lab = read_lab(DATA / "cdisc_pilot_adlbc.csv")
    rows = [row for row in lab.arrow().to_pylist() if row["subject"] == "01-705-1186"]
    days = {row["date"] for row in rows if row["test"] == "TBL" and row["low"] > 2 * row["uln"]}
    ratios = [
        row["low"] / row["uln"] for row in rows if row["test"] == "ALP" and row["date"] in days
    ]
    assert days
    assert 4.85 < min(ratios) <= max(ratios) < 6.05


def test_adlbhy_as_transport_file() -> None:
    lab = read_lab(DATA / "adlbhy.xpt")
    assert lab.counts["input"] == 9_954
    assert lab.counts["kept"] == 4_972
    assert lab.excluded_by() == {"no value": 5, "other test": 4_977}


def test_both_files_of_the_pilot_agree() -> None:
    """ADLBHY holds ALT, AST and bilirubin of ADLBC; values, limits and dates are the same."""
    keys = ("subject", "test", "date", "visit")
    held = ("low", "high", "uln", "lln", "sex", "age", "arm", "treatment_start")
    first, second = (
        {
            tuple(row[key] for key in keys): tuple(row[name] for name in held)
            for row in read_lab(DATA / name).arrow().to_pylist()
        }
        for name in ("adlbhy.xpt", "cdisc_pilot_adlbc.csv")
    )
    shared = set(first) & set(second)
    assert len(shared) > 4_800
    assert all(first[key] == second[key] for key in shared)


def test_fhir_observations_without_a_single_range() -> None:
    lab = read_lab(DATA / "fhir_liver_observations.ndjson")
    assert lab.counts["input"] == lab.counts["kept"] == 3_231
    table = lab.arrow()
    assert len(table["subject"].unique()) == 124
    assert table["uln"].null_count == 3_231
    assert lab.counts["unit: TBL mg/dL as umol/L"] == 807
    assert lab.counts["unit: ALT IU/L as U/L"] == 1
    assert any(note.startswith("3,231 of 3,231 results have no upper limit") for note in lab.notes)


def test_a_fhir_bundle_of_one_patient() -> None:
    lab = read_lab(DATA / "fhir_bundle_0.json")
    assert lab.counts["input"] == 131
    assert lab.counts["kept"] == 8
    assert lab.excluded_by() == {"other test": 123}
    assert set(lab.arrow()["sex"].to_pylist()) == {"male"}
    assert None not in lab.arrow()["age"].to_pylist()


def test_a_default_fills_only_what_it_covers() -> None:
    lab = read_lab(DATA / "fhir_liver_observations.ndjson", default_uln="limit-seed")
    for row in lab.arrow().to_pylist():
        assert (row["uln_source"] == "default limit-seed@2025") == (row["test"] == "ALT")
