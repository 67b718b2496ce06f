"""The answer of a virtual tracer study and its report."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import pandas as pd

from cahill.cycle.report_parts import time_text
from cahill.cycle.scenarios import Scenario
from cahill.results.base import Result
from cahill.results.page import Fact, Page, Picture, Section, Table
from cahill.results.tables import MINUS, format_number, format_range
from cahill.tracing.changing import LabelCourse
from cahill.tracing.tracer_kinetics import TracerKinetics
from cahill.workflows._virtual_budget import ERRORS, budget_frame, lengths_frame, sought_of
from cahill.workflows._virtual_courses import draw_courses
from cahill.workflows._virtual_pictures import draw_budget, draw_lengths
from cahill.workflows._virtual_tables import study_tables
from cahill.workflows._virtual_tracers import C13, CARBON, doses
from cahill.workflows._virtual_truth import TrueFluxes

if TYPE_CHECKING:
    from matplotlib.figure import Figure

METHOD = (
    "The tracers are infused, primed and at a constant rate, into the man of the scenario: those "
    "of carbon together, each label followed by itself as if told from the other by isotope, "
    "[15N]alanine on another day. Atoms are followed through every step of the cycle while fluxes "
    "and pools change. Glycogen and protein stay unlabelled. Plasma is sampled and analysed as a "
    "measured study is: plateaus are the last four samples, exchange in the TCA cycle is estimated "
    "from the positions of label in glucose.",
    "The truth is read off the model's gross fluxes in the middle of the plateau. Ra of alanine is "
    "all that enters its plasma pool, Ra of glucose what enters less what only passes through "
    "glucose 6-phosphate. A transfer is the carbon that makes its first way from the one plasma "
    "pool to the other, that lost to exchange given back.",
    "The error falls into parts that add up: errors of measurement; label not at its plateau "
    "(found less what an infusion without end would find with fluxes held); exchange (the estimate "
    "used less the exact one); and what one pool with one way out does not have: label leaves "
    "plasma, returns from tissues or by the other pool, and is counted twice or not at all.",
)
HEADLINE = (("rate of appearance", C13), ("carbon transfer", CARBON))


@dataclass(frozen=True, kw_only=True, eq=False)
class VirtualStudy(Result):
    """What a virtual tracer study found, beside the published numbers and the truth.

    Attributes
    ----------
    scenario : Scenario
    begin, minutes : float
        When the infusion began, min of the scenario (negative: before it), and how long it lasted.
    noise : float
        Standard deviation of the measurements, as a share.
    found, exact : TracerKinetics
        The analysis, and the same without errors of measurement.
    frozen : TracerKinetics
        Infusions of several lengths with fluxes held.
    truth : TrueFluxes
        umol/kg/min, in the middle of the plateau.
    labels : tuple of LabelCourse
        The labels themselves, one a tracer.
    """

    scenario: Scenario
    begin: float
    minutes: float
    noise: float
    found: TracerKinetics
    exact: TracerKinetics
    frozen: TracerKinetics
    truth: TrueFluxes
    labels: tuple[LabelCourse, ...]

    @property
    def title(self) -> str:
        """Heading of the report."""
        return f"Virtual tracers: {self.scenario.title}"

    @cached_property
    def _budget(self) -> pd.DataFrame:
        return budget_frame(self.found, self.exact, self.frozen, self.truth)

    def summary(self) -> str:
        """Return the flux of alanine and the two transfers beside published and true ones."""
        parts = [
            f"{sought_of(row).label} {format_number(row['found'])} "
            f"(published at rest {_published(row)}, true {format_number(row['truth'])})"
            for row in self._headline()
        ]
        when = f"{time_text(self.minutes)}, up to {time_text(self.begin + self.minutes)}"
        return f"Infused for {when} of {self.scenario.name}: {', '.join(parts)} µmol/kg/min."

    def _headline(self) -> list[dict]:
        """Return the rows of Table 2: Ra of alanine and the two transfers, the best there are."""
        rows = self._budget.to_dict("records")
        first = [row for row in rows if (row["quantity"], row["tracer"]) in HEADLINE]
        return [*first, rows[-1]]

    def lines(self) -> list[str]:
        """Return one line a flux, for a terminal."""
        lines = []
        for row in self._budget.to_dict("records"):
            parts = [
                f"{words} {_signed(row[name])}"
                for name, words in ERRORS.items()
                if abs(row[name]) >= 0.005
            ]
            lines.append(
                f"{sought_of(row).label} ({row['tracer']}): {format_number(row['found'])}, "
                f"published at rest {_published(row)}, true {format_number(row['truth'])}; "
                f"error {_signed(row['found'] - row['truth'])} = {', '.join(parts) or '0'}"
            )
        return lines

    def to_frame(self) -> pd.DataFrame:
        """Return what was found, published and true, and the parts of the error (one flux a row).

        Columns: quantity, analyte, tracer, published, published_low, published_high, found, low,
        high, followed, steady, truth, measurement, not_at_plateau, exchange, one_pool,
        method_error_percent, unit.
        """
        return self._budget

    def lengths(self) -> pd.DataFrame:
        """Return what infusions of several lengths would find with fluxes held."""
        return lengths_frame(self.frozen, self.truth)

    def tables(self) -> Mapping[str, pd.DataFrame]:
        """Return the frames that `save` writes, the tables of the study among them."""
        return {
            "results": self.to_frame(),
            "lengths": self.lengths(),
            "estimates": self.found.to_frame(),
            **study_tables(self.found.study),
        }

    def plot(self) -> "Figure":
        """Return what was found beside what is true and published."""
        return draw_budget(self.to_frame(), title=self.title)

    def page(self) -> Page:
        """Return the report."""
        notes = self.notes
        errors = self.to_frame()[
            ["quantity", "analyte", "tracer", "found", "truth", *ERRORS, "method_error_percent"]
        ]
        fluxes = Picture(self.plot(), _CAPTION, alt=_CAPTION, name="fluxes", min_width=720)
        courses = draw_courses(self.found, self.frozen, self.labels)
        curves = "Samples, the enrichment itself, the plateau, and where it would end."
        how_long = draw_lengths(self.lengths(), self.minutes / 60.0)
        held = "Error of each flux against the length of the infusion, fluxes held, no noise."
        return Page(
            title=self.title,
            lead=self.summary(),
            facts=tuple(_fact(row) for row in self._headline()),
            sections=(
                Section("Found and true", pictures=(fluxes,), notes=notes),
                Section("Where the error comes from", tables=(_error_table(errors),)),
                Section(
                    "How long it must run", pictures=(Picture(how_long, held, name="lengths"),)
                ),
                Section(
                    "Plasma enrichments", pictures=(Picture(courses, curves, name="enrichments"),)
                ),
                Section("How it was done", METHOD, tables=(_dose_table(),)),
                Section("Numbers", tables=(Table(self.found.to_frame(), "", sortable=True),)),
            ),
            sources=self.sources,
            provenance=self.provenance,
        )


_CAPTION = (
    "Blue: found at plateau, with its 95 % interval. Green: the true flux. Grey: published, at "
    "rest after an overnight fast."
)


def _error_table(frame: pd.DataFrame) -> Table:
    caption = "Found less true, and its parts, µmol/kg/min; the last column leaves noise out."
    return Table(frame, caption, {**ERRORS, "method_error_percent": "error of the method (%)"})


def _dose_table() -> Table:
    return Table(pd.DataFrame(doses()), "Doses and what is measured; assumed.")


def _fact(row: Mapping) -> Fact:
    beside = f"published at rest {_published(row)}, true {format_number(row['truth'])}"
    return Fact(sought_of(row).label, format_number(row["found"]), "µmol/kg/min", beside)


def _published(row: Mapping) -> str:
    low, high = row["published_low"], row["published_high"]
    if row["published"] != row["published"]:
        return format_range(low, high, 2)
    return f"{row['published']:.2f} ± {(high - low) / 2:.2f}"


def _signed(value: float) -> str:
    return f"{value:+.2f}".replace("-", MINUS)
