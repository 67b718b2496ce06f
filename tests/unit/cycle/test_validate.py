"""The model held against every target: what is reported, and that the goals are reached."""

import json
import math
import re
from pathlib import Path

import pytest

from cahill.cycle import validate as room
from cahill.cycle.build import build_model, reference_parameters
from cahill.cycle.targets import ROLES, targets
from cahill.cycle.validate import GOALS, Validation, validate

EXPLAINED = Path(__file__).parents[3] / "docs" / "explanation" / "validation.md"
KEYS = ["id", "condition", "quantity", "unit", "target", "low", "high", "predicted", "role",
        "met", "source", "grade"]  # fmt: skip


@pytest.fixture(scope="module")
def records(verdict):
    return json.loads(verdict.to_json())


# --- the goals -----------------------------------------------------------------------------------


def test_all_seed_rows_are_met(verdict):
    missed = verdict.to_frame().query("seed and not met")
    assert missed.empty, missed[["id", "quantity", "predicted", "low", "high"]].to_string()


@pytest.mark.parametrize(("role", "goal"), [("calibration", 85), ("validation", 70)])
def test_enough_rows_are_met(verdict, role, goal):
    assert GOALS[role] == goal
    met, count = verdict.count(role)
    assert 100 * met >= goal * count, f"{met} of {count} {role} rows"


def test_every_experiment_ran(verdict):
    assert verdict.failures == {}


def test_every_miss_is_explained(verdict):
    text = EXPLAINED.read_text(encoding="utf-8")
    # The ids stand in a heading, or in bold at the start of a bullet.
    heads = re.findall(r"^(?:#+ (.*)|- \*\*(.*?)\*\*)", text, flags=re.MULTILINE)
    explained = set(re.findall(r"\b\d\d[a-z]?\b", " ".join(map("".join, heads))))
    missed = {row.id for row in verdict.rows if not row.met(verdict.predictions[row.id])}
    assert missed <= explained


def test_the_document_counts_as_the_model_does(verdict):
    text = EXPLAINED.read_text(encoding="utf-8")
    for met, count in (verdict.count(seed=True), *map(verdict.count, GOALS)):
        assert f"{met} of {count}" in text


# --- what is reported ----------------------------------------------------------------------------


def test_the_json_has_these_keys_and_no_other(records):
    assert [list(record) for record in records] == [KEYS] * len(targets())


def test_the_json_says_what_the_table_says(records, verdict):
    known = {row.id: row for row in targets()}
    assert len(known) == len(records)
    for record in records:
        row = known[record["id"]]
        assert record["target"] == row.target
        assert record["low"] == (None if row.low == -math.inf else row.low)
        assert record["high"] == (None if row.high == math.inf else row.high)
        assert record["predicted"] == verdict.predictions[row.id]
        assert record["met"] is row.met(record["predicted"])


def test_the_sentence_counts(verdict):
    sentence = verdict.summary()
    for role in ("calibration", "validation"):
        met, count = verdict.count(role)
        assert f"{met} of {count} {role} rows" in sentence
    met, count = verdict.count(seed=True)
    assert f"{met} of {count} seed rows" in sentence
    assert verdict.count()[1] == len(targets())
    assert "\n" not in sentence


def test_every_target_is_a_line(verdict):
    lines = verdict.lines()
    assert len(lines) == len(targets())
    met = sum(line.startswith("met ") for line in lines)
    assert met == verdict.count()[0]
    assert sum(line.startswith("NOT MET ") for line in lines) == len(lines) - met


def test_progress_counts_every_target(monkeypatch):
    rows = targets()[:3]
    monkeypatch.setattr(room, "targets", lambda: rows)
    seen = []
    validate(progress=lambda done, total: seen.append((done, total)))
    assert seen == [(1, 3), (2, 3), (3, 3)]


# --- what cannot be run --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def failing():
    """A man whose fatty acids vanish: no scenario reaches its end."""
    model = build_model(reference_parameters().updated({"k_lipolysis": -1.0}))
    fasted = [row for row in targets() if row.scenario == "overnight-fast"]
    rows = tuple(next(row for row in fasted if row.role == role) for role in ROLES)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(room, "targets", lambda: rows)
        return validate(model=model)


def test_a_failing_scenario_is_a_row_with_the_reason(failing):
    assert set(failing.failures) == {row.id for row in failing.rows}
    for record in failing.to_frame().to_dict("records"):
        assert record["met"] is False
        assert "FFA_blood fell below zero" in record["note"]
    for record in json.loads(failing.to_json()):
        assert record["predicted"] is None
        assert record["met"] is False
    assert all("no value" in line for line in failing.lines())


def test_the_report_of_failures_can_still_be_written(failing, tmp_path):
    text = failing.report(tmp_path / "report.html").read_text(encoding="utf-8")
    assert "fell below zero" in text


def test_a_value_that_is_no_number_is_not_met():
    row = targets()[0]
    odd = Validation(rows=(row,), predictions={row.id: math.nan}, failures={})
    (record,) = json.loads(odd.to_json())
    assert record["predicted"] is None
    assert record["met"] is False
