"""Compiled loops that differentiate a cascade of linear systems at steady state.

Derivatives by p parameters stand in arrays of shape (..., p): the parameters are the contiguous
axis, along which the loops vectorise. The factors of the systems serve all of them.
"""

import numpy as np

from cahill.numerics.cascade_kernels import (
    factorise,
    hold_empty_pools,
    impossible,
    observe,
    rates_of,
    steady_values,
)
from cahill.numerics.cascade_program import channels_of, kernel, lists_of, program_of


@kernel
def rate_tangents(program, weight, d_gross, d_rates):
    """Fill in the derivatives of the coefficients, (n_rates, p)."""
    start, flux = program.rate_start, program.rate_flux
    for k in range(d_rates.shape[0]):
        d_rates[k] = 0.0
        for t in range(start[k], start[k + 1]):
            for s in range(d_rates.shape[1]):
                d_rates[k, s] += weight[t] * d_gross[flux[t], s]


@kernel
def add_tangents(terms, b, factors, width, skip, dx):
    """Add multiples of derivatives, all entries but the first; sources before `skip` have none."""
    for t in range(terms.start[b], terms.start[b + 1]):
        factor = factors[terms.factor[t]]
        if terms.source[t] >= skip:
            for q in range(1, width):
                to, of = terms.target[t] + q, terms.source[t] + q
                for s in range(dx.shape[1]):
                    dx[to, s] += factor * dx[of, s]


@kernel
def add_changes(terms, b, d_rates, width, x, dx):
    """Add what changing coefficients bring: their derivative times source minus target."""
    for t in range(terms.start[b], terms.start[b + 1]):
        rate = terms.factor[t]
        for q in range(1, width):
            to = terms.target[t] + q
            gap = x[terms.source[t] + q] - x[to]
            for s in range(dx.shape[1]):
                dx[to, s] += gap * d_rates[rate, s]


@kernel
def multiply_tangents(products, b, skip, x, dx):
    """Form the derivatives of the products; nodes before `skip` have none."""
    table = products.table
    for k in range(products.start[b], products.start[b + 1]):
        place = products.place[k]
        dx[place : place + products.width[k]] = 0.0
        for i in range(products.left_width[k]):
            for j in range(products.right_width[k]):
                to = place + table[products.left_table[k] + i] + table[products.right_table[k] + j]
                one, other = products.left[k] + i, products.right[k] + j
                if one >= skip:
                    for s in range(dx.shape[1]):
                        dx[to, s] += x[other] * dx[one, s]
                if other >= skip:
                    for s in range(dx.shape[1]):
                        dx[to, s] += x[one] * dx[other, s]


@kernel
def steady_tangents(program, rates, d_rates, hold, factors, inverse, n_inputs, x, dx):
    """Fill in the derivatives of the steady distributions of all nodes but the inputs.

    With A x = b they obey A dx = db - dA x: the same factors, p right-hand sides. The entries of a
    distribution add up to 1, so the first is minus the sum of the others and is not solved for.
    """
    products, outer, inner, lower, upper = lists_of(program)
    block_start, block_width = program.block_start, program.block_width
    block_place = program.block_place
    for b in range(len(block_width)):
        multiply_tangents(products, b, n_inputs, x, dx)
        width, start = block_width[b], block_place[b]
        dx[start : start + width * (block_start[b + 1] - block_start[b])] = 0.0
        add_changes(outer, b, d_rates, width, x, dx)
        add_changes(inner, b, d_rates, width, x, dx)
        add_tangents(outer, b, rates, width, n_inputs, dx)
        place = start
        for r in range(block_start[b], block_start[b + 1]):
            if hold[r] > 0.0:
                dx[place : place + width] = 0.0
            place += width
        add_tangents(lower, b, factors, width, 0, dx)
        place = start
        for r in range(block_start[b], block_start[b + 1]):
            for q in range(place + 1, place + width):
                for s in range(dx.shape[1]):
                    dx[q, s] *= inverse[r]
            place += width
        add_tangents(upper, b, factors, width, 0, dx)
        place = start
        for _ in range(block_start[b], block_start[b + 1]):
            for q in range(place + 1, place + width):
                for s in range(dx.shape[1]):
                    dx[place, s] -= dx[q, s]
            place += width


@kernel
def observe_tangents(channels, weight, shares, d_shares, skip, x, dx, d_values):
    """Fill in the derivatives of the channels; `d_shares` has no rows if shares are constant."""
    for c in range(d_values.shape[0]):
        d_values[c] = 0.0
        for t in range(channels.start[c], channels.start[c + 1]):
            entry, share = channels.entry[t], channels.share[t]
            if entry >= skip:
                factor = weight[t] * shares[share]
                for s in range(d_values.shape[1]):
                    d_values[c, s] += factor * dx[entry, s]
            if d_shares.shape[0]:
                for s in range(d_values.shape[1]):
                    d_values[c, s] += weight[t] * x[entry] * d_shares[share, s]


@kernel
def stationary_tangents(
    tape,
    weight,
    n_factors,
    n_entries,
    inputs,
    gross,
    d_gross,
    channels,
    channel_weight,
    shares,
    d_shares,
):
    """Return the status, the values of all channels, and their derivatives (n_channels, p).

    The status is that of `stationary`.
    """
    p = d_gross.shape[1]
    values = np.empty(channels[1] - channels[0] - 1)
    d_values = np.empty((len(values), p))
    status = -impossible(gross)
    if status:
        return status, values, d_values
    program, seen = program_of(tape), channels_of(channels)
    rates, hold = np.empty(len(program.rate_start) - 1), np.empty(len(program.row_pool))
    factors, inverse, x = np.empty(n_factors), np.empty(len(hold)), np.empty(n_entries)
    rates_of(program, weight, gross, rates)
    hold_empty_pools(program, rates, hold)
    status = factorise(program, rates, hold, factors, inverse)
    if status == 0:
        d_rates, dx = np.empty((len(rates), p)), np.empty((n_entries, p))
        x[: len(inputs)] = inputs
        steady_values(program, rates, hold, factors, inverse, x)
        observe(seen, channel_weight, shares, x, values)
        rate_tangents(program, weight, d_gross, d_rates)
        steady_tangents(program, rates, d_rates, hold, factors, inverse, len(inputs), x, dx)
        observe_tangents(seen, channel_weight, shares, d_shares, len(inputs), x, dx, d_values)
    return status, values, d_values
