"""Laws and judgements of the analysis of amplification curves."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cahill.assays.amplification.analysis import (
    EFFICIENCY_COLUMNS,
    REACTION_COLUMNS,
    analyse_curves,
)
from cahill.core.amplification import QpcrRun, Reaction
from cahill.errors import InputError, UnknownNameError

sys.path.insert(0, str(Path(__file__).parents[3] / "benchmarks"))
from simulated.amplification import simulate_curves

LEVEL = 0.15


def run_of(quantity, seed=1, role="sample", threshold=LEVEL, windows=None, **options):
    simulated = simulate_curves(np.random.default_rng(seed), np.asarray(quantity), **options)
    reactions = tuple(
        Reaction(
            f"A{k + 1}",
            "Gpt",
            f"s{q:g}",
            "ntc" if q == 0 else role,
            "SYBR",
            quantity=float(q) if role == "standard" and q else None,
            threshold=threshold,
            baseline=windows[k] if windows else None,
        )
        for k, q in enumerate(quantity)
    )
    return simulated, QpcrRun("made", reactions, simulated.cycles, simulated.curves)


def cq_of(run, **options):
    return analyse_curves(run, **{"method": "threshold", **options}).reactions


def test_cq_is_that_of_the_product_and_controls_do_not_amplify():
    simulated, run = run_of([1e3, 1e4, 1e5, 1e6, 0, 0] * 4)
    frame = cq_of(run)
    assert list(frame) == list(REACTION_COLUMNS)
    grown = frame["role"] == "sample"
    assert frame["amplified"].tolist() == grown.tolist()
    error = frame["cq"].to_numpy() - simulated.true_cq(LEVEL)
    assert np.abs(error[grown]).max() < 0.15
    assert frame.loc[~grown, "cq"].isna().all()
    assert (frame.loc[~grown, "reason"] != "").all()


@pytest.mark.parametrize("scale", [1e-4, 37.0])
def test_scaling_the_signal_changes_neither_cq_nor_efficiency(scale):
    _, run = run_of([1e3, 1e4, 1e5, 1e6])
    reactions = tuple(replace(r, threshold=LEVEL * scale) for r in run.reactions)
    scaled = replace(run, reactions=reactions, fluorescence=run.fluorescence * scale)
    columns = ["cq", "cq_sd", "efficiency_well"]
    expected = cq_of(run)[columns].to_numpy()
    assert cq_of(scaled)[columns].to_numpy() == pytest.approx(expected, rel=1e-6)
    shapes = ["cq_second_derivative", "cy0"]
    expected = cq_of(run)[shapes].to_numpy()
    assert cq_of(scaled)[shapes].to_numpy() == pytest.approx(expected, abs=1e-3)


def test_a_line_under_the_curve_changes_nothing_in_a_given_window():
    windows = [(3, 18)] * 3
    _, run = run_of([1e3, 1e4, 1e5], windows=windows)
    lifted = replace(run, fluorescence=run.fluorescence + 4 - 0.05 * run.cycles)
    assert cq_of(lifted)["cq"].to_numpy() == pytest.approx(cq_of(run)["cq"].to_numpy(), abs=1e-9)


def test_diluting_by_the_factor_delays_cq_by_one_cycle():
    quantity = 1e5 / 1.9 ** np.arange(6)
    simulated, run = run_of(quantity, factor=1.9, noise=1e-6, drift=0.0, settling=0.0)
    same = replace(run, fluorescence=0.5 + simulated.clean / simulated.height[:, None] * 2)
    steps = np.diff(cq_of(same)["cq"].to_numpy())
    assert steps == pytest.approx(np.ones(5), abs=3e-3)


def test_a_batch_is_its_single_curves():
    _, run = run_of([1e3, 1e4, 1e5, 1e6, 0])
    together = cq_of(run)
    for k in range(5):
        alone = replace(
            run, reactions=run.reactions[k : k + 1], fluorescence=run.fluorescence[k : k + 1]
        )
        for column in ("cq", "cq_second_derivative", "cy0", "baseline_last", "plateau"):
            assert cq_of(alone)[column][0] == pytest.approx(together[column][k], nan_ok=True)


def test_dilution_series_gives_slope_and_efficiency():
    quantity = np.repeat([1e2, 1e3, 1e4, 1e5, 1e6], 3)
    _, run = run_of(quantity, role="standard", factor=1.9)
    found = analyse_curves(run, method="threshold").efficiencies
    assert list(found) == list(EFFICIENCY_COLUMNS)
    series = found.set_index("source").loc["dilution series"]
    assert series["efficiency"] == pytest.approx(1.9, abs=0.03)
    assert series["low"] < series["efficiency"] < series["high"]
    assert series["slope"] == pytest.approx(-1 / np.log10(series["efficiency"]))
    assert series["lod"] == 100
    window = found.set_index("source").loc["window of linearity"]
    assert window["efficiency"] == pytest.approx(1.9, abs=0.08)


def test_a_bent_series_loses_its_end():
    quantity = np.repeat([1e2, 1e3, 1e4, 1e5, 1e6], 3)
    _, run = run_of(quantity, role="standard", threshold=None)
    cq = 40 - 3.4 * np.log10(quantity) + 0.02 * np.random.default_rng(2).standard_normal(15)
    cq[quantity == 1e6] += 1.5
    printed = tuple(replace(r, cq=float(q), cq_reported=True) for r, q in zip(run.reactions, cq))
    bare = QpcrRun("bare", printed, np.empty(0), np.empty((15, 0)), "none")
    series = analyse_curves(bare).efficiencies.iloc[0]
    assert series["note"] == "outside the linear range: 1e+06"
    assert series["highest"] == pytest.approx(1e5)
    assert series["slope"] == pytest.approx(-3.4, abs=0.05)


def test_a_baseline_over_the_rise_is_flagged():
    _, run = run_of([1e4] * 3, windows=[(3, 18), (3, 29), (1, 40)])
    verdicts = cq_of(run)["verdicts"]
    assert "baseline" not in verdicts[0]
    assert "hold part of the rise" in verdicts[1]
    assert "baseline" in verdicts[2]


def test_a_cq_lost_to_the_baseline_is_said():
    _, run = run_of([1e3], windows=[(1, 40)], plateau=0.4)
    analysis = analyse_curves(run, method="threshold")
    assert analysis.reactions["amplified"][0] == np.False_
    assert "no Cq with the instrument's" in analysis.reactions["verdicts"][0]
    assert any("lose their Cq" in note for note in analysis.notes)
    assert cq_of(run, baseline="automatic")["amplified"][0]


def test_the_instruments_cq_is_taken_and_compared():
    _, run = run_of([1e4, 1e5, 0])
    ours = cq_of(run)["cq"].to_numpy()
    printed = (ours[0] + 0.02, None, 33.0)
    reactions = tuple(replace(r, cq=cq, cq_reported=True) for r, cq in zip(run.reactions, printed))
    frame = analyse_curves(run.with_reactions(reactions)).reactions
    assert frame["cq"][0] == printed[0]
    assert frame["difference"][0] == pytest.approx(-0.02)
    assert frame["verdicts"][0] == ""
    assert frame["verdicts"][1] == "the instrument printed no Cq"
    assert frame["verdicts"][2].startswith("the instrument printed Cq 33.00, but ")


def test_a_threshold_that_the_file_does_not_tell_is_inferred_or_automatic():
    _, run = run_of([1e3, 1e4, 1e5, 1e6], threshold=None)
    automatic = analyse_curves(run, method="threshold")
    assert "set automatically" in automatic.notes[0]
    chosen = cq_of(run, thresholds=0.3)
    printed = tuple(
        replace(r, cq=float(q), cq_reported=True) for r, q in zip(run.reactions, chosen["cq"])
    )
    inferred = analyse_curves(run.with_reactions(printed))
    assert "inferred" in inferred.notes[0]
    assert inferred.reactions["threshold"][0] == pytest.approx(0.3, rel=0.01)


def test_hook_and_other_verdicts():
    _, run = run_of([1e6, 1e6, 1e6, 1e1], noise=1e-3)
    curves = run.fluorescence.copy()
    curves[0, 30:] -= 0.1 * np.arange(10)
    frame = cq_of(replace(run, fluorescence=curves))
    assert "hook" in frame["verdicts"][0]
    assert frame["verdicts"][1] == ""
    assert "no plateau" in frame["verdicts"][3]
    assert "late" in frame["verdicts"][3]


def test_missing_readings_and_short_curves_do_not_stop_the_rest():
    _, run = run_of([1e4, 1e4, 1e4])
    curves = run.fluorescence.copy()
    curves[1, [5, 12, 39]] = np.nan
    curves[2, 10:] = np.nan
    frame = cq_of(replace(run, fluorescence=curves))
    assert np.abs(frame["cq"][1] - frame["cq"][0]) < 0.5
    assert frame["reason"][2] == "no curve"


def test_constant_curves_are_rows_with_their_reason():
    _, run = run_of([1e4, 1e4])
    curves = run.fluorescence.copy()
    curves[1] = 3.0
    assert cq_of(replace(run, fluorescence=curves))["reason"][1] == "the curve is constant"


def test_wrong_choices_are_named():
    _, run = run_of([1e4])
    with pytest.raises(InputError, match='method "fit": choose instrument'):
        analyse_curves(run, method="fit")  # pyright: ignore[reportArgumentType]
    with pytest.raises(InputError, match="give a positive signal"):
        analyse_curves(run, thresholds=-1.0)
    with pytest.raises(UnknownNameError, match='unknown target "Gpt3"; did you mean Gpt'):
        analyse_curves(run, thresholds={"Gpt3": 0.1})
    bare = QpcrRun("bare", run.reactions, np.empty(0), np.empty((1, 0)), "none")
    with pytest.raises(InputError, match="bare: it has no curves, so no Cq by cy0"):
        analyse_curves(bare, method="cy0")


def test_report_is_written(tmp_path):
    _, run = run_of([1e3, 1e4, 0])
    analysis = analyse_curves(run, method="threshold")
    names = {path.name for path in analysis.save(tmp_path)}
    assert {"report.html", "results.csv", "efficiencies.csv", "curves.png"} <= names
    assert "2 of 3 reactions amplified" in analysis.summary()
