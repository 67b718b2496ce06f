"""The example network of the EMU paper (Antoniewicz, Kelleher & Stephanopoulos 2007), with data."""

from dataclasses import replace

import numpy as np

from cahill.core.labelling import (
    Experiment,
    Feed,
    Flux,
    FluxMeasurement,
    FluxPoint,
    LabelMeasurement,
    Tracer,
    TracingStudy,
    mass_channels,
)
from cahill.core.network import AtomMap, Network, Participant, Species, Step
from cahill.tracing.fit_problem import fit_problem, refit
from cahill.tracing.flux_space import flux_space
from cahill.tracing.label_model import label_model

TRUTH = FluxPoint(
    net={"in": 100.0, "BD": 60.0, "split": 20.0, "join": 20.0, "out": 80.0, "E_out": 60.0},
    exchange={"BD": 50.0},
)
CARBONS = {"A": 3, "B": 3, "C": 2, "D": 3, "E": 1, "F": 3, "E_x": 1}
MAPS = {
    "in": ("A:abc", "B:abc"),
    "BD": ("B:abc", "D:abc"),
    "split": ("B:abc", "C:bc E:a"),
    "join": ("B:abc C:de", "D:bcd E:a E:e"),
    "out": ("D:abc", "F:abc"),
    "E_out": ("E:a", "E_x:a"),
}


def side(text):
    parts = (word.split(":") for word in text.split())
    return tuple(Participant(name, {"C": letters}) for name, letters in parts)


def network():
    maps = {name: AtomMap(side(left), side(right)) for name, (left, right) in MAPS.items()}
    edge = {"A", "F", "E_x"}
    return Network(
        species={
            name: Species(name, name, "", {"C": n}, "boundary" if name in edge else "pool")
            for name, n in CARBONS.items()
        },
        steps=tuple(Step(name, name, (atom_map,)) for name, atom_map in maps.items()),
        reactions={name: atom_map.counts() for name, atom_map in maps.items()},
        reversible=frozenset({"BD"}),
    )


def mids(name, sd):
    atoms = tuple(("C", k + 1) for k in range(CARBONS[name]))
    blank = np.zeros(len(atoms) + 1)
    return LabelMeasurement(name, (name,), (atoms,), mass_channels([len(atoms)]), blank, blank + sd)


def study(sd=0.005, pools=("D", "C"), labels=((0.0, 1.0, 0.0),), uptake_sd=2.0, name="simple"):
    """Return the study at its truth, with exact data, one experiment for each labelling of A."""
    experiments = tuple(
        Experiment(
            f"tracer {k}",
            (Feed("A", (Tracer(1.0, {"C": heavy}),)),),
            tuple(mids(pool, sd) for pool in pools),
        )
        for k, heavy in enumerate(labels, 1)
    )
    uptake = FluxMeasurement("uptake", {Flux("in"): 1.0}, 100.0, uptake_sd)
    return measured(
        TracingStudy(name, network(), experiments, (uptake,), point=TRUTH, flux_unit="mmol/h"),
        None,
    )


def measured(study, seed):
    """Return the study with data simulated at its point; noise from a seed, or none."""
    rng = np.random.default_rng(seed)
    space = flux_space(study)
    state = space.complete(study.point)
    experiments = []
    for one in study.experiments:
        exact = label_model(study.network, one).predict(state.gross)
        ends = np.cumsum([label.values.size for label in one.labels])[:-1]
        labels = [
            replace(
                label, values=value + (seed is not None) * label.sd * rng.normal(size=value.size)
            )
            for label, value in zip(one.labels, np.split(exact, ends))
        ]
        experiments.append(replace(one, labels=tuple(labels)))
    fluxes = tuple(
        replace(one, value=100.0 + (seed is not None) * one.sd * rng.normal())
        for one in study.fluxes
    )
    return replace(study, experiments=tuple(experiments), fluxes=fluxes)


def fitted(study):
    """Return the problem of a study and the end of a fit from its point."""
    space = flux_space(study)
    problem = fit_problem(study, space)
    return problem, refit(problem, space.theta(space.complete(study.point)))
