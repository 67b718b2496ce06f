"""Cq, baselines and efficiencies as instruments printed them in their own files."""

from pathlib import Path

import numpy as np
import pytest

from cahill.assays.amplification.analysis import analyse_curves
from cahill.io.qpcr_files import read_qpcr
from cahill.numerics.amplification_baseline import fit_lines

DATA = Path(__file__).parents[3].parent / "shared" / "data" / "assays" / "qpcr"
pytestmark = pytest.mark.skipif(not DATA.exists(), reason="the shared data are not here")


@pytest.fixture(scope="module")
def quantstudio():
    return read_qpcr(DATA / "quantstudio_standard_curve.xlsx")


def test_quantstudio_baselined_curves_to_rounding(quantstudio):
    windows = np.array([reaction.baseline for reaction in quantstudio.reactions], dtype=float)
    curves = quantstudio.fluorescence
    lines = fit_lines(quantstudio.cycles, curves, windows[:, 0], windows[:, 1])
    above = curves - lines.at(quantstudio.cycles)
    assert np.abs(above - quantstudio.baselined).max() < 2e-15


def test_quantstudio_cq_and_dilution_series(quantstudio):
    analysis = analyse_curves(quantstudio)
    apart = np.abs(analysis.reactions["difference"].to_numpy())
    printed = [reaction.cq is not None for reaction in quantstudio.reactions]
    assert sum(printed) == 92
    assert np.isfinite(apart).tolist() == printed
    assert np.nanmedian(apart) < 0.01
    assert np.nanmax(apart) < 0.03
    # as the instrument's software printed: slope -3.3419, intercept 40.77, R2 0.98802, 99.1747 %
    series = analysis.efficiencies.set_index("source").loc["dilution series"]
    assert series["slope"] == pytest.approx(-3.3419, abs=5e-5)
    assert series["intercept"] == pytest.approx(40.77, abs=5e-4)
    assert series["r_squared"] == pytest.approx(0.9880202381, abs=1e-9)
    assert 100 * (series["efficiency"] - 1) == pytest.approx(99.1747, abs=5e-3)


def test_quantstudio_text_with_a_window_that_was_not_used():
    run = read_qpcr(DATA / "quantstudio_export.txt")
    frame = analyse_curves(run).reactions
    apart = frame["difference"].abs().dropna()
    assert len(apart) == 2
    assert apart.max() < 0.03
    assert frame["baseline_first"].isna().all() or frame["baseline_first"].notna().sum() < 90


def test_bio_rad_cq_from_its_baselined_curves():
    run = read_qpcr(DATA / "biorad_melt.rdml", "Amp Step 3_FAM")
    frame = analyse_curves(run).reactions
    apart = frame["difference"].abs()
    assert apart.notna().sum() == 26
    assert apart.median() < 0.02
    assert apart.max() < 0.1


def test_lightcycler_reactions_and_its_cq_of_empty_wells():
    run = read_qpcr(DATA / "lc96_bACTXY.rdml")
    assert len(run.reactions) == 384
    frame = analyse_curves(run).reactions
    standards = frame[frame["role"] == "standard"]
    # the LightCycler normalises curves before it seeks a Cq, which no threshold reproduces
    assert standards["difference"].abs().median() < 0.2
    empty = frame[(frame["role"] == "other") & frame["amplified"]]
    assert empty["verdicts"].str.contains("the instrument printed Cq").mean() > 0.8
