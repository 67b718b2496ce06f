"""How well a fit meets its data, and what the data determine.

Linear approximation at the optimum, inside the face of the polytope it lies on. A direction counts
as seen by the data if moving ten natural widths along it changes the residuals by more than a tenth
of a standard error; the number of such directions is the rank of the fit.
"""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import qr
from scipy.stats import chi2

from cahill.numerics.polytope import Polytope

_SEEN = 0.01  # change of the residuals per width of a direction that the data see
_MOVED = 1e-3  # part of a function's gradient along unseen directions that makes it undetermined
_ROUNDING = 1e-9  # part of a gradient that is rounding
_PARTS = 4  # largest parts of a direction that are named
_TOUCHED = 1e-6  # slack, in widths, under which a row holds


@dataclass(frozen=True)
class ChiSquare:
    """The sum of squares against what errors alone would give.

    Parameters
    ----------
    ssr : float
        Weighted sum of squared residuals.
    degrees : int
        Degrees of freedom.
    low, high : float
        95 % interval of the chi-square distribution; NaN without degrees of freedom.
    """

    ssr: float
    degrees: int
    low: float
    high: float

    @property
    def verdict(self) -> str:
        """What it means, in words."""
        where = f"SSR {self.ssr:.4g}, expected {self.low:.4g} to {self.high:.4g} (95 %)"
        if self.degrees < 1:
            return f"SSR {self.ssr:.4g}: not testable, no degrees of freedom are left"
        if self.ssr > self.high:
            return f"rejected: {where}; the model misses the data or the errors are too small"
        if self.ssr < self.low:
            return f"closer than the errors allow: {where}; the errors are probably too large"
        return f"accepted: {where}"


def chi_square(ssr: float, degrees: int) -> ChiSquare:
    """Judge a sum of squares by the chi-square distribution."""
    if degrees < 1:
        return ChiSquare(ssr, degrees, np.nan, np.nan)
    low, high = chi2.ppf([0.025, 0.975], degrees)
    return ChiSquare(ssr, degrees, float(low), float(high))


@dataclass(frozen=True, eq=False)
class Identifiability:
    """What the data say about every direction of the parameters, at an optimum.

    Parameters
    ----------
    directions : numpy.ndarray
        Parameter change per unit of each direction, shape (n, k): the principal directions inside
        the face of the polytope.
    sensitivities : numpy.ndarray
        Change of the residuals (in standard errors) per unit of each direction, falling, shape
        (k,).
    touched : numpy.ndarray of int
        Rows of the polytope that hold at the optimum.
    rows : numpy.ndarray
        These rows, shape (n_touched, n).
    """

    directions: np.ndarray
    sensitivities: np.ndarray
    touched: np.ndarray
    rows: np.ndarray

    @property
    def rank(self) -> int:
        """Number of directions that the data see."""
        return int(np.sum(self.sensitivities > _SEEN))

    @property
    def covariance(self) -> np.ndarray:
        """Covariance of the parameters, shape (n, n), of the directions that the data see."""
        seen = self.directions[:, : self.rank] / self.sensitivities[: self.rank]
        return seen @ seen.T

    def standard_errors(self, gradients: np.ndarray) -> np.ndarray:
        """Return the standard error of functions of the parameters; inf if not determined.

        Parameters
        ----------
        gradients : numpy.ndarray
            Derivative of each function by the parameters, shape (m, n).

        Returns
        -------
        numpy.ndarray
            Shape (m,); 0 for what cannot move.
        """
        along = gradients @ self.directions
        size = np.max(np.abs(gradients) @ np.abs(self.directions), axis=1, initial=0.0)
        along[np.abs(along) < _ROUNDING * size[:, None]] = 0.0
        rank = self.rank
        errors = np.linalg.norm(along[:, :rank] / self.sensitivities[:rank], axis=1)
        unseen = np.linalg.norm(along[:, rank:], axis=1)
        return np.where(unseen > _MOVED * np.linalg.norm(along, axis=1), np.inf, errors)

    def held_by(self, gradient: np.ndarray) -> np.ndarray:
        """Return the touched rows that hold a function of the parameters, if they do.

        Parameters
        ----------
        gradient : numpy.ndarray
            Its derivative by the parameters, shape (n,).

        Returns
        -------
        numpy.ndarray of int
            Numbers of rows of the polytope; none if the function can move, or is constant.
        """
        size = np.linalg.norm(gradient)
        if not len(self.touched) or not size:
            return np.empty(0, dtype=int)
        parts, *_ = np.linalg.lstsq(self.rows.T, gradient, rcond=None)
        if np.linalg.norm(self.rows.T @ parts - gradient) > 1e-8 * size:
            return np.empty(0, dtype=int)
        return self.touched[np.abs(parts) * np.linalg.norm(self.rows, axis=1) > 1e-6 * size]


def identifiability(
    jacobian: np.ndarray, polytope: Polytope, theta: np.ndarray, widths: np.ndarray
) -> Identifiability:
    """Return the principal directions of a fit inside the face of the polytope it lies on.

    Parameters
    ----------
    jacobian : numpy.ndarray
        Of the weighted residuals, shape (n_values, n).
    polytope : Polytope
    theta : numpy.ndarray
        The optimum, shape (n,).
    widths : numpy.ndarray
        Natural change of each parameter, shape (n,).
    """
    rows = polytope.matrix * widths
    size = np.linalg.norm(rows, axis=1)
    touched = np.flatnonzero(polytope.slack(theta) <= _TOUCHED * size)
    face = _null_space(rows[touched])
    _, sizes, span = np.linalg.svd(jacobian * widths @ face, full_matrices=True)
    sensitivities = np.zeros(face.shape[1])
    sensitivities[: len(sizes)] = sizes
    directions = widths[:, None] * (face @ span.T)
    return Identifiability(directions, sensitivities, touched, polytope.matrix[touched])


def simple_basis(directions: np.ndarray) -> np.ndarray:
    """Return directions that span the same space, each with a parameter that no other has.

    Parameters
    ----------
    directions : numpy.ndarray
        Independent columns, shape (n, k).

    Returns
    -------
    numpy.ndarray
        Shape (n, k); each column has a 1 where all others are 0, and no larger part.
    """
    count = directions.shape[1]
    if not count:
        return directions
    _, order = qr(directions.T, mode="r", pivoting=True)  # pyright: ignore
    return directions @ np.linalg.inv(directions[order[:count]])


def in_words(direction: np.ndarray, names: tuple[str, ...]) -> str:
    """Return "A together with B against C" for the largest parts of a direction."""
    order = np.argsort(-np.abs(direction))
    large = [k for k in order if abs(direction[k]) > 0.3 * abs(direction[order[0]])][:_PARTS]
    first = direction[large[0]]
    text = " together with ".join(names[k] for k in large if direction[k] * first > 0)
    against = " and ".join(names[k] for k in large if direction[k] * first < 0)
    return f"{text} against {against}" if against else text


def _null_space(rows: np.ndarray) -> np.ndarray:
    if not len(rows):
        return np.eye(rows.shape[1])
    _, sizes, span = np.linalg.svd(rows, full_matrices=True)
    return span[int(np.sum(sizes > 1e-10 * sizes[0])) :].T
