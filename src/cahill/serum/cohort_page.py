"""The report of a screened cohort."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cahill.core.laboratory import REASONS
from cahill.results.page import Fact, Page, Picture, Script, Section, Table
from cahill.results.tables import format_number
from cahill.serum.cohort_frames import ALL_ARMS, date_text
from cahill.serum.cohort_pictures import (
    account_picture,
    dish_frame,
    dish_picture,
    migration_picture,
    waterfall_picture,
)
from cahill.serum.rules import Rule
from cahill.serum.wording import CARE_LONG

if TYPE_CHECKING:
    from cahill.serum.cohort import SerumScreen

ROWS = 500
"""Rows of a table on the page; the files hold all."""
COUNTED = (
    "Subjects that meet a rule, do not, or lack something the rule needs (undetermined). The share "
    "is of those decided, with the exact (Clopper-Pearson) 95 % interval."
)
HEADINGS = {"not_met": "not met", "low": "from", "high": "to", "because": "in numbers"}


def screen_page(result: "SerumScreen") -> Page:
    """Return the report's content."""
    sections = [
        Section("Rules", paragraphs=(CARE_LONG, COUNTED), tables=(_counts(result, ALL_ARMS),)),
        _dish_section(result),
    ]
    if result.least is None:
        sections += [*_gate_section(result), _subjects_section(result)]
    if (result.counts["arm"] != ALL_ARMS).any():
        sections.append(Section("Arms", paragraphs=(COUNTED,), tables=(_counts(result, ""),)))
    sections += [_change_section(result), _account_section(result), _method_section(result)]
    return Page(
        title=result.title,
        lead=result.summary(),
        facts=_facts(result),
        sections=tuple(sections),
        sources=result.sources,
        provenance=result.provenance,
        scripts=_scripts(result),
    )


def _facts(result: "SerumScreen") -> tuple[Fact, ...]:
    from cahill.serum.cohort import count_text

    facts = [Fact("Subjects", format_number(result.subjects))]
    for rule in result.rules:
        if rule is result.gated or rule.id == "hys-law-without-alp":
            met = count_text(result.total(rule, "met"))
            open_ = count_text(result.total(rule, "undetermined"))
            facts.append(Fact(rule.label, met, "met", f"{open_} undetermined"))
    excluded = format_number(result.rows_by("excluded"))
    rows = format_number(int(result.account["rows"].sum()))
    look = sum(result.to_look_at.values())
    facts.append(Fact("Rows excluded", excluded, f"of {rows}", f"{format_number(look)} to look at"))
    return tuple(facts)


def _counts(result: "SerumScreen", arm: str) -> Table:
    """Return the counts of one arm, or of each arm if none is named."""
    frame = result.counts.copy()
    for name in ("share", "low", "high"):
        frame[name] = 100.0 * frame[name].astype(float)
    frame = frame.rename(columns={"share": "share (%)", "low": "from (%)", "high": "to (%)"})
    if arm:
        frame = frame[frame["arm"] == arm].drop(columns="arm")
        return Table(frame, f"Subjects by rule, {arm}.", HEADINGS, sortable=True)
    return Table(frame[frame["arm"] != ALL_ARMS], "Subjects by rule and arm.", HEADINGS, True)


def _dish_section(result: "SerumScreen") -> Section:
    hint = ""
    if len(result.points):
        hint = " Point at a subject for its peaks; click it, or press Enter on it, for its course."
    return Section(
        "Peaks of ALT and bilirubin",
        paragraphs=(
            f"{result.dish.title} ({result.dish.label}). A quadrant is a place in the picture, not "
            "a rule with a window of days: the two peaks may be weeks apart, and alkaline "
            f"phosphatase plays no part.{hint}",
        ),
        pictures=(
            Picture(
                dish_picture(result),
                "Multiples on logarithmic axes; lines where the quadrants meet.",
                alt="Peak ALT against peak total bilirubin of every subject",
                name="edish",
                min_width=720,
            ),
        ),
    )


