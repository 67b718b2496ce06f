"""A patient's series: course, persistence, change, decline, and the rules along it."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cahill.core.laboratory import TESTS, micro_text
from cahill.results.base import Result
from cahill.serum.cohort import FINISHED_WITH_DOUBTS, LOOK
from cahill.serum.evaluate import Evaluation
from cahill.serum.rules import Rule
from cahill.serum.series_fit import SeriesFit, curve_frame, estimate_words, fit_frame
from cahill.serum.series_subject import Subject
from cahill.serum.wording import CARE, outcome_words

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from cahill.results.page import Page


@dataclass(frozen=True, eq=False)
class ModelCourse:
    """Serum ALT of the cycle model after an injury, scaled to a series by its peak.

    Parameters
    ----------
    scenario : str
        Name of the scenario.
    hours : numpy.ndarray
        h since the injury began, shape (n,).
    value : numpy.ndarray
        Serum ALT, U/L, shape (n,).
    destroyed : float
        Share of the hepatocytes that die, found by matching the rise.
    half_life : float
        Of the model, h.
    """

    scenario: str
    hours: np.ndarray
    value: np.ndarray
    destroyed: float
    half_life: float

    @property
    def words(self) -> str:
        """Return what it says, and that it is the model that says it."""
        return (
            f"A statement of the model alone: its reference man shows the same rise of ALT if "
            f"{100 * self.destroyed:.2g} % of the hepatocytes die as in the scenario "
            f"{self.scenario} (within 12 h, ALT cleared with a half-life of {self.half_life:g} h). "
            "It is matched to the height of the peak only and is no estimate for this person."
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class SerumSeries(Result):
    """What the rules and the kinetics say of one subject's series.

    Attributes
    ----------
    subject : Subject
    course : pandas.DataFrame
        Every result, as `series_course.course_frame` gives it.
    declines : pandas.DataFrame
        As `series_course.decline_frame` gives it.
    rules : tuple of (Rule, Evaluation)
        Every rule on the whole series.
    grades : pandas.DataFrame
        Every ladder on every single result: test, date, row, value, rule, outcome, band.
    fits : tuple of SeriesFit
    changes : mapping of str to Rule
        Rules on reference change values by test.
    ladder : Rule
        The one drawn.
    model : ModelCourse or None
    counts : mapping of str to int
        Of the file: input, kept, excluded.
    """

    subject: Subject
    course: pd.DataFrame
    declines: pd.DataFrame
    rules: tuple[tuple[Rule, Evaluation], ...]
    grades: pd.DataFrame
    fits: tuple[SeriesFit, ...]
    changes: Mapping[str, Rule]
    ladder: Rule
    model: ModelCourse | None
    counts: Mapping[str, int]

    @property
    def title(self) -> str:
        """Heading of the report."""
        return f"Serum series of {self.subject.name}"

    @property
    def exit_status(self) -> int:
        """0, or 3 if results of the subject are excluded for a fault that somebody can mend."""
        faults = [reason for _, reason, _ in self.subject.excluded if reason in LOOK]
        return FINISHED_WITH_DOUBTS if faults else 0

    def evaluation(self, rule_id: str) -> Evaluation:
        """Return the first evaluation of a rule by its id."""
        return next(found for rule, found in self.rules if rule.id == rule_id)

    def summary(self) -> str:
        """Return length, peak, persistence, decline and the criteria met."""
        shown = self.course
        tests = shown["test"].nunique()
        counts = f"{len(shown)} result{'s' if len(shown) > 1 else ''}"
        parts = [f"{counts} of {tests} test{'s' if tests > 1 else ''}{_span(shown)}"]
        parts += _peak_words(self)
        persistent = self.evaluation("persistence")
        why = persistent.reason
        if persistent.outcome:
            why = " to ".join(str(date) for date in (persistent.dates[0], persistent.dates[-1]))
        parts.append(f"persistence: {outcome_words(persistent.outcome)} ({why})")
        for one in self.fits[:1]:
            parts.append(f"{one.test} half-life {estimate_words(one.free.estimates[0])}")
        criteria = [pair for pair in self.rules if pair[0].kind in ("concurrence", "trigger")]
        met = [rule.key for rule, found in criteria if found.outcome]
        if met:
            parts.append(f"biochemical criteria met: {', '.join(met)}")
        undecided = sum(found.outcome is None for _, found in self.rules)
        parts.append(f"{len(self.rules) - undecided} of {len(self.rules)} rules decided")
        return f"{'; '.join(parts)}. {CARE}"

    def lines(self) -> list[str]:
        """Return the notes, as the command line prints them above the sentence."""
        return [*self.notes, ""]

    def to_frame(self) -> pd.DataFrame:
        """Return every result in time, as `series_course.course_frame` gives it."""
        return self.course

    def rule_frame(self) -> pd.DataFrame:
        """Return every rule on the series, one a row.

        Returns
        -------
        pandas.DataFrame
            rule, title, kind, outcome, in_words, band, value (of a formula), dates, used (results
            with units), limits, limit_sources, reason, source, locator.
        """
        return pd.DataFrame([_rule_row(rule, found) for rule, found in self.rules])

    def fit_frame(self) -> pd.DataFrame:
        """Return every parameter of every fit, as `series_fit.fit_frame` gives it."""
        return fit_frame(self.fits, self.subject.origin)

    def excluded_frame(self) -> pd.DataFrame:
        """Return the subject's results that no rule reads: row, reason, detail."""
        return pd.DataFrame(self.subject.excluded, columns=["row", "reason", "detail"])

    def tables(self) -> Mapping[str, pd.DataFrame]:
        """Return the course, the rules with their steps, grades, declines, fits and curves."""
        steps = [
            {"rule": rule.key, "step": number, "text": text}
            for rule, found in self.rules
            for number, text in enumerate(found.steps, 1)
        ]
        tables = {
            "results": self.course,
            "rules": self.rule_frame(),
            "steps": pd.DataFrame(steps),
            "grades": self.grades,
            "declines": self.declines,
            "clearance": self.fit_frame(),
        }
        if self.subject.excluded:
            tables["excluded"] = self.excluded_frame()
        if self.fits:
            tables["curves"] = pd.concat(map(curve_frame, self.fits), ignore_index=True)
        if self.model is not None:
            tables["model"] = pd.DataFrame(
                {"hours": self.model.hours, "value": self.model.value, "unit": "U/L"}
            )
        return tables

    def plot(self) -> "Figure":
        """Draw the values over their limits in time, with ladder, baseline, fit and model."""
        from cahill.serum.series_page import series_picture

        return series_picture(self)

    def page(self) -> "Page":
        """Return the report's content."""
        from cahill.serum.series_page import series_page

        return series_page(self)


