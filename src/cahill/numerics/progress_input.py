"""Checks of progress curves as they come from a caller."""

import numpy as np

from cahill.errors import InputError


def checked_curves(
    times: np.ndarray, signal: np.ndarray, mask: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return times, signal and reads to use, each of shape (curves, reads).

    Raises
    ------
    InputError
        If shapes do not fit together or times do not rise.
    """
    values = np.atleast_2d(np.asarray(signal, dtype=float))
    grid = np.asarray(times, dtype=float)
    if values.ndim != 2 or grid.shape not in (values.shape, values.shape[1:]):
        raise InputError(
            f"progress curves: times of shape {grid.shape} do not fit a signal of shape "
            f"{values.shape} (curves, reads)"
        )
    grid = np.array(np.broadcast_to(grid, values.shape))
    kept = np.isfinite(values)
    if mask is not None:
        chosen = np.asarray(mask)
        if chosen.dtype != bool or chosen.shape not in (values.shape, values.shape[1:]):
            raise InputError(
                f"progress curves: a mask of type {chosen.dtype} and shape {chosen.shape} does "
                f"not fit a signal of shape {values.shape}; give true or false for each read"
            )
        kept &= chosen
    timeless = ~np.isfinite(grid)
    if np.any(timeless & kept):
        curve, read = np.argwhere(timeless & kept)[0]
        raise InputError(f"progress curve {curve + 1}: read {read + 1} has no time; leave it out")
    wrong = timeless.any(axis=1) | np.any(np.diff(np.where(timeless, 0.0, grid)) <= 0.0, axis=1)
    for curve in np.flatnonzero(wrong):
        _mend_times(grid[curve], kept[curve], int(curve))
    return grid, values, kept


def _mend_times(times: np.ndarray, kept: np.ndarray, curve: int) -> None:
    """Give reads that are not used times between those of their neighbours, in place."""
    used = np.flatnonzero(kept)
    fall = np.flatnonzero(np.diff(times[used]) <= 0.0)
    if len(fall):
        raise InputError(
            f"progress curve {curve + 1}: time does not rise from read {used[fall[0]] + 1} to "
            f"{used[fall[0] + 1] + 1}"
        )
    places = np.arange(len(times))
    times[:] = np.interp(places, used, times[used]) if len(used) else places
