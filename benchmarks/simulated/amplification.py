"""Amplification and melt curves with known truth; shares no code with the estimators.

A reaction copies its product cycle by cycle, N' = N (1 + e (1 - N / most) / (1 + (N / half)^s)):
the efficiency e falls as product gathers (the enzyme saturates, in the manner of Boggy and Woolf
2010, with a free steepness s) and as primers run out. The signal is product times a gain, on a
baseline with slope and an early settling that dies out, with noise of the readings that has a
constant and a proportional part. The true Cq at a signal level is where the product's signal,
continuous within a cycle by its own factor, meets the level.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class SimulatedCurves:
    """Curves with their truth.

    Attributes
    ----------
    cycles : numpy.ndarray
        Shape (cycles,).
    curves : numpy.ndarray
        Shape (curves, cycles), signal as a reader would give it.
    clean : numpy.ndarray
        Same shape, signal of the product alone.
    baseline : numpy.ndarray
        Same shape.
    quantity : numpy.ndarray
        Copies at the start, shape (curves,).
    efficiency : numpy.ndarray
        Factor per cycle at the start, shape (curves,).
    noise : float
        Standard deviation of a reading on the baseline.
    height : numpy.ndarray
        Signal where the primers are used up, shape (curves,).
    """

    cycles: np.ndarray
    curves: np.ndarray
    clean: np.ndarray
    baseline: np.ndarray
    quantity: np.ndarray
    efficiency: np.ndarray
    noise: float
    height: np.ndarray

    def true_cq(self, level: np.ndarray | float) -> np.ndarray:
        """Return the cycle at which the product's signal meets a level; NaN where it never does."""
        wanted = np.broadcast_to(level, len(self.clean))
        answer = np.full(len(self.clean), np.nan)
        for i, (signal, at) in enumerate(zip(self.clean, wanted)):
            above = np.flatnonzero(signal >= at)
            if len(above) and above[0] > 0:
                k = above[0]
                share = np.log(at / signal[k - 1]) / np.log(signal[k] / signal[k - 1])
                answer[i] = self.cycles[k - 1] + share
        return answer


def simulate_curves(
    rng: np.random.Generator,
    quantity: np.ndarray,
    *,
    factor: float | np.ndarray = 1.92,
    cycles: int = 40,
    plateau: float = 2.0,
    noise: float = 0.002,
    drift: float = 0.001,
    settling: float = 0.02,
    steepness: float = 0.8,
    level: float = 0.5,
    copies_at_half: float = 3e11,
) -> SimulatedCurves:
    """Simulate reactions.

    Parameters
    ----------
    rng : numpy.random.Generator
    quantity : numpy.ndarray
        Copies at the start; 0 for a reaction without template.
    factor : float or numpy.ndarray
        Factor per cycle at the start.
    cycles : int
    plateau : float
        Typical height of the plateau, signal; each reaction has its own, 8 % about it.
    noise : float
        Standard deviation of a reading on the baseline; 0.3 % of the signal comes on top.
    drift, settling : float
        Standard deviation of the baseline's slope (signal per cycle) and of its early settling.
    steepness : float
        How sharply the efficiency falls.
    level : float
        Typical baseline.
    copies_at_half : float
        Product at which the efficiency has fallen to half.
    """
    quantity = np.asarray(quantity, dtype=float)
    number = len(quantity)
    factors = np.broadcast_to(np.asarray(factor, dtype=float), number)
    product = np.empty((number, cycles))
    state = quantity.copy()
    for cycle in range(cycles):
        slowed = 1.0 + (state / copies_at_half) ** (1.0 / steepness)
        left = np.maximum(1.0 - state / (6.0 * copies_at_half), 0.0)
        state = state * (1.0 + (factors - 1.0) / slowed * left)
        product[:, cycle] = state
    top = plateau * np.exp(0.08 * rng.standard_normal(number))
    clean = product / (6.0 * copies_at_half) * top[:, None]
    at = np.arange(1, cycles + 1, dtype=float)
    floor = level * np.exp(0.1 * rng.standard_normal((number, 1)))
    slope = drift * rng.standard_normal((number, 1))
    early = settling * rng.standard_normal((number, 1)) * np.exp(-at / 0.9)
    baseline = floor + slope * at + early
    spread = np.hypot(noise, 0.003 * clean)
    curves = baseline + clean + spread * rng.standard_normal(clean.shape)
    return SimulatedCurves(at, curves, clean, baseline, quantity, factors.copy(), noise, top)


def simulate_melt(
    rng: np.random.Generator,
    melting: np.ndarray,
    height: np.ndarray,
    *,
    low: float = 60.0,
    high: float = 95.0,
    step: float = 0.3,
    width: float = 0.9,
    noise: float = 0.002,
) -> tuple[np.ndarray, np.ndarray]:
    """Simulate melt curves of one or more products.

    Parameters
    ----------
    rng : numpy.random.Generator
    melting : numpy.ndarray
        Melting temperature of each product, degrees Celsius, shape (curves, products); NaN for
        none.
    height : numpy.ndarray
        Signal that each product holds, same shape.
    low, high, step : float
        Temperatures, degrees Celsius.
    width : float
        Width of a transition, degrees Celsius.
    noise : float
        Standard deviation of a reading.

    Returns
    -------
    temperature, fluorescence : numpy.ndarray
        Shape (curves, points).
    """
    temperature = np.arange(low, high + step / 2, step)
    held = 1.0 / (1.0 + np.exp((temperature - melting[..., None]) / (width / 2.0)))
    signal = np.nansum(height[..., None] * held, axis=1)
    quench = 1.0 - 0.006 * (temperature - low)
    curves = (signal + 0.3) * quench + noise * rng.standard_normal(signal.shape)
    return np.broadcast_to(temperature, curves.shape).copy(), curves
