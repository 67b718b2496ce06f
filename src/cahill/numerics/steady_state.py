"""Steady states: follow the system for a while, finish with Newton's method, look at stability."""

from dataclasses import dataclass

import numpy as np

from cahill.errors import ConvergenceError, InputError
from cahill.numerics.compile import compiled
from cahill.numerics.moieties import moieties_at
from cahill.numerics.solver import Solver, default_tolerance
from cahill.numerics.starts import checked_start
from cahill.numerics.system import OdeSystem

_ROUNDS = 9  # horizons tried, each ten times the one before
_NEWTON_STEPS = 25
_MAX_STEPS = 10_000  # within one horizon; more means that it does not settle
_CLOSE = 1e-9  # relative Newton step at which the answer counts as found
_EXACT = 1e-13  # and at which polishing stops
_ROUNDING = 1e-12  # relative size of an eigenvalue's real part that is still zero
_KEEP = 0.1  # a step may take at most nine tenths of a concentration


@dataclass(frozen=True, eq=False)
class SteadyState:
    """Where the system comes to rest.

    Parameters
    ----------
    state, observables : numpy.ndarray
        Shapes (n_states,) and (n_observables,).
    residual : float
        Largest rate of change of a free state, in units of the state's size per time.
    stable : bool
        No eigenvalue has a positive real part.
    eigenvalues : numpy.ndarray
        Of the Jacobian of the independent states, complex.
    iterations : int
        Newton steps taken.
    message : str
        Empty if a steady state was found, else one line.
    """

    state: np.ndarray
    observables: np.ndarray
    residual: float
    stable: bool
    eigenvalues: np.ndarray
    iterations: int
    message: str

    @property
    def ok(self) -> bool:
        """Whether a steady state was found."""
        return not self.message


def steady_state(
    system: OdeSystem,
    *,
    state: np.ndarray | None = None,
    parameters: np.ndarray | None = None,
    free: np.ndarray | None = None,
    rtol: float = 1e-6,
    raise_on_failure: bool = True,
) -> SteadyState:
    """Return the steady state that a long run from the given state reaches.

    The system is integrated over growing horizons; after each, Newton's method with the exact
    Jacobian of the independent states is tried. Conserved totals stay those of the start. An
    unstable steady state is returned only if no horizon leads to a stable one.

    Parameters
    ----------
    system : OdeSystem
        Equations; time is held at zero in Newton's method.
    state, parameters : numpy.ndarray, optional
        Start and parameters; default the model's.
    free : numpy.ndarray of bool, optional
        States that may change, shape (n_states,); the others are held.
    rtol : float
        Relative tolerance of the integration (Newton's method goes to rounding).
    raise_on_failure : bool
        Raise, or return the state reached with a message.

    Raises
    ------
    InputError
        For vectors of the wrong length or a negative concentration.
    ConvergenceError
        If no steady state is found; the message names the state that still changes most.
    """
    vector, start = checked_start(system, parameters, state)
    mask = np.ones(system.n_states, bool) if free is None else np.asarray(free, bool)
    if mask.shape != (system.n_states,):
        raise InputError(
            f"free: {mask.size} values are given, the model has {system.n_states} states"
        )
    search = _Search(system, vector, mask, rtol)
    found = search.run(start)
    if raise_on_failure and not found.ok:
        raise ConvergenceError(found.message)
    return found


