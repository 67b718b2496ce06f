"""Published whole-body fluxes, by the functions that analyse a user's study."""

import csv
from importlib.resources import files

import numpy as np
import pytest

from cahill.core.tracer_infusion import Course, Infusion, InfusionStudy
from cahill.cycle.build import build_model
from cahill.cycle.enrichment import TracerInput, atom_enrichment
from cahill.cycle.quantities import view_of
from cahill.io.references import references
from cahill.tracing.in_vivo import carbon_transfer, precursor_fraction, steele_steady
from cahill.tracing.in_vivo_published import PUBLISHED, published_for
from cahill.tracing.tracer_kinetics import tracer_kinetics


def test_published_numbers_are_those_of_the_targets():
    """The pictures and the validation of the model must not tell two stories."""
    table = files("cahill").joinpath("data/validation/targets.tsv").read_text(encoding="utf-8")
    lines = [line for line in table.splitlines() if line and not line.startswith("#")]
    rows = {row["id"]: row for row in csv.DictReader(lines, dialect="excel-tab")}
    known = {(one.analyte, one.source): one for one in PUBLISHED}
    low, high = (float(rows["01"][name]) for name in ("low", "high"))
    seed = known["alanine", "Seed001Cycle"]
    assert (seed.low, seed.high) == (low, high)
    for number, key in (
        ("02", ("glucose to alanine", "Seed001Cycle")),
        ("03", ("alanine to glucose", "Seed001Cycle")),
        ("30", ("alanine to glucose", "Consoli1990")),
        ("31", ("alanine to glucose", "AmJPhysiol1997")),
    ):
        assert known[key].value == float(rows[number]["target"])
    assert {one.source for one in PUBLISHED} <= set(references())
    assert all(one.low < one.high for one in PUBLISHED)


def test_the_units_of_the_two_transfers_are_alanine():
    """0.52 umol of glucose is 1.04 of alanine (Am J Physiol 1997): J = 2 Ra SA/SA per carbon."""
    glucose_ra, alanine_label = 11.0, 3 * 0.02
    glucose_label = 0.52 / glucose_ra * 2 * alanine_label
    moved = carbon_transfer(glucose_ra, glucose_label, alanine_label, 3)
    assert moved == pytest.approx(2 * 0.52)
    assert moved == pytest.approx(published_for("carbon transfer", "alanine to glucose")[0].value)


def test_shares_of_the_seed_follow_from_its_table():
    """43 % of alanine's carbon comes from glucose and 34 % returns: 1.89 and 1.48 of 4.4."""
    share = precursor_fraction(3 * 0.43, 6 * 1.0, 3, 6)
    assert 4.4 * share == pytest.approx(1.89, abs=0.01)
    assert carbon_transfer(4.4, 3 * 0.43, 6 * 1.0, 6) == pytest.approx(4.4 * share)
    assert pytest.approx(0.34, abs=0.005) == 1.48 / 4.4
    # Chochinov 1978: 29 % of 368 umol/min, taken as of 70 kg
    assert 0.29 * published_for("rate of appearance", "alanine")[-1].value == pytest.approx(
        1.5, abs=0.05
    )


def test_consoli_1990_from_an_infusion_that_shows_it():
    """Ra 4.18, alanine to glucose 1.83 corrected, "approximately 50 %" of what disappears."""
    time = np.array([150.0, 160, 170, 180])
    missing = np.full(4, np.nan)

    def course(analyte, tracer, kind, value, atoms=None):
        values = np.full(4, value)
        return Course(
            "mean", "rest", analyte, tracer, kind, time, values, missing, missing, missing, atoms
        )

    alanine, exchange, glucose_ra = 0.2 / 4.18, 0.3, 11.0
    returned = 1.83 * (1 - exchange) * alanine / (1 + alanine) / glucose_ra
    study = InfusionStudy(
        "Consoli 1990",
        (
            Infusion("mean", "rest", "[3-13C]alanine", "alanine", 0.2, 0, 180),
            Infusion("mean", "rest", "[6-3H]glucose", "glucose", 9900.0, 0, 180, radioactive=True),
        ),
        (
            course("alanine", "[3-13C]alanine", "TTR", alanine),
            course("glucose", "[3-13C]alanine", "MPE", returned),
            course("glucose", "[6-3H]glucose", "SA", 900.0),
        ),
    )
    rows = tracer_kinetics(study, exchange=exchange).groups().set_index(["quantity", "analyte"])
    found = rows["mean"].to_dict()
    assert found["rate of appearance", "alanine"] == pytest.approx(4.18)
    path = "alanine to glucose"
    assert found["carbon transfer, corrected for exchange", path] == pytest.approx(1.83)
    assert 35 < found["share of precursor disposal", path] < 50


def test_a_virtual_infusion_into_the_model_gives_the_seeds_table():
    """[3-13C]alanine and [U-13C]glucose in vanishing amount, read at isotopic steady state."""
    man = build_model()
    steps, held = man.network.steps, man.network.of_kind("slow", "boundary")
    forward, backward = view_of(man, man.system.default_state, man.system.default_parameters).gross

    def infused(species, positions):
        tracer = TracerInput(species, 1.0, positions)
        return atom_enrichment(steps, forward, backward, [tracer], held)

    per_kg = 1000 / man.parameters["body_weight"].value
    alanine, glucose = infused("Ala_blood", (3,)), infused("Glc_blood", (1, 2, 3, 4, 5, 6))
    ra = per_kg * steele_steady(1.0, alanine.of("Ala_blood")[2])
    assert 4.0 <= ra <= 5.0
    made = carbon_transfer(ra, glucose.total("Ala_blood"), glucose.total("Glc_blood"), 6)
    assert made == pytest.approx(1.89, abs=2 * 0.20)
    glucose_ra = per_kg * alanine.inflow["Glc_blood"]
    back = carbon_transfer(glucose_ra, alanine.total("Glc_blood"), alanine.total("Ala_blood"), 3)
    # not corrected for exchange: between the uncorrected 1.04 and the seed's 1.48
    assert 0.9 < back < 1.48 + 2 * 0.15
