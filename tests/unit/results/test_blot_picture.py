"""Pictures of blots are drawn from tidy frames, with every lane and band in its place."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.patches import Rectangle

from cahill.errors import InputError
from cahill.results.blot_picture import blot_picture, lane_profiles


@pytest.fixture
def frames():
    lanes = pd.DataFrame(
        [(k, f"sample {k}", row, 20 * k, 20 * k + 14) for k in (1, 2, 3) for row in (0, 99)],
        columns=["lane", "label", "row", "left", "right"],
    )
    bands = pd.DataFrame(
        [
            (1, 20, 34, 30, 40, "target", "ALT1"),
            (2, 40, 54, 30, 40, "clipped", "ALT1"),
            (3, 60, 74, 70, 78, "band", ""),
        ],
        columns=["lane", "left", "right", "top", "bottom", "kind", "name"],
    )
    return lanes, bands


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_boxes_and_names(frames, theme):
    lanes, bands = frames
    counts = np.random.default_rng(0).random((100, 100))
    figure = blot_picture(counts, lanes, bands, title="a.tif", theme=theme)
    ax = figure.axes[0]
    boxes = [patch for patch in ax.patches if isinstance(patch, Rectangle)]
    assert [(box.get_x(), box.get_height()) for box in boxes] == [(20, 10), (40, 10), (60, 8)]
    texts = [text.get_text() for text in ax.texts]
    assert {"1", "2", "3", "sample 1", "ALT1"} <= set(texts)
    legend = ax.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == ["band", "target", "saturated"]


def test_profiles_share_an_axis(frames):
    _, bands = frames
    profiles = pd.DataFrame(
        [(k, "x", row, k * np.exp(-((row - 35) ** 2) / 20)) for k in (1, 2) for row in range(100)],
        columns=["lane", "label", "row", "value"],
    )
    figure = lane_profiles(profiles, bands)
    limits = {ax.get_ylim() for ax in figure.axes}
    assert len(figure.axes) == 2
    assert len(limits) == 1


def test_frames_that_cannot_be_drawn(frames):
    lanes, bands = frames
    with pytest.raises(InputError, match="blot: the frame lacks the column label"):
        blot_picture(np.zeros((9, 9)), lanes.drop(columns="label"), bands, title="x")
