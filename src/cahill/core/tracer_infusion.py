"""What a tracer infusion into a person consists of: what ran in, and what plasma showed.

Rates and volumes are per kg body weight, times in minutes. A stable tracer is counted in umol, a
radioactive one in dpm (disintegrations per minute).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, get_args

import numpy as np

from cahill.errors import InputError

EnrichmentKind = Literal["MPE", "APE", "TTR", "SA"]
ENRICHMENT_KINDS: tuple[str, ...] = get_args(EnrichmentKind)

CARBONS: Mapping[str, int] = {
    "glucose": 6,
    "alanine": 3,
    "lactate": 3,
    "pyruvate": 3,
    "glycerol": 3,
    "glutamine": 5,
    "glutamate": 5,
}
"""Carbon atoms of the molecules that tracer studies of glucose measure, from their formulas."""


class Occasion(NamedTuple):
    """One subject in one state: what is analysed by itself."""

    subject: str
    state: str

    def __str__(self) -> str:
        return f"{self.subject} {self.state}".strip()


@dataclass(frozen=True)
class Infusion:
    """A tracer, or an unlabelled molecule, infused at a constant rate for a while.

    Parameters
    ----------
    subject, state : str
        Whom, and in which state.
    tracer : str
        Its name with the isotope in brackets: "[3-13C]alanine". Empty for an unlabelled infusion.
    analyte : str
        The molecule it is.
    rate : float
        umol/kg/min; dpm/kg/min if it is radioactive.
    start, end : float
        min.
    prime : float
        Given at `start`, umol/kg or dpm/kg.
    unlabelled : float
        Unlabelled molecules that run in with it, umol/kg/min.
    radioactive : bool
        Whether it is counted in dpm.
    where : str
        File and row it was read from, for messages.
    """

    subject: str
    state: str
    tracer: str
    analyte: str
    rate: float
    start: float
    end: float
    prime: float = 0.0
    unlabelled: float = 0.0
    radioactive: bool = False
    where: str = field(default="", compare=False)

    @property
    def occasion(self) -> Occasion:
        """Whose it is."""
        return Occasion(self.subject, self.state)


@dataclass(frozen=True, eq=False)
class Course:
    """How one tracer labels one molecule of plasma over time.

    Parameters
    ----------
    subject, state : str
        Whose plasma.
    analyte : str
        The molecule measured.
    tracer : str
        The tracer its label comes from.
    kind : {"MPE", "APE", "TTR", "SA"}
        What `values` are: mole fraction excess of labelled molecules, atom fraction excess, ratio
        of labelled to unlabelled molecules, or specific activity (dpm/umol). Fractions, not per
        cent.
    time : numpy.ndarray
        min, rising, shape (n,).
    values, sd : numpy.ndarray
        Shape (n,); a standard deviation that is not known is NaN.
    concentration, concentration_sd : numpy.ndarray
        umol/L, labelled molecules included; NaN where not measured.
    atoms : float or None
        Labelled atoms in a labelled molecule (MPE, TTR), or the atoms that the mean is over (APE).
    where : str
        File it was read from, for messages.

    Raises
    ------
    InputError
        If the kind is unknown or the shapes differ.
    """

    subject: str
    state: str
    analyte: str
    tracer: str
    kind: EnrichmentKind
    time: np.ndarray
    values: np.ndarray
    sd: np.ndarray
    concentration: np.ndarray
    concentration_sd: np.ndarray
    atoms: float | None = None
    where: str = ""

    def __post_init__(self) -> None:
        if self.kind not in ENRICHMENT_KINDS:
            known = ", ".join(ENRICHMENT_KINDS)
            raise InputError(f'{self.place}: kind "{self.kind}" is not one of {known}')
        shapes = {
            np.shape(part)
            for part in (self.time, self.values, self.sd, self.concentration, self.concentration_sd)
        }
        if len(shapes) != 1 or np.ndim(self.time) != 1:
            raise InputError(f"{self.place}: times, values and errors differ in number")
        if np.any(np.diff(self.time) <= 0):
            raise InputError(f"{self.place}: times do not rise; give each once")

    @property
    def occasion(self) -> Occasion:
        """Whose it is."""
        return Occasion(self.subject, self.state)

    @property
    def place(self) -> str:
        """What it is, for messages."""
        text = f"{self.analyte} labelled by {self.tracer}, {self.occasion}"
        return f"{self.where}: {text}" if self.where else text


@dataclass(frozen=True)
class Analyte:
    """What must be known of a molecule besides its enrichment.

    Parameters
    ----------
    name : str
        As the other tables call it.
    carbons : int or None
        Its carbon atoms; those of `CARBONS` if None and known.
    volume : float or None
        Volume it is distributed in, L/kg.
    pool_fraction : float or None
        Steele's p: the part of that volume which mixes at once.
    """

    name: str
    carbons: int | None = None
    volume: float | None = None
    pool_fraction: float | None = None

    @property
    def carbon_number(self) -> int | None:
        """Carbon atoms, if they are known."""
        return self.carbons if self.carbons is not None else CARBONS.get(self.name.lower())

    @property
    def pool_volume(self) -> float | None:
        """Volume that mixes at once, p * V, L/kg; None if either is not known."""
        if self.volume is None or self.pool_fraction is None:
            return None
        return self.volume * self.pool_fraction


@dataclass(frozen=True)
class Exchange:
    """Share of label that carbon on its way to glucose loses by exchange in the TCA cycle.

    Parameters
    ----------
    share : float or None
        0 if none is lost; below 1.
    sd : float
        Standard deviation of what is given.
    position_ratio : float or None
        Instead of the share: label in C1 + C2 + C5 + C6 of glucose over that in C3 + C4, from
        which it is estimated (`cahill.tracing.in_vivo.tca_exchange`).
    subject, state : str
        Whom it holds for; empty for all.

    Raises
    ------
    InputError
        If neither or both are given, or a number is out of range.
    """

    share: float | None = None
    sd: float = 0.0
    position_ratio: float | None = None
    subject: str = ""
    state: str = ""

    def __post_init__(self) -> None:
        if (self.share is None) == (self.position_ratio is None):
            raise InputError("exchange: give either share or position_ratio")
        if self.share is not None and not self.share < 1:
            raise InputError(f"share {self.share:g} of label lost by exchange is not below 1")
        if self.position_ratio is not None and not self.position_ratio > 4:
            raise InputError(
                f"position_ratio {self.position_ratio:g} is not above 4; give the share instead"
            )
        if not self.sd >= 0:
            raise InputError(f"sd {self.sd:g} is negative")


@dataclass(frozen=True)
class InfusionStudy:
    """Everything measured in a study of one or several subjects in one or several states.

    Parameters
    ----------
    name : str
        Of the study.
    infusions : tuple of Infusion
        What ran in.
    courses : tuple of Course
        What plasma showed.
    analytes : mapping of str to Analyte
        By name; molecules left out are known by name alone.
    exchanges : tuple of Exchange
        The first that fits a subject and state holds.
    notes : tuple of str
        What the reader assumed, one sentence each.
    """

    name: str
    infusions: tuple[Infusion, ...]
    courses: tuple[Course, ...]
    analytes: Mapping[str, Analyte] = field(default_factory=dict, hash=False)
    exchanges: tuple[Exchange, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def occasions(self) -> tuple[Occasion, ...]:
        """Subjects and states with courses, in the order of the tables."""
        return tuple(dict.fromkeys(course.occasion for course in self.courses))

    def analyte(self, name: str) -> Analyte:
        """Return what is known of a molecule."""
        return self.analytes.get(name, Analyte(name))

    def infused(self, occasion: Occasion) -> tuple[Infusion, ...]:
        """Return what ran into one subject in one state."""
        return tuple(one for one in self.infusions if one.occasion == occasion)

    def measured(self, occasion: Occasion) -> tuple[Course, ...]:
        """Return what the plasma of one subject in one state showed."""
        return tuple(one for one in self.courses if one.occasion == occasion)

    def exchange(self, occasion: Occasion) -> Exchange | None:
        """Return the exchange that holds for one subject in one state, if one is given."""
        for one in self.exchanges:
            if one.subject in ("", occasion.subject) and one.state in ("", occasion.state):
                return one
        return None


def infusion_rate(parts: Iterable[Infusion], time: np.ndarray) -> np.ndarray:
    """Return the rate at which something runs in, shape of `time`.

    Where the rate changes it is the mean of before and after, except at the last end, where samples
    are taken before the pump stops.
    """
    parts = list(parts)
    last = max((part.end for part in parts), default=0.0)
    time = np.asarray(time, dtype=float)
    total = np.zeros_like(time)
    for part in parts:
        weight = ((time > part.start) & (time < part.end)).astype(float)
        weight[time == part.start] = 0.5
        weight[time == part.end] = 1.0 if part.end == last else 0.5
        total += part.rate * weight
    return total
