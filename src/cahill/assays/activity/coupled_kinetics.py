"""The rate of ALT from one coupled progress curve by its mechanism, reagents being known.

For curves that the shapes of `cahill.assays.activity.progress_curve` do not fit: LDH that cannot
keep up, so that pyruvate piles up beyond its Km, or 2-oxoglutarate that runs low along with NADH.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import OptimizeResult, brentq, least_squares
from scipy.stats import chi2

from cahill.errors import InputError
from cahill.numerics.progress_coupled import nadh_used
from cahill.numerics.progress_input import checked_curves
from cahill.numerics.progress_linear import neighbour_noise

_FEWEST = 6
_FARTHEST = 3.0


@dataclass(frozen=True)
class CoupledReagents:
    """What the well holds and how its enzymes are; umol/L unless said otherwise.

    Attributes
    ----------
    alanine, oxoglutarate : float
        At the start. IFCC: 500 and 15 mmol/L.
    nadh : float
        At the start; fitted, held within `nadh_sd` (relative) of this.
    ldh : float
        Vmax of LDH in the well, umol/L/s (1700 U/L is 28.3); fitted, within a factor `ldh_factor`.
    path : float
        Pathlength, cm.
    epsilon : float
        Of NADH, L/mol/cm: 6220 at 340 nm.
    km_alanine, km_oxoglutarate : float
        Of ALT: 27.9 and 0.70 mmol/L, human serum (IFCC 1979 table, refitted).
    km_pyruvate, km_nadh : float
        Of LDH: 160 umol/L (lag of the IFCC reagent); 10 umol/L (assumed).
    nadh_sd, ldh_factor : float
        How well the reagent is known (assumed 10 % and a factor 2).
    """

    nadh: float
    alanine: float = 500e3
    oxoglutarate: float = 15e3
    ldh: float = 1700.0 / 60.0
    path: float = 1.0
    epsilon: float = 6220.0
    km_alanine: float = 27.9e3
    km_oxoglutarate: float = 700.0
    km_pyruvate: float = 160.0
    km_nadh: float = 10.0
    nadh_sd: float = 0.1
    ldh_factor: float = 2.0

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not (np.isfinite(value) and value > 0.0):
                raise InputError(f"coupled assay: {name} is {value:g}; give a positive number")
        if self.ldh_factor <= 1.0:
            raise InputError("coupled assay: ldh_factor must be above 1")


@dataclass(frozen=True, eq=False)
class CoupledFit:
    """The rate of ALT from one coupled curve.

    Attributes
    ----------
    rate, low, high : float
        Of ALT at the start, AU/s, with its profile-likelihood interval; an end is infinite (0
        below) where the curve sets no limit within a factor e^3.
    concentration_rate : float
        The same in umol/L/s.
    ldh : float
        Vmax of LDH as fitted, umol/L/s.
    nadh : float
        At the start as fitted, umol/L.
    lag : float
        Transit time of LDH at the start, Km (1 + Km_NADH / NADH) / Vmax, s.
    fitted : numpy.ndarray
        Shape (reads,), AU.
    residual_sd, noise : float
        Scatter about the curve, and between neighbouring reads, AU; alike if the mechanism fits.
    notes : tuple of str
    """

    rate: float
    low: float
    high: float
    concentration_rate: float
    ldh: float
    nadh: float
    lag: float
    fitted: np.ndarray
    residual_sd: float
    noise: float
    notes: tuple[str, ...]


class _Curve:
    """One curve and its residuals; parameters are logarithms of rate, LDH and NADH."""

    def __init__(
        self, times: np.ndarray, signal: np.ndarray, reagents: CoupledReagents, noise: float
    ) -> None:
        self.times, self.signal, self.reagents, self.noise = times, signal, reagents, noise
        self.per_umol = reagents.epsilon * 1e-6 * reagents.path
        self.known = np.log([reagents.ldh, reagents.nadh])
        self.spread = np.array([np.log(reagents.ldh_factor), reagents.nadh_sd])

    def absorbance(self, log_values: np.ndarray, times: np.ndarray) -> np.ndarray:
        """Return the absorbance without its offset."""
        own = self.reagents
        rate, ldh, nadh = np.exp(log_values)
        constants = np.array(
            [
                own.alanine,
                own.oxoglutarate,
                nadh,
                own.km_alanine,
                own.km_oxoglutarate,
                own.km_pyruvate,
                own.km_nadh,
            ]
        )
        return -self.per_umol * nadh_used(times, rate, ldh, constants)

    def residuals(self, log_values: np.ndarray) -> np.ndarray:
        """Return residuals in standard deviations, the offset solved, the reagent's at the end."""
        left = self.signal - self.absorbance(log_values, self.times)
        left = (left - left.mean()) / self.noise
        return np.concatenate((left, (log_values[1:] - self.known) / self.spread))

    def fit(self, start: np.ndarray, held: float | None = None) -> OptimizeResult:
        """Fit all parameters, or LDH and NADH with the rate held (logarithm)."""
        if held is None:
            return least_squares(self.residuals, start, x_scale=0.1, method="lm", diff_step=1e-4)

        def rest(values: np.ndarray) -> np.ndarray:
            return self.residuals(np.concatenate(([held], values)))

        return least_squares(rest, start[1:], x_scale=0.1, method="lm", diff_step=1e-4)


