"""Cells in culture: the expression module alone, driven by what the medium holds."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cahill.cycle.build import build_model
from cahill.cycle.cells import ALT1_SHARE_RAT, culture, rat_activity
from cahill.errors import UnknownNameError

DEXAMETHASONE = {"dexamethasone": 1000.0}
INSULIN = {"Insulin": 1e5}
PROTEINS = ("protein_ALT1_liver", "protein_ALT2_liver")
few = settings(max_examples=8, deadline=None)


@pytest.fixture(scope="module")
def control(man):
    return culture(man, {}, 24.0)


def with_parameters(man, **changes):
    vector = man.system.default_parameters.copy()
    for name, value in changes.items():
        vector[man.system.parameter_index(name)] = value
    return vector


def effect(man, treatment, hours=24.0, medium=None, parameters=None):
    """Return ALT activity, treated over control."""
    settled = culture(man, {}, hours, medium=medium, parameters=parameters)
    treated = culture(man, treatment, hours, medium=medium, parameters=parameters)
    return rat_activity(treated) / rat_activity(settled)


def test_the_control_medium_changes_nothing(man, control):
    before, late = culture(man, {}, 0.0), culture(man, {}, 240.0)
    for name in PROTEINS:
        assert control.level(name) == pytest.approx(before.level(name), rel=1e-5)
        assert late.level(name) == pytest.approx(before.level(name), rel=1e-5)


def test_what_the_medium_already_holds_changes_nothing(man):
    assert effect(man, DEXAMETHASONE, medium=DEXAMETHASONE) == pytest.approx(1.0, rel=1e-4)


def test_only_messenger_and_protein_move(man, control):
    treated = culture(man, DEXAMETHASONE | INSULIN, 24.0)
    hormones = {"Insulin", "Glucagon", "Cortisol", "Epinephrine"}
    for name in man.system.state_names:
        if name.startswith(("mRNA_", "protein_")) or name in hormones:
            continue
        assert treated.level(name) == man.system.default_state[man.system.state_index(name)]
    assert treated.level("Insulin") == 1e5
    assert control.level("Cortisol") == 0.0


@few
@given(st.floats(0.1, 3e3), st.floats(1.05, 10.0))
def test_more_dexamethasone_makes_more_of_both_isoforms(dose, factor):
    less = culture(build_model(), {"dexamethasone": dose}, 24.0)
    more = culture(build_model(), {"dexamethasone": dose * factor}, 24.0)
    for name in PROTEINS:
        assert more.level(name) > less.level(name)


@few
@given(st.floats(10.0, 1e5), st.floats(1.05, 10.0))
def test_more_insulin_makes_less_of_both_isoforms(dose, factor):
    less = culture(build_model(), {"Insulin": dose}, 24.0)
    more = culture(build_model(), {"Insulin": dose * factor}, 24.0)
    for name in PROTEINS:
        assert more.level(name) < less.level(name)


def test_the_effect_grows_with_time_and_never_jumps(man):
    course = [effect(man, DEXAMETHASONE, hours) for hours in (0.0, 1.0, 6.0, 24.0, 96.0)]
    assert course == sorted(course)
    assert course[0] == pytest.approx(1.0, rel=1e-5)
    assert course[1] < 1.1


def test_both_arms_of_insulin_are_needed(man):
    both = effect(man, INSULIN)
    synthesis = effect(man, INSULIN, parameters=with_parameters(man, ALT_insulin_degradation=0.0))
    degradation = effect(man, INSULIN, parameters=with_parameters(man, ALT_insulin_synthesis=0.0))
    neither = effect(
        man,
        INSULIN,
        parameters=with_parameters(man, ALT_insulin_synthesis=0.0, ALT_insulin_degradation=0.0),
    )
    assert both < synthesis < 1.0
    assert both < degradation < 1.0
    assert neither == pytest.approx(1.0, rel=1e-5)


def test_dexamethasone_acts_through_klf15(man):
    full = effect(man, DEXAMETHASONE)
    half = effect(man, DEXAMETHASONE, medium={"KLF15_activity": 0.5})
    none = effect(man, DEXAMETHASONE, medium={"KLF15_activity": 0.0})
    assert full > half > none
    assert none == pytest.approx(1.0, rel=1e-5)


def test_without_klf15_cortisol_holds_alt_up_no_longer(man):
    medium = {"Cortisol": 276.0}
    lost = effect(man, {"KLF15_activity": 0.0}, 240.0, medium=medium)
    assert lost < 0.8
    # The same cells without cortisol: nothing of theirs hangs on KLF15.
    assert effect(man, {"KLF15_activity": 0.0}, 240.0) == pytest.approx(1.0, rel=1e-5)


def test_cortisol_and_dexamethasone_share_a_receptor(man):
    """Saturated by one, the receptor has nothing left for the other."""
    saturated = effect(man, {"Cortisol": 1e4}, medium={"dexamethasone": 1e5})
    assert saturated == pytest.approx(1.0, abs=1e-2)
    assert effect(man, {"Cortisol": 1e4}) > 1.2


def test_atf4_and_androgen_leave_alt1_of_the_liver_alone(man, control):
    stressed = culture(man, {"ATF4_stress": 1.0}, 24.0)
    assert stressed.level("protein_ALT2_liver") > 1.05 * control.level("protein_ALT2_liver")
    assert stressed.level("protein_ALT1_liver") == pytest.approx(
        control.level("protein_ALT1_liver"), rel=1e-6
    )
    androgen = culture(man, {"androgen": 3.0}, 24.0)
    for name in PROTEINS:
        assert androgen.level(name) == pytest.approx(control.level(name), rel=1e-6)


def test_activity_weighs_the_isoforms(man, control):
    one, two = (control.level(name) for name in PROTEINS)
    assert rat_activity(control) == pytest.approx(
        ALT1_SHARE_RAT * one + (1 - ALT1_SHARE_RAT) * two, rel=1e-12
    )


def test_what_is_no_hormone_or_input_is_refused(man):
    with pytest.raises(UnknownNameError, match="did you mean dexamethasone"):
        culture(man, {"dexamethason": 1.0}, 1.0)
    with pytest.raises(UnknownNameError, match="medium"):
        culture(man, {}, 1.0, medium={"Insuline": 1.0})
