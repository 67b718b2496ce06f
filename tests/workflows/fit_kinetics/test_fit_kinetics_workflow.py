"""The example's rates, fitted, as they were stored.

The golden file changes only when the example or the definitions do. To write it anew:

    CAHILL_WRITE_GOLDEN=1 .venv/bin/python -m pytest tests/workflows/fit_kinetics
"""

import os
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pandas as pd
import pytest

from cahill.errors import InputError
from cahill.workflows.fit_kinetics import fit_kinetics

GOLDEN = Path(__file__).with_name("golden.csv")
EXAMPLE = Path(str(files("cahill") / "data/examples/alt-kinetics/rates.csv"))
TEXTS = ["analysis", "law", "parameter", "unit", "status"]
# What the example was made from.
MADE_FROM = {"vmax": 180.0, "km_ala": 10.12, "km_akg": 0.70}


@pytest.fixture(scope="module")
def result():
    return fit_kinetics(EXAMPLE, enzyme="0.02 umol/L")


def test_as_stored(result):
    found = result.to_frame()[[*TEXTS, "value", "low", "high"]]
    if os.environ.get("CAHILL_WRITE_GOLDEN"):
        found.to_csv(GOLDEN, index=False, lineterminator="\n", float_format="%.8g")
    stored = pd.read_csv(GOLDEN)
    assert found[TEXTS].to_numpy().tolist() == stored[TEXTS].to_numpy().tolist()
    for column in ("value", "low", "high"):
        expected = pytest.approx(stored[column].tolist(), rel=1e-3, nan_ok=True)
        assert found[column].tolist() == expected


@pytest.mark.parametrize("name", MADE_FROM)
def test_the_constants_behind_the_example_lie_in_the_intervals(result, name):
    found = result.to_frame()
    row = found[(found["analysis"] == "saturation") & (found["parameter"] == name)].iloc[0]
    assert row["low"] < MADE_FROM[name] < row["high"]


def test_the_example_is_the_simulators(tmp_path):
    root = Path(__file__).parents[3]
    script = root / "benchmarks" / "simulated" / "kinetics.py"
    subprocess.run([sys.executable, str(script), str(tmp_path)], check=True)
    for name in ("rates.csv", "README.txt"):
        assert (tmp_path / name).read_text() == EXAMPLE.with_name(name).read_text()


def test_everything_is_saved(result, tmp_path):
    names = {path.name for path in result.save(tmp_path)}
    assert {"results.csv", "laws.csv", "rates.csv", "report.html", "saturation.svg"} <= names
    assert len(pd.read_csv(tmp_path / "rates.csv")["where"].unique()) == 102
    assert result.provenance is not None
    assert list(result.provenance.inputs) == ["rates.csv"]


def test_options_reach_the_fit():
    with pytest.raises(InputError, match="has no sd"):
        fit_kinetics(EXAMPLE, error="given")
    narrow = fit_kinetics(EXAMPLE, confidence=0.5).to_frame().set_index("parameter")
    wide = fit_kinetics(EXAMPLE, confidence=0.99).to_frame().set_index("parameter")
    assert narrow.loc["km_ala", "low"].iloc[0] > wide.loc["km_ala", "low"].iloc[0]
