"""Chemical formulas and the isotopes of elements."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cahill.core.formulas import Element, Isotope, format_formula, parse_formula, parse_isotope
from cahill.errors import InputError
from cahill.io.isotopes import natural_isotopes

SYMBOLS = sorted(natural_isotopes())


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("C3H7NO2", {"C": 3, "H": 7, "N": 1, "O": 2}),
        ("NaCl", {"Na": 1, "Cl": 1}),
        ("CO", {"C": 1, "O": 1}),
        ("Co", {"Co": 1}),
        ("(CH3)3Si", {"C": 3, "H": 9, "Si": 1}),
        ("CH3(CH2(CO)2)2OH", {"C": 7, "H": 8, "O": 5}),
        (" C6 H12 O6 ", {"C": 6, "H": 12, "O": 6}),
        ("C3N0", {"C": 3}),
    ],
)
def test_atoms_are_counted(text, counts):
    assert parse_formula(text) == counts


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("C3H6NO2-", "without charge"),
        ("[13C]H4", "without charge or isotopes"),
        ("(CH3", "not closed"),
        ("CH3)2", "was not opened"),
        ("", "is empty"),
        ("c6h12", '"c" is not understood'),
    ],
)
def test_what_is_no_formula_is_refused(text, part):
    with pytest.raises(InputError, match="formula") as fault:
        parse_formula(text)
    assert part in str(fault.value)


@given(st.dictionaries(st.sampled_from(SYMBOLS), st.integers(1, 400), min_size=1))
def test_a_written_formula_reads_back(counts):
    assert parse_formula(format_formula(counts)) == counts


def test_formulas_are_written_in_hill_order():
    assert format_formula({"O": 2, "N": 1, "H": 7, "C": 3}) == "C3H7NO2"
    assert format_formula({"O": 1, "H": 2}) == "H2O"


def test_isotopes_have_a_base_and_names():
    chlorine = natural_isotopes()["Cl"]
    assert chlorine.base.mass_number == 35
    assert chlorine.isotope(37).abundance == 0.2424
    assert natural_isotopes()["B"].base.mass_number == 11
    assert parse_isotope("15N") == ("N", 15)
    with pytest.raises(InputError, match="choose from 35Cl, 37Cl"):
        chlorine.isotope(36)
    with pytest.raises(InputError, match="like 13C"):
        parse_isotope("C13")


def test_an_element_adds_up_to_one():
    with pytest.raises(InputError, match=r"add up to 0\.99"):
        Element("X", (Isotope(1, 1.0, 0.99),))
    with pytest.raises(InputError, match="stands twice"):
        Element("X", (Isotope(1, 1.0, 0.5), Isotope(1, 1.0, 0.5)))
