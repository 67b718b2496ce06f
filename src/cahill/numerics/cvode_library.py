"""SUNDIALS' shared libraries: where they are, the signatures used, their version."""

import ctypes
import importlib.util
from collections.abc import Callable
from ctypes import POINTER, byref, c_double, c_int, c_int64, c_long, c_void_p
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import llvmlite.binding as llvm

from cahill.errors import ConvergenceError
from cahill.numerics.compile import build
from cahill.numerics.cvode_glue import GLUE, NEEDED

_MAJOR = 7  # SUNDIALS' interface is stable within a major version
_PARTS = ("core", "nvecserial", "sunmatrixdense", "sunlinsoldense", "cvode")


@dataclass(frozen=True)
class Library:
    """SUNDIALS functions by name, and the glue compiled against them."""

    functions: dict[str, Callable]
    engine: llvm.ExecutionEngine

    def __getattr__(self, name: str) -> Callable:
        return self.functions[name]

    def glue(self, name: str) -> int:
        """Return the address of a function of the glue code."""
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
def _load() -> Library | None:
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
        llvm.add_symbol(name, address_of(functions[name]))
    return Library(functions, build(GLUE))


def address_of(function: Any) -> int:
    """Return where a foreign function begins."""
    return ctypes.cast(function, c_void_p).value or 0


def library() -> Library:
    """Return the libraries; ConvergenceError if they are missing (ask `available` first)."""
    library = _load()
    if library is None:
        raise ConvergenceError("SUNDIALS libraries are missing; reinstall scikit-sundae")
    return library
