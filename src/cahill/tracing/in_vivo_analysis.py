"""From the signals of one subject in one state to rates, transfers and fractions with intervals."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from cahill.core.tracer_infusion import Infusion, InfusionStudy, Occasion, infusion_rate
from cahill.results.tables import MINUS
from cahill.tracing.in_vivo import (
    ALANINE_CARBONS,
    carbon_transfer,
    clearance,
    precursor_fraction,
    recycling,
    steele_steady,
)
from cahill.tracing.in_vivo_signals import AnalysisOptions, Signal, Signals, prepare
from cahill.tracing.in_vivo_smoothing import Plateau, find_plateau
from cahill.tracing.in_vivo_tracers import label_loss, reference_tracer, tracer_label

APPEARANCE = "rate of appearance"
ENDOGENOUS = "endogenous rate of appearance"
DISAPPEARANCE = "rate of disappearance"
CLEARANCE = "clearance"
FRACTION = "precursor-product fraction"
TRANSFER = "carbon transfer"
CORRECTED = "carbon transfer, corrected for exchange"
DISPOSAL = "share of precursor disposal"
RECYCLING = "recycling"
EXCHANGE = "exchange in the TCA cycle"
RATE_UNIT = "umol/kg/min"
CLEARANCE_UNIT = "mL/kg/min"
THROUGH_OXALOACETATE = ("alanine", "lactate", "pyruvate")
"""Precursors whose carbon passes the TCA cycle's oxaloacetate on its way to glucose."""


class Estimate(NamedTuple):
    """One quantity of one subject in one state, with its 95 % interval; time is NaN at plateau."""

    subject: str
    state: str
    time_min: float
    quantity: str
    analyte: str
    tracer: str
    value: float
    low: float
    high: float
    unit: str


class Doubt(NamedTuple):
    """Something the reader must know, whom it concerns, and how much of it there is."""

    sentence: str
    occasion: Occasion
    size: str = ""


@dataclass(frozen=True, eq=False)
class OccasionAnalysis:
    """What the analysis of one subject in one state gave.

    Attributes
    ----------
    signals : Signals
    estimates : tuple of Estimate
        At plateau.
    rates : mapping of (str, str) to numpy.ndarray
        Draws of Ra at plateau by analyte and tracer, umol/kg/min.
    doubts : tuple of Doubt
    """

    signals: Signals
    estimates: tuple[Estimate, ...]
    rates: Mapping[tuple[str, str], np.ndarray]
    doubts: tuple[Doubt, ...]


def analyse_steady(
    study: InfusionStudy, occasion: Occasion, options: AnalysisOptions
) -> OccasionAnalysis:
    """Analyse the plateau of one subject in one state.

    Parameters
    ----------
    study : InfusionStudy
    occasion : Occasion
        The subject and state.
    options : AnalysisOptions
    """
    return _Steady(study, prepare(study, occasion, options)).run()


def estimate(
    occasion: Occasion,
    quantity: str,
    analyte: str,
    tracer: str,
    draws: np.ndarray,
    unit: str,
    time: float = math.nan,
) -> Estimate:
    """Return the estimate in row 0 of draws, with the central 95 % of the others."""
    low, high = np.nanpercentile(draws[1:], [2.5, 97.5])
    found = (float(draws[0]), float(low), float(high))
    return Estimate(occasion.subject, occasion.state, time, quantity, analyte, tracer, *found, unit)


