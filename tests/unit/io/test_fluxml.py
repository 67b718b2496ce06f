"""FluxML is read as libFluxML means it, and refused by line where it cannot be."""

import re
from pathlib import Path

import numpy as np
import pytest
from fluxml_texts import CONFIGURATION, CONSTRAINTS, NETWORK, fluxml

from cahill.core.labelling import Constraint, Flux, FluxPoint, Tracer, mass_channels
from cahill.core.network import Atom, Species
from cahill.errors import InputError, UnknownNameError
from cahill.io.fluxml import configuration_names, read_fluxml

DATA = Path(__file__).parents[4] / "shared" / "data" / "tracing"
needs_data = pytest.mark.skipif(not DATA.exists(), reason="the shared tracing data are not here")


@pytest.fixture
def read(tmp_path):
    """Return a function that reads FluxML from a text."""

    def read_text(text, configuration=None):
        path = tmp_path / "net.fml"
        path.write_text(text, encoding="utf-8")
        return read_fluxml(path, configuration)

    return read_text


def test_the_network_is_that_of_libfluxml(read):
    network = read(fluxml(NETWORK)).network
    assert network.species["A"] == Species("A", "A", "", {"C": 3}, "pool")
    assert network.species["P"].name == "Pee"
    # What no reaction is written to make is an input; reactions from it, and drains, run one way.
    assert network.of_kind("boundary") == {"S"}
    assert network.reversible == {"split", "turn"}
    assert network.reactions["split"] == {"A": -1, "B": 1, "C": 1, "ATP": 2}
    moved = dict(network.step("split").maps[0].transfers())
    assert moved[Atom("A", "C", 3)] == Atom("B", "C", 1)
    assert moved[Atom("A", "C", 1)] == Atom("C", "C", 1)
    turn = network.step("turn")
    assert turn.weights == (0.25, 0.75)
    assert dict(turn.maps[1].transfers())[Atom("P", "C", 1)] == Atom("A", "C", 3)


def test_a_configuration_is_a_study(read):
    study = read(fluxml(NETWORK, CONSTRAINTS, CONFIGURATION))
    (experiment,) = study.experiments
    assert (experiment.name, experiment.stationary) == ("one", True)
    (feed,) = experiment.feeds
    assert feed.tracers[0] == Tracer(0.25, {"C": (1.0, 0.0, 0.0)})
    assert feed.tracers[1].heavy["C"] == (0.9, 0.9, 0.9)
    (label,) = experiment.labels
    assert label.groups == ((("C", 2), ("C", 3)),)
    assert label.channels == mass_channels([2])
    assert not label.free_scale
    np.testing.assert_array_equal(label.values, [[0.7, np.nan, 0.1]])
    np.testing.assert_array_equal(label.sd, [[0.01, np.nan, 0.02]])
    flux, exchange = study.fluxes
    assert flux.terms == {Flux("up"): 2, Flux("out"): -1}
    assert (flux.value, flux.sd) == (3, 0.5)
    # A variant's name is its share of the whole step.
    assert exchange.terms == {Flux("turn", "exchange"): 0.25}
    assert study.pools[0].species == ("A", "B")
    assert study.point == FluxPoint({"up": 2}, {"turn": 12}, {"A": 0.5})
    assert study.constraints == (
        Constraint({Flux("up"): 1, Flux("out"): -1.5}, "<=", 1.5),
        Constraint({Flux("turn"): 0.25}, "=", 0.5),
        Constraint({"A": 1}, ">=", 0.1),
        Constraint({Flux("up"): 1}, ">=", 1),
        Constraint({Flux("up"): 1}, "<=", 5),
    )
    assert (study.flux_unit, study.time_unit) == ("mmol/h", "h")


def test_with_a_purity_unlabelled_atoms_are_natural_as_in_13cflux(read):
    text = CONFIGURATION.replace('cfg="100"', 'cfg="100" purity="1"')
    study = read(fluxml(NETWORK, text))
    assert study.experiments[0].feeds[0].tracers[0].heavy["C"] == (1.0, 0.01055, 0.01055)
    assert any("by nature" in note for note in study.notes)


@pytest.mark.parametrize(
    "head",
    [
        "<fluxml>",
        '<!DOCTYPE fluxml SYSTEM "fluxml.dtd">\n<fluxml>',
        '<f:fluxml xmlns:f="urn:old">',
        '<fluxml xmlns="http://www.13cflux.net/fluxml" xmlns:xsi="http://www.w3.org/2001/XMLSchema-i'
        'nstance" xsi:schemaLocation="http://nowhere.invalid/a http://nowhere.invalid/b">',
    ],
)
def test_namespaces_schemas_and_document_types_do_not_matter(read, head):
    text = fluxml(NETWORK, head=head)
    if "f:" in head:
        text = text.replace("</fluxml>", "</f:fluxml>")
    assert len(read(text).network.reactions) == 5


