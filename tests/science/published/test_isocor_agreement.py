"""IsoCor 2 (Millard et al. 2019) as judge, wherever it can correct: one tracer.

Its matrix is compared to 1e-12, its answers to 1e-10. IsoCor minimises by L-BFGS-B, which stops
short of the minimum by up to 1e-8 where the constraint is active; there the answer is polished by
an exact solver on IsoCor's own matrix first, and ours must never fit worse than IsoCor's.
"""

import logging
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import nnls

from cahill.io.intensity_tables import read_intensities
from cahill.io.isotopes import natural_isotopes
from cahill.numerics.nonnegative import nonnegative_least_squares
from cahill.tracing.correct_mids import correct_mids
from cahill.tracing.natural_abundance import Compound, correction
from cahill.tracing.natural_abundance_method import Instrument, Method, tracer_isotope

isocor = pytest.importorskip("isocor")

ISOTOPES = natural_isotopes()
COMPOUNDS = [
    ("C3H6NO2", "", "13C", None),
    ("C3H5NO2", "C8H21Si2", "13C", (0.01, 0.99)),
    ("C6H11O6", "", "13C", None),
    ("C9H12N3O4", "", "13C", (0.02, 0.98)),
    ("C5H9N2O3", "", "15N", (0.03, 0.97)),
    ("C5H10NO2S", "C3H9Si", "15N", None),
    ("C5H8NO4", "", "2H", (0.02, 0.98)),
    ("C4H5O5", "", "18O", (0.01, 0.01, 0.98)),
    ("C3H6NO2S", "", "34S", None),
]
RESOLUTIONS = [
    None,
    (60_000, 400, "orbitrap"),
    (400_000, 400, "ft-icr"),
    (25_000, 400, "constant"),
]
SAME_MATRIX, SAME_ANSWER = 1e-12, 1e-10


def table_for_isocor():
    """Return our isotopes as IsoCor wants them: no gaps between mass numbers."""
    data = {}
    for symbol in ("H", "C", "N", "O", "Si", "P", "S"):
        isotopes = {isotope.mass_number: isotope for isotope in ISOTOPES[symbol].isotopes}
        numbers = range(min(isotopes), max(isotopes) + 1)
        data[symbol] = {
            "mass": [Decimal(repr(isotopes[n].mass) if n in isotopes else n) for n in numbers],
            "abundance": [isotopes[n].abundance if n in isotopes else 0.0 for n in numbers],
        }
    return data


def purity_for_isocor(tracer, purity):
    """Return the composition of a labelled position, with a place for sulphur-35."""
    if tracer != "34S":
        return purity
    return [0.0, 0.0, 1.0, 0.0, 0.0]


@lru_cache
def both(compound, natural, resolution):
    """Return IsoCor's corrector (slow to build) and our correction of a compound."""
    logging.disable(logging.CRITICAL)
    formula, derivative, tracer, purity = compound
    options = {}
    if resolution is not None:
        options = {
            "resolution": resolution[0],
            "mz_of_resolution": resolution[1],
            "resolution_formula_code": resolution[2],
            "charge": -1,
        }
    judge = isocor.mscorrectors.MetaboliteCorrectorFactory(
        formula,
        tracer,
        derivative_formula=derivative or None,
        tracer_purity=purity_for_isocor(tracer, purity),
        correct_NA_tracer=natural,
        data_isotopes=table_for_isocor(),
        **options,
    )
    logging.disable(logging.NOTSET)
    method = Method(
        (tracer_isotope(tracer, ISOTOPES, purity),),
        ISOTOPES,
        Instrument() if resolution is None else Instrument(*resolution),
        natural,
    )
    return judge, correction(Compound(formula, derivative, -1), method)


