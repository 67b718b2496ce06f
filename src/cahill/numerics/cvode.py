"""SUNDIALS CVODE (BDF) over compiled code, from the shared libraries in scikit-sundae's wheel.

With `cvode_library` (which finds them) the only place that knows SUNDIALS. Right-hand side,
Jacobian and linear solver are native code, and so is the loop over steps and outputs, so one
integration is one foreign call made without the interpreter's lock.
"""

import ctypes
import weakref
from ctypes import byref, c_double, c_int, c_int64, c_long, c_void_p
from dataclasses import dataclass

import numpy as np

from cahill.numerics.compile import CompiledSystem
from cahill.numerics.cvode_library import Library, address_of, available, library

_BDF = 2
_RHS_FLAGS = (-8, -9, -10, -11)  # the right-hand side failed, at once or repeatedly
_SLOTS = 15  # operations of a SUNLinearSolver in SUNDIALS 7

__all__ = ["NEGATIVE", "TOO_MANY_STEPS", "Integrator", "Outcome", "available"]

NEGATIVE, TOO_MANY_STEPS = 1, 2  # what the native loop adds to CVODE's own (negative) flags


class _Model(ctypes.Structure):
    """What CVODE's call-backs need; the layout is repeated in the glue code."""

    _fields_ = [
        ("data", c_void_p),
        ("rhs", c_void_p),
        ("jacobian", c_void_p),
        ("n", c_int64),
        ("bad", c_int64),
    ]


class _Factors(ctypes.Structure):
    """Content of the sparse linear solver; the layout is repeated in the glue code."""

    _fields_ = [("factorise", c_void_p), ("solve", c_void_p), ("n", c_int64)]


class _Run(ctypes.Structure):
    """Order to the native loop and its report; the layout is repeated in the glue code."""

    _fields_ = [
        ("times", c_void_p),
        ("n_times", c_int64),
        ("start", c_double),
        ("end", c_double),
        ("states", c_void_p),
        ("floor", c_void_p),
        ("n", c_int64),
        ("max_steps", c_int64),
        ("reached", c_double),
        ("filled", c_int64),
        ("steps", c_int64),
        ("bad", c_int64),
    ]


@dataclass(frozen=True)
class Outcome:
    """How far one integration came.

    `flag` is 0, `NEGATIVE`, `TOO_MANY_STEPS` or CVODE's own negative flag; `filled` counts the
    outputs written, `steps` the steps taken, `bad` is the state that went wrong (or -1).
    """

    flag: int
    reached: float
    filled: int
    steps: int
    bad: int


