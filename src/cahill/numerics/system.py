"""The one form in which a kinetic model enters the numerics: floats and CasADi functions."""

from dataclasses import dataclass
from functools import cached_property

import casadi as ca
import numpy as np

from cahill.errors import UnknownNameError


@dataclass(frozen=True, eq=False)
class OdeSystem:
    """Ordinary differential equations with named states, parameters and observables.

    Two systems are equal only if they are the same object, so one can serve as the key of a cache
    (compiled code is kept that way).

    Parameters
    ----------
    state_names : tuple of str
        What the differential equations govern: species and rate-rule parameters.
    parameter_names : tuple of str
        What stays constant during an integration.
    observable_names : tuple of str
        What follows from time, state and parameters: assignment rules, then reaction rates.
    default_state, default_parameters : numpy.ndarray
        Values of the model as written; shapes (n_states,) and (n_parameters,).
    rhs : casadi.Function
        (t, x, p) -> dx/dt, of SX type.
    observables : casadi.Function
        (t, x, p) -> y, of SX type.
    initial : casadi.Function
        p -> x0, with initial assignments resolved.
    stoichiometry : numpy.ndarray
        States x reactions, in the units of the states (divided by the volume where a state is a
        concentration); rows of rate-rule parameters are zero.
    reaction_names : tuple of str
        Names of the columns of `stoichiometry`; each is an observable (its rate).
    nonnegative : numpy.ndarray, optional
        Which states cannot be below zero (species); shape (n_states,), default none.
    """

    state_names: tuple[str, ...]
    parameter_names: tuple[str, ...]
    observable_names: tuple[str, ...]
    default_state: np.ndarray
    default_parameters: np.ndarray
    rhs: ca.Function
    observables: ca.Function
    initial: ca.Function
    stoichiometry: np.ndarray
    reaction_names: tuple[str, ...]
    nonnegative: np.ndarray | None = None

    @property
    def n_states(self) -> int:
        """Number of states."""
        return len(self.state_names)

    @property
    def n_parameters(self) -> int:
        """Number of parameters."""
        return len(self.parameter_names)

    @property
    def n_observables(self) -> int:
        """Number of observables."""
        return len(self.observable_names)

    @cached_property
    def rate_places(self) -> np.ndarray:
        """Places of the reactions' rates among the observables, in the order of the reactions."""
        place = {name: index for index, name in enumerate(self.observable_names)}
        return np.array([place[name] for name in self.reaction_names], dtype=int)

    def symbols(self) -> list[ca.SX]:
        """Return fresh symbols for time, state and parameters."""
        return symbols(self.n_states, self.n_parameters)

    def state_index(self, name: str) -> int:
        """Return the place of a state; UnknownNameError with the nearest names if there is none."""
        return _index("state", name, self.state_names)

    def parameter_index(self, name: str) -> int:
        """Return the place of a parameter; UnknownNameError if there is none."""
        return _index("parameter", name, self.parameter_names)

    def observable_index(self, name: str) -> int:
        """Return the place of an observable; UnknownNameError if there is none."""
        return _index("observable", name, self.observable_names)

    def parameters_with(self, **values: float) -> np.ndarray:
        """Return the default parameters with some replaced, as a new array."""
        parameters = np.array(self.default_parameters, dtype=float)
        for name, value in values.items():
            parameters[self.parameter_index(name)] = value
        return parameters

    def initial_state(self, parameters: np.ndarray) -> np.ndarray:
        """Return the state at time zero that the model prescribes for these parameters."""
        return np.asarray(self.initial(parameters), dtype=float).reshape(-1)


def symbols(n_states: int, n_parameters: int) -> list[ca.SX]:
    """Return symbols for time, n_states states and n_parameters parameters."""
    make = ca.SX.sym  # pyright: ignore[reportAttributeAccessIssue]
    return [make("t"), make("x", n_states), make("p", n_parameters)]


def _index(kind: str, name: str, names: tuple[str, ...]) -> int:
    try:
        return names.index(name)
    except ValueError:
        raise UnknownNameError(kind, name, names) from None
