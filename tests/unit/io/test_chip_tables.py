"""Tables of ChIP Cq: what a role may say, what is read, and every fault with its cell."""

import pytest

from cahill.errors import InputError
from cahill.io.chip_tables import read_chip


def written(tmp_path, text):
    path = tmp_path / "cq.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_roles_tell_fraction_and_antibody(tmp_path):
    text = (
        "role,Ct,printed\ninput_1pct,32.7,\nInput 0.5 %,33,\nIgG_mock,34.6,\n"
        "Antibody_1,31.3,2.7\nNTC,Undetermined,\n"
    )
    run = read_chip(written(tmp_path, text))
    found = [(one.role, one.antibody, one.input_fraction, one.cq) for one in run.reactions]
    assert found == [
        ("input", "", 0.01, 32.7),
        ("input", "", 0.005, 33.0),
        ("igg", "", None, 34.6),
        ("ip", "Antibody_1", None, 31.3),
        ("ntc", "", None, None),
    ]
    assert run.notes == ("Not used of cq.csv: column printed.",)
    assert list(run.inputs) == ["cq.csv"]


def test_every_field_is_read_with_decimal_commas(tmp_path):
    text = (
        "# mine\nrole;well;antibody;target;group;replicate;dilution;template volume (µL);region;"
        "Cq\n"
        "ip;A1;GR;GPT2;dex;1;1:5;2,5;negative;28,45\ninput;B1;;GPT2;dex;1;10;2 uL;;25,1\n"
    )
    first, second = read_chip(written(tmp_path, text)).reactions
    assert (first.well, first.antibody, first.group, first.replicate) == ("A1", "GR", "dex", "1")
    assert (first.dilution, first.template_volume, first.cq) == (5.0, 2.5, 28.45)
    assert first.region == "negative"
    assert (second.dilution, second.template_volume, second.cq) == (10.0, 2.0, 25.1)
    assert first.where == "cq.csv row 3"


def test_every_fault_is_told(tmp_path):
    text = (
        "role,antibody,replicate,template_volume,Cq\nip,GR,1-Mar,2 uL,28\n"
        "inptu,,,2 uL,28\nip,GR,,2,28\nip,GR,,2 uL,\nip,GR,,2 uL,high\n,GR,,2 uL,30\n"
    )
    with pytest.raises(InputError) as caught:
        read_chip(written(tmp_path, text))
    lines = str(caught.value).splitlines()
    assert lines[0].startswith('cq.csv row 2 column 3: replicate "1-Mar" looks like a date')
    assert (
        lines[1] == 'cq.csv row 3 column 1: unknown role "inptu"; did you mean input or ip or ntc?'
    )
    assert lines[2].startswith("cq.csv row 4 column 4: template_volume 2 has no unit")
    assert lines[3].startswith("cq.csv row 5 column 5: the Cq is blank; write Undetermined")
    assert lines[4] == (
        'cq.csv row 6 column 5: Cq "high" is not a number of cycles; write one such as 27.4'
    )
    assert lines[5].startswith("cq.csv row 7 column 1: the role is blank")
    assert len(lines) == 6


def test_a_mistyped_role_is_no_antibody(tmp_path):
    with pytest.raises(InputError, match='unknown role "inputt"'):
        read_chip(written(tmp_path, "role,Cq\ninputt,28\n"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b\n1,2\n", "no row of headings with role and Cq"),
        ("role,Cq\n", "no rows under its headings"),
    ],
)
def test_files_that_are_no_table_of_cq(tmp_path, text, message):
    with pytest.raises(InputError, match=message):
        read_chip(written(tmp_path, text))
