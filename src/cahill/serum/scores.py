"""Ratios and scores of several serum tests: R, new R, De Ritis, FIB-4, APRI, NFS, P_ALT.

The arguments are exact fractions in the tests' own units (U/L, 10*9/L, g/L); what is rational is
computed exactly, so that an edge is decided exactly.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

Numbers = Mapping[str, Fraction]
"""Inputs by name: a test, "<test> ULN", "age", "body_mass_index", "diabetes" (0 or 1)."""


@dataclass(frozen=True)
class Formula:
    """A formula on results of one date.

    Parameters
    ----------
    compute : callable
        From the inputs by name to the value, or to its square.
    tests : tuple of str
        Tests of which a result must stand on the date.
    limits : tuple of str
        Tests of which the upper limit of normal is used.
    person : tuple of str
        Names of `Person` fields.
    divisors : tuple of str
        Tests by which is divided.
    squared : bool
        `compute` returns the square of the value, which is rational where the value is not.
    """

    compute: Callable[[Numbers], Fraction]
    tests: tuple[str, ...]
    limits: tuple[str, ...] = ()
    person: tuple[str, ...] = ()
    divisors: tuple[str, ...] = ()
    squared: bool = False


def r_ratio(given: Numbers) -> Fraction:
    """Return R = (ALT/ULN) / (ALP/ULN) (Benichou 1990)."""
    return multiple(given, "ALT") / multiple(given, "ALP")


def new_r_ratio(given: Numbers) -> Fraction:
    """Return nR = max(ALT/ULN, AST/ULN) / (ALP/ULN) (Robles-Diaz 2014)."""
    return max(multiple(given, "ALT"), multiple(given, "AST")) / multiple(given, "ALP")


def de_ritis(given: Numbers) -> Fraction:
    """Return AST / ALT, both in U/L (De Ritis 1957)."""
    return given["AST"] / given["ALT"]


def fib4_squared(given: Numbers) -> Fraction:
    """Return the square of FIB-4 = age AST / (PLT sqrt(ALT)) (Sterling 2006).

    Age in years, AST and ALT in U/L, platelets in 10*9/L.
    """
    return (given["age"] * given["AST"] / given["PLT"]) ** 2 / given["ALT"]


def apri(given: Numbers) -> Fraction:
    """Return APRI = 100 (AST/ULN) / PLT, platelets in 10*9/L (Wai 2003)."""
    return 100 * multiple(given, "AST") / given["PLT"]


def nafld_fibrosis_score(given: Numbers) -> Fraction:
    """Return the NAFLD fibrosis score (Angulo 2007).

    Age in years, body mass index in kg/m2, AST and ALT in U/L, platelets in 10*9/L, albumin in g/L
    (its coefficient is for g/dL).
    """
    return (
        Fraction("-1.675")
        + Fraction("0.037") * given["age"]
        + Fraction("0.094") * given["body_mass_index"]
        + Fraction("1.13") * given["diabetes"]
        + Fraction("0.99") * given["AST"] / given["ALT"]
        - Fraction("0.013") * given["PLT"]
        - Fraction("0.66") * given["ALB"] / 10
    )


def p_alt(hours: Sequence[float], alt: Sequence[float]) -> float:
    """Return P_ALT = AUC peak^0.18 / 1e5 (Chung, Longo and Watkins 2019).

    Parameters
    ----------
    hours : sequence of float
        Times, ascending, h.
    alt : sequence of float
        ALT at these times, U/L.

    Returns
    -------
    float
        The area under the curve (trapezoidal rule) in U/L*h times the peak in U/L to 0.18, over
        100000.
    """
    pairs = list(zip(hours, alt))
    area = sum((t1 - t0) * (a0 + a1) / 2 for (t0, a0), (t1, a1) in pairwise(pairs))
    return area * max(alt) ** 0.18 / 1e5


def multiple(given: Numbers, test: str) -> Fraction:
    """Return a test in multiples of its upper limit of normal."""
    return given[test] / given[f"{test} ULN"]


def shown(formula: Formula, value: Fraction) -> float:
    """Return what `compute` gave as the value a reader expects."""
    return math.sqrt(value) if formula.squared else float(value)


def edge(formula: Formula, factor: Fraction) -> Fraction:
    """Return an edge on the scale of `compute`."""
    return factor * factor if formula.squared else factor


FORMULAS: Mapping[str, Formula] = {
    "r": Formula(r_ratio, ("ALT", "ALP"), limits=("ALT", "ALP"), divisors=("ALP",)),
    "nr": Formula(
        new_r_ratio, ("ALT", "AST", "ALP"), limits=("ALT", "AST", "ALP"), divisors=("ALP",)
    ),
    "de_ritis": Formula(de_ritis, ("AST", "ALT"), divisors=("ALT",)),
    "fib4": Formula(
        fib4_squared, ("AST", "ALT", "PLT"), person=("age",), divisors=("ALT", "PLT"), squared=True
    ),
    "apri": Formula(apri, ("AST", "PLT"), limits=("AST",), divisors=("PLT",)),
    "nfs": Formula(
        nafld_fibrosis_score,
        ("AST", "ALT", "PLT", "ALB"),
        person=("age", "body_mass_index", "diabetes"),
        divisors=("ALT",),
    ),
}
"""Formulas on results of one date, by the name rules give them; P_ALT is one on a course."""

FORMULA_WORDS: Mapping[str, str] = {
    "r": "R = (ALT/ULN) / (ALP/ULN)",
    "nr": "nR = max(ALT/ULN, AST/ULN) / (ALP/ULN)",
    "de_ritis": "AST/ALT",
    "fib4": "FIB-4 = age x AST / (PLT x sqrt(ALT))",
    "apri": "APRI = 100 x (AST/ULN) / PLT",
    "nfs": "NFS = -1.675 + 0.037 age + 0.094 BMI + 1.13 (diabetes or impaired fasting glucose) "
    "+ 0.99 AST/ALT - 0.013 PLT - 0.066 ALB",
    "p_alt": "P_ALT = AUC x peak^0.18 / 100000",
}
"""The formulas as a reader writes them, in the units of the tests (albumin in g/L)."""
