"""Analyse a tracer infusion study: rates of appearance, clearances, transfers, intervals."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import pandas as pd

from cahill.core.tracer_infusion import Exchange, InfusionStudy
from cahill.errors import InputError
from cahill.io.references import format_reference
from cahill.results.base import Result
from cahill.results.provenance import Provenance
from cahill.results.tables import format_number, format_range
from cahill.tracing.in_vivo_analysis import (
    Doubt,
    Estimate,
    OccasionAnalysis,
    analyse_steady,
)
from cahill.tracing.in_vivo_forest import draw_fluxes
from cahill.tracing.in_vivo_groups import (
    doubt_notes,
    estimates_frame,
    group_frame,
    headline_rows,
    headline_words,
    pair_frame,
)
from cahill.tracing.in_vivo_over_time import analyse_over_time
from cahill.tracing.in_vivo_page import kinetics_page
from cahill.tracing.in_vivo_pictures import draw_over_time
from cahill.tracing.in_vivo_published import PUBLISHED
from cahill.tracing.in_vivo_signals import AnalysisOptions

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from cahill.results.page import Page

METHOD_SOURCES = (
    "Steele R (1959). Influences of glucose loading and of injected insulin on hepatic glucose "
    "output. Ann N Y Acad Sci 82:420. [equation as textbooks give it; paper not seen]",
    "Rosenblatt J, Wolfe RR (1988). [Ra at steady state from stable isotope tracers]. "
    "Am J Physiol 254:E526. doi:10.1152/ajpendo.1988.254.4.E526. [abstract seen]",
)
"""Where the equations come from; the published fluxes have keys of their own."""


@dataclass(frozen=True, kw_only=True, eq=False)
class TracerKinetics(Result):
    """What a tracer infusion study shows.

    Attributes
    ----------
    study : InfusionStudy
        What was analysed.
    analyses : tuple of OccasionAnalysis
        A subject in a state each.
    over_time : tuple of Estimate
        What could be followed sample by sample.
    """

    study: InfusionStudy
    analyses: tuple[OccasionAnalysis, ...]
    over_time: tuple[Estimate, ...]

    @property
    def title(self) -> str:
        """Heading of the report."""
        return f"Tracer kinetics: {self.study.name}"

    def summary(self) -> str:
        """Return rates of appearance and transfers of every state in one sentence."""
        states = []
        for state, part in headline_rows(self.groups()).groupby("state", sort=False):
            count = int(part["subjects"].max())
            who = f"{count} subjects" if count > 1 else "1 subject"
            numbers = [
                f"{headline_words(row)} {format_number(row['mean'])} "
                f"({format_range(row['low'], row['high'])})"
                for row in part.to_dict("records")
            ]
            states.append(f"{state or 'all'} ({who}): {', '.join(numbers)}")
        if not self.steady:
            return "No plateau gave a rate of appearance; rates were followed over time."
        return f"{'; '.join(states)} µmol/kg/min, 95 % intervals in brackets."

    def lines(self) -> list[str]:
        """Return one line a quantity and state, for a terminal."""
        rows = self.groups().to_dict("records")
        width = max((len(str(row["state"])) for row in rows), default=0)
        return [
            f"{row['state']:{width}}  {row['quantity']}, {row['analyte']} ({row['tracer']}): "
            f"{format_number(row['mean'])} ({format_range(row['low'], row['high'])}) {row['unit']}"
            for row in rows
        ]

    def to_frame(self) -> pd.DataFrame:
        """Return every estimate: subject, state, time_min, quantity, analyte, tracer, value, low,
        high, unit. At plateau `time_min` is missing; low and high are the 95 % interval.
        """  # noqa: D205
        steady = [one for part in self.analyses for one in part.estimates]
        return estimates_frame([*steady, *self.over_time])

    @cached_property
    def _groups(self) -> pd.DataFrame:
        return group_frame(self.to_frame())

    @property
    def steady(self) -> bool:
        """Whether any plateau gave a rate of appearance."""
        return any(part.rates for part in self.analyses)

    def groups(self) -> pd.DataFrame:
        """Return means over subjects, one a state and quantity (see `group_frame`)."""
        return self._groups

    def pairs(self) -> pd.DataFrame:
        """Return mean differences of the same subjects between states (see `pair_frame`)."""
        return pair_frame(self.to_frame())

    def plateaus(self) -> pd.DataFrame:
        """Return the plateau of every course, and whether it is one."""
        rows = []
        for part in self.analyses:
            for signal in part.signals.courses.values():
                plateau, course = signal.series.plateau, signal.course
                if plateau is not None:
                    rows.append(
                        {
                            **dict(zip(("subject", "state"), course.occasion)),
                            "analyte": course.analyte,
                            "tracer": course.tracer,
                            "from_min": plateau.start,
                            "to_min": plateau.end,
                            "samples": plateau.count,
                            "change_percent_per_h": 6000.0 * plateau.slope / plateau.mean,
                            "chance": plateau.chance,
                            "flat": plateau.flat,
                        }
                    )
        return pd.DataFrame(rows)

    def smoothing(self) -> pd.DataFrame:
        """Return how each curve was smoothed: penalty (min^3) and degrees of freedom."""
        rows = []
        for part in self.analyses:
            signals = [
                (s.course.analyte, s.course.tracer, s.series) for s in part.signals.courses.values()
            ]
            levels = [(name, "concentration", s) for name, s in part.signals.levels.items()]
            for analyte, what, series in [*signals, *levels]:
                curve = series.smoother(series.time)
                if curve is not None:
                    rows.append(
                        {
                            **dict(zip(("subject", "state"), part.signals.occasion)),
                            "analyte": analyte,
                            "signal": what,
                            "samples": len(series.time),
                            "degrees_of_freedom": curve.freedom,
                            "penalty_min3": curve.penalty,
                        }
                    )
        return pd.DataFrame(rows)

    def plot(self) -> "Figure":
        """Return rates and transfers beside the published ones; over time if none is steady."""
        if self.steady:
            return draw_fluxes(self.groups(), self.to_frame(), title=self.title)
        return draw_over_time(estimates_frame(self.over_time), title=self.title)

    def page(self) -> "Page":
        """Return the report: fluxes, enrichments, rates over time, groups, method, numbers."""
        return kinetics_page(self)

    def tables(self) -> Mapping[str, pd.DataFrame]:
        """Return the frames that `save` writes."""
        tables = {"results": self.to_frame(), "groups": self.groups(), "pairs": self.pairs()}
        tables |= {"plateaus": self.plateaus(), "smoothing": self.smoothing()}
        return {name: frame for name, frame in tables.items() if len(frame)}


def tracer_kinetics(
    study: InfusionStudy,
    *,
    plateau: tuple[float, float] | None = None,
    exchange: float | None = None,
    draws: int = 2000,
    seed: int = 1,
    provenance: Provenance | None = None,
) -> TracerKinetics:
    """Compute rates of appearance, clearances, carbon transfers and recycling with intervals.

    Parameters
    ----------
    study : InfusionStudy
        What ran in and what plasma showed.
    plateau : tuple of float, optional
        First and last minute of the plateau; by default the last four samples of each course.
    exchange : float, optional
        Share of label lost by exchange in the TCA cycle, for all, instead of the study's own.
    draws : int
        Draws of the parametric bootstrap that gives the 95 % intervals.
    seed : int
        Of its random numbers; the same seed gives the same intervals.
    provenance : Provenance, optional
        Of the tables.

    Returns
    -------
    TracerKinetics

    Raises
    ------
    InputError
        If an option is out of range, or no rate of appearance can be computed at all.
    """
    if plateau is not None and not plateau[1] > plateau[0]:
        raise InputError(f"plateau from {plateau[0]:g} to {plateau[1]:g} min: the end comes first")
    if draws < 100:
        raise InputError(f"{draws} draws: too few for a 95 % interval; give 100 or more")
    if exchange is not None:
        study = replace(study, exchanges=(Exchange(exchange),))
    options = AnalysisOptions(plateau, draws, seed)
    analyses, over_time, doubts = [], [], list[Doubt]()
    for occasion in study.occasions:
        steady = analyse_steady(study, occasion, options)
        followed, unfollowed = analyse_over_time(study, steady.signals)
        analyses.append(steady)
        over_time += followed
        doubts += [*steady.doubts, *unfollowed]
    notes = doubt_notes(doubts)
    if not over_time and not any(part.rates for part in analyses):
        raise InputError(f"no rate of appearance could be computed. {' '.join(notes)}")
    keys = dict.fromkeys(one.source for one in PUBLISHED)
    return TracerKinetics(
        study=study,
        analyses=tuple(analyses),
        over_time=tuple(over_time),
        notes=(*study.notes, *notes),
        sources=(*METHOD_SOURCES, *(format_reference(key) for key in keys)),
        provenance=provenance,
    )
