"""Profile-likelihood and linear intervals on the EMU paper's network and on E. coli."""

import math
import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import null_space
from scipy.optimize import least_squares
from scipy.stats import chi2
from simple_network import fitted, measured, study

from cahill.core.labelling import Constraint, Flux
from cahill.errors import InputError, UnknownNameError
from cahill.io.fluxml import read_fluxml
from cahill.results.profile_curves import profile_curves
from cahill.tracing.fit_problem import FitProblem, fit_problem, refit
from cahill.tracing.flux_space import flux_space
from cahill.tracing.intervals import (
    FIXED,
    HIGH_OPEN,
    LOW_LIMIT,
    LOW_OPEN,
    NO_LIMIT,
    Target,
    linear_coordinate,
    targets,
)
from cahill.tracing.label_model import label_model
from cahill.tracing.linear_intervals import linear_intervals
from cahill.tracing.profile import profile_fluxes

TWO = ((0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
EC = Path(__file__).parents[3].parent / "shared/data/tracing/fluxml/EC.fml"


@pytest.fixture(scope="module")
def fit():
    return fitted(measured(study(sd=0.005, labels=TWO), seed=3))


@pytest.fixture(scope="module")
def profiles(fit):
    problem, end = fit
    return profile_fluxes(problem, end.x, targets(problem.space))


def held_cost(problem, row, value, start):
    """Return the least cost with `row @ theta = value`, by SciPy."""
    along = row / (row @ row)
    free = null_space(row[None, :])
    base = start + along * (value - row @ start)
    found = least_squares(lambda y: problem.residuals(base + free @ y), np.zeros(free.shape[1]))
    return 2 * found.cost


def test_the_cost_at_each_end_is_the_threshold_above_the_least(fit, profiles):
    problem, end = fit
    checked = 0
    for row in profiles.intervals.frame.to_dict("records"):
        target = Target(row["flux"], row["kind"])
        line, offset = linear_coordinate(problem.space, target)
        for name in ("low", "high"):
            if not math.isfinite(row[name]) or row[name] == 0.0:
                continue
            at = math.log(row[name]) if target.logarithmic else row[name]
            rise = held_cost(problem, line, at - offset, end.x) - end.cost
            assert rise == pytest.approx(chi2.ppf(0.95, 1), rel=0.03)
            checked += 1
    assert checked >= 12


def test_fluxes_that_are_multiples_share_an_interval(profiles):
    assert profiles.intervals.of("split") == pytest.approx(profiles.intervals.of("join"))


def test_curves_fall_to_the_fit_and_rise_to_the_threshold(profiles):
    for _, curve in profiles.curves.groupby("flux"):
        assert curve["ssr_increase"].min() == pytest.approx(0.0, abs=1e-6)
        assert (curve["ssr_increase"] >= 0).all()
        assert curve["value"].is_monotonic_increasing
    assert profile_curves(profiles.curves, unit="mmol/h")


def test_nearly_linear_fluxes_have_the_linear_interval():
    problem, end = fitted(study(sd=0.0002, labels=TWO))
    kinds = targets(problem.space, ("net", "exchange"))
    one = profile_fluxes(problem, end.x, kinds).intervals.frame
    other = linear_intervals(problem, end.x, kinds).frame
    width = (other["high"] - other["low"]).to_numpy(float)
    for name in ("low", "high"):
        assert np.all(np.abs(one[name] - other[name]) <= 0.04 * width)


def test_a_higher_level_is_a_wider_interval(fit):
    problem, end = fit
    low, high = profile_fluxes(problem, end.x, ["BD"], level=0.5).intervals.of("BD")
    wide_low, wide_high = profile_fluxes(problem, end.x, ["BD"], level=0.99).intervals.of("BD")
    assert wide_low < low < high < wide_high


def test_open_ends_are_said():
    problem, end = fitted(study(pools=("D",), labels=((1.0, 0.0, 0.0),)))
    frame = profile_fluxes(problem, end.x, targets(problem.space)).intervals.frame
    row = frame[frame["kind"] == "exchange"].iloc[0]
    assert (row["low"], row["high"], row["note"]) == (0.0, math.inf, NO_LIMIT)


def test_an_end_at_the_limit_of_the_flux_space_is_said():
    problem, end = fitted(measured(study(sd=0.2), seed=1))
    frame = profile_fluxes(problem, end.x, ["split"]).intervals.frame
    assert frame["low"].iloc[0] == 0.0
    assert frame["note"].iloc[0] == LOW_LIMIT


def test_what_nothing_measures_is_open_above():
    blind = study(sd=5.0, uptake_sd=1e6)
    problem, end = fitted(blind)
    frame = profile_fluxes(problem, end.x, ["in"]).intervals.frame
    assert frame["high"].iloc[0] == math.inf
    assert frame["note"].iloc[0] == f"{LOW_LIMIT}; {HIGH_OPEN}"


def test_constants_need_no_profile():
    held = replace(study(), constraints=(Constraint({Flux("in"): 1.0}, "=", 100.0),))
    problem, end = fitted(held)
    for intervals in (
        profile_fluxes(problem, end.x, ["in"]).intervals,
        linear_intervals(problem, end.x, ["in"]),
    ):
        assert intervals.of("in") == pytest.approx((100.0, 100.0))
        assert intervals.frame["note"].iloc[0] == FIXED


def test_a_better_fit_met_on_the_way_is_reported_and_used(fit):
    problem, end = fit
    away = end.x + np.array([4.0, 0.0, 0.0])
    ssr = float(problem.residuals(away) @ problem.residuals(away))
    found = profile_fluxes(problem, away, ["BD"])
    assert found.improved
    assert found.ssr == pytest.approx(end.cost, abs=0.01)
    assert f"{ssr:.6g}" in found.intervals.notes[0]
    assert found.intervals.of("BD") == pytest.approx(
        profile_fluxes(problem, end.x, ["BD"]).intervals.of("BD"), rel=0.02
    )


class TwoValleys(FitProblem):
    """A cost with a second valley at 40, higher by one, behind a barrier."""

    def residuals(self, theta):
        x = theta[0]
        return np.array([(x - 80) * (x - 40) / 60, (80 - x) / 40, *(theta[1:] - 1)])

    def linearised(self, theta):
        slopes = np.eye(len(theta) + 1, len(theta), -1)
        slopes[:2, 0] = (2 * theta[0] - 120) / 60, -1 / 40
        return self.residuals(theta), slopes


def test_a_second_valley_widens_the_interval(fit):
    problem, end = fit
    assert problem.space.parameters[0].of == "out"
    valleys = TwoValleys(problem.study, problem.space, problem.labels, problem.linear)
    best = np.array([80.0, *np.ones(len(end.x) - 1)])
    low, high = profile_fluxes(valleys, best, ["out"]).intervals.of("out")
    other = np.array([[40.0, *best[1:]]])
    wide_low, wide_high = profile_fluxes(valleys, best, ["out"], others=other).intervals.of("out")
    assert 76 < low < 80 < high < 84
    assert 36 < wide_low < 40
    assert wide_high == pytest.approx(high)


def test_who_computes_changes_nothing(fit):
    problem, end = fit
    seen = []
    one = profile_fluxes(problem, end.x, ["BD", "in"]).intervals.frame
    two = profile_fluxes(
        problem, end.x, ["BD", "in"], jobs=2, progress=lambda *done: seen.append(done)
    ).intervals.frame
    assert one.equals(two)
    assert seen == [(1, 2), (2, 2)]
    assert pickle.loads(pickle.dumps(problem)).n_values == problem.n_values


@settings(max_examples=8, deadline=None)
@given(factor=st.floats(0.01, 100.0))
def test_intervals_follow_the_unit_of_the_fluxes(factor):
    plain = measured(study(sd=0.005, labels=TWO), seed=5)
    point = replace(
        plain.point,
        net={name: factor * value for name, value in plain.point.net.items()},
        exchange={name: factor * value for name, value in plain.point.exchange.items()},
    )
    fluxes = tuple(
        replace(one, value=factor * one.value, sd=factor * one.sd) for one in plain.fluxes
    )
    scaled = replace(plain, point=point, fluxes=fluxes)
    ends = [
        profile_fluxes(problem, end.x, ["BD", "split"]).intervals.frame[["low", "high"]].to_numpy()
        for problem, end in map(fitted, (plain, scaled))
    ]
    assert ends[1] == pytest.approx(factor * ends[0], rel=0.02)


def test_bad_requests_are_refused(fit):
    problem, end = fit
    with pytest.raises(UnknownNameError, match="splitt"):
        profile_fluxes(problem, end.x, ["splitt"])
    with pytest.raises(InputError, match=r"level: 95 .*0\.95"):
        profile_fluxes(problem, end.x, ["in"], level=95)
    with pytest.raises(InputError, match="net or its exchange"):
        profile_fluxes(problem, end.x, [Flux("BD", "forward")])
    with pytest.raises(UnknownNameError, match="exchange"):
        linear_intervals(problem, end.x, [Flux("out", "exchange")])


def test_the_forward_flux_of_a_one_way_step_is_its_net_flux(fit):
    problem, end = fit
    found = linear_intervals(problem, end.x, [Flux("out", "forward")])
    assert found.frame["flux"].tolist() == ["out"]
    assert found.of("out") == linear_intervals(problem, end.x, ["out"]).of("out")


def test_linear_intervals_end_at_limits_of_the_flux_space():
    problem, end = fitted(measured(study(sd=0.05), seed=1))
    frame = linear_intervals(problem, end.x, targets(problem.space)).frame
    assert (frame["low"] <= frame["value"]).all()
    assert (frame["value"] <= frame["high"]).all()
    assert (frame.loc[frame["flux"] == "split", "low"] >= 0).all()


@pytest.mark.skipif(not EC.exists(), reason="shared data are not here")
def test_every_net_flux_of_e_coli_has_an_interval_round_its_value():
    problem, end = _e_coli()
    found = profile_fluxes(problem, end.x)
    frame = found.intervals.frame
    assert len(frame) == len(problem.space.reactions)
    assert (frame["low"] <= frame["value"] + 1e-6).all()
    assert (frame["value"] <= frame["high"] + 1e-6).all()
    assert not frame["note"].str.contains("followed").any()
    closed = frame[~frame["note"].str.contains(f"{LOW_OPEN}|{HIGH_OPEN}|{NO_LIMIT}")]
    assert len(closed) > 90


def _e_coli():
    plain = read_fluxml(EC, "a_STAT")
    space = flux_space(plain)
    state = space.complete(plain.point)
    rng = np.random.default_rng(1)
    (one,) = plain.experiments
    exact = label_model(plain.network, one).predict(state.gross)
    noisy = exact + 0.01 * rng.normal(size=exact.size)
    ends = np.cumsum([label.values.size for label in one.labels])[:-1]
    labels = tuple(
        replace(
            label,
            values=value.reshape(label.values.shape),
            sd=np.full(label.values.shape, 0.01),
            free_scale=False,
        )
        for label, value in zip(one.labels, np.split(noisy, ends))
    )
    data = replace(plain, experiments=(replace(one, labels=labels),))
    problem = fit_problem(data, flux_space(data))
    return problem, refit(problem, problem.space.theta(state))
