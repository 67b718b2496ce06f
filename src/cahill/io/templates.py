"""Example files that show a user how to write his own, kept in `data/templates`."""

from importlib.resources import as_file, files
from pathlib import Path

from cahill.errors import UnknownNameError
from cahill.io.label_tables import TABLES
from cahill.io.layout_fields import ACTIVITY_FIELDS
from cahill.io.layout_workbook import write_layout_workbook
from cahill.io.layouts import read_layout

WORKBOOK = "study-xlsx"
"""The kind that puts the tables of `study` into one workbook."""
LAYOUT_WORKBOOK = "layout-xlsx"
"""The kind that draws `layout` as a workbook, a plate a field."""
WORKBOOKS = {WORKBOOK: "study", LAYOUT_WORKBOOK: "layout"}
"""Kinds that are one workbook, with the folder that holds what is in it."""


def template_kinds() -> tuple[str, ...]:
    """Return the kinds of example files there are."""
    folders = [entry.name for entry in files("cahill").joinpath("data/templates").iterdir()]
    return (*sorted(folders), *WORKBOOKS)


def template_files(kind: str) -> dict[str, str]:
    """Return the example files of a kind as texts by file name.

    Raises
    ------
    UnknownNameError
        If there is no such kind.
    """
    if kind not in template_kinds():
        raise UnknownNameError("kind of template", kind, template_kinds())
    folder = WORKBOOKS.get(kind, kind)
    with as_file(files("cahill").joinpath("data/templates", folder)) as path:
        return {file.name: file.read_text(encoding="utf-8") for file in sorted(path.iterdir())}


def write_workbook(kind: str, path: Path) -> None:
    """Write a kind that is a workbook.

    Parameters
    ----------
    kind : str
        One of `WORKBOOKS`.
    path : Path
        The file; overwritten if it exists.
    """
    if kind == LAYOUT_WORKBOOK:
        folder = files("cahill").joinpath("data/templates", WORKBOOKS[kind])
        with as_file(folder.joinpath("layout.toml")) as source:
            layout = read_layout(source, ACTIVITY_FIELDS)
        write_layout_workbook(path, layout, ACTIVITY_FIELDS)
    else:
        _write_study(path)


def _write_study(path: Path) -> None:
    """Write the tables of the example study into a workbook, a sheet a table."""
    from openpyxl import Workbook
    from openpyxl.styles import Font

    texts = {Path(name).stem: text for name, text in template_files(WORKBOOK).items()}
    book = Workbook()
    book.remove(book.worksheets[0])
    for name in (name for name in TABLES if name in texts):
        sheet = book.create_sheet(name)
        lines = texts[name].splitlines()
        for line in lines:
            sheet.append([_cell(text) for text in line.split("\t")])
        header = next(k for k, line in enumerate(lines, start=1) if not line.startswith("#"))
        for cell in sheet[header]:
            cell.font = Font(bold=True)
    book.save(path)


def _cell(text: str) -> str | float | None:
    """Return a number as a number, so that a spreadsheet can compute with it."""
    try:
        return float(text)
    except ValueError:
        return text or None
