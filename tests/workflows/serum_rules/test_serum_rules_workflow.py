"""`cahill serum rules` prints what it printed: a change of a rule is seen here.

After a rule changes on purpose:

    CAHILL_WRITE_GOLDEN=1 .venv/bin/python -m pytest tests/workflows/serum_rules
"""

import json
import os
from pathlib import Path

from cahill.serum.rules import load_rules
from cahill.workflows.serum.rules import rules

GOLDEN = Path(__file__).parent / "golden.json"


def test_every_rule_in_full_is_the_golden_one():
    described = {key: rules(key) for key in load_rules()}
    if os.environ.get("CAHILL_WRITE_GOLDEN"):
        text = json.dumps(described, ensure_ascii=False, indent=1)
        GOLDEN.write_text(text + "\n", encoding="utf-8")
    assert json.loads(GOLDEN.read_text(encoding="utf-8")) == described
