"""Rates without inhibitor: one substrate or two, ping-pong or sequential."""

from dataclasses import replace

import numpy as np

from cahill.assays.kinetics.kinetic_analysis import Analysis, ErrorModel, Rates, analyse
from cahill.assays.kinetics.rate_laws import (
    michaelis_menten,
    ping_pong,
    sequential,
    substrate_inhibition,
)

LEAST = 3  # concentrations of a substrate that a saturation curve needs


def fit_saturation(
    data: Rates, *, error: ErrorModel = "auto", confidence: float = 0.95
) -> tuple[Analysis, ...]:
    """Fit the laws that the conditions allow.

    Both substrates varied: ping-pong bi-bi, with and without inhibition by the substrates, and the
    sequential law (if they were varied against each other). One substrate varied: Michaelis-Menten,
    with and without substrate inhibition; Km and Vmax are then apparent, at the other's level.

    Parameters
    ----------
    data : Rates
        Those without inhibitor.
    error, confidence
        See `cahill.assays.kinetics.kinetic_analysis.analyse`.

    Returns
    -------
    tuple of Analysis
        Empty if neither substrate was varied enough.
    """
    alanine, oxoglutarate = data.conditions.alanine, data.conditions.oxoglutarate
    levels = len(_levels(alanine)), len(_levels(oxoglutarate))
    if min(levels) > 1 and max(levels) >= LEAST:
        return _two_substrates(data, levels, error, confidence)
    for substrate, count in zip(("alanine", "oxoglutarate"), levels):
        if count >= LEAST:
            laws = (michaelis_menten(substrate), substrate_inhibition(substrate))
            name = "saturation" + _fixed(data, substrate)
            found = analyse(
                name,
                "saturation",
                data,
                laws,
                error=error,
                confidence=confidence,
                varied=substrate,
            )
            return () if found is None else (found,)
    return ()


def _two_substrates(
    data: Rates, levels: tuple[int, int], error: ErrorModel, confidence: float
) -> tuple[Analysis, ...]:
    pairs = np.column_stack((data.conditions.alanine, data.conditions.oxoglutarate))
    crossed = len(np.unique(pairs, axis=0)) > sum(levels) - 1
    laws = [ping_pong(), ping_pong("alanine"), ping_pong("oxoglutarate")]
    laws.append(ping_pong("alanine", "oxoglutarate"))
    if crossed:
        laws.append(sequential())
    found = analyse("saturation", "saturation", data, laws, error=error, confidence=confidence)
    if found is None:
        return ()
    if not crossed:
        note = (
            "saturation: the substrates were varied one at a time, which cannot tell ping-pong "
            "from a sequential mechanism; ping-pong is ALT's and was taken."
        )
        found = replace(found, notes=(*found.notes, note))
    return (found,)


def _levels(concentrations: np.ndarray) -> np.ndarray:
    return np.unique(concentrations[np.isfinite(concentrations)])


def _fixed(data: Rates, varied: str) -> str:
    """Return " at 15 mmol/L 2-oxoglutarate", if the other's concentration is known."""
    other = "oxoglutarate" if varied == "alanine" else "alanine"
    levels = _levels(getattr(data.conditions, other))
    if not len(levels):
        return ""
    return f" at {levels[0]:g} mmol/L {'2-' if other == 'oxoglutarate' else ''}{other}"
