"""What a study asks of its flux space: which quantities there are, their sizes and constraints."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from cahill.core.labelling import Constraint, Experiment, Flux, TracingStudy
from cahill.core.network import Step
from cahill.errors import InputError, UnknownNameError
from cahill.numerics.polytope import diagonal_blocks

ASSUMED = "assumed"  # starts the names of the rows that no study states
StatedTerms = list[tuple[Constraint, dict[str, float]]]


@dataclass(frozen=True, eq=False)
class Mixtures:
    """Members of mixtures with free shares: `offset + matrix @ free`, `rows @ free <= bounds`."""

    members: tuple[tuple[str, str, str], ...]
    free: tuple[str, ...]
    offset: np.ndarray
    matrix: np.ndarray
    rows: np.ndarray
    bounds: np.ndarray
    row_names: tuple[str, ...]


def is_assumed(row_name: str) -> bool:
    """Return whether a row of the polytope of a flux space is assumed, not stated."""
    return row_name.startswith(ASSUMED)


def sort_constraints(study: TracingStudy) -> dict[str, StatedTerms]:
    """Sort the constraints of a study into "net", "exchange" and "pool", with their terms by name.

    The forward flux of a one-way step is its net flux.

    Raises
    ------
    InputError
        If a constraint mixes kinds, or is about gross fluxes of a reversible step.
    UnknownNameError
        If it names what does not exist.
    """
    found: dict[str, StatedTerms] = {"net": [], "exchange": [], "pool": []}
    for constraint in study.constraints:
        where = constraint.where or f"constraint {constraint}"
        kinds, terms = set(), {}
        for name, factor in constraint.terms.items():
            kind, of = _resolved(study, name, where)
            kinds.add(kind)
            terms[of] = terms.get(of, 0.0) + factor
        if len(kinds) != 1:
            raise InputError(
                f"{where}: mixes {' and '.join(sorted(kinds))} quantities; "
                "state a constraint for each kind"
            )
        found[kinds.pop()].append((constraint, terms))
    return found


def _resolved(study: TracingStudy, name: Flux | str, where: str) -> tuple[str, str]:
    """Return the kind of a term and the reaction, step or species it is about."""
    network = study.network
    if not isinstance(name, Flux):
        if name not in network.species:
            raise UnknownNameError("pool", name, network.species, where)
        return "pool", name
    check_flux(study, name, where)
    if name.kind == "net":
        return "net", name.of
    reaction = network.step(name.of).reaction
    if name.kind == "exchange" and reaction in network.reversible:
        return "exchange", name.of
    if name.kind == "forward" and reaction not in network.reversible:
        return "net", reaction
    remedy = "state it for its net or exchange flux"
    if reaction not in network.reversible:
        remedy = f"{reaction} runs one way; remove it"
    raise InputError(f'{where}: "{name}" cannot stand in a constraint; {remedy}')


def check_flux(study: TracingStudy, flux: Flux, where: str) -> None:
    """Raise UnknownNameError unless the network has the reaction or step of a flux."""
    if flux.kind == "net":
        if flux.of not in study.network.reactions:
            raise UnknownNameError("reaction", flux.of, study.network.reactions, where)
    elif all(step.id != flux.of for step in study.network.steps):
        raise UnknownNameError("step", flux.of, [s.id for s in study.network.steps], where)


def reversible_steps(study: TracingStudy) -> list[Step]:
    """Return the reversible steps that carry traced atoms, or whose exchange is spoken of."""
    terms = [*(c.terms for c in study.constraints), *(m.terms for m in study.fluxes)]
    spoken = {name.of for each in terms for name in each if isinstance(name, Flux)}
    spoken |= set(study.point.exchange)
    return [
        step
        for step in study.network.steps
        if step.reaction in study.network.reversible and (_traced(step) or step.id in spoken)
    ]


def _traced(step: Step) -> bool:
    return any(part.letters for one in step.maps for part in (*one.reactants, *one.products))


def gross_order(
    study: TracingStudy, exchanging: Sequence[str]
) -> tuple[tuple[Flux, ...], np.ndarray, np.ndarray, np.ndarray]:
    """Return the gross fluxes of all steps and, of each, its reaction, step and direction.

    Returns
    -------
    gross : tuple of Flux
    of_net : numpy.ndarray of int
        Number of its reaction.
    of_step : numpy.ndarray of int
        Number of its step among `exchanging`, or -1.
    sign : numpy.ndarray of float
        1 forward, -1 backward.
    """
    network = study.network
    rows: list[tuple[Flux, int, int, float]] = []
    place = {name: k for k, name in enumerate(network.reactions)}
    exchange = {name: k for k, name in enumerate(exchanging)}
    for step in network.steps:
        where = place[step.reaction], exchange.get(step.id, -1)
        rows.append((Flux(step.id, "forward"), *where, 1.0))
        if step.reaction in network.reversible:
            rows.append((Flux(step.id, "backward"), *where, -1.0))
    gross, of_net, of_step, sign = zip(*rows) if rows else ((), (), (), ())
    return gross, np.array(of_net, dtype=int), np.array(of_step, dtype=int), np.array(sign)


def sized_pools(study: TracingStudy, stated: StatedTerms) -> list[str]:
    """Return the balanced species whose size matters, in the order of the network.

    At isotopic steady state only those of mixtures whose shares follow from pool sizes do.
    """
    needed = {
        name
        for experiment in study.experiments
        for label in experiment.labels
        if label.mix == "pools"
        for name in label.species
    }
    if not all(experiment.stationary for experiment in study.experiments):
        balanced = study.network.of_kind("pool")
        needed |= {name for name in balanced if study.network.species[name].atoms}
    if needed:
        needed |= {name for _, terms in stated for name in terms}
        needed |= {name for one in study.pools for name in one.species}
    unknown = needed - set(study.network.species)
    if unknown:
        raise UnknownNameError("pool", min(unknown), study.network.species, "pool sizes")
    return [name for name in study.network.species if name in needed]


def flux_scale(study: TracingStudy) -> float:
    """Return the largest flux stated: measured, prescribed or in the study's point; else 1."""
    sizes = [abs(one.value) / max(map(abs, one.terms.values())) for one in study.fluxes]
    sizes += map(abs, study.point.net.values())
    for relation in (("=",), ("<=", ">=")):
        if any(sizes):
            break
        sizes += _constraint_sizes(study.constraints, relation)
    return max(sizes, default=0.0) or 1.0


