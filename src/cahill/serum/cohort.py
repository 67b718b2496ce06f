"""A trial or cohort under rules on serum tests: who meets which, why, and what became of every row.

The rules are decided by the screens (whole numbers, three outcomes); this module runs them, sums
them up and keeps what a report shows. Large cohorts stay in the engine: only counts, the findings
worth naming and as many points as a picture can show come out.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
from matplotlib.figure import Figure

from cahill.results.base import Result
from cahill.results.page import Page
from cahill.results.tables import format_number
from cahill.serum.rules import Rule
from cahill.serum.wording import CARE

if TYPE_CHECKING:
    from cahill.io.lab import LabTable

DEFAULT_RULES = (
    "hys-law@FDA-2009",
    "hys-law-without-alp@FDA-2009",
    "hys-law-listing@FDA-2009",
    "edish@2008",
    "mdish@baseline",
    "dili-case@Aithal-2011",
    "fda-triggers@2009",
    "nash-baseline@2011",
    "iq-dili-baseline@2019",
    "ctcae-alt@4.03",
    "ctcae-alt@5.0",
    "ctcae-alt@6.0",
    "persistence@6-months",
)
"""Rules of a screen that asks for none; all of them hold at any size of cohort."""
LOOK = ("no value", "unit missing", "unit unknown", "impossible", "date unreadable")
LOOK = (*LOOK, "subject missing", "limit missing", "date missing")
"""Reasons for which somebody should look at the input; other rows are left out by design."""
FINISHED_WITH_DOUBTS = 3
"""Exit status of a screen that ran to its end, with rows that somebody should look at."""


@dataclass(frozen=True, kw_only=True)
class SerumScreen(Result):
    """What rules say of every subject of a cohort.

    Attributes
    ----------
    name : str
        Of the input.
    rules : tuple of Rule
    dish : Rule
        Whose quadrants are drawn.
    subjects : int
    account : pandas.DataFrame
        fate, reason and rows: every row of the input once.
    remarked : mapping of str to int
        Doubts about rows, by kind.
    counts : pandas.DataFrame
        Subjects by rule and arm, with the exact 95 % interval of the share that meets it.
    reasons : pandas.DataFrame
        Subjects by rule, outcome and reason.
    findings : pandas.DataFrame
        A row for every subject and rule, values in the tests' units; of a large cohort only those
        met, excluded by a gate or undetermined. Empty if small counts are suppressed.
    finding_total : int
        How many findings there are.
    points, density, quadrants
        The eDISH plot: see `cohort_tables.peak_points`.
    courses : pandas.DataFrame
        Results of the subjects whose course the report can show.
    migration : pandas.DataFrame
        group, baseline, worst, count.
    bars : pandas.DataFrame
        Of the waterfall; empty if small counts are suppressed.
    excluded, remarks : pandas.DataFrame
        Rows of the input, by name, with what was found.
    least : int, optional
        Smallest count shown.
    """

    name: str
    rules: tuple[Rule, ...]
    dish: Rule
    subjects: int
    account: pd.DataFrame
    remarked: Mapping[str, int] = field(default_factory=dict)
    counts: pd.DataFrame
    reasons: pd.DataFrame
    findings: pd.DataFrame
    finding_total: int
    points: pd.DataFrame
    density: pd.DataFrame
    quadrants: Mapping[str, int | str]
    courses: pd.DataFrame
    migration: pd.DataFrame
    bars: pd.DataFrame
    excluded: pd.DataFrame
    remarks: pd.DataFrame
    least: int | None = None

    @property
    def title(self) -> str:
        """Heading of the report."""
        return f"Liver tests of {self.name}"

    @property
    def gated(self) -> Rule | None:
        """The first rule with a gate, if any."""
        return next((one for one in self.rules if any(w.gate for w in one.alternatives)), None)

    @property
    def to_look_at(self) -> dict[str, int]:
        """Rows that somebody should look at, by reason."""
        own = self.account[self.account["reason"].isin(LOOK)]
        found = own.groupby("reason", sort=False)["rows"].sum()
        return {**{str(k): int(n) for k, n in found.items()}, **self.remarked}

    @property
    def exit_status(self) -> int:
        """0, or 3 if the screen ran to its end with rows that somebody should look at."""
        return FINISHED_WITH_DOUBTS if self.to_look_at else 0

    def rows_by(self, fate: str) -> int:
        """Return how many rows of the input were "evaluated", "undetermined" or "excluded"."""
        return int(self.account.loc[self.account["fate"] == fate, "rows"].sum())

    def total(self, rule: Rule, column: str) -> int | str:
        """Return a count of a rule over all arms; a text where it is suppressed."""
        own = self.counts[self.counts["rule"] == rule.label]
        value = own[column].iloc[-1]
        return value if isinstance(value, str) else int(value)

    def lines(self) -> list[str]:
        """Return what a terminal shows above the summary: a line a rule."""
        width = max(len(rule.label) for rule in self.rules)
        found = []
        for rule in self.rules:
            met, unmet, open_ = (
                count_text(self.total(rule, name)) for name in ("met", "not_met", "undetermined")
            )
            words = f"{met} met, {unmet} not met, {open_} undetermined"
            found.append(f"{rule.label:{width}}  {words}")
        return found

    def summary(self) -> str:
        """Return subjects, rows by fate, the gated rule, and what somebody should look at."""
        rows = int(self.account["rows"].sum())
        fates = ", ".join(
            f"{format_number(self.rows_by(fate))} {fate}"
            for fate in ("evaluated", "undetermined", "excluded")
        )
        parts = [f"{_counted(self.subjects, 'subject')}, {_counted(rows, 'row')}: {fates}."]
        if self.gated is not None:
            parts.append(
                f"Biochemical criteria of {self.gated.label} met by "
                f"{count_text(self.total(self.gated, 'met'))}, undetermined in "
                f"{count_text(self.total(self.gated, 'undetermined'))}."
            )
        if self.to_look_at:
            found = ", ".join(f"{format_number(n)} {name}" for name, n in self.to_look_at.items())
            parts.append(f"Rows to look at: {found} (exit status {FINISHED_WITH_DOUBTS}).")
        return " ".join([*parts, CARE])

    def to_frame(self) -> pd.DataFrame:
        """Return the findings, or the counts if findings of single subjects are not shown."""
        return self.counts if self.least is not None else self.findings

    def tables(self) -> Mapping[str, pd.DataFrame]:
        """Return findings, counts, the account of rows, and what the pictures are drawn from."""
        frames = {
            "counts": self.counts,
            "reasons": self.reasons,
            "rows": self.account,
            "migration": self.migration,
        }
        if self.least is not None:
            return frames
        return {
            "results": self.findings,
            **frames,
            "peaks": self.points,
            "changes": self.bars,
            "excluded": self.excluded,
            "remarks": self.remarks,
        }

    def plot(self) -> Figure:
        """Draw peak ALT against peak bilirubin."""
        from cahill.serum.cohort_pictures import dish_picture

        return dish_picture(self)

    def page(self) -> Page:
        """Return the report's content."""
        from cahill.serum.cohort_page import screen_page

        return screen_page(self)


