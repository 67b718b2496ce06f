"""Natural-abundance correction: ours and IsoCor's, on the same made-up tables.

The benchmark calls `ours`, `ours_with_two_tracers` and `isocor`; alone, this file prints them.
Tables are mixtures of random isotopologues with noise (0.5 % of the total, negative ones cut at 0),
so that the constraint is active in many distributions, as in real tables. Times are CPU times.
"""

import json
import logging
import sys
import time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from cahill.io.intensity_tables import IntensityTable

COMPOUNDS = {
    "pyruvate": "C3H3O3",
    "alanine": "C3H6NO2",
    "glutamate": "C5H8NO4",
    "glutamine": "C5H9N2O3",
    "citrate": "C6H7O7",
}
NOISE, SEED, AREA = 0.005, 1, 1e6
FINE = (120_000.0, 200.0)  # an Orbitrap that resolves 13C from 15N in these


def made_up_table(
    samples: int, tracers: tuple[str, ...], resolution: tuple[float, float] | None
) -> "IntensityTable":
    """Return a table of `samples` distributions of every compound."""
    from cahill.io.intensity_tables import IntensityTable
    from cahill.io.isotopes import natural_isotopes
    from cahill.tracing.natural_abundance import Compound, correction
    from cahill.tracing.natural_abundance_method import Instrument, Method, tracer_isotope

    isotopes = natural_isotopes()
    chosen = tuple(tracer_isotope(name, isotopes) for name in tracers)
    method = Method(chosen, isotopes, Instrument(*(resolution or (None,))))
    rng = np.random.default_rng(SEED)
    parts = []
    for name, formula in COMPOUNDS.items():
        found = correction(Compound(formula, "", -1), method)
        mids = rng.dirichlet(np.full(found.full.shape[1], 0.5), size=samples)
        shown = mids @ found.full.T
        shown = AREA * np.maximum(shown + NOISE * rng.normal(size=shown.shape), 0.0)
        columns = {
            "sample": np.repeat([f"s{k}" for k in range(samples)], shown.shape[1]),
            "metabolite": name,
            "formula": formula,
            "derivative": "",
            "charge": -1,
            "tracer_atoms": "",
            "isotopologue": np.tile([str(peak) for peak in found.names], samples),
            "intensity": shown.ravel(),
        }
        parts.append(pd.DataFrame(columns))
    frame = pd.concat(parts, ignore_index=True)
    return IntensityTable("made up", frame, np.arange(len(frame)) + 2)


def ours(samples: int = 20_000) -> dict[str, Any]:
    """Correct one tracer at unit mass; rate is distributions a second, from table to table."""
    return _ours(samples, ("13C",), None)


def ours_with_two_tracers(samples: int = 20_000) -> dict[str, Any]:
    """Correct 13C and 15N together at finite resolution."""
    return _ours(samples, ("13C", "15N"), FINE)


def _ours(
    samples: int, tracers: tuple[str, ...], resolution: tuple[float, float] | None
) -> dict[str, Any]:
    from cahill.tracing.correct_mids import correct_mids
    from cahill.tracing.natural_abundance_method import Instrument

    instrument = Instrument(*(resolution or (None,)))
    # Once, so that compiled code is loaded.
    correct_mids(made_up_table(3, tracers, resolution), tracers, instrument=instrument)
    table = made_up_table(samples, tracers, resolution)
    spent = []
    for _ in range(5):
        start = time.process_time()
        result = correct_mids(table, tracers, instrument=instrument)
        spent.append(time.process_time() - start)
    held = (result.enrichments.drop_duplicates(["sample", "metabolite"])["lowest"] < 0).mean()
    return {
        "rate": samples * len(COMPOUNDS) / float(np.median(spent)),
        "held_at_zero": float(held),
        "not_resolved": int((result.compounds["not_separable"] != "").sum()),
    }


def isocor(samples: int = 100) -> dict[str, Any]:
    """Correct the same kind of table with IsoCor, and compare ours with it.

    Returns
    -------
    dict
        rate (distributions a second, matrices ready), worst (largest difference of a fraction where
        nothing is negative, so that IsoCor's minimiser converges) and worst_matrix.
    """
    from isocor.mscorrectors import MetaboliteCorrectorFactory

    from cahill.io.isotopes import natural_isotopes
    from cahill.tracing.correct_mids import correct_mids
    from cahill.tracing.natural_abundance import Compound, correction
    from cahill.tracing.natural_abundance_method import Method, tracer_isotope

    logging.disable(logging.CRITICAL)
    isotopes = natural_isotopes()
    data = {
        symbol: {
            "mass": [Decimal(repr(isotope.mass)) for isotope in isotopes[symbol].isotopes],
            "abundance": [isotope.abundance for isotope in isotopes[symbol].isotopes],
        }
        for symbol in "CHNO"
    }
    method = Method((tracer_isotope("13C", isotopes),), isotopes)
    table = made_up_table(samples, ("13C",), None)
    frame = correct_mids(table).to_frame()
    spent, worst, worst_matrix = 0.0, 0.0, 0.0
    for name, formula in COMPOUNDS.items():
        judge = MetaboliteCorrectorFactory(
            formula, "13C", correct_NA_tracer=True, data_isotopes=data
        )
        matrix = correction(Compound(formula), method).matrix
        worst_matrix = max(worst_matrix, float(np.abs(judge.correction_matrix - matrix).max()))
        own = frame[frame["metabolite"] == name]
        shape = (samples, len(matrix))
        rows = own["intensity"].to_numpy().reshape(shape)
        fractions = own["fraction"].to_numpy().reshape(shape)
        free = (own["unconstrained_fraction"].to_numpy().reshape(shape) > 0).all(axis=1)
        start = time.process_time()
        answers = [judge.correct(row)[1] for row in rows.tolist()]
        spent += time.process_time() - start
        worst = max(worst, float(np.abs(np.array(answers) - fractions)[free].max(initial=0.0)))
    rate = samples * len(COMPOUNDS) / spent
    return {"rate": rate, "worst": worst, "worst_matrix": worst_matrix}


TASKS = {"ours": ours, "ours_with_two_tracers": ours_with_two_tracers, "isocor": isocor}


if __name__ == "__main__":
    if len(sys.argv) == 3 and sys.argv[1] == "--worker":
        task = json.loads(sys.argv[2])
        print(json.dumps(TASKS[task["task"]](**task.get("with", {}))))
    else:
        for title, work in TASKS.items():
            print(title, json.dumps(work()))
