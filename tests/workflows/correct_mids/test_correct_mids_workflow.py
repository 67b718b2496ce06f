"""The template's intensities, corrected, as they were stored.

The golden file changes only when the table of isotopes, the template or the definitions do. To
write it anew:

    CAHILL_WRITE_GOLDEN=1 .venv/bin/python -m pytest tests/workflows/correct_mids
"""

import os
from importlib.resources import files
from pathlib import Path

import pandas as pd
import pytest

from cahill.errors import InputError
from cahill.workflows.correct_mids import correct_mids

GOLDEN = Path(__file__).with_name("golden.csv")
TEMPLATE = Path(str(files("cahill") / "data/templates/mids/intensities.csv"))
COLUMNS = ["sample", "metabolite", "isotopologue", "fraction", "unconstrained_fraction", "residuum"]
# Made-up fractions behind the template, before noise (0.3 % and 60 counts).
MADE_UP = {
    ("fasted", "alanine"): [0.62, 0.09, 0.04, 0.25],
    ("fed", "alanine"): [0.45, 0.06, 0.04, 0.45],
    ("fed", "citrate"): [0.52, 0.08, 0.25, 0.05, 0.06, 0.03, 0.01],
    ("natural", "glutamate"): [1, 0, 0, 0, 0, 0],
}


@pytest.fixture(scope="module")
def result():
    return correct_mids(TEMPLATE, purity=("0.99",))


def test_as_stored(result):
    found = result.to_frame()[COLUMNS]
    if os.environ.get("CAHILL_WRITE_GOLDEN"):
        found.to_csv(GOLDEN, index=False, lineterminator="\n", float_format="%.12g")
    stored = pd.read_csv(GOLDEN)
    assert found[COLUMNS[:3]].to_numpy().tolist() == stored[COLUMNS[:3]].to_numpy().tolist()
    for column in COLUMNS[3:]:
        assert found[column].tolist() == pytest.approx(stored[column].tolist(), abs=1e-10)


@pytest.mark.parametrize("key", MADE_UP, ids=" ".join)
def test_the_made_up_fractions_come_back_within_the_noise(result, key):
    frame = result.to_frame()
    own = frame[(frame["sample"] == key[0]) & (frame["metabolite"] == key[1])]
    assert own["fraction"].tolist() == pytest.approx(MADE_UP[key], abs=0.003)


def test_everything_is_saved(result, tmp_path):
    names = {path.name for path in result.save(tmp_path)}
    tables = {"results.csv", "enrichments.csv", "compounds.csv"}
    assert names == {*tables, "report.html", "fractions.svg", "fractions.png"}
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "Mean enrichment" in page
    assert "IsoCor" in page
    assert result.provenance is not None
    assert list(result.provenance.inputs) == ["intensities.csv"]


def test_options_reach_the_correction(tmp_path):
    path = tmp_path / "data.csv"
    rows = [("C0N0", 90), ("C0N1", 1), ("C1N0", 4), ("C1N1", 0.1), ("C2N0", 3), ("C2N1", 0)]
    lines = [f"glycine,C2H4NO2,-1,{name},{value}" for name, value in rows]
    path.write_text("\n".join(["metabolite,formula,charge,isotopologue,intensity", *lines]))
    isotopes = tmp_path / "isotopes.csv"
    isotopes.write_text(
        "element,mass,abundance\nC,12,1\nH,1.0078,1\nN,14.0031,1\nO,15.9949,1\nC,13.0034,0\n"
    )
    fine = correct_mids(
        path, tracer=("13C", "15N"), resolution=120_000, at_mz=200, keep_natural_tracer=True
    )
    assert fine.to_frame()["isotopologue"].tolist() == [name for name, _ in rows]
    assert fine.notes[-1].startswith("Natural isotopes in unlabelled positions")
    with pytest.raises(InputError, match="unknown isotope 13C; choose from 12C"):
        correct_mids(path, isotopes=isotopes)
    with pytest.raises(InputError, match='--purity "pure": write a share such as'):
        correct_mids(path, purity=("pure",))
