"""One shape fitted to one progress curve: offset and rate solved, the rest by damped Gauss-Newton.

Variable projection (Golub & Pereyra 2003, in Kaufman's form): for given shape parameters offset and
rate are a straight-line regression on the course, so that the search runs over the one to three
parameters of the shape alone.
"""

import numpy as np

from cahill.numerics.progress_shapes import (
    EXPONENTIAL,
    HINGE,
    MICHAELIS,
    NO_END,
    NO_LAG,
    PARTIAL,
    course,
    kernel,
)

_STEPS = 30
_DONE = 1e-6


@kernel
def regress(phi: np.ndarray, signal: np.ndarray) -> tuple[float, float, float]:
    """Return offset, rate and residual sum of squares of signal = offset + rate * phi."""
    reads = len(phi)
    mean_phi, mean_signal = 0.0, 0.0
    for k in range(reads):
        mean_phi += phi[k]
        mean_signal += signal[k]
    mean_phi /= reads
    mean_signal /= reads
    across, along = 0.0, 0.0
    for k in range(reads):
        across += (phi[k] - mean_phi) * (signal[k] - mean_signal)
        along += (phi[k] - mean_phi) ** 2
    if along <= 0.0:
        return mean_signal, 0.0, np.inf
    rate = across / along
    offset = mean_signal - rate * mean_phi
    total = 0.0
    for k in range(reads):
        total += (signal[k] - offset - rate * phi[k]) ** 2
    return offset, rate, total


@kernel
def solve_small(matrix: np.ndarray, right: np.ndarray, size: int) -> bool:
    """Solve a positive definite system in place (`right` becomes the answer); False if singular."""
    for i in range(size):
        for j in range(i + 1):
            value = matrix[i, j]
            for k in range(j):
                value -= matrix[i, k] * matrix[j, k]
            if i == j:
                if value <= 0.0:
                    return False
                matrix[i, i] = np.sqrt(value)
            else:
                matrix[i, j] = value / matrix[j, j]
    for i in range(size):
        for k in range(i):
            right[i] -= matrix[i, k] * right[k]
        right[i] /= matrix[i, i]
    for i in range(size - 1, -1, -1):
        for k in range(i + 1, size):
            right[i] -= matrix[k, i] * right[k]
        right[i] /= matrix[i, i]
    return True


@kernel
def _normal(
    phi: np.ndarray,
    slopes: np.ndarray,
    signal: np.ndarray,
    offset: float,
    rate: float,
    size: int,
    square: np.ndarray,
    pull: np.ndarray,
) -> None:
    """Write the projected normal equations: slopes made orthogonal to the line and the offset."""
    reads = len(phi)
    mean = phi.mean()
    along = 0.0
    for k in range(reads):
        along += (phi[k] - mean) ** 2
    means = np.empty(size)
    shares = np.empty(size)
    for i in range(size):
        means[i] = slopes[i, :reads].mean()
        across = 0.0
        for k in range(reads):
            across += slopes[i, k] * (phi[k] - mean)
        shares[i] = across / along
    square[:size, :size] = 0.0
    pull[:size] = 0.0
    free = np.empty(size)
    for k in range(reads):
        left = signal[k] - offset - rate * phi[k]
        for i in range(size):
            free[i] = rate * (slopes[i, k] - means[i] - shares[i] * (phi[k] - mean))
            pull[i] += free[i] * left
            for j in range(i + 1):
                square[i, j] += free[i] * free[j]


@kernel
def fit_shape(
    lag: int,
    end: int,
    theta: np.ndarray,
    limits: np.ndarray,
    times: np.ndarray,
    signal: np.ndarray,
    phi: np.ndarray,
    slopes: np.ndarray,
) -> tuple[float, float, float]:
    """Improve `theta` in place; return offset, rate and residual sum of squares.

    Levenberg-Marquardt, each parameter held inside its limits. `phi` and `slopes` are work space
    and hold the course of the answer at the end.
    """
    size = len(limits)
    course(lag, end, theta, times, phi, slopes)
    offset, rate, total = regress(phi, signal)
    square, pull, damped = np.empty((size, size)), np.empty(size), np.empty((size, size))
    step, trial = np.empty(size), np.empty(size)
    damping = 1e-3
    for _ in range(_STEPS):
        _normal(phi, slopes, signal, offset, rate, size, square, pull)
        gained = -1.0
        for _ in range(8):
            for i in range(size):
                step[i] = pull[i]
                at_end = (theta[i] <= limits[i, 0] and pull[i] < 0.0) or (
                    theta[i] >= limits[i, 1] and pull[i] > 0.0
                )
                for j in range(i + 1):
                    damped[i, j] = square[i, j]
                damped[i, i] *= 1.0 + damping
                damped[i, i] += 1e-14 * total if not at_end else 1e30 * (total + square[i, i])
            if not solve_small(damped, step, size):
                damping = 10.0 * damping
                continue
            for i in range(size):
                # A parameter moves by at most a factor e at a time.
                move = min(max(step[i], -1.0), 1.0)
                trial[i] = min(max(theta[i] + move, limits[i, 0]), limits[i, 1])
            course(lag, end, trial, times, phi, slopes)
            new_offset, new_rate, new_total = regress(phi, signal)
            if new_total <= total:
                gained = total - new_total
                theta[:size] = trial
                offset, rate, total = new_offset, new_rate, new_total
                damping = max(0.1 * damping, 1e-9)
                break
            damping *= 10.0
        if gained < 0.0 or gained <= _DONE * total:
            break
    course(lag, end, theta, times, phi, slopes)
    return offset, rate, total


