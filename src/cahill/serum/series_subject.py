"""One subject's results out of a table of many, in time, with the baseline they are compared to."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from cahill.core.laboratory import COLUMNS, TESTS, LabResult, Person
from cahill.errors import InputError
from cahill.serum.verdicts import baselines_of, order

if TYPE_CHECKING:
    from cahill.io.lab import LabTable

ELSEWHERE = ("other test", "other specimen")
NOON = dt.time(12)
"""Stands for the time of a result with a date only; it is right to half a day."""


@dataclass(frozen=True)
class Subject:
    """A subject's results.

    Parameters
    ----------
    name : str
        As the file (or a pseudonym) has it; never in an error or a log.
    results : tuple of LabResult
        By date, time and row; undated ones last.
    person : Person
    baselines : mapping of str to LabResult
        By test; a test without one is absent.
    baseline_from : str
        How they were found, in words.
    visits : mapping of int to str
        Visit by row of the input.
    excluded : tuple of (int, str, str)
        Row, reason (of `core.laboratory.REASONS`) and detail of the subject's results that no rule
        reads, without those of other tests.
    notes : tuple of str
    """

    name: str
    results: tuple[LabResult, ...]
    person: Person
    baselines: Mapping[str, LabResult]
    baseline_from: str
    visits: Mapping[int, str] = field(default_factory=dict)
    excluded: tuple[tuple[int, str, str], ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def tests(self) -> tuple[str, ...]:
        """Tests with results, in the order of `TESTS`."""
        found = {item.test for item in self.results}
        return tuple(name for name in TESTS if name in found)

    @property
    def dated(self) -> tuple[LabResult, ...]:
        """Results with a date, in time."""
        return tuple(item for item in self.results if item.date is not None)

    @property
    def origin(self) -> dt.datetime | None:
        """Time of the first result; hours are counted from it."""
        return min((moment(item) for item in self.dated), default=None)

    def hours(self, result: LabResult) -> float:
        """Return the time of a dated result, h after the first."""
        assert self.origin is not None
        return (moment(result) - self.origin).total_seconds() / 3600.0


def moment(result: LabResult) -> dt.datetime:
    """Return when a dated result was drawn; noon if only its date is known."""
    assert result.date is not None
    return result.time or dt.datetime.combine(result.date, NOON)


def subject_of(table: "LabTable", name: str = "", baseline: str = "recorded") -> Subject:
    """Return one subject's results.

    Parameters
    ----------
    table : LabTable
    name : str
        The subject; may be left out if the table has one only.
    baseline : str
        "recorded": flagged by the file, else the last result on or before the start of treatment;
        "first": the first dated result of each test; or a date, such as 2024-03-01.

    Raises
    ------
    InputError
        If the subject is not there, must be named, or the baseline cannot be read. No message
        names a subject.
    """
    rows = _rows(table, name)
    if not rows:
        fault = "has no result that can be read" if not name else "has no result of that subject"
        raise InputError(f"{table.name}: {fault}; check --subject and the excluded rows")
    results = tuple(sorted(map(_result, rows), key=order))
    starts = sorted({row["treatment_start"] for row in rows if row["treatment_start"]})
    sexes = {row["sex"] for row in rows if row["sex"]}
    ages = [row["age"] for row in rows if row["age"] is not None]
    person = Person(
        sex=next(iter(sexes)) if len(sexes) == 1 else "",
        age=ages[0] if ages else None,
        treatment_start=starts[0] if starts else None,
    )
    flagged = {row["row"] for row in rows if row["baseline_flag"]}
    baselines, how = _baselines(results, flagged, person.treatment_start, baseline)
    visits = {row["row"]: row["visit"] for row in rows if row["visit"]}
    own = rows[0]["subject"]
    excluded = tuple(
        (row["row"], row["reason"], row["detail"])
        for row in table.excluded.to_pylist()
        if row["subject"] == own and row["reason"] not in ELSEWHERE
    )
    notes = _notes(results, len(starts), sexes)
    return Subject(own, results, person, baselines, how, visits, excluded, notes)


def renamed(subject: Subject, name: str) -> Subject:
    """Return the subject under another name."""
    return replace(subject, name=name)


def duplicates(results: Sequence[LabResult]) -> dict[tuple[str, dt.datetime], list[LabResult]]:
    """Return results of one test at one time (or date, without times) where they are several."""
    grouped: dict[tuple[str, dt.datetime], list[LabResult]] = {}
    for item in results:
        if item.date is not None:
            grouped.setdefault((item.test, moment(item)), []).append(item)
    return {key: items for key, items in grouped.items() if len(items) > 1}


def _rows(table: "LabTable", name: str) -> list[dict]:
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    large = isinstance(table.table, Path)
    if not name:
        subjects = pq.read_table(table.table, columns=["subject"]) if large else table.table
        names: pa.Table = subjects  # pyright: ignore[reportAssignmentType]
        known = names.column("subject").unique().to_pylist()
        if len(known) > 1:
            raise InputError(f"{table.name}: {len(known):,} subjects; name one with --subject")
        if not known:
            return []
        name = known[0]
    if large:
        own = pq.read_table(table.table, filters=[("subject", "==", name)])
    else:
        whole: pa.Table = table.table  # pyright: ignore[reportAssignmentType]
        own = whole.filter(pc.equal(whole.column("subject"), name))  # pyright: ignore[reportAttributeAccessIssue]
    return own.select(list(COLUMNS)).to_pylist()


def _result(row: Mapping) -> LabResult:
    return LabResult(
        row["test"],
        row["low"],
        row["high"],
        below=bool(row["below"]),
        above=bool(row["above"]),
        uln=row["uln"],
        lln=row["lln"],
        uln_source=row["uln_source"] or "",
        date=row["date"],
        time=row["time"],
        row=row["row"] or 0,
        text=row["value_text"] or "",
        unit=row["unit_text"] or "",
    )


def _baselines(
    results: Sequence[LabResult], flagged: set[int], start: dt.date | None, wanted: str
) -> tuple[dict[str, LabResult], str]:
    """Return the baseline of each test, and where it comes from in words."""
    dated = [item for item in results if item.date is not None]
    if wanted == "first":
        return {
            item.test: item for item in reversed(dated)
        }, "the first dated result (asked for; that it shows the resting state is assumed)"
    if wanted == "recorded":
        marked = {item.test: item for item in results if item.row in flagged}
        if marked:
            return marked, "the result that the file marks as baseline"
        early = baselines_of(results, start)
        if early:
            return early, "the last result on or before the start of treatment"
        return {}, ""
    try:
        day = dt.date.fromisoformat(wanted)
    except ValueError:
        raise InputError(
            f'--baseline "{wanted}": write recorded, first or a date such as 2024-03-01'
        ) from None
    chosen = {item.test: item for item in dated if item.date == day}
    if not chosen:
        raise InputError(f"--baseline {day}: there is no result on that date")
    return chosen, f"the result of {day} (asked for)"


def _notes(results: Sequence[LabResult], starts: int, sexes: set[str]) -> tuple[str, ...]:
    notes = []
    undated = [item for item in results if item.date is None]
    if undated:
        rows = ", ".join(str(item.row) for item in undated[:10])
        notes.append(
            f"{_counted(len(undated), 'result')} without a date (row {rows}) cannot be placed in "
            "time; they are listed and take no part in the course."
        )
    several = duplicates(results)
    if several:
        first = min(several, key=lambda key: key[1])
        rows = ", ".join(str(item.row) for item in several[first])
        notes.append(
            f"{_counted(len(several), 'time')} with several results of one test (first: "
            f"{first[0]} on {first[1].date()}, rows {rows}); all are kept and shown."
        )
    if results and all(item.time is None for item in results):
        notes.append(
            "Results have dates without times; they are placed at noon, so that a time between two "
            "of them is known to a day only."
        )
    if starts > 1:
        notes.append("Rows give several dates of the start of treatment; the first is taken.")
    if len(sexes) > 1:
        notes.append("Rows give both sexes; rules that need the sex are undetermined.")
    units = {item.unit.casefold() for item in results if item.test == "ALT"}
    if len(units) > 1:
        notes.append("ALT was reported in several units; all were brought to U/L.")
    return tuple(notes)


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
