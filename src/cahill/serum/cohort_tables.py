"""What a screen of a cohort is summed up from, as Ibis expressions over results and findings.

Only small frames leave the engine: counts, the subjects worth naming, and as many points as a
picture can show.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import ibis
import pandas as pd

from cahill.core.laboratory import MICRO, micro_text
from cahill.serum.cohort_frames import date_text
from cahill.serum.rules import Rule
from cahill.serum.screens_rows import baselines

BANDS = ("≤1", ">1–3", ">3–5", ">5–20", ">20")
"""Multiples of the ULN in which migration is counted: the edges that CTCAE has in all versions for
aminotransferases with a baseline at or below the ULN."""
EDGES = (1, 3, 5, 20)
NO_ARM, SEVERAL_ARMS = "no arm given", "several arms"
COURSE_TESTS = ("ALT", "AST", "ALP", "TBL")
BARS = 400
"""Subjects of an arm that the waterfall shows."""
SQUARES_A_DECADE = 20


def arms_of(table: Any) -> Any:
    """Return the arm of every subject: one row with subject and arm."""
    own = table.group_by("subject").agg(least=table.arm.min(), most=table.arm.max())
    arm = ibis.cases(
        (own.most.isnull(), NO_ARM), (own.least != own.most, SEVERAL_ARMS), else_=own.most
    )
    return own.select("subject", arm=arm)


def outcome_counts(findings: Any, arms: Any) -> pd.DataFrame:
    """Return subjects by rule, version, arm, outcome and reason (a code)."""
    joined = findings.join(arms, "subject")
    keys = ["rule", "version", "arm", "outcome", "reason"]
    return joined.group_by(keys).agg(subjects=joined.count()).order_by(keys).to_pandas()


def row_fates(table: Any, rules: Sequence[Rule]) -> pd.DataFrame:
    """Return the rows of the table by fate and reason.

    A row is undetermined if no limit or date says what its value means to the rules; it is
    excluded if no rule reads its test.
    """
    read = {test for rule in rules for test in rule.tests}
    limited = {
        criterion.test for rule in rules for criterion in rule.criteria if criterion.of == "uln"
    }
    fate = ibis.cases(
        (~table.test.isin(sorted(read)), "excluded|no rule reads the test"),
        (table.uln.isnull() & table.test.isin(sorted(limited)), "undetermined|limit missing"),
        (table.date.isnull(), "undetermined|date missing"),
        else_="evaluated|",
    )
    counted = table.mutate(fate=fate).group_by("fate").agg(rows=ibis._.count()).to_pandas()
    parts = counted["fate"].str.split("|", expand=True)
    return pd.DataFrame({"fate": parts[0], "reason": parts[1], "rows": counted["rows"]})


def alt_changes(table: Any, arms: Any) -> Any:
    """Return arm, bands and fold of the worst ALT after baseline, a subject a row.

    Worst is the highest multiple of its own limit among the results dated after the baseline; the
    fold is the highest value over that of the baseline. Only results with a date and a limit and a
    baseline above zero count.
    """
    base = baselines(table, ["ALT"]).filter(ibis._.base_low > 0)
    own = table.filter(
        (table.test == "ALT") & table.uln.notnull() & table.date.notnull() & table.high.notnull()
    )
    after = own.join(base, "subject")
    after = after.filter((after.date > after.base_date) & after.base_uln.notnull())
    return (
        after.group_by("subject")
        .agg(
            fold=(after.low.cast("float64") / after.base_low).max(),
            base_band=_band(after.base_low, after.base_uln).max(),
            worst_band=_band(after.low, after.uln).max(),
        )
        .filter(ibis._.fold > 0)
        .join(arms, "subject")
    )


def _band(value: Any, limit: Any) -> Any:
    """Return the number of the band that a value lies in, decided by whole numbers."""
    return sum((value > k * limit).cast("int8") for k in EDGES)


def migration_counts(changes: Any) -> pd.DataFrame:
    """Return subjects by arm (group), baseline and worst band."""
    counted = changes.group_by(["arm", "base_band", "worst_band"]).agg(count=changes.count())
    frame = counted.order_by(["arm", "base_band", "worst_band"]).to_pandas()
    return pd.DataFrame(
        {
            "group": frame["arm"],
            "baseline": [BANDS[int(k)] for k in frame["base_band"]],
            "worst": [BANDS[int(k)] for k in frame["worst_band"]],
            "count": frame["count"],
        }
    )


def change_bars(changes: Any) -> pd.DataFrame:
    """Return subject, group, fold, band and the group's subjects: at most `BARS` bars a group."""
    window = ibis.window(group_by="arm", order_by=[ibis.desc("fold"), "subject"])
    ranked = changes.mutate(
        place=ibis.row_number().over(window), subjects=ibis._.count().over(group_by="arm")
    )
    # Evenly spaced ranks: those at which place * BARS / subjects passes a whole number.
    step = (ranked.place * BARS / ranked.subjects).floor()
    last = ((ranked.place - 1) * BARS / ranked.subjects).floor()
    shown = ranked.filter((ranked.subjects <= BARS) | (ranked.place == 0) | (step > last))
    frame = shown.order_by(["arm", "place"]).to_pandas()
    return pd.DataFrame(
        {
            "subject": frame["subject"],
            "group": frame["arm"],
            "fold": frame["fold"],
            "band": [BANDS[int(k)] for k in frame["worst_band"]],
            "subjects": frame["subjects"],
        }
    )


