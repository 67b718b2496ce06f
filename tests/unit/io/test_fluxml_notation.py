"""Short notations of measurements, and sums of fluxes as text."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cahill.core.labelling import Channel, LabelMeasurement, mass_channels
from cahill.core.network import Species
from cahill.errors import InputError
from cahill.io.fluxml_labels import parse_notation, write_notation
from cahill.io.fluxml_write_names import linear_text
from cahill.io.linear_text import parse_relation, parse_sum

ALA = Species("Ala", "Ala", "", {"C": 3, "N": 1})


def notation(text, species=ALA):
    return parse_notation(text, lambda _: species, "net.fml line 7")


@pytest.mark.parametrize(
    ("text", "groups", "weights", "keys"),
    [
        ("Ala[2,3]#M0,2", [[2, 3]], [{(0,): 1}, {(2,): 1}], ["0", "2"]),
        ("Ala#M4", [[1, 2, 3, 4]], [{(4,): 1}], ["4"]),
        ("Ala#M(0,1),(3,0)", [[1, 2, 3], [4]], [{(0, 1): 1}, {(3, 0): 1}], ["0,1", "3,0"]),
        # precursor C1-C3, product C1-C2: the groups are the product and what was lost
        ("Ala[1-3:1,2]#M(1,0),(3,2)", [[1, 2], [3]], [{(0, 1): 1}, {(2, 1): 1}], ["1,0", "3,2"]),
        ("Ala#P2", [[2]], [{(1,): 1}], ["2"]),
        ("Ala#1xx0", [[1], [4]], [{(1, 0): 1}], ["1"]),
        ("Ala#1xxx;Ala#x0xx", [[1], [2]], [{(1, 0): 1, (1, 1): 1}, {(0, 0): 1, (1, 0): 1}], "12"),
        (
            "Ala#S2,DL2,DR2,DD2",
            [[1], [2], [3]],
            [{(0, 1, 0): 1}, {(1, 1, 0): 1}, {(0, 1, 1): 1}, {(1, 1, 1): 1}],
            ["S2", "DL2", "DR2", "DD2"],
        ),
        ("Ala#S1", [[1], [2]], [{(1, 0): 1}], ["S1"]),
    ],
)
def test_notations(text, groups, weights, keys):
    atoms = [("C", 1), ("C", 2), ("C", 3), ("N", 1)]
    said = notation(text)
    assert said.groups == tuple(tuple(atoms[k - 1] for k in group) for group in groups)
    assert [channel.weights for channel in said.channels] == weights
    assert list(said.keys) == list(keys)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("Ala[5]#M0", "atom 5 is not there"),
        ("Ala[2-3]#M3", "needs more atoms"),
        ("Ala#M0,0", "a mass stands twice"),
        ("Ala#M(0,0,0)", "counts 3 elements"),
        ("Ala[1:1,2]#M(1,1)", "no part of the precursor"),
        ("Ala[1,2]#P1", "only masses"),
        ("Ala#DL1", "no such neighbour"),
        ("Ala#11", "for each of 4 atoms"),
        ("Ala#xxxx", "not all x"),
        ("Ala#M0+Glu#M0", "is no list of masses"),
        ("Ala#1xxx;Glu#1xxx", "mixes pools"),
        ("Ala", "no measurement of one pool"),
    ],
)
def test_notations_that_cannot_be_read_say_why(text, fault):
    with pytest.raises(InputError, match=re.escape(fault)) as error:
        notation(text)
    assert str(error.value).startswith("net.fml line 7")


@given(st.data())
def test_every_mass_distribution_has_a_notation_that_reads_back(data):
    atoms = [("C", k) for k in range(1, data.draw(st.integers(1, 6)) + 1)] + [("N", 1), ("N", 2)]
    species = Species("A", "A", "", {"C": len(atoms) - 2, "N": 2})
    chosen = data.draw(st.lists(st.sampled_from(atoms), min_size=1, unique=True))
    chosen.sort(key=atoms.index)
    apart = data.draw(st.booleans()) and len({element for element, _ in chosen}) == 2
    groups = (
        tuple(tuple(a for a in chosen if a[0] == e) for e in ("C", "N"))
        if apart
        else (tuple(chosen),)
    )
    channels = mass_channels([len(group) for group in groups])
    nothing = np.full(len(channels), np.nan)
    label = LabelMeasurement("m", ("A",), groups, channels, nothing, nothing)
    text, said = write_notation(label, "A", species)
    assert (said.groups, said.channels) == (groups, channels), text


@given(
    st.dictionaries(
        st.sampled_from(["R1", "R1b", "glc-D_e", "2pg", "x"]),
        st.floats(-1e6, 1e6).filter(lambda x: x != 0),
        min_size=1,
    )
)
def test_sums_read_back_whatever_the_names(terms):
    names = ["R1", "R1b", "glc-D_e", "2pg", "x"]
    assert parse_sum(linear_text(terms), names, "flux", "here").terms == terms


def test_relations_move_everything_to_one_side():
    terms, relation, value = parse_relation("-(a - 2*b)/4 + 1 >= .5 + b", "ab", "flux", "here")
    assert (terms, relation, value) == ({"a": -0.25, "b": -0.5}, ">=", -0.5)
    for text, fault in [
        ("a = a", "constrains nothing"),
        ("a/b = 1", "division"),
        ("(a = 1", "not closed"),
        ("a = ", "too early"),
        ("a $ = 1", "not expected"),
        ("a = b = 1", "needs one of"),
    ]:
        with pytest.raises(InputError, match=re.escape(fault)):
            parse_relation(text, "ab", "flux", "here")


def test_a_channel_without_notation_is_none():
    channel = Channel("odd", {(0,): 0.5, (1,): 0.25})
    label = LabelMeasurement("m", ("Ala",), ((("C", 1),),), (channel,), [0.5], [0.1])
    assert write_notation(label, "Ala", ALA) is None
