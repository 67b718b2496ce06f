"""Designs: what candidates say, and whether promised errors are those that come."""

from dataclasses import replace

import numpy as np
import pytest
from simple_network import fitted, measured, study

from cahill.core.labelling import Flux, FluxPoint, Tracer
from cahill.errors import InputError, UnknownNameError
from cahill.tracing.design_errors import PRESENT
from cahill.tracing.linear_intervals import linear_intervals
from cahill.tracing.tracer_candidates import (
    Candidate,
    applied,
    labelled,
    parse_candidate,
    standard_candidates,
)
from cahill.tracing.tracer_design import best_mixture, design_tracer


@pytest.fixture(scope="module")
def plan():
    return study(sd=0.005)


def test_candidates_say_what_is_fed(plan):
    (feed,) = parse_candidate("A=25% [1,2-13C] + 75% unlabelled", plan, purity=1.0).feeds
    assert feed.tracers == (Tracer(0.25, {"C": (1.0, 1.0, 0.0)}), Tracer(0.75))
    (feed,) = parse_candidate("A=[U-13C] + [3-13C]", plan, purity=0.9).feeds
    assert [tracer.fraction for tracer in feed.tracers] == [0.5, 0.5]
    assert feed.tracers[1].heavy == {"C": (0.0, 0.0, 0.9)}


def test_sampling_times_are_read(plan):
    found = parse_candidate("A=[U-13C] @ 1, 5,10", plan)
    assert found.times == (1.0, 5.0, 10.0)
    assert parse_candidate("@ 3", plan) == Candidate("@ 3", (), (3.0,))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("A", "write SPECIES=FORM"),
        ("A=[4-13C]", "3 traced atoms of C"),
        ("A=[U-15N]", "0 traced atoms of N"),
        ("A=glucose", "no labelled form"),
        ("A=60% [1-13C] + 60% [U-13C]", "add up to 1.2"),
        ("A=[U-13C] @ soon", "no times"),
        ("", "changes nothing"),
    ],
)
def test_candidates_that_make_no_sense_are_refused(plan, text, message):
    with pytest.raises(InputError, match=message):
        parse_candidate(text, plan)


def test_unknown_species_are_named(plan):
    with pytest.raises(UnknownNameError, match="AA"):
        parse_candidate("AA=[U-13C]", plan)


def test_two_isotopes_in_one_molecule(plan):
    glutamate = replace(plan.network.species["B"], atoms={"C": 5, "N": 1})
    heavy = labelled("[U-13C][1-15N]", glutamate, purity=1.0)
    assert heavy == {"C": (1.0,) * 5, "N": (1.0,)}


def test_the_usual_tracers_of_what_is_fed(plan):
    names = [one.name for one in standard_candidates(plan)]
    assert names == [
        *(f"A=[{k}-13C]" for k in (1, 2, 3)),
        *("A=[1,2-13C]", "A=[2,3-13C]", "A=[U-13C]"),
    ]
    mixed = standard_candidates(plan, mixtures=2)
    assert [one.name for one in mixed[6:]] == [
        "A=50% [1-13C] + 50% [U-13C]",
        "A=50% [1-13C] + 50% unlabelled",
        "A=50% [U-13C] + 50% unlabelled",
    ]


def test_new_times_keep_errors_and_what_is_measured(plan):
    (one,) = plan.experiments
    moving = replace(one, stationary=False, labels=(replace(one.labels[0], times=(2.0,)),))
    found = applied(moving, Candidate("later", times=(9.0, 4.0)))
    assert found.labels[0].times == (4.0, 9.0)
    assert found.labels[0].sd == pytest.approx(np.tile(one.labels[0].sd, (2, 1)))
    with pytest.raises(InputError, match="isotopic steady state"):
        applied(one, Candidate("later", times=(1.0,)))


def test_promised_errors_are_those_of_the_linear_intervals(plan):
    problem, end = fitted(plan)
    design = design_tracer(plan, ["BD", "split"], standard_candidates(plan, mixtures=2))
    frame = design.to_frame().set_index(["design", "flux"])
    ends = linear_intervals(problem, end.x, ["BD", "split"]).frame.set_index("flux")
    for name in ("BD", "split"):
        sd = (ends.loc[name, "high"] - ends.loc[name, "low"]) / (2 * 1.959964)
        assert frame.loc[(PRESENT, name), "sd"] == pytest.approx(sd, rel=0.01)
    for candidate in ("A=[1-13C]", "A=[2,3-13C]"):
        other = replace(plan, experiments=(applied(plan.experiments[0], _named(plan, candidate)),))
        problem, end = fitted(measured(other, None))
        one = linear_intervals(problem, end.x, ["BD"]).frame.iloc[0]
        if np.isfinite(one["high"]):
            sd = (one["high"] - one["low"]) / (2 * 1.959964)
            assert frame.loc[(candidate, "BD"), "sd"] == pytest.approx(sd, rel=0.02)


