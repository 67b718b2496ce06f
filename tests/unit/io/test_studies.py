"""A study is recognised by what it holds, whatever it is called."""

import pytest
from fluxml_texts import CONFIGURATION, NETWORK, fluxml

from cahill.errors import InputError, UnknownNameError
from cahill.io.studies import is_study, read_studies, read_study, study_choices

EQUATIONS = (
    "RxnID\trxnEq\trxnCTrans\trxnType\nin\ta_i = a_c\tab = ab\tF\nout\ta_c = a_o\tab = ab\tB\n"
)
LISTS = "##\texcludedMetabolites\n#\ta_i\n#\ta_o\n##\tsimulatedMDVs\n#\ta_c#11\n"
MIDS = "Metabolite\tMI\tx\ty\na\t0\t0.5\t0.2\na\t1\t0.3\t0.5\na\t2\t0.2\t0.3\n"


@pytest.fixture
def paths(tmp_path):
    """Return a study in each format, under names that say nothing."""
    xml, equations, tidy = (tmp_path / name for name in ("1.dat", "2", "3"))
    two = CONFIGURATION.replace('name="one"', 'name="two"')
    xml.write_text("﻿" + fluxml(NETWORK, CONFIGURATION, two), encoding="utf-8")
    equations.mkdir()
    (equations / "n.txt").write_text(EQUATIONS + LISTS, encoding="utf-8")
    (equations / "m.txt").write_text(MIDS, encoding="utf-8")
    tidy.mkdir()
    (tidy / "network.csv").write_text(
        "reaction,equation\nin,S C:ab -> A C:ab\nout,A C:ab ->\n", encoding="utf-8"
    )
    return xml, equations, tidy


def test_every_format(paths):
    xml, equations, tidy = paths
    assert [study_choices(path) for path in paths] == [("one", "two"), ("x", "y"), ()]
    assert read_study(xml, configuration="two").experiments[0].name == "two"
    assert read_study(equations, condition="y").experiments[0].name == "y"
    assert read_study(tidy).name == "3"
    assert [len(read_studies(path)) for path in paths] == [2, 2, 1]
    assert len(read_studies(equations, condition="x")) == 1
    assert all(is_study(path) for path in paths)


def test_a_choice_the_format_does_not_have(paths):
    xml, equations, tidy = paths
    with pytest.raises(InputError, match="has no conditions"):
        read_study(xml, condition="x")
    with pytest.raises(InputError, match="has no configurations"):
        read_study(equations, configuration="x")
    with pytest.raises(InputError, match="has no conditions"):
        read_studies(tidy, condition="x")
    with pytest.raises(UnknownNameError, match="condition"):
        read_study(equations, condition="z")


def test_no_study(tmp_path):
    path = tmp_path / "a.txt"
    for text in ("hello", "step\treaction\tmap\ns\tr\tA -> B\n", ""):
        path.write_text(text, encoding="utf-8")
        assert not is_study(path)
        with pytest.raises(InputError, match="is no study; give a FluxML file"):
            read_study(path)
    with pytest.raises(InputError, match="does not exist"):
        read_study(tmp_path / "no")
    path.write_bytes(b"\xff\xfe\x00")
    assert not is_study(path)
