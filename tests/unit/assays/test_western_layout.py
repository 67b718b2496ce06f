"""The two tables of a blot: read from text or a workbook, refused with file and row."""

import pytest
from openpyxl import Workbook

from cahill.assays.western.blot_layout import BandRule, read_blot_layout
from cahill.errors import CahillError

LANES = """blot,lane,sample,group,replicate,role,load,ladder_kda,amounts
A,1,,,,ladder,,100 75 50,
A,2,v1,vehicle,1,,20,,
A,3,d1,dex,1,sample,20 ug,,
A,4,,,,,,,
A,5,pure,,,standard,,,"ALT1 = 5 ng, ALT2=2.5"
"""
TARGETS = """target,image,band,isoform,normaliser
ALT1,a.tif,55 kDa,ALT1,actin
ALT2,a.tif,Rf 0.30-0.45,ALT2,actin
actin,a.tif,2,,
total,stain.tif,lane,,
"""


def write(folder, lanes=LANES, targets=TARGETS):
    (folder / "lanes.csv").write_text(lanes)
    (folder / "targets.csv").write_text(targets)
    return folder / "lanes.csv"


def test_text_and_workbook_say_the_same(tmp_path):
    layout = read_blot_layout(write(tmp_path))
    assert layout.blots == ("A",)
    roles = [lane.role for lane in layout.lanes_of("A")]
    assert roles == ["ladder", "sample", "sample", "empty", "standard"]
    assert layout.lanes[0].ladder == (100, 75, 50)
    assert layout.lanes[2].load == 20
    assert layout.lanes[4].amounts == {"ALT1": 5, "ALT2": 2.5}
    bands = [target.band for target in layout.targets]
    assert bands == [
        BandRule("kda", 55),
        BandRule("rf", 0.30, 0.45),
        BandRule("order", 2),
        BandRule("lane"),
    ]
    assert layout.targets[0].image == tmp_path / "a.tif"
    book = Workbook()
    for name, text in (
        ("lanes", LANES.replace('"ALT1 = 5 ng, ALT2=2.5"', "ALT1=5; ALT2=2.5")),
        ("targets", TARGETS),
    ):
        sheet = book.create_sheet(name)
        for line in text.splitlines():
            sheet.append([int(cell) if cell.isdigit() else cell for cell in line.split(",")])
    book.save(tmp_path / "blot.xlsx")
    again = read_blot_layout(tmp_path / "blot.xlsx")
    assert [lane.amounts for lane in again.lanes] == [lane.amounts for lane in layout.lanes]
    assert [target.band for target in again.targets] == bands


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("A,4,", "A,3,", r"lanes\.csv row 5: lane 3 of blot A was described before, in .* row 4"),
        ("A,4,,,,,,,\n", "", "lane 4 of blot A is not described; write role empty"),
        ("A,2,", "A,two,", r'lanes\.csv row 3: lane "two" is not a number'),
        ("sample,20 ug", "sampel,20 ug", 'row 4: role "sampel"; write sample, ladder'),
        ("20 ug", "-3", 'load "-3" is not a number above 0'),
        ("100 75 50", "50 75 100", "ladder_kda must fall"),
        ("ALT2=2.5", "ALT2", 'amounts "ALT2"; write'),
        ("ALT2=2.5", "ALT3=2.5", 'unknown target "ALT3"'),
        ("load,", "loads,", 'unknown column "loads"; did you mean load'),
        ("55 kDa", "55 Da", r'targets\.csv row 2: band "55 Da"; write strongest'),
        ("55 kDa,ALT1,actin", "55 kDa,ALT3,actin", 'isoform "ALT3"'),
        ("55 kDa,ALT1,actin", "55 kDa,ALT1,actn", 'unknown normaliser "actn"; did you mean actin'),
        ("actin,a.tif,2,,", "actin,a.tif,2,,actin", "actin cannot normalise itself"),
        ("actin,a.tif,2,,", "ALT1,a.tif,2,,", "ALT1 on blot A was described before"),
        ("stain.tif", "", r"targets\.csv row 5: image is blank"),
    ],
)
def test_faults_have_their_row(tmp_path, old, new, message):
    path = write(tmp_path, LANES.replace(old, new, 1), TARGETS.replace(old, new, 1))
    with pytest.raises(CahillError, match=message) as error:
        read_blot_layout(path)
    assert "\n" not in str(error.value)


def test_missing_targets(tmp_path):
    path = write(tmp_path)
    (tmp_path / "targets.csv").unlink()
    with pytest.raises(CahillError, match="table of targets is missing"):
        read_blot_layout(path)
