"""What every network reader does with its reactions once they are read."""

from collections.abc import Iterable, Mapping, Sequence

from cahill.core.labelling import Flux, FluxKind
from cahill.core.network import Network, Participant, Step


def join_untraced(parts: Iterable[Participant]) -> tuple[Participant, ...]:
    """Join the molecules of one side that carry no traced atom, species by species."""
    joined: dict[object, Participant] = {}
    for part in parts:
        key = object() if part.letters else part.species
        before = joined[key].count if key in joined else 0.0
        joined[key] = Participant(part.species, part.letters, before + part.count)
    return tuple(joined.values())


def net_stoichiometry(steps: Sequence[Step]) -> dict[str, dict[str, float]]:
    """Return what every reaction makes and uses: the sum of its steps, without zeros."""
    total: dict[str, dict[str, float]] = {}
    for step in steps:
        counts = total.setdefault(step.reaction, {})
        for species, count in step.maps[0].counts().items():
            counts[species] = counts.get(species, 0.0) + count
    return {
        reaction: {species: count for species, count in counts.items() if abs(count) > 1e-12}
        for reaction, counts in total.items()
    }


def touched(steps: Sequence[Step]) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """Return the steps that use, and the steps that make, each species as they are written."""
    users: dict[str, set[str]] = {}
    makers: dict[str, set[str]] = {}
    for step in steps:
        for sides, parts in ((users, step.maps[0].reactants), (makers, step.maps[0].products)):
            for part in parts:
                sides.setdefault(part.species, set()).add(step.id)
    return users, makers


def flux_names(network: Network) -> dict[str, Flux]:
    """Return what a name in a sum of fluxes means in our own tables.

    A reaction's name is its net flux; the id of a step with `_forward`, `_backward` or `_exchange`
    is one of its gross fluxes.
    """
    kinds: tuple[FluxKind, ...] = ("forward", "backward", "exchange")
    names = {f"{step.id}_{kind}": Flux(step.id, kind) for step in network.steps for kind in kinds}
    return names | {reaction: Flux(reaction) for reaction in network.reactions}


def flux_terms(terms: Mapping[str, float], names: Mapping[str, Flux]) -> dict[Flux, float]:
    """Return a sum over names as a sum over fluxes."""
    total: dict[Flux, float] = {}
    for name, factor in terms.items():
        total[names[name]] = total.get(names[name], 0.0) + factor
    return total
