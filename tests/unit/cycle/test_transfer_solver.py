import pytest

from cahill.cycle.build import build_model
from cahill.cycle.carbon_transfer import TracerStudy, carbon_transfer
from cahill.cycle.quantities import view_of
from cahill.cycle.subjects import draw_subjects, postabsorptive_state, subject_parameters
from cahill.cycle.transfer_solver import transfer_solver
from cahill.errors import ConvergenceError, ModelError

STUDIES = [None, TracerStudy(alanine="Lac_blood")]
NUMBERS = (
    "glucose_to_alanine",
    "alanine_to_glucose",
    "alanine_to_glucose_corrected",
    "exchange",
    "alanine_ra",
    "glucose_ra",
)


def _both(model, gross, study):
    held = model.network.of_kind("slow", "boundary")
    careful = carbon_transfer(model.network.steps, *gross, held, 70.0, study)
    return careful, transfer_solver(model, study).solve(*gross, 70.0)


@pytest.mark.parametrize("study", STUDIES, ids=["alanine", "lactate"])
def test_same_numbers_as_the_careful_computation(study):
    model = build_model()
    for row in draw_subjects(model, 4, 5):
        parameters = subject_parameters(model, row)
        try:
            state = postabsorptive_state(model, parameters)
        except ConvergenceError:
            continue
        careful, fast = _both(model, view_of(model, state, parameters).gross, study)
        for name in NUMBERS:
            assert getattr(fast, name) == pytest.approx(getattr(careful, name), rel=1e-10)


def test_steps_without_flux():
    model = build_model()
    system = model.system
    view = view_of(model, system.default_state, system.default_parameters)
    forward, backward = ({**part} for part in view.gross)
    for name in ("PDH_liver", "glutaminase_liver", "pyruvate_uptake_liver"):
        forward[name] = backward[name] = 0.0
    careful, fast = _both(model, (forward, backward), None)
    for name in NUMBERS:
        assert getattr(fast, name) == pytest.approx(getattr(careful, name), rel=1e-10)


def test_a_negative_gross_flux_is_refused_with_its_step():
    model = build_model()
    system = model.system
    view = view_of(model, system.default_state, system.default_parameters)
    forward, backward = view.gross
    with pytest.raises(ModelError, match="PC_liver"):
        transfer_solver(model).solve({**forward, "PC_liver": -1.0}, backward, 70.0)
