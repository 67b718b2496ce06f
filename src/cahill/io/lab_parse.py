"""Raw results as numbers, units and dates, with a reason for each one that is lost."""

from dataclasses import dataclass
from fractions import Fraction

from cahill.core.laboratory import MICRO, TESTS
from cahill.errors import InputError
from cahill.io import lab_sql
from cahill.io.lab_bench import Bench, Options, Raw
from cahill.io.lab_fields import FIELDS
from cahill.io.lab_judge import judge
from cahill.io.lab_units import HIGHEST, Meaning, bare_unit, known_tests, meaning, unit_factors

bare = bare_unit

_DATES = ("DATE", "TIMESTAMP")
_TEXTS = ("subject", "visit", "arm", "site", "record")


@dataclass(frozen=True)
class _Field:
    """A field of the raw table, as expression and type; a NULL text if no file has it."""

    name: str
    kind: str
    there: bool

    @property
    def text(self) -> str:
        if not self.there:
            return "NULL::VARCHAR"
        return lab_sql.text(f"r.{self.name}", self.kind)

    @property
    def given(self) -> str:
        """Whether the cell holds anything."""
        if not self.there:
            return "false"
        if self.kind in lab_sql.FLOATS:
            return f"NOT isnan(coalesce(r.{self.name}, 'nan'::{self.kind}))"
        return f"{self.text} IS NOT NULL"

    @property
    def micro(self) -> str:
        return lab_sql.micro(f"r.{self.name}", self.kind) if self.there else "NULL::BIGINT"


def parse(bench: Bench, raw: Raw, options: Options) -> dict[str, int]:
    """Make the tables "parsed" and "remarks" from "raw"; return how many results came in each unit.

    "parsed" has the canonical columns and those by which results are compared ("record", "rank",
    "site"), and a reason and a detail for results that are not kept.

    Raises
    ------
    InputError
        If day and month of the dates cannot be told apart.
    """
    kinds = dict(bench.columns("raw"))
    fields = {name: _Field(name, kinds.get(name, "VARCHAR"), name in kinds) for name in FIELDS}
    units = _meanings(bench, fields, options)
    day_first = _day_first(bench, fields, raw.name)
    _first_pass(bench, fields, day_first, sas=raw.sas_dates)
    dated = [fields[name] for name in ("date", "time") if fields[name].there]
    judge(
        bench,
        timed=any(entry.kind != "DATE" for entry in dated),
        flagged=fields["baseline_flag"].there,
    )
    _personal(bench, fields)
    return units


def _meanings(bench: Bench, fields: dict[str, _Field], options: Options) -> dict[str, int]:
    """Ask once what each test and unit means; lay the answers out as the table "meanings"."""
    import pyarrow as pa

    names = ("test", "loinc", "label", "unit", "limit_unit", "method")
    asked = ", ".join(f"coalesce({fields[name].text}, '') AS {name}" for name in names)
    found = bench.run(f"SELECT {asked}, count(*) FROM raw r GROUP BY ALL ORDER BY ALL")
    rows = []
    units: dict[str, int] = {}
    for test, loinc, label, unit, limit_unit, method, number in found:
        known = _meaning(test, loinc, label, unit, options)
        if not known.reason:
            key = f"{known.test} {known.unit} as {TESTS[known.test][1]}"
            units[key] = units.get(key, 0) + number
        factor = known.factor or Fraction(1)
        limit = unit_factors().get((known.test, bare_unit(limit_unit))) if limit_unit else factor
        rows.append(
            {
                **dict(zip(names, (test, loinc, label, unit, limit_unit, method), strict=True)),
                "known": known.test or None,
                "num": factor.numerator,
                "den": factor.denominator,
                "limit_num": limit.numerator if limit else None,
                "limit_den": limit.denominator if limit else None,
                "highest": float(HIGHEST.get(known.test, 0) * MICRO),
                "fault": known.reason or None,
                "taken": known.unit or None,
                "how": known.method or _method(method),
            }
        )
    schema = pa.schema(
        [(name, pa.string()) for name in (*names, "known", "fault", "how", "taken")]
        + [(name, pa.int64()) for name in ("num", "den", "limit_num", "limit_den")]
        + [("highest", pa.float64())]
    )
    bench.connection.register("meanings", pa.Table.from_pylist(rows, schema=schema))
    return units


def _meaning(test: str, loinc: str, label: str, unit: str, options: Options) -> Meaning:
    """Return what a result is of: its LOINC code decides, else its name, else its label."""
    name = next((text for text in (loinc, test) if text and text in known_tests()), test or loinc)
    if not unit and "(" in label and "(" not in name:
        name, bracket = name, label[label.rindex("(") :]
        name = f"{name} {bracket}" if name not in _CODES else name
        unit = bracket.strip("() ") if name in _CODES else ""
    known = meaning(name, "")
    fallback = options.units.get(known.test) or options.units.get("", "")
    return meaning(name, unit, fallback=fallback)


_CODES = {name for name in known_tests() if name[:1].isdigit() or name.startswith("omop ")}


