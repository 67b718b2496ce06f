"""A field of a plate layout: its kind and unit, how a cell is read, and what is refused."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from cahill.core.units import check_dimension
from cahill.errors import InputError, UnitError, UnknownNameError
from cahill.io.cell_numbers import mangled, number

ANY_UNIT = "any"
"""Unit of a number that is only compared with its like; what is written beside it is dropped."""

_HEADING = re.compile(r"(.*?)\s*(?:\(([^()]*)\)|\[([^\[\]]*)\])")
_NUMBER_UNIT = re.compile(r"([+-]?\d[\d.,]*(?:[eE][+-]?\d+)?)\s*(\D.*)?")
_RATIO = re.compile(r"1\s*[:/]\s*(\d[\d.,]*)")
_TIME = re.compile(r"\d+:\d\d:\d\d")


@dataclass(frozen=True)
class Field:
    """One thing a layout may say of a well.

    Parameters
    ----------
    name : str
    description : str
        One line, for templates and documents.
    kind : {"text", "choice", "number"}
    unit : str
        Of a number: an example unit, "dimensionless", or `ANY_UNIT`.
    other_unit : str
        A second kind of unit that is as good (an amount or a concentration).
    choices : mapping of str to tuple of str
        Of a choice: the words, each with those read as the same.
    example : str
        As it would be written, with its unit.
    zero : bool
        Whether a number may be 0; none may be negative.
    """

    name: str
    description: str
    kind: Literal["text", "choice", "number"] = "text"
    unit: str = ""
    other_unit: str = ""
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    example: str = ""
    zero: bool = False

    @property
    def needs_unit(self) -> bool:
        """Whether a number without unit says nothing."""
        return self.kind == "number" and self.unit not in ("dimensionless", ANY_UNIT)

    def read(self, text: str, heading_unit: str = "", decimal: str = "") -> str:
        """Return a cell as the layout keeps it: a choice spelled out, a number with its unit.

        Parameters
        ----------
        text : str
            The cell, not blank.
        heading_unit : str
            Unit that the heading of its column or sheet gives.
        decimal : str
            Decimal mark of the file; blank if it is not known.

        Raises
        ------
        InputError
            If the text is not what the field holds; the message has no place in it.
        """
        if (self.kind != "number" and mangled(text)) or _TIME.fullmatch(text):
            raise InputError(
                f'{self.name} "{text}" looks like a date or time that a spreadsheet made of a name '
                "such as MARCH1 or 1:10; format the cells as text and write it again"
            )
        if self.kind == "choice":
            return self._choice(text)
        return self._number(text, heading_unit, decimal) if self.kind == "number" else text

    def _choice(self, text: str) -> str:
        word = _plain(text)
        for name, others in self.choices.items():
            if word == name or word in others:
                return name
        message = str(UnknownNameError(self.name, text, self.choices))
        if message.endswith("to choose from"):
            message = f'unknown {self.name} "{text}"; choose from {", ".join(self.choices)}'
        raise InputError(message)

    def _number(self, text: str, heading_unit: str, decimal: str) -> str:
        ratio = _RATIO.fullmatch(text) if self.unit == "dimensionless" else None
        found = _NUMBER_UNIT.fullmatch(text)
        value = number(text, decimal)
        unit = heading_unit
        if ratio:
            value = number(ratio[1], decimal)
        elif value is None and found:
            value, unit = number(found[1], decimal), (found[2] or "").strip() or heading_unit
        if value is None:
            why = " (a date or time?)" if mangled(text) else ""
            raise InputError(
                f'{self.name} "{text}" is not a number{why}; write one such as {self.example}'
            )
        if value < 0 or (value == 0 and not self.zero):
            raise InputError(
                f"{self.name} {value:g} is not above 0; write one such as {self.example}"
            )
        written = f"{value:.12g}"
        if self.unit == ANY_UNIT:
            return written
        if not self.needs_unit:
            return _without_unit(self.name, written, unit, value)
        if not unit:
            raise InputError(
                f"{self.name} {text} has no unit; write {self.example}, or put the unit into the "
                f"heading: {self.name} ({self.unit})"
            )
        return f"{written} {self._known_unit(unit)}"

    def _known_unit(self, unit: str) -> str:
        unit = unit.replace("\N{MICRO SIGN}", "u").replace("\N{GREEK SMALL LETTER MU}", "u")
        try:
            check_dimension(unit, self.unit)
        except UnitError as error:
            if not self.other_unit:
                raise InputError(f"{self.name}: {error}") from None
            try:
                check_dimension(unit, self.other_unit)
            except UnitError:
                raise InputError(f"{self.name}: {error} or {self.other_unit}") from None
        return unit


def _without_unit(name: str, written: str, unit: str, value: float) -> str:
    """Return a pure number; a percentage is turned into a fraction."""
    if unit in ("", "1", "dimensionless", "fold", "x"):
        return written
    if unit == "%":
        return f"{value / 100:.12g}"
    raise InputError(f'{name} is a pure number; "{unit}" has no place beside it')


@dataclass(frozen=True)
class Vocabulary:
    """The fields of an assay's layout.

    Parameters
    ----------
    assay : str
        For messages.
    fields : tuple of Field
    needed : mapping of str to tuple of str
        By role, the fields without which a well of it cannot be used.
    """

    assay: str
    fields: tuple[Field, ...]
    needed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the fields."""
        return tuple(one.name for one in self.fields)

    def heading(self, text: str) -> tuple[Field, str]:
        """Return the field a heading names, and the unit it gives or a blank.

        Raises
        ------
        UnknownNameError
            With the nearest field.
        """
        found = _HEADING.fullmatch(text.strip())
        name, unit = (found[1], (found[2] or found[3] or "").strip()) if found else (text, "")
        plain = _plain(name)
        for one in self.fields:
            if one.name == plain:
                return one, unit
        raise UnknownNameError("field", name.strip() or text, self.names)

    def knows(self, text: str) -> bool:
        """Return whether a heading names a field."""
        try:
            self.heading(text)
        except UnknownNameError:
            return False
        return True


def _plain(text: str) -> str:
    return re.sub(r"[\s-]+", "_", text.strip().lower())
