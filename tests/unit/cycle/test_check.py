"""The model passes every check, and each kind of fault, put in on purpose, is named."""

import json
from dataclasses import replace

import pytest

from cahill.core.annotation import Annotation
from cahill.core.evidence import Evidence
from cahill.core.parameters import Parameter, ParameterSet
from cahill.core.quantity import Quantity
from cahill.cycle import check_tables
from cahill.cycle.build import DATA, CycleModel, build_model
from cahill.cycle.check import CHECKS, check_model
from cahill.errors import InputError, ModelError

MAPS = (DATA / "models" / "atom_maps.tsv").read_text("utf-8")


@pytest.fixture(scope="module")
def model():
    return build_model()


@pytest.fixture
def broken(model):
    """Return a function that replaces text in the model; the text must be there."""

    def break_it(old, new):
        assert old in model.antimony
        return CycleModel(model.antimony.replace(old, new), model.parameters, model.species)

    return break_it


def faults(name, model):
    return [str(issue) for issue in CHECKS[name](model)]


def with_parameter(model, **changes):
    """Return the model with its first literature parameter changed, its text unchanged."""
    first, *rest = model.parameters.parameters
    changed = replace(first, **{"low": None, "high": None, **changes})
    return CycleModel(model.antimony, ParameterSet((changed, *rest)), model.species)


def test_the_model_passes():
    report = check_model()
    assert report.errors == ()
    assert report.passed == report.checks
    assert report.summary().splitlines()[-1] == f"{len(report.checks)} checks passed"
    assert json.loads(report.to_json())["passed"] == list(report.checks)
    report.raise_errors()


def test_report_is_saved(tmp_path):
    report = check_model()
    text, data = report.save(tmp_path)
    assert text.read_text("utf-8").strip() == report.summary()
    assert json.loads(data.read_text("utf-8")) == json.loads(report.to_json())


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("Lac_muscle C:abc -> Lac_blood C:abc", "Lac_muscle C:abc -> Lac_blood C:abd", "C:c"),
        ("Pyr_muscle C:abc -> Lac_muscle C:abc", "Pyr_muscle C:abc -> Lac_blood C:abc", "LDH"),
        ("ALT1_liver_ala\tALT1_liver\t", "ALT1_liver_ala\tALT1_livre\t", "ALT1_livre"),
    ],
)
def test_an_atom_map_broken_on_purpose_is_named(tmp_path, old, new, named):
    assert old in MAPS
    path = tmp_path / "atom_maps.tsv"
    path.write_text(MAPS.replace(old, new), encoding="utf-8")
    row = next(i for i, line in enumerate(MAPS.splitlines(), 1) if old in line)
    for given in (path, tmp_path):
        report = check_model(network=given)
        assert report.passed == ()
        assert named in report.summary()
        with pytest.raises(ModelError, match=named):
            report.raise_errors()
    if "Lac_blood C:abd" in new:
        assert f'atom_maps.tsv row {row}: step "lactate_exchange_muscle"' in report.summary()


def test_a_users_own_species_are_used(tmp_path):
    (tmp_path / "atom_maps.tsv").write_text(MAPS, encoding="utf-8")
    assert check_model(network=tmp_path).errors == ()
    species = (DATA / "models" / "species.tsv").read_text("utf-8")
    lactate = "Lac_blood\tL-lactate, plasma\tblood\t"
    species = species.replace(f"{lactate}3", f"{lactate}2")
    (tmp_path / "species.tsv").write_text(species, encoding="utf-8")
    assert "Lac_blood has 2 C, its letters name 3" in check_model(network=tmp_path).summary()


def test_a_missing_network_is_refused(tmp_path):
    with pytest.raises(InputError, match="does not exist"):
        check_model(network=tmp_path / "none.tsv")


def test_units_that_do_not_fit(broken):
    (fault,) = faults(
        "SBML consistency and units of every formula",
        broken("half_life_ALT has unit_min", "half_life_ALT has unit_L"),
    )
    assert fault.startswith("error: SBML line ")
    assert "k_clearance_ALT" in fault


def test_a_name_that_nothing_defines(broken):
    found = faults("names defined", broken("k_GDH_muscle*Glu", "k_GHD_muscle*Glu"))
    assert any("k_GHD_muscle" in fault and "did you mean k_GDH_muscle" in fault for fault in found)


def test_a_broken_model_fails_every_check_that_needs_it(broken):
    report = check_model(model=broken("k_GDH_muscle*Glu", "k_GHD_muscle*Glu"))
    assert 0 < len(report.passed) < len(report.checks)
    assert f"{len(report.passed)} of {len(report.checks)} checks passed" in report.summary()


