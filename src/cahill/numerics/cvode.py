"""SUNDIALS CVODE (BDF) over compiled code, from the shared libraries in scikit-sundae's wheel.

The only module that knows SUNDIALS: which libraries, which signatures, what to free. Right-hand
side, Jacobian and linear solver are native code, and so is the loop over steps and outputs, so one
integration is one foreign call made without the interpreter's lock.
"""

import ctypes
import importlib.util
import weakref
from ctypes import POINTER, byref, c_double, c_int, c_int64, c_long, c_void_p
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import llvmlite.binding as llvm
import numpy as np

from cahill.errors import ConvergenceError
from cahill.numerics.compile import CompiledSystem, build
from cahill.numerics.cvode_glue import GLUE, NEEDED

_MAJOR = 7  # SUNDIALS' interface is stable within a major version
_BDF = 2
_PARTS = ("core", "nvecserial", "sunmatrixdense", "sunlinsoldense", "cvode")
_SLOTS = 15  # operations of a SUNLinearSolver in SUNDIALS 7

NEGATIVE, TOO_MANY_STEPS = 1, 2  # what the native loop adds to CVODE's own (negative) flags


class _Model(ctypes.Structure):
    """What CVODE's call-backs need; the layout is repeated in the glue code."""

    _fields_ = [("data", c_void_p), ("rhs", c_void_p), ("jacobian", c_void_p), ("n", c_int64)]


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


@dataclass(frozen=True)
class _Library:
    functions: dict[str, ctypes._CFuncPtr]
    engine: llvm.ExecutionEngine

    def __getattr__(self, name: str) -> ctypes._CFuncPtr:
        return self.functions[name]

    def glue(self, name: str) -> int:
        return self.engine.get_function_address(name)


_SIGNATURES: dict[str, tuple[str, type | None, tuple[type, ...]]] = {
    "SUNDIALSGetVersionNumber": (
        "core",
        c_int,
        (POINTER(c_int), POINTER(c_int), POINTER(c_int), ctypes.c_char_p, c_int),
    ),
    "SUNContext_Create": ("core", c_int, (c_int, POINTER(c_void_p))),
    "SUNContext_ClearErrHandlers": ("core", c_int, (c_void_p,)),
    "SUNContext_Free": ("core", c_int, (POINTER(c_void_p),)),
    "N_VGetArrayPointer": ("core", c_void_p, (c_void_p,)),
    "N_VDestroy": ("core", None, (c_void_p,)),
    "SUNMatDestroy": ("core", None, (c_void_p,)),
    "SUNLinSolFree": ("core", c_int, (c_void_p,)),
    "N_VNew_Serial": ("nvecserial", c_void_p, (c_int64, c_void_p)),
    "SUNDenseMatrix": ("sunmatrixdense", c_void_p, (c_int64, c_int64, c_void_p)),
    "SUNDenseMatrix_Data": ("sunmatrixdense", c_void_p, (c_void_p,)),
    "SUNLinSol_Dense": ("sunlinsoldense", c_void_p, (c_void_p, c_void_p, c_void_p)),
    "SUNLinSolInitialize_Dense": ("sunlinsoldense", c_int, (c_void_p,)),
    "SUNLinSolSetup_Dense": ("sunlinsoldense", c_int, (c_void_p, c_void_p)),
    "SUNLinSolSolve_Dense": (
        "sunlinsoldense",
        c_int,
        (c_void_p, c_void_p, c_void_p, c_void_p, c_double),
    ),
    "CVodeCreate": ("cvode", c_void_p, (c_int, c_void_p)),
    "CVodeInit": ("cvode", c_int, (c_void_p, c_void_p, c_double, c_void_p)),
    "CVodeReInit": ("cvode", c_int, (c_void_p, c_double, c_void_p)),
    "CVodeSVtolerances": ("cvode", c_int, (c_void_p, c_double, c_void_p)),
    "CVodeSetUserData": ("cvode", c_int, (c_void_p, c_void_p)),
    "CVodeSetMaxHnilWarns": ("cvode", c_int, (c_void_p, c_int)),
    "CVodeSetLinearSolver": ("cvode", c_int, (c_void_p, c_void_p, c_void_p)),
    "CVodeSetJacFn": ("cvode", c_int, (c_void_p, c_void_p)),
    "CVodeGetNumRhsEvals": ("cvode", c_int, (c_void_p, POINTER(c_long))),
    "CVodeGetNumJacEvals": ("cvode", c_int, (c_void_p, POINTER(c_long))),
    "CVodeGetNumLinSolvSetups": ("cvode", c_int, (c_void_p, POINTER(c_long))),
    "CVodeGetEstLocalErrors": ("cvode", c_int, (c_void_p, c_void_p)),
    "CVodeGetErrWeights": ("cvode", c_int, (c_void_p, c_void_p)),
    "CVodeFree": ("cvode", None, (POINTER(c_void_p),)),
    "CVode": ("cvode", c_int, (c_void_p, c_double, c_void_p, POINTER(c_double), c_int)),
    "CVodeGetDky": ("cvode", c_int, (c_void_p, c_double, c_int, c_void_p)),
}


