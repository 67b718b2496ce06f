"""The picture of one value on several ladders shows what it was given, inside the paper."""

import math

import pandas as pd
import pytest
from matplotlib import pyplot
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

from cahill.errors import InputError
from cahill.results.ladder_strip import ladder_strip

OPEN = math.nan


def ladder(name, edges, names, value=None, reason=""):
    ends = [OPEN, *edges, OPEN]
    return [
        {
            "ladder": name,
            "about": "multiples of something",
            "band": band,
            "low": low,
            "high": high,
            "hit": value is not None and not (value <= low or value > high),
            "reason": reason,
        }
        for band, low, high in zip(names, ends, ends[1:])
    ]


FRAME = pd.DataFrame(
    [
        *ladder("one", [40, 120, 200, 800], ["none", "grade 1", "grade 2", "grade 3", "4"], 95),
        *ladder("two", [60, 90, 120, 240], ["none", "grade 1", "grade 2", "grade 3", "4"], 95),
        *ladder("three", [], ["x"], reason="undetermined: no baseline was given"),
    ]
)


def drawn(frame=FRAME, value=(95, 95), **options):
    chosen = {"value_text": "ALT 95 U/L", "unit": "U/L", "limit": 40.0, "title": "t", **options}
    return ladder_strip(frame, value=value, **chosen)


def words(figure):
    return [text.get_text() for text in figure.findobj(Text) if text.get_text()]


def outside(figure):
    """Return the words that do not lie wholly on the paper."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    box = figure.bbox.padded(1)
    found = []
    for text in figure.findobj(Text):
        if not text.get_text() or not text.get_visible():
            continue
        own = text.get_window_extent(canvas.get_renderer())
        if not (box.contains(own.x0, own.y0) and box.contains(own.x1, own.y1)):
            found.append(text.get_text())
    return found


@pytest.fixture(autouse=True)
def _closed():
    yield
    pyplot.close("all")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_ladder_band_and_the_value_are_named(theme):
    figure = drawn(theme=theme, subtitle="a sentence on what is shown")
    seen = words(figure)
    for name in (
        "one",
        "two",
        "three",
        "grade 1",
        "ALT 95 U/L",
        "undetermined: no baseline was given",
    ):
        assert name in seen
    assert outside(figure) == []


def test_the_bands_in_which_the_value_lies_stand_out():
    bold = {
        text.get_text()
        for text in drawn().findobj(Text)
        if text.get_fontweight() == "bold" and text.get_text().startswith("grade")
    }
    assert bold == {"grade 1", "grade 2"}


@pytest.mark.parametrize("value", [(0, 0), (0, 5), (1000, math.inf), (0.5, 0.5), (12_000, 12_000)])
def test_any_value_has_its_place(value):
    figure = drawn(value=value, value_text="ALT somewhere else entirely")
    assert outside(figure) == []


def test_nothing_to_go_by_is_drawn_too():
    frame = FRAME[FRAME["ladder"] == "three"]
    assert outside(drawn(frame, value=(0, math.inf), limit=None)) == []


def test_an_edge_far_above_the_value_does_not_stretch_the_axis():
    frame = pd.DataFrame(ladder("one", [40, 10_000], ["a", "b", "c"], 95))
    assert "c" not in words(drawn(frame))
    assert "c" in words(drawn(frame, value=(20_000, 20_000)))


def test_a_long_reason_is_cut_to_its_strip():
    frame = pd.DataFrame(ladder("one", [], ["x"], reason="undetermined: " + 60 * "and so on "))
    figure = drawn(frame)
    assert any(text.endswith("…") for text in words(figure))
    assert outside(figure) == []


def test_without_a_limit_there_is_no_upper_axis():
    assert not any("times the upper limit" in text for text in words(drawn(limit=None)))


def test_what_cannot_be_drawn_is_refused():
    with pytest.raises(InputError, match="lacks the column band"):
        drawn(FRAME.drop(columns="band"))
    with pytest.raises(InputError, match="a value from -1 to -1 cannot be drawn"):
        drawn(value=(-1, -1))
