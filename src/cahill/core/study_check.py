"""Proof that a labelling study fits together: every fault at once, each in one line.

Whether the balances and constraints can be met together, and which fluxes the data determine, are
questions of numbers and are answered elsewhere.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping

import numpy as np

from cahill.core.labelling import Constraint, Experiment, Feed, Flux, LabelMeasurement, TracingStudy
from cahill.core.network import Network
from cahill.core.network_check import Issue, check_network
from cahill.errors import UnknownNameError

FRACTION_TOLERANCE = 1e-6
"""How far the fractions of a feed, or given shares, may add up from 1."""

SUM_TOLERANCE = 0.02
"""How far a complete mass isotopologue distribution may add up from 1."""


def check_study(study: TracingStudy) -> list[Issue]:
    """Find every fault of a study.

    Checked are: the network (atoms lost or from nowhere, balances, dead ends, pools without
    inflow); feeds; label measurements; names in measured fluxes, constraints and the flux state.

    Returns
    -------
    list of Issue
        Empty if the study is sound.
    """
    return [issue for check in STUDY_CHECKS.values() for issue in check(study)]


def check_balances(study: TracingStudy) -> Iterator[Issue]:
    """Yield the faults of the network: atoms, balances, dead ends, pools without inflow."""
    yield from check_network(study.network, drains=True)
    network = study.network
    for name in network.of_kind("pool"):
        reactions = [reaction for reaction, row in network.reactions.items() if row.get(name)]
        if len(reactions) == 1 and reactions[0] in network.reversible:
            yield Issue(
                "warning",
                f'species "{name}"',
                f"only {reactions[0]} makes and uses it, which can have no net flux",
            )


def check_feeds(study: TracingStudy) -> Iterator[Issue]:
    """Yield the faults of what is fed."""
    names = Counter(experiment.name for experiment in study.experiments)
    for name in [name for name, count in names.items() if count > 1]:
        yield Issue("error", f'experiment "{name}"', "stands twice; rename one")
    for experiment in study.experiments:
        starts = Counter((feed.species, feed.start) for feed in experiment.feeds)
        for feed in experiment.feeds:
            where = feed.where or f'experiment "{experiment.name}"'
            for fault in _feed_faults(feed, study.network):
                yield Issue("error", where, fault)
            if starts[feed.species, feed.start] > 1:
                message = f"{feed.species} is fed twice from time {feed.start:g} on"
                yield Issue("error", where, message)
        yield from _unfed(experiment, study.network)


def _feed_faults(feed: Feed, network: Network) -> Iterator[str]:
    species = network.species.get(feed.species)
    if species is None:
        yield str(UnknownNameError("species", feed.species, network.species))
        return
    if not (species.boundary or species.slow):
        yield f"{species.id} is balanced; only what is outside the balance can be fed"
    total = sum(tracer.fraction for tracer in feed.tracers)
    if abs(total - 1) > FRACTION_TOLERANCE:
        yield f"the fractions of {species.id} add up to {total:g}, not 1"
    for tracer in feed.tracers:
        for element, chances in tracer.heavy.items():
            count = species.atoms.get(element, 0)
            if len(chances) != count:
                yield f"{species.id} has {count} traced {element}, its label names {len(chances)}"


def _unfed(experiment: Experiment, network: Network) -> Iterator[Issue]:
    """Warn of what flows in without a label being said."""
    fed = {feed.species for feed in experiment.feeds}
    used = {
        name
        for reaction, row in network.reactions.items()
        for name, count in row.items()
        if count < 0 or reaction in network.reversible
    }
    for name in sorted(network.of_kind("boundary") & used - fed):
        if network.species[name].atoms:
            message = f"{name} flows in without a feed and is taken as unlabelled"
            yield Issue("warning", f'experiment "{experiment.name}"', message)


def check_labels(study: TracingStudy) -> Iterator[Issue]:
    """Yield the faults of the label measurements."""
    for experiment in study.experiments:
        names = Counter(label.id for label in experiment.labels)
        for label in experiment.labels:
            faults = list(_label_faults(label, study.network, experiment.stationary))
            if names[label.id] > 1:
                faults.append("stands twice in its experiment; rename one")
            for fault in faults:
                yield Issue("error", label.place, fault)
        empty = [
            label.id
            for label in experiment.labels
            if label.measured.any() and not np.nan_to_num(label.values).any()
        ]
        if empty:
            message = (
                f"{len(empty)} of {len(experiment.labels)} measurements are 0 throughout "
                f"({empty[0]} is one) and tell nothing"
            )
            yield Issue("warning", f'experiment "{experiment.name}"', message)


def _label_faults(label: LabelMeasurement, network: Network, stationary: bool) -> Iterator[str]:
    for name in label.species:
        if name not in network.species:
            yield str(UnknownNameError("species", name, network.species))
    for atom in dict.fromkeys(label.atoms()):
        species = network.species.get(atom.species)
        if species is not None and not 1 <= atom.position <= species.atoms.get(atom.element, 0):
            yield f"{atom.species} has no traced atom {atom.element}{atom.position}"
    every = [atom for group in label.groups for atom in group]
    if len(set(every)) < len(every):
        yield "an atom is in two of its groups"
    if stationary and label.times:
        yield "has times, but its experiment is at isotopic steady state"
    if not stationary and not label.times:
        yield "has no times, but its experiment is not at isotopic steady state"
    if label.mix == "given" and abs(sum(label.shares) - 1) > FRACTION_TOLERANCE:
        yield f"its shares add up to {sum(label.shares):g}, not 1"
    sizes = [len(group) for group in label.groups]
    for channel in label.channels:
        for counts in channel.weights:
            if len(counts) != len(sizes) or any(not 0 <= k <= n for k, n in zip(counts, sizes)):
                yield f"signal {channel.name} counts more heavy atoms than its groups have"
                break
    yield from _value_faults(label, sizes)


def _value_faults(label: LabelMeasurement, sizes: list[int]) -> Iterator[str]:
    if np.any(label.values[label.measured] < 0):
        yield "has a negative value; set it to 0, or leave it out"
    single = {next(iter(c.weights)) for c in label.channels if len(c.weights) == 1}
    complete = len(single) == len(label.channels) == np.prod([size + 1 for size in sizes])
    if label.free_scale or not complete:
        return
    for row in np.flatnonzero(label.measured.all(axis=1)):
        total = label.values[row].sum()
        if abs(total - 1) > SUM_TOLERANCE:
            yield f"its values add up to {total:.3g}, not 1; correct them, or free their scale"
            return


def check_numbers(study: TracingStudy) -> Iterator[Issue]:
    """Yield the faults of measured fluxes and pools, of constraints and of the flux state."""
    network = study.network
    for flux in study.fluxes:
        where = f'{flux.where}: flux "{flux.id}"' if flux.where else f'flux "{flux.id}"'
        for fault in _term_faults(flux.terms, network):
            yield Issue("error", where, fault)
        if not (flux.sd > 0 and np.isfinite([flux.value, flux.sd]).all()):
            yield Issue("error", where, "needs a finite value and a positive error (sd)")
    for pool in study.pools:
        where = f'{pool.where}: pool size "{pool.id}"' if pool.where else f'pool size "{pool.id}"'
        for fault in _term_faults(dict.fromkeys(pool.species, 1.0), network):
            yield Issue("error", where, fault)
        if not (pool.sd > 0 and pool.value > 0 and np.isfinite([pool.value, pool.sd]).all()):
            yield Issue("error", where, "needs a positive value and a positive error (sd)")
    for constraint in study.constraints:
        where = constraint.where or f'constraint "{constraint}"'
        for fault in _constraint_faults(constraint, network):
            yield Issue("error", where, fault)
    for fault in _point_faults(study):
        yield Issue("error", "flux state", fault)


def _constraint_faults(constraint: Constraint, network: Network) -> Iterator[str]:
    if len({isinstance(term, Flux) for term in constraint.terms}) > 1:
        yield "mixes fluxes and pool sizes"
    yield from _term_faults(constraint.terms, network)


def _term_faults(
    terms: Mapping[Flux, float] | Mapping[Flux | str, float], network: Network
) -> Iterator[str]:
    steps = {step.id: step.reaction for step in network.steps}
    for term in terms:
        if not isinstance(term, Flux):
            species = network.species.get(term)
            if species is None:
                yield str(UnknownNameError("pool", term, network.species))
            elif species.boundary:
                yield f"{term} is outside the balance and has no pool size"
            continue
        known = network.reactions if term.kind == "net" else steps
        if term.of not in known:
            yield str(UnknownNameError("flux", term.of, known))
        elif term.kind in ("backward", "exchange") and steps[term.of] not in network.reversible:
            yield f"{term.of} runs one way: its {term.kind} flux is 0"


def _point_faults(study: TracingStudy) -> Iterator[str]:
    network, point = study.network, study.point
    steps = {step.id: step.reaction for step in network.steps}
    for name, value in point.net.items():
        if name not in network.reactions:
            yield str(UnknownNameError("reaction", name, network.reactions))
        elif value < 0 and name not in network.reversible:
            yield f"{name} runs one way, its net flux is {value:g}"
    for name, value in point.exchange.items():
        if name not in steps:
            yield str(UnknownNameError("step", name, steps))
        elif value < 0 or (value > 0 and steps[name] not in network.reversible):
            reason = "is negative" if value < 0 else "must be 0: it runs one way"
            yield f"the exchange flux {value:g} of {name} {reason}"
    for name, value in point.pools.items():
        if name not in network.species:
            yield str(UnknownNameError("pool", name, network.species))
        elif not value > 0:
            yield f"the pool size {value:g} of {name} is not positive"


STUDY_CHECKS: dict[str, Callable[[TracingStudy], Iterator[Issue]]] = {
    "atom maps, balances, dead ends": check_balances,
    "feeds": check_feeds,
    "label measurements": check_labels,
    "measured fluxes and pools, constraints, flux state": check_numbers,
}
"""What is proved of a study, by name."""
