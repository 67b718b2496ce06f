"""Tracers infused into a scenario of the cycle, and the labels of the pools one wants to see."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cahill.core.labelling import Experiment, LabelMeasurement
from cahill.core.network import Network
from cahill.core.units import check_dimension, parse_quantity_text, per_kg_to_whole_body, to
from cahill.cycle.build import CycleModel, build_model
from cahill.cycle.quantities import view_of
from cahill.cycle.readings import readable_times
from cahill.cycle.run import ScenarioRun, run_scenario
from cahill.cycle.scenarios import Scenario
from cahill.errors import CahillError, ConvergenceError, InputError, UnitError
from cahill.io.enrichment_rows import Row
from cahill.io.label_rows import read_feed
from cahill.results.base import Result
from cahill.results.isotopologue_bars import isotopologue_courses
from cahill.results.page import Page, Picture, Section, Table
from cahill.results.provenance import collect_provenance
from cahill.tracing.changing import LabelCourse, labels_on_trajectory, probe
from cahill.tracing.changing_infusion import Infusion
from cahill.workflows._virtual_tracers import Metabolism, metabolism

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WATCHED = ("Glc_blood", "Ala_blood", "Lac_blood")
"""Pools shown besides those infused."""
OUTPUTS = 97
"""Times of the answer, evenly spread."""
EVERY = 5.0
"""Fluxes and amounts are smooth between changes of input; states are taken this often, min."""
DRAWN = 7
"""Isotopologues of a panel that are told apart; the curves of more cannot be."""
EXAMPLE = '"Glc_blood C:U 0.2 umol/kg/min"'


@dataclass(frozen=True, kw_only=True, eq=False)
class LabelCourses(Result):
    """Labels of some pools of the cycle while tracers are infused.

    Attributes
    ----------
    scenario : Scenario
        What the man does meanwhile.
    tracers : tuple of str
        What is infused, as it was asked for.
    course : LabelCourse
        Isotopologues and average enrichment of the pools, over time (min).
    """

    scenario: Scenario
    tracers: tuple[str, ...]
    course: LabelCourse

    @property
    def title(self) -> str:
        """Heading of the report."""
        return f"Labelling: {self.scenario.title}"

    def summary(self) -> str:
        """Return the enrichments at the end in one sentence."""
        last = self.to_frame().query("channel == 'enrichment'").groupby("measurement", sort=False)
        ends = last["value"].last()
        parts = [f"{name} {100 * value:.3g} %" for name, value in ends.items()]
        hours = self.course.times[-1] / 60.0
        return (
            f"{self.scenario.title}, {' and '.join(self.tracers)} for {hours:g} h: "
            f"atoms labelled at the end {', '.join(parts)}."
        )

    def to_frame(self) -> pd.DataFrame:
        """Return time_h, measurement (pool and element), channel, value (fraction)."""
        return self.course.to_frame()

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return the labels."""
        return {"labels": self.to_frame()}

    def plot(self) -> "Figure":
        """Return the isotopologues that carry label, over time."""
        frame = self.to_frame()
        frame = frame[~frame["channel"].isin(["enrichment", "M+0"])]
        most = frame.groupby(["measurement", "channel"], sort=False)["value"].max()
        rank = most.groupby(level=0, sort=False).rank(ascending=False, method="first")
        kept = rank.index[rank <= DRAWN]
        shown = frame[pd.MultiIndex.from_frame(frame[["measurement", "channel"]]).isin(kept)]
        shown = shown.rename(columns={"value": "fitted", "time_h": "time"})
        return isotopologue_courses(
            shown.assign(measured=np.nan, sd=np.nan),
            time_unit="h",
            title=self.title,
            subtitle=f"{' and '.join(self.tracers)}; share of the molecules",
            columns=3,
        )

    def page(self) -> Page:
        """Return the report: the courses and their numbers."""
        picture = Picture(self.plot(), "Labelled isotopologues over time.", name="labels")
        wide = self.to_frame().pivot_table(
            index="time_h", columns=["measurement", "channel"], values="value", sort=False
        )
        wide.columns = [" ".join(map(str, pair)) for pair in wide.columns]
        enriched = [name for name in wide.columns if name.endswith(" enrichment")]
        table = wide[enriched].reset_index()
        return Page(
            title=self.title,
            lead=self.summary(),
            sections=(
                Section("Labelling", pictures=(picture,), notes=self.notes),
                Section("Average enrichment", tables=(Table(table, sortable=True, digits=4),)),
            ),
            sources=self.sources,
            provenance=self.provenance,
        )


