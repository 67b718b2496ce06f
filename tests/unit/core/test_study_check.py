"""A sound study has no issue; each kind of fault, put in on purpose, is named."""

from dataclasses import replace

import numpy as np
import pytest

from cahill.core.atom_maps import parse_step
from cahill.core.labelling import (
    Channel,
    Constraint,
    Experiment,
    Feed,
    Flux,
    FluxMeasurement,
    FluxPoint,
    LabelMeasurement,
    PoolMeasurement,
    Tracer,
    TracingStudy,
    mass_channels,
)
from cahill.core.network import Network, Species
from cahill.core.study_check import check_study

SPECIES = {
    "S": Species("S", "S", "", {"C": 2}, "boundary"),
    "A": Species("A", "A", "", {"C": 2}),
    "B": Species("B", "B", "", {"C": 2}),
}
STEPS = (
    parse_step("in", "in", "S C:ab -> A C:ab", SPECIES),
    parse_step("mid", "mid", "A C:ab -> B C:ba", SPECIES),
    parse_step("out", "out", "B C:ab ->"),
)
REACTIONS = {"in": {"S": -1, "A": 1}, "mid": {"A": -1, "B": 1}, "out": {"B": -1}}
LABEL = LabelMeasurement(
    "b", ("B",), ((("C", 1), ("C", 2)),), mass_channels([2]), [0.5, 0.2, 0.3], [0.1] * 3
)
FED = Feed("S", (Tracer(0.5, {"C": (1.0, 0.0)}), Tracer(0.5)))
STUDY = TracingStudy(
    "toy",
    Network(SPECIES, STEPS, REACTIONS, frozenset({"mid"})),
    (Experiment("e", (FED,), (LABEL,)),),
    (FluxMeasurement("f", {Flux("in"): 1.0}, 3.0, 0.1),),
    (PoolMeasurement("p", ("A",), 2.0, 0.1),),
    (Constraint({Flux("mid", "exchange"): 1.0}, "<=", 9.0), Constraint({"A": 1.0}, ">=", 1.0)),
    FluxPoint({"in": 3.0}, {"mid": 1.0}, {"A": 2.0}),
)


def faults(study):
    return [str(issue) for issue in check_study(study)]


def network(**changes):
    return replace(STUDY, network=replace(STUDY.network, **changes))


def experiment(**changes):
    return replace(STUDY, experiments=(replace(STUDY.experiments[0], **changes),))


def label(**changes):
    return experiment(labels=(replace(LABEL, **changes),))


def feed(*tracers):
    return experiment(feeds=(Feed("S", tracers),))


def test_a_sound_study_has_no_issue():
    assert faults(STUDY) == []


