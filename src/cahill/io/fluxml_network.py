"""The reaction network of a FluxML file: pools, reactions, atom maps, and what names mean.

FluxML 3 (Beyss et al. 2019, doi:10.3389/fmicb.2019.01022) numbers the atoms of a pool through its
elements in the order of the pool's ``cfg`` ("C2N1": atoms 1 and 2 are carbon, 3 is nitrogen). A
reaction marks atoms in short ("abc") or long notation ("C#1@1 C#2@1 N#3@1"). Scrambled reactions
list variants; each combination of variants has a name of its own in the file, all are one step of
several alternatives here, and the file's names stand for their shares of its flux.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from math import prod
from typing import NamedTuple, cast
from xml.etree.ElementTree import Element

from cahill.core.labelling import Flux, FluxKind
from cahill.core.network import KINDS, AtomMap, Kind, Network, Species, Step
from cahill.errors import InputError
from cahill.io.fluxml_atoms import Marks, read_variants
from cahill.io.fluxml_common import Place, annotation, element_id
from cahill.io.network_build import join_untraced, net_stoichiometry, touched

ORIGINAL_ID = "original id"
"""Annotation in which the writer keeps an id that FluxML's grammar does not allow."""

KIND = "kind"
"""Annotation in which the writer keeps the kind of a pool that its reactions do not show."""

COMPARTMENT = "compartment"
"""Annotation in which the writer keeps a pool's compartment."""

REACTION = "reaction"
"""Annotation that names the reaction a step belongs to, where it has several."""

REVERSED = "reversed"
"""Annotation of a reaction that is written backwards, because 13CFLUX takes a pool that no reaction
is written to make as an input."""

SINK = "sink"
"""Annotation of a reaction that only empties a pool outside the balance, which FluxML lacks."""

_FORMULA = re.compile(r"([A-Z][a-z]?)(\d+)")
_TRUTH = {"true": True, "1": True, "false": False, "0": False}


class Share(NamedTuple):
    """What a reaction's name in the file stands for here.

    Parameters
    ----------
    reaction, step : str
        Whose net and whose exchange flux it is a part of.
    part : float
        The part.
    sign : float
        -1 if the file has the reaction the other way round.
    """

    reaction: str
    step: str
    part: float
    sign: float = 1.0

    def flux(self, kind: FluxKind) -> tuple[Flux, float]:
        """Return the net or exchange flux, and the factor that gives the file's."""
        if kind == "net":
            return Flux(self.reaction), self.part * self.sign
        return Flux(self.step, kind), self.part


@dataclass(frozen=True)
class FluxmlNetwork:
    """A network and the names of the file it was read from.

    Parameters
    ----------
    network : Network
        Every reaction has one step of the same id, unless an annotation joins several.
    pools : dict of str to str
        Species id by the file's pool id.
    fluxes : dict of str to Share
        What the file's reaction ids stand for.
    notes : tuple of str
        What was assumed.
    """

    network: Network
    pools: dict[str, str]
    fluxes: dict[str, Share]
    notes: tuple[str, ...]


def read_network(root: Element, place: Place) -> FluxmlNetwork:
    """Read the element `reactionnetwork`.

    Parameters
    ----------
    root : Element
        The element `fluxml`.
    place : callable
        Returns file and line of an element, for messages.

    Raises
    ------
    InputError
        Naming file and line: not FluxML, atom counts that disagree, marks that do not fit.
    UnknownNameError
        If a reaction uses an undeclared pool.
    """
    block = root.find("reactionnetwork")
    if root.tag != "fluxml" or block is None:
        raise InputError(
            f"{place(root)}: <{root.tag}> is not a FluxML network; "
            "a network file begins with <fluxml> and holds <reactionnetwork>"
        )
    pools: dict[str, Species] = {}
    kinds: dict[str, Kind] = {}
    for element in block.iterfind("metabolitepools/pool"):
        if (name := element_id(element, place)) in pools:
            raise InputError(f'{place(element)}: pool "{name}" stands twice')
        pools[name] = _pool(element, name, place)
        if (kind := annotation(element, KIND)) in KINDS:
            kinds[pools[name].id] = cast(Kind, kind)
    steps, written, fluxes, reversible = [], [], {}, set()
    for element in block.iterfind("reaction"):
        if annotation(element, SINK):
            continue
        step, names = _reaction(element, pools, place)
        twice = fluxes.keys() & names.keys()
        if twice:
            raise InputError(f'{place(element)}: reaction "{min(twice)}" stands twice')
        fluxes |= names
        written.append(step)
        steps.append(_turned(step) if annotation(element, REVERSED) else step)
        if _both_ways(element, place):
            reversible.add(step.reaction)
    ids = {name: one.id for name, one in pools.items()}
    inputs, sinks = outside_species(written, reversible)
    species = {}
    for one in pools.values():
        outside = one.id in inputs or one.id in sinks
        kind = kinds.get(one.id, "boundary" if outside else "pool")
        species[one.id] = replace(one, kind=kind)
    ends = {step.reaction for step in written if _is_end(step.maps[0], inputs)} & reversible
    both_ways = frozenset(reversible - ends)
    network = Network(species, tuple(steps), net_stoichiometry(steps), both_ways)
    return FluxmlNetwork(network, ids, fluxes, tuple(_notes(ends, sinks)))


