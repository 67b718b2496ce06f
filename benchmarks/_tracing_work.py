"""What the workers of the tracing benchmark share; needs nothing but numpy (of any version).

Values travel between environments as `.npz` files. A labelling value is known by its key
"measurement|time|channel" (time and channel counted from 0), so that both programs' orders are
mapped by name.
"""

import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

SD = 0.01
"""Standard deviation of the simulated labelling data; the files' own MS data are zeros."""

STARTS, SEED = 20, 1
"""Starts of a fit, and the seed of data and starts."""

ERROR = 3e-6
"""Error up to which a non-stationary answer counts."""


def cpu_ms(work: Callable[[], object], least: int = 5, seconds: float = 1.0) -> float:
    """Return the median CPU time of `work` in ms, after one call to warm up.

    Short work is repeated in batches of at least 5 ms, so that the clock's own cost vanishes.
    """
    work()
    start = time.process_time()
    work()
    batch = max(1, int(5e-3 / max(time.process_time() - start, 1e-7)))
    spent: list[float] = []
    while (len(spent) < least or sum(spent) < seconds) and sum(spent) < 5 * seconds:
        start = time.process_time()
        for _ in range(batch):
            work()
        spent.append(time.process_time() - start)
    return 1e3 * statistics.median(spent) / batch


def cpu_seconds(work: Callable[..., Any], *given: object) -> tuple[float, Any]:
    """Return the CPU time of one call in s, and what it returned."""
    start = time.process_time()
    result = work(*given)
    return time.process_time() - start, result


def key(measurement: str, moment: int, channel: int) -> str:
    """Return the key of a labelling value."""
    return f"{measurement}|{moment}|{channel}"


def save(path: Path, keys: Sequence[str], **arrays: np.ndarray) -> None:
    """Write arrays whose rows are the keyed values."""
    np.savez(path, keys=np.array(keys), **arrays)


def aligned(path: Path, keys: Sequence[str], name: str) -> np.ndarray:
    """Return an array of a file with its rows in the order of `keys`."""
    with np.load(path) as found:
        places = {one: row for row, one in enumerate(found["keys"].tolist())}
        return found[name][[places[one] for one in keys]]


def apart(one: Path, other: Path, name: str = "values") -> float:
    """Return the largest difference between the values of two files, mapped by key."""
    with np.load(one) as found:
        keys, values = found["keys"].tolist(), found[name]
    return float(np.abs(values - aligned(other, keys, name)).max())


def jacobian_error(jacobian: np.ndarray, judge: np.ndarray, at: np.ndarray) -> float:
    """Return the largest error of derivatives by the logarithms of the parameters.

    It is relative to the column's largest where that is above 1, since a mass fraction is at most 1
    and derivatives by a large net flux can be tens.

    Parameters
    ----------
    jacobian, judge : numpy.ndarray
        Derivatives by the parameters, shape (values, parameters).
    at : numpy.ndarray
        The parameters, shape (parameters,).
    """
    top = np.maximum(np.abs(judge * at).max(axis=0), 1.0)
    return float((np.abs((jacobian - judge) * at) / top).max())
