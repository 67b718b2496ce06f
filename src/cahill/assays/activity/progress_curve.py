"""The initial rate of an enzyme from progress curves; its interval allows for their shape.

Curves are straight, begin with a lag (the second enzyme of a coupled assay builds up its
substrate), end in depletion, or both. Every shape is fitted to every curve and the rates are
averaged by how well each explains the reads: see `docs/explanation/progress-curves.md`.
"""

from dataclasses import dataclass

import numpy as np

from cahill.errors import InputError
from cahill.numerics.progress_batch import (
    ANSWERS,
    AT_LIMIT,
    EXCESS,
    FEWEST_READS,
    HIGH,
    LAG,
    LOW,
    OUTLIERS,
    RATE,
    SPENT,
    SPREAD,
    average_batch,
)
from cahill.numerics.progress_input import checked_curves
from cahill.numerics.progress_shapes import ENDS, LAGS

SHAPES = ("straight", "lag", "depletion", "lag and depletion")
_KINDS = (LAGS > 0).astype(int) + 2 * (ENDS > 0).astype(int)
_FEW = 6
_UNSURE_SHARE, _UNSURE_WIDTH = 0.6, 0.1


@dataclass(frozen=True, eq=False)
class RateFits:
    """Initial rates of a batch of progress curves.

    Attributes
    ----------
    rate : numpy.ndarray
        Shape (curves,), signal unit per s, positive in the direction asked for; after a lag and
        before depletion. NaN where a curve has fewer than three usable reads.
    sd : numpy.ndarray
        Shape (curves,), standard deviation of the rate: a quarter of the 95 % interval (over 1.96).
    low, high : numpy.ndarray
        Shape (curves,), ends of the interval.
    shape : tuple of str
        The likeliest kind of each curve: "straight", "lag", "depletion", "lag and depletion", or
        "none" where nothing could be fitted.
    used : numpy.ndarray
        Shape (curves, reads), bool: reads that were fitted in the end. Outliers are left out, and
        what comes after the reaction has slowed to a third.
    fitted : numpy.ndarray
        Shape (curves, reads), the averaged curve in the unit of the signal, also at reads not used.
    lag : numpy.ndarray
        Shape (curves,), s: where the steady line meets the level of the start; 0 where the
        likeliest kind has none.
    weights : numpy.ndarray
        Shape (curves, 4), how likely each kind of `SHAPES` is.
    notes : tuple of str
        What a reader must know of each curve; empty if nothing.
    confidence : float
        Of the interval.
    """

    rate: np.ndarray
    sd: np.ndarray
    low: np.ndarray
    high: np.ndarray
    shape: tuple[str, ...]
    used: np.ndarray
    fitted: np.ndarray
    lag: np.ndarray
    weights: np.ndarray
    notes: tuple[str, ...]
    confidence: float


def initial_rates(
    times: np.ndarray,
    signal: np.ndarray,
    *,
    direction: int = 1,
    mask: np.ndarray | None = None,
    confidence: float = 0.95,
) -> RateFits:
    """Fit progress curves and return their initial rates.

    Parameters
    ----------
    times : numpy.ndarray
        Shape (reads,) or (curves, reads), s; rising. The first read counts as the start.
    signal : numpy.ndarray
        Shape (curves, reads) or (reads,), any unit; reads that are not finite are left out.
    direction : {1, -1}
        -1 where the signal falls as the reaction goes on (NADH): rates are then positive.
    mask : numpy.ndarray, optional
        Shape (reads,) or (curves, reads), bool: reads to use.
    confidence : float
        Of the interval.

    Returns
    -------
    RateFits

    Raises
    ------
    InputError
        If the shapes do not fit together, times do not rise, or an option is out of range.

    Notes
    -----
    Shapes and their parameters: `cahill.numerics.progress_shapes`. Weights are exp(-BIC / 2)
    (Raftery 1995), the rate is the median of the mixture and the interval lies between its
    quantiles (Buckland, Burnham & Augustin 1997).
    """
    if direction not in (1, -1):
        raise InputError(f"direction: {direction} is neither 1 (rising) nor -1 (falling)")
    if not 0.0 < confidence < 1.0:
        raise InputError(f"confidence: {confidence:g} is not between 0 and 1")
    grid, values, kept = checked_curves(times, signal, mask)
    curves, reads = values.shape
    asked = kept.sum(axis=1)
    answers = np.empty((curves, ANSWERS))
    shares, fitted = np.empty((curves, len(LAGS))), np.empty((curves, reads))
    filled = np.where(np.isfinite(values), direction * values, 0.0)
    average_batch(grid, filled, kept, float(confidence), True, answers, shares, fitted)
    kinds = np.zeros((curves, len(SHAPES)))
    for kind in range(len(SHAPES)):
        kinds[:, kind] = shares[:, kind == _KINDS].sum(axis=1)
    known = np.isfinite(answers[:, RATE])
    # What was left after the spent reads were taken out may be straight; the curve ran out.
    ran_out = known & (answers[:, SPENT] > 0)
    kinds[ran_out, 2:] += kinds[ran_out, :2]
    kinds[ran_out, :2] = 0.0
    best = kinds.argmax(axis=1)
    lagging = (best == 1) | (best == 3)
    return RateFits(
        rate=answers[:, RATE],
        sd=answers[:, SPREAD],
        low=answers[:, LOW],
        high=answers[:, HIGH],
        shape=tuple(SHAPES[k] if there else "none" for k, there in zip(best, known, strict=True)),
        used=kept & known[:, None],
        fitted=direction * fitted,
        lag=np.where(known, np.where(lagging, answers[:, LAG], 0.0), np.nan),
        weights=kinds,
        notes=tuple(_note(*row) for row in zip(answers, kinds, asked, strict=True)),
        confidence=confidence,
    )


def _note(answer: np.ndarray, kinds: np.ndarray, asked: int) -> str:
    """Return what a reader must know of one curve."""
    if not np.isfinite(answer[RATE]):
        return f"{asked} usable reads, at least {FEWEST_READS} are needed"
    told = []
    if asked < _FEW:
        told.append(f"{asked} reads: no shape but a straight line could be tried")
    if answer[LOW] == answer[HIGH] == 0.0:
        told.append("every read is the same: the rate is smaller than the reader can show")
    if answer[OUTLIERS]:
        told.append(f"{answer[OUTLIERS]:.0f} reads left out as outliers")
    if answer[SPENT]:
        told.append(f"last {answer[SPENT]:.0f} reads left out: the reaction had run out")
    if answer[EXCESS] > 1.0:
        told.append(f"residuals are not random: interval {answer[EXCESS] ** 0.5:.1f} times wider")
    if answer[AT_LIMIT]:
        told.append("no steady part is seen: the lag is as long as it may be")
    half = 0.5 * (answer[HIGH] - answer[LOW])
    if kinds.max() < _UNSURE_SHARE and half > _UNSURE_WIDTH * abs(answer[RATE]):
        likely = np.argsort(-kinds)[:2]
        told.append(
            "shape uncertain: " + ", ".join(f"{SHAPES[k]} {100 * kinds[k]:.0f} %" for k in likely)
        )
    return "; ".join(told)