def peak_points(
    findings: Any, arms: Any, rule: Rule, most: int
) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, int]]:
    """Return the points of an eDISH plot, the density of the rest, and the quadrants' counts.

    Parameters
    ----------
    findings, arms : ibis table
    rule : Rule
        Of kind "quadrants"; its findings hold both peaks and what they are compared with.
    most : int
        Points to show one by one; beyond it those farthest out are shown, the others counted in
        squares.

    Returns
    -------
    points : pandas.DataFrame
        subject, group, x, y, first_date, second_date, band and the peaks as findings hold them.
    density : pandas.DataFrame
        x, y (lower corners of squares) and count.
    quadrants : dict of str to int
        Subjects by band; "" are the undetermined.
    """
    own = findings.filter((findings.rule == rule.id) & (findings.version == rule.version))
    own = own.join(arms, "subject")
    counted = own.group_by("band").agg(subjects=own.count()).to_pandas()
    quadrants = {
        "" if pd.isna(band) else str(band): int(n)
        for band, n in zip(counted["band"], counted["subjects"])
    }
    own = own.mutate(
        x=own.first_value.cast("float64") / own.first_limit,
        y=own.second_value.cast("float64") / own.second_limit,
    )
    own = own.filter((own.x > 0) & (own.y > 0))
    lines = quadrant_lines(rule)
    out = ibis.greatest(own.x / lines[0], own.y / lines[1])
    ranked = own.mutate(place=ibis.row_number().over(order_by=[ibis.desc(out), "subject"]))
    points = ranked.filter(ranked.place < most).order_by("place").to_pandas()
    rest = ranked.filter(ranked.place >= most)
    squares = rest.mutate(
        column=(rest.x.log10() * SQUARES_A_DECADE).floor(),
        line=(rest.y.log10() * SQUARES_A_DECADE).floor(),
    )
    density = squares.group_by(["column", "line"]).agg(count=squares.count()).to_pandas()
    density = pd.DataFrame(
        {
            "x": 10 ** (density["column"] / SQUARES_A_DECADE),
            "y": 10 ** (density["line"] / SQUARES_A_DECADE),
            "count": density["count"],
        }
    )
    return points.rename(columns={"arm": "group"}).drop(columns="place"), density, quadrants


def quadrant_lines(rule: Rule) -> tuple[float, float]:
    """Return where the quadrants of a rule meet, in multiples (ALT, bilirubin)."""
    way = rule.alternatives[0]
    return float(way.anchor[0].factor), float(way.partner[0].factor)


def courses_of(table: Any, subjects: Sequence[str]) -> pd.DataFrame:
    """Return the results of some subjects that a course shows, in order of date.

    subject, test, date and start (of treatment, else the first date) as ISO texts, low and uln
    (whole millionths), text ("105.3", "<5"), value and limit (in the test's unit) and multiple; an
    interval has no multiple.
    """
    own = table.filter(table.subject.isin(list(subjects)) & table.test.isin(COURSE_TESTS))
    first = own.group_by("subject").agg(
        start=ibis.coalesce(own.treatment_start.min(), own.date.min())
    )
    own = own.join(first, "subject").select(
        *("subject", "row", "test", "date", "start", "low", "high", "below", "above", "uln")
    )
    frame = own.order_by(["subject", "test", "date", "row"]).to_pandas()
    for name in ("date", "start"):
        frame[name] = date_text(frame[name])
    for name, column in (("value", "low"), ("limit", "uln")):
        frame[name] = frame[column].astype("Float64").astype(float) / MICRO
    frame["text"] = [_value_text(row) for row in frame.to_dict("records")]
    exact = frame["low"] == frame["high"]
    frame["multiple"] = (frame["value"] / frame["limit"]).where(exact)
    return frame.drop(columns=["high", "below", "above"])


def _value_text(row: Mapping[Any, Any]) -> str:
    """Return a value as one writes it: "105.3", "<5", ">1000", "5-10"."""
    low, high = row["low"], row["high"]
    if pd.isna(high):
        return f"{'>' if row['above'] else '>='}{micro_text(int(low))}"
    if low == high:
        return micro_text(int(low))
    if low == 0:
        return f"{'<' if row['below'] else '<='}{micro_text(int(high))}"
    return f"{micro_text(int(low))}-{micro_text(int(high))}"
