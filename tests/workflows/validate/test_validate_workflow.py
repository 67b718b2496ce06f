"""Every prediction as it was stored.

The golden file changes only when the model, its numbers or the targets do. To write it anew:

    CAHILL_WRITE_GOLDEN=1 .venv/bin/python -m pytest tests/workflows/validate
"""

import json
import os
from pathlib import Path

import pandas as pd
import pytest

from cahill.workflows.validate import validate

GOLDEN = Path(__file__).with_name("golden.csv")
COLUMNS = ["id", "predicted", "unit", "met"]
TOLERANCE = 1e-5


@pytest.fixture(scope="module")
def found():
    frame = pd.DataFrame(json.loads(validate().to_json()))[COLUMNS]
    if os.environ.get("CAHILL_WRITE_GOLDEN"):
        frame.to_csv(GOLDEN, index=False, lineterminator="\n", float_format="%.10g")
    return frame


@pytest.fixture(scope="module")
def stored():
    return pd.read_csv(GOLDEN, dtype={"id": str})


def test_the_same_rows_are_met(found, stored):
    assert found["id"].tolist() == stored["id"].tolist()
    changed = found[found["met"] != stored["met"]]
    assert changed.empty, changed.to_string()


def test_the_predictions_are_the_same(found, stored):
    for record, golden in zip(found.to_dict("records"), stored.to_dict("records")):
        # A change in per cent is the difference of two near numbers; its error is theirs.
        floor = 100 * TOLERANCE if record["unit"] == "%" else 1e-9
        assert record["predicted"] == pytest.approx(
            golden["predicted"], rel=TOLERANCE, abs=floor
        ), record["id"]
