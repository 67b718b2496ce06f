"""The calibration: it can be repeated, it reads no validation row, and the man it makes rests."""

import numpy as np
import pytest

from cahill.cycle import calibrate as room
from cahill.cycle.build import DATA, build_model, reference_parameters
from cahill.cycle.calibrate import GROUPS, TRACER_TARGETS, calibrate, read_gains
from cahill.cycle.experiments import Laboratory
from cahill.cycle.flux_map import read_flux_map
from cahill.cycle.targets import target_by_id
from cahill.errors import InputError, ModelError
from cahill.io.tables import read_parameters
from cahill.workflows.calibrate import calibrate as workflow

HEAD = "parameter\tstart\tlow\thigh\tunit\tgroup\ttargets\tnote\n"


@pytest.fixture(scope="module")
def shipped():
    return read_parameters(DATA / "parameters" / "fitted.tsv")


@pytest.fixture
def with_gains(monkeypatch, tmp_path):
    """Let `read_gains` read a table of these lines."""

    def write(*lines):
        folder = tmp_path / "calibration"
        folder.mkdir()
        (folder / "gains.tsv").write_text(HEAD + "\n".join(lines) + "\n")
        monkeypatch.setattr(room, "DATA", tmp_path)
        return read_gains()

    return write


# --- gains ---------------------------------------------------------------------------------------


def test_a_gain_tied_to_a_validation_row_is_refused(with_gains):
    with pytest.raises(
        ModelError, match=r"GPT_PPARA is fitted to target 25b.* kept for validation"
    ):
        with_gains("GPT_PPARA\t1\t0.1\t5\tdimensionless\tresponse\t25b\tnote")


def test_one_validation_row_among_others_is_refused(with_gains):
    with pytest.raises(ModelError, match="25b"):
        with_gains("GPT_cortisol\t1\t0.1\t5\tdimensionless\texpression\t20a,25b,22\tnote")


def test_a_gain_tied_to_calibration_rows_is_read(with_gains):
    (gain,) = with_gains("GPT_cortisol\t5\t0.5\t50\tdimensionless\texpression\t20a,22\tdrive")
    assert (gain.parameter, gain.start, gain.low, gain.high) == ("GPT_cortisol", 5.0, 0.5, 50.0)
    assert [row.id for row in gain.targets] == ["20a", "22"]


def test_the_shipped_gains_can_be_fitted():
    known = reference_parameters()
    for gain in read_gains():
        assert gain.low < gain.start < gain.high, gain.parameter
        assert gain.group in GROUPS, gain.parameter
        assert gain.unit == known[gain.parameter].quantity.unit, gain.parameter
        assert gain.targets, gain.parameter
        assert gain.low <= known[gain.parameter].value <= gain.high, gain.parameter


# --- the shipped numbers -------------------------------------------------------------------------


def test_every_fitted_number_has_its_target_in_words(shipped):
    for parameter in shipped.parameters:
        assert parameter.quantity.evidence.grade == "fitted"
        assert parameter.quantity.evidence.note, parameter.id


def test_every_scale_of_the_flux_map_is_fitted_and_nothing_measured_is(shipped):
    scales = {row.scale for row in read_flux_map(DATA / "calibration" / "flux_map.tsv")} - {""}
    assert scales <= set(shipped.ids)
    assert {gain.parameter for gain in read_gains()} <= set(shipped.ids)
    measured = read_parameters(DATA / "parameters" / "literature.tsv")
    assert not set(shipped.ids) & set(measured.ids)


def test_the_twelve_hour_state_is_stationary(man):
    """Nothing but the stores of glycogen moves: less than a per cent of itself a day."""
    system = man.system
    rates = np.asarray(system.rhs(0.0, system.default_state, system.default_parameters)).ravel()
    slow = man.network.of_kind("slow")
    for name, rate, level in zip(system.state_names, rates, system.default_state):
        if name not in slow:
            assert abs(rate) <= 1e-2 / 1440 * abs(level), name


def test_only_glycogen_is_spent(man):
    system = man.system
    rates = dict(zip(
        system.state_names,
        np.asarray(system.rhs(0.0, system.default_state, system.default_parameters)).ravel(),
    ))  # fmt: skip
    assert rates["Glycogen_liver"] < 0
    assert rates["Glycogen_muscle"] < 0


@pytest.mark.slow
def test_a_calibration_repeats_the_shipped_table(shipped):
    seen = []
    found = calibrate(progress=lambda done, total: seen.append((done, total)))
    assert found.fitted.ids == shipped.ids
    # Some gains lie in a flat valley, where rounding decides: what must repeat closely is what the
    # fit is for, the predictions. What the flux map alone decides repeats to the last digits.
    free = {gain.parameter for gain in read_gains()}
    for parameter in shipped.parameters:
        again = found.fitted[parameter.id]
        assert again.quantity.unit == parameter.quantity.unit
        assert again.value == pytest.approx(parameter.value, rel=0.5), parameter.id
    for name in ("vmax_PC_liver", "k_urea_excretion", "Ala_liver", "vmax_alanine_uptake_liver"):
        assert name not in free
        assert found.fitted[name].value == pytest.approx(shipped[name].value, rel=1e-4), name
    laboratory = Laboratory(build_model(), found.rows)
    for row in found.rows:
        gap = abs(found.predictions[row.id] - laboratory.predict(row))
        assert gap <= 0.05 * row.halfwidth, row.id
    assert seen[0][0] == 0
    assert seen[-1][0] == seen[-1][1]
    used = {row.id for row in found.rows}
    assert set(TRACER_TARGETS) <= used
    assert {target_by_id(name).role for name in used} == {"calibration"}
    assert f"{len(shipped)} parameters fitted" in found.summary()
    assert set(found.tables()) == {"targets", "fluxes", "fitted"}


# --- the command ---------------------------------------------------------------------------------


def test_a_table_that_exists_is_refused_before_the_work(tmp_path):
    table = tmp_path / "mine.tsv"
    table.write_text("keep")
    with pytest.raises(InputError, match="exists; choose another name or pass --overwrite"):
        workflow(table=table)
    assert table.read_text() == "keep"
