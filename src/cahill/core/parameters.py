"""Parameters with their ranges and evidence, in sets that never change in place."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from cahill.core.evidence import Evidence
from cahill.core.quantity import Quantity
from cahill.errors import InputError, UnknownNameError

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Parameter:
    """One parameter of a model.

    Parameters
    ----------
    id : str
        Its name in the model.
    quantity : Quantity
        Value, unit and evidence.
    low, high : float, optional
        Range in which the value may lie, in the quantity's unit.
    role : str
        What it is for ("Km", "Vmax", "input"); free text.

    Raises
    ------
    InputError
        If the value lies outside its range.
    """

    id: str
    quantity: Quantity
    low: float | None = None
    high: float | None = None
    role: str = ""

    def __post_init__(self) -> None:
        if not self.id:
            raise InputError("a parameter has no id")
        value = self.quantity.value
        if self.low is not None and not self.low <= value:
            raise InputError(
                f'parameter "{self.id}": value {value:g} is below its low {self.low:g}'
            )
        if self.high is not None and not value <= self.high:
            raise InputError(
                f'parameter "{self.id}": value {value:g} is above its high {self.high:g}'
            )

    @property
    def value(self) -> float:
        """The number, in the parameter's own unit."""
        return self.quantity.value

    def converted(self, unit: str) -> "Parameter":
        """Return the parameter, its value and range, in another unit.

        Raises
        ------
        UnitError
            If the unit measures something else.
        """
        if unit == self.quantity.unit:
            return self
        low, high = (
            None if bound is None else Quantity(bound, self.quantity.unit).to(unit)
            for bound in (self.low, self.high)
        )
        return replace(self, quantity=self.quantity.converted(unit), low=low, high=high)

    def with_value(self, value: float, note: str = "set for this run") -> "Parameter":
        """Return the parameter with another value in the same unit, marked as assumed.

        The range is kept where it holds the new value and dropped where it does not.
        """
        evidence = Evidence("assumed", note=f"{note}; was {self.value:g} {self.quantity.unit}")
        quantity = Quantity(value, self.quantity.unit, evidence=evidence)
        low = self.low if self.low is not None and self.low <= value else None
        high = self.high if self.high is not None and value <= self.high else None
        return replace(self, quantity=quantity, low=low, high=high)


@dataclass(frozen=True)
class ParameterSet:
    """Parameters by id, in a fixed order; changing one makes a new set.

    Parameters
    ----------
    parameters : tuple of Parameter
        The parameters, each id once.
    name : str
        Where the set comes from, for provenance ("overnight_fast", "Consoli1990").

    Raises
    ------
    InputError
        If an id stands twice.
    """

    parameters: tuple[Parameter, ...]
    name: str = ""
    _index: dict[str, Parameter] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        index: dict[str, Parameter] = {}
        for parameter in self.parameters:
            if parameter.id in index:
                raise InputError(f'parameter "{parameter.id}" stands twice in set "{self.name}"')
            index[parameter.id] = parameter
        object.__setattr__(self, "_index", index)

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids, in order."""
        return tuple(self._index)

    def __getitem__(self, parameter_id: str) -> Parameter:
        """Return a parameter, or raise UnknownNameError with the nearest ids."""
        if parameter_id not in self._index:
            raise UnknownNameError("parameter", parameter_id, self._index)
        return self._index[parameter_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._index)

    def __len__(self) -> int:
        return len(self._index)

    def __contains__(self, parameter_id: object) -> bool:
        return parameter_id in self._index

    def values(self, ids: Iterable[str] | None = None) -> tuple[float, ...]:
        """Return the numbers of the named parameters (all without `ids`), in their own units."""
        return tuple(self[parameter_id].value for parameter_id in (self if ids is None else ids))

    def updated(
        self,
        changes: "ParameterSet | Mapping[str, Parameter | Quantity | float]",
        name: str = "",
    ) -> "ParameterSet":
        """Return a set with some parameters replaced.

        Parameters
        ----------
        changes : ParameterSet or mapping
            By id: a Parameter (replaces value, range and evidence) or a Quantity, both converted to
            the unit of the parameter they replace, or a number in that unit.
        name : str, optional
            Name of the new set; by default the two names joined by "+".

        Raises
        ------
        UnknownNameError
            If an id is not in this set.
        UnitError
            If a quantity measures something else.
        """
        index = dict(self._index)
        for parameter_id in changes:
            index[parameter_id] = _changed(self[parameter_id], changes[parameter_id])
        if not name:
            other = changes.name if isinstance(changes, ParameterSet) else ""
            name = "+".join(part for part in (self.name, other) if part)
        return ParameterSet(tuple(index.values()), name)

    def to_frame(self) -> "pd.DataFrame":
        """Return a tidy table: one parameter a row, with unit, range and evidence."""
        import pandas as pd

        columns = ["id", "value", "unit", "sd", "low", "high", "role"]
        columns += ["grade", "source", "locator", "note"]
        rows = []
        for parameter in self.parameters:
            quantity, evidence = parameter.quantity, parameter.quantity.evidence
            row = [parameter.id, quantity.value, quantity.unit, quantity.sd]
            row += [parameter.low, parameter.high, parameter.role]
            if evidence is None:
                row += ["", "", "", ""]
            else:
                row += [evidence.grade, evidence.source, evidence.locator, evidence.note]
            rows.append(row)
        frame = pd.DataFrame(rows, columns=columns)
        numbers = ["value", "sd", "low", "high"]
        return frame.astype(dict.fromkeys(numbers, float))


def _changed(old: Parameter, change: Parameter | Quantity | float) -> Parameter:
    if isinstance(change, Parameter):
        if change.id != old.id:
            raise InputError(f'parameter "{change.id}" cannot stand in for "{old.id}"')
        return change.converted(old.quantity.unit)
    if isinstance(change, Quantity):
        quantity = change.converted(old.quantity.unit)
        moved = old.with_value(quantity.value)
        evidence = quantity.evidence or moved.quantity.evidence
        return replace(moved, quantity=replace(quantity, evidence=evidence))
    return old.with_value(float(change))
