"""Rate laws of ALT in the forward direction, without products, and of its inhibitors.

The ping-pong law is that of the cycle model (`pingpong_denominator` in functions.ant) with pyruvate
and glutamate at zero: v = Vmax A B/(Km_Ala B + Km_AKG A + A B), A alanine, B 2-oxoglutarate. The
model's ki_Ala and ki_Glu stand in terms with a product, so initial rates without products cannot
tell them; what such rates can show is substrate inhibition, the wrong substrate bound to a form of
the enzyme (Cornish-Bowden 2012, ping-pong: A on the PMP form, B on the PLP form).
"""

from collections.abc import Mapping

import numpy as np

from cahill.assays.kinetics.kinetic_fit import Conditions, RateLaw

SUBSTRATES = {"alanine": "ala", "oxoglutarate": "akg"}
LETTERS = {"alanine": "A", "oxoglutarate": "B"}


def michaelis_menten(substrate: str) -> RateLaw:
    """Return v = Vmax S/(Km + S) for one substrate."""
    km, letter = f"km_{SUBSTRATES[substrate]}", LETTERS[substrate]

    def shape(values: Mapping[str, float], at: Conditions) -> np.ndarray:
        s = getattr(at, substrate)
        return s / (values[km] + s)

    return RateLaw(
        "Michaelis-Menten",
        f"Vmax {letter}/({km} + {letter})",
        ("vmax", km),
        shape,
        {km: substrate},
        {f"vmax_over_{km}": ("vmax", km)},
    )


def substrate_inhibition(substrate: str) -> RateLaw:
    """Return v = Vmax S/(Km + S + S^2/Ksi) for one substrate."""
    short, letter = SUBSTRATES[substrate], LETTERS[substrate]
    km, ksi = f"km_{short}", f"ksi_{short}"

    def shape(values: Mapping[str, float], at: Conditions) -> np.ndarray:
        s = getattr(at, substrate)
        return s / (values[km] + s * (1 + s / values[ksi]))

    return RateLaw(
        "Michaelis-Menten with substrate inhibition",
        f"Vmax {letter}/({km} + {letter}(1 + {letter}/{ksi}))",
        ("vmax", km, ksi),
        shape,
        {km: substrate, ksi: substrate},
        {f"vmax_over_{km}": ("vmax", km)},
        within="Michaelis-Menten",
    )


def ping_pong(*inhibiting: str) -> RateLaw:
    """Return the ping-pong bi-bi law, with inhibition by the substrates named."""
    names = ("vmax", "km_ala", "km_akg", *(f"ksi_{SUBSTRATES[name]}" for name in inhibiting))

    def shape(values: Mapping[str, float], at: Conditions) -> np.ndarray:
        a, b = at.alanine, at.oxoglutarate
        plp = values["km_ala"] * b
        pmp = values["km_akg"] * a
        if "ksi_akg" in values:
            plp = plp * (1 + b / values["ksi_akg"])
        if "ksi_ala" in values:
            pmp = pmp * (1 + a / values["ksi_ala"])
        return a * b / (plp + pmp + a * b)

    by = {"alanine": "alanine", "oxoglutarate": "2-oxoglutarate"}
    title = "ping-pong bi-bi"
    if inhibiting:
        title += f" inhibited by {' and '.join(by[name] for name in inhibiting)}"
    left = "km_ala B (1 + B/ksi_akg)" if "oxoglutarate" in inhibiting else "km_ala B"
    right = "km_akg A (1 + A/ksi_ala)" if "alanine" in inhibiting else "km_akg A"
    scales = {"km_ala": "alanine", "km_akg": "oxoglutarate"}
    scales |= {f"ksi_{SUBSTRATES[name]}": name for name in inhibiting}
    return RateLaw(
        title,
        f"Vmax A B/({left} + {right} + A B)",
        names,
        shape,
        scales,
        {"vmax_over_km_ala": ("vmax", "km_ala"), "vmax_over_km_akg": ("vmax", "km_akg")},
        within="ping-pong bi-bi" if inhibiting else "",
    )


def sequential() -> RateLaw:
    """Return the sequential (ternary complex) law; without its constant term it is ping-pong."""

    def shape(values: Mapping[str, float], at: Conditions) -> np.ndarray:
        a, b = at.alanine, at.oxoglutarate
        free = values["kia_ala"] * values["km_akg"]
        return a * b / (free + values["km_ala"] * b + values["km_akg"] * a + a * b)

    return RateLaw(
        "sequential (ternary complex)",
        "Vmax A B/(kia_ala km_akg + km_ala B + km_akg A + A B)",
        ("vmax", "km_ala", "km_akg", "kia_ala"),
        shape,
        {"km_ala": "alanine", "km_akg": "oxoglutarate", "kia_ala": "alanine"},
        {"vmax_over_km_ala": ("vmax", "km_ala"), "vmax_over_km_akg": ("vmax", "km_akg")},
        within="ping-pong bi-bi",
    )


