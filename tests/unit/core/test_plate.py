import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cahill.core.plate import (
    FORMATS,
    Plate,
    Reading,
    plate_size,
    smallest_plate,
    well_name,
    well_position,
)
from cahill.errors import InputError, UnknownNameError


def reading(wells=("A1", "B2"), **changes):
    shape = (3, len(wells))
    parts = {
        "values": np.arange(float(np.prod(shape))).reshape(shape),
        "times": np.broadcast_to(np.array([[0.0], [10.0], [20.0]]), shape),
        "over": np.zeros(shape, dtype=bool),
        "wavelength": 340.0,
    }
    return Reading("340", "absorbance", wells, **{**parts, **changes})


@given(st.integers(0, 31), st.integers(0, 47))
def test_names_and_positions_are_inverse(row, column):
    assert well_position(well_name(row, column)) == (row, column)


@pytest.mark.parametrize(
    ("name", "position"),
    [("A1", (0, 0)), (" a01 ", (0, 0)), ("H12", (7, 11)), ("P24", (15, 23)), ("AF48", (31, 47))],
)
def test_names_as_instruments_write_them(name, position):
    assert well_position(name) == position


@pytest.mark.parametrize("name", ["", "1A", "A0", "A", "AAA1", "A100", "A1.5"])
def test_what_is_no_well_is_refused(name):
    with pytest.raises(InputError, match="is not a well; write A1 to H12"):
        well_position(name, 8, 12)


def test_a_well_off_the_plate_names_the_plate():
    with pytest.raises(InputError) as caught:
        well_position("I13", 8, 12, "plate.csv row 14")
    assert str(caught.value) == 'plate.csv row 14: well "I13" is not on a 96-well plate (A1-H12)'


def test_sizes():
    assert [plate_size(count) for count in FORMATS] == list(FORMATS.values())
    assert smallest_plate(("A1", "H12")) == (8, 12)
    assert smallest_plate(("A13",)) == (16, 24)
    assert smallest_plate(("Q1",)) == (32, 48)
    with pytest.raises(InputError, match="no plate of 95 wells"):
        plate_size(95)


def test_a_reading_knows_its_unit_and_picks_wells_in_the_order_asked():
    whole = reading()
    assert whole.unit == "AU"
    assert whole.kinetic
    part = whole.of(("B2",))
    assert part.wells == ("B2",)
    assert np.array_equal(part.values[:, 0], whole.values[:, 1])
    assert part.wavelength == 340.0
    with pytest.raises(UnknownNameError, match="B3"):
        whole.of(("B3",))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"wells": ("A1", "A1")}, "well A1 stands twice"),
        ({"values": np.zeros((3, 3))}, "differ in number"),
        ({"times": np.zeros((3, 2))}, "do not rise"),
    ],
)
def test_a_reading_that_contradicts_itself_is_refused(changes, words):
    with pytest.raises(InputError, match=words):
        reading(**changes)


def test_a_plate_refuses_wells_it_does_not_have_and_finds_its_readings():
    plate = Plate("p.csv", 8, 12, (reading(),))
    assert plate.wells == ("A1", "B2")
    assert plate.reading("340").wavelength == 340.0
    with pytest.raises(UnknownNameError, match="341"):
        plate.reading("341")
    with pytest.raises(InputError, match=r'p.csv: well "I1" is not on a 96-well plate'):
        Plate("p.csv", 8, 12, (reading(wells=("I1",)),))
