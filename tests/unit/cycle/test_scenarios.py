"""Scenarios: the package's are sound, a user's are read in his units or refused in words."""

import json
from importlib.resources import files

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from cahill.cycle.inputs import inputs, read_value, states
from cahill.cycle.scenarios import load_scenario, scenario_names
from cahill.errors import CahillError, InputError, UnitError, UnknownNameError

HEAD = 'title = "Test"\nduration = "8 h"\n'


@pytest.fixture
def written(tmp_path):
    def write(text, name="mine.toml"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


def an_input(name="glucose_infusion", value='"2 mg/kg/min"', **more):
    lines = [f'name = "{name}"', f"value = {value}", *(f'{k} = "{v}"' for k, v in more.items())]
    return "\n[[input]]\n" + "\n".join(lines) + "\n"


# --- the package's own ---------------------------------------------------------------------------


def test_every_scenario_of_the_issue_is_there():
    expected = {
        "overnight-fast",
        "fast-60-h",
        "mixed-meal",
        "exercise",
        "burn",
        "cortisol-64-h",
        "cortisol-8-h",
        "epinephrine",
        "somatostatin-with-glucagon",
        "somatostatin-without-glucagon",
        "insulin-clamp-16",
        "insulin-clamp-29",
        "insulin-clamp-75",
        "insulin-clamp-2407",
        "alanine-infusion",
        "amino-acid-load",
        "knockdown-gpt",
        "knockdown-gpt2",
        "knockdown-gpt-gpt2",
        "inhibitor-cycloserine",
        "inhibitor-aminooxyacetate",
        "inhibitor-chloroalanine",
        "dexamethasone-4-d",
        "er-stress",
        "androgen",
        "hepatocyte-injury",
    }
    assert expected <= set(scenario_names())


@pytest.mark.parametrize("name", scenario_names())
def test_a_scenario_of_the_package_says_where_its_numbers_come_from(name):
    scenario = load_scenario(name)
    assert scenario.name == name
    assert scenario.title
    assert scenario.description
    for item in scenario.inputs:
        assert item.grade, item.name
        assert item.note, item.name
        assert item.source in scenario.sources or item.grade == "assumed"


def test_doses_of_the_studies_in_the_units_of_the_model():
    assert load_scenario("cortisol-64-h").inputs[0].value == pytest.approx(883, abs=1)
    assert load_scenario("insulin-clamp-16").inputs[1].value == pytest.approx(98.4)
    assert load_scenario("epinephrine").inputs[0].value == pytest.approx(4.55, abs=0.01)


def test_the_meal_adds_up_to_75_g_of_glucose_and_25_g_of_protein():
    given_mmol = {"meal_glucose": 0.0, "meal_protein": 0.0}
    for item in load_scenario("mixed-meal").inputs:
        given_mmol[item.name] += item.value * (item.end - item.start)
    assert given_mmol["meal_glucose"] * 0.18016 == pytest.approx(75, rel=0.01)
    assert given_mmol["meal_protein"] * 0.110 == pytest.approx(25, rel=0.01)


def test_injury_kills_two_per_cent_of_the_hepatocytes():
    injury = next(i for i in load_scenario("hepatocyte-injury").inputs if i.name == "injury_rate")
    assert 1 - np.exp(-injury.value * (injury.end - injury.start)) == pytest.approx(0.02, rel=0.01)


def test_the_schema_is_a_schema():
    text = (files("cahill") / "data" / "schemas" / "scenario.schema.json").read_text("utf-8")
    Draft202012Validator.check_schema(json.loads(text))


# --- units ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", inputs())
def test_the_example_in_every_message_can_be_read(name):
    assert read_value(inputs()[name], inputs()[name].example) > 0


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("cortisol_level", "32 ug/dL", 882.86),
        ("cortisol_level", "883 nmol/L", 883.0),
        ("insulin_clamp", "16 uU/mL", 96.0),
        ("insulin_clamp", "0.1 umol/L", 1e5),
        ("glucose_infusion", "2 mg/kg/min", 0.77709),
        ("alanine_infusion", "6 umol/kg/min", 0.42),
        ("glucose_clamp", "90 mg/dL", 4.9956),
        ("glucagon_clamp", "94 pg/mL", 26.99),
        ("exercise", "45 %", 0.45),
        ("knockdown_GPT_liver", "80%", 0.8),
        ("androgen", 3, 3.0),
    ],
)
def test_laboratory_units_become_the_models(name, text, expected):
    assert read_value(inputs()[name], text) == pytest.approx(expected, rel=1e-4)


