import pytest

from cahill.core.layout import Layout, WellContent
from cahill.errors import InputError, UnitError


def content(well="A1", where="l.xlsx sheet role cell C4", **fields):
    return WellContent(well, fields, where)


def test_numbers_are_converted_and_absent_fields_have_their_default():
    well = content(sample_volume="10 uL", dilution="5")
    assert well.number("sample_volume", "mL") == pytest.approx(0.01)
    assert well.number("dilution", "dimensionless") == 5
    assert well.number("protein", "mg/mL") is None
    assert well.number("protein", "mg/mL", 2.0) == 2.0
    assert well.text("sample") == ""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("10", 'unit "dimensionless" cannot be turned into "mL"'),
        ("ten", '"ten" is not a number with a unit'),
        ("10 nmol", 'unit "nmol" cannot be turned into "mL"'),
    ],
)
def test_a_number_without_its_unit_is_refused_with_its_place(text, words):
    with pytest.raises(UnitError) as caught:
        content(volume=text).number("volume", "mL")
    assert str(caught.value).startswith("l.xlsx sheet role cell C4: volume: ")
    assert words in str(caught.value)


def test_a_layout_finds_its_wells_and_refuses_one_described_twice():
    layout = Layout("l.csv", 8, 12, (content("A1"), content("B2")))
    assert layout.wells == ("A1", "B2")
    assert "B2" in layout
    assert "C3" not in layout
    assert layout["A1"].well == "A1"
    assert [well.well for well in layout] == ["A1", "B2"]
    with pytest.raises(InputError, match=r"row 5: well A1 was described before, in l.csv row 2"):
        Layout("l.csv", 8, 12, (content(where="l.csv row 2"), content(where="l.csv row 5")))
