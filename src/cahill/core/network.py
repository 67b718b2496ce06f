"""Species, steps with their atom maps, and the network they form.

A reaction of the model is carried by one or more steps. A step is what happens in one go on an
enzyme; it has its own forward and backward flux. Most reactions are one step; an aminotransferase
is two half-reactions that hand the amino group to the enzyme and take it up again.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, get_args

from cahill.errors import InputError, ModelError, UnknownNameError

Kind = Literal["pool", "slow", "boundary", "enzyme-bound"]
KINDS: tuple[str, ...] = get_args(Kind)


class Atom(NamedTuple):
    """One traced atom of a species; positions count from 1, as in C1 of glucose."""

    species: str
    element: str
    position: int

    def __str__(self) -> str:
        return f"{self.species} {self.element}{self.position}"


@dataclass(frozen=True)
class Species:
    """A pool of molecules in one compartment.

    Parameters
    ----------
    id, name, compartment : str
        Its id in the model, its full name, and where it is.
    atoms : mapping of str to int
        Number of traced atoms by element, e.g. {"C": 3, "N": 1}; empty if none is traced.
    kind : {"pool", "slow", "boundary", "enzyme-bound"}
        A pool is balanced; a slow one is balanced in time but stays at natural abundance during a
        tracer study (glycogen, protein); a boundary is outside the balance; enzyme-bound is the
        group an enzyme carries between its half-reactions, absent from the model's species.
    sbo : str
        SBO term.
    identifiers : tuple of str
        Compact identifiers ("chebi:16449").
    """

    id: str
    name: str
    compartment: str
    atoms: Mapping[str, int] = field(default_factory=dict, hash=False)
    kind: Kind = "pool"
    sbo: str = ""
    identifiers: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise InputError(
                f'species "{self.id}": kind "{self.kind}" is not one of {", ".join(KINDS)}'
            )
        for element, count in self.atoms.items():
            if count < 0:
                raise InputError(f'species "{self.id}": {count} atoms of {element}')
        traced = {element: count for element, count in self.atoms.items() if count}
        object.__setattr__(self, "atoms", traced)

    @property
    def boundary(self) -> bool:
        """Whether it is outside the balance."""
        return self.kind == "boundary"

    @property
    def slow(self) -> bool:
        """Whether its label stays at natural abundance during a tracer study."""
        return self.kind == "slow"

    @property
    def enzyme_bound(self) -> bool:
        """Whether it stays on an enzyme and is no species of the model."""
        return self.kind == "enzyme-bound"


@dataclass(frozen=True)
class Participant:
    """One molecule on one side of an atom map, with a letter for each traced atom.

    Parameters
    ----------
    species : str
        Species id.
    letters : mapping of str to str
        By element, one letter an atom in the order of the atoms: {"C": "abc", "N": "n"}.
    count : float
        Molecules of this kind, all with these letters; 1 unless the stoichiometry says otherwise.
    """

    species: str
    letters: Mapping[str, str] = field(default_factory=dict, hash=False)
    count: float = 1.0

    def atoms(self) -> Iterator[tuple[Atom, tuple[str, str]]]:
        """Yield each atom with the (element, letter) that marks it."""
        for element, letters in self.letters.items():
            for position, letter in enumerate(letters, start=1):
                yield Atom(self.species, element, position), (element, letter)

    def __str__(self) -> str:
        words = [self.species, *(f"{element}:{text}" for element, text in self.letters.items())]
        return " ".join(words if self.count == 1 else [f"{self.count:g}", *words])


@dataclass(frozen=True)
class AtomMap:
    """Which atom of the reactants becomes which atom of the products, in one step."""

    reactants: tuple[Participant, ...]
    products: tuple[Participant, ...]

    def transfers(self) -> Iterator[tuple[Atom, Atom]]:
        """Yield (source atom, target atom) for every traced atom.

        Raises
        ------
        ModelError
            If an atom of a product has no source.
        """
        sources = {mark: atom for part in self.reactants for atom, mark in part.atoms()}
        for part in self.products:
            for atom, mark in part.atoms():
                if mark not in sources:
                    raise ModelError(f'{atom} ("{mark[0]}:{mark[1]}") comes from nowhere in {self}')
                yield sources[mark], atom

    def counts(self) -> dict[str, float]:
        """Return the net number of molecules made (positive) or used (negative) by species."""
        net: dict[str, float] = {}
        for part in self.reactants:
            net[part.species] = net.get(part.species, 0) - part.count
        for part in self.products:
            net[part.species] = net.get(part.species, 0) + part.count
        return net

    def reversed(self) -> "AtomMap":
        """Return the map of the opposite direction."""
        return AtomMap(self.products, self.reactants)

    def __str__(self) -> str:
        sides = (" + ".join(map(str, side)) for side in (self.reactants, self.products))
        return " -> ".join(sides)


@dataclass(frozen=True)
class Step:
    """One step of a reaction, with one atom map or several.

    Parameters
    ----------
    id : str
        Step id; its gross fluxes are called `<id>_forward` and `<id>_backward` in the model.
    reaction : str
        The reaction it belongs to.
    maps : tuple of AtomMap
        Alternatives (a symmetric molecule leaves in two orientations).
    where : str
        File and row it was read from, for messages.
    weights : tuple of float
        Share of each alternative in the flux, adding up to 1; equal shares if empty.

    Raises
    ------
    InputError
        If the weights are not one positive number a map, adding up to 1.
    """

    id: str
    reaction: str
    maps: tuple[AtomMap, ...]
    where: str = field(default="", compare=False)
    weights: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        weights = self.weights or (1.0 / len(self.maps),) * len(self.maps)
        if len(weights) != len(self.maps) or min(weights) <= 0 or abs(sum(weights) - 1) > 1e-9:
            raise InputError(
                f'step "{self.id}": its {len(self.maps)} alternatives need as many positive '
                f"shares that add up to 1, not {', '.join(f'{w:g}' for w in weights)}"
            )
        object.__setattr__(self, "weights", weights)

    def shares(self) -> Iterator[tuple[AtomMap, float]]:
        """Yield each alternative with its share of the flux."""
        return zip(self.maps, self.weights)


@dataclass(frozen=True)
class Network:
    """Species, reactions and the steps that carry their atoms.

    Parameters
    ----------
    species : mapping of str to Species
        By id.
    steps : tuple of Step
        Every step with its atom maps.
    reactions : mapping of str to mapping of str to float
        Net stoichiometry of the model: reaction id to {species id: coefficient}, products positive.
    reversible : frozenset of str
        Ids of the reactions that run both ways.
    """

    species: Mapping[str, Species]
    steps: tuple[Step, ...]
    reactions: Mapping[str, Mapping[str, float]]
    reversible: frozenset[str] = frozenset()

    def of_kind(self, *kinds: Kind) -> frozenset[str]:
        """Return the ids of the species of these kinds."""
        return frozenset(name for name, species in self.species.items() if species.kind in kinds)

    def step(self, step_id: str) -> Step:
        """Return a step by id, or raise UnknownNameError with the nearest ids."""
        for step in self.steps:
            if step.id == step_id:
                return step
        raise UnknownNameError("step", step_id, [step.id for step in self.steps])
