"""LLVM code of a CasADi SX function, instruction by instruction."""

import struct
from collections.abc import Sequence

import casadi as ca

from cahill.errors import ModelError

_INTRINSICS = {
    1: ["sqrt", "fabs", "floor", "ceil", "exp", "log", "sin", "cos"],
    2: ["pow", "minnum", "maxnum", "copysign"],
}
_LIBM = {
    1: [
        *("tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh"),
        *("erf", "log1p", "expm1"),
    ],
    2: ["atan2", "fmod", "remainder", "hypot"],
}

_INFIX = {ca.OP_ADD: "fadd", ca.OP_SUB: "fsub", ca.OP_MUL: "fmul", ca.OP_DIV: "fdiv"}
_COMPARE = {ca.OP_LT: "olt", ca.OP_LE: "ole", ca.OP_EQ: "oeq", ca.OP_NE: "une"}
_CALLS = {
    ca.OP_SQRT: "llvm.sqrt.f64",
    ca.OP_FABS: "llvm.fabs.f64",
    ca.OP_FLOOR: "llvm.floor.f64",
    ca.OP_CEIL: "llvm.ceil.f64",
    ca.OP_EXP: "llvm.exp.f64",
    ca.OP_LOG: "llvm.log.f64",
    ca.OP_SIN: "llvm.sin.f64",
    ca.OP_COS: "llvm.cos.f64",
    ca.OP_POW: "llvm.pow.f64",
    ca.OP_CONSTPOW: "llvm.pow.f64",
    ca.OP_FMIN: "llvm.minnum.f64",
    ca.OP_FMAX: "llvm.maxnum.f64",
    ca.OP_COPYSIGN: "llvm.copysign.f64",
    ca.OP_TAN: "tan",
    ca.OP_ASIN: "asin",
    ca.OP_ACOS: "acos",
    ca.OP_ATAN: "atan",
    ca.OP_SINH: "sinh",
    ca.OP_COSH: "cosh",
    ca.OP_TANH: "tanh",
    ca.OP_ASINH: "asinh",
    ca.OP_ACOSH: "acosh",
    ca.OP_ATANH: "atanh",
    ca.OP_ERF: "erf",
    ca.OP_LOG1P: "log1p",
    ca.OP_EXPM1: "expm1",
    ca.OP_ATAN2: "atan2",
    ca.OP_FMOD: "fmod",
    ca.OP_REMAINDER: "remainder",
    ca.OP_HYPOT: "hypot",
}


def declarations() -> str:
    """Return the declarations of the mathematical functions the code may call."""
    lines = []
    for table, shape in ((_INTRINSICS, "llvm.{}.f64"), (_LIBM, "{}")):
        for count, names in table.items():
            arguments = ", ".join(["double"] * count)
            lines += [f"declare double @{shape.format(name)}({arguments})" for name in names]
    return "\n".join(lines)


def literal(value: float) -> str:
    """Return a double as LLVM writes it, exactly."""
    return f"0x{struct.unpack('<Q', struct.pack('<d', value))[0]:016X}"


