"""Wells of a qPCR: outliers, controls, efficiencies, runs, layouts, isoforms, checklist."""

import numpy as np
import pandas as pd
import pytest

from cahill.assays.qpcr.inter_run import calibrated, run_shifts
from cahill.assays.qpcr.miqe import ITEMS, NOT_STATED, answers_from_facts, miqe_table
from cahill.assays.qpcr.qpcr_controls import control_notes, control_table
from cahill.assays.qpcr.qpcr_efficiency import (
    Efficiency,
    choose_efficiencies,
    efficiency_notes,
    parse_efficiency,
)
from cahill.assays.qpcr.qpcr_isoforms import isoform_folds, isoform_of, isoform_shares
from cahill.assays.qpcr.qpcr_layout import SILENT, apply_layout
from cahill.assays.qpcr.qpcr_samples import flag_wells, sample_cq
from cahill.core.amplification import QpcrRun, Reaction
from cahill.core.layout import Layout, WellContent
from cahill.errors import InputError, UnknownNameError

DOUBLING = Efficiency(2.0, 0.0, "given")


def wells(rows, **more):
    names = ["well", "target", "sample", "role", "cq"]
    frame = pd.DataFrame(rows, columns=names).assign(run="run", group="", replicate="", excluded="")
    return frame.assign(**more)


def triplet(cq):
    return wells([(f"A{k}", "T", "s", "sample", value) for k, value in enumerate(cq, 1)])


# --- technical replicates -----------------------------------------------------------------------


def test_one_odd_well_of_three_is_named_and_kept_unless_asked():
    frame = triplet([20.0, 20.1, 21.3])
    kept, left = flag_wells(frame), flag_wells(frame, drop_outliers=True)
    assert kept["flag"].tolist()[:2] == ["", ""]
    assert kept["flag"][2].startswith("outlier: technical replicates differ by 1.30 cycles")
    assert kept["used"].all()
    assert left["used"].tolist() == [True, True, False]
    assert sample_cq(left).cq[0, 0] == pytest.approx(20.05)


@pytest.mark.parametrize("cq", [[20.0, 20.8], [20.0, 20.6, 21.2], [20.0, 20.4, 20.8]])
def test_where_no_one_well_is_to_blame_all_are_flagged(cq):
    found = flag_wells(triplet(cq), drop_outliers=True)
    assert found["flag"].str.startswith("technical replicates differ").all()
    assert found["used"].all()


def test_excluded_wells_take_no_part():
    frame = triplet([20.0, 20.1, 25.0])
    frame.loc[2, "excluded"] = "bubble"
    found = sample_cq(flag_wells(frame))
    assert (found.cq[0, 0], found.wells[0, 0]) == (pytest.approx(20.05), 2)


# --- controls -----------------------------------------------------------------------------------


def test_controls_are_judged_by_their_share_of_the_signal():
    frame = wells(
        [
            ("A1", "T", "s", "sample", 25.0),
            ("A2", "T", "weak", "sample", 30.0),
            ("B1", "T", "water", "ntc", np.nan),
            ("B2", "T", "water", "ntc", 33.0),
            ("B3", "T", "water", "ntc", 36.0),
            ("C1", "T", "s", "nrt", 30.0),
            ("C2", "T", "other", "nrt", 30.0),
            ("D1", "U", "s", "sample", 25.0),
        ]
    )
    found = control_table(flag_wells(frame), {"T": DOUBLING, "U": DOUBLING})
    assert found["distance"].tolist() == pytest.approx([np.nan, 3, 6, 5, np.nan], nan_ok=True)
    assert found["share"].tolist()[1:4] == pytest.approx([1 / 8, 1 / 64, 1 / 32])
    assert found["verdict"].tolist() == [
        "clean",
        "amplifies",
        "amplifies, negligible",
        "amplifies",
        "amplifies, and no sample to compare with",
    ]
    notes = control_notes(found, ("T", "U"))
    assert notes[0] == (
        "T: the control without template amplifies in B2: up to 12 % of the weakest sample's signal"
    )
    assert "3.1 % of the sample's signal is genomic DNA" in notes[1]
    assert notes[2] == "No control without template for U"


