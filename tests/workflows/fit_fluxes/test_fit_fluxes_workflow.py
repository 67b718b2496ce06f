"""The template's study, fitted, as it was stored; the published data of human liver.

The golden file changes only when the template or the definitions do. To write it anew:

    CAHILL_WRITE_GOLDEN=1 .venv/bin/python -m pytest tests/workflows/fit_fluxes
"""

import os
from importlib.resources import files
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cahill.errors import InputError, ModelError, UnknownNameError
from cahill.workflows.compare import compare
from cahill.workflows.fit_fluxes import fit_fluxes
from cahill.workflows.simulate_labels import simulate_labels

GOLDEN = Path(__file__).with_name("golden.csv")
TEMPLATE = Path(str(files("cahill") / "data/templates/study"))
LIVER = Path(__file__).parents[3].parent / "shared/data/tracing/human_liver"
KEYS = ["flux", "kind"]
NUMBERS = ["value", "low", "high"]


@pytest.fixture(scope="module")
def result():
    return fit_fluxes(TEMPLATE, jobs=1)


def changed(folder, **tables):
    """Return a copy of the template's study with some of its tables replaced."""
    for file in TEMPLATE.iterdir():
        (folder / file.name).write_text(tables.get(file.stem, file.read_text()))
    return folder


def test_as_stored(result):
    found = result.to_frame()
    found = found[(found["kind"] == "net") | found["determined"]][[*KEYS, *NUMBERS]]
    if os.environ.get("CAHILL_WRITE_GOLDEN"):
        found.to_csv(GOLDEN, index=False, lineterminator="\n", float_format="%.6g")
    stored = pd.read_csv(GOLDEN)
    assert found[KEYS].to_numpy().tolist() == stored[KEYS].to_numpy().tolist()
    # Ends of profiles are sought to a hundredth of their distance from the optimum.
    wide = (stored["high"] - stored["low"]).fillna(stored["value"])
    for column, accuracy in (("value", 1e-3), ("low", 0.02), ("high", 0.02)):
        gap = (found[column].to_numpy() - stored[column]).abs() / wide
        assert np.nanmax(gap) < accuracy, column
    assert result.fit.starts["best"].all()


def test_who_computes_does_not_change_the_answer(result):
    other = fit_fluxes(TEMPLATE, jobs=2)
    for column in NUMBERS:
        assert np.array_equal(other.to_frame()[column], result.to_frame()[column], equal_nan=True)


def test_progress_is_told():
    told = []
    fit_fluxes(TEMPLATE, starts=3, jobs=1, flux=("ALT",), progress=lambda *pair: told.append(pair))
    assert told[:3] == [(1, 3), (2, 3), (3, 3)]
    assert told[-1] == (1, 1)


def test_what_was_read_and_asked_is_on_record(result):
    assert {"network.tsv", "mids.tsv", "fluxes.tsv"} <= set(result.provenance.inputs)
    assert result.provenance.options["starts"] == "20"


@pytest.mark.parametrize("method", ["linear", "bootstrap"])
def test_other_intervals_are_much_like_profiles_where_errors_are_small(result, method):
    other = fit_fluxes(TEMPLATE, jobs=1, starts=2, intervals=method, flux=("ALT", "PC", "PK"))
    for name in ("ALT", "PC", "PK"):
        one, two = result.intervals.of(name), other.intervals.of(name)
        width = one[1] - one[0]
        assert np.abs(np.subtract(one, two)).max() < 0.25 * width, name


def test_a_lower_floor_of_errors_makes_intervals_narrower(result):
    floor = fit_fluxes(TEMPLATE, jobs=1, starts=2, flux=("PK",), mid_floor=0.002)
    wide, narrow = (
        end[1] - end[0] for end in (result.intervals.of("PK"), floor.intervals.of("PK"))
    )
    assert narrow < wide
    with pytest.raises(InputError, match="is not positive"):
        fit_fluxes(TEMPLATE, mid_floor=-1.0)


def test_saved_fits_are_compared(result, tmp_path):
    rows = (TEMPLATE / "fluxes.tsv").read_text().replace("GLC_out\t6.6\t", "GLC_out\t9.9\t")
    other = fit_fluxes(changed(tmp_path, fluxes=rows), jobs=1, starts=4)
    folders = tmp_path / "one", tmp_path / "other"
    for answer, folder in zip((result, other), folders):
        answer.save(folder)
    found = compare(*folders)
    frame = found.to_frame().set_index(KEYS)
    assert frame.loc[("GLC_out", "net"), "differs"]
    assert "fit.json" not in found.summary()
    assert set(found.provenance.inputs) == {"first fit", "second fit"}
    assert (
        compare(folders[0] / "fit.json", folders[0]).to_frame()["difference"].dropna() == 0
    ).all()


def test_no_fit_no_comparison(tmp_path):
    with pytest.raises(InputError, match=r"holds no fit\.json"):
        compare(tmp_path, tmp_path)


def test_fewer_values_than_free_fluxes_are_refused(tmp_path):
    mids = (TEMPLATE / "mids.tsv").read_text().splitlines()
    few = [line for line in mids if line.startswith(("measurement", "Ala\t"))]
    fluxes = "name\texpression\tvalue\tsd\nuptake\tALA_in\t10\t1\n"
    folder = changed(tmp_path, mids="\n".join(few), fluxes=fluxes)
    with pytest.raises(InputError, match=r"5 measured values cannot determine \d+ free net fluxes"):
        fit_fluxes(folder, jobs=1)


def test_constraints_that_contradict_each_other_are_named(tmp_path):
    constraints = "constraint\nALT >= 30\nALA_in <= 20\nPK <= 5\n"
    with pytest.raises(ModelError, match="ALT") as found:
        fit_fluxes(changed(tmp_path, constraints=constraints), jobs=1)
    assert "PK" not in str(found.value)


needs_liver = pytest.mark.skipif(not LIVER.exists(), reason="the liver data are not here")


@pytest.fixture(scope="module")
def fasted():
    names = ("ALATA_L", "PEPCK", "PCm", "GLYCOGEN_BREAK")
    return fit_fluxes(LIVER, condition="D20 fasted", starts=6, flux=names)


@needs_liver
def test_fasted_human_liver(fasted):
    """Alanine aminotransferase runs towards alanine, as in the authors' own optimum."""
    assert 390 < fasted.fit.ssr < 403
    assert "rejected" in fasted.summary()
    low, high = fasted.intervals.of("ALATA_L")
    assert low < -35 < high < 0
    low, high = fasted.intervals.of("PEPCK")
    assert 150 < low < 391 < high
    low, high = fasted.intervals.of("PCm")
    assert 150 < low < 343 < high
    low, high = fasted.intervals.of("GLYCOGEN_BREAK")
    assert low < 372 < high
    assert any("thf" in text or "h2o" in text for text in fasted.fit.undetermined())


@needs_liver
def test_labels_at_the_fitted_fluxes_are_the_fitted_labels(fasted, tmp_path):
    table = tmp_path / "fluxes.csv"
    fasted.to_frame().to_csv(table, index=False)
    again = simulate_labels(LIVER, condition="D20 fasted", fluxes=table).to_frame()
    fitted = fasted.fit.labels()["fitted"].to_numpy()
    assert again["value"].to_numpy() == pytest.approx(fitted, abs=1e-7)


@needs_liver
def test_a_condition_that_does_not_exist_is_named():
    with pytest.raises(UnknownNameError, match="D20 fasted"):
        fit_fluxes(LIVER, condition="D20 fastd")
