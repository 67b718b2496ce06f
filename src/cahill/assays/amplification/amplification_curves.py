"""Amplification curves above their baselines, with what is known of the rise of each."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from cahill.core.amplification import QpcrRun
from cahill.numerics.amplification_baseline import Lines, fit_lines
from cahill.numerics.amplification_rise import Rises, find_rises
from cahill.numerics.amplification_smoothing import GAIN, WIDTH, fill_gaps, smooth

SKIPPED = 2
"""First cycles that an automatic baseline leaves out, as instruments do (theirs begin at 3)."""
SHORT = 5
"""A baseline of fewer cycles is held level: a slope from so few says nothing of later cycles."""
LEAST_CYCLES = 15
"""Cycles that a curve must have to be analysed; assumed."""

REPRODUCED = 0.01
"""Share of its height within which a printed curve must be that of the printed window; rounding to
three decimals is a tenth of that."""

BaselineChoice = Literal["instrument", "automatic"]


@dataclass(frozen=True, eq=False)
class Curves:
    """Curves of a run that have readings, and their baselines; arrays over these curves.

    Parameters
    ----------
    rows : numpy.ndarray
        Which reaction of the run each curve belongs to, shape (curves,).
    cycles : numpy.ndarray
        Shape (cycles,).
    raw : numpy.ndarray
        As read, gaps filled, shape (curves, cycles).
    above : numpy.ndarray
        Above the chosen baseline, same shape.
    smoothed : numpy.ndarray
        `above` smoothed, as thresholds are crossed with.
    automatic : numpy.ndarray
        Smoothed, above the automatic baseline.
    rises : Rises
    lines, own : Lines
        The chosen baseline, and the automatic one; level 0 and no window where the instrument
        subtracted the baseline itself.
    first, last : numpy.ndarray
        Cycles of the chosen window; NaN where the instrument subtracted the baseline itself.
    given : numpy.ndarray
        Bool, shape (curves,): the baseline is the instrument's.
    noise : numpy.ndarray
        Standard deviation of a reading about the baseline.
    gain : float
        Noise of a smoothed reading over that of a reading.
    """

    rows: np.ndarray
    cycles: np.ndarray
    raw: np.ndarray
    above: np.ndarray
    smoothed: np.ndarray
    automatic: np.ndarray
    rises: Rises
    lines: Lines
    own: Lines
    first: np.ndarray
    last: np.ndarray
    given: np.ndarray
    noise: np.ndarray
    gain: float

    def cycle_at(self, index: np.ndarray) -> np.ndarray:
        """Return the cycles at indices that need not be whole; NaN stays."""
        return np.interp(index, np.arange(len(self.cycles)), self.cycles)

    def of(self, chosen: np.ndarray) -> "Curves":
        """Return some of the curves."""
        parts = {
            name: getattr(self, name)[chosen]
            for name in ("rows", "raw", "above", "smoothed", "automatic", "first", "last")
        }
        return replace(
            self,
            **parts,
            given=self.given[chosen],
            noise=self.noise[chosen],
            rises=Rises(*(part[chosen] for part in self.rises)),
            lines=Lines(*(part[chosen] for part in self.lines)),
            own=Lines(*(part[chosen] for part in self.own)),
        )


def prepare_curves(run: QpcrRun, baseline: BaselineChoice) -> Curves | None:
    """Subtract the baselines of a run's curves.

    Parameters
    ----------
    run : QpcrRun
    baseline : {"instrument", "automatic"}
        The instrument's window (or its baselined curve) where the file has one, or our own
        everywhere.

    Returns
    -------
    Curves or None
        None if no reaction has a curve of at least `LEAST_CYCLES` readings.
    """
    cycles = np.asarray(run.cycles, dtype=float)
    if len(cycles) < max(WIDTH, LEAST_CYCLES):
        return None
    rows = np.flatnonzero(np.isfinite(run.fluorescence).sum(axis=1) >= LEAST_CYCLES)
    if not len(rows):
        return None
    raw, _ = fill_gaps(run.fluorescence[rows])
    rises = find_rises(raw, SKIPPED)
    first = cycles[rises.start]
    last = cycles[np.maximum(rises.take_off, np.minimum(rises.start + 2, len(cycles) - 1))]
    own = fit_lines(cycles, raw, first, last, last - first + 1 < SHORT)
    automatic = raw - own.at(cycles)
    lines, above = own, automatic
    given = np.zeros(len(rows), dtype=bool)
    if baseline == "instrument":
        lines, above, first, last, given = _instrument_baselines(run, rows, raw, own, first, last)
    noise = np.where(np.isfinite(own.noise) & (own.points >= 8), own.noise, rises.noise)
    # The instrument has smoothed a curve that it baselined, and says so of others: once is enough.
    once = run.curves == "dRn" or run.facts.get("Signal Smoothing On", "").lower() == "true"
    return Curves(
        rows,
        cycles,
        raw,
        above,
        above if once else smooth(above),
        automatic if once else smooth(automatic),
        rises,
        lines,
        own,
        first,
        last,
        given,
        np.maximum(noise, rises.noise),
        1.0 if once else GAIN,
    )


def _instrument_baselines(
    run: QpcrRun,
    rows: np.ndarray,
    raw: np.ndarray,
    own: Lines,
    first: np.ndarray,
    last: np.ndarray,
) -> tuple[Lines, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Take the instrument's windows, else its baselined curves, else the automatic baseline.

    A window that does not reproduce the baselined curve printed beside it was not used by the
    instrument (it prints the default where another baseline was in force).
    """
    cycles = np.asarray(run.cycles, dtype=float)
    windows = [run.reactions[row].baseline for row in rows]
    has = np.array([window is not None for window in windows])
    first = np.array([w[0] if w else x for w, x in zip(windows, first)], dtype=float)
    last = np.array([w[1] if w else x for w, x in zip(windows, last)], dtype=float)
    theirs = fit_lines(cycles, raw, first, last)
    has &= theirs.points >= 2
    if run.baselined is not None:
        has &= _reproduced(raw - theirs.at(cycles), run.baselined[rows])
    lines = Lines(*(np.where(has, new, old) for new, old in zip(theirs, own)))
    above = raw - lines.at(cycles)
    ready = np.zeros(len(rows), dtype=bool)
    if run.curves == "dRn":
        ready, above = ~has, np.where(has[:, None], above, raw)
    elif run.baselined is not None:
        finished = run.baselined[rows]
        ready = ~has & np.isfinite(finished).all(axis=1)
        above = np.where(ready[:, None], finished, above)
    zeros, flat = np.zeros(len(rows)), np.full(len(rows), np.inf)
    empty = Lines(zeros, zeros, zeros, flat, own.points, own.noise)
    lines = Lines(*(np.where(ready, new, old) for new, old in zip(empty, lines)))
    nothing = np.where(ready, np.nan, 0.0)
    return lines, above, first + nothing, last + nothing, has | ready


def _reproduced(ours: np.ndarray, printed: np.ndarray) -> np.ndarray:
    """Tell where a printed curve is ours, or was not printed."""
    known = np.isfinite(printed)
    apart = np.where(known, np.abs(ours - printed), 0.0).max(axis=1)
    with np.errstate(invalid="ignore"):
        reach = np.where(known, np.abs(printed), 0.0).max(axis=1)
    return ~known.any(axis=1) | (apart <= REPRODUCED * reach)
