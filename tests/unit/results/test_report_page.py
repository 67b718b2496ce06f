import re
from dataclasses import dataclass

import pandas as pd
import pytest
from matplotlib.figure import Figure
from results_demo import FLUXES

from cahill.errors import InputError
from cahill.results.base import Result
from cahill.results.drawing import draw_cycle_map
from cahill.results.output import prepare_file, prepare_output
from cahill.results.page import (
    Fact,
    Page,
    Picture,
    Section,
    Table,
    render_page,
    save_pictures,
    write_page,
)
from cahill.results.provenance import collect_provenance


@dataclass(frozen=True, kw_only=True)
class AlanineFlux(Result):
    value: float

    def summary(self) -> str:
        return f"Alanine <flux> is {self.value} µmol/kg/min."

    def to_frame(self) -> pd.DataFrame:
        return pd.DataFrame({"quantity": ["alanine flux"], "value": [self.value]})

    def plot(self) -> Figure:
        return draw_cycle_map({"alanine_release_muscle": self.value})


def demo_page() -> Page:
    figure = draw_cycle_map(FLUXES)
    table = Table(pd.DataFrame({"a": [1.0, 2.0]}), "Numbers", sortable=True)
    return Page(
        title="A <report>",
        lead="One sentence.",
        facts=(Fact("alanine flux", "4.4", "µmol/kg/min", "published 4.0–5.0", met=True),),
        sections=(
            Section("The cycle", ("Prose & more.",), (Picture(figure, "Map", name="map"),)),
            Section("The cycle", (), (Picture(figure, "Again"),), (table,), ("A doubt.",)),
        ),
        sources=("Felig 1973",),
        provenance=collect_provenance({"demo.toml": "x = 1"}, {"rtol": 1e-6}),
    )


def test_a_page_loads_nothing_and_escapes_its_text():
    html = render_page(demo_page())
    assert re.findall(r'(?:src|href)="(?!#|data:,)[^"]*"', html) == []
    assert "http:" not in html
    assert "https:" not in html
    assert "@import" not in html
    assert "A &lt;report&gt;" in html
    assert "Prose &amp; more." in html
    assert "A doubt." in html


def test_ids_are_unique_in_a_page_with_the_same_picture_and_heading_twice():
    ids = re.findall(r'\bid="([^"]+)"', render_page(demo_page()))
    assert len(ids) == len(set(ids))


def test_a_page_is_the_same_at_every_rendering():
    assert render_page(demo_page()) == render_page(demo_page())


def test_a_page_has_language_headings_descriptions_and_verdicts_in_words():
    html = render_page(demo_page())
    assert '<html lang="en">' in html
    assert html.count("<h1>") == 1
    assert html.count("<svg ") == html.count('role="img" aria-label=')
    assert "✓ met" in html


def test_a_report_is_not_overwritten_unless_forced(tmp_path):
    target = tmp_path / "deep" / "report.html"
    assert write_page(demo_page(), target) == target
    with pytest.raises(InputError, match="exists: choose another name or pass --force"):
        write_page(demo_page(), target)
    write_page(demo_page(), target, force=True)
    with pytest.raises(InputError, match="is a folder"):
        prepare_file(tmp_path)


def test_named_pictures_are_saved_beside_the_page(tmp_path):
    files = save_pictures(demo_page(), tmp_path)
    assert [file.name for file in files] == ["map.svg", "map.png"]


def test_an_output_folder_with_content_is_refused_and_forcing_deletes_nothing(tmp_path):
    folder = prepare_output(tmp_path / "new" / "out")
    assert prepare_output(folder) == folder
    mine = folder / "thesis.docx"
    mine.write_text("years of work")
    with pytest.raises(InputError, match="is not empty: choose another folder or pass --force"):
        prepare_output(folder)
    assert prepare_output(folder, force=True) == folder
    assert mine.read_text() == "years of work"


def test_an_output_folder_that_is_a_file_is_refused(tmp_path):
    target = tmp_path / "file"
    target.write_text("")
    with pytest.raises(InputError, match="is a file"):
        prepare_output(target)
    with pytest.raises(InputError, match="choose another folder"):
        prepare_output(target / "below")


def test_every_result_reports_itself(tmp_path):
    result = AlanineFlux(value=4.4, notes=("A note.",), sources=("Felig 1973",))
    html = result.report(tmp_path / "r.html").read_text(encoding="utf-8")
    assert "Alanine &lt;flux&gt; is 4.4" in html
    assert "A note." in html
    assert "Felig 1973" in html


def test_a_notebook_shows_sentence_picture_and_table():
    html = AlanineFlux(value=4.4)._repr_html_()
    assert "&lt;flux&gt;" in html
    assert "<svg " in html
    assert "<table" in html


def test_provenance_holds_hashes_but_no_paths(tmp_path):
    source = tmp_path / "fast.toml"
    source.write_text("a = 1", encoding="utf-8")
    made = collect_provenance(
        {str(source): source}, {"out": tmp_path / "x", "names": ["a", "b"]}, date="2026-01-02"
    )
    text = str(made.rows())
    assert str(tmp_path) not in text
    assert made.inputs["fast.toml"] == collect_provenance({"t": "a = 1"}).inputs["t"]
    assert made.options == {"out": "x", "names": "a, b"}
    assert made.rows()[-1] == ("date", "2026-01-02")
    assert "C:" not in str(collect_provenance(options={"f": r"C:\Users\me\f.csv"}))
