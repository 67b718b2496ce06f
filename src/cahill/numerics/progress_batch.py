"""Progress curves one after another: reads chosen, shapes fitted and averaged."""

import numpy as np

from cahill.numerics.progress_average import (
    SHAPES,
    averaged_curve,
    fit_all,
    mixture_quantile,
    weights,
)
from cahill.numerics.progress_reads import (
    chosen_reads,
    deviating_reads,
    excess_of_residuals,
    middle,
    spikes,
)
from cahill.numerics.progress_shapes import ENDS, LAGS, NO_END, PARTIAL, SIZES, bounds, kernel

FEWEST_READS = 3
_ROUNDS = 3
_FEW_TO_JUDGE = 8
_SPENT = 0.35
# A first-order lag holds the pool between the enzymes (rate times lag) for constant once it is
# filled. It goes on growing as the second enzyme nears saturation or its cofactor falls, by
# something between nothing and a tenth of itself along the curve (assumed), and the signal is
# short of that: as a standard deviation, a tenth over the square root of 12.
_POOL_GROWTH = 0.03

RATE, SPREAD, LOW, HIGH, LAG, EXCESS, OUTLIERS, SPENT, AT_LIMIT = range(9)
ANSWERS = 9
"""Columns of the answers: see `average_batch`."""


@kernel
def _fit_reads(
    times: np.ndarray, signal: np.ndarray, kept: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, float]:
    """Fit the kept reads; return fits, parameters, weights, averaged curve and excess."""
    used, values = chosen_reads(times, signal, kept)
    fits, thetas = fit_all(used, values, middle(np.diff(used)))
    reach = values.max() - values.min()
    least = len(used) * (1e-12 * reach) ** 2 + 1e-300
    excess, share, curve = 1.0, np.zeros(SHAPES), np.zeros(len(times))
    for again in range(2):
        share = weights(fits, len(used), least, excess)
        curve = averaged_curve(times, share, fits, thetas)
        if again:
            break
        at_used, _ = chosen_reads(curve, curve, kept)
        for k in range(len(values)):
            at_used[k] = values[k] - at_used[k]
        excess = excess_of_residuals(at_used)
        if excess <= 1.0:
            break
    return fits, thetas, share, curve, excess


@kernel
def _spent_from(times: np.ndarray, curve: np.ndarray, kept: np.ndarray) -> int:
    """Return the first read at which the curve has slowed down for good, or their number.

    That is a third (0.35) of its fastest. What comes after depends on how the reagent ends and
    tells nothing of the initial rate.
    """
    # Only reads that are used count, so that a read left out is as if it had never been.
    used = np.flatnonzero(kept)
    count = len(used)
    speeds = np.zeros(count)
    fastest, place = 0.0, 0
    for i in range(count - 1):
        k, after = used[i], used[i + 1]
        speeds[i] = abs((curve[after] - curve[k]) / (times[after] - times[k]))
        if speeds[i] > fastest:
            fastest, place = speeds[i], i
    for i in range(max(place + 1, _FEW_TO_JUDGE - 1), count - 1):
        if speeds[i] < _SPENT * fastest:
            return used[i] + 1
    return len(times)


@kernel
def _fit_curve(
    times: np.ndarray, signal: np.ndarray, kept: np.ndarray, robust: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, float, int, int]:
    """Fit one curve, leaving out reads that do not belong to it; `kept` is changed in place."""
    # One place calls the fit: what is called in many places is compiled as often.
    outliers, spent, rounds = 0, 0, _ROUNDS
    if robust and kept.sum() >= _FEW_TO_JUDGE:
        outliers = spikes(times, signal, kept)
    while True:
        fits, thetas, share, curve, excess = _fit_reads(times, signal, kept)
        if spent:
            break
        if robust and rounds and kept.sum() >= _FEW_TO_JUDGE:
            rounds -= 1
            more = deviating_reads(signal, curve, kept)
            outliers += more
            if more:
                continue
        ending = 0.0
        for m in range(SHAPES):
            if ENDS[m] != NO_END:
                ending += share[m]
        if ending <= 0.5:
            break
        for k in range(_spent_from(times, curve, kept), len(times)):
            if kept[k]:
                spent += 1
                kept[k] = False
        if not spent:
            break
    return fits, thetas, share, curve, excess, outliers, spent


@kernel
def _resolution(signal: np.ndarray) -> float:
    """Return the variance of rounding where the reads take few different values, else 0."""
    ordered = np.sort(signal)
    different, least = 1, np.inf
    for k in range(1, len(ordered)):
        gap = ordered[k] - ordered[k - 1]
        if gap > 0.0:
            different += 1
            least = min(least, gap)
    if different < 2 or 2 * different > len(ordered):
        return 0.0
    return least * least / 12.0


