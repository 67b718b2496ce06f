"""Laws that enrichments obey in any network, tried on random ones."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cahill.core.atom_maps import parse_step
from cahill.core.network import AtomMap, Network, Participant, Species, Step
from cahill.core.network_check import check_network
from cahill.cycle.atom_flows import atom_flows
from cahill.cycle.enrichment import TracerInput, atom_enrichment

POOLS = ("P1", "P2", "P3", "P4", "P5")
SPECIES = {
    **{name: Species(name, name, "cell", {"C": 3}) for name in POOLS},
    "Fed": Species("Fed", "Fed", "out", {"C": 3}, "boundary"),
    "Big": Species("Big", "Big", "out", {"C": 6}, "boundary"),
    "Rest": Species("Rest", "Rest", "out", {"C": 3}, "boundary"),
    "Out": Species("Out", "Out", "out", {"C": 3}, "boundary"),
}
letters = st.permutations("abc").map("".join)
rates = st.floats(0.01, 100.0)


@st.composite
def routes(draw):
    """Draw a balanced network: routes from sources through pools to the outside, and loops."""
    steps: list[Step] = []
    forward: dict[str, float] = {}
    backward: dict[str, float] = {}

    def add(text: str, flux: float, back: float = 0.0) -> None:
        name = f"v{len(steps)}"
        steps.append(parse_step(name, name, text, SPECIES))
        forward[name], backward[name] = flux + back, back

    sources = ["Fed", "Big", "Rest"]
    sources += draw(st.lists(st.sampled_from(sources), max_size=2))
    for source in sources:
        way = draw(st.lists(st.sampled_from(POOLS), min_size=1, max_size=4, unique=True))
        flux = draw(rates)
        if source == "Big":
            add(f"Big C:abcdef -> {way[0]} C:{draw(letters)} + {way[0]} C:fed", flux / 2)
        else:
            add(f"{source} C:abc -> {way[0]} C:{draw(letters)}", flux)
        for start, end in pairwise(way):
            back = draw(st.one_of(st.just(0.0), rates))
            first, second = draw(letters), draw(letters)
            add(f"{start} C:abc -> {end} C:{first} | {end} C:{second}", flux, back)
        add(f"{way[-1]} C:abc -> Out C:abc", flux)
    return steps, forward, backward


HELD = {"Rest", "Out"}
small = settings(max_examples=60, deadline=None)


@small
@given(routes(), st.lists(st.floats(0, 1), min_size=9, max_size=9))
def test_enrichment_lies_between_none_and_all(network, fractions):
    labelled = {"Fed": {"C": fractions[:3]}, "Big": {"C": fractions[3:]}}
    enrichment = atom_enrichment(*network, unlabelled=HELD, labelled=labelled)
    values = np.array(list(enrichment.values.values()))
    assert np.all(values >= -1e-12)
    assert np.all(values <= 1 + 1e-12)
    assert enrichment.notes == ()


@small
@given(routes(), st.lists(st.floats(0, 1), min_size=9, max_size=9))
def test_label_in_equals_label_out(network, fractions):
    labelled = {"Fed": {"C": fractions[:3]}, "Big": {"C": fractions[3:]}}
    values = atom_enrichment(*network, unlabelled=HELD, labelled=labelled).values
    gained = lost = 0.0
    for (source, target), rate in atom_flows(*network).atoms.items():
        inside = source.species in POOLS, target.species in POOLS
        gained += rate * values[source] * (not inside[0])
        lost += rate * values[source] * (not inside[1])
    assert lost == pytest.approx(gained, rel=1e-10, abs=1e-12)


@small
@given(routes())
def test_label_alone_labels_everything_it_reaches(network):
    labelled = {name: {"C": [1.0] * SPECIES[name].atoms["C"]} for name in ("Fed", "Big", "Rest")}
    enrichment = atom_enrichment(*network, unlabelled={"Out"}, labelled=labelled)
    for species, rate in enrichment.inflow.items():
        if species in POOLS and rate > 0:
            assert enrichment.of(species) == pytest.approx(1.0, abs=1e-10)


@small
@given(routes(), st.sampled_from(POOLS), st.permutations([0, 1, 2]))
def test_numbering_the_atoms_of_a_pool_otherwise_permutes_its_enrichment(network, pool, order):
    steps, forward, backward = network

    def renumbered(part: Participant) -> Participant:
        if part.species != pool:
            return part
        return Participant(pool, {"C": "".join(part.letters["C"][i] for i in order)})

    others = [
        Step(
            step.id,
            step.reaction,
            tuple(
                AtomMap(tuple(map(renumbered, m.reactants)), tuple(map(renumbered, m.products)))
                for m in step.maps
            ),
        )
        for step in steps
    ]
    labelled = {"Fed": {"C": [0.9, 0.2, 0.0]}, "Big": {"C": [0.1, 0.3, 0.5, 0.7, 0.9, 0.0]}}
    first = atom_enrichment(steps, forward, backward, (), HELD, labelled)
    second = atom_enrichment(others, forward, backward, (), HELD, labelled)
    for name in first.inflow:
        expected = first.of(name)[list(order)] if name == pool else first.of(name)
        assert second.of(name) == pytest.approx(expected, abs=1e-10)


@small
@given(rates, rates, st.lists(st.floats(0, 1), min_size=4, max_size=4))
def test_turning_a_symmetric_molecule_changes_nothing(flux, back, fractions):
    results = []
    for turned in ("abcd", "dcba"):
        steps = [
            parse_step("in", "in", "Suc C:abcd -> Fum C:abcd | Fum C:dcba"),
            parse_step("on", "on", f"Fum C:abcd -> Mal C:{turned} | Mal C:{turned[::-1]}"),
            parse_step("out", "out", "Mal C:abcd -> Gas C:abcd"),
        ]
        forward = {"in": flux, "on": flux + back, "out": flux}
        labelled = {"Suc": {"C": fractions}}
        solved = atom_enrichment(steps, forward, {"on": back}, (), ["Gas"], labelled)
        results.append((solved.of("Fum"), solved.of("Mal")))
        assert solved.of("Fum") == pytest.approx(solved.of("Fum")[::-1], abs=1e-12)
    assert results[0][0] == pytest.approx(results[1][0], abs=1e-12)
    assert results[0][1] == pytest.approx(results[1][1], abs=1e-12)


@small
@given(routes(), st.floats(1e-6, 1e3))
def test_enrichment_is_proportional_to_the_tracer(network, rate):
    pool = next(step.maps[0].products[0].species for step in network[0])
    unlabelled = {"Fed", "Big", "Rest", "Out"}
    one, many = (
        atom_enrichment(*network, [TracerInput(pool, amount, (1, 2, 3))], unlabelled)
        for amount in (1.0, rate)
    )
    assert one.total(pool) > 0
    for name in one.inflow:
        assert many.of(name) == pytest.approx(rate * one.of(name), rel=1e-9)


@small
@given(routes())
def test_random_networks_lose_no_atom(network):
    steps = network[0]
    reactions = {}
    for step in steps:
        net = step.maps[0].counts()
        reactions[step.reaction] = {name: float(count) for name, count in net.items() if count}
    issues = check_network(Network(SPECIES, tuple(steps), reactions))
    assert [issue for issue in issues if issue.severity == "error"] == []


def test_simple_network_of_the_emu_paper():
    """Antoniewicz, Kelleher and Stephanopoulos 2007: A labelled at its second carbon."""
    rows = [
        ("v1", "A C:abc -> B C:abc", 100.0),
        ("v2", "B C:abc -> D C:abc", 110.0),
        ("v4", "B C:abc -> C C:bc + E C:a", 20.0),
        ("v5", "B C:abc + C C:de -> D C:bcd + E C:a + E C:e", 20.0),
        ("v6", "D C:abc -> F C:abc", 80.0),
    ]
    steps = [parse_step(name, name, text) for name, text, _ in rows]
    forward = {name: flux for name, _, flux in rows}
    labelled = {"A": {"C": [0.0, 1.0, 0.0]}}
    solved = atom_enrichment(steps, forward, {"v2": 50.0}, (), ["E", "F"], labelled)
    # F is outside, so its atoms are those of D; the mass shares are exact fractions.
    shares = [Fraction(1, 15750), Fraction(2102, 2625), Fraction(347, 1750), Fraction(1, 1125)]
    assert sum(shares) == 1
    label = sum(mass * share for mass, share in enumerate(shares))
    assert solved.total("D") == pytest.approx(float(label), rel=1e-12)
    assert solved.of("D") == pytest.approx([0.2, 0.8, 0.2], rel=1e-12)
    assert solved.notes == ()
