"""The signals of one subject in one state, each with random draws of what it might have been.

Uncertainty is carried by a parametric bootstrap: every measured signal is drawn anew many times,
and each quantity is computed from every set of draws. Arrays of draws have the estimate itself in
row 0.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from cahill.core.tracer_infusion import (
    Course,
    Infusion,
    InfusionStudy,
    Occasion,
    infusion_rate,
)
from cahill.tracing.in_vivo import tca_exchange
from cahill.tracing.in_vivo_enrichment import (
    label_per_molecule,
    label_slope,
    ratio_slope,
    tracer_tracee_ratio,
)
from cahill.tracing.in_vivo_smoothing import (
    SMOOTH_SAMPLES,
    Plateau,
    Smoother,
    find_penalty,
    find_plateau,
    smoother,
)
from cahill.tracing.in_vivo_tracers import tracer_label

# A draw that leaves no tracee says no more than that Ra is very small.
MOST_TRACER = 0.999
# A draw that leaves no label says no more than that hardly any is left.
MOST_EXCHANGE = 0.99
LEAST_POSITION_RATIO = 4.05


@dataclass(frozen=True)
class AnalysisOptions:
    """How a study is analysed.

    Parameters
    ----------
    plateau : tuple of float or None
        First and last minute of the plateau; the last four samples if None.
    draws : int
        Draws of the bootstrap.
    seed : int
        Of its random numbers.
    """

    plateau: tuple[float, float] | None = None
    draws: int = 2000
    seed: int = 1


@dataclass(frozen=True, eq=False)
class Series:
    """One measured signal.

    Attributes
    ----------
    time, values : numpy.ndarray
        Samples that are numbers, shape (n,).
    noise : numpy.ndarray or None
        Standard deviation of each sample; None if nothing tells it.
    plateau : Plateau or None
    level : numpy.ndarray or None
        Draws of the plateau, shape (draws + 1,).
    samples : numpy.ndarray or None
        Draws of the samples, shape (draws + 1, n).
    """

    time: np.ndarray
    values: np.ndarray
    noise: np.ndarray | None
    plateau: Plateau | None
    level: np.ndarray | None
    samples: np.ndarray | None

    def smooth(self, at: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
        """Return draws of the smooth curve and of its slope, shape (draws + 1, len(at))."""
        curve = self.smoother(at)
        if curve is None or self.samples is None:
            return None
        return self.samples @ curve.to_value.T, self.samples @ curve.to_slope.T

    def smoother(self, at: np.ndarray) -> Smoother | None:
        """Return the spline that smooths it, None if it has too few samples or no error."""
        if self.noise is None or len(self.time) < SMOOTH_SAMPLES:
            return None
        return smoother(self.time, self.noise, self._penalty, at)

    @cached_property
    def _penalty(self) -> float:
        """The penalty, sought once for all times at which the curve is read."""
        assert self.noise is not None
        return find_penalty(self.time, self.values, self.noise)


@dataclass(frozen=True, eq=False)
class Signal:
    """The label of one tracer in one molecule, with what runs in.

    Attributes
    ----------
    course : Course
    series : Series
        Of its enrichment, during the infusion.
    infusions : tuple of Infusion
        Of the tracer.
    atoms : float or None
        Atoms that its enrichment counts (see `Course`); None if they are not known.
    tracer_atoms : float or None
        Labelled atoms of the tracer.
    """

    course: Course
    series: Series
    infusions: tuple[Infusion, ...]
    atoms: float | None
    tracer_atoms: float | None

    @property
    def infused(self) -> bool:
        """Whether the molecule is the one infused."""
        return self.infusions[0].analyte == self.course.analyte

    @property
    def ratio_known(self) -> bool:
        """Whether the atoms that the ratio needs are known."""
        return self.course.kind != "APE" or None not in (self.atoms, self.tracer_atoms)

    @property
    def label_known(self) -> bool:
        """Whether the atoms that the label per molecule needs are known."""
        return self.course.kind == "SA" or self.atoms is not None

    def ratio(self, values: np.ndarray) -> np.ndarray:
        """Return the tracer to tracee ratio of enrichments."""
        if self.course.kind in ("MPE", "APE"):
            scale = (self.atoms or 1.0) / (self.tracer_atoms or 1.0)
            limit = MOST_TRACER / (scale if self.course.kind == "APE" else 1.0)
            values = np.minimum(values, limit)
        return tracer_tracee_ratio(
            values, self.course.kind, self.atoms or 1.0, self.tracer_atoms or 1.0
        )

    def ratio_slope(self, values: np.ndarray, slopes: np.ndarray) -> np.ndarray:
        """Return the slope of `ratio`."""
        return ratio_slope(
            values, slopes, self.course.kind, self.atoms or 1.0, self.tracer_atoms or 1.0
        )

    def label(self, values: np.ndarray) -> np.ndarray:
        """Return the label per molecule."""
        return label_per_molecule(values, self.course.kind, self.atoms or 1.0)

    def label_slope(self, values: np.ndarray, slopes: np.ndarray) -> np.ndarray:
        """Return the slope of `label`."""
        return label_slope(values, slopes, self.course.kind, self.atoms or 1.0)

    def rate(self, time: np.ndarray) -> np.ndarray:
        """Return the infusion of tracer, umol/kg/min or dpm/kg/min."""
        return infusion_rate(self.infusions, time)


@dataclass(frozen=True, eq=False)
class Signals:
    """Everything measured in one subject in one state.

    Attributes
    ----------
    occasion : Occasion
    courses : mapping of (str, str) to Signal
        By analyte and tracer.
    levels : mapping of str to Series
        Concentration by analyte, umol/L.
    exchange : numpy.ndarray or None
        Draws of the share of label lost by exchange in the TCA cycle; None if it is not given.
    rng : numpy.random.Generator
        Where further draws come from.
    """

    occasion: Occasion
    courses: Mapping[tuple[str, str], Signal]
    levels: Mapping[str, Series]
    exchange: np.ndarray | None
    rng: np.random.Generator


def prepare(study: InfusionStudy, occasion: Occasion, options: AnalysisOptions) -> Signals:
    """Draw every signal of one subject in one state.

    The random numbers depend on the seed and on the place of the occasion in the study alone.
    """
    rng = np.random.default_rng([options.seed, study.occasions.index(occasion)])
    measured = study.measured(occasion)
    courses: dict[tuple[str, str], Signal] = {}
    for course in measured:
        parts = tuple(one for one in study.infused(occasion) if one.tracer == course.tracer)
        start, end = min(one.start for one in parts), max(one.end for one in parts)
        during = (course.time > start) & (course.time <= end)
        series = draw_series(
            course.time[during], course.values[during], course.sd[during], options, rng
        )
        atoms, tracer_atoms = _atoms(study, course, parts[0])
        signal = Signal(course, series, parts, atoms, tracer_atoms)
        courses[course.analyte, course.tracer] = signal
    names = dict.fromkeys(course.analyte for course in measured)
    levels = {name: _concentration(measured, name, options, rng) for name in names}
    known = {name: series for name, series in levels.items() if series is not None}
    exchange = _exchange(study, occasion, options, rng)
    return Signals(occasion, courses, known, exchange, rng)


def draw_series(
    time: np.ndarray,
    values: np.ndarray,
    sd: np.ndarray,
    options: AnalysisOptions,
    rng: np.random.Generator,
) -> Series:
    """Find the plateau of a signal and draw it and its samples.

    A sample without a standard deviation gets the scatter of the plateau about its line, as a share
    of the value.
    """
    known = np.isfinite(values)
    time, values, sd = time[known], values[known], sd[known]
    plateau = find_plateau(time, values, sd, options.plateau)
    level = noise = samples = None
    if plateau is not None:
        level = np.concatenate([[plateau.mean], plateau.draws(rng, options.draws)])
    if np.all(np.isfinite(sd)):
        noise = sd
    elif plateau is not None and math.isfinite(plateau.scatter) and plateau.mean != 0:
        share = plateau.scatter / abs(plateau.mean)
        noise = np.where(np.isfinite(sd), sd, share * np.abs(values))
    if noise is not None:
        errors = rng.standard_normal((options.draws, len(values))) * noise
        samples = np.vstack([values, values + errors])
    return Series(time, values, noise, plateau, level, samples)


def _concentration(
    courses: Iterable[Course], analyte: str, options: AnalysisOptions, rng: np.random.Generator
) -> Series | None:
    """Return the concentration of a molecule, from whichever courses state it."""
    found: dict[float, tuple[float, float]] = {}
    for course in courses:
        if course.analyte == analyte:
            for time, value, sd in zip(course.time, course.concentration, course.concentration_sd):
                if math.isfinite(value):
                    found.setdefault(float(time), (float(value), float(sd)))
    if not found:
        return None
    time = np.array(sorted(found))
    values, sd = np.array([found[at] for at in time]).T
    return draw_series(time, values, sd, options, rng)


def _exchange(
    study: InfusionStudy, occasion: Occasion, options: AnalysisOptions, rng: np.random.Generator
) -> np.ndarray | None:
    given = study.exchange(occasion)
    if given is None:
        return None
    errors = given.sd * np.concatenate([[0.0], rng.standard_normal(options.draws)])
    if given.share is not None:
        return np.minimum(given.share + errors, MOST_EXCHANGE)
    # The estimate ends at a ratio of 4, where nothing would reach glucose.
    return tca_exchange(np.maximum((given.position_ratio or 0.0) + errors, LEAST_POSITION_RATIO))


def _atoms(
    study: InfusionStudy, course: Course, infusion: Infusion
) -> tuple[float | None, float | None]:
    """Return the atoms an enrichment counts, and those its tracer labels, as far as they are known.

    Where the table leaves the first open, it is that of the tracer for the molecule infused and for
    a tracer with a single labelled atom, and all carbons for the mean (APE) of a carbon tracer.
    """
    label = tracer_label(course.tracer)
    tracer_atoms = label.atoms if label else None
    if label and tracer_atoms is None and label.element == "C":
        tracer_atoms = study.analyte(infusion.analyte).carbon_number
    if course.atoms is not None:
        return course.atoms, tracer_atoms
    if course.kind == "APE":
        carbon = label is not None and label.element == "C"
        return (study.analyte(course.analyte).carbon_number if carbon else None), tracer_atoms
    if course.analyte == infusion.analyte or tracer_atoms == 1:
        return tracer_atoms, tracer_atoms
    return None, tracer_atoms
