import pickle

import pytest

from cahill.core.evidence import Evidence
from cahill.core.parameters import Parameter, ParameterSet
from cahill.core.quantity import Quantity
from cahill.errors import InputError, UnitError, UnknownNameError

MEASURED = Evidence("measured", "Ruscak1982", "abstract")


def parameter(name="Km", value=5.1, unit="mmol/L", low=None, high=None):
    return Parameter(name, Quantity(value, unit, evidence=MEASURED), low, high)


@pytest.fixture
def km_and_vmax():
    return ParameterSet((parameter(low=1.0, high=10.0), parameter("Vmax", 2.0, "mmol/min")), "ALT2")


@pytest.mark.parametrize(
    ("grade", "source", "note", "fault"),
    [
        ("assumed", "Ruscak1982", " ", "note"),
        ("measured", "", "", "source"),
        ("derived", " ; ", "", "source"),
        ("guessed", "Ruscak1982", "", '"guessed"'),
    ],
)
def test_evidence_demands_what_its_grade_needs(grade, source, note, fault):
    with pytest.raises(InputError, match=fault):
        Evidence(grade, source, note=note)


def test_evidence_may_name_several_sources():
    assert Evidence("derived", "Krebs1953; Brosnan1970").keys == ("Krebs1953", "Brosnan1970")
    assert Evidence("assumed", note="no measurement found").keys == ()


def test_quantity_converts_with_its_spread():
    warm = Quantity(37.0, "degC", sd=0.5).converted("K")
    assert (warm.value, warm.sd) == (pytest.approx(310.15), pytest.approx(0.5))
    assert Quantity(0.48, "mM/min").to("umol/L/min") == pytest.approx(480.0)


@pytest.mark.parametrize(("value", "sd"), [(float("nan"), None), (float("inf"), None), (1.0, -0.1)])
def test_quantity_refuses_what_is_no_number(value, sd):
    with pytest.raises(InputError):
        Quantity(value, "mmol/L", sd)


def test_quantity_refuses_unknown_units():
    with pytest.raises(UnitError, match="mmol/Lx"):
        Quantity(1.0, "mmol/Lx")


@pytest.mark.parametrize(("low", "high"), [(6.0, None), (None, 5.0)])
def test_parameter_must_lie_in_its_range(low, high):
    with pytest.raises(InputError, match="Km"):
        parameter(low=low, high=high)


def test_set_is_a_mapping_in_order(km_and_vmax):
    assert km_and_vmax.ids == tuple(km_and_vmax) == ("Km", "Vmax")
    assert len(km_and_vmax) == 2
    assert "Km" in km_and_vmax
    assert km_and_vmax.values(["Vmax", "Km"]) == (2.0, 5.1)
    assert km_and_vmax.values() == (5.1, 2.0)
    with pytest.raises(UnknownNameError, match="did you mean Vmax"):
        km_and_vmax["vmax"]


def test_set_refuses_an_id_twice():
    with pytest.raises(InputError, match="twice"):
        ParameterSet((parameter(), parameter()))


def test_updated_makes_a_new_set_and_keeps_the_old(km_and_vmax):
    changed = km_and_vmax.updated({"Km": 7.0})
    assert km_and_vmax["Km"].value == 5.1
    assert changed["Km"].value == 7.0
    assert (changed["Km"].low, changed["Km"].high) == (1.0, 10.0)
    evidence = changed["Km"].quantity.evidence
    assert evidence.grade == "assumed"
    assert "5.1" in evidence.note


def test_updated_drops_the_range_a_value_leaves(km_and_vmax):
    changed = km_and_vmax.updated({"Km": 20.0})["Km"]
    assert (changed.low, changed.high) == (1.0, None)


def test_updated_converts_a_quantity(km_and_vmax):
    changed = km_and_vmax.updated({"Km": Quantity(6000.0, "umol/L", evidence=MEASURED)})["Km"]
    assert (changed.value, changed.quantity.unit) == (pytest.approx(6.0), "mmol/L")
    assert changed.quantity.evidence == MEASURED
    with pytest.raises(UnitError):
        km_and_vmax.updated({"Km": Quantity(1.0, "h")})


def test_updated_takes_another_set(km_and_vmax):
    other = ParameterSet((parameter("Vmax", 3.0, "mmol/min"),), "Okun2021")
    changed = km_and_vmax.updated(other)
    assert changed["Vmax"] == other["Vmax"]
    assert changed.name == "ALT2+Okun2021"


def test_updated_refuses_unknown_ids_and_wrong_parameters(km_and_vmax):
    with pytest.raises(UnknownNameError, match="Kmm"):
        km_and_vmax.updated({"Kmm": 1.0})
    with pytest.raises(InputError, match="stand in"):
        km_and_vmax.updated({"Km": parameter("Vmax", 2.0)})


def test_set_survives_pickling(km_and_vmax):
    assert pickle.loads(pickle.dumps(km_and_vmax)) == km_and_vmax


def test_to_frame_is_tidy(km_and_vmax):
    frame = km_and_vmax.to_frame()
    assert list(frame["id"]) == ["Km", "Vmax"]
    assert list(frame["grade"]) == ["measured", "measured"]
    assert frame["low"].dtype == float
