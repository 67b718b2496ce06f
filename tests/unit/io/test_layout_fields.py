"""The words of layouts: every one is explained in the documents, and read as its example."""

import re
from pathlib import Path

import pytest

from cahill.io.layout_fields import VOCABULARIES

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
