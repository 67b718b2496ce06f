"""Which atoms are followed together, and in which order they are solved."""

import numpy as np
import pytest

from cahill.core.atom_maps import parse_step
from cahill.core.labelling import Flux
from cahill.core.network import AtomMap, Network, Participant, Species, Step
from cahill.errors import ModelError, UnknownNameError
from cahill.tracing.cascade import compile_cascade
from cahill.tracing.emu import Emu, decompose, gross_fluxes


def carbons(*places):
    return tuple(("C", place) for place in places)


def build(rows, held, both=()):
    """Return a network from (id, map); the atoms of the species are those of the maps."""
    steps = tuple(parse_step(name, name, text, where=f"net.tsv row {name}") for name, text in rows)
    atoms = {}
    for step in steps:
        for part in (*step.maps[0].reactants, *step.maps[0].products):
            atoms[part.species] = {e: len(text) for e, text in part.letters.items()}
    species = {
        name: Species(name, name, "cell", count, "boundary" if name in held else "pool")
        for name, count in atoms.items()
    }
    stoichiometry = {step.id: step.maps[0].counts() for step in steps}
    return Network(species, steps, stoichiometry, frozenset(both))


SIMPLE = build(
    [
        ("v1", "A C:abc -> B C:abc"),
        ("v2", "B C:abc -> D C:abc"),
        ("v4", "B C:abc -> C C:bc + E C:a"),
        ("v5", "B C:abc + C C:de -> D C:bcd + E C:a + E C:e"),
        ("v6", "D C:abc -> F C:abc"),
    ],
    {"A", "E"},
    {"v2"},
)


def test_atoms_of_an_emu_are_put_in_order_and_groups_keep_theirs():
    emu = Emu("X", (carbons(3, 1), (("N", 1),)))
    assert emu == Emu("X", (carbons(1, 3), (("N", 1),)))
    assert emu != Emu("X", ((("N", 1),), carbons(1, 3)))
    assert (emu.shape, emu.size, emu.width) == ((2, 1), 3, 6)
    assert str(emu) == "X [C1 C3 | N1]"


def test_gross_fluxes_are_forward_then_backward_step_by_step():
    assert gross_fluxes(SIMPLE)[:3] == (
        Flux("v1", "forward"),
        Flux("v2", "forward"),
        Flux("v2", "backward"),
    )


def test_simple_network_needs_the_emus_of_the_paper():
    # Antoniewicz et al. 2007, fig. 4: F123, D123, B123; D23, B23; B2, B3, C1, D2, D3.
    found = decompose(SIMPLE, [Emu("F", (carbons(1, 2, 3),))])
    names = {f"{e.species}{''.join(str(p) for _, p in e.groups[0])}" for e in found.balances}
    assert names == {"F123", "D123", "B123", "D23", "B23", "B2", "B3", "C1", "D2", "D3"}
    assert {e.groups[0] for e in found.held} == {
        carbons(1, 2, 3),
        carbons(2, 3),
        carbons(2),
        carbons(3),
    }


def test_groups_part_with_their_atoms():
    network = build([("join", "X C:ab N:n + Y C:c -> Z C:acb N:n")], {"X", "Y"})
    found = decompose(network, [Emu("Z", (carbons(1, 2), (("N", 1),)))])
    (inflow,) = found.balances[Emu("Z", (carbons(1, 2), (("N", 1),)))]
    assert {part.emu: part.axes for part in inflow.parts} == {
        Emu("X", (carbons(1), (("N", 1),))): (0, 1),
        Emu("Y", (carbons(1),)): (0,),
    }


def test_inflows_from_the_same_source_are_added_up():
    network = build([("a", "X C:ab -> Y C:ab | Y C:ba"), ("b", "X C:ab -> Y C:ab")], {"X"}, {"b"})
    found = decompose(network, [Emu("Y", (carbons(1, 2),))])
    (inflow,) = found.balances[Emu("Y", (carbons(1, 2),))]
    assert inflow.rate == ((0, 1.0), (1, 1.0))
    assert found.turnover == {"Y": ((0, 1.0), (1, 1.0))}


def test_mirrored_positions_share_one_row():
    network = build(
        [("a", "X C:ab -> Y C:ab | Y C:ba"), ("b", "Y C:ab -> Z C:ab | Z C:ba")], {"X"}, {"b"}
    )
    targets = [Emu("Z", (carbons(place),)) for place in (1, 2)]
    found = decompose(network, targets)
    assert found.representative[targets[0]] == found.representative[targets[1]]
    assert len(found.balances) == 2


def test_atom_from_nowhere_is_named_with_its_step():
    part = Participant("Y", {"C": "ab"})
    step = Step(
        "join", "join", (AtomMap((Participant("X", {"C": "a"}),), (part,)),), "net.tsv row 4"
    )
    species = {
        "X": Species("X", "X", "c", {"C": 1}, "boundary"),
        "Y": Species("Y", "Y", "c", {"C": 2}),
    }
    network = Network(species, (step,), {"join": step.maps[0].counts()})
    assert len(decompose(network, [Emu("Y", (carbons(1),))]).balances) == 1
    with pytest.raises(ModelError, match=r'row 4: step "join": Y C2 comes from nowhere'):
        decompose(network, [Emu("Y", (carbons(2),))])


def test_backward_drain_is_refused():
    network = build([("in", "X C:a -> Y C:a")], {"X"})
    drain = Step("out", "out", (AtomMap((Participant("Y", {"C": "a"}),), ()),))
    steps = (*network.steps, drain)
    open_ended = Network(network.species, steps, {"in": {}, "out": {}}, frozenset({"out"}))
    with pytest.raises(ModelError, match=r'"out".*irreversible'):
        decompose(open_ended, [Emu("Y", (carbons(1),))])


def test_balanced_pool_that_nothing_makes_is_named():
    network = build([("on", "X C:a -> Y C:a")], ())
    with pytest.raises(ModelError, match='"X" is balanced but nothing makes it'):
        decompose(network, [Emu("Y", (carbons(1),))])
    with pytest.raises(UnknownNameError, match='"Why"'):
        decompose(network, [Emu("Why", (carbons(1),))])


def test_cascade_lays_every_node_out_once_and_sources_first():
    cascade = compile_cascade(decompose(SIMPLE, [Emu("F", (carbons(1, 2, 3),))]))
    program = cascade.program
    assert len(cascade.rows) == 10
    assert len(program.product_place) == 2  # B23 x C1 and B3 x C1
    places = [cascade.places[emu] for emu in cascade.rows] + list(program.product_place)
    widths = [emu.width for emu in cascade.rows] + list(program.product_width)
    spans = sorted(zip(places, widths))
    ends = [cascade.n_inputs] + [place + width for place, width in spans]
    assert [place for place, _ in spans] == ends[:-1]
    assert ends[-1] == cascade.n_entries
    assert np.all(program.outer_source < program.outer_target)


def test_tape_holds_the_arrays_in_order():
    cascade = compile_cascade(decompose(SIMPLE, [Emu("F", (carbons(1, 2, 3),))]))
    for number, array in enumerate(cascade.program):
        start, end = cascade.tape[number], cascade.tape[number + 1]
        assert np.array_equal(cascade.tape[start:end], array)
