"""Readings of made-up draws, as they were stored.

The golden file changes only when a rule, its wording or a definition does. To write it anew:

    CAHILL_WRITE_GOLDEN=1 .venv/bin/python -m pytest tests/workflows/serum_read
"""

import json
import os
from pathlib import Path

import pandas as pd
import pytest
from matplotlib import pyplot

from cahill.errors import CahillError
from cahill.workflows.serum.read import read

GOLDEN = Path(__file__).with_name("golden.csv")
INPUTS = Path(__file__).with_name("draws.json")
DRAWS = json.loads(INPUTS.read_text(encoding="utf-8"))
COLUMNS = ["draw", "rule", "outcome", "band", "value", "limit", "limit_source", "needed"]


@pytest.fixture(autouse=True)
def _closed():
    yield
    pyplot.close("all")


def found():
    frames = [read(**flags).to_frame().assign(draw=name) for name, flags in DRAWS.items()]
    return pd.concat(frames)[COLUMNS].sort_values(["draw", "rule"], ignore_index=True)


def test_as_stored():
    table = found()
    if os.environ.get("CAHILL_WRITE_GOLDEN"):
        table.to_csv(GOLDEN, index=False, lineterminator="\n")
    stored = pd.read_csv(GOLDEN, keep_default_na=False)
    assert table.to_dict("records") == stored.to_dict("records")


@pytest.mark.parametrize("name", DRAWS)
def test_everything_is_saved(name, tmp_path):
    result = read(**DRAWS[name])
    names = {path.name for path in result.save(tmp_path)}
    tables = {"results.csv", "values.csv"} | ({"steps.csv"} if "explain" in DRAWS[name] else set())
    assert names == {*tables, "report.html", "ladders.svg", "ladders.png"}
    answer = json.loads(result.to_json())
    assert len(answer["data"]) == len(result.readings)
    assert DRAWS[name]["alt"].lstrip("<") in answer["provenance"]["options"]["ALT"]


def test_a_limit_without_its_value_is_refused():
    with pytest.raises(CahillError, match="--ck-uln: a limit without its value; give --ck as well"):
        read(alt="95", ck_uln="190")


def test_everything_a_flag_gives_is_used():
    result = read(
        alt="95",
        lln="7",
        inr="1.2",
        albumin="4.1 g/dL",
        eosinophils="2",
        ggt="60",
        free_haemoglobin="1 g/L",
        bmi="31.5",
        diabetes="yes",
        symptoms="no",
        age="61",
        baseline_ast="20",
        baseline_bilirubin="0.5 mg/dL",
    )
    assert set(result.results) == {"ALT", "INR", "ALB", "EOS", "GGT", "HB"}
    assert set(result.baselines) == {"AST", "TBL"}
    assert result.alt.lln == 7_000_000
    person = result.person
    assert (person.sex, person.age, person.body_mass_index) == ("", 61, 31.5)
    assert (person.diabetes, person.symptoms) == (True, False)