@cache
def available() -> bool:
    """Return whether SUNDIALS of the right major version is where scikit-sundae puts it."""
    return _load() is not None


def _folders() -> list[Path]:
    """Return the folders in which wheel builders put a package's shared libraries."""
    spec = importlib.util.find_spec("sksundae")
    if spec is None or spec.origin is None:
        return []
    package = Path(spec.origin).parent
    # auditwheel and delvewheel: beside the package; delocate: inside it.
    return [package.parent / "scikit_sundae.libs", package / ".dylibs", package / ".libs"]


def _find(part: str) -> Path | None:
    for folder in _folders():
        for pattern in (f"libsundials_{part}[-.]*", f"sundials_{part}[-.]*"):
            for path in sorted(folder.glob(pattern)):
                return path
    return None


@cache
def _load() -> _Library | None:
    paths = {part: _find(part) for part in _PARTS}
    if any(path is None for path in paths.values()):
        return None
    try:
        # Local symbols (the default): other packages bring a SUNDIALS of another version.
        parts = {part: ctypes.CDLL(str(path)) for part, path in paths.items()}
        functions = {name: getattr(parts[part], name) for name, (part, _, _) in _SIGNATURES.items()}
    except (OSError, AttributeError):
        return None
    for name, (_, result, arguments) in _SIGNATURES.items():
        functions[name].restype, functions[name].argtypes = result, arguments
    major, minor, patch = c_int(), c_int(), c_int()
    label = ctypes.create_string_buffer(32)
    functions["SUNDIALSGetVersionNumber"](byref(major), byref(minor), byref(patch), label, 32)
    if major.value != _MAJOR:
        return None
    for name in NEEDED:
        llvm.add_symbol(name, _address(functions[name]))
    return _Library(functions, build(GLUE))


def _address(function: ctypes._CFuncPtr) -> int:
    return ctypes.cast(function, c_void_p).value or 0


def _library() -> _Library:
    library = _load()
    if library is None:
        raise ConvergenceError("SUNDIALS libraries are missing; reinstall scikit-sundae")
    return library


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
        lib = self._lib = _library()
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
        self._memory = lib.CVodeCreate(_BDF, context)
        self._model = _Model(None, system.rhs, system.jacobian, n)
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
        return Outcome(flag, run.reached, run.filled, run.steps, run.bad)

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


def _make_sparse(lib: _Library, solver: int, own: _Factors, context: c_void_p) -> int | None:
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
        _address(lib.SUNLinSolInitialize_Dense): lib.glue("ls_initialise"),
        _address(lib.SUNLinSolSetup_Dense): lib.glue("ls_setup"),
        _address(lib.SUNLinSolSolve_Dense): lib.glue("ls_solve"),
    }
    found = [i for i in range(_SLOTS) if operations[i] in replacements]
    if len(found) != len(replacements):
        return None
    for i in found:
        operations[i] = replacements[operations[i]]
    content, fields[0] = fields[0], ctypes.addressof(own)
    return content


def _free(
    lib: _Library,
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