@pytest.mark.parametrize("natural", [True, False])
@pytest.mark.parametrize("resolution", RESOLUTIONS, ids=str)
@pytest.mark.parametrize("compound", COMPOUNDS, ids=lambda c: f"{c[0]} {c[1]} {c[2]}")
def test_the_matrix_is_the_same(compound, resolution, natural):
    judge, ours = both(compound, natural, resolution)
    assert np.abs(judge.correction_matrix - ours.matrix).max() < SAME_MATRIX


@pytest.mark.parametrize("natural", [True, False])
@pytest.mark.parametrize("resolution", [None, (60_000, 400, "orbitrap")], ids=str)
@pytest.mark.parametrize("compound", COMPOUNDS, ids=lambda c: f"{c[0]} {c[1]} {c[2]}")
def test_answers_are_the_same(compound, resolution, natural):
    judge, ours = both(compound, natural, resolution)
    rng = np.random.default_rng(11)
    possible = 1e6 * rng.dirichlet(np.ones(len(ours.names)), size=5) @ ours.matrix.T
    noise = 1e6 * rng.uniform(size=(5, len(ours.names)))
    rows = np.concatenate([possible, noise])
    found, _ = nonnegative_least_squares(ours.matrix, rows)
    for row, areas in zip(rows, found):
        published = np.array(judge.correct(row.tolist())[1])
        fractions = areas / areas.sum()
        polished = nnls(judge.correction_matrix, row)[0]
        assert np.abs(fractions - polished / polished.sum()).max() < SAME_ANSWER
        # IsoCor's own minimiser stops here.
        assert np.abs(fractions - published).max() < 1e-7
        theirs = judge.correct(row.tolist())[0]
        ours_missed = np.linalg.norm(row - ours.matrix @ areas)
        assert ours_missed <= np.linalg.norm(row - ours.matrix @ theirs) * (1 + 1e-12) + 1e-6
    for row, areas in zip(rows[:5], found[:5]):
        _, fractions, residua, enrichment = judge.correct(row.tolist())
        atoms = ours.atoms[0]
        assert np.abs(areas / areas.sum() - fractions).max() < SAME_ANSWER
        assert abs(areas @ np.arange(atoms + 1) / areas.sum() / atoms - enrichment) < SAME_ANSWER
        missed = (row - ours.matrix @ areas) / row.sum()
        assert np.abs(missed - residua).max() < SAME_ANSWER


def test_a_heavy_molecule_is_the_same_without_isocors_threshold():
    """Above 500 u IsoCor leaves out peaks below 1e-10, which would show at 1e-10."""
    judge, ours = both(("C10H14N5O13P3", "", "15N", None), True, (60_000, 400, "orbitrap"))
    judge.threshold_p = None
    assert np.abs(judge.correction_matrix - ours.matrix).max() < SAME_MATRIX


def test_the_example_file_of_isocor_gives_the_answers_of_isocor():
    folder = Path(isocor.__file__).parent / "data"
    table = read_intensities(
        folder / "Data_example.tsv", folder / "Metabolites.dat", folder / "Derivatives.dat"
    )
    result = correct_mids(table, purity=[0.99], keep_empty=True)
    assert "no signal" in set(result.to_frame()["note"])
    frame = result.to_frame().dropna(subset="fraction")
    keys = ["sample", "metabolite", "derivative"]
    formulas = result.compounds.set_index(["metabolite", "derivative"])["formula"]
    for (_, metabolite, derivative), group in frame.groupby(keys, sort=False):
        judge = isocor.mscorrectors.MetaboliteCorrectorFactory(
            formulas[metabolite, derivative],
            "13C",
            derivative_formula=derivative or None,
            tracer_purity=[0.01, 0.99],
            correct_NA_tracer=True,
            data_isotopes=table_for_isocor(),
        )
        row = group["intensity"].to_numpy()
        polished = nnls(judge.correction_matrix, row)[0]
        fractions = group["fraction"].to_numpy()
        assert np.abs(fractions - polished / polished.sum()).max() < SAME_ANSWER
        assert np.abs(fractions - judge.correct(row.tolist())[1]).max() < 1e-6
