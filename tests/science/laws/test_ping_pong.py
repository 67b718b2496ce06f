"""The ping-pong law of the model is the steady state of its elementary mechanism.

E + A <-> EA <-> F + P and F + B <-> FB <-> E + Q by mass action, with a dead end E + I <-> EI. The
kinetic constants follow from the eight rate constants as Cleland gives them (Biochim. Biophys. Acta
67, 104 (1963)); the law must return the mechanism's net rate and the gross fluxes of both halves.
"""

from importlib.resources import files

import numpy as np
import pytest

from cahill.io.antimony import sbml_from_antimony
from cahill.io.sbml import read_sbml

CONSTANTS = ("Ka", "Kb", "Kp", "Kq", "Kia", "Kiq", "Keq")
INPUTS = ("Vf", *CONSTANTS, "A", "B", "P", "Q", "bound")
LAW = """
model law()
  r := pingpong_ratio(Ka, Kb, Kp, Kq, Keq);
  Vr := Vf*r;
  plp := pingpong_plp(r, B, P, Ka, Kq, Keq);
  pmp := pingpong_pmp(r, A, Q, Kb, Kp, Keq);
  total := pingpong_denominator(r, A, B, P, Q, Ka, Kb, Kp, Kq, Kia, Kiq, Keq, bound);
  amino_forward := Vf/Ka*A*plp/total; amino_backward := Vr/Kp*P*pmp/total;
  keto_forward := Vf/Kb*B*pmp/total; keto_backward := Vr/Kq*Q*plp/total;
"""
FLUXES = ("amino_forward", "amino_backward", "keto_forward", "keto_backward")


@pytest.fixture(scope="module")
def law():
    """Return the gross fluxes of the model's own functions, given the inputs by name."""
    functions = files("cahill").joinpath("data/models/functions.ant").read_text("utf-8")
    values = "".join(f"  {name} = 1;\n" for name in INPUTS)
    clock = "  clock' = 0; clock = 0;\n"
    system = read_sbml(sbml_from_antimony(f"{functions}{LAW}{values}{clock}end\n", "law")).system

    def fluxes(**inputs):
        parameters = system.parameters_with(**inputs)
        observed = np.asarray(system.observables(0.0, system.default_state, parameters)).ravel()
        return np.array([observed[system.observable_index(name)] for name in (*FLUXES, "Vr")])

    return fluxes


def mechanism(k, enzyme, a, b, p, q, inhibition):
    """Return the steady gross fluxes of the mechanism, solved as linear balances of its forms."""
    k1, k2, k3, k4, k5, k6, k7, k8 = k
    # Forms E, EA, F, FB; the dead end takes `inhibition` - 1 enzymes for each free E.
    rates = np.array(
        [
            [-(k1 * a + k8 * q), k2, 0, k7],
            [k1 * a, -(k2 + k3), k4 * p, 0],
            [0, k3, -(k4 * p + k5 * b), k6],
            [inhibition, 1, 1, 1],
        ]
    )
    # Every balance is scaled alone, so that slow and fast steps weigh the same.
    scale = np.abs(rates).max(axis=1)
    e, _, f, _ = np.linalg.solve(rates / scale[:, None], np.array([0, 0, 0, enzyme]) / scale)
    through_ea, through_fb = k3 / (k2 + k3), k7 / (k6 + k7)
    return np.array(
        [
            e * k1 * a * through_ea,
            f * k4 * p * (1 - through_ea),
            f * k5 * b * through_fb,
            e * k8 * q * (1 - through_fb),
        ]
    )


def cleland(k, enzyme):
    """Return the kinetic constants, and the reverse Vmax, of the eight rate constants."""
    k1, k2, k3, k4, k5, k6, k7, k8 = k
    constants = {
        "Vf": k3 * k7 * enzyme / (k3 + k7),
        "Ka": k7 * (k2 + k3) / (k1 * (k3 + k7)),
        "Kb": k3 * (k6 + k7) / (k5 * (k3 + k7)),
        "Kp": k6 * (k2 + k3) / (k4 * (k2 + k6)),
        "Kq": k2 * (k6 + k7) / (k8 * (k2 + k6)),
        "Kia": k2 / k1,
        "Kiq": k7 / k8,
        "Keq": k1 * k3 * k5 * k7 / (k2 * k4 * k6 * k8),
    }
    return constants, k2 * k6 * enzyme / (k2 + k6)


@pytest.mark.parametrize("inhibition", [1.0, 7.0])
def test_the_law_is_the_steady_state_of_the_mechanism(law, inhibition):
    random = np.random.default_rng(5)
    worst = 0.0
    for _ in range(200):
        k = 10 ** random.uniform(-2, 2, 8)
        enzyme, a, b, p, q = 10 ** random.uniform(-1.5, 1.5, 5)
        constants, vr = cleland(k, enzyme)
        found = law(**constants, A=a, B=b, P=p, Q=q, bound=inhibition)
        expected = np.append(mechanism(k, enzyme, a, b, p, q, inhibition), vr)
        worst = max(worst, np.max(np.abs(found / expected - 1)))
        forward, backward, again, back = found[:4]
        assert forward - backward == pytest.approx(again - back, rel=1e-9, abs=1e-10 * forward)
    assert worst < 1e-10


def test_an_absent_enzyme_does_nothing(law):
    constants, _ = cleland(np.arange(1.0, 9.0), 1.0)
    fluxes = law(**{**constants, "Vf": 0.0}, A=1, B=1, P=1, Q=1, bound=1)
    assert (fluxes == 0).all()
