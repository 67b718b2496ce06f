"""Coefficients of Radau IIA collocation, in the form that splits its stages.

An implicit Runge-Kutta method with s stages couples s vectors of unknowns. For a linear system the
inverse w of its Butcher matrix is brought to block-diagonal form once, and each step is solved by
one real and (s - 1) / 2 complex systems of the original size (Hairer & Wanner, Solving Ordinary
Differential Equations II, 2nd ed. 1996, section IV.8). Radau IIA is L-stable and ends on its last
stage, so pools without size (algebraic equations) need no care. Its order is 2 s - 1.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.polynomial import Legendre, Polynomial


@dataclass(frozen=True, eq=False)
class RadauTableau:
    """A Radau IIA method with s stages; m = (s + 1) / 2 systems are solved a step.

    With X_0 the start and X_i the stage values, h dX/dt at stage i is sum_j w_ij (X_j - X_0). In
    the coordinates U = F X the matrix w is block-diagonal: the first is real, each later pair is
    the real and the imaginary part of a complex one.

    Attributes
    ----------
    nodes : numpy.ndarray
        Stage times as fractions of the step, shape (s,); the last is 1.
    weights : numpy.ndarray
        w, the inverse of the Butcher matrix, shape (s, s).
    shifts : numpy.ndarray
        Eigenvalues of w, real and imaginary part, shape (m, 2): the real one, then one of each
        complex pair.
    forward, backward : numpy.ndarray
        F and its inverse, shape (s, s).
    error : numpy.ndarray
        e, shape (s,): with g the real eigenvalue and f the right-hand side at the start, the
        difference to the embedded method of order s is
        (g P/h - A)^-1 (f + (g P/h) sum_i e_i (X_i - X_0)).
    """

    nodes: np.ndarray
    weights: np.ndarray
    shifts: np.ndarray
    forward: np.ndarray
    backward: np.ndarray
    error: np.ndarray

    @property
    def stages(self) -> int:
        """Number of stages."""
        return len(self.nodes)

    @property
    def order(self) -> int:
        """Order of the step's end."""
        return 2 * self.stages - 1


@lru_cache(maxsize=8)
def radau_tableau(stages: int) -> RadauTableau:
    """Return the Radau IIA method with an odd number of stages.

    Parameters
    ----------
    stages : int
        1 (implicit Euler), 3 (order 5), 5 (order 9) or 7 (order 13).

    Raises
    ------
    ValueError
        If the number is even or above 7, where double precision no longer holds the coefficients.
    """
    if stages not in (1, 3, 5, 7):
        raise ValueError(f"Radau IIA with {stages} stages is not offered: 1, 3, 5 or 7")
    nodes = _nodes(stages)
    butcher = _collocation_weights(nodes, nodes)
    weights = np.linalg.inv(butcher)
    values, vectors = np.linalg.eig(weights)
    kept = [int(np.argmin(np.abs(np.imag(values))))]
    kept += [int(k) for k in np.argsort(np.real(values)) if np.imag(values[k]) > 1e-9]
    real = float(np.real(values[kept[0]]))
    shifts = values[kept]
    shifts[0] = real
    # A conjugate pair adds twice the real part of one of its members.
    columns = [np.real(vectors[:, kept[0]])]
    for k in kept[1:]:
        columns += [2.0 * np.real(vectors[:, k]), -2.0 * np.imag(vectors[:, k])]
    backward = np.column_stack(columns)
    return RadauTableau(
        nodes=nodes,
        weights=np.ascontiguousarray(weights),
        shifts=np.column_stack([np.real(shifts), np.imag(shifts)]),
        forward=np.linalg.inv(backward),
        backward=np.ascontiguousarray(backward),
        error=_embedded(nodes, butcher, weights, 1.0 / real),
    )


def _nodes(stages: int) -> np.ndarray:
    """Return the roots of P_s - P_(s-1) on [0, 1], polished by Newton's method."""
    difference = Legendre.basis(stages) - Legendre.basis(stages - 1)
    # x = 1 is a root and is divided out, so that the others are simple and well apart.
    rest = Polynomial(difference.convert(kind=Polynomial).coef) // Polynomial([-1.0, 1.0])
    roots = np.sort(np.real(rest.roots()))
    slope = difference.deriv()
    for _ in range(3):
        roots = roots - difference(roots) / slope(roots)
    return np.append((roots + 1.0) / 2.0, 1.0)


def _collocation_weights(nodes: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Return the integrals from 0 to each end of the Lagrange polynomials through the nodes."""
    points, quadrature = np.polynomial.legendre.leggauss(len(nodes))
    weights = np.empty((len(ends), len(nodes)))
    for i, end in enumerate(ends):
        at = (points + 1.0) / 2.0 * end
        for j, node in enumerate(nodes):
            others = np.delete(nodes, j)
            values = np.prod((at[:, None] - others) / (node - others), axis=1)
            weights[i, j] = 0.5 * end * (quadrature @ values)
    return weights


def _embedded(
    nodes: np.ndarray, butcher: np.ndarray, weights: np.ndarray, start: float
) -> np.ndarray:
    """Return e of the embedded method that weighs the derivative at the start by `start`.

    It integrates polynomials up to degree s - 1 exactly with the nodes 0, c_1 .. c_s.
    """
    powers = np.arange(len(nodes))
    vandermonde = nodes[None, :] ** powers[:, None]
    right = 1.0 / (powers + 1.0)
    right[0] -= start
    other = np.linalg.solve(vandermonde, right)
    return np.asarray((other - butcher[-1]) @ weights)
