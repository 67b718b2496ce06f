"""Whatever a file holds, the answer is a table that accounts for every row, or one line."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cahill.errors import CahillError
from cahill.io.lab import read_lab

quick = settings(
    deadline=None,
    max_examples=20,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
cells = st.one_of(
    st.sampled_from(
        [
            "ALT",
            "TBL",
            "35.1",
            "<5",
            "U/L",
            "mg/dL",
            "2024-01-02",
            "1/2/14",
            "13/2/14",
            "F",
            "Y",
            "",
        ]
    ),
    st.text(
        st.characters(blacklist_categories=["Cs"], blacklist_characters='\r\n",;\t\x00'), max_size=8
    ),
)
HEADINGS = ("subject", "test", "value", "unit", "uln", "date", "sex", "age", "status", "baseline")


def _accounted(path: Path) -> None:
    lab, message = None, ""
    try:
        lab = read_lab(path)
    except CahillError as error:
        message = str(error)
    assert "\n" not in message
    if lab is None:
        return
    assert lab.counts["input"] == lab.arrow().num_rows + lab.excluded.num_rows
    for row in lab.arrow().to_pylist():
        assert row["low"] >= 0
        assert row["high"] is None or row["high"] >= row["low"]
        assert row["uln"] is None or row["uln"] > 0
        assert (row["uln"] is None) == (row["uln_source"] == "")


@quick
@given(st.lists(st.lists(cells, min_size=10, max_size=10), min_size=1, max_size=12))
def test_tables(tmp_path: Path, rows: list[list[str]]) -> None:
    path = tmp_path / "results.csv"
    text = "\n".join(",".join(row) for row in [list(HEADINGS), *rows])
    path.write_text(text, encoding="utf-8")
    _accounted(path)


leaves = st.one_of(st.none(), st.booleans(), st.integers(-5, 50), st.text(max_size=5))
branches = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=2),
        st.dictionaries(
            st.sampled_from(["coding", "code", "value", "high", "text", "reference", "unit"]),
            inner,
            max_size=3,
        ),
    ),
    max_leaves=6,
)


@quick
@given(
    st.dictionaries(
        st.sampled_from(
            ["code", "valueQuantity", "subject", "referenceRange", "component", "status", "method"]
        ),
        branches,
    )
)
def test_observations(tmp_path: Path, parts: dict) -> None:
    path = tmp_path / "results.json"
    path.write_text(json.dumps({"resourceType": "Observation", **parts}), encoding="utf-8")
    _accounted(path)


@quick
@given(st.lists(st.text("OBX|PIDR^~\\&1742-6ALT<5U/LF\r", max_size=40), max_size=6))
def test_messages(tmp_path: Path, segments: list[str]) -> None:
    path = tmp_path / "results.hl7"
    lines = ["MSH|^~\\&|||||||ORU^R01|1|P|2.5.1", *segments]
    path.write_text("\r".join(lines), encoding="utf-8", newline="")
    _accounted(path)


@pytest.mark.parametrize(
    "head", [b"", b"PAR1", b"PK\x03\x04", b"HEADER RECORD*******LIBRARY", b"{"]
)
@quick
@given(tail=st.binary(max_size=200))
def test_bytes(tmp_path: Path, head: bytes, tail: bytes) -> None:
    path = tmp_path / "results.any"
    path.write_bytes(head + tail)
    _accounted(path)
