"""Inputs that change at known times, as pieces between which an integrator restarts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

import numpy as np

from cahill.errors import InputError

Parameters: TypeAlias = np.ndarray | Mapping[int, float]
Change: TypeAlias = tuple[float, Parameters] | tuple[float, Parameters, Mapping[int, float]]
"""(time, parameters) or (time, parameters, resets); parameters whole or as {index: value}."""


@dataclass(frozen=True, eq=False)
class Piece:
    """A stretch of time with constant parameters.

    Parameters
    ----------
    start, end : float
        Where it begins and ends.
    changes : tuple of parameters
        What is put over the parameters before, in order.
    resets : dict of int to float
        State index -> value it is given at the start.
    outputs : slice
        The output times that lie in it: its start included, its end only if it is the last.
    targets : numpy.ndarray
        Those times and, for all but the last piece, the end.
    """

    start: float
    end: float
    changes: tuple[Parameters, ...]
    resets: Mapping[int, float]
    outputs: slice
    targets: np.ndarray

    def parameters(self, before: np.ndarray) -> np.ndarray:
        """Return the parameters of this piece, given those of the piece before."""
        after = before
        for change in self.changes:
            if isinstance(change, np.ndarray):
                after = change
                continue
            after = after.copy()
            for index, value in change.items():
                after[index] = value
        return after


def pieces_of(times: np.ndarray, changes: Sequence[Change]) -> list[Piece]:
    """Return the pieces into which changes cut the time from the first to the last output.

    Changes before the start apply at the start, changes after the end not at all.

    Raises
    ------
    InputError
        If the changes are not in ascending order.
    """
    moments = [float(change[0]) for change in changes]
    if any(b < a for a, b in pairwise(moments)):
        raise InputError("segments: their times must ascend; sort them")
    first, last = float(times[0]), float(times[-1])
    groups: dict[float, list[Change]] = {first: []}
    for moment, change in zip(moments, changes):
        if moment <= last:
            groups.setdefault(max(moment, first), []).append(change)
    starts = list(groups)
    ends = [*starts[1:], last]
    pieces = []
    for number, (start, end) in enumerate(zip(starts, ends)):
        low = int(np.searchsorted(times, start, side="left"))
        final = number == len(starts) - 1
        high = len(times) if final else int(np.searchsorted(times, end, side="left"))
        resets: dict[int, float] = {}
        for change in groups[start]:
            if len(change) == 3:
                resets |= change[2]
        pieces.append(
            Piece(
                start=start,
                end=end,
                changes=tuple(change[1] for change in groups[start]),
                resets=resets,
                outputs=slice(low, high),
                targets=times[low:high] if final else np.append(times[low:high], end),
            )
        )
    return pieces
