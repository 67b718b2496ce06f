"""The report of a tracer infusion study."""

from typing import TYPE_CHECKING

import pandas as pd

from cahill.results.page import Fact, Page, Picture, Section, Table
from cahill.results.tables import format_number, format_range
from cahill.tracing.in_vivo_groups import headline_rows, headline_words
from cahill.tracing.in_vivo_pictures import draw_enrichments, draw_over_time
from cahill.tracing.in_vivo_published import published_for

if TYPE_CHECKING:
    from cahill.tracing.tracer_kinetics import TracerKinetics

METHOD = (
    "At plateau Ra = F/z, F the infusion of tracer and z tracer per tracee; with the mole fraction "
    "x instead, F/x − F. Clearance is Ra over the concentration. The precursor-product fraction is "
    "the ratio of labels per carbon, and a carbon transfer that fraction of the product's Ra, told "
    "in molecules of three carbons.",
    "Over time Steele's equation allows for label and molecules stored in a pool p·V that mixes at "
    "once. Curves are cubic smoothing splines, the smoothest whose residuals are as large as the "
    "errors of measurement. Near a sudden change they are too smooth, which the bands do not show.",
    "Intervals are 95 %: of subjects by a parametric bootstrap of plateaus (Student's t about the "
    "mean of the samples) and of samples (normal, with their standard deviation), of groups by "
    "Student's t over subjects.",
)


def kinetics_page(result: "TracerKinetics") -> Page:
    """Return the report: fluxes, enrichments, rates over time, groups, method, numbers."""
    frame, groups, pairs = result.to_frame(), result.groups(), result.pairs()
    fluxes = (_fluxes(result),) if result.steady else ()
    sections = [
        Section("Fluxes", pictures=fluxes, notes=result.notes),
        Section("Enrichments", pictures=(_enrichments(result),)),
    ]
    followed = frame[frame["time_min"].notna()]
    if len(followed):
        sections.append(Section("Over time", pictures=(_over_time(followed),)))
    tables = [Table(groups, "Means over subjects", sortable=True)] if len(groups) else []
    if len(pairs):
        tables.append(Table(pairs, "The same subjects in two states", sortable=True))
    sections.append(Section("Groups", tables=tuple(tables)))
    how = [
        Table(result.plateaus(), "Plateaus: flat if the slope's chance is at least 0.05"),
        Table(result.smoothing(), "Smoothing: penalty, and the freedom it leaves"),
    ]
    shown = tuple(table for table in how if len(table.frame))
    sections.append(Section("How it was computed", METHOD, tables=shown))
    sections.append(Section("Numbers", tables=(Table(frame, "Every estimate", sortable=True),)))
    return Page(
        title=result.title,
        lead=result.summary(),
        facts=_facts(groups),
        sections=tuple(sections),
        sources=result.sources,
        provenance=result.provenance,
    )


def _fluxes(result: "TracerKinetics") -> Picture:
    return Picture(
        result.plot(),
        "Blue: means and 95 % intervals, dots are subjects. Grey: published, at rest after an "
        "overnight fast.",
        alt="Rates of appearance and carbon transfers beside published ones",
        name="fluxes",
        min_width=720,
    )


def _enrichments(result: "TracerKinetics") -> Picture:
    caption = "Every sample taken during the infusion, its smooth curve, and the plateau."
    return Picture(
        draw_enrichments(result.analyses), caption, alt="Enrichments over time", name="enrichments"
    )


def _over_time(followed: pd.DataFrame) -> Picture:
    caption = "Steele's equation sample by sample; transfers allow for label still stored."
    return Picture(draw_over_time(followed), caption, alt="Rates over time", name="over-time")


def _facts(groups: pd.DataFrame) -> tuple[Fact, ...]:
    """Return the headline fluxes of the first state beside the first published number of each."""
    facts = []
    rows = headline_rows(groups)
    for row in rows[rows["state"] == rows["state"].head(1).squeeze()].to_dict("records"):
        known = published_for(row["quantity"], row["analyte"])
        beside = f"published {format_range(known[0].low, known[0].high)}" if known else ""
        words = headline_words(row).rstrip(",")
        label = f"{words}, {row['state']}" if row["state"] else words
        facts.append(Fact(label, format_number(row["mean"]), "µmol/kg/min", beside))
    return tuple(facts)
