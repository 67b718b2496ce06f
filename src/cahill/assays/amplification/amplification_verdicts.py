"""What speaks against a reaction's curve or Cq, in words."""

import numpy as np

from cahill.assays.amplification.amplification_cq import Cqs
from cahill.assays.amplification.amplification_curves import SHORT, Curves

SHIFTED = 0.1
"""Cycles by which a baseline may move a Cq before it is said: 7 % in quantity."""
OVERLAPPING = 0.07
"""Cycles of such a shift that the rise inside the window alone explains before it is said: what
noise adds to it may take it over `SHIFTED`."""
BRIEF = 8
"""Cycles of a window below which its own noise may move a Cq."""
UNSURE = 0.04
"""Standard error of Cq that is said of so brief a window: by chance its noise is often underrated,
and 2.5 of them are `SHIFTED`."""
NOISY = 0.25
"""Standard error of Cq, from the readings alone, that is called noisy; assumed: triplicates usually
scatter as much."""
LATE = 35.0
"""Cycle from which a Cq is called late: a single copy takes about 37 cycles to be seen (MIQE)."""
HOOKED = 0.1
"""Share of the plateau lost by the last cycle that is called a hook; assumed."""
LOW = 0.2
"""Plateau over the median one of the target below which it is called low; assumed."""
UNLIKE = 0.5
"""Cycles between our Cq and the instrument's that are said; assumed."""


NO_PLATEAU = "no plateau by the last cycle"


def shared_doubts(doubts: list[list[str]], targets: np.ndarray) -> tuple[str, ...]:
    """Take the lack of a plateau from single curves where most of a target's have it; say it once.

    Parameters
    ----------
    doubts : list of list of str
        Of the amplified curves of a run; changed.
    targets : numpy.ndarray
        Of these curves.
    """
    notes = []
    for name in dict.fromkeys(targets):
        own = [said for said, target in zip(doubts, targets) if target == name]
        unfinished = [said for said in own if NO_PLATEAU in said]
        if len(own) >= 4 and 2 * len(unfinished) > len(own):
            for said in unfinished:
                said.remove(NO_PLATEAU)
            share = f"{len(unfinished)} of {len(own)} curves"
            notes.append(f"{name or '(no name)'}: {share} have no plateau by the last cycle.")
    return tuple(notes)


def curve_verdicts(
    curves: Curves, cqs: Cqs, amplified: np.ndarray, targets: np.ndarray
) -> list[list[str]]:
    """Return the doubts about each curve; empty lists where there are none.

    Parameters
    ----------
    curves : Curves
    cqs : Cqs
    amplified : numpy.ndarray
        Bool, shape (curves,).
    targets : numpy.ndarray
        Of the curves.
    """
    doubts: list[list[str]] = [[] for _ in range(len(curves.rows))]
    _baseline_doubts(doubts, curves, cqs, amplified)
    medians = {
        name: np.median(cqs.plateau[amplified & (targets == name)])
        for name in np.unique(targets[amplified])
    }
    falling = _falling(curves, amplified)
    for k, said in enumerate(doubts):
        if falling[k]:
            said.append("falls below its baseline before it rises")
        if not amplified[k]:
            continue
        if not cqs.flattened[k]:
            said.append(NO_PLATEAU)
        if cqs.drop[k] > HOOKED:
            share = min(100 * cqs.drop[k], 100.0)
            said.append(f"hook: the signal ends {share:.0f} % below its plateau")
        if cqs.plateau[k] < LOW * medians[targets[k]]:
            said.append("low plateau")
        if cqs.threshold[k] > LATE:
            said.append("late")
        if cqs.threshold_sd[k] > NOISY:
            said.append(f"noisy: Cq +- {cqs.threshold_sd[k]:.2f} from its readings alone")
    return doubts


def _baseline_doubts(
    doubts: list[list[str]], curves: Curves, cqs: Cqs, amplified: np.ndarray
) -> None:
    """Say where the baseline moves or loses a Cq."""
    shift = cqs.threshold - cqs.automatic
    # Beyond the noise of our own baseline the shift is the other one's doing.
    sure = np.abs(shift) > 2.0 * np.nan_to_num(cqs.automatic_sd, nan=np.inf)
    sure &= curves.own.points >= 5
    length = curves.last - curves.first + 1
    brief, short = length < BRIEF, length < SHORT
    for k, said in enumerate(doubts):
        window = f"{curves.first[k]:g} to {curves.last[k]:g}"
        if not curves.given[k]:
            if amplified[k] and short[k]:
                said.append("rises early: baseline of fewer than 5 cycles")
            continue
        if np.isnan(shift[k]):
            if amplified[k] and np.isfinite(cqs.automatic[k]):
                said.append(
                    f"baseline: no Cq with the instrument's, {cqs.automatic[k]:.2f} with an "
                    "automatic one"
                )
            continue
        if not amplified[k]:
            continue
        if abs(cqs.overlap[k]) > OVERLAPPING:
            said.append(f"baseline: cycles {window} hold part of the rise ({shift[k]:+.2f} cycles)")
        elif abs(shift[k]) > SHIFTED and sure[k]:
            said.append(f"baseline: the instrument's moves Cq by {shift[k]:+.2f} cycles")
        elif brief[k] and cqs.threshold_sd[k] > UNSURE:
            said.append(
                f"baseline: cycles {window} leave Cq uncertain by {cqs.threshold_sd[k]:.2f} cycles"
            )


def _falling(curves: Curves, amplified: np.ndarray) -> np.ndarray:
    """Tell where the smoothed signal above the chosen baseline falls well below zero."""
    at = np.arange(len(curves.cycles))[None, :]
    before = (at >= curves.rises.start[:, None]) & (at <= curves.rises.bend[:, None])
    lowest = np.where(before, curves.smoothed, 0.0).min(axis=1)
    return amplified & (lowest < -10.0 * curves.noise)
