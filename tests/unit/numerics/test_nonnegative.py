"""Batched non-negative least squares against Lawson and Hanson's."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import nnls

from cahill.numerics.nonnegative import nonnegative_least_squares


@settings(max_examples=80, deadline=None)
@given(st.integers(1, 20), st.integers(0, 2**32 - 1), st.floats(0.0, 2.0))
def test_any_well_conditioned_matrix_gives_the_minimum(size, seed, mixing):
    rng = np.random.default_rng(seed)
    matrix = np.eye(size) + mixing * rng.normal(size=(size, size)) / size
    rows = rng.normal(size=(7, size))
    if np.linalg.cond(matrix) > 1e4:
        return
    solution, unconstrained = nonnegative_least_squares(matrix, rows)
    judge = np.array([nnls(matrix, row, maxiter=1000)[0] for row in rows])
    assert solution == pytest.approx(judge, abs=1e-9)
    assert unconstrained @ matrix.T == pytest.approx(rows, abs=1e-9)


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 12), st.integers(0, 2**32 - 1))
def test_the_gradient_is_zero_where_positive_and_points_out_where_zero(size, seed):
    """Karush-Kuhn-Tucker conditions, which have one solution."""
    rng = np.random.default_rng(seed)
    matrix = np.tril(rng.uniform(0, 0.3, (size, size)), -1) + np.eye(size)
    rows = np.maximum(rng.normal(size=(5, size)), 0)
    solution, _ = nonnegative_least_squares(matrix, rows)
    gradient = (solution @ matrix.T - rows) @ matrix
    assert (solution >= 0).all()
    assert gradient.min() > -1e-12
    assert np.abs(gradient * solution).max() < 1e-12


def test_scale_does_not_matter():
    matrix = np.array([[0.9, 0.1], [0.1, 0.9]])
    rows = np.array([[1.0, 0.05], [0.05, 1.0], [0.5, 0.5]])
    small, _ = nonnegative_least_squares(matrix, 1e-9 * rows)
    large, _ = nonnegative_least_squares(matrix, 1e12 * rows)
    assert large == pytest.approx(1e21 * small, rel=1e-12)


def test_rows_of_zeros_give_zeros():
    solution, unconstrained = nonnegative_least_squares(np.eye(3), np.zeros((2, 3)))
    assert not solution.any()
    assert not unconstrained.any()