# --- efficiencies -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value", "sd"),
    [("GPT=1.95+-0.02", 1.95, 0.02), ("GPT=1,9", 1.9, 0.0), ("GPT = 95 +/- 2 %", 1.95, 0.02)],
)
def test_given_efficiencies(text, value, sd):
    target, found = parse_efficiency(text)
    assert (target, found.value, found.sd) == ("GPT", pytest.approx(value), pytest.approx(sd))


@pytest.mark.parametrize("text", ["GPT", "GPT=high", "=1.9", "GPT=95", "GPT=0.95", "GPT=1"])
def test_no_efficiency(text):
    with pytest.raises(InputError, match="--efficiency"):
        parse_efficiency(text)


def test_which_efficiency_is_used():
    estimated = pd.DataFrame(
        [
            ("A", "dilution series", 1.9, 0.02),
            ("A", "window of linearity", 1.8, 0.01),
            ("B", "window of linearity", 1.85, np.nan),
        ],
        columns=["target", "source", "efficiency", "sd"],
    )
    names = ("A", "B", "C")
    best = choose_efficiencies(names, {}, estimated)
    assert [best[name].value for name in names] == [1.9, 1.85, 2.0]
    assert best["B"].sd == 0
    curves = choose_efficiencies(names, {"B": DOUBLING}, estimated, "curves")
    assert [curves[name].value for name in names] == [1.8, 2.0, 2.0]
    notes = efficiency_notes(best)
    assert notes[0].startswith("C: every cycle is taken to double")
    assert notes[1].startswith("B: the efficiency has no error")
    with pytest.raises(UnknownNameError, match='unknown target "D"'):
        choose_efficiencies(names, {"D": DOUBLING}, estimated)
    with pytest.raises(InputError, match="--efficiency-from dilution: no target has a dilution"):
        choose_efficiencies(("C",), {}, estimated, "dilution")


def test_the_error_on_the_scale_of_log2():
    one = Efficiency(1.9, 0.02, "given")
    assert one.log2_sd == pytest.approx((np.log2(1.92) - np.log2(1.88)) / 2, rel=1e-3)


# --- several runs -------------------------------------------------------------------------------


def two_runs():
    first = wells([("A1", "T", "c", "calibrator", 20.0), ("A2", "T", "s", "sample", 25.0)])
    second = wells([("A1", "T", "c", "calibrator", 21.0), ("A2", "T", "t", "sample", 26.0)])
    return flag_wells(pd.concat([first, second.assign(run="next")], ignore_index=True))


def test_runs_are_brought_together_by_their_calibrator():
    frame = two_runs()
    shifts = run_shifts(frame)
    assert shifts.shift.tolist() == [[-0.5, 0.5]]
    assert calibrated(frame, shifts)["cq"].tolist() == [20.5, 25.5, 20.5, 25.5]
    assert any("One calibrator" in note for note in shifts.notes)


def test_runs_without_a_calibrator_are_left_and_told():
    frame = two_runs()
    frame = frame[frame["role"] == "sample"].reset_index(drop=True)
    shifts = run_shifts(frame)
    assert not shifts.shift.any()
    assert "T is in 2 runs without a calibrator" in shifts.notes[0]
    with pytest.raises(UnknownNameError, match='--calibrator: unknown calibrator "x"'):
        run_shifts(frame, ("x",))
    with pytest.raises(InputError, match="no calibrator was read in all of run, next"):
        run_shifts(frame, ("s",))


# --- layouts ------------------------------------------------------------------------------------


def layout(*contents):
    made = tuple(
        WellContent(well, fields, f"layout.csv row {k}")
        for k, (well, fields) in enumerate(contents, 2)
    )
    return Layout("layout.csv", 8, 12, made)


def run_of(*reactions):
    return QpcrRun("run", reactions, np.empty(0), np.empty((len(reactions), 0)), "none")


