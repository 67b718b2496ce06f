"""Checks of what the equations do: gross fluxes, equilibria, moieties, the reference state."""

import re
from collections.abc import Iterator, Mapping
from math import isclose, prod

import numpy as np
from scipy.linalg import null_space

from cahill.core.network_check import Issue
from cahill.cycle.build import CycleModel
from cahill.io.sbml import SbmlReaction

TRIALS = 8
SEED = 20
# Factors on the reference state: wide enough to turn every equilibrium, and no store overfilled.
FACTORS = (0.2, 1.9)
TOLERANCE = 1e-9
"""Largest relative difference between two sides of a law that counts as equal."""
DRIFT = 1e-6
"""Largest relative change of a pool at the reference state, 1/min."""

_CONSTANTS = re.compile(r"(reverse_ratio_\w+) *:= *pingpong_ratio\(([^)]*)\)")
_REVERSE_VMAX = re.compile(r"vmax_reverse_(\w+) *:= *(\w+)\*(reverse_ratio_\w+)")
_KEQ = re.compile(r"\bkeq_\w+")


def trials(model: CycleModel) -> list[dict[str, float]]:
    """Return every quantity of the model at random states around the reference one."""
    system = model.system
    random = np.random.default_rng(SEED)
    states = system.default_state * random.uniform(*FACTORS, (TRIALS, system.n_states))
    return [values_at(model, state) for state in states]


def emptied(model: CycleModel) -> list[dict[str, float]]:
    """Return every quantity at the reference state with one state at zero, for each state."""
    system = model.system
    states = [
        system.default_state * (np.arange(system.n_states) != place)
        for place in range(system.n_states)
    ]
    return [values_at(model, state) for state in states]


def values_at(model: CycleModel, state: np.ndarray) -> dict[str, float]:
    """Return states, parameters and observables at a state, by name.

    Parameters
    ----------
    model : CycleModel
        The model.
    state : numpy.ndarray
        Shape (n_states,), model units.
    """
    system, parameters = model.system, model.system.default_parameters
    observed = np.asarray(system.observables(0.0, state, parameters)).ravel()
    return {
        **dict(zip(system.parameter_names, map(float, parameters))),
        **dict(zip(system.state_names, map(float, state))),
        **dict(zip(system.observable_names, map(float, observed))),
    }


def check_gross_fluxes(model: CycleModel) -> Iterator[Issue]:
    """Yield reactions whose gross fluxes are missing, negative or not those of their rate."""
    observed = set(model.system.observable_names)
    states = [*trials(model), *emptied(model)]
    for reaction in model.sbml_model.reactions:
        where = f'reaction "{reaction.id}"'
        steps = _steps(model, reaction.id)
        pairs = [step for step in steps if {f"{step}_forward", f"{step}_backward"} <= observed]
        if not reaction.reversible:
            if pairs:
                yield Issue("error", where, "is written =>, yet has gross fluxes; write ->")
            if any(values[reaction.id] < 0 for values in states):
                yield Issue("warning", where, "is written =>, yet can run backwards")
            continue
        for step in steps:
            if step not in pairs:
                names = f"{step}_forward and {step}_backward"
                yield Issue("error", where, f"runs both ways without {names}")
                continue
            forward, backward = _gross(states, step)
            net = np.array([values[reaction.id] for values in states])
            if (forward < 0).any() or (backward < 0).any():
                yield Issue("error", where, f'a gross flux of step "{step}" can be negative')
            if not (abs(forward - backward - net) <= TOLERANCE * (forward + backward)).all():
                fault = f'its rate is not forward less backward of step "{step}"'
                yield Issue("error", where, fault)


def check_equilibria(model: CycleModel) -> Iterator[Issue]:
    """Yield reversible reactions that break the Haldane relation.

    Over all steps, forward over backward times the mass-action ratio is one number, whatever the
    concentrations: the equilibrium constant. Where the law names one (`keq_...`), it is that one.
    """
    states = trials(model)
    observed = set(model.system.observable_names)
    for reaction in model.sbml_model.reactions:
        steps = _steps(model, reaction.id)
        named = {f"{step}_{side}" for step in steps for side in ("forward", "backward")}
        if not (reaction.reversible and named <= observed):
            continue
        where = f'reaction "{reaction.id}"'
        constants = np.ones(len(states))
        for step in steps:
            forward, backward = _gross(states, step)
            constants *= forward / backward
        constants *= [_mass_action(reaction, values) for values in states]
        spread = np.ptp(constants) / abs(constants).max()
        if not spread <= TOLERANCE:
            fault = "its equilibrium moves with the concentrations"
            yield Issue("error", where, f"{fault}, by {spread:.2g} of its constant")
            continue
        yield from _named_constant(model, steps, float(constants[0]), states[0], where)


