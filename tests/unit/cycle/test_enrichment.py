import pytest

from cahill.core.atom_maps import parse_step
from cahill.core.network import Atom
from cahill.cycle.atom_flows import atom_flows
from cahill.cycle.carbon_transfer import (
    TracerStudy,
    carbon_transfer,
    cycle_exchange,
    tracer_ra,
)
from cahill.cycle.enrichment import TracerInput, atom_enrichment
from cahill.errors import ModelError, UnknownNameError


def build(rows):
    """Return steps and forward fluxes from (id, map, flux)."""
    steps = [parse_step(name, name, text) for name, text, _ in rows]
    return steps, {name: flux for name, _, flux in rows}


CHAIN = [
    ("in", "Food C:abc -> Ala C:abc", 2.0),
    ("turn", "Ala C:abc -> Pyr C:cba", 2.0),
    ("out", "Pyr C:abc -> Gas C:abc", 2.0),
]


def test_tracer_in_a_chain_shows_the_true_inflow_and_its_own_positions():
    steps, forward = build(CHAIN)
    tracer = TracerInput("Ala", 0.01, (3,))
    enrichment = atom_enrichment(steps, forward, {}, [tracer], {"Food", "Gas"})
    assert list(enrichment.of("Ala")) == pytest.approx([0.0, 0.0, 0.005])
    assert list(enrichment.of("Pyr")) == pytest.approx([0.005, 0.0, 0.0])
    assert enrichment.total("Pyr") == pytest.approx(0.005)
    assert enrichment.mean("Pyr") == pytest.approx(0.005 / 3)
    assert tracer_ra(enrichment, tracer) == pytest.approx(2.0)
    assert enrichment.inflow["Ala"] == 2.0
    assert enrichment.notes == ()


def test_exchange_returns_label_and_lowers_the_apparent_ra():
    steps, forward = build(CHAIN)
    tracer = TracerInput("Ala", 1.0, (1, 2, 3))
    enrichment = atom_enrichment(steps, {**forward, "turn": 5.0}, {"turn": 3.0}, [tracer], ["Food"])
    # Ala gains 5 a minute, 3 of them back from a pyruvate that is made from Ala alone.
    assert enrichment.inflow["Ala"] == pytest.approx(5.0)
    assert tracer_ra(enrichment, tracer) == pytest.approx(2.0)


def test_frame_is_tidy():
    steps, forward = build(CHAIN)
    frame = atom_enrichment(steps, forward, {}, (), ["Food"]).to_frame()
    assert list(frame.columns) == ["species", "element", "position", "enrichment"]
    assert (frame["enrichment"] == 0).all()


def test_amino_groups_pass_over_the_enzyme():
    steps, forward = build(
        [
            ("food", "Food C:abc N:n -> Ala C:abc N:n", 1.0),
            ("ala", "Ala C:abc N:n -> Pyr C:abc + PMP N:n", 4.0),
            ("glu", "PMP N:n + aKG C:abcde -> Glu C:abcde N:n", 2.0),
            ("gdh", "Glu C:abcde N:n -> aKG C:abcde + NH4 N:n", 1.0),
            ("burn", "Pyr C:abc -> Gas C:abc", 1.0),
        ]
    )
    backward = {"ala": 3.0, "glu": 1.0}
    tracer = TracerInput("Ala", 1.0, (1,), "N")
    enrichment = atom_enrichment(steps, forward, backward, [tracer], {"Food", "Gas", "NH4"})
    assert enrichment.of("Glu", "N")[0] == pytest.approx(enrichment.of("PMP", "N")[0])
    assert enrichment.total("Ala", "C") == 0.0
    assert tracer_ra(enrichment, tracer) == pytest.approx(1.0)


def test_label_in_a_closed_loop_is_refused_by_name():
    steps, forward = build([("go", "A C:a -> B C:a", 1.0), ("back", "B C:a -> A C:a", 1.0)])
    with pytest.raises(ModelError, match=r'"A".*closed loop'):
        atom_enrichment(steps, forward, {}, [TracerInput("A", 1.0, (1,))])
    assert set(atom_enrichment(steps, forward, {}).values.values()) == {0.0}


def test_tracer_into_a_pool_without_turnover_is_refused():
    steps, forward = build([("go", "A C:a -> B C:a", 0.0), ("on", "X C:a -> B C:a", 1.0)])
    with pytest.raises(ModelError, match='"A"'):
        atom_enrichment(steps, forward, {}, [TracerInput("A", 1.0, (1,))], {"X"})