def _rule_row(rule: Rule, found: Evaluation) -> dict[str, object]:
    used = [
        f"{item.result.test} {value} {TESTS[item.result.test][1]}"
        for item, value in zip(found.used, found.values)
    ]
    limits = ["–" if limit is None else micro_text(limit) for limit in found.limits]
    dates = ["undated" if date is None else date.isoformat() for date in found.dates]
    return {
        "rule": rule.label,
        "title": rule.title,
        "kind": rule.kind,
        "criteria": "; ".join(dict.fromkeys(map(str, rule.criteria))),
        "outcome": {True: "true", False: "false", None: "undetermined"}[found.outcome],
        "in_words": outcome_words(found.outcome),
        "band": found.band,
        "value": np.nan if found.value is None else found.value,
        "dates": ", ".join(dates),
        "used": ", ".join(used),
        "limits": ", ".join(limits),
        "limit_sources": ", ".join(source or "none" for source in found.limit_sources),
        "reason": found.reason,
        "source": rule.source,
        "locator": rule.locator,
    }


def _span(frame: pd.DataFrame) -> str:
    dates: list[dt.date] = sorted(date for date in frame["date"] if isinstance(date, dt.date))
    if not dates:
        return ", none with a date"
    return f" from {dates[0]} to {dates[-1]}" if dates[0] != dates[-1] else f" of {dates[0]}"


def _peak_words(series: SerumSeries) -> list[str]:
    """Return the highest ALT over its limit and over the baseline."""
    own = series.course[series.course["test"] == "ALT"]
    if own.empty:
        return ["no ALT"]
    top = own.iloc[int(own["low"].to_numpy().argmax())]
    words = f"highest ALT {top['value']} U/L"
    if np.isfinite(top["times_limit"]):
        words += f", {top['times_limit']:.3g} × ULN of {top['uln']:g} U/L ({top['uln_source']})"
    else:
        words += ", no upper limit: not evaluable against it"
    if np.isfinite(top["times_baseline"]):
        words += f", {top['times_baseline']:.3g} × baseline"
    return [words]