class _Search:
    """One search for a steady state: equations, independent states, tolerances."""

    def __init__(
        self, system: OdeSystem, parameters: np.ndarray, free: np.ndarray, rtol: float
    ) -> None:
        self._system, self._code, self._free, self._rtol = system, compiled(system), free, rtol
        self._parameters = parameters
        self._data = self._code.data_for(parameters, free)
        # Under this a concentration counts as zero: a millionth of its usual size.
        self._small = default_tolerance(system, 1e-3)
        positive = system.nonnegative
        self._positive = np.zeros(len(free), bool) if positive is None else positive

    def run(self, start: np.ndarray) -> SteadyState:
        state, unstable, steps = start, None, 0
        self._moieties = moieties_at(self._system, self._parameters, start, self._free)
        horizon = self._first_horizon(start)
        for _ in range(_ROUNDS):
            state, trouble = self._follow(state, horizon)
            if trouble:
                return unstable or self._result(state, steps, trouble)
            found, taken = self._newton(state)
            steps += taken
            if found is not None:
                result = self._result(found, steps, "")
                if result.stable:
                    return result
                unstable = unstable or result
            horizon *= 10
        return unstable or self._result(state, steps, self._unfinished(state, horizon / 10))

    def _first_horizon(self, state: np.ndarray) -> float:
        """Return ten times the median life time of the states."""
        turnover = np.abs(np.diag(self._code.jacobian_matrix(0.0, state, self._data)))
        turnover = turnover[turnover > 0]
        return 10.0 / float(np.median(turnover)) if len(turnover) else 1.0

    def _follow(self, state: np.ndarray, horizon: float) -> tuple[np.ndarray, str]:
        """Return the state a horizon later, or this one and why there is none."""
        span = np.array([0.0, horizon])
        solver = Solver(self._system, span, self._rtol, max_steps=_MAX_STEPS, free=self._free)
        states = np.empty((2, len(state)))
        report = solver.solve(self._parameters, state, states, None)
        if report.status == "too many steps":
            return state, self._unfinished(state, horizon)
        return (state, report.message) if report.message else (states[1].copy(), "")

    def _rates(self, state: np.ndarray) -> np.ndarray:
        return self._code.derivative(0.0, state, self._data)

    def _size(self, state: np.ndarray) -> np.ndarray:
        return np.abs(state) + self._small

    def _norm(self, state: np.ndarray) -> float:
        return float(np.linalg.norm(self._rates(state) / self._size(state)))

    def _newton(self, state: np.ndarray) -> tuple[np.ndarray | None, int]:
        """Return the zero of the rates near a state, or None, and the steps taken."""
        independent, link = self._moieties.independent, self._moieties.link
        norm, last = self._norm(state), np.inf
        for step in range(_NEWTON_STEPS):
            rates = self._rates(state)
            if np.any(rates[~self._code.changing] != 0):
                return None, step  # a state that grows at a constant rate never rests
            jacobian = self._moieties.reduced(self._code.jacobian_matrix(0.0, state, self._data))
            try:
                change = link @ np.linalg.solve(jacobian, -rates[independent])
            except np.linalg.LinAlgError:
                return None, step
            length = float(np.max(np.abs(change) / self._size(state), initial=0.0))
            if not np.isfinite(length):
                return None, step
            if length < _CLOSE and (length < _EXACT or length > last / 4):
                return np.where(
                    self._positive, np.maximum(state + change, 0.0), state + change
                ), step
            state, norm, moved = self._damped(state, change, norm, length)
            if not moved:
                return None, step
            last = length
        return None, _NEWTON_STEPS

    def _damped(
        self, state: np.ndarray, change: np.ndarray, norm: float, length: float
    ) -> tuple[np.ndarray, float, bool]:
        """Return the state after as much of a step as keeps it positive and nearer the zero."""
        down = self._positive & (change < 0) & (state > self._small)
        room = (1 - _KEEP) * state[down] / -change[down]
        part = min(1.0, float(np.min(room, initial=1.0)))
        for _ in range(6):
            trial = state + part * change
            trial[self._positive] = np.maximum(trial[self._positive], 0.0)
            size = self._norm(trial)
            # Close to the zero the residual is rounding; the length of the step decides there.
            if size < norm or length < _CLOSE:
                return trial, size, True
            part /= 2
        return state, norm, False

    def _result(self, state: np.ndarray, steps: int, message: str) -> SteadyState:
        jacobian = self._code.jacobian_matrix(0.0, state, self._data)
        reduced = self._moieties.reduced(jacobian)
        finite = bool(np.all(np.isfinite(reduced)))
        eigenvalues = np.linalg.eigvals(reduced) if finite else np.full(len(reduced), np.nan)
        largest = float(np.max(np.abs(eigenvalues), initial=0.0))
        return SteadyState(
            state=state,
            observables=self._code.observables_at(0.0, state, self._data),
            residual=float(np.max(np.abs(self._rates(state)) / self._size(state), initial=0.0)),
            stable=finite and bool(np.all(np.real(eigenvalues) <= _ROUNDING * largest)),
            eigenvalues=eigenvalues.astype(complex),
            iterations=steps,
            message=message,
        )

    def _unfinished(self, state: np.ndarray, horizon: float) -> str:
        relative = self._rates(state) / self._size(state)
        worst = int(np.argmax(np.abs(relative)))
        return (
            f"no steady state up to t = {horizon:.3g}: {self._system.state_names[worst]} still "
            f"changes by {100 * relative[worst]:.3g} % per unit of time; hold it (free) or balance "
            "its supply"
        )
