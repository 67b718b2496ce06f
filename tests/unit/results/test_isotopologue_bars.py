import csv
import math
from collections import defaultdict
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from picture_overlaps import cut_off_texts, overlapping_texts, shown_texts

from cahill.errors import InputError
from cahill.results.isotopologue_bars import (
    PAGE,
    far_off,
    isotopologue_bars,
    isotopologue_courses,
)
from cahill.results.pictures import figure_svg
from cahill.results.theme import DARK

LIVER = Path(__file__).parents[3].parent / "shared" / "data" / "tracing" / "human_liver"


def bars_frame(measurements: int = 45) -> pd.DataFrame:
    """Return made-up distributions of 2 to 17 signals, of mass, tandem and resolved channels."""
    rng = np.random.default_rng(7)
    rows = []
    for m in range(measurements):
        count = 2 + m % 16
        channels = [f"M+{k}" for k in range(count)]
        if m % 11 == 5:
            channels = [f"M+{a},{b}" for a in range(4) for b in range(3)]
        if m % 11 == 7:
            channels = [f"heavy neighbours {a}{b}" for a in (0, 1) for b in (0, 1)]
        if m % 11 == 9:
            channels = ["enrichment"]
        values = rng.dirichlet(np.full(len(channels), 0.6))
        for channel, value in zip(channels, values):
            rows.append((f"measurement {m}", channel, value, 0.01, value + rng.normal(0, 0.012)))
    return pd.DataFrame(rows, columns=["measurement", "channel", "measured", "sd", "fitted"])


def courses_frame(atoms=(1, 3, 6, 11)) -> pd.DataFrame:
    rng = np.random.default_rng(3)
    rows = []
    for count in atoms:
        for k in range(count + 1):
            for time in np.linspace(0, 30, 16):
                risen = 1 - math.exp(-time / (3 + k))
                fitted = 1 - 0.7 * risen if k == 0 else 0.7 * risen / count
                seen = fitted + rng.normal(0, 0.012) if round(time) % 4 == 0 else math.nan
                rows.append((f"Ala[1-{count}]", f"M+{k}", time, seen, 0.01, fitted))
    columns = ["measurement", "channel", "time", "measured", "sd", "fitted"]
    return pd.DataFrame(rows, columns=columns)


def words(figure):
    return [text for text, _ in shown_texts(figure)]


@pytest.mark.parametrize("count", [1, 45])
def test_no_text_overlaps_or_leaves_the_bars(count):
    figure = isotopologue_bars(bars_frame(count), subtitle="made up")
    assert overlapping_texts(figure) == []
    assert cut_off_texts(figure) == []
    assert figure.get_size_inches()[0] * 72 == pytest.approx(PAGE)


@pytest.mark.parametrize("columns", [1, 4])
def test_no_text_overlaps_or_leaves_the_courses(columns):
    figure = isotopologue_courses(courses_frame(), time_unit="min", columns=columns)
    assert overlapping_texts(figure) == []
    assert cut_off_texts(figure) == []
    assert "time (min)" in words(figure)


def test_measured_liver_distributions_are_legible():
    if not LIVER.is_dir():
        pytest.skip("the human liver data are not here")
    seen = defaultdict(list)
    with (LIVER / "mid-data.tsv").open(encoding="utf-8") as lines:
        table = csv.reader(lines, delimiter="\t")
        head = next(table)
        fed = [k for k, name in enumerate(head) if name.strip() == "D20 fed"]
        for row in table:
            if len(row) > max(fed) and row[1].strip():
                seen[row[0], f"M+{row[1]}"] = [float(row[k]) for k in fed]
    rows = [
        (*key, np.mean(values), max(np.std(values, ddof=1), 0.01), np.median(values))
        for key, values in seen.items()
    ]
    frame = pd.DataFrame(rows, columns=["measurement", "channel", "measured", "sd", "fitted"])
    assert frame["measurement"].nunique() == 21
    figure = isotopologue_bars(frame)
    assert overlapping_texts(figure) == []
    assert cut_off_texts(figure) == []


def test_the_same_frame_gives_the_same_bytes_and_both_themes_the_same_words():
    frame = bars_frame(6)
    assert figure_svg(isotopologue_bars(frame)) == figure_svg(isotopologue_bars(frame))
    assert words(isotopologue_bars(frame)) == words(isotopologue_bars(frame, theme="dark"))


def test_bars_stand_as_high_as_their_values():
    frame = bars_frame(1)
    panel = isotopologue_bars(frame).axes[-1]
    heights = [patch.get_height() for patch in panel.patches]
    assert heights == pytest.approx([*frame["measured"], *frame["fitted"]])


def test_values_far_from_the_fit_are_counted_and_marked():
    frame = bars_frame(1).assign(fitted=lambda f: f["measured"] + [0.031, -0.029])
    figure = isotopologue_bars(frame, subtitle="fasted")
    assert "fasted · 1 of 2 values more than 3 sd from the fit" in words(figure)
    (marks,) = [line for line in figure.axes[-1].lines if line.get_marker() == "v"]
    assert list(marks.get_xdata()) == [0]


def test_a_value_that_is_not_measured_has_a_fitted_bar_alone():
    frame = bars_frame(1)
    frame.loc[0, "measured"] = math.nan
    assert "0 of 1 values more than 3 sd from the fit" in words(isotopologue_bars(frame))


def test_dark_courses_have_dark_open_points():
    figure = isotopologue_courses(courses_frame((7,)), theme="dark")
    faces = {line.get_markerfacecolor() for line in figure.axes[0].lines}
    assert DARK.paper in faces


@pytest.mark.parametrize("draw", [isotopologue_bars, isotopologue_courses])
def test_a_missing_column_or_an_empty_frame_is_named(draw):
    frame = courses_frame((1,))
    with pytest.raises(InputError, match="lacks the column fitted"):
        draw(frame.drop(columns="fitted"))
    with pytest.raises(InputError, match="has no rows"):
        draw(frame.iloc[:0])


def test_a_time_series_is_not_drawn_as_bars():
    with pytest.raises(InputError, match="draw time series with isotopologue_courses"):
        isotopologue_bars(courses_frame((1,)))


@given(st.floats(-1, 1), st.floats(-1, 1), st.floats(1e-3, 1))
def test_far_is_beyond_three_standard_deviations_either_way(measured, fitted, sd):
    frame = pd.DataFrame({"measured": [measured], "fitted": [fitted], "sd": [sd]})
    mirrored = -frame.assign(sd=-sd)
    assert bool(far_off(frame)[0]) == (abs(measured - fitted) > 3 * sd)
    assert bool(far_off(mirrored)[0]) == bool(far_off(frame)[0])


def test_a_simulation_alone_has_nothing_measured_to_show_or_count():
    shown = words(isotopologue_bars(bars_frame(3).assign(measured=math.nan), subtitle="fasted"))
    assert "measured, with sd" not in shown
    assert not any("3 sd from the fit" in text for text in shown)
