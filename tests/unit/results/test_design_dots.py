"""The picture of designs."""

import pandas as pd
import pytest
from picture_overlaps import cut_off_texts, overlapping_texts, shown_texts

from cahill.errors import InputError
from cahill.results.design_dots import PRESENT, design_dots
from cahill.results.pictures import figure_svg


def designs(count, fluxes=2):
    """Return designs with rising errors; the present one is last."""
    names = [f"glc=[{k}-13C] + {k}% unlabelled" for k in range(count - 1)] + [PRESENT]
    rows = [
        (name, f"flux {f}", sd := (k + 1.0) * 10.0**f, 0.6 * sd, 1.5 * sd, 1.0 - 0.5 * (k % 5 == 4))
        for f in range(fluxes)
        for k, name in enumerate(names)
    ]
    return pd.DataFrame(rows, columns=["design", "flux", "sd", "sd_low", "sd_high", "determined"])


@pytest.mark.parametrize("count", [2, 12, 60])
def test_no_text_overlaps_or_leaves_the_picture(count):
    figure = design_dots(designs(count), unit="mmol/g/h", subtitle="a study")
    assert overlapping_texts(figure) == []
    assert cut_off_texts(figure) == []


def test_the_present_design_is_always_shown():
    texts = [text for text, _ in shown_texts(design_dots(designs(60), top=5))]
    assert PRESENT in texts
    assert sum("13C" in text for text in texts) == 5


def test_the_same_frame_gives_the_same_bytes_and_both_themes_the_same_words():
    frame = designs(8)
    assert figure_svg(design_dots(frame)) == figure_svg(design_dots(frame))
    light, dark = (
        [t for t, _ in shown_texts(design_dots(frame, theme=t))] for t in ("light", "dark")
    )
    assert light == dark


def test_bad_frames_are_refused():
    with pytest.raises(InputError, match="lacks the column sd"):
        design_dots(designs(3).drop(columns="sd"))
    with pytest.raises(InputError, match="4 at most"):
        design_dots(designs(3, fluxes=5))
