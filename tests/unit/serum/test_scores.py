"""The formulas by hand."""

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cahill.serum.scores import FORMULA_WORDS, FORMULAS, edge, p_alt, shown

GIVEN = {
    "ALT": Fraction(80),
    "AST": Fraction(60),
    "ALP": Fraction(150),
    "PLT": Fraction(150),
    "ALB": Fraction(40),
    "ALT ULN": Fraction(40),
    "AST ULN": Fraction(40),
    "ALP ULN": Fraction(100),
    "age": Fraction(50),
    "body_mass_index": Fraction(30),
    "diabetes": Fraction(1),
}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("r", 2 / 1.5),
        ("nr", 2 / 1.5),
        ("de_ritis", 0.75),
        ("fib4", 50 * 60 / (150 * math.sqrt(80))),
        ("apri", 100 * 1.5 / 150),
        ("nfs", -1.675 + 1.85 + 2.82 + 1.13 + 0.99 * 0.75 - 1.95 - 2.64),
    ],
)
def test_by_hand(name, value):
    formula = FORMULAS[name]
    assert shown(formula, formula.compute(GIVEN)) == pytest.approx(value, rel=1e-12)


def test_every_formula_has_words():
    assert set(FORMULA_WORDS) == {*FORMULAS, "p_alt"}


def test_new_r_takes_the_higher_of_the_two():
    assert FORMULAS["nr"].compute({**GIVEN, "AST": Fraction(120)}) == 2


def test_p_alt_is_the_area_times_the_peak_to_a_power():
    assert p_alt([0, 10], [100, 100]) == pytest.approx(1000 * 100**0.18 / 1e5)


@given(st.integers(1, 10**6), st.integers(1, 10**6))
def test_a_squared_edge_orders_as_the_edge_itself(number, bound):
    formula = FORMULAS["fib4"]
    value, factor = Fraction(number, 1000), Fraction(bound, 1000)
    assert (value * value > edge(formula, factor)) is (value > factor)


@given(st.integers(2, 50))
def test_ratios_of_multiples_do_not_depend_on_the_unit(scale):
    scaled = {key: number / scale for key, number in GIVEN.items()}
    for name in ("r", "nr", "de_ritis"):
        assert FORMULAS[name].compute(scaled) == FORMULAS[name].compute(GIVEN)
