"""Standard curves: straight, quadratic or four-parameter logistic, and reading amounts off them.

A curve is fitted to the signals of known amounts by weighted least squares. Shape and weights are
chosen by AICc unless asked for (the simplest within 2 of the lowest); the likelihood includes the
variance function, so that weightings compare as well as shapes do. An amount is read off by
inverting the prediction band: the interval holds every amount whose prediction interval contains
the signal. For a straight line that is Fieller's interval.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np

from cahill.assays.standard_shapes import (
    SHAPES,
    Shape,
    fit_shape,
    invert,
    predict,
    slopes,
    variance_factor,
)
from cahill.errors import InputError

Weights = Literal["1", "1/x", "1/y2", "replicates"]
WEIGHTS: tuple[str, ...] = get_args(Weights)
CHOSEN_FROM = ("1", "1/x", "1/y2")
LOD_FACTOR, LOQ_FACTOR = 3.3, 10.0  # ICHQ2: 3.3 and 10 sigma over the slope
AS_GOOD = 2.0  # difference of AICc that decides nothing (BurnhamAnderson2002)
RECOVERY = (0.8, 1.2)  # verdict of a back-calculated standard, as the issue of this assay asks


@dataclass(frozen=True, eq=False)
class StandardCurve:
    """A fitted standard curve.

    Attributes
    ----------
    shape : {"linear", "quadratic", "4pl"}
    weights : {"1", "1/x", "1/y2", "replicates"}
    parameters : numpy.ndarray
        linear: a, b of a + b x; quadratic: a, b, c; 4pl: A, B, C, D of
        (A - D) / (1 + (x/C)^B) + D.
    covariance : numpy.ndarray
        Of the parameters.
    sigma : float
        Standard deviation of a signal where the variance factor is 1.
    df : int
        Standards less parameters.
    amounts, signals : numpy.ndarray
        The standards, shape (wells,).
    factors : numpy.ndarray
        Variance factor of every standard, shape (wells,).
    tried : tuple of (str, str, float, float)
        Shape, weights, AICc and R2 of every fit compared, by rising AICc.
    r2 : float
        Share of the (unweighted) variance explained.
    """

    shape: Shape
    weights: str
    parameters: np.ndarray
    covariance: np.ndarray
    sigma: float
    df: int
    amounts: np.ndarray
    signals: np.ndarray
    factors: np.ndarray
    tried: tuple[tuple[str, str, float, float], ...]
    r2: float

    @property
    def lowest(self) -> float:
        """The smallest amount of a standard."""
        return float(self.amounts.min())

    @property
    def highest(self) -> float:
        """The largest amount of a standard."""
        return float(self.amounts.max())

    def signal(self, amounts: np.ndarray) -> np.ndarray:
        """Return the signal of amounts."""
        return predict(self.shape, self.parameters, np.asarray(amounts, float))

    def amount(self, signals: np.ndarray) -> np.ndarray:
        """Return the amount of signals; NaN where the curve never gives the signal."""
        return invert(self.shape, self.parameters, np.asarray(signals, float), self.highest)

    def noise(self, amounts: np.ndarray) -> np.ndarray:
        """Return the standard deviation of one well's signal at amounts."""
        amounts = np.asarray(amounts, float)
        if self.weights == "replicates":
            levels, first = np.unique(self.amounts, return_index=True)
            factor = np.interp(amounts, levels, self.factors[first])
        else:
            factor = variance_factor(self.weights, amounts, self.signal(amounts), self._scales)
        return self.sigma * np.sqrt(factor)

    @property
    def _scales(self) -> tuple[float, float]:
        return scales(self.amounts, self.signals)

    def band(self, amounts: np.ndarray) -> np.ndarray:
        """Return the standard deviation of the curve itself at amounts."""
        gradient = slopes(self.shape, self.parameters, np.asarray(amounts, float))
        variance = np.einsum("ij,jk,ik->i", gradient, self.covariance, gradient)
        return np.sqrt(np.maximum(variance, 0.0))


@dataclass(frozen=True)
class ReadOff:
    """An amount read off a curve.

    Attributes
    ----------
    value, low, high : float
        In the unit of the standards; an end is infinite where the curve does not bound it.
    sd : float
        Standard deviation (delta method).
    verdict : str
        "" within the standards, "extrapolated" beyond them, "off the curve" where the curve never
        gives the signal.
    """

    value: float
    low: float
    high: float
    sd: float
    verdict: str


