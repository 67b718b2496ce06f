"""What is in each well: a layout, its fields as text with the place each was written."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cahill.core.units import check_dimension, parse_quantity_text, to
from cahill.errors import InputError, UnitError


@dataclass(frozen=True)
class WellContent:
    """What a layout says of one well.

    Parameters
    ----------
    well : str
        "A1".
    fields : mapping of str to str
        By field ("role", "sample", "dilution"), text; a field left blank is absent. A number that
        needs a unit carries it: "10 uL".
    where : str
        File and place (sheet, cell, key), for messages.
    """

    well: str
    fields: Mapping[str, str]
    where: str

    def text(self, name: str, default: str = "") -> str:
        """Return a field as text."""
        return self.fields.get(name, default)

    def number(self, name: str, unit: str, default: float | None = None) -> float | None:
        """Return a field as a number in a unit.

        Parameters
        ----------
        name : str
        unit : str
            Wanted unit; a number without unit is accepted only where this is "dimensionless".
        default : float, optional
            Where the field is absent.

        Raises
        ------
        UnitError
            If it is not a number, or its unit is missing or measures something else.
        """
        if name not in self.fields:
            return default
        text = self.fields[name]
        try:
            value, written = _split(text)
            check_dimension(written, unit)
        except UnitError as error:
            raise UnitError(f"{self.where}: {name}: {error}") from None
        return to(value, written, unit)


def _split(text: str) -> tuple[float, str]:
    """Split a number from its unit; a bare number is dimensionless."""
    try:
        return float(text), "dimensionless"
    except ValueError:
        return parse_quantity_text(text)


@dataclass(frozen=True, eq=False)
class Layout:
    """What a user says is in the wells of a plate.

    Parameters
    ----------
    name : str
        File, for messages.
    rows, columns : int
        Of the plate it was written for.
    contents : tuple of WellContent
        Each well once, by row and column; wells left blank are absent.
    path : Path, optional

    Raises
    ------
    InputError
        If a well stands twice.
    """

    name: str
    rows: int
    columns: int
    contents: tuple[WellContent, ...]
    path: Path | None = None
    _index: dict[str, WellContent] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        index: dict[str, WellContent] = {}
        for content in self.contents:
            if content.well in index:
                first = index[content.well].where
                raise InputError(
                    f"{content.where}: well {content.well} was described before, in {first}"
                )
            index[content.well] = content
        object.__setattr__(self, "_index", index)

    def __getitem__(self, well: str) -> WellContent:
        """Return what is in a well; KeyError if the layout is silent on it."""
        return self._index[well]

    def __contains__(self, well: object) -> bool:
        return well in self._index

    def __iter__(self) -> Iterator[WellContent]:
        return iter(self.contents)

    @property
    def wells(self) -> tuple[str, ...]:
        """The wells described."""
        return tuple(self._index)
