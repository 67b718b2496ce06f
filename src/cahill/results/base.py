"""What every result offers: a sentence, a tidy frame, a picture, a report, JSON and a folder."""

import json
import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from cahill.results.output import prepare_output
from cahill.results.page import Page, Picture, Section, Table, save_pictures, write_page
from cahill.results.pictures import inline_svg
from cahill.results.provenance import Provenance
from cahill.results.tables import frame_to_html


@dataclass(frozen=True, kw_only=True)
class Result(ABC):
    """An answer that can be read, tabulated, drawn, reported and traced back.

    Attributes
    ----------
    notes : tuple of str
        Doubts and remarks, each one sentence.
    sources : tuple of str
        References the numbers rest on, ready to print.
    provenance : Provenance or None
    """

    notes: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    provenance: Provenance | None = None

    @property
    def title(self) -> str:
        """Heading of the report."""
        return type(self).__name__

    @abstractmethod
    def summary(self) -> str:
        """Return the answer in one sentence."""

    @abstractmethod
    def to_frame(self) -> pd.DataFrame:
        """Return the numbers as a tidy frame, one observation a row."""

    @abstractmethod
    def plot(self) -> Figure:
        """Return the picture of the answer."""

    def page(self) -> Page:
        """Return the report's content; a result with more to show overrides this."""
        picture = Picture(self.plot(), caption=self.summary(), name="figure")
        table = Table(self.to_frame(), sortable=True)
        return Page(
            title=self.title,
            lead=self.summary(),
            sections=(
                Section("Picture", pictures=(picture,), notes=self.notes),
                Section("Numbers", tables=(table,)),
            ),
            sources=self.sources,
            provenance=self.provenance,
        )

    def report(self, path: str | Path, *, force: bool = False) -> Path:
        """Write the report as one HTML file and return its path.

        Raises
        ------
        InputError
            If the file exists and `force` is false.
        """
        return write_page(self.page(), path, force=force)

    def tables(self) -> Mapping[str, pd.DataFrame]:
        """Return the frames that `save` writes as CSV, by file name without ending."""
        return {"results": self.to_frame()}

    def to_json(self) -> str:
        """Return the result as one JSON object.

        Its keys are title, summary, notes, sources, provenance and, in `data`, the rows of
        `to_frame`. What is not a number is null.
        """
        content = {
            "title": self.title,
            "summary": self.summary(),
            "data": frame_records(self.to_frame()),
            "notes": list(self.notes),
            "sources": list(self.sources),
            "provenance": asdict(self.provenance) if self.provenance else None,
        }
        return json.dumps(content, ensure_ascii=False, allow_nan=False)

    def save(self, folder: str | Path, *, force: bool = False) -> tuple[Path, ...]:
        """Write pictures (SVG and PNG), tables (CSV) and report.html into a folder.

        Parameters
        ----------
        folder : str or Path
            Made if it does not exist.
        force : bool
            Accept a folder with content; files of the same names are replaced.

        Returns
        -------
        tuple of Path
            The files, the report last.

        Raises
        ------
        InputError
            If the folder has content and `force` is false.
        """
        folder = prepare_output(folder, force)
        page = self.page()
        written = save_pictures(page, folder)
        for name, frame in self.tables().items():
            path = folder / f"{name}.csv"
            frame.to_csv(path, index=False, lineterminator="\n")
            written.append(path)
        return (*written, write_page(page, folder / "report.html", force=True))

    def _repr_html_(self) -> str:
        """Return the sentence, the picture, the first rows and the notes for a notebook."""
        summary = self.summary()
        parts = [f"<p><strong>{escape(summary)}</strong></p>"]
        parts.append(inline_svg(self.plot(), f"r{id(self):x}", summary))
        parts.append(frame_to_html(self.to_frame().head(10)))
        parts += [f"<p>{escape(note)}</p>" for note in self.notes]
        return "\n".join(parts)


def frame_records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a frame as JSON can hold them: plain types, null for what is no number."""
    columns = {str(name): [_plain(value) for value in frame[name].tolist()] for name in frame}
    return [dict(zip(columns, row)) for row in zip(*columns.values())]


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return None if value is pd.NA or value is pd.NaT else str(value)
