"""Predicting a target: what is run, what is read, what it is compared with."""

from dataclasses import replace
from math import inf

import pytest

from cahill.cycle import experiments
from cahill.cycle.build import build_model, reference_parameters
from cahill.cycle.cells import culture, rat_activity
from cahill.cycle.experiments import Laboratory
from cahill.cycle.quantities import QUANTITIES, view_of
from cahill.cycle.targets import Target, target_by_id
from cahill.errors import ConvergenceError, InputError, UnknownNameError

BLANK = Target(
    id="x", condition="", quantity="", unit="", target=1.0, low=-inf, high=inf,
    role="validation", seed=False, source="", grade="A",
    scenario="", measure="", hours="", versus="", note="",
)  # fmt: skip


def experiment(scenario, measure, hours="end", versus=""):
    return replace(BLANK, scenario=scenario, measure=measure, hours=hours, versus=versus)


def predicted(man, *targets, **chosen):
    laboratory = Laboratory(man, targets, **chosen)
    return [laboratory.predict(target) for target in targets]


def changed(man, **values):
    vector = man.system.default_parameters.copy()
    for name, value in values.items():
        vector[man.system.parameter_index(name)] = value
    return vector


def test_a_plain_row_is_the_quantity_at_its_hour(man):
    (found,) = predicted(man, experiment("overnight-fast", "plasma_glucose", "12"))
    # Twelve hours of fasting end at the model's own state.
    assert found == pytest.approx(man.parameters["Glc_blood"].value, rel=1e-2)


def test_the_end_is_the_scenarios_end(man):
    end, hour = predicted(
        man, experiment("epinephrine", "egp"), experiment("epinephrine", "egp", "3")
    )
    assert end == hour


def test_per_cent_and_fold_say_the_same(man):
    fold, percent = predicted(
        man,
        experiment("epinephrine", "egp", "0.5", "fold start"),
        experiment("epinephrine", "egp", "0.5", "percent start"),
    )
    assert percent == pytest.approx(100 * (fold - 1), rel=1e-12)
    assert fold > 1


def test_a_fold_of_itself_is_one(man):
    same, none = predicted(
        man,
        experiment("overnight-fast", "alanine_ra", "12", "fold overnight-fast 12"),
        experiment("cells Cortisol=276", "rat_ALT_activity", "24", "percent cells Cortisol=276"),
    )
    assert same == 1.0
    assert none == pytest.approx(0.0, abs=1e-9)


def test_the_start_is_before_the_inputs(man):
    """Epinephrine acts from time zero on, but the start is the man at rest."""
    rest, level, fold = predicted(
        man,
        experiment("epinephrine", "plasma_glucose", "0", "rest"),
        experiment("epinephrine", "plasma_glucose", "1"),
        experiment("epinephrine", "plasma_glucose", "1", "fold start"),
    )
    assert rest == pytest.approx(man.parameters["Glc_blood"].value)
    assert fold == pytest.approx(level / rest, rel=1e-12)


def test_another_scenario_at_its_own_hour(man):
    fold, late, early = predicted(
        man,
        experiment("fast-60-h", "egp", "60", "fold overnight-fast 12"),
        experiment("fast-60-h", "egp", "60"),
        experiment("overnight-fast", "egp", "12"),
    )
    assert fold == pytest.approx(late / early, rel=1e-12)


def test_cells_are_a_culture(man):
    (found,) = predicted(
        man, experiment("cells dexamethasone=1000", "rat_ALT_activity", "24", "fold cells")
    )
    treated, control = (
        rat_activity(culture(man, doses, 24.0)) for doses in ({"dexamethasone": 1000.0}, {})
    )
    assert found == pytest.approx(treated / control, rel=1e-12)


def test_each_scenario_is_run_once(man, monkeypatch):
    runs = []
    run = experiments.run_scenario
    monkeypatch.setattr(
        experiments, "run_scenario", lambda *a, **k: (runs.append(a[1].name), run(*a, **k))[1]
    )
    predicted(
        man,
        experiment("overnight-fast", "egp", "12"),
        experiment("overnight-fast", "alanine_ra", "14"),
        experiment("fast-60-h", "egp", "60", "fold overnight-fast 12"),
    )
    assert sorted(runs) == ["fast-60-h", "overnight-fast"]


@pytest.mark.parametrize("share", [0.7, 0.5, 0.2])
def test_the_insulin_found_has_the_effect_asked_for(man, share):
    target = experiment("", f"insulin_for_egp {share}", "3")
    laboratory = Laboratory(man, (target,))
    basal = view_of(man, man.system.default_state, man.system.default_parameters)
    reached = laboratory.clamp(laboratory.predict(target), 3.0)
    ratio = QUANTITIES["egp"].read(reached) / QUANTITIES["egp"].read(basal)
    assert ratio == pytest.approx(share, abs=0.01)


def test_an_effect_out_of_reach_ends_at_the_edge_of_the_range(man):
    (found,) = predicted(man, experiment("", "insulin_for_egp 5", "3"))
    assert found == 400.0


@pytest.mark.parametrize("half_life", [35.0, 47.0])
def test_serum_alt_falls_with_the_half_life_that_is_set(man, half_life):
    # Released faster by as much as it is cleared, so that the resting level stays.
    turnover = man.parameters["release_turnover"].value
    usual = man.parameters["half_life_ALT"].value
    parameters = changed(
        man,
        half_life_ALT=60 * half_life,
        release_turnover=turnover * usual / (60 * half_life),
    )
    (found,) = predicted(man, target_by_id("27"), parameters=parameters)
    # The liver is still mending, so it falls a little faster than it is cleared.
    assert found == pytest.approx(half_life, rel=0.05)


def test_parameters_and_base_state_are_used(man):
    row = experiment("exercise", "plasma_glucose", "0", "rest")
    state = man.system.default_state.copy()
    state[man.system.state_index("Glc_blood")] = 6.5
    assert predicted(man, row, base=state) == [6.5]
    row = experiment("overnight-fast", "v_pc", "12")
    slow = predicted(man, row, parameters=changed(man, vmax_PC_liver=0.5))
    assert slow < predicted(man, row)


def test_a_scenario_that_fails_says_why():
    falling = build_model(reference_parameters().updated({"k_lipolysis": -1.0}))
    with pytest.raises(ConvergenceError, match="fell below zero"):
        predicted(falling, experiment("overnight-fast", "egp", "12"))


def test_a_faulty_row_is_named(man):
    with pytest.raises(InputError, match='"dexamethasone" is not NAME=VALUE'):
        predicted(man, experiment("cells dexamethasone", "rat_ALT_activity", "24"))
    with pytest.raises(UnknownNameError, match="did you mean alanine_ra"):
        predicted(man, experiment("overnight-fast", "alanin_ra", "12"))
    with pytest.raises(UnknownNameError, match="did you mean overnight-fast"):
        predicted(man, experiment("overnigth-fast", "egp", "12"))
