"""The coefficients of the methods that follow labels over time."""

from itertools import product

import numpy as np
import pytest
from scipy.linalg import expm

from cahill.numerics import esdirk
from cahill.numerics.cascade_radau import STAGES, method_of
from cahill.numerics.radau import radau_tableau

ODD = (1, 3, 5, 7)


def systems_of(tableau):
    """Return the block-diagonal matrix of the split stages."""
    blocks = np.zeros_like(tableau.weights)
    blocks[0, 0] = tableau.shifts[0, 0]
    for k, (re, im) in enumerate(tableau.shifts[1:]):
        part = slice(2 * k + 1, 2 * k + 3)
        blocks[part, part] = [[re, -im], [im, re]]
    return blocks


def test_three_stages_are_those_of_the_book():
    tableau = radau_tableau(3)
    root = np.sqrt(6)
    assert tableau.nodes == pytest.approx([(4 - root) / 10, (4 + root) / 10, 1], abs=1e-15)
    last = np.linalg.inv(tableau.weights)[-1]
    assert last == pytest.approx([(16 - root) / 36, (16 + root) / 36, 1 / 9], abs=1e-14)
    # Hairer & Wanner II, section IV.8.
    assert tableau.shifts[0, 0] == pytest.approx(3 + 3 ** (2 / 3) - 3 ** (1 / 3), rel=1e-13)
    errors = np.array([-13 - 7 * root, -13 + 7 * root, -1]) / 3
    assert tableau.shifts[0, 0] * tableau.error == pytest.approx(errors, rel=1e-12)


@pytest.mark.parametrize("stages", ODD)
def test_end_of_step_integrates_polynomials_up_to_its_order(stages):
    tableau = radau_tableau(stages)
    last = np.linalg.inv(tableau.weights)[-1]
    for power in range(tableau.order):
        assert last @ tableau.nodes**power == pytest.approx(1 / (power + 1), abs=1e-14)
    assert tableau.order == 2 * stages - 1
    assert tableau.stages == stages


@pytest.mark.parametrize("stages", ODD)
def test_split_systems_make_up_the_stages(stages):
    tableau = radau_tableau(stages)
    rebuilt = tableau.backward @ systems_of(tableau) @ tableau.forward
    assert rebuilt == pytest.approx(tableau.weights, abs=1e-11)
    assert np.all(tableau.shifts[:, 0] > 0)


@pytest.mark.parametrize("stages", ODD)
def test_method_damps_what_is_fast_and_follows_the_exponential(stages):
    tableau = radau_tableau(stages)
    butcher = np.linalg.inv(tableau.weights)

    def growth(z):
        return 1 + z * butcher[-1] @ np.linalg.solve(np.eye(stages) - z * butcher, np.ones(stages))

    assert abs(growth(-1e9)) < 1e-6
    for z in (-0.3, -0.3 + 0.4j):
        assert abs(growth(z) - np.exp(z)) < abs(z) ** (2 * stages)
    angles = np.linspace(-30, 30, 61) * 1j
    assert max(abs(growth(z)) for z in angles) < 1 + 1e-12


@pytest.mark.parametrize("stages", ODD[1:])
def test_embedded_method_has_the_order_of_its_stages(stages):
    tableau = radau_tableau(stages)
    start = 1 / tableau.shifts[0, 0]
    for power in range(stages + 1):
        # A polynomial of degree power + 1, its derivative at the nodes and at the start.
        moved = tableau.nodes ** (power + 1) / (power + 1)
        at_start = 1.0 if power == 0 else 0.0
        difference = start * at_start + tableau.error @ moved
        if power < stages:
            assert difference == pytest.approx(0, abs=1e-12)
        else:
            assert abs(difference) > 1e-6


def test_one_step_of_a_linear_system_in_the_split_form():
    rng = np.random.default_rng(1)
    matrix, start, h = rng.normal(size=(4, 4)), rng.normal(size=4), 0.05
    method = method_of(radau_tableau(STAGES))
    stages = np.zeros((STAGES, 4))
    right = np.outer(method.pull / h, start)
    stages[0] = np.linalg.solve(method.shifts[0, 0] / h * np.eye(4) - matrix, right[0])
    for k, (re, im) in enumerate(method.shifts[1:]):
        i, j = 2 * k + 1, 2 * k + 2
        found = np.linalg.solve((re + 1j * im) / h * np.eye(4) - matrix, right[i] + 1j * right[j])
        stages[i], stages[j] = found.real, found.imag
    values = method.backward @ stages
    assert values[-1] == pytest.approx(expm(h * matrix) @ start, abs=1e-12)


@pytest.mark.parametrize("stages", [0, 2, 4, 9])
def test_other_numbers_of_stages_are_refused(stages):
    with pytest.raises(ValueError, match="not offered"):
        radau_tableau(stages)


def test_esdirk_meets_every_order_condition():
    a, c = esdirk.BUTCHER, esdirk.NODES
    assert a.sum(axis=1) == pytest.approx(c, abs=1e-14)
    assert a @ c == pytest.approx(c**2 / 2, abs=1e-14)
    assert np.diag(a)[1:] == pytest.approx(esdirk.DIAGONAL)
    assert not np.triu(a, 1).any()
    trees = {
        1: [np.ones(6)],
        2: [c],
        3: [c**2, a @ c],
        4: [c**3, c * (a @ c), a @ c**2, a @ a @ c],
    }
    exact = {1: [1], 2: [1 / 2], 3: [1 / 3, 1 / 6], 4: [1 / 4, 1 / 8, 1 / 12, 1 / 24]}
    for weights, order in ((a[-1], 4), (esdirk.EMBEDDED, 3)):
        for n in range(1, order + 1):
            for tree, value in zip(trees[n], exact[n]):
                assert weights @ tree == pytest.approx(value, abs=1e-14)
    assert abs(esdirk.EMBEDDED @ c**3 - 1 / 4) > 1e-4


def test_esdirk_is_l_stable():
    a = esdirk.BUTCHER

    def growth(z):
        return 1 + z * a[-1] @ np.linalg.solve(np.eye(6) - z * a, np.ones(6))

    assert abs(growth(-1e9)) < 1e-6
    for re, im in product((0, -0.1, -1, -30), np.linspace(0, 50, 40)):
        assert abs(growth(re + 1j * im)) <= 1 + 1e-12
