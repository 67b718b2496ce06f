"""A kinetic standard curve as Gen5 itself fitted and read it off.

Mean V of 24 standards and 72 samples, the four-parameter curve and the concentrations are those
that Gen5 printed in an export of a beta-galactosidase assay (test data of allotropy, MIT).
"""

from pathlib import Path

import numpy as np
import pytest

from cahill.assays.activity.standard_curve import fit_standard_curve
from cahill.workflows.measure_alt import measure_alt

SHARED = Path(__file__).parents[4] / "shared" / "data" / "assays" / "plate"
FILE = SHARED / "gen5_kinetic_standard_curve.txt"
AMOUNTS = np.array([40, 35, 30, 25, 20, 16, 12, 8, 4, 2, 1, 0] * 2, float)
MEAN_V = np.array(
    [
        *(
            31.303,
            34.192,
            33.153,
            31.025,
            26.315,
            19.799,
            11.606,
            5.629,
            2.606,
            1.274,
            0.627,
            0.362,
        ),
        *(
            32.521,
            34.040,
            33.405,
            30.926,
            26.028,
            19.623,
            11.758,
            5.824,
            2.605,
            1.215,
            0.548,
            0.230,
        ),
    ]
)
PRINTED = {
    31.303: 27.131, 33.153: 33.958, 31.025: 26.490, 26.315: 20.105, 19.799: 15.720,
    11.606: 11.782, 5.629: 8.655, 2.606: 6.051, 1.274: 2.242, 32.521: 30.893, 33.405: 35.605,
    30.926: 26.274, 26.028: 19.853, 19.623: 15.626, 11.758: 11.853, 5.824: 8.779, 2.605: 6.050,
}  # fmt: skip


@pytest.fixture(scope="module")
def curve():
    return fit_standard_curve(AMOUNTS, MEAN_V, shape="4pl", weights="1")


def test_parameters_to_the_printed_digits(curve):
    low, steep, middle, high = curve.parameters
    assert f"{low:.3g}" == "1.23"
    assert f"{steep:.3g}" == "3.52"
    assert f"{middle:.3g}" == "14.8"
    assert f"{high:.3g}" == "34.9"
    assert f"{curve.r2:.3g}" == "0.995"


def test_concentrations_to_what_rounding_allows(curve):
    rates = np.array(list(PRINTED))
    # Mean V is printed to 0.001: half of that over the slope of the curve, and the digit printed.
    rise = (curve.amount(rates + 5e-4) - curve.amount(rates - 5e-4)) / 2
    found = curve.amount(rates)
    assert (np.abs(found - np.array(list(PRINTED.values()))) <= 2 * np.abs(rise) + 1.5e-3).all()


def test_what_gen5_could_not_read(curve):
    # Printed ">40.000" and "<0.000".
    assert (curve.amount(np.array([34.192, 34.040])) > 40).all()
    assert (curve.amount(np.array([1.215, 0.627, 0.362, 0.548, 0.230])) < 0).all()


def test_the_file_as_it_stands():
    if not FILE.exists():
        pytest.skip("the Gen5 export is not beside the repository")
    result = measure_alt(
        FILE,
        assay="amplex-red",
        reading="420",
        standards="rate",
        rates="mean",
        curve="4pl",
        weights="1",
    )
    assert result.unit == "unit of the standards"
    assert any("U/L is not computed" in note for note in result.notes)
    wells = result.wells[result.wells["role"] == "sample"]
    assert (result.wells["outcome"] != "").all()
    texts = wells["printed [Concentration]"]
    plain = ~texts.str.contains("[<>]")
    printed = texts[plain].astype(float)
    # Gen5 fitted 61 reads, of which the file holds 13: its Mean V is not ours.
    middle = printed.between(5, 30)
    ours = wells.loc[middle[middle].index, "read_off"]
    assert ours.to_numpy() == pytest.approx(printed[middle].to_numpy(), rel=0.05)
    assert result.standards is not None
    assert result.standards.curve.parameters[1:3] == pytest.approx([3.52, 14.8], rel=0.02)
