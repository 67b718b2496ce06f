"""Numbers read by the table engine are those of decimal arithmetic, whatever type they came in."""

from decimal import ROUND_HALF_UP, Decimal

import duckdb
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from cahill.core.laboratory import TESTS, micro
from cahill.io import lab_sql
from cahill.io.lab_judge import whole
from cahill.io.lab_units import ENZYMES, HIGHEST, known_tests, meaning, unit_factors

decimals = st.decimals(
    min_value=Decimal(-1000), max_value=Decimal(999_999_999), places=6, allow_nan=False
)


def _column(values: list, kind: pa.DataType, expression: str) -> list:
    with duckdb.connect() as connection:
        connection.register("given", pa.table({"x": pa.array(values, kind)}))
        return [row[0] for row in connection.execute(f"SELECT {expression} FROM given").fetchall()]


@settings(deadline=None, max_examples=30)
@given(st.lists(decimals, min_size=1, max_size=300))
def test_text_and_floats_become_the_exact_millionths(numbers: list[Decimal]) -> None:
    exact = [micro(f"{number:f}") for number in numbers]
    texts = _column(
        [f"{number:f}" for number in numbers], pa.string(), lab_sql.micro("x", "VARCHAR")
    )
    floats = _column([float(n) for n in numbers], pa.float64(), lab_sql.micro("x", "DOUBLE"))
    assert texts == exact
    assert floats == exact


def test_every_value_with_one_or_two_decimals_is_exact() -> None:
    for places in (1, 2):
        texts = [f"{Decimal(k).scaleb(-places):f}" for k in range(1, 50_001)]
        exact = [k * 10 ** (6 - places) for k in range(1, 50_001)]
        assert _column(texts, pa.string(), lab_sql.micro("x", "VARCHAR")) == exact
        assert _column(list(map(float, texts)), pa.float64(), lab_sql.micro("x", "DOUBLE")) == exact


def test_what_is_no_number_is_null() -> None:
    texts = ["", "nan", "inf", "-inf", "1e300", "x", "1 2", None]
    assert _column(texts, pa.string(), lab_sql.micro("x", "VARCHAR")) == [None] * 8
    floats = [float("nan"), float("inf"), 1e300, None]
    assert _column(floats, pa.float64(), lab_sql.micro("x", "DOUBLE")) == [None] * 4


@settings(deadline=None, max_examples=30)
@given(
    st.lists(st.integers(0, 10**11), min_size=1, max_size=100),
    st.sampled_from(sorted({f for f in unit_factors().values() if f != 1})),
)
def test_units_convert_as_fractions_do(values: list[int], factor) -> None:
    expression = whole("x", str(factor.numerator), str(factor.denominator))
    held = [
        int(
            (Decimal(value * factor.numerator) / factor.denominator).to_integral_value(
                ROUND_HALF_UP
            )
        )
        for value in values
    ]
    assert _column(values, pa.int64(), expression) == held


@given(st.integers(1, 10**5), st.integers(1, 20), st.integers(0, 3))
def test_ratios_survive_conversion(limit: int, times: int, places: int) -> None:
    """A value of exactly k times its limit in mg/dL is so in umol/L, to three decimals."""
    factor = unit_factors()["TBL", "mg/dl"]
    uln = limit * 10 ** (6 - places) * factor
    value = times * limit * 10 ** (6 - places) * factor
    assert uln.denominator == value.denominator == 1
    assert value == times * uln


def test_the_whitelists_are_whole() -> None:
    assert {test for test, _ in known_tests().values()} == set(TESTS) == set(HIGHEST)
    for (test, _), factor in unit_factors().items():
        assert test in TESTS
        assert factor > 0
    for test, (name, unit) in TESTS.items():
        # "HB" in a file is the haemoglobin of blood, not that set free in serum.
        assert meaning(test if test != "HB" else "free haemoglobin", unit).factor == 1, name
    assert meaning("HB", "g/L").reason == "other test"


def test_international_units_are_for_enzymes_only() -> None:
    for test in TESTS:
        assert (meaning(test, "IU/L").factor == 1) == (test in ENZYMES), test


def test_a_katal_is_a_mole_a_second() -> None:
    """1 U = 1 umol/min, 1 kat = 1 mol/s: 1 U/L is 1/60 ukat/L."""
    assert 1 / meaning("ALT", "ukat/L").factor * 60 == 1  # type: ignore[operator]
