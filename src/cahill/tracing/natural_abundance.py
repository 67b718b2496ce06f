"""What a mass spectrometer shows of each isotopologue: the matrix of natural-abundance correction.

An isotopologue has so many tracer atoms in each traced element; all its other atoms are at natural
abundance. Column j of the matrix is the share of isotopologue j in each measured peak. Definitions
follow IsoCor 2 (Millard et al. 2019): tracer atoms carry the tracer's isotopic purity, the other
atoms of a traced element their natural isotopes (or, if asked, none), atoms of a derivative are
natural. The unlabelled peak is that of the most abundant isotope of every element.

Peaks that the instrument does not resolve are one: isotopologues whose own masses chain together
within its limit share a peak, and every isotope peak within the limit of one of them is counted
there, the nearest first.
"""

from dataclasses import dataclass
from functools import cached_property
from itertools import product
from math import inf

import numpy as np

from cahill.core.formulas import parse_formula
from cahill.errors import InputError
from cahill.tracing.natural_abundance_labels import (
    find_peak,
    format_counts,
    parse_counts,
    parse_number,
    peak_names,
)
from cahill.tracing.natural_abundance_matrix import (
    merge_places,
    pool,
    tracer_peaks,
    tracer_shift,
)
from cahill.tracing.natural_abundance_method import UNIT_MASS_LIMIT, Method, TracerIsotope
from cahill.tracing.natural_abundance_peaks import SAME_MASS, natural_peaks

WORST_CONDITION = 1e10
"""Condition of the matrix from which on isotopologues cannot be told apart; assumed: errors of a
per cent in the intensities drown any answer long before."""


@dataclass(frozen=True)
class Compound:
    """An ion, or the fragment whose peaks were measured.

    Parameters
    ----------
    formula : str
        Atoms of the metabolite in it.
    derivative : str
        Atoms of the derivatisation in it, never labelled; may be empty.
    charge : int or None
        Needed at finite resolution only; its sign does not count.
    tracer_atoms : str
        How many atoms of each traced element can carry label, "C3N1" (or "3" with one tracer);
        elements left out count in full.
    """

    formula: str
    derivative: str = ""
    charge: int | None = None
    tracer_atoms: str = ""


