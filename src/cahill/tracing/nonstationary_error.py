"""How exact a prediction over time is: the same with much smaller steps, and the difference.

The steps are chosen for the labels alone. Derivatives are exact for the numerical solution, and as
a rule as close to the true ones as the labels are; whoever needs to know asks here.
"""

from dataclasses import dataclass, replace

import numpy as np

from cahill.errors import ConvergenceError, InputError
from cahill.tracing.label_model import LabelModel
from cahill.tracing.nonstationary import Transient

_FINER = 1e-3
_FINEST = 1e-12


@dataclass(frozen=True)
class VerifiedError:
    """Largest difference to the prediction at a thousandth of the tolerance.

    Parameters
    ----------
    tolerance : float
        Error of a mass fraction that was aimed at.
    values, jacobian : float
        Difference of the values, and of their derivatives by the parameters asked for.
    """

    tolerance: float
    values: float
    jacobian: float


def with_tolerance(model: LabelModel, tolerance: float) -> LabelModel:
    """Return the model with another error of a mass fraction aimed at.

    Raises
    ------
    InputError
        If the tolerance is not between 1e-12 and 1, or the model is at isotopic steady state, where
        there is none.
    """
    transient = _transient(model)
    if not _FINEST <= tolerance < 1:
        raise InputError(f"tolerance {tolerance:g}: give one between {_FINEST:g} and 1")
    return replace(model, transient=replace(transient, tolerance=tolerance))


def _transient(model: LabelModel) -> Transient:
    if model.transient is None:
        raise InputError(
            f'experiment "{model.experiment.name}" is at isotopic steady state; it has no tolerance'
        )
    return model.transient


def verified_error(
    model: LabelModel,
    gross: np.ndarray,
    d_gross: np.ndarray,
    pools: np.ndarray,
    d_pools: np.ndarray | None = None,
    shares: np.ndarray | None = None,
    d_shares: np.ndarray | None = None,
) -> VerifiedError:
    """Return how far a prediction and its Jacobian are from those with much smaller steps.

    Parameters
    ----------
    model : LabelModel
        Not at isotopic steady state.
    gross, d_gross, pools, d_pools, shares, d_shares
        As `LabelModel.predict_with_jacobian` takes them.

    Raises
    ------
    InputError
        If the model is at isotopic steady state.
    """
    tolerance = _transient(model).tolerance
    finer = with_tolerance(model, max(_FINER * tolerance, _FINEST))
    arguments = gross, d_gross, pools, d_pools, shares, d_shares
    values, jacobian = model.predict_with_jacobian(*arguments)
    true_values, true_jacobian = finer.predict_with_jacobian(*arguments)
    return VerifiedError(
        tolerance,
        float(np.abs(values - true_values).max(initial=0.0)),
        float(np.abs(jacobian - true_jacobian).max(initial=0.0)),
    )


def refined(
    model: LabelModel,
    error: float,
    gross: np.ndarray,
    d_gross: np.ndarray,
    pools: np.ndarray,
    d_pools: np.ndarray | None = None,
    shares: np.ndarray | None = None,
    d_shares: np.ndarray | None = None,
) -> tuple[LabelModel, VerifiedError]:
    """Tighten the tolerance until values and Jacobian are verified to be exact enough.

    Parameters
    ----------
    model : LabelModel
        Not at isotopic steady state.
    error : float
        Wanted of every value and every derivative.
    gross, d_gross, pools, d_pools, shares, d_shares
        As `LabelModel.predict_with_jacobian` takes them.

    Returns
    -------
    tuple of LabelModel and VerifiedError
        The model with its tolerance, and what was verified.

    Raises
    ------
    ConvergenceError
        If a tolerance of 1e-9 does not suffice; a finer one cannot be verified.
    """
    arguments = gross, d_gross, pools, d_pools, shares, d_shares
    while True:
        found = verified_error(model, *arguments)
        if max(found.values, found.jacobian) <= error:
            return model, found
        if found.tolerance <= _FINEST / _FINER:
            raise ConvergenceError(
                f'experiment "{model.experiment.name}": derivatives differ by {found.jacobian:.2g} '
                f"at a tolerance of {found.tolerance:g}; {error:g} cannot be verified"
            )
        model = with_tolerance(model, max(found.tolerance / 10, _FINEST / _FINER))
