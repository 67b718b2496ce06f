"""The example's counts by rule and arm as they were stored, and the command's exit status.

The golden file changes only when the example, the registry or a definition does. To write it anew:

    CAHILL_WRITE_GOLDEN=1 .venv/bin/python -m pytest tests/workflows/serum_screen
"""

import json
import os
from importlib.resources import files
from pathlib import Path

import pandas as pd
import pytest

from cahill.cli.main import main

GOLDEN = Path(__file__).with_name("golden.csv")
EXAMPLE = Path(str(files("cahill") / "data/examples/serum-trial/results.csv"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("screen") / "out"
    with pytest.raises(SystemExit) as end:
        main(["serum", "screen", str(EXAMPLE), "--out", str(path)])
    assert end.value.code == 3
    return path


def test_as_stored(folder):
    found = pd.read_csv(folder / "counts.csv")
    if os.environ.get("CAHILL_WRITE_GOLDEN"):
        found.to_csv(GOLDEN, index=False, lineterminator="\n", float_format="%.10g")
    stored = pd.read_csv(GOLDEN)
    names = ["rule", "arm", "subjects", "met", "not_met", "undetermined"]
    assert found[names].to_numpy().tolist() == stored[names].to_numpy().tolist()
    for name in ("share", "low", "high"):
        assert found[name].tolist() == pytest.approx(stored[name].tolist(), abs=1e-9)


def test_everything_is_saved(folder):
    pictures = {
        f"{name}.{ending}"
        for name in ("edish", "migration", "waterfall", "rows")
        for ending in ("svg", "png")
    }
    frames = ("results", "counts", "reasons", "rows", "migration", "peaks", "changes")
    tables = {f"{name}.csv" for name in (*frames, "excluded", "remarks")}
    assert {path.name for path in folder.iterdir()} == {*pictures, *tables, "report.html"}


def test_a_clean_input_leaves_with_status_0(tmp_path, capsys):
    path = tmp_path / "clean.csv"
    rows = ["subject,test,value,unit,uln,date"]
    rows += [f"s{k},ALT,{30 + 50 * k},U/L,40,2024-01-0{k}" for k in (1, 2)]
    rows += [f"s{k},TBL,9,umol/L,20,2024-01-0{k}" for k in (1, 2)]
    path.write_text("\n".join(rows), encoding="utf-8")
    main(["serum", "screen", str(path), "--rules", "edish", "--json"])
    answer = json.loads(capsys.readouterr().out)
    assert {row["subject"]: row["outcome"] for row in answer["data"]} == {
        "s1": "false",
        "s2": "false",
    }
    assert {row["band"] for row in answer["data"]} == {"lower left", "Temple's corollary"}
    assert "exit status" not in answer["summary"]


def test_bad_options_leave_with_status_2(tmp_path, capsys):
    with pytest.raises(SystemExit) as end:
        main(["serum", "screen", str(EXAMPLE), "--rules", "hys-lwa"])
    assert end.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1