@dataclass(frozen=True, eq=False)
class Correction:
    """The peaks of one compound and what each isotopologue contributes to them.

    Parameters
    ----------
    elements : tuple of str
        Traced elements.
    atoms : tuple of int
        Positions of each that can be labelled.
    counts : numpy.ndarray
        Labelled atoms by element of every isotopologue, shape (isotopologues, elements).
    shifts : numpy.ndarray
        Nucleons each is heavier than the unlabelled one, shape (isotopologues,).
    members : tuple of tuple of int
        By peak, the isotopologues that share it.
    names : tuple of (int or str)
        By peak: labelled atoms with one tracer, the mass shift at unit mass, else "C2N1".
    full : numpy.ndarray
        Share of every isotopologue in each peak, shape (peaks, isotopologues).
    limit : float
        Mass difference up to which peaks merge, u; infinite at unit mass.
    """

    elements: tuple[str, ...]
    atoms: tuple[int, ...]
    counts: np.ndarray
    shifts: np.ndarray
    members: tuple[tuple[int, ...], ...]
    names: tuple[int | str, ...]
    full: np.ndarray
    limit: float

    @property
    def merged(self) -> tuple[int, ...]:
        """Peaks in which several isotopologues cannot be told apart."""
        return tuple(peak for peak, group in enumerate(self.members) if len(group) > 1)

    @cached_property
    def matrix(self) -> np.ndarray:
        """Share of each peak's isotopologues, taken in equal parts, in every peak, square."""
        return np.stack([self.full[:, list(group)].mean(axis=1) for group in self.members], axis=1)

    @cached_property
    def ambiguity(self) -> np.ndarray:
        """How far answers can be off for want of knowing how a peak divides, (peaks, peaks).

        Isotopologues that share a peak differ a little in what they leave in other peaks. Times
        the intensities corrected without constraint (negative ones as zero) it bounds the error
        of each, whatever the true shares; zero where every isotopologue has a peak of its own.
        """
        size = len(self.members)
        found = np.linalg.solve(self.matrix, self.full)
        for peak, group in enumerate(self.members):
            found[peak, list(group)] -= 1.0
        alone = [peak for peak, group in enumerate(self.members) if len(group) == 1]
        worst = np.stack([np.abs(found[:, list(g)]).max(axis=1) for g in self.members], axis=1)
        worst[:, alone] = 0.0
        # The bound holds for the true sums, which may themselves be off by as much.
        if worst.sum(axis=1).max() >= 1.0:
            return np.where(worst > 0, inf, 0.0)
        return np.linalg.solve(np.eye(size) - worst, worst)

    def peak(self, name: str) -> int:
        """Return the peak a name means: "2", "C2N1", or several that share it joined by "+".

        Raises
        ------
        InputError
            If no peak has the name, or several have.
        """
        return find_peak(name, self.elements, self.counts, self.shifts, self.members)

    def isotopologue_names(self, peak: int) -> tuple[str, ...]:
        """Return the isotopologues that share a peak, as "C2N1"."""
        return tuple(
            format_counts(self.elements, self.counts[k].tolist()) for k in self.members[peak]
        )

    def heavy_atoms(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the fewest and the most labelled atoms of a peak, each (peaks, elements)."""
        groups = [self.counts[list(group)] for group in self.members]
        return np.stack([g.min(axis=0) for g in groups]), np.stack([g.max(axis=0) for g in groups])


def correction(compound: Compound, method: Method) -> Correction:
    """Return the peaks of a compound and what each isotopologue contributes to them.

    Raises
    ------
    InputError
        If a formula is at fault, an element unknown, no tracer in the formula, the charge missing,
        or the isotopologues cannot be told apart at all.
    """
    metabolite = _known(compound.formula, method)
    derivative = _known(compound.derivative, method) if compound.derivative else {}
    mass = sum(
        count * method.isotopes[symbol].base.mass
        for part in (metabolite, derivative)
        for symbol, count in part.items()
    )
    limit = method.instrument.limit(mass, compound.charge)
    exact = limit < UNIT_MASS_LIMIT
    labelled = _labelled_positions(compound, metabolite, method)
    tracers = tuple(labelled)
    atoms = tuple(labelled.values())
    for tracer, count in labelled.items():
        metabolite[tracer.element.symbol] -= count
    natural = dict(metabolite)
    for symbol, count in derivative.items():
        natural[symbol] = natural.get(symbol, 0) + count

    counts = np.array(list(product(*(range(count + 1) for count in atoms))), dtype=np.int64)
    nucleons, masses = (
        counts @ np.array([tracer_shift(tracer, kind) for tracer in tracers])
        for kind in (False, True)
    )
    shifts = np.rint(nucleons).astype(np.int64)
    places = masses if exact else nucleons
    reach = limit if exact else SAME_MASS
    members = merge_places(places, reach)
    rest = natural_peaks(natural, method.isotopes, exact, float(places.max()) + 1.0)
    positions = tracer_peaks(labelled, exact, method.correct_natural_tracer)
    full = pool(positions, rest, places, members, reach)
    symbols = tuple(tracer.element.symbol for tracer in tracers)
    names = peak_names(symbols, counts, shifts, members, not exact or len(method.tracers) == 1)
    found = Correction(
        symbols, atoms, counts, shifts, members, names, full, limit if exact else inf
    )
    if np.linalg.cond(found.matrix) > WORST_CONDITION:
        raise InputError(
            f"the isotopologues of {compound.formula} look alike; check tracer and purity"
        )
    return found


def _known(formula: str, method: Method) -> dict[str, int]:
    """Read a formula whose elements have known isotopes."""
    counts = parse_formula(formula)
    for symbol in counts:
        if symbol not in method.isotopes:
            raise InputError(f'formula "{formula}": unknown element "{symbol}"')
    return counts


def _labelled_positions(
    compound: Compound, metabolite: dict[str, int], method: Method
) -> dict[TracerIsotope, int]:
    """Return how many positions each tracer can label; tracers without any are left out."""
    symbols = [tracer.element.symbol for tracer in method.tracers]
    given: dict[str, int] = {}
    if compound.tracer_atoms:
        number = parse_number(compound.tracer_atoms)
        if number is not None and len(symbols) > 1:
            raise InputError(
                f'tracer atoms "{compound.tracer_atoms}": name the elements, like C3N1'
            )
        given = parse_counts(compound.tracer_atoms) if number is None else {symbols[0]: number}
    for symbol, count in given.items():
        if symbol not in symbols or count > metabolite.get(symbol, 0):
            raise InputError(
                f'tracer atoms "{compound.tracer_atoms}": {compound.formula} has '
                f"{metabolite.get(symbol, 0)} {symbol}"
                + ("" if symbol in symbols else f", and no tracer labels {symbol}")
            )
    found = {
        tracer: given.get(symbol, metabolite.get(symbol, 0))
        for tracer, symbol in zip(method.tracers, symbols)
    }
    found = {tracer: count for tracer, count in found.items() if count}
    if not found:
        names = " or ".join(tracer.name for tracer in method.tracers)
        raise InputError(f"{compound.formula} has no atom that {names} can label")
    return found