def fit_coupled_rate(
    times: np.ndarray,
    signal: np.ndarray,
    reagents: CoupledReagents,
    *,
    delay: float = 0.0,
    mask: np.ndarray | None = None,
    confidence: float = 0.95,
) -> CoupledFit:
    """Fit the mechanism of the coupled assay to one curve of NADH.

    ALT is ping-pong without products (pyruvate is taken away, glutamate stays far below its Km),
    LDH Michaelis-Menten in both substrates (random, independent).

    Parameters
    ----------
    times : numpy.ndarray
        Shape (reads,), s from the first read.
    signal : numpy.ndarray
        Shape (reads,), AU, falling.
    reagents : CoupledReagents
    delay : float
        From the start of the reaction to the first read, s.
    mask : numpy.ndarray, optional
        Shape (reads,), bool: reads to use.
    confidence : float
        Of the interval.

    Raises
    ------
    InputError
        If fewer than six reads are usable, or they do not fall.
    """
    grid, values, kept = checked_curves(times, np.asarray(signal, dtype=float), mask)
    if len(values) != 1 or kept.sum() < _FEWEST:
        raise InputError(
            f"coupled curve: {kept.sum()} usable reads of {len(values)} curve(s); give one curve "
            f"of at least {_FEWEST}"
        )
    own, seen = grid[0][kept[0]] - grid[0, 0] + delay, values[0][kept[0]]
    noise = float(np.sqrt(neighbour_noise(grid, values, kept)[0][0]))
    noise = max(noise, 1e-6 * float(np.ptp(seen)), 1e-9)
    curve = _Curve(own, seen, reagents, noise)
    best = _best_fit(curve)
    freedom = len(seen) - 4
    excess = max(1.0, 2.0 * best.cost / freedom)
    low, high = _interval(curve, best, excess, confidence)
    residual_sd = float(noise * np.sqrt(np.sum(best.fun[:-2] ** 2) / freedom))
    rate, ldh, nadh = np.exp(best.x)
    course = curve.absorbance(best.x, grid[0] - grid[0, 0] + delay)
    offset = np.mean(seen - course[kept[0]])
    return CoupledFit(
        rate=float(rate * curve.per_umol),
        low=float(low * curve.per_umol),
        high=float(high * curve.per_umol),
        concentration_rate=float(rate),
        ldh=float(ldh),
        nadh=float(nadh),
        lag=float(reagents.km_pyruvate * (1 + reagents.km_nadh / nadh) / ldh),
        fitted=course + offset,
        residual_sd=residual_sd,
        noise=noise,
        notes=_doubts(best, curve, excess, float(low), float(high)),
    )


def _best_fit(curve: _Curve) -> OptimizeResult:
    """Return the best fit from several starts of the rate."""
    steepest = float(-np.min(np.gradient(curve.signal, curve.times)))
    span = curve.times[-1] - curve.times[0]
    drop = float(curve.signal[0] - curve.signal.min()) / span
    rough = max(steepest, drop)
    if rough <= 0.0:
        raise InputError(
            "coupled curve: the absorbance does not fall; no rate of ALT can be fitted"
        )
    fits = []
    for factor in (0.5, 1.0, 2.0):
        start = np.concatenate(([np.log(factor * rough / curve.per_umol)], curve.known))
        fits.append(curve.fit(start))
    return min(fits, key=lambda fit: fit.cost)


def _interval(
    curve: _Curve, best: OptimizeResult, excess: float, confidence: float
) -> tuple[float, float]:
    """Return the ends of the profile-likelihood interval, umol/L/s."""
    allowed = float(chi2.ppf(confidence, 1)) * excess
    centre = float(best.x[0])
    curvature = np.linalg.pinv(best.jac.T @ best.jac)
    guess = max(float(np.sqrt(curvature[0, 0] * allowed)), 1e-6)
    ends = []
    for sign in (-1.0, 1.0):
        near = best.x.copy()

        def rise(way: float, sign: float = sign, near: np.ndarray = near) -> float:
            fit = curve.fit(near, held=centre + sign * way)
            near[1:] = fit.x
            return 2.0 * (fit.cost - best.cost) - allowed

        far = guess
        while far < _FARTHEST and rise(far) < 0.0:
            far *= 1.5
        if far >= _FARTHEST:
            ends.append(0.0 if sign < 0 else np.inf)
        else:
            way = float(brentq(rise, 0.0, far, xtol=1e-3 * guess))  # pyright: ignore[reportArgumentType]
            ends.append(float(np.exp(centre + sign * way)))
    return ends[0], ends[1]


def _doubts(
    best: OptimizeResult, curve: _Curve, excess: float, low: float, high: float
) -> tuple[str, ...]:
    told = []
    if excess > 2.0:
        told.append(
            f"the mechanism misses the curve: residuals are {excess**0.5:.1f} times the scatter "
            "between neighbouring reads; the interval is that much wider"
        )
    for name, value, known, spread in zip(
        ("LDH", "NADH"), best.x[1:], curve.known, curve.spread, strict=True
    ):
        if abs(value - known) > 2.0 * spread:
            told.append(f"{name} is fitted at {np.exp(value - known):.2g} times what was given")
    if low <= 0.0 or not np.isfinite(high):
        told.append("the curve does not limit the rate on both sides")
    return tuple(told)
