"""A user's numbers: a table or settings, in any unit that fits, or refused in words."""

import pytest

from cahill.errors import CahillError, InputError, UnitError, UnknownNameError
from cahill.workflows._choices import choose_model

HEAD = "id\tvalue\tunit\tlow\thigh\tgrade\tsource\tlocator\tnote\n"


@pytest.fixture
def table(tmp_path):
    def write(*rows):
        path = tmp_path / "mine.tsv"
        lines = [f"{name}\t{value}\t{unit}\t\t\tassumed\t\t\tmine\n" for name, value, unit in rows]
        path.write_text(HEAD + "".join(lines), encoding="utf-8")
        return path

    return write


def level(model, name):
    return model.system.default_state[model.system.state_index(name)]


def parameter(model, name):
    return model.system.default_parameters[model.system.parameter_index(name)]


def test_without_a_choice_it_is_the_reference_man(man):
    assert choose_model(None, ()) is man


def test_a_table_replaces_what_it_names_and_nothing_else(man, table):
    model = choose_model(table(("vmax_ALT1_liver", 27, "mmol/min")), ())
    assert parameter(model, "vmax_ALT1_liver") == 27.0
    for name in set(man.system.parameter_names) - {"vmax_ALT1_liver"}:
        assert parameter(model, name) == parameter(man, name)


def test_a_table_in_other_units_is_converted(table):
    model = choose_model(table(("half_life_ALT", 34.6, "h"), ("Ala_blood", 400, "umol/L")), ())
    assert parameter(model, "half_life_ALT") == pytest.approx(2076)
    assert level(model, "Ala_blood") == pytest.approx(0.4)


@pytest.mark.parametrize(
    "row", [("vmax_ALT1_liver", 27, "mmol/L"), ("Ala_blood", 4, "min"), ("half_life_ALT", 1, "L")]
)
def test_a_unit_that_does_not_fit_is_refused(table, row):
    with pytest.raises(UnitError):
        choose_model(table(row), ())


def test_a_setting_is_in_the_parameters_own_unit_or_with_one():
    model = choose_model(None, ("vmax_ALT1_liver=27", "half_life_ALT=34.6 h"))
    assert parameter(model, "vmax_ALT1_liver") == 27.0
    assert parameter(model, "half_life_ALT") == pytest.approx(2076)


def test_a_setting_wins_over_the_table(table):
    model = choose_model(table(("vmax_ALT1_liver", 27, "mmol/min")), ("vmax_ALT1_liver=30",))
    assert parameter(model, "vmax_ALT1_liver") == 30.0


@pytest.mark.parametrize(
    ("setting", "kind", "words"),
    [
        ("vmax_ALT1_livr=27", UnknownNameError, "did you mean vmax_ALT1_liver"),
        ("vmax_ALT1_liver", InputError, "is not name=value"),
        ("=27", InputError, "is not name=value"),
        ("half_life_ALT=3 mmol", UnitError, '"mmol" cannot be turned into "min"'),
        ("half_life_ALT=many h", CahillError, "many"),
    ],
)
def test_a_faulty_setting_is_one_line(setting, kind, words):
    with pytest.raises(kind) as caught:
        choose_model(None, (setting,))
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
