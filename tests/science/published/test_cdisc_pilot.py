"""The extract of the CDISC pilot study: one subject meets Hy's law but for alkaline phosphatase.

Values: ADaM ADLBC of the pilot study as redistributed by SafetyGraphics' hep-explorer (MIT). The
numbers below were counted from that file with whole numbers, by hand.
"""

from pathlib import Path

import pytest

from cahill.serum.cohort_run import FINDINGS
from cahill.workflows.serum.screen import screen

PILOT = Path(__file__).parents[3].parent / "shared" / "data" / "serum" / "cdisc_pilot_adlbc.csv"
SUBJECT = "01-705-1186"

pytestmark = pytest.mark.skipif(not PILOT.is_file(), reason="the pilot extract is not there")


@pytest.fixture(scope="module")
def pilot():
    rules = ("hys-law", "hys-law-without-alp", "ctcae-alt@4.03")
    return screen((PILOT,), rules=rules)


def finding(result, rule):
    own = result.findings[(result.findings["rule"] == rule)]
    return own[own["subject"] == SUBJECT].iloc[0]


def test_every_row_is_accounted_for(pilot):
    assert pilot.subjects == 254
    assert pilot.account["rows"].sum() == 10_288
    # Four liver tests of six tests; potassium and others are read by no rule.
    assert pilot.rows_by("evaluated") == 8_233
    assert pilot.to_look_at == {"no value": 9}
    assert pilot.exit_status == 3
    assert pilot.finding_total == 254 * 4 <= FINDINGS


def test_one_subject_meets_the_rule_without_the_gate_and_nobody_with_it(pilot):
    gated, open_ = pilot.rules[:2]
    assert pilot.total(gated, "met") == 0
    assert pilot.total(gated, "undetermined") == 0
    assert pilot.total(open_, "met") == 1
    assert finding(pilot, open_.label)["outcome"] == "true"
    assert finding(pilot, open_.label)["first_multiple"] == pytest.approx(104 / 32)


def test_the_gate_excludes_that_subject_and_the_reason_is_in_words(pilot):
    row = finding(pilot, pilot.rules[0].label)
    assert (row["outcome"], row["code"]) == ("false", "ALP gate")
    assert row["because"].startswith("excluded because ALP was 5.2 to 5.8 × ULN (115 U/L) on the")
    assert "the rule asks for ALP < 2 ULN" in row["because"]
    assert "over the whole course it was 4.9 to 6.0 × ULN" in row["because"]


def test_alt_is_above_three_times_the_limit_in_three_subjects(pilot):
    peaks = pilot.points
    above = peaks[peaks["first_value"] > 3 * peaks["first_limit"]]
    assert sorted(above["subject"]) == ["01-705-1186", "01-705-1310", "01-708-1286"]
    band = pilot.findings[pilot.findings["rule"] == "ctcae-alt@4.03"]
    graded = band[band["band"].fillna("").str.contains("grade [234]")]
    assert set(graded["subject"]) == set(above["subject"])
