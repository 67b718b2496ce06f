import subprocess
import sys

import pytest

from cahill.core import units
from cahill.errors import UnitError


@pytest.mark.parametrize(
    ("value", "source", "target", "expected"),
    [
        (1.0, "U/L", "umol/min/L", 1.0),
        (1.0, "U", "umol/min", 1.0),
        (0.48, "mM/min", "umol/L/min", 480.0),
        (4.4, "umol/kg/min", "umol/kg/h", 264.0),
        (1.2, "d", "h", 28.8),
        (47.0, "h", "min", 2820.0),
        (37.0, "degC", "K", 310.15),
        (1.0, "1/h", "1/min", 1 / 60),
        (25.0, "%", "dimensionless", 0.25),
        (2.5, "fold", "1", 2.5),
        (5.0, "µmol/L", "mM", 0.005),
    ],
)
def test_to_converts(value, source, target, expected):
    assert units.to(value, source, target) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("unit", sorted(units.COMMON_UNITS))
def test_every_common_unit_is_one_the_library_reads(unit):
    assert units.to(2.0, unit, unit) == 2.0
    assert units._unit(unit) is not None


@pytest.mark.parametrize("unit", ["", "  "])
def test_missing_unit_is_named_with_examples(unit):
    with pytest.raises(UnitError, match=r"missing.*mmol/L"):
        units.to(1.0, unit, "mmol/L")


@pytest.mark.parametrize("unit", ["mmol/Lx", "5 mmol", "mmol per L)", "umol/kg//min", "nonsense"])
def test_unknown_unit_is_quoted(unit):
    with pytest.raises(UnitError) as error:
        units.check_unit(unit)
    assert unit in str(error.value)
    assert "mmol/L" in str(error.value)


def test_wrong_dimension_names_both():
    with pytest.raises(UnitError, match=r'"mmol/min" cannot be turned into "mmol/L"'):
        units.check_dimension("mmol/min", "mmol/L")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("16 uU/mL", (16.0, "uU/mL")),
        ("5mmol/L", (5.0, "mmol/L")),
        ("-1.5e-3 1/min", (-1.5e-3, "1/min")),
        (" .5 h ", (0.5, "h")),
    ],
)
def test_parse_quantity_text(text, expected):
    assert units.parse_quantity_text(text) == expected


@pytest.mark.parametrize(
    ("text", "fault"),
    [("mmol/L", "not a number"), ("5", "no unit"), ("", "not a number"), ("5 foo", "foo")],
)
def test_parse_quantity_text_refuses(text, fault):
    with pytest.raises(UnitError, match=fault):
        units.parse_quantity_text(text)


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [(1.0, "uU/mL", 6.0), (2407.0, "uU/mL", 14442.0), (10, "mU/L", 60.0), (0.1, "nmol/L", 100.0)],
)
def test_insulin(value, unit, expected):
    assert units.insulin_pmol_per_l(value, unit) == pytest.approx(expected, rel=1e-12)


def test_insulin_refuses_other_units():
    with pytest.raises(UnitError, match="ug/dL"):
        units.insulin_pmol_per_l(1.0, "ug/dL")


def test_enzyme_units_are_not_insulin_units():
    with pytest.raises(UnitError):
        units.to(1.0, "uU/mL", "pmol/L")


def test_body_weight():
    assert units.per_kg_to_whole_body(10.0, 70.0) == pytest.approx(0.7)
    assert units.whole_body_to_per_kg(0.7, 70.0) == pytest.approx(10.0)
    with pytest.raises(UnitError, match="body weight"):
        units.per_kg_to_whole_body(1.0, 0.0)


def test_the_units_library_loads_on_need_only():
    code = "import sys, cahill, cahill.core.units, cahill.io.tables; print('pint' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
