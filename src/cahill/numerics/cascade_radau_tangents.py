"""Derivatives of one Radau IIA step of a cascade, compiled.

A step is the solution of linear systems and products, so its derivative by p parameters solves the
same systems with p right-hand sides: the derivatives are exact for the numerical solution, given
its steps (staggered direct method). Arrays have the parameters as the contiguous axis, along which
the loops vectorise, and one slice a stage (`dx`) or coordinate (`du`) in front.

As in `cahill.numerics.cascade_radau` the inflows are added in the coordinates U. Stage values are
formed only for the distributions that products are made of, and at the end of the step.
"""

from typing import NamedTuple

import numpy as np

from cahill.numerics.cascade_program import Program, kernel, lists_of
from cahill.numerics.cascade_radau import PAIRS, STAGES


class Changes(NamedTuple):
    """Derivatives by p parameters of what a step depends on.

    Parameters
    ----------
    rates : (n_rates, p)
        Of the coefficients.
    sizes : (n_pools, p)
        Of the pool sizes.
    first, last : (1 + n_pools,)
        Range of parameters by which the coefficients, and then each pool, have a derivative.
    """

    rates: np.ndarray
    sizes: np.ndarray
    first: np.ndarray
    last: np.ndarray


def changes_of(d_rates: np.ndarray, d_sizes: np.ndarray) -> Changes:
    """Return the derivatives with the ranges of parameters that matter to fluxes and each pool."""
    moving = np.vstack([d_rates.any(axis=0), d_sizes != 0.0])
    count, some = moving.shape[1], moving.any(axis=1)
    first = np.where(some, moving.argmax(axis=1), 0) if count else np.zeros(len(moving), int)
    last = np.where(some, count - moving[:, ::-1].argmax(axis=1), 0) if count else first
    return Changes(d_rates, d_sizes, first.astype(np.int64), last.astype(np.int64))


def factors_of_products(program: Program, n_entries: int) -> np.ndarray:
    """Return which distributions, by the place where they start, products are made of."""
    needed = np.zeros(n_entries, dtype=np.int64)
    needed[program.left_place] = 1
    needed[program.right_place] = 1
    return needed


@kernel
def _multiply_stages(products, b, skip, forward, x, dx, du):
    """Form the derivatives of the products, at every stage and as coordinates."""
    table = products.table
    for k in range(products.start[b], products.start[b + 1]):
        place, width = products.place[k], products.width[k]
        _clear(dx, place, place + width)
        for i in range(products.left_width[k]):
            for j in range(products.right_width[k]):
                to = place + table[products.left_table[k] + i] + table[products.right_table[k] + j]
                one, other = products.left[k] + i, products.right[k] + j
                for stage in range(STAGES):
                    if one >= skip:
                        _add(x[other, stage], dx, one, to, stage)
                    if other >= skip:
                        _add(x[one, stage], dx, other, to, stage)
        for c in range(place + 1, place + width):
            for q in range(STAGES):
                _combine(forward, q, dx, c, du)


@kernel
def _clear(d, first, last):
    for c in range(first, last):
        for q in range(STAGES):
            for s in range(d.shape[2]):
                d[c, q, s] = 0.0


@kernel
def _add(factor, d, of, to, part):
    """Add a multiple of one row of derivatives to another."""
    for s in range(d.shape[2]):
        d[to, part, s] += factor * d[of, part, s]


@kernel
def _combine(matrix, q, source, c, target):
    """Multiply the derivatives of an entry by row q of a matrix."""
    for s in range(source.shape[2]):
        total = 0.0
        for i in range(STAGES):
            total += matrix[q, i] * source[c, i, s]
        target[c, q, s] = total


@kernel
def _begin(rows, pull, mass, d_start, du):
    """Set the right-hand sides of a block to what its pools keep."""
    for r in range(rows.first, rows.last):
        row = rows.place + (r - rows.first) * rows.width
        for c in range(row + 1, row + rows.width):
            for q in range(STAGES):
                weight = pull[q] * mass[r]
                for s in range(du.shape[2]):
                    du[c, q, s] = weight * d_start[c, s]


@kernel
def _add_sizes(rows, row_pool, h, pull, shifts, changes, start, u, du):
    """Add what changing pool sizes bring: minus their derivative times dX/dt."""
    for r in range(rows.first, rows.last):
        pool = row_pool[r]
        first, last = changes.first[pool + 1], changes.last[pool + 1]
        if last > first:
            row = rows.place + (r - rows.first) * rows.width
            for c in range(row + 1, row + rows.width):
                slope = (shifts[0, 0] * u[c, 0] - pull[0] * start[c]) / h
                _subtract(slope, changes.sizes, pool, first, last, du, c, 0)
                for k in range(PAIRS):
                    i, j, a, b = 2 * k + 1, 2 * k + 2, shifts[k + 1, 0], shifts[k + 1, 1]
                    slope = (a * u[c, i] - b * u[c, j] - pull[i] * start[c]) / h
                    _subtract(slope, changes.sizes, pool, first, last, du, c, i)
                    slope = (a * u[c, j] + b * u[c, i] - pull[j] * start[c]) / h
                    _subtract(slope, changes.sizes, pool, first, last, du, c, j)


