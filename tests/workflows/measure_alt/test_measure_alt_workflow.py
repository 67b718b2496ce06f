"""The examples' plates come back as they were stored, and as they were made.

The golden file changes only when the example, the definitions or the estimator of rates do. To
write it anew:

    CAHILL_WRITE_GOLDEN=1 .venv/bin/python -m pytest tests/workflows/measure_alt
"""

import os
from importlib.resources import files
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cahill.errors import InputError, UnitError
from cahill.workflows.measure_alt import measure_alt

GOLDEN = Path(__file__).with_name("golden.csv")
EXAMPLES = Path(str(files("cahill") / "data/examples"))
SHARED = Path(__file__).parents[4] / "shared" / "data" / "assays" / "plate"
KEY = ["sample", "fraction", "plp"]
ANSWER = ["activity_u_per_l", "activity_u_per_l_low", "activity_u_per_l_high"]


def shared(name):
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"{name} is not beside the repository")
    return path


@pytest.fixture(scope="module")
def coupled():
    folder = EXAMPLES / "alt-coupled"
    return measure_alt(folder / "plate.txt", layout=folder / "layout.toml")


@pytest.fixture(scope="module")
def amplex():
    folder = EXAMPLES / "alt-amplex"
    return measure_alt(folder / "plate.csv", layout=folder / "layout.xlsx", assay="amplex-red")


def beside_truth(result, name):
    truth = pd.read_csv(EXAMPLES / name / "truth.csv", keep_default_na=False)
    frame = result.to_frame().merge(truth, on=KEY, suffixes=("", "_true"))
    assert len(frame) == len(result.to_frame())
    return frame[frame["activity_u_per_l"].notna()]


def test_as_stored(coupled, amplex):
    found = pd.concat([coupled.to_frame(), amplex.to_frame()])[[*KEY, *ANSWER, "verdict"]]
    if os.environ.get("CAHILL_WRITE_GOLDEN"):
        found.to_csv(GOLDEN, index=False, lineterminator="\n", float_format="%.10g")
    stored = pd.read_csv(GOLDEN, keep_default_na=False, na_values={name: [""] for name in ANSWER})
    for column in (*KEY, "verdict"):
        assert found[column].tolist() == stored[column].tolist()
    for column in ANSWER:
        expected = stored[column].tolist()
        assert found[column].tolist() == pytest.approx(expected, rel=1e-4, nan_ok=True)


@pytest.mark.parametrize("name", ["alt-coupled", "alt-amplex"])
def test_the_truth_lies_in_the_intervals(coupled, amplex, name):
    frame = beside_truth(coupled if name == "alt-coupled" else amplex, name)
    true = frame["activity_u_per_l_true"]
    inside = (frame["activity_u_per_l_low"] <= true) & (true <= frame["activity_u_per_l_high"])
    assert inside.mean() >= 0.9
    assert (frame["activity_u_per_l"] / true).to_numpy() == pytest.approx(1, abs=0.05)
    width = (frame["activity_u_per_l_high"] - frame["activity_u_per_l_low"]) / true
    assert width.max() < 0.12


def test_the_share_with_cofactor_comes_back(coupled):
    shares = coupled.plp.set_index("fraction")["holo_share"]
    assert shares["cytosol"].to_numpy() == pytest.approx(0.82, abs=0.05)
    assert shares["mitochondria"].to_numpy() == pytest.approx(0.70, abs=0.05)


def test_what_the_plate_holds_of_trouble_is_told(coupled, amplex):
    wells = coupled.wells.set_index("well")
    assert wells.loc["G10", "outcome"].startswith("excluded: 0 usable reads")
    assert wells.loc["G9", "over"] > 0
    assert wells.loc["G9", "outcome"] == "used"
    assert wells.loc["G7", "verdict"] == "above the linear range"
    assert "depletion" in wells.loc["G7", "shape"]
    assert set(wells["path_from"]) == {"977/900 nm"}
    assert amplex.to_frame().set_index("sample").loc["liver lysate, too strong", "wells"] == 0


def test_everything_is_saved(coupled, amplex, tmp_path):
    names = {path.name for path in coupled.save(tmp_path / "coupled")}
    assert {"results.csv", "wells.csv", "quality.csv", "plp.csv", "plate.svg"} <= names
    page = (tmp_path / "coupled" / "report.html").read_text(encoding="utf-8")
    assert "With and without PLP" in page
    assert coupled.provenance is not None
    assert list(coupled.provenance.inputs) == ["plate.txt", "layout.toml"]
    names = {path.name for path in amplex.save(tmp_path / "amplex")}
    assert {"standards.csv", "standard_curve.svg", "activity.svg"} <= names


