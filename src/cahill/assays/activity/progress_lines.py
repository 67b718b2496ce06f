"""Straight lines through progress curves: the linear portion, and the slopes instruments report."""

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from cahill.errors import InputError
from cahill.numerics.progress_input import checked_curves
from cahill.numerics.progress_linear import (
    WindowLines,
    all_windows,
    chunks,
    lack_of_fit,
    neighbour_noise,
    window_lines,
)

_FEWEST = 5
_SIGNIFICANT = 0.01
_NEAR_STEEPEST = 0.8


@dataclass(frozen=True, eq=False)
class LinearPortions:
    """The straight part of each curve of a batch; arrays are (curves,).

    Attributes
    ----------
    rate, sd, low, high : numpy.ndarray
        Slope, positive in the direction asked for, its standard deviation and interval, signal
        unit per s; NaN where there are too few reads.
    first, stop : numpy.ndarray
        int: the part as a slice of the reads.
    used : numpy.ndarray
        Shape (curves, reads), bool.
    p : numpy.ndarray
        Probability of so bad a line by chance, of the part chosen (lack of fit).
    whole : numpy.ndarray
        bool: the line describes all reads.
    notes : tuple of str
        What a reader must know of each curve.
    """

    rate: np.ndarray
    sd: np.ndarray
    low: np.ndarray
    high: np.ndarray
    first: np.ndarray
    stop: np.ndarray
    used: np.ndarray
    p: np.ndarray
    whole: np.ndarray
    notes: tuple[str, ...]


def linear_portion(
    times: np.ndarray,
    signal: np.ndarray,
    *,
    direction: int = 1,
    mask: np.ndarray | None = None,
    confidence: float = 0.95,
    significance: float = _SIGNIFICANT,
) -> LinearPortions:
    """Return the part of each curve that a straight line describes.

    All reads, if a line describes them: if the lack of fit (a parabola explains more, or the
    scatter is wider than that between neighbours) is not significant. Else, of all windows of at
    least five reads that a line describes and that are not slower than 0.8 of the steepest (less
    two standard deviations of that), the one along which the line rises most: a plateau, however
    long, is not taken for the reaction. Where there is none, the steepest line, with a note.

    Parameters
    ----------
    times : numpy.ndarray
        Shape (reads,) or (curves, reads), s.
    signal : numpy.ndarray
        Shape (curves, reads) or (reads,).
    direction : {1, -1}
    mask : numpy.ndarray, optional
        Reads to use.
    confidence : float
        Of the interval. It is that of the line and does not allow for the choice of the window.
    significance : float
        Lack of fit below which a line is refused.

    Raises
    ------
    InputError
        If shapes do not fit together or times do not rise.
    """
    if direction not in (1, -1):
        raise InputError(f"direction: {direction} is neither 1 (rising) nor -1 (falling)")
    grid, values, kept = checked_curves(times, signal, mask)
    curves, reads = values.shape
    noise, freedom = neighbour_noise(grid, values, kept)
    windows = all_windows(reads, min(_FEWEST, reads))
    columns = np.zeros((curves, 6))
    for part in chunks(curves, len(windows)):
        lines = window_lines(grid[part], values[part], kept[part], windows)
        p = lack_of_fit(lines, noise[part], freedom[part])
        enough = lines.reads >= np.minimum(_FEWEST, lines.reads[:, :1])
        best = _best_window(lines, p, enough, noise[part], grid[part], direction, significance)
        rows = np.arange(len(best))
        chosen = (lines.slope, lines.variance, lines.residual, lines.reads, p)
        for place, values_of in enumerate(chosen):
            columns[part, place] = values_of[rows, best]
        columns[part, 5] = best
    return _portions(columns, windows, kept, direction, confidence, significance)


