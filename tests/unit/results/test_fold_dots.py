"""The picture of folds: what is drawn, its ticks, and what it refuses."""

import numpy as np
import pandas as pd
import pytest

from cahill.errors import InputError
from cahill.results.fold_dots import fold_dots, log_ticks
from cahill.results.reference_stability import reference_stability

NAMES = ["panel", "group", "kind", "value", "low", "high"]


def frame(high=3.0, panels=("GPT", "GPT2")):
    rows = []
    for panel in panels:
        for group, value in (("vehicle", 1.0), ("dexamethasone", 2.0)):
            rows += [(panel, group, "replicate", value * k, np.nan, np.nan) for k in (0.9, 1.1)]
            rows.append((panel, group, "mean", value, value / 1.5, value * high / 2))
    return pd.DataFrame(rows, columns=NAMES)


def texts(figure):
    return [text.get_text() for text in figure.texts]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_panel_a_target_with_groups_in_order(theme):
    figure = fold_dots(frame(), title="Folds", subtitle="made up", theme=theme)
    assert [ax.get_title(loc="left") for ax in figure.axes] == ["GPT", "GPT2"]
    labels = [tick.get_text() for tick in figure.axes[0].get_xticklabels()]
    assert labels == ["vehicle", "dexamethasone"]
    assert texts(figure)[:2] == [
        "Folds",
        "made up · fold; dots: replicates; bar: mean with interval",
    ]
    dots = [line for line in figure.axes[0].lines if line.get_marker() == "o"]
    assert sorted(y for line in dots for y in line.get_ydata()) == pytest.approx(
        [0.9, 1.1, 1.8, 2.2]
    )


def test_panels_share_their_axis_and_wild_intervals_are_cut():
    figure = fold_dots(frame(high=1e9), title="Folds")
    limits = {ax.get_ylim() for ax in figure.axes}
    assert len(limits) == 1
    assert limits.pop()[1] < 20
    assert any(line.get_marker() == "^" for line in figure.axes[0].lines)


def test_labels_stand_above_means():
    own = frame().assign(label=["", "", "", "", "", "p 0.01"] * 2)
    words = [text.get_text() for text in fold_dots(own, title="x").axes[0].texts]
    assert words == ["p 0.01"]


def test_missing_numbers_are_left_out():
    own = frame()
    own.loc[0, "value"] = np.nan
    own.loc[2, ["low", "high"]] = np.nan
    fold_dots(own, title="x")
    linear = fold_dots(own, title="x", unit="% of input", log=False)
    assert linear.axes[0].get_ylim()[0] == 0


@pytest.mark.parametrize(
    ("low", "high", "folds", "ticks"),
    [
        (0.4, 5, True, (0.5, 1, 2, 4)),
        (1e-3, 1e3, True, None),
        (0.9, 1.4, True, (1, 1.2)),
        (0.01, 5, False, (0.01, 0.03, 0.1, 0.3, 1, 3)),
    ],
)
def test_ticks_are_round_and_few(low, high, folds, ticks):
    found = log_ticks(low, high, folds=folds)
    assert 2 <= len(found) <= 7
    assert all(low <= tick <= high for tick in found)
    if ticks:
        assert found == pytest.approx(ticks)


def test_nothing_to_draw_is_refused():
    with pytest.raises(InputError, match="lacks the column kind"):
        fold_dots(frame().drop(columns="kind"), title="x")
    with pytest.raises(InputError, match="no value can be drawn"):
        fold_dots(frame().assign(value=-1.0), title="x")


def test_stability_of_reference_genes():
    genes = pd.DataFrame({"gene": ["A", "B", "C"], "m": [0.2, 0.2, 0.4], "stability": [0.1] * 3})
    pairs = pd.DataFrame({"genes": [2], "v": [0.1]})
    figure = reference_stability(genes, pairs)
    assert [tick.get_text() for tick in figure.axes[0].get_yticklabels()] == ["A", "B", "C"]
    assert [tick.get_text() for tick in figure.axes[1].get_xticklabels()] == ["2/3"]
    with pytest.raises(InputError, match="pairwise variation"):
        reference_stability(genes, pairs.drop(columns="v"))