def _named_constant(
    model: CycleModel, steps: list[str], found: float, values: Mapping[str, float], where: str
) -> Iterator[Issue]:
    rules = re.findall(rf"^({'|'.join(steps)})_backward *:=(.*);", model.antimony, re.MULTILINE)
    names = {name for _, formula in rules for name in _KEQ.findall(formula)}
    if len(names) == 1 and not isclose(found, values[name := names.pop()], rel_tol=TOLERANCE):
        yield Issue("error", where, f"is at equilibrium at {found:.6g}, {name} is {values[name]:g}")


def check_ping_pong(model: CycleModel) -> Iterator[Issue]:
    """Yield ping-pong enzymes whose Vmax and Km contradict Keq = (Vf/Vr)^2 Kp Kq/(Ka Kb).

    And those whose reaction is not at equilibrium where its mass-action ratio is Keq.
    """
    values = values_at(model, model.system.default_state)
    reactions = {reaction.id: reaction for reaction in model.sbml_model.reactions}
    constants = dict(_CONSTANTS.findall(model.antimony))
    for enzyme, forward_vmax, ratio in _REVERSE_VMAX.findall(model.antimony):
        where = f'enzyme "{enzyme}"'
        ka, kb, kp, kq, keq = (values[name.strip()] for name in constants[ratio].split(","))
        vf, vr = values[forward_vmax], values[f"vmax_reverse_{enzyme}"]
        if not isclose((vf / vr) ** 2 * kp * kq / (ka * kb), keq, rel_tol=TOLERANCE):
            yield Issue("error", where, f"(Vf/Vr)^2 Kp Kq/(Ka Kb) is not its Keq of {keq:g}")
        if enzyme not in reactions:
            yield Issue("error", where, "has no reaction of its name")
            continue
        balanced = _at_equilibrium(model, reactions[enzyme], keq)
        gross = max(balanced[f"{step}_forward"] for step in _steps(model, enzyme))
        if abs(balanced[enzyme]) > TOLERANCE * gross:
            net = balanced[enzyme]
            yield Issue("error", where, f"its rate is {net:.2g} mmol/min at equilibrium, not zero")


def _at_equilibrium(model: CycleModel, reaction: SbmlReaction, keq: float) -> dict[str, float]:
    """Return the model's quantities after one product is set so that the ratio is Keq."""
    system, state = model.system, model.system.default_state.copy()
    product = system.state_index(next(iter(reaction.products)))
    state[product] *= keq / _mass_action(reaction, values_at(model, state))
    return values_at(model, state)


def _mass_action(reaction: SbmlReaction, values: Mapping[str, float]) -> float:
    """Return products over reactants."""
    made = prod(values[name] ** count for name, count in reaction.products.items())
    return made / prod(values[name] ** count for name, count in reaction.reactants.items())


def _gross(states: list[dict[str, float]], step: str) -> tuple[np.ndarray, np.ndarray]:
    forward, backward = (
        np.array([values[f"{step}_{side}"] for values in states])
        for side in ("forward", "backward")
    )
    return forward, backward


def _steps(model: CycleModel, reaction: str) -> list[str]:
    return [step.id for step in model.network.steps if step.reaction == reaction]


def check_moieties(model: CycleModel) -> Iterator[Issue]:
    """Yield a warning for every sum of pools that no reaction changes.

    The amino group that an aminotransferase carries is no pool of the model and takes no part.
    """
    system = model.system
    volumes = values_at(model, system.default_state)
    pools = [row for row in model.species.values() if row.id in system.state_names]
    places = [system.state_index(row.id) for row in pools]
    amounts = np.array([[volumes[row.compartment]] for row in pools])
    for weights in null_space((system.stoichiometry[places] * amounts).T).T:
        members = ", ".join(row.id for row, weight in zip(pools, weights) if abs(weight) > 1e-8)
        yield Issue("warning", "network", f"no reaction changes the sum of {members}")


def check_empty_pools(model: CycleModel) -> Iterator[Issue]:
    """Yield every pool that a reaction can drive below zero: an empty pool must not be used."""
    for name, values in zip(model.system.state_names, emptied(model)):
        for reaction in model.sbml_model.reactions:
            made = reaction.products.get(name, 0.0) - reaction.reactants.get(name, 0.0)
            if made * values[reaction.id] < 0:
                yield Issue(
                    "error", f'reaction "{reaction.id}"', f"uses {name} where there is none"
                )


def check_start(model: CycleModel) -> Iterator[Issue]:
    """Yield every state that starts below zero or nowhere."""
    for name, value in zip(model.system.state_names, model.system.default_state):
        if not value >= 0:
            yield Issue("error", f'state "{name}"', f"starts at {value:g}")


def check_stationary(model: CycleModel) -> Iterator[Issue]:
    """Yield every state that drifts in the reference man; glycogen and what is slow like it may."""
    system = model.system
    rates = np.asarray(system.rhs(0.0, system.default_state, system.default_parameters)).ravel()
    slow = {row.id for row in model.species.values() if row.slow}
    for name, value, rate in zip(system.state_names, system.default_state, rates):
        drift = abs(rate) / value if value > 0 else np.inf
        if name not in slow and not drift < DRIFT:
            yield Issue("error", f'state "{name}"', f"drifts by {drift:.2g} of itself a minute")