@kernel
def rate_variance(
    phi: np.ndarray, slopes: np.ndarray, theta: np.ndarray, limits: np.ndarray, rate: float
) -> float:
    """Return the variance of the rate for reads of variance 1, all parameters estimated.

    A parameter at its limit counts as known. Infinite where the reads do not determine the rate.
    """
    reads, size = len(phi), len(limits)
    mean = phi.mean()
    free = 0
    square, cross = np.zeros((size, size)), np.zeros(size)
    chosen = np.empty(size, np.int64)
    for i in range(size):
        if limits[i, 0] < theta[i] < limits[i, 1]:
            chosen[free] = i
            free += 1
    along = 0.0
    for k in range(reads):
        along += (phi[k] - mean) ** 2
    for a in range(free):
        i = chosen[a]
        mean_i = slopes[i, :reads].mean()
        for k in range(reads):
            cross[a] += rate * (slopes[i, k] - mean_i) * (phi[k] - mean)
        for b in range(a + 1):
            j = chosen[b]
            mean_j = slopes[j, :reads].mean()
            for k in range(reads):
                square[a, b] += rate * rate * (slopes[i, k] - mean_i) * (slopes[j, k] - mean_j)
    known = along
    if free:
        answer = cross.copy()
        if not solve_small(square, answer, free):
            return np.inf
        for a in range(free):
            known -= cross[a] * answer[a]
    return 1.0 / known if known > 1e-12 * along else np.inf


@kernel
def start_values(
    lag: int,
    end: int,
    limits: np.ndarray,
    found: np.ndarray,
    times: np.ndarray,
    signal: np.ndarray,
    phi: np.ndarray,
    slopes: np.ndarray,
) -> np.ndarray:
    """Return the best parameters of a coarse grid, helped by simpler shapes fitted before.

    `found`, shape (3, 2), has logarithms of T and of its companion for the run-outs without lag:
    exponential, hinge, Michaelis.
    """
    lags = np.log(np.array([0.02, 0.07, 0.2]))
    first = len(lags) if lag != NO_LAG else 1
    ends = np.zeros((1, 2))
    if end != NO_END and lag != NO_LAG:
        ends[0] = found[end - 1]
    elif end == MICHAELIS:
        ends = np.array([[found[0, 0], 1.0], [found[1, 0], -2.5], [found[1, 0], -1.0]])
    elif end == EXPONENTIAL:
        ends = np.log(np.array([[0.06, 1.0], [0.15, 1.0], [0.4, 1.0], [1.0, 1.0], [3.0, 1.0]]))
    elif end == HINGE:
        ends = np.empty((9, 2))
        ends[:, 0] = np.log(np.array([0.06, 0.12, 0.2, 0.3, 0.42, 0.55, 0.7, 0.85, 1.1]))
        ends[:, 1] = np.log(0.07)
    size = len(limits)
    best, trial, least = np.zeros(size), np.zeros(size), np.inf
    for a in range(first):
        for b in range(len(ends)):
            place = lag
            if lag != NO_LAG:
                trial[0] = lags[a]
            if lag == PARTIAL:
                trial[1] = 0.3
            for i in range(place, size):
                trial[i] = ends[b, i - place]
            for i in range(size):
                trial[i] = min(max(trial[i], limits[i, 0]), limits[i, 1])
            course(lag, end, trial, times, phi, slopes)
            _, _, total = regress(phi, signal)
            if total < least:
                least = total
                best[:] = trial
    return best
