"""The template's study, simulated, as it was stored; the published configurations of E. coli.

The golden file changes only when the template or the definitions do. To write it anew:

    CAHILL_WRITE_GOLDEN=1 .venv/bin/python -m pytest tests/workflows/simulate_labels
"""

import os
from importlib.resources import files
from pathlib import Path

import pandas as pd
import pytest

from cahill.errors import InputError, UnknownNameError
from cahill.workflows.simulate_labels import simulate_labels

GOLDEN = Path(__file__).with_name("golden.csv")
TEMPLATE = Path(str(files("cahill") / "data/templates/study"))
PUBLISHED = Path(__file__).parents[3].parent / "shared/data/tracing/fluxml/EC.fml"
NAMES = ["experiment", "measurement", "molecule", "channel"]


@pytest.fixture(scope="module")
def result():
    return simulate_labels(TEMPLATE)


def test_as_stored(result):
    found = result.to_frame()[[*NAMES, "value"]]
    if os.environ.get("CAHILL_WRITE_GOLDEN"):
        found.to_csv(GOLDEN, index=False, lineterminator="\n", float_format="%.12g")
    stored = pd.read_csv(GOLDEN)
    assert found[NAMES].to_numpy().tolist() == stored[NAMES].to_numpy().tolist()
    assert found["value"].tolist() == pytest.approx(stored["value"].tolist(), abs=1e-10)


def test_what_was_read_is_on_record(result):
    assert {"network.tsv", "feeds.tsv", "mids.tsv", "point.tsv"} <= set(result.provenance.inputs)


def test_a_table_of_fluxes_takes_the_place_of_the_study_s_own(result, tmp_path):
    table = tmp_path / "fluxes.csv"
    changed = result.fluxes()
    changed.loc[changed["kind"] == "exchange", "value"] *= 0.1
    changed.to_csv(table, index=False)
    other = simulate_labels(TEMPLATE, fluxes=table)
    assert "fluxes.csv" in other.provenance.inputs
    moved = (other.to_frame()["value"] - result.to_frame()["value"]).abs().max()
    assert 1e-3 < moved < 0.5
    result.fluxes().to_csv(table, index=False)
    same = simulate_labels(TEMPLATE, fluxes=table).to_frame()["value"]
    assert same.tolist() == pytest.approx(result.to_frame()["value"].tolist(), abs=1e-10)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("flux,value\nALT,3\n", "fluxes.csv: missing column kind"),
        ("flux,kind,value\nALT,gross,3\n", 'fluxes.csv row 2: kind "gross" is not one of'),
        ("flux,kind,value\nALT,net,3\nALT,net,4\n", "fluxes.csv row 3: net of ALT stands twice"),
        ("flux,kind,value\nALT,net,much\n", 'fluxes.csv row 2: value "much" is not a number'),
    ],
)
def test_a_bad_table_of_fluxes_is_one_line(tmp_path, text, said):
    table = tmp_path / "fluxes.csv"
    table.write_text(text)
    with pytest.raises(InputError) as found:
        simulate_labels(TEMPLATE, fluxes=table)
    assert said in str(found.value)
    assert len(str(found.value).splitlines()) == 1


def test_a_choice_that_the_format_does_not_have_is_refused():
    with pytest.raises(InputError, match="has no configurations"):
        simulate_labels(TEMPLATE, configuration="a_STAT")


@pytest.mark.skipif(not PUBLISHED.exists(), reason="the published E. coli network is not here")
@pytest.mark.parametrize(("configuration", "values"), [("a_STAT", 162), ("a_INST", 1458)])
def test_the_published_configurations(configuration, values):
    result = simulate_labels(PUBLISHED, configuration=configuration)
    frame = result.to_frame()
    assert len(frame) == values
    assert frame["measurement"].nunique() == 33
    whole = frame.merge(result.enrichments(), on=["measurement", "time"])
    sums = whole.groupby(["measurement", "time"], dropna=False)["value"].sum()
    assert sums.tolist() == pytest.approx([1.0] * len(sums), abs=1e-9)
    assert frame["value"].between(-1e-9, 1 + 1e-9).all()


@pytest.mark.skipif(not PUBLISHED.exists(), reason="the published E. coli network is not here")
def test_a_configuration_that_does_not_exist_is_named():
    with pytest.raises(UnknownNameError, match="nowhere"):
        simulate_labels(PUBLISHED, configuration="nowhere")
