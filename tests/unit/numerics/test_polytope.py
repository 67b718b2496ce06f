"""Polytopes: conflicts, idle and flat rows, centres, nearest points, uniform points."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kstest

from cahill.numerics.polytope import (
    Affine,
    Polytope,
    centre,
    conflict,
    diagonal_blocks,
    flat_rows,
    nearest,
    needed_rows,
    rounding,
    uniform_points,
)

NONE = np.zeros((0, 2)), np.zeros(0)
seeds = st.integers(0, 10_000)


def box(*sides):
    """Return the box 0 <= x <= side."""
    n = len(sides)
    return Polytope(
        np.vstack([np.eye(n), -np.eye(n)]), np.append(np.array(sides, float), [0.0] * n)
    )


def random_polytope(seed, n=4, rows=14):
    """Return a bounded polytope around the origin."""
    rng = np.random.default_rng(seed)
    matrix = np.vstack([rng.standard_normal((rows, n)), np.eye(n), -np.eye(n)])
    return Polytope(matrix, rng.uniform(0.5, 2.0, len(matrix)))


def test_no_conflict_where_a_point_exists():
    part = box(1, 1)
    assert not len(conflict(np.array([[1.0, 1.0]]), np.array([2.0]), part.matrix, part.bound))


def test_a_conflict_is_irreducible_and_leaves_out_what_does_not_matter():
    # x + y = 3 with x <= 1 and y <= 1; the rest can hold.
    equal, value = np.array([[1.0, 1.0], [1.0, -1.0]]), np.array([3.0, 0.0])
    below = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]])
    found = conflict(equal, value, below, np.array([1.0, 1.0, 0.0, 0.0]))
    assert 0 in found
    assert len(found) in (2, 3)
    assert not {4, 5} & set(found)


@settings(max_examples=30, deadline=None)
@given(seed=seeds)
def test_leaving_out_any_row_of_a_conflict_resolves_it(seed):
    rng = np.random.default_rng(seed)
    below = np.vstack([rng.standard_normal((12, 3)), -np.ones((1, 3))])
    below = np.vstack([below, -below[:6].sum(axis=0)])
    bounds = np.append(rng.uniform(0.0, 1.0, 13), -10.0 * np.abs(rng.standard_normal()) - 7.0)
    none = np.zeros((0, 3)), np.zeros(0)
    found = conflict(*none, below, bounds)
    assert len(found)
    assert len(conflict(*none, below[found], bounds[found])) == len(found)
    for row in found:
        fewer = found[found != row]
        assert not len(conflict(*none, below[fewer], bounds[fewer]))


def test_flat_rows_are_those_every_point_touches():
    # x + y <= 1, x + y >= 1, and a chain z <= 0, z >= 0 in two rows of different size.
    matrix = np.array([[1, 1, 0], [-2, -2, 0], [0, 0, 5], [0, 0, -1], [1, 0, 0], [0, 1, 0.0]])
    bound = np.array([1, -2, 0, 0, 5, 5.0])
    assert list(flat_rows(Polytope(matrix, bound))) == [0, 1, 2, 3]


def test_a_polytope_with_an_inside_has_no_flat_rows():
    assert not len(flat_rows(box(1, 1e-3, 1e3)))


@settings(max_examples=25, deadline=None)
@given(seed=seeds)
def test_needed_rows_keep_the_polytope_and_none_of_them_is_idle(seed):
    whole = random_polytope(seed)
    kept = needed_rows(whole, np.zeros(4))
    part = whole.rows(kept)
    directions = np.random.default_rng(seed).standard_normal((20, 4))
    for direction in directions:
        far, near = (_furthest(one, direction) for one in (part, whole))
        assert far == pytest.approx(near, abs=1e-7)
    for row in range(len(kept)):
        others = part.rows(np.delete(np.arange(len(kept)), row))
        assert _furthest(others, part.matrix[row]) > part.bound[row] + 1e-9


def _furthest(polytope, direction):
    from scipy.optimize import linprog

    answer = linprog(-direction, polytope.matrix, polytope.bound, bounds=(None, None))
    return np.inf if answer.x is None else -answer.fun


def test_needed_rows_take_one_of_twins():
    twice = Polytope(
        np.vstack([box(1, 1).matrix, 3 * box(1, 1).matrix]), np.r_[1, 1, 0, 0, 3, 3, 0, 0]
    )
    assert len(needed_rows(twice, np.full(2, 0.5))) == 4


def test_the_centre_of_a_box():
    middle, radius = centre(box(2.0, 6.0))
    assert middle[0] == pytest.approx(1.0)
    assert radius == pytest.approx(1.0)
    assert centre(Polytope(np.array([[1.0], [-1.0]]), np.array([-1.0, 0.0])))[1] < 0


@settings(max_examples=40, deadline=None)
@given(seed=seeds)
def test_the_nearest_point_obeys_the_projection_law(seed):
    polytope, rng = random_polytope(seed), np.random.default_rng(seed)
    point, widths = 3 * rng.standard_normal(4), rng.uniform(0.3, 3.0, 4)
    found = nearest(polytope, point, widths)
    assert polytope.slack(found).min() > -1e-8
    for other in uniform_points(polytope, 5, seed):
        # The angle at the projection is never acute.
        assert ((point - found) / widths) @ ((other - found) / widths) < 1e-7


def test_the_nearest_point_on_a_plane_or_none():
    square = box(1.0, 1.0)
    plane = np.array([[1.0, 1.0]])
    found = nearest(square, np.zeros(2), np.ones(2), plane, np.array([1.0]))
    assert found == pytest.approx([0.5, 0.5])
    assert nearest(square, np.zeros(2), np.ones(2), plane, np.array([3.0])) is None


def test_uniform_points_of_a_thin_box_are_uniform():
    sides = np.array([1.0, 1e-3, 1e3])
    points = uniform_points(box(*sides), 800, seed=2)
    for values, side in zip(points.T, sides):
        assert kstest(values / side, "uniform").pvalue > 1e-3
    assert np.abs(np.corrcoef(points.T) - np.eye(3)).max() < 0.15


def test_uniform_points_of_a_simplex_have_its_moments():
    n = 5
    simplex = Polytope(np.vstack([-np.eye(n), np.ones((1, n))]), np.append(np.zeros(n), 1.0))
    points = uniform_points(simplex, 1500, seed=3)
    # Dirichlet with n + 1 ones: mean 1 / (n + 1), variance n / ((n + 1)^2 (n + 2)).
    assert points.mean(axis=0) == pytest.approx(np.full(n, 1 / 6), abs=0.015)
    assert points.var(axis=0) == pytest.approx(np.full(n, 5 / 252), rel=0.2)


def test_the_same_seed_draws_the_same_points():
    polytope = random_polytope(1)
    first, again, other = (uniform_points(polytope, 6, seed) for seed in (4, 4, 5))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    assert (polytope.matrix @ first.T <= polytope.bound[:, None] + 1e-9).all()


def test_rounding_makes_a_needle_round():
    rng = np.random.default_rng(0)
    turn, _ = np.linalg.qr(rng.standard_normal((6, 6)))
    stretch = turn @ np.diag(10.0 ** np.arange(-3, 3))
    needle = Polytope(box(*[1.0] * 6).matrix @ np.linalg.inv(stretch), box(*[1.0] * 6).bound)
    shape, middle = rounding(needle, seed=1)
    assert needle.slack(middle).min() > 0
    sizes = np.linalg.svd(np.linalg.inv(stretch) @ shape, compute_uv=False)
    assert sizes[0] / sizes[-1] < 5


def test_nothing_to_draw():
    assert uniform_points(Polytope(np.zeros((0, 0)), np.zeros(0)), 3, 1).shape == (3, 0)


def test_blocks_stand_along_the_diagonal():
    found = diagonal_blocks([np.ones((2, 1)), np.zeros((1, 0)), np.full((1, 2), 3.0)])
    assert np.array_equal(found, [[1, 0, 0], [1, 0, 0], [0, 0, 0], [0, 3, 3]])
    assert diagonal_blocks([]).shape == (0, 0)


def test_an_affine_map():
    line = Affine(np.array([1.0, 0.0]), np.array([[2.0], [0.5]]))
    assert np.array_equal(line(np.array([3.0])), [7.0, 1.5])
