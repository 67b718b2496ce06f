"""A simulation: its times, numbers, pictures and files, and what it says of where it cannot go."""

import json

import numpy as np
import pandas as pd
import pytest

import cahill
from cahill.core.trajectory import Trajectory
from cahill.cycle.courses import periods
from cahill.cycle.plausible import RANGES, range_notes
from cahill.cycle.quantities import QUANTITIES
from cahill.cycle.readings import readable_times, tracer_quantities
from cahill.cycle.scenarios import load_scenario
from cahill.cycle.simulate import output_times, simulate
from cahill.cycle.simulate_page import SEED, facts, published
from cahill.errors import ConvergenceError, InputError, UnknownNameError

MEAL = """
title = "Two drinks"
duration = "5 h"
report_at = ["47 min", "5 h"]
[[input]]
name = "meal_glucose"
value = "0.3 g/min"
end = "1 h"
[[input]]
name = "meal_glucose"
value = "0.1 g/min"
start = "1 h"
end = "2 h"
[[input]]
name = "cortisol_level"
value = "20 ug/dL"
"""


@pytest.fixture(scope="module")
def fast():
    return simulate("overnight-fast")


@pytest.fixture(scope="module")
def meal(tmp_path_factory):
    path = tmp_path_factory.mktemp("scenario") / "drinks.toml"
    path.write_text(MEAL)
    return simulate(path)


def rows(frame, quantity):
    return frame[frame["quantity"] == quantity]


# --- numbers -------------------------------------------------------------------------------------


def test_the_frame_is_tidy_and_holds_every_state_and_quantity(fast):
    frame = fast.to_frame()
    assert list(frame.columns) == ["time_h", "quantity", "value", "unit"]
    assert set(frame["quantity"]) == {*fast.run.model.system.state_names, *QUANTITIES}
    assert not frame.duplicated(["time_h", "quantity"]).any()
    assert frame["unit"].str.len().min() > 0


def test_report_times_are_output_times_exactly(meal):
    for quantity in ("Glc_blood", "egp", "alanine_ra"):
        assert {47 / 60, 5.0} <= set(rows(meal.to_frame(), quantity)["time_h"])


def test_tracer_quantities_are_found_and_cost_fewer_times(fast):
    names = tracer_quantities(fast.run.model)
    assert {"alanine_ra", "glucose_to_alanine", "alanine_to_glucose", "lactate_ra"} <= set(names)
    assert not {"egp", "plasma_glucose", "serum_ALT"} & set(names)
    assert fast.tracer.names == names
    assert len(fast.tracer.times) < len(fast.trajectory.times)


def test_quantities_at_the_report_time_are_those_of_the_frame(fast):
    for name, value in fast.reported.items():
        course = rows(fast.to_frame(), name)
        at = course[np.isclose(course["time_h"], 12.0)]["value"]
        np.testing.assert_allclose(at, [value], rtol=1e-12)


def test_net_is_forward_less_backward_for_every_reaction(fast):
    fluxes = fast.fluxes()
    np.testing.assert_allclose(
        fluxes["net"], fluxes["forward"] - fluxes["backward"], rtol=1e-9, atol=1e-9
    )
    assert tuple(fluxes["reaction"]) == fast.run.model.system.reaction_names
    known = fluxes.set_index("reaction")
    assert known.loc["ALT1_liver", "backward"] > 0
    assert known.loc["PC_liver", "backward"] == 0


def test_fluxes_at_a_time_that_is_no_output_time(fast):
    with pytest.raises(UnknownNameError, match="output time"):
        fast.fluxes(123.456)


def test_output_times_ascend_and_hold_reports_and_changes():
    for name in cahill.scenario_names():
        scenario = load_scenario(name)
        times = output_times(scenario)
        assert (np.diff(times) > 1e-7 * scenario.duration).all()
        wanted = {0.0, scenario.duration, *scenario.report_times}
        wanted |= {time for item in scenario.inputs for time in (item.start, item.end)}
        assert wanted <= set(times)


def test_before_the_meal_nothing_of_it_is_seen(meal):
    # Time zero without its inputs: glucose does not yet appear.
    assert meal.at_start["plasma_glucose"] == pytest.approx(meal.trajectory.at(0.0)["Glc_blood"])
    assert meal.reported["plasma_glucose"] != meal.at_start["plasma_glucose"]


def test_an_override_changes_the_run_and_is_in_the_provenance(fast):
    slow = simulate("overnight-fast", overrides={"vmax_PC_liver": 0.5})
    assert slow.reported["v_pc"] < fast.reported["v_pc"]
    assert slow.provenance.options["parameter vmax_PC_liver"] == "0.5"
    assert "set for this run" in slow.run.model.parameters["vmax_PC_liver"].quantity.evidence.note
    ours, theirs = slow.provenance.inputs, fast.provenance.inputs
    assert ours["overnight-fast.toml"] == theirs["overnight-fast.toml"]
    assert ours["model (Antimony)"] != theirs["model (Antimony)"]


def test_progress_ends_with_all_done():
    seen = []
    simulate("epinephrine", progress=lambda done, total: seen.append((done, total)))
    assert seen[-1][0] == seen[-1][1] == len(seen)


# --- words ---------------------------------------------------------------------------------------


def test_the_fast_stands_beside_the_seed(fast):
    sentence = fast.summary()
    for text in ("4.0–5.0", "1.89 ± 0.20", "1.48 ± 0.15"):
        assert f"(published {text})" in sentence
    assert sentence.endswith("µmol/kg/min.")
    assert "\n" not in sentence
    judged = {fact.label: fact for fact in facts(fast)}
    assert judged["Plasma alanine flux (Ra)"].beside == "published 4.0–5.0"
    assert judged["Plasma alanine flux (Ra)"].judged


