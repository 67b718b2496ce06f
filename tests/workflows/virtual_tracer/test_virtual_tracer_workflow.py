"""The closed loop: tracers infused into the cycle, analysed as the published studies did."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot

from cahill.cli.main import main
from cahill.cycle.atom_flows import atom_flows
from cahill.cycle.build import build_model
from cahill.cycle.carbon_transfer import TracerStudy, cycle_exchange
from cahill.cycle.enrichment import TracerInput, atom_enrichment
from cahill.cycle.quantities import view_of
from cahill.cycle.run import run_scenario
from cahill.cycle.scenarios import load_scenario
from cahill.errors import ConvergenceError, InputError, UnknownNameError
from cahill.tracing.changing_infusion import with_infusions
from cahill.workflows._virtual_budget import ERRORS, STEADY
from cahill.workflows._virtual_study import delayed
from cahill.workflows._virtual_tracers import C13, CARBON, INTACT, N15, TRACERS
from cahill.workflows._virtual_truth import CARBONS, true_fluxes
from cahill.workflows.tracer_kinetics import tracer_kinetics
from cahill.workflows.virtual_tracer import virtual_tracer

RA, MOVED = "rate of appearance", "carbon transfer"
CORRECTED = "carbon transfer, corrected for exchange"
MADE, BACK = "glucose to alanine", "alanine to glucose"


@pytest.fixture(scope="module")
def found():
    return virtual_tracer()


@pytest.fixture(scope="module")
def exact():
    return virtual_tracer(noise=0.0)


@pytest.fixture(scope="module")
def rested():
    """The state in the middle of the plateau, from a run of its own."""
    model, scenario = build_model(), load_scenario("overnight-fast")
    return run_scenario(model, scenario, [0.0, 705.0]).view(705.0)


def row(result, quantity, analyte, tracer):
    frame = result.to_frame()
    chosen = (frame["quantity"] == quantity) & (frame["analyte"] == analyte)
    return frame[chosen & (frame["tracer"] == tracer)].squeeze()


def test_the_fluxes_of_table_2_are_recovered(exact):
    """What a study of 3 h finds lies near the seed's Table 2, and near the truth."""
    assert 4.0 <= row(exact, RA, "alanine", C13)["found"] <= 5.0
    made, back = row(exact, MOVED, MADE, CARBON), row(exact, CORRECTED, BACK, C13)
    assert made["published"] == 1.89
    assert back["published"] == 1.48
    # Label not yet at its plateau: both are too low.
    assert 0.75 < made["found"] / made["truth"] < 0.95
    assert 0.80 < back["found"] / back["truth"] < 1.0
    # An infusion without end finds the one; the customary correction overshoots the other.
    assert made["steady"] == pytest.approx(made["truth"], rel=0.04)
    assert made["truth"] == pytest.approx(1.89, abs=0.20)
    assert back["truth"] == pytest.approx(1.48, abs=0.15)
    assert back["steady"] > 1.3 * back["truth"]


def test_nitrogen_comes_back_more_than_carbon(exact):
    carbon, nitrogen = row(exact, RA, "alanine", C13), row(exact, RA, "alanine", N15)
    assert carbon["truth"] == nitrogen["truth"]
    assert nitrogen["found"] == pytest.approx(carbon["found"], rel=0.02)
    assert nitrogen["steady"] < 0.85 * carbon["steady"] < carbon["truth"]


def test_intact_glucose_tells_its_appearance(exact):
    intact, carbon = row(exact, RA, "glucose", INTACT), row(exact, RA, "glucose", CARBON)
    assert intact["found"] == pytest.approx(intact["truth"], rel=0.03)
    assert carbon["steady"] < 0.93 * intact["steady"], "13C comes back through alanine and lactate"


@pytest.mark.parametrize("which", ["found", "exact"])
def test_the_parts_of_the_error_add_up(which, request):
    frame = request.getfixturevalue(which).to_frame()
    parts = frame[list(ERRORS)].sum(axis=1)
    assert np.allclose(parts, frame["found"] - frame["truth"], rtol=0, atol=1e-9)
    raw = frame[~frame["analyte"].eq(BACK)]
    assert (raw["exchange"] == 0).all()


def test_without_noise_there_is_no_error_of_measurement(exact, found):
    assert (exact.to_frame()["measurement"] == 0).all()
    assert (found.to_frame()["measurement"] != 0).all()
    same = ["steady", "truth", "not_at_plateau", "exchange", "one_pool"]
    assert np.allclose(found.to_frame()[same], exact.to_frame()[same], rtol=1e-9)


