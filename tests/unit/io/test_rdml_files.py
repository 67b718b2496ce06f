"""RDML: every version that instruments write, round trips, and what is refused."""

import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cahill.core.amplification import MeltCurves, QpcrRun, Reaction
from cahill.errors import InputError
from cahill.io.qpcr_files import read_qpcr, read_qpcr_runs
from cahill.io.rdml_write import write_rdml

BODY = """<sample id="s"><type targetId="G">std</type><type targetId="H">unkn</type>
<quantity targetId="G"><value>1000</value><unit>cop</unit></quantity></sample>
<sample id="n"><type>ntc</type></sample>
<target id="G"><type>toi</type><dyeId id="SYBR"/></target>
<target id="H"><type>ref</type><dyeId id="SYBR"/></target>
<experiment id="e"><run id="r1"><pcrFormat><rows>8</rows><columns>12</columns>
<rowLabel>ABC</rowLabel><columnLabel>123</columnLabel></pcrFormat>
<react id="1"><sample id="s"/><data><tar id="G"/><cq>21.5</cq>
<adp><cyc>1</cyc><fluor>5</fluor></adp>
<adp><cyc>2</cyc><fluor>6</fluor></adp></data><data><tar id="H"/><cq>22</cq></data></react>
<react id="96"><sample id="n"/><data><tar id="G"/><cq>-1.0</cq><excl>bubble</excl></data></react>
</run>{more}</experiment>"""


def rdml(folder, body, version="1.3", name="run.rdml", inner="anything.xml"):
    path = folder / name
    text = f'<rdml version="{version}" xmlns="http://www.rdml.org">{body}</rdml>'
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(inner, text)
    return path


@pytest.mark.parametrize("version", ["1.1", "1.2", "1.3", "1.4"])
def test_types_and_quantities_by_target(tmp_path, version):
    run = read_qpcr(rdml(tmp_path, BODY.format(more=""), version))
    g, h, control = run.reactions
    assert (g.well, g.role, g.quantity, g.cq, g.dye) == ("A1", "standard", 1000, 21.5, "SYBR")
    assert (h.well, h.role, h.quantity) == ("A1", "sample", None)
    assert (control.well, control.role, control.cq, control.excluded) == (
        "H12",
        "ntc",
        None,
        "bubble",
    )
    assert run.fluorescence[0].tolist() == [5, 6]
    assert np.isnan(run.fluorescence[1:]).all()


def test_bare_xml_is_read(tmp_path):
    path = tmp_path / "run.xml"
    path.write_text(
        f'<rdml version="1.0" xmlns="http://www.rdml.org">{BODY.format(more="")}</rdml>'
    )
    assert len(read_qpcr(path).reactions) == 3


def test_a_run_is_chosen_by_name(tmp_path):
    more = '<run id="r2"><react id="7"><sample id="s"/><data><tar id="G"/></data></react></run>'
    path = rdml(tmp_path, BODY.format(more=more))
    assert len(read_qpcr_runs(path)) == 2
    assert read_qpcr(path, "r2").reactions[0].well == "7"
    with pytest.raises(InputError, match=r'run\.rdml holds 2 runs; choose one of "r1", "r2"'):
        read_qpcr(path)
    with pytest.raises(InputError, match='has no run "r3"; choose one of "r1", "r2"'):
        read_qpcr(path, "r3")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("", "holds no run"),
        (BODY.format(more="").replace('<sample id="n"/>', '<sample id="x"/>'), 'the sample "x"'),
        (BODY.format(more="").replace('<tar id="H"/>', '<tar id="X"/>'), 'the target "X"'),
        (BODY.format(more="")[:-5], "not well-formed XML"),
    ],
)
def test_faults_are_named(tmp_path, body, message):
    with pytest.raises(InputError, match=message):
        read_qpcr(rdml(tmp_path, body))


def test_entities_are_refused(tmp_path):
    path = tmp_path / "bomb.xml"
    path.write_text('<!DOCTYPE r [<!ENTITY a "aaaa">]><rdml version="1.3">&a;</rdml>')
    with pytest.raises(InputError, match='declares the entity "a"'):
        read_qpcr(path)


numbers = st.floats(-1e6, 1e6, allow_subnormal=False)
names = st.text(st.characters(categories=("L", "N")), max_size=8)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(
            names, names, st.none() | st.floats(1, 40), st.lists(numbers, min_size=3, max_size=3)
        ),
        min_size=1,
        max_size=8,
    )
)
def test_what_is_written_is_read_again(tmp_path_factory, rows):
    roles = ("sample", "standard", "ntc", "nac", "nrt", "positive", "other", "calibrator")
    reactions = tuple(
        Reaction(
            f"{'ABCDEFGH'[k]}3",
            target,
            f"{sample}{k}",
            roles[k],
            "SYBR",
            quantity=10.0 if roles[k] == "standard" else None,
            cq=cq,
            cq_reported=True,
            threshold=0.25,
            excluded="bubble" if k == 2 else "",
            fields={"group": "fed"} | ({"type": "opt"} if roles[k] == "other" else {}),
        )
        for k, (target, sample, cq, _) in enumerate(rows)
    )
    curves = np.array([row[3] for row in rows])
    melt = MeltCurves(np.full(curves.shape, 60.0) + np.arange(3), np.abs(curves))
    if len(rows) > 1:
        curves[0, 1] = np.nan
    cycles = np.array([1.0, 2.0, 3.0])
    run = QpcrRun("made", reactions, cycles, curves, "Rn", melt=melt)
    path = tmp_path_factory.mktemp("rdml") / "made.rdml"
    back = read_qpcr(write_rdml(run, path))
    for wrote, read in zip(run.reactions, back.reactions):
        for name in ("well", "target", "sample", "role", "quantity", "cq", "threshold", "excluded"):
            assert getattr(read, name) == getattr(wrote, name)
        assert read.fields == wrote.fields
    assert np.array_equal(back.fluorescence, curves, equal_nan=True)
    assert back.curves == "Rn"
    assert back.melt is not None
    assert np.array_equal(back.melt.fluorescence, melt.fluorescence, equal_nan=True)


def test_writing_is_the_same_every_time_and_replaces_nothing(tmp_path):
    run = read_qpcr(rdml(tmp_path, BODY.format(more="")))
    first, second = (write_rdml(run, tmp_path / name) for name in ("a.rdml", "b.rdml"))
    assert first.read_bytes() == second.read_bytes()
    with pytest.raises(InputError, match="exists"):
        write_rdml(run, first)
    assert write_rdml(run, first, force=True) == Path(first)
