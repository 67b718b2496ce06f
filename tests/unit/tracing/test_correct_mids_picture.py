"""The picture of corrected distributions: legible, whatever the table."""

import sys
from math import inf
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cahill.io.intensity_tables import IntensityTable
from cahill.io.isotopes import natural_isotopes
from cahill.results.pictures import figure_svg
from cahill.tracing.correct_mids import correct_mids
from cahill.tracing.correct_mids_page import fraction_picture
from cahill.tracing.natural_abundance import Compound, correction
from cahill.tracing.natural_abundance_method import Instrument, Method, tracer_isotope

sys.path.insert(0, str(Path(__file__).parents[1] / "results"))
from picture_overlaps import cut_off_texts, overlapping_texts, shown_texts

FORMULAS = {"alanine": "C3H6NO2", "adenosine triphosphate": "C10H12N5O13P3", "urea": "CH5N2O"}


def corrected(tracers, instrument, samples, metabolites=tuple(FORMULAS)):
    isotopes = natural_isotopes()
    method = Method(tuple(tracer_isotope(t, isotopes) for t in tracers), isotopes, instrument)
    rng = np.random.default_rng(3)
    rows = []
    for name in metabolites:
        formula = FORMULAS[name.partition(" no ")[0]]
        found = correction(Compound(formula, "", -1), method)
        for sample in samples:
            shown = found.full @ rng.dirichlet(np.ones(found.full.shape[1]))
            rows += [(sample, name, formula, str(p), v) for p, v in zip(found.names, shown)]
    frame = pd.DataFrame(
        rows, columns=["sample", "metabolite", "formula", "isotopologue", "intensity"]
    ).assign(derivative="", charge=-1, tracer_atoms="")
    table = IntensityTable("x.csv", frame, np.arange(len(frame)))
    return correct_mids(table, tracers, instrument=instrument)


LONG = [f"liver slice {k}, medium without insulin" for k in range(30)]
CASES = {
    "one sample": lambda: corrected(("13C",), Instrument(), ["a"]),
    "many samples": lambda: corrected(("13C",), Instrument(), LONG),
    "merged peaks": lambda: corrected(("13C", "15N"), Instrument(60_000, 200), ["a", "b"]),
    "every isotopologue": lambda: corrected(("13C", "15N"), Instrument(inf), ["a", "b", "c"]),
    "many metabolites": lambda: corrected(
        ("13C",), Instrument(), ["a"], [f"alanine no {k}" for k in range(20)]
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_no_text_overlaps_or_leaves_the_picture(name):
    figure = fraction_picture(CASES[name]())
    assert overlapping_texts(figure) == []
    assert cut_off_texts(figure) == []


def test_what_is_left_out_is_said():
    words = " ".join(text for text, _ in shown_texts(CASES["many samples"]().plot()))
    assert "the first 8 of 30 samples" in words
    assert "3 others" in words
    words = " ".join(text for text, _ in shown_texts(CASES["many metabolites"]().plot()))
    assert "the first 12 of 20 metabolites" in words


def test_the_same_table_gives_the_same_bytes():
    assert figure_svg(CASES["one sample"]().plot()) == figure_svg(CASES["one sample"]().plot())
