"""Coupled ALT activity: arithmetic on straight traces, blanks, pathlengths, marks and faults."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cahill.assays.activity.activity_settings import Settings
from cahill.assays.activity.alt_activity import alt_activity
from cahill.core.layout import Layout, WellContent
from cahill.core.plate import Plate, Reading
from cahill.errors import InputError, UnknownNameError

TIMES = np.arange(0, 600, 20.0)
NOISE = 1e-3
VOLUMES = {"sample_volume": "10 uL", "total_volume": "200 uL", "pathlength": "0.5 cm"}
# U/L for 1 AU/min: 1e6 / 6220 / 0.5 * 200 / 10.
FACTOR = 1e6 / 6220 / 0.5 * 20


def reading(slopes, *, name="340", start=1.0, noise=NOISE, wavelength=340.0, warm=37.0, seed=1):
    """Absorbance falling by the slopes (AU/min) given by well."""
    rng = np.random.default_rng(seed)
    wells = tuple(slopes)
    fall = np.array(list(slopes.values()))
    values = (
        start - TIMES[:, None] / 60 * fall + noise * rng.standard_normal((TIMES.size, fall.size))
    )
    times = np.repeat(TIMES[:, None], fall.size, axis=1)
    over = np.zeros(values.shape, bool)
    degrees = None if warm is None else np.full(TIMES.size, warm)
    return Reading(name, "absorbance", wells, values, times, over, wavelength, None, degrees)


def endpoint(name, wavelength, values):
    wells = tuple(values)
    shape = (1, len(wells))
    absorbance = np.array([list(values.values())])
    return Reading(
        name, "absorbance", wells, absorbance, np.zeros(shape), np.zeros(shape, bool), wavelength
    )


def plate(*readings, **options):
    return Plate("plate.txt", 8, 12, readings, **options)


def layout(wells, common=VOLUMES):
    contents = [
        WellContent(well, {**common, **fields}, f"layout.csv row {k + 2}")
        for k, (well, fields) in enumerate(wells.items())
    ]
    return Layout("layout.csv", 8, 12, tuple(contents))


def sample(name="a", **fields):
    return {"role": "sample", "sample": name, **fields}


BLANK = {"role": "blank"}
SLOPES = {"A1": 0.05, "A2": 0.051, "A3": 0.02, "A4": 0.0205, "B1": 0.0006, "B2": 0.0008}
WELLS = {"A1": sample(), "A2": sample(), "A3": sample("b"), "A4": sample("b")}
WELLS |= {"B1": BLANK, "B2": BLANK}


def row(result, **values):
    frame = result.to_frame()
    for name, value in values.items():
        frame = frame[frame[name] == value]
    assert len(frame) == 1
    return frame.iloc[0]


def test_units_per_litre_follow_beer_and_lambert():
    result = alt_activity(plate(reading(SLOPES)), layout(WELLS))
    a = row(result, sample="a")
    expected = (0.0505 - 0.0007) * FACTOR
    assert a["activity_u_per_l"] == pytest.approx(expected, rel=0.01)
    assert a["activity_u_per_l_low"] < expected < a["activity_u_per_l_high"]
    assert a["wells"] == 2
    assert a["blank"] == "reagent blank"
    assert result.unit == "U/L"


def test_the_extinction_coefficient_scales_the_answer():
    made = plate(reading(SLOPES)), layout(WELLS)
    a, b = (alt_activity(*made, Settings(epsilon=value)) for value in (6220, 6300))
    ratio = a.to_frame()["activity_u_per_l"] / b.to_frame()["activity_u_per_l"]
    assert ratio.to_numpy() == pytest.approx(6300 / 6220)


@settings(max_examples=15, deadline=None)
@given(st.floats(1, 100), st.floats(2, 50))
def test_dilution_and_volume_scale_value_and_interval(dilution, volume):
    made = plate(reading(SLOPES))
    first = alt_activity(made, layout(WELLS)).to_frame()
    common = {**VOLUMES, "dilution": f"{dilution}", "sample_volume": f"{volume} uL"}
    other = alt_activity(made, layout(WELLS, common)).to_frame()
    for column in ("activity_u_per_l", "activity_u_per_l_low", "activity_u_per_l_high"):
        expected = first[column].to_numpy() * dilution * 10 / volume
        assert other[column].to_numpy() == pytest.approx(expected, rel=1e-9)


def test_a_sample_blank_replaces_the_reagent_blank_for_its_own_sample():
    wells = {**WELLS, "C1": {"role": "sample_blank", "sample": "a"}}
    result = alt_activity(plate(reading({**SLOPES, "C1": 0.01})), layout(wells))
    a, b = row(result, sample="a"), row(result, sample="b")
    assert (a["blank"], b["blank"]) == ("sample blank", "reagent blank")
    assert a["activity_u_per_l"] == pytest.approx(0.0405 * FACTOR, rel=0.01)


def test_a_sample_blank_that_states_its_dilution_serves_that_dilution_only():
    wells = {
        "A1": sample(dilution="2"),
        "A2": sample(dilution="4"),
        "B1": BLANK,
        "C1": {"role": "sample_blank", "sample": "a", "dilution": "2"},
    }
    result = alt_activity(
        plate(reading({"A1": 0.05, "A2": 0.025, "B1": 0, "C1": 0.01})), layout(wells)
    )
    kinds = result.wells.set_index("well")["blank_kind"]
    assert kinds["A1"] == "sample blank"
    assert kinds["A2"] == "reagent blank"


def test_protein_and_tissue_give_u_per_mg_and_u_per_g():
    common = {**VOLUMES, "protein": "5 mg/mL", "protein_sd": "0.5 mg/mL"}
    common |= {"tissue_mass": "100 mg", "extract_volume": "2 mL"}
    result = alt_activity(plate(reading(SLOPES)), layout(WELLS, common))
    a = row(result, sample="a")
    assert a["activity_u_per_mg"] == pytest.approx(a["activity_u_per_l"] / 5000)
    assert a["activity_u_per_g"] == pytest.approx(a["activity_u_per_l"] / 50)
    relative = a["activity_u_per_l_sd"] / a["activity_u_per_l"]
    both = a["activity_u_per_mg_sd"] / a["activity_u_per_mg"]
    assert both == pytest.approx(np.hypot(relative, 0.1))


def test_water_tells_the_pathlength():
    water = dict.fromkeys(SLOPES, 0.135), dict.fromkeys(SLOPES, 0.036)
    made = plate(
        reading(SLOPES), endpoint("977", 977.0, water[0]), endpoint("900", 900.0, water[1])
    )
    result = alt_activity(made, layout(WELLS))
    assert result.wells["path"].to_numpy() == pytest.approx((0.135 - 0.036) / 0.18)
    assert set(result.wells["path_from"]) == {"977/900 nm"}


def test_a_printed_pathlength_and_volume_over_area_serve_too():
    printed = plate(reading(SLOPES), reported={"340:Pathlength": dict.fromkeys(SLOPES, "0.571")})
    assert alt_activity(printed, layout(WELLS)).wells["path"].to_numpy() == pytest.approx(0.571)
    bare = {name: text for name, text in VOLUMES.items() if name != "pathlength"}
    result = alt_activity(plate(reading(SLOPES)), layout(WELLS, bare), Settings(well_area=0.4))
    assert result.wells["path"].to_numpy() == pytest.approx(0.5)


def test_no_pathlength_is_assumed():
    bare = {name: text for name, text in VOLUMES.items() if name != "pathlength"}
    with pytest.raises(InputError, match=r"plate.txt: pathlength of wells A1.*give --well-area"):
        alt_activity(plate(reading(SLOPES)), layout(WELLS, bare))


def test_missing_volumes_are_named_by_well():
    wells = {**WELLS, "A3": {**sample("b"), "sample_volume": ""}}
    contents = [
        WellContent(c.well, {k: v for k, v in c.fields.items() if v}, c.where)
        for c in layout(wells)
    ]
    with pytest.raises(InputError, match=r"layout\.csv: sample_volume of well A3 is missing"):
        alt_activity(plate(reading(SLOPES)), Layout("layout.csv", 8, 12, tuple(contents)))


def test_without_volumes_rates_are_given_and_said_so():
    result = alt_activity(plate(reading(SLOPES)), layout(WELLS, {}))
    assert result.unit == "AU/min"
    assert row(result, sample="a")["rate"] == pytest.approx(0.0498, rel=0.01)
    assert any(note.startswith("Rates only") for note in result.notes)


def test_with_and_without_plp_are_told_apart():
    wells = {
        "A1": sample(plp="yes"),
        "A2": sample(plp="yes"),
        "A3": sample(plp="no"),
        "A4": sample(plp="no"),
        "B1": BLANK,
    }
    slopes = {"A1": 0.05, "A2": 0.05, "A3": 0.035, "A4": 0.035, "B1": 0.0}
    result = alt_activity(plate(reading(slopes)), layout(wells))
    assert len(result.to_frame()) == 2
    share = result.plp.iloc[0]
    assert share["holo_share"] == pytest.approx(0.7, rel=0.02)
    assert share["low"] < 0.7 < share["high"]
    assert share["apo_share"] == pytest.approx(1 - share["holo_share"])


def test_reads_beyond_the_limit_are_masked_and_counted():
    first = reading(SLOPES)
    values = first.values.copy()
    values[:5, 0] += 3.0
    over = first.over.copy()
    over[:, 1] = True
    result = alt_activity(plate(replace(first, values=values, over=over)), layout(WELLS))
    wells = result.wells.set_index("well")
    assert wells.loc["A1", "over"] == 5
    assert wells.loc["A1", "rate"] == pytest.approx(0.05, rel=0.02)
    assert (
        wells.loc["A2", "outcome"] == "excluded: 0 usable reads, 30 beyond the reader; 4 are needed"
    )
    assert row(result, sample="a")["wells"] == 1
    assert any("A2" in note for note in result.notes)


def test_every_well_is_accounted_for():
    wells = {**WELLS, "C1": {"role": "empty"}, "D1": sample("d")}
    made = plate(reading({**SLOPES, "C1": 0.0, "E5": 0.01}))
    outcomes = alt_activity(made, layout(wells)).wells.set_index("well")["outcome"]
    assert len(outcomes) == 9
    assert outcomes["C1"] == "empty"
    assert outcomes["D1"] == "excluded: described but not read"
    assert outcomes["E5"] == "excluded: read but not described by the layout"
    assert outcomes["B1"] == "blank"
    assert outcomes["A1"] == "used"


def test_a_sample_without_any_well_is_a_row_without_an_answer():
    wells = {**WELLS, "D1": sample("d")}
    lost = row(alt_activity(plate(reading(SLOPES)), layout(wells)), sample="d")
    assert lost["verdict"] == "no answer"
    assert np.isnan(lost["activity_u_per_l"])


def test_beyond_the_linear_range_is_marked():
    made = plate(reading({**SLOPES, "A1": 0.11, "A2": 0.11}, start=2.0))
    result = alt_activity(made, layout(WELLS))
    assert row(result, sample="a")["verdict"] == "above the linear range"
    assert row(result, sample="b")["verdict"] == ""
    met = result.quality.set_index("criterion")["met"]
    assert not met["fastest sample"]
    assert met["reagent blank"]


def test_a_plate_that_is_not_warm_is_told_and_not_converted():
    cold = alt_activity(plate(reading(SLOPES, warm=25.0)), layout(WELLS))
    warm = alt_activity(plate(reading(SLOPES)), layout(WELLS))
    assert any("25.0 °C, not at 37 °C" in note for note in cold.notes)
    assert not any("°C" in note for note in warm.notes)
    same = cold.to_frame()["activity_u_per_l"] == warm.to_frame()["activity_u_per_l"]
    assert same.all()


def test_single_wells_and_missing_blanks_are_told():
    result = alt_activity(plate(reading({"A1": 0.05})), layout({"A1": sample()}))
    notes = " ".join(result.notes)
    assert "No sample has replicate wells" in notes
    assert "No blank was subtracted from 1 wells" in notes


def test_labels_serve_without_a_layout():
    labels = {"A1": "SPL1", "A2": "SPL1", "A3": "SPL2", "A4": "SPL2", "B1": "BLK", "B2": "BLK"}
    result = alt_activity(plate(reading(SLOPES), labels=labels))
    assert result.to_frame()["sample"].tolist() == ["SPL1", "SPL2"]
    assert result.unit == "AU/min"


def test_conditions_that_vary_are_fitted():
    km, vmax = 10.0, 0.08
    slopes, wells = {"B1": 0.0}, {"B1": BLANK}
    for k, alanine in enumerate((2.0, 5.0, 10.0, 20.0, 50.0, 100.0)):
        for r in range(2):
            well = f"{'CD'[r]}{k + 1}"
            slopes[well] = vmax * alanine / (km + alanine)
            wells[well] = sample(alanine=f"{alanine} mmol/L", oxoglutarate="15 mmol/L")
    result = alt_activity(plate(reading(slopes)), layout(wells))
    assert len(result.kinetics) == 1
    found = result.kinetics[0].to_frame().set_index("parameter")["best_fit"]
    assert found["km_ala"] == pytest.approx(km, rel=0.1)
    assert "kinetics_1_results" in result.tables()


def test_readings_are_chosen_by_wavelength_or_asked_for():
    red = replace(reading(SLOPES), name="570", wavelength=570.0)
    with pytest.raises(InputError, match="do not tell the assay; give --assay"):
        alt_activity(plate(reading(SLOPES), red), layout(WELLS))
    both = alt_activity(plate(reading(SLOPES), red), layout(WELLS), Settings(assay="coupled"))
    assert both.reading == "340"
    with pytest.raises(UnknownNameError, match='unknown reading "341"; did you mean 340'):
        alt_activity(plate(reading(SLOPES)), layout(WELLS), Settings(reading="341"))
    far = plate(replace(reading(SLOPES), name="420", wavelength=420.0))
    with pytest.raises(
        InputError, match=r'no reading is near 340 nm; name one with --reading \("420"'
    ):
        alt_activity(far, layout(WELLS), Settings(assay="coupled"))
    asked = alt_activity(far, layout(WELLS), Settings(assay="coupled", reading="420"))
    assert 'Reading "420" is at 420 nm, not at 340 nm.' in asked.notes


def test_one_read_is_no_coupled_assay():
    single = endpoint("340", 340.0, dict.fromkeys(SLOPES, 1.0))
    with pytest.raises(InputError, match="needs reads in time"):
        alt_activity(plate(single), layout(WELLS))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"epsilon": 0.0}, "epsilon 0 is not a number above 0"),
        ({"limit": float("nan")}, "limit nan is not"),
        ({"well_area": -1.0}, "well area -1 is not"),
        ({"confidence": 95.0}, "confidence 95 is not between 0 and 1"),
    ],
)
def test_options_out_of_range_are_refused(options, message):
    with pytest.raises(InputError, match=message):
        Settings(**options)
