"""Pictures of amplification curves and melt peaks."""

import numpy as np
import pandas as pd
import pytest

from cahill.errors import InputError
from cahill.results.amplification_curves import NAMED, amplification_curves
from cahill.results.melt_peaks import melt_peaks


def curves(count=9):
    cycles = np.arange(1.0, 41.0)
    rows, marks = [], []
    for k in range(count):
        signal = 2 / (1 + np.exp((20 + k - cycles) / 1.5))
        panel = "Gpt" if k % 2 else "Actb"
        kind = ("sample", "standard", "control")[k % 3]
        rows.append(
            pd.DataFrame(
                {"panel": panel, "curve": k, "cycle": cycles, "signal": signal, "kind": kind}
            )
        )
        marks.append((panel, k, 17.0 + k, 0.2, 3.0, 14.0, f"A{k}" if k else ""))
    columns = ["panel", "curve", "cq", "threshold", "first", "last", "label"]
    return pd.concat(rows), pd.DataFrame(marks, columns=columns)


def texts(figure):
    return [text.get_text() for ax in figure.axes for text in ax.texts]


def test_two_panels_a_target_and_doubted_wells_named():
    frame, marks = curves()
    figure = amplification_curves(frame, marks, title="run", subtitle="s")
    assert [ax.get_title(loc="left") for ax in figure.axes] == ["Actb", "", "Gpt", ""]
    assert [ax.get_yscale() for ax in figure.axes] == ["linear", "log", "linear", "log"]
    assert "A2" in texts(figure)
    key = [text.get_text() for text in figure.legends[0].get_texts()]
    assert key == ["samples", "standards", "without template", "doubted", "threshold", "baseline"]


def test_more_doubted_wells_than_fit_are_counted():
    frame, marks = curves(20)
    shown = texts(amplification_curves(frame, marks))
    assert shown.count(f"+{10 - NAMED} more") >= 1


def test_curves_without_amplification_or_threshold_are_drawn():
    frame, marks = curves(2)
    flat = frame.assign(signal=0.0)
    blank = marks.assign(cq=np.nan, threshold=np.nan, first=np.nan, last=np.nan, label="")
    assert len(amplification_curves(flat, blank, theme="dark").axes) == 4


def test_melt_peaks_by_target():
    at = np.linspace(60, 95, 100)
    frame = pd.DataFrame(
        {
            "panel": "Gpt",
            "curve": 0,
            "temperature": at,
            "slope": np.exp(-((at - 84) ** 2)),
            "kind": "sample",
        }
    )
    peaks = pd.DataFrame(
        {"panel": ["Gpt"], "curve": [0], "tm": [84.0], "height": [1.0], "label": ["A1"]}
    )
    figure = melt_peaks(frame, peaks, expected={"Gpt": 84.1})
    assert texts(figure) == ["84.1 °C", "A1"]


def test_frames_that_cannot_be_drawn_are_refused():
    frame, marks = curves(1)
    with pytest.raises(InputError, match="amplification curves: the frame lacks the column signal"):
        amplification_curves(frame.drop(columns="signal"), marks)
    with pytest.raises(InputError, match="melt curves: the frame lacks"):
        melt_peaks(frame, marks)
