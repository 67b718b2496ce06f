"""The words, pictures and report of an ensemble."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from cahill.cycle.members import FOLLOWED
from cahill.cycle.quantities import QUANTITIES
from cahill.cycle.sensitivity import critical_correlation
from cahill.results.intervals import control_bars, interval_forest
from cahill.results.page import Fact, Page, Picture, Section, Table
from cahill.results.tables import format_number, format_range
from cahill.results.time_courses import draw_time_courses

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from cahill.cycle.ensemble import Ensemble

MAIN = ("alanine_ra", "glucose_to_alanine", "alanine_to_glucose", "hepatic_ALT", "egp")
UNITS = {"umol/kg/min": "µmol/kg/min", "dimensionless": "no unit"}
TOP = 10
PANELS = {
    "plasma_glucose": ("Plasma glucose", "glucose"),
    "insulin": ("Insulin and glucagon", "insulin"),
    "glucagon": ("Insulin and glucagon", "glucagon"),
    "plasma_alanine": ("Plasma alanine and lactate", "alanine"),
    "plasma_lactate": ("Plasma alanine and lactate", "lactate"),
    "egp": ("Glucose production", "production"),
    "gluconeogenesis": ("Glucose production", "gluconeogenesis"),
    "hepatic_glycogenolysis": ("Glucose production", "glycogenolysis"),
    "muscle_alanine_release": ("Alanine", "release by muscle"),
    "hepatic_ALT": ("Alanine", "to pyruvate in liver"),
    "urea_nitrogen": ("Urea-nitrogen synthesis", "urea N"),
    "serum_ALT": ("Serum ALT", "total ALT"),
}


def sentence(result: "Ensemble") -> str:
    """Return alanine flux and carbon transfers with their intervals in a sentence."""
    rows = _rows(result)
    parts = [f"{rows[name]['title']} {_interval(rows[name])}" for name in MAIN[:3]]
    return (
        f"{result.scenario.title} at {_hours(result)} h in {len(result.succeeded)} of "
        f"{len(result.members)} virtual subjects, median and 90 % interval: "
        f"{', '.join(parts)} µmol/kg/min."
    )


def _rows(result: "Ensemble") -> dict[str, dict[Any, Any]]:
    """Return the intervals at the last report time by quantity."""
    return {row["quantity"]: row for row in _last(result).to_dict("records")}


def _interval(row: Mapping[str, Any]) -> str:
    low, high = float(row["low"]), float(row["high"])
    return f"{format_number(row['median'])} ({format_range(low, high)})"


def _hours(result: "Ensemble") -> str:
    return f"{result.scenario.report_time / 60.0:g}"


def _last(result: "Ensemble") -> pd.DataFrame:
    frame = result.intervals()
    return frame[frame["time_h"] == result.scenario.report_time / 60.0]


def interval_picture(result: "Ensemble") -> "Figure":
    """Draw median and interval of every reported quantity at the last report time."""
    frame = _last(result).drop(columns="quantity").rename(columns={"title": "quantity"})
    frame = frame.assign(unit=frame["unit"].replace(UNITS))
    return interval_forest(
        frame,
        title=result.title,
        subtitle=f"at {_hours(result)} h: median and 90 % interval of "
        f"{len(result.succeeded)} subjects",
    )


def band_picture(result: "Ensemble") -> "Figure":
    """Draw median and 90 % band of the main quantities over time."""
    frame = result.bands()
    panels = [PANELS[name] for name in frame["quantity"]]
    frame = frame.assign(
        panel=[panel for panel, _ in panels],
        label=[label for _, label in panels],
        unit=frame["unit"].replace(UNITS),
    )
    return draw_time_courses(
        frame,
        title=result.title,
        subtitle="median and 90 % band over the subjects",
    )


def cause_picture(result: "Ensemble") -> "Figure":
    """Draw the parameters with the largest rank correlations."""
    frame = result.sensitivity()
    frame = frame.assign(quantity=[QUANTITIES[name].title for name in frame["quantity"]])
    frame = frame.rename(columns={"parameter": "step", "correlation": "coefficient"})
    figure = control_bars(
        frame,
        title="What the alanine flux and the carbon transfers hang on",
        subtitle="rank correlation, over the subjects, of what was drawn with what came out; "
        f"closer to 0 than {critical_correlation(*result.drawn.shape):.2f} may well be chance",
        top=TOP,
    )
    for axes in figure.axes:
        axes.set_xlabel("rank correlation")
    return figure


def ensemble_page(result: "Ensemble") -> Page:
    """Return the report."""
    lead = sentence(result)
    rows = _rows(result)
    facts = tuple(
        Fact(
            rows[name]["title"],
            _interval(rows[name]),
            UNITS.get(QUANTITIES[name].unit, QUANTITIES[name].unit),
            beside=f"reference man {format_number(rows[name]['reference'])}",
        )
        for name in MAIN
    )
    intervals = result.intervals().drop(columns=["quantity", "members"])
    causes = result.sensitivity().groupby("quantity", sort=False).head(TOP)
    return Page(
        title=result.title,
        lead=lead,
        facts=facts,
        sections=(
            Section(
                "Intervals",
                pictures=(Picture(interval_picture(result), lead, name="intervals"),),
                tables=(
                    Table(
                        intervals,
                        "Median and 90 % interval (5th to 95th percentile).",
                        {"title": "quantity"},
                        sortable=True,
                    ),
                ),
                notes=result.notes,
            ),
            Section("Time courses", pictures=(_bands(result),)),
            Section(
                "What matters",
                paragraphs=(
                    "Spearman rank correlation, a first-order measure: it shows a steady rise or "
                    "fall with one parameter, not how parameters act together. p is corrected for "
                    "the number of parameters (Bonferroni).",
                ),
                pictures=(
                    Picture(cause_picture(result), "Largest rank correlations.", name="causes"),
                ),
                tables=(Table(causes, "Largest rank correlations.", sortable=True),),
            ),
            *_failures(result),
        ),
        sources=result.sources,
        provenance=result.provenance,
    )


def _bands(result: "Ensemble") -> Picture:
    words = ", ".join(QUANTITIES[name].title for name in FOLLOWED)
    return Picture(band_picture(result), f"Median and 90 % band of {words}.", name="bands")


def _failures(result: "Ensemble") -> tuple[Section, ...]:
    rows = [(member.number + 1, member.reason) for member in result.members if member.reason]
    if not rows:
        return ()
    frame = pd.DataFrame(rows, columns=["member", "reason"])
    return (Section("Subjects left out", tables=(Table(frame),)),)
