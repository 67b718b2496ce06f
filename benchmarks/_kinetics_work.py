"""What the workers of the kinetic benchmark share; needs nothing but numpy."""

import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

RTOL, ATOL = 1e-6, 1e-9  # for times
TIGHT = (1e-9, 1e-12)  # for agreement: the peer as judge
DAY = 1440.0


def timed(work: Callable[[], object], least: int = 9, seconds: float = 1.0) -> float:
    """Return the median duration of `work` in ms, after one call to warm up."""
    work()
    spent: list[float] = []
    while (len(spent) < least or sum(spent) < seconds) and sum(spent) < 5 * seconds:
        start = time.perf_counter()
        work()
        spent.append(time.perf_counter() - start)
    return 1e3 * statistics.median(spent)


def layout(folder: str) -> tuple[dict, np.ndarray]:
    """Return the names the programs share, and the ensemble's parameters."""
    place = Path(folder)
    return json.loads((place / "layout.json").read_text()), np.load(place / "matrix.npy")


def scatter(state: np.ndarray, count: int = 100) -> np.ndarray:
    """Return starts, every state times a factor of 0.5 to 2 (seed 2)."""
    return state * np.exp(np.random.default_rng(2).uniform(-1, 1, (count, len(state))) * np.log(2))
