import numpy as np
import pytest

from cahill.core.trajectory import Trajectory
from cahill.errors import InputError, UnknownNameError


@pytest.fixture
def course():
    values = np.array([[5.0, 0.0], [4.0, 2.0], [3.0, 2.0]])
    return Trajectory(np.array([0.0, 60.0, 120.0]), ("Glc", "Ala"), values, ("mmol/L", "mmol/L"))


def test_column_and_unit(course):
    assert list(course.column("Ala")) == [0.0, 2.0, 2.0]
    assert course.unit("Ala") == "mmol/L"
    with pytest.raises(UnknownNameError, match="Glc"):
        course.column("glc")


def test_at_interpolates_and_refuses_times_outside(course):
    assert course.at(30.0) == {"Glc": 4.5, "Ala": 1.0}
    with pytest.raises(InputError, match="121"):
        course.at(121.0)


def test_frames(course):
    tidy = course.to_frame()
    assert list(tidy.columns) == ["time_h", "quantity", "value", "unit"]
    assert tidy[tidy["quantity"] == "Ala"]["value"].tolist() == [0.0, 2.0, 2.0]
    assert tidy["time_h"].tolist() == [0.0, 1.0, 2.0] * 2
    wide = course.to_wide()
    assert wide.loc[2.0, "Glc"] == 3.0


@pytest.mark.parametrize(
    ("times", "names", "values", "units"),
    [
        ([0.0, 1.0], ("a",), [[1.0]], ("h",)),
        ([0.0], ("a",), [[1.0]], ("h", "h")),
        ([0.0], ("a", "a"), [[1.0, 1.0]], ("h", "h")),
        ([1.0, 0.0], ("a",), [[1.0], [1.0]], ("h",)),
        ([], (), np.empty((0, 0)), ()),
    ],
)
def test_shapes_must_agree(times, names, values, units):
    with pytest.raises(InputError, match="trajectory"):
        Trajectory(np.array(times), names, np.array(values), units)