def _constraint_sizes(constraints: Iterable[Constraint], relations: tuple[str, ...]) -> list[float]:
    return [
        abs(one.value) / max(map(abs, one.terms.values()))
        for one in constraints
        if one.relation in relations and all(isinstance(name, Flux) for name in one.terms)
    ]


def pool_scale(study: TracingStudy, scale: float) -> float:
    """Return the largest pool size stated, or the flux scale times the length of the study."""
    sizes = [one.value for one in study.pools] + list(study.point.pools.values())
    if any(sizes):
        return max(sizes)
    times = [t for e in study.experiments for label in e.labels for t in label.times]
    return scale * max(times, default=0.0) or 1.0


def free_mixtures(experiments: Sequence[Experiment]) -> Mixtures:
    """Return the free shares of mixtures; the last share of each is what the others leave."""
    members, free, offsets, blocks, rows, bounds, names = [], [], [], [], [], [], []
    for experiment in experiments:
        for label in experiment.labels:
            if label.mix != "free":
                continue
            here = label.id if len(experiments) == 1 else f"{experiment.name} {label.id}"
            members += [(experiment.name, label.id, name) for name in label.species]
            n = len(label.species)
            free += [f"{name} in {here}" for name in label.species[:-1]]
            offsets += [0.0] * (n - 1) + [1.0]
            blocks.append(np.vstack([np.eye(n - 1), -np.ones((1, n - 1))]))
            if n > 1:
                rows.append(-blocks[-1])
                bounds += offsets[-n:]
                names += [f"{name} has no part in {here}" for name in label.species]
    return Mixtures(
        tuple(members),
        tuple(free),
        np.array(offsets),
        diagonal_blocks(blocks),
        diagonal_blocks(rows),
        np.array(bounds),
        tuple(names),
    )
