"""A study from its tables to its report; the golden file holds the group means of the template.

After a change on purpose, write the tables of the template and the golden file anew:

    CAHILL_WRITE_GOLDEN=1 .venv/bin/python -m pytest tests/workflows/tracer_kinetics
"""

import json
import os
import shutil
from importlib.resources import files
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot
from virtual_infusion import C13, C14, EXERCISE, H3, REST, SUBJECTS, tables, write

from cahill.cli.main import main
from cahill.errors import InputError
from cahill.workflows.tracer_kinetics import tracer_kinetics

TEMPLATE = Path(str(files("cahill") / "data" / "templates" / "enrichments"))
GOLDEN = Path(__file__).with_name("golden.csv")
MEAN_FACTOR = float(np.mean([factor for _, factor in SUBJECTS.values()]))


@pytest.fixture(scope="module")
def found():
    if os.environ.get("CAHILL_WRITE_GOLDEN"):
        write(TEMPLATE)
        result = tracer_kinetics(TEMPLATE)
        result.groups().to_csv(GOLDEN, index=False, lineterminator="\n", float_format="%.6g")
        return result
    return tracer_kinetics(TEMPLATE)


@pytest.fixture(scope="module")
def exact(tmp_path_factory):
    folder = tmp_path_factory.mktemp("exact")
    write(folder, noise=0.0)
    return tracer_kinetics(folder)


def test_the_template_is_what_the_known_fluxes_give():
    for name, frame in tables().items():
        stored = pd.read_csv(TEMPLATE / f"{name}.csv", comment="#")
        made = frame.replace("", np.nan)
        assert list(stored) == list(made)
        for column in stored:
            if pd.api.types.is_numeric_dtype(stored[column]):
                numbers = made[column].to_numpy(float)
                # The last digit written may turn with the last bit of the simulation.
                assert np.allclose(stored[column], numbers, rtol=1e-3, equal_nan=True), column
            else:
                assert stored[column].tolist() == made[column].tolist()
    assert all(
        path.read_text(encoding="utf-8").startswith("# Synthetic study")
        for path in TEMPLATE.glob("*.csv")
    )


def test_the_groups_are_as_stored(found):
    stored, groups = pd.read_csv(GOLDEN), found.groups()
    keys = ["state", "quantity", "analyte", "tracer", "subjects", "unit"]
    assert groups[keys].to_numpy().tolist() == stored[keys].to_numpy().tolist()
    for column in ("mean", "sd", "low", "high"):
        assert np.allclose(groups[column], stored[column], rtol=1e-4, atol=1e-6, equal_nan=True)


def mean(result, state, quantity, analyte, tracer):
    rows = result.groups()
    for column, wanted in zip(
        ("state", "quantity", "analyte", "tracer"), (state, quantity, analyte, tracer)
    ):
        rows = rows[rows[column] == wanted]
    return float(rows["mean"].iloc[0])


def last(result, state, quantity, analyte, tracer):
    frame = result.to_frame()
    rows = frame[(frame["state"] == state) & (frame["time_min"] == 240)]
    rows = rows[(rows["quantity"] == quantity) & (rows["analyte"] == analyte)]
    return float(rows.loc[rows["tracer"] == tracer, "value"].mean())


def test_known_fluxes_are_recovered_from_plateaus(exact):
    """Within what the design itself errs by: label that comes back, and no full plateau."""
    rest, ra = REST.scaled(MEAN_FACTOR), "rate of appearance"
    assert mean(exact, "rest", ra, "glucose", H3) == pytest.approx(rest.glucose_ra, rel=0.01)
    # 13C comes back through glucose, 14C through alanine: Ra too small by that.
    assert mean(exact, "rest", ra, "alanine", C13) == pytest.approx(rest.alanine_ra, rel=0.02)
    recycled = mean(exact, "rest", ra, "glucose", C14)
    assert recycled < 0.99 * mean(exact, "rest", ra, "glucose", H3)
    made = mean(exact, "rest", "carbon transfer", "glucose to alanine", C14)
    assert made == pytest.approx(rest.glucose_to_alanine, rel=0.02)
    # Glucose has not reached its plateau of 13C in 4 h: a tenth is missed.
    corrected = "carbon transfer, corrected for exchange"
    back = mean(exact, "rest", corrected, "alanine to glucose", C13)
    assert 0.87 < back / rest.alanine_to_glucose < 0.92


def test_known_fluxes_are_recovered_over_time(exact):
    """The equation that counts stored label finds the transfer that the plateau misses."""
    corrected = "carbon transfer, corrected for exchange"
    rest = REST.scaled(MEAN_FACTOR)
    back = last(exact, "rest", corrected, "alanine to glucose", C13)
    assert back == pytest.approx(rest.alanine_to_glucose, rel=0.04)
    work = EXERCISE.scaled(MEAN_FACTOR)
    ra = "rate of appearance"
    assert last(exact, "exercise", ra, "glucose", H3) == pytest.approx(work.glucose_ra, rel=0.04)
    assert last(exact, "exercise", ra, "alanine", C13) == pytest.approx(work.alanine_ra, rel=0.04)
    # At plateau the falling label of glucose makes its Ra too small by a tenth.
    assert mean(exact, "exercise", ra, "glucose", H3) < 0.92 * work.glucose_ra


def test_the_notes_say_which_courses_have_no_plateau(found):
    text = " ".join(found.notes)
    assert "Glucose labelled by [3-13C]alanine is not at a plateau" in text
    assert "S1 rest" in text


def test_the_report_is_written_with_its_pictures(found, tmp_path):
    names = {path.name for path in found.save(tmp_path / "out")}
    pyplot.close("all")
    assert {"report.html", "fluxes.png", "enrichments.svg", "over-time.png"} <= names
    assert {"results.csv", "groups.csv", "pairs.csv", "plateaus.csv", "smoothing.csv"} <= names
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    for words in ("Steele", "published", "Consoli", "degrees of freedom"):
        assert words.lower() in page.lower()
    table = pd.read_csv(tmp_path / "out" / "results.csv")
    assert list(table)[:4] == ["subject", "state", "time_min", "quantity"]
    assert len(table) == len(found.to_frame())


def test_json_is_pure(capsys):
    main(["tracer-kinetics", str(TEMPLATE), "--json"])
    printed = capsys.readouterr()
    content = json.loads(printed.out)
    assert printed.err == ""
    assert content["data"][0]["time_min"] is None
    assert {row["quantity"] for row in content["data"]} > {"rate of appearance", "clearance"}
    assert content["provenance"]["inputs"].keys() >= {"infusions.csv", "enrichments.csv"}


def test_tables_may_be_given_one_by_one(found):
    paths = [TEMPLATE / f"{name}.csv" for name in ("infusions", "enrichments", "subjects")]
    result = tracer_kinetics(*paths, plateau=(180, 240), exchange=0.3)
    first = result.to_frame()
    assert first["time_min"].isna().all(), "no pool volumes, so nothing over time"
    assert "plateau" in dict(result.provenance.options)


def test_bad_input_is_one_line(tmp_path, capsys):
    shutil.copytree(TEMPLATE, tmp_path / "bad")
    (tmp_path / "bad" / "subjects.csv").unlink()
    with pytest.raises(SystemExit) as ended:
        main(["tracer-kinetics", str(tmp_path / "bad")])
    assert ended.value.code == 2
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith('cahill: infusions.csv row 3: "uCi/min" needs the weight of S1')
    with pytest.raises(InputError, match="has no table of infusions"):
        tracer_kinetics(TEMPLATE / "enrichments.csv")
