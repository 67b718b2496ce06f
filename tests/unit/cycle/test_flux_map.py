"""Balancing published fluxes, and the scales that make the rate laws carry them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from cahill.core.network import Network, Species
from cahill.cycle.build import DATA, build_model
from cahill.cycle.flux_map import FluxRow, read_flux_map, reconcile, solve_scales
from cahill.errors import ModelError, UnknownNameError

# In -> A; A -> B; A -> Out; B -> Out; A <-> B by a second, two-way route.
SPECIES = {
    "In": Species("In", "In", "out", {}, "boundary"),
    "A": Species("A", "A", "cell"),
    "B": Species("B", "B", "cell"),
    "Store": Species("Store", "Store", "cell", {}, "slow"),
}
REACTIONS = {
    "enter": {"In": -1.0, "A": 1.0},
    "convert": {"A": -1.0, "B": 2.0},
    "exchange": {"A": -1.0, "B": 1.0},
    "leave": {"B": -1.0},
    "save": {"A": -1.0, "Store": 1.0},
}
TOY = Network(SPECIES, (), REACTIONS, frozenset({"exchange"}))
FLUXES = ("enter", "convert", "exchange_forward", "exchange_backward", "leave", "save")
values = st.lists(st.floats(3.0, 6.0), min_size=6, max_size=6)
errors = st.lists(st.floats(0.05, 1.0), min_size=6, max_size=6)


def row(flux, value, sd=0.5):
    return FluxRow(flux, value, sd, "", "", False, "assumed", "", "")


def rows(numbers, sds):
    # What enters and leaves is set so that the map is near balance and no flux turns negative.
    middle = dict(zip(FLUXES, numbers))
    middle["exchange_backward"] = middle["exchange_forward"]
    middle["leave"] = 2 * middle["convert"]
    middle["enter"] = middle["convert"] + middle["save"]
    shift = dict(zip(FLUXES, np.array(numbers) - 4.5))
    return [
        row(name, value + 0.2 * shift[name] * (name != "save"), sd)
        for (name, value), sd in zip(middle.items(), sds)
    ]


def imbalance(balanced):
    """Return what pools A and B gain, umol/kg/min."""
    exchange = balanced["exchange_forward"] - balanced["exchange_backward"]
    gained = balanced["enter"] - balanced["convert"] - exchange - balanced["save"]
    return np.array([gained, 2 * balanced["convert"] + exchange - balanced["leave"]])


@given(values, errors)
def test_every_pool_is_balanced_exactly(numbers, sds):
    np.testing.assert_allclose(imbalance(reconcile(rows(numbers, sds), TOY)), 0.0, atol=1e-11)


@settings(max_examples=20, deadline=None)
@given(values, errors)
def test_the_change_is_the_least_by_a_direct_constrained_search(numbers, sds):
    table = rows(numbers, sds)
    ours = np.array(list(reconcile(table, TOY).values()))
    start = np.array([item.value for item in table])
    spread = np.array([item.sd for item in table])
    direct = minimize(
        lambda z: z @ z,
        np.zeros(len(table)),
        jac=lambda z: 2 * z,
        method="SLSQP",
        constraints={
            "type": "eq",
            "fun": lambda z: imbalance(dict(zip(FLUXES, start + spread * z))),
        },
        options={"ftol": 1e-14, "maxiter": 200},
    )
    np.testing.assert_allclose(ours, start + spread * direct.x, atol=1e-5)


@given(values, errors)
def test_a_balanced_map_is_left_alone(numbers, sds):
    once = reconcile(rows(numbers, sds), TOY)
    again = reconcile([row(name, value, sd) for (name, value), sd in zip(once.items(), sds)], TOY)
    assert again == pytest.approx(once, rel=1e-10, abs=1e-12)


def test_a_certain_flux_gives_way_less():
    table = rows([4.5] * 6, [0.5] * 6)
    table[4] = row("leave", 10.0)
    loose = reconcile(table, TOY)
    table[4] = row("leave", 10.0, 0.01)
    assert abs(reconcile(table, TOY)["leave"] - 10.0) < 0.01 * abs(loose["leave"] - 10.0)


def test_a_slow_pool_and_the_boundary_are_not_balanced():
    balanced = reconcile(rows([4.5] * 6, [0.5] * 6), TOY)
    assert balanced["save"] > 0
    assert balanced["enter"] > 0


def test_rows_that_contradict_each_other_are_refused():
    table = [row("enter", 1.0, 0.01), row("convert", 5.0, 0.01), row("save", 0.5), row("leave", 10)]
    with pytest.raises(ModelError, match='"save" balances at -4 umol/kg/min, below zero; check'):
        reconcile(table, TOY)


def test_a_flux_that_is_no_reaction_is_named():
    with pytest.raises(UnknownNameError, match="did you mean convert"):
        reconcile([row("convertt", 1.0)], TOY)


# --- the shipped map -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shipped():
    return read_flux_map(DATA / "calibration" / "flux_map.tsv")


def test_the_shipped_map_balances_and_covers_the_model(shipped, man):
    balanced = reconcile(shipped, man.network)
    change = dict.fromkeys(man.network.of_kind("pool"), 0.0)
    for name, flux in balanced.items():
        reaction = name.removesuffix("_forward").removesuffix("_backward")
        sign = -1.0 if name.endswith("_backward") else 1.0
        for species, count in man.network.reactions[reaction].items():
            if species in change:
                change[species] += sign * count * flux
    assert max(map(abs, change.values())) < 1e-10
    covered = {name.removesuffix("_forward").removesuffix("_backward") for name in balanced}
    at_rest = {name for name in man.network.reactions if name.endswith("_supply")}
    assert covered == set(man.network.reactions) - at_rest


def test_every_flux_of_the_shipped_map_has_an_error_and_evidence(shipped):
    for item in shipped:
        assert item.sd > 0, item.flux
        assert item.grade in {"measured", "derived", "assumed"}, item.flux
        assert item.source or item.grade == "assumed", item.flux


# --- scales --------------------------------------------------------------------------------------

SCALED = {
    "PC_liver": "vmax_PC_liver",
    "TCA_muscle": "vmax_TCA_muscle",
    "alanine_release_muscle": "k_alanine_release_muscle",
    "alanine_uptake_muscle": "vmax_alanine_uptake_muscle",
    "lactate_exchange_muscle_forward": "k_lactate_release_muscle",
    # An equilibrium constant divides its flux.
    "GDH_liver_backward": "keq_GDH",
}


def observed(system, parameters):
    values = np.asarray(system.observables(0.0, system.default_state, parameters)).ravel()
    return dict(zip(system.observable_names, values))


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(0.2, 5.0), min_size=len(SCALED), max_size=len(SCALED)))
def test_every_target_is_met_and_nothing_else_moves(factors):
    system = build_model().system
    before = observed(system, system.default_parameters)
    targets = {
        name: (scale, before[name] * factor)
        for (name, scale), factor in zip(SCALED.items(), factors)
    }
    found = solve_scales(system, system.default_state, system.default_parameters, targets)
    after = observed(system, found)
    for name, (_, wanted) in targets.items():
        assert after[name] == pytest.approx(wanted, rel=1e-9)
    moved = {name for name, a, b in zip(system.parameter_names, system.default_parameters, found)
             if a != b}  # fmt: skip
    assert moved <= set(SCALED.values())


def test_the_shipped_parameters_carry_the_fluxes_they_name(man):
    """Reaching the fluxes that are there moves no scale."""
    system = man.system
    now = observed(system, system.default_parameters)
    targets = {name: (scale, now[name]) for name, scale in SCALED.items()}
    found = solve_scales(system, system.default_state, system.default_parameters, targets)
    np.testing.assert_allclose(found, system.default_parameters, rtol=1e-12)


def test_what_no_scale_can_mend_is_refused(man):
    system = man.system

    def solve(**targets):
        return solve_scales(system, system.default_state, system.default_parameters, targets)

    with pytest.raises(ModelError, match="the concentrations drive it the other way"):
        solve(PC_liver=("vmax_PC_liver", -1.0))
    with pytest.raises(ModelError, match="is 0, which sets no scale"):
        solve(PC_liver=("vmax_PC_liver", 0.0))
    with pytest.raises(ModelError, match='"PC_liver" is no power of its scale'):
        solve(PC_liver=("km_Pyr_PC", 1.0))
