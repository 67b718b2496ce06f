"""The door for tables: CSV, TSV, XLSX, Parquet and SAS transport, in whatever layout they have."""

import csv
import io
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from cahill.core.laboratory import COLUMNS
from cahill.errors import InputError
from cahill.io.cell_grids import decode
from cahill.io.lab_bench import Bench, Raw
from cahill.io.lab_fields import FIELDS, Layout, quoted
from cahill.io.lab_layouts import find_layout
from cahill.io.lab_standards import people_fields

if TYPE_CHECKING:
    import pyarrow as pa

_EXACT_ROWS = 32_000_000
"""Bytes up to which a text is read row by row, so that rows are counted as an editor does even if
there are comments, blank lines or line ends in cells. Beyond, records are counted."""


def open_tables(
    bench: Bench, paths: tuple[Path, ...], kind: str, columns: Mapping[str, str]
) -> Raw:
    """Fill the bench with the raw results of tables.

    Parameters
    ----------
    bench : Bench
    paths : tuple of Path
    kind : {"text", "parquet", "xlsx", "xpt"}
    columns : mapping of str to str
        Field to heading, as asked for.

    Raises
    ------
    InputError
        If a table cannot be read or holds no results.
    """
    notes: list[str] = []
    forms: list[str] = []
    sas = False
    offset = 0
    name, many = paths[0].name, len(paths) > 1
    for number, path in enumerate(paths):
        source = f"file_{number}"
        row = _SOURCES[kind](bench, path, source, notes)
        names = [name for name, _ in bench.columns(source) if name != row]
        if set(COLUMNS) <= set(names):
            bench.canonical.append((path, source))
            forms.append("canonical table")
            continue
        layout = find_layout(names, columns, path.name)
        people = _beside(bench, path, layout, number, notes)
        _add(bench, layout, source, row, people, offset)
        if many:
            # Rows are counted on from file to file, so that a number names one row.
            last = bench.one(f"SELECT max({quoted(row)}) FROM {source}")
            notes.append(f"rows {offset + 1:,} to {offset + last:,} are those of {path.name}")
            offset += last
        forms.append(layout.form)
        sas = sas or layout.sas_dates
    if len(set(forms)) > 1:
        raise InputError(
            f"{name} and others are of different layouts: {', '.join(sorted(set(forms)))}"
        )
    return Raw(name, paths, forms[0], tuple(notes), sas)


def _beside(
    bench: Bench, path: Path, layout: Layout, number: int, notes: list[str]
) -> tuple[str, list[str]] | None:
    """Return a view of the people of a table that stands beside it, and the fields it gives."""
    wanted = {"SDTM LB": ("dm",), "ADaM ADLB": ("adsl",), "OMOP measurement": ("person",)}
    for file in sorted(path.parent.iterdir()) if layout.form in wanted else ():
        kind = _KINDS.get(file.suffix.lower())
        if kind is None or file.stem.lower() not in wanted[layout.form]:
            continue
        source = f"people_{number}"
        row = _SOURCES[kind](bench, file, source, [])
        fields = people_fields([name for name, _ in bench.columns(source) if name != row])
        given = [name for name in fields if name != "subject" and name not in layout.fields]
        if not given:
            continue
        subject = f"trim(({fields['subject']})::VARCHAR)"
        chosen = ", ".join(f"any_value({fields[name]}) AS {name}" for name in given)
        bench.run(
            f"CREATE VIEW {source}_known AS SELECT {subject} AS subject, {chosen} "
            f"FROM {source} GROUP BY 1"
        )
        twice = bench.one(f"SELECT count(*) - count(DISTINCT {subject}) FROM {source}")
        if twice:
            raise InputError(f"{file.name}: {twice:,} subjects stand in it more than once")
        notes.append(f"{', '.join(sorted(given))} are from {file.name}")
        return f"{source}_known", given
    return None


def _add(
    bench: Bench,
    layout: Layout,
    source: str,
    row: str,
    people: tuple[str, list[str]] | None,
    offset: int,
) -> None:
    """Add a table's results to the raw ones; a wide table gives those of its tests in turn."""
    if not layout.wide:
        select = _select(layout.fields, source, row, offset)
        if people:
            view, given = people
            chosen = ", ".join(f"p.{name}" for name in given)
            select = (
                f"SELECT t.*, {chosen} FROM ({select}) t "
                f"LEFT JOIN {view} p ON p.subject = trim(t.subject::VARCHAR)"
            )
        bench.add(select)
        return
    for name, own in layout.wide:
        fields = {**layout.fields, **own}
        literal = name.replace("'", "''")
        fields["test"] = f"'{literal}'"
        value = fields["value"]
        blank = f"nullif(trim(({value})::VARCHAR), '') IS NOT NULL"
        bench.add(_select(fields, source, row, offset) + f" WHERE {blank}")
        # A blank cell is a test that was not done, not a result; it is only told of.
        bench.blanks.append((name, f"SELECT count(*) FROM {source} WHERE NOT ({blank})"))


def _select(fields: Mapping[str, str], source: str, row: str, offset: int) -> str:
    chosen = ", ".join(f"{fields[field]} AS {field}" for field in FIELDS if field in fields)
    return f"SELECT {quoted(row)}::BIGINT + {offset} AS row, {chosen} FROM {source}"


def _parquet(bench: Bench, path: Path, source: str, notes: list[str]) -> str:
    row = "__row"
    bench.run(
        f"CREATE VIEW {source} AS SELECT * EXCLUDE (file_row_number), file_row_number + 1 AS {row} "
        f"FROM read_parquet({_literal(path)}, file_row_number=true)",
        path.name,
    )
    return row


