"""Every form is recognised by one reader and read to the last number."""

import math

import numpy as np
import pytest
from plate_exports import EVERY

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
