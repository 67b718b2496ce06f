"""What must hold whatever the numbers are: conservation, signs, the limits of each mechanism."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import simpson

from cahill.cycle.build import build_model
from cahill.cycle.experiments import Laboratory
from cahill.cycle.quantities import QUANTITIES, view_of
from cahill.cycle.run import run_scenario
from cahill.cycle.scenarios import load_scenario, scenario_names
from cahill.numerics.ode import integrate

ELEMENTS = ("C", "N")
INPUTS = {
    "glucose_infusion": 2.0,
    "alanine_infusion": 1.0,
    "meal_protein": 2.0,
    "meal_glucose": 3.0,
    "exercise": 0.6,
    "burn": 1.0,
    "insulin_clamp": 500.0,
    "ketone_clamp": 2.0,
}


def with_values(vector, model, **values):
    vector = vector.copy()
    for name, value in values.items():
        vector[model.system.parameter_index(name)] = value
    return vector


# --- conservation --------------------------------------------------------------------------------


def inside(model, element):
    """Return mmol of an element per unit of each state: atoms times volume, zero if no species."""
    system, species = model.system, model.species
    weights = np.zeros(system.n_states)
    for place, name in enumerate(system.state_names):
        if name in species:
            volume = model.parameters[species[name].compartment].value
            weights[place] = species[name].atoms.get(element, 0) * volume
    return weights


def doors(model, element):
    """Return what one turn of each reaction takes in through the boundary, mmol of an element."""
    boundary = model.network.of_kind("boundary")
    return np.array(
        [
            -sum(
                count * model.species[name].atoms.get(element, 0)
                for name, count in model.network.reactions[reaction].items()
                if name in boundary
            )
            for reaction in model.system.reaction_names
        ]
    )


def rates(model, observables):
    places = [model.system.observable_index(name) for name in model.system.reaction_names]
    return np.asarray(observables)[..., places]


levels = st.integers(0, 2**32 - 1)


@settings(max_examples=60, deadline=None)
@given(levels, st.dictionaries(st.sampled_from(sorted(INPUTS)), st.floats(0.0, 1.0)))
def test_what_is_gained_is_what_came_in(seed, shares):
    """At any state and under any inputs d(total C, N)/dt is boundary inflow less outflow."""
    model = build_model()
    system = model.system
    factors = np.exp(np.random.default_rng(seed).uniform(-2, 2, system.n_states))
    state = system.default_state * factors
    doses = {name: INPUTS[name] * share for name, share in shares.items()}
    vector = with_values(system.default_parameters, model, **doses)
    change = np.asarray(system.rhs(0.0, state, vector)).ravel()
    turnover = rates(model, np.asarray(system.observables(0.0, state, vector)).ravel())
    for element in ELEMENTS:
        gained = inside(model, element) @ change
        entered = doors(model, element) @ turnover
        size = np.abs(inside(model, element)) @ np.abs(change) + abs(entered)
        assert gained == pytest.approx(entered, abs=1e-11 * size)


@pytest.mark.parametrize("name", ["mixed-meal", "exercise", "overnight-fast"])
def test_a_time_course_keeps_its_books(name):
    """Over a closed interval the stores change by the integral of what passed the doors."""
    model = build_model()
    scenario = load_scenario(name)
    edges = {time for item in scenario.inputs for time in (item.start, item.end)}
    edges = sorted({0.0, scenario.duration, *edges})
    for begin, end in pairwise(edges):
        # Ends of the interval are left out: there the inputs jump.
        times = np.linspace(begin, end, 2001)[1:-1]
        course = run_scenario(model, scenario, [0.0, *times]).solution
        states, observed = course.states[1:], course.observables[1:]
        for element in ELEMENTS:
            total = states @ inside(model, element)
            entered = simpson(rates(model, observed) @ doors(model, element), x=times)
            assert total[-1] - total[0] == pytest.approx(entered, abs=1e-5 * total[0])


def test_a_body_with_shut_doors_loses_only_what_it_burns():
    """Glucose and alanine infused end in the body, as CO2, or in urea; none is lost on the way."""
    model = build_model()
    carbon = doors(model, "C")
    given_in = {name for name in model.system.reaction_names if name.endswith("_supply")}
    for name, count in zip(model.system.reaction_names, carbon):
        if name in given_in:
            assert count > 0, name
    out = {name for name, count in zip(model.system.reaction_names, doors(model, "N")) if count < 0}
    assert "urea_excretion" in out
    assert all(name.startswith(("urea_excretion", "protein_synthesis_")) for name in out)


# --- every scenario ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", scenario_names())
def test_no_state_is_negative_in_any_scenario(name):
    scenario = load_scenario(name)
    times = np.linspace(0.0, scenario.duration, 49)
    solution = run_scenario(build_model(), scenario, times).solution
    assert solution.ok, solution.message
    assert np.isfinite(solution.states).all()
    worst = solution.states.min(axis=0)
    assert worst.min() >= 0, build_model().system.state_names[int(worst.argmin())]
    assert np.isfinite(solution.observables).all()


# --- alanine aminotransferase --------------------------------------------------------------------


def two_days(**values):
    """Return the views at the start, after a minute and after two days of fasting on."""
    model = build_model()
    vector = with_values(model.system.default_parameters, model, **values)
    end = integrate(model.system, (0.0, 1.0, 48 * 60.0), parameters=vector)
    return [view_of(model, state, vector) for state in end.states]


@pytest.fixture(scope="module")
def usual():
    return two_days()


@pytest.fixture(scope="module")
def without_hepatic_alt():
    return two_days(vmax_ALT1_liver=1e-12, vmax_ALT2_liver=1e-12)


def test_without_both_isoforms_the_liver_makes_no_pyruvate_of_alanine(usual, without_hepatic_alt):
    assert QUANTITIES["hepatic_ALT"].read(usual[0]) > 1.0
    for view in without_hepatic_alt:
        assert abs(QUANTITIES["hepatic_ALT"].read(view)) < 1e-9
        gross = [*view.gross[0].items(), *view.gross[1].items()]
        assert all(flux < 1e-9 for step, flux in gross if step.startswith(("ALT1_l", "ALT2_l")))


def test_alanine_then_reaches_glucose_only_by_way_of_other_tissues(usual, without_hepatic_alt):
    def reading(name):
        return [QUANTITIES[name].read(views[-1]) for views in (without_hepatic_alt, usual)]

    blocked, open_way = reading("alanine_to_glucose")
    assert 0 < blocked < 0.8 * open_way
    piled_up, level = reading("plasma_alanine")
    assert piled_up > level


def test_one_isoform_does_the_work_of_both():
    model = build_model()
    for gone, left in (("ALT1", "ALT2"), ("ALT2", "ALT1")):
        vector = with_values(
            model.system.default_parameters, model, **{f"vmax_{gone}_liver": 1e-12}
        )
        end = integrate(model.system, (0.0, 24 * 60.0), parameters=vector)
        view = view_of(model, end.states[-1], vector)
        assert abs(view.flux(f"{gone}_liver")) < 1e-9
        assert view.flux(f"{left}_liver") > 0.1


# --- serum ALT -----------------------------------------------------------------------------------


@settings(max_examples=10, deadline=None)
@given(st.floats(15.0, 120.0), st.floats(10.0, 5000.0))
def test_enzyme_added_to_plasma_leaves_it_with_the_half_life(hours, added):
    model = build_model()
    system = model.system
    vector = with_values(system.default_parameters, model, half_life_ALT=60 * hours)
    raised = system.default_state.copy()
    raised[system.state_index("ALT1_serum")] += added
    times = 60.0 * hours * np.array([0.0, 0.5, 1.0, 2.0])
    high, usual = (
        integrate(system, times, state=state, parameters=vector).states
        for state in (raised, system.default_state)
    )
    place = system.state_index("ALT1_serum")
    excess = (high - usual)[:, place] / added
    np.testing.assert_allclose(excess, 0.5 ** np.array([0.0, 0.5, 1.0, 2.0]), rtol=2e-4)


# --- insulin -------------------------------------------------------------------------------------


@settings(max_examples=8, deadline=None)
@given(st.lists(st.floats(5.0, 2500.0), min_size=2, max_size=4, unique_by=lambda x: round(x, 1)))
def test_more_insulin_never_makes_more_glucose(doses):
    laboratory = Laboratory(build_model(), ())
    made = [QUANTITIES["egp"].read(laboratory.clamp(dose, 3.0)) for dose in sorted(doses)]
    assert all(later < earlier + 1e-4 for earlier, later in pairwise(made)), made


def test_full_insulin_stops_glucose_production():
    laboratory = Laboratory(build_model(), ())
    none, full = (QUANTITIES["egp"].read(laboratory.clamp(dose, 3.0)) for dose in (1e-3, 2400.0))
    assert full < 0.05 * none
