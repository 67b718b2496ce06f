"""Elementary metabolite units (EMUs): which atoms must be followed together, and whence they come.

An EMU is a set of atoms of one species. Its isotopologue distribution depends on the distributions
of the EMUs its atoms come from: of one of the same size if a reactant brings all of them, of the
convolution of smaller ones if several do. Following these origins from the measured atoms backwards
gives the smallest set of balances that predicts the measurement (Antoniewicz, Kelleher &
Stephanopoulos, Metab. Eng. 9, 68 (2007)).

Here the atoms of an EMU stand in groups, and its distribution is the joint one of the number of
heavy atoms in each group. One group is the mass isotopologue distribution of the paper; a group an
element resolves 13C from 15N; daughter fragment and rest give tandem MS; single atoms give
positional isotopomers. A precursor carries those parts of the groups that it brings.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from math import prod
from typing import NamedTuple

from cahill.core.atom_maps import step_place
from cahill.core.labelling import Flux
from cahill.core.network import Atom, AtomMap, Network, Step
from cahill.errors import ModelError, UnknownNameError

Groups = tuple[tuple[tuple[str, int], ...], ...]


@dataclass(frozen=True)
class Emu:
    """Atoms of one species, in groups whose heavy atoms are counted apart.

    Parameters
    ----------
    species : str
        Species id.
    groups : tuple of tuple of (str, int)
        Atoms (element, position counted from 1) of each group. Atoms are put in order; the groups
        keep theirs, which is the order of the axes of the distribution.
    """

    species: str
    groups: Groups

    def __post_init__(self) -> None:
        object.__setattr__(self, "groups", tuple(tuple(sorted(group)) for group in self.groups))

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of atoms in each group."""
        return tuple(len(group) for group in self.groups)

    @property
    def size(self) -> int:
        """Number of atoms."""
        return sum(self.shape)

    @property
    def width(self) -> int:
        """Number of entries of its distribution."""
        return prod(count + 1 for count in self.shape)

    def __str__(self) -> str:
        groups = (" ".join(f"{element}{place}" for element, place in g) for g in self.groups)
        return f"{self.species} [{' | '.join(groups)}]"


class Part(NamedTuple):
    """A precursor of an EMU.

    `axes` says which groups of the EMU its own groups are parts of.
    """

    emu: Emu
    axes: tuple[int, ...]


class Inflow(NamedTuple):
    """A way in which the atoms of an EMU come together.

    Parameters
    ----------
    parts : tuple of Part
        Its precursors; the distribution brought is their convolution.
    rate : tuple of (int, float)
        The flux of it: indices of gross fluxes with their weights.
    """

    parts: tuple[Part, ...]
    rate: tuple[tuple[int, float], ...]


@dataclass(frozen=True, eq=False)
class EmuNetwork:
    """Everything that must be balanced to know the distributions of some EMUs.

    Parameters
    ----------
    fluxes : tuple of Flux
        The gross fluxes that `Inflow.rate` points to.
    balances : mapping of Emu to tuple of Inflow
        The inflows of each balanced EMU. EMUs that obey the same equation are represented by one.
    held : tuple of Emu
        EMUs of boundary and slow species, whose labels are given.
    turnover : mapping of str to tuple of (int, float)
        By balanced species, the gross inflow of its pool as weights on gross fluxes.
    representative : mapping of Emu to Emu
        Every EMU met, and the one that stands for it.
    """

    fluxes: tuple[Flux, ...]
    balances: Mapping[Emu, tuple[Inflow, ...]]
    held: tuple[Emu, ...]
    turnover: Mapping[str, tuple[tuple[int, float], ...]]
    representative: Mapping[Emu, Emu]


def gross_fluxes(network: Network) -> tuple[Flux, ...]:
    """Return the gross fluxes: of each step forward, then backward if it can run both ways."""
    fluxes: list[Flux] = []
    for step in network.steps:
        fluxes.append(Flux(step.id, "forward"))
        if step.reaction in network.reversible:
            fluxes.append(Flux(step.id, "backward"))
    return tuple(fluxes)


def decompose(network: Network, targets: Iterable[Emu]) -> EmuNetwork:
    """Follow the atoms of the targets back to species whose labels are given.

    Parameters
    ----------
    network : Network
        Species and steps.
    targets : iterable of Emu
        The EMUs to be known.

    Raises
    ------
    UnknownNameError
        If a target or a step names a species that does not exist.
    ModelError
        If an atom comes from nowhere (step and atom are named), or a balanced pool has no inflow.
    """
    fluxes = gross_fluxes(network)
    makers = _makers(network, fluxes)
    held_species = network.of_kind("boundary", "slow")
    inflows: dict[Emu, tuple[Inflow, ...]] = {}
    held: dict[Emu, None] = {}
    waiting = list(dict.fromkeys(targets))
    while waiting:
        emu = waiting.pop()
        if emu in inflows or emu in held:
            continue
        if emu.species not in network.species:
            raise UnknownNameError("species", emu.species, network.species)
        if emu.species in held_species:
            held[emu] = None
            continue
        inflows[emu] = _inflows(emu, makers[emu.species])
        waiting += (part.emu for inflow in inflows[emu] for part in inflow.parts)
    representative = _representatives(inflows, held)
    balances = {
        emu: _merged(inflows[emu], representative) for emu in inflows if representative[emu] == emu
    }
    turnover = {name: _turnover(makers[name]) for name in {emu.species: None for emu in balances}}
    return EmuNetwork(fluxes, balances, tuple(held), turnover, representative)


