"""The picture of a standard curve is drawn from tidy frames, or refused."""

import numpy as np
import pandas as pd
import pytest

from cahill.errors import InputError
from cahill.results.standard_curve_plot import standard_curve_plot

STANDARDS = pd.DataFrame(
    {
        "amount": [0.0, 2, 4, 8],
        "signal": [0.1, 0.3, 0.5, 0.9],
        "recovery_percent": [np.nan, 100.0, 250.0, -40.0],
    }
)
GRID = np.linspace(0, 12, 30)
CURVE = pd.DataFrame(
    {"amount": GRID, "signal": 0.1 + 0.1 * GRID, "low": 0.1 * GRID, "high": 0.2 + 0.1 * GRID}
)
READS = pd.DataFrame({"amount": [3.0, 11.0], "signal": [0.4, 1.2], "extrapolated": [False, True]})


def drawn(reads=READS, **options):
    return standard_curve_plot(
        STANDARDS, CURVE, reads, amount_unit="nmol", signal_label="signal (AU)", **options
    )


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_everything_is_named(theme, tmp_path):
    figure = drawn(title="Pyruvate", subtitle="linear", theme=theme)
    main = figure.axes[0]
    labels = {text.get_text() for text in main.get_legend().get_texts()}
    assert {"standards", "curve", "samples", "samples, extrapolated"} <= labels
    assert main.get_xlabel() == "amount (nmol)"
    assert "Pyruvate" in {text.get_text() for text in figure.texts}
    figure.savefig(tmp_path / "curve.png")


def test_recoveries_off_the_axis_point_out():
    side = drawn().axes[1]
    low, high = side.get_ylim()
    shown = np.concatenate([line.get_ydata() for line in side.lines[1:]])
    assert shown.size == 3
    assert ((shown > low) & (shown < high)).all()


def test_no_sample_is_no_fault():
    figure = drawn(READS.iloc[:0])
    labels = {text.get_text() for text in figure.axes[0].get_legend().get_texts()}
    assert "samples" not in labels


def test_a_frame_without_its_columns_is_refused():
    with pytest.raises(InputError, match="lacks the column recovery_percent"):
        standard_curve_plot(
            STANDARDS.drop(columns="recovery_percent"),
            CURVE,
            READS,
            amount_unit="nmol",
            signal_label="",
        )
