import gc
from dataclasses import replace

import numpy as np
import pytest
import roadrunner
from scipy.integrate import solve_ivp
from toys import chain, kinase_cycle, robertson, sbml_of, system_of, two_tissues, van_der_pol

from cahill.errors import ConvergenceError, InputError
from cahill.io.sbml import read_sbml
from cahill.numerics import cvode
from cahill.numerics.compile import compiled
from cahill.numerics.ode import ensemble, integrate


def chain_states(times, start=(2.0, 0.0, 0.0), k1=0.3, k2=1.7):
    a0, b0, c0 = start
    a = a0 * np.exp(-k1 * times)
    b = b0 * np.exp(-k2 * times) + a0 * k1 / (k2 - k1) * (np.exp(-k1 * times) - np.exp(-k2 * times))
    return np.stack([a, b, a0 + b0 + c0 - a - b], axis=1)


@pytest.mark.parametrize("backend", ["cvode", "casadi"])
def test_linear_chain_follows_its_analytic_solution(backend):
    times = np.linspace(0, 8, 33)
    solution = integrate(chain(), times, rtol=1e-9, backend=backend)
    assert solution.ok
    assert solution.message == ""
    np.testing.assert_allclose(solution.states, chain_states(times), rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(solution.observables[:, 0], 2.0, rtol=1e-9)


def test_the_native_libraries_are_found():
    assert cvode.available()


def test_robertson_reaches_the_published_values():
    # E. Hairer, G. Wanner, Solving ODEs II: the reference solution of problem ROBER.
    solution = integrate(robertson(), [0.0, 40.0, 4e10], rtol=1e-8, atol=[1e-10, 1e-14, 1e-10])
    np.testing.assert_allclose(
        solution.states[1], [0.7158270688, 9.185534764e-6, 0.2841637457], rtol=1e-6
    )
    np.testing.assert_allclose(solution.states[2].sum(), 1.0, rtol=1e-6)


def test_van_der_pol_agrees_with_scipy():
    times = np.linspace(0, 20, 41)
    reference = solve_ivp(
        lambda t, x: [x[1], 5 * (1 - x[0] ** 2) * x[1] - x[0]],
        (0, 20),
        [2.0, 0.0],
        "Radau",
        times,
        rtol=1e-10,
        atol=1e-12,
    )
    solution = integrate(van_der_pol(), times, rtol=1e-9)
    np.testing.assert_allclose(solution.states, reference.y.T, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("text", [kinase_cycle(), two_tissues(3)], ids=["kinases", "tissues"])
def test_libroadrunner_agrees(text):
    system = read_sbml(text).system
    peer = roadrunner.RoadRunner(text)
    peer.integrator.relative_tolerance, peer.integrator.absolute_tolerance = 1e-10, 1e-14
    names = [name for name in system.state_names if name in peer.model.getFloatingSpeciesIds()]
    peer.timeCourseSelections = ["time", *(f"[{name}]" for name in names), *system.reaction_names]
    theirs = np.array(peer.simulate(0, 500, 26))
    ours = integrate(system, theirs[:, 0], rtol=1e-9)
    places = [system.state_index(name) for name in names]
    np.testing.assert_allclose(ours.states[:, places], theirs[:, 1 : 1 + len(names)], rtol=1e-6)
    np.testing.assert_allclose(
        ours.observables[:, system.rate_places], theirs[:, 1 + len(names) :], rtol=1e-5, atol=1e-9
    )


def test_both_solvers_agree_on_a_model_with_segments_and_held_states():
    system = read_sbml(kinase_cycle()).system
    times = np.linspace(0, 30, 7)
    free = np.array([name != "M" for name in system.state_names])
    changes = [(10.0, {system.parameter_index("Vk"): 2.0}, {system.state_index("hormone"): 1.0})]
    native, casadi = (
        integrate(system, times, rtol=1e-9, segments=changes, free=free, backend=backend)
        for backend in ("cvode", "casadi")
    )
    np.testing.assert_allclose(native.states, casadi.states, rtol=1e-6)
    np.testing.assert_allclose(native.observables, casadi.observables, rtol=1e-6)
    assert np.ptp(native.states[:, system.state_index("M")]) == 0


def test_the_answer_does_not_depend_on_the_output_times():
    system = read_sbml(two_tissues(1)).system
    few = integrate(system, [0.0, 700.0, 1440.0])
    many = integrate(system, np.linspace(0, 1440, 1441))
    assert np.array_equal(few.states[1], many.states[700])
    assert np.array_equal(few.states[2], many.states[1440])
    assert few.statistics == many.statistics


def test_segments_are_analytic_pieces():
    times = np.linspace(0, 6, 13)
    solution = integrate(
        chain(),
        times,
        rtol=1e-10,
        segments=[(2.0, np.array([1.1, 0.4])), (4.0, {0: 0.0}, {1: 5.0})],
    )
    first = chain_states(times)
    at_two = first[4]
    second = chain_states(times - 2.0, at_two, 1.1, 0.4)
    at_four = second[8].copy()
    at_four[1] = 5.0
    third = chain_states(times - 4.0, at_four, 1e-300, 0.4)
    expected = np.vstack([first[:4], second[4:8], third[8:]])
    np.testing.assert_allclose(solution.states, expected, rtol=1e-7, atol=1e-9)


def test_a_change_before_the_start_or_after_the_end():
    times = np.linspace(1, 3, 5)
    plain = integrate(chain(), times, parameters=np.array([0.5, 1.7]))
    early = integrate(chain(), times, segments=[(-5.0, {0: 0.5}), (3.5, {0: 9.0})])
    assert np.array_equal(plain.states, early.states)


def test_time_enters_the_equations():
    system = system_of(lambda t, x, p: (p[0] * t,), ("A",), {"k": 3.0}, (1.0,))
    times = np.array([2.0, 3.0, 5.0])
    solution = integrate(system, times, rtol=1e-9)
    np.testing.assert_allclose(solution.states[:, 0], 1 + 1.5 * (times**2 - 4), rtol=1e-7)


def drain():
    return read_sbml(
        sbml_of("model m; compartment c=1; species A in c=1, B in c=2; A -> ; 0.5; end")
    ).system


@pytest.mark.parametrize("backend", ["cvode", "casadi"])
def test_a_negative_state_is_named_with_its_time(backend):
    with pytest.raises(ConvergenceError, match=r"^A fell below zero .* at t = 2[.\d]*;") as caught:
        integrate(drain(), np.linspace(0, 10, 101), backend=backend)
    assert "\n" not in str(caught.value)


def test_a_failure_can_be_a_value():
    solution = integrate(drain(), np.linspace(0, 10, 11), raise_on_failure=False)
    assert solution.status == "negative"
    np.testing.assert_allclose(solution.states[:3, 0], [1.0, 0.5, 0.0], atol=1e-6)
    assert np.isnan(solution.states[3:]).all()
    assert np.isnan(solution.observables[3:]).all()


def test_a_rate_that_is_not_a_number_is_named():
    system = system_of(lambda t, x, p: (-p[0], x[0] ** 0.5), ("A", "B"), {"k": 1.0}, (1.0, 0.0))
    solution = integrate(system, [0.0, 5.0], raise_on_failure=False)
    assert solution.status == "not finite"
    assert solution.message.startswith("the rate of change of B is not finite just after t = ")


def test_the_limit_on_steps_is_for_the_whole_run():
    for times in ([0.0, 20.0], np.linspace(0, 20, 201)):
        solution = integrate(van_der_pol(), times, max_steps=50, raise_on_failure=False)
        assert solution.status == "too many steps"
        assert solution.statistics["steps"] == 50
        assert "raise max_steps" in solution.message


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"times": [0, 2, 1]}, "ascending"),
        ({"times": []}, "none are given"),
        ({"times": [0, 1], "state": np.zeros(2)}, "2 values are given, the model has 3"),
        ({"times": [0, 1], "parameters": np.array([1.0, np.nan])}, "k2 is not a finite number"),
        ({"times": [0, 1], "rtol": 0.0}, "rtol"),
        ({"times": [0, 1], "atol": -1.0}, "atol"),
        ({"times": [0, 1], "segments": [(2, {}), (1, {})]}, "ascend"),
        ({"times": [0, 1], "backend": "euler"}, "euler"),
    ],
)
def test_what_cannot_be_integrated_is_refused(arguments, message):
    with pytest.raises(InputError, match=message):
        integrate(chain(), **arguments)