def _method(text: str) -> str:
    """Return how the enzyme was measured, if a method's name says so."""
    low = text.lower()
    if not any(word in low for word in ("p5p", "p-5'-p", "p5'p", "pyridoxal")):
        return ""
    return "without P5P" if any(word in low for word in ("without", "w/o", "no ")) else "with P5P"


def _day_first(bench: Bench, fields: dict[str, _Field], where: str) -> bool | None:
    """Decide the order of day and month of dates with slashes from all date columns together."""
    texts = [
        fields[name].text
        for name in ("date", "time", "treatment_start", "treatment_end", "birth_date")
        if fields[name].there and fields[name].kind == "VARCHAR"
    ]
    if not texts:
        return None
    first = second = 0
    for text in texts:
        parts = rf"regexp_extract({text}, '^(\d{{1,2}})/(\d{{1,2}})/(\d{{4}}|\d{{2}})', ['a', 'b'])"
        row = bench.run(
            f"SELECT max(try_cast(p['a'] AS INT)), max(try_cast(p['b'] AS INT)) "
            f"FROM (SELECT {parts} AS p FROM raw r WHERE contains({text}, '/'))"
        )[0]
        first, second = max(first, row[0] or 0), max(second, row[1] or 0)
    if not first:
        return None
    if first > 12 and second > 12:
        raise InputError(
            f"{where}: some dates have the day first and some the month; write all as 2014-12-31"
        )
    if first <= 12 and second <= 12:
        raise InputError(
            f"{where}: no date tells day from month (as in 1/2/2014); write dates as 2014-12-31"
        )
    return first > 12


def _first_pass(
    bench: Bench, fields: dict[str, _Field], day_first: bool | None, *, sas: bool
) -> None:
    """Lay out every field in its type as the view "typed", numbers still in the written unit."""

    def day(name: str) -> str:
        entry = fields[name]
        if not entry.there:
            return "NULL::DATE"
        return lab_sql.date(f"r.{name}", entry.kind, day_first=day_first, sas=sas)

    def clock(name: str) -> str:
        entry = fields[name]
        if not entry.there:
            return "NULL::TIMESTAMP"
        return lab_sql.clock(f"r.{name}", entry.kind, day=day(name), sas=sas)

    value = fields["value"]
    sign = fields["comparator"].text
    written = f"coalesce({sign}, '') || {value.text}" if fields["comparator"].there else value.text
    exact = value.micro
    if fields["comparator"].there:
        exact = f"CASE WHEN {sign} IS NULL OR {sign} = '=' THEN {value.micro} END"
    # A date that is one already cannot fail to parse; its text is not needed.
    date_text = fields["date"].text if fields["date"].kind not in _DATES else "NULL::VARCHAR"
    keys = ("test", "loinc", "label", "unit", "limit_unit", "method")
    match = " AND ".join(
        f"coalesce({fields[name].text}, '') = m.{name}" for name in keys if fields[name].there
    )
    texts = ", ".join(f"{fields[name].text} AS {name}" for name in _TEXTS)
    bench.run(f"""
        CREATE VIEW typed AS SELECT r.row, {texts}, m.known AS test, m.fault, m.how AS method,
            m.num, m.den, m.limit_num, m.limit_den, m.highest,
            coalesce({fields["test"].text}, {fields["loinc"].text}) AS named,
            {written} AS value_text, coalesce({fields["unit"].text}, m.taken) AS unit_text,
            {exact} AS exact,
            {fields["uln"].micro} AS uln_raw, {fields["uln"].given} AS uln_given,
            {fields["lln"].micro} AS lln_raw, {fields["range"].text} AS range_text,
            {day("date")} AS date, {date_text} AS date_text,
            coalesce({clock("time")}, {clock("date")}) AS time,
            try_cast(round(try_cast({fields["study_day"].text} AS DOUBLE)) AS BIGINT) AS study_day,
            upper({fields["baseline_flag"].text}) AS baseline,
            {day("treatment_start")} AS treatment_start, {day("treatment_end")} AS treatment_end,
            lower({fields["sex"].text}) AS sex_text,
            try_cast(floor(try_cast({fields["age"].text} AS DOUBLE)) AS BIGINT) AS age,
            {day("birth_date")} AS birth_date,
            lower({fields["specimen"].text}) AS specimen, lower({fields["status"].text}) AS status
        FROM raw r LEFT JOIN meanings m ON {match}""")


def _personal(bench: Bench, fields: dict[str, _Field]) -> None:
    """Take the sex of a subject with two sexes as unknown, and name its first row."""
    if not fields["sex"].there:
        return
    bench.run("""
        CREATE TEMP TABLE torn AS SELECT subject, min(row) AS row FROM parsed
        WHERE sex IS NOT NULL AND subject IS NOT NULL
        GROUP BY subject HAVING min(sex) != max(sex)""")
    if bench.one("SELECT count(*) FROM torn"):
        bench.run("UPDATE parsed SET sex = NULL WHERE subject IN (SELECT subject FROM torn)")
        bench.run(
            "INSERT INTO remarks SELECT row, subject, 'two sexes', "
            "'the subject has another sex in another row' FROM torn"
        )
