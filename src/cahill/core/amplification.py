"""What a qPCR instrument measured: reactions, their fluorescence by cycle and by temperature."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import numpy as np

from cahill.errors import InputError

ReactionRole = Literal["sample", "standard", "ntc", "nac", "nrt", "calibrator", "positive", "other"]
"""ntc: no template; nac: no amplification; nrt: no reverse transcriptase; calibrator: the sample
that joins runs (inter-run calibrator)."""


@dataclass(frozen=True)
class Reaction:
    """One target in one well.

    Parameters
    ----------
    well : str
        "A1"; instruments that number their positions give the number.
    target : str
        Assay (gene, locus); blank if the file is silent.
    sample : str
        Blank if the file is silent.
    role : str
        See `ReactionRole`.
    dye : str
    quantity : float, optional
        Amount of a standard, in the unit its author had in mind.
    cq : float, optional
        Cq the instrument printed; None if it printed none (no amplification, or no Cq in the file).
    cq_reported : bool
        Whether the file has a Cq column at all for this reaction (then `cq` None means
        undetermined).
    threshold : float, optional
        Of the instrument, in the unit of its baselined curve.
    baseline : tuple of int, optional
        First and last cycle of the instrument's baseline, counted from 1.
    excluded : str
        Why the instrument or its user left the reaction out; blank if not.
    fields : mapping of str to str
        What else is said of it (group, replicate, antibody, dilution), by the layout or the file.
    where : str
        File and place, for messages.
    """

    well: str
    target: str = ""
    sample: str = ""
    role: ReactionRole = "sample"
    dye: str = ""
    quantity: float | None = None
    cq: float | None = None
    cq_reported: bool = False
    threshold: float | None = None
    baseline: tuple[int, int] | None = None
    excluded: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    where: str = ""


@dataclass(frozen=True, eq=False)
class MeltCurves:
    """Fluorescence while the products melt.

    Parameters
    ----------
    temperature : numpy.ndarray
        Degrees Celsius, shape (reactions, points), rising; NaN where a curve is shorter.
    fluorescence : numpy.ndarray
        Arbitrary unit, same shape; a row of NaN where a reaction was not melted.
    """

    temperature: np.ndarray
    fluorescence: np.ndarray


@dataclass(frozen=True, eq=False)
class QpcrRun:
    """A run as an instrument's file tells it.

    Parameters
    ----------
    name : str
        File (and run), for messages.
    reactions : tuple of Reaction
    cycles : numpy.ndarray
        Numbers of the cycles, shape (cycles,); empty if the file has no curves.
    fluorescence : numpy.ndarray
        Shape (reactions, cycles), arbitrary unit; NaN where nothing was read.
    curves : {"raw", "Rn", "dRn", "none"}
        raw: as read; Rn: over the passive reference; dRn: baseline already subtracted.
    baselined : numpy.ndarray, optional
        The instrument's own baselined curves (dRn), same shape.
    melt : MeltCurves, optional
    facts : mapping of str to str
        Instrument, software, date, chemistry: whatever the file tells of the run.
    notes : tuple of str
    path : Path, optional

    Raises
    ------
    InputError
        If shapes and reactions differ in number.
    """

    name: str
    reactions: tuple[Reaction, ...]
    cycles: np.ndarray
    fluorescence: np.ndarray
    curves: Literal["raw", "Rn", "dRn", "none"] = "raw"
    baselined: np.ndarray | None = None
    melt: MeltCurves | None = None
    facts: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    path: Path | None = None

    def __post_init__(self) -> None:
        shape = (len(self.reactions), len(self.cycles))
        if self.fluorescence.shape != shape:
            raise InputError(
                f"{self.name}: {shape[0]} reactions of {shape[1]} cycles, but curves of shape "
                f"{self.fluorescence.shape}"
            )
        if self.baselined is not None and self.baselined.shape != shape:
            raise InputError(f"{self.name}: raw and baselined curves differ in shape")
        if self.melt is not None and len(self.melt.temperature) != shape[0]:
            raise InputError(f"{self.name}: melt curves and reactions differ in number")

    def with_reactions(self, reactions: tuple[Reaction, ...]) -> "QpcrRun":
        """Return the run with its reactions described anew (by a layout), curves unchanged."""
        return replace(self, reactions=reactions)
