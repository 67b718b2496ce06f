"""Laboratory results from any file that holds them, as the one table that every rule reads.

`read_lab` finds the format by content (tidy or wide tables, CDISC SDTM LB and ADaM ADLB, OMOP
measurement, FHIR, HL7 v2), and every door fills the same raw table; `lab_settle` turns that into
exact numbers in whitelisted units. Every result of the input is kept or excluded with a reason.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from cahill.errors import InputError

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, eq=False)
class LabTable:
    """Results that rules can read, and what became of the others.

    Parameters
    ----------
    name : str
        Of the input, for messages.
    paths : tuple of Path
        The files it was read from.
    form : str
        What they were taken for: "tidy table", "SDTM LB", "FHIR", ...
    table : pyarrow.Table or Path
        Results with the columns of `cahill.core.laboratory.COLUMNS`; a Parquet file of them if they
        are many.
    excluded : pyarrow.Table
        Results that no rule may read, with `EXCLUDED_COLUMNS`. At most the first million; `counts`
        has all.
    remarks : pyarrow.Table
        Doubts about results or limits, with the columns of `excluded`; `reason` is the kind of
        doubt. The result that a remark names is kept unless it is excluded as well.
    counts : mapping of str to int
        "input" = "kept" + "excluded"; and "excluded: <reason>" for each reason, "remark: <kind>"
        for each kind, "unit: <test> <unit> as <held unit>" for each unit met.
    notes : tuple of str
        What a reader of any answer must know. They name rows, never people or values.
    """

    name: str
    paths: tuple[Path, ...]
    form: str
    table: "pa.Table | Path"
    excluded: "pa.Table"
    remarks: "pa.Table"
    counts: Mapping[str, int]
    notes: tuple[str, ...] = ()
    keep: object = field(default=None, repr=False)
    """Holds the temporary folder of `table` for as long as this lives."""

    def arrow(self) -> "pa.Table":
        """Return the results in memory, whatever they are held in."""
        if isinstance(self.table, Path):
            import pyarrow.parquet as pq

            return pq.read_table(self.table)
        return self.table

    def excluded_by(self) -> dict[str, int]:
        """Return how many results were excluded, by reason."""
        mark = "excluded: "
        return {key[len(mark) :]: n for key, n in self.counts.items() if key.startswith(mark)}


def read_lab(
    path: str | Path | Sequence[str | Path],
    *,
    columns: Mapping[str, str] | None = None,
    unit: str | Mapping[str, str] | None = None,
    limits: str | Path | None = None,
    default_uln: str | None = None,
    memory: str = "2GB",
    progress: Callable[[str], None] | None = None,
) -> LabTable:
    """Read laboratory results from files of any supported format.

    Parameters
    ----------
    path : str, Path or sequence of them
        A file, several of the same format, or a folder of them.
    columns : mapping of str to str, optional
        Our name of a column ("subject", "test", "value", "unit", "uln", "lln", "date", ...; see
        `lab_fields.FIELDS`) to the file's, for tables with other headings.
    unit : str or mapping, optional
        Unit of results for which the file gives none; by test if it is a mapping.
    limits : path, optional
        Table of upper limits (columns test, uln, unit, and any of sex, age_from, age_to, site,
        from_date), used for results without a limit of their own.
    default_uln : str, optional
        Name of a reference-limit rule, for results that still have none. Without it they have no
        limit, and rules that need one are undetermined.
    memory : str
        Most memory that the table engine may take.
    progress : callable, optional
        Told in words what is being done.

    Raises
    ------
    InputError
        If a file cannot be read, is of no known format, or its dates can be read in two ways.
    """
    from cahill.io import lab_bench, lab_doors, lab_settle

    paths = lab_doors.input_paths(path)
    told = progress or (lambda _: None)
    told(f"opening {paths[0].name}" + (f" and {len(paths) - 1} more" if paths[1:] else ""))
    with lab_bench.Bench(memory) as bench:
        raw = lab_doors.open_door(bench, paths, columns or {})
        units = {"": unit} if isinstance(unit, str) else dict(unit or {})
        options = lab_bench.Options(units, limits, default_uln, told)
        return lab_settle.settle(bench, raw, options)


def memory_table(rows: Sequence[Mapping[str, object]], name: str = "results") -> LabTable:
    """Return results given one by one as a table: for a few values, and for tests.

    Parameters
    ----------
    rows : sequence of mapping
        Values by column of `cahill.core.laboratory.COLUMNS`; a column that is absent is unknown.
    name : str
        For messages.

    Raises
    ------
    InputError
        If a row has a column that does not exist.
    """
    import pyarrow as pa

    from cahill.core.laboratory import EXCLUDED_COLUMNS

    schema = canonical_schema()
    for number, row in enumerate(rows, start=1):
        unknown = set(row) - set(schema.names)
        if unknown:
            raise InputError(f'{name} row {number}: there is no column "{min(unknown)}"')
    columns = {
        column: pa.array([row.get(column) for row in rows], schema.field(column).type)
        for column in schema.names
    }
    none = arrow_schema(EXCLUDED_COLUMNS).empty_table()
    counts = {"input": len(rows), "kept": len(rows), "excluded": 0}
    table = pa.table(columns, schema=schema)
    return LabTable(name, (), "rows", table, none, none, counts)


def canonical_schema() -> "pa.Schema":
    """Return the columns of the table of results as an Arrow schema."""
    from cahill.core.laboratory import COLUMNS

    return arrow_schema(COLUMNS)


def arrow_schema(columns: Mapping[str, str]) -> "pa.Schema":
    """Return columns given by name and type as an Arrow schema; timestamps are microseconds."""
    import pyarrow as pa

    kinds = {
        "int64": pa.int64(),
        "string": pa.string(),
        "boolean": pa.bool_(),
        "date32": pa.date32(),
        "timestamp": pa.timestamp("us"),
    }
    return pa.schema([(name, kinds[kind]) for name, kind in columns.items()])
