"""The pictures of a cohort: eDISH, migration, waterfall, and the account of rows."""

import pandas as pd
import pytest

from cahill.errors import InputError
from cahill.results.edish_plot import POINT, edish_plot
from cahill.results.migration_plot import migration_plot
from cahill.results.page import Page, Picture, Script, Section, render_page
from cahill.results.pictures import figure_svg, inline_svg
from cahill.results.row_account_plot import row_account_plot
from cahill.results.theme import LIGHT
from cahill.results.waterfall_plot import waterfall_plot

NAMES = ("lower left: 1", "high ALT: 1", "high bilirubin: 0", "both: 1")
BANDS = ("≤1", ">1–3", ">3–5", ">5–20", ">20")


def points(**changes):
    frame = pd.DataFrame(
        {
            "point": [0, 1, 2],
            "group": ["placebo", "drug", "drug"],
            "x": [0.7, 8.0, 3.5],
            "y": [0.5, 3.0, 0.9],
            "mark": ["", "meets a rule", ""],
        }
    )
    return frame.assign(**changes)


def dish(frame, **options):
    return edish_plot(
        frame,
        title="Peaks",
        labels=("ALT (× ULN)", "bilirubin (× ULN)"),
        lines=(3.0, 2.0),
        quadrants=NAMES,
        marks=("meets a rule", "met by nobody"),
        **options,
    )


def test_every_subject_is_an_element_that_a_script_can_find():
    svg = inline_svg(dish(points()), "p1-1", "peaks")
    for number in range(3):
        assert svg.count(f'id="p1-1-{POINT}{number}"') == 1


def test_the_lines_stand_at_the_rules_factors_and_the_key_names_what_there_is():
    figure = dish(points())
    (ax,) = figure.axes
    assert [line.get_xdata()[0] for line in ax.lines if len(set(line.get_xdata())) == 1][:1] == [3]
    texts = [text.get_text() for text in ax.get_legend().get_texts()]
    assert texts == ["placebo", "drug", "meets a rule"]
    shown = {text.get_text().replace("\n", " ") for text in ax.texts}
    assert set(NAMES) <= shown


def test_all_points_and_squares_lie_within_the_axes():
    density = pd.DataFrame({"x": [0.01, 40.0], "y": [0.05, 25.0], "count": [3, 40_000]})
    figure = dish(points(), density=density)
    (ax,) = figure.axes
    (left, right), (low, high) = ax.get_xlim(), ax.get_ylim()
    assert left < 0.01
    assert right > 40.0
    assert low < 0.05
    assert high > 25.0
    texts = [text.get_text() for text in ax.get_legend().get_texts()]
    assert texts[-2:] == ["1 to 9 subjects in a square", "10,000 or more"]


def test_a_cohort_may_be_drawn_as_density_alone():
    density = pd.DataFrame({"x": [1.0], "y": [1.0], "count": [7]})
    assert dish(points().iloc[:0], density=density).axes


@pytest.mark.parametrize("frame", [points().iloc[:0], points().drop(columns="mark")])
def test_what_cannot_be_drawn_is_refused(frame):
    with pytest.raises(InputError, match="eDISH plot: the frame"):
        dish(frame)


def test_the_dark_picture_uses_no_light_colour():
    svg = figure_svg(dish(points(), theme="dark"))
    assert LIGHT.paper not in svg
    assert LIGHT.series_1 not in svg


def test_migration_shows_every_count_in_its_cell():
    frame = pd.DataFrame(
        [("a", "≤1", "≤1", 31), ("a", "≤1", ">5–20", 2), ("b", ">1–3", "≤1", "<5")],
        columns=["group", "baseline", "worst", "count"],
    )
    figure = migration_plot(frame, title="Shift", bands=BANDS, labels=("worst", "baseline"))
    first, second = figure.axes
    cells = {text.get_text(): text.get_position() for text in first.texts}
    assert cells == {"31": (0.5, 0.5), "2": (3.5, 0.5)}
    assert [text.get_text() for text in second.texts] == ["<5"]
    with pytest.raises(InputError, match="migration plot: the frame has no rows"):
        migration_plot(frame.iloc[:0], title="", bands=BANDS, labels=("", ""))


def test_waterfall_runs_from_the_largest_to_the_smallest():
    frame = pd.DataFrame(
        {"group": "a", "fold": [1.2, 6.0, 0.5], "band": ["≤1", ">3–5", "≤1"], "subjects": 300}
    )
    figure = waterfall_plot(frame, title="Change", bands=BANDS, label="fold", key="worst")
    (ax,) = figure.axes
    bars = [path for drawn in ax.collections for path in drawn.get_paths()]
    tops = {round(float(path.vertices[:, 0].min())): path.vertices[2:4, 1].max() for path in bars}
    assert [tops[k] for k in range(3)] == pytest.approx([6.0, 1.2, 0.5])
    assert ax.get_xlabel() == "300 subjects in order of change"
    assert ax.get_ylim()[0] < 0.5


def test_the_account_names_every_fate_with_its_rows():
    frame = pd.DataFrame(
        {"fate": ["evaluated", "excluded"], "reason": ["", "duplicate"], "rows": [997, 3]}
    )
    (ax,) = row_account_plot(frame, title="Rows").axes
    assert [label.get_text() for label in ax.get_yticklabels()] == [
        "evaluated",
        "excluded: duplicate",
    ]
    assert [text.get_text() for text in ax.texts] == ["997  (99.7 %)", "3  (0.300 %)"]


def test_data_of_a_script_cannot_end_its_element():
    page = Page(
        "t",
        sections=(Section("s", pictures=(Picture(dish(points())),)),),
        scripts=(Script("edish", {"time": "</script><b>&", "points": {}}),),
    )
    html = render_page(page)
    assert '<script type="application/json" id="edish-data">' in html
    assert "</script><b>" not in html
    assert r"\u003c/script\u003e\u003cb\u003e\u0026" in html
