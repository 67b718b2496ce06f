"""Standard curves: straight, quadratic or four-parameter logistic, and reading amounts off them.

A curve is fitted to the signals of known amounts by weighted least squares. Shape and weights are
chosen by AICc unless asked for (the simplest within 2 of the lowest); the likelihood includes the
variance function, so that weightings compare as well as shapes do. Amounts are read
off in `cahill.assays.activity.standard_read_off`.
"""

from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np

from cahill.assays.activity.standard_shapes import (
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
AS_GOOD = 2.0  # difference of AICc that decides nothing (BurnhamAnderson2002)


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
    asked: list[Shape] = [name for name in SHAPES if shape in ("auto", name)]
    possible: list[Shape] = [name for name in asked if levels >= SHAPES[name].levels]
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
    tries = [_fit(name, kind, amounts, signals, where) for name in possible for kind in kinds]
    fits = [fit for fit in tries if fit is not None]
    if shape == "auto":
        # A curve that turns back within the standards cannot be read; it stays only if alone.
        fits = [fit for fit in fits if _monotone(fit)] or fits
    if not fits:
        raise InputError(
            f"{where}: no curve fits the {amounts.size} standards; look at their signals"
        )
    fits.sort(key=lambda fit: fit.tried[0][2])
    # Fits as good as the best are told apart by simplicity: fewer parameters, then equal weights.
    # With hardly more standards than parameters there is no AICc (infinite), and all are equal.
    good = [fit for fit in fits if not fit.tried[0][2] >= fits[0].tried[0][2] + AS_GOOD] or fits
    best = min(good, key=lambda fit: (fit.parameters.size, fit.weights != "1"))
    return replace(best, tried=tuple(fit.tried[0] for fit in fits))


def _fit(
    shape: Shape, weights: str, amounts: np.ndarray, signals: np.ndarray, where: str
) -> StandardCurve | None:
    """Fit one shape with one weighting; None without standards to spare or convergence."""
    count, free = amounts.size, SHAPES[shape].parameters
    if count <= free:
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
    spare = count - k - 1
    aicc = aicc + 2 * k * (k + 1) / spare if spare > 0 else np.inf
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
