"""One Radau IIA step of a cascade of linear systems P dX/dt = A X + B Y, compiled.

The cascade is described in `cahill.tracing.cascade`, the method in `cahill.numerics.radau`. The
stages of a step are solved in the coordinates U = F X, in which they are one real and two complex
systems with the pattern of A. Inflows from lower blocks are linear and are added in U; only
products are formed from X. So lower blocks enter with their exact stage values and the order of the
method holds for the whole cascade.

Arrays end in an axis of `STAGES` numbers: in X the stages, in U, the factors and the inverse pivots
a real number and then real and imaginary part of two complex ones. The entries of a distribution
add up to 1, so the first is what the others leave and has no place in U.

Five stages, order 9: on the E. coli network of FluxML an error of 1e-8 takes 22 steps and 0.9 ms;
three stages, whose step costs 0.6 times as much, take 36 steps and 1.0 ms for 1e-6.
"""

from typing import NamedTuple

import numpy as np

from cahill.numerics.cascade_program import kernel, lists_of
from cahill.numerics.radau import RadauTableau

STAGES = 5
PAIRS = STAGES // 2


class Method(NamedTuple):
    """Coefficients of the method, as `cahill.numerics.radau.RadauTableau` names them.

    `one` is F 1; `pull` is the same times the eigenvalues: how the start of a step enters.
    """

    weights: np.ndarray
    shifts: np.ndarray
    forward: np.ndarray
    backward: np.ndarray
    error: np.ndarray
    one: np.ndarray
    pull: np.ndarray


def method_of(tableau: RadauTableau) -> Method:
    """Return the coefficients that the loops take."""
    one = tableau.forward.sum(axis=1)
    pull = tableau.shifts[0, 0] * one
    for k, (re, im) in enumerate(tableau.shifts[1:]):
        a, b = one[2 * k + 1 : 2 * k + 3]
        pull[2 * k + 1 : 2 * k + 3] = re * a - im * b, re * b + im * a
    return Method(
        tableau.weights,
        tableau.shifts,
        tableau.forward,
        tableau.backward,
        tableau.error,
        one,
        pull,
    )


@kernel
def factorise_step(program, shifts, rates, mass, factors, inverse):
    """Eliminate the real and the complex systems of a step.

    As `cascade_kernels.factorise`, with the shifts times `mass` (P/h of each row) as what holds the
    rows back; the sum of what leaves a row is kept in the complex systems, too.

    Parameters
    ----------
    shifts : (1 + PAIRS, 2)
        Eigenvalues of the method.
    factors, inverse : (n_factors, STAGES) and (n_rows, STAGES)
        Filled in.
    """
    outer_entry, outer_rate = program.outer_entry, program.outer_rate
    inner_entry, inner_rate = program.inner_entry, program.inner_rate
    row_first, row_end, fill_start = program.row_first, program.row_end, program.fill_start
    target, left, right = program.fill_target, program.fill_left, program.fill_right
    for f in range(len(factors)):
        for q in range(STAGES):
            factors[f, q] = 0.0
    for t in range(len(outer_rate)):
        _add_rate(rates[outer_rate[t]], outer_entry[t], factors)
    for t in range(len(inner_rate)):
        _add_rate(rates[inner_rate[t]], inner_entry[t], factors)
    for r in range(len(mass)):
        first, end = row_first[r], row_end[r]
        factors[end - 1, 0] += shifts[0, 0] * mass[r]
        for k in range(PAIRS):
            factors[end - 1, 2 * k + 1] += shifts[k + 1, 0] * mass[r]
            factors[end - 1, 2 * k + 2] += shifts[k + 1, 1] * mass[r]
        for t in range(fill_start[r], fill_start[r + 1]):
            _add_product(factors, left[t], factors, right[t], factors, target[t])
        for q in range(STAGES):
            pivot = 0.0
            for f in range(first, end):
                pivot += factors[f, q]
            inverse[r, q] = pivot
        if not inverse[r, 0] > 0.0:
            return r + 1
        inverse[r, 0] = 1.0 / inverse[r, 0]
        for k in range(PAIRS):
            re, im = inverse[r, 2 * k + 1], inverse[r, 2 * k + 2]
            size = re * re + im * im
            inverse[r, 2 * k + 1], inverse[r, 2 * k + 2] = re / size, -im / size
        for f in range(first, end):
            _scale(inverse, r, factors, f)
    for t in range(len(program.lower_entry)):
        _scale(inverse, program.lower_row[t], factors, program.lower_entry[t])
    return 0