def _best_window(
    lines: WindowLines,
    p: np.ndarray,
    enough: np.ndarray,
    noise: np.ndarray,
    times: np.ndarray,
    direction: int,
    significance: float,
) -> np.ndarray:
    """Return the place of the window chosen for each curve, shape (curves,)."""
    slope = np.where(enough, direction * lines.slope, -np.inf)
    steepest = slope.argmax(axis=1)
    rows = np.arange(len(slope))
    doubt = 2.0 * np.sqrt(np.nan_to_num(noise) * lines.variance[rows, steepest])
    least = _NEAR_STEEPEST * (slope[rows, steepest] - doubt)
    straight = enough & (p >= significance)
    fast = straight & (slope >= least[:, None])
    first, stop = lines.windows.T
    rise = np.where(fast, slope * (times[:, stop - 1] - times[:, first]), -np.inf)
    chosen = np.where(fast.any(axis=1), rise.argmax(axis=1), steepest)
    return np.where(straight[:, 0] | ~enough.any(axis=1), 0, chosen)


def _portions(
    columns: np.ndarray,
    windows: np.ndarray,
    kept: np.ndarray,
    direction: int,
    confidence: float,
    significance: float,
) -> LinearPortions:
    slope, variance, residual, count, p, best = columns.T
    place = best.astype(int)
    first, stop = windows[place].T
    known = count >= 3
    with np.errstate(invalid="ignore", divide="ignore"):
        sd = np.where(known, np.sqrt(variance * residual / (count - 2)), np.nan)
    rate = np.where(known, direction * slope, np.nan)
    reach = stdtrit(np.maximum(count - 2, 1), 0.5 + 0.5 * confidence) * sd
    reads = np.arange(kept.shape[1])
    used = kept & (reads >= first[:, None]) & (reads < stop[:, None]) & known[:, None]
    whole = place == 0
    total = kept.sum(axis=1)
    notes = []
    for c in range(len(rate)):
        if not known[c]:
            notes.append(f"{total[c]} usable reads, at least 3 are needed")
        elif p[c] < significance:
            notes.append("no part of the curve is straight: the steepest line is given")
        elif not whole[c]:
            notes.append(f"straight from read {first[c] + 1} to {stop[c]} of {len(reads)}")
        else:
            notes.append("")
    return LinearPortions(
        rate, sd, rate - reach, rate + reach, first, stop, used, p, whole, tuple(notes)
    )


def mean_slope(
    times: np.ndarray, signal: np.ndarray, *, mask: np.ndarray | None = None
) -> np.ndarray:
    """Return the slope of the line through all reads, shape (curves,), signal unit/s.

    What Gen5 calls Mean V (there per minute and often in mOD).

    Raises
    ------
    InputError
        If shapes do not fit together or times do not rise.
    """
    grid, values, kept = checked_curves(times, signal, mask)
    windows = np.array([[0, values.shape[1]]])
    return window_lines(grid, values, kept, windows).slope[:, 0]


def max_slope(
    times: np.ndarray,
    signal: np.ndarray,
    window: int,
    *,
    direction: int = 1,
    mask: np.ndarray | None = None,
) -> np.ndarray:
    """Return the steepest slope of lines through `window` neighbouring reads, shape (curves,).

    What Gen5 calls Max V. It takes the luckiest noise with it: on a blank it is never zero. For
    comparison with an instrument's own figures; use `initial_rates` for an answer.

    Parameters
    ----------
    times, signal : numpy.ndarray
        As of `linear_portion`.
    window : int
        Reads of each line, at least 2.
    direction : {1, -1}
        -1 finds the steepest fall, as a positive slope.
    mask : numpy.ndarray, optional
        Reads to use; windows that hold others are left out.

    Raises
    ------
    InputError
        If shapes do not fit together, times do not rise, or the window does not fit.
    """
    grid, values, kept = checked_curves(times, signal, mask)
    reads = values.shape[1]
    if not 2 <= window <= reads:
        raise InputError(f"window: {window} reads do not fit curves of {reads}; give 2 to {reads}")
    first = np.arange(reads - window + 1)
    windows = np.stack((first, first + window), axis=1)
    lines = window_lines(grid, values, kept, windows)
    slope = np.where(lines.reads == window, direction * lines.slope, -np.inf)
    steepest = slope.max(axis=1)
    return np.where(np.isfinite(steepest), steepest, np.nan)
