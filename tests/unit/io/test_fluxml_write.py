"""What is written as FluxML reads back equal; what FluxML cannot say is told."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fluxml_texts import CONFIGURATION, CONSTRAINTS, NETWORK, fluxml, tables

from cahill.core.labelling import (
    Constraint,
    Experiment,
    Feed,
    Flux,
    FluxMeasurement,
    FluxPoint,
    Tracer,
    TracingStudy,
)
from cahill.core.network import Network
from cahill.errors import InputError
from cahill.io.equation_tables import read_equation_tables
from cahill.io.fluxml import read_fluxml
from cahill.io.fluxml_write import write_fluxml

DATA = Path(__file__).parents[4] / "shared" / "data" / "tracing"
needs_data = pytest.mark.skipif(not DATA.exists(), reason="the shared tracing data are not here")


def assert_same(one, other):
    for name in ("network", "fluxes", "pools", "point", "flux_unit", "time_unit"):
        assert getattr(one, name) == getattr(other, name), name
    # FluxML keeps relations of net fluxes, exchange fluxes and pools apart.
    assert sorted(map(str, one.constraints)) == sorted(map(str, other.constraints))
    for a, b in zip(one.experiments, other.experiments, strict=True):
        assert (a.name, a.feeds, a.stationary) == (b.name, b.feeds, b.stationary)
        for x, y in zip(a.labels, b.labels, strict=True):
            for name in ("id", "species", "groups", "channels", "times", "mix", "free_scale"):
                assert getattr(x, name) == getattr(y, name), name
            np.testing.assert_array_equal(x.values, y.values)
            np.testing.assert_array_equal(x.sd, y.sd)


def test_what_is_written_reads_back_equal(tmp_path):
    source = tmp_path / "net.fml"
    source.write_text(fluxml(NETWORK, CONSTRAINTS, CONFIGURATION), encoding="utf-8")
    study = read_fluxml(source)
    path = tmp_path / "out.fml"
    assert write_fluxml(study, path) == ()
    assert_same(study, read_fluxml(path))
    with pytest.raises(InputError, match="exists"):
        write_fluxml(study, path)
    write_fluxml(study, path, force=True)


def test_names_directions_switches_and_several_elements_survive(tmp_path):
    network = """
reaction || equation
in || Glc C:ab N:n -> A C:ab N:n
back || A C:ab N:n <-> B C:ba N:n
away || A C:ab N:n <-> D C:ab N:n
join || B C:ab N:n + D C:cd N:m -> E C:abcd N:nm
out || E C:abcd N:nm ->
"""
    feeds = """
species || labels || fraction || start
Glc || C:00 || 1 || 0
Glc || C:10 N:1 || 0.5 || 3
Glc || C:0.5,0.25 || 0.5 || 3
"""
    point = "name || value\nin || 1\nback || 0.5\naway || 0.5\nback_exchange || 7\n"
    study = tables(tmp_path, network=network, feeds=feeds, point=point)
    renamed = {"A": "a-L_c", "B": "2b"}
    study = replace(study, network=rename(study.network, renamed))
    # A reversed on purpose: no reaction is written to make A but "in", none to make B but "back".
    path = tmp_path / "out.fml"
    assert write_fluxml(study, path) == ()
    again = read_fluxml(path)
    assert again.network.species == study.network.species
    assert again.network.reactions == study.network.reactions
    assert again.network.reversible == study.network.reversible
    assert again.point == study.point
    for a, b in zip(study.network.steps, again.network.steps):
        assert [set(m.transfers()) for m in a.maps] == [set(m.transfers()) for m in b.maps]
    (old,), (new,) = study.experiments, again.experiments
    assert [feed.start for feed in new.feeds] == [0, 3]
    # The mixed form is written out as isotopomers: each atom keeps its chance.
    for a, b in zip(old.feeds, new.feeds):
        for element, atoms in (("C", 2), ("N", 1)):
            assert chances(a, element, atoms) == pytest.approx(chances(b, element, atoms))


def chances(feed, element, atoms):
    total = np.zeros(atoms)
    for tracer in feed.tracers:
        total += tracer.fraction * np.array(tracer.heavy.get(element, (0.0,) * atoms))
    return total


def rename(network, names):
    def part(one):
        return replace(one, species=names.get(one.species, one.species))

    steps = tuple(
        replace(
            step,
            maps=tuple(
                replace(
                    m,
                    reactants=tuple(map(part, m.reactants)),
                    products=tuple(map(part, m.products)),
                )
                for m in step.maps
            ),
        )
        for step in network.steps
    )
    species = {
        names.get(key, key): replace(one, id=names.get(key, key), name=names.get(key, key))
        for key, one in network.species.items()
    }
    reactions = {
        key: {names.get(name, name): count for name, count in row.items()}
        for key, row in network.reactions.items()
    }
    return Network(species, steps, reactions, network.reversible)


def test_a_pool_that_is_only_written_on_the_left_is_turned_for_13cflux(tmp_path):
    network = """
