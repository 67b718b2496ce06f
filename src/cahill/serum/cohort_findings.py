"""Findings of rules that are decided one subject at a time, by the exact evaluator."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cahill.core.laboratory import LabResult, Person
from cahill.serum.evaluate import Evaluation, evaluate
from cahill.serum.findings import FINDING_COLUMNS
from cahill.serum.rules import Rule
from cahill.serum.verdicts import baselines_of, order

if TYPE_CHECKING:
    import pyarrow as pa

OUTCOME = {True: "true", False: "false", None: "undetermined"}


def evaluated_findings(rows: "pa.Table", rules: Sequence[Rule]) -> "pa.Table":
    """Evaluate rules on every subject of a table of results.

    Parameters
    ----------
    rows : pyarrow.Table
        With the columns of `cahill.core.laboratory.COLUMNS` that screens read.
    rules : sequence of Rule

    Returns
    -------
    pyarrow.Table
        With `FINDING_COLUMNS`.
    """
    import pyarrow as pa

    kinds = {"string": pa.string(), "date": pa.date32(), "int64": pa.int64()}
    schema = pa.schema([(name, kinds[kind]) for name, kind in FINDING_COLUMNS.items()])
    found = []
    for subject, own in _subjects(rows):
        results = [_result(row) for row in own]
        person = _person(own)
        base = {**baselines_of(results, person.treatment_start), **_flagged(own)}
        for rule in rules:
            said = evaluate(rule, results, person, baselines=base)
            found.append(_finding(subject, said))
    return pa.Table.from_pylist(found, schema=schema)


def _subjects(rows: "pa.Table") -> Iterator[tuple[str, list[dict[str, Any]]]]:
    ordered = rows.sort_by([("subject", "ascending"), ("row", "ascending")])
    own: list[dict[str, Any]] = []
    for batch in ordered.to_batches(max_chunksize=50_000):
        for row in batch.to_pylist():
            if own and row["subject"] != own[0]["subject"]:
                yield own[0]["subject"], own
                own = []
            own.append(row)
    if own:
        yield own[0]["subject"], own


def _result(row: Mapping[str, Any]) -> LabResult:
    return LabResult(
        test=row["test"],
        low=row["low"],
        high=row["high"],
        below=bool(row["below"]),
        above=bool(row["above"]),
        uln=row["uln"],
        uln_source=row["uln_source"] or "",
        date=row["date"],
        row=row["row"],
    )


def _person(own: Sequence[Mapping[str, Any]]) -> Person:
    sexes = {row["sex"] for row in own if row["sex"]}
    ages = [row["age"] for row in own if row["age"] is not None]
    starts = [row["treatment_start"] for row in own if row["treatment_start"]]
    return Person(
        sex=next(iter(sexes)) if len(sexes) == 1 else "",
        age=ages[0] if ages else None,
        treatment_start=min(starts, default=None),
    )


def _flagged(own: Sequence[Mapping[str, Any]]) -> dict[str, LabResult]:
    """Return the last result that the file flags as baseline, by test."""
    flagged = sorted((_result(row) for row in own if row["baseline_flag"]), key=order)
    return {item.test: item for item in flagged}


def _finding(subject: str, said: Evaluation) -> dict[str, Any]:
    finding: dict[str, Any] = {
        "subject": subject,
        "rule": said.rule,
        "version": said.version,
        "outcome": OUTCOME[said.outcome],
        "band": said.band or None,
        "reason": said.code,
    }
    for side, used in zip(("first", "second"), said.used):
        finding[f"{side}_date"] = used.result.date
        finding[f"{side}_test"] = used.result.test
        finding[f"{side}_value"] = used.result.low
        finding[f"{side}_limit"] = used.limit
    if said.used:
        finding["limit_source"] = said.used[0].limit_source or None
    return finding
