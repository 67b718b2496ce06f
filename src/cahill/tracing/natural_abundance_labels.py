"""Names of isotopologues: 2 (or M+2) with one tracer or at unit mass, C2N1 with several."""

import re
from collections.abc import Sequence

import numpy as np

from cahill.errors import InputError

_NUMBER = re.compile(r"(?:M\s*\+?\s*)?(\d+)")
_COUNTS = re.compile(r"(?:\s*[A-Z][a-z]?\s*\d+)+\s*")
_COUNT = re.compile(r"([A-Z][a-z]?)\s*(\d+)")


def parse_number(text: str) -> int | None:
    """Return the number in "2" or "M+2"; None if the text is no such name."""
    found = _NUMBER.fullmatch(text.strip())
    return int(found[1]) if found else None


def parse_counts(text: str) -> dict[str, int]:
    """Return the atoms by element in "C2N1".

    Raises
    ------
    InputError
        If it is not written so, or an element stands twice.
    """
    pairs = _COUNT.findall(text) if _COUNTS.fullmatch(text) else []
    counts = {element: int(count) for element, count in pairs}
    if not pairs or len(counts) < len(pairs):
        raise InputError(f'"{text}" names no isotopologue; write 2 or C2N1')
    return counts


def format_counts(elements: Sequence[str], counts: Sequence[int]) -> str:
    """Write labelled atoms by element: C2N1."""
    return "".join(f"{element}{count}" for element, count in zip(elements, counts))


def peak_names(
    elements: Sequence[str],
    counts: np.ndarray,
    shifts: np.ndarray,
    members: Sequence[Sequence[int]],
    numbered: bool,
) -> tuple[int | str, ...]:
    """Return the name of each peak.

    Parameters
    ----------
    elements : sequence of str
        Traced elements.
    counts : numpy.ndarray
        Labelled atoms of each isotopologue, shape (isotopologues, elements).
    shifts : numpy.ndarray
        Nucleons each is heavier than the unlabelled one.
    members : sequence of sequences of int
        Isotopologues of each peak.
    numbered : bool
        Whether peaks are numbered: by labelled atoms if there is one tracer, else by mass shift.
    """
    if numbered and len(elements) == 1:
        return tuple(int(counts[group[0], 0]) for group in members)
    if numbered:
        return tuple(int(shifts[group[0]]) for group in members)
    return tuple(
        "+".join(format_counts(elements, counts[k].tolist()) for k in group) for group in members
    )


def find_peak(
    text: str,
    elements: Sequence[str],
    counts: np.ndarray,
    shifts: np.ndarray,
    members: Sequence[Sequence[int]],
) -> int:
    """Return the peak a name means.

    Parameters
    ----------
    text : str
        A number, "C2N1", or several of these joined by "+" where they share a peak.
    elements, counts, shifts, members
        As in `peak_names`.

    Raises
    ------
    InputError
        If no peak has the name, or several have.
    """
    number = parse_number(text)
    if number is not None:
        heavy = counts[:, 0] if len(elements) == 1 else shifts
        wanted = np.flatnonzero(heavy == number).tolist()
    else:
        wanted = [_isotopologue(part, elements, counts) for part in text.split("+")]
    peaks = {peak for peak, group in enumerate(members) if not set(group).isdisjoint(wanted)}
    if len(peaks) == 1:
        return peaks.pop()
    names = peak_names(elements, counts, shifts, members, numbered=False)
    if peaks:
        several = ", ".join(str(names[peak]) for peak in sorted(peaks))
        raise InputError(f'isotopologue "{text}" is several peaks ({several}); name each')
    top = format_counts(elements, counts.max(axis=0).tolist())
    raise InputError(f'isotopologue "{text}" does not exist; the heaviest is {top}')


def _isotopologue(text: str, elements: Sequence[str], counts: np.ndarray) -> int:
    """Return the place of the isotopologue named "C2N1"; elements left out are unlabelled."""
    wanted = parse_counts(text)
    for element, count in wanted.items():
        if element not in elements and count:
            raise InputError(f'isotopologue "{text}": {element} carries no tracer here')
    row = [wanted.get(element, 0) for element in elements]
    found = np.flatnonzero((counts == row).all(axis=1))
    if not found.size:
        top = format_counts(elements, counts.max(axis=0).tolist())
        raise InputError(f'isotopologue "{text}" does not exist; the heaviest is {top}')
    return int(found[0])
