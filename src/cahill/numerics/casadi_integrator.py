"""The same integrations by CasADi's own CVODES, for machines without the SUNDIALS libraries.

Slower (interpreted right-hand sides) and built anew for each set of output times, but found
wherever CasADi is.
"""

import casadi as ca
import numpy as np

from cahill.numerics.compile import derivative_expressions
from cahill.numerics.cvode import NEGATIVE, Outcome
from cahill.numerics.system import OdeSystem, symbols

_FAILED = -4  # CVODE's CV_CONV_FAILURE; CasADi does not hand the flag on


class CasadiIntegrator:
    """CasADi's CVODES behind the interface of `cvode.Integrator`.

    Parameters
    ----------
    system : OdeSystem
        Equations.
    """

    def __init__(self, system: OdeSystem) -> None:
        self._n = system.n_states
        self._symbols, self._rhs, _ = derivative_expressions(system)
        self._rtol, self._atol = 1e-6, np.full(self._n, 1e-9)
        self._state = np.zeros(self._n)
        self._key: tuple = ()
        self._function: ca.Function | None = None

    def set_tolerances(self, rtol: float, atol: np.ndarray) -> None:
        """Set the relative tolerance, and the absolute one state by state."""
        self._rtol, self._atol = rtol, np.array(atol, dtype=float)

    def run(
        self,
        data: np.ndarray,
        start: float,
        state: np.ndarray,
        times: np.ndarray,
        out: np.ndarray,
        floor: np.ndarray,
        max_steps: int,
    ) -> Outcome:
        """Integrate from (start, state) to the last of `times`; see `cvode.Integrator.run`."""
        first = int(np.searchsorted(times, start, side="right"))
        out[:first] = state
        reached, filled = start, first
        if first < len(times):
            function = self._build(start, times[first:], max_steps)
            n_parameters = self._symbols[2].numel()
            try:
                answer = function(x0=state / self._atol, p=data[: self._n + n_parameters])
            except RuntimeError:  # all that CasADi raises when CVODES gives up
                self._state = np.array(state)
                return Outcome(_FAILED, start, first, 0, -1)
            out[first:] = np.asarray(answer["xf"]).T * self._atol
            reached, filled = times[-1], len(times)
        below = np.argwhere(~(out[:filled] >= floor))
        if len(below):
            row, bad = (int(i) for i in below[0])
            self._state = out[row].copy()
            return Outcome(NEGATIVE, float(times[row]), row, 0, bad)
        self._state = out[filled - 1].copy()
        return Outcome(0, float(reached), filled, 0, -1)

    def counts(self) -> dict[str, int]:
        """Return no counts: CasADi keeps them to itself."""
        return {}

    def worst_state(self) -> int:
        """Return -1: CasADi does not tell."""
        return -1

    def state(self) -> np.ndarray:
        """Return a copy of the state reached last."""
        return self._state.copy()

    def _build(self, start: float, times: np.ndarray, max_steps: int) -> ca.Function:
        key = (start, times.tobytes(), self._rtol, self._atol.tobytes(), max_steps)
        if self._function is None or key != self._key:
            t, x, p = self._symbols
            _, mask, _ = symbols(self._n, 0)
            scale = ca.DM(self._atol)
            # States in units of their tolerance: CasADi takes one absolute tolerance for all.
            rhs = ca.substitute(self._rhs, x, x * scale) * mask / scale
            problem = {"t": t, "x": x, "p": ca.vertcat(mask, p), "ode": rhs}
            options = {
                "reltol": self._rtol,
                "abstol": 1.0,
                "max_num_steps": max_steps,
                "show_eval_warnings": False,
            }
            self._function = ca.integrator(
                "integrator", "cvodes", problem, start, list(times), options
            )
            self._key = key
        return self._function