FAULTY = {
    "atom C:b of A is lost": network(
        steps=(STEPS[0], parse_step("mid", "mid", "A C:ab -> B C:aa"), STEPS[2])
    ),
    "loses 1 C each turn": network(
        species={**SPECIES, "B": Species("B", "B", "", {"C": 1})},
    ),
    'species "A": is used but never made': network(
        steps=STEPS[1:], reactions={k: REACTIONS[k] for k in ("mid", "out")}, reversible=frozenset()
    ),
    'species "B": is made but never used': network(
        steps=STEPS[:2], reactions={k: REACTIONS[k] for k in ("in", "mid")}, reversible=frozenset()
    ),
    'warning: species "B": only mid makes and uses it': network(
        steps=STEPS[:2], reactions={k: REACTIONS[k] for k in ("in", "mid")}
    ),
    'species "D": takes part in no reaction': network(
        species={**SPECIES, "D": Species("D", "D", "", {"C": 1})}
    ),
    "S flows in without a feed": experiment(feeds=()),
    'unknown species "X"': experiment(feeds=(FED, Feed("X", (Tracer(1.0),)))),
    "A is balanced": experiment(feeds=(FED, Feed("A", (Tracer(1.0),)))),
    "add up to 0.5, not 1": feed(Tracer(0.5)),
    "S has 2 traced C, its label names 1": feed(Tracer(1.0, {"C": (1.0,)})),
    "S has 0 traced N, its label names 1": feed(Tracer(1.0, {"N": (1.0,)})),
    "S is fed twice from time 0 on": experiment(feeds=(FED, FED)),
    'experiment "e": stands twice': replace(STUDY, experiments=STUDY.experiments * 2),
    'measurement "b": stands twice': experiment(labels=(LABEL, LABEL)),
    'measurement "b": unknown species "BB"': label(species=("BB",)),
    "B has no traced atom C3": label(groups=((("C", 2), ("C", 3)),)),
    "an atom is in two of its groups": label(
        groups=((("C", 1),), (("C", 1),)), channels=mass_channels([1, 1])[:3]
    ),
    "has times, but": label(times=(1.0,)),
    "has no times, but": experiment(stationary=False),
    "its shares add up to 1.5": label(species=("A", "B"), shares=(0.5, 1.0)),
    "counts more heavy atoms": label(channels=(*LABEL.channels[:2], Channel("x", {(3,): 1.0}))),
    "has a negative value": label(values=[0.9, 0.3, -0.2]),
    "its values add up to 1.2": label(values=[0.9, 0.3, 0.0]),
    "1 of 1 measurements are 0 throughout": label(values=[0, 0, 0], free_scale=True),
    'flux "f": unknown flux "inn"': replace(
        STUDY, fluxes=(FluxMeasurement("f", {Flux("inn"): 1.0}, 1.0, 1.0),)
    ),
    "in runs one way: its exchange flux is 0": replace(
        STUDY, fluxes=(FluxMeasurement("f", {Flux("in", "exchange"): 1.0}, 1.0, 1.0),)
    ),
    'flux "f": needs a finite value': replace(
        STUDY, fluxes=(FluxMeasurement("f", {Flux("in"): 1.0}, np.nan, 1.0),)
    ),
    'pool size "p": unknown pool "AA"': replace(
        STUDY, pools=(PoolMeasurement("p", ("AA",), 1.0, 1.0),)
    ),
    "S is outside the balance and has no pool size": replace(
        STUDY, pools=(PoolMeasurement("p", ("S",), 1.0, 1.0),)
    ),
    'pool size "p": needs a positive value': replace(
        STUDY, pools=(PoolMeasurement("p", ("A",), 0.0, 1.0),)
    ),
    'unknown flux "outt"': replace(STUDY, constraints=(Constraint({Flux("outt"): 1.0}, "=", 1.0),)),
    "mixes fluxes and pool sizes": replace(
        STUDY, constraints=(Constraint({Flux("out"): 1.0, "A": 1.0}, "=", 1.0),)
    ),
    "flux state: out runs one way, its net flux is -1": replace(
        STUDY, point=FluxPoint({"out": -1.0})
    ),
    'flux state: unknown reaction "x"': replace(STUDY, point=FluxPoint({"x": 1.0})),
    "the exchange flux 1 of out must be 0": replace(STUDY, point=FluxPoint({}, {"out": 1.0})),
    "the exchange flux -1 of mid is negative": replace(STUDY, point=FluxPoint({}, {"mid": -1.0})),
    'flux state: unknown step "x"': replace(STUDY, point=FluxPoint({}, {"x": 1.0})),
    "the pool size 0 of A is not positive": replace(STUDY, point=FluxPoint({}, {}, {"A": 0.0})),
    'unknown pool "x"': replace(STUDY, point=FluxPoint({}, {}, {"x": 1.0})),
}


@pytest.mark.parametrize("fault", FAULTY)
def test_a_fault_put_in_on_purpose_is_named(fault):
    found = faults(FAULTY[fault])
    assert any(fault in line for line in found), found
    assert all("\n" not in line for line in found)


def test_all_faults_are_found_at_once():
    wrong = replace(
        STUDY,
        experiments=FAULTY["add up to 0.5, not 1"].experiments,
        point=FluxPoint({"x": 1.0}),
        constraints=FAULTY['unknown flux "outt"'].constraints,
    )
    assert len(faults(wrong)) == 3


def test_growth_may_take_atoms_away_but_not_a_part_of_them():
    """A drain loses all its traced atoms; a reaction that still makes something may lose none."""
    part = parse_step("out", "out", "B C:ab -> A C:ac")
    found = faults(network(steps=(*STEPS[:2], part)))
    assert any("atom C:b of B is lost" in line for line in found)
