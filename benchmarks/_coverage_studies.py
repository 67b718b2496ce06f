"""Studies with a known flux state, whose data are simulated again and again."""

from importlib.resources import files
from pathlib import Path

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
from cahill.io.studies import read_study
from cahill.tracing.intervals import Target

# The example network of the EMU paper (Antoniewicz, Kelleher & Stephanopoulos 2007) at its fluxes.
_CARBONS = {"A": 3, "B": 3, "C": 2, "D": 3, "E": 1, "F": 3, "E_x": 1}
_MAPS = {
    "in": ("A:abc", "B:abc"),
    "BD": ("B:abc", "D:abc"),
    "split": ("B:abc", "C:bc E:a"),
    "join": ("B:abc C:de", "D:bcd E:a E:e"),
    "out": ("D:abc", "F:abc"),
    "E_out": ("E:a", "E_x:a"),
}
_POINT = FluxPoint(
    net={"in": 100.0, "BD": 60.0, "split": 20.0, "join": 20.0, "out": 80.0, "E_out": 60.0},
    exchange={"BD": 50.0},
)


def studies() -> dict[str, tuple[TracingStudy, tuple[Target, ...]]]:
    """Return the studies by name, each with the fluxes whose intervals are judged."""
    liver = read_study(Path(str(files("cahill") / "data/templates/study")))
    return {
        "EMU example, errors 0.005": (
            emu_example(0.005),
            (*map(Target, ("in", "BD", "split", "out")), Target("BD", "exchange")),
        ),
        "EMU example, errors 0.02": (
            emu_example(0.02),
            (*map(Target, ("in", "BD", "split", "out")), Target("BD", "exchange")),
        ),
        "reduced liver (template study)": (
            liver,
            (
                *map(Target, ("ALT", "LDH", "PDH", "PC", "CS", "PEPCK", "PK", "GNG")),
                *(Target(name, "exchange") for name in ("ALT", "LDH", "FUM")),
            ),
        ),
    }


def emu_example(sd: float) -> TracingStudy:
    """Return the example with two parallel tracers, D and C measured with one error each."""
    maps = {name: AtomMap(_side(one), _side(other)) for name, (one, other) in _MAPS.items()}
    edge = {"A", "F", "E_x"}
    network = Network(
        species={
            name: Species(name, name, "", {"C": n}, "boundary" if name in edge else "pool")
            for name, n in _CARBONS.items()
        },
        steps=tuple(Step(name, name, (atom_map,)) for name, atom_map in maps.items()),
        reactions={name: atom_map.counts() for name, atom_map in maps.items()},
        reversible=frozenset({"BD"}),
    )
    experiments = tuple(
        Experiment(
            f"[{k + 1}-13C]A",
            (Feed("A", (Tracer(1.0, {"C": tuple(float(j == k) for j in range(3))}),)),),
            tuple(_mids(name, sd) for name in ("D", "C")),
        )
        for k in (1, 2)
    )
    uptake = FluxMeasurement("uptake", {Flux("in"): 1.0}, 100.0, 2.0)
    return TracingStudy("EMU example", network, experiments, (uptake,), point=_POINT)


def _side(text: str) -> tuple[Participant, ...]:
    parts = (word.split(":") for word in text.split())
    return tuple(Participant(name, {"C": letters}) for name, letters in parts)


def _mids(name: str, sd: float) -> LabelMeasurement:
    atoms = tuple(("C", k + 1) for k in range(_CARBONS[name]))
    blank = np.zeros(len(atoms) + 1)
    return LabelMeasurement(name, (name,), (atoms,), mass_channels([len(atoms)]), blank, blank + sd)
