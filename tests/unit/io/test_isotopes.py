"""The table of isotopes: the package's own against standard atomic weights, and the user's."""

import pytest

from cahill.errors import InputError
from cahill.io.isotopes import natural_isotopes, read_isotopes

# Conventional atomic weights of the IUPAC.
WEIGHTS = {
    "H": 1.008,
    "B": 10.81,
    "C": 12.011,
    "N": 14.007,
    "O": 15.999,
    "Mg": 24.305,
    "Si": 28.085,
    "P": 30.974,
    "S": 32.06,
    "Cl": 35.45,
    "K": 39.098,
    "Ca": 40.078,
    "Fe": 55.845,
    "Cu": 63.546,
    "Zn": 65.38,
    "Se": 78.971,
    "Br": 79.904,
    "I": 126.90,
}


@pytest.mark.parametrize("symbol", WEIGHTS)
def test_masses_and_abundances_give_the_atomic_weight(symbol):
    element = natural_isotopes()[symbol]
    weight = sum(isotope.mass * isotope.abundance for isotope in element.isotopes)
    assert weight == pytest.approx(WEIGHTS[symbol], rel=2e-4)


def test_every_mass_is_near_its_mass_number():
    for element in natural_isotopes().values():
        for isotope in element.isotopes:
            assert abs(isotope.mass - isotope.mass_number) < 0.1


def test_a_table_of_the_user_needs_no_mass_numbers(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text("element,mass,abundance\nC,12,0.99\nC,13.003,0.01\nC,14.0,0\n")
    carbon = read_isotopes(path)["C"]
    assert [isotope.mass_number for isotope in carbon.isotopes] == [12, 13]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("element,mass\nC,12\n", "mine.csv: missing column abundance"),
        (
            "element,mass,abundance\nC,12,0.9\nC,13.003,x\n",
            'mine.csv row 3: abundance "x" is not a number that is not negative',
        ),
        (
            "element,mass,abundance\nC,12,0.9\n",
            "mine.csv: element C: its abundances add up to 0.9; "
            "give mole fractions that add up to 1",
        ),
    ],
)
def test_a_fault_names_its_place(tmp_path, text, message):
    (tmp_path / "mine.csv").write_text(text)
    with pytest.raises(InputError) as fault:
        read_isotopes(tmp_path / "mine.csv")
    assert str(fault.value) == message
