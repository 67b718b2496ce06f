"""Small networks of one-carbon molecules for tests of the flux space and the fit."""

import numpy as np

from cahill.core.labelling import (
    Constraint,
    Experiment,
    Feed,
    Flux,
    LabelMeasurement,
    Tracer,
    TracingStudy,
    mass_channels,
)
from cahill.core.network import AtomMap, Network, Participant, Species, Step

# name: (from, to); "<>" marks a reversible reaction. Capitals ending in "x" are outside.
BRANCH = {
    "in": ("Ax", "A"),
    "AB<>": ("A", "B"),
    "AC": ("A", "C"),
    "CB<>": ("C", "B"),
    "Bout": ("B", "Bx"),
    "Cout": ("C", "Cx"),
}


def network(reactions):
    """Return a network of single-carbon conversions."""
    names = dict.fromkeys(name for ends in reactions.values() for name in ends)
    maps = {
        name.removesuffix("<>"): AtomMap(
            (Participant(left, {"C": "a"}),), (Participant(right, {"C": "a"}),)
        )
        for name, (left, right) in reactions.items()
    }
    return Network(
        species={
            name: Species(name, name, "", {"C": 1}, "boundary" if name[-1] == "x" else "pool")
            for name in names
        },
        steps=tuple(Step(name, name, (one,)) for name, one in maps.items()),
        reactions={name: one.counts() for name, one in maps.items()},
        reversible=frozenset(name[:-2] for name in reactions if name.endswith("<>")),
    )


def limit(relation, value, where="", **factors):
    """Return a constraint on net fluxes."""
    return Constraint({Flux(name): k for name, k in factors.items()}, relation, value, where)


def exchange_limit(relation, value, **factors):
    """Return a constraint on exchange fluxes."""
    terms = {Flux(name, "exchange"): k for name, k in factors.items()}
    return Constraint(terms, relation, value)


def mid(name, *species, sd=0.01, **more):
    """Return the measurement of the only carbon of molecules, nothing measured yet."""
    blank = np.zeros((max(len(more.get("times", ())), 1), 2))
    return LabelMeasurement(
        name, species, ((("C", 1),),), mass_channels([1]), blank, blank + sd, **more
    )


def study(reactions=BRANCH, constraints=(), labels=(), stationary=True, **more):
    """Return a study of single-carbon conversions fed with a half-labelled Ax."""
    feed = Feed("Ax", (Tracer(0.5, {"C": (1.0,)}), Tracer(0.5)))
    experiments = (Experiment("one", (feed,), tuple(labels), stationary),) if labels else ()
    return TracingStudy(
        "toy",
        network(reactions),
        experiments,
        constraints=tuple(constraints),
        **more,
    )