def test_legacy_names_of_constraints(read):
    text = CONSTRAINTS.replace("net>", "netto>").replace(
        "<psize>", "<exchange><textual>split=2</textual></exchange><psize>"
    )
    constraints = read(fluxml(NETWORK, text)).constraints
    assert Constraint({Flux("split", "exchange"): 1}, "=", 2) in constraints


def test_entities_are_refused(read):
    bomb = '<!DOCTYPE fluxml [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>\n<fluxml>'
    with pytest.raises(InputError, match='declares the entity "a"'):
        read(fluxml(NETWORK, head=bomb))


MULTI = """
  <reactionnetwork><metabolitepools>
    <pool id="A" atoms="3" cfg="C2N1"/><pool id="B" atoms="3" cfg="C2N1"/><pool id="N" cfg="N1"/>
  </metabolitepools>
  <reaction id="r"><reduct id="A" cfg="C#1@1 C#2@1 N#3@1"/>
    <rproduct id="B" cfg="C#2@1 C#1@1 N#3@1"/></reaction>
  <reaction id="s"><reduct id="B" cfg="abn"/><reduct id="N" cfg="m"/>
    <rproduct id="A" cfg="abm"/><rproduct id="N" cfg="n"/></reaction>
  </reactionnetwork>"""


def test_several_elements(read):
    text = """<configuration name="c" stationary="false"><input pool="A"/></configuration>"""
    network = read(fluxml(MULTI)).network
    assert network.species["A"].atoms == {"C": 2, "N": 1}
    assert dict(network.step("r").maps[0].transfers())[Atom("A", "N", 1)] == Atom("B", "N", 1)
    assert dict(network.step("s").maps[0].transfers())[Atom("N", "N", 1)] == Atom("A", "N", 1)
    with pytest.raises(InputError, match="has an inflow"):
        read(fluxml(MULTI, text))


def test_switches_of_the_label(read):
    text = """<configuration name="c" stationary="false">
      <input pool="S" profile="2, 5.5">
        <label cfg="000"><textual>1; 0; 1</textual></label>
        <label cfg="111"><textual>0; 1; 0</textual></label>
      </input>
      <measurement><model><labelingmeasurement>
        <group id="m" times="0,1"><textual>A#M0,3</textual></group>
      </labelingmeasurement></model><data>
        <datum id="m" weight="3" stddev="0.1" time="1">0.5</datum></data></measurement>
    </configuration>"""
    (experiment,) = read(fluxml(NETWORK, text)).experiments
    before, *feeds = experiment.feeds
    assert [feed.start for feed in feeds] == [0, 2, 5.5]
    assert feeds[1].tracers == (Tracer(1.0, {"C": (1.0, 1.0, 1.0)}),)
    # 13CFLUX begins at natural abundance.
    assert before.start < 0
    assert before.tracers == (Tracer(1.0, {"C": (0.01109,) * 3}),)
    assert experiment.labels[0].times == (0, 1)
    assert experiment.labels[0].free_scale  # the schema's default
    assert experiment.labels[0].values[1, 1] == 0.5
    assert np.isnan(experiment.labels[0].values[0]).all()


BREAKS = [
    ('atoms="2"/>', 'atoms="two"/>', "not a number of atoms"),
    ('<pool id="C" atoms="1"/>', '<pool id="B" atoms="2"/>', 'pool "B" stands twice'),
    ('cfg="C#3@1 C#2@1"', 'cfg="C#3@1"', "B has 2 C, its marks name 1 C"),
    ('cfg="C#3@1 C#2@1"', 'cfg="C#3 C#2"', "is not an atom such as C#1@1"),
    ('<rproduct id="ATP"/><rproduct', '<rproduct id="ADP"/><rproduct', 'unknown pool "ADP"'),
    ('bidirectional="true"', 'bidirectional="maybe"', "neither true nor false"),
    ('id="turn___1 turn___2"', 'id="a b c"', "2 variants and 3 names"),
    ('ratio="0.25"', 'ratio="0.5"', "do not add up to 1"),
    ('<reaction id="out">', '<reaction id="up">', 'reaction "up" stands twice'),
    ('<label cfg="100">0.25', '<label cfg="100">0.2', "add up to 0.95"),
    ('<label cfg="100">', '<label cfg="10">', "0 or 1 for each of the 3 atoms"),
    ('purity="0.9"', 'purity="9"', "not between 0 and 1"),
    ('<input pool="S">', '<input pool="S" type="cumomer">', "isotopomers of the mixture"),
    ('<input pool="S">', '<input pool="A">', "has an inflow"),
    ('<input pool="S">', '<input pool="X">', 'unknown pool "X"'),
    ('weight="2"', 'weight="3"', "3 is none of the group's 0, 1, 2"),
    ('weight="2"', 'weight="0"', "stands twice"),
    ('stddev="0.02"', 'stddev="0"', "not positive"),
    ('stddev="0.02">0.1', 'stddev="0.02">x', 'value "x" is not a number'),
    ("2*up-out", "2*upp-out", 'unknown flux "upp"'),
    ("2*up-out", "up*out", "two names are multiplied"),
    ("<textual>A+B</textual>", "<textual>2*A</textual>", "plain sum of pools"),
    ("up &lt;= 3*(out+1)/2", "up + 3", "needs one of = <= >="),
    ("<net>", "<gross>", "not well-formed"),
    ("<psize>", "<psizes/><psize>", "<psizes> is no kind of constraint"),
    ('type="xch"', 'type="xxx"', "neither net nor xch"),
    ("<textual>A[2-3]#M0,1,2</textual>", "<math/>", "MathML cannot be read"),
    (
        "<poolsizemeasurement>",
        "<fluxratios><netratio/></fluxratios><poolsizemeasurement>",
        "ratios",
    ),
    ('scale="one"', 'scale="two"', 'neither "auto" nor "one"'),
]


