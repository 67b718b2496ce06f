import numpy as np
import pytest

from cahill.cycle.quantities import HEADLINE, QUANTITIES
from cahill.cycle.scan import scan
from cahill.errors import InputError, UnknownNameError


def test_scan_of_a_parameter_goes_through_the_usual_man():
    result = scan("vmax_ALT1_liver", 27.0, 81.0, 3)
    frame = result.to_frame()
    assert set(frame["quantity"]) == set(QUANTITIES)
    assert frame["x"].unique().tolist() == [27.0, 54.0, 81.0]
    by_dose = [point.quantities["hepatic_ALT"] for point in result.points]
    assert by_dose == sorted(by_dose)
    assert result.reference == 54.0
    assert result.unit == "mmol/min"


def test_an_input_takes_the_place_of_the_scenario_s_own():
    result = scan("insulin_clamp", 50.0, 5000.0, 3, log=True, scenario="insulin-clamp-75")
    assert [point.value for point in result.points] == pytest.approx([50.0, 500.0, 5000.0])
    insulin = [point.quantities["insulin"] for point in result.points]
    assert insulin == pytest.approx([50.0, 500.0, 5000.0], rel=1e-3)
    assert "own insulin_clamp" in result.notes[0]


def test_an_input_without_one_in_the_scenario_acts_throughout():
    result = scan("alanine_infusion", 0.0, 0.4, 2)
    low, high = (point.quantities["plasma_alanine"] for point in result.points)
    assert high > 1.2 * low
    assert result.kind == "input"


def test_a_state_is_set_at_time_zero():
    result = scan("Glycogen_liver", 100.0, 700.0, 2)
    low, high = (point.quantities["hepatic_glycogenolysis"] for point in result.points)
    assert high > low
    assert result.kind == "state"
    assert result.unit == "mmol/L"


def test_a_value_that_fails_is_a_row_with_its_reason(tmp_path):
    # Without a way out of oxaloacetate the liver fills up with it.
    result = scan("vmax_PEPCK_liver", 0.01, 2.0, 3)
    failed = result.to_frame().query("reason != ''")
    assert failed["x"].tolist() == [0.01]
    assert failed["value"].isna().all()
    assert "\n" not in failed["reason"].iloc[0]
    assert "1 of 3 values failed" in result.summary()
    written = {path.name for path in result.save(tmp_path / "out")}
    assert {"report.html", "scan.svg", "scan.png", "results.csv"} <= written
    assert "Values that failed" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")


def test_progress_counts_the_values():
    seen = []
    scan("k_lipolysis", 0.3, 0.4, 2, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(1, 2), (2, 2)]


def test_one_panel_a_headline_quantity():
    figure = scan("k_lipolysis", 0.3, 0.4, 2).plot()
    assert len(figure.axes) == len(HEADLINE)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("vmax_ALT1_liver", 2.0, 1.0, 3), "does not ascend"),
        (("vmax_ALT1_liver", 1.0, np.inf, 3), "does not ascend"),
        (("vmax_ALT1_liver", -1.0, 1.0, 3), "not negative"),
        (("vmax_ALT1_liver", 1.0, 2.0, 1), "at least 2"),
        (("exercise", 0.0, 2.0, 3), "largest value is 1"),
    ],
)
def test_a_range_that_cannot_be_used(arguments, words):
    with pytest.raises(InputError, match=words) as caught:
        scan(*arguments)
    assert "\n" not in str(caught.value)


def test_a_logarithmic_range_cannot_start_at_zero():
    with pytest.raises(InputError, match="above 0"):
        scan("exercise", 0.0, 1.0, 3, log=True)


def test_the_nearest_names_are_suggested():
    with pytest.raises(UnknownNameError, match="vmax_ALT1_liver"):
        scan("vmax_ALT1_livr", 1.0, 2.0, 3)
