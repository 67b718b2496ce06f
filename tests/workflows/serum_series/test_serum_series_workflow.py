"""The example's series, read, as it was stored; and the public data.

The golden files change only when the example, a rule or a definition does. To write them anew:

    CAHILL_WRITE_GOLDEN=1 .venv/bin/python -m pytest tests/workflows/serum_series
"""

import os
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cahill.errors import InputError
from cahill.workflows.serum.series import match_injury, series

HERE = Path(__file__).parent
EXAMPLE = Path(str(files("cahill") / "data/examples/serum-series/results.csv"))
DATA = HERE.parents[2].parent / "shared" / "data" / "serum"
# What the example was made from.
MADE_FROM = {
    ("ALT", "half_life"): 40.0,
    ("ALT", "released"): 900.0,
    ("ALT", "onset"): 238.0,
    ("ALT", "rest"): 24.0,
    ("AST", "half_life"): 16.0,
    ("AST", "released"): 800.0,
    ("AST", "onset"): 238.0,
    ("AST", "rest"): 22.0,
}


@pytest.fixture(scope="module")
def result():
    return series(EXAMPLE)


def compare(found, name):
    path = HERE / name
    if os.environ.get("CAHILL_WRITE_GOLDEN"):
        found.to_csv(path, index=False, lineterminator="\n", float_format="%.8g")
    stored = pd.read_csv(path, keep_default_na=False, dtype=str)
    numbers = [column for column in found if pd.api.types.is_float_dtype(found[column])]
    for column in numbers:
        expected = pytest.approx(pd.to_numeric(stored[column]).tolist(), rel=1e-6, nan_ok=True)
        assert found[column].astype(float).tolist() == expected, column
    texts = [column for column in stored if column not in numbers]
    kept = stored[texts].to_numpy().tolist()
    assert found[texts].astype(str).to_numpy().tolist() == kept


def test_the_course_as_stored(result):
    compare(result.to_frame().drop(columns=["date", "visit"]), "golden.csv")


def test_the_rules_as_stored(result):
    shown = result.rule_frame()[["rule", "outcome", "band", "dates", "used", "limits"]]
    compare(shown, "golden-rules.csv")


def test_the_constants_behind_the_example_lie_in_the_intervals(result):
    found = result.fit_frame()
    found = found[found["clearance"] == "fitted"].set_index(["test", "parameter"])
    for key, truth in MADE_FROM.items():
        row = found.loc[key]
        low = -np.inf if np.isnan(row["low"]) else row["low"]
        high = np.inf if np.isnan(row["high"]) else row["high"]
        assert low < truth < high, key


def test_the_example_is_the_simulators(tmp_path):
    script = HERE.parents[2] / "benchmarks" / "simulated" / "serum_series.py"
    subprocess.run([sys.executable, str(script), str(tmp_path)], check=True)
    for name in ("results.csv", "README.txt"):
        assert (tmp_path / name).read_text() == EXAMPLE.with_name(name).read_text()


def test_everything_is_saved(result, tmp_path):
    names = {path.name for path in result.save(tmp_path)}
    tables = {"results", "rules", "steps", "grades", "declines", "clearance", "curves", "model"}
    assert {f"{name}.csv" for name in tables} | {"report.html", "series.svg"} <= names
    assert list(result.provenance.inputs) == ["results.csv"]
    assert result.counts["input"] == len(result.course) + result.counts["excluded"]


def test_the_model_reaches_the_rise_and_says_that_it_is_the_model(result):
    own = result.course[result.course["test"] == "ALT"]
    rise = own["low"].max() - own.loc[own["role"] == "baseline", "low"].iloc[0]
    model = result.model
    assert model.value.max() - model.value[0] == pytest.approx(rise, rel=2e-3)
    assert 0 < model.destroyed < 0.5
    assert any("A statement of the model alone" in note for note in result.notes)


def test_the_share_destroyed_is_the_scenarios_own_at_its_own_rise():
    """The scenario kills 2 % of the cells; matching its rise gives them back."""
    small, _ = match_injury(100.0)
    large, _ = match_injury(small.value.max() - small.value[0] + 100.0)
    assert large.destroyed > small.destroyed
    none, why = match_injury(1e6)
    assert none is None
    assert "beyond what the scenario is for" in why
    assert match_injury(None)[0] is None


def test_options_reach_the_answer(tmp_path):
    key = tmp_path / "key.txt"
    key.write_text("0123456789abcdef0123456789abcdef")
    found = series(
        EXAMPLE,
        persistence_days=5,
        cv_analytical=5.0,
        baseline="first",
        pseudonyms=key,
        no_model=True,
    )
    assert found.subject.name.startswith("P-")
    assert "made-up" not in found.to_json()
    assert found.model is None
    assert found.evaluation("persistence").outcome is True
    assert "analytical variation 5 %" in str(found.rule_frame()["rule"].tolist())
    with pytest.raises(InputError, match="--cv-analytical -1"):
        series(EXAMPLE, cv_analytical=-1.0)


@pytest.mark.skipif(not DATA.is_dir(), reason="the public data are not beside the repository")
def test_a_subject_of_the_pilot_trial():
    """ALP keeps this subject out of the rule with a gate, and the answer says so."""
    found = series(DATA / "cdisc_pilot_adlbc.csv", subject="01-705-1186", no_model=True)
    gated = found.evaluation("hys-law")
    assert gated.outcome is False
    assert "alkaline phosphatase" in gated.reason
    assert found.evaluation("hys-law-without-alp").outcome is True
    assert found.evaluation("r-ratio").band == "cholestatic"
    assert "do not determine half-life" in " ".join(found.notes)
    with pytest.raises(InputError, match="254 subjects; name one with --subject"):
        series(DATA / "cdisc_pilot_adlbc.csv")


@pytest.mark.skipif(not DATA.is_dir(), reason="the public data are not beside the repository")
def test_a_synthetic_patient_without_limits():
    found = series(DATA / "fhir_bundle_0.json", no_model=True)
    if "ALT" in found.subject.tests:
        assert found.evaluation("acg-bands").outcome is None
    assert found.page().sections
