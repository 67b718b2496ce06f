"""Checks of what an integration starts from, before any number reaches native code."""

from collections.abc import Sequence

import numpy as np

from cahill.errors import InputError
from cahill.numerics.system import OdeSystem


def checked_times(times: Sequence[float] | np.ndarray) -> np.ndarray:
    """Return output times as an array; InputError unless they are finite and ascend."""
    grid = np.ascontiguousarray(times, dtype=float)
    if grid.ndim != 1 or not len(grid):
        raise InputError("output times: none are given; give at least the start")
    if not np.all(np.isfinite(grid)) or np.any(np.diff(grid) < 0):
        raise InputError("output times: must be finite and ascending; sort them")
    return grid


def checked_start(
    system: OdeSystem, parameters: np.ndarray | None, state: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:
    """Return parameters and starting state, whole and finite, concentrations not negative."""
    given = system.default_parameters if parameters is None else parameters
    vector = _checked(given, system.parameter_names, "parameters")
    start = system.initial_state(vector) if state is None else state
    start = _checked(start, system.state_names, "state")
    if system.nonnegative is not None:
        wrong = np.flatnonzero(system.nonnegative & (start < 0))
        if len(wrong):
            name, value = system.state_names[wrong[0]], start[wrong[0]]
            raise InputError(f"state: {name} starts at {value:.6g}, below zero; correct it")
    return vector, start


def _checked(values: np.ndarray, names: tuple[str, ...], what: str) -> np.ndarray:
    vector = np.ascontiguousarray(values, dtype=float)
    if vector.shape != (len(names),):
        raise InputError(f"{what}: {vector.size} values are given, the model has {len(names)}")
    wrong = np.flatnonzero(~np.isfinite(vector))
    if len(wrong):
        raise InputError(f"{what}: {names[wrong[0]]} is not a finite number; correct it")
    return vector