@kernel
def _subtract(slope, d_sizes, pool, first, last, du, c, q):
    for s in range(first, last):
        du[c, q, s] -= slope * d_sizes[pool, s]


@kernel
def _add_rates(terms, b, changes, width, u, du):
    """Add what changing coefficients bring: their derivative times source minus target."""
    first, last, d_rates = changes.first[0], changes.last[0], changes.rates
    for t in range(terms.start[b], terms.start[b + 1]):
        rate = terms.factor[t]
        for c in range(1, width):
            to, of = terms.target[t] + c, terms.source[t] + c
            for q in range(STAGES):
                gap = u[of, q] - u[to, q]
                for s in range(first, last):
                    du[to, q, s] += gap * d_rates[rate, s]


@kernel
def _add_inflows(outer, b, rates, width, skip, du):
    """Add the inflows from outside the block; sources before `skip` have no derivative."""
    for t in range(outer.start[b], outer.start[b + 1]):
        if outer.source[t] >= skip:
            rate = rates[outer.factor[t]]
            for c in range(1, width):
                for q in range(STAGES):
                    _add(rate, du, outer.source[t] + c, outer.target[t] + c, q)


@kernel
def _empty(rows, size, du):
    """Leave pools that hold nothing, and through which nothing flows, unlabelled."""
    for r in range(rows.first, rows.last):
        if size[r] < 0.0:
            row = rows.place + (r - rows.first) * rows.width
            _clear(du, row, row + rows.width)


@kernel
def _substitute(terms, b, factors, width, du):
    """Add multiples of rows to others, in the real and the complex systems."""
    for t in range(terms.start[b], terms.start[b + 1]):
        f = terms.factor[t]
        for c in range(1, width):
            to, of = terms.target[t] + c, terms.source[t] + c
            _add(factors[f, 0], du, of, to, 0)
            for k in range(PAIRS):
                re, im = factors[f, 2 * k + 1], factors[f, 2 * k + 2]
                for s in range(du.shape[2]):
                    x, y = du[of, 2 * k + 1, s], du[of, 2 * k + 2, s]
                    du[to, 2 * k + 1, s] += re * x - im * y
                    du[to, 2 * k + 2, s] += re * y + im * x


@kernel
def _divide(rows, inverse, du):
    """Divide the right-hand sides of a block by the pivots."""
    for r in range(rows.first, rows.last):
        row = rows.place + (r - rows.first) * rows.width
        for c in range(row + 1, row + rows.width):
            for s in range(du.shape[2]):
                du[c, 0, s] *= inverse[r, 0]
            for k in range(PAIRS):
                re, im = inverse[r, 2 * k + 1], inverse[r, 2 * k + 2]
                for s in range(du.shape[2]):
                    x, y = du[c, 2 * k + 1, s], du[c, 2 * k + 2, s]
                    du[c, 2 * k + 1, s] = re * x - im * y
                    du[c, 2 * k + 2, s] = re * y + im * x


@kernel
def _finish(rows, needed, backward, du, dx, d_start):
    """Return to stage values: the end of the step, and all stages of what products are made of."""
    for row in range(rows.place, rows.place + rows.width * (rows.last - rows.first), rows.width):
        for stage in range(0 if needed[row] else STAGES - 1, STAGES):
            for s in range(du.shape[2]):
                dx[row, stage, s] = 0.0
            for c in range(row + 1, row + rows.width):
                _combine(backward, stage, du, c, dx)
                for s in range(du.shape[2]):
                    dx[row, stage, s] -= dx[c, stage, s]
        for c in range(row, row + rows.width):
            for s in range(du.shape[2]):
                d_start[c, s] = dx[c, STAGES - 1, s]


class Rows(NamedTuple):
    """The rows of a block: numbers of the first and after the last, first place, entries a row."""

    first: int
    last: int
    place: int
    width: int


@kernel
def stage_tangents(program, method, h, changes, work, n_inputs):
    """Move the derivatives of all rows from the start of a step to its end.

    Parameters
    ----------
    h : float
        The step.
    changes : Changes
        Derivatives of coefficients and pool sizes.
    work : cahill.numerics.cascade_course.Work
        Of the step just solved. Its `d_start`, (n_entries, p), is moved on; `dx` and `du`,
        (n_entries, STAGES, p), are work space, zero for the inputs.
    """
    products, outer, inner, lower, upper = lists_of(program)
    block_start, block_width = program.block_start, program.block_width
    d_start, dx, du, u = work.d_start, work.dx, work.du, work.u
    for b in range(len(block_width)):
        width = block_width[b]
        rows = Rows(block_start[b], block_start[b + 1], program.block_place[b], width)
        _multiply_stages(products, b, n_inputs, method.forward, work.x, dx, du)
        _begin(rows, method.pull, work.mass, d_start, du)
        _add_sizes(
            rows, program.row_pool, h, method.pull, method.shifts, changes, work.start, u, du
        )
        _add_rates(outer, b, changes, width, u, du)
        _add_rates(inner, b, changes, width, u, du)
        _add_inflows(outer, b, work.rates, width, n_inputs, du)
        _empty(rows, work.size, du)
        _substitute(lower, b, work.factors, width, du)
        _divide(rows, work.inverse, du)
        _substitute(upper, b, work.factors, width, du)
        _finish(rows, work.needed, method.backward, du, dx, d_start)
