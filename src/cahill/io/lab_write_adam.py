"""Findings as flags on an ADaM ADLB-shaped table: one row a result, one pair of columns a rule.

CRITy names the rule ("id@version"). CRITyFL is "Y" on the results that decide a rule that is met,
"N" on the other results of a subject for whom the rule is decided, and blank where it is
undetermined. ANL01FL is "Y" on results that decide any rule that is met.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from cahill.core.laboratory import MICRO, TESTS
from cahill.errors import InputError
from cahill.io.lab_write_results import CDISC_CODES, save_table
from cahill.io.lab_write_text import value_parts

if TYPE_CHECKING:
    import pyarrow as pa

_MOST_RULES = 99
"""ADaM numbers criteria with one or two digits."""


def write_adam(findings: "pa.Table", results: "pa.Table", path: Path) -> None:
    """Write results with the flags of the rules.

    Parameters
    ----------
    findings : pyarrow.Table
    results : pyarrow.Table
        With the columns of `cahill.core.laboratory.COLUMNS`.
    path : Path
        CSV, or SAS transport if it ends with .xpt.

    Raises
    ------
    InputError
        If there are more rules than ADaM has criteria for.
    """
    rows = findings.to_pylist()
    rules = sorted({f"{row['rule']}@{row['version']}" for row in rows})
    if len(rules) > _MOST_RULES:
        raise InputError(f"ADaM has {_MOST_RULES} criteria a table, and there are {len(rules)}")
    decided: dict[tuple[str, str], str] = {}
    deciding: set[tuple[Any, ...]] = set()
    for row in rows:
        rule = f"{row['rule']}@{row['version']}"
        decided[row["subject"], rule] = row["outcome"]
        if row["outcome"] == "true":
            for place in ("first", "second"):
                test, day = row.get(f"{place}_test"), row.get(f"{place}_date")
                if test is not None:
                    value = row.get(f"{place}_value")
                    deciding.add((row["subject"], rule, test, day or row["first_date"], value))
    lines = []
    for batch in results.to_batches(max_chunksize=50_000):
        for row in batch.to_pylist():
            line = _result(row)
            flags = [_flag(row, rule, decided, deciding) for rule in rules]
            line["ANL01FL"] = "Y" if "Y" in flags else ""
            for number, (rule, flag) in enumerate(zip(rules, flags, strict=True), start=1):
                line[f"CRIT{number}"] = rule
                line[f"CRIT{number}FL"] = flag
            lines.append(line)
    save_table(path, lines)


def _flag(
    row: dict[str, Any],
    rule: str,
    decided: dict[tuple[str, str], str],
    deciding: set[tuple[Any, ...]],
) -> str:
    outcome = decided.get((row["subject"], rule), "undetermined")
    if outcome == "undetermined":
        return ""
    return "Y" if (row["subject"], rule, row["test"], row["date"], row["low"]) in deciding else "N"


def _result(row: dict[str, Any]) -> dict[str, object]:
    name, unit = TESTS[row["test"]]
    exact = row["low"] == row["high"]

    def number(key: str) -> float | None:
        return None if row[key] is None else row[key] / MICRO

    def day(key: str) -> str:
        return "" if row[key] is None else row[key].isoformat()

    return {
        "USUBJID": row["subject"],
        "TRTA": row["arm"] or "",
        "SEX": {"male": "M", "female": "F"}.get(row["sex"], "U"),
        "AGE": None if row["age"] is None else float(row["age"]),
        "PARAMCD": CDISC_CODES.get(row["test"], row["test"]),
        "PARAM": f"{name[0].upper()}{name[1:]} ({unit})",
        "AVAL": number("low") if exact else None,
        "AVALC": "".join(value_parts(row)),
        "A1LO": number("lln"),
        "A1HI": number("uln"),
        "R2A1HI": row["low"] / row["uln"] if exact and row["uln"] else None,
        "ADT": day("date"),
        "ADY": None if row["study_day"] is None else float(row["study_day"]),
        "AVISIT": row["visit"] or "",
        "ABLFL": "Y" if row["baseline_flag"] else "",
        "TRTSDT": day("treatment_start"),
        "TRTEDT": day("treatment_end"),
    }