def test_the_seed_is_written_as_its_targets_have_it():
    known = published(load_scenario("overnight-fast"))
    for name, _, text in SEED:
        target = known[name]
        assert target.seed
        if "±" in text:
            mean, error = map(float, text.split("±"))
            assert target.target == mean
            assert (target.low, target.high) == pytest.approx((mean - 2 * error, mean + 2 * error))
        else:
            assert (target.low, target.high) == tuple(map(float, text.split("–")))


def test_a_scenario_of_another_length_is_not_judged():
    scenario = load_scenario("overnight-fast")
    assert published(scenario.lasting(6)) == {}


def test_a_users_scenario_is_set_beside_its_start(meal):
    assert "at the start" in meal.summary()
    assert "published" not in meal.summary()


def test_adjoining_inputs_are_one_period_and_lasting_ones_none(meal):
    (drink,) = periods(meal.scenario)
    assert (drink.start_h, drink.end_h, drink.label) == (0.0, 2.0, "meal glucose")


# --- where it cannot go --------------------------------------------------------------------------


def test_a_state_that_falls_below_zero_is_named_with_its_time():
    with pytest.raises(ConvergenceError) as caught:
        simulate("overnight-fast", overrides={"k_lipolysis": -1.0})
    message = str(caught.value)
    assert message.startswith("scenario overnight-fast: FFA_blood fell below zero")
    assert " min" in message
    assert "\n" not in message


def test_an_unknown_parameter_is_refused():
    with pytest.raises(UnknownNameError, match="did you mean vmax_PC_liver"):
        simulate("overnight-fast", overrides={"vmax_PC_livr": 1.0})


def test_times_of_the_engine_become_readable():
    assert readable_times("Glc at t = 312.5; x") == "Glc at 5.21 h; x"
    assert readable_times("up to t = 1e+05: G") == "up to 1.67e+03 h: G"
    assert readable_times("at t = 4.2") == "at 4.2 min"


def test_a_strange_level_is_a_note_not_an_error(tmp_path):
    path = tmp_path / "flood.toml"
    path.write_text(
        'title = "Flood"\nduration = "2 h"\n'
        '[[input]]\nname = "glucose_infusion"\nvalue = "50 mmol/min"\n'
    )
    (note,) = simulate(path).notes
    assert note.startswith("Plasma glucose: outside the range of a living man")
    assert " from 0." in note


def test_ranges_name_what_the_model_has(fast):
    assert {item.name for item in RANGES} <= set(fast.trajectory.names)
    assert range_notes(fast.trajectory) == ()


@pytest.mark.parametrize(("value", "count"), [(5.0, 0), (0.5, 1), (31.0, 1)])
def test_a_note_for_either_side_of_a_range(value, count):
    names = tuple(item.name for item in RANGES)
    middle = [(item.low + item.high) / 2 for item in RANGES]
    middle[names.index("Glc_blood")] = value
    course = Trajectory(np.array([0.0]), names, np.array([middle]), ("mmol/L",) * len(names))
    assert len(range_notes(course)) == count


def test_carbon_transfers_without_a_route_are_missing_and_the_note_says_so():
    stopped = simulate("overnight-fast", overrides={"vmax_PC_liver": 0.0})
    assert np.isnan(stopped.reported["alanine_ra"])
    assert any(note.startswith("Carbon transfers are not defined") for note in stopped.notes)
    assert np.isfinite(stopped.reported["plasma_glucose"])


# --- files ---------------------------------------------------------------------------------------


def test_saving_writes_pictures_tables_and_the_report_last(meal, tmp_path):
    files = meal.save(tmp_path / "out")
    names = [path.name for path in files]
    assert names[-1] == "report.html"
    assert {"results.csv", "fluxes.csv", "cycle-map.svg", "cycle-map.png"} <= set(names)
    assert {"time-courses.svg", "cycle-map-0.783333-h.png"} <= set(names)
    assert all(path.stat().st_size > 500 for path in files)
    saved = pd.read_csv(files[names.index("results.csv")])
    pd.testing.assert_frame_equal(saved, meal.to_frame(), check_exact=False, rtol=1e-12)
    fluxes = pd.read_csv(files[names.index("fluxes.csv")])
    assert sorted(fluxes["time_h"].unique()) == pytest.approx([47 / 60, 5.0])


def test_saving_never_overwrites_unasked(meal, tmp_path):
    (tmp_path / "mine.txt").write_text("keep")
    with pytest.raises(InputError, match="not empty"):
        meal.save(tmp_path)
    meal.save(tmp_path, force=True)
    assert (tmp_path / "mine.txt").read_text() == "keep"


def test_the_report_holds_what_it_should(fast):
    page = fast.page()
    headings = [section.heading for section in page.sections]
    assert headings == [
        "The cycle",
        "Beside the literature",
        "Time courses",
        "In numbers",
        "The scenario",
        "Fluxes",
        "Parameters",
    ]
    parameters = page.sections[-1].tables[0]
    assert len(parameters.frame) == len(fast.run.model.parameters)
    assert parameters.sortable
    assert any(line.startswith("Consoli1990: ") for line in page.sources)
    assert page.provenance is fast.provenance


def test_json_holds_numbers_and_nothing_that_is_none(meal):
    content = json.loads(meal.to_json())
    assert content["summary"] == meal.summary()
    assert len(content["data"]) == len(meal.to_frame())
    assert set(content["data"][0]) == {"time_h", "quantity", "value", "unit"}
    assert content["provenance"]["options"]["scenario"] == "drinks"
    assert not any("/" in name for name in content["provenance"]["inputs"])


def test_the_same_scenario_gives_the_same_bytes(fast):
    assert simulate("overnight-fast").to_json() == fast.to_json()
