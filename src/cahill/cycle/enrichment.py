"""Steady-state enrichment of every atom from gross fluxes and atom maps.

At metabolic and isotopic steady state the enrichment x of an atom obeys one linear equation:

    sum over the steps that bring it of  rate * (x_source - x)  +  infused tracer  =  0

A tracer is infused in vanishing amount, so it brings label but no mass, and enrichments are tracer
to tracee ratios per unit of that amount. The system is a weakly diagonally dominant M-matrix,
solved once by sparse LU for the atoms that label can reach; all others are 0.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.linalg import splu

from cahill.core.network import Atom, Step
from cahill.cycle.atom_flows import atom_flows
from cahill.errors import ModelError, UnknownNameError

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class TracerInput:
    """A tracer infused into a pool in vanishing amount.

    Parameters
    ----------
    species : str
        The pool it enters.
    rate : float
        Molecules infused, mmol/min; every labelled position brings label at this rate.
    positions : tuple of int
        Labelled positions, counted from 1: (3,) is [3-13C], (1, 2, 3) is [U-13C3].
    element : str
        The labelled element.
    """

    species: str
    rate: float
    positions: tuple[int, ...]
    element: str = "C"


@dataclass(frozen=True, eq=False)
class Enrichment:
    """Enrichment of every atom.

    Parameters
    ----------
    values : mapping of Atom to float
        Tracer to tracee ratio (vanishing tracer) or fraction (labelled substrate).
    inflow : mapping of str to float
        Rate at which molecules enter each pool, all sources, mmol/min.
    notes : tuple of str
        Pools that are not in balance.
    """

    values: Mapping[Atom, float]
    inflow: Mapping[str, float]
    notes: tuple[str, ...] = ()

    def of(self, species: str, element: str = "C") -> np.ndarray:
        """Return the enrichment of a species' atoms of one element, in order of position."""
        found = [
            (atom.position, value)
            for atom, value in self.values.items()
            if atom.species == species and atom.element == element
        ]
        if not found:
            raise UnknownNameError(
                f"species with traced {element}",
                species,
                {atom.species for atom in self.values if atom.element == element},
            )
        return np.array([value for _, value in sorted(found)])

    def total(self, species: str, element: str = "C") -> float:
        """Return the label per molecule: the sum over its atoms of one element."""
        return float(self.of(species, element).sum())

    def mean(self, species: str, element: str = "C") -> float:
        """Return the label per atom of one element."""
        return float(self.of(species, element).mean())

    def to_frame(self) -> "pd.DataFrame":
        """Return a tidy table: species, element, position, enrichment."""
        import pandas as pd

        rows = [(*atom, value) for atom, value in sorted(self.values.items())]
        return pd.DataFrame(rows, columns=["species", "element", "position", "enrichment"])


def atom_enrichment(
    steps: Sequence[Step],
    forward: Mapping[str, float],
    backward: Mapping[str, float],
    tracer_inputs: Iterable[TracerInput] = (),
    unlabelled: Collection[str] = (),
    labelled: Mapping[str, Mapping[str, Sequence[float]]] | None = None,
) -> Enrichment:
    """Solve the steady-state enrichment of every atom.

    Parameters
    ----------
    steps : sequence of Step
        Steps with atom maps; the alternatives of a step share its flux equally.
    forward, backward : mapping of str to float
        Gross fluxes by step id, mmol/min, at least 0. A step without backward flux may be left out
        of `backward`.
    tracer_inputs : iterable of TracerInput
        Tracers infused in vanishing amount.
    unlabelled : collection of str
        Species held at natural abundance: boundary and slow pools.
    labelled : mapping of str to mapping of str to sequence of float, optional
        Species held at a known enrichment by element and position: {"Glc": {"C": [1] * 6}}. The
        elements left out are 0.

    Returns
    -------
    Enrichment
        Atoms that no label reaches are 0.

    Raises
    ------
    ModelError
        If a flux is missing or negative, or label enters a closed loop that nothing dilutes; the
        pool is named.
    UnknownNameError
        If a tracer enters a species that no map names.
    """
    labelled = labelled or {}
    flows = atom_flows(steps, forward, backward)
    values = dict.fromkeys(_atoms(steps), 0.0)
    values.update(_held(labelled, values))
    held = {*unlabelled, *labelled}
    sources = _tracer_sources(tracer_inputs, values, held)
    free = {atom for atom in values if atom.species not in held}
    values.update(_solve(flows.atoms, free, values, sources))
    return Enrichment(values, flows.inflow, tuple(flows.imbalances(held)))


