"""Expressions of DuckDB that read numbers and dates exactly, whatever type the column has.

A number becomes whole millionths. A text becomes the interval it states: "35.1", "<5", ">=1000",
"5-10", "35,1". Dates are read as written on the clock of the place; the zone is not applied.
"""

WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT")
FLOATS = ("FLOAT", "DOUBLE")
LARGEST = 1_000_000_000
"""Numbers from here on are not read. Below, the millionth nearest to a double is that of the
decimal text it was written as (15 digits), and no result of a person comes near."""

_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
INTERVAL = rf"^(<=|>=|<|>)?\s*({_NUMBER})(?:\s*-\s*({_NUMBER}))?$"
"""Sign, number, and the upper end of a range."""

SAS_EPOCH = "1960-01-01"
"""SAS counts days (dates) and seconds (datetimes) from this day."""


def micro(column: str, kind: str) -> str:
    """Return the expression of a column as whole millionths; null if it is no number.

    Parameters
    ----------
    column : str
        Expression.
    kind : str
        Its DuckDB type.
    """
    if kind in WHOLE:
        return f"CASE WHEN abs({column}) < {LARGEST} THEN {column}::BIGINT * 1000000 END"
    number = f"{column}::DOUBLE" if kind in FLOATS else f"try_cast({column} AS DOUBLE)"
    # NaN compares as the greatest number here, so that one test refuses it and infinity.
    return f"CASE WHEN abs({number}) < {LARGEST} THEN CAST(round({number} * 1e6) AS BIGINT) END"


def text(column: str, kind: str) -> str:
    """Return the expression of a column as text, null if blank; whole floats without a point."""
    if kind in FLOATS:
        whole = f"isfinite({column}) AND abs({column}) < 1e15 AND {column} = trunc({column})"
        return f"CASE WHEN {whole} THEN {column}::BIGINT::VARCHAR ELSE {column}::VARCHAR END"
    if kind.startswith("DECIMAL"):
        # Zeros at the end go only behind a point.
        shorter = f"regexp_replace({column}::VARCHAR, '(\\.\\d*?)0+$', '\\1')"
        return f"regexp_replace({shorter}, '\\.$', '')"
    return f"nullif(trim({column}::VARCHAR), '')"


def plain_number(column: str) -> str:
    """Return the expression of a text with plain signs, one decimal point and no blanks round it.

    A comma before one, two or more than three digits marks decimals; before three digits and a
    point it marks thousands; before three digits alone it could be either, and is left, so that
    no number is found.
    """
    signs = f"replace(replace(replace({column}, '≤', '<='), '≥', '>='), '–', '-')"
    thousands = rf"regexp_replace({signs}, '(\d),(\d{{3}}\.)', '\1\2', 'g')"
    decimals = rf"regexp_replace({thousands}, '(\d),(\d{{1,2}}|\d{{4,}})($|\s|-)', '\1.\2\3', 'g')"
    return f"CASE WHEN contains({column}, ',') THEN {decimals} ELSE {signs} END"


