"""The cycle at which a curve crosses its threshold."""

import numpy as np
from numba import njit


def crossings(curves: np.ndarray, thresholds: np.ndarray, steepest: np.ndarray) -> np.ndarray:
    """Return where each curve crosses its threshold for good, by log-linear interpolation.

    The search begins at the steepest cycle, so that a bump before the rise or a hook after it is
    not taken for the crossing. Between the two cycles the logarithm of the signal is taken as
    straight; where the lower one is not positive, the signal itself is.

    Parameters
    ----------
    curves : numpy.ndarray
        Shape (curves, cycles), above their baselines, no NaN.
    thresholds : numpy.ndarray
        Shape (curves,), in the same unit.
    steepest : numpy.ndarray
        Shape (curves,), index of the steepest cycle.

    Returns
    -------
    numpy.ndarray
        Shape (curves,), index of the crossing (not whole); NaN where there is none.
    """
    answer = np.empty(len(curves))
    _cross(
        np.ascontiguousarray(curves, dtype=np.float64),
        np.asarray(thresholds, dtype=np.float64),
        np.asarray(steepest, dtype=np.int64),
        answer,
    )
    return answer


@njit(cache=True, nogil=True)
def _cross(curves, thresholds, steepest, answer):
    for i in range(len(curves)):
        y, threshold = curves[i], thresholds[i]
        answer[i] = np.nan
        if not threshold > 0.0:
            continue
        k = steepest[i]
        while k < len(y) and y[k] < threshold:
            k += 1
        if k == len(y):
            continue
        while k > 0 and y[k - 1] >= threshold:
            k -= 1
        if k == 0:
            continue
        low, high = y[k - 1], y[k]
        if low > 0.0:
            answer[i] = k - 1 + np.log(threshold / low) / np.log(high / low)
        else:
            answer[i] = k - 1 + (threshold - low) / (high - low)