def test_a_negative_start_is_refused_by_name():
    with pytest.raises(InputError, match="B starts at -1"):
        integrate(drain(), [0, 1], state=np.array([1.0, -1.0]))


def scattered(system, count):
    draw = np.random.default_rng(7)
    return system.default_parameters * draw.uniform(0.7, 1.4, (count, system.n_parameters))


def test_threads_give_the_same_bits_as_one():
    system = read_sbml(kinase_cycle()).system
    matrix, times = scattered(system, 70), np.linspace(0, 100, 11)
    seen = []
    serial = ensemble(system, times, matrix)
    threaded = ensemble(system, times, matrix, jobs=2, progress=lambda *done: seen.append(done))
    assert np.array_equal(serial.states, threaded.states)
    assert np.array_equal(serial.observables, threaded.observables)
    alone = integrate(system, times, parameters=matrix[33])
    assert np.array_equal(alone.states, serial.states[33])
    assert max(seen) == (70, 70)


def test_failed_members_carry_their_reason():
    system = drain()
    starts = np.array([[9.0, 1.0], [1.0, 1.0], [8.0, 1.0]])
    parameters = np.tile(system.default_parameters, (3, 1))
    many = ensemble(system, np.linspace(0, 10, 5), parameters, starts, with_observables=False)
    assert [member for member, _ in many.failures] == [1]
    assert many.failures[0][1].startswith("A fell below zero")
    assert np.isfinite(many.states[[0, 2]]).all()
    assert many.observables.shape == (3, 5, 0)