def _gate_section(result: "SerumScreen") -> list[Section]:
    """Return who would meet the gated rule without its gate, and why the gate excludes them."""
    if result.gated is None or result.findings.empty:
        return []
    own = result.findings[result.findings["rule"] == result.gated.label]
    met = int((own["outcome"] == "true").sum())
    gated = own[own["code"] == "ALP gate"]
    open_ = own[own["code"] == "ALP undetermined"]
    text = (
        f"With its gate of alkaline phosphatase {result.gated.label} is met by {met}; "
        f"{len(gated)} more would meet it without the gate, and {len(open_)} cannot be told for "
        "want of alkaline phosphatase."
    )
    shown = pd.concat([own[own["outcome"] == "true"], gated, open_])
    tables = (_finding_table(shown, "With and without the gate."),) if len(shown) else ()
    return [Section("With and without alkaline phosphatase", paragraphs=(text,), tables=tables)]


def _subjects_section(result: "SerumScreen") -> Section:
    kept = result.findings
    named = {rule.label for rule in result.rules if rule.kind not in ("ladder", "ratio")}
    met = kept[(kept["outcome"] == "true") & kept["rule"].isin(named)]
    open_ = kept[(kept["outcome"] == "undetermined") & kept["rule"].isin(named)]
    graded = kept[(kept["outcome"] == "true") & ~kept["rule"].isin(named)]
    tables = [
        _finding_table(met, "Biochemical criteria met."),
        _finding_table(graded, "Bands of ladders and patterns."),
        _finding_table(open_, "Undetermined, and for want of what."),
    ]
    return Section(
        "Subjects and reasons",
        paragraphs=("Values in the test's unit, with the limit each was compared with.",),
        tables=tuple(table for table in tables if len(table.frame)),
        notes=() if len(kept) == result.finding_total else (_partly(result),),
    )


def _partly(result: "SerumScreen") -> str:
    return (
        f"{format_number(len(result.findings))} of {format_number(result.finding_total)} findings "
        "are kept here: those met, excluded by a gate or undetermined. --findings-out writes all."
    )


def _finding_table(frame: pd.DataFrame, caption: str) -> Table:
    columns = ["subject", "arm", "rule", "outcome", "band", "because", "limit_source"]
    words = {"true": "met", "false": "not met"}
    shown = frame[columns].rename(columns={"limit_source": "limit from"})
    shown = shown.assign(outcome=shown["outcome"].replace(words)).sort_values(
        ["subject", "rule"], kind="stable"
    )
    if shown["outcome"].nunique() == 1:
        shown = shown.drop(columns="outcome")
    shown = shown.loc[:, [name for name in shown if shown[name].fillna("").ne("").any()]]
    if len(frame) > ROWS:
        caption = f"{caption} The first {ROWS:,} of {len(frame):,}."
    return Table(shown.head(ROWS), caption, HEADINGS, sortable=True)


def _change_section(result: "SerumScreen") -> Section:
    pictures = [
        Picture(migration_picture(result), "Subjects by band; orange moved up.", name="migration")
    ]
    if result.least is None:
        caption = "Bars from the largest to the smallest; colours are bands of the highest result."
        pictures.append(Picture(waterfall_picture(result), caption, name="waterfall"))
    return Section(
        "Change from baseline",
        paragraphs=(
            "Baseline is the result flagged as such, or the last one at or before the start of "
            "treatment. Bands are multiples of each row's own ULN, decided exactly.",
        ),
        pictures=tuple(pictures),
    )


def _account_section(result: "SerumScreen") -> Section:
    account = result.account.assign(meaning=[_meaning(x) for x in result.account["reason"]])
    tables = [Table(account, "Rows by what became of them.")]
    for frame, caption in ((result.excluded, "Excluded rows."), (result.remarks, "Doubts.")):
        if len(frame):
            rare = frame[frame["reason"] != "other test"] if "reason" in frame else frame
            shown = rare.head(ROWS)
            if len(shown) < len(frame):
                caption += f" {len(shown):,} of {len(frame):,}; the files hold more."
            tables.append(Table(shown, caption, sortable=True))
    return Section(
        "Every row accounted for",
        paragraphs=(
            "Evaluated, undetermined and excluded rows add up to the rows of the input. A subject "
            "may be decided although one of its rows is not.",
        ),
        pictures=(Picture(account_picture(result), "Rows of the input by fate.", name="rows"),),
        tables=tuple(table for table in tables if len(table.frame)),
        notes=result.notes,
    )


