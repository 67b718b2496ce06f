"""Relative quantities: laws of the scale, several references, errors that are shared, blanks."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cahill.assays.qpcr.inter_run import run_shifts
from cahill.assays.qpcr.qpcr_efficiency import Efficiency
from cahill.assays.qpcr.qpcr_samples import flag_wells, sample_cq
from cahill.assays.qpcr.relative_quantity import relative_quantities
from cahill.assays.qpcr.relative_study import Comparison
from cahill.errors import UnknownNameError

PLAIN = {"run": "run", "well": "", "role": "sample", "excluded": ""}
CQ = st.lists(st.floats(15, 30).map(lambda x: round(x, 2)), min_size=18, max_size=18)
EXACT = Efficiency(2.0, 0.0, "given")


def wells(cq, targets=("T", "R", "S"), groups=("a", "b"), each=3):
    """Return one well a target and sample, in groups of `each` samples."""
    rows = [
        (target, group, str(k), f"{group}{k}")
        for group in groups
        for k in range(each)
        for target in targets
    ]
    frame = pd.DataFrame(rows, columns=["target", "group", "replicate", "sample"])
    return frame.assign(cq=np.asarray(cq, dtype=float), **PLAIN)


def compared(frame, wanted, efficiencies=None, **options):
    measured = sample_cq(flag_wells(frame))
    known = dict.fromkeys(measured.targets, EXACT) | (efficiencies or {})
    return relative_quantities(measured, known, wanted, **options)


def row(found, target="T", group="b"):
    groups = found.groups
    return groups[(groups["target"] == target) & (groups["group"] == group)].iloc[0]


@settings(max_examples=12, deadline=None)
@given(CQ)
def test_with_doubling_it_is_minus_delta_delta_cq(cq):
    frame = wells(cq)
    found = row(compared(frame, Comparison(("R",), "a")))
    mean = frame.pivot_table(index="group", columns="target", values="cq")
    delta = mean["T"] - mean["R"]
    assert found["log2_fold"] == pytest.approx(-(delta["b"] - delta["a"]), abs=1e-9)
    assert found["fold"] == pytest.approx(2.0 ** found["log2_fold"])


@settings(max_examples=12, deadline=None)
@given(CQ, st.floats(-2, 2))
def test_more_cdna_in_a_sample_changes_nothing(cq, load):
    frame = wells(cq)
    one = compared(frame, Comparison(("R", "S"), "a"))
    frame.loc[frame["sample"] == "b1", "cq"] += load
    other = compared(frame, Comparison(("R", "S"), "a"))
    for target in "TRS":
        assert row(other, target)["log2_fold"] == pytest.approx(
            row(one, target)["log2_fold"], abs=1e-9
        )


@settings(max_examples=12, deadline=None)
@given(CQ)
def test_the_other_control_gives_the_inverse_fold(cq):
    one = row(compared(wells(cq), Comparison(("R",), "a")), group="b")
    other = row(compared(wells(cq), Comparison(("R",), "b")), group="a")
    assert one["log2_fold"] == pytest.approx(-other["log2_fold"], abs=1e-9)
    assert one["log2_low"] == pytest.approx(-other["log2_high"], abs=1e-6, nan_ok=True)


def test_efficiencies_count_as_pfaffl_has_it():
    """The ratio is E_target^dCq(target) / E_reference^dCq(reference)."""
    cq = [24, 18, 0, 24, 18, 0, 24, 18, 0, 21, 17, 0, 21, 17, 0, 21, 17, 0]
    known = {"T": Efficiency(1.9, 0, "given"), "R": Efficiency(1.8, 0, "given")}
    found = row(compared(wells(cq), Comparison(("R",), "a"), known))
    assert found["fold"] == pytest.approx(1.9**3 / 1.8**1)
    assert found["note"] == "replicates do not differ at all"


def test_several_references_count_by_their_geometric_mean():
    cq = [24, 18, 20, 24, 18, 20, 24, 18, 20, 22, 17, 22, 22, 17, 22, 22, 17, 22]
    found = row(compared(wells(cq), Comparison(("R", "S"), "a")))
    assert found["fold"] == pytest.approx(4 / np.sqrt(2 * 2**-2))


def test_the_error_of_an_efficiency_is_shared_and_grows_with_the_difference_in_cq():
    random = np.random.default_rng(2)
    cq = np.tile([24.0, 18.0, 20.0], 6) + random.normal(0, 0.1, 18)
    cq[9::3] -= 6
    known = {"T": Efficiency(1.95, 0.02, "given")}
    frame, wanted = wells(cq), Comparison(("R",), "a")
    wide, narrow = (
        row(compared(frame, wanted, {"T": Efficiency(1.95, sd, "given")})) for sd in (0.02, 0.0)
    )
    means = frame[frame["target"] == "T"].groupby("group")["cq"].mean()
    shared = abs(means["b"] - means["a"]) * known["T"].log2_sd
    assert wide["log2_sd_efficiency"] == pytest.approx(shared)
    assert wide["log2_sd"] == pytest.approx(np.hypot(narrow["log2_sd"], shared))
    # More replicates do not lessen it.
    twice = pd.concat(
        [
            frame,
            frame.assign(
                replicate=lambda f: f["replicate"] + "x", sample=lambda f: f["sample"] + "x"
            ),
        ]
    )
    assert row(compared(twice, wanted, known))["log2_sd_efficiency"] == pytest.approx(shared)


def test_technical_replicates_do_not_pass_for_biological_ones():
    frame = wells([24, 18, 20] * 3 + [22, 18, 20] * 3)
    thrice = pd.concat([frame, frame.assign(cq=frame["cq"] + 0.2), frame], ignore_index=True)
    found = compared(thrice, Comparison(("R",), "a"))
    assert row(found)["n"] == 3
    assert found.samples["wells"].unique().tolist() == [3]
    # Two samples of one culture are one replicate too.
    same = thrice.assign(replicate="1")
    assert row(compared(same, Comparison(("R",), "a")))["n"] == 1


def test_pairs_are_used_only_when_said():
    random = np.random.default_rng(5)
    day = np.repeat(random.normal(0, 1, 3), 3)
    cq = np.tile([24.0, 18.0, 20.0], 6) + random.normal(0, 0.05, 18)
    cq[0::3] += np.tile(day[::3], 2)
    cq[9::3] -= 1
    frame = wells(cq)
    paired = row(compared(frame, Comparison(("R",), "a", paired=True)))
    plain = row(compared(frame, Comparison(("R",), "a")))
    assert (paired["test"], plain["test"]) == ("paired", "Welch")
    assert paired["log2_fold"] == pytest.approx(plain["log2_fold"])
    assert paired["p"] < plain["p"]


def test_an_undetermined_cq_is_a_bound_and_never_a_number():
    cq = [24, 18, 20] * 3 + [np.nan, 18, 20] * 3
    found = compared(wells(cq), Comparison(("R",), "a", last_cycle=40))
    lost = row(found)
    assert np.isnan(lost["fold"])
    assert lost["high"] == pytest.approx(2.0**-16)
    assert (lost["n"], lost["not_detected"]) == (0, 3)
    assert lost["note"] == "not detected in any replicate; below high"
    own = found.samples[(found.samples["target"] == "T") & (found.samples["group"] == "b")]
    assert own["below"].tolist() == pytest.approx([2.0**-16] * 3)
    assert own["relative"].isna().all()
    without = row(compared(wells(cq), Comparison(("R",), "a")))
    assert np.isnan(without["high"])


def test_a_blank_among_detected_ones_is_told():
    cq = [24, 18, 20] * 3 + [np.nan, 18, 20, 30, 18, 20, 30.5, 18, 20]
    found = row(compared(wells(cq), Comparison(("R",), "a", last_cycle=40)))
    assert (found["n"], found["not_detected"]) == (2, 1)
    assert "not detected in 1 of 3 replicates" in found["note"]


def test_a_sample_without_a_reference_is_left_out_with_its_reason():
    cq = [24, 18, 20, 24, np.nan, 20, 24.1, 18, 20] + [22, 18, 20] * 3
    found = compared(wells(cq), Comparison(("R", "S"), "a"))
    own = found.samples[(found.samples["target"] == "T") & (found.samples["sample"] == "a1")]
    assert own["note"].item() == "reference R not measured"
    assert row(found, group="a")["n"] == 2
    assert any("want of a reference gene: a1" in note for note in found.notes)


def test_dilution_is_corrected_for():
    frame = wells([24, 18, 20] * 3 + [22, 18, 20] * 3)
    frame["dilution"] = np.where((frame["group"] == "b") & (frame["target"] == "T"), 4.0, np.nan)
    assert row(compared(frame, Comparison(("R",), "a")))["fold"] == pytest.approx(16)


def test_names_that_do_not_exist():
    frame = wells([24, 18, 20] * 6)
    with pytest.raises(UnknownNameError, match='--reference: unknown reference gene "r"'):
        compared(frame, Comparison(("r",), "a"))
    with pytest.raises(UnknownNameError, match='--control: unknown group "A"; did you mean a'):
        compared(frame, Comparison(("R",), "A"))


def test_without_control_or_references_there_are_notes_and_no_folds():
    found = compared(wells([24, 18, 20] * 6), Comparison())
    assert found.groups.empty
    assert found.notes[0].startswith("Quantities are not normalised")
    assert found.notes[1].startswith("Groups are not compared")
    assert found.samples["relative"].tolist() == pytest.approx([1.0] * 18)


def test_the_error_of_calibration_between_runs_is_carried_on():
    frame = wells([24, 18, 20] * 3 + [22, 18, 20] * 3)
    frame.loc[frame["group"] == "b", "run"] = "second"
    extra = pd.concat(
        [
            wells([25, 19, 21] * 2 + [26, 20, 22] * 2, groups=("", ""), each=2).assign(
                role="calibrator",
                replicate="",
                sample=np.tile(np.repeat(["c1", "c2"], 3), 2),
                run=np.repeat(["run", "second"], 6),
            )
        ]
    )
    extra.iloc[-3:, extra.columns.get_loc("cq")] += 0.4
    whole = flag_wells(pd.concat([frame, extra], ignore_index=True))
    shifts = run_shifts(whole)
    assert shifts.shift[0] == pytest.approx([-0.6, 0.6])
    found = relative_quantities(
        sample_cq(whole), dict.fromkeys("TRS", EXACT), Comparison(("R",), "a"), shifts
    )
    # Each target's error is that of its own runs: root of two targets, two runs.
    assert row(found)["log2_sd_efficiency"] == pytest.approx(0.1 * 2)
