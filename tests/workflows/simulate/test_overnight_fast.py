"""The overnight fast, number for number.

The golden file changes only when the model's numbers do. To write it anew:

    CAHILL_WRITE_GOLDEN=1 .venv/bin/python -m pytest tests/workflows/simulate
"""

import os
from pathlib import Path

import pandas as pd

from cahill.cycle.quantities import HEADLINE, QUANTITIES
from cahill.workflows.simulate import simulate

GOLDEN = Path(__file__).with_name("overnight-fast-12-h.csv")


def test_the_overnight_fast_at_12_h():
    answer = simulate("overnight-fast")
    found = pd.DataFrame(
        [(name, answer.reported[name], QUANTITIES[name].unit) for name in HEADLINE],
        columns=["quantity", "value", "unit"],
    )
    if os.environ.get("CAHILL_WRITE_GOLDEN"):
        found.to_csv(GOLDEN, index=False, lineterminator="\n")
    pd.testing.assert_frame_equal(
        found, pd.read_csv(GOLDEN), check_exact=False, rtol=1e-6, atol=0.0
    )
