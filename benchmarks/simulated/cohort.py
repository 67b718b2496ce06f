"""A cohort of liver test results of any size, made by DuckDB from a seed.

Every patient has one to four visits about four months apart, with alanine and aspartate
aminotransferase, alkaline phosphatase and total bilirubin at each: ten results a patient on
average. The numbers are made up; only their shape is meant to be lifelike:

- enzymes are log-normal between patients and vary by 9.3 % (ALT) from visit to visit;
- 8 % of patients have persistently elevated aminotransferases, 0.3 % an acute injury at one visit,
  a fifth of those with bilirubin above twice its limit, half of these with high ALP;
- limits differ by site and have a decimal; 0.5 % of the results have none; 0.2 % read "<5" or
  "<2"; 0.05 % have no date.

Randomness is a hash of seed, patient, visit and purpose, so a cohort is the same on any number of
threads, and a smaller one is the beginning of a larger one.

    python benchmarks/simulated/cohort.py FOLDER --rows 100000
"""

import argparse
from collections.abc import Callable
from pathlib import Path

import duckdb

ROWS_PER_SUBJECT = 10
SUBJECTS_A_FILE = 100_000

PATIENTS = """
    SELECT i, 'S' || lpad(i::varchar, 8, '0') AS subject, i % 4 + 1 AS visits,
           uniform(i, 0, 1, {seed}) AS chronic, uniform(i, 0, 2, {seed}) AS acute,
           normal(i, 0, 3, {seed}) AS own, uniform(i, 0, 4, {seed}) AS jaundice,
           (uniform(i, 0, 5, {seed}) * 4)::int % 4 AS site,
           CASE WHEN uniform(i, 0, 6, {seed}) < 0.5 THEN 'male' ELSE 'female' END AS sex,
           (18 + 70 * uniform(i, 0, 7, {seed}))::bigint AS age,
           date '2015-01-01' + (uniform(i, 0, 8, {seed}) * 2500)::int AS start
    FROM range({first}, {last}) AS patients(i)
"""

VALUES = """
    SELECT i, subject, visit, sex, age, start, site, test.name AS test,
           start + (visit * 120 + (uniform(i, visit, 9, {seed}) * 40)::int)::int AS date,
           uniform(i, visit, 20 + test.n, {seed}) AS chance,
           test.level * exp(
               test.between * own + 0.093 * normal(i, visit, 30 + test.n, {seed})
               + CASE WHEN patient.chronic < 0.08 THEN test.chronic ELSE 0 END
               + CASE WHEN acute < 0.003 AND visit = i % visits
                      THEN CASE test.name WHEN 'TBL' THEN
                                CASE WHEN jaundice < 0.2 THEN 1.6 ELSE 0 END
                           WHEN 'ALP' THEN CASE WHEN jaundice < 0.1 THEN 1.4 ELSE 0.2 END
                           ELSE 2.4 END
                      ELSE 0 END) AS value,
           test.limits[site + 1] AS uln
    FROM ({patients}) AS patient
    CROSS JOIN (VALUES
        (0, 'ALT', 20.0, 0.40, 1.2, [33.0, 35.1, 40.0, 45.0]),
        (1, 'AST', 21.0, 0.30, 1.0, [32.0, 34.9, 40.0, 41.5]),
        (2, 'ALP', 70.0, 0.25, 0.1, [104.0, 120.0, 129.5, 115.0]),
        (3, 'TBL', 9.0, 0.35, 0.1, [17.1, 20.5, 21.0, 19.0])
    ) AS test(n, name, level, between, chronic, limits)
    CROSS JOIN range(0, 4) AS visits_(visit)
    WHERE visit < visits
"""

TABLE = """
    SELECT row_number() OVER () + {first} * {per} AS row, subject, test,
           CASE WHEN chance < 0.002 THEN 0 ELSE micro END AS low,
           CASE WHEN chance < 0.002 THEN CASE test WHEN 'TBL' THEN 2000000 ELSE 5000000 END
                ELSE micro END AS high,
           chance < 0.002 AS below, false AS above,
           CASE WHEN chance > 0.995 THEN NULL ELSE (uln * 10)::bigint * 100000 END AS uln,
           CASE WHEN chance > 0.995 THEN '' ELSE 'row' END AS uln_source,
           NULL::bigint AS lln,
           CASE WHEN chance BETWEEN 0.5 AND 0.5005 THEN NULL ELSE date END AS date,
           NULL::timestamp AS time, (date - start)::bigint AS study_day,
           'visit ' || visit AS visit, visit = 0 AS baseline_flag, start AS treatment_start,
           NULL::date AS treatment_end, 'arm ' || (i % 2)::varchar AS arm, sex, age,
           '' AS method, NULL::varchar AS value_text, NULL::varchar AS unit_text
    FROM (SELECT *, (value * 10)::bigint * 100000 AS micro FROM ({values}) ORDER BY i, visit, test)
"""

MACROS = """
    CREATE OR REPLACE MACRO uniform(i, visit, purpose, seed) AS
        ((hash(i * 64 + visit * 7919 + purpose * 104729 + seed * 1299709) >> 12) + 0.5)
        / 4503599627370496.0;
    CREATE OR REPLACE MACRO normal(i, visit, purpose, seed) AS
        sqrt(-2 * ln(uniform(i, visit, purpose, seed)))
        * cos(2 * pi() * uniform(i, visit, purpose + 1000, seed));
"""


def write_cohort(
    folder: Path,
    rows: int,
    *,
    seed: int = 1,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[Path]:
    """Write a cohort as Parquet files in the columns of `cahill.core.laboratory.COLUMNS`.

    Parameters
    ----------
    folder : Path
        Made if need be; a file that is there already is kept.
    rows : int
        How many results; rounded to whole groups of four patients (40 results).
    seed : int
    progress : callable
        Given the number of files that are done and of all.

    Returns
    -------
    list of Path
        In the order of patients.
    """
    folder.mkdir(parents=True, exist_ok=True)
    subjects = max(4, rows // ROWS_PER_SUBJECT // 4 * 4)
    starts = range(0, subjects, SUBJECTS_A_FILE)
    paths = []
    connection = duckdb.connect(config={"memory_limit": "1GB", "threads": 2})
    connection.execute(MACROS)
    for done, first in enumerate(starts):
        last = min(first + SUBJECTS_A_FILE, subjects)
        path = folder / f"cohort-{seed}-{first:08d}-{last:08d}.parquet"
        if not path.exists():
            query = _query(first, last, seed)
            part = path.with_suffix(".part")
            connection.execute(f"COPY ({query}) TO '{part}' (FORMAT parquet, COMPRESSION zstd)")
            part.rename(path)
        paths.append(path)
        progress(done + 1, len(starts))
    connection.close()
    return paths


def _query(first: int, last: int, seed: int) -> str:
    patients = PATIENTS.format(first=first, last=last, seed=seed)
    values = VALUES.format(patients=patients, seed=seed)
    return TABLE.format(values=values, first=first, per=ROWS_PER_SUBJECT)


def main() -> None:
    """Write a cohort from the command line."""
    parser = argparse.ArgumentParser(description="Write a made-up cohort of liver tests.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    paths = write_cohort(arguments.folder, arguments.rows, seed=arguments.seed)
    print(f"{len(paths)} files in {arguments.folder}")


if __name__ == "__main__":
    main()
