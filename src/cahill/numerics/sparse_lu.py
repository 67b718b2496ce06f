"""Sparse LU factors of a matrix of known pattern, as straight-line native code.

The Newton matrix I - gamma J of a stiff integrator keeps its pattern, so the elimination can be
written out once: no index arithmetic, no dense work on zeros. Pivots stay on the diagonal, in the
order that Markowitz's rule finds (least fill), as in the Kinetic PreProcessor (V. Damian et al.,
Comput. Chem. Eng. 26, 1567 (2002)); a pivot that vanishes against its row is reported, so that
the caller can turn to a dense factorisation with row exchanges.
"""

from collections.abc import Sequence

from cahill.numerics.llvm_code import literal

_SMALLEST_PIVOT = 1e-12  # relative to the largest entry of its row before elimination


def elimination_order(n: int, entries: set[tuple[int, int]]) -> tuple[list[int], list[set[int]]]:
    """Return the pivots in Markowitz order, and the filled pattern's columns row by row.

    Parameters
    ----------
    n : int
        Size of the matrix.
    entries : set of (int, int)
        Row and column of each structural non-zero; the diagonal is added.
    """
    rows = [{i} for i in range(n)]
    columns = [{i} for i in range(n)]
    for i, j in entries:
        rows[i].add(j)
        columns[j].add(i)
    filled = [set(row) for row in rows]
    left = set(range(n))
    order: list[int] = []
    while left:
        pivot = min(left, key=lambda k: ((len(rows[k]) - 1) * (len(columns[k]) - 1), k))
        order.append(pivot)
        left.discard(pivot)
        targets, across = columns[pivot] - {pivot}, rows[pivot] - {pivot}
        for j in across:
            columns[j].discard(pivot)
        for i in targets:
            rows[i].discard(pivot)
            for j in across - rows[i]:
                rows[i].add(j)
                filled[i].add(j)
                columns[j].add(i)
    return order, filled


def lu_code(n: int, rows: Sequence[int], columns: Sequence[int]) -> str:
    """Return LLVM code of `factorise(matrix)` and `solve(matrix, b)`.

    Parameters
    ----------
    n : int
        Size of the (dense, column-major) storage.
    rows, columns : sequence of int
        Structural non-zeros of the Jacobian.
    """
    order, filled = elimination_order(n, set(zip(rows, columns)))
    return f"{_factorise(n, order, filled)}\n{_solve(n, order, filled)}"


class _Writer:
    """Lines of code over arrays whose elements are loaded once and stored at the end."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._count = 0

    def emit(self, text: str) -> str:
        self._count += 1
        self.lines.append(f"  %w{self._count} = {text}")
        return f"%w{self._count}"

    def load(self, pointer: str, place: int) -> str:
        address = self.emit(f"getelementptr double, ptr {pointer}, i64 {place}")
        return self.emit(f"load double, ptr {address}")

    def store(self, pointer: str, place: int, value: str) -> None:
        address = self.emit(f"getelementptr double, ptr {pointer}, i64 {place}")
        self.lines.append(f"  store double {value}, ptr {address}")


def _factorise(n: int, order: list[int], filled: list[set[int]]) -> str:
    """Write row-wise (Doolittle) elimination: L has the multipliers, the diagonal its inverses."""
    write = _Writer()
    rank = {pivot: position for position, pivot in enumerate(order)}
    upper: dict[int, dict[int, str]] = {}
    inverse: dict[int, str] = {}
    bad = "false"
    for i in order:
        row = {j: write.load("%a", i + n * j) for j in filled[i]}
        largest = literal(0.0)
        for value in row.values():
            size = write.emit(f"call double @llvm.fabs.f64(double {value})")
            largest = write.emit(f"call double @llvm.maxnum.f64(double {largest}, double {size})")
        for k in sorted((j for j in row if rank[j] < rank[i]), key=rank.__getitem__):
            row[k] = write.emit(f"fmul double {row[k]}, {inverse[k]}")
            for j, above in upper[k].items():
                product = write.emit(f"fmul double {row[k]}, {above}")
                row[j] = write.emit(f"fsub double {row[j]}, {product}")
        limit = write.emit(f"fmul double {largest}, {literal(_SMALLEST_PIVOT)}")
        size = write.emit(f"call double @llvm.fabs.f64(double {row[i]})")
        tiny = write.emit(f"fcmp ule double {size}, {limit}")
        bad = write.emit(f"or i1 {bad}, {tiny}")
        inverse[i] = write.emit(f"fdiv double {literal(1.0)}, {row[i]}")
        upper[i] = {j: value for j, value in row.items() if rank[j] > rank[i]}
        for j, value in row.items():
            write.store("%a", i + n * j, inverse[i] if j == i else value)
    body = "\n".join(write.lines)
    return (
        f"define i32 @factorise(ptr noalias %a) {{\n{body}\n"
        f"  %flag = zext i1 {bad} to i32\n  ret i32 %flag\n}}"
    )


def _solve(n: int, order: list[int], filled: list[set[int]]) -> str:
    write = _Writer()
    rank = {pivot: position for position, pivot in enumerate(order)}
    x: dict[int, str] = {}
    for i in order:
        value = write.load("%b", i)
        for j in sorted((j for j in filled[i] if rank[j] < rank[i]), key=rank.__getitem__):
            factor = write.load("%a", i + n * j)
            product = write.emit(f"fmul double {factor}, {x[j]}")
            value = write.emit(f"fsub double {value}, {product}")
        x[i] = value
    for i in reversed(order):
        value = x[i]
        for j in sorted((j for j in filled[i] if rank[j] > rank[i]), key=rank.__getitem__):
            factor = write.load("%a", i + n * j)
            product = write.emit(f"fmul double {factor}, {x[j]}")
            value = write.emit(f"fsub double {value}, {product}")
        x[i] = write.emit(f"fmul double {value}, {write.load('%a', i + n * i)}")
    for i in order:
        write.store("%b", i, x[i])
    body = "\n".join(write.lines)
    return f"define void @solve(ptr noalias %a, ptr noalias %b) {{\n{body}\n  ret void\n}}"
