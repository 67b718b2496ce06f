"""The time courses of a scenario as a picture: which quantities stand together, when inputs act."""

import pandas as pd
from matplotlib.figure import Figure

from cahill.cycle.inputs import ScenarioInput
from cahill.cycle.report_parts import PRINTED_UNIT
from cahill.cycle.scenarios import Scenario
from cahill.results.time_courses import Period, draw_time_courses

# A quantity that changes by less than this share does not move.
UNCHANGED = 0.01

# Panels of the time courses: heading, then (quantity, name of its line).
PANELS: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    ("Plasma glucose", (("Glc_blood", "glucose"),)),
    ("Plasma insulin and glucagon", (("Insulin", "insulin"), ("Glucagon", "glucagon"))),
    (
        "Plasma fuels and amino acids",
        (
            ("Lac_blood", "lactate"),
            ("Gln_blood", "glutamine"),
            ("BCAA_blood", "branched-chain AA"),
            ("Ala_blood", "alanine"),
        ),
    ),
    (
        "Free fatty acids and ketone bodies",
        (("FFA_blood", "free fatty acids"), ("Ketone_blood", "ketone bodies")),
    ),
    (
        "Alanine turnover",
        (
            ("alanine_ra", "alanine flux (Ra)"),
            ("alanine_from_pyruvate", "from pyruvate"),
            ("alanine_from_protein", "from protein"),
            ("hepatic_alanine_uptake", "hepatic uptake, net"),
        ),
    ),
    (
        "Carbon transfers of the cycle",
        (
            ("glucose_to_alanine", "glucose → alanine"),
            ("alanine_to_glucose", "alanine → glucose"),
        ),
    ),
    (
        "Glucose production and disposal",
        (
            ("egp", "production"),
            ("glucose_disposal", "disposal"),
            ("gluconeogenesis", "gluconeogenesis"),
            ("hepatic_glycogenolysis", "glycogenolysis"),
        ),
    ),
    ("Urea-nitrogen synthesis", (("urea_nitrogen", "urea N"),)),
    ("Glycogen", (("Glycogen_liver", "liver"), ("Glycogen_muscle", "muscle"))),
    ("Plasma cortisol", (("Cortisol", "cortisol"),)),
    ("Plasma epinephrine", (("Epinephrine", "epinephrine"),)),
    (
        "ALT protein, relative to 12 h",
        (
            ("protein_ALT1_liver", "ALT1 liver"),
            ("protein_ALT2_liver", "ALT2 liver"),
            ("protein_ALT1_muscle", "ALT1 muscle"),
            ("protein_ALT2_muscle", "ALT2 muscle"),
        ),
    ),
    ("Serum ALT", (("serum_ALT", "total ALT"),)),
)
ALWAYS = ("Plasma glucose", "Alanine turnover", "Carbon transfers of the cycle")


def draw_courses(frame: pd.DataFrame, scenario: Scenario) -> Figure:
    """Draw the course of a scenario in groups; a group in which nothing moves is left out.

    Parameters
    ----------
    frame : pandas.DataFrame
        Tidy: time_h, quantity (states and reported quantities), value, unit.
    scenario : Scenario
        Gives title and input periods.
    """
    rows = []
    for panel, lines in PANELS:
        group = [_line(frame, panel, *line) for line in lines]
        if panel in ALWAYS or any(map(_moves, group)):
            rows += group
    return draw_time_courses(
        pd.concat(rows, ignore_index=True),
        periods=periods(scenario),
        title=scenario.title,
        subtitle=_subtitle(scenario),
    )


def _line(frame: pd.DataFrame, panel: str, name: str, label: str) -> pd.DataFrame:
    line = frame[frame["quantity"] == name]
    unit = line["unit"].replace(PRINTED_UNIT)
    return line.assign(panel=panel, label=label, unit=unit)


def _moves(line: pd.DataFrame) -> bool:
    values = line["value"]
    return bool(len(values)) and values.max() - values.min() > UNCHANGED * abs(values).max()


def periods(scenario: Scenario) -> tuple[Period, ...]:
    """Return the stretches in which an input is on, adjoining ones joined.

    An input that is on all the time is left out: it would shade everything.
    """
    return tuple(
        Period(span[0].start / 60.0, span[-1].end / 60.0, span[0].name.replace("_", " "))
        for span in _spans(scenario)
        if not _whole(span, scenario)
    )


def _spans(scenario: Scenario) -> list[list[ScenarioInput]]:
    """Return the runs of adjoining inputs of one name, by their start."""
    spans: list[list[ScenarioInput]] = []
    for item in sorted(scenario.inputs, key=lambda item: (item.name, item.start)):
        last = spans[-1][-1] if spans else None
        if last is not None and last.name == item.name and last.end == item.start:
            spans[-1].append(item)
        else:
            spans.append([item])
    return sorted(spans, key=lambda span: span[0].start)


def _whole(span: list[ScenarioInput], scenario: Scenario) -> bool:
    return span[0].start == 0.0 and span[-1].end == scenario.duration


def _subtitle(scenario: Scenario) -> str:
    """Say where the scenario starts and what is given throughout; the rest is shaded."""
    fasted = scenario.hours_fasted
    start = f"starts {fasted:g} h after the last meal" if fasted else "starts after a meal"
    whole = [
        f"{span[0].name.replace('_', ' ')} {', then '.join(item.text for item in span)}"
        for span in _spans(scenario)
        if _whole(span, scenario)
    ]
    return f"{start} · throughout: {'; '.join(whole)}" if whole else start