def scales(amounts: np.ndarray, signals: np.ndarray) -> tuple[float, float]:
    """Return the smallest positive amount and a twentieth of the largest signal.

    Below them the factors of 1/x and 1/y2 stay where they are, so that a zero standard cannot
    carry all the weight.
    """
    return float(amounts[amounts > 0].min()), 0.05 * float(np.abs(signals).max())


def fit_standard_curve(
    amounts: np.ndarray,
    signals: np.ndarray,
    *,
    shape: str = "auto",
    weights: str = "auto",
    where: str = "standard curve",
) -> StandardCurve:
    """Fit a standard curve.

    Parameters
    ----------
    amounts, signals : numpy.ndarray
        One standard well each, shape (wells,); amounts of at least 0 in any unit.
    shape : {"auto", "linear", "quadratic", "4pl"}
        auto: by AICc among those that rise or fall all the way.
    weights : {"auto", "1", "1/x", "1/y2", "replicates"}
        auto: by AICc among the first three. replicates: the variance of the wells of each amount.
    where : str
        For messages.

    Raises
    ------
    InputError
        If there are too few amounts, or no shape fits.
    """
    amounts, signals = np.asarray(amounts, float), np.asarray(signals, float)
    good = np.isfinite(amounts) & np.isfinite(signals)
    amounts, signals = amounts[good], signals[good]
    levels = np.unique(amounts).size
    asked = [name for name in SHAPES if shape in ("auto", name)]
    possible = [name for name in asked if levels >= SHAPES[name].levels]
    if not asked:
        raise InputError(f'{where}: unknown curve "{shape}"; choose auto, {", ".join(SHAPES)}')
    if not possible or amounts.max() <= 0:
        need = min(SHAPES[name].levels for name in asked)
        raise InputError(
            f"{where}: {levels} different amounts of standard; a curve needs at least {need}"
        )
    kinds = CHOSEN_FROM if weights == "auto" else (weights,)
    if not set(kinds) <= set(WEIGHTS):
        raise InputError(f'{where}: unknown weights "{weights}"; choose auto, {", ".join(WEIGHTS)}')
    fits = [
        fit
        for name in possible
        for kind in kinds
        if (fit := _fit(name, kind, amounts, signals, where)) is not None
    ]
    if shape == "auto":
        # A curve that turns back within the standards cannot be read; it stays only if alone.
        fits = [fit for fit in fits if _monotone(fit)] or fits
    if not fits:
        raise InputError(f"{where}: no curve fits the standards; look at their signals")
    fits.sort(key=lambda fit: fit.tried[0][2])
    # Fits as good as the best are told apart by simplicity: fewer parameters, then equal weights.
    good = [fit for fit in fits if fit.tried[0][2] - fits[0].tried[0][2] < AS_GOOD]
    best = min(good, key=lambda fit: (fit.parameters.size, fit.weights != "1"))
    return replace(best, tried=tuple(fit.tried[0] for fit in fits))


def _fit(
    shape: Shape, weights: str, amounts: np.ndarray, signals: np.ndarray, where: str
) -> StandardCurve | None:
    """Fit one shape with one weighting; None without standards to spare or convergence."""
    count, free = amounts.size, SHAPES[shape].parameters
    if count - free - 2 <= 0:
        return None
    factors = np.ones(count)
    least = scales(amounts, signals)
    if weights == "replicates":
        factors = _replicate_variances(amounts, signals, where)
    elif weights == "1/x":
        factors = variance_factor(weights, amounts, signals, least)
    # With 1/y2 the variance follows the fitted signal, which a few rounds settle.
    for _ in range(4 if weights == "1/y2" else 1):
        found = fit_shape(shape, amounts, signals, factors)
        if found is None:
            return None
        fitted = predict(shape, found[0], amounts)
        if weights == "1/y2":
            factors = variance_factor(weights, amounts, fitted, least)
    parameters, inverse = found  # pyright: ignore[reportPossiblyUnboundVariable]
    fitted = predict(shape, parameters, amounts)
    squares = float((((signals - fitted) ** 2) / factors).sum())
    spread = max(squares, 1e-30 * float((signals**2).sum()) + 1e-300)
    k = free + 1
    aicc = count * np.log(spread / count) + float(np.log(factors).sum()) + 2 * k
    aicc += 2 * k * (k + 1) / (count - k - 1)
    sigma = np.sqrt(spread / (count - free))
    total = float(((signals - signals.mean()) ** 2).sum())
    r2 = 1 - float(((signals - fitted) ** 2).sum()) / total if total else np.nan
    return StandardCurve(
        shape,
        weights,
        parameters,
        inverse * sigma**2,
        float(sigma),
        count - free,
        amounts,
        signals,
        factors,
        ((shape, weights, float(aicc), r2),),
        r2,
    )


