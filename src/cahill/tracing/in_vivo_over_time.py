"""Rates that change: Steele's equation along smooth curves, sample by sample."""

import math
from dataclasses import dataclass

import numpy as np

from cahill.core.tracer_infusion import InfusionStudy
from cahill.tracing.in_vivo import carbon_transfer_nonsteady, clearance, steele_nonsteady
from cahill.tracing.in_vivo_analysis import (
    APPEARANCE,
    CLEARANCE,
    CLEARANCE_UNIT,
    CORRECTED,
    DISAPPEARANCE,
    ENDOGENOUS,
    RATE_UNIT,
    TRANSFER,
    Doubt,
    Estimate,
    estimate,
    passes_oxaloacetate,
    unlabelled_rate,
)
from cahill.tracing.in_vivo_signals import Signal, Signals
from cahill.tracing.in_vivo_tracers import reference_tracer, tracer_label


@dataclass(frozen=True, eq=False)
class Turnover:
    """Draws of the rates of one molecule at some times, shape (draws + 1, times).

    `mass` is what the tracer itself adds to the molecules that appear, umol/kg/min, shape (times,).
    """

    appearance: np.ndarray
    disappearance: np.ndarray
    mass: np.ndarray
    concentration: np.ndarray
    tracee: np.ndarray


def analyse_over_time(
    study: InfusionStudy, signals: Signals
) -> tuple[tuple[Estimate, ...], tuple[Doubt, ...]]:
    """Follow the rates and transfers of one subject in one state.

    Needs the pool volume of a molecule (table of analytes), its concentration, and at least five
    samples of each. Times are those of the samples during the infusion.

    Parameters
    ----------
    study : InfusionStudy
    signals : Signals
        What was measured in it.

    Returns
    -------
    tuple of (tuple of Estimate, tuple of Doubt)
        With the times of the samples.
    """
    estimates: list[Estimate] = []
    doubts: list[Doubt] = []
    for signal in signals.courses.values():
        if signal.infused:
            at = _common_times(signal, signals)
            turnover = turnover_at(study, signals, signal, at)
            if turnover is not None:
                estimates += _rates(study, signals, signal, at, turnover)
        else:
            estimates += _transfer(study, signals, signal)
    if not estimates and any(study.analyte(name).pool_volume for name in signals.levels):
        sentence = "too few samples of enrichment or concentration to follow rates over time"
        doubts.append(Doubt(sentence, signals.occasion))
    return tuple(estimates), tuple(doubts)


def turnover_at(
    study: InfusionStudy, signals: Signals, signal: Signal, at: np.ndarray
) -> Turnover | None:
    """Return the turnover of an infused molecule by Steele's equation.

    Parameters
    ----------
    study : InfusionStudy
    signals : Signals
    signal : Signal
        Its tracer in itself.
    at : numpy.ndarray
        Times, min, within its samples.

    Returns
    -------
    Turnover or None
        None if the pool volume, the concentration or samples lack.
    """
    analyte = signal.course.analyte
    volume, series = study.analyte(analyte).pool_volume, signals.levels.get(analyte)
    if volume is None or series is None or not len(at) or not signal.ratio_known:
        return None
    curve, levels = signal.series.smooth(at), series.smooth(at)
    if curve is None or levels is None:
        return None
    value, slope = curve
    ratio, ratio_slope = signal.ratio(value), signal.ratio_slope(value, slope)
    level, level_slope = levels
    tracee, tracee_slope = level, level_slope
    if signal.course.kind != "SA":
        # What is measured holds the tracer too: C = tracee * (1 + z).
        tracee = level / (1.0 + ratio)
        tracee_slope = (level_slope - tracee * ratio_slope) / (1.0 + ratio)
    rates = steele_nonsteady(signal.rate(at), ratio, ratio_slope, tracee, tracee_slope, volume)
    mass = np.zeros_like(at) if signal.course.kind == "SA" else signal.rate(at)
    return Turnover(*rates, mass, concentration=level, tracee=tracee)


def _rates(
    study: InfusionStudy,
    signals: Signals,
    signal: Signal,
    at: np.ndarray,
    turnover: Turnover,
) -> list[Estimate]:
    analyte, tracer = signal.course.analyte, signal.course.tracer
    occasion = signals.occasion
    cleared = 1000.0 * clearance(turnover.disappearance, turnover.tracee)
    found = [
        (APPEARANCE, turnover.appearance, RATE_UNIT),
        (DISAPPEARANCE, turnover.disappearance, RATE_UNIT),
        (CLEARANCE, cleared, CLEARANCE_UNIT),
    ]
    cold = unlabelled_rate(study.infused(occasion), analyte, at)
    if np.any(cold > 0):
        found.append((ENDOGENOUS, turnover.appearance - cold, RATE_UNIT))
    return [
        estimate(occasion, quantity, analyte, tracer, draws[:, k], unit, float(time))
        for quantity, draws, unit in found
        for k, time in enumerate(at)
    ]


def _transfer(study: InfusionStudy, signals: Signals, signal: Signal) -> list[Estimate]:
    """Return the carbon transfer from the molecule infused, allowing for label still stored."""
    course = signal.course
    source, occasion = signal.infusions[0].analyte, signals.occasion
    precursor = signals.courses.get((source, course.tracer))
    infused = [
        name
        for (analyte, name), one in signals.courses.items()
        if one.infused and analyte == course.analyte
    ]
    label, reference = tracer_label(course.tracer), reference_tracer(infused, course.analyte)
    volume = study.analyte(course.analyte).pool_volume
    carbons = study.analyte(source).carbon_number
    if precursor is None or label is None or label.element != "C" or reference is None:
        return []
    if volume is None or carbons is None or not (signal.label_known and precursor.label_known):
        return []
    inflow = signals.courses[course.analyte, reference]
    at = _within(_common_times(signal, signals), precursor, inflow)
    turnover = turnover_at(study, signals, inflow, at)
    product, origin = signal.series.smooth(at), precursor.series.smooth(at)
    if turnover is None or product is None or origin is None:
        return []
    value, slope = product
    moved = carbon_transfer_nonsteady(
        turnover.appearance + turnover.mass,
        signal.label(value),
        signal.label_slope(value, slope),
        precursor.label(origin[0]),
        turnover.concentration,
        volume,
        carbons,
    )
    found = [(TRANSFER, moved)]
    if signals.exchange is not None and passes_oxaloacetate(source, course.analyte):
        found.append((CORRECTED, moved / (1.0 - signals.exchange[:, None])))
    path = f"{source} to {course.analyte}"
    return [
        estimate(occasion, quantity, path, course.tracer, draws[:, k], RATE_UNIT, float(time))
        for quantity, draws in found
        for k, time in enumerate(at)
    ]


def _common_times(signal: Signal, signals: Signals) -> np.ndarray:
    """Return the samples of a signal that lie within those of its molecule's concentration."""
    series = signals.levels.get(signal.course.analyte)
    if series is None:
        return np.empty(0)
    time = signal.series.time
    return time[(time >= series.time[0]) & (time <= series.time[-1])]


def _within(at: np.ndarray, *signals: Signal) -> np.ndarray:
    first = max((s.series.time[0] if len(s.series.time) else math.inf) for s in signals)
    last = min((s.series.time[-1] if len(s.series.time) else -math.inf) for s in signals)
    return at[(at >= first) & (at <= last)]
