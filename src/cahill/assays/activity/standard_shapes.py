"""The shapes a standard curve may take: their value, slopes in the parameters, inverse and fit."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

Shape = Literal["linear", "quadratic", "4pl"]


@dataclass(frozen=True)
class ShapeFacts:
    """How many parameters a shape has, and how many different amounts it needs."""

    parameters: int
    levels: int


SHAPES: Mapping[Shape, ShapeFacts] = {
    "linear": ShapeFacts(2, 3),
    "quadratic": ShapeFacts(3, 4),
    "4pl": ShapeFacts(4, 5),
}


def predict(shape: Shape, parameters: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Return the signal at amounts x, shape (n,)."""
    if shape != "4pl":
        return np.polynomial.polynomial.polyval(x, parameters)
    low, steep, middle, high = parameters
    # Below zero the logistic is its own mirror image, so that a blank's scatter can be read off.
    with np.errstate(over="ignore"):
        rise = (high - low) * (1 - 1 / (1 + (np.abs(x) / middle) ** steep))
    return low + np.sign(x) * rise


def slopes(shape: Shape, parameters: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Return the derivatives of the signal in the parameters, shape (n, parameters)."""
    if shape != "4pl":
        return np.vander(x, len(parameters), increasing=True)
    low, steep, middle, high = parameters
    ratio = np.maximum(np.abs(x), 1e-12 * middle) / middle
    with np.errstate(over="ignore"):
        power = ratio**steep
        share = 1 / (1 + power)
        bend = (low - high) * share * (1 - share)
    gradient = np.column_stack([share, -bend * np.log(ratio), bend * steep / middle, 1 - share])
    mirrored = np.array([2.0, 0.0, 0.0, 0.0]) - gradient
    return np.where(x[:, None] < 0, mirrored, gradient)


def invert(shape: Shape, parameters: np.ndarray, y: np.ndarray, highest: float) -> np.ndarray:
    """Return the amounts of signals y, shape (n,); NaN where the curve never gives them.

    Parameters
    ----------
    shape, parameters
    y : numpy.ndarray
    highest : float
        Largest standard: of a parabola the branch that holds the standards is read.
    """
    if shape == "linear":
        return (y - parameters[0]) / parameters[1]
    if shape == "quadratic":
        start, slope, bend = parameters
        if abs(bend) * highest < 1e-12 * abs(slope):
            return (y - start) / slope
        root = np.sqrt(np.where((d := slope**2 - 4 * bend * (start - y)) >= 0, d, np.nan))
        return 2 * (y - start) / (slope + np.copysign(root, slope))
    low, steep, middle, high = parameters
    way = np.sign((y - low) * (high - low))
    share = np.abs((y - low) / (high - low))
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = share / (1 - share)
        return way * middle * np.where(ratio >= 0, ratio, np.nan) ** (1 / steep)


def variance_factor(
    weights: str, x: np.ndarray, y: np.ndarray, least: tuple[float, float]
) -> np.ndarray:
    """Return the variance of a signal relative to weight 1, shape (n,).

    Parameters
    ----------
    weights : {"1", "1/x", "1/y2"}
    x, y : numpy.ndarray
        Amounts and fitted signals.
    least : tuple of float
        Amount and signal below which the variance no longer falls.
    """
    if weights == "1/x":
        return np.maximum(x, least[0])
    if weights == "1/y2":
        return np.maximum(np.abs(y), least[1]) ** 2
    return np.ones_like(x)


def fit_shape(
    shape: Shape, x: np.ndarray, y: np.ndarray, factors: np.ndarray
) -> tuple[np.ndarray, np.ndarray] | None:
    """Fit a shape by weighted least squares.

    Returns
    -------
    tuple of numpy.ndarray or None
        Parameters and the inverse of the information matrix (times the variance: their covariance);
        None if the fit did not converge or the standards do not determine it.
    """
    weight = 1 / np.sqrt(factors)
    if shape != "4pl":
        # Amounts in units of the largest keep the columns of one size.
        top = float(np.abs(x).max())
        degree = SHAPES[shape].parameters
        design = np.vander(x / top, degree, increasing=True) * weight[:, None]
        found, _, rank, _ = np.linalg.lstsq(design, y * weight, rcond=None)
        if rank < degree or found[1] == 0:
            return None
        back = top ** -np.arange(degree, dtype=float)
        return found * back, np.linalg.inv(design.T @ design) * np.outer(back, back)
    return _fit_logistic(x, y, weight)


def _fit_logistic(
    x: np.ndarray, y: np.ndarray, weight: np.ndarray
) -> tuple[np.ndarray, np.ndarray] | None:
    """Fit (A - D) / (1 + (x/C)^B) + D with B and C positive, from several starts."""
    from scipy.optimize import least_squares

    first, last = y[x == x.min()].mean(), y[x == x.max()].mean()
    reach = last - first
    if reach == 0:
        return None
    top = float(x.max())

    def residuals(p: np.ndarray) -> np.ndarray:
        return (predict("4pl", _natural(p), x) - y) * weight

    def jacobian(p: np.ndarray) -> np.ndarray:
        natural = _natural(p)
        scale = np.array([1.0, natural[1], natural[2], 1.0])
        return slopes("4pl", natural, x) * scale * weight[:, None]

    best = None
    for part, steep in ((0.4, 1.5), (1.0, 1.0), (0.4, 4.0)):
        start = np.array([first, np.log(steep), np.log(part * top), last + 0.2 * reach])
        try:
            fit = least_squares(
                residuals,
                start,
                jacobian,  # pyright: ignore[reportArgumentType]
                method="lm",
                x_scale="jac",
                max_nfev=150,
            )
        except (ValueError, FloatingPointError):
            continue
        if fit.success and (best is None or fit.cost < best.cost):
            best = fit
    # Midpoints far beyond the standards, or a step, mean that the data show no such curve.
    if best is None or abs(best.x[1]) > np.log(50) or best.x[2] > np.log(20 * top):
        return None
    natural = _natural(best.x)
    scaled = slopes("4pl", natural, x) * weight[:, None]
    information = scaled.T @ scaled
    if np.linalg.cond(information) > 1e16:
        return None
    return natural, np.linalg.inv(information)


def _natural(p: np.ndarray) -> np.ndarray:
    return np.array([p[0], np.exp(np.clip(p[1], -8, 8)), np.exp(np.clip(p[2], -40, 40)), p[3]])