class Integrator:
    """CVODE's memory for one compiled system; used by one thread at a time, any number of times.

    Parameters
    ----------
    system : CompiledSystem
        Compiled equations.
    sparse : bool
        Factor with the system's own sparse elimination, or densely with row exchanges.

    Raises
    ------
    ConvergenceError
        If the SUNDIALS libraries are missing (ask `available` first).
    """

    def __init__(self, system: CompiledSystem, sparse: bool = True) -> None:
        lib = self._lib = library()
        n = self._n = system.n_states
        context = c_void_p()
        lib.SUNContext_Create(0, byref(context))
        lib.SUNContext_ClearErrHandlers(context)
        vectors = [lib.N_VNew_Serial(n, context) for _ in range(3)]
        self._vector, self._between, self._tolerances = vectors
        self._state = _view(lib.N_VGetArrayPointer(self._vector), n)
        self._scratch = _view(lib.N_VGetArrayPointer(self._between), n)
        self._atol = _view(lib.N_VGetArrayPointer(self._tolerances), n)
        matrix = lib.SUNDenseMatrix(n, n, context)
        solver = lib.SUNLinSol_Dense(self._vector, matrix, context)
        own = _Factors(system.factorise, system.solve, n)
        content = _make_sparse(lib, solver, own, context) if sparse else None
        self.sparse = content is not None
        self._memory = lib.CVodeCreate(_BDF, context)
        self._model = _Model(None, system.rhs, system.jacobian, n, -1)
        self._run = _Run(n=n)
        self._drive = ctypes.CFUNCTYPE(c_int, c_void_p, c_void_p, c_void_p, c_void_p)(
            lib.glue("drive")
        )
        self._state[:], self._atol[:] = 0.0, 1.0
        lib.CVodeInit(self._memory, lib.glue("cv_rhs"), 0.0, self._vector)
        lib.CVodeSVtolerances(self._memory, 1e-6, self._tolerances)
        lib.CVodeSetUserData(self._memory, ctypes.addressof(self._model))
        lib.CVodeSetMaxHnilWarns(self._memory, -1)
        lib.CVodeSetLinearSolver(self._memory, solver, matrix)
        lib.CVodeSetJacFn(self._memory, lib.glue("cv_jacobian"))
        # The compiled code must outlive every integrator that points into it.
        self._alive = (system, own)
        weakref.finalize(self, _free, lib, self._memory, solver, content, matrix, vectors, context)

    def set_tolerances(self, rtol: float, atol: np.ndarray) -> None:
        """Set the relative tolerance, and the absolute one state by state."""
        self._atol[:] = atol
        self._lib.CVodeSVtolerances(self._memory, rtol, self._tolerances)

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
        """Integrate from (start, state) to the last of `times`.

        Parameters
        ----------
        data : numpy.ndarray
            Buffer made by `CompiledSystem.data_for`.
        start : float
            Time at which `state` holds.
        state : numpy.ndarray
            Shape (n_states,).
        times : numpy.ndarray
            Ascending, not before `start`; contiguous.
        out : numpy.ndarray
            Shape (n_times, n_states), contiguous; filled with the states at `times`.
        floor : numpy.ndarray
            Value below which each state makes the run fail.
        max_steps : int
            Most steps from start to end.
        """
        run = self._run
        self._state[:] = state
        self._model.data = data.ctypes.data
        run.times, run.n_times = times.ctypes.data, len(times)
        run.start, run.end = start, times[-1]
        run.states, run.floor, run.max_steps = out.ctypes.data, floor.ctypes.data, max_steps
        self._lib.CVodeReInit(self._memory, start, self._vector)
        flag = self._drive(self._memory, self._vector, self._between, ctypes.addressof(run))
        bad = self._model.bad if flag in _RHS_FLAGS else run.bad
        return Outcome(flag, run.reached, run.filled, run.steps, bad)

    def counts(self) -> dict[str, int]:
        """Return right-hand sides, Jacobians and factorisations since the last start."""
        names = {
            "rhs_evaluations": "CVodeGetNumRhsEvals",
            "jacobian_evaluations": "CVodeGetNumJacEvals",
            "factorisations": "CVodeGetNumLinSolvSetups",
        }
        counts = {}
        for name, function in names.items():
            value = c_long()
            self._lib.functions[function](self._memory, byref(value))
            counts[name] = value.value
        return counts

    def worst_state(self) -> int:
        """Return the state with the largest estimated error in the step tried last."""
        self._lib.CVodeGetEstLocalErrors(self._memory, self._between)
        errors = self._scratch.copy()
        self._lib.CVodeGetErrWeights(self._memory, self._between)
        return int(np.argmax(np.nan_to_num(np.abs(errors * self._scratch), nan=np.inf)))

    def state(self) -> np.ndarray:
        """Return a copy of the state reached last."""
        return self._state.copy()


def _view(address: int, size: int) -> np.ndarray:
    return np.ctypeslib.as_array((c_double * size).from_address(address))


def _make_sparse(lib: Library, solver: int, own: _Factors, context: c_void_p) -> int | None:
    """Put our elimination in the place of a dense solver's; return the content to put back.

    A solver is a structure of content, ..., operations, context. Operations are found by the
    context behind them, and each place by the address of the dense solver's own function, so no
    order is taken for granted; where one is missing the solver stays dense (None is returned).
    """
    fields = (c_void_p * 4).from_address(solver)
    if context.value not in fields[1:]:
        return None
    operations = (c_void_p * _SLOTS).from_address(fields[fields[:].index(context.value) - 1])
    replacements = {
        address_of(lib.SUNLinSolInitialize_Dense): lib.glue("ls_initialise"),
        address_of(lib.SUNLinSolSetup_Dense): lib.glue("ls_setup"),
        address_of(lib.SUNLinSolSolve_Dense): lib.glue("ls_solve"),
    }
    found = [i for i in range(_SLOTS) if operations[i] in replacements]
    if len(found) != len(replacements):
        return None
    for i in found:
        operations[i] = replacements[operations[i]]
    content, fields[0] = fields[0], ctypes.addressof(own)
    return content


def _free(
    lib: Library,
    memory: int,
    solver: int,
    content: int | None,
    matrix: int,
    vectors: list[int],
    context: c_void_p,
) -> None:
    lib.CVodeFree(byref(c_void_p(memory)))
    if content is not None:
        c_void_p.from_address(solver).value = content
    lib.SUNLinSolFree(solver)
    lib.SUNMatDestroy(matrix)
    for vector in vectors:
        lib.N_VDestroy(vector)
    lib.SUNContext_Free(byref(context))
