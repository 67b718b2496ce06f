"""Models small enough to check by hand, and one the size of the real thing."""

from collections.abc import Sequence

import antimony
import casadi as ca
import numpy as np

from cahill.numerics.system import OdeSystem


def sbml_of(text: str) -> str:
    """Return the SBML of an Antimony model."""
    antimony.clearPreviousLoads()
    if antimony.loadAntimonyString(text) < 0:
        raise ValueError(antimony.getLastError())
    return antimony.getSBMLString(antimony.getMainModuleName())


def system_of(
    equations, states: Sequence[str], parameters: dict[str, float], start: Sequence[float]
) -> OdeSystem:
    """Return the system dx/dt = equations(t, x, p), without reactions."""
    t, x, p = ca.SX.sym("t"), ca.SX.sym("x", len(states)), ca.SX.sym("p", len(parameters))
    return OdeSystem(
        state_names=tuple(states),
        parameter_names=tuple(parameters),
        observable_names=("total",),
        default_state=np.array(start, dtype=float),
        default_parameters=np.array(list(parameters.values()), dtype=float),
        rhs=ca.Function("rhs", [t, x, p], [ca.vertcat(*equations(t, x, p))]),
        observables=ca.Function("observables", [t, x, p], [ca.sum1(x)]),
        initial=ca.Function("initial", [p], [ca.DM(list(start))]),
        stoichiometry=np.zeros((len(states), 0)),
        reaction_names=(),
    )


def chain() -> OdeSystem:
    """A -> B -> C with rate constants k1 and k2 (analytic solution known)."""
    return system_of(
        lambda t, x, p: (-p[0] * x[0], p[0] * x[0] - p[1] * x[1], p[1] * x[1]),
        ("A", "B", "C"),
        {"k1": 0.3, "k2": 1.7},
        (2.0, 0.0, 0.0),
    )


def robertson() -> OdeSystem:
    """Robertson's stiff autocatalysis (H. H. Robertson 1966)."""

    def equations(t, x, p):
        v1, v2, v3 = p[0] * x[0], p[1] * x[1] * x[1], p[2] * x[1] * x[2]
        return -v1 + v3, v1 - v2 - v3, v2

    return system_of(
        equations, ("A", "B", "C"), {"k1": 0.04, "k2": 3e7, "k3": 1e4}, (1.0, 0.0, 0.0)
    )


def van_der_pol() -> OdeSystem:
    """Van der Pol's oscillator; states of both signs."""
    return system_of(
        lambda t, x, p: (x[1], p[0] * (1 - x[0] ** 2) * x[1] - x[0]),
        ("x", "v"),
        {"mu": 5.0},
        (2.0, 0.0),
    )


def branched_pathway() -> str:
    """Return SBML of S -> A -> {B, C} -> out with one conserved pair E/EP (linear, analytic)."""
    return sbml_of("""
model branched
  compartment cell = 2.0;
  species $S in cell = 1.5, A in cell = 0.4, B in cell = 0.2, C in cell = 0.1, $P in cell = 0;
  supply: S -> A; cell*(ks*S - kr*A);
  left: A -> B; cell*ka*A;
  right: A -> C; cell*kb*A;
  out_left: B -> P; cell*kc*B;
  out_right: C -> P; cell*kd*C;
  ks = 1; kr = 0.5; ka = 0.7; kb = 0.3; kc = 2; kd = 0.4;
end
""")


def kinase_cycle() -> str:
    """Return SBML of a phosphorylation cycle with a conserved total, driving a pathway."""
    return sbml_of("""
model kinase_cycle
  compartment cell = 1.0;
  species E in cell = 1.6, EP in cell = 0.4, $S in cell = 3, M in cell = 0.1, $W in cell = 0;
  phosphorylate: E -> EP; cell*Vk*E/(Kk + E);
  dephosphorylate: EP -> E; cell*Vp*EP/(Kp + EP);
  make: S -> M; cell*kcat*EP*S/(Ks + S);
  use: M -> W; cell*Vu*M/(Ku + M);
  hormone' = secretion*M - clearance*hormone;
  hormone = 0.2;
  Vk = 1.0; Kk = 0.5; Vp = 1.3; Kp = 0.8; kcat = 0.3; Ks = 1; Vu = 2; Ku = 0.7;
  secretion = 4; clearance = 0.9;
end
""")


def two_tissues(copies: int = 5) -> str:
    """Return SBML of two tissues and blood under two hormones, about 12 states per copy.

    Reversible Michaelis-Menten chains, hormone-regulated expression, cyclic exchange through blood,
    time scales from seconds to days: the shape of the whole-body model, invented numbers.
    """
    lines = [
        "model two_tissues",
        "compartment blood = 14; compartment muscle = 20; compartment liver = 1.5;",
        "species G in blood = 5, L in blood = 1, N in blood = 0.3, $CO2 in blood = 1;",
        "Insulin' = 0.3*(60*G^4/(6^4 + G^4) - Insulin); Insulin = 30;",
        "Glucagon' = 0.1*(90*5^3/(5^3 + G^3) - Glucagon); Glucagon = 30;",
        "supply: -> G; 0.8*Glucagon/(30 + Glucagon)*2;",
        "burn: G -> CO2; 0.3*G/(3 + G)*(0.5 + Insulin/60);",
        "burn_L: L -> CO2; 0.25*L/(1 + L); burn_N: N -> CO2; 0.2*N/(0.4 + N);",
    ]
    for k in range(copies):
        lines += _tissue("m", "muscle", k, "G", "L", "Insulin")
        lines += _tissue("l", "liver", k, "L", "G" if k % 2 else "N", "Glucagon")
    return sbml_of("\n".join([*lines, "end"]))


def _tissue(tag: str, compartment: str, k: int, source: str, sink: str, hormone: str) -> list[str]:
    a, b, c, d = (f"{letter}_{tag}{k}" for letter in "ABCD")
    gene = f"{tag}{k}"
    return [
        f"species {a} in {compartment} = 0.5, {b} in {compartment} = 0.3;",
        f"species {c} in {compartment} = 0.2, {d} in {compartment} = 0.1;",
        f"mRNA_{gene}' = {0.002 * (k + 1)}*(2*{hormone}^2/(30^2 + {hormone}^2) - mRNA_{gene});",
        f"mRNA_{gene} = 1;",
        f"enzyme_{gene}' = 0.001*(mRNA_{gene} - enzyme_{gene}); enzyme_{gene} = 1;",
        f"in_{gene}: {source} -> {a}; 0.05*({source}/4 - {a}/2)/(1 + {source}/4 + {a}/2);",
        *_reversible(f"u_{gene}", a, b, f"2*enzyme_{gene}", 3.0 + k),
        *_reversible(f"v_{gene}", b, c, "5.0", 0.8),
        *_reversible(f"w_{gene}", c, d, f"enzyme_{gene}", 1.5),
        f"out_{gene}: {d} -> {sink}; 0.06*({d}/0.5 - {sink}/9)/(1 + {d}/0.5 + {sink}/9);",
    ]


def _reversible(name: str, s: str, p: str, vmax: str, keq: float) -> list[str]:
    return [
        f"{name}_forward := {vmax}*({s}/0.4)/(1 + {s}/0.4 + {p}/0.6);",
        f"{name}_backward := {vmax}*({p}/(0.4*{keq}))/(1 + {s}/0.4 + {p}/0.6);",
        f"{name}: {s} -> {p}; {name}_forward - {name}_backward;",
    ]