class FunctionBody:
    """The code of one function: a part that runs once per parameter set, and one per call.

    Parameters
    ----------
    name : str
        Name of the function.
    symbols : list of casadi.SX
        Time, state and parameters.
    expression : casadi.SX
        Dense column of outputs.
    places : sequence of int
        Where each output goes in the array.
    masks : sequence of int or None
        Index of the mask each output is multiplied by.
    n_states : int
        Length of the mask; the parameters follow it in the data.
    first_free : int
        First place in the data for remembered values.

    Raises
    ------
    ModelError
        If CasADi holds an operation that has no counterpart here.
    """

    def __init__(
        self,
        name: str,
        symbols: Sequence[ca.SX],
        expression: ca.SX,
        places: Sequence[int],
        masks: Sequence[int] | None,
        *,
        n_states: int,
        first_free: int,
    ) -> None:
        self.name = name
        self._places, self._masks = places, masks
        self._n_states, self._first_free = n_states, first_free
        self._once: list[str] = []
        self._each: list[str] = []
        self._constant: set[str] = set()
        self._inverses: dict[str, str] = {}
        self._kept: dict[str, str] = {}
        self._loads: dict[tuple[int, int], str] = {}
        self._count = 0
        function = ca.Function(name, list(symbols), [ca.cse(expression)])
        work: dict[int, str] = {}
        for k in range(function.n_instructions()):
            operation = function.instruction_id(k)
            if operation == ca.OP_OUTPUT:
                place = function.instruction_output(k)[1]
                self._store(place, work[function.instruction_input(k)[0]])
                continue
            target = function.instruction_output(k)[0]
            if operation == ca.OP_CONST:
                work[target] = literal(function.instruction_constant(k))
            elif operation == ca.OP_INPUT:
                argument, index = function.instruction_input(k)
                work[target] = self._input(argument, index)
            else:
                arguments = [work[i] for i in function.instruction_input(k)]
                work[target] = self._operation(operation, arguments)

    @property
    def remembered(self) -> int:
        """Number of values kept from the part that runs once."""
        return len(self._kept)

    def code(self) -> str:
        """Return the LLVM code of `name_prepare(data)` and `name(t, x, out, data)`."""
        return "\n".join(
            [
                f"define void @{self.name}_prepare(ptr noalias %data) {{",
                *self._once,
                "  ret void\n}",
                f"define i32 @{self.name}(double %t, ptr noalias %x, ptr noalias %out, "
                "ptr noalias %data) {",
                *self._each,
                "  ret i32 0\n}",
            ]
        )

    def _fresh(self) -> str:
        self._count += 1
        return f"%v{self._count}"

    def _is_constant(self, value: str) -> bool:
        return value in self._constant or not value.startswith("%")

    def _emit(self, text: str, constant: bool) -> str:
        value = self._fresh()
        (self._once if constant else self._each).append(f"  {value} = {text}")
        if constant:
            self._constant.add(value)
        return value

    def _load(self, pointer: str, index: int, constant: bool) -> str:
        address = self._emit(f"getelementptr double, ptr {pointer}, i64 {index}", constant)
        return self._emit(f"load double, ptr {address}", constant)

    def _input(self, argument: int, index: int) -> str:
        if argument == 0:
            return "%t"
        key = (argument, index)
        if key not in self._loads:
            pointer, place = ("%x", index) if argument == 1 else ("%data", self._n_states + index)
            self._loads[key] = self._load(pointer, place, argument == 2)
        return self._loads[key]

    def _in_call(self, value: str) -> str:
        """Return a value for use in the part that runs at every call."""
        if value not in self._constant:
            return value
        if value not in self._kept:
            place = self._first_free + len(self._kept)
            address = self._fresh()
            self._once += [
                f"  {address} = getelementptr double, ptr %data, i64 {place}",
                f"  store double {value}, ptr {address}",
            ]
            self._kept[value] = self._load("%data", place, constant=False)
        return self._kept[value]

    def _store(self, place: int, value: str) -> None:
        value = self._in_call(value)
        if self._masks is not None:
            mask = self._load("%data", self._masks[place], constant=False)
            value = self._emit(f"fmul double {value}, {mask}", constant=False)
        address = self._emit(
            f"getelementptr double, ptr %out, i64 {self._places[place]}", constant=False
        )
        self._each.append(f"  store double {value}, ptr {address}")

    def _operation(self, operation: int, arguments: list[str]) -> str:
        constant = all(self._is_constant(a) for a in arguments)
        if operation == ca.OP_DIV and not constant and self._is_constant(arguments[1]):
            # A division by a constant is a product with its inverse, computed once.
            inverse = self._inverse(arguments[1])
            return self._operation(ca.OP_MUL, [arguments[0], inverse])
        if not constant:
            arguments = [self._in_call(a) for a in arguments]
        return self._expand(operation, arguments, constant)

    def _inverse(self, value: str) -> str:
        if value not in self._inverses:
            one = literal(1.0)
            self._inverses[value] = self._emit(f"fdiv double {one}, {value}", constant=True)
        return self._inverses[value]

    def _expand(self, operation: int, arguments: list[str], constant: bool) -> str:
        def emit(text: str) -> str:
            return self._emit(text, constant)

        a, b = arguments[0], arguments[-1]
        zero, one = literal(0.0), literal(1.0)
        if operation in _INFIX:
            return emit(f"{_INFIX[operation]} double {a}, {b}")
        if operation in _CALLS:
            listed = ", ".join(f"double {argument}" for argument in arguments)
            return emit(f"call double @{_CALLS[operation]}({listed})")
        if operation in _COMPARE:
            truth = emit(f"fcmp {_COMPARE[operation]} double {a}, {b}")
            return emit(f"uitofp i1 {truth} to double")
        match operation:
            case ca.OP_ASSIGN:
                return a
            case ca.OP_NEG:
                return emit(f"fneg double {a}")
            case ca.OP_SQ:
                return emit(f"fmul double {a}, {a}")
            case ca.OP_TWICE:
                return emit(f"fadd double {a}, {a}")
            case ca.OP_INV:
                return emit(f"fdiv double {one}, {a}")
            case ca.OP_NOT:
                truth = emit(f"fcmp oeq double {a}, {zero}")
                return emit(f"uitofp i1 {truth} to double")
            case ca.OP_AND | ca.OP_OR:
                left = emit(f"fcmp une double {a}, {zero}")
                right = emit(f"fcmp une double {b}, {zero}")
                both = emit(f"{'and' if operation == ca.OP_AND else 'or'} i1 {left}, {right}")
                return emit(f"uitofp i1 {both} to double")
            case ca.OP_IF_ELSE_ZERO:
                truth = emit(f"fcmp une double {a}, {zero}")
                return emit(f"select i1 {truth}, double {b}, double {zero}")
            case ca.OP_SIGN:
                up = emit(f"fcmp ogt double {a}, {zero}")
                down = emit(f"fcmp olt double {a}, {zero}")
                not_up = emit(f"select i1 {down}, double {literal(-1.0)}, double {a}")
                return emit(f"select i1 {up}, double {one}, double {not_up}")
        raise ModelError(f"model uses CasADi operation {operation}, which cannot be compiled")