@pytest.mark.parametrize("flux", [-0.1, float("nan"), float("inf")])
def test_impossible_fluxes_are_refused_by_step(flux):
    steps, forward = build(CHAIN)
    with pytest.raises(ModelError, match='step "turn": forward flux'):
        atom_flows(steps, {**forward, "turn": flux}, {})


def test_missing_flux_and_unknown_tracer_are_named():
    steps, forward = build(CHAIN)
    with pytest.raises(ModelError, match='step "in" has an atom map but no forward flux'):
        atom_enrichment(steps, {"turn": 1.0, "out": 1.0}, {})
    with pytest.raises(UnknownNameError, match="Ala C4"):
        atom_enrichment(steps, forward, {}, [TracerInput("Ala", 1.0, (4,))], {"Food"})
    with pytest.raises(ModelError, match="held fixed"):
        atom_enrichment(steps, forward, {}, [TracerInput("Food", 1.0, (1,))], {"Food"})
    with pytest.raises(UnknownNameError, match="Alanin"):
        atom_enrichment(steps, forward, {}).of("Alanin")


def test_a_pool_out_of_balance_is_noted():
    steps, forward = build(CHAIN)
    enrichment = atom_enrichment(steps, {**forward, "out": 1.5}, {}, (), {"Food", "Gas"})
    assert enrichment.notes == ("Pyr is not in balance: 2 mmol/min in, 1.5 out",)


def liver(carboxylation, around, anaplerosis=0.0, reversible=0.0):
    """Return a liver with pyruvate carboxylase, PEPCK and a TCA cycle of given fluxes."""
    out = carboxylation + anaplerosis
    steps, forward = build(
        [
            ("protein", "Protein C:abc -> Ala_blood C:abc", carboxylation),
            ("ALT", "Ala_blood C:abc -> Pyr_liver_mito C:abc", carboxylation),
            (
                "PC_liver",
                "Pyr_liver_mito C:abc + CO2 C:d -> OAA_liver_mito C:abcd",
                carboxylation,
            ),
            ("PEPCK_liver", "OAA_liver_mito C:abcd -> PEP_liver C:abc + CO2 C:d", out),
            (
                "citrate_synthase_liver",
                "OAA_liver_mito C:abcd + AcCoA_liver_mito C:ef -> aKG_liver C:dcbfe + CO2 C:a",
                around,
            ),
            (
                "aKGDH_liver",
                "aKG_liver C:abcde -> OAA_liver_mito C:bcde + CO2 C:a"
                " | OAA_liver_mito C:edcb + CO2 C:a",
                around + anaplerosis + reversible,
            ),
            ("fat", "Fat C:ab -> AcCoA_liver_mito C:ab", around),
            ("glutamate", "Glu_blood C:abcde -> aKG_liver C:abcde", anaplerosis),
            ("gng", "PEP_liver C:abc + PEP_liver C:def -> Glc_blood C:cbadef", out / 2),
            ("use", "Glc_blood C:abcdef -> Glycolysis C:abcdef", out / 2),
        ]
    )
    backward = {"aKGDH_liver": reversible}
    return steps, forward, backward, {"Protein", "Fat", "CO2", "Glycolysis", "Glu_blood"}


def test_without_a_turn_of_the_cycle_nothing_is_lost():
    result = carbon_transfer(*liver(2.0, 0.0))
    assert result.exchange == pytest.approx(0.0, abs=1e-12)
    assert result.alanine_to_glucose == pytest.approx(2000 / 70)


@pytest.mark.parametrize("carboxylation", [0.5, 2.0, 8.0])
def test_exchange_agrees_with_the_closed_form(carboxylation):
    # Of C3 label, y/(y+1) stays at C3; the share 1/(y+1) that turns comes back at C1 or C4, half
    # each, and C1 keeps y/(y+1) of nothing else: PEP label = y/(y+1) * (1 + 1/(2 (y+1))).
    y = carboxylation
    kept = y / (y + 1) * (1 + 0.5 / (y + 1))
    result = carbon_transfer(*liver(y, 1.0))
    assert result.exchange == pytest.approx(1 - kept, rel=1e-12)
    assert result.alanine_to_glucose == pytest.approx(kept * y * 1000 / 70, rel=1e-12)
    assert result.alanine_to_glucose_corrected == pytest.approx(y * 1000 / 70, rel=1e-12)
    assert result.alanine_ra == pytest.approx(y * 1000 / 70)
    assert result.glucose_ra == pytest.approx(y * 500 / 70)
    assert result.glucose_to_alanine == 0.0
    assert result.notes == ()


