"""A picture of a blot or a gel, as counts that are (or are not) proportional to the signal."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from cahill.errors import InputError


@dataclass(frozen=True, eq=False)
class GelImage:
    """Counts of a detector over a membrane or gel.

    Parameters
    ----------
    name : str
        File (and page), for messages.
    counts : numpy.ndarray
        Shape (height, width), float64; a higher count is more signal (inverted files are turned).
    bits : int
        Bits a pixel was stored with.
    full_scale : float
        Count at which the detector or the file saturates.
    lossy : bool
        Whether compression changed the counts (JPEG).
    inverted : bool
        Whether the file stored dark bands on a bright ground, and was turned.
    facts : mapping of str to str
        Exposure, instrument, date: whatever the file tells.
    notes : tuple of str
    path : Path, optional

    Raises
    ------
    InputError
        If the picture is not two-dimensional or empty.
    """

    name: str
    counts: np.ndarray
    bits: int
    full_scale: float
    lossy: bool = False
    inverted: bool = False
    facts: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    path: Path | None = None

    def __post_init__(self) -> None:
        if self.counts.ndim != 2 or 0 in self.counts.shape:
            raise InputError(f"{self.name}: a picture of one grey channel is needed")

    @property
    def linear(self) -> bool:
        """Whether the counts may be taken as proportional to the signal."""
        return self.bits > 8 and not self.lossy