def test_the_infusion_without_end_is_the_linear_balance_of_atoms(exact, rested):
    """Labels followed in time end where the balance of every atom, solved at once, has them."""
    weight = float(rested.parameters[rested.system.parameter_index("body_weight")])
    signals = next(
        one.signals.courses for one in exact.frozen.analyses if one.signals.occasion.state == STEADY
    )
    for tracer in TRACERS:
        together = [one for one in TRACERS if one.day == tracer.day]
        bags = [one.bag(weight, 2.0, one is tracer) for one in together]
        network = with_infusions(rested.model.network, bags)
        forward, backward = rested.gross
        rates = {bag.id: one.rate * weight / 1000.0 for bag, one in zip(bags, together)}
        held = network.of_kind("slow", "boundary")
        full = {bag.id: {one.element: list(one.heavy)} for bag, one in zip(bags, together)}
        labelled = {name: full[name] for name in full if name == f"{tracer.analyte} tracer"}
        values = atom_enrichment(
            network.steps, {**forward, **rates}, backward, (), held - set(labelled), labelled
        )
        for reading in tracer.readings:
            if reading.kind == "APE":
                species = {"glucose": "Glc_blood", "alanine": "Ala_blood"}[reading.analyte]
                seen = signals[reading.analyte, reading.tracer].series.plateau.mean
                assert seen == pytest.approx(values.mean(species), rel=2e-4)
        if tracer.element == "N":
            seen = signals["alanine", N15].series.plateau.mean
            assert seen == pytest.approx(values.mean("Ala_blood", "N"), rel=2e-4)


def test_every_carbon_that_enters_alanine_comes_from_somewhere(rested):
    """First ways from glucose, from alanine and from all that is held make up the inflow."""
    steps, gross = rested.model.network.steps, rested.gross
    held = rested.model.network.of_kind("slow", "boundary")
    atoms = {name: one.atoms.get("C", 0) for name, one in rested.model.network.species.items()}
    flows = atom_flows(steps, *gross)

    def entering(sources):
        both = {"Glc_blood", "Ala_blood"}
        fixed = {
            name: {"C": [float(name in sources)] * atoms[name]}
            for name in held | both
            if atoms[name]
        }
        found = atom_enrichment(steps, *gross, (), (), fixed)
        carbon = sum(
            rate * found.values[source]
            for (source, target), rate in flows.atoms.items()
            if target.species == "Ala_blood" and target.element == "C"
        )
        return carbon / CARBONS["Ala_blood"] * 1000.0 / 70.0

    truth = true_fluxes(rested)
    parts = [entering({"Glc_blood"}), entering({"Ala_blood"}), entering(held)]
    assert parts[0] == pytest.approx(truth.glucose_to_alanine, rel=1e-9)
    assert sum(parts) == pytest.approx(truth.alanine_ra, rel=1e-6)


def test_the_estimate_of_exchange_is_right_but_for_labelled_acetyl(exact, rested):
    """Positions of label give the exchange that there is with acetyl-CoA held unlabelled."""
    ends = next(p for p in exact.frozen.analyses if p.signals.occasion.state == STEADY)
    estimated = float(ends.signals.exchange[0])
    steps, gross = rested.model.network.steps, rested.gross
    held = rested.model.network.of_kind("slow", "boundary")
    infused = atom_enrichment(steps, *gross, [TracerInput("Ala_blood", 1.0, (3,))], held)
    plain = TracerStudy(cycle_pools=("aKG_liver", "Glu_liver"))
    assert estimated == pytest.approx(cycle_exchange(steps, *gross, infused, plain), rel=0.03)
    assert exact.truth.exchange == pytest.approx(cycle_exchange(steps, *gross, infused), rel=1e-4)
    assert exact.truth.exchange < 0.6 * estimated


def test_the_study_is_seeded(found):
    again, other = virtual_tracer(), virtual_tracer(seed=2)
    pd.testing.assert_frame_equal(again.to_frame(), found.to_frame())
    assert not np.allclose(other.to_frame()["found"], found.to_frame()["found"])
    assert np.allclose(other.to_frame()["truth"], found.to_frame()["truth"])


def test_longer_infusions_come_nearer_to_the_endless_one(exact):
    frame = exact.lengths()
    assert set(frame["infusion_h"]) == {2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 24.0, np.inf}
    for _, part in frame.groupby(["quantity", "analyte", "tracer"]):
        away = (part["found"] - part["found"].iloc[-1]).abs()
        assert away.is_monotonic_decreasing


