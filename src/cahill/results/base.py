"""What every result offers: a sentence, a tidy frame, a picture and a report."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from html import escape
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from cahill.results.page import Page, Picture, Section, Table, write_page
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

    def _repr_html_(self) -> str:
        """Return the sentence, the picture, the first rows and the notes for a notebook."""
        summary = self.summary()
        parts = [f"<p><strong>{escape(summary)}</strong></p>"]
        parts.append(inline_svg(self.plot(), f"r{id(self):x}", summary))
        parts.append(frame_to_html(self.to_frame().head(10)))
        parts += [f"<p>{escape(note)}</p>" for note in self.notes]
        return "\n".join(parts)