def _replicate_variances(amounts: np.ndarray, signals: np.ndarray, where: str) -> np.ndarray:
    """Return the variance of the wells of each amount over their mean variance."""
    factors = np.empty(amounts.size)
    for level in np.unique(amounts):
        own = amounts == level
        if own.sum() < 2:
            raise InputError(
                f"{where}: weights by replicates need two wells of every standard; "
                f"{level:g} has one"
            )
        factors[own] = signals[own].var(ddof=1)
    mean = float(factors.mean())
    if mean == 0:
        return np.ones(amounts.size)
    # Two equal readings are no proof of no noise.
    return np.maximum(factors / mean, 0.05)


def _monotone(curve: StandardCurve) -> bool:
    grid = curve.signal(np.linspace(curve.lowest, curve.highest, 101))
    steps = np.diff(grid)
    return bool((steps >= 0).all() or (steps <= 0).all())


def read_off(
    curve: StandardCurve, signal: float, *, wells: int = 1, confidence: float = 0.95
) -> ReadOff:
    """Return the amount that gives a signal, with its interval.

    Parameters
    ----------
    curve : StandardCurve
    signal : float
        Mean signal of `wells` wells.
    wells : int
    confidence : float

    Notes
    -----
    The ends are where the signal leaves the prediction band of the curve (for a straight line with
    equal weights: Fieller's theorem).
    """
    from scipy import stats

    value = float(curve.amount(np.array([signal]))[0])
    if not np.isfinite(value):
        return ReadOff(np.nan, np.nan, np.nan, np.nan, "off the curve")
    point = np.array([value])
    step = 1e-4 * curve.highest
    rise = curve.signal(point + step) - curve.signal(point - step)
    spread = np.hypot(curve.noise(point) / np.sqrt(wells), curve.band(point))
    sd = float(spread[0] / abs(rise[0] / (2 * step))) if rise[0] else np.inf
    quantile = float(stats.t.ppf(0.5 + confidence / 2, curve.df))

    def outside(x: float) -> float:
        at = np.array([x])
        allowed = quantile * np.hypot(curve.noise(at) / np.sqrt(wells), curve.band(at))
        return abs(signal - float(curve.signal(at)[0])) - float(allowed[0])

    low, high = (_end(outside, value, way, curve.highest) for way in (-1, 1))
    # With a zero standard, a value below zero within the noise is no extrapolation.
    under = high < 0 if curve.lowest == 0 else value < curve.lowest
    beyond = under or value > curve.highest
    return ReadOff(value, low, high, sd, "extrapolated" if beyond else "")


def _end(outside: Callable[[float], float], value: float, way: int, highest: float) -> float:
    """Walk from the value until the signal leaves the band; infinite if it never does."""
    from scipy.optimize import brentq

    near, step = value, 1e-3 * highest
    for _ in range(60):
        far = near + way * step
        if outside(far) > 0:
            return float(brentq(outside, min(near, far), max(near, far)))  # pyright: ignore[reportArgumentType]
        near, step = far, step * 1.3
        if abs(far - value) > 20 * highest:
            break
    return way * np.inf


def detection_limits(curve: StandardCurve) -> tuple[float, float]:
    """Return limits of detection and of quantification, in the unit of the standards.

    The amounts whose signals lie 3.3 and 10 standard deviations (of a well at zero) from the signal
    of zero; with a straight line 3.3 and 10 sigma over the slope (ICH Q2). NaN where the curve does
    not reach so far.
    """
    zero = np.zeros(1)
    way = np.sign(curve.signal(np.array([curve.highest]))[0] - curve.signal(zero)[0])
    base, noise = float(curve.signal(zero)[0]), float(curve.noise(zero)[0])
    limits = curve.amount(base + way * noise * np.array([LOD_FACTOR, LOQ_FACTOR]))
    return float(limits[0]), float(limits[1])


def recovery(curve: StandardCurve) -> tuple[np.ndarray, np.ndarray]:
    """Return the amount read off for each standard, and its share of the amount given.

    Both shape (wells,); the share of a zero standard is NaN.
    """
    found = curve.amount(curve.signals)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(curve.amounts > 0, found / curve.amounts, np.nan)
    return found, share
