"""What is reported of a state: identities that hold whatever the numbers are."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cahill.cycle.build import build_model
from cahill.cycle.carbon_transfer import carbon_transfer
from cahill.cycle.quantities import HEADLINE, QUANTITIES, quantity_rule, view_of
from cahill.cycle.run import run_scenario
from cahill.cycle.scenarios import load_scenario
from cahill.cycle.steady_state import steady_state
from cahill.errors import UnknownNameError

# Fluxes that bring unlabelled or labelled alanine into plasma.
INTO_PLASMA = (
    "alanine_release_muscle",
    "alanine_release_other",
    "alanine_uptake_liver_backward",
    "alanine_supply",
)
STATES = ("overnight-fast", "cortisol-64-h", "alanine-infusion", "insulin-clamp-75", "fast-60-h")


def read(view, name):
    return QUANTITIES[name].read(view)


@pytest.fixture(scope="module")
def rest(man):
    return view_of(man, man.system.default_state, man.system.default_parameters)


@pytest.fixture(scope="module")
def steady():
    """The steady state at given glycogen."""
    return steady_state().view


@pytest.fixture(scope="module", params=STATES)
def treated(request, man):
    """The end of a scenario."""
    scenario = load_scenario(request.param)
    return run_scenario(man, scenario, [0.0, scenario.duration]).view(scenario.duration)


@pytest.mark.parametrize("state", ["rest", "steady"])
def test_glucose_production_is_glycogenolysis_and_gluconeogenesis(state, request):
    view = request.getfixturevalue(state)
    parts = read(view, "hepatic_glycogenolysis") + read(view, "gluconeogenesis")
    assert read(view, "egp") == pytest.approx(parts, rel=1e-7)
    share = 100 * read(view, "gluconeogenesis") / read(view, "egp")
    assert read(view, "gluconeogenesis_share") == pytest.approx(share)


def test_at_the_steady_state_what_appears_goes_somewhere(steady):
    assert read(steady, "egp") == pytest.approx(read(steady, "glucose_disposal"), rel=1e-7)
    into = steady.flux(*INTO_PLASMA)
    out = steady.flux(
        "alanine_uptake_muscle", "alanine_uptake_other", "alanine_uptake_liver_forward"
    )
    assert into == pytest.approx(out, rel=1e-7)
    urea = 2 * steady.flux("urea_excretion")
    assert read(steady, "urea_nitrogen") == pytest.approx(urea, rel=1e-7)


def test_a_tracers_ra_is_at_most_the_gross_inflow(treated):
    """Label that returns to plasma makes the apparent inflow smaller, never larger."""
    inflow = treated.flux(*INTO_PLASMA)
    assert 0 < read(treated, "alanine_ra") <= inflow * (1 + 1e-9)
    lactate = treated.flux(
        "lactate_exchange_muscle_forward",
        "lactate_exchange_other_forward",
        "lactate_exchange_liver_backward",
    )
    assert 0 < read(treated, "lactate_ra") <= lactate * (1 + 1e-9)


def test_carbon_transfers_are_shares_of_what_appears(treated):
    assert 0 < read(treated, "glucose_to_alanine") < read(treated, "alanine_ra")
    assert 0 < read(treated, "alanine_to_glucose_uncorrected") < read(treated, "alanine_ra")
    assert read(treated, "tca_exchange") < 1
    corrected = read(treated, "alanine_to_glucose") * (1 - read(treated, "tca_exchange"))
    assert corrected == pytest.approx(read(treated, "alanine_to_glucose_uncorrected"), rel=1e-9)
    both = read(treated, "alanine_from_pyruvate") + read(treated, "alanine_from_protein")
    assert both == pytest.approx(read(treated, "alanine_ra"), rel=1e-12)


def test_the_fasted_cycle_loses_label(rest, steady):
    for view in (rest, steady):
        assert 0 < read(view, "tca_exchange") < 1


@settings(max_examples=10, deadline=None)
@given(st.floats(0.05, 20.0))
def test_carbon_transfers_scale_with_the_fluxes(factor):
    """Twice every flux is twice every rate of appearance and transfer, at the same enrichments."""
    man = build_model()
    network = man.network
    rest = view_of(man, man.system.default_state, man.system.default_parameters)
    unlabelled = network.of_kind("slow", "boundary")
    forward, backward = rest.gross

    def transfers(scale):
        found = carbon_transfer(
            network.steps,
            {name: scale * flux for name, flux in forward.items()},
            {name: scale * flux for name, flux in backward.items()},
            unlabelled,
        )
        rates = (found.alanine_ra, found.glucose_ra, found.glucose_to_alanine,
                 found.alanine_to_glucose, found.alanine_to_glucose_corrected)  # fmt: skip
        return np.array(rates), found.exchange

    (once, exchange), (scaled, same) = transfers(1.0), transfers(factor)
    np.testing.assert_allclose(scaled, factor * once, rtol=1e-9)
    assert same == pytest.approx(exchange, rel=1e-9)


def test_fluxes_are_per_kg(man, rest):
    weight = man.parameters["body_weight"].value
    assert rest.flux("PC_liver") == pytest.approx(1000 * rest.value("PC_liver") / weight)
    assert rest.flux("PC_liver", "PEPCK_liver") == pytest.approx(
        rest.flux("PC_liver") + rest.flux("PEPCK_liver")
    )


def test_gross_fluxes_make_up_the_net_flux_of_every_step(man, rest):
    forward, backward = rest.gross
    assert set(forward) == {step.id for step in man.network.steps}
    assert min(forward.values()) >= 0
    assert min(backward.values()) >= 0
    for step in man.network.steps:
        net = forward[step.id] - backward[step.id]
        assert net == pytest.approx(rest.value(step.reaction), rel=1e-9, abs=1e-9), step.id


@pytest.mark.parametrize("minutes", [0.0, 60.0, 239.0])
def test_a_view_of_the_state_is_the_view_of_the_run(man, minutes):
    run = run_scenario(man, load_scenario("alanine-infusion"), [0.0, 60.0, 239.0])
    of_run = run.view(minutes)
    again = view_of(man, of_run.state, of_run.parameters)
    np.testing.assert_allclose(again.observables, of_run.observables, rtol=1e-12, atol=1e-15)
    assert again.flux("alanine_supply") == pytest.approx(6.0)
    for name in HEADLINE:
        assert read(again, name) == pytest.approx(read(of_run, name), rel=1e-9)


def test_every_quantity_can_be_read_and_is_a_number(rest):
    for name, rule in QUANTITIES.items():
        assert np.isfinite(rule.read(rest)), name
        assert rule.title, name
        assert rule.unit, name
    assert set(HEADLINE) <= set(QUANTITIES)


def test_an_unknown_quantity_is_named():
    with pytest.raises(UnknownNameError, match="did you mean alanine_ra"):
        quantity_rule("alanin_ra")
