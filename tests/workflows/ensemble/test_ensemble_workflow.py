"""The ensemble of eight subjects is the one that was stored.

After the model or its parameters change on purpose, store it anew:

    python tests/workflows/ensemble/test_ensemble_workflow.py
"""

from pathlib import Path

import pandas as pd
import pytest

from cahill.workflows.ensemble import ensemble

GOLDEN = Path(__file__).with_name("golden.csv")
# The integrator's tolerance is 1e-6; libraries of another version may choose other steps.
TOLERANCE = 1e-4


def _found() -> pd.DataFrame:
    return ensemble("overnight-fast", members=8, seed=1).to_frame()


def test_as_stored():
    found, stored = _found(), pd.read_csv(GOLDEN, keep_default_na=False, na_values=["nan"])
    assert found["member"].tolist() == stored["member"].tolist()
    assert found["quantity"].tolist() == stored["quantity"].tolist()
    values = stored["value"].astype(float).tolist()
    assert found["value"].tolist() == pytest.approx(values, rel=TOLERANCE, nan_ok=True)


if __name__ == "__main__":
    _found().to_csv(GOLDEN, index=False, na_rep="nan", float_format="%.10g", lineterminator="\n")
