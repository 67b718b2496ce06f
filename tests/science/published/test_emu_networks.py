"""Example networks with published or exactly known labelling."""

from fractions import Fraction

import numpy as np
import pytest

from cahill.core.atom_maps import parse_step
from cahill.core.labelling import Experiment, Feed, LabelMeasurement, Tracer, mass_channels
from cahill.core.network import Network, Species
from cahill.tracing.label_model import label_model


def build(rows, boundary):
    """Return a network and its gross fluxes from (id, map, forward, backward or None)."""
    steps = tuple(parse_step(name, name, text) for name, text, *_ in rows)
    atoms = {}
    for step in steps:
        for part in (*step.maps[0].reactants, *step.maps[0].products):
            atoms[part.species] = {e: len(text) for e, text in part.letters.items()}
    species = {
        name: Species(name, name, "cell", count, "boundary" if name in boundary else "pool")
        for name, count in atoms.items()
    }
    both = frozenset(name for name, _, _, back in rows if back is not None)
    gross = [flux for *_, there, back in rows for flux in (there, back) if flux is not None]
    stoichiometry = {step.id: step.maps[0].counts() for step in steps}
    return Network(species, steps, stoichiometry, both), np.array(gross, dtype=float)


def whole(species, carbons):
    channels = mass_channels((carbons,))
    blank = np.full((1, carbons + 1), np.nan)
    group = tuple(("C", place + 1) for place in range(carbons))
    return LabelMeasurement(species, (species,), (group,), channels, blank, blank)


SIMPLE = [
    ("v1", "A C:abc -> B C:abc", 100, None),
    ("v2", "B C:abc -> D C:abc", 110, 50),
    ("v4", "B C:abc -> C C:bc + E C:a", 20, None),
    ("v5", "B C:abc + C C:de -> D C:bcd + E C:a + E C:e", 20, None),
    ("v6", "D C:abc -> F C:abc", 80, None),
]


def test_simple_network_of_antoniewicz_2007():
    # Metab. Eng. 9, 68 (2007), section 2: [2-13C]A; the exact fractions solve its balances.
    network, gross = build(SIMPLE, {"A", "E"})
    feeds = (Feed("A", (Tracer(1.0, {"C": (0, 1, 0)}),)),)
    model = label_model(network, Experiment("simple", feeds, (whole("F", 3),)))
    exact = [Fraction(1, 15750), Fraction(2102, 2625), Fraction(347, 1750), Fraction(1, 1125)]
    assert sum(exact) == 1
    assert model.predict(gross) == pytest.approx([float(x) for x in exact], abs=1e-13)
    printed = [0.0000635, 0.8007619, 0.1982857, 0.0008889]
    assert model.predict(gross) == pytest.approx(printed, abs=5e-8)


def test_two_nitrogens_of_urea_are_independent():
    # 30 % 15N in both donors: 0.7^2, 2 x 0.3 x 0.7, 0.3^2.
    network, gross = build(
        [
            ("BCAT", "BCAA N:n -> Glu N:n", 4, None),
            ("GDH", "Glu N:n -> NH4 N:n", 2, None),
            ("AST", "Glu N:n -> Asp N:n", 2, 7),
            ("urea", "NH4 N:n + Asp N:m -> Urea N:nm", 2, None),
        ],
        {"BCAA"},
    )
    feeds = (Feed("BCAA", (Tracer(0.3, {"N": (1,)}), Tracer(0.7))),)
    channels = mass_channels((2,))
    blank = np.full((1, 3), np.nan)
    urea = LabelMeasurement("u", ("Urea",), ((("N", 1), ("N", 2)),), channels, blank, blank)
    predicted = label_model(network, Experiment("15N", feeds, (urea,))).predict(gross)
    assert predicted == pytest.approx([0.49, 0.42, 0.09], abs=1e-15)


@pytest.mark.parametrize("exchange", [0.0, 1.0, 1e6, 1e12])
def test_dilution_behind_an_exchange_of_any_size_keeps_its_digits(exchange):
    # B and C share their label; of it v1/(v1 + v2) comes from A whatever they exchange.
    network, gross = build(
        [
            ("v1", "A C:a -> B C:a", 1, None),
            ("v2", "Z C:a -> C C:a", 2, None),
            ("x", "B C:a -> C C:a", exchange + 1, exchange),
        ],
        {"A", "Z"},
    )
    feeds = (Feed("A", (Tracer(1.0, {"C": (1,)}),)),)
    predicted = label_model(network, Experiment("x", feeds, (whole("C", 1),))).predict(gross)
    # C = (B (x + 1) + 2 Z) / (x + 3), B = (A + x C) / (x + 1)
    assert predicted[1] == pytest.approx(1 / 3, rel=1e-15)
