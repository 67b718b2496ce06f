"""Worked examples of delta-delta-Cq, to their printed digits.

c-myc against GAPDH in kidney and brain: user bulletin 2 of Applied Biosystems (1997, revised 2001),
which Livak and Schmittgen (2001) and Yuan et al. (2006) discuss: delta-delta-Ct -2.50 +- 0.10, that
is 5.6-fold (5.3 to 6.0), brain being 1. The bulletin's error is the standard deviation of the
target's and the reference's wells in kidney, for one cDNA each.
"""

import numpy as np
import pandas as pd
import pytest

from cahill.assays.qpcr.qpcr_efficiency import Efficiency
from cahill.assays.qpcr.qpcr_samples import flag_wells, sample_cq
from cahill.assays.qpcr.relative_quantity import relative_quantities
from cahill.assays.qpcr.relative_study import Comparison

# As the R package pcr prints them (its data ct1: the bulletin's separate tubes).
C_MYC = {
    "brain": [30.72, 30.34, 30.58, 30.34, 30.50, 30.43],
    "kidney": [27.06, 27.03, 27.03, 27.10, 26.99, 26.94],
}
GAPDH = {
    "brain": [23.70, 23.56, 23.47, 23.65, 23.69, 23.68],
    "kidney": [22.76, 22.61, 22.62, 22.60, 22.61, 22.76],
}
# Yuan et al. 2006: four concentrations of template, three wells each (its data ct4).
REFERENCE = """19.7415 19.494 19.3906 21.9838 22.4435 22.57 24.8109 24.4327 24.2342 26.7319 26.8206
26.822 18.4468 18.8227 18.3061 21.2568 21.0956 20.8473 23.2322 22.9577 23.2415 25.4817 25.608
25.5675"""
TARGET = """23.1102 22.9003 22.8972 26.5801 26.2139 26.0606 28.1125 28.1899 27.5949 30.2772 30.4667
30.7571 21.7813 21.7564 21.641 23.7965 23.7571 23.724 26.3794 26.2542 25.9621 28.5479 28.3894
28.3416"""
DOUBLING = Efficiency(2.0, 0.0, "given")


def wells(rows):
    frame = pd.DataFrame(rows, columns=["target", "group", "sample", "cq"])
    plain = {"run": "run", "well": "", "role": "sample", "replicate": "", "excluded": ""}
    return frame.assign(**plain)


def bulletin(one_sample):
    return wells(
        [
            (gene, tissue, tissue if one_sample else f"{tissue} {k}", cq)
            for gene, data in (("c-myc", C_MYC), ("GAPDH", GAPDH))
            for tissue, values in data.items()
            for k, cq in enumerate(values)
        ]
    )


def compared(frame, control, reference):
    measured = sample_cq(flag_wells(frame))
    known = dict.fromkeys(measured.targets, DOUBLING)
    return measured, relative_quantities(
        measured, known, Comparison(references=(reference,), control=control)
    )


def test_c_myc_in_kidney():
    measured, found = compared(bulletin(one_sample=True), "brain", "GAPDH")
    row = found.groups.set_index("group").loc["kidney"]
    assert -row["log2_fold"] == pytest.approx(-2.495, abs=5e-4)
    assert row["fold"] == pytest.approx(5.64, abs=5e-3)
    assert row["note"] == "one biological replicate in it"
    assert np.isnan(row["p"])
    kidney = measured.samples.index[measured.samples["sample"] == "kidney"][0]
    error = float(np.hypot(*measured.sd[kidney]))
    assert error == pytest.approx(0.095, abs=5e-4)
    ends = 2.0 ** (row["log2_fold"] + np.array([-error, error]))
    assert ends == pytest.approx([5.3, 6.0], abs=0.05)


def test_the_fold_is_the_same_when_every_well_is_taken_for_a_sample():
    """But the wells then pass for replicates, which is what the bulletin's error is not."""
    _, found = compared(bulletin(one_sample=False), "brain", "GAPDH")
    row = found.groups.set_index("group").loc["kidney"]
    assert row["fold"] == pytest.approx(5.64, abs=5e-3)
    assert row["n"] == 6
    assert row["low"] < 5.3 < 6.0 < row["high"]


def test_the_four_models_of_yuan():
    """Their t test of delta-Ct: an estimate of -0.6848."""
    control, treated = ([float(x) for x in text.split()] for text in (REFERENCE, TARGET))
    rows = []
    for k in range(24):
        group = "control" if k < 12 else "treatment"
        rows += [("ref", group, f"s{k}", control[k]), ("target", group, f"s{k}", treated[k])]
    _, found = compared(wells(rows), "control", "ref")
    row = found.groups.set_index("group").loc["treatment"]
    assert -row["log2_fold"] == pytest.approx(-0.6848, abs=5e-5)
    assert row["p"] < 0.001