def _xpt(bench: Bench, path: Path, source: str, notes: list[str]) -> str:
    import pyarrow as pa
    import pyreadstat

    try:
        data, _ = pyreadstat.read_xport(
            str(path), output_format="dict", disable_datetime_conversion=True
        )
    except (pyreadstat.ReadstatError, UnicodeDecodeError, ValueError) as error:
        raise InputError(f"{path.name} is not a SAS transport file: {error}") from error
    if not data or not len(next(iter(data.values()))):
        raise InputError(f"{path.name} has no rows")
    columns = {name: pa.array(_without_nan(values)) for name, values in data.items()}
    size = len(next(iter(columns.values())))
    _register(bench, source, pa.table({**columns, "__row": pa.array(range(1, size + 1))}))
    return "__row"


def _without_nan(values: object) -> object:
    """Return a column with its missing numbers as null; an all-missing one as text."""
    listed = [None if value is None or value != value else value for value in values]  # type: ignore[attr-defined]
    return listed if any(value is not None for value in listed) else ["" for _ in listed]


def _xlsx(bench: Bench, path: Path, source: str, notes: list[str]) -> str:
    import pyarrow as pa

    from cahill.io.sheets import read_sheet

    sheet = read_sheet(path)
    columns = {str(name): pa.array(sheet.frame[name].tolist()) for name in sheet.frame.columns}
    _register(bench, source, pa.table({**columns, "__row": pa.array(sheet.rows)}))
    return "__row"


def _register(bench: Bench, source: str, table: "pa.Table") -> None:
    bench.connection.register(source, table)


def _text(bench: Bench, path: Path, source: str, notes: list[str]) -> str:
    """Read a text row by row, so that rows are lines; a large one through DuckDB."""
    if path.stat().st_size <= _EXACT_ROWS:
        _python_rows(bench, decode(path.read_bytes(), path.name), source, path.name)
        return "__row"
    with path.open("rb") as stream:
        head = stream.read(1 << 16).decode("utf-8-sig", errors="replace").splitlines()
    skipped = _header(head, path.name)
    _scan(bench, path, source, _separator(head[skipped]), skipped)
    return "__row"


def _header(lines: list[str], where: str) -> int:
    """Return the place of the first line that is neither blank nor a comment."""
    for place, line in enumerate(lines):
        if line.strip() and not line.lstrip().startswith("#"):
            return place
    raise InputError(f"{where} has no row that names the columns")


def _separator(header: str) -> str:
    return next((mark for mark in ("\t", ";") if mark in header), ",")


def _scan(bench: Bench, path: Path, source: str, separator: str, skipped: int) -> None:
    names = _names(path, separator, skipped)
    columns = ", ".join(f"'{_escaped(name)}': 'VARCHAR'" for name in names)
    # It is read once, into columns: every question to a text would parse it again.
    bench.run(
        f"CREATE TABLE {source} AS SELECT *, row_number() OVER () + {skipped + 1} AS __row "
        f"FROM read_csv({_literal(path)}, auto_detect=false, header=true, skip={skipped}, "
        f"delim='{separator}', quote='\"', escape='\"', columns={{{columns}}})",
        path.name,
    )


def _names(path: Path, separator: str, skipped: int) -> list[str]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        for _ in range(skipped):
            stream.readline()
        names = next(csv.reader(stream, delimiter=separator))
    return _unique([name.strip() for name in names], path.name)


def _unique(names: list[str], where: str) -> list[str]:
    names = [name or f"__blank_{number}" for number, name in enumerate(names)]
    seen: set[str] = set()
    for name in names:
        if name.lower() in seen:
            raise InputError(f'{where}: the column "{name}" stands twice; rename one')
        seen.add(name.lower())
    return names


def _python_rows(bench: Bench, text: str, source: str, where: str) -> None:
    import pyarrow as pa

    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
    lines = text.split("\n")
    separator = _separator(lines[_header(lines, where)])
    reader = csv.reader(io.StringIO(text), delimiter=separator)
    names: list[str] = []
    rows: list[list[str]] = []
    numbers: list[int] = []
    line = 1
    try:
        for record in reader:
            start, line = line, reader.line_num + 1
            if not any(cell.strip() for cell in record) or record[0].lstrip().startswith("#"):
                continue
            if not names:
                names = _unique([cell.strip().lstrip("\ufeff") for cell in record], where)
                continue
            if len(record) > len(names):
                raise InputError(f"{where} row {start} has more cells than the header")
            rows.append(record + [""] * (len(names) - len(record)))
            numbers.append(start)
    except csv.Error as error:
        raise InputError(f"{where} row {line} cannot be read as a table: {error}") from error
    if not rows:
        raise InputError(f"{where} has no rows under its header")
    columns = {name: pa.array([row[k] for row in rows]) for k, name in enumerate(names)}
    _register(bench, source, pa.table({**columns, "__row": pa.array(numbers)}))


def _escaped(text: str) -> str:
    return text.replace("'", "''")


def _literal(path: Path) -> str:
    return f"'{_escaped(str(path))}'"


_KINDS = {".csv": "text", ".tsv": "text", ".parquet": "parquet", ".xlsx": "xlsx", ".xpt": "xpt"}

_SOURCES = {"parquet": _parquet, "xpt": _xpt, "xlsx": _xlsx, "text": _text}
