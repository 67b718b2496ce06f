"""The words, pictures and report of a simulation."""

import math
from typing import TYPE_CHECKING

from cahill.cycle.literature import compare, scenario_targets
from cahill.cycle.quantities import HEADLINE
from cahill.cycle.report_parts import (
    PRINTED_UNIT,
    flux_section,
    headline_fact,
    inputs_table,
    parameters_section,
    quantities_table,
    time_text,
    when_text,
)
from cahill.cycle.scenarios import Scenario
from cahill.cycle.targets import Target
from cahill.results.comparison import draw_comparison
from cahill.results.page import Fact, Page, Picture, Section, Table
from cahill.results.tables import format_number, format_range

if TYPE_CHECKING:
    from cahill.cycle.simulate import Simulation

UNIT = "µmol/kg/min"
# The seed's Table 2 as it is written there: (quantity, words, published). The range in which a
# prediction meets it is that of its target: two standard errors.
SEED = (
    ("alanine_ra", "plasma alanine flux", "4.0–5.0"),
    ("glucose_to_alanine", "glucose → alanine carbon", "1.89 ± 0.20"),
    ("alanine_to_glucose", "alanine → glucose carbon", "1.48 ± 0.15"),
)


def sentence(simulation: "Simulation") -> str:
    """Return the alanine flux and the carbon transfers, beside the published ones if there are."""
    scenario, values = simulation.scenario, simulation.reported
    known = published(scenario)
    parts = []
    for name, words, _ in SEED:
        beside = _published_text(known[name]) if name in known else ""
        beside = beside or _start_text(simulation, name)
        parts.append(f"{words} {format_number(values[name])}" + (f" ({beside})" if beside else ""))
    when = when_text(scenario.report_time)
    return f"{scenario.title} {when}: {parts[0]}, {parts[1]}, {parts[2]} {UNIT}."


def published(scenario: Scenario) -> dict[str, Target]:
    """Return, by quantity, the published number at the report time; the seed's before others."""
    found: dict[str, Target] = {}
    for target in scenario_targets(scenario):
        plain = not target.versus and isinstance(target.target, float)
        if plain and _read_at(target, scenario) == scenario.report_time:
            found.setdefault(target.measure, target)
    return found


def _published_text(target: Target) -> str:
    """Return a published number as its source writes it."""
    written = {name: text for name, _, text in SEED}
    if target.seed and target.measure in written:
        return f"published {written[target.measure]}"
    return f"published {format_range(target.low, target.high)}"


def _start_text(simulation: "Simulation", name: str) -> str:
    """Return what a quantity was before the inputs, if there are inputs and it was defined."""
    if not simulation.scenario.inputs or not math.isfinite(simulation.at_start[name]):
        return ""
    return f"{format_number(simulation.at_start[name])} at the start"


def facts(simulation: "Simulation") -> tuple[Fact, ...]:
    """Return the headline numbers, judged where there is a published one."""
    known = published(simulation.scenario)
    rows = []
    for name in HEADLINE:
        value = simulation.reported[name]
        beside, met = "", None
        if name in known:
            beside, met = _published_text(known[name]), known[name].met(value)
        else:
            beside = _start_text(simulation, name)
        rows.append(headline_fact(name, value, beside, met))
    return tuple(rows)


def _read_at(target: Target, scenario: Scenario) -> float:
    """Return when a target is read, min."""
    return scenario.duration if target.hours == "end" else 60.0 * float(target.hours)


def simulation_page(simulation: "Simulation") -> Page:
    """Return the report of a simulation."""
    scenario, time = simulation.scenario, simulation.scenario.report_time
    return Page(
        title=simulation.title,
        lead=simulation.summary(),
        facts=facts(simulation),
        sections=(
            _map_section(simulation),
            *_literature_sections(simulation),
            _course_section(simulation),
            _numbers_section(simulation),
            _scenario_section(scenario),
            flux_section(simulation.run.view(time), when_text(time)),
            parameters_section(simulation.run.model.parameters),
        ),
        sources=simulation.sources,
        provenance=simulation.provenance,
    )


def _map_section(simulation: "Simulation") -> Section:
    pictures = []
    for time in simulation.scenario.report_times:
        name = (
            "cycle-map"
            if time == simulation.scenario.report_time
            else f"cycle-map-{time_text(time).replace(' ', '-')}"
        )
        pictures.append(
            Picture(
                simulation.plot_map(time),
                f"Fluxes {when_text(time)} between muscle, blood, liver and the other tissues, "
                "per kg of body weight. Carbon is blue, nitrogen orange.",
                alt=f"Map of the glucose-alanine cycle {when_text(time)}",
                name=name,
                min_width=820,
            )
        )
    return Section("The cycle", pictures=tuple(pictures), notes=simulation.notes)


def _numbers_section(simulation: "Simulation") -> Section:
    columns = {"at the start": simulation.at_start} if simulation.scenario.inputs else {}
    for time in simulation.scenario.report_times:
        columns[when_text(time)] = simulation.quantities(time)
    return Section("In numbers", tables=(quantities_table(columns),))


def _course_section(simulation: "Simulation") -> Section:
    picture = Picture(
        simulation.plot(),
        "Time runs from the start of the scenario. Groups in which nothing changes by 1 % are "
        "left out.",
        alt=f"Time courses of {simulation.title.lower()}",
        name="time-courses",
        min_width=700,
    )
    return Section("Time courses", pictures=(picture,))


def _literature_sections(simulation: "Simulation") -> tuple[Section, ...]:
    rows = scenario_targets(simulation.scenario)
    if not rows:
        return ()
    frame = compare(rows, simulation.run.model)
    frame["unit"] = frame["unit"].replace(PRINTED_UNIT)
    met = int(frame["met"].sum())
    picture = Picture(
        draw_comparison(frame, title=f"{simulation.title}: prediction beside literature"),
        f"{met} of {len(frame)} published numbers of this scenario are met.",
        name="literature",
        min_width=820,
    )
    shown = frame[
        ["condition", "quantity", "unit", "target", "low", "high", "predicted", "met", "role"]
    ].assign(source=frame["source"])
    table = Table(shown, "Calibration rows set parameters; validation rows never did.")
    words = "A number published with its standard error is met within two of them."
    return (Section("Beside the literature", (words,), pictures=(picture,), tables=(table,)),)


def _scenario_section(scenario: Scenario) -> Section:
    begin = (
        f"{scenario.hours_fasted:g} h after the last meal"
        if scenario.hours_fasted
        else "as a meal has been absorbed"
    )
    start = f"The scenario begins {begin} and lasts {time_text(scenario.duration)}."
    held = f"Held at their starting value: {', '.join(scenario.held)}." if scenario.held else ""
    none = "" if scenario.inputs else "Nothing is given."
    paragraphs = tuple(text for text in (scenario.description, start, held, none) if text)
    tables = (inputs_table(scenario),) if scenario.inputs else ()
    return Section("The scenario", paragraphs, tables=tables)
