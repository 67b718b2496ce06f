import numpy as np
import pytest
from toys import branched_pathway, kinase_cycle, sbml_of, two_tissues

from cahill.errors import ConvergenceError
from cahill.io.sbml import read_sbml
from cahill.numerics.control import control
from cahill.numerics.steady_state import steady_state

TEXTS = {"branched": branched_pathway(), "kinases": kinase_cycle(), "tissues": two_tissues(2)}


@pytest.mark.parametrize("name", TEXTS)
def test_summation_theorems(name):
    found = control(read_sbml(TEXTS[name]).system)
    sums = np.nansum(found.flux_control, axis=1)
    np.testing.assert_allclose(sums, 1.0, rtol=0, atol=1e-10)
    np.testing.assert_allclose(np.nansum(found.concentration_control, axis=1), 0.0, atol=1e-10)


def test_connectivity_theorems():
    found = control(read_sbml(TEXTS["branched"]).system)
    product = found.concentration_control @ found.elasticities
    np.testing.assert_allclose(product, -np.eye(len(product)), atol=1e-12)
    np.testing.assert_allclose(found.flux_control @ found.elasticities, 0.0, atol=1e-12)


def test_linear_pathway_has_its_analytic_coefficients():
    found = control(read_sbml(TEXTS["branched"]).system)
    rows, columns = found.state_names.index, found.reaction_names.index
    # A = ks S / (kr + ka + kb): supply = ks S - kr A.  d ln A / d ln v by implicit differentiation:
    # gains: supply 1/1.5 * (v_supply/A); drains: ka/1.5, kb/1.5.
    a = found.concentration_control[rows("A")]
    np.testing.assert_allclose(a[columns("supply")], (1.5 - 0.5) / 1.5, rtol=1e-12)
    np.testing.assert_allclose(a[columns("left")], -0.7 / 1.5, rtol=1e-12)
    np.testing.assert_allclose(a[columns("right")], -0.3 / 1.5, rtol=1e-12)
    np.testing.assert_allclose(a[columns("out_left")], 0.0, atol=1e-14)
    b = found.concentration_control[rows("B")]
    np.testing.assert_allclose(b[columns("out_left")], -1.0, rtol=1e-12)
    # J_left = ka A: responds to itself by 1 - 0.7/1.5
    flux = found.flux_control[columns("left"), columns("left")]
    np.testing.assert_allclose(flux, 1 - 0.7 / 1.5, rtol=1e-12)
    elasticity = found.elasticities[columns("supply"), rows("A")]
    np.testing.assert_allclose(elasticity, -0.5, rtol=1e-12)
    response = found.concentration_response[rows("A"), found.parameter_names.index("S")]
    np.testing.assert_allclose(response, 1.0, rtol=1e-12)


@pytest.mark.parametrize("name", ["kinases", "tissues"])
def test_responses_agree_with_finite_differences(name):
    system = read_sbml(TEXTS[name]).system
    found = control(system)
    for place in np.flatnonzero(system.default_parameters)[::3]:
        value = system.default_parameters[place]
        step = 1e-5 * value
        ends = []
        for sign in (1, -1):
            parameters = system.default_parameters.copy()
            parameters[place] += sign * step
            ends.append(steady_state(system, parameters=parameters))
        states = (ends[0].state - ends[1].state) / (2 * step)
        rates = (ends[0].observables - ends[1].observables)[system.rate_places] / (2 * step)
        got = found.unscaled_concentration_response[:, place]
        np.testing.assert_allclose(got, states, rtol=1e-5, atol=1e-6 * np.abs(states).max() + 1e-9)
        got = found.unscaled_flux_response[:, place]
        np.testing.assert_allclose(got, rates, rtol=1e-5, atol=1e-6 * np.abs(rates).max() + 1e-9)


def test_a_hormone_driven_by_a_reaction_responds_to_it():
    found = control(read_sbml(TEXTS["kinases"]).system)
    rows, columns = found.state_names.index, found.reaction_names.index
    # hormone = secretion M / clearance, so both respond alike.
    np.testing.assert_allclose(
        found.concentration_control[rows("hormone")],
        found.concentration_control[rows("M")],
        rtol=1e-10,
    )
    assert abs(found.concentration_control[rows("hormone"), columns("make")]) > 0.1


def test_held_states_have_no_coefficients():
    system = read_sbml(TEXTS["kinases"]).system
    free = np.array([name != "M" for name in system.state_names])
    found = control(system, free=free)
    np.testing.assert_array_equal(found.concentration_control[system.state_index("M")], 0.0)
    np.testing.assert_allclose(found.flux_control.sum(axis=1), 1.0, atol=1e-10)


def test_without_a_steady_state_there_is_no_control():
    text = sbml_of("model m; compartment c=1; species A in c=1; -> A; 0.2; end")
    with pytest.raises(ConvergenceError, match="no steady state"):
        control(read_sbml(text).system)
