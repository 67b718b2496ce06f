"""Every reversible step of the model keeps the second law, whatever the concentrations."""

import re
from math import prod

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cahill.cycle.build import build_model
from cahill.cycle.check_laws import values_at

MODEL = build_model()
SYSTEM = MODEL.system
REVERSIBLE = [reaction for reaction in MODEL.sbml_model.reactions if reaction.reversible]
STEPS = {
    reaction.id: [step.id for step in MODEL.network.steps if step.reaction == reaction.id]
    for reaction in REVERSIBLE
}
factors = st.lists(st.floats(-2, 2), min_size=SYSTEM.n_states, max_size=SYSTEM.n_states).map(
    lambda powers: SYSTEM.default_state * 10 ** np.array(powers)
)
some = settings(max_examples=25, deadline=None)


def ratio(reaction, values):
    """Return products over reactants."""
    made = prod(values[name] ** n for name, n in reaction.products.items())
    return made / prod(values[name] ** n for name, n in reaction.reactants.items())


def gross_ratio(reaction, values):
    """Return forward over backward, over all steps of a reaction."""
    return prod(
        values[f"{step}_forward"] / values[f"{step}_backward"] for step in STEPS[reaction.id]
    )


def constant(reaction):
    """Return the equilibrium constant the law names, or None."""
    text = "|".join(STEPS[reaction.id])
    rules = re.findall(rf"^(?:{text})_backward *:=.*", MODEL.antimony, re.MULTILINE)
    names = set(re.findall(r"\bkeq_\w+", " ".join(rules)))
    if not names:
        # The ping-pong enzymes carry theirs in the terms of the enzyme forms.
        forms = re.findall(rf"^{reaction.id}_plp *:=.*", MODEL.antimony, re.MULTILINE)
        names = set(re.findall(r"\bkeq_\w+", " ".join(forms)))
    return MODEL.parameters[names.pop()].value if names else None


def test_the_list_is_not_empty():
    assert len(REVERSIBLE) >= 15
    assert {"ALT1_liver", "ALT2_muscle", "LDH_muscle", "GDH_liver"} <= set(STEPS)


@some
@given(factors)
def test_gross_fluxes_stand_to_each_other_as_the_equilibrium_demands(state):
    values = values_at(MODEL, state)
    base = values_at(MODEL, SYSTEM.default_state)
    for reaction in REVERSIBLE:
        now = gross_ratio(reaction, values) * ratio(reaction, values)
        keq = constant(reaction)
        if keq is None:
            keq = gross_ratio(reaction, base) * ratio(reaction, base)
        assert now == pytest.approx(keq, rel=1e-9), reaction.id


@some
@given(factors)
def test_nothing_moves_at_equilibrium(state):
    values = values_at(MODEL, state)
    for reaction in REVERSIBLE:
        product = next(iter(reaction.products))
        target = state.copy()
        change = gross_ratio(reaction, values)
        assume(1e-12 < change < 1e12)
        # Forward over backward falls as the product rises, one for one.
        target[SYSTEM.state_index(product)] *= change
        balanced = values_at(MODEL, target)
        gross = max(balanced[f"{step}_forward"] for step in STEPS[reaction.id])
        assert abs(balanced[reaction.id]) <= 1e-9 * gross, reaction.id


@some
@given(factors)
def test_a_reaction_runs_the_way_its_mass_action_ratio_says(state):
    values = values_at(MODEL, state)
    for reaction in REVERSIBLE:
        downhill = np.log(gross_ratio(reaction, values))
        assume(abs(downhill) > 1e-6)
        assert np.sign(values[reaction.id]) == np.sign(downhill), reaction.id


@some
@given(factors)
def test_both_halves_of_an_aminotransferase_turn_at_the_same_net_rate(state):
    values = values_at(MODEL, state)
    for reaction in REVERSIBLE:
        for step in STEPS[reaction.id]:
            forward, backward = values[f"{step}_forward"], values[f"{step}_backward"]
            assert abs(forward - backward - values[reaction.id]) <= 1e-9 * (forward + backward)
