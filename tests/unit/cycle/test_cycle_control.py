import numpy as np
import pytest

from cahill.cycle.build import build_model
from cahill.cycle.control import ASKED, FLUXES, LEVELS, control
from cahill.cycle.quantities import view_of
from cahill.cycle.subjects import postabsorptive_state


@pytest.fixture(scope="module")
def result():
    return control()


def test_summation_theorems(result):
    for name in FLUXES:
        assert result.flux_control(name).sum() == pytest.approx(1.0, abs=1e-9)
    for species in LEVELS.values():
        assert result.level_control(species).sum() == pytest.approx(0.0, abs=1e-9)


def test_glycogen_is_held(result):
    names = list(result.model.system.state_names)
    row = result.coefficients.concentration_control[names.index("Glycogen_liver")]
    assert not row.any()


def test_response_is_that_of_a_changed_parameter(result):
    model, name = result.model, "vmax_ALT1_liver"
    rates = []
    for factor in (0.999, 1.001):
        parameters = model.system.default_parameters.copy()
        parameters[model.system.parameter_index(name)] *= factor
        view = view_of(model, postabsorptive_state(model, parameters), parameters)
        rates.append(view.flux("ALT1_liver", "ALT2_liver"))
    measured = np.log(rates[1] / rates[0]) / np.log(1.001 / 0.999)
    flux = "hepatic alanine to pyruvate"
    assert result.flux_response(flux)[name] == pytest.approx(measured, rel=1e-3, abs=1e-6)


def test_frame_is_tidy_and_holds_every_kind(result):
    frame = result.to_frame()
    assert list(frame.columns) == ["kind", "quantity", "cause", "coefficient"]
    assert set(frame["kind"]) == {
        "flux control",
        "concentration control",
        "elasticity",
        "flux response",
        "concentration response",
    }
    assert np.isfinite(frame["coefficient"]).all()


def test_summary_names_what_was_asked(result):
    text = result.summary()
    assert text.count("\n") == 0
    for words in (*ASKED, "ALT1_liver", "ALT2_liver"):
        assert words in text


def test_notes_give_the_residuals_of_the_theorems(result):
    assert "Summation theorems" in result.notes[0]
    assert "e-1" in result.notes[0]


def test_responses_to_alt_cover_every_isoenzyme_and_flux(result):
    frame = result.alt_responses()
    assert set(frame["parameter"]) == {
        f"vmax_ALT{k}_{tissue}" for k in (1, 2) for tissue in ("liver", "muscle")
    }
    assert set(frame["quantity"]) == {*FLUXES, *LEVELS}


def test_control_of_other_parameters():
    parameters = build_model().parameters.updated({"vmax_ALT1_liver": 1.0})
    weak = control(model=build_model(parameters))
    flux = "hepatic alanine to pyruvate"
    assert weak.flux_control(flux)["ALT1_liver"] > control().flux_control(flux)["ALT1_liver"]


def test_saves_report_pictures_and_tables(result, tmp_path):
    written = {path.name for path in result.save(tmp_path / "out")}
    assert {"report.html", "control.svg", "control.png", "results.csv"} <= written