class _Steady:
    """Collects the estimates and doubts of one occasion."""

    def __init__(self, study: InfusionStudy, signals: Signals) -> None:
        self.study = study
        self.signals = signals
        self.occasion = signals.occasion
        self.estimates: list[Estimate] = []
        self.doubts: list[Doubt] = []
        self.rates: dict[tuple[str, str], np.ndarray] = {}
        self.mass: dict[tuple[str, str], float] = {}

    def run(self) -> OccasionAnalysis:
        for signal in self.signals.courses.values():
            self.enrichment(signal)
        for tracer, infusion in self.tracers():
            self.appearance(tracer, infusion)
        self.recycled()
        for signal in self.signals.courses.values():
            if not signal.infused:
                self.transfer(signal)
        return OccasionAnalysis(self.signals, tuple(self.estimates), self.rates, tuple(self.doubts))

    def tracers(self) -> Iterator[tuple[str, Infusion]]:
        seen: dict[str, Infusion] = {}
        for infusion in self.study.infused(self.occasion):
            if infusion.tracer:
                seen.setdefault(infusion.tracer, infusion)
        yield from seen.items()

    def doubt(self, sentence: str, size: str = "") -> None:
        self.doubts.append(Doubt(sentence, self.occasion, size))

    def add(self, quantity: str, analyte: str, tracer: str, draws: np.ndarray, unit: str) -> None:
        self.estimates.append(estimate(self.occasion, quantity, analyte, tracer, draws, unit))

    def enrichment(self, signal: Signal) -> None:
        course, level = signal.course, signal.series.level
        if level is None:
            self.doubt(f"{_name(signal)} has no plateau: too few samples, or one or two without sd")
            return
        shown, unit = (level, "dpm/umol") if course.kind == "SA" else (100.0 * level, "%")
        quantity = f"enrichment at plateau ({course.kind})"
        self.add(quantity, course.analyte, course.tracer, shown, unit)
        plateau = signal.series.plateau
        if plateau is not None and plateau.count >= 3 and not plateau.flat:
            size = f"{60 * 100 * plateau.slope / plateau.mean:+.2g} %/h".replace("-", MINUS)
            self.doubt(f"{_name(signal)} is not at a plateau: {_drift(signal, plateau)}", size)

    def appearance(self, tracer: str, infusion: Infusion) -> None:
        analyte = infusion.analyte
        signal = self.signals.courses.get((analyte, tracer))
        if signal is None:
            self.doubt(f"{analyte} was infused as {tracer} but not measured, so it has no Ra")
            return
        plateau, level = signal.series.plateau, signal.series.level
        if plateau is None or level is None:
            return
        if not signal.ratio_known:
            self.doubt(f"{_name(signal)} is an APE over unknown atoms; give the column atoms")
            return
        inside = np.linspace(plateau.start, plateau.end, 201)
        infused = signal.rate(inside)
        if np.ptp(infused) > 1e-9 * infused.max():
            self.doubt(
                f"the infusion of {tracer} changes inside the plateau, so it has no steady Ra"
            )
            return
        ratio = signal.ratio(level)
        rate = steele_steady(infused[0], ratio)
        self.rates[analyte, tracer] = rate
        self.mass[analyte, tracer] = 0.0 if infusion.radioactive else float(infused[0])
        self.add(APPEARANCE, analyte, tracer, rate, RATE_UNIT)
        cold = self.unlabelled(analyte, np.array([plateau.start, plateau.end])).mean()
        if cold > 0:
            self.add(ENDOGENOUS, analyte, tracer, rate - cold, RATE_UNIT)
        self.clearance(signal, plateau, ratio, rate)

    def total(self, analyte: str) -> np.ndarray | None:
        """Return the rate at which all molecules appear, those of the tracer too, if it is known.

        The label per molecule is that of all of them, so this is what a transfer is a share of.
        """
        tracer = reference_tracer([t for name, t in self.rates if name == analyte], analyte)
        if tracer is None:
            return None
        return self.rates[analyte, tracer] + self.mass[analyte, tracer]

    def unlabelled(self, analyte: str, time: np.ndarray) -> np.ndarray:
        return unlabelled_rate(self.study.infused(self.occasion), analyte, time)

    def clearance(
        self, signal: Signal, plateau: Plateau, ratio: np.ndarray, rate: np.ndarray
    ) -> None:
        analyte, tracer = signal.course.analyte, signal.course.tracer
        series = self.signals.levels.get(analyte)
        if series is None:
            return
        unknown = np.full_like(series.time, math.nan)
        noise = unknown if series.noise is None else series.noise
        window = (plateau.start, plateau.end)
        level = find_plateau(series.time, series.values, noise, window)
        if level is None:
            self.doubt(f"the concentration of {analyte} is not known at the plateau")
            return
        drawn = np.concatenate([[level.mean], level.draws(self.signals.rng, len(rate) - 1)])
        tracee = drawn if signal.course.kind == "SA" else drawn / (1.0 + ratio)
        self.add(CLEARANCE, analyte, tracer, 1000.0 * clearance(rate, tracee), CLEARANCE_UNIT)

    def recycled(self) -> None:
        """Compare every two tracers of a molecule of which one loses its label sooner."""
        ranked = {key: label_loss(key[1], key[0]) for key in self.rates}
        for analyte, kept in self.rates:
            for other, lost in self.rates:
                low, high = ranked[analyte, kept], ranked[other, lost]
                if analyte == other and low is not None and high is not None and low < high:
                    share = recycling(self.rates[analyte, kept], self.rates[other, lost])
                    self.add(RECYCLING, analyte, f"{kept} against {lost}", 100.0 * share, "%")

    def transfer(self, signal: Signal) -> None:
        """Add what passes from the molecule infused to the one measured."""
        course, source = signal.course, signal.infusions[0].analyte
        precursor = self.signals.courses.get((source, course.tracer))
        if precursor is None or precursor.series.level is None or signal.series.level is None:
            return
        label = tracer_label(course.tracer)
        if label is None or label.element != "C":
            self.doubt(f"{course.tracer} is not named as a carbon tracer, so it shows no transfer")
            return
        if not (signal.label_known and precursor.label_known):
            self.doubt(f"{_name(signal)}: labelled atoms not known; give the column atoms")
            return
        carbons = self.study.analyte(source).carbon_number
        product_carbons = self.study.analyte(course.analyte).carbon_number
        if carbons is None or product_carbons is None:
            unknown = source if carbons is None else course.analyte
            self.doubt(f"the carbons of {unknown} are not known; give them in a table of analytes")
            return
        product = signal.label(signal.series.level)
        origin = precursor.label(precursor.series.level)
        path = f"{source} to {course.analyte}"
        share = precursor_fraction(product, origin, product_carbons, carbons)
        self.add(FRACTION, path, course.tracer, 100.0 * share, "%")
        inflow = self.total(course.analyte)
        if inflow is None:
            self.doubt(f"{course.analyte} has no Ra, so {path} is a fraction without a rate")
            return
        moved = carbon_transfer(inflow, product, origin, carbons)
        self.add(TRANSFER, path, course.tracer, moved, RATE_UNIT)
        final = self.corrected(moved, source, course.analyte, path, course.tracer)
        disposal = self.total(source)
        if disposal is not None:
            share = final / (disposal * carbons / ALANINE_CARBONS)
            self.add(DISPOSAL, path, course.tracer, 100.0 * share, "%")

    def corrected(
        self, moved: np.ndarray, source: str, target: str, path: str, tracer: str
    ) -> np.ndarray:
        """Add the transfer divided by what exchange leaves, and return the best there is."""
        lost = self.signals.exchange
        if lost is None or not passes_oxaloacetate(source, target):
            return moved
        self.add(EXCHANGE, path, tracer, 100.0 * lost, "%")
        self.add(CORRECTED, path, tracer, moved / (1.0 - lost), RATE_UNIT)
        return moved / (1.0 - lost)


def passes_oxaloacetate(source: str, target: str) -> bool:
    """Return whether carbon on this way can exchange with that of the TCA cycle."""
    return source.lower() in THROUGH_OXALOACETATE and target.lower() == "glucose"


def unlabelled_rate(infusions: tuple[Infusion, ...], analyte: str, time: np.ndarray) -> np.ndarray:
    """Return how fast unlabelled molecules run in, alone or beside a tracer, umol/kg/min."""
    mine = [one for one in infusions if one.analyte == analyte]
    beside = [replace(one, rate=one.unlabelled) for one in mine if one.tracer]
    return infusion_rate([one for one in mine if not one.tracer] + beside, time)


def _name(signal: Signal) -> str:
    return f"{signal.course.analyte} labelled by {signal.course.tracer}"


def _drift(signal: Signal, plateau: Plateau) -> str:
    """Say which way a plateau drifts and what that means."""
    if not signal.infused:
        return "its label still changes, so what is derived from it at plateau is biased"
    if plateau.slope < 0:
        return "it falls (the prime was large, or Ra rises)"
    primed = any(one.prime > 0 for one in signal.infusions)
    cause = "the prime was small" if primed else "it was not primed"
    return f"it rises ({cause}, or Ra falls, or label comes back)"
