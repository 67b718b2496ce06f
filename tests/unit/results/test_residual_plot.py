import numpy as np
import pandas as pd
import pytest
from picture_overlaps import cut_off_texts, overlapping_texts, shown_texts
from scipy.stats import norm

from cahill.errors import InputError
from cahill.results.pictures import figure_svg
from cahill.results.residual_plot import residual_plot


def residual_frame(rows: int = 226, measurements: int = 45, seed: int = 4) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "measurement": [f"measurement {k % measurements}" for k in range(rows)],
            "channel": [f"M+{k // measurements}" for k in range(rows)],
            "residual": rng.normal(0, 1.1, rows),
        }
    )


def words(figure):
    return [text for text, _ in shown_texts(figure)]


CASES = {
    "many": residual_frame,
    "few": lambda: residual_frame(5, 2),
    "one": lambda: residual_frame(1, 1),
    "far off": lambda: residual_frame().assign(residual=lambda f: f["residual"] ** 3 * 9),
    "perfect": lambda: residual_frame().assign(residual=0.0),
}


@pytest.mark.parametrize("case", CASES)
def test_no_text_overlaps_or_leaves_the_picture(case):
    figure = residual_plot(CASES[case](), subtitle="fasted")
    assert overlapping_texts(figure) == []
    assert cut_off_texts(figure) == []


def test_the_same_frame_gives_the_same_bytes_and_both_themes_the_same_words():
    frame = residual_frame()
    assert figure_svg(residual_plot(frame)) == figure_svg(residual_plot(frame))
    assert words(residual_plot(frame)) == words(residual_plot(frame, theme="dark"))


def test_the_worst_are_named_and_those_of_a_row_together():
    frame = residual_frame(20, 5).assign(residual=0.5)
    frame.loc[3, "residual"] = -6.2
    frame.loc[8, "residual"] = -4.1
    frame.loc[11, "residual"] = 2.5
    shown = words(residual_plot(frame, worst=2))
    assert "M+0: −6.2, M+1: −4.1" in shown
    assert not any("2.5" in text for text in shown)
    assert "3 of 20 beyond ±2 sd, 1 expected by chance" in shown


def test_every_residual_stands_in_both_panels():
    frame = residual_frame()
    strips, quantiles = residual_plot(frame).axes
    for ax, axis in ((strips, "get_xdata"), (quantiles, "get_ydata")):
        dots = [line for line in ax.lines if line.get_marker() == "o"]
        drawn = np.concatenate([np.asarray(getattr(line, axis)()) for line in dots])
        assert np.sort(drawn) == pytest.approx(np.sort(frame["residual"]))


def test_normal_residuals_lie_on_the_line_and_in_the_band():
    n = 199
    frame = residual_frame(n, 1)
    frame["residual"] = norm.ppf((np.arange(1, n + 1) - 0.375) / (n + 0.25))
    ax = residual_plot(frame).axes[1]
    dots = [line for line in ax.lines if line.get_marker() == "o"]
    x, y = (
        np.concatenate([np.asarray(part) for part in zip_])
        for zip_ in zip(*((line.get_xdata(), line.get_ydata()) for line in dots))
    )
    assert x == pytest.approx(y, abs=1e-9)
    band = ax.collections[0].get_paths()[0].vertices
    for xk, yk in zip(x, y):
        here = band[np.abs(band[:, 0] - xk) < 1e-9, 1]
        assert here.min() < yk < here.max()


def test_what_is_not_a_number_is_left_out():
    frame = residual_frame(10, 2)
    frame.loc[0, "residual"] = np.nan
    assert any("of 9 beyond" in text for text in words(residual_plot(frame)))
    with pytest.raises(InputError, match="none is a number"):
        residual_plot(frame.assign(residual=np.nan))


def test_a_missing_column_or_an_empty_frame_is_named():
    with pytest.raises(InputError, match="lacks the column channel"):
        residual_plot(residual_frame().drop(columns="channel"))
    with pytest.raises(InputError, match="has no rows"):
        residual_plot(residual_frame().iloc[:0])