def test_exercise_begins_during_the_infusion():
    result = virtual_tracer("exercise", noise=0.0)
    assert any("begins 60 min before scenario exercise" in note for note in result.notes)
    glucose = result.labels[0].of("Glc_blood", "M+6")
    times = result.labels[0].times
    rest, work = glucose[times <= 60], glucose[times >= 60]
    assert np.ptp(rest) < 0.03 * rest.mean()
    assert work[-1] < 0.6 * work[0]
    rate = row(result, RA, "glucose", INTACT)
    assert rate["truth"] > 1.5 * 10.3
    # Two hours do not bring alanine's label down: too much alanine seems to come from glucose.
    assert row(result, MOVED, MADE, CARBON)["not_at_plateau"] > 0.1


def test_a_fast_of_60_hours_lowers_alanine_turnover(exact):
    fasted = virtual_tracer("fast-60-h", noise=0.0)
    before, after = (row(one, RA, "alanine", C13) for one in (exact, fasted))
    assert after["found"] < 0.85 * before["found"]
    assert after["truth"] < 0.85 * before["truth"]


def test_a_delayed_scenario_rests_first():
    scenario = load_scenario("exercise")
    later = delayed(scenario, 60.0)
    assert later.duration == scenario.duration + 60.0
    assert later.report_time == scenario.report_time + 60.0
    assert [i.start for i in later.inputs] == [i.start + 60.0 for i in scenario.inputs]
    model = build_model()
    run = run_scenario(model, later, [0.0, 60.0, 180.0])
    start = view_of(model, run.solution.states[0], run.parameters[0])
    assert start.flux("glucose_uptake_muscle") < 0.5 * run.view(60.0).flux("glucose_uptake_muscle")
    assert delayed(scenario, 0.0) is scenario
    assert replace(scenario) == scenario


def test_the_report_and_its_tables(found, tmp_path):
    names = {path.name for path in found.save(tmp_path / "out")}
    pyplot.close("all")
    pictures = {"fluxes.png", "lengths.png", "enrichments.svg"}
    assert pictures | {"report.html", "results.csv", "lengths.csv", "estimates.csv"} <= names
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    for words in ("assumed", "1.89 ± 0.20", "1.48 ± 0.15", "not at a plateau", "Steele"):
        assert words in page, words


def test_the_tables_can_be_analysed_again(found, tmp_path):
    """`cahill tracer-kinetics` finds in the saved tables what the study found."""
    found.save(tmp_path / "out")
    pyplot.close("all")
    parts = ("infusions", "enrichments", "analytes", "exchange")
    again = tracer_kinetics(*(tmp_path / "out" / f"{name}.csv" for name in parts))
    columns = ["quantity", "analyte", "tracer", "time_min"]
    first, second = (one.to_frame().set_index(columns)["value"] for one in (found.found, again))
    assert np.allclose(first, second.reindex(first.index), rtol=1e-9)


def test_json_is_pure(capsys):
    main(["virtual-tracer", "--json", "--noise", "0"])
    printed = capsys.readouterr()
    content = json.loads(printed.out)
    assert printed.err == ""
    assert {record["analyte"] for record in content["data"]} >= {MADE, BACK}
    assert content["provenance"]["options"]["noise (%)"] == "0.0"


def test_the_terminal_shows_published_and_true(found):
    lines = found.lines()
    assert len(lines) == 7
    assert all("published at rest" in line and "true" in line for line in lines)
    assert "1.89 ± 0.20" in found.summary()
    assert "1.48 ± 0.15" in found.summary()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"hours": 0.5}, "infusion of 0.5 h"),
        ({"at": 40.0}, "ends at 40 h is outside scenario overnight-fast"),
        ({"noise": 80.0}, "noise of 80 %"),
        ({"noise": -1.0}, "noise of -1 %"),
        ({"hours": float("nan")}, "infusion of nan h"),
    ],
)
def test_bad_options_are_refused(options, words):
    with pytest.raises(InputError, match=words):
        virtual_tracer(**options)


def test_what_cannot_be_run_is_refused():
    with pytest.raises(UnknownNameError, match="overnight-fast"):
        virtual_tracer("overnite-fast")
    with pytest.raises(ConvergenceError, match="scenario overnight-fast: FFA_blood"):
        virtual_tracer(set=("k_lipolysis=-1",))
