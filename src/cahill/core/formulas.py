"""Chemical formulas, and the isotopes their elements consist of."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from cahill.errors import InputError

_TOKEN = re.compile(r"([A-Z][a-z]?)(\d*)|(\()|(\))(\d*)|(\s+)")
_ISOTOPE = re.compile(r"(\d+)([A-Z][a-z]?)")
SUM_TOLERANCE = 1e-6
"""How far the abundances of an element may miss 1 (tables are rounded to six digits)."""


@dataclass(frozen=True)
class Isotope:
    """A stable isotope of an element.

    Parameters
    ----------
    mass_number : int
        Nucleons: 13 for carbon-13.
    mass : float
        Relative atomic mass, u.
    abundance : float
        Its natural mole fraction in the element.
    """

    mass_number: int
    mass: float
    abundance: float


@dataclass(frozen=True)
class Element:
    """A chemical element with its isotopes.

    Parameters
    ----------
    symbol : str
        "C", "Si".
    isotopes : tuple of Isotope
        By mass number.

    Raises
    ------
    InputError
        If the abundances are not fractions that add up to 1, or an isotope stands twice.
    """

    symbol: str
    isotopes: tuple[Isotope, ...]

    def __post_init__(self) -> None:
        ordered = tuple(sorted(self.isotopes, key=lambda isotope: isotope.mass_number))
        numbers = [isotope.mass_number for isotope in ordered]
        if len(set(numbers)) != len(numbers):
            raise InputError(f"element {self.symbol}: an isotope stands twice")
        total = sum(isotope.abundance for isotope in ordered)
        if min(isotope.abundance for isotope in ordered) < 0 or abs(total - 1) > SUM_TOLERANCE:
            raise InputError(
                f"element {self.symbol}: its abundances add up to {total:g}; "
                "give mole fractions that add up to 1"
            )
        object.__setattr__(self, "isotopes", ordered)

    @property
    def base(self) -> Isotope:
        """Its most abundant isotope, of which M+0 consists."""
        return max(self.isotopes, key=lambda isotope: isotope.abundance)

    def isotope(self, mass_number: int) -> Isotope:
        """Return an isotope by mass number.

        Raises
        ------
        InputError
            If the element has no such stable isotope.
        """
        for isotope in self.isotopes:
            if isotope.mass_number == mass_number:
                return isotope
        known = ", ".join(f"{isotope.mass_number}{self.symbol}" for isotope in self.isotopes)
        raise InputError(f"unknown isotope {mass_number}{self.symbol}; choose from {known}")


def parse_formula(text: str) -> dict[str, int]:
    """Read a chemical formula.

    Parameters
    ----------
    text : str
        Such as C3H7NO2, or (CH3)3Si with groups in parentheses; blanks do not count.

    Returns
    -------
    dict of str to int
        Number of atoms by element, in the order of the text; elements counted 0 are left out.

    Raises
    ------
    InputError
        If the text is no formula. Charges and isotopes do not belong in it.
    """
    levels: list[dict[str, int]] = [{}]
    place = 0
    while place < len(text):
        token = _TOKEN.match(text, place)
        if token is None:
            raise InputError(
                f'formula "{text}": "{text[place]}" is not understood; write it like C3H7NO2, '
                "without charge or isotopes"
            )
        element, count, opened, closed, times, _ = token.groups()
        if element:
            levels[-1][element] = levels[-1].get(element, 0) + int(count or 1)
        elif opened:
            levels.append({})
        elif closed:
            if len(levels) == 1:
                raise InputError(f'formula "{text}": a parenthesis is closed that was not opened')
            for inner, number in levels.pop().items():
                levels[-1][inner] = levels[-1].get(inner, 0) + number * int(times or 1)
        place = token.end()
    if len(levels) > 1:
        raise InputError(f'formula "{text}": a parenthesis is not closed')
    counts = {element: number for element, number in levels[0].items() if number}
    if not counts:
        raise InputError(f'formula "{text}" is empty; write it like C3H7NO2')
    return counts


def format_formula(counts: Mapping[str, int]) -> str:
    """Write a formula in Hill order: carbon, hydrogen, then by alphabet."""
    carbon = "C" in counts

    def place(element: str) -> tuple[int, str]:
        return (0 if carbon and element == "C" else 1 if carbon and element == "H" else 2, element)

    return "".join(
        f"{element}{counts[element] if counts[element] != 1 else ''}"
        for element in sorted(counts, key=place)
        if counts[element]
    )


def parse_isotope(text: str) -> tuple[str, int]:
    """Read the name of an isotope.

    Parameters
    ----------
    text : str
        Mass number and symbol: 13C, 15N, 2H.

    Returns
    -------
    tuple of (str, int)
        Element and mass number.

    Raises
    ------
    InputError
        If it is not written so.
    """
    found = _ISOTOPE.fullmatch(text.strip())
    if found is None:
        raise InputError(f'isotope "{text}": write mass number and symbol, like 13C, 15N or 2H')
    return found[2], int(found[1])