class _Maker(NamedTuple):
    """One product molecule of a map, in the direction of a gross flux."""

    step: Step
    map: AtomMap
    product: int
    flux: int
    weight: float


def _makers(network: Network, fluxes: tuple[Flux, ...]) -> Mapping[str, list[_Maker]]:
    """Return, by species, every way in which a molecule of it is made."""
    places = {flux: place for place, flux in enumerate(fluxes)}
    makers: dict[str, list[_Maker]] = defaultdict(list)
    for step in network.steps:
        for direction in ("forward", "backward"):
            place = places.get(Flux(step.id, direction))
            if place is None:
                continue
            for atom_map, share in step.shares():
                directed = atom_map if direction == "forward" else atom_map.reversed()
                for number, part in enumerate(directed.products):
                    makers[part.species].append(
                        _Maker(step, directed, number, place, share * part.count)
                    )
    return makers


def _turnover(makers: Iterable[_Maker]) -> tuple[tuple[int, float], ...]:
    return _summed((maker.flux, maker.weight) for maker in makers)


def _summed(rate: Iterable[tuple[int, float]]) -> tuple[tuple[int, float], ...]:
    total: dict[int, float] = defaultdict(float)
    for flux, weight in rate:
        total[flux] += weight
    return tuple(sorted(total.items()))


def _inflows(emu: Emu, makers: Iterable[_Maker]) -> tuple[Inflow, ...]:
    found = tuple(Inflow(_parts(emu, maker), ((maker.flux, maker.weight),)) for maker in makers)
    if not found:
        raise ModelError(
            f'species "{emu.species}" is balanced but nothing makes it; make it a boundary species '
            "or add the step that does"
        )
    return found


def _parts(emu: Emu, maker: _Maker) -> tuple[Part, ...]:
    """Return the precursors of an EMU in one map, in an order of their own."""
    sources = {
        mark: (number, atom)
        for number, part in enumerate(maker.map.reactants)
        for atom, mark in part.atoms()
    }
    marks = {
        (atom.element, atom.position): mark
        for atom, mark in maker.map.products[maker.product].atoms()
    }
    taken: dict[int, dict[int, list[tuple[str, int]]]] = defaultdict(lambda: defaultdict(list))
    for axis, group in enumerate(emu.groups):
        for element, position in group:
            mark = marks.get((element, position))
            if mark not in sources:
                atom = Atom(emu.species, element, position)
                raise ModelError(
                    f"{step_place(maker.step)}: {atom} comes from nowhere in {maker.map}; give it "
                    "a source, or make the step irreversible if this is its backward direction"
                )
            number, atom = sources[mark]
            taken[number][axis].append((atom.element, atom.position))
    parts = (
        Part(
            Emu(maker.map.reactants[number].species, tuple(map(tuple, groups.values()))),
            tuple(groups),
        )
        for number, groups in taken.items()
    )
    return tuple(sorted(parts, key=_part_order))


def _part_order(part: Part) -> tuple[int, str, Groups, tuple[int, ...]]:
    return part.emu.size, part.emu.species, part.emu.groups, part.axes


def _representatives(
    inflows: Mapping[Emu, tuple[Inflow, ...]], held: Iterable[Emu]
) -> dict[Emu, Emu]:
    """Find EMUs that are equal whatever the fluxes, such as the mirrored halves of succinate.

    Starts with all EMUs of a species and shape in one class and splits classes until their members
    have the same inflows from the same classes.
    """
    kinds = {emu: (emu.species, emu.shape) for emu in inflows}
    classes = _numbered(kinds, held)
    count = 0
    while count != len(set(classes.values())):
        count = len(set(classes.values()))
        kinds = {emu: (classes[emu], _signature(inflows[emu], classes)) for emu in inflows}
        classes = _numbered(kinds, held)
    chosen: dict[int, Emu] = {}
    return {emu: chosen.setdefault(number, emu) for emu, number in classes.items()}


def _numbered(kinds: Mapping[Emu, Hashable], held: Iterable[Emu]) -> dict[Emu, int]:
    """Return a number for each kind; every held EMU is a kind of its own."""
    classes = {emu: number for number, emu in enumerate(held)}
    numbers: dict[Hashable, int] = {}
    for emu, kind in kinds.items():
        classes[emu] = numbers.setdefault(kind, len(classes))
    return classes


def _signature(inflows: Iterable[Inflow], classes: Mapping[Emu, int]) -> frozenset:
    total: dict[tuple, float] = defaultdict(float)
    for inflow in inflows:
        source = tuple(sorted((classes[part.emu], part.axes) for part in inflow.parts))
        for flux, weight in inflow.rate:
            total[source, flux] += weight
    # Shares such as 1/2 add up in any order to the same sum but for rounding.
    return frozenset((key, round(weight, 12)) for key, weight in total.items())


def _merged(inflows: Iterable[Inflow], representative: Mapping[Emu, Emu]) -> tuple[Inflow, ...]:
    """Add up the fluxes of inflows with the same precursors."""
    rates: dict[tuple[Part, ...], list[tuple[int, float]]] = defaultdict(list)
    for inflow in inflows:
        parts = (Part(representative[part.emu], part.axes) for part in inflow.parts)
        rates[tuple(sorted(parts, key=_part_order))] += inflow.rate
    return tuple(Inflow(parts, _summed(rate)) for parts, rate in rates.items())
