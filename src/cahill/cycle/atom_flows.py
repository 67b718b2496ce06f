"""Flow of atoms and molecules through a network, from gross fluxes and atom maps."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite

from cahill.core.network import Atom, AtomMap, Step
from cahill.errors import ModelError

NEGLIGIBLE = 1e-12
"""Share of the largest flux below which a gross flux counts as none."""

IMBALANCE = 1e-6
"""Share of a pool's turnover by which it may be out of balance without a note."""


@dataclass(frozen=True)
class AtomFlows:
    """Gross flows, mmol/min.

    Parameters
    ----------
    atoms : mapping of (Atom, Atom) to float
        From source atom to target atom, all steps and directions added up.
    inflow, outflow : mapping of str to float
        Molecules entering and leaving each species.
    """

    atoms: Mapping[tuple[Atom, Atom], float]
    inflow: Mapping[str, float]
    outflow: Mapping[str, float]

    def imbalances(self, held: Collection[str]) -> Iterator[str]:
        """Yield a sentence for every species, not held, that gains or loses molecules."""
        for species in sorted(self.inflow.keys() | self.outflow.keys()):
            gained, lost = self.inflow.get(species, 0.0), self.outflow.get(species, 0.0)
            if species not in held and abs(gained - lost) > IMBALANCE * max(gained, lost):
                yield f"{species} is not in balance: {gained:.4g} mmol/min in, {lost:.4g} out"


def atom_flows(
    steps: Sequence[Step], forward: Mapping[str, float], backward: Mapping[str, float]
) -> AtomFlows:
    """Add up the flow from atom to atom.

    Parameters
    ----------
    steps : sequence of Step
        Steps with atom maps; the alternatives of a step share its flux equally.
    forward, backward : mapping of str to float
        Gross fluxes by step id, mmol/min. A step without backward flux may be left out of
        `backward`.

    Raises
    ------
    ModelError
        If a flux is missing, negative or not a number; the step is named.
    """
    atoms: dict[tuple[Atom, Atom], float] = defaultdict(float)
    inflow: dict[str, float] = defaultdict(float)
    outflow: dict[str, float] = defaultdict(float)
    for atom_map, rate in _gross_rates(steps, forward, backward):
        for part in atom_map.reactants:
            outflow[part.species] += rate * part.count
        for part in atom_map.products:
            inflow[part.species] += rate * part.count
        for source, target in atom_map.transfers():
            atoms[source, target] += rate
    return AtomFlows(dict(atoms), dict(inflow), dict(outflow))


def _gross_rates(
    steps: Sequence[Step], forward: Mapping[str, float], backward: Mapping[str, float]
) -> Iterator[tuple[AtomMap, float]]:
    """Yield each map, in the direction of flow, with its share of the gross flux."""
    largest = max((abs(flux) for flux in (*forward.values(), *backward.values())), default=0.0)
    floor = NEGLIGIBLE * largest
    for step in steps:
        if step.id not in forward:
            raise ModelError(f'step "{step.id}" has an atom map but no forward flux')
        for name, flux in (("forward", forward[step.id]), ("backward", backward.get(step.id, 0.0))):
            if not flux >= -floor or not isfinite(flux):
                raise ModelError(
                    f'step "{step.id}": {name} flux {flux:g} is not a number of at least 0'
                )
            if flux <= floor:
                continue
            for atom_map, share in step.shares():
                yield atom_map.reversed() if name == "backward" else atom_map, flux * share
