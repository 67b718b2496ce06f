"""Pictures in the shape of a plate: every well in its place, what was not used grey."""

import io

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from cahill.core.plate import well_name
from cahill.errors import InputError
from cahill.results.plate_map import plate_curves, plate_heat
from cahill.results.plate_sheet import plate_shape


def curves(rows=8, columns=12, reads=6):
    lines = []
    for row in range(rows):
        for column in range(columns):
            for k in range(reads):
                value = 1.0 - 0.1 * k * (row + 1) / rows
                role = "blank" if column == 0 else "sample"
                lines.append((well_name(row, column), row, column, 30.0 * k, value, k > 0, role))
    names = ["well", "row", "column", "time", "value", "used", "role"]
    return pd.DataFrame(lines, columns=names)


def texts(figure):
    return [text.get_text() for text in figure.findobj(plt.Text) if text.get_text()]


@pytest.mark.parametrize(("rows", "columns"), [(8, 12), (16, 24)])
def test_every_row_and_column_is_named(rows, columns):
    found = texts(plate_curves(curves(rows, columns), title="Plate one"))
    assert "Plate one" in found
    assert {str(k) for k in range(1, columns + 1)} <= set(found)
    assert {well_name(k, 0)[:-1] for k in range(rows)} <= set(found)


def test_the_legend_names_roles_and_what_was_not_used():
    frame = curves()
    found = texts(plate_curves(frame))
    assert {"sample", "blank", "not used"} <= set(found)
    assert "fit" not in found
    fitted = texts(plate_curves(frame.assign(fitted=frame["value"])))
    assert "fit" in fitted
    assert "not used" not in texts(plate_curves(frame.assign(used=True)))


def test_the_subtitle_tells_the_scale_of_the_reads_used():
    found = texts(plate_curves(curves(), unit="AU"))
    assert any("150 s and 0.500 to 0.988 AU" in text for text in found)


def test_reads_without_a_value_and_a_lone_read_do_not_stop_it():
    frame = curves(2, 2)
    frame.loc[frame["well"] == "A1", "value"] = np.nan
    frame.loc[(frame["well"] == "A2") & (frame["time"] != 60.0), "used"] = False
    plate_curves(frame).savefig(io.BytesIO(), format="svg")


def test_a_few_wells_far_away_do_not_press_the_others_flat():
    frame = curves()
    frame.loc[frame["well"].isin(["C3", "D4"]), "value"] += 3.0
    assert any(text.endswith("2 wells beyond") for text in texts(plate_curves(frame)))
    near = curves()
    near.loc[near["well"].isin(["C3", "D4"]), "value"] += 0.1
    assert not any("beyond" in text for text in texts(plate_curves(near)))


def test_the_smallest_plate_that_fits_is_drawn():
    assert plate_shape(curves(2, 2)) == (8, 12)
    assert plate_shape(curves(9, 2)) == (16, 24)


def endpoint(**changes):
    frame = curves(reads=1)
    frame["value"] = np.linspace(0.05, 3.5, len(frame))
    return frame.assign(over=False, **changes)


def test_the_heat_map_prints_its_numbers():
    found = texts(plate_heat(endpoint(), unit="AU"))
    assert "3.50" in found
    assert "0.0500" in found
    assert "AU" in found


def test_wells_beyond_the_range_say_so():
    frame = endpoint()
    frame.loc[3, ["value", "over"]] = [np.nan, True]
    frame.loc[4, "value"] = np.nan
    found = texts(plate_heat(frame))
    assert found.count("over") == 1
    assert found.count("–") == 1


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_plate_of_one_value_is_drawn(theme):
    frame = endpoint()
    frame["value"] = 0.1
    plate_heat(frame, theme=theme).savefig(io.BytesIO(), format="png", dpi=30)


def test_a_frame_that_lacks_a_column_is_refused():
    with pytest.raises(InputError, match="lacks the column used"):
        plate_curves(curves().drop(columns="used"))
    with pytest.raises(InputError, match="has no rows"):
        plate_heat(endpoint().iloc[:0])