def test_a_blind_tracer_comes_last_and_is_said_to_determine_nothing(plan):
    choices = [_named(plan, "A=unlabelled"), _named(plan, "A=[2-13C]")]
    frame = design_tracer(plan, ["split"], choices).to_frame()
    assert frame["design"].iloc[-1] == "A=unlabelled"
    last = frame.set_index("design").loc["A=unlabelled"]
    assert last["determined"] == 0.0
    assert last["sd"] > 20


def test_one_more_experiment_never_hurts(plan):
    frame = design_tracer(
        plan, ["BD", "split"], standard_candidates(plan), parallel=True
    ).to_frame()
    present = frame[frame["design"] == PRESENT].set_index("flux")["sd"]
    for _, rows in frame.groupby("design"):
        assert (rows.set_index("flux")["sd"] <= present * (1 + 1e-9)).all()


def test_twice_the_same_experiment_halves_the_variance():
    plan = study(sd=0.005, uptake_sd=1e-6)
    again = _named(plan, "A=[2-13C]", purity=1.0)
    frame = design_tracer(plan, ["split"], [again], parallel=True).to_frame().set_index("design")
    ratio = frame.loc["A=[2-13C]", "sd"] / frame.loc[PRESENT, "sd"]
    assert ratio == pytest.approx(0.5**0.5, rel=1e-3)


def test_designs_are_judged_at_all_states(plan):
    open_plan = replace(plan, point=FluxPoint())
    found = design_tracer(open_plan, ["split"], standard_candidates(plan), random=7)
    assert found.n_points == 7
    frame = found.to_frame()
    assert (frame["sd_low"] <= frame["sd"]).all()
    assert (frame["sd"] <= frame["sd_high"]).all()
    _, end = fitted(plan)
    points = np.array([end.x, end.x + np.array([1.0, 0.0, 0.1])])
    assert design_tracer(plan, ["split"], standard_candidates(plan), points=points).n_points == 2


def test_a_mixture_is_at_least_as_good_as_its_parts(plan):
    forms = [_named(plan, f"A={form}") for form in ("[1-13C]", "[2-13C]", "[U-13C]")]
    mixture = best_mixture(plan, ["BD"], forms)
    frame = design_tracer(plan, ["BD"], [mixture, *forms]).to_frame().set_index("design")
    assert frame.loc[mixture.name, "sd"] <= frame["sd"].drop([mixture.name, PRESENT]).min() * 1.02
    assert sum(tracer.fraction for tracer in mixture.feeds[0].tracers) == pytest.approx(1.0)


def test_report_and_picture(plan, tmp_path):
    choices = standard_candidates(plan, mixtures=4)
    found = design_tracer(plan, ["split", Flux("BD", "exchange")], choices, jobs=2)
    assert [ax.get_title(loc="left") for ax in found.plot().axes] == [
        "split",
        "BD exchange (relative)",
    ]
    assert found.best in found.summary()
    html = found.report(tmp_path / "design.html").read_text(encoding="utf-8")
    assert "as in the study" in html
    assert found.to_json()


def test_bad_requests_are_refused(plan):
    choices = standard_candidates(plan)
    with pytest.raises(InputError, match="give fluxes"):
        design_tracer(plan, [], choices)
    with pytest.raises(InputError, match="different names"):
        design_tracer(plan, ["BD"], [choices[0], choices[0]])
    with pytest.raises(UnknownNameError, match="BDD"):
        design_tracer(plan, ["BDD"], choices)
    with pytest.raises(InputError, match="one species"):
        best_mixture(plan, ["BD"], choices[:1])
    with pytest.raises(InputError, match="measures no label"):
        design_tracer(replace(plan, experiments=()), ["BD"], choices)


def _named(plan, text, purity=0.99):
    return parse_candidate(text, plan, purity)


def test_sampling_times_are_chosen_before_steady_state(plan):
    (one,) = plan.experiments
    moving = replace(
        one, stationary=False, labels=tuple(replace(m, times=(1.0,)) for m in one.labels)
    )
    sizes = dict.fromkeys("BCDE", 50.0)
    point = replace(plan.point, pools=sizes)
    early = replace(plan, experiments=(moving,), point=point, time_unit="h")
    choices = [parse_candidate(text, early) for text in ("@ 1, 2", "@ 0.001", "A=[1-13C] @ 1, 2")]
    frame = design_tracer(early, ["split", "B"], choices).to_frame()
    pool = frame[frame["flux"] == "B"].set_index("design")
    assert pool["kind"].unique().tolist() == ["pool"]
    assert pool.loc["@ 1, 2", "sd"] < pool.loc[PRESENT, "sd"] < pool.loc["@ 0.001", "sd"]
    assert pool.loc["@ 0.001", "determined"] == 0.0
