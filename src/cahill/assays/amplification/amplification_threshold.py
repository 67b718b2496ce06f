"""The threshold of each target: given, the instrument's, inferred from its Cq, or automatic."""

from collections.abc import Mapping, Sequence

import numpy as np

from cahill.assays.amplification.amplification_curves import Curves
from cahill.core.amplification import Reaction
from cahill.errors import InputError, UnknownNameError

OVER_NOISE = 10.0
"""Least threshold in standard deviations of the baseline, the rule that instruments quote."""
AGREEING = 0.25
"""Spread (of the natural logarithm, robust) that signals at the instrument's own Cq may have to
count as one threshold; assumed: a quarter is 0.4 cycles."""
LEAST_INFERRED = 3
"""Reactions with a Cq from which a threshold is inferred."""


def choose_thresholds(
    reactions: Sequence[Reaction],
    curves: Curves,
    rising: np.ndarray,
    given: Mapping[str, float] | float | None,
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return the threshold of each curve and remarks on how it was found.

    In this order: what the user gives; the instrument's; the signal that the curves have at the Cq
    the instrument printed, where they agree (it then used one threshold that the file does not
    tell); the geometric middle of the exponential phase of the target's curves, from ten standard
    deviations of the baseline to the maximum of the second derivative.

    Parameters
    ----------
    reactions : sequence of Reaction
        Of the curves.
    curves : Curves
    rising : numpy.ndarray
        Bool, shape (curves,): which curves amplify.
    given : mapping of str to float, or float, optional
        By target, or for all.

    Raises
    ------
    InputError, UnknownNameError
        If a threshold given is not positive or names no target of the run.
    """
    targets = np.array([reaction.target for reaction in reactions], dtype=object)
    known = dict.fromkeys(targets)
    by_target = dict(given) if isinstance(given, Mapping) else {}
    for name in by_target:
        if name not in known:
            raise UnknownNameError("target", name, known, "threshold")
    if given is not None and not isinstance(given, Mapping):
        by_target = dict.fromkeys(known, float(given))
    for name, value in by_target.items():
        if not (np.isfinite(value) and value > 0):
            raise InputError(f'threshold {value:g} of target "{name}": give a positive signal')
    answer = np.full(len(reactions), np.nan)
    inferred, automatic = [], []
    for name in known:
        own = [k for k, target in enumerate(targets) if target == name]
        if name in by_target:
            answer[own] = by_target[name]
            continue
        printed = [reactions[k].threshold for k in own]
        answer[own] = [x if x is not None and x > 0 else np.nan for x in printed]
        missing = [k for k in own if np.isnan(answer[k])]
        if not missing:
            continue
        level = _inferred([reactions[k].cq for k in own], curves.of(np.array(own)))
        if np.isfinite(level):
            inferred.append(str(name))
        else:
            level = _middle(curves.of(np.array([k for k in own if rising[k]], dtype=int)))
            if np.isfinite(level):
                automatic.append(str(name))
        answer[missing] = level
    return answer, _remarks(inferred, automatic)


def _remarks(inferred: list[str], automatic: list[str]) -> tuple[str, ...]:
    remarks = []
    for names, how in (
        (inferred, "inferred from the Cq that the instrument printed"),
        (automatic, "set automatically, in the middle of the exponential phase"),
    ):
        if names:
            which = ", ".join(name or "(no name)" for name in names)
            remarks.append(f"The threshold of {which} was {how}.")
    return tuple(remarks)


def _inferred(printed: Sequence[float | None], curves: Curves) -> float:
    """Return the signal at the instrument's Cq if the curves agree on it; else NaN."""
    signals = []
    for cq, signal in zip(printed, curves.smoothed):
        if cq is not None:
            logarithm = np.log(np.maximum(signal, 1e-300))
            signals.append(float(np.interp(cq, curves.cycles, logarithm)))
    if len(signals) < LEAST_INFERRED:
        return np.nan
    middle = float(np.median(signals))
    spread = float(np.median(np.abs(np.array(signals) - middle))) / 0.6745
    return float(np.exp(middle)) if spread <= AGREEING else np.nan


def _middle(curves: Curves) -> float:
    """Return the geometric middle of the exponential phase of a target's curves."""
    if not len(curves.rows):
        return np.nan
    ends = curves.smoothed[np.arange(len(curves.rows)), curves.rises.bend]
    ends = ends[ends > 0]
    if not len(ends):
        return np.nan
    high = float(np.median(ends))
    low = OVER_NOISE * float(np.median(curves.noise))
    return float(np.sqrt(low * high)) if low < high else high
