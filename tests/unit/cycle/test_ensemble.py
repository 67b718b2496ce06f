import numpy as np
import pandas as pd
import pytest

from cahill.cycle import ensemble as module
from cahill.cycle.build import build_model
from cahill.cycle.ensemble import ensemble
from cahill.cycle.inputs import inputs
from cahill.cycle.quantities import QUANTITIES
from cahill.cycle.sensitivity import not_identified, rank_correlations
from cahill.cycle.subjects import (
    Varied,
    draw_subjects,
    postabsorptive_state,
    subject_parameters,
    varied_parameters,
)
from cahill.errors import ConvergenceError, InputError, UnknownNameError

MEMBERS = 10


@pytest.fixture(scope="module")
def result():
    return ensemble("overnight-fast", MEMBERS, seed=3)


def _same_bits(first, second):
    left, right = first.to_frame(), second.to_frame()
    pd.testing.assert_frame_equal(left, right, check_exact=True)
    assert np.array_equal(first.bands()["value"], second.bands()["value"])


def test_same_bits_in_two_processes(result):
    _same_bits(result, ensemble("overnight-fast", MEMBERS, seed=3, jobs=2))


def test_same_bits_on_a_cluster_of_two_processes(result):
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as cluster:
        _same_bits(
            result,
            ensemble("overnight-fast", MEMBERS, seed=3, cluster=cluster.scheduler_address),
        )


def test_another_seed_draws_others(result):
    other = draw_subjects(result.model, MEMBERS, 4)
    assert not np.array_equal(other, result.drawn)


def test_the_latin_hypercube_covers_every_range(result):
    model = result.model
    for k, item in enumerate(varied_parameters(model)):
        values = result.drawn[:, k]
        if item.fitted:
            assert np.median(values) == pytest.approx(1.0, abs=0.1)
        else:
            assert item.low <= values.min() < values.max() <= item.high
        strata = np.array([item.quantile(np.array(k / MEMBERS)) for k in range(1, MEMBERS)])
        assert np.array_equal(np.sort(np.searchsorted(strata, values)), np.arange(MEMBERS))


def test_what_is_not_varied():
    names = {item.id for item in varied_parameters(build_model())}
    assert not names & {*inputs(), "body_weight", "unit_per_mmol"}
    assert not [name for name in names if name.endswith("_reference")]
    assert {"km_Ala_ALT1", "vmax_ALT1_liver", "vmax_PC_liver", "blood"} <= names


def test_wide_ranges_are_sampled_on_a_logarithmic_scale():
    wide = Varied("wide", 0, 0.1, 10.0, "assumed", "")
    narrow = Varied("narrow", 0, 1.0, 2.0, "assumed", "")
    half = np.array([0.5])
    assert wide.quantile(half)[0] == pytest.approx(1.0)
    assert narrow.quantile(half)[0] == pytest.approx(1.5)


def test_a_subject_with_the_usual_constants_is_the_reference_man():
    model = build_model()
    defaults = model.system.default_parameters
    usual = np.array(
        [1.0 if item.fitted else defaults[item.place] for item in varied_parameters(model)]
    )
    assert subject_parameters(model, usual) == pytest.approx(defaults, rel=1e-9)


def test_constants_alone_leave_the_measured_fluxes_in_place():
    """A Km from its range changes how a flux answers, not the flux that was measured."""
    model = build_model()
    defaults = model.system.default_parameters
    usual = np.array(
        [1.0 if item.fitted else defaults[item.place] for item in varied_parameters(model)]
    )
    names = [item.id for item in varied_parameters(model)]
    usual[names.index("km_Pyr_PC")] = 0.4
    parameters = subject_parameters(model, usual)
    state = postabsorptive_state(model, parameters)
    assert (
        parameters[model.system.parameter_index("vmax_PC_liver")]
        > 1.2 * defaults[model.system.parameter_index("vmax_PC_liver")]
    )
    free = [name not in ("ALT1_serum", "ALT2_serum") for name in model.system.state_names]
    usual_state = postabsorptive_state(model, defaults)
    assert state[free] == pytest.approx(usual_state[free], rel=1e-3)


