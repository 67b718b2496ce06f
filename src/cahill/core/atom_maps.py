"""The text grammar of atom maps, and the faults one map can have.

``Ala C:abc N:n + aKG C:defgh -> Pyr C:abc + Glu C:defgh N:n``: species joined by " + ", each traced
atom named by a letter of its own, element by element, in the order of the atoms. A species with
stoichiometry 2 is written twice; one without traced atoms stands bare, with a coefficient if need
be. Alternatives of equal weight are separated by " | "; an alternative may be written as its
right-hand side alone.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping

from cahill.core.network import AtomMap, Participant, Species, Step
from cahill.errors import ModelError, UnknownNameError

_NAME = re.compile(r"[A-Za-z_]\w*")
_LETTERS = re.compile(r"([A-Z][a-z]?):([A-Za-z]+)")


def parse_step(
    step_id: str,
    reaction: str,
    text: str,
    species: Mapping[str, Species] | None = None,
    where: str = "",
) -> Step:
    """Read one step from its text.

    Parameters
    ----------
    step_id, reaction : str
        Ids of the step and of the reaction it belongs to.
    text : str
        The atom map or maps in the grammar of this module.
    species : mapping of str to Species, optional
        The known species. With it the map is proven as well as read; without it only the grammar
        is (`cahill.core.network_check.check_network` then names every fault at once).
    where : str
        File and row, put in front of every message.

    Raises
    ------
    ModelError
        Naming the row, the step and its faults.
    """
    first, *others = text.split("|")
    try:
        maps = [_parse_map(first, None)]
        maps += [_parse_map(other, maps[0].reactants) for other in others]
    except ModelError as error:
        raise ModelError(f"{_place(step_id, where)}: {error}") from None
    step = Step(step_id, reaction, tuple(maps), where)
    faults = [] if species is None else list(step_faults(step, species))
    if faults:
        raise ModelError(f"{_place(step_id, where)}: {'; '.join(faults)}")
    return step


def step_place(step: Step) -> str:
    """Return the file row and id of a step, for messages."""
    return _place(step.id, step.where)


def step_faults(step: Step, species: Mapping[str, Species], drains: bool = False) -> Iterator[str]:
    """Yield every fault of a step's atom maps, one sentence each.

    Parameters
    ----------
    step : Step
        The step to judge.
    species : mapping of str to Species
        The known species, by id.
    drains : bool
        Whether a step may lose all its traced atoms: export, growth.
    """
    several = len(step.maps) != 1
    for number, atom_map in enumerate(step.maps, start=1):
        suffix = f" (alternative {number})" if several else ""
        for fault in _map_faults(atom_map, species, drains):
            yield fault + suffix
    first, *others = (atom_map.counts() for atom_map in step.maps)
    if any(other != first for other in others):
        yield "its alternatives differ in their molecules; they may differ in their letters only"


def _place(step_id: str, where: str) -> str:
    return f'{where}: step "{step_id}"' if where else f'step "{step_id}"'


def _parse_map(text: str, reactants: tuple[Participant, ...] | None) -> AtomMap:
    sides = text.split("->")
    if len(sides) == 1 and reactants is not None:
        return AtomMap(reactants, _parse_side(sides[0]))
    if len(sides) != 2:
        raise ModelError(f'"{text.strip()}" needs exactly one "->" between reactants and products')
    return AtomMap(_parse_side(sides[0]), _parse_side(sides[1]))


def _parse_side(text: str) -> tuple[Participant, ...]:
    if not text.strip():
        return ()
    return tuple(part for term in text.split("+") for part in _parse_term(term))


def _parse_term(term: str) -> list[Participant]:
    words = term.split()
    count = 1
    if words and words[0].isdigit():
        count = int(words.pop(0))
    if not words or not _NAME.fullmatch(words[0]) or count < 1:
        raise ModelError(f'"{term.strip()}" is not a species; write it as "Ala_liver C:abc N:n"')
    name, letters = words[0], {}
    for word in words[1:]:
        match = _LETTERS.fullmatch(word)
        if match is None or match[1] in letters:
            raise ModelError(
                f'"{word}" after {name} is not one element with its letters; write "C:abc"'
            )
        letters[match[1]] = match[2]
    if count > 1 and letters:
        raise ModelError(
            f'write "{name}" {count} times with letters of its own, not "{count} {name}"'
        )
    return [Participant(name, letters) for _ in range(count)]


def _map_faults(atom_map: AtomMap, species: Mapping[str, Species], drains: bool) -> Iterator[str]:
    for part in (*atom_map.reactants, *atom_map.products):
        yield from _species_faults(part, species)
    sides = [
        Counter(mark for part in side for _, mark in part.atoms())
        for side in (atom_map.reactants, atom_map.products)
    ]
    for marks, side in zip(sides, ("left", "right")):
        twice = sorted(mark for mark, count in marks.items() if count > 1)
        if twice:
            yield f"{_spelled(twice)} stands more than once on the {side}"
    lost, appeared = sorted(sides[0].keys() - sides[1]), sorted(sides[1].keys() - sides[0])
    if lost and not (drains and not sides[1]):
        yield f"{_spelled(lost)} of {_owners(atom_map.reactants, lost)} is lost"
    if appeared:
        yield f"{_spelled(appeared)} of {_owners(atom_map.products, appeared)} comes from nowhere"


def _species_faults(part: Participant, species: Mapping[str, Species]) -> Iterator[str]:
    known = species.get(part.species)
    if known is None:
        yield str(UnknownNameError("species", part.species, species))
        return
    for element in sorted(known.atoms.keys() | part.letters.keys()):
        wanted, found = known.atoms.get(element, 0), len(part.letters.get(element, ""))
        if wanted != found:
            yield f"{part.species} has {wanted} {element}, its letters name {found}"


def _spelled(marks: list[tuple[str, str]]) -> str:
    return "atom " + ", ".join(f"{element}:{letter}" for element, letter in marks)


def _owners(parts: tuple[Participant, ...], marks: list[tuple[str, str]]) -> str:
    wanted = set(marks)
    owners = [part.species for part in parts if any(mark in wanted for _, mark in part.atoms())]
    return ", ".join(dict.fromkeys(owners))
