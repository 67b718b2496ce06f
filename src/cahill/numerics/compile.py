"""Native code for a system of differential equations.

CasADi's interpreter costs more than the arithmetic it carries out. Here the instruction list of an
SX function becomes LLVM code: straight-line, re-entrant, and safe to call from threads that hold no
interpreter lock. What depends on parameters alone is computed once per integration (`prepare`)
and kept behind the parameters in the same buffer, the `data` of every function here:

    data = [mask (n_states) | parameters (n_parameters) | remembered values]

where mask is 1 for a state that may change and 0 for one held constant.
"""

import ctypes
import threading
import weakref
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache

import casadi as ca
import llvmlite.binding as llvm
import numpy as np

from cahill.numerics.llvm_code import FunctionBody, declarations
from cahill.numerics.sparse_lu import lu_code
from cahill.numerics.system import OdeSystem

_compiling = threading.Lock()
_compiled: "weakref.WeakKeyDictionary[OdeSystem, CompiledSystem]" = weakref.WeakKeyDictionary()


@dataclass(frozen=True, eq=False)
class CompiledSystem:
    """Addresses of a system's compiled functions; all doubles, all pointers to contiguous arrays.

    Parameters
    ----------
    n_states, n_parameters, n_observables : int
        Sizes of state, parameters and observables.
    data_size : int
        Length of the data buffer.
    rhs : int
        int (double t, double *x, double *dxdt, double *data); 1 if a derivative is not finite.
    jacobian : int
        int (double t, double *x, double *jac, double *data); column-major, writes the structural
        non-zeros only, so the matrix must hold zeros.
    observables : int
        void (double *times, double *states, long n, double *data, double *out); row by row.
    factorise, solve : int
        int (double *matrix) and void (double *matrix, double *b): factors I - gamma J in place
        without row exchanges (1 if a pivot vanishes) and solves with the factors.
    changing : numpy.ndarray of bool
        States whose rate of change depends on some state.
    idle : dict of str to list
        Integrators of this system that wait to be used again, by kind.
    """

    n_states: int
    n_parameters: int
    n_observables: int
    data_size: int
    rhs: int
    jacobian: int
    observables: int
    factorise: int
    solve: int
    changing: np.ndarray
    _calls: dict[str, Callable]
    _engine: llvm.ExecutionEngine
    idle: dict[str, list] = field(default_factory=dict)

    def data_for(self, parameters: np.ndarray, free: np.ndarray | None = None) -> np.ndarray:
        """Return a fresh data buffer for these parameters.

        Parameters
        ----------
        parameters : numpy.ndarray
            Shape (n_parameters,).
        free : numpy.ndarray of bool, optional
            States that may change, shape (n_states,); default all.
        """
        data = np.empty(self.data_size)
        data[: self.n_states] = 1.0 if free is None else free
        data[self.n_states : self.n_states + self.n_parameters] = parameters
        self._calls["prepare"](data.ctypes.data)
        return data

    def set_parameters(self, data: np.ndarray, parameters: np.ndarray) -> None:
        """Put other parameters into a data buffer."""
        data[self.n_states : self.n_states + self.n_parameters] = parameters
        self._calls["prepare"](data.ctypes.data)

    def derivative(self, time: float, state: np.ndarray, data: np.ndarray) -> np.ndarray:
        """Return dx/dt, shape (n_states,)."""
        out = np.empty(self.n_states)
        self._calls["rhs"](time, state.ctypes.data, out.ctypes.data, data.ctypes.data)
        return out

    def jacobian_matrix(self, time: float, state: np.ndarray, data: np.ndarray) -> np.ndarray:
        """Return the Jacobian of dx/dt by x, shape (n_states, n_states)."""
        out = np.zeros((self.n_states, self.n_states), order="F")
        self._calls["jacobian"](time, state.ctypes.data, out.ctypes.data, data.ctypes.data)
        return out

    def observables_at(self, time: float, state: np.ndarray, data: np.ndarray) -> np.ndarray:
        """Return the observables, shape (n_observables,)."""
        out = np.empty(self.n_observables)
        self.observe(np.array([time]), state, data, out)
        return out

    def observe(
        self, times: np.ndarray, states: np.ndarray, data: np.ndarray, out: np.ndarray
    ) -> None:
        """Fill `out` with the observables at these times and states, row by row (contiguous)."""
        self._calls["observe_many"](
            times.ctypes.data, states.ctypes.data, len(times), data.ctypes.data, out.ctypes.data
        )


