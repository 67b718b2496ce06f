"""Hy's law on the CDISC pilot extract: hep-explorer's and admiral's rule beside ours.

Written anew from what the programs do (their code is not used):

- hep-explorer 1.x: a participant without a numeric result of any of ALT, AST, ALP and bilirubin is
  dropped; the greatest ALT / ULN and the greatest bilirubin / ULN, whenever they were, decide at
  >= 3 and >= 2; alkaline phosphatase does not.
- admiral, template ADLBHY: a date with ALT or AST / ULN >= 3, and a bilirubin / ULN >= 2 at most
  14 days later; alkaline phosphatase is not read; a subject without results is "N". The template
  joins on the study day as well, so that only the same day counts; both are shown.

Both divide in floating point.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from cahill.core.laboratory import MICRO, micro_text
from cahill.io.lab import read_lab
from cahill.serum.engines import fetch, load_results, open_engine
from cahill.serum.findings import reason_words
from cahill.serum.rules import find_rule
from cahill.serum.screens import screen

OURS = ("hys-law@FDA-2009", "hys-law-without-alp@FDA-2009", "edish@2008")
Course = Mapping[str, list[tuple[dt.date, float, float]]]
"""By test: date, value, limit."""


def pilot(path: Path) -> str:
    """Return the comparison as text."""
    read = read_lab(path)
    rows = read.arrow().to_pylist()
    courses: dict[str, dict[str, list]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        if row["uln"]:
            entry = (row["date"], row["low"] / MICRO, row["uln"] / MICRO)
            courses[row["subject"]][row["test"]].append(entry)
    answers = {
        "hep-explorer": {who for who, course in courses.items() if hep_explorer(course)},
        "admiral (same study day)": {who for who, c in courses.items() if admiral(c, 0)},
        "admiral (14 days)": {who for who, c in courses.items() if admiral(c, 14)},
    }
    findings = ours(read.arrow())
    for key in OURS:
        answers[f"ours, {key}"] = {
            who for who, found in findings[key].items() if found["outcome"] == "true"
        }
    lines = [f"{path.name}: {read.counts['input']} rows, {len(courses)} subjects"]
    lines += [f"  {name}: {len(who)} meet it" for name, who in answers.items()]
    every = set().union(*answers.values())
    for who in sorted(every):
        meets = [name for name, subjects in answers.items() if who in subjects]
        if len(meets) == len(answers):
            continue
        lines.append(f"  they differ on {who}, who meets {'; '.join(meets)}")
        for key in OURS:
            lines.append(f"    {key}: {_why(findings[key][who], courses[who])}")
    return "\n".join(lines)


def hep_explorer(course: Course) -> bool:
    """Return whether a participant lies in hep-explorer's upper right quadrant."""
    if any(not course.get(test) for test in ("ALT", "AST", "ALP", "TBL")):
        return False
    peaks = {test: max(v / u for _, v, u in course[test]) for test in ("ALT", "TBL")}
    return peaks["ALT"] >= 3 and peaks["TBL"] >= 2


def admiral(course: Course, days: int) -> bool:
    """Return whether a subject has admiral's HYSLAW flag."""
    high = [date for test in ("ALT", "AST") for date, v, u in course.get(test, ()) if v / u >= 3]
    yellow = [date for date, v, u in course.get("TBL", ()) if v / u >= 2]
    return any(0 <= (second - first).days <= days for first in high for second in yellow)


def ours(table) -> dict[str, dict[str, dict]]:
    """Return our findings by rule and subject."""
    found: dict[str, dict[str, dict]] = {key: {} for key in OURS}
    with open_engine("duckdb", threads=1) as engine:
        results = load_results(engine, table)
        rules = [find_rule(key) for key in OURS]
        for finding in fetch(engine, screen(results, rules)).to_pylist():
            key = f"{finding['rule']}@{finding['version']}"
            found[key][finding["subject"]] = finding
    return found


def _why(finding: Mapping, course: Course) -> str:
    """Return a finding in words, with the results that decide."""
    words = f"{finding['outcome']}, {reason_words(finding['reason'])}"
    for place in ("first", "second"):
        test, value = finding[f"{place}_test"], finding[f"{place}_value"]
        if test:
            limit = finding[f"{place}_limit"]
            ratio = f" = {value / limit:.2f} x {micro_text(limit)}" if limit else ""
            words += f"; {test} {micro_text(value)}{ratio} on {finding[f'{place}_date']}"
    if finding["reason"] == "ALP gate":
        day = finding["first_date"]
        seen = [v / u for date, v, u in course["ALP"] if date == day]
        words += f"; ALP {', '.join(f'{x:.2f}' for x in seen)} x ULN that day"
    return words
