"""Time courses: one, with inputs that change at known times, or many over parameter sets."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from joblib import Parallel, delayed

from cahill.errors import ConvergenceError, InputError
from cahill.numerics.pieces import Change
from cahill.numerics.solver import Solver
from cahill.numerics.starts import checked_start, checked_times
from cahill.numerics.system import OdeSystem

Progress = Callable[[int, int], None]
"""Called with the number of members done and the number of all."""

_CHUNK = 8  # members a thread takes at a time


@dataclass(frozen=True, eq=False)
class Solution:
    """A time course.

    Parameters
    ----------
    times : numpy.ndarray
        Output times, shape (n_times,).
    states : numpy.ndarray
        Shape (n_times, n_states); rows after a failure are not numbers.
    observables : numpy.ndarray
        Shape (n_times, n_observables), likewise.
    status : str
        "done", "negative", "not finite", "too many steps" or "stalled".
    message : str
        Empty, or one line naming the state and the time.
    statistics : dict
        Steps, right-hand sides, Jacobians, factorisations, where the solver tells.
    """

    times: np.ndarray
    states: np.ndarray
    observables: np.ndarray
    status: str
    message: str
    statistics: Mapping[str, int] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether the last output time was reached."""
        return self.status == "done"


def integrate(
    system: OdeSystem,
    times: Sequence[float] | np.ndarray,
    *,
    state: np.ndarray | None = None,
    parameters: np.ndarray | None = None,
    rtol: float = 1e-6,
    atol: float | np.ndarray | None = None,
    segments: Sequence[Change] = (),
    max_steps: int = 100_000,
    free: np.ndarray | None = None,
    raise_on_failure: bool = True,
    backend: str | None = None,
) -> Solution:
    """Integrate a system over time.

    Parameters
    ----------
    system : OdeSystem
        Equations.
    times : sequence of float
        Ascending output times; the first is the start.
    state : numpy.ndarray, optional
        State at the start, shape (n_states,); default what the model prescribes for `parameters`.
    parameters : numpy.ndarray, optional
        Shape (n_parameters,); default the model's.
    rtol : float
        Relative tolerance.
    atol : float or numpy.ndarray, optional
        Absolute tolerance, one or per state; default `solver.default_tolerance`.
    segments : sequence of tuple
        Changes at known times, (time, parameters) or (time, parameters, resets): parameters as a
        whole vector or as {index: value} over those before, resets as {state index: value}. Each
        holds from its time on, that time included; the integrator restarts there.
    max_steps : int
        Most steps between two changes.
    free : numpy.ndarray of bool, optional
        States that may change, shape (n_states,); the others are held.
    raise_on_failure : bool
        Raise, or return what was reached with its status and message.
    backend : {"cvode", "casadi"}, optional
        Solver; default the fastest present.

    Raises
    ------
    InputError
        For times that do not ascend, wrong lengths or a negative starting concentration.
    ConvergenceError
        If the end cannot be reached; the message names the state and the time.
    """
    grid = checked_times(times)
    solver = Solver(system, grid, rtol, atol, segments, max_steps, free, backend)
    vector, start = checked_start(system, parameters, state)
    states = np.empty((len(grid), system.n_states))
    observables = np.empty((len(grid), system.n_observables))
    report = solver.solve(vector, start, states, observables)
    if raise_on_failure and report.message:
        raise ConvergenceError(report.message)
    return Solution(grid, states, observables, report.status, report.message, report.statistics)


@dataclass(frozen=True, eq=False)
class EnsembleSolution:
    """Time courses of many parameter sets.

    Parameters
    ----------
    times : numpy.ndarray
        Output times, shape (n_times,).
    states : numpy.ndarray
        Shape (n_members, n_times, n_states); not numbers after a failure.
    observables : numpy.ndarray
        Shape (n_members, n_times, n_observables); n_observables is 0 if they were not asked for.
    failures : tuple of (int, str)
        Member and reason, in one line, of each that did not reach the end.
    """

    times: np.ndarray
    states: np.ndarray
    observables: np.ndarray
    failures: tuple[tuple[int, str], ...]


def ensemble(
    system: OdeSystem,
    times: Sequence[float] | np.ndarray,
    parameter_matrix: np.ndarray,
    state_matrix: np.ndarray | None = None,
    *,
    rtol: float = 1e-6,
    atol: float | np.ndarray | None = None,
    segments: Sequence[Change] = (),
    max_steps: int = 100_000,
    free: np.ndarray | None = None,
    with_observables: bool = True,
    jobs: int = 1,
    progress: Progress | None = None,
    backend: str | None = None,
) -> EnsembleSolution:
    """Integrate a system for many parameter sets, on threads; failed members carry their reason.

    The answer of a member depends neither on the others nor on the number of threads.

    Parameters
    ----------
    system, times, rtol, atol, max_steps, free, backend
        As for `integrate`.
    parameter_matrix : numpy.ndarray
        Shape (n_members, n_parameters).
    state_matrix : numpy.ndarray, optional
        Starting states, shape (n_members, n_states); default what the model prescribes.
    segments : sequence of tuple
        As for `integrate`; give parameters as {index: value} to keep each member's others.
    with_observables : bool
        Compute the observables too.
    jobs : int
        Threads; -1 for one per core.
    progress : callable, optional
        Called with (done, all) from the working threads.

    Raises
    ------
    InputError
        For times that do not ascend or matrices of the wrong shape.
    """
    grid = checked_times(times)
    matrix = np.ascontiguousarray(parameter_matrix, dtype=float)
    if matrix.ndim != 2 or matrix.shape[1] != system.n_parameters:
        raise InputError(
            f"parameter matrix: shape is {matrix.shape}, the model has {system.n_parameters} "
            "parameters; give one row per member"
        )
    count = len(matrix)
    if state_matrix is None:
        starts = np.asarray(system.initial.map(count)(matrix.T), dtype=float).T
    else:
        starts = np.asarray(state_matrix, dtype=float)
    starts = np.ascontiguousarray(starts)
    if starts.shape != (count, system.n_states):
        raise InputError(
            f"state matrix: shape is {starts.shape}, needed is {(count, system.n_states)}"
        )
    solver = Solver(system, grid, rtol, atol, segments, max_steps, free, backend)
    states = np.empty((count, len(grid), system.n_states))
    width = system.n_observables if with_observables else 0
    observables = np.empty((count, len(grid), width))
    tally = _Tally(count, progress)

    def work(members: range) -> list[tuple[int, str]]:
        failed = []
        for member in members:
            report = solver.solve(
                matrix[member],
                starts[member],
                states[member],
                observables[member] if with_observables else None,
            )
            if report.message:
                failed.append((member, report.message))
        tally.add(len(members))
        return failed

    failures: list[list[tuple[int, str]]]
    chunks = [range(i, min(i + _CHUNK, count)) for i in range(0, count, _CHUNK)]
    if jobs == 1:
        failures = [work(chunk) for chunk in chunks]
    else:
        runs = (delayed(work)(chunk) for chunk in chunks)
        failures = list(Parallel(n_jobs=jobs, backend="threading")(runs))  # pyright: ignore
    return EnsembleSolution(grid, states, observables, tuple(f for part in failures for f in part))


class _Tally:
    """Counts members done, from any thread."""

    def __init__(self, total: int, progress: Progress | None) -> None:
        self._total, self._progress = total, progress
        self._done = 0
        self._lock = threading.Lock()

    def add(self, count: int) -> None:
        if self._progress is None:
            return
        with self._lock:
            self._done += count
            self._progress(self._done, self._total)