def screen_cohort(
    lab: "LabTable",
    rules: Sequence[Rule],
    *,
    dish: Rule,
    engine: str = "duckdb",
    memory: str | None = None,
    key: bytes | None = None,
    least: int | None = None,
    findings_out: Path | None = None,
    options: Mapping[str, object] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> SerumScreen:
    """Screen a table of results by rules.

    Parameters
    ----------
    lab : LabTable
    rules : sequence of Rule
    dish : Rule
        Of kind "quadrants"; it is evaluated as well if it is not among the rules.
    engine : {"duckdb", "spark"}
        Decides the rules; the summing up is always DuckDB's.
    memory : str, optional
        Most that the engine may hold, such as "2GB".
    key : bytes, optional
        Of pseudonyms, which then stand for subjects everywhere.
    least : int, optional
        Smallest count of subjects to show; nothing about single subjects is shown then.
    findings_out : Path, optional
        File for all findings: .parquet, .csv, .ndjson (FHIR) or .xpt (ADaM flags).
    options : mapping, optional
        To record.
    progress : callable, optional

    Raises
    ------
    InputError
        If an option cannot be used.
    """
    from cahill.io.references import format_reference
    from cahill.results.provenance import collect_provenance
    from cahill.serum.cohort_run import run_screen

    rules = tuple(dict.fromkeys((*rules, dish)))
    parts = run_screen(
        lab, rules, dish, engine, memory, key, least, findings_out, progress or (lambda *_: None)
    )
    keys = dict.fromkeys(rule.source for rule in rules)
    hashed = {path.name: path for path in lab.paths if path.stat().st_size < 2**28}
    return SerumScreen(
        name=lab.name,
        rules=rules,
        dish=dish,
        least=least,
        notes=(*lab.notes, *_notes(rules, lab, key, least)),
        sources=tuple(format_reference(one) for one in keys),
        provenance=collect_provenance(hashed, {**(options or {}), "engine": engine}),
        **parts,
    )


def _notes(
    rules: Sequence[Rule], lab: "LabTable", key: bytes | None, least: int | None
) -> tuple[str, ...]:
    notes = [
        f"Rule {rule.key} was changed: {'; '.join(rule.changes)}." for rule in rules if rule.changes
    ]
    unchecked = [rule.key for rule in rules if not rule.wording_checked]
    if unchecked:
        notes.append(f"Wording not yet compared with the original: {', '.join(unchecked)}.")
    if key is not None:
        notes.append("Subjects are pseudonyms; dates, arms and values are as they were.")
    if least is not None:
        notes.append(f"Counts of subjects from 1 to {least - 1} and single subjects are not shown.")
    large = [path.name for path in lab.paths if path.stat().st_size >= 2**28]
    if large:
        notes.append(f"Too large to hash for the record: {', '.join(large)}.")
    return tuple(notes)


def _counted(number: int, noun: str) -> str:
    return f"{format_number(number)} {noun}{'' if number == 1 else 's'}"


def count_text(count: int | str) -> str:
    """Return a count as a reader sees it, suppressed ones as they stand."""
    return count if isinstance(count, str) else format_number(count)
