"""The picture of a series in time: what is drawn, named and not covered."""

import math

import numpy as np
import pandas as pd
import pytest
from picture_overlaps import overlapping_texts

from cahill.errors import InputError
from cahill.results.series_plot import series_plot

WHEN = pd.date_range("2024-03-01", periods=6, freq="5D")
COLUMNS = ["panel", "series", "kind", "when", "y", "low", "high"]


def frame():
    rows = []
    values = [0.6, 0.6, 18.0, 5.0, 1.2, 0.7]
    rows += [("ALT, × ULN", "ALT", "point", w, y, math.nan, math.nan) for w, y in zip(WHEN, values)]
    rows.append(("ALT, × ULN", "ALT", "interval", WHEN[5], math.nan, 0.0, 0.4))
    rows.append(("ALT, × ULN", "ALT", "interval", WHEN[2], math.nan, 10.0, math.inf))
    rows += [
        ("ALT, × ULN", f"held: {k}", "curve", w, k * y, math.nan, math.nan)
        for k in (1.1, 1.2)
        for w, y in zip(WHEN, values)
    ]
    rows.append(("ALT, × ULN", "baseline", "level", WHEN[0], 0.6, math.nan, math.nan))
    rows.append(("ALT, × ULN", "variation", "band", WHEN[0], math.nan, 0.45, 0.8))
    edges = [math.nan, 1.0, 2.0, 5.0, 15.0, math.nan]
    names = ["not above ULN", "borderline", "mild", "moderate", "severe"]
    rows += [
        ("ALT, × ULN", name, "step", WHEN[0], math.nan, low, high)
        for name, low, high in zip(names, edges, edges[1:])
    ]
    rows += [("other", "ALP", "point", w, 0.7, math.nan, math.nan) for w in WHEN]
    return pd.DataFrame(rows, columns=COLUMNS)


def legend(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_text_lies_on_another(theme):
    figure = series_plot(frame(), title="Series", subtitle="made up", theme=theme)
    assert overlapping_texts(figure) == []


def test_a_key_names_every_series_once_and_bands_are_named_beside_the_panel():
    figure = series_plot(frame(), title="Series")
    assert legend(figure.axes[0]) == ["ALT", "held: 1.1", "held: 1.2", "baseline", "variation"]
    assert legend(figure.axes[1]) == ["ALP"]
    beside = [text.get_text() for text in figure.axes[0].texts]
    assert beside == ["not above ULN", "borderline", "mild", "moderate", "severe"]


def test_a_band_out_of_view_is_not_named():
    low = frame()
    low = low[~((low["kind"] == "point") & (low["y"] > 4)) & ~low["kind"].isin(["curve"])]
    low = low[~((low["kind"] == "interval") & (low["low"] > 4))]
    ax = series_plot(low, title="Series").axes[0]
    assert "severe" not in [text.get_text() for text in ax.texts]


def test_panels_share_their_time_unless_they_have_their_own():
    together = series_plot(frame(), title="Series")
    assert together.axes[0].get_xlim() == together.axes[1].get_xlim()
    close = frame()
    close = close[(close["panel"] == "ALT, × ULN") | (close["when"] < WHEN[2])]
    apart = series_plot(close, title="Series", own_time=("other",))
    assert apart.axes[0].get_xlim() != apart.axes[1].get_xlim()


def test_one_result_can_be_drawn():
    one = frame().iloc[:1]
    low, high = series_plot(one, title="Series").axes[0].get_ylim()
    assert low < 0.6 < high
    assert np.isfinite([low, high]).all()


def test_a_frame_without_its_columns_is_refused():
    with pytest.raises(InputError, match="series: the frame lacks the column high"):
        series_plot(frame().drop(columns="high"), title="Series")
    with pytest.raises(InputError, match="has no rows"):
        series_plot(frame().iloc[:0], title="Series")
