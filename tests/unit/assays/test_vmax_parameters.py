"""The hand-over from bench to cycle: capacity, saturation, isoforms, errors, evidence."""

import math
from importlib.resources import files
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cahill.assays.handover.isoform_shares import read_isoforms
from cahill.assays.handover.vmax_parameters import (
    TISSUE_MASS,
    hand_over,
    saturation,
    save_parameters,
    vmax_parameters,
)
from cahill.core.evidence import Evidence
from cahill.cycle.build import reference_parameters
from cahill.errors import InputError, UnitError, UnknownNameError
from cahill.io.tables import read_parameters

QUICK = settings(max_examples=25, deadline=None)


def row(activity=40.0, **changes):
    own = {
        "role": "sample",
        "sample": "liver 1",
        "group": "",
        "tissue": "liver",
        "fraction": "whole",
        "plp": "yes",
        "alanine": 500.0,
        "oxoglutarate": 15.0,
        "activity_u_per_g": activity,
        "activity_u_per_g_sd": 0.05 * activity,
    }
    return own | changes


def frame(*rows):
    return pd.DataFrame(rows)


def isoforms(path: Path, *lines, heading="isoform,group,fold,low,high,log_sd,kind"):
    path.write_text("\n".join([heading, *lines]) + "\n")
    return read_isoforms(path)


# --- the numbers ---
def test_the_masses_are_those_of_the_models_own_rows():
    table = (files("cahill") / "data/parameters/literature.tsv").read_text()
    own = reference_parameters()
    for tissue, per_gram in (("liver", 40), ("muscle", 4.5)):
        assert f"{per_gram:g} U/g wet weight" in table
        assert f"x {TISSUE_MASS[tissue]:g} kg" in table
        both = own[f"vmax_ALT1_{tissue}"].value + own[f"vmax_ALT2_{tissue}"].value
        assert both == pytest.approx(per_gram * TISSUE_MASS[tissue])


def test_a_saturated_assay_of_the_models_liver_gives_its_vmax_back():
    found = vmax_parameters(frame(row(40.0, alanine=1e9, oxoglutarate=1e9)))
    assert found["vmax_ALT1_liver"].value == pytest.approx(54)
    assert found["vmax_ALT2_liver"].value == pytest.approx(6)


def test_saturation_is_that_of_the_cycles_rate_law():
    own = reference_parameters()
    for isoform in ("ALT1", "ALT2"):
        ka, kb = own[f"km_Ala_{isoform}"].value, own[f"km_aKG_{isoform}"].value
        a, b = 20.0, 1.5
        # pingpong_denominator without products, over the reverse ratio.
        assert saturation(isoform, a, b) == pytest.approx(a * b / (ka * b + kb * a + a * b))
    assert saturation("ALT1", math.nan, 15.0) == 1.0


@QUICK
@given(factor=st.floats(0.01, 100), mass=st.floats(0.1, 50))
def test_vmax_is_proportional_to_activity_and_mass(factor, mass):
    one = vmax_parameters(frame(row()))["vmax_ALT1_liver"]
    other = vmax_parameters(frame(row(40 * factor)), tissue_mass={"liver": mass})
    scaled = other["vmax_ALT1_liver"]
    assert scaled.value == pytest.approx(one.value * factor * mass / 1.5)
    assert scaled.quantity.sd == pytest.approx(one.quantity.sd * factor * mass / 1.5)
    assert scaled.low / scaled.value == pytest.approx(one.low / one.value)


@QUICK
@given(share=st.floats(0.05, 0.95))
def test_the_isoforms_together_make_the_measured_rate(tmp_path_factory, share):
    path = tmp_path_factory.mktemp("isoforms") / "shares.csv"
    table = isoforms(
        path, f"ALT1,{share},0.02", f"ALT2,{1 - share},0.02", heading="isoform,share,sd"
    )
    found = vmax_parameters(frame(row(alanine=20.0, oxoglutarate=2.0)), isoforms=table)
    rate = sum(
        found[f"vmax_{name}_liver"].value * saturation(name, 20.0, 2.0) for name in ("ALT1", "ALT2")
    )
    assert rate == pytest.approx(40 * 1.5)
    ratio = found["vmax_ALT1_liver"].value / found["vmax_ALT2_liver"].value
    assert ratio == pytest.approx(share / (1 - share))


# --- samples and errors ---
def test_the_spread_between_samples_is_the_error():
    values = (36.0, 40.0, 44.0)
    found = vmax_parameters(
        frame(
            *(
                row(value, sample=f"liver {k}", activity_u_per_g_sd=0.1)
                for k, value in enumerate(values)
            )
        )
    )["vmax_ALT1_liver"]
    assert found.quantity.sd / found.value == pytest.approx(4 / math.sqrt(3) / 40)
    # t with two degrees of freedom, on the logarithm.
    assert math.log(found.high / found.value) == pytest.approx(
        4.3027 * 4 / math.sqrt(3) / 40, rel=1e-3
    )
    assert "n = 3" in found.quantity.evidence.note


