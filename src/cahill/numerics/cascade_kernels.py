"""Compiled loops that solve a cascade of linear systems at steady state.

What to do stands in index arrays (`cahill.numerics.cascade_program`, described in
`cahill.tracing.cascade`), so the loops are the same for every network, compiled once and kept on
disk. Arrays are C-contiguous, floats float64, integers int64.
"""

import numpy as np

from cahill.numerics.cascade_program import channels_of, kernel, lists_of, program_of

ROUNDING = 1e-9
"""Share of the largest flux by which a gross flux may be below 0 and count as none."""


@kernel
def rates_of(program, weight, gross, rates):
    """Fill in the coefficients of gross fluxes; a flux below 0 by rounding counts as none."""
    start, flux = program.rate_start, program.rate_flux
    for k in range(len(rates)):
        total = 0.0
        for t in range(start[k], start[k + 1]):
            total += weight[t] * max(gross[flux[t]], 0.0)
        rates[k] = total


@kernel
def hold_empty_pools(program, rates, hold):
    """Hold the rows of pools through which nothing flows, so that they stay unlabelled."""
    for r in range(len(hold)):
        hold[r] = 1.0 if rates[program.row_turnover[r]] == 0.0 else 0.0


@kernel
def factorise(program, rates, hold, factors, inverse):
    """Eliminate every block; return 0, or 1 + the row whose label nothing determines.

    Parameters
    ----------
    program : Program
        What to do.
    rates : (n_rates,)
        Coefficients.
    hold : (n_rows,)
        What holds each row back besides its inflows, in the unit of a flux.
    factors, inverse : (n_factors,) and (n_rows,)
        Filled in: multipliers left of the diagonal and entries right of it, both divided by the
        pivots; the inverse pivots.
    """
    outer_entry, outer_rate = program.outer_entry, program.outer_rate
    inner_entry, inner_rate = program.inner_entry, program.inner_rate
    row_first, row_end, fill_start = program.row_first, program.row_end, program.fill_start
    target, left, right = program.fill_target, program.fill_left, program.fill_right
    factors[:] = 0.0
    for t in range(len(outer_rate)):
        factors[outer_entry[t]] += rates[outer_rate[t]]
    for t in range(len(inner_rate)):
        factors[inner_entry[t]] += rates[inner_rate[t]]
    for r in range(len(inverse)):
        first, end = row_first[r], row_end[r]
        factors[end - 1] += hold[r]
        for t in range(fill_start[r], fill_start[r + 1]):
            factors[target[t]] += factors[left[t]] * factors[right[t]]
        pivot = 0.0
        for f in range(first, end):
            pivot += factors[f]
        if not pivot > 0.0:
            return r + 1
        inverse[r] = 1.0 / pivot
        for f in range(first, end):
            factors[f] *= inverse[r]
    for t in range(len(program.lower_entry)):
        factors[program.lower_entry[t]] *= inverse[program.lower_row[t]]
    return 0


@kernel
def add_multiples(terms, b, factors, width, x):
    """Add multiples of distributions to others, in the order of a block's terms."""
    for t in range(terms.start[b], terms.start[b + 1]):
        to, of, factor = terms.target[t], terms.source[t], factors[terms.factor[t]]
        for q in range(width):
            x[to + q] += factor * x[of + q]


@kernel
def multiply(products, b, x):
    """Form the products that a block needs."""
    table = products.table
    for k in range(products.start[b], products.start[b + 1]):
        place = products.place[k]
        x[place : place + products.width[k]] = 0.0
        for i in range(products.left_width[k]):
            to = place + table[products.left_table[k] + i]
            factor = x[products.left[k] + i]
            for j in range(products.right_width[k]):
                at = to + table[products.right_table[k] + j]
                x[at] += factor * x[products.right[k] + j]


@kernel
def steady_values(program, rates, hold, factors, inverse, x):
    """Fill in the steady distributions of all nodes; the inputs stand in x already."""
    products, outer, _, lower, upper = lists_of(program)
    block_start, block_width = program.block_start, program.block_width
    block_place = program.block_place
    for b in range(len(block_width)):
        multiply(products, b, x)
        width, place = block_width[b], block_place[b]
        for r in range(block_start[b], block_start[b + 1]):
            x[place : place + width] = 0.0
            x[place] = hold[r]
            place += width
        add_multiples(outer, b, rates, width, x)
        add_multiples(lower, b, factors, width, x)
        place = block_place[b]
        for r in range(block_start[b], block_start[b + 1]):
            for q in range(place, place + width):
                x[q] *= inverse[r]
            place += width
        add_multiples(upper, b, factors, width, x)


@kernel
def observe(channels, weight, shares, x, values):
    """Fill in the channels: sums of weight times share times entry."""
    for c in range(len(values)):
        total = 0.0
        for t in range(channels.start[c], channels.start[c + 1]):
            total += weight[t] * shares[channels.share[t]] * x[channels.entry[t]]
        values[c] = total


@kernel
def impossible(gross):
    """Return 1 + the first flux that is no number or below 0 by more than rounding, or 0."""
    largest = 0.0
    for k in range(len(gross)):
        largest = max(largest, abs(gross[k]))
    for k in range(len(gross)):
        if not (gross[k] >= -ROUNDING * largest and gross[k] < np.inf):
            return k + 1
    return 0


@kernel
def stationary(tape, weight, n_factors, n_entries, inputs, gross, channels, channel_weight, shares):
    """Return the status and the values of all channels at steady state.

    The status is 0, or that of `factorise`, or minus that of `impossible`.
    """
    values = np.empty(channels[1] - channels[0] - 1)
    status = -impossible(gross)
    if status:
        return status, values
    program = program_of(tape)
    rates, hold = np.empty(len(program.rate_start) - 1), np.empty(len(program.row_pool))
    factors, inverse, x = np.empty(n_factors), np.empty(len(hold)), np.empty(n_entries)
    rates_of(program, weight, gross, rates)
    hold_empty_pools(program, rates, hold)
    status = factorise(program, rates, hold, factors, inverse)
    if status == 0:
        x[: len(inputs)] = inputs
        steady_values(program, rates, hold, factors, inverse, x)
        observe(channels_of(channels), channel_weight, shares, x, values)
    return status, values
