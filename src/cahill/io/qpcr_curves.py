"""Curves of unequal length, one a reaction, put together into arrays."""

from collections.abc import Sequence

import numpy as np


class CurveTable:
    """Curves in the order of their reactions."""

    def __init__(self) -> None:
        self._curves: list[tuple[np.ndarray, np.ndarray]] = []

    def add(self, curve: tuple[Sequence[float], Sequence[float]]) -> None:
        """Add where and what was read; both empty for a reaction without a curve."""
        at, signal = (np.asarray(part, dtype=float) for part in curve)
        order = np.argsort(at, kind="stable")
        self._curves.append((at[order], signal[order]))

    @property
    def filled(self) -> bool:
        """Whether any curve has a reading."""
        return any(len(at) for at, _ in self._curves)

    def on_common_cycles(self) -> tuple[np.ndarray, np.ndarray]:
        """Return every cycle that any curve has, and the readings, NaN where there is none.

        Returns
        -------
        cycles : numpy.ndarray
            Shape (cycles,), rising.
        signal : numpy.ndarray
            Shape (curves, cycles).
        """
        at = [x for x, _ in self._curves if len(x)]
        cycles = np.unique(np.concatenate(at)) if at else np.empty(0)
        signal = np.full((len(self._curves), len(cycles)), np.nan)
        for row, (x, y) in enumerate(self._curves):
            signal[row, np.searchsorted(cycles, x)] = y
        return cycles, signal

    def side_by_side(self) -> tuple[np.ndarray, np.ndarray]:
        """Return where and what was read, shape (curves, points), NaN where a curve is shorter."""
        longest = max((len(x) for x, _ in self._curves), default=0)
        answer = np.full((2, len(self._curves), longest), np.nan)
        for row, (x, y) in enumerate(self._curves):
            answer[0, row, : len(x)], answer[1, row, : len(x)] = x, y
        return answer[0], answer[1]
