"""An integration prepared once and run for any number of parameter sets, from any thread."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from cahill.errors import InputError
from cahill.numerics import cvode
from cahill.numerics.casadi_integrator import CasadiIntegrator
from cahill.numerics.compile import compiled
from cahill.numerics.pieces import Change, Piece, pieces_of
from cahill.numerics.system import OdeSystem

_ROUNDING = 1e3  # how many absolute tolerances below zero still count as zero


@dataclass(frozen=True)
class Report:
    """How an integration ended: status, one line if it failed, counts of the work done."""

    status: str
    message: str = ""
    statistics: Mapping[str, int] = field(default_factory=dict)


def default_tolerance(system: OdeSystem, rtol: float) -> np.ndarray:
    """Return absolute tolerances: a thousandth of rtol times each state's usual size.

    The usual size is the state as the model is written, 1 where that is zero; so hormones in
    pmol/L and metabolites in mmol/L are each resolved on their own scale.
    """
    size = np.abs(system.default_state)
    return 1e-3 * rtol * np.where(size > 0, size, 1.0)


class Solver:
    """Equations, output times, tolerances and changes, ready to run.

    The parameters are those of `ode.integrate`; `times` is a checked array.

    Raises
    ------
    InputError
        If tolerances, mask, changes or backend cannot be used.
    """

    def __init__(
        self,
        system: OdeSystem,
        times: np.ndarray,
        rtol: float = 1e-6,
        atol: float | np.ndarray | None = None,
        changes: Sequence[Change] = (),
        max_steps: int = 100_000,
        free: np.ndarray | None = None,
        backend: str | None = None,
    ) -> None:
        if not 0 < rtol < 1:
            raise InputError(f"rtol: {rtol} is not between 0 and 1; try 1e-6")
        self._system, self._code = system, compiled(system)
        self._times, self._pieces = times, pieces_of(times, changes)
        self._rtol, self._max_steps = rtol, max_steps
        self._atol = _spread(
            default_tolerance(system, rtol) if atol is None else atol, system, "atol"
        )
        if not np.all(self._atol > 0):
            raise InputError("atol: must be above zero for every state; raise it")
        self._free = None if free is None else _spread(free, system, "free")
        self._floor = np.full(system.n_states, -np.inf)
        if system.nonnegative is not None:
            self._floor[system.nonnegative] = -_ROUNDING * self._atol[system.nonnegative]
        if backend not in (None, "cvode", "casadi"):
            raise InputError(f'backend: "{backend}" is unknown; give cvode or casadi')
        native = cvode.available() if backend is None else backend == "cvode"
        self._kinds = ("sparse", "dense") if native else ("casadi",)

    def solve(
        self,
        parameters: np.ndarray,
        state: np.ndarray,
        states: np.ndarray,
        observables: np.ndarray | None,
    ) -> Report:
        """Integrate one parameter set.

        Parameters
        ----------
        parameters, state : numpy.ndarray
            Shapes (n_parameters,) and (n_states,), at the start.
        states, observables : numpy.ndarray
            Contiguous, n_times rows; filled as far as the integration comes, then with NaN.
            `observables` may be None.
        """
        work: dict[str, int] = {}
        data = self._code.data_for(parameters, self._free)
        for piece in self._pieces:
            after = piece.parameters(parameters)
            if after is not parameters:
                parameters = after
                self._code.set_parameters(data, after)
            if piece.resets:
                state = state.copy()
                state[list(piece.resets)] = list(piece.resets.values())
            final = piece is self._pieces[-1]
            rows = states[piece.outputs]
            out = rows if final else np.empty((len(piece.targets), len(state)))
            kind, integrator, outcome = self._run(data, piece, state, out)
            if not final:
                rows[:] = out[: len(rows)]
                state = out[-1]
            filled = min(outcome.filled, len(rows))
            if observables is not None and filled:
                self._code.observe(
                    self._times[piece.outputs][:filled], rows, data, observables[piece.outputs]
                )
            for name, count in integrator.counts().items():
                work[name] = work.get(name, 0) + count
            work["steps"] = work.get("steps", 0) + outcome.steps
            report = self._failure(integrator, outcome, piece.end) if outcome.flag else None
            self._code.idle[kind].append(integrator)
            if report is not None:
                for table in (states, observables):
                    if table is not None:
                        table[piece.outputs.start + filled :] = np.nan
                return Report(*report, work)
        return Report("done", "", work)

    def _run(
        self, data: np.ndarray, piece: Piece, state: np.ndarray, out: np.ndarray
    ) -> tuple[str, cvode.Integrator | CasadiIntegrator, cvode.Outcome]:
        """Integrate one piece; after a breakdown a second time, with row exchanges."""
        *others, last = self._kinds
        for kind in others:
            integrator = self._take(kind)
            outcome = integrator.run(
                data, piece.start, state, piece.targets, out, self._floor, self._max_steps
            )
            if outcome.flag >= 0:
                return kind, integrator, outcome
            self._code.idle[kind].append(integrator)
        integrator = self._take(last)
        outcome = integrator.run(
            data, piece.start, state, piece.targets, out, self._floor, self._max_steps
        )
        return last, integrator, outcome

    def _take(self, kind: str) -> cvode.Integrator | CasadiIntegrator:
        """Return an integrator nobody uses, with our tolerances."""
        waiting = self._code.idle.setdefault(kind, [])
        try:
            integrator = waiting.pop()  # one operation: safe between threads
        except IndexError:
            if kind == "casadi":
                integrator = CasadiIntegrator(self._system)
            else:
                integrator = cvode.Integrator(self._code, sparse=kind == "sparse")
        integrator.set_tolerances(self._rtol, self._atol)
        return integrator

    def _failure(
        self,
        integrator: cvode.Integrator | CasadiIntegrator,
        outcome: cvode.Outcome,
        end: float,
    ) -> tuple[str, str]:
        """Return the status of a failed run and its line."""
        names, state = self._system.state_names, integrator.state()
        when = f"t = {outcome.reached:.6g}"
        if outcome.flag == cvode.NEGATIVE:
            name, value = names[outcome.bad], state[outcome.bad]
            if np.isnan(value):
                return "not finite", f"{name} is not a number at {when}; check its rates"
            return "negative", (
                f"{name} fell below zero ({value:.3g}) at {when}; "
                "something draws on it when it is spent, check the inputs up to then"
            )
        if outcome.flag == cvode.TOO_MANY_STEPS:
            name = names[integrator.worst_state()]
            return "too many steps", (
                f"{outcome.steps} steps reached only {when} of {end:.6g}, {name} being the "
                "hardest to follow; raise max_steps or rtol"
            )
        if outcome.bad >= 0:
            return "not finite", (
                f"the rate of change of {names[outcome.bad]} is not finite just after {when}; "
                "check its rates and parameters"
            )
        worst = integrator.worst_state()
        who = f", {names[worst]} being the hardest to follow" if worst >= 0 else ""
        return "stalled", f"the integration stalled at {when}{who}; check its rates or loosen rtol"


def _spread(values: float | np.ndarray, system: OdeSystem, what: str) -> np.ndarray:
    array = np.asarray(values, dtype=float)
    if array.shape not in ((), (system.n_states,)):
        raise InputError(
            f"{what}: {array.size} values are given, the model has {system.n_states} states"
        )
    return np.ascontiguousarray(np.broadcast_to(array, (system.n_states,)))
