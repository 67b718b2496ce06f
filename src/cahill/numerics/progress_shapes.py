"""Shapes of a progress curve: signal = offset + rate * course(time), the steady slope being 1.

Time is counted from the first read in units of the duration of the curve. A course is made of two
parts, either of which may be absent:

lag
    the second enzyme builds up its substrate: u = t - (1 - c) tau (1 - exp(-t / tau)); the steady
    line meets the time axis at (1 - c) tau, and the slope at time 0 is c of the steady one. From
    rest c = 0 (McClure 1969).
run-out
    what is read ends with the reagent, after the time T = (all of it) / rate:

    exponential   T (1 - exp(-u / T)), first order
    Michaelis     integrated Michaelis-Menten with K = kappa T rate: kappa ln n + n =
                  1 - (1 + kappa) u / T, course T (1 - n) (Schnell & Mendoza 1997)
    hinge         the reagent ends while the first enzyme goes on. With the second enzyme at quasi
                  steady state, N - beta / N = x where x = N0 - rate u and beta = rate tau K_N, so
                  N = (x + sqrt(x^2 + 4 beta)) / 2: two straight lines with a rounded corner of
                  width b = sqrt(beta) / rate. It is at most 0.35 T, (b / T)^2 being pyruvate at
                  steady state over NADH, times K_N over NADH

Parameters are logarithms (c excepted), in the order tau, c, T, and kappa or b / T.
"""

import numpy as np
from numba import njit

kernel = njit(cache=True, nogil=True, error_model="numpy")

NO_LAG, FROM_REST, PARTIAL = 0, 1, 2
NO_END, EXPONENTIAL, HINGE, MICHAELIS = 0, 1, 2, 3

LAGS = np.array([NO_LAG, FROM_REST, PARTIAL, 0, 0, 0, 1, 1, 1])
ENDS = np.array([NO_END, 0, 0, EXPONENTIAL, HINGE, MICHAELIS, EXPONENTIAL, HINGE, MICHAELIS])
"""Lag and run-out of each shape that is tried."""
SIZES = np.array([0, 1, 2, 1, 2, 2, 2, 3, 3])
"""Parameters of each shape besides offset and rate."""
PRIORS = np.array([1, 1 / 2, 1 / 2, 1 / 3, 1 / 3, 1 / 3, 1 / 3, 1 / 3, 1 / 3])
"""Odds before a curve is seen: straight, lag, run-out and both alike (assumed). The ways to write
one kind share its odds (a dilution prior, George 2010): three ways of it count no more than one."""


@kernel
def bounds(lag: int, end: int, step: float) -> np.ndarray:
    """Return lowest and highest parameters, shape (parameters, 2).

    A lag is at most a third of the curve (beyond that no steady part is seen, and the steady rate
    grows without limit) and at least a third of the interval between reads (`step`). A run-out
    comes after two reads at the earliest.
    """
    limits = np.empty((4, 2))
    size = 0
    if lag != NO_LAG:
        limits[size] = np.log(step / 3.0), np.log(1.0 / 3.0)
        size += 1
    if lag == PARTIAL:
        limits[size] = 0.0, 0.98
        size += 1
    if end != NO_END:
        limits[size] = np.log(2.0 * step), np.log(1.5 if end == HINGE else 20.0)
        size += 1
    if end == MICHAELIS:
        limits[size] = np.log(0.01), np.log(20.0)
        size += 1
    if end == HINGE:
        limits[size] = np.log(0.005), np.log(0.35)
        size += 1
    return limits[:size]


@kernel
def course(
    lag: int, end: int, theta: np.ndarray, times: np.ndarray, phi: np.ndarray, slopes: np.ndarray
) -> None:
    """Write the course into `phi` (reads,), its derivatives into `slopes` (parameters, reads)."""
    place = 0
    if lag == NO_LAG:
        phi[:] = times
    else:
        tau, kept = np.exp(theta[0]), 0.0
        if lag == PARTIAL:
            kept = theta[1]
        for k in range(len(times)):
            fall = np.exp(-times[k] / tau)
            built = tau * (1.0 - fall)
            phi[k] = times[k] - (1.0 - kept) * built
            slopes[0, k] = -(1.0 - kept) * (built - times[k] * fall)
            if lag == PARTIAL:
                slopes[1, k] = built
        place = lag
    if end == EXPONENTIAL:
        _exponential(theta, place, phi, slopes)
    elif end == MICHAELIS:
        _michaelis(theta, place, phi, slopes)
    elif end == HINGE:
        _hinge(theta, place, phi, slopes)


@kernel
def _exponential(theta: np.ndarray, place: int, phi: np.ndarray, slopes: np.ndarray) -> None:
    until = np.exp(theta[place])
    for k in range(len(phi)):
        u = phi[k]
        left = np.exp(-u / until)
        for j in range(place):
            slopes[j, k] *= left
        phi[k] = until * (1.0 - left)
        slopes[place, k] = until * (1.0 - left) - u * left


@kernel
def _michaelis(theta: np.ndarray, place: int, phi: np.ndarray, slopes: np.ndarray) -> None:
    until, kappa = np.exp(theta[place]), np.exp(theta[place + 1])
    log_left, left = 0.0, 1.0
    for k in range(len(phi)):
        u = phi[k]
        aim = 1.0 - (1.0 + kappa) * u / until
        # kappa l + exp(l) = aim by Halley's rule from the root of the read before, which lies to
        # the right; Newton's where the way is long.
        for _ in range(60):
            off = kappa * log_left + left - aim
            steep = kappa + left
            bent = 0.5 * off * left / steep
            change = off / (steep - bent) if bent < 0.25 * steep else off / steep
            log_left -= change
            left = np.exp(log_left)
            if abs(change) < 1e-4:
                break
        share = left / (kappa + left)
        speed = (1.0 + kappa) * share
        for j in range(place):
            slopes[j, k] *= speed
        phi[k] = until * (1.0 - left)
        slopes[place, k] = until * (1.0 - left) - speed * u
        slopes[place + 1, k] = until * kappa * share * (log_left + u / until)


@kernel
def _hinge(theta: np.ndarray, place: int, phi: np.ndarray, slopes: np.ndarray) -> None:
    until = np.exp(theta[place])
    width = until * np.exp(theta[place + 1])
    root_start = np.sqrt(until * until + 4.0 * width * width)
    for k in range(len(phi)):
        x = until - phi[k]
        root = np.sqrt(x * x + 4.0 * width * width)
        speed = 0.5 * (1.0 + x / root)
        for j in range(place):
            slopes[j, k] *= speed
        phi[k] = 0.5 * (until + root_start - x - root)
        wider = 2.0 * width * width * (1.0 / root_start - 1.0 / root)
        slopes[place, k] = until * (0.5 * (1.0 + until / root_start) - speed) + wider
        slopes[place + 1, k] = wider
