"""Proof that a network keeps every atom: all its faults at once, each in one line."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from cahill.core.atom_maps import step_faults, step_place
from cahill.core.network import Network, Species, Step
from cahill.errors import UnknownNameError

TOLERANCE = 1e-9
"""Largest difference between two stoichiometric sums that counts as equal."""


@dataclass(frozen=True)
class Issue:
    """One fault of a model.

    Parameters
    ----------
    severity : {"error", "warning"}
        An error makes the model wrong; a warning makes it doubtful.
    where : str
        The file row, step, reaction or species.
    message : str
        What is wrong.
    """

    severity: Literal["error", "warning"]
    where: str
    message: str

    def __str__(self) -> str:
        return f"{self.severity}: {self.where}: {self.message}"


def check_network(network: Network, drains: bool = False) -> list[Issue]:
    """Find every fault of a network.

    Checked are: atoms lost, from nowhere or named twice; letters that disagree with the species'
    atoms; unknown species; reactions without a map and maps without a reaction; steps that do not
    add up to their reaction; balance of every traced element, reaction by reaction; species that
    are only made or only used.

    Parameters
    ----------
    network : Network
        The network to judge.
    drains : bool
        Whether a reaction may lose all its traced atoms, as export and growth do in the network of
        a tracer study.

    Returns
    -------
    list of Issue
        Empty if the network is sound.
    """
    issues = list(_step_issues(network, drains))
    issues += _coverage_issues(network)
    issues += _sum_issues(network)
    issues += _balance_issues(network, drains)
    issues += _dead_end_issues(network)
    return issues


def _step_issues(network: Network, drains: bool) -> Iterator[Issue]:
    seen: set[str] = set()
    for step in network.steps:
        if step.id in seen:
            yield Issue("error", step_place(step), "stands twice; give each step an id of its own")
        seen.add(step.id)
        for fault in step_faults(step, network.species, drains):
            yield Issue("error", step_place(step), fault)


def _is_traced(stoichiometry: Mapping[str, float], species: Mapping[str, Species]) -> bool:
    return any(name not in species or species[name].atoms for name in stoichiometry)


def _coverage_issues(network: Network) -> Iterator[Issue]:
    mapped = {step.reaction for step in network.steps}
    for reaction, stoichiometry in network.reactions.items():
        if reaction not in mapped and _is_traced(stoichiometry, network.species):
            yield Issue("error", f'reaction "{reaction}"', "has no atom map")
    for step in network.steps:
        if step.reaction not in network.reactions:
            fault = str(UnknownNameError("reaction", step.reaction, network.reactions))
            yield Issue("error", step_place(step), f"its map has no reaction: {fault}")


def _sum_issues(network: Network) -> Iterator[Issue]:
    by_reaction: dict[str, list[Step]] = defaultdict(list)
    for step in network.steps:
        if step.reaction in network.reactions:
            by_reaction[step.reaction].append(step)
    for reaction, steps in by_reaction.items():
        total: dict[str, float] = defaultdict(float)
        for step in steps:
            for name, count in step.maps[0].counts().items():
                total[name] += count
        wanted = network.reactions[reaction]
        for name in sorted(total.keys() | wanted.keys()):
            found, stated = total.get(name, 0.0), wanted.get(name, 0.0)
            if abs(found - stated) > TOLERANCE:
                yield Issue(
                    "error",
                    f'reaction "{reaction}"',
                    f"its atom maps make {found:+g} {name}, the model {stated:+g}",
                )


def _balance_issues(network: Network, drains: bool) -> Iterator[Issue]:
    for reaction, stoichiometry in network.reactions.items():
        unknown = [name for name in stoichiometry if name not in network.species]
        for name in unknown:
            fault = str(UnknownNameError("species", name, network.species))
            yield Issue("error", f'reaction "{reaction}"', fault)
        if unknown:
            continue
        if drains and not any(
            coefficient > 0 and network.species[name].atoms
            for name, coefficient in stoichiometry.items()
        ):
            continue
        balance: dict[str, float] = defaultdict(float)
        for name, coefficient in stoichiometry.items():
            for element, count in network.species[name].atoms.items():
                balance[element] += coefficient * count
        for element, excess in sorted(balance.items()):
            if abs(excess) > TOLERANCE:
                verb = "makes" if excess > 0 else "loses"
                message = f"{verb} {abs(excess):g} {element} each turn"
                yield Issue("error", f'reaction "{reaction}"', message)


def _dead_end_issues(network: Network) -> Iterator[Issue]:
    made: set[str] = set()
    used: set[str] = set()
    for reaction, stoichiometry in network.reactions.items():
        for name, coefficient in stoichiometry.items():
            if coefficient > 0 or reaction in network.reversible:
                made.add(name)
            if coefficient < 0 or reaction in network.reversible:
                used.add(name)
    for name, species in network.species.items():
        if species.boundary or species.enzyme_bound:
            continue
        if name not in made and name not in used:
            yield Issue("warning", f'species "{name}"', "takes part in no reaction")
        elif name not in used:
            yield Issue("error", f'species "{name}"', "is made but never used")
        elif name not in made:
            yield Issue("error", f'species "{name}"', "is used but never made")
