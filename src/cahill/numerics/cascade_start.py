"""What the labelling of a cascade over time starts from, compiled."""

import numpy as np

from cahill.numerics.cascade_kernels import (
    factorise,
    hold_empty_pools,
    steady_values,
)
from cahill.numerics.cascade_program import kernel
from cahill.numerics.cascade_tangents import steady_tangents


@kernel
def settled(program, rates, d_rates, n_factors, n_entries, inputs):
    """Bring everything to isotopic steady state under a feed.

    Parameters
    ----------
    program : cahill.numerics.cascade_program.Program
        What to do.
    rates, d_rates : (n_rates,) and (n_rates, p)
        Coefficients and their derivatives by p parameters; p may be 0.
    n_factors, n_entries : int
        Entries of the factors and of all distributions.
    inputs : (n_inputs,)
        Distributions fed.

    Returns
    -------
    status : int
        As `factorise`.
    start, d_start : (n_entries,) and (n_entries, p)
        Distributions of all nodes and their derivatives.
    """
    hold, inverse = np.empty(len(program.row_pool)), np.empty(len(program.row_pool))
    factors, start = np.empty(n_factors), np.zeros(n_entries)
    d_start = np.zeros((n_entries, d_rates.shape[1]))
    hold_empty_pools(program, rates, hold)
    status = factorise(program, rates, hold, factors, inverse)
    if status == 0:
        start[: len(inputs)] = inputs
        steady_values(program, rates, hold, factors, inverse, start)
        if d_rates.shape[1]:
            steady_tangents(
                program, rates, d_rates, hold, factors, inverse, len(inputs), start, d_start
            )
    return status, start, d_start