def compiled(system: OdeSystem) -> CompiledSystem:
    """Return the compiled functions of a system, made on first use and kept while it lives."""
    with _compiling:
        if system not in _compiled:
            _compiled[system] = _compile(system)
        return _compiled[system]


def derivative_expressions(system: OdeSystem) -> tuple[list[ca.SX], ca.SX, ca.SX]:
    """Return the symbols (t, x, p), dx/dt (dense) and its sparse Jacobian by x."""
    symbols = system.symbols()
    rhs = ca.densify(system.rhs(*symbols))
    return symbols, rhs, ca.jacobian(rhs, symbols[1])


def _compile(system: OdeSystem) -> CompiledSystem:
    n, n_parameters = system.n_states, system.n_parameters
    symbols, rhs, jacobian = derivative_expressions(system)
    pattern = jacobian.sparsity()
    rows, columns = pattern.row(), pattern.get_col()
    places = [row + n * column for row, column in zip(rows, columns)]
    observables = ca.densify(system.observables(*symbols))
    start = n + n_parameters
    bodies = []
    for name, expression, out, masks in (
        ("rhs", rhs, list(range(n)), list(range(n))),
        ("jacobian", ca.SX(jacobian.nz[:]), places, rows),
        ("observe", observables, list(range(system.n_observables)), None),
    ):
        body = FunctionBody(name, symbols, expression, out, masks, n_states=n, first_free=start)
        start += body.remembered
        bodies.append(body)
    text = "\n".join(
        [
            declarations(),
            *(body.code() for body in bodies),
            _prepare_all(bodies),
            _OBSERVE_MANY.format(n_states=n, n_observables=system.n_observables),
            lu_code(n, rows, columns),
        ]
    )
    engine = build(text)
    return CompiledSystem(
        n_states=n,
        n_parameters=n_parameters,
        n_observables=system.n_observables,
        data_size=max(start, 1),
        rhs=engine.get_function_address("rhs"),
        jacobian=engine.get_function_address("jacobian"),
        observables=engine.get_function_address("observe_many"),
        factorise=engine.get_function_address("factorise"),
        solve=engine.get_function_address("solve"),
        changing=np.isin(np.arange(n), rows),
        _calls=_callables(engine),
        _engine=engine,
    )


def _callables(engine: llvm.ExecutionEngine) -> dict[str, Callable]:
    number, pointer = ctypes.c_double, ctypes.c_void_p
    shapes = {
        "prepare": (None, pointer),
        "rhs": (ctypes.c_int, number, pointer, pointer, pointer),
        "jacobian": (ctypes.c_int, number, pointer, pointer, pointer),
        "observe_many": (None, pointer, pointer, ctypes.c_int64, pointer, pointer),
    }
    return {
        name: ctypes.CFUNCTYPE(*shape)(engine.get_function_address(name))
        for name, shape in shapes.items()
    }


def build(text: str) -> llvm.ExecutionEngine:
    """Make LLVM code executable on this machine.

    The code is straight-line and already free of repetition, so LLVM's optimiser finds nothing to
    do: its passes and its better code generator made no function more than a tenth faster and
    loading ten times slower (docs/decisions/0002-engine.md). Both are left out.
    """
    module = llvm.parse_assembly(text)
    engine = llvm.create_mcjit_compiler(module, _target_machine())
    engine.finalize_object()
    return engine


@cache
def _initialise() -> None:
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()


def _target_machine() -> llvm.TargetMachine:
    _initialise()
    features = llvm.get_host_cpu_features().flatten()
    return llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=features, opt=0, jit=True
    )


def _prepare_all(bodies: list[FunctionBody]) -> str:
    calls = "\n".join(f"  call void @{body.name}_prepare(ptr %data)" for body in bodies)
    return f"define void @prepare(ptr %data) {{\n{calls}\n  ret void\n}}"


_OBSERVE_MANY = """
define void @observe_many(ptr %times, ptr %states, i64 %n, ptr %data, ptr %out) {{
entry:
  br label %head
head:
  %i = phi i64 [ 0, %entry ], [ %next, %body ]
  %more = icmp slt i64 %i, %n
  br i1 %more, label %body, label %done
body:
  %tp = getelementptr double, ptr %times, i64 %i
  %t = load double, ptr %tp
  %xi = mul i64 %i, {n_states}
  %x = getelementptr double, ptr %states, i64 %xi
  %yi = mul i64 %i, {n_observables}
  %y = getelementptr double, ptr %out, i64 %yi
  %r = call i32 @observe(double %t, ptr %x, ptr %y, ptr %data)
  %next = add i64 %i, 1
  br label %head
done:
  ret void
}}
"""