# --- an inhibitor and one substrate that varies ---
def inhibited_one_substrate(substrate: str) -> tuple[RateLaw, ...]:
    """Return the four classical laws: competitive, uncompetitive, noncompetitive, mixed.

    v = Vmax S/(Km (1 + I/Kic) + S (1 + I/Kiu)); noncompetitive is Kic = Kiu = Ki.
    """
    km, letter = f"km_{SUBSTRATES[substrate]}", LETTERS[substrate]

    def law(name: str, constants: tuple[str, ...], free: str, bound: str, within: str) -> RateLaw:
        def shape(values: Mapping[str, float], at: Conditions) -> np.ndarray:
            s, i = getattr(at, substrate), at.inhibitor
            on_free = 1 + i / values[free] if free else 1.0
            on_bound = 1 + i / values[bound] if bound else 1.0
            return s / (values[km] * on_free + s * on_bound)

        left = f"{km}(1 + I/{free})" if free else km
        right = f"{letter}(1 + I/{bound})" if bound else letter
        scales = {km: substrate} | dict.fromkeys(constants, "inhibitor")
        equation = f"Vmax {letter}/({left} + {right})"
        return RateLaw(name, equation, ("vmax", km, *constants), shape, scales, within=within)

    return (
        law("competitive", ("kic",), "kic", "", ""),
        law("uncompetitive", ("kiu",), "", "kiu", ""),
        law("noncompetitive", ("ki",), "ki", "ki", ""),
        law("mixed", ("kic", "kiu"), "kic", "kiu", "noncompetitive"),
    )


# --- an inhibitor and both substrates ---
FORMS = {
    "competitive with alanine (binds the PLP form)": ("ki_plp",),
    "competitive with 2-oxoglutarate (binds the PMP form)": ("ki_pmp",),
    "uncompetitive (binds the central complexes)": ("ki_central",),
    "noncompetitive (binds every form alike)": ("ki",),
    "binds the PLP and PMP forms": ("ki_plp", "ki_pmp"),
    "mixed against alanine (PLP form and central complexes)": ("ki_plp", "ki_central"),
    "mixed against 2-oxoglutarate (PMP form and central complexes)": ("ki_pmp", "ki_central"),
}
"""Which enzyme forms an inhibitor holds, and the dissociation constants of it."""


def inhibited_ping_pong() -> tuple[RateLaw, ...]:
    """Return the ping-pong law with an inhibitor on each form of the enzyme, and on several."""
    return tuple(_form_law(name, constants) for name, constants in FORMS.items())


def _form_law(name: str, constants: tuple[str, ...]) -> RateLaw:
    def shape(values: Mapping[str, float], at: Conditions) -> np.ndarray:
        a, b, i = at.alanine, at.oxoglutarate, at.inhibitor
        parts = []
        for form in ("ki_plp", "ki_pmp", "ki_central"):
            constant = values.get(form) if "ki" not in values else values["ki"]
            parts.append(1.0 if constant is None else 1 + i / constant)
        plp, pmp, central = parts
        below = values["km_ala"] * b * plp + values["km_akg"] * a * pmp + a * b * central
        return a * b / below

    def term(text: str, form: str) -> str:
        constant = "ki" if "ki" in constants else form
        return f"{text}(1 + I/{constant})" if constant in constants else text

    terms = (term("km_ala B", "ki_plp"), term("km_akg A", "ki_pmp"), term("A B", "ki_central"))
    within = "competitive with alanine (binds the PLP form)" if len(constants) > 1 else ""
    if constants == ("ki_pmp", "ki_central"):
        within = "competitive with 2-oxoglutarate (binds the PMP form)"
    scales = {"km_ala": "alanine", "km_akg": "oxoglutarate"}
    return RateLaw(
        name,
        f"Vmax A B/({' + '.join(terms)})",
        ("vmax", "km_ala", "km_akg", *constants),
        shape,
        scales | dict.fromkeys(constants, "inhibitor"),
        within=within,
    )


# --- an inhibitor at fixed substrates ---
def dose_responses() -> tuple[RateLaw, ...]:
    """Return the inhibition curves: slope 1, three parameters (to zero) and four (to a floor)."""

    def simple(values: Mapping[str, float], at: Conditions) -> np.ndarray:
        return 1 / (1 + at.inhibitor / values["ic50"])

    def three(values: Mapping[str, float], at: Conditions) -> np.ndarray:
        return 1 / (1 + (at.inhibitor / values["ic50"]) ** values["slope"])

    def four(values: Mapping[str, float], at: Conditions) -> np.ndarray:
        floor = values["floor"]
        return floor + (1 - floor) * three(values, at)

    scale = {"ic50": "inhibitor"}
    return (
        RateLaw("slope 1", "top/(1 + I/IC50)", ("top", "ic50"), simple, scale),
        RateLaw(
            "three parameters",
            "top/(1 + (I/IC50)^slope)",
            ("top", "ic50", "slope"),
            three,
            scale | {"slope": "one"},
            within="slope 1",
        ),
        RateLaw(
            "four parameters",
            "top (floor + (1 - floor)/(1 + (I/IC50)^slope))",
            ("top", "ic50", "slope", "floor"),
            four,
            scale | {"slope": "one", "floor": "one"},
            within="three parameters",
        ),
    )


def tight_binding(enzyme: float) -> RateLaw:
    """Return Morrison's law for an inhibitor about as concentrated as the enzyme.

    Morrison 1969; the apparent Ki is that of the substrates present.

    Parameters
    ----------
    enzyme : float
        Active sites, umol/L.
    """

    def shape(values: Mapping[str, float], at: Conditions) -> np.ndarray:
        i, k = at.inhibitor, values["ki_apparent"]
        whole = enzyme + i + k
        # The smaller root, written so that it does not cancel where I and Ki dwarf the enzyme.
        bound = 2 * enzyme * i / (whole + np.sqrt(whole**2 - 4 * enzyme * i))
        return 1 - bound / enzyme

    return RateLaw(
        "tight binding (Morrison)",
        "top (1 - (E + I + K - sqrt((E + I + K)^2 - 4 E I))/(2 E))",
        ("top", "ki_apparent"),
        shape,
        {"ki_apparent": "inhibitor"},
    )
