"""Reports: one self-contained HTML file with its pictures, tables and style inside."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
from markupsafe import Markup
from matplotlib.figure import Figure

from cahill.results.output import prepare_file
from cahill.results.pictures import inline_svg, save_figure
from cahill.results.provenance import Provenance
from cahill.results.tables import TableView, environment, met_text, table_view
from cahill.results.theme import DARK, LIGHT, css_variables


@dataclass(frozen=True)
class Fact:
    """A headline number: what, how much, and the published value beside it.

    `met` is None where there is nothing to judge.
    """

    label: str
    value: str
    unit: str = ""
    beside: str = ""
    met: bool | None = None

    @property
    def judged(self) -> bool:
        """Whether the number has a verdict."""
        return self.met is not None


@dataclass(frozen=True)
class Picture:
    """A picture of the page.

    Attributes
    ----------
    figure : Figure or str
        A matplotlib figure drawn in the light theme, or SVG text.
    caption : str
    alt : str
        What the picture shows, for those who cannot see it; the caption if empty.
    name : str
        File name without ending under which `save_pictures` writes it; none if empty.
    min_width : int
        Pixels below which the picture scrolls instead of shrinking.
    """

    figure: Figure | str
    caption: str = ""
    alt: str = ""
    name: str = ""
    min_width: int = 560


@dataclass(frozen=True)
class Table:
    """A tidy frame with its caption; `sortable` adds sorting and a filter."""

    frame: pd.DataFrame
    caption: str = ""
    headings: Mapping[str, str] = field(default_factory=dict)
    sortable: bool = False
    digits: int = 3


@dataclass(frozen=True)
class Section:
    """A heading with prose, pictures, tables and notes, in this order."""

    heading: str
    paragraphs: tuple[str, ...] = ()
    pictures: tuple[Picture, ...] = ()
    tables: tuple[Table, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Script:
    """A script of the page beyond what every page has, and the data it reads.

    Attributes
    ----------
    name : str
        A template "<name>.js" of `cahill.results`.
    data : object
        What JSON can hold; stands in the page as the element with the id "<name>-data".
    """

    name: str
    data: object


@dataclass(frozen=True)
class Page:
    """A whole report."""

    title: str
    lead: str = ""
    sections: tuple[Section, ...] = ()
    facts: tuple[Fact, ...] = ()
    sources: tuple[str, ...] = ()
    provenance: Provenance | None = None
    scripts: tuple[Script, ...] = ()


@dataclass(frozen=True)
class _PictureView:
    svg: Markup
    label: str
    caption: str


@dataclass(frozen=True)
class _SectionView:
    id: str
    heading: str
    paragraphs: tuple[str, ...]
    pictures: tuple[_PictureView, ...]
    tables: tuple[TableView, ...]
    notes: tuple[str, ...]


def render_page(page: Page) -> str:
    """Return the page as one HTML text that loads nothing from elsewhere."""
    templates = environment()
    views = [_section_view(section, number) for number, section in enumerate(page.sections, 1)]
    return templates.get_template("report.html.j2").render(
        page=page,
        views=views,
        made=page.provenance.rows() if page.provenance else [],
        met_text=met_text,
        light=Markup(css_variables(LIGHT)),
        dark=Markup(css_variables(DARK)),
        css=Markup(templates.get_template("page.css").render()),
        script=Markup(templates.get_template("page.js").render()),
        scripts=[_script_view(script) for script in page.scripts],
    )


def write_page(page: Page, path: str | Path, *, force: bool = False) -> Path:
    """Write the page to an HTML file.

    Raises
    ------
    InputError
        If the file exists and `force` is false.
    """
    target = prepare_file(path, force)
    target.write_text(render_page(page), encoding="utf-8", newline="\n")
    return target


def save_pictures(page: Page, folder: str | Path) -> list[Path]:
    """Write every named figure of the page as SVG and PNG and return the files."""
    written: list[Path] = []
    for section in page.sections:
        for picture in section.pictures:
            if picture.name and isinstance(picture.figure, Figure):
                written.extend(save_figure(picture.figure, folder, picture.name))
    return written


def _script_view(script: Script) -> tuple[str, Markup, Markup]:
    """Return a script's name, its data as JSON that cannot end its element, and its text."""
    text = json.dumps(script.data, ensure_ascii=False, allow_nan=False)
    for mark, code in {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"}.items():
        text = text.replace(mark, code)
    return (
        script.name,
        Markup(text),
        Markup(environment().get_template(f"{script.name}.js").render()),
    )


def _section_view(section: Section, number: int) -> _SectionView:
    slug = re.sub(r"[^a-z0-9]+", "-", section.heading.lower()).strip("-") or "section"
    name = f"s{number}-{slug}"
    pictures = tuple(
        _picture_view(picture, f"p{number}-{k}") for k, picture in enumerate(section.pictures, 1)
    )
    tables = tuple(
        table_view(
            table.frame,
            caption=table.caption,
            table_id=f"t{number}-{k}",
            headings=table.headings,
            sortable=table.sortable,
            digits=table.digits,
        )
        for k, table in enumerate(section.tables, 1)
    )
    return _SectionView(name, section.heading, section.paragraphs, pictures, tables, section.notes)


def _picture_view(picture: Picture, prefix: str) -> _PictureView:
    label = picture.alt or picture.caption or "picture"
    svg = inline_svg(picture.figure, prefix, label)
    svg = svg.replace('style="', f'style="min-width: {picture.min_width}px; ', 1)
    return _PictureView(Markup(svg), label, picture.caption)
