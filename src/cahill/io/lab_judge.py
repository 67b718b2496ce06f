"""Intervals, units and reasons: what each result is worth, in one expression over the columns."""

from cahill.io import lab_sql
from cahill.io.lab_bench import Bench

CANCELLED = (
    "cancelled",
    "canceled",
    "entered-in-error",
    "entered in error",
    "not done",
    "error",
    "d",
    "n",
    "w",
    "x",
)
"""Words for a result that is withdrawn: of FHIR, of SDTM's LBSTAT, of HL7 table 0085."""

CORRECTED = ("corrected", "amended", "appended", "c")
PRELIMINARY = ("preliminary", "registered", "partial", "p", "r", "i", "s")

SPECIMENS = (
    "serum",
    "plasma",
    "blood",
    "serum or plasma",
    "serum/plasma",
    "ser/plas",
    "ser",
    "plas",
    "bld",
    "whole blood",
    "venous blood",
    "capillary blood",
)
"""Specimens in which the tests mean what the rules take them for."""


def _words(words: tuple[str, ...]) -> str:
    return ", ".join(f"'{word}'" for word in words)


def whole(number: str, num: str = "num", den: str = "den") -> str:
    """Return millionths in the held unit, rounded to the nearest; whole numbers throughout."""
    large = f"{number} > 100000000000000"
    converted = f"({number} * {num} + {den} // 2) // {den}"
    return f"CASE WHEN {num} = {den} THEN {number} WHEN {large} THEN NULL ELSE {converted} END"


def judge(bench: Bench, *, timed: bool, flagged: bool) -> None:
    """Find intervals, convert units, and give each result that cannot be used its reason."""
    plain = lab_sql.plain_number("value_text")
    parts = f"regexp_extract({plain}, '{lab_sql.INTERVAL}', ['sign', 'first', 'last'])"
    limits = f"regexp_extract(range_text, '{lab_sql.INTERVAL}', ['sign', 'first', 'last'])"
    bench.run(f"""
        CREATE VIEW split AS SELECT *,
            CASE WHEN exact IS NULL AND value_text IS NOT NULL THEN {parts} END AS v,
            CASE WHEN range_text IS NOT NULL THEN {limits} END AS g
        FROM typed""")
    first = lab_sql.micro("v['first']", "VARCHAR")
    last = lab_sql.micro("v['last']", "VARCHAR")
    upper = lab_sql.micro("CASE WHEN g['last'] != '' THEN g['last'] ELSE g['first'] END", "VARCHAR")
    lower = lab_sql.micro("g['first']", "VARCHAR")
    bench.run(f"""
        CREATE VIEW ends AS SELECT *,
            CASE WHEN exact IS NOT NULL THEN exact
                WHEN v['last'] != '' AND (v['sign'] != '' OR {last} < {first}) THEN NULL
                WHEN v['sign'] IN ('<', '<=') THEN least(0, {first}) ELSE {first} END AS low_raw,
            CASE WHEN exact IS NOT NULL THEN exact WHEN v['sign'] IN ('>', '>=') THEN NULL
                WHEN v['last'] != '' THEN {last} ELSE {first} END AS high_raw,
            coalesce(v['sign'] = '<', false) AS below, coalesce(v['sign'] = '>', false) AS above,
            coalesce(uln_raw, CASE WHEN g['sign'] IN ('', '<', '<=')
                AND (g['last'] != '' OR g['sign'] != '') THEN {upper} END) AS uln_first,
            coalesce(lln_raw, CASE WHEN g['last'] != '' OR g['sign'] IN ('>', '>=')
                THEN {lower} END) AS lln_first
        FROM split""")
    midnight = not timed or bench.one(
        "SELECT coalesce(bool_and(time = date_trunc('day', time)), true) FROM typed"
    )
    # Midnight throughout is how dates alone are stored as times.
    time = "NULL::TIMESTAMP" if midnight else "time"
    flagged = flagged and bench.one(
        "SELECT bool_or(baseline IN ('Y', 'YES', 'TRUE', '1')) FROM typed"
    )
    baseline = "coalesce(baseline, '') IN ('Y', 'YES', 'TRUE', '1')" if flagged else "NULL::BOOLEAN"
    bench.run(f"CREATE TABLE parsed AS {_parsed_query(time, baseline)}")
    bench.run("""
        CREATE TABLE remarks AS
        SELECT row, subject, 'limit of zero' AS reason, test || ': the limit is not above zero'
            AS detail FROM parsed WHERE reason IS NULL AND uln_fault = 'zero'
        UNION ALL SELECT row, subject, 'limit unreadable', test || ': the limit cannot be read'
            FROM parsed WHERE reason IS NULL AND uln_fault = 'text'
        UNION ALL SELECT row, subject, 'date partial', 'only part of the date is given'
            FROM parsed WHERE reason IS NULL AND partial
        UNION ALL SELECT row, subject, 'sex unreadable', 'the sex cannot be read'
            FROM parsed WHERE reason IS NULL AND sex_fault""")


