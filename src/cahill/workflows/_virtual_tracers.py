"""Virtual tracers infused into the cycle and sampled in plasma: a study of known fluxes.

Glucose and alanine labelled in carbon run in together, as in the published studies; the label of
each is followed by itself, as theirs could be told apart (3H, 14C, 13C). [15N]alanine is given to
the same man on another day. Doses are small beside the fluxes they trace and change none.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cahill.core.labelling import Experiment, LabelMeasurement, Tracer, positional_channel
from cahill.core.network import Network
from cahill.core.tracer_infusion import Analyte, Course, EnrichmentKind, Exchange, Infusion
from cahill.core.trajectory import Trajectory
from cahill.cycle.quantities import StateView
from cahill.tracing.changing import LabelCourse, labels_on_trajectory, probe
from cahill.tracing.changing_flow import TrajectoryColumns
from cahill.tracing.changing_infusion import Infusion as Bag

SUBJECT = "virtual man"
GLUCOSE, ALANINE = "glucose", "alanine"
SPECIES = {GLUCOSE: "Glc_blood", ALANINE: "Ala_blood"}
INTACT, CARBON = "[U-13C6]glucose, M+6", "[U-13C6]glucose"
C13, N15 = "[3-13C]alanine", "[15N]alanine"

# Volumes that mix at once, L/kg, as analyses of such studies take them: of glucose the customary
# 0.65 of 200 mL/kg (see docs/how-to/tracer_kinetics.md); of alanine extracellular water (assumed).
ANALYTES = {GLUCOSE: Analyte(GLUCOSE, 6, 0.2, 0.65), ALANINE: Analyte(ALANINE, 3, 0.2, 1.0)}
# Sampling (assumed): four samples in the last half hour, as many as a plateau is read from.
LAST_HALF_HOUR = (30.0, 20.0, 10.0, 0.0)
EARLIER_EVERY = 30.0
LEAST_POSITION_RATIO = 4.0


@dataclass(frozen=True)
class Reading:
    """One enrichment that is measured in plasma.

    Attributes
    ----------
    tracer, analyte : str
        What the label comes from, by the name the analysis knows it by, and where it is measured.
    kind : {"MPE", "APE"}
        Excess of one mass isotopologue, or of the mean over all atoms of the element.
    channel : str
        The channel of the simulated measurement.
    atoms : int
        Labelled atoms of the isotopologue, or the atoms that the mean is over.
    """

    tracer: str
    analyte: str
    kind: EnrichmentKind
    channel: str
    atoms: int


@dataclass(frozen=True)
class VirtualTracer:
    """A tracer, its dose, and what is measured of it.

    Attributes
    ----------
    analyte, element : str
        The molecule it is, and the element labelled.
    heavy : tuple of float
        Which of its atoms are heavy.
    rate : float
        umol/kg/min.
    prime : float
        Minutes of infusion that are given at once, in the first minute.
    day : int
        Tracers of one day run in together.
    readings : tuple of Reading
    """

    analyte: str
    element: str
    heavy: tuple[float, ...]
    rate: float
    prime: float
    day: int
    readings: tuple[Reading, ...]

    def bag(self, weight: float, end: float, labelled: bool) -> Bag:
        """Return what runs in from time 0 to `end`, min, as it is or as if it were no tracer."""
        rate = self.rate * weight / 1000.0
        periods = ((0.0, 1.0, rate * (1.0 + self.prime)), (1.0, end, rate))
        form = Tracer(1.0, {self.element: self.heavy} if labelled else {})
        return Bag(f"{self.analyte} tracer", SPECIES[self.analyte], (form,), periods)


# The doses are assumed: enrichments of 2 and 5 %, which mass spectrometry tells from none, and
# primes near the plasma pool over its turnover. M+6 is glucose that came intact; it stands for a
# hydrogen tracer, which loses its label on the way round.
TRACERS = (
    VirtualTracer(
        GLUCOSE,
        "C",
        (1.0,) * 6,
        0.20,
        100.0,
        1,
        (
            Reading(INTACT, GLUCOSE, "MPE", "M+6", 6),
            Reading(CARBON, GLUCOSE, "APE", "enrichment", 6),
            Reading(CARBON, ALANINE, "APE", "enrichment", 3),
        ),
    ),
    VirtualTracer(
        ALANINE,
        "C",
        (0.0, 0.0, 1.0),
        0.20,
        20.0,
        1,
        (Reading(C13, ALANINE, "MPE", "M+1", 1), Reading(C13, GLUCOSE, "APE", "enrichment", 6)),
    ),
    VirtualTracer(ALANINE, "N", (1.0,), 0.20, 20.0, 2, (Reading(N15, ALANINE, "MPE", "M+1", 1),)),
)


@dataclass(frozen=True, eq=False)
class Metabolism:
    """What the tracers are infused into.

    Attributes
    ----------
    network : Network
    trajectory : Trajectory
        Gross fluxes, mmol/min, and amounts, mmol; time 0 is when the infusion begins.
    columns : TrajectoryColumns
        Where they stand.
    body_weight : float
        kg.
    plasma : float
        Volume of the compartment that is sampled, L.
    """

    network: Network
    trajectory: Trajectory
    columns: TrajectoryColumns
    body_weight: float
    plasma: float

    def concentration(self, analyte: str, times: np.ndarray) -> np.ndarray:
        """Return the concentration in plasma, umol/L."""
        amount = self.trajectory.column(self.columns.amounts[SPECIES[analyte]])
        return np.interp(times, self.trajectory.times, amount) / self.plasma * 1000.0


@dataclass(frozen=True, eq=False)
class Occurrence:
    """What one virtual infusion adds to a study."""

    infusions: tuple[Infusion, ...]
    courses: tuple[Course, ...]
    exchanges: tuple[Exchange, ...]


def metabolism(views: Sequence[StateView], times: np.ndarray) -> Metabolism:
    """Return fluxes and amounts over time from states of the cycle.

    Parameters
    ----------
    views : sequence of StateView
        One a time.
    times : numpy.ndarray
        Minutes from the begin of the infusion; twice where an input jumps.
    """
    first = views[0]
    network, system = first.model.network, first.system
    levels = [name for name, one in network.species.items() if one.kind in ("pool", "slow")]
    volumes = np.array(
        [first.parameters[system.parameter_index(network.species[n].compartment)] for n in levels]
    )
    rows = []
    for view in views:
        forward, backward = view.gross
        amounts = np.array([view.level(name) for name in levels]) * volumes
        rows.append([*forward.values(), *backward.values(), *amounts])
    steps = [step.id for step in network.steps]
    ahead, back = ({name: f"{name} {way}" for name in steps} for way in ("forward", "backward"))
    names = (*ahead.values(), *back.values(), *levels)
    units = ("mmol/min",) * (2 * len(steps)) + ("mmol",) * len(levels)
    return Metabolism(
        network,
        Trajectory(times, names, np.array(rows), units),
        TrajectoryColumns(ahead, back, {name: name for name in levels}),
        float(first.parameters[system.parameter_index("body_weight")]),
        float(volumes[levels.index(SPECIES[GLUCOSE])]),
    )


def sample_times(minutes: float) -> np.ndarray:
    """Return when plasma is sampled in an infusion of so many minutes."""
    last = minutes - np.array(LAST_HALF_HOUR)
    return np.concatenate([np.arange(EARLIER_EVERY, last[0], EARLIER_EVERY), last])


def infuse(body: Metabolism, times: np.ndarray) -> tuple[LabelCourse, ...]:
    """Infuse each tracer from time 0 to the last sample and return the labels at the samples."""
    return tuple(_infuse(body, tracer, times) for tracer in TRACERS)


def _infuse(body: Metabolism, tracer: VirtualTracer, times: np.ndarray) -> LabelCourse:
    bags = [
        one.bag(body.body_weight, float(times[-1]), labelled=one is tracer)
        for one in TRACERS
        if one.day == tracer.day
    ]
    measured = dict.fromkeys(SPECIES[reading.analyte] for reading in tracer.readings)
    labels = [probe(body.network, name, tracer.element) for name in measured]
    if _shows_positions(tracer):
        labels += [_position(place) for place in range(1, 7)]
    experiment = Experiment("infusion", (), tuple(labels))
    return labels_on_trajectory(
        body.network, experiment, body.trajectory, body.columns, times, infusions=bags
    )


def _shows_positions(tracer: VirtualTracer) -> bool:
    """Return whether its label in glucose tells of the exchange in the TCA cycle."""
    return tracer.analyte == ALANINE and tracer.element == "C"


def _position(place: int) -> LabelMeasurement:
    empty = np.full((1, 1), np.nan)
    species = (SPECIES[GLUCOSE],)
    return LabelMeasurement(
        f"C{place}", species, ((("C", place),),), positional_channel(), empty, empty
    )


def observe(
    body: Metabolism,
    found: Sequence[LabelCourse],
    times: np.ndarray,
    state: str,
    noise: float,
    rng: np.random.Generator,
) -> Occurrence:
    """Measure the labels at some of the times they were simulated at.

    Parameters
    ----------
    body : Metabolism
    found : sequence of LabelCourse
        As `infuse` has them.
    times : numpy.ndarray
        When plasma is sampled, min; the infusion lasts to the last.
    state : str
        What the study calls the occasion.
    noise : float
        Standard deviation of every measurement as a share of it; 0 for none.
    rng : numpy.random.Generator
        Where errors of measurement come from.
    """
    infusions, courses, exchanges = [], [], []
    levels = {name: _noisy(body.concentration(name, times), noise, rng) for name in SPECIES}
    for tracer, labels in zip(TRACERS, found):
        at = np.searchsorted(labels.times, times)
        prime, end = tracer.rate * tracer.prime, float(times[-1])
        for name in dict.fromkeys(reading.tracer for reading in tracer.readings):
            infusions.append(
                Infusion(SUBJECT, state, name, tracer.analyte, tracer.rate, 0.0, end, prime)
            )
        for reading in tracer.readings:
            exact = labels.of(SPECIES[reading.analyte], reading.channel)[at]
            values = _noisy(exact, noise, rng)
            level = levels[reading.analyte]
            courses.append(
                Course(
                    *(SUBJECT, state, reading.analyte, reading.tracer, reading.kind),
                    *(times, values, noise * np.abs(values), level, noise * level),
                    reading.atoms,
                )
            )
        if _shows_positions(tracer):
            exchanges += _exchange(labels, int(at[-1]), state, noise, rng)
    return Occurrence(tuple(infusions), tuple(courses), tuple(exchanges))


def _exchange(
    labels: LabelCourse, at: int, state: str, noise: float, rng: np.random.Generator
) -> list[Exchange]:
    """Measure the positions of glucose in the last sample; none where they tell no exchange."""
    place = [float(labels.of(f"C{number}", "enrichment")[at]) for number in range(1, 7)]
    outer, inner = _noisy(
        np.array([place[0] + place[1] + place[4] + place[5], place[2] + place[3]]), noise, rng
    )
    ratio = outer / inner if inner > 0 else 0.0
    if not ratio > LEAST_POSITION_RATIO:
        return []
    return [
        Exchange(
            sd=np.sqrt(2.0) * noise * ratio, position_ratio=ratio, subject=SUBJECT, state=state
        )
    ]


def _noisy(values: np.ndarray, noise: float, rng: np.random.Generator) -> np.ndarray:
    return values * (1.0 + noise * rng.standard_normal(values.shape))


def doses() -> list[Mapping[str, object]]:
    """Return the doses as rows of a table."""
    return [
        {
            "tracer": tracer.readings[-1].tracer,
            "day": tracer.day,
            "rate_umol_per_kg_min": tracer.rate,
            "prime_umol_per_kg": tracer.rate * tracer.prime,
            "measured": "; ".join(_reading_words(one) for one in tracer.readings),
            "grade": "assumed",
        }
        for tracer in TRACERS
    ]


def _reading_words(reading: Reading) -> str:
    what = "mean of all carbons" if reading.kind == "APE" else reading.channel
    return f"{reading.analyte} {what}"
