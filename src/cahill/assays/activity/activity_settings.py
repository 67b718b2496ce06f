"""How an activity plate is evaluated."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from cahill.assays.activity.plate_signals import LIMIT_AU, Assay
from cahill.errors import InputError

EPSILON = 6220.0  # L/mol/cm of NADH at 340 nm (seed 001); some kit factors use 6300


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How a plate is evaluated; what is None is found from the file.

    Attributes
    ----------
    assay : {"coupled", "amplex-red"} or None
    reading : str or None
        Name of the reading.
    epsilon : float
        Of NADH, L/mol/cm.
    limit : float
        Absorbance above which a read is not used, AU.
    well_area : float or None
        cm2; for pathlengths from volumes.
    curve : {"auto", "linear", "quadratic", "4pl"}
    weights : {"auto", "1", "1/x", "1/y2", "replicates"}
    standards : {"level", "rate"}
        level: standards are pyruvate, their signal stands. rate: standards are themselves enzyme,
        their rates are the curve.
    rates : {"initial", "mean"}
        initial: at the start, with lag and depletion modelled. mean: regression over all reads.
    duration : float or None
        Minutes of reaction before a single read.
    confidence : float
    """

    assay: Assay | None = None
    reading: str | None = None
    epsilon: float = EPSILON
    limit: float = LIMIT_AU
    well_area: float | None = None
    curve: Literal["auto", "linear", "quadratic", "4pl"] = "auto"
    weights: Literal["auto", "1", "1/x", "1/y2", "replicates"] = "auto"
    standards: Literal["level", "rate"] = "level"
    rates: Literal["initial", "mean"] = "initial"
    duration: float | None = None
    confidence: float = 0.95

    def __post_init__(self) -> None:
        for name, value in (
            ("epsilon", self.epsilon),
            ("limit", self.limit),
            ("well area", 1.0 if self.well_area is None else self.well_area),
            ("duration", 1.0 if self.duration is None else self.duration),
        ):
            if not (np.isfinite(value) and value > 0):
                raise InputError(f"{name} {value:g} is not a number above 0")
        if not 0 < self.confidence < 1:
            raise InputError(f"confidence {self.confidence:g} is not between 0 and 1")
