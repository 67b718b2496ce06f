"""Weighted residuals of predictions known up to a factor per group (variable projection).

The best factor of a group has a closed form, and so has its derivative (Golub & Pereyra 1973), so
the factors are no parameters of the search.
"""

import numpy as np
from numba import njit

kernel = njit(cache=True, nogil=True, error_model="numpy")


@kernel
def factors(
    predicted: np.ndarray,
    values: np.ndarray,
    weights: np.ndarray,
    starts: np.ndarray,
    free: np.ndarray,
) -> np.ndarray:
    """Return the factor of each group: 1, or the one that makes its residuals least.

    Parameters
    ----------
    predicted, values : numpy.ndarray
        Shape (n,).
    weights : numpy.ndarray
        One over the standard error, 0 for what is not measured; shape (n,).
    starts : numpy.ndarray of int64
        First value of each group, and n; shape (n_groups + 1,).
    free : numpy.ndarray of int64
        Whether the group's factor is free, shape (n_groups,).

    Returns
    -------
    numpy.ndarray
        Shape (n_groups,).
    """
    found = np.ones(len(free))
    for group in range(len(free)):
        if free[group]:
            both, own = 0.0, 0.0
            for i in range(starts[group], starts[group + 1]):
                square = weights[i] * weights[i]
                both += square * predicted[i] * values[i]
                own += square * predicted[i] * predicted[i]
            found[group] = both / own if own > 0.0 else 1.0
    return found


@kernel
def residuals(
    predicted: np.ndarray,
    values: np.ndarray,
    weights: np.ndarray,
    starts: np.ndarray,
    free: np.ndarray,
) -> np.ndarray:
    """Return weighted residuals, factor * predicted - value, shape (n,); 0 if not measured."""
    scale = factors(predicted, values, weights, starts, free)
    found = np.empty(len(values))
    for group in range(len(free)):
        for i in range(starts[group], starts[group + 1]):
            found[i] = weights[i] * (scale[group] * predicted[i] - values[i])
    return found


@kernel
def jacobian(
    predicted: np.ndarray,
    tangents: np.ndarray,
    values: np.ndarray,
    weights: np.ndarray,
    starts: np.ndarray,
    free: np.ndarray,
) -> np.ndarray:
    """Return the derivative of `residuals`, factors included, by the directions of `tangents`.

    `tangents` is the derivative of `predicted`, shape (n, p), as is what is returned.
    """
    scale = factors(predicted, values, weights, starts, free)
    p = tangents.shape[1]
    found = np.empty((len(values), p))
    change = np.empty(p)
    for group in range(len(free)):
        first, last = starts[group], starts[group + 1]
        change[:] = 0.0
        if free[group]:
            own = 0.0
            for i in range(first, last):
                square = weights[i] * weights[i]
                own += square * predicted[i] * predicted[i]
                pull = square * (values[i] - 2.0 * scale[group] * predicted[i])
                for j in range(p):
                    change[j] += pull * tangents[i, j]
            if own > 0.0:
                for j in range(p):
                    change[j] /= own
            else:
                change[:] = 0.0
        for i in range(first, last):
            for j in range(p):
                found[i, j] = weights[i] * (
                    scale[group] * tangents[i, j] + change[j] * predicted[i]
                )
    return found