def _meaning(reason: str) -> str:
    own = {
        "limit missing": "no upper limit of normal: not evaluable as a multiple",
        "date missing": "no date: cannot be placed in a window",
        "no rule reads the test": "none of the rules asked for uses this test",
    }
    return {**REASONS, **own}.get(reason, "")


def _method_section(result: "SerumScreen") -> Section:
    rows = [_rule_row(rule) for rule in result.rules]
    return Section(
        "Rules as they were applied",
        paragraphs=(
            "Values and limits are whole millionths of the unit and compared exactly; a value such "
            'as "<5" decides only where both its ends agree; what is missing is never taken as not '
            "met.",
        ),
        tables=(Table(pd.DataFrame(rows), "Rules, criteria and sources.", sortable=True),),
    )


def _rule_row(rule: Rule) -> dict[str, object]:
    criteria = "; or ".join(map(str, rule.alternatives)) or "; ".join(map(str, rule.criteria))
    windowed = any(way.partner for way in rule.alternatives) and rule.kind != "quadrants"
    first, last = rule.window_days
    days = "same date" if first == last == 0 else f"{first} to {last} d"
    return {
        "rule": rule.label,
        "title": rule.title,
        "criteria": criteria,
        "window": days if windowed else "",
        "source": f"{rule.source}, {rule.locator}",
        "note": rule.note,
    }


def _scripts(result: "SerumScreen") -> tuple[Script, ...]:
    if result.points.empty:
        return ()
    frame = dish_frame(result)
    met = result.findings[result.findings["outcome"] == "true"]
    named = {rule.label for rule in result.rules if rule.kind not in ("ladder", "ratio")}
    rules = met[met["rule"].isin(named)].groupby("subject")["rule"].agg(", ".join)
    why = result.findings[result.findings["code"] == "ALP gate"]
    gates = why.groupby("subject")["because"].first()
    courses = dict(iter(result.courses.groupby("subject")))
    points = {
        str(row["point"]): {
            "lines": _lines(row, result, dict(rules.items()), dict(gates.items())),
            "course": _course(courses.get(row["subject"])),
        }
        for row in frame.to_dict("records")
    }
    time = "days since the start of treatment (or the first result)"
    return (Script("edish", {"time": time, "points": points}),)


def _lines(
    row: Mapping[Any, Any],
    result: "SerumScreen",
    rules: Mapping[Any, str],
    gates: Mapping[Any, str],
) -> list[str]:
    of = "baseline" if result.dish.needs_baseline else "ULN"
    lines = [f"{row['subject']} ({row['group']})"]
    for name, multiple, date in (
        ("ALT", row["x"], row["first_date"]),
        ("bilirubin", row["y"], row["second_date"]),
    ):
        on = f" on {text}" if (text := date_text(pd.Series([date]))[0]) else ""
        lines.append(f"peak {name} {format_number(float(multiple))} × {of}{on}")
    if row["subject"] in rules:
        lines.append(f"biochemical criteria met: {rules[row['subject']]}")
    if row["subject"] in gates:
        lines.append(gates[row["subject"]].partition(";")[0])
    return lines


def _course(own: pd.DataFrame | None) -> list[list[object]]:
    """Return test, day, multiple, date, value and limit of every result that can be drawn."""
    if own is None:
        return []
    shown = own[own["multiple"].gt(0) & np.isfinite(own["multiple"]) & own["date"].notna()]
    return [
        [
            str(row["test"]),
            (pd.Timestamp(row["date"]) - pd.Timestamp(row["start"])).days,
            round(float(row["multiple"]), 4),
            str(row["date"]),
            row["text"],
            f"{row['limit']:g}",
        ]
        for row in shown.to_dict("records")
    ]
