"""The table of targets: every row can be read, run and traced, and the roles are kept apart."""

import csv
import math
import re

import pytest

from cahill.cycle.build import DATA, reference_parameters
from cahill.cycle.calibrate import TRACER_TARGETS, read_gains
from cahill.cycle.experiments import DERIVED
from cahill.cycle.inputs import inputs
from cahill.cycle.quantities import QUANTITIES
from cahill.cycle.scenarios import load_scenario
from cahill.cycle.targets import ROLES, Target, _target, target_by_id, targets, targets_frame
from cahill.errors import InputError, UnknownNameError
from cahill.io.references import reference

ROWS = targets()
BY_ID = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
SIGNS = {"up", "down", "unchanged"}
# Measures that only a study needs, defined with the experiments.
OF_EXPERIMENTS = {"rat_ALT_activity", "glutamine_to_glucose"}
HORMONES = {"Insulin", "Glucagon", "Cortisol", "Epinephrine"}
# Rows 1-29 of the target list: which may be used to fit. Row 12 and what follows are split.
MAY_CALIBRATE = {1, 2, 3, 4, 5, 6, 7, 10, 11, 15, 17, 20, 21, 22, 23, 24, 26, 27, 29}
NEVER_FITTED = {8, 9, 13, 14, 16, 18, 19, 25, 28}


def number(row):
    return int(re.match(r"\d+", row.id).group())


def scenario_hours(scenario, hours):
    end = load_scenario(scenario).duration / 60
    assert hours == "end" or 0 <= float(hours) <= end, f"{scenario} ends at {end:g} h"


def medium(words):
    """Check the doses of a `cells` experiment."""
    for word in words.split()[1:]:
        name, equals, value = word.partition("=")
        assert equals
        assert name in HORMONES | set(inputs())
        assert float(value) >= 0


def test_ids_are_unique_and_the_seed_comes_first():
    ids = [row.id for row in ROWS]
    assert len(set(ids)) == len(ids)
    seeds = [row.seed for row in ROWS]
    assert seeds == sorted(seeds, reverse=True)
    assert {number(row) for row in ROWS} >= set(range(1, 30))


@BY_ID
def test_the_experiment_of_a_row_can_be_run(row):
    if row.measure.split()[0] in DERIVED:
        assert row.scenario == "" or load_scenario(row.scenario)
        return
    assert row.measure in {*QUANTITIES, *OF_EXPERIMENTS}
    if row.scenario.startswith("cells"):
        medium(row.scenario)
        assert float(row.hours) > 0
    else:
        scenario_hours(row.scenario, row.hours)


@BY_ID
def test_what_a_row_is_compared_with_exists(row):
    kind, _, other = row.versus.partition(" ")
    assert kind in {"", "rest", "fold", "percent"}
    if kind in {"fold", "percent"}:
        assert row.unit == ("%" if kind == "percent" else "fold")
        if other.startswith("cells"):
            medium(other)
        elif other != "start":
            scenario_hours(*other.rsplit(" ", 1))
    else:
        assert other == ""


@BY_ID
def test_the_unit_is_that_of_the_quantity(row):
    if row.versus in {"", "rest"} and row.measure in QUANTITIES:
        assert row.unit == QUANTITIES[row.measure].unit


@BY_ID
def test_every_source_resolves(row):
    keys = [key for key in row.source.split(";") if key]
    for key in keys:
        reference(key)
    assert keys or row.grade == "C"
    assert row.grade in {"seed", "A", "B", "C"}
    assert row.seed == (row.grade == "seed" or "Seed" in row.source)


@BY_ID
def test_the_range_holds_the_target(row):
    assert row.low < row.high
    assert row.role in ROLES
    assert row.halfwidth > 0
    if isinstance(row.target, float):
        assert math.isfinite(row.low)
        assert math.isfinite(row.high)
        assert row.met(row.target)


@BY_ID
def test_a_sign_is_a_change_in_its_direction(row):
    if isinstance(row.target, float):
        return
    assert row.target in SIGNS
    assert row.unit == "fold"
    assert not row.met(1.0) if row.target != "unchanged" else row.met(1.0)
    if row.target == "up":
        assert 1 < row.low < 1.01
        assert row.high == math.inf
    elif row.target == "down":
        assert 0.99 < row.high < 1
        assert row.low == -math.inf
    else:
        assert (row.low + row.high) / 2 == pytest.approx(1.0)


# --- calibration and validation apart ------------------------------------------------------------


def test_at_least_a_third_is_kept_for_validation():
    kept = [row for row in ROWS if row.role == "validation"]
    assert 3 * len(kept) >= len(ROWS)


def test_the_roles_are_those_of_the_target_list():
    for row in ROWS:
        if number(row) in MAY_CALIBRATE:
            assert row.role == "calibration", row.id
        if number(row) in NEVER_FITTED:
            assert row.role == "validation", row.id
    assert target_by_id("12a").role == "calibration"
    assert target_by_id("12b").role == "validation"


def test_no_validation_row_is_fitted():
    fitted = {name for gain in read_gains() for name in (row.id for row in gain.targets)}
    fitted |= set(TRACER_TARGETS)
    assert fitted
    assert {target_by_id(name).role for name in fitted} == {"calibration"}


def test_no_gain_in_the_table_names_a_validation_row():
    """As `read_gains` refuses it; here from the text itself."""
    text = (DATA / "calibration" / "gains.tsv").read_text("utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    named = {
        name
        for row in csv.DictReader(lines, dialect="excel-tab")
        for name in row["targets"].split(",")
    }
    kept = {row.id for row in ROWS if row.role == "validation"}
    assert not named & kept


def test_the_evidence_of_fitted_parameters_names_no_validation_row():
    kept = {row.id for row in ROWS if row.role == "validation"}
    for parameter in reference_parameters().parameters:
        note = parameter.quantity.evidence.note
        for words in re.findall(r"targets? ((?:\w+, )*\w+)", note):
            assert not set(words.split(", ")) & kept, parameter.id


# --- reading -------------------------------------------------------------------------------------


def a_row(**changes):
    columns = Target.__dataclass_fields__
    cells = dict.fromkeys(columns, "") | {"id": "x", "target": "1", "role": "validation"}
    return _target(cells | changes)


def test_open_ranges_and_roles():
    row = a_row(target="up", low="1.001")
    assert (row.low, row.high, row.target, row.seed) == (1.001, math.inf, "up", False)
    assert a_row(seed="yes").seed
    with pytest.raises(InputError, match='row x: role "fitting" is not one of'):
        a_row(role="fitting")


def test_an_unknown_target_is_named():
    with pytest.raises(UnknownNameError, match="did you mean 04"):
        target_by_id("04z")


def test_a_row_without_a_prediction_is_not_met_and_says_why():
    row = a_row(low="0", high="2", note="doubt")
    frame = targets_frame([row], {}, {"x": "fell below zero"})
    (record,) = frame.to_dict("records")
    assert record["met"] is False
    assert record["predicted"] is None
    assert record["note"] == "fell below zero"
    (record,) = targets_frame([row], {"x": 1.5}).to_dict("records")
    assert record["met"] is True
    assert record["note"] == "doubt"
