import ctypes

import casadi as ca
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from toys import two_tissues

from cahill.io.sbml import read_sbml
from cahill.numerics.compile import compiled, derivative_expressions
from cahill.numerics.sparse_lu import elimination_order
from cahill.numerics.system import OdeSystem

UNARY = [
    *(ca.sin, ca.cos, ca.tanh, ca.exp, ca.fabs, ca.floor, ca.ceil, ca.sign, ca.erf, ca.atan),
    *(ca.sinh, ca.asinh, ca.log1p, ca.expm1, ca.sqrt, ca.log, ca.logic_not, ca.tan, ca.asin),
    *(ca.acos, ca.cosh, ca.acosh, ca.atanh, lambda a: -a, lambda a: a * a, lambda a: 1 / a),
    *(lambda a: a + a, lambda a: a**1.5, lambda a: a**3),
]
BINARY = [
    *(ca.plus, ca.minus, ca.times, ca.rdivide, ca.power, ca.fmin, ca.fmax, ca.atan2, ca.fmod),
    *(ca.copysign, ca.hypot, ca.lt, ca.le, ca.eq, ca.ne, ca.logic_and, ca.logic_or),
    *(ca.remainder, lambda a, b: ca.if_else(a > b, a, b)),
]


def system_for(expressions, t, x, p):
    n = x.numel()
    return OdeSystem(
        state_names=tuple(f"x{i}" for i in range(n)),
        parameter_names=tuple(f"p{i}" for i in range(p.numel())),
        observable_names=("y",),
        default_state=np.zeros(n),
        default_parameters=np.zeros(p.numel()),
        rhs=ca.Function("rhs", [t, x, p], [ca.vertcat(*expressions)]),
        observables=ca.Function("obs", [t, x, p], [expressions[0]]),
        initial=ca.Function("initial", [p], [ca.DM.zeros(n)]),
        stoichiometry=np.zeros((n, 0)),
        reaction_names=(),
    )


@st.composite
def problems(draw):
    t, x, p = ca.SX.sym("t"), ca.SX.sym("x", 2), ca.SX.sym("p", 2)
    leaves = [t, x[0], x[1], p[0], p[1], ca.SX(2.5), ca.SX(-0.3)]
    for _ in range(draw(st.integers(3, 25))):
        if draw(st.booleans()):
            node = draw(st.sampled_from(UNARY))(draw(st.sampled_from(leaves)))
        else:
            pick = st.sampled_from(leaves)
            node = draw(st.sampled_from(BINARY))(draw(pick), draw(pick))
        leaves.append(node)
    value = st.floats(-4, 4, allow_subnormal=False)
    numbers = draw(st.lists(value, min_size=5, max_size=5))
    return (t, x, p), leaves[-2:], numbers


@settings(max_examples=60, deadline=None)
@given(problems())
def test_compiled_code_agrees_with_the_interpreter(problem):
    symbols, expressions, numbers = problem
    system = system_for(expressions, *symbols)
    time, state, parameters = numbers[0], np.array(numbers[1:3]), np.array(numbers[3:])
    code = compiled(system)
    data = code.data_for(parameters)
    expected = np.asarray(system.rhs(time, state, parameters)).reshape(-1)
    got = code.derivative(time, state, data)
    same = np.isclose(got, expected, rtol=1e-9, atol=1e-12, equal_nan=True)
    # A last-digit difference may be magnified without bound (tan near its pole, floor at a step).
    nudged = np.asarray(system.rhs(time, state * (1 + 1e-15), parameters * (1 - 1e-15)))
    shaky = ~np.isclose(nudged.reshape(-1), expected, rtol=1e-12, atol=0, equal_nan=True)
    assert np.all(same | shaky)


def test_jacobian_is_exact_and_respects_held_states():
    system = read_sbml(two_tissues(2)).system
    code = compiled(system)
    symbols, _, jacobian = derivative_expressions(system)
    expected = ca.Function("J", symbols, [jacobian])(
        0, system.default_state, system.default_parameters
    ).full()
    free = np.ones(system.n_states, bool)
    free[3] = False
    got = code.jacobian_matrix(0.0, system.default_state, code.data_for(system.default_parameters))
    np.testing.assert_allclose(got, expected, rtol=1e-12, atol=1e-15)
    held = code.data_for(system.default_parameters, free)
    expected[3] = 0
    np.testing.assert_allclose(
        code.jacobian_matrix(0.0, system.default_state, held), expected, rtol=1e-12, atol=1e-15
    )
    assert code.derivative(0.0, system.default_state, held)[3] == 0


def test_code_is_compiled_once_per_system():
    system = read_sbml(two_tissues(1)).system
    assert compiled(system) is compiled(system)


def factorise_and_solve(code, matrix, b):
    a, x = np.asfortranarray(matrix), b.copy()
    factorise = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p)(code.factorise)
    solve = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p)(code.solve)
    flag = factorise(a.ctypes.data)
    solve(a.ctypes.data, x.ctypes.data)
    return flag, x


@pytest.mark.parametrize("gamma", [1e-6, 0.1, 10.0, 1e4])
def test_sparse_elimination_solves_newton_matrices(gamma):
    system = read_sbml(two_tissues(2)).system
    code = compiled(system)
    data = code.data_for(system.default_parameters)
    jacobian = code.jacobian_matrix(0.0, system.default_state, data)
    matrix = np.eye(system.n_states) - gamma * jacobian
    b = np.random.default_rng(1).normal(size=system.n_states)
    flag, x = factorise_and_solve(code, matrix, b)
    assert flag == 0
    np.testing.assert_allclose(matrix @ x, b, rtol=1e-7, atol=1e-7)


def test_a_vanishing_pivot_is_reported():
    t, x, p = ca.SX.sym("t"), ca.SX.sym("x", 2), ca.SX.sym("p", 1)
    code = compiled(system_for([x[1] * p, x[0] * p], t, x, p))
    flag, _ = factorise_and_solve(code, np.array([[0.0, 1.0], [1.0, 0.0]]), np.ones(2))
    assert flag == 1


@given(st.sets(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=30))
def test_elimination_order_fills_all_that_elimination_touches(entries):
    order, filled = elimination_order(8, entries)
    assert sorted(order) == list(range(8))
    present = np.eye(8, dtype=bool)
    for i, j in entries:
        present[i, j] = True
    for step, k in enumerate(order):
        later = order[step + 1 :]
        for i in later:
            if present[i, k]:
                present[i, later] |= present[k, later]
    for i in range(8):
        assert filled[i] == set(np.flatnonzero(present[i]))