def test_parameters_are_handed_to_the_cycle(tmp_path):
    from cahill.io.tables import read_parameters

    folder = EXAMPLES / "alt-coupled"
    path = tmp_path / "parameters.tsv"
    result = measure_alt(folder / "plate.txt", layout=folder / "layout.toml", save=path)
    found = read_parameters(path)
    assert {"vmax_ALT1_liver", "vmax_ALT2_liver", "vmax_ALT1_muscle"} <= set(found)
    assert found["vmax_ALT1_liver"].value > 5 * found["vmax_ALT2_liver"].value
    assert any("Parameters written to parameters.tsv" in note for note in result.notes)
    with pytest.raises(InputError, match="exists"):
        measure_alt(folder / "plate.txt", layout=folder / "layout.toml", save=path)


def test_named_traces_give_rates():
    result = measure_alt(shared("nadh_traces_9.csv"), assay="coupled")
    frame = result.to_frame().set_index("sample")
    assert len(frame) == 9
    assert frame.loc["500 uM", "rate"] == pytest.approx(0.0575, rel=0.02)
    assert frame.loc["0 uM", "verdict"] == "not told from zero"


def test_a_tecan_export_with_a_layout(tmp_path):
    layout = tmp_path / "layout.csv"
    lines = ["well,role,sample,standard (nmol),sample_volume (uL),total_volume (uL)"]
    # Wells of this plate that stand still, taken as standards of a made-up line.
    lines += ["A6,standard,,0,50,100", "A2,standard,,0.75,50,100"]
    lines += ["A3,standard,,3.3,50,100", "A1,standard,,10,50,100", "A4,sample,a,,50,100"]
    layout.write_text("\n".join(lines))
    result = measure_alt(
        shared("tecan_spark.xlsx"),
        layout=layout,
        assay="amplex-red",
        reading="Label 1",
        curve="linear",
        weights="1",
    )
    assert result.unit == "U/L"
    assert len(result.wells) == 45
    assert (result.wells["outcome"] == "excluded: read but not described by the layout").sum() == 40
    # The well speeds up for ten minutes to 0.0433 AU/min, over 0.0977 AU/nmol in 50 uL.
    assert result.to_frame()["activity_u_per_l"].iloc[0] == pytest.approx(8.9, rel=0.05)
    notes = " ".join(result.notes)
    assert "420 nm, not at 570 nm" in notes
    assert "not at 37 °C" in notes


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("well,role,sample\nA1,sample,a\nA1,sample,b\n", "A1"),
        ("well,role,sample\nI13,sample,a\n", "I13"),
        ("well,role,sample\nA1,smaple,a\n", "smaple"),
        ("well,role,sample\nA1,sample,1-Mar\n", "date"),
    ],
)
def test_a_layout_that_cannot_be_is_refused(tmp_path, text, message):
    layout = tmp_path / "layout.csv"
    layout.write_text(text)
    with pytest.raises(InputError, match=message) as caught:
        measure_alt(EXAMPLES / "alt-coupled" / "plate.txt", layout=layout)
    assert str(caught.value).startswith("layout.csv row")


def test_a_layout_of_another_plate_is_refused(tmp_path):
    layout = tmp_path / "layout.csv"
    layout.write_text("well,role,sample\nA1,sample,a\nP24,sample,b\n")
    with pytest.raises(InputError, match="P24"):
        measure_alt(EXAMPLES / "alt-coupled" / "plate.txt", layout=layout)


def test_options_are_refused_in_a_line():
    plate = EXAMPLES / "alt-coupled" / "plate.txt"
    with pytest.raises(UnitError, match=r'--well-area "0.3": .*write it as "0.32 cm2"'):
        measure_alt(plate, well_area="0.3")
    with pytest.raises(UnitError, match='--duration "5 kg"'):
        measure_alt(plate, duration="5 kg")
    with pytest.raises(InputError, match=r"--plate 2: plate\.txt holds 1; give 1 to 1"):
        measure_alt(plate, plate=2)


def test_a_well_area_is_an_area():
    plate = EXAMPLES / "alt-coupled" / "plate.txt"
    result = measure_alt(plate, well_area="32 mm2")
    assert result.provenance is not None
    assert float(result.provenance.options["well area (cm2)"]) == pytest.approx(0.32)
    assert np.isfinite(result.wells["path"]).all()