def test_numbers_without_unit_evidence_range_or_use(model):
    bare = with_parameter(model, quantity=Quantity(1.0, "furlong"))
    assert "furlong" in faults("units known", bare)[0]
    assert "has no evidence" in faults("evidence of every number", bare)[0]
    unknown = Quantity(14.0, "L", evidence=Evidence("measured", "Nobody1900"))
    fault = faults("evidence of every number", with_parameter(model, quantity=unknown))[0]
    assert "Nobody1900" in fault
    fitted = Quantity(14.0, "L", evidence=Evidence("fitted"))
    fault = faults("evidence of every number", with_parameter(model, quantity=fitted))[0]
    assert "no note" in fault
    (fault,) = faults("ranges", with_parameter(model, low=14.0, high=14.0))
    assert "14 to 14 is empty" in fault
    idle = Parameter("idle", Quantity(1.0, "L", evidence=Evidence("fitted", note="none")))
    extended = ParameterSet((*model.parameters.parameters, idle))
    (fault,) = faults("every number used", CycleModel(model.antimony, extended, model.species))
    assert '"idle"' in fault


def test_annotations_too_many_and_too_few(model, monkeypatch):
    rows = [row for row in check_tables.annotations() if row.id != "LDH_muscle"]
    rows.append(Annotation("LDH_lung", "lactate dehydrogenase", "SBO:0000176"))
    monkeypatch.setattr(check_tables, "annotations", lambda: tuple(rows))
    missing, unknown = faults("annotations", model)
    assert '"LDH_muscle"' in missing
    assert '"LDH_lung"' in unknown


def test_gross_fluxes_missing_wrong_and_uncalled_for(broken):
    law = "LDH_muscle_forward - LDH_muscle_backward"
    found = faults("gross fluxes", broken(law, f"{law} + 0.1*Pyr_muscle"))
    assert any('"LDH_muscle"' in fault and "forward less backward" in fault for fault in found)
    one_way = broken("LDH_muscle: Pyr_muscle -> ", "LDH_muscle: Pyr_muscle => ")
    assert any("write ->" in fault for fault in faults("gross fluxes", one_way))
    both = broken("GDH_muscle: Glu_muscle => ", "GDH_muscle: Glu_muscle -> ")
    assert any("GDH_muscle_forward" in fault for fault in faults("gross fluxes", both))


def test_a_pool_driven_below_zero(broken):
    found = faults("empty pools", broken("k_GDH_muscle*Glu_muscle", "k_GDH_muscle*1"))
    assert 'error: reaction "GDH_muscle": uses Glu_muscle where there is none' in found


def test_haldane_relations(broken):
    name = "LDH_muscle_backward := reversible_backward(vmax_LDH_muscle"
    (fault,) = faults("Haldane relations", broken(name, name + "*2"))
    assert "keq_LDH_muscle is" in fault
    name = "ammonia_exchange_liver_backward := k_ammonia_release_liver*NH4_liver"
    (fault,) = faults("Haldane relations", broken(name, name + "*Glu_liver"))
    assert "moves with the concentrations" in fault


def test_ping_pong_enzymes(broken):
    name = "vmax_reverse_ALT1_liver := vmax_active_ALT1_liver*reverse_ratio_ALT1"
    relation = broken(name, name + "*1")
    assert faults("ping-pong enzymes", relation) == []
    function = "sqrt(Kp*Kq/(Keq*Ka*Kb))"
    found = faults("ping-pong enzymes", broken(function, "sqrt(Kp*Kq/(Ka*Kb))"))
    assert any("ALT1_liver" in fault and "not its Keq" in fault for fault in found)


def test_conserved_moieties(broken):
    rerouted = broken("=> Urea_blood + aKG_liver", "=> Urea_urine + aKG_liver").antimony
    closed = rerouted.replace("urea_excretion: Urea_blood =>", "urea_excretion: Urea_urine =>")
    model = build_model()
    (fault,) = faults("conserved moieties", CycleModel(closed, model.parameters, model.species))
    assert fault == "warning: network: no reaction changes the sum of Urea_blood"


def test_start_and_stationary_state(broken):
    drifting = broken("k_GDH_muscle*Glu_muscle", "2*k_GDH_muscle*Glu_muscle")
    found = faults("stationary reference state", drifting)
    assert any('"Glu_muscle"' in fault and "drifts" in fault for fault in found)
    assert not any("Glycogen" in fault for fault in found)
    negative = broken("protein_PEPCK_liver = 1;", "protein_PEPCK_liver = -1;")
    assert any("protein_PEPCK_liver" in fault for fault in faults("start values", negative))


def test_flux_map_rows_of_nothing(model, monkeypatch):
    row = check_tables.read_flux_map(DATA / "calibration" / "flux_map.tsv")[0]
    row = replace(row, flux="LDH_lung", sd=0.0, scale="vmax_LDH_lung", source="Nobody1900")
    monkeypatch.setattr(check_tables, "read_flux_map", lambda path: (row,))
    found = " ".join(faults("flux map", model))
    for named in ("LDH_lung", "vmax_LDH_lung", "Nobody1900", "sd 0"):
        assert named in found


def test_scenarios_that_do_not_load(model, monkeypatch, tmp_path):
    path = tmp_path / "bad.toml"
    path.write_text('title = "Bad"\nduration = "8 moons"\n')
    load = check_tables.load_scenario
    monkeypatch.setattr(check_tables, "scenario_names", lambda: ["bad"])
    monkeypatch.setattr(check_tables, "load_scenario", lambda name: load(path))
    (fault,) = faults("scenarios", model)
    assert 'scenario "bad"' in fault
    assert "moons" in fault