def date(column: str, kind: str, *, day_first: bool | None, sas: bool) -> str:
    """Return the expression of a column as a date; null if it does not parse.

    Parameters
    ----------
    column, kind : str
        Expression and its DuckDB type.
    day_first : bool, optional
        Order of day and month in dates with slashes; None if there are none.
    sas : bool
        Whether numbers are SAS dates.
    """
    if kind == "DATE":
        return column
    if kind.startswith("TIMESTAMP"):
        return f"CAST({column} AS DATE)"
    body = f"trim({column}::VARCHAR)"
    cases = [
        (f"{body} LIKE '____-__-__%'", f"try_cast(substr({body}, 1, 10) AS DATE)"),
        (
            rf"regexp_matches({body}, '^(19|20)\d{{6}}(\d{{4}}.*)?$')",
            f"try_cast(substr({body}, 1, 4) || '-' || substr({body}, 5, 2) || '-' "
            f"|| substr({body}, 7, 2) AS DATE)",
        ),
        (f"{body} LIKE '____/__/__%'", f"try_cast(replace(substr({body},1,10),'/','-') AS DATE)"),
        (
            rf"regexp_matches({body}, '^\d{{1,2}}[- ]?[A-Za-z]{{3}}[- ]?\d{{4}}')",
            rf"try_strptime(regexp_extract({body}, '^(\d+)[- ]?([A-Za-z]+)[- ]?(\d{{4}})', 1)"
            rf"||'-'||regexp_extract({body}, '([A-Za-z]+)', 1)"
            rf"||'-'||regexp_extract({body}, '(\d{{4}})', 1), '%d-%b-%Y')::DATE",
        ),
        (
            rf"regexp_matches({body}, '^\d{{1,2}}\.\d{{1,2}}\.\d{{4}}')",
            rf"try_strptime(regexp_extract({body}, '^[\d.]+'), '%d.%m.%Y')::DATE",
        ),
    ]
    if day_first is not None:
        order = "%d/%m/" if day_first else "%m/%d/"
        head = f"regexp_extract({body}, '^[0-9/]+')"
        cases.append((rf"regexp_matches({body}, '^\d+/\d+/\d{{4}}')", _slash(head, order + "%Y")))
        cases.append(
            (rf"regexp_matches({body}, '^\d+/\d+/\d{{2}}($|\s)')", _slash(head, order + "%y"))
        )
    if sas:
        day = f"CAST(try_cast({body} AS DOUBLE) AS BIGINT)"
        cases.append(
            (
                rf"regexp_full_match({body}, '-?\d{{1,5}}(\.0)?')",
                f"DATE '{SAS_EPOCH}' + CAST({day} AS INTEGER)",
            )
        )
        cases.append(
            (
                rf"regexp_full_match({body}, '\d{{9,10}}(\.0)?')",
                f"DATE '{SAS_EPOCH}' + CAST(floor({day} / 86400) AS INTEGER)",
            )
        )
    joined = " ".join(f"WHEN {test} THEN {value}" for test, value in cases)
    return f"CASE {joined} END"


def _slash(head: str, form: str) -> str:
    return f"try_strptime({head}, '{form}')::DATE"


def clock(column: str, kind: str, *, day: str, sas: bool) -> str:
    """Return the expression of a column as a timestamp; null if it states no time of day.

    Parameters
    ----------
    column, kind : str
        Expression and its DuckDB type.
    day : str
        Expression of the same column as a date.
    sas : bool
        Whether numbers are SAS datetimes.
    """
    if kind == "DATE":
        return "NULL::TIMESTAMP"
    if kind.startswith("TIMESTAMP"):
        return f"CAST({column} AS TIMESTAMP)"
    body = f"trim({column}::VARCHAR)"
    colon = rf"regexp_extract({body}, '[T ](\d{{1,2}}:\d{{2}}(:\d{{2}}(\.\d{{1,6}})?)?)', 1)"
    joined = f"regexp_extract({body}, '^\\d{{8}}(\\d{{4,6}})', 1)"
    digits = (
        f"substr({joined},1,2)||':'||substr({joined},3,2)||':'||"
        f"CASE WHEN length({joined})=6 THEN substr({joined},5,2) ELSE '00' END"
    )
    cases = [
        (f"contains({body}, ':')", f"try_cast(({day})::VARCHAR || ' ' || {colon} AS TIMESTAMP)"),
        (
            rf"regexp_matches({body}, '^(19|20)\d{{10}}')",
            f"try_cast(({day})::VARCHAR || ' ' || {digits} AS TIMESTAMP)",
        ),
    ]
    if sas:
        cases.append(
            (
                rf"regexp_full_match({body}, '\d{{9,10}}(\.0)?')",
                f"TIMESTAMP '{SAS_EPOCH}' + to_seconds(try_cast({body} AS DOUBLE))",
            )
        )
    joined_cases = " ".join(f"WHEN {test} THEN {value}" for test, value in cases)
    return f"CASE {joined_cases} END"
