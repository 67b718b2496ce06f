"""From fluxes and pool sizes that are given, perhaps in part, to all of them."""

from collections.abc import Mapping

import numpy as np

from cahill.errors import ModelError, UnknownNameError
from cahill.numerics.polytope import Affine

_AGREES = 1e-6  # difference, relative to the largest flux, up to which given values agree


def complete_net(net: Affine, names: tuple[str, ...], given: Mapping[str, float]) -> np.ndarray:
    """Return all net fluxes from some of them.

    Parameters
    ----------
    net : Affine
        The net fluxes by the free ones.
    names : tuple of str
        Reactions, the rows of `net`.
    given : mapping of str to float
        Net fluxes by reaction.

    Raises
    ------
    ModelError
        If the given values contradict the balances, or leave a flux open.
    UnknownNameError
        If a reaction does not exist.
    """
    rows = _places(names, given, "reaction")
    wanted = np.array(list(given.values()), dtype=float)
    matrix = net.matrix[rows]
    free, *_ = np.linalg.lstsq(matrix, wanted - net.offset[rows], rcond=None)
    open_rows = _open_rows(net.matrix, matrix)
    if len(open_rows):
        listed = ", ".join(names[k] for k in open_rows[:5])
        raise ModelError(
            f"flux values: {len(given)} given net fluxes leave {len(open_rows)} others open "
            f"({listed}, ...); give more of them"
        )
    fluxes = net(free)
    gap = np.abs(fluxes[rows] - wanted)
    if np.max(gap, initial=0.0) > _AGREES * max(float(np.max(np.abs(wanted), initial=0.0)), 1e-300):
        worst = int(np.argmax(gap))
        raise ModelError(
            f"flux values: {names[rows[worst]]} = {wanted[worst]:.6g} contradicts the balances and "
            f"the other values, which ask for about {fluxes[rows[worst]]:.6g}; correct one"
        )
    return fluxes


def _open_rows(matrix: np.ndarray, given: np.ndarray) -> np.ndarray:
    """Return the rows of a matrix that are no combination of the given ones."""
    if not len(given):
        return np.flatnonzero(np.any(matrix != 0, axis=1))
    _, sizes, span = np.linalg.svd(given, full_matrices=False)
    span = span[sizes > 1e-10 * sizes[0]]
    left = matrix - matrix @ span.T @ span
    return np.flatnonzero(np.linalg.norm(left, axis=1) > 1e-8)


def complete_positive(
    logs: Affine, names: tuple[str, ...], given: Mapping[str, float], what: str
) -> np.ndarray:
    """Return all exchange fluxes or pool sizes from one of each group of tied ones.

    Parameters
    ----------
    logs : Affine
        Their logarithms by the free ones.
    names : tuple of str
        Steps or species, the rows of `logs`.
    given : mapping of str to float
        Values by name.
    what : str
        "exchange flux" or "pool size", for messages.

    Raises
    ------
    ModelError
        If values contradict each other or are negative, or one is missing.
    """
    values = np.exp(logs.offset)
    found = np.where(np.any(logs.matrix != 0, axis=1), np.nan, values)
    for name, value in given.items():
        if name not in names:
            continue
        place = names.index(name)
        column = logs.matrix[place]
        tied = np.any((logs.matrix != 0) & (column != 0), axis=1)
        if not tied.any():
            tied = np.arange(len(names)) == place
            wanted = found[tied]
        else:
            wanted = value / values[place] * values[tied]
        known = found[tied]
        agrees = np.isnan(known) | np.isclose(known, wanted, rtol=_AGREES, atol=0)
        if value < 0 or not np.all(agrees) or not np.isclose(value, wanted, rtol=_AGREES).any():
            raise ModelError(
                f"flux values: the {what} of {name} = {value:.6g} contradicts a constraint or "
                "another value; correct one"
            )
        found[tied] = wanted
    missing = np.flatnonzero(np.isnan(found))
    if len(missing):
        listed = ", ".join(names[k] for k in missing[:5])
        raise ModelError(
            f"flux values: {len(missing)} of {len(names)} values of the {what} are missing "
            f"({listed}); give them"
        )
    return found


def _places(names: tuple[str, ...], given: Mapping[str, float], what: str) -> list[int]:
    order = {name: k for k, name in enumerate(names)}
    for name in given:
        if name not in order:
            raise UnknownNameError(what, name, names, "flux values")
    return [order[name] for name in given]