reaction || equation
in || S C:a -> A C:a
in2 || T C:a -> C C:a
one || M C:a <-> A C:a
two || M C:a <-> C C:a
out || A C:a ->
out2 || C C:a ->
"""
    study = tables(tmp_path, network=network, feeds="species || labels\nS || C:1\nT || C:0")
    study = replace(
        study,
        point=FluxPoint({"one": 2.0, "two": -2.0}, {"one": 1.0}),
        constraints=(Constraint({Flux("one"): 1.0}, "<=", 3.0),),
    )
    path = tmp_path / "out.fml"
    assert write_fluxml(study, path) == ()
    assert '<rproduct id="M"' in path.read_text("utf-8")
    assert_same(study, read_fluxml(path))


def test_what_fluxml_cannot_say_is_told(tmp_path):
    study = tables(
        tmp_path,
        network="reaction || equation\nin || S C:ab -> A C:ab\nx || A C:ab <-> B C:ab\n"
        "out || B C:ab ->",
        feeds="species || labels\nS || C:10",
        mids="measurement || species || isotopologue || value || sd\n"
        "mix || A + B || 0 || 0.5 || 0.1\nmean || A || mean || 0.5 || 0.1",
    )
    measured = FluxMeasurement("gross", {Flux("x", "forward"): 1.0}, 1.0, 0.1)
    tied = Constraint({Flux("x"): 1.0, Flux("x", "exchange"): 1.0}, "<=", 1.0)
    study = replace(study, fluxes=(measured,), constraints=(tied,))
    lost = write_fluxml(study, tmp_path / "out.fml")
    assert len(lost) == 4
    for word in ("mix", "mean", "gross", "exchange"):
        assert any(word in sentence for sentence in lost), word


def test_fractions_of_molecules_are_refused(tmp_path):
    study = tables(tmp_path, network="reaction || equation\nin || S C:a -> A C:a\nout || A C:a ->")
    step = study.network.steps[0]
    part = replace(step.maps[0].products[0], count=0.5)
    half = replace(step, maps=(replace(step.maps[0], products=(part,)),))
    network = replace(study.network, steps=(half, study.network.steps[1]))
    with pytest.raises(InputError, match="whole molecules"):
        write_fluxml(TracingStudy("x", network), tmp_path / "out.fml")


def test_alternatives_of_several_molecules_together(tmp_path):
    """One molecule that leaves in two orientations may reach two products at once."""
    network = """
reaction || equation
in || S C:abcd -> A C:abcd
split || A C:abcd -> B C:ab + D C:cd | B C:dc + D C:ba
b || B C:ab ->
d || D C:ab ->
"""
    study = tables(tmp_path, network=network, feeds="species || labels\nS || C:1000")
    assert write_fluxml(study, tmp_path / "out.fml") == ()
    again = read_fluxml(tmp_path / "out.fml").network.step("split")
    original = study.network.step("split")
    assert [set(m.transfers()) for m in again.maps] == [set(m.transfers()) for m in original.maps]


def test_alternatives_that_no_variant_gives_are_refused(tmp_path):
    network = """
reaction || equation
a || S C:ab -> A C:ab
b || T C:ab -> B C:ab
join || A C:ab + B C:cd -> D C:ac + E C:bd | D C:ca + E C:db
d || D C:ab ->
e || E C:ab ->
"""
    study = tables(tmp_path, network=network, feeds="species || labels\nS || C:10\nT || C:10")
    with pytest.raises(InputError, match='step "join": its alternatives change several'):
        write_fluxml(study, tmp_path / "out.fml")


def test_unlabelled_inputs_are_said(tmp_path):
    study = tables(
        tmp_path, network="reaction || equation\nin || S C:ab -> A C:ab\nout || A C:ab ->"
    )
    boundary = {"S": replace(study.network.species["S"], kind="boundary")}
    network = replace(study.network, species={**study.network.species, **boundary})
    study = replace(study, network=network, experiments=(Experiment("e", (), ()),))
    write_fluxml(study, tmp_path / "out.fml")
    (experiment,) = read_fluxml(tmp_path / "out.fml").experiments
    assert experiment.feeds == (Feed("S", (Tracer(1.0),)),)


@needs_data
@pytest.mark.parametrize("configuration", ["a_INST", "b_INST", "a_STAT", "b_STAT"])
def test_the_e_coli_file_reads_back_equal(tmp_path, configuration):
    study = read_fluxml(DATA / "fluxml" / "EC.fml", configuration)
    assert write_fluxml(study, tmp_path / "EC.fml") == ()
    assert_same(study, read_fluxml(tmp_path / "EC.fml"))


@needs_data
def test_the_liver_reads_back_but_for_its_mixtures(tmp_path):
    study = read_equation_tables(DATA / "human_liver", "D20 fasted")
    lost = write_fluxml(study, tmp_path / "liver.fml")
    assert len(lost) == 11
    assert all("mixture of pools" in sentence for sentence in lost)
    again = read_fluxml(tmp_path / "liver.fml")
    plain = tuple(m for m in study.experiments[0].labels if len(m.species) == 1)
    experiment = replace(study.experiments[0], labels=plain)
    assert_same(replace(study, experiments=(experiment,)), again)


def test_a_label_before_time_0_survives_only_if_natural(tmp_path):
    text = CONFIGURATION
    for old, new in [
        ('name="one"', 'name="one" stationary="false"'),
        ('<group id="ms"', '<group id="ms" times="1"'),
        ('weight="0"', 'weight="0" time="1"'),
        ('weight="2"', 'weight="2" time="1"'),
    ]:
        text = text.replace(old, new)
    source = tmp_path / "net.fml"
    source.write_text(fluxml(NETWORK, text), encoding="utf-8")
    study = read_fluxml(source)
    assert write_fluxml(study, tmp_path / "out.fml") == ()
    assert_same(study, read_fluxml(tmp_path / "out.fml"))
    (experiment,) = study.experiments
    odd = (Feed("S", (Tracer(1.0, {"C": (1.0, 1.0, 1.0)}),), -2.0), *experiment.feeds[1:])
    study = replace(study, experiments=(replace(experiment, feeds=odd),))
    (lost,) = write_fluxml(study, tmp_path / "out.fml", force=True)
    assert "before time 0" in lost
    unlabelled = replace(experiment, feeds=experiment.feeds[1:])
    study = replace(study, experiments=(unlabelled,))
    (lost,) = write_fluxml(study, tmp_path / "out.fml", force=True)
    assert "begins unlabelled" in lost