def test_an_ensemble_of_the_wrong_width_is_refused():
    with pytest.raises(InputError, match="parameter matrix"):
        ensemble(chain(), [0, 1], np.ones((4, 5)))


def test_integrators_can_be_made_and_freed_many_times():
    for _ in range(30):
        integrate(chain(), [0, 1])
    gc.collect()
    assert integrate(chain(), [0, 1]).ok


def test_without_the_native_libraries_casadi_takes_over(monkeypatch):
    times = np.linspace(0, 100, 5)
    native = integrate(read_sbml(kinase_cycle()).system, times, rtol=1e-9)
    monkeypatch.setattr(cvode, "available", lambda: False)
    other = integrate(read_sbml(kinase_cycle()).system, times, rtol=1e-9)
    assert "rhs_evaluations" in native.statistics
    assert "rhs_evaluations" not in other.statistics
    np.testing.assert_allclose(native.states, other.states, rtol=1e-6)


def test_dense_and_sparse_elimination_give_the_same_course():
    system = read_sbml(two_tissues(1)).system
    code, times = compiled(system), np.linspace(0, 1440, 11)
    data, floor = code.data_for(system.default_parameters), np.full(system.n_states, -np.inf)
    courses = []
    for sparse in (True, False):
        integrator, out = cvode.Integrator(code, sparse), np.empty((11, system.n_states))
        integrator.set_tolerances(1e-8, np.full(system.n_states, 1e-12))
        outcome = integrator.run(data, 0.0, system.default_state, times, out, floor, 10_000)
        assert outcome.flag == 0
        courses.append(out)
    np.testing.assert_allclose(courses[0], courses[1], rtol=1e-6)


def test_a_breakdown_is_tried_again_with_row_exchanges(monkeypatch):
    used = []
    run = cvode.Integrator.run

    def broken_when_sparse(self, *arguments):
        used.append(self.sparse)
        outcome = run(self, *arguments)
        return replace(outcome, flag=-6) if self.sparse else outcome

    monkeypatch.setattr(cvode.Integrator, "run", broken_when_sparse)
    assert integrate(chain(), [0, 1]).ok
    assert used == [True, False]
