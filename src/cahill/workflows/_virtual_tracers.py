"""Virtual tracers, their doses, what is measured of them, and what they are infused into.

Glucose and alanine labelled in carbon run in together, as in the published studies; the label of
each is followed by itself, as theirs could be told apart (3H, 14C, 13C). [15N]alanine is given to
the same man on another day. Doses are small beside the fluxes they trace and change none.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cahill.core.labelling import Tracer
from cahill.core.network import Network
from cahill.core.tracer_infusion import Analyte, EnrichmentKind
from cahill.core.trajectory import Trajectory
from cahill.cycle.quantities import StateView
from cahill.tracing.changing_flow import TrajectoryColumns
from cahill.tracing.changing_infusion import Infusion as Bag

GLUCOSE, ALANINE = "glucose", "alanine"
SPECIES = {GLUCOSE: "Glc_blood", ALANINE: "Ala_blood"}
INTACT, CARBON = "[U-13C6]glucose, M+6", "[U-13C6]glucose"
C13, N15 = "[3-13C]alanine", "[15N]alanine"

# Volumes that mix at once, L/kg, as analyses of such studies take them: of glucose the customary
# 0.65 of 200 mL/kg (see docs/how-to/tracer_kinetics.md); of alanine extracellular water (assumed).
ANALYTES = {GLUCOSE: Analyte(GLUCOSE, 6, 0.2, 0.65), ALANINE: Analyte(ALANINE, 3, 0.2, 1.0)}


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
