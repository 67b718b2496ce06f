"""Metabolic control analysis at a steady state, exact: Reder's formalism by exact derivatives.

A control coefficient is the response to a proportional change of one reaction's rate,
v_j -> v_j (1 + e), in what it does to the species (a formula that mentions the rate is not
changed). States governed by rate rules (hormones, expression) respond like all others; the rate
rules themselves are not scaled: at rest their rates are zero, so scaling them would do nothing, and
the summation theorems (flux control coefficients add up to 1, concentration control coefficients
to 0) hold over the reactions alone, hormones and conserved moieties included.
C. Reder, J. Theor. Biol. 135, 175 (1988).
"""

import threading
import weakref
from dataclasses import dataclass

import casadi as ca
import numpy as np

from cahill.errors import ConvergenceError
from cahill.numerics.moieties import moieties_at
from cahill.numerics.starts import checked_start
from cahill.numerics.steady_state import SteadyState, steady_state
from cahill.numerics.system import OdeSystem

_functions: "weakref.WeakKeyDictionary[OdeSystem, ca.Function]" = weakref.WeakKeyDictionary()
_deriving = threading.Lock()


@dataclass(frozen=True, eq=False)
class Control:
    """Elasticities, control and response coefficients.

    Scaled coefficients are d ln(effect) / d ln(cause), not a number where the effect is zero;
    those called `unscaled_` are plain derivatives, the cause of an unscaled control coefficient
    being a rate.

    Parameters
    ----------
    steady : SteadyState
        Where the coefficients hold.
    state_names, reaction_names, parameter_names : tuple of str
        Rows and columns.
    elasticities, unscaled_elasticities : numpy.ndarray
        Of rates to states, reactions x states.
    parameter_elasticities, unscaled_parameter_elasticities : numpy.ndarray
        Of rates to parameters, reactions x parameters.
    concentration_control, unscaled_concentration_control : numpy.ndarray
        Of reactions over states, states x reactions.
    flux_control, unscaled_flux_control : numpy.ndarray
        Of reactions (columns) over fluxes (rows).
    concentration_response, unscaled_concentration_response : numpy.ndarray
        Of states to parameters, conserved totals being kept, states x parameters.
    flux_response, unscaled_flux_response : numpy.ndarray
        Of fluxes to parameters, reactions x parameters.
    """

    steady: SteadyState
    state_names: tuple[str, ...]
    reaction_names: tuple[str, ...]
    parameter_names: tuple[str, ...]
    elasticities: np.ndarray
    unscaled_elasticities: np.ndarray
    parameter_elasticities: np.ndarray
    unscaled_parameter_elasticities: np.ndarray
    concentration_control: np.ndarray
    unscaled_concentration_control: np.ndarray
    flux_control: np.ndarray
    unscaled_flux_control: np.ndarray
    concentration_response: np.ndarray
    unscaled_concentration_response: np.ndarray
    flux_response: np.ndarray
    unscaled_flux_response: np.ndarray


def control(
    system: OdeSystem,
    *,
    steady: SteadyState | None = None,
    state: np.ndarray | None = None,
    parameters: np.ndarray | None = None,
    free: np.ndarray | None = None,
) -> Control:
    """Return the control analysis of a system at its steady state.

    Parameters
    ----------
    system : OdeSystem
        Equations with reactions.
    steady : SteadyState, optional
        Steady state for these parameters and this mask; found from `state` if not given.
    state, parameters : numpy.ndarray, optional
        Start of the search, and parameters; default the model's.
    free : numpy.ndarray of bool, optional
        States that may change; the others are held, and have no control coefficients but zero.

    Raises
    ------
    InputError
        For vectors of the wrong length.
    ConvergenceError
        If there is no steady state, or it lies where the response is not defined.
    """
    vector, start = checked_start(system, parameters, state)
    mask = np.ones(system.n_states, bool) if free is None else np.asarray(free, bool)
    if steady is None:
        steady = steady_state(system, state=start, parameters=vector, free=mask)
    x = steady.state
    ties = moieties_at(system, vector, start, mask)
    rates, by_state, rate_by_parameter, jacobian, rhs_by_parameter = _derivatives(system, x, vector)
    n_reactions = len(system.reaction_names)
    scaled_causes = ties.stoichiometry[ties.independent, :n_reactions]
    causes = np.hstack([scaled_causes, rhs_by_parameter[ties.independent]])
    try:
        responses = -ties.link @ np.linalg.solve(ties.reduced(jacobian), causes)
    except np.linalg.LinAlgError:
        raise ConvergenceError(
            "control coefficients are not defined: the steady state is one of a continuum; "
            "hold the states that may drift (free)"
        ) from None
    concentrations, concentration_response = responses[:, :n_reactions], responses[:, n_reactions:]
    fluxes = np.eye(n_reactions) + by_state @ concentrations
    flux_response = rate_by_parameter + by_state @ concentration_response
    return Control(
        steady=steady,
        state_names=system.state_names,
        reaction_names=system.reaction_names,
        parameter_names=system.parameter_names,
        elasticities=_scaled(by_state, rates, x),
        unscaled_elasticities=by_state,
        parameter_elasticities=_scaled(rate_by_parameter, rates, vector),
        unscaled_parameter_elasticities=rate_by_parameter,
        concentration_control=_scaled(concentrations, x, rates),
        unscaled_concentration_control=concentrations,
        flux_control=_scaled(fluxes, rates, rates),
        unscaled_flux_control=fluxes,
        concentration_response=_scaled(concentration_response, x, vector),
        unscaled_concentration_response=concentration_response,
        flux_response=_scaled(flux_response, rates, vector),
        unscaled_flux_response=flux_response,
    )


def _scaled(matrix: np.ndarray, effect: np.ndarray, cause: np.ndarray) -> np.ndarray:
    effect = np.where(effect == 0, np.nan, effect)
    return matrix * cause / effect[:, None]


def _derivatives(system: OdeSystem, x: np.ndarray, p: np.ndarray) -> tuple[np.ndarray, ...]:
    """Return v, dv/dx, dv/dp, df/dx, df/dp at time zero."""
    values = _function(system)(0.0, x, p)
    rates, *matrices = (ca.DM(value).full() for value in values)
    return rates.reshape(-1), *matrices


def _function(system: OdeSystem) -> ca.Function:
    with _deriving:
        if system not in _functions:
            t, x, p = system.symbols()
            rates = system.observables(t, x, p)[system.rate_places.tolist()]
            rhs = system.rhs(t, x, p)
            outputs = [
                ca.densify(rates),
                ca.jacobian(rates, x),
                ca.jacobian(rates, p),
                ca.jacobian(rhs, x),
                ca.jacobian(rhs, p),
            ]
            _functions[system] = ca.Function("derivatives", [t, x, p], outputs, {"cse": True})
        return _functions[system]
