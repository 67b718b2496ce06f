"""The picture and report of a scan."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cahill.cycle.quantities import HEADLINE, QUANTITIES
from cahill.results.page import Page, Picture, Section, Table
from cahill.results.response_curves import draw_response_curves
from cahill.results.tables import format_number

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from cahill.cycle.scan import Scan

UNITS = {"umol/kg/min": "µmol/kg/min", "dimensionless": ""}


def scan_picture(result: "Scan") -> "Figure":
    """Draw the headline quantities over the range; the usual value is marked."""
    rows = [
        (
            point.value,
            QUANTITIES[name].title,
            point.quantities.get(name, np.nan),
            UNITS.get(QUANTITIES[name].unit, QUANTITIES[name].unit),
        )
        for name in HEADLINE
        for point in result.points
    ]
    unit = UNITS.get(result.unit, result.unit)
    parts = [f"at {result.scenario.report_time / 60.0:g} h"]
    if result.points[0].value <= result.reference <= result.points[-1].value:
        parts.append(f"dashed: the usual value, {format_number(result.reference)} {unit}".rstrip())
    if any(point.reason for point in result.points):
        parts.append("crosses: no answer")
    return draw_response_curves(
        pd.DataFrame(rows, columns=["x", "quantity", "value", "unit"]),
        x_label=f"{result.parameter} ({unit})" if unit else result.parameter,
        reference=result.reference,
        log=result.log,
        title=result.title,
        subtitle="; ".join(parts),
    )


def scan_page(result: "Scan") -> Page:
    """Return the report."""
    lead, frame = result.summary(), result.to_frame()
    good = frame[frame["reason"] == ""]
    wide = good.pivot(index="x", columns="quantity", values="value")[list(HEADLINE)].reset_index()
    wide.columns.name = None
    headings = {"x": f"{result.parameter}, {result.unit}"}
    headings |= {name: f"{QUANTITIES[name].title}, {QUANTITIES[name].unit}" for name in HEADLINE}
    picture = Picture(scan_picture(result), lead, name="scan")
    sections = [
        Section("Picture", pictures=(picture,), notes=result.notes),
        Section("Numbers", tables=(Table(wide, "", headings, sortable=True),)),
    ]
    failed = frame.loc[frame["reason"] != "", ["x", "reason"]]
    if len(failed):
        sections.append(Section("Values that failed", tables=(Table(failed, "", headings),)))
    return Page(
        title=result.title,
        lead=lead,
        sections=tuple(sections),
        sources=result.sources,
        provenance=result.provenance,
    )