def test_an_implausible_subject_is_a_row_with_its_reason(monkeypatch):
    model = build_model()
    drawn = draw_subjects(model, 4, 1)
    names = [item.id for item in varied_parameters(model)]
    drawn[2, names.index("vmax_PEPCK_liver")] = 1e-3
    monkeypatch.setattr(module, "draw_subjects", lambda *_: drawn)
    found = ensemble("overnight-fast", 4)
    rows = found.to_frame().query("member == 3")
    assert len(rows) == 1
    assert rows["reason"].iloc[0].startswith("postabsorptive state")
    assert "\n" not in rows["reason"].iloc[0]
    assert found.intervals()["members"].eq(len(found.succeeded)).all()
    assert "left out" in found.notes[0]


def test_intervals_hold_every_quantity_and_the_reference_man(result):
    frame = result.intervals()
    assert frame["quantity"].tolist() == list(QUANTITIES)
    assert (frame["low"] <= frame["median"]).all()
    assert (frame["median"] <= frame["high"]).all()
    egp = frame.set_index("quantity").loc["egp"]
    assert egp["low"] < egp["reference"] < egp["high"]


def test_every_report_time_has_intervals():
    frame = ensemble("fast-60-h", 3).intervals()
    assert sorted(frame["time_h"].unique()) == [12.0, 60.0]


def test_subjects_start_from_their_own_rest():
    """With glycogen held nothing moves."""
    model = build_model()
    free = np.array([not name.startswith("Glycogen") for name in model.system.state_names])
    at_rest = 0
    for row in draw_subjects(model, 6, 1):
        parameters = subject_parameters(model, row)
        try:
            state = postabsorptive_state(model, parameters)
        except ConvergenceError:
            continue
        rates = np.asarray(model.system.rhs(0.0, state, parameters)).ravel()
        assert np.abs(rates[free] / (np.abs(state[free]) + 1e-6)).max() < 1e-8
        at_rest += 1
    assert at_rest >= 4


def test_rank_correlation_finds_the_parameter_that_matters():
    generator = np.random.default_rng(0)
    drawn = generator.random((60, 3))
    varied = [Varied(name, k, 0.0, 1.0, "assumed", "") for k, name in enumerate("abc")]
    outcomes = np.column_stack([np.exp(4 * drawn[:, 1])])
    frame = rank_correlations(drawn, outcomes, varied, ["flux"])
    assert frame["parameter"].iloc[0] == "b"
    assert frame["correlation"].iloc[0] == pytest.approx(1.0)
    assert frame["matters"].tolist()[0]
    assert "b (assumed)" in not_identified(frame, ["the flux"])


def test_progress_counts_the_subjects():
    seen = []
    ensemble("overnight-fast", 9, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(8, 9), (9, 9)]


def test_saves_report_pictures_and_tables(result, tmp_path):
    written = {path.name for path in result.save(tmp_path / "out")}
    tables = {f"{name}.csv" for name in result.tables()}
    assert tables | {"report.html", "intervals.png", "bands.png", "causes.png"} <= written


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"members": 1}, "at least 2"),
        ({"members": 4, "seed": -1}, "negative"),
        ({"members": 4, "jobs": 0}, "processes"),
        ({"members": 4, "cluster": "nonsense"}, "no Dask scheduler"),
    ],
)
def test_bad_options_are_one_line(options, words, monkeypatch):
    monkeypatch.setattr("cahill.numerics.crew._PATIENCE", "1s")
    with pytest.raises(InputError, match=words) as caught:
        ensemble("overnight-fast", **options)
    assert "\n" not in str(caught.value)


def test_an_unknown_scenario():
    with pytest.raises(UnknownNameError, match="overnight-fast"):
        ensemble("overnight-fst", 4)


def test_no_subject_at_all(monkeypatch):
    monkeypatch.setattr("cahill.cycle.subjects.GLUCOSE_RANGE", (5.0, 5.0))
    with pytest.raises(ConvergenceError):
        ensemble("overnight-fast", 2)
