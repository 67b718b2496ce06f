"""Independent states of a system and what ties the others to them: conserved moieties.

In Reder's notation (C. Reder, J. Theor. Biol. 135, 175 (1988)) S = L S_R: the rows of the
stoichiometry S follow from independent ones by the link matrix L. A rate-rule state counts as
changed by a "reaction" of its own, a held state as changed by none.
"""

import threading
import weakref
from dataclasses import dataclass

import numpy as np
from scipy.linalg import qr

from cahill.numerics.compile import compiled
from cahill.numerics.system import OdeSystem

_RANK = 1e-10  # relative size under which a pivot of the stoichiometry is zero

_known: "weakref.WeakKeyDictionary[OdeSystem, dict[bytes, Moieties]]" = weakref.WeakKeyDictionary()
_finding = threading.Lock()


@dataclass(frozen=True, eq=False)
class Moieties:
    """Independent states and the link matrix.

    Parameters
    ----------
    stoichiometry : numpy.ndarray
        S, states x (reactions, then the rate rules' own), rows of held states zero.
    independent : numpy.ndarray of int
        Places of the independent states, ascending; shape (n_independent,).
    link : numpy.ndarray
        L, shape (n_states, n_independent): dx = L dx[independent] for every change that the
        reactions can bring about.
    """

    stoichiometry: np.ndarray
    independent: np.ndarray
    link: np.ndarray

    def reduced(self, matrix: np.ndarray) -> np.ndarray:
        """Return the Jacobian of the independent states, given that of all."""
        return matrix[self.independent] @ self.link


def link_matrix(stoichiometry: np.ndarray, own_rates: np.ndarray, free: np.ndarray) -> Moieties:
    """Return the independent states of a system.

    Parameters
    ----------
    stoichiometry : numpy.ndarray
        States x reactions, in the units of the states.
    own_rates : numpy.ndarray of bool
        States changed by a rate rule of their own.
    free : numpy.ndarray of bool
        States that may change.
    """
    n = len(own_rates)
    matrix = np.hstack([stoichiometry, np.eye(n)[:, own_rates]]) * free[:, None]
    # Rows of like size, so that the rank does not hang on the units of the states.
    size = np.abs(matrix).max(axis=1, initial=0.0)
    size[size == 0] = 1.0
    scaled = matrix / size[:, None]
    factor, order = _pivoted(scaled.T)
    pivots = np.abs(np.diag(factor))
    rank = int(np.sum(pivots > _RANK * pivots[0])) if len(pivots) and pivots[0] > 0 else 0
    chosen = np.argsort(order[:rank])
    independent = order[:rank][chosen]
    # scaled[order] = coefficients of the pivot rows, from the triangular factor.
    coefficients = np.zeros((n, rank))
    coefficients[order[:rank]] = np.eye(rank)
    if rank < n:
        rest = np.linalg.solve(factor[:rank, :rank], factor[:rank, rank:n]).T
        rest[np.abs(rest) < _RANK] = 0.0
        coefficients[order[rank:]] = rest
    coefficients = coefficients[:, chosen]
    link = coefficients * size[:, None] / size[independent]
    return Moieties(stoichiometry=matrix, independent=independent, link=link)


def _pivoted(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the triangular factor and the column order of a pivoted QR decomposition."""
    factor, order = qr(matrix, mode="r", pivoting=True)  # pyright: ignore
    return np.asarray(factor), np.asarray(order)


def moieties_at(
    system: OdeSystem, parameters: np.ndarray, state: np.ndarray, free: np.ndarray
) -> Moieties:
    """Return the independent states for these parameters; remembered for the model's own volumes.

    The system's stoichiometry is that of the default volumes. Where parameters change a volume, the
    ratio of the right-hand side to the reactions' net effect rescales the rows.

    Parameters
    ----------
    system : OdeSystem
        Equations.
    parameters, state : numpy.ndarray
        Where the right-hand side is looked at; any state with unbalanced reactions will do.
    free : numpy.ndarray of bool
        States that may change.
    """
    code, matrix = compiled(system), system.stoichiometry
    own = ~np.any(matrix, axis=1) & code.changing
    data = code.data_for(parameters)
    rates = code.observables_at(0.0, state, data)[system.rate_places]
    net, gross = matrix @ rates, np.abs(matrix) @ np.abs(rates)
    telling = np.abs(net) > 1e-6 * gross
    factor = np.ones(len(matrix))
    factor[telling] = code.derivative(0.0, state, data)[telling] / net[telling]
    if not np.allclose(factor, 1.0, rtol=0, atol=1e-8):
        return link_matrix(matrix * factor[:, None], own, free)
    with _finding:
        known = _known.setdefault(system, {})
        key = free.tobytes()
        if key not in known:
            known[key] = link_matrix(matrix, own, free)
        return known[key]
