"""Example files are written as they should be read: the study checks and carries its own truth."""

import csv

import numpy as np
import pytest
from openpyxl import load_workbook

from cahill.assays.western.blot_layout import read_blot_layout
from cahill.errors import InputError
from cahill.io.layout_fields import ACTIVITY_FIELDS, CHIP_FIELDS, QPCR_FIELDS
from cahill.io.layouts import read_layout
from cahill.io.studies import read_study
from cahill.io.templates import template_kinds
from cahill.workflows.check import check
from cahill.workflows.template import template


def test_every_kind_can_be_written(tmp_path):
    kinds = template.__annotations__["kind"].__args__
    assert sorted(kinds) == sorted(template_kinds())
    for kind in kinds:
        out = template(kind, tmp_path / kind)
        assert out.exists()


@pytest.fixture
def study(tmp_path):
    return template("study", tmp_path / "study")


def test_the_example_study_is_sound(study):
    report = check(study)
    assert report.errors == ()
    # Label does not tell how fast glutamate and 2-oxoglutarate exchange: nothing else makes either.
    (doubt,) = (issue.message for _, issue in report.issues)
    assert doubt == "nothing determines the exchange fluxes of GLUD"
    assert report.summary().endswith("5 checks passed")


def test_the_workbook_says_the_same(study, tmp_path):
    book = template("study-xlsx", tmp_path / "study.xlsx")
    one, other = read_study(study), read_study(book)
    assert one.network == other.network
    assert (one.fluxes, one.constraints, one.point) == (
        other.fluxes,
        other.constraints,
        other.point,
    )
    for a, b in zip(one.experiments[0].labels, other.experiments[0].labels, strict=True):
        np.testing.assert_array_equal(a.values, b.values)
    assert check(book).errors == ()


def test_its_flux_state_closes_the_balances(study):
    example = read_study(study)
    for pool in example.network.of_kind("pool"):
        total = sum(
            row.get(pool, 0) * example.point.net[reaction]
            for reaction, row in example.network.reactions.items()
        )
        assert total == pytest.approx(0), pool


def test_its_isotopologues_come_from_its_flux_state(study):
    """The made-up data are the prediction of the flux state with an error of 0.012 a value."""
    from cahill.tracing.flux_space import flux_space
    from cahill.tracing.label_model import label_model

    example = read_study(study)
    (experiment,) = example.experiments
    gross = flux_space(example).complete(example.point).gross
    predicted = label_model(example.network, experiment).predict(gross)
    measured = np.concatenate([label.values.ravel() for label in experiment.labels])
    assert len(measured) == 36
    # A mean of three has an error of 0.012 / sqrt(3); four of them is far out for 36 values.
    assert np.abs(measured - predicted).max() < 4 * 0.012 / 3**0.5


def test_nothing_is_overwritten(study, tmp_path):
    (study / "feeds.tsv").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match="not empty"):
        template("study", study)
    assert (study / "feeds.tsv").read_text("utf-8") == "mine"
    template("study", study, force=True)
    assert (study / "feeds.tsv").read_text("utf-8") != "mine"
    book = template("study-xlsx", tmp_path / "a")
    assert book.name == "a.xlsx"
    with pytest.raises(InputError, match="exists"):
        template("study-xlsx", tmp_path / "a")


def test_the_intensities_have_the_columns_that_correction_reads(tmp_path):
    out = template("mids", tmp_path / "mids")
    with (out / "intensities.csv").open(encoding="utf-8") as file:
        header = next(csv.reader(line for line in file if not line.startswith("#")))
    assert {"sample", "metabolite", "formula", "isotopologue", "intensity"} <= set(header)


LAYOUTS = {"layout": ACTIVITY_FIELDS, "qpcr-layout": QPCR_FIELDS, "chip-layout": CHIP_FIELDS}


@pytest.mark.parametrize("kind", LAYOUTS)
def test_layouts_are_read_back(kind, tmp_path):
    folder = template(kind, tmp_path / kind)
    layout = read_layout(folder / "layout.toml", LAYOUTS[kind], rows=8, columns=12)
    roles = {content.text("role") for content in layout}
    expected = next(one for one in LAYOUTS[kind].fields if one.name == "role").choices
    assert "" not in roles
    assert roles <= set(expected)


def test_the_layout_workbook_says_the_same_as_the_layout(tmp_path):
    folder = template("layout", tmp_path / "layout")
    book = template("layout-xlsx", tmp_path / "book")
    assert book.name == "book.xlsx"
    one = read_layout(folder / "layout.toml", ACTIVITY_FIELDS)
    other = read_layout(book, ACTIVITY_FIELDS, rows=8, columns=12)
    assert [(each.well, each.fields) for each in one] == [
        (each.well, each.fields) for each in other
    ]


def test_the_layout_workbook_has_a_sheet_for_every_field(tmp_path):
    book = load_workbook(template("layout-xlsx", tmp_path / "book"))
    assert book.sheetnames == ["read me", *ACTIVITY_FIELDS.names]
    assert book["protein"]["A1"].value == "protein (mg/mL)"
    assert book["protein"]["B5"].value == 5.2


def test_the_blot_is_read_back(tmp_path):
    layout = read_blot_layout(template("blot", tmp_path / "blot") / "lanes.csv")
    assert len(layout.lanes) == 6
    assert [entry.target for entry in layout.targets] == ["ALT1", "actin"]
