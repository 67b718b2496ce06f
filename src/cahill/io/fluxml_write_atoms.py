"""Atom maps as FluxML marks them: one marking a molecule, or variants with ratios."""

import re
from collections.abc import Mapping, Sequence
from itertools import product
from math import isclose, prod
from typing import NamedTuple

from cahill.core.network import AtomMap, Participant, Species, Step
from cahill.errors import InputError

Letters = tuple[tuple[str, str], ...]


class Molecule(NamedTuple):
    """A reduct or rproduct: its tag, species, and its markings with their ratios."""

    tag: str
    species: str
    cfgs: list[tuple[str, float]]


def variants(step: Step, species: Mapping[str, Species]) -> tuple[list[Molecule], int]:
    """Return the molecules of a step with their markings, and the number of combinations.

    Parameters
    ----------
    step : Step
        The step with its alternatives.
    species : mapping of str to Species
        Says in which order the elements of a species are numbered.

    Raises
    ------
    InputError
        If a molecule comes in fractions, or the alternatives are not the combinations of ways to
        mark single molecules.
    """
    for maps in (step.maps, *(_same_side(step.maps, side) for side in (0, 1))):
        found = _factors(maps, step.weights)
        if found is not None:
            break
    else:
        raise InputError(
            f'step "{step.id}": its alternatives change several molecules together, which FluxML '
            "cannot say; write them as reactions of their own"
        )
    first = step.maps[0]
    tags = ["reduct"] * len(first.reactants) + ["rproduct"] * len(first.products)
    marks = _Marks(found, len(first.reactants), species, first)
    molecules = []
    for tag, part, letterings in zip(tags, (*first.reactants, *first.products), found):
        if part.count != int(part.count):
            raise InputError(
                f'step "{step.id}": {part.count:g} {part.species}; FluxML counts whole molecules'
            )
        cfgs = [(marks.cfg(part.species, letters), ratio) for letters, ratio in letterings.items()]
        molecules += [Molecule(tag, part.species, cfgs)] * int(part.count)
    return molecules, prod(len(one) for one in found)


def _letters(part: Participant) -> Letters:
    return tuple(part.letters.items())


def _parts(one: AtomMap) -> tuple[Participant, ...]:
    return (*one.reactants, *one.products)


def _factors(
    maps: Sequence[AtomMap], weights: Sequence[float]
) -> list[dict[Letters, float]] | None:
    """Return each molecule's markings with their shares if the maps are all their combinations."""
    shares: list[dict[Letters, float]] = [{} for _ in _parts(maps[0])]
    for one, weight in zip(maps, weights):
        for share, part in zip(shares, _parts(one)):
            share[_letters(part)] = share.get(_letters(part), 0.0) + weight
    if prod(len(share) for share in shares) != len(maps):
        return None
    wanted = [
        (tuple(letters for letters, _ in chosen), prod(ratio for _, ratio in chosen))
        for chosen in product(*(share.items() for share in shares))
    ]
    given = {
        tuple(_letters(part) for part in _parts(one)): weight for one, weight in zip(maps, weights)
    }
    if all(key in given and isclose(given[key], ratio, rel_tol=1e-9) for key, ratio in wanted):
        return shares
    return None


def _same_side(maps: Sequence[AtomMap], side: int) -> list[AtomMap]:
    """Rename letters so that all maps mark the reactants (0) or products (1) as the first does."""
    renamed = []
    for one in maps:
        new = {}
        sides = ((m.reactants, m.products)[side] for m in (maps[0], one))
        for wanted, part in zip(*sides):
            for element, letters in part.letters.items():
                pairs = zip(letters, wanted.letters.get(element, ""))
                new |= {(element, old): letter for old, letter in pairs}
        reactants, products = (
            tuple(_renamed(part, new) for part in parts) for parts in (one.reactants, one.products)
        )
        renamed.append(AtomMap(reactants, products))
    return renamed


def _renamed(part: Participant, new: Mapping[tuple[str, str], str]) -> Participant:
    letters = {
        element: "".join(new.get((element, letter), letter) for letter in text)
        for element, text in part.letters.items()
    }
    return Participant(part.species, letters, part.count)


class _Marks:
    """Writes letters as they are, or in long notation where elements must be told apart."""

    def __init__(
        self,
        found: Sequence[Mapping[Letters, float]],
        reactants: int,
        species: Mapping[str, Species],
        first: AtomMap,
    ) -> None:
        self.species = species
        elements = {e for one in found for letters in one for e, _ in letters}
        texts = [text for one in found for letters in one for _, text in letters]
        self.short = len(elements) < 2 and all(re.fullmatch("[A-Za-z]*", text) for text in texts)
        self.marks: dict[tuple[str, str], str] = {}
        for number, (one, part) in enumerate(zip(found[:reactants], first.reactants), start=1):
            letters = dict(next(iter(one)))
            position = 0
            for element in species[part.species].atoms:
                for letter in letters.get(element, ""):
                    position += 1
                    self.marks[element, letter] = f"{element}#{position}@{number}"

    def cfg(self, name: str, letters: Letters) -> str:
        """Return the marking of one molecule."""
        by_element = dict(letters)
        order = self.species[name].atoms
        if self.short:
            return "".join(by_element.get(element, "") for element in order)
        return " ".join(
            self.marks[element, letter]
            for element in order
            for letter in by_element.get(element, "")
        )