@given(st.floats(min_value=1e-3, max_value=1e3))
def test_a_rate_per_kg_is_seventy_times_smaller_than_the_bodys(rate):
    kind = inputs()["alanine_infusion"]
    whole = read_value(kind, f"{rate!r} umol/min")
    assert read_value(kind, f"{rate!r} umol/kg/min") == pytest.approx(70 * whole)


def test_states_are_read_in_their_own_units():
    assert read_value(states()["Glc_blood"], "90 mg/dL") == pytest.approx(4.9956, rel=1e-4)
    assert read_value(states()["Insulin"], "10 uU/mL") == pytest.approx(60)
    assert read_value(states()["mRNA_GPT_liver"], 1.5) == 1.5
    assert read_value(states()["ALT1_serum"], "40 U/L") == 40


# --- a user's file -------------------------------------------------------------------------------


def test_what_is_left_out_has_a_sensible_value(written):
    scenario = load_scenario(written(HEAD + an_input()))
    assert scenario.name == "mine"
    assert scenario.report_times == (480.0,)
    assert scenario.hours_fasted == 12
    assert scenario.held == ()
    (item,) = scenario.inputs
    assert (item.start, item.end) == (0.0, 480.0)


def test_an_input_repeats(written):
    text = HEAD.replace("8 h", "3 d") + an_input(start="8 h", end="9 h", every="24 h")
    spans = [(i.start / 60, i.end / 60) for i in load_scenario(written(text)).inputs]
    assert spans == [(8, 9), (32, 33), (56, 57)]


def test_segments_hold_each_input_between_its_times(written):
    text = HEAD + an_input(start="1 h", end="3 h") + an_input("exercise", '"45 %"', start="2 h")
    scenario = load_scenario(written(text))
    names = ("k", "exercise", "glucose_infusion")
    default = np.array([7.0, 0.0, 0.1])
    segments = scenario.segments(names, default)
    assert [start for start, _ in segments] == [0, 60, 120, 180]
    vectors = np.array([vector for _, vector in segments])
    assert vectors[:, 0].tolist() == [7.0] * 4
    assert vectors[:, 1].tolist() == [0, 0, 0.45, 0.45]
    np.testing.assert_allclose(vectors[:, 2], [0.1, 0.777087, 0.777087, 0.1], rtol=1e-6)
    assert default.tolist() == [7.0, 0.0, 0.1]
    changes = scenario.changes(names, default)
    assert changes[-1] == (180, {1: 0.45, 2: 0.1})


def test_without_inputs_there_is_one_segment():
    ((start, vector),) = load_scenario("overnight-fast").segments(("a",), np.array([1.0]))
    assert start == 0
    assert vector.tolist() == [1.0]


def test_a_model_without_the_input_is_refused(written):
    with pytest.raises(UnknownNameError, match="glucose_infusion"):
        load_scenario(written(HEAD + an_input())).segments(("k",), np.zeros(1))


def test_states_are_replaced_at_the_start(written):
    scenario = load_scenario(written(HEAD + '[start]\nstate = {Glc_blood = "7 mmol/L"}\n'))
    state = scenario.initial_state(("Ala_blood", "Glc_blood"), np.array([0.3, 5.0]))
    assert state.tolist() == [0.3, 7.0]


def test_states_can_be_held(written):
    scenario = load_scenario(written(HEAD + 'hold = ["Glycogen_liver", "hepatocytes"]\n'))
    assert scenario.held == ("Glycogen_liver", "hepatocytes")


def test_a_model_without_the_state_is_refused(written):
    scenario = load_scenario(written(HEAD + '[start]\nstate = {Glc_blood = "7 mmol/L"}\n'))
    with pytest.raises(UnknownNameError, match="Glc_blood"):
        scenario.initial_state(("Ala_blood",), np.zeros(1))


def test_a_scenario_can_be_cut_and_stretched(written):
    text = HEAD + 'report_at = ["2 h", "6 h"]\n' + an_input() + an_input("exercise", 0.3, end="2 h")
    scenario = load_scenario(written(text))
    short, long = scenario.lasting(1), scenario.lasting(20)
    assert short.duration == 60
    assert short.report_times == (60,)
    assert {item.end for item in short.inputs} == {60}
    assert {item.name: item.end for item in long.inputs} == {
        "glucose_infusion": 1200,
        "exercise": 120,
    }
    assert long.report_times == (120, 360)
    with pytest.raises(InputError, match="hours"):
        scenario.lasting(0)