def labels_on_scenario(
    scenario: Scenario,
    tracers: Sequence[str],
    pools: Sequence[str] = (),
    hours: float | None = None,
    model: CycleModel | None = None,
) -> LabelCourses:
    """Infuse tracers from the scenario's begin to its end and follow the labels.

    Parameters
    ----------
    scenario : Scenario
        What the man does.
    tracers : sequence of str
        Pool, labelled atoms and rate of each, such as "Glc_blood C:U 0.2 umol/kg/min"; rates are
        per kg body weight or for the whole body.
    pools : sequence of str
        Whose label is wanted; by default those infused, and glucose, alanine and lactate in blood.
    hours : float, optional
        Length, h; that of the scenario by default.
    model : CycleModel, optional
        The reference man by default.

    Raises
    ------
    InputError, UnitError
        If a tracer cannot be read.
    UnknownNameError
        If there is no such pool.
    ModelError, ConvergenceError
        If the scenario cannot be run, or label not be followed.
    """
    model = model or build_model()
    chosen = scenario if hours is None else scenario.lasting(hours)
    weight = float(model.system.default_parameters[model.system.parameter_index("body_weight")])
    end = chosen.duration
    infusions = [_infusion(text, model.network, weight, end) for text in tracers]
    probes = _probes(model.network, infusions, pools)
    body = _body(_run(model, chosen))
    course = labels_on_trajectory(
        body.network,
        Experiment("infusion", (), probes),
        body.trajectory,
        body.columns,
        np.linspace(0.0, end, OUTPUTS),
        infusions=infusions,
    )
    return LabelCourses(
        scenario=chosen,
        tracers=tuple(tracers),
        course=course,
        notes=("Glycogen, protein and other slow pools stay unlabelled.",),
        provenance=collect_provenance(
            {chosen.path.name: chosen.path, "model (Antimony)": model.antimony},
            {"scenario": chosen.name, "tracers": tuple(tracers), "hours": end / 60.0},
        ),
    )


def _infusion(text: str, network: Network, weight: float, end: float) -> Infusion:
    """Read "Glc_blood C:U 0.2 umol/kg/min"."""
    words = text.split()
    labels = [word for word in words[1:] if ":" in word]
    rate = " ".join(word for word in words[1:] if ":" not in word)
    where = f'--tracer "{text}"'
    if not labels or not rate:
        raise InputError(f"{where}: give pool, labelled atoms and rate, such as {EXAMPLE}")
    try:
        row = Row(where, {"species": words[0], "labels": " ".join(labels)})
        feed = read_feed(row, network)[1]
        value = _whole_body(*parse_quantity_text(rate), weight)
    except CahillError as error:
        raise InputError(f"{where}: {error}") from None
    return Infusion(f"{words[0]} tracer", words[0], feed.tracers, ((0.0, end, value),))


def _whole_body(value: float, unit: str, weight: float) -> float:
    """Return a rate in mmol/min."""
    try:
        check_dimension(unit, "umol/kg/min")
    except UnitError:
        return to(value, unit, "mmol/min")
    return per_kg_to_whole_body(to(value, unit, "umol/kg/min"), weight)


def _probes(
    network: Network, infusions: Sequence[Infusion], pools: Sequence[str]
) -> tuple[LabelMeasurement, ...]:
    """Return what is followed: every labelled element of every pool, two of them by their names."""
    heavy = {element for one in infusions for form in one.tracers for element in form.heavy}
    watched = pools or [*(one.species for one in infusions), *WATCHED]
    found = [
        (pool, element, probe(network, pool, element))
        for pool in dict.fromkeys(watched)
        for element in sorted(heavy)
        if pools or network.species[pool].atoms.get(element)
    ]
    if len(heavy) < 2:
        return tuple(one for _, _, one in found)
    return tuple(replace(one, id=f"{pool} {element}") for pool, element, one in found)


def _run(model: CycleModel, scenario: Scenario) -> ScenarioRun:
    end = scenario.duration
    even = np.linspace(0.0, end, int(np.ceil(end / EVERY)) + 1)
    changes = [t for item in scenario.inputs for t in (item.start, item.end) if 0 < t < end]
    times = np.union1d(even, changes)
    # Times that only rounding tells apart would be steps of no length.
    times = times[np.concatenate([[True], np.diff(times) > 1e-6])]
    try:
        return run_scenario(model, scenario, times)
    except ConvergenceError as error:
        message = f"scenario {scenario.name}: {readable_times(str(error))}"
        raise ConvergenceError(message) from error


def _body(run: ScenarioRun) -> Metabolism:
    """Return fluxes and amounts over time, twice where an input jumps."""
    times, views = [], []
    for place, time in enumerate(run.solution.times):
        before = run.parameters[place - 1]
        if place and not np.array_equal(before, run.parameters[place]):
            times.append(time)
            views.append(view_of(run.model, run.solution.states[place], before))
        times.append(time)
        views.append(run.view(time))
    return metabolism(views, np.array(times))
