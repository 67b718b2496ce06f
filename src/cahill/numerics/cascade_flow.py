"""What steps in time through a cascade of linear systems share, compiled.

The cascade is described in `cahill.tracing.cascade`; away from steady state it obeys
P_r dx_r/dt = sum over the inflows of row r of c (source - x_r), P_r the size of the row's pool.
"""

import numpy as np

from cahill.numerics.cascade_kernels import add_multiples, factorise, multiply
from cahill.numerics.cascade_program import kernel, lists_of

FIXED = 1e150
"""What holds a row so fast that its inflows do not matter to the last digit."""


@kernel
def unlabelled(program, n_entries):
    """Return all distributions with no heavy atom; inputs are left empty."""
    x = np.zeros(n_entries)
    for k in range(len(program.product_place)):
        x[program.product_place[k]] = 1.0
    for b in range(len(program.block_width)):
        first, last = program.block_start[b], program.block_start[b + 1]
        for r in range(first, last):
            x[program.block_place[b] + (r - first) * program.block_width[b]] = 1.0
    return x


@kernel
def held_values(program, rates, hold, held, factors, inverse, x):
    """Fill in what each row takes from its inflows and from a distribution that holds it back.

    Solves sum c (source - x_r) + hold_r (held_r - x_r) = 0 for all rows; the inputs stand in x. The
    first entry of a distribution is what the others leave: a sum that strays from 1 would grow,
    as a product's is the product of the sums of its factors.

    Parameters
    ----------
    hold : (n_rows,)
        As `factorise` took it.
    held : (n_entries,)
        Distributions.
    factors, inverse
        Of `factorise`.
    x : (n_entries,)
        Filled in; may be `held`.
    """
    products, outer, _, lower, upper = lists_of(program)
    block_start, block_width = program.block_start, program.block_width
    for b in range(len(block_width)):
        multiply(products, b, x)
        width, begin = block_width[b], program.block_place[b]
        place = begin
        for r in range(block_start[b], block_start[b + 1]):
            for q in range(place, place + width):
                x[q] = hold[r] * held[q]
            place += width
        add_multiples(outer, b, rates, width, x)
        add_multiples(lower, b, factors, width, x)
        place = begin
        for r in range(block_start[b], block_start[b + 1]):
            for q in range(place, place + width):
                x[q] *= inverse[r]
            place += width
        add_multiples(upper, b, factors, width, x)
        for row in range(begin, place, width):
            x[row] = 1.0
            for q in range(row + 1, row + width):
                x[row] -= x[q]


@kernel
def _add_differences(terms, b, rates, width, x, slope):
    for t in range(terms.start[b], terms.start[b + 1]):
        to, of, rate = terms.target[t], terms.source[t], rates[terms.factor[t]]
        for q in range(width):
            slope[to + q] += rate * (x[of + q] - x[to + q])


@kernel
def initial_slopes(program, rates, size, factors, inverse, before, x, slope):
    """Fill in the time derivative of every row that has a size; 0 for the others.

    Rows without size are first brought into balance, as the feed may just have changed.

    Parameters
    ----------
    rates : (n_rates,)
        Coefficients.
    size : (n_rows,)
        Pool size of each row.
    factors, inverse, before : (n_factors,), (n_rows,) and (n_entries,)
        Work space.
    x : (n_entries,)
        Distributions; products and rows without size are brought up to date.
    slope : (n_entries,)
        Filled in.

    Returns
    -------
    int
        As `factorise`.
    """
    hold = np.empty(len(size))
    for r in range(len(size)):
        hold[r] = FIXED if size[r] > 0.0 else 0.0
        if size[r] <= 0.0 and rates[program.row_turnover[r]] == 0.0:
            hold[r] = 1.0
    status = factorise(program, rates, hold, factors, inverse)
    if status:
        return status
    for e in range(len(x)):
        before[e] = x[e]
    held_values(program, rates, hold, before, factors, inverse, x)
    _, outer, inner, _, _ = lists_of(program)
    for e in range(len(x)):
        slope[e] = 0.0
    for b in range(len(program.block_width)):
        first, last = program.block_start[b], program.block_start[b + 1]
        width, begin = program.block_width[b], program.block_place[b]
        for r in range(first, last):
            if size[r] > 0.0:
                # Held in place but for rounding.
                for q in range(begin + (r - first) * width, begin + (r - first + 1) * width):
                    x[q] = before[q]
        _add_differences(outer, b, rates, width, x, slope)
        _add_differences(inner, b, rates, width, x, slope)
        for r in range(first, last):
            scale = 1.0 / size[r] if size[r] > 0.0 else 0.0
            for q in range(begin + (r - first) * width, begin + (r - first + 1) * width):
                slope[q] *= scale
    return 0


@kernel
def _multiply_errors(products, b, x, error):
    """Form what errors of the factors make of the products."""
    table = products.table
    for k in range(products.start[b], products.start[b + 1]):
        place, left, right = products.place[k], products.left[k], products.right[k]
        for e in range(place, place + products.width[k]):
            error[e] = 0.0
        for i in range(products.left_width[k]):
            to = place + table[products.left_table[k] + i]
            for j in range(products.right_width[k]):
                at = to + table[products.right_table[k] + j]
                error[at] += x[left + i] * error[right + j] + error[left + i] * x[right + j]


@kernel
def filtered(program, rates, hold, factors, inverse, x, drive, error):
    """Return the largest entry of error = (hold - A)^-1 hold drive, linear in all blocks.

    It damps what an implicit step damps, so that fast pools do not frighten the step control.

    Parameters
    ----------
    hold : (n_rows,)
        As `factorise` took it.
    factors, inverse
        Of `factorise`.
    x : (n_entries,)
        Distributions at which the products are linearised.
    drive : (n_entries,)
        Error of each row by itself.
    error : (n_entries,)
        Filled in; zero for the inputs.
    """
    products, outer, _, lower, upper = lists_of(program)
    block_start, block_width = program.block_start, program.block_width
    worst = 0.0
    for b in range(len(block_width)):
        _multiply_errors(products, b, x, error)
        width, begin = block_width[b], program.block_place[b]
        place = begin
        for r in range(block_start[b], block_start[b + 1]):
            for q in range(place, place + width):
                error[q] = hold[r] * drive[q]
            place += width
        add_multiples(outer, b, rates, width, error)
        add_multiples(lower, b, factors, width, error)
        place = begin
        for r in range(block_start[b], block_start[b + 1]):
            for q in range(place, place + width):
                error[q] *= inverse[r]
            place += width
        add_multiples(upper, b, factors, width, error)
        for row in range(begin, place, width):
            error[row] = 0.0
            for q in range(row + 1, row + width):
                error[row] -= error[q]
                worst = max(worst, abs(error[q]))
    return worst
