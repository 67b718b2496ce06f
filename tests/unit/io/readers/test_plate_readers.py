"""Every form is recognised by one reader and read to the last number."""

import json
import math
import sys
from types import ModuleType

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from plate_exports import (
    EVERY,
    allotrope_endpoint,
    magellan_bare,
    matrix,
    softmax_kinetic,
    text,
)

from cahill.errors import InputError
from cahill.io.cell_grids import read_cell_file
from cahill.io.plates import claims, known_readers, read_plates

EVERY_FORM = pytest.mark.parametrize("made", [make() for make in EVERY], ids=lambda made: made.name)


@EVERY_FORM
def test_read_to_the_last_number(made, tmp_path):
    plates = read_plates(made.write(tmp_path))
    assert len(plates) == made.plates
    for plate in plates:
        assert plate.facts["format"] == made.format
        assert [reading.name for reading in plate.readings] == list(made.readings)
        for reading in plate.readings:
            expected = made.readings[reading.name]
            assert set(reading.wells) == set(expected)
            for k, well in enumerate(reading.wells):
                for found, over, true in zip(
                    reading.values[:, k], reading.over[:, k], expected[well], strict=True
                ):
                    assert over == math.isinf(true)
                    assert math.isnan(found) if over else found == pytest.approx(true, abs=1e-12)


@EVERY_FORM
def test_times_signals_wavelengths_and_labels(made, tmp_path):
    plate = read_plates(made.write(tmp_path))[0]
    for reading in plate.readings:
        times = made.times.get(reading.name, [0.0])
        assert reading.times == pytest.approx(np.repeat([times], len(reading.wells), axis=0).T)
        if reading.name in made.signals:
            assert reading.signal == made.signals[reading.name]
        if reading.name in made.waves:
            assert (reading.wavelength, reading.emission) == made.waves[reading.name]
    for well, label in made.labels.items():
        assert plate.labels[well] == label


@EVERY_FORM
def test_one_reader_claims_a_file(made, tmp_path):
    file = read_cell_file(made.write(tmp_path))
    claimed = claims(file)
    assert [reader.name for reader in claimed] == [made.format]
    if not claimed[0].plain:
        signed = [reader.name for reader in known_readers() if not reader.plain]
        assert made.format in signed


def test_every_reader_has_a_file_of_its_own():
    assert {make().format for make in EVERY} == {reader.name for reader in known_readers()}


ABSORBANCE = st.floats(-0.05, 4.0).map(lambda value: round(value, 4))


@given(
    values=st.lists(ABSORBANCE, min_size=96, max_size=96),
    separator=st.sampled_from(["\t", ";"]),
    decimal=st.sampled_from([".", ","]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be"]),
    end=st.sampled_from(["\n", "\r\n"]),
)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_plate_comes_back_whatever_country_wrote_it(
    values, separator, decimal, encoding, end, tmp_path
):
    rows = [["A340"], *matrix()]
    for k, number in enumerate(values):
        rows[2 + k // 12][1 + k % 12] = f"{number:.4f}".replace(".", decimal)
    path = tmp_path / "plate.txt"
    path.write_bytes(text(rows, separator, end=end).encode(encoding))
    (plate,) = read_plates(path)
    assert plate.readings[0].values[0].tolist() == values


@pytest.mark.parametrize("change", ["lost", "doubled"])
def test_a_softmax_plate_with_a_line_too_few_or_too_many_is_refused(change, tmp_path):
    """Its lines carry no letters: all wells below would move by a row."""
    made = softmax_kinetic()
    lines = made.content.split("\r\n")
    first = next(k for k, line in enumerate(lines) if line.startswith("00:00:30"))
    lines[first + 3 : first + 4] = [] if change == "lost" else [lines[first + 3]] * 2
    made.content = "\r\n".join(lines)
    count = 7 if change == "lost" else 9
    with pytest.raises(InputError, match=f"has {count} lines where the plate has 8 rows"):
        read_plates(made.write(tmp_path))


def test_the_unit_that_allotropy_writes_is_corrected_and_noted(tmp_path):
    (plate,) = read_plates(allotrope_endpoint().write(tmp_path))
    assert plate.readings[0].values.max() == pytest.approx(0.321)
    assert any('"mAU"; its numbers are AU' in note for note in plate.notes)


def test_allotropy_reads_what_no_reader_of_ours_knows(tmp_path, monkeypatch):
    document = json.loads(allotrope_endpoint().content)
    unknown = tmp_path / "other.txt"
    unknown.write_text("An instrument nobody knows\n1 2 3\n", encoding="utf-8")
    with pytest.raises(InputError, match="in no form that is known"):
        read_plates(unknown)

    def convert(path, vendor):
        if vendor != "OTHER":
            raise KeyError(path)
        return document

    package, verbs, vendors = (
        ModuleType(name)
        for name in ("allotropy", "allotropy.to_allotrope", "allotropy.parser_factory")
    )
    package.__spec__ = "installed"
    verbs.allotrope_from_file = convert
    vendors.Vendor = ("FIRST", "OTHER")
    for module in (package, verbs, vendors):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    (plate,) = read_plates(unknown)
    assert plate.facts["format"] == "allotropy"
    assert plate.readings[0].values.shape == (1, 96)


def test_a_signal_that_an_instrument_does_not_name_is_noted(tmp_path):
    (plate,) = read_plates(magellan_bare().write(tmp_path))
    assert [note.partition(": ")[2] for note in plate.notes] == [
        f'"{name}" names no signal; its numbers are taken for fluorescence'
        for name in ("Acceptor", "Donor")
    ]
