"""Results that are the same, replace one another, or contradict one another.

Only rows that share subject, test and time with another are looked at closely; they are found by
a hash, so that fifty million rows need one grouping of whole numbers.
"""

from cahill.core.laboratory import COLUMNS
from cahill.io.lab_bench import Bench

_AT = "subject, test, date, time, coalesce(study_day, 0), CASE WHEN date IS NULL THEN visit END"


def resolve(bench: Bench) -> None:
    """Mark superseded results and duplicates in "parsed", and remark conflicts and preliminaries.

    A later version of the same record replaces the earlier ones, even if it withdraws the result.
    Among results of one test at one time a corrected one replaces the others, and a final one a
    preliminary one. Of results that agree in every column the first is kept.
    """
    _versions(bench)
    bench.run(f"""
        CREATE TEMP TABLE shared AS SELECT hash({_AT}) AS place FROM parsed WHERE reason IS NULL
        GROUP BY 1 HAVING count(*) > 1""")
    bench.run(f"""
        CREATE TEMP TABLE close AS SELECT parsed.rowid AS id, parsed.* FROM parsed
        WHERE reason IS NULL AND hash({_AT}) IN (SELECT place FROM shared)""")
    _ranks(bench)
    _duplicates(bench)
    _conflicts(bench)
    bench.run("""
        INSERT INTO remarks SELECT row, subject, 'preliminary', test || ' is preliminary'
        FROM parsed WHERE reason IS NULL AND rank = 0""")


def _versions(bench: Bench) -> None:
    """Let the last version of a record replace the earlier ones."""
    if not bench.one("SELECT count(record) FROM parsed"):
        return
    bench.run("""
        CREATE TEMP TABLE versions AS SELECT id, last FROM (
            SELECT rowid AS id, row, max(row) OVER (PARTITION BY subject, record, test) AS last
            FROM parsed WHERE record IS NOT NULL AND test IS NOT NULL
                AND (reason IS NULL OR reason = 'cancelled'))
        WHERE row < last""")
    _mark(bench, "versions", "superseded", "'row ' || last || ' replaces it'")


def _ranks(bench: Bench) -> None:
    """Let corrected results replace others at the same time, and final ones preliminary ones."""
    bench.run(f"""
        CREATE TEMP TABLE outranked AS SELECT id, better FROM (
            SELECT id, rank, max(rank) OVER same AS best, arg_max(row, rank) OVER same AS better
            FROM close WHERE date IS NOT NULL OR study_day IS NOT NULL OR visit IS NOT NULL
            WINDOW same AS (PARTITION BY {_AT}))
        WHERE rank < best""")
    _mark(bench, "outranked", "superseded", "'row ' || better || ' replaces it'")
    bench.run("DELETE FROM close WHERE id IN (SELECT id FROM outranked)")


def _duplicates(bench: Bench) -> None:
    """Keep the first of results that agree in every column."""
    columns = ", ".join(name for name in COLUMNS if name != "row")
    bench.run(f"""
        CREATE TEMP TABLE copies AS SELECT id, first FROM (
            SELECT id, first_value(id) OVER same AS first_id, first_value(row) OVER same AS first
            FROM close WINDOW same AS (PARTITION BY {columns} ORDER BY row, id
                ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING))
        WHERE id != first_id""")
    _mark(bench, "copies", "duplicate", "'row ' || first || ' is the same'")
    bench.run("DELETE FROM close WHERE id IN (SELECT id FROM copies)")


def _conflicts(bench: Bench) -> None:
    """Remark results of one test at one time that differ; both stay."""
    bench.run(f"""
        INSERT INTO remarks
        SELECT row, subject, 'conflicting', test || ' differs from row ' || other FROM (
            SELECT *, min(low) OVER same AS least, max(low) OVER same AS most,
                min(high) OVER same AS short, max(high) OVER same AS long,
                CASE WHEN row = min(row) OVER same THEN max(row) OVER same
                    ELSE min(row) OVER same END AS other
            FROM close WHERE date IS NOT NULL WINDOW same AS (PARTITION BY {_AT}))
        WHERE least != most OR short != long""")


def _mark(bench: Bench, table: str, reason: str, detail: str) -> None:
    if bench.one(f"SELECT count(*) FROM {table}"):
        bench.run(
            f"UPDATE parsed SET reason = '{reason}', detail = {detail} "
            f"FROM {table} WHERE parsed.rowid = {table}.id"
        )