@kernel
def _summary(
    fits: np.ndarray,
    thetas: np.ndarray,
    share: np.ndarray,
    excess: float,
    used: np.ndarray,
    values: np.ndarray,
    level: float,
    answer: np.ndarray,
) -> None:
    """Write rate, interval, lag and doubts of one curve into its row of answers."""
    reads = len(used)
    spreads, freedoms = np.zeros(SHAPES), np.ones(SHAPES)
    rounding = _resolution(values)
    step = middle(np.diff(used))
    lag, lagging = 0.0, 0.0
    best = np.argmax(share)
    for m in range(SHAPES):
        freedoms[m] = max(reads - 2.0 - SIZES[m], 1.0)
        if share[m] > 0.0:
            variance = max(fits[m, 2] / freedoms[m], rounding)
            spreads[m] = np.sqrt(excess * fits[m, 1] * variance)
            if LAGS[m]:
                rest = 1.0 - (thetas[m, 1] if LAGS[m] == PARTIAL else 0.0)
                own = rest * np.exp(thetas[m, 0])
                lag += share[m] * own
                lagging += share[m]
                doubt = _POOL_GROWTH * own * fits[m, 0] / (used[-1] - used[0])
                spreads[m] = np.sqrt(spreads[m] ** 2 + doubt * doubt)
    rates = fits[:, 0].copy()
    levels = (0.5, 0.5 - 0.5 * level, 0.5 + 0.5 * level, 0.025, 0.975)
    found = np.zeros(5)
    for k in range(5):
        found[k] = mixture_quantile(levels[k], share, rates, spreads, freedoms)
    answer[RATE], answer[LOW], answer[HIGH] = found[0], found[1], found[2]
    width = found[4] - found[3]
    answer[SPREAD] = width / (2.0 * 1.959963984540054)
    answer[LAG] = lag / lagging if lagging > 0.0 else 0.0
    answer[EXCESS] = excess
    answer[AT_LIMIT] = 0.0
    if LAGS[best]:
        limits = bounds(LAGS[best], ENDS[best], step)
        answer[AT_LIMIT] = 1.0 if thetas[best, 0] >= limits[0, 1] else 0.0


@kernel
def average_batch(
    times: np.ndarray,
    signal: np.ndarray,
    kept: np.ndarray,
    level: float,
    robust: bool,
    answers: np.ndarray,
    shares: np.ndarray,
    fitted: np.ndarray,
) -> None:
    """Fit every curve of a batch.

    Parameters
    ----------
    times : numpy.ndarray
        Shape (curves, reads); s.
    signal : numpy.ndarray
        Shape (curves, reads).
    kept : numpy.ndarray
        Shape (curves, reads), bool: reads to use; outliers and spent reads are taken out.
    level : float
        Of the interval.
    robust : bool
        Whether outliers are looked for.
    answers : numpy.ndarray
        Shape (curves, 9), written: rate, standard deviation, low, high (signal unit per s), lag
        (s), reads that tell as much as one independent read, outliers, spent reads, and whether
        the lag is as long as a lag may be. NaN where there are too few reads.
    shares : numpy.ndarray
        Shape (curves, shapes), written: weight of each shape.
    fitted : numpy.ndarray
        Shape (curves, reads), written: the averaged curve.
    """
    reads = times.shape[1]
    scaled, level_signal = np.empty(reads), np.empty(reads)
    for c in range(len(signal)):
        answers[c] = np.nan
        shares[c] = 0.0
        fitted[c] = np.nan
        mine = kept[c]
        if mine.sum() < FEWEST_READS:
            continue
        last = reads - 1
        while not mine[last]:
            last -= 1
        duration = times[c, last] - times[c, 0]
        _, values = chosen_reads(times[c], signal[c], mine)
        centre = middle(values)
        for k in range(reads):
            scaled[k] = (times[c, k] - times[c, 0]) / duration
            level_signal[k] = signal[c, k] - centre
        fits, thetas, share, curve, excess, outliers, spent = _fit_curve(
            scaled, level_signal, mine, robust
        )
        used, values = chosen_reads(scaled, level_signal, mine)
        _summary(fits, thetas, share, excess, used, values, level, answers[c])
        for k in range(RATE, HIGH + 1):
            answers[c, k] /= duration
        answers[c, LAG] *= duration
        answers[c, OUTLIERS], answers[c, SPENT] = outliers, spent
        shares[c] = share
        for k in range(reads):
            fitted[c, k] = curve[k] + centre
