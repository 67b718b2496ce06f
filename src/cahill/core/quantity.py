"""A number that knows its unit, its spread and its origin."""

import math
from dataclasses import dataclass, replace

from cahill.core import units
from cahill.core.evidence import Evidence
from cahill.errors import InputError


@dataclass(frozen=True)
class Quantity:
    """One number with its unit.

    Parameters
    ----------
    value : float
        The number, in `unit`.
    unit : str
        Unit text understood by `cahill.core.units`; "dimensionless" for a ratio.
    sd : float, optional
        Standard deviation, in `unit`.
    evidence : Evidence, optional
        Where the number comes from.

    Raises
    ------
    InputError
        If the value is not finite, or the standard deviation negative.
    UnitError
        If the unit is missing or unknown.
    """

    value: float
    unit: str
    sd: float | None = None
    evidence: Evidence | None = None

    def __post_init__(self) -> None:
        if not math.isfinite(self.value):
            raise InputError(f"value {self.value} is not a finite number")
        if self.sd is not None and not (math.isfinite(self.sd) and self.sd >= 0):
            raise InputError(f"standard deviation {self.sd} is not a number of at least 0")
        units.check_unit(self.unit)

    def to(self, unit: str) -> float:
        """Return the value in another unit: the only door into a solver.

        Raises
        ------
        UnitError
            If the unit is unknown or measures something else.
        """
        return units.to(self.value, self.unit, unit)

    def converted(self, unit: str) -> "Quantity":
        """Return the same quantity, spread included, in another unit."""
        sd = self.sd
        if sd is not None:
            # A spread scales but does not shift, so offsets (degrees Celsius) must cancel.
            sd = abs(units.to(self.value + sd, self.unit, unit) - self.to(unit))
        return replace(self, value=self.to(unit), unit=unit, sd=sd)