def test_the_enzyme_with_its_cofactor_counts():
    both = frame(row(40.0), row(30.0, plp="no"))
    assert vmax_parameters(both) == vmax_parameters(frame(row(40.0)))
    without = vmax_parameters(frame(row(30.0, plp="no")))["vmax_ALT1_liver"]
    assert "a lower bound" in without.quantity.evidence.note


def test_without_any_sd_there_is_no_interval():
    found = vmax_parameters(frame(row(activity_u_per_g_sd=math.nan)))["vmax_ALT1_liver"]
    assert found.quantity.sd is None
    assert found.low is None
    assert "no interval" in found.quantity.evidence.note


def test_the_highest_substrates_and_no_inhibitor_count():
    rows = [
        row(20.0, alanine=10.0),
        row(40.0),
        row(1.0, inhibitor_concentration=5.0),
    ]
    found = vmax_parameters(frame(*rows))["vmax_ALT1_liver"]
    assert found.value == pytest.approx(vmax_parameters(frame(row()))["vmax_ALT1_liver"].value)


def test_activity_per_mg_needs_protein_per_gram():
    per_mg = row(activity_u_per_g=math.nan, activity_u_per_mg=0.25, activity_u_per_mg_sd=0.01)
    with pytest.raises(InputError, match="liver: no activity per gram of tissue; give tissue_mass"):
        vmax_parameters(frame(per_mg))
    found = vmax_parameters(frame(per_mg), protein_per_gram=160.0)["vmax_ALT1_liver"]
    assert found.value == pytest.approx(vmax_parameters(frame(row()))["vmax_ALT1_liver"].value)


# --- isoforms ---
def test_fractions_of_the_cell_are_measured_isoforms():
    rows = [row(30.0, fraction="cytosol"), row(5.0, fraction="mitochondria")]
    found = vmax_parameters(frame(*rows))
    assert found["vmax_ALT1_liver"].value == pytest.approx(45 / saturation("ALT1", 500, 15))
    assert found["vmax_ALT2_liver"].value == pytest.approx(7.5 / saturation("ALT2", 500, 15))
    evidence = found["vmax_ALT2_liver"].quantity.evidence
    assert evidence.grade == "measured"
    assert "no marker enzyme" in evidence.note
    # With the whole tissue beside them, what the fractions lost is put back.
    whole = vmax_parameters(frame(*rows, row(50.0)))
    assert whole["vmax_ALT1_liver"].value == pytest.approx(found["vmax_ALT1_liver"].value * 50 / 35)
    assert "70%" in whole["vmax_ALT1_liver"].quantity.evidence.note


def test_one_fraction_alone_is_refused():
    with pytest.raises(InputError, match="liver: only cytosol was measured"):
        vmax_parameters(frame(row(fraction="cytosol")))


def test_folds_move_the_models_shares(tmp_path):
    table = isoforms(
        tmp_path / "isoforms.csv",
        "GPT,dex,2.5,2.0,3.125,,fold",
        "GPT2,dex,2.0,1.6,2.5,,fold",
        "GPT,vehicle,1,0.9,1.11,,fold",
        "GPT2,vehicle,1,0.9,1.11,,fold",
    )
    found = vmax_parameters(frame(row(group="dex")), isoforms=table, group="dex")
    ratio = found["vmax_ALT1_liver"].value / found["vmax_ALT2_liver"].value
    assert ratio == pytest.approx(9 * 2.5 / 2.0)
    note = found["vmax_ALT1_liver"].quantity.evidence.note
    assert "assumed to be the model's" in note
    alone = vmax_parameters(None, isoforms=table, group="dex", tissue="liver")
    assert alone["vmax_ALT1_liver"].value == pytest.approx(135)
    assert alone["vmax_ALT2_liver"].value == pytest.approx(12)
    assert alone["vmax_ALT1_liver"].low == pytest.approx(108, rel=1e-3)
    assert alone["vmax_ALT1_liver"].quantity.evidence.grade == "derived"


def test_isoform_shares_widen_the_smaller_isoform_most(tmp_path):
    table = isoforms(
        tmp_path / "i.csv", "ALT1,0.9,0.02,liver", "ALT2,0.1,0.02,liver",
        heading="isoform,share,sd,tissue",
    )  # fmt: skip
    found = vmax_parameters(frame(row()), isoforms=table)
    first, second = found["vmax_ALT1_liver"], found["vmax_ALT2_liver"]
    assert first.quantity.sd / first.value == pytest.approx(math.hypot(0.05, 0.02 / 0.9), rel=0.02)
    assert second.quantity.sd / second.value == pytest.approx(math.hypot(0.05, 0.2), rel=0.02)


