import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from toys import branched_pathway, kinase_cycle, sbml_of, two_tissues

from cahill.errors import ConvergenceError, InputError
from cahill.io.sbml import read_sbml
from cahill.numerics.moieties import link_matrix, moieties_at
from cahill.numerics.ode import integrate
from cahill.numerics.steady_state import steady_state

KINASES = read_sbml(kinase_cycle()).system
TISSUES = read_sbml(two_tissues(3)).system


def test_linear_pathway_rests_where_algebra_says():
    system = read_sbml(branched_pathway()).system
    found = steady_state(system)
    # ks S = (kr + ka + kb) A; B = ka A / kc; C = kb A / kd
    a = 1.5 / 1.5
    np.testing.assert_allclose(found.state, [a, 0.7 * a / 2, 0.3 * a / 0.4], rtol=1e-12)
    np.testing.assert_allclose(sorted(found.eigenvalues.real), [-2.0, -1.5, -0.4], rtol=1e-12)
    assert found.stable
    assert found.ok


def test_conserved_totals_stay_those_of_the_start():
    start = KINASES.default_state * [1.0, 4.0, 1.0, 1.0]
    found = steady_state(KINASES, state=start)
    assert found.state[:2].sum() == pytest.approx(start[:2].sum(), rel=1e-12)
    assert len(found.eigenvalues) == 3
    long = integrate(KINASES, [0, 1000], state=start, rtol=1e-10)
    np.testing.assert_allclose(found.state, long.states[-1], rtol=1e-8)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_perturbed_starts_come_to_the_same_rest(seed):
    factors = np.random.default_rng(seed).uniform(0.2, 5.0, TISSUES.n_states)
    reference = steady_state(TISSUES).state
    found = steady_state(TISSUES, state=TISSUES.default_state * factors)
    np.testing.assert_allclose(found.state, reference, rtol=1e-8)
    assert found.residual < 1e-12


def test_it_is_the_state_a_long_run_reaches():
    long = integrate(TISSUES, [0, 1e6], rtol=1e-9)
    np.testing.assert_allclose(steady_state(TISSUES).state, long.states[-1], rtol=1e-6)


def test_held_states_stay_and_the_rest_comes_to_rest():
    free = np.array([name != "M" for name in KINASES.state_names])
    found = steady_state(KINASES, free=free)
    place = KINASES.state_index("M")
    assert found.state[place] == KINASES.default_state[place]
    hormone = found.state[KINASES.state_index("hormone")]
    assert hormone == pytest.approx(4 * found.state[place] / 0.9, rel=1e-12)


def test_volumes_that_parameters_change_keep_the_right_totals():
    system = read_sbml(
        sbml_of("""
model exchange
  compartment big = 10; compartment small = 1;
  species A in big = 1, B in small = 2;
  move: A -> B; 0.3*A - 0.1*B;
end
""")
    ).system
    parameters = system.parameters_with(small=4.0)
    start = np.array([1.0, 2.0])
    ties = moieties_at(system, parameters, start, np.ones(2, bool))
    assert len(ties.independent) == 1
    found = steady_state(system, state=start, parameters=parameters)
    assert 10 * found.state[0] + 4 * found.state[1] == pytest.approx(18.0, rel=1e-12)
    assert found.state[1] == pytest.approx(3 * found.state[0], rel=1e-12)


def test_of_two_rests_the_stable_one_is_found():
    system = read_sbml(
        sbml_of("""
model switch
  compartment c = 1;
  species X in c = 0.45;
  make: -> X; c*(0.05 + X^4/(0.5^4 + X^4));
  lose: X -> ; c*X;
end
""")
    ).system
    low, high = (steady_state(system, state=np.array([x])) for x in (0.1, 0.9))
    assert low.stable
    assert high.stable
    assert low.state[0] < 0.1
    assert high.state[0] > 0.9


def test_a_state_that_never_rests_is_named():
    system = read_sbml(
        sbml_of("model m; compartment c=1; species A in c=1, B in c=1; -> A; 0.2; B -> ; B; end")
    ).system
    with pytest.raises(ConvergenceError, match=r"no steady state .*: A still changes"):
        steady_state(system)
    found = steady_state(system, raise_on_failure=False)
    assert not found.ok
    assert steady_state(system, free=np.array([False, True])).state[1] == pytest.approx(0, abs=1e-9)


def test_a_mask_of_the_wrong_length_is_refused():
    with pytest.raises(InputError, match="free"):
        steady_state(KINASES, free=np.ones(2, bool))


@given(st.integers(0, 2**32 - 1))
def test_link_matrix_rebuilds_the_stoichiometry(seed):
    draw = np.random.default_rng(seed)
    matrix = draw.integers(-2, 3, (6, 4)) * draw.choice([1.0, 1e-3, 50.0], (6, 1))
    none = np.zeros(6, bool)
    ties = link_matrix(matrix, none, ~none)
    assert len(ties.independent) == np.linalg.matrix_rank(matrix)
    np.testing.assert_allclose(ties.link @ matrix[ties.independent], matrix, atol=1e-9)