REFUSED = [
    ('duration = "8 h"', InputError, 'mine.toml: "title" is missing; add it'),
    ('title = "x"\nduration = 8', InputError, "mine.toml: duration: 8 is not a text"),
    (HEAD.replace("8 h", "8"), UnitError, 'mine.toml: duration: "8" has no unit'),
    (HEAD.replace("8 h", "8 kg"), UnitError, 'mine.toml: duration: "kg" is not a unit like min'),
    (HEAD.replace("8 h", "0 h"), InputError, "mine.toml: duration: is zero"),
    (HEAD + 'repot_at = "2 h"', UnknownNameError, "did you mean report_at"),
    (HEAD + 'report_at = "9 h"', InputError, "9 h is after the end (8 h)"),
    (HEAD + 'hold = ["Glycogen_livr"]', UnknownNameError, "hold: unknown species"),
    (HEAD + "[start]\nhours_fasted = 100", InputError, "start, hours_fasted: 100 is out of range"),
    (HEAD + "[start]\nhours_fasted = nan", InputError, "hours_fasted: is not a number"),
    (HEAD.replace("8 h", "1e400 h"), InputError, '"1e400 h" is out of range'),
    (HEAD + an_input(value="nan"), UnitError, "input 1 (glucose_infusion), value"),
    (HEAD + '[start]\nstate = {Glc_blood = "-1 mmol/L"}', InputError, "start, state, Glc_blood"),
    (
        HEAD + '[start]\nstate = {Glc_blod = "5 mmol/L"}',
        UnknownNameError,
        'start, state: unknown species "Glc_blod"; did you mean Glc_blood',
    ),
    (HEAD + "[start]\nstate = {Glc_blood = 5}", UnitError, '"5" has no unit; write it like'),
    (HEAD + an_input("glucos_infusion"), UnknownNameError, "did you mean glucose_infusion"),
    (HEAD + an_input(value="2"), UnitError, 'input 1 (glucose_infusion), value: "2" has no unit'),
    (HEAD + an_input(value='"2 mmol/L"'), UnitError, '"mmol/L" is not a unit like mmol/min'),
    (HEAD + an_input(value='"2 foo/min"'), UnitError, "foo/min"),
    (HEAD + an_input(value='"-2 mmol/min"'), InputError, "give a value that is not negative"),
    (HEAD + an_input("burn", '"130 %"'), InputError, "give a value between 0 and 1"),
    (HEAD + an_input(start="9 h"), InputError, "start: 9 h is after the end (8 h)"),
    (HEAD + an_input(end="9 h"), InputError, "end: 9 h is after the end (8 h)"),
    (HEAD + an_input(start="3 h", end="2 h"), InputError, "end: is not after the start"),
    (HEAD + an_input(end="2 h", every="1 h"), InputError, "every: 1 h is shorter"),
    (HEAD + an_input(grade="guessed"), InputError, '"guessed" is not a grade'),
    (HEAD + an_input(end="3 h") + an_input(start="2 h"), InputError, "is given twice at 2 h"),
    (HEAD + "[[input]]\nname = 'burn'", InputError, 'input 1 (burn): "value" is missing'),
    ("title = ", InputError, "mine.toml: not a TOML file"),
]


@pytest.mark.parametrize(("text", "kind", "words"), REFUSED)
def test_a_fault_is_refused_in_one_line(written, text, kind, words):
    with pytest.raises(kind) as caught:
        load_scenario(written(text))
    message = str(caught.value)
    assert words in message
    assert message.startswith("mine.toml")
    assert "\n" not in message


def test_all_faults_are_told_at_once(written):
    text = HEAD + an_input(value="2") + an_input("burnn", 1) + an_input("exercise", '"-5 %"')
    with pytest.raises(CahillError) as caught:
        load_scenario(written(text))
    lines = str(caught.value).splitlines()
    assert len(lines) == 3
    assert all(line.startswith("mine.toml: input ") for line in lines)


def test_unknown_names_and_files():
    with pytest.raises(UnknownNameError, match="did you mean overnight-fast"):
        load_scenario("overnigth-fast")
    with pytest.raises(InputError, match="no such file"):
        load_scenario("folder/missing.toml")


def test_a_file_that_is_not_text(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="UTF-8"):
        load_scenario(path)
