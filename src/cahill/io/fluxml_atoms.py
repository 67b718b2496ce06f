"""Atoms of a FluxML reaction: short and long notation, variants of scrambled molecules."""

import re
import string
from collections.abc import Mapping
from xml.etree.ElementTree import Element

from cahill.core.network import Participant, Species
from cahill.errors import InputError, UnknownNameError
from cahill.io.fluxml_common import Place, element_id, number

_LONG = re.compile(r"([A-Z][a-z]?)#(\d+)@(\w+)")
_LETTERS = string.ascii_letters + "".join(map(chr, range(0x3B1, 0x3CA)))


class Marks:
    """Letters for the marks of the long notation, in order of first appearance."""

    def __init__(self) -> None:
        self.known: dict[str, dict[tuple[str, str], str]] = {}

    def letter(self, element: str, mark: tuple[str, str], where: str) -> str:
        """Return the letter of a mark of an element."""
        known = self.known.setdefault(element, {})
        if mark not in known and len(known) == len(_LETTERS):
            raise InputError(f"{where}: more than {len(_LETTERS)} atoms of {element} in a reaction")
        return known.setdefault(mark, _LETTERS[len(known)] if mark not in known else "")


def read_variants(
    element: Element, pools: Mapping[str, Species], marks: Marks, place: Place
) -> list[tuple[Participant, float]]:
    """Return the ways a molecule's atoms are marked, with their shares.

    Raises
    ------
    InputError
        If marks do not fit the pool, or ratios do not add up to 1.
    UnknownNameError
        If the pool is not declared.
    """
    name = element_id(element, place)
    if name not in pools:
        raise UnknownNameError("pool", name, pools, place(element))
    species = pools[name]
    found = list(element.iterfind("variant"))
    if not found:
        letters = _letters(element.get("cfg", ""), species, marks, place(element))
        return [(Participant(species.id, letters), 1.0)]
    ratios = [variant.get("ratio") for variant in found]
    if all(ratio is None for ratio in ratios):
        values = [1.0 / len(found)] * len(found)
    else:
        values = [number(ratio or "", "ratio", place(element)) for ratio in ratios]
    total = sum(values)
    if min(values) <= 0 or abs(total - 1) > 1e-6:
        raise InputError(f"{place(element)}: the ratios of the variants do not add up to 1")
    return [
        (Participant(species.id, _letters(v.get("cfg", ""), species, marks, place(v))), r / total)
        for v, r in zip(found, values)
    ]


def _letters(cfg: str, species: Species, marks: Marks, where: str) -> dict[str, str]:
    if "#" in cfg:
        letters: dict[str, str] = {}
        for token in cfg.split():
            match = _LONG.fullmatch(token)
            if match is None:
                raise InputError(f'{where}: "{token}" is not an atom such as C#1@1')
            letter = marks.letter(match[1], (match[2], match[3]), where)
            letters[match[1]] = letters.get(match[1], "") + letter
        found = {element: len(text) for element, text in letters.items()}
        if found != dict(species.atoms):
            raise InputError(
                f"{where}: {species.id} has {_formula(species.atoms)}, "
                f"its marks name {_formula(found)}"
            )
        return {element: letters[element] for element in species.atoms}
    text = cfg.strip()
    if text and not text.isalnum():
        raise InputError(f'{where}: cfg="{cfg}" is neither "abc" nor "C#1@1 C#2@1"')
    if len(text) != sum(species.atoms.values()):
        wanted = _formula(species.atoms)
        raise InputError(f"{where}: {species.id} has {wanted}, its marks name {len(text)} atoms")
    cells = iter(text)
    return {
        element: "".join(next(cells) for _ in range(count))
        for element, count in species.atoms.items()
    }


def _formula(atoms: Mapping[str, int]) -> str:
    return " ".join(f"{count} {element}" for element, count in atoms.items()) or "no traced atom"
