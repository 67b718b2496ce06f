"""Two fits side by side: the answer of `compare_fits`."""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import pandas as pd

from cahill.errors import InputError
from cahill.results.base import Result
from cahill.results.flux_forest import flux_comparison
from cahill.results.page import Fact, Page, Picture, Section, Table
from cahill.results.tables import format_number, format_range
from cahill.tracing.fit_files import SavedFit

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DRAWN = 30
"""Fluxes that the picture shows."""
_SAME = 1e-6  # relative difference up to which two fluxes are one and the same
_PAIR = ("value", "low", "high")


@dataclass(frozen=True, kw_only=True, eq=False)
class FitComparison(Result):
    """Two fits side by side.

    Attributes
    ----------
    first, second : SavedFit
    names : tuple of str
        How the two are called.
    frame : pandas.DataFrame
        See `to_frame`.
    """

    first: SavedFit
    second: SavedFit
    names: tuple[str, str]
    frame: pd.DataFrame

    @property
    def title(self) -> str:
        """Heading of the report."""
        return f"{self.names[1]} against {self.names[0]}"

    @cached_property
    def compared(self) -> pd.DataFrame:
        """Rows of the fluxes that could be compared."""
        return self.frame[self.frame["compared"]]

    @cached_property
    def differing(self) -> pd.DataFrame:
        """Rows of the fluxes that differ, the clearest first; multiples of one flux count each."""
        rows = self.compared[self.compared["differs"]]
        return rows.sort_values("p", kind="stable")

    def summary(self) -> str:
        """Return how many fluxes differ, and the clearest difference, in one sentence."""
        count, found = len(self.compared), self.differing
        left = len(self.frame) - count
        text = f"{len(found)} of {count} fluxes differ between {' and '.join(self.names)}"
        text += f" ({100 * self.first.level:g} % intervals)"
        if left:
            text += f"; {left} could not be compared"
        if len(found):
            text += f"; clearest is {_in_words(found.iloc[0])}"
        return f"{text}."

    def to_frame(self) -> pd.DataFrame:
        """Return every flux that either fit has.

        flux, kind; value_1, low_1, high_1, value_2, low_2, high_2; difference (second minus first)
        with difference_low and difference_high; ratio (second over first, where both have one
        sign) with ratio_low and ratio_high; p (approximate, of the interval's half facing zero), q
        (adjusted for the number of fluxes compared), differs (the interval of the difference
        excludes zero), discovery (q of at most 0.05), compared, note (why not compared).
        """
        return self.frame

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return the comparison."""
        return {"comparison": self.frame}

    def plot(self, most: int = DRAWN) -> "Figure":
        """Return both fits' intervals of the fluxes that differ most clearly.

        Fluxes that are the same number in both fits share one row.

        Raises
        ------
        InputError
            If no flux could be compared.
        """
        if self.compared.empty:
            raise InputError(f"{self.title}: no flux is determined in both; nothing to draw")
        rows = _distinct(self.compared.sort_values("p", kind="stable")).head(most)
        long = pd.concat(
            [
                pd.DataFrame(
                    {
                        "flux": rows["label"],
                        "condition": name,
                        **{column: rows[f"{column}_{k}"] for column in _PAIR},
                        "differs": rows["differs"],
                    }
                )
                for k, name in enumerate(self.names, 1)
            ],
            ignore_index=True,
        )
        return flux_comparison(
            long, unit=self.first.flux_unit, title="What differs", subtitle=self.title
        )

    def page(self) -> Page:
        """Return the report: picture, what differs, everything, what could not be compared."""
        left = self.frame[~self.frame["compared"]]
        facts = tuple(
            Fact(f"Fit of {name}", f"SSR {format_number(one.ssr)}", beside=one.verdict)
            for name, one in zip(self.names, (self.first, self.second))
        )
        pictures = ()
        if len(self.compared):
            caption = (
                f"The clearest {min(DRAWN, len(_distinct(self.compared)))} differences; fluxes "
                "with the same value in both fits share a row."
            )
            pictures = (Picture(self.plot(), caption, name="comparison"),)
        return Page(
            title=self.title,
            lead=self.summary(),
            facts=facts,
            sections=(
                Section("What differs", pictures=pictures, notes=self.notes),
                Section("All fluxes compared", tables=(Table(_readable(self), sortable=True),)),
                Section(
                    "Not compared",
                    tables=(Table(left[["flux", "kind", "note"]], sortable=True),)
                    if len(left)
                    else (),
                    paragraphs=() if len(left) else ("Every flux was compared.",),
                ),
            ),
            sources=self.sources,
            provenance=self.provenance,
        )


def _distinct(rows: pd.DataFrame) -> pd.DataFrame:
    """Return one row for fluxes with the same values in both fits, with a label that says so."""
    kept: list[dict] = []
    counts: list[int] = []
    for row in rows.to_dict("records"):
        twin = next((k for k, other in enumerate(kept) if _same(row, other)), None)
        if twin is None:
            kept.append(row)
            counts.append(0)
        else:
            counts[twin] += 1
    for row, count in zip(kept, counts):
        name = row["flux"] if row["kind"] in ("net", "share") else f"{row['flux']} {row['kind']}"
        row["label"] = f"{name} (+{count} the same)" if count else name
    return pd.DataFrame(kept)


def _same(one: dict, other: dict) -> bool:
    if one["kind"] != other["kind"]:
        return False
    pairs = [(one[f"value_{k}"], other[f"value_{k}"]) for k in (1, 2)]
    return all(abs(a - b) <= _SAME * max(abs(a), abs(b)) for a, b in pairs)


def _in_words(row: pd.Series) -> str:
    """Return "PC net: 100 -> 250 (difference 150, 95-210)"."""
    ends = format_range(row["difference_low"], row["difference_high"])
    values = " → ".join(format_number(row[f"value_{k}"]) for k in (1, 2))
    kind = "" if row["kind"] == "net" else f" {row['kind']}"
    return f"{row['flux']}{kind}, {values} (difference {format_number(row['difference'])}, {ends})"


def _readable(result: FitComparison) -> pd.DataFrame:
    """Return the table of the report: values, difference and ratio with intervals as texts."""
    rows = result.compared
    one, other = result.names
    table: dict[str, object] = {"flux": rows["flux"], "kind": rows["kind"]}
    for k, name in ((1, one), (2, other)):
        table[name] = _texts(rows, f"value_{k}", f"low_{k}", f"high_{k}")
    table["difference"] = _texts(rows, "difference", "difference_low", "difference_high")
    table["ratio"] = _texts(rows, "ratio", "ratio_low", "ratio_high")
    table |= {"q": rows["q"], "differs": rows["differs"]}
    return pd.DataFrame(table)


def _texts(rows: pd.DataFrame, value: str, low: str, high: str) -> list[str]:
    return [
        format_number(a) if math.isnan(a) else f"{format_number(a)} ({format_range(b, c)})"
        for a, b, c in zip(rows[value], rows[low], rows[high])
    ]
