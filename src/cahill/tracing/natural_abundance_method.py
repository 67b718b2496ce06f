"""How isotopologues were labelled and measured: tracers, the instrument, what is corrected."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import inf, isfinite
from typing import Literal, get_args

from cahill.core.formulas import Element, parse_isotope
from cahill.errors import InputError
from cahill.tracing.natural_abundance_peaks import SAME_MASS

InstrumentKind = Literal["orbitrap", "ft-icr", "constant"]
KINDS: tuple[str, ...] = get_args(InstrumentKind)
PEAK_WIDTHS = 1.66
"""Peaks closer than this many widths at half height merge (Su2017, correction limit)."""
UNIT_MASS_LIMIT = 0.5
"""A limit (u) from which on an instrument tells unit masses only (IsoCor 2)."""


@dataclass(frozen=True)
class TracerIsotope:
    """The isotope that labels an element.

    Parameters
    ----------
    element : Element
    mass_number : int
        13 for carbon-13.
    purity : tuple of float
        Isotopic composition of a labelled position, one mole fraction an isotope of the element,
        from the lightest to the heaviest.
    """

    element: Element
    mass_number: int
    purity: tuple[float, ...]

    @property
    def name(self) -> str:
        """Mass number and symbol: 13C."""
        return f"{self.mass_number}{self.element.symbol}"


@dataclass(frozen=True)
class Instrument:
    """The resolution of a mass spectrometer.

    Parameters
    ----------
    resolution : float or None
        m/z over peak width at half height; infinite tells all masses apart, None unit masses only.
    at_mz : float or None
        m/z at which it is given; needed where resolution depends on m/z and is not infinite.
    kind : {"orbitrap", "ft-icr", "constant"}
        Resolution falls with the square root of m/z, with m/z, or not.

    Raises
    ------
    InputError
        If a number is missing or not positive.
    """

    resolution: float | None = None
    at_mz: float | None = None
    kind: InstrumentKind = "orbitrap"

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise InputError(f'instrument "{self.kind}" is not one of {", ".join(KINDS)}')
        if self.resolution is None:
            if self.at_mz is not None:
                raise InputError("an m/z of the resolution without a resolution; give both")
            return
        if not self.resolution > 0:
            raise InputError(f"resolution {self.resolution:g}: give a positive number")
        if isfinite(self.resolution) and self.kind != "constant":
            if self.at_mz is None:
                raise InputError(
                    f"resolution {self.resolution:g}: say at which m/z the {self.kind} has it"
                )
            if not 0 < self.at_mz < inf:
                raise InputError(f"m/z {self.at_mz:g} of the resolution: give a positive number")

    def limit(self, mass: float, charge: int | None) -> float:
        """Return the mass difference up to which peaks of an ion merge, u.

        Parameters
        ----------
        mass : float
            Of the ion, u.
        charge : int or None
            Of the ion; its sign does not count.

        Raises
        ------
        InputError
            If the charge is missing and the resolution finite.
        """
        if self.resolution is None:
            return inf
        if self.resolution == inf:
            return SAME_MASS
        if not charge:
            raise InputError("the charge of the ion is missing; resolution depends on its m/z")
        mz = mass / abs(charge)
        if self.kind == "constant" or self.at_mz is None:
            width = mz / self.resolution
        else:
            falls = 0.5 if self.kind == "orbitrap" else 1.0
            width = mz / self.resolution * (mz / self.at_mz) ** falls
        return max(PEAK_WIDTHS * width * abs(charge), SAME_MASS)


@dataclass(frozen=True)
class Method:
    """How a table was measured and is corrected.

    Parameters
    ----------
    tracers : tuple of TracerIsotope
        At most one an element.
    isotopes : mapping of str to Element
        Natural isotopes by element.
    instrument : Instrument
    correct_natural_tracer : bool
        Whether natural isotopes in unlabelled positions of a traced element are corrected, so that
        an unlabelled standard is all M+0.
    """

    tracers: tuple[TracerIsotope, ...]
    isotopes: Mapping[str, Element] = field(hash=False)
    instrument: Instrument = Instrument()
    correct_natural_tracer: bool = True

    def __post_init__(self) -> None:
        symbols = [tracer.element.symbol for tracer in self.tracers]
        if not symbols or len(set(symbols)) != len(symbols):
            fault = "two tracers of one element" if symbols else "no tracer"
            raise InputError(f"{fault}; give one isotope an element, like 13C and 15N")


def tracer_isotope(
    text: str, isotopes: Mapping[str, Element], purity: Sequence[float] | None = None
) -> TracerIsotope:
    """Return a tracer by name.

    Parameters
    ----------
    text : str
        "13C".
    isotopes : mapping of str to Element
        Natural isotopes by element.
    purity : sequence of float, optional
        One number: mole fraction of the tracer isotope in a labelled position, the rest being the
        element's most abundant isotope. Several: one an isotope, from the lightest on. Pure if
        absent.

    Raises
    ------
    InputError
        If there is no such isotope, it is not heavier than the usual one, or the purity is no
        composition.
    """
    symbol, number = parse_isotope(text)
    if symbol not in isotopes:
        raise InputError(f'tracer {text}: unknown element "{symbol}"')
    element = isotopes[symbol]
    place = element.isotopes.index(element.isotope(number))
    base = element.isotopes.index(element.base)
    if number <= element.base.mass_number:
        raise InputError(f"tracer {text} is not heavier than usual {symbol}; no label would show")
    shares = list(purity) if purity else [1.0]
    if len(shares) == 1:
        composition = [0.0] * len(element.isotopes)
        composition[base] = 1.0 - shares[0]
        composition[place] = shares[0]
    else:
        composition = shares
    if len(composition) != len(element.isotopes) or abs(sum(composition) - 1) > 1e-6:
        names = ", ".join(f"{isotope.mass_number}{symbol}" for isotope in element.isotopes)
        raise InputError(
            f"purity of {text}: give its own share, or those of {names}, adding up to 1"
        )
    if min(composition) < 0 or composition[place] <= 0:
        raise InputError(f"purity of {text}: give shares between 0 and 1, its own above 0")
    return TracerIsotope(element, number, tuple(composition))
