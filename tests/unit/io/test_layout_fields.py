"""The words of layouts: every one is explained in the documents, and read as its example."""

import re
from pathlib import Path

import pytest

from cahill.errors import InputError
from cahill.io.layout_fields import ACTIVITY_FIELDS, CHIP_FIELDS, VOCABULARIES

PAGE = Path(__file__).parents[3] / "docs" / "how-to" / "plate-layouts.md"
TITLES = {"activity": "activity plates", "qPCR": "qPCR plates", "ChIP": "ChIP plates"}


@pytest.mark.parametrize("vocabulary", VOCABULARIES, ids=lambda one: one.assay)
def test_the_document_has_the_same_table(vocabulary):
    _, _, section = PAGE.read_text("utf-8").partition(f"## Fields of {TITLES[vocabulary.assay]}")
    section = section.partition("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \| (.*) \| (.*) \|$", section, re.MULTILINE)
    expected = [
        (
            one.name,
            one.description,
            ", ".join(f"`{word}`" for word in one.choices) or f"`{one.example}`",
        )
        for one in vocabulary.fields
    ]
    assert rows == expected


@pytest.mark.parametrize("vocabulary", VOCABULARIES, ids=lambda one: one.assay)
def test_every_example_is_read_as_it_stands(vocabulary):
    for one in vocabulary.fields:
        for text in one.choices or (one.example,):
            assert one.read(text) == text


@pytest.mark.parametrize("vocabulary", VOCABULARIES, ids=lambda one: one.assay)
def test_no_word_stands_for_two_choices(vocabulary):
    for one in vocabulary.fields:
        words = [word for name, others in one.choices.items() for word in (name, *others)]
        assert len(words) == len(set(words)), one.name


def test_needed_fields_exist():
    for vocabulary in VOCABULARIES:
        for needed in vocabulary.needed.values():
            assert set(needed) <= set(vocabulary.names)


def test_a_choice_like_no_other_is_shown_all():
    (role,) = [one for one in CHIP_FIELDS.fields if one.name == "role"]
    with pytest.raises(InputError, match='unknown role "xyz"; choose from ip, igg, input, ntc'):
        role.read("xyz")


@pytest.mark.parametrize(
    ("name", "text", "read"),
    [
        ("role", " Sample Blank", "sample_blank"),
        ("role", "UNKN", "sample"),
        ("plp", "+", "yes"),
        ("plp", "-", "no"),
        ("plp", "TRUE", "yes"),
        ("dilution", "1:20", "20"),
        ("dilution", "1/2,5", "2.5"),
        ("protein", "5,2 \N{GREEK SMALL LETTER MU}g/uL", "5.2 ug/uL"),
        ("standard", "40 uM", "40 uM"),
        ("standard", "0 nmol", "0 nmol"),
        ("pathlength", "5.6E-1 cm", "0.56 cm"),
    ],
)
def test_cells_are_read_as_people_write_them(name, text, read):
    (one,) = [field for field in ACTIVITY_FIELDS.fields if field.name == name]
    assert one.read(text) == read


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("dilution", "10 uL", 'dilution is a pure number; "uL" has no place beside it'),
        ("dilution", "-2", "dilution -2 is not above 0"),
        ("sample", "2026-03-01", "looks like a date"),
        ("dilution", "1:10:00", "looks like a date or time"),
        ("standard", "4 cm", "or umol/L"),
        ("tissue_mass", "ten mg", 'tissue_mass "ten mg" is not a number'),
    ],
)
def test_cells_that_cannot_be_read(name, text, message):
    (one,) = [field for field in ACTIVITY_FIELDS.fields if field.name == name]
    with pytest.raises(InputError, match=message):
        one.read(text)
