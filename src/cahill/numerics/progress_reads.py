"""Which reads of a progress curve belong to it, and how independent their residuals are."""

import numpy as np

from cahill.numerics.progress_shapes import kernel

_SPIKE = 6.0
_FAR = 4.5
_TO_SIGMA = 1.4826
_MOST_LEFT_OUT = 0.2


@kernel
def middle(values: np.ndarray) -> float:
    """Return the median."""
    ordered = np.sort(values)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else 0.5 * (ordered[half - 1] + ordered[half])


@kernel
def chosen_reads(
    times: np.ndarray, signal: np.ndarray, kept: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return times and signal of the kept reads."""
    used, values = np.empty(len(times)), np.empty(len(times))
    count = 0
    for k in range(len(times)):
        if kept[k]:
            used[count], values[count] = times[k], signal[k]
            count += 1
    return used[:count].copy(), values[:count].copy()


@kernel
def spikes(times: np.ndarray, signal: np.ndarray, kept: np.ndarray) -> int:
    """Take single reads out of `kept` that stand out from both neighbours; return how many.

    A read off the line between its neighbours shows in the second differences as -1/2, 1, -1/2; a
    corner of the curve shows as one sign and stays.
    """
    place = np.flatnonzero(kept)
    count = len(place)
    bend = np.zeros(count)
    for i in range(1, count - 1):
        a, b, c = place[i - 1], place[i], place[i + 1]
        part = (times[b] - times[a]) / (times[c] - times[a])
        bend[i] = signal[b] - (1.0 - part) * signal[a] - part * signal[c]
    scale = _TO_SIGMA * middle(np.abs(bend[1 : count - 1]))
    taken = 0
    for i in range(2, count - 2):
        size = abs(bend[i])
        if size <= _SPIKE * scale or taken >= _MOST_LEFT_OUT * count:
            continue
        sign = 1.0 if bend[i] > 0 else -1.0
        if -sign * bend[i - 1] > 0.25 * size and -sign * bend[i + 1] > 0.25 * size:
            kept[place[i]] = False
            taken += 1
    return taken


@kernel
def deviating_reads(signal: np.ndarray, curve: np.ndarray, kept: np.ndarray) -> int:
    """Take reads out of `kept` that lie far from the fit; return how many.

    Far is 4.5 robust standard deviations (median absolute deviation), and twice as far as the
    reads beside it: where the shape itself misses, residuals of one sign stand side by side and
    leaving them out would hide it. For the same reason a read beside one left out stays.
    """
    place = np.flatnonzero(kept)
    count = len(place)
    inside = np.empty(count)
    for i in range(count):
        inside[i] = signal[place[i]] - curve[place[i]]
    scale = _TO_SIGMA * middle(np.abs(inside - middle(inside)))
    reach = 1e-9 * np.abs(inside).max()
    taken = 0
    for i in range(count):
        size = abs(inside[i])
        if size <= _FAR * scale + reach or taken >= _MOST_LEFT_OUT * count:
            continue
        sign = 1.0 if inside[i] > 0 else -1.0
        if (i > 0 and place[i - 1] < place[i] - 1) or (
            i < count - 1 and place[i + 1] > place[i] + 1
        ):
            continue
        before = sign * inside[i - 1] if i > 0 else 0.0
        after = sign * inside[i + 1] if i < count - 1 else 0.0
        if before <= 0.5 * size and after <= 0.5 * size:
            kept[place[i]] = False
            taken += 1
    return taken


@kernel
def excess_of_residuals(residuals: np.ndarray) -> float:
    """Return how many reads tell as much as one, from the autocorrelation of the residuals.

    1 unless the first autocorrelation is above two standard errors (2 / sqrt(reads)); else the
    integrated autocorrelation time 1 + 2 (r1 + r2 + ...), summed while positive, by which the
    variance of a slope is too small when reads are taken as independent.
    """
    count = len(residuals)
    if count < 8:
        return 1.0
    mean = residuals.mean()
    total = 0.0
    for k in range(count):
        total += (residuals[k] - mean) ** 2
    if total <= 0.0:
        return 1.0
    excess = 1.0
    for lag in range(1, count // 3):
        along = 0.0
        for k in range(count - lag):
            along += (residuals[k] - mean) * (residuals[k + lag] - mean)
        along /= total
        if along <= 0.0 or (lag == 1 and along < 2.0 / np.sqrt(count)):
            break
        excess += 2.0 * along
    return excess
