"""Designs of an experiment ranked: the answer of `design_tracer`."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from cahill.core.labelling import TracingStudy
from cahill.results.base import Result
from cahill.results.design_dots import design_dots
from cahill.results.page import Fact, Page, Picture, Section, Table
from cahill.results.tables import format_number

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_HEADINGS = {
    "sd": "standard error",
    "sd_low": "in the best tenth of states",
    "sd_high": "in the worst tenth of states",
    "determined": "share of states where determined",
    "against_present": "error against the present design",
}


@dataclass(frozen=True, kw_only=True, eq=False)
class TracerDesign(Result):
    """Designs ranked by the standard errors they promise.

    Attributes
    ----------
    study : TracingStudy
    frame : pandas.DataFrame
        See `to_frame`.
    n_points : int
        Flux states the designs were judged at.
    parallel : bool
        Whether each design is one more experiment beside those of the study.
    """

    study: TracingStudy
    frame: pd.DataFrame
    n_points: int
    parallel: bool

    @property
    def title(self) -> str:
        """Heading of the report."""
        return f"Tracer design: {self.study.name}"

    @property
    def best(self) -> str:
        """The design ranked first."""
        return str(self.frame["design"].iloc[0])

    def summary(self) -> str:
        """Return the best design and what it promises in one sentence."""
        first = self.frame[self.frame["rank"] == 1]
        errors = " and ".join(_error(row, self.study) for row in first.to_dict("records"))
        factor = float(first["against_present"].iloc[0])
        against = f", {format_number(factor)} times the error of the present design"
        states = "one flux state" if self.n_points == 1 else f"{self.n_points} flux states"
        return (
            f"{self.best} determines {errors} best of {self.frame['design'].nunique()} designs"
            f"{against if factor != 1 else ' and is the present one'} (judged at {states})."
        )

    def to_frame(self) -> pd.DataFrame:
        """Return every design and flux.

        rank, design, flux, kind; sd (median over flux states of the standard error predicted; of
        exchange fluxes and pools relative to their size; what is not determined counts with the
        width of the flux space), sd_low and sd_high (tenth and ninetieth percentile), determined
        (share of the flux states), against_present (error against the study's own design, mean over
        the fluxes).
        """
        return self.frame

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return the ranking."""
        return {"designs": self.frame}

    def plot(self) -> "Figure":
        """Return the predicted standard errors of the best designs, one panel a flux."""
        frame = self.frame.assign(
            flux=[
                row["flux"]
                if row["kind"] in ("net", "share")
                else f"{row['flux']} {row['kind']} (relative)"
                for row in self.frame.to_dict("records")
            ]
        )
        return design_dots(
            frame, unit=self.study.flux_unit, title="Tracer design", subtitle=self.study.name
        )

    def page(self) -> Page:
        """Return the report."""
        first = self.frame[self.frame["rank"] == 1]
        facts = tuple(
            Fact(
                f"Standard error of {row['flux']}",
                format_number(row["sd"]),
                "" if row["kind"] in ("exchange", "pool") else self.study.flux_unit,
                beside=self.best,
            )
            for row in first.to_dict("records")
        )
        words = (
            "Standard errors are those of the linear approximation at given flux states, for the "
            "measurements and errors of the study. What a real experiment gives depends on the "
            "flux state it meets; bars span the middle four fifths of the states judged."
        )
        picture = Picture(self.plot(), self.summary(), name="designs")
        return Page(
            title=self.title,
            lead=self.summary(),
            facts=facts,
            sections=(
                Section("Ranking", (words,), pictures=(picture,), notes=self.notes),
                Section(
                    "All designs", tables=(Table(self.frame, headings=_HEADINGS, sortable=True),)
                ),
            ),
            sources=self.sources,
            provenance=self.provenance,
        )


def _error(row: dict, study: TracingStudy) -> str:
    unit = f" {study.flux_unit}" if study.flux_unit else ""
    if row["kind"] in ("exchange", "pool"):
        return f"{row['flux']} {row['kind']} (to {format_number(100 * row['sd'])} %)"
    return f"{row['flux']} (± {format_number(row['sd'])}{unit})"
