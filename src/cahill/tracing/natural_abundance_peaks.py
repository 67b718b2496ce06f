"""Isotope peaks of a group of atoms: masses and probabilities, combined by convolution.

Masses are counted from the peak in which every atom is its element's most abundant isotope, in u,
or in nucleons where the instrument tells unit masses only: the same functions serve both.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cahill.core.formulas import Element

SAME_MASS = 1e-9
"""Masses (u) closer than this are one peak: rounding, far below any isotopic difference."""
NEGLIGIBLE = 1e-18
"""Peaks less likely than this are left out; a million of them would not show at 1e-12."""


@dataclass(frozen=True, eq=False)
class Peaks:
    """Peaks of a group of atoms.

    Parameters
    ----------
    masses : numpy.ndarray
        Ascending, counted from the base peak, u or nucleons, shape (peaks,).
    chances : numpy.ndarray
        Probability of each, shape (peaks,).
    """

    masses: np.ndarray
    chances: np.ndarray


NOTHING = Peaks(np.zeros(1), np.ones(1))
"""The peaks of no atoms."""


def isotope_shifts(element: Element, exact: bool) -> np.ndarray:
    """Return the masses of an element's isotopes counted from its base, shape (isotopes,).

    Parameters
    ----------
    element : Element
    exact : bool
        In u; otherwise in nucleons.
    """
    base = element.base
    if exact:
        return np.array([isotope.mass - base.mass for isotope in element.isotopes])
    numbers = [isotope.mass_number - base.mass_number for isotope in element.isotopes]
    return np.array(numbers, dtype=float)


def atom_peaks(shifts: np.ndarray, chances: Sequence[float] | np.ndarray, atoms: int) -> Peaks:
    """Return the peaks of several equal atoms.

    Parameters
    ----------
    shifts : numpy.ndarray
        Mass of each isotope, shape (isotopes,).
    chances : sequence of float
        Probability of each isotope.
    atoms : int
        Number of atoms.
    """
    power, peaks = _tidied(shifts, np.asarray(chances, dtype=float)), NOTHING
    while atoms:
        if atoms % 2:
            peaks = combine(peaks, power)
        atoms //= 2
        if atoms:
            power = combine(power, power)
    return peaks


def combine(one: Peaks, other: Peaks, highest: float = np.inf) -> Peaks:
    """Return the peaks of two groups of atoms together (convolution).

    Parameters
    ----------
    one, other : Peaks
    highest : float
        Heavier peaks are left out.
    """
    masses = np.add.outer(one.masses, other.masses).ravel()
    chances = np.multiply.outer(one.chances, other.chances).ravel()
    return _tidied(masses, chances, highest)


def natural_peaks(
    atoms: Mapping[str, int],
    isotopes: Mapping[str, Element],
    exact: bool,
    highest: float,
) -> Peaks:
    """Return the peaks of atoms at natural abundance.

    Parameters
    ----------
    atoms : mapping of str to int
        Number of atoms by element.
    isotopes : mapping of str to Element
        Isotopes by element.
    exact : bool
        Masses in u; otherwise in nucleons.
    highest : float
        Peaks that end up heavier are left out.
    """
    groups = []
    for symbol, count in atoms.items():
        element = isotopes[symbol]
        chances = [isotope.abundance for isotope in element.isotopes]
        groups.append(atom_peaks(isotope_shifts(element, exact), chances, count))
    # Those that can lighten the molecule come first: then no peak too heavy can come back.
    groups.sort(key=lambda peaks: peaks.masses[0])
    total = NOTHING
    for number, peaks in enumerate(groups):
        lightening = sum(min(later.masses[0], 0.0) for later in groups[number + 1 :])
        total = combine(total, peaks, highest - lightening)
    return total


def _tidied(masses: np.ndarray, chances: np.ndarray, highest: float = np.inf) -> Peaks:
    """Sort peaks, merge those of one mass, and leave out what is negligible or too heavy."""
    kept = (chances > NEGLIGIBLE) & (masses <= highest)
    order = np.argsort(masses[kept], kind="stable")
    masses, chances = masses[kept][order], chances[kept][order]
    if not masses.size:
        return Peaks(masses, chances)
    first = np.concatenate([[True], np.diff(masses) > SAME_MASS])
    return Peaks(masses[first], np.add.reduceat(chances, np.flatnonzero(first)))
