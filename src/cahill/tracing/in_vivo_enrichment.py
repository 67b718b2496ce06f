"""What an enrichment says: tracer per tracee, for Steele's equation, and label per molecule.

Mole fraction excess x (MPE/100) is tracer / (tracer + tracee), so the tracer to tracee ratio is
z = x / (1 - x). Atom fraction excess a (APE/100) is the mean over n atoms of the molecule; a tracer
with m labelled atoms gives x = a*n/m. A radioactive tracer has no mass: z is its specific activity.
"""

import numpy as np
from numpy.typing import ArrayLike

from cahill.core.tracer_infusion import EnrichmentKind
from cahill.errors import InputError


def tracer_tracee_ratio(
    enrichment: ArrayLike, kind: EnrichmentKind, atoms: float = 1.0, tracer_atoms: float = 1.0
) -> np.ndarray:
    """Turn an enrichment into the ratio of tracer to tracee.

    Parameters
    ----------
    enrichment : array_like
        Fraction (MPE, APE), ratio (TTR) or dpm/umol (SA).
    kind : {"MPE", "APE", "TTR", "SA"}
    atoms : float
        With APE, the atoms that the mean is over.
    tracer_atoms : float
        With APE, the labelled atoms of the tracer.

    Returns
    -------
    numpy.ndarray
        mol/mol; dpm/umol for SA.

    Raises
    ------
    InputError
        If all molecules would be tracer.
    """
    value = np.asarray(enrichment, dtype=float)
    if kind in ("TTR", "SA"):
        return value
    fraction = value * atoms / tracer_atoms if kind == "APE" else value
    if np.any(fraction >= 1):
        raise InputError(
            f"{kind} {100 * np.nanmax(value):g} %: leaves no unlabelled molecule; "
            "give per cent excess below 100, averaged over the atoms stated"
        )
    return fraction / (1.0 - fraction)


def ratio_slope(
    enrichment: ArrayLike,
    slope: ArrayLike,
    kind: EnrichmentKind,
    atoms: float = 1.0,
    tracer_atoms: float = 1.0,
) -> np.ndarray:
    """Return dz/dt from an enrichment and its slope, per min (see `tracer_tracee_ratio`)."""
    slope = np.asarray(slope, dtype=float)
    if kind in ("TTR", "SA"):
        return slope
    factor = atoms / tracer_atoms if kind == "APE" else 1.0
    return slope * factor * (1.0 + tracer_tracee_ratio(enrichment, kind, atoms, tracer_atoms)) ** 2


def label_per_molecule(
    enrichment: ArrayLike, kind: EnrichmentKind, atoms: float = 1.0
) -> np.ndarray:
    """Return the label a molecule carries on average, heavy atoms per molecule or dpm/umol.

    Parameters
    ----------
    enrichment : array_like
        Fraction (MPE, APE), ratio (TTR) or dpm/umol (SA).
    kind : {"MPE", "APE", "TTR", "SA"}
    atoms : float
        Labelled atoms in a labelled molecule (MPE, TTR), or the atoms the mean is over (APE).
    """
    value = np.asarray(enrichment, dtype=float)
    if kind == "SA":
        return value
    return (value / (1.0 + value) if kind == "TTR" else value) * atoms


def label_slope(
    enrichment: ArrayLike, slope: ArrayLike, kind: EnrichmentKind, atoms: float = 1.0
) -> np.ndarray:
    """Return the slope of `label_per_molecule`, per min."""
    slope = np.asarray(slope, dtype=float)
    if kind == "SA":
        return slope
    if kind == "TTR":
        return slope * atoms / (1.0 + np.asarray(enrichment, dtype=float)) ** 2
    return slope * atoms
