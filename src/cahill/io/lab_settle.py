"""From raw results to the table that rules read: exact numbers, known units, one row a result.

Everything runs as expressions of DuckDB over columns, so that fifty million rows cost what they
weigh, and what a test's name or a unit means is asked once for each distinct pair.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cahill.core.laboratory import COLUMNS, EXCLUDED_COLUMNS, REASONS, TESTS
from cahill.errors import InputError
from cahill.io import lab_parse, lab_sameness
from cahill.io.lab_bench import Bench, Options, Raw
from cahill.io.lab_limits import fill_limits
from cahill.io.lab_units import unit_factors

if TYPE_CHECKING:
    import pyarrow as pa

    from cahill.io.lab import LabTable

MANY = 3_000_000
"""Results above which the table is held as a Parquet file."""

SHOWN = 1_000_000
"""Excluded results and remarks that are listed; counts have all."""

_REMARKS = {
    "limit of zero": "an upper limit is not above zero, and is taken as missing",
    "limit unreadable": "a limit is no number in a known unit, and is taken as missing",
    "date partial": "only a year or a month is given, and the date is taken as unknown",
    "conflicting": "differs from another result of the same test at the same time; both are kept",
    "two sexes": "the subject is given with two sexes, and the sex is taken as unknown",
    "preliminary": "a preliminary result that no final one replaces",
    "sex unreadable": "the sex is neither male nor female as written, and is taken as unknown",
}


def settle(bench: Bench, raw: Raw, options: Options) -> "LabTable":
    """Return the table of results of what lies on the bench.

    Parameters
    ----------
    bench : Bench
        With raw results, or with tables that already have the canonical columns.
    raw : Raw
        What the door said of them.
    options : Options

    Raises
    ------
    InputError
        If day and month of the dates cannot be told apart, or a table of limits is wrong.
    """
    if bench.canonical:
        return _pass(bench, raw)
    bench.run("CREATE VIEW raw AS " + " UNION ALL BY NAME ".join(bench.parts))
    options.told("reading values, units and dates")
    units = lab_parse.parse(bench, raw, options)
    options.told("looking for limits")
    told = fill_limits(bench, options)
    options.told("looking for corrections, duplicates and conflicts")
    lab_sameness.resolve(bench)
    options.told("writing the table")
    return _collect(bench, raw, units, told)


def _collect(bench: Bench, raw: Raw, units: Mapping[str, int], told: Sequence[str]) -> "LabTable":
    from cahill.io.lab import LabTable, arrow_schema, canonical_schema

    counts = _counts(bench, units)
    chosen = ", ".join(COLUMNS)
    query = f"SELECT {chosen} FROM parsed WHERE reason IS NULL"
    notes = [*raw.notes, *told, *_notes(bench, counts)]
    table: pa.Table | Path
    if counts["kept"] > MANY:
        table = bench.store / "results.parquet"
        bench.run(f"COPY ({query}) TO '{table}' (FORMAT parquet, COMPRESSION zstd)")
    else:
        table = bench.table(f"{query} ORDER BY row, test").cast(canonical_schema())
    listed = ", ".join(EXCLUDED_COLUMNS)
    schema = arrow_schema(EXCLUDED_COLUMNS)
    excluded = bench.table(
        f"SELECT {listed} FROM parsed WHERE reason IS NOT NULL ORDER BY row, test LIMIT {SHOWN}"
    ).cast(schema)
    remarks = bench.table(f"SELECT {listed} FROM remarks ORDER BY reason, row LIMIT {SHOWN}").cast(
        schema
    )
    if counts["excluded"] > SHOWN:
        notes.append(f"of the excluded results the first {SHOWN:,} are listed; the counts have all")
    return LabTable(
        raw.name,
        raw.paths,
        raw.form,
        table,
        excluded,
        remarks,
        counts,
        tuple(notes),
        keep=bench.folder,
    )


def _counts(bench: Bench, units: Mapping[str, int]) -> dict[str, int]:
    total = bench.one("SELECT count(*) FROM parsed")
    kept = bench.one("SELECT count(*) FROM parsed WHERE reason IS NULL")
    counts = {"input": total, "kept": kept, "excluded": total - kept}
    by_reason = dict(
        bench.run("SELECT reason, count(*) FROM parsed WHERE reason IS NOT NULL GROUP BY 1")
    )
    counts |= {f"excluded: {word}": by_reason[word] for word in REASONS if word in by_reason}
    by_kind = dict(bench.run("SELECT reason, count(*) FROM remarks GROUP BY 1"))
    counts |= {f"remark: {word}": by_kind[word] for word in _REMARKS if word in by_kind}
    return counts | {f"unit: {key}": number for key, number in units.items()}


def _notes(bench: Bench, counts: Mapping[str, int]) -> list[str]:
    notes = []
    if counts["excluded"]:
        listed = ", ".join(
            f"{number:,} {key.removeprefix('excluded: ')}"
            for key, number in counts.items()
            if key.startswith("excluded: ")
        )
        notes.append(f"{counts['excluded']:,} of {counts['input']:,} results excluded: {listed}")
    for kind, words in _REMARKS.items():
        number = counts.get(f"remark: {kind}", 0)
        if number:
            first = bench.run(
                f"SELECT DISTINCT row FROM remarks WHERE reason = '{kind}' ORDER BY 1 LIMIT 5"
            )
            rows = ", ".join(str(row) for (row,) in first)
            more = ", ..." if number > len(first) else ""
            notes.append(f"{kind} ({number:,}; rows {rows}{more}): {words}")
    notes.extend(_unit_notes(counts))
    missing = bench.one("SELECT count(*) FROM parsed WHERE reason IS NULL AND uln IS NULL")
    if missing:
        notes.append(
            f"{missing:,} of {counts['kept']:,} results have no upper limit of normal; rules that "
            "need one are undetermined for them"
        )
    for name, query in bench.blanks:
        blank = bench.one(query)
        if blank:
            notes.append(f'{blank:,} rows have no result in the column "{name}"')
    return notes


def _unit_notes(counts: Mapping[str, int]) -> list[str]:
    """Say which tests came in several units, and what was converted."""
    by_test: dict[str, list[str]] = {}
    for key in counts:
        if key.startswith("unit: "):
            test, rest = key.removeprefix("unit: ").split(" ", 1)
            by_test.setdefault(test, []).append(rest.rsplit(" as ", 1)[0])
    notes = []
    for test, found in by_test.items():
        factors = {unit_factors()[test, lab_parse.bare(unit)] for unit in found}
        if len(factors) > 1:
            notes.append(f"{test} came in units of different size ({', '.join(found)}): check them")
        elif factors != {1}:
            held = TESTS[test][1]
            notes.append(
                f"{test} came in {found[0]} and was multiplied by {float(next(iter(factors))):g} "
                f"to {held}, and its limits with it"
            )
    return notes


def _pass(bench: Bench, raw: Raw) -> "LabTable":
    """Return a table that is canonical already: a Parquet file of many rows by its path alone."""
    from cahill.io.lab import LabTable, arrow_schema, canonical_schema

    none = arrow_schema(EXCLUDED_COLUMNS).empty_table()
    chosen = ", ".join(
        f"try_cast({name} AS {_DUCKDB[kind]}) AS {name}" for name, kind in COLUMNS.items()
    )
    sources = " UNION ALL ".join(f"SELECT {chosen} FROM {source}" for _, source in bench.canonical)
    total = bench.one(f"SELECT count(*) FROM ({sources})")
    counts = {"input": total, "kept": total, "excluded": 0}
    unknown = bench.one(
        f"SELECT count(*) FROM ({sources}) WHERE subject IS NULL OR low IS NULL OR row IS NULL "
        f"OR test NOT IN ({', '.join(repr(test) for test in TESTS)}) OR uln <= 0 OR high < low"
    )
    if unknown:
        raise InputError(
            f"{raw.name}: {unknown:,} rows have no row, subject, known test or value, or a limit "
            "that is not positive; write the table again with the door out"
        )
    alone = len(bench.canonical) == 1 and raw.paths[0].suffix.lower() in (".parquet", ".pq")
    table: pa.Table | Path
    if alone and total > MANY:
        table = raw.paths[0]
    elif total > MANY:
        table = bench.store / "results.parquet"
        bench.run(f"COPY ({sources}) TO '{table}' (FORMAT parquet, COMPRESSION zstd)")
    else:
        table = bench.table(sources).cast(canonical_schema())
    note = "the table has the canonical columns already and was taken as it is"
    return LabTable(
        raw.name, raw.paths, raw.form, table, none, none, counts, (note,), keep=bench.folder
    )


_DUCKDB = {
    "int64": "BIGINT",
    "string": "VARCHAR",
    "boolean": "BOOLEAN",
    "date32": "DATE",
    "timestamp": "TIMESTAMP",
}
