"""Ranges in which a living man's quantities lie; a scenario that leaves one is told so in a note.

The limits are wide, about those of recorded survival, and assumed: they part a strange answer from
an ordinary one and judge nothing.
"""

from dataclasses import dataclass

import numpy as np

from cahill.core.trajectory import Trajectory


@dataclass(frozen=True)
class Plausible:
    """The range of a state or reported quantity, in its unit."""

    name: str
    title: str
    low: float
    high: float


RANGES = (
    Plausible("Glc_blood", "plasma glucose", 1.0, 30.0),
    Plausible("Ala_blood", "plasma alanine", 0.03, 5.0),
    Plausible("Lac_blood", "plasma lactate", 0.2, 20.0),
    Plausible("Pyr_blood", "plasma pyruvate", 0.01, 1.0),
    Plausible("Gln_blood", "plasma glutamine", 0.1, 5.0),
    Plausible("BCAA_blood", "plasma branched-chain amino acids", 0.05, 5.0),
    Plausible("NH4_blood", "plasma ammonium", 0.0, 0.5),
    Plausible("Urea_blood", "plasma urea", 0.5, 60.0),
    Plausible("FFA_blood", "plasma free fatty acids", 0.0, 4.0),
    Plausible("Ketone_blood", "plasma ketone bodies", 0.0, 25.0),
    Plausible("Glycogen_liver", "liver glycogen", 1.0, 1100.0),
    Plausible("serum_ALT", "serum ALT", 1.0, 20000.0),
)


def range_notes(trajectory: Trajectory) -> tuple[str, ...]:
    """Return a sentence for every quantity that leaves the range of a living man.

    Parameters
    ----------
    trajectory : Trajectory
        States and quantities; those without a range are not judged.
    """
    notes = []
    for item in RANGES:
        values = trajectory.column(item.name)
        outside = (values < item.low) | (values > item.high)
        if outside.any():
            first = int(np.argmax(outside))
            worst = values.min() if values[first] < item.low else values.max()
            hours = trajectory.times[first] / 60.0
            unit = trajectory.unit(item.name)
            notes.append(
                f"{item.title[0].upper()}{item.title[1:]}: outside the range of a living man "
                f"({item.low:g} to {item.high:g} {unit}) from {hours:.3g} h, "
                f"{worst:.3g} {unit} at the worst; read what follows with care."
            )
    return tuple(notes)