def _parsed_query(time: str, baseline: str) -> str:
    uln = whole("uln_first", "limit_num", "limit_den")
    lln = whole("lln_first", "limit_num", "limit_den")
    partial = r"""CASE WHEN date IS NULL AND date_text IS NOT NULL
        THEN regexp_full_match(date_text, '\d{4}(-\d{2})?') ELSE false END"""
    beyond = "low_raw < 0 OR low_raw::DOUBLE * num / den > highest"
    # Branches of CASE are evaluated only where they are reached; AND is evaluated everywhere.
    lost = r"""CASE WHEN value_text IS NULL THEN 'no value'
        WHEN regexp_full_match(lower(value_text), '[+-]?inf(inity)?') THEN 'impossible'
        WHEN v['first'] != '' AND v['last'] = '' THEN 'impossible' ELSE 'no value' END"""
    return f"""
        SELECT row, subject, test, {whole("low_raw")} AS low,
            CASE WHEN low_raw = high_raw THEN {whole("low_raw")} ELSE {whole("high_raw")} END
                AS high, below, above,
            CASE WHEN uln_first > 0 THEN {uln} END AS uln,
            CASE WHEN uln_first > 0 AND {uln} > 0 THEN 'row' ELSE '' END AS uln_source,
            CASE WHEN lln_first >= 0 THEN {lln} END AS lln, date, {time} AS time, study_day, visit,
            {baseline} AS baseline_flag, treatment_start, treatment_end, arm,
            CASE WHEN sex_text IN ('m', 'male', 'man') THEN 'male'
                WHEN sex_text IN ('f', 'female', 'woman') THEN 'female' END AS sex,
            CASE WHEN coalesce(age, date_sub('year', birth_date, date)) BETWEEN 0 AND 130
                THEN coalesce(age, date_sub('year', birth_date, date)) END AS age,
            coalesce(method, '') AS method,
            coalesce(value_text, '') AS value_text, coalesce(unit_text, '') AS unit_text,
            site, record,
            CASE WHEN status IN ({_words(CORRECTED)}) THEN 2
                WHEN status IN ({_words(PRELIMINARY)}) THEN 0 ELSE 1 END AS rank,
            CASE WHEN uln_first <= 0 THEN 'zero' WHEN uln_first IS NULL AND uln_given
                OR (uln_first > 0 AND limit_num IS NULL) THEN 'text' END AS uln_fault,
            {partial} AS partial,
            sex_text IS NOT NULL AND sex_text NOT IN
                ('m', 'male', 'man', 'f', 'female', 'woman', 'u', 'unknown', '') AS sex_fault,
            CASE WHEN fault = 'other test' OR test IS NULL THEN 'other test'
                WHEN specimen NOT IN ({_words(SPECIMENS)}) THEN 'other specimen'
                WHEN status IN ({_words(CANCELLED)}) THEN 'cancelled'
                WHEN subject IS NULL THEN 'subject missing'
                WHEN low_raw IS NULL THEN {lost}
                WHEN low_raw < 0 THEN 'impossible'
                WHEN fault IS NOT NULL THEN fault
                WHEN {beyond} OR (below AND high_raw <= 0) THEN 'impossible'
                WHEN date IS NULL AND date_text IS NOT NULL AND NOT partial
                    THEN 'date unreadable' END AS reason,
            CASE reason WHEN 'other test' THEN 'the test is "' || coalesce(named, '') || '"'
                WHEN 'other specimen' THEN 'the specimen is "' || specimen || '"'
                WHEN 'cancelled' THEN 'the status is "' || status || '"'
                WHEN 'subject missing' THEN 'the cell is blank'
                WHEN 'no value' THEN coalesce('the result is "' || value_text || '"', 'blank')
                WHEN 'impossible' THEN test || ' is "' || value_text || '"'
                    || coalesce(' ' || unit_text, '')
                WHEN 'unit missing' THEN test || ' has no unit'
                WHEN 'unit unknown' THEN 'the unit of ' || test || ' is "'
                    || coalesce(unit_text, 'the one in its name') || '"'
                WHEN 'date unreadable' THEN 'the date is "' || date_text || '"' END AS detail
        FROM ends"""