@kernel
def _add_rate(rate, at, factors):
    """Add a real number to the real and the complex ones at a place."""
    factors[at, 0] += rate
    for k in range(PAIRS):
        factors[at, 2 * k + 1] += rate


@kernel
def _add_product(a, i, b, j, target, at):
    """Add a[i] b[j] to target[at]: one real and some complex products."""
    target[at, 0] += a[i, 0] * b[j, 0]
    for k in range(PAIRS):
        re, im = 2 * k + 1, 2 * k + 2
        target[at, re] += a[i, re] * b[j, re] - a[i, im] * b[j, im]
        target[at, im] += a[i, re] * b[j, im] + a[i, im] * b[j, re]


@kernel
def _scale(a, i, target, at):
    """Multiply target[at] by a[i]: one real and some complex products."""
    target[at, 0] *= a[i, 0]
    for k in range(PAIRS):
        re, im = 2 * k + 1, 2 * k + 2
        x, y = target[at, re], target[at, im]
        target[at, re] = a[i, re] * x - a[i, im] * y
        target[at, im] = a[i, re] * y + a[i, im] * x


@kernel
def _transform(matrix, source, target, start, end):
    """Multiply the last axis of source[start:end] by a matrix."""
    for e in range(start, end):
        for q in range(STAGES):
            total = 0.0
            for i in range(STAGES):
                total += matrix[q, i] * source[e, i]
            target[e, q] = total


@kernel
def _multiply_stages(products, b, x):
    """Form the products that a block needs, at every stage."""
    table = products.table
    for k in range(products.start[b], products.start[b + 1]):
        place, left, right = products.place[k], products.left[k], products.right[k]
        for e in range(place, place + products.width[k]):
            for stage in range(STAGES):
                x[e, stage] = 0.0
        for i in range(products.left_width[k]):
            to = place + table[products.left_table[k] + i]
            for j in range(products.right_width[k]):
                at = to + table[products.right_table[k] + j]
                for stage in range(STAGES):
                    x[at, stage] += x[left + i, stage] * x[right + j, stage]


@kernel
def _substitute(terms, b, factors, width, u):
    """Add multiples of distributions to others, in the order of a block's terms."""
    for t in range(terms.start[b], terms.start[b + 1]):
        to, of, factor = terms.target[t], terms.source[t], terms.factor[t]
        for c in range(1, width):
            _add_product(factors, factor, u, of + c, u, to + c)


@kernel
def stage_values(program, method, rates, mass, factors, inverse, start, x, u):
    """Solve the stages of a step.

    Parameters
    ----------
    mass : (n_rows,)
        P/h of each row.
    factors, inverse
        Of `factorise_step`.
    start : (n_entries,)
        Distributions at the start.
    x, u : (n_entries, STAGES)
        Filled in: stage values and their coordinates. The inputs stand in both.
    """
    products, outer, _, lower, upper = lists_of(program)
    block_start, block_width = program.block_start, program.block_width
    forward, backward, pull = method.forward, method.backward, method.pull
    for b in range(len(block_width)):
        _multiply_stages(products, b, x)
        for k in range(products.start[b], products.start[b + 1]):
            _transform(forward, x, u, products.place[k] + 1, products.place[k] + products.width[k])
        first, last = block_start[b], block_start[b + 1]
        width, begin = block_width[b], program.block_place[b]
        place = begin
        for r in range(first, last):
            for c in range(place + 1, place + width):
                for q in range(STAGES):
                    u[c, q] = pull[q] * mass[r] * start[c]
            place += width
        for t in range(outer.start[b], outer.start[b + 1]):
            to, of, rate = outer.target[t], outer.source[t], rates[outer.factor[t]]
            for c in range(1, width):
                for q in range(STAGES):
                    u[to + c, q] += rate * u[of + c, q]
        _substitute(lower, b, factors, width, u)
        place = begin
        for r in range(first, last):
            for c in range(place + 1, place + width):
                _scale(inverse, r, u, c)
            place += width
        _substitute(upper, b, factors, width, u)
        for row in range(begin, place, width):
            _transform(backward, u, x, row + 1, row + width)
            for stage in range(STAGES):
                x[row, stage] = 1.0
                for c in range(row + 1, row + width):
                    x[row, stage] -= x[c, stage]