@pytest.mark.parametrize(
    ("lines", "error", "words"),
    [
        (("ALT3,,1,,,,fold",), InputError, 'row 2: unknown isoform "ALT3"'),
        (("ALT1,,x,,,,fold",), InputError, 'row 2 column 3: fold "x" is not a number'),
        (("ALT1,,0,,,,fold",), InputError, "row 2: fold 0 is not above 0"),
        (("ALT1,,,,,,fold",), InputError, "row 2: ALT1 has no fold"),
        (("ALT1,,90,,,,share",), InputError, "share 90 is not between 0 and 1"),
        (("ALT1,,1,,,,amount",), InputError, 'kind "amount" is neither'),
        ((), InputError, "no isoforms under its headings"),
    ],
)
def test_bad_isoform_tables_are_refused(tmp_path, lines, error, words):
    with pytest.raises(error, match=words):
        isoforms(tmp_path / "isoforms.csv", *lines)


@pytest.mark.parametrize(
    ("lines", "group", "error", "words"),
    [
        (("ALT1,a,2,,,0.1,fold",), "a", InputError, "ALT2 is missing"),
        (("ALT1,a,2,,,0.1,fold", "ALT1,b,2,,,0.1,fold"), "", InputError, "one: a, b"),
        (("ALT1,a,2,,,0.1,fold", "ALT1,a,2,,,0.1,fold"), "", InputError, "stands twice"),
        (("ALT1,a,2,,,0.1,fold", "ALT2,a,2,,,0.1,fold"), "c", UnknownNameError, 'group "c"'),
        (("ALT1,a,0.5,,,0.1,share", "ALT2,a,0.4,,,0.1,share"), "a", InputError, "sum to 0.9"),
    ],
)
def test_isoforms_that_do_not_fit_are_refused(tmp_path, lines, group, error, words):
    table = isoforms(tmp_path / "isoforms.csv", *lines)
    with pytest.raises(error, match=words):
        vmax_parameters(frame(row()), isoforms=table, group=group)


# --- what is left out, and what must be chosen ---
def test_plasma_sets_nothing_and_is_named():
    found = hand_over(frame(row(), row(tissue="plasma", activity_u_per_g=math.nan)))
    assert found.parameters.ids == ("vmax_ALT1_liver", "vmax_ALT2_liver")
    assert "plasma set no parameter" in found.notes[0]
    with pytest.raises(InputError, match="no sample is of liver or muscle"):
        hand_over(frame(row(tissue="plasma")))


def test_groups_must_be_chosen():
    two = frame(row(group="fed"), row(20.0, group="fasted", sample="liver 2"))
    with pytest.raises(InputError, match="choose one: fed, fasted"):
        vmax_parameters(two)
    with pytest.raises(InputError, match='no sample is of group "fest"; there are fed, fasted'):
        vmax_parameters(two, group="fest")
    fasted = vmax_parameters(two, group="fasted")["vmax_ALT1_liver"]
    assert fasted.value == pytest.approx(vmax_parameters(frame(row(20.0)))["vmax_ALT1_liver"].value)


def test_nothing_to_hand_over_is_said():
    with pytest.raises(InputError, match="neither activities nor isoforms"):
        vmax_parameters(None)
    with pytest.raises(InputError, match="no activity above the blank"):
        vmax_parameters(frame(row(-1.0)))


# --- the file, and the cycle ---
def test_the_table_is_read_back_and_the_cycle_takes_it(tmp_path):
    path = tmp_path / "parameters.tsv"
    saved = save_parameters(path, frame(row(20.0)), source="plate 3; 12 May")
    read = read_parameters(path)
    assert read.parameters == saved.parameters.parameters
    evidence = read["vmax_ALT1_liver"].quantity.evidence
    assert evidence.own == ("plate 3, 12 May",)
    assert evidence.keys == ()
    changed = reference_parameters().updated(read)
    assert changed["vmax_ALT1_liver"].value == pytest.approx(27, rel=0.1)
    with pytest.raises(InputError, match="exists; choose another name or force"):
        save_parameters(path, frame(row()))


def test_protein_per_gram_is_read_with_its_unit(tmp_path):
    per_mg = frame(row(activity_u_per_g=math.nan, activity_u_per_mg=0.25))
    saved = save_parameters(tmp_path / "a.tsv", per_mg, protein_per_gram="0.16 g/g")
    assert saved.parameters["vmax_ALT1_liver"].value == pytest.approx(54 / 0.938, rel=0.01)
    with pytest.raises(UnitError, match='write "180 mg/g"'):
        save_parameters(tmp_path / "b.tsv", per_mg, protein_per_gram="160 mg/mL")


def test_ones_own_bench_is_a_source_and_no_key():
    evidence = Evidence("measured", "own: plate 3; IFCC1979")
    assert evidence.own == ("plate 3",)
    assert evidence.keys == ("IFCC1979",)
    with pytest.raises(InputError, match="needs a source"):
        Evidence("measured", "own:")
