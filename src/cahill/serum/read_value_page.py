"""The lines, the picture and the report of a reading of one value."""

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pandas as pd

from cahill.core.laboratory import MICRO, TESTS, LabResult
from cahill.results.page import Fact, Page, Picture, Section, Table
from cahill.serum.read_value_rules import criteria_words
from cahill.serum.read_value_words import (
    LIMITED,
    elevated,
    limit_words,
    multiple_sentence,
    times_limit,
    value_words,
)
from cahill.serum.rules import Branch, Step
from cahill.serum.wording import CARE_LONG, outcome_words

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from cahill.results.theme import ThemeName
    from cahill.serum.read_value import RuleReading, SerumReading

HEADS = {
    "ladders": "Ladders (a band means nothing without its ladder)",
    "ratios and scores": "Ratios and scores",
    "criteria": "Criteria",
    "course": "Course",
}
DISAGREE = "Ladders differ: the same value has another name on another one."


def reading_lines(reading: "SerumReading") -> list[str]:
    """Return the reading in full, a line each."""
    lines = [multiple_sentence(result) for result in reading.results.values()]
    lines += [
        f"Baseline: {result.test} {value_words(result)}, upper limit {limit_words(result)}"
        for result in reading.baselines.values()
    ]
    width = max(len(item.rule.key) for item in reading.readings)
    for group, head in HEADS.items():
        members = reading.of_group(group)
        if members:
            lines += ["", head]
        lines += [f"  {item.rule.key:{width}}  {rule_words(item)}" for item in members]
    for item in reading.explained:
        lines += ["", f"{item.rule.key} step by step ({item.rule.title})"]
        lines += [f"  {k}. {text}" for k, text in enumerate(item.evaluation.steps, 1)]
    lines += ["", *([reading.causes] if reading.causes else []), *reading.remarks, *reading.notes]
    return [*lines, ""]


def rule_words(item: "RuleReading") -> str:
    """Return what a rule comes to, and what it needs if it is undetermined."""
    evaluation = item.evaluation
    if evaluation.outcome is None:
        words = evaluation.band or "undetermined"
        return f"{words}; to decide: {', '.join(item.needed) or evaluation.reason}"
    if item.rule.kind in ("ratio", "score"):
        # A rule without bands has a floor alone, which says no more than that there is a value.
        words = (evaluation.band or evaluation.reason) if item.rule.branches else ""
        value = "" if evaluation.value is None else f"{evaluation.value:.4g}"
        return ", ".join(part for part in (value, words) if part)
    if item.rule.kind == "ladder":
        return evaluation.band
    if item.rule.kind == "change":
        place = f"a {evaluation.band} beyond" if evaluation.outcome else "within"
        return f"{place} the variation of repeated measurements"
    words = outcome_words(evaluation.outcome)
    return f"{words} ({evaluation.band})" if evaluation.band else words


def ladder_frame(reading: "SerumReading") -> pd.DataFrame:
    """Return the bands of every ladder of ALT as the picture takes them, in U/L."""
    rows = []
    for item in reading.of_group("ladders"):
        if item.rule.tests == ("ALT",):
            rows += list(_ladder_rows(item, reading))
    return pd.DataFrame(rows)


def reading_picture(reading: "SerumReading", theme: "ThemeName" = "light") -> "Figure":
    """Draw the value on every ladder of ALT."""
    from cahill.results.ladder_strip import ladder_strip

    alt = reading.alt
    high = math.inf if alt.high is None else alt.high / MICRO
    return ladder_strip(
        ladder_frame(reading),
        value=(alt.low / MICRO, high),
        value_text=f"ALT {value_words(alt)}",
        unit=TESTS["ALT"][1],
        limit=None if alt.uln is None else alt.uln / MICRO,
        title="ALT on ladders of bands",
        subtitle=DISAGREE,
        theme=theme,
    )


def reading_page(reading: "SerumReading") -> Page:
    """Return the report."""
    frame = reading.to_frame()
    picture = Picture(
        reading_picture(reading), f"{multiple_sentence(reading.alt)}. {DISAGREE}", name="ladders"
    )
    sections = [
        Section("Ladders", (CARE_LONG,), (picture,), notes=reading.notes),
        Section("Values", tables=(Table(reading.values()),)),
        Section("Rules", (_open_words(reading),), tables=(_rule_table(frame),)),
    ]
    sections += [
        Section(f"Step by step: {item.rule.key}", (item.rule.title, *item.evaluation.steps))
        for item in reading.explained
    ]
    causes = (reading.causes,) if reading.causes else ()
    sections.append(Section("Before concluding", (*causes, *reading.remarks)))
    sections.append(Section("Where the rules come from", tables=(_source_table(reading),)))
    return Page(
        title=reading.title,
        lead=reading.summary(),
        sections=tuple(sections),
        facts=tuple(_facts(reading)),
        sources=reading.sources,
        provenance=reading.provenance,
    )