@pytest.mark.parametrize(("old", "new", "fault"), BREAKS)
def test_a_file_broken_on_purpose_is_refused_by_line(read, old, new, fault):
    text = fluxml(NETWORK, CONSTRAINTS, CONFIGURATION)
    assert old in text
    with pytest.raises((InputError, UnknownNameError), match=re.escape(fault)) as error:
        read(text.replace(old, new, 1))
    assert re.match(r"net\.fml line \d+: ", str(error.value)), error.value
    assert "\n" not in str(error.value)


def test_configurations_are_chosen_by_name(read, tmp_path):
    two = CONFIGURATION.replace('name="one"', 'name="two"')
    text = fluxml(NETWORK, CONFIGURATION, two)
    with pytest.raises(InputError, match="choose one of one, two"):
        read(text)
    assert configuration_names(tmp_path / "net.fml") == ("one", "two")
    assert read(text, "two").experiments[0].name == "two"
    with pytest.raises(UnknownNameError, match="did you mean two"):
        read(text, "twoo")


def test_not_a_network(read):
    with pytest.raises(InputError, match="<mixture> is not a FluxML network"):
        read("<mixture><input pool='S'/></mixture>")
    with pytest.raises(InputError, match="line 1: not well-formed"):
        read("<fluxml")


@needs_data
@pytest.mark.parametrize("configuration", ["a_INST", "b_INST", "a_STAT", "b_STAT"])
def test_the_e_coli_file(configuration):
    study = read_fluxml(DATA / "fluxml" / "EC.fml", configuration)
    assert len(study.network.reactions) == 100  # 105 names, 8 of them variants of 3 steps
    assert len(study.network.species) == 62
    assert len(study.network.reversible) == 23
    assert study.network.of_kind("boundary") == {
        "Gluc_ext",
        "Gluc_pre",
        "Cit_ext",
        "Glyc_ext",
        "Bm_in",
    }
    assert len(study.constraints) == 31
    assert (len(study.point.net), len(study.point.exchange)) == (12, 23)
    (experiment,) = study.experiments
    assert experiment.stationary == configuration.endswith("STAT")
    assert len(experiment.labels) == (33 if configuration.startswith("a") else 1)
    assert study.point.exchange["R25"] == pytest.approx(4 * 71.83255075)


@needs_data
def test_the_free_fluxes_of_13cflux_determine_the_others():
    """12 free net fluxes and 23 exchange fluxes, 13CFLUX's own count, close the balances."""
    study = read_fluxml(DATA / "fluxml" / "EC.fml", "a_STAT")
    reactions = list(study.network.reactions)
    pools = sorted(study.network.of_kind("pool"))
    balance = [[study.network.reactions[r].get(p, 0) for r in reactions] for p in pools]
    tied = [[c.terms.get(Flux(r), 0) for r in reactions] for c in study.constraints]
    free = np.eye(len(reactions))[[reactions.index(name) for name in study.point.net]]
    rank = np.linalg.matrix_rank(np.vstack([balance, tied]))
    assert len(reactions) - rank == 12
    assert np.linalg.matrix_rank(np.vstack([balance, tied, free])) == len(reactions)


@needs_data
def test_the_other_files():
    linea = read_fluxml(DATA / "fluxml" / "linea.fml")
    assert linea.name == "Linea"
    assert not linea.experiments[0].stationary
    assert linea.experiments[0].feeds[1].tracers == (Tracer(0.1), Tracer(0.9, {"C": (1.0,)}))
    with pytest.raises(InputError, match=r"mixture\.fml line 2: <mixture>"):
        read_fluxml(DATA / "fluxml" / "mixture.fml")
