"""Why a subject meets a rule, does not, or is left open: values, limits and dates in words."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from cahill.core.laboratory import MICRO
from cahill.results.tables import format_number
from cahill.serum.findings import reason_words
from cahill.serum.rules import Alternative, Criterion, Rule


def finding_words(finding: Mapping[Any, Any], rule: Rule, course: pd.DataFrame) -> str:
    """Return the reason of one finding in words.

    Parameters
    ----------
    finding : mapping
        A row of `cohort_frames.finding_frame` with `code`, the reason's code.
    rule : Rule
    course : pandas.DataFrame
        The subject's results, as `cohort_tables.courses_of` returns them.
    """
    parts = [text for side in ("first", "second") if (text := _result(finding, side, course))]
    code = str(finding["code"])
    if code == "ALP gate":
        gated = [gate_words(way, course) for way in rule.alternatives if way.gate]
        return "; ".join([*(text for text in gated if text), *parts])
    if code != "met":
        parts.insert(0, reason_words(code))
    return "; ".join(parts)


def gate_words(way: Alternative, course: pd.DataFrame) -> str:
    """Return what the gate found on the dates of the anchor: "excluded because ALP was ...".

    Empty if no result of the gate's test stands on such a date.
    """
    dates = _dates_meeting(way.anchor, course)
    tests = list(dict.fromkeys(criterion.test for criterion in way.gate))
    on = course[course["test"].isin(tests) & course["date"].isin(dates)]
    on = on[on["multiple"].notna()]
    if on.empty:
        return ""
    limits = " or ".join(f"{limit:g}" for limit in sorted(on["limit"].unique()))
    days = " to ".join(dict.fromkeys((on["date"].min(), on["date"].max())))
    anchors = " or ".join(map(str, way.anchor))
    gates = " and ".join(map(str, way.gate))
    whole = course[course["test"].isin(tests)]
    words = (
        f"excluded because {' and '.join(tests)} was {_span(on)} × ULN ({limits} U/L) on the dates "
        f"of {anchors} ({days}), and the rule asks for {gates}"
    )
    over = _span(whole)
    return words if over == _span(on) else f"{words}; over the whole course it was {over} × ULN"


def _span(rows: pd.DataFrame) -> str:
    """Return the lowest and highest multiple: "4.9 to 6.0"."""
    ends = (rows["multiple"].min(), rows["multiple"].max())
    return " to ".join(dict.fromkeys(format_number(end, 2) for end in ends))


def _dates_meeting(criteria: Sequence[Criterion], course: pd.DataFrame) -> set:
    dates = set()
    for criterion in criteria:
        if criterion.of != "uln":
            continue
        own = course[(course["test"] == criterion.test) & course["uln"].notna()]
        p, q = criterion.factor.numerator, criterion.factor.denominator
        # Whole numbers decide, as everywhere.
        value, limit = own["low"].astype("int64") * q, own["uln"].astype("int64") * p
        met = value > limit if criterion.strict else value >= limit
        dates |= set(own.loc[met, "date"].dropna())
    return dates


def _result(finding: Mapping[Any, Any], side: str, course: pd.DataFrame) -> str:
    """Return "ALT 211 U/L, 6.01 × the limit 35.1, on 2014-01-02"; empty without a result."""
    test, value, date = (finding[f"{side}_{part}"] for part in ("test", "value", "date"))
    if pd.isna(test) or pd.isna(value):
        return ""
    unit = finding[f"{side}_unit"]
    # A finding holds the lower end of a value; the result it came from knows whether it is one.
    same = (
        course["test"].eq(test) & course["low"].eq(round(value * MICRO)) & course["date"].eq(date)
    )
    own = course[same]
    exact = own.empty or bool(own["multiple"].notna().any() or own["limit"].isna().all())
    number = f"{value:.5g}" if exact else str(own["text"].iloc[0])
    text = f"{test} {number}" + (f" {unit}" if unit != "1" else "")
    limit = finding[f"{side}_limit"]
    if not pd.isna(limit):
        of = "baseline" if finding["limit_source"] == "baseline" else "limit"
        multiple = f"{finding[f'{side}_multiple']:.4g} × the {of}" if exact else f"the {of} is"
        text += f", {multiple} {limit:.6g}"
    return text if pd.isna(date) else f"{text}, on {date}"
