import math

import numpy as np
import pandas as pd
import pytest
from picture_overlaps import cut_off_texts, overlapping_texts, shown_texts
from scipy.stats import chi2

from cahill.errors import InputError
from cahill.results.pictures import figure_svg
from cahill.results.profile_curves import THRESHOLD, profile_curves


def profile_frame(fluxes: int = 9) -> pd.DataFrame:
    """Return parabolas of several sizes; every third is open below, every seventh on both sides."""
    frames = []
    for k in range(fluxes):
        best, sd = (-1) ** k * 700.0 * 0.3**k, 80.0 * 0.3**k
        value = np.linspace(best - 3 * sd, best + 3 * sd, 25)
        rise = ((value - best) / sd) ** 2
        low, high = best - 1.96 * sd, best + 1.96 * sd
        if k % 3 == 2:
            rise, low = np.where(value < best, 0.1 * rise / (1 + rise), rise), -math.inf
        if k % 7 == 6:
            rise, low, high = 0.05 * rise, math.nan, math.nan
        frames.append(
            pd.DataFrame(
                {
                    "flux": f"reaction {k}" + " with a name far too long for it" * (k == 4),
                    "value": value,
                    "ssr_increase": rise,
                    "low": low,
                    "high": high,
                }
            )
        )
    return pd.concat(frames, ignore_index=True)


def words(figure):
    return [text for text, _ in shown_texts(figure)]


@pytest.mark.parametrize("fluxes", [1, 9])
def test_no_text_overlaps_or_leaves_the_picture(fluxes):
    figure = profile_curves(profile_frame(fluxes), unit="nmol/mg protein/h")
    assert overlapping_texts(figure) == []
    assert cut_off_texts(figure) == []


def test_the_same_frame_gives_the_same_bytes_and_both_themes_the_same_words():
    frame = profile_frame()
    assert figure_svg(profile_curves(frame)) == figure_svg(profile_curves(frame))
    assert words(profile_curves(frame)) == words(profile_curves(frame, theme="dark"))


def test_the_threshold_is_the_95_percent_point_of_one_degree_of_freedom():
    assert pytest.approx(chi2.ppf(0.95, 1), abs=0.002) == THRESHOLD


def test_the_interval_is_marked_where_the_curve_meets_the_threshold():
    figure = profile_curves(profile_frame(1))
    marks = [path.vertices for c in figure.axes[0].collections for path in c.get_paths()]
    upright = [v for v in marks if len(v) == 2 and v[0, 0] == v[1, 0]]
    assert sorted(v[0, 0] for v in upright) == pytest.approx([700 - 156.8, 700 + 156.8])
    assert {v[1, 1] for v in upright} == {THRESHOLD}


def test_open_intervals_are_told_in_words():
    shown = words(profile_curves(profile_frame(7)))
    assert "700 (543–857)" in shown
    assert "63.0 (≤ 77.1)" in shown
    assert any("not determined" in text for text in shown)


def test_the_order_of_rows_does_not_matter():
    frame = profile_frame(1)
    mixed = frame.sample(frac=1.0, random_state=1)
    assert figure_svg(profile_curves(frame)) == figure_svg(profile_curves(mixed))


def test_points_that_could_not_be_fitted_leave_a_gap():
    frame = profile_frame(2)
    frame.loc[frame.index[:5], "ssr_increase"] = math.nan
    assert overlapping_texts(profile_curves(frame)) == []
    assert "– (543–857)" in words(profile_curves(frame.assign(ssr_increase=math.nan)))


def test_a_missing_column_or_an_empty_frame_is_named():
    with pytest.raises(InputError, match="lacks the column ssr_increase"):
        profile_curves(profile_frame().drop(columns="ssr_increase"))
    with pytest.raises(InputError, match="has no rows"):
        profile_curves(profile_frame().iloc[:0])