def _facts(reading: "SerumReading") -> Iterator[Fact]:
    for result in reading.results.values():
        if result.test not in LIMITED:
            continue
        times = times_limit(result)
        if not times:
            yield Fact(result.test, value_words(result), beside="no upper limit: not evaluable")
            continue
        # The fraction behind a rounded multiple stands in the table of values.
        short = times.partition(" (")[0].removeprefix("about ")
        limit = f"upper limit {limit_words(result)}"
        yield Fact(f"{result.test} {value_words(result)}", short, unit="× ULN", beside=limit)


def _open_words(reading: "SerumReading") -> str:
    """Say how many rules are open and what would decide most of them."""
    open_ = [item for item in reading.readings if item.evaluation.outcome is None]
    if not open_:
        return "Every rule is decided."
    counts: dict[str, int] = {}
    for item in open_:
        for need in item.needed:
            counts[need] = counts.get(need, 0) + 1
    most = sorted(counts, key=lambda need: -counts[need])
    told = "; ".join(f"{need} ({counts[need]})" for need in most)
    return (
        f"{len(open_)} of {len(reading.readings)} rules are undetermined: missing is never taken "
        f"for not met. What they ask for, and how many of them: {told}."
    )


def _rule_table(frame: pd.DataFrame) -> Table:
    """Return what each rule comes to; a reason that only repeats the outcome is left out."""
    repeated = frame["reason"] == frame["in_words"]
    pairs = zip(frame["limit"].str.split("; "), frame["limit_source"].str.split("; "))
    limits = [
        "; ".join(f"{limit} ({source})" for limit, source in zip(*pair) if source) for pair in pairs
    ]
    shown = frame.assign(reason=frame["reason"].mask(repeated, ""), limit=limits)
    columns = ["rule", "in_words", "band", "formula_value", "value", "limit", "reason", "needed"]
    headings = {"in_words": "outcome", "formula_value": "result", "needed": "to decide"}
    return Table(shown[columns], headings=headings, sortable=True, digits=4)


def _source_table(reading: "SerumReading") -> Table:
    rows = [
        {
            "rule": item.rule.key,
            "asks": criteria_words(item.rule),
            "source": f"{item.rule.source}: {item.rule.locator}",
            "wording": "checked" if item.rule.wording_checked else "not compared with the original",
            "note": item.rule.note,
        }
        for item in reading.readings
    ]
    return Table(pd.DataFrame(rows), sortable=True)


def _ladder_rows(item: "RuleReading", reading: "SerumReading") -> Iterator[dict[str, object]]:
    """Yield the bands of one ladder, or one row with the reason why it has no place."""
    branch, about = _branch(item, reading)
    band = item.evaluation.band
    names = [item.rule.floor, *(step.name for step in branch.steps)]
    inner = [_edge(step, reading) for step in branch.steps]
    reason = ""
    if band not in names:
        needed = ", ".join(item.needed) or item.evaluation.reason
        reason = f"{band or 'undetermined'}; to decide: {needed}"
    head = {"ladder": item.rule.title, "about": f"{item.rule.key}; {reason or about}"}
    # An interval over several bands shows for itself, if it is known which bands hold.
    known = branch.baseline == "any" or "ALT" in reading.baselines
    if reason and not (known and not any(map(math.isnan, inner))):
        head["about"] = f"{item.rule.key}; {about}"
        yield {**head, "band": "", "low": 0.0, "high": 0.0, "hit": False, "reason": reason}
        return
    edges = [math.nan, *inner, math.nan]
    for name, low, high in zip(names, edges, edges[1:]):
        short = name.removeprefix("CTCAE ").removeprefix("ACG ")
        hit = name == band
        yield {**head, "band": short, "low": low, "high": high, "hit": hit, "reason": ""}


def _branch(item: "RuleReading", reading: "SerumReading") -> tuple[Branch, str]:
    """Return the branch that holds for the baseline, and what its multiples are of."""
    branches = {branch.baseline: branch for branch in item.rule.branches}
    limit = "multiples of the upper limit"
    if "any" in branches:
        return branches["any"], limit
    baseline = reading.baselines.get("ALT")
    if baseline is None:
        return branches["normal"], f"{limit} (no baseline)"
    if elevated(baseline):
        return branches["abnormal"], f"multiples of the baseline, {value_words(baseline)}"
    return branches["normal"], f"{limit} (baseline {value_words(baseline)})"


def _edge(step: Step, reading: "SerumReading") -> float:
    """Return a band's lower edge in U/L."""
    criterion = step.criterion
    if criterion.of == "absolute":
        return float(criterion.factor)
    held: LabResult = reading.baselines["ALT"] if criterion.of == "baseline" else reading.alt
    base = held.low if criterion.of == "baseline" else held.uln
    return math.nan if base is None else float(criterion.factor * base / MICRO)
