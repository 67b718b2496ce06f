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
from cahill.workflows.simulate import simulate
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


# --- a tracer in a scenario of the cycle --------------------------------------------------------

GLUCOSE = "Glc_blood C:U 0.2 umol/kg/min"


@pytest.fixture(scope="module")
def infusion():
    tracers = (GLUCOSE, "Ala_blood N:U 0.014 mmol/min")
    return simulate_labels(Path("overnight-fast"), tracer=tracers, hours=6.0)


def last(result, measurement, channel="enrichment"):
    frame = result.to_frame()
    rows = frame[(frame["measurement"] == measurement) & (frame["channel"] == channel)]
    assert rows["time_h"].iloc[-1] == 6.0
    return rows["value"].iloc[-1]


def test_a_tracer_is_diluted_as_steele_says(infusion):
    """After four turnovers of glucose the enrichment is infusion over appearance, nearly."""
    appearing = simulate("overnight-fast", hours=6.0).reported["egp"]
    expected = 0.2 / (appearing + 0.2)
    assert 0.85 < last(infusion, "Glc_blood C", "M+6") / expected < 1.05
    assert last(infusion, "Glc_blood C") > last(infusion, "Glc_blood C", "M+6")


def test_label_goes_from_glucose_to_alanine_and_nitrogen_stays_nitrogen(infusion):
    assert 0 < last(infusion, "Ala_blood C") < last(infusion, "Glc_blood C")
    # 0.014 mmol/min into a man of 70 kg are 0.2 umol/kg/min; he makes 4 to 5 umol/kg/min.
    assert 0.03 < last(infusion, "Ala_blood N") < 0.06
    assert set(infusion.to_frame()["measurement"]) == {
        "Glc_blood C",
        "Ala_blood C",
        "Ala_blood N",
        "Lac_blood C",
    }


def test_the_isotopologues_of_a_pool_add_up_to_one(infusion):
    frame = infusion.to_frame()
    sums = frame[frame["channel"] != "enrichment"].groupby(["measurement", "time_h"])["value"].sum()
    assert sums.to_numpy() == pytest.approx(1.0, abs=1e-9)


def test_its_report_is_saved(infusion, tmp_path):
    names = {path.name for path in infusion.save(tmp_path)}
    assert names == {"labels.csv", "labels.svg", "labels.png", "report.html"}
    assert "Average enrichment" in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_pools_asked_for_are_shown_and_no_others():
    pools = ("Pyr_liver_mito",)
    result = simulate_labels(Path("overnight-fast"), tracer=(GLUCOSE,), pool=pools, hours=1.0)
    assert set(result.to_frame()["measurement"]) == set(pools)


@pytest.mark.parametrize(
    ("source", "options", "said"),
    [
        ("overnight-fast", {}, "say what is infused"),
        ("overnight-fast", {"tracer": ("Glc_blood 0.2 umol/kg/min",)}, "give pool, labelled atoms"),
        ("overnight-fast", {"tracer": ("Glc_blod C:U 1 umol/kg/min",)}, "did you mean Glc_blood"),
        ("overnight-fast", {"tracer": ("Glc_blood C:U 1 mmol",)}, "mmol/min"),
        ("overnight-fast", {"tracer": ("Glc_blood C:01 1 mmol/min",)}, "name 2 atoms"),
        ("overnight-fast", {"tracer": (GLUCOSE,), "condition": "fed"}, "--condition: a scenario"),
        (str(TEMPLATE), {"pool": ("Ala",)}, "--pool: a study has none"),
    ],
)
def test_what_cannot_be_infused_is_one_line(source, options, said):
    with pytest.raises(InputError, match=said) as found:
        simulate_labels(Path(source), **options)
    assert len(str(found.value).splitlines()) == 1
