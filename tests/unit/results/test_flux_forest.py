import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from picture_overlaps import cut_off_texts, overlapping_texts, shown_texts

from cahill.errors import InputError
from cahill.results.flux_forest import flux_comparison, flux_forest
from cahill.results.pictures import figure_svg


def forest_frame(fluxes: int = 30, conditions=("fasted", "fed")) -> pd.DataFrame:
    """Return made-up fluxes over five orders of magnitude, some open, some not estimated."""
    rows = []
    for k in range(fluxes):
        for c, condition in enumerate(conditions):
            value = (-1) ** k * 900.0 * 0.6**k * (1 + 0.8 * c * (k % 3 == 0))
            low, high = value - 0.2 * abs(value) - 0.5, value + 0.3 * abs(value) + 0.5
            if k % 9 == 4:
                low, high = -math.inf, math.inf
            if k % 9 == 6:
                high = 1e5
            if k == 11 and c:
                value = low = high = math.nan
            rows.append((f"reaction {k}", condition, value, low, high, k % 3 == 0))
    return pd.DataFrame(rows, columns=["flux", "condition", "value", "low", "high", "differs"])


def words(figure):
    return [text for text, _ in shown_texts(figure)]


DRAWINGS = {
    "comparison": lambda **k: flux_comparison(forest_frame(), unit="nmol/mg/h", **k),
    "one condition": lambda **k: flux_forest(forest_frame(12, ("fed",)), unit="nmol/mg/h", **k),
    "four conditions": lambda **k: flux_forest(forest_frame(9, ("D5", "D8", "D10", "D16")), **k),
    "one flux": lambda **k: flux_forest(forest_frame(1, ("fed",)), **k),
}


@pytest.mark.parametrize("name", DRAWINGS)
def test_no_text_overlaps_or_leaves_the_picture(name):
    figure = DRAWINGS[name](subtitle="two states of one donor, the intervals by profile likelihood")
    assert overlapping_texts(figure) == []
    assert cut_off_texts(figure) == []


def test_the_same_frame_gives_the_same_bytes_and_both_themes_the_same_words():
    draw = DRAWINGS["comparison"]
    assert figure_svg(draw()) == figure_svg(draw())
    assert words(draw()) == words(draw(theme="dark"))


def test_differing_fluxes_are_counted_and_bold():
    figure = DRAWINGS["comparison"]()
    assert "10 of 30 fluxes differ; those that do not are pale" in words(figure)
    names = {t.get_text(): t.get_fontweight() for ax in figure.axes for t in ax.texts}
    assert names["reaction 0"] == "bold"
    assert names["reaction 1"] == "normal"


def test_the_largest_difference_comes_first():
    shown = [text for text in words(DRAWINGS["comparison"]()) if text.startswith("reaction")]
    assert shown.index("reaction 0") < shown.index("reaction 3")
    assert shown.index("reaction 3") < shown.index("reaction 1")


def test_open_and_missing_intervals_are_told_in_words():
    shown = words(DRAWINGS["comparison"]())
    assert "no estimate" in shown
    assert any("not determined" in text for text in shown)


@settings(deadline=None, max_examples=15)
@given(st.lists(st.floats(-1e4, 1e4), min_size=1, max_size=12), st.data())
def test_every_flux_is_drawn_once_inside_its_panel(values, data):
    widths = data.draw(
        st.lists(st.floats(0, 1e5), min_size=len(values), max_size=len(values)), label="widths"
    )
    frame = pd.DataFrame(
        {
            "flux": [f"r{k}" for k in range(len(values))],
            "condition": "fed",
            "value": values,
            "low": np.subtract(values, widths),
            "high": np.add(values, widths),
        }
    )
    drawn = []
    for ax in flux_forest(frame).axes:
        low, high = ax.get_xlim()
        dots = [line for line in ax.lines if line.get_marker() == "o"]
        drawn += [float(line.get_xdata()[0]) for line in dots]
        assert all(low <= line.get_xdata()[0] <= high for line in ax.lines if len(line.get_xdata()))
    assert sorted(drawn) == sorted(float(value) for value in values)


def test_bad_frames_are_refused_in_words():
    frame = forest_frame()
    with pytest.raises(InputError, match="lacks the column high"):
        flux_forest(frame.drop(columns="high"))
    with pytest.raises(InputError, match="lacks the column differs"):
        flux_comparison(frame.drop(columns="differs"))
    with pytest.raises(InputError, match="has no rows"):
        flux_forest(frame.iloc[:0])
    with pytest.raises(InputError, match='"reaction 0" stands twice'):
        flux_forest(pd.concat([frame, frame.iloc[:1]]))
    with pytest.raises(InputError, match="1 conditions; give two"):
        flux_comparison(forest_frame(3, ("fed",)))
    with pytest.raises(InputError, match="5 conditions; draw 4 at most"):
        flux_forest(forest_frame(3, tuple("abcde")))