def test_anaplerosis_is_not_counted_as_exchange():
    result = carbon_transfer(*liver(2.0, 0.0, anaplerosis=1.0))
    assert result.exchange == pytest.approx(0.0, abs=1e-12)
    # It dilutes the label of each PEP and brings PEP of its own in the same measure.
    assert result.alanine_to_glucose == pytest.approx(2000 / 70)


def test_reversible_cycle_steps_exchange_too():
    # Turned round in the symmetric molecule, C1 of oxaloacetate becomes C4, which never makes PEP.
    study = TracerStudy(alanine_positions=(1,))
    one_way = carbon_transfer(*liver(2.0, 1.0), study=study)
    reversible = carbon_transfer(*liver(2.0, 1.0, reversible=2.0), study=study)
    assert reversible.exchange > one_way.exchange


@pytest.mark.parametrize(
    ("position", "kept"),
    [
        # Of oxaloacetate, C1 leaves in the first turn; C2 becomes C2 or C3, C3 becomes C1 or C4.
        (1, 2 / 3),
        (2, 2 / 2.5 * (1 + 0.5 / 3 * (1 + 0.5 / 3))),
        (3, 2 / 3 * (1 + 0.5 / 3)),
    ],
)
def test_exchange_depends_on_the_labelled_carbon(position, kept):
    study = TracerStudy(alanine_positions=(position,))
    exchange = carbon_transfer(*liver(2.0, 1.0), study=study).exchange
    assert exchange == pytest.approx(1 - kept, rel=1e-12)


def test_glucose_to_alanine_counts_carbon():
    steps, forward = build(
        [
            ("EGP", "Stores C:abcdef -> Glc_blood C:abcdef", 1.0),
            ("glycolysis", "Glc_blood C:abcdef -> Pyr C:cba + Pyr C:def", 1.0),
            ("other", "Lac C:abc -> Pyr C:abc", 2.0),
            ("ALT", "Pyr C:abc -> Ala_blood C:abc", 0.4),
            ("protein", "Protein C:abc -> Ala_blood C:abc", 0.6),
            ("burn", "Pyr C:abc -> Gas C:abc", 3.6),
            ("mito", "Ala_blood C:abc -> Pyr_liver_mito C:abc", 1.0),
            ("PC_liver", "Pyr_liver_mito C:abc + CO2 C:d -> OAA_liver_mito C:abcd", 1.0),
            ("PEPCK_liver", "OAA_liver_mito C:abcd -> PEP_liver C:abc + CO2 C:d", 1.0),
            ("citrate_synthase_liver", "OAA_liver_mito C:abcd -> aKG_liver C:abcd", 0.0),
            ("aKGDH_liver", "aKG_liver C:abcd -> OAA_liver_mito C:abcd", 0.0),
        ]
    )
    held = {"Stores", "Lac", "Protein", "Gas", "CO2", "PEP_liver"}
    result = carbon_transfer(steps, forward, {}, held, body_weight=100.0)
    # Half the pyruvate is from glucose, 40 % of alanine from pyruvate, Ra 10 umol/kg/min.
    assert result.glucose_to_alanine == pytest.approx(2.0)
    assert result.alanine_ra == pytest.approx(10.0)
    assert result.alanine_to_glucose == 0.0


def test_missing_parts_of_a_study_are_named():
    steps, forward, backward, held = liver(2.0, 1.0)
    with pytest.raises(ModelError, match='"Glucose"'):
        carbon_transfer(steps, forward, backward, held, study=TracerStudy(glucose="Glucose"))
    enrichment = atom_enrichment(
        steps, forward, backward, [TracerInput("Ala_blood", 1.0, (3,))], held
    )
    with pytest.raises(UnknownNameError, match="PC_livr"):
        cycle_exchange(steps, forward, backward, enrichment, TracerStudy(carboxylase="PC_livr"))
    unlabelled = atom_enrichment(steps, forward, backward, (), held)
    assert cycle_exchange(steps, forward, backward, unlabelled) == 0.0
    with pytest.raises(ModelError, match="does not label"):
        tracer_ra(unlabelled, TracerInput("Ala_blood", 1.0, (3,)))


def test_enrichment_is_per_atom():
    steps, forward = build(CHAIN)
    labelled = {"Food": {"C": [0.0, 1.0, 0.5]}}
    values = atom_enrichment(steps, forward, {}, labelled=labelled).values
    assert values[Atom("Pyr", "C", 1)] == 0.5
    assert values[Atom("Pyr", "C", 2)] == 1.0
