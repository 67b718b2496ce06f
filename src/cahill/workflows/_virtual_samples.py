"""Infuse virtual tracers and sample plasma: the measurements of a study whose fluxes are known."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cahill.core.labelling import Experiment, LabelMeasurement, positional_channel
from cahill.core.tracer_infusion import Course, Exchange, Infusion
from cahill.tracing.changing import LabelCourse, labels_on_trajectory, probe
from cahill.workflows._virtual_tracers import (
    ALANINE,
    GLUCOSE,
    SPECIES,
    TRACERS,
    Metabolism,
    VirtualTracer,
)

SUBJECT = "virtual man"
# Sampling (assumed): four samples in the last half hour, as many as a plateau is read from.
LAST_HALF_HOUR = (30.0, 20.0, 10.0, 0.0)
EARLIER_EVERY = 30.0
LEAST_POSITION_RATIO = 4.0


@dataclass(frozen=True, eq=False)
class Occurrence:
    """What one virtual infusion adds to a study."""

    infusions: tuple[Infusion, ...]
    courses: tuple[Course, ...]
    exchanges: tuple[Exchange, ...]


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
