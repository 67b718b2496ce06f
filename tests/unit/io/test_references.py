import re

import pytest

from cahill.errors import UnknownNameError
from cahill.io.references import format_reference, reference, references


def test_every_source_has_a_title_and_says_how_much_was_seen():
    assert len(references()) > 80
    for key in references():
        fields = reference(key).fields
        assert fields["title"]
        assert fields["note"]


@pytest.mark.parametrize("key", sorted(references()))
def test_every_source_reads_as_one_clean_line(key):
    line = format_reference(key)
    assert not re.search(r"[{}\\\n]|\.\.|  ", line)


def test_format_reference():
    assert format_reference("Simmons1984") == (
        "Simmons (1984). [leucine kinetics during cortisol infusion, human]. J Clin Invest 73:412. "
        "doi:10.1172/JCI111227, PMID 6365973. [abstract or results excerpt seen]"
    )
    assert format_reference("Koenig2012").startswith("Koenig, Bulik, Holzhuetter (2012). ")


def test_identifiers_look_like_what_they_are():
    for key, entry in references().items():
        assert re.fullmatch(r"10\.\d{4,}/\S+", entry.fields.get("doi", "10.1000/x")), key
        assert re.fullmatch(r"\d+", entry.fields.get("pmid", "1")), key
        assert re.fullmatch(r"\d{4}", entry.fields.get("year", "2000")), key


def test_unknown_key_suggests():
    with pytest.raises(UnknownNameError, match="did you mean Petersen2019"):
        reference("Petersen2018")
