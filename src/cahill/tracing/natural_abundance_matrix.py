"""From the isotopes of a molecule's atoms to the peaks that are measured of each isotopologue."""

import numpy as np

from cahill.tracing.natural_abundance_method import TracerIsotope
from cahill.tracing.natural_abundance_peaks import (
    SAME_MASS,
    Peaks,
    atom_peaks,
    combine,
    isotope_shifts,
)


def tracer_shift(tracer: TracerIsotope, exact: bool) -> float:
    """Return how much heavier a tracer atom is than the usual one, u (exact) or nucleons."""
    numbers = [isotope.mass_number for isotope in tracer.element.isotopes]
    return float(isotope_shifts(tracer.element, exact)[numbers.index(tracer.mass_number)])


def merge_places(places: np.ndarray, reach: float) -> tuple[tuple[int, ...], ...]:
    """Group isotopologues whose masses chain together within reach, groups by rising mass.

    Parameters
    ----------
    places : numpy.ndarray
        Mass of each isotopologue's own peak, shape (isotopologues,).
    reach : float
        Mass difference up to which two peaks merge, same unit.
    """
    order = np.argsort(places, kind="stable")
    cuts = np.flatnonzero(np.diff(places[order]) > reach) + 1
    return tuple(tuple(sorted(group.tolist())) for group in np.split(order, cuts))


def tracer_peaks(
    labelled: dict[TracerIsotope, int], exact: bool, correct_natural: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Return the masses the traced positions can have and their chances by isotopologue.

    Parameters
    ----------
    labelled : dict of TracerIsotope to int
        Positions that each tracer can label.
    exact : bool
        Masses in u; otherwise in nucleons.
    correct_natural : bool
        Whether unlabelled positions hold natural isotopes; otherwise the usual one only.

    Returns
    -------
    masses : numpy.ndarray
        Shape (masses,).
    chances : numpy.ndarray
        Shape (masses, isotopologues), isotopologues in the order of `product`.
    """
    masses, chances = np.zeros(1), np.ones((1, 1))
    for tracer, atoms in labelled.items():
        shifts = isotope_shifts(tracer.element, exact)
        light = np.array([isotope.abundance for isotope in tracer.element.isotopes])
        if not correct_natural:
            light = (shifts == 0).astype(float)
        columns = [
            combine(
                atom_peaks(shifts, tracer.purity, count), atom_peaks(shifts, light, atoms - count)
            )
            for count in range(atoms + 1)
        ]
        every = np.sort(np.concatenate([peaks.masses for peaks in columns]))
        own = every[np.concatenate([[True], np.diff(every) > SAME_MASS])]
        table = np.zeros((own.size, atoms + 1))
        for column, peaks in enumerate(columns):
            rows = np.searchsorted(own, peaks.masses + SAME_MASS) - 1
            table[rows, column] = peaks.chances
        masses = np.add.outer(masses, own).ravel()
        chances = np.kron(chances, table)
    return masses, chances


def pool(
    positions: tuple[np.ndarray, np.ndarray],
    rest: Peaks,
    places: np.ndarray,
    members: tuple[tuple[int, ...], ...],
    reach: float,
) -> np.ndarray:
    """Return the share of every isotopologue in each peak, shape (peaks, isotopologues).

    A fine peak counts in the measured peak of the nearest isotopologue's mass within reach.

    Parameters
    ----------
    positions : tuple of numpy.ndarray
        What `tracer_peaks` returns.
    rest : Peaks
        Peaks of all other atoms.
    places : numpy.ndarray
        Mass of each isotopologue's own peak.
    members : tuple of tuple of int
        Isotopologues of each measured peak.
    reach : float
        Mass difference up to which peaks merge.
    """
    masses, chances = positions
    owner = np.empty(places.size, dtype=np.int64)
    for peak, group in enumerate(members):
        owner[list(group)] = peak
    order = np.argsort(places, kind="stable")
    known, owner = places[order], owner[order]
    pooled = np.zeros((len(members), masses.size))
    for column, mass in enumerate(masses):
        fine = rest.masses + mass
        after = np.clip(np.searchsorted(known, fine), 1, known.size - 1) if known.size > 1 else 0
        nearest = np.where(fine - known[after - 1] <= known[after] - fine, after - 1, after)
        # SAME_MASS keeps sums of masses that are equal but for rounding.
        inside = np.abs(fine - known[nearest]) <= reach + SAME_MASS
        pooled[:, column] = np.bincount(
            owner[nearest[inside]], rest.chances[inside], minlength=len(members)
        )
    return pooled @ chances
