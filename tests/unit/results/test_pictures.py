import re

import pytest
from picture_overlaps import cut_off_texts, overlapping_texts, shown_texts
from results_demo import (
    FLUXES,
    comparison_frame,
    control_frame,
    interval_frame,
    time_course_frame,
)

from cahill.errors import InputError
from cahill.results.comparison import draw_comparison, position
from cahill.results.drawing import draw_cycle_map
from cahill.results.intervals import control_bars, interval_forest
from cahill.results.pictures import figure_svg, inline_svg, save_figure
from cahill.results.theme import DARK, LIGHT, colour_variables
from cahill.results.time_courses import Period, draw_time_courses

PERIODS = [Period(2, 6, "mixed meal"), Period(8, 10, "exercise")]
DRAWINGS = {
    "time courses": lambda: draw_time_courses(time_course_frame(), periods=PERIODS),
    "comparison": lambda: draw_comparison(comparison_frame()),
    "control": lambda: control_bars(control_frame()),
    "intervals": lambda: interval_forest(interval_frame()),
}


@pytest.mark.parametrize("name", DRAWINGS)
def test_no_text_overlaps_or_leaves_the_picture(name):
    figure = DRAWINGS[name]()
    assert overlapping_texts(figure) == []
    assert cut_off_texts(figure) == []


@pytest.mark.parametrize("name", DRAWINGS)
def test_the_same_frame_gives_the_same_bytes(name):
    assert figure_svg(DRAWINGS[name]()) == figure_svg(DRAWINGS[name]())


@pytest.mark.parametrize(
    ("draw", "frame"),
    [
        (draw_time_courses, time_course_frame()),
        (draw_comparison, comparison_frame()),
        (control_bars, control_frame()),
        (interval_forest, interval_frame()),
    ],
)
def test_a_missing_column_or_an_empty_frame_is_named(draw, frame):
    column = "unit" if "unit" in frame else "step"
    with pytest.raises(InputError, match=f"lacks the column {column}"):
        draw(frame.drop(columns=column))
    with pytest.raises(InputError, match="has no rows"):
        draw(frame.iloc[:0])


def test_every_unit_of_a_group_has_its_own_panel_and_days_replace_hours():
    frame = time_course_frame()
    assert len(draw_time_courses(frame).axes) == 7
    frame["time_h"] *= 10
    words = [text for text, _ in shown_texts(draw_time_courses(frame))]
    assert "time (d)" in words
    assert "time (h)" not in words


def test_lines_that_end_together_keep_their_names_apart():
    frame = time_course_frame()
    frame["panel"], frame["unit"], frame["value"] = "All", "mmol/L", 1.0
    assert overlapping_texts(draw_time_courses(frame)) == []


def test_values_that_are_not_numbers_leave_a_gap():
    frame = time_course_frame()
    frame.loc[frame["label"] == "glucose", "value"] = float("nan")
    words = [text for text, _ in shown_texts(draw_time_courses(frame))]
    assert "glucose" not in words


def test_the_comparison_says_met_in_words_and_puts_headline_rows_first():
    words = [text for text, _ in shown_texts(draw_comparison(comparison_frame()))]
    assert "✓ met" in words
    assert "✗ not met" in words
    assert "– not judged" in words
    assert words.index("Headline targets") < words.index("Calibration: used to set parameters")


@pytest.mark.parametrize(
    ("value", "target", "low", "high", "where"),
    [
        (4.0, 4.4, 4.0, 5.0, -1.0),
        (5.0, 4.4, 4.0, 5.0, 1.0),
        (1.1, 1.0, float("nan"), float("nan"), 1.0),
        (10.0, 10.0, 10.0, float("nan"), -1.0),
        (10.0, 10.0, float("nan"), 10.0, 1.0),
        (0.0, 0.0, 0.0, 0.0, 0.0),
    ],
)
def test_position_on_the_row(value, target, low, high, where):
    assert position(value, target, low, high) == pytest.approx(where)


def test_files_are_written_as_svg_and_png(tmp_path):
    vector, raster = save_figure(draw_cycle_map(FLUXES), tmp_path / "pictures", "map")
    assert vector.read_text(encoding="utf-8").startswith("<?xml")
    data = raster.read_bytes()
    assert data[:4] == b"\x89PNG"
    width = int.from_bytes(data[16:20], "big")
    assert width == pytest.approx(960 / 72 * 200, abs=1)


def test_ids_of_pictures_in_one_page_do_not_collide():
    figure = draw_cycle_map(FLUXES)
    one, other = (inline_svg(figure, prefix, "map") for prefix in ("a", "b"))
    ids = [set(re.findall(r'\bid="([^"]+)"', svg)) for svg in (one, other)]
    assert ids[0]
    assert not ids[0] & ids[1]
    used = set(re.findall(r'href="#([^"]+)"|url\(#([^")]+)\)', one))
    assert {a or b for a, b in used} <= ids[0]


def test_an_inline_picture_is_described_scales_and_refers_to_nothing_outside():
    svg = inline_svg(draw_cycle_map(FLUXES), "a", 'a "map" <of> it')
    assert svg.startswith('<svg viewBox="0 0 960')
    assert 'aria-label="a &quot;map&quot; &lt;of&gt; it"' in svg
    assert "http" not in svg
    assert "<style" not in svg


def test_plain_svg_without_a_view_box_gets_one():
    svg = inline_svg('<svg width="20pt" height="10pt"><g id="x"/></svg>', "q", "dot")
    assert 'viewBox="0 0 20 10"' in svg
    assert 'id="q-x"' in svg


def test_colours_become_variables_with_the_light_value_as_fallback():
    assert colour_variables(f"fill: {LIGHT.carbon}") == f"fill: var(--carbon, {LIGHT.carbon})"


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_every_colour_of_a_theme_is_its_own(theme):
    values = list(vars(theme).values())
    assert len(values) == len(set(values))


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_text_is_legible_on_its_ground(theme):
    for ground in (theme.paper, theme.node, *map(theme.lane, ("muscle", "blood", "liver"))):
        for text in (theme.ink, theme.muted, theme.carbon, theme.nitrogen, theme.met, theme.missed):
            assert contrast(text, ground) >= 4.0


def contrast(one: str, other: str) -> float:
    def luminance(colour: str) -> float:
        parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)