def outside_species(
    steps: Sequence[Step], reversible: Collection[str]
) -> tuple[set[str], set[str]]:
    """Return the species outside the balance, as the reactions of a FluxML file show them.

    Parameters
    ----------
    steps : sequence of Step
        Every step, in the direction it is written.
    reversible : collection of str
        Reactions that run both ways.

    Returns
    -------
    tuple of (set of str, set of str)
        Inputs: what no reaction is written to make (libFluxML's rule). Sinks: what is made by
        reactions that run one way, and never used; 13CFLUX would stop those reactions.
    """
    users, makers = touched(steps)
    both = {step.id for step in steps if step.reaction in reversible}
    sinks = {name for name in makers.keys() - users.keys() if not makers[name] & both}
    return users.keys() - makers.keys(), sinks


def _is_end(one: AtomMap, inputs: Collection[str]) -> bool:
    """Return whether a reaction comes from or goes to the outside (13CFLUX: runs one way)."""
    return not one.products or any(part.species in inputs for part in one.reactants)


def _turned(step: Step) -> Step:
    return replace(step, maps=tuple(one.reversed() for one in step.maps))


def _notes(ends: Collection[str], sinks: Collection[str]) -> Iterator[str]:
    if ends:
        yield (
            f"{len(ends)} reactions from or to the outside are written as bidirectional; they run "
            "one way, as 13CFLUX takes them."
        )
    if sinks:
        yield f"Never used and taken as outside the balance: {', '.join(sorted(sinks))}."


def _pool(element: Element, name: str, place: Place) -> Species:
    text = element.get("atoms", "").strip()
    formula = element.get("cfg", "").replace(" ", "")
    if text and not text.isdecimal():
        raise InputError(f'{place(element)}: atoms="{text}" is not a number of atoms')
    atoms = {"C": int(text or 0)}
    if formula:
        pairs = _FORMULA.findall(formula)
        atoms = {symbol: int(count) for symbol, count in pairs}
        written = "".join(symbol + count for symbol, count in pairs)
        if written != formula or len(atoms) < len(pairs):
            raise InputError(f'{place(element)}: cfg="{formula}" is not a formula such as "C3N1"')
        if text and sum(atoms.values()) != int(text):
            raise InputError(
                f'{place(element)}: pool "{name}" has atoms="{text}" but cfg="{formula}"'
            )
    own = annotation(element, ORIGINAL_ID) or name
    compartment = annotation(element, COMPARTMENT)
    return Species(own, annotation(element, "name") or own, compartment, atoms)


def _both_ways(element: Element, place: Place) -> bool:
    text = element.get("bidirectional", "true").strip()
    if text not in _TRUTH:
        raise InputError(f'{place(element)}: bidirectional="{text}" is neither true nor false')
    return _TRUTH[text]


def _reaction(
    element: Element, pools: Mapping[str, Species], place: Place
) -> tuple[Step, dict[str, Share]]:
    """Return a reaction's step, and what each of its names in the file stands for."""
    names = re.split(r"[,\s]+", element_id(element, place))
    marks = Marks()
    sides = [
        [read_variants(part, pools, marks, place) for part in element.iterfind(tag)]
        for tag in ("reduct", "rproduct")
    ]
    if not sides[0]:
        raise InputError(f'{place(element)}: reaction "{names[0]}" uses nothing')
    split = len(sides[0])
    maps, weights = [], []
    for chosen in product(*sides[0], *sides[1]):
        parts = [part for part, _ in chosen]
        maps.append(AtomMap(join_untraced(parts[:split]), join_untraced(parts[split:])))
        weights.append(prod(ratio for _, ratio in chosen))
    if len(names) not in (1, len(maps)):
        raise InputError(
            f'{place(element)}: reaction "{names[0]}" has {len(maps)} variants and '
            f"{len(names)} names; give one name, or one a variant"
        )
    own = annotation(element, ORIGINAL_ID) or _common_name(names)
    reaction = annotation(element, REACTION) or own
    sign = -1.0 if annotation(element, REVERSED) else 1.0
    step = Step(own, reaction, tuple(maps), place(element), tuple(weights))
    parts = [1.0] if len(names) == 1 else weights
    return step, {name: Share(reaction, own, part, sign) for name, part in zip(names, parts)}


def _common_name(names: list[str]) -> str:
    """Return "R24" for R24___1 and R24___2, else the first name."""
    stems = {re.sub(r"_+\d+$", "", name) for name in names}
    return stems.pop() if len(stems) == 1 and len(names) > 1 else names[0]