def test_the_layout_goes_before_the_file_and_silence_leaves_out():
    run = run_of(Reaction("A1", "x", "y"), Reaction("A2", "x", "y"))
    fields = {"sample": "s", "target": "T", "role": "standard", "quantity": "100", "group": "g"}
    found = apply_layout(run, layout(("A1", fields))).reactions
    assert (found[0].target, found[0].sample, found[0].role) == ("T", "s", "standard")
    assert (found[0].quantity, found[0].fields["group"]) == (100.0, "g")
    assert found[1].excluded == SILENT


def test_a_multiplex_well_keeps_its_targets():
    run = run_of(Reaction("A1", "T", dye="FAM"), Reaction("A1", "R", dye="VIC"))
    found = apply_layout(run, layout(("A1", {"sample": "s", "group": "g"}))).reactions
    assert [one.target for one in found] == ["T", "R"]
    assert [one.sample for one in found] == ["s", "s"]


def test_a_well_that_the_run_does_not_have():
    with pytest.raises(InputError, match=r"layout.csv row 2: run has no well H1; is it the layout"):
        apply_layout(run_of(Reaction("A1")), layout(("H1", {"sample": "s"})))


# --- isoforms -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "isoform"),
    [("GPT", "ALT1"), ("Gpt2", "ALT2"), ("GPT2 mRNA", "ALT2"), ("GAPDH", ""), ("GPT21", "")],
)
def test_isoforms_by_name(target, isoform):
    assert isoform_of(target) == isoform


def test_folds_of_isoforms():
    groups = pd.DataFrame(
        [
            ("Gpt", "a", "a", 1.0, np.nan, np.nan, 0.0),
            ("Gpt", "b", "a", 2.0, 1.5, 2.6, 0.2),
            ("Actb", "b", "a", 1.0, 0.9, 1.1, 0.1),
            ("Gpt2", "b", "a", np.nan, 0.0, 0.1, np.nan),
        ],
        columns=["target", "group", "control", "fold", "low", "high", "log2_sd"],
    )
    found = isoform_folds(groups)
    assert found[["isoform", "group", "kind"]].to_numpy().tolist() == [["ALT1", "b", "fold"]]
    assert found["log_sd"].item() == pytest.approx(0.2 * np.log(2))


def standards(targets=("GPT", "GPT2")):
    random = np.random.default_rng(0)
    rows = [
        (target, 10.0**k, 38 - k * slope + random.normal(0, 0.02))
        for target, slope in zip(targets, (3.4, 3.3))
        for k in range(1, 6)
        for _ in range(2)
    ]
    return pd.DataFrame(rows, columns=["target", "quantity", "cq"])


def test_shares_come_from_standards_in_one_unit():
    rows = []
    for k, ratio in enumerate([2.9, 3.0, 3.1]):
        for target, amount, slope in (("GPT", 1000 * ratio, 3.4), ("GPT2", 1000, 3.3)):
            rows.append((f"A{k}", target, f"s{k}", "sample", 38 - slope * np.log10(amount)))
    measured = sample_cq(flag_wells(wells(rows, group="g")))
    found = isoform_shares(measured, standards())
    assert found["share"].tolist() == pytest.approx([0.75, 0.25], abs=0.01)
    assert found["share"].sum() == pytest.approx(1)
    assert (found["low"] < [0.75, 0.25]).all()
    assert (found["high"] > [0.75, 0.25]).all()
    with pytest.raises(InputError, match="GPT2: shares of isoforms need a dilution series"):
        isoform_shares(measured, standards(("GPT",)))
    with pytest.raises(InputError, match="no targets GPT and GPT2"):
        isoform_shares(sample_cq(flag_wells(triplet([20.0]))), standards())


# --- checklist ----------------------------------------------------------------------------------


def test_what_is_not_known_is_not_stated():
    facts = {"Instrument Type": "QuantStudio", "Chemistry": "TAQMAN", "Instrument Name": " "}
    found = miqe_table({"targets": "GPT"} | answers_from_facts(facts))
    answers = found.set_index("item")["answer"]
    assert len(found) == len(ITEMS)
    assert answers["targets"] == "GPT"
    assert answers["instrument"] == "Instrument Type: QuantStudio"
    assert answers["mass or number of cells processed"] == NOT_STATED
    assert found["stated"].sum() == 3
