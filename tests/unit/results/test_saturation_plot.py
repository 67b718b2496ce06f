"""Families of curves: what is drawn, and what cannot be."""

import numpy as np
import pandas as pd
import pytest

from cahill.errors import InputError
from cahill.results.saturation_plot import saturation_plot


def frame(log_x=False, levels=(1.0, 3.0, 10.0)):
    rows = []
    x = np.array([0.0, 0.1, 1.0, 10.0]) if log_x else np.array([1.0, 5.0, 20.0])
    for level in levels:
        y = level * x / (1 + x)
        for kind in ("point", "curve"):
            rows += [("rates", f"level {level:g}", kind, a, b) for a, b in zip(x, y)]
    names = ["panel", "series", "kind", "x", "y"]
    found = pd.DataFrame(rows, columns=names)
    return found.assign(x_label="alanine, mmol/L", y_label="rate, U/L", log_x=log_x)


def test_a_key_names_every_series_once():
    figure = saturation_plot(frame(), title="Rates")
    legend = figure.axes[0].get_legend()
    assert [text.get_text() for text in legend.get_texts()] == ["level 1", "level 3", "level 10"]
    assert len(figure.axes[0].lines) == 6


def test_more_than_six_series_differ_in_marker_or_colour():
    ax = saturation_plot(frame(levels=range(1, 9)), title="Rates").axes[0]
    drawn = {
        (line.get_color(), line.get_marker()) for line in ax.lines if line.get_marker() != "None"
    }
    assert len(drawn) == 8


def test_zero_stands_at_the_left_of_a_logarithmic_axis():
    ax = saturation_plot(frame(log_x=True), title="Dose").axes[0]
    assert ax.get_xscale() == "log"
    labels = [label.get_text() for label in ax.get_xticklabels()]
    assert labels[0] == "0"
    assert ax.get_xlim()[0] > 0


def test_an_interval_is_shaded_and_a_line_marks_its_middle():
    mark = frame(log_x=True).iloc[:1].assign(kind="mark", series="IC50 1", x=1.0, y=np.nan)
    both = pd.concat([frame(log_x=True), mark.assign(low=0.8, high=1.3)], ignore_index=True)
    ax = saturation_plot(both, title="Dose").axes[0]
    assert any(line.get_xdata()[0] == 1.0 and len(line.get_xdata()) == 2 for line in ax.lines)
    assert "IC50 1" in [text.get_text() for text in ax.get_legend().get_texts()]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_panels_and_themes(theme, tmp_path):
    both = pd.concat([frame(), frame().assign(panel="more")], ignore_index=True)
    figure = saturation_plot(both, title="Rates", subtitle="two views", theme=theme)
    assert len(figure.axes) == 2
    figure.savefig(tmp_path / "rates.png")


def test_a_frame_that_lacks_a_column_is_refused():
    with pytest.raises(InputError, match="lacks the column series"):
        saturation_plot(frame().drop(columns=["series"]), title="Rates")
    with pytest.raises(InputError, match="has no rows"):
        saturation_plot(frame().iloc[:0], title="Rates")
