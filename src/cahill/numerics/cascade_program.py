"""What compiled loops over a cascade of linear systems are told: index arrays, and their one tape.

The arrays are described in `cahill.tracing.cascade`. A compiled function takes them as one array,
the tape, since passing forty arrays costs more time than some of the loops.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numba import njit

kernel = njit(cache=True, nogil=True, fastmath={"contract", "nsz"}, error_model="numpy")


class Program(NamedTuple):
    """The integer arrays of a cascade, in the order in which they stand on its tape."""

    rate_start: np.ndarray
    rate_flux: np.ndarray
    product_start: np.ndarray
    product_place: np.ndarray
    product_width: np.ndarray
    left_place: np.ndarray
    left_width: np.ndarray
    left_table: np.ndarray
    right_place: np.ndarray
    right_width: np.ndarray
    right_table: np.ndarray
    table: np.ndarray
    block_start: np.ndarray
    block_width: np.ndarray
    block_place: np.ndarray
    row_turnover: np.ndarray
    row_pool: np.ndarray
    row_first: np.ndarray
    row_end: np.ndarray
    outer_start: np.ndarray
    outer_rate: np.ndarray
    outer_target: np.ndarray
    outer_source: np.ndarray
    outer_entry: np.ndarray
    inner_start: np.ndarray
    inner_rate: np.ndarray
    inner_target: np.ndarray
    inner_source: np.ndarray
    inner_entry: np.ndarray
    fill_start: np.ndarray
    fill_target: np.ndarray
    fill_left: np.ndarray
    fill_right: np.ndarray
    lower_start: np.ndarray
    lower_target: np.ndarray
    lower_source: np.ndarray
    lower_entry: np.ndarray
    lower_row: np.ndarray
    upper_start: np.ndarray
    upper_target: np.ndarray
    upper_source: np.ndarray
    upper_entry: np.ndarray


class Terms(NamedTuple):
    """Multiples of distributions to be added to others: a range for each block."""

    start: np.ndarray
    target: np.ndarray
    source: np.ndarray
    factor: np.ndarray


class Products(NamedTuple):
    """Distributions to be multiplied: a range for each block."""

    start: np.ndarray
    place: np.ndarray
    width: np.ndarray
    left: np.ndarray
    left_width: np.ndarray
    left_table: np.ndarray
    right: np.ndarray
    right_width: np.ndarray
    right_table: np.ndarray
    table: np.ndarray


class Channels(NamedTuple):
    """Entries and shares that channels are sums of: a range for each channel."""

    start: np.ndarray
    entry: np.ndarray
    share: np.ndarray


def tape_of(arrays: Sequence[np.ndarray]) -> np.ndarray:
    """Return integer arrays as one: where each begins and ends, then one after the other.

    Compiled functions take this one argument instead of forty, each of which costs time to pass.
    """
    ends = len(arrays) + 1 + np.cumsum([0, *map(len, arrays)])
    return np.concatenate([ends, *arrays]).astype(np.int64)


@kernel
def program_of(tape):
    """Take the tape of a program apart."""
    return Program(
        tape[tape[0] : tape[1]],
        tape[tape[1] : tape[2]],
        tape[tape[2] : tape[3]],
        tape[tape[3] : tape[4]],
        tape[tape[4] : tape[5]],
        tape[tape[5] : tape[6]],
        tape[tape[6] : tape[7]],
        tape[tape[7] : tape[8]],
        tape[tape[8] : tape[9]],
        tape[tape[9] : tape[10]],
        tape[tape[10] : tape[11]],
        tape[tape[11] : tape[12]],
        tape[tape[12] : tape[13]],
        tape[tape[13] : tape[14]],
        tape[tape[14] : tape[15]],
        tape[tape[15] : tape[16]],
        tape[tape[16] : tape[17]],
        tape[tape[17] : tape[18]],
        tape[tape[18] : tape[19]],
        tape[tape[19] : tape[20]],
        tape[tape[20] : tape[21]],
        tape[tape[21] : tape[22]],
        tape[tape[22] : tape[23]],
        tape[tape[23] : tape[24]],
        tape[tape[24] : tape[25]],
        tape[tape[25] : tape[26]],
        tape[tape[26] : tape[27]],
        tape[tape[27] : tape[28]],
        tape[tape[28] : tape[29]],
        tape[tape[29] : tape[30]],
        tape[tape[30] : tape[31]],
        tape[tape[31] : tape[32]],
        tape[tape[32] : tape[33]],
        tape[tape[33] : tape[34]],
        tape[tape[34] : tape[35]],
        tape[tape[35] : tape[36]],
        tape[tape[36] : tape[37]],
        tape[tape[37] : tape[38]],
        tape[tape[38] : tape[39]],
        tape[tape[39] : tape[40]],
        tape[tape[40] : tape[41]],
        tape[tape[41] : tape[42]],
    )


@kernel
def lists_of(program):
    """Return the products, the outer, inner, lower and upper terms of all blocks."""
    p = program
    return (
        Products(
            p.product_start,
            p.product_place,
            p.product_width,
            p.left_place,
            p.left_width,
            p.left_table,
            p.right_place,
            p.right_width,
            p.right_table,
            p.table,
        ),
        Terms(p.outer_start, p.outer_target, p.outer_source, p.outer_rate),
        Terms(p.inner_start, p.inner_target, p.inner_source, p.inner_rate),
        Terms(p.lower_start, p.lower_target, p.lower_source, p.lower_entry),
        Terms(p.upper_start, p.upper_target, p.upper_source, p.upper_entry),
    )


@kernel
def channels_of(tape):
    """Take the tape of channels apart."""
    return Channels(
        tape[tape[0] : tape[1]],
        tape[tape[1] : tape[2]],
        tape[tape[2] : tape[3]],
    )