def _atoms(steps: Iterable[Step]) -> Iterator[Atom]:
    for step in steps:
        for atom_map in step.maps:
            for part in (*atom_map.reactants, *atom_map.products):
                for atom, _ in part.atoms():
                    yield atom


def _held(
    labelled: Mapping[str, Mapping[str, Sequence[float]]], known: Collection[Atom]
) -> dict[Atom, float]:
    held: dict[Atom, float] = {}
    for species, elements in labelled.items():
        for element, fractions in elements.items():
            for position, fraction in enumerate(fractions, start=1):
                atom = Atom(species, element, position)
                _require(atom, known)
                held[atom] = float(fraction)
    return held


def _tracer_sources(
    inputs: Iterable[TracerInput], known: Collection[Atom], held: Collection[str]
) -> dict[Atom, float]:
    sources: dict[Atom, float] = defaultdict(float)
    for tracer in inputs:
        if tracer.species in held:
            raise ModelError(f'tracer enters "{tracer.species}", whose enrichment is held fixed')
        for position in tracer.positions:
            atom = Atom(tracer.species, tracer.element, position)
            _require(atom, known)
            sources[atom] += tracer.rate
    return sources


def _require(atom: Atom, known: Collection[Atom]) -> None:
    if atom not in known:
        raise UnknownNameError("traced atom", str(atom), [str(other) for other in known])


def _solve(
    flows: Mapping[tuple[Atom, Atom], float],
    free: Collection[Atom],
    held: Mapping[Atom, float],
    sources: Mapping[Atom, float],
) -> dict[Atom, float]:
    """Solve the balanced atoms that label reaches."""
    fed = {atom for atom, rate in sources.items() if rate}
    reached = _downstream(fed | {a for a, x in held.items() if x and a not in free}, flows, free)
    _refuse_closed_loops(reached, flows)
    if not reached:
        return {}
    order = {atom: number for number, atom in enumerate(sorted(reached))}
    right, diagonal = np.zeros(len(order)), np.zeros(len(order))
    rows, columns, entries = [], [], []
    for (source, target), rate in flows.items():
        if target not in order:
            continue
        row = order[target]
        diagonal[row] += rate
        if source in order:
            rows.append(row)
            columns.append(order[source])
            entries.append(-rate)
        else:
            right[row] += rate * held[source]
    for atom in fed:
        right[order[atom]] += sources[atom]
    everywhere = np.arange(len(order))
    places = (np.concatenate([rows, everywhere]), np.concatenate([columns, everywhere]))
    # coo adds up entries at the same place, here an atom that flows into itself.
    matrix = coo_array((np.concatenate([entries, diagonal]), places), shape=(len(order),) * 2)
    solution = splu(matrix.tocsc()).solve(right)
    return {atom: float(solution[number]) for atom, number in order.items()}


def _refuse_closed_loops(reached: set[Atom], flows: Iterable[tuple[Atom, Atom]]) -> None:
    """Refuse labelled atoms whose inflow comes only from each other.

    The matrix is regular exactly if flow from an atom of known enrichment reaches every atom.
    """
    flows = list(flows)
    known = {source for source, target in flows if target in reached and source not in reached}
    closed = reached - _downstream(known, flows, reached)
    if closed:
        worst = min(closed)
        raise ModelError(
            f'label enters "{worst.species}" ({worst}) in a closed loop that nothing dilutes; '
            "its enrichment has no steady state"
        )


def _downstream(
    start: Iterable[Atom], flows: Iterable[tuple[Atom, Atom]], within: Collection[Atom]
) -> set[Atom]:
    """Return the atoms of `within` that `start` holds or reaches by flows inside `within`."""
    targets: dict[Atom, list[Atom]] = defaultdict(list)
    for source, target in flows:
        if target in within:
            targets[source].append(target)
    seen = set(start)
    waiting = list(seen)
    while waiting:
        for target in targets[waiting.pop()]:
            if target not in seen:
                seen.add(target)
                waiting.append(target)
    return {atom for atom in seen if atom in within}
