"""The picture and report of corrected isotopologue distributions."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from cahill.results.lettering import text_width, wrapped
from cahill.results.page import Page, Picture, Section, Table
from cahill.results.panels import Grid
from cahill.results.tables import format_number
from cahill.results.theme import Theme, ThemeName, styled
from cahill.tracing.correct_mids_frames import BELOW_ZERO

if TYPE_CHECKING:
    from cahill.tracing.correct_mids import CorrectedMids

PANELS = 12
"""Metabolites that the picture shows."""
SAMPLES = 8
"""Samples that a panel shows."""
SHOWN = 9
"""Isotopologues that a panel tells apart; the smaller ones are drawn as one."""
DOUBTFUL = -0.01
"""Unconstrained fractions below this are listed as doubts; assumed: the accuracy of a fraction that
flux studies take for granted."""
ROWS = 2000
"""Rows of the tables on the page; the files hold all."""
HEADINGS = {
    "corrected_intensity": "corrected",
    "unconstrained_fraction": "unconstrained",
    "limit_u": "merged up to (u)",
    "labelled_positions": "can be labelled",
}
UNBROKEN = BELOW_ZERO.replace(" ", "\N{NO-BREAK SPACE}")
KEYS = ["sample", "metabolite", "derivative"]
# one panel in points
SAMPLE_WIDTH, LEAST_WIDTH, HEIGHT = 46.0, 140.0, 120.0
LEFT, ABOVE, BELOW = 46.0, 28.0, 28.0
HEADER, PAGE = 54.0, 960.0
LEGEND, LONGEST, TITLE_WIDTH = 34.0, 120.0, 330.0
BAR, GAP = 0.36, 0.04
TEXT = 8.0


def fraction_picture(result: "CorrectedMids", theme: ThemeName = "light") -> Figure:
    """Draw the fractions before and after the correction as stacked bars.

    Parameters
    ----------
    result : CorrectedMids
    theme : {"light", "dark"}
    """
    frame = result.peaks
    frame = frame.assign(measured=frame["intensity"] / _totals(frame))
    groups = list(frame.groupby(["metabolite", "derivative"], sort=False))
    shown = [group for _, group in groups[:PANELS]]
    names = [f"{one} ({other})" if other else str(one) for (one, other), _ in groups[:PANELS]]
    most = max(group["sample"].nunique() for _, group in groups)
    width = max(SAMPLE_WIDTH * min(most, SAMPLES), LEAST_WIDTH)
    labels = {_label(name) for group in shown for name in group["isotopologue"].unique()}
    right = LEGEND + min(max(text_width(label, TEXT) for label in labels), LONGEST)
    columns = max(int(PAGE // (LEFT + width + right)), 1)
    grid = Grid(len(shown), columns, width, HEIGHT, LEFT, right, ABOVE, BELOW, HEADER)
    size = np.maximum(grid.size, (TITLE_WIDTH, 0.0))
    parts = ["left bar: as measured; right bar: corrected"]
    if len(groups) > PANELS:
        parts.append(f"the first {PANELS} of {len(groups)} metabolites")
    if most > SAMPLES:
        parts.append(f"the first {SAMPLES} of {most:,} samples")
    with styled(theme) as colours:
        figure = Figure(figsize=tuple(size / 72))
        x, top = 14 / size[0], size[1]
        tracers = " and ".join(tracer.name for tracer in result.method.tracers)
        figure.text(
            x,
            1 - 20 / top,
            f"{tracers} isotopologues",
            fontsize=14,
            fontweight="bold",
            va="center",
        )
        for row, line in enumerate(wrapped("; ".join(parts), size[0] - 28, 9)[:2]):
            y = 1 - (38 + 12 * row) / top
            figure.text(x, y, line, fontsize=9, color=colours.muted, va="center")
        for k, (group, name) in enumerate(zip(shown, names)):
            left, bottom, _, tall = grid.place(k)
            # A narrow picture is widened for its title; the panel keeps its width.
            left, wide = left * grid.size[0] / size[0], width / size[0]
            ax = figure.add_axes((left, bottom, wide, tall))
            _draw_panel(ax, group, _shortened(name, width + right, 9, "bold"), colours, width)
    return figure


def correction_page(result: "CorrectedMids") -> Page:
    """Return the report."""
    lead = result.summary()
    picture = Picture(
        fraction_picture(result),
        "Fractions of the isotopologues as measured and corrected.",
        name="fractions",
    )
    enrichments, peaks = result.enrichments, result.peaks
    if enrichments["enrichment"].notna().all():
        enrichments = enrichments.drop(columns=["low", "high"])
    doubtful = peaks[peaks["unconstrained_fraction"] < DOUBTFUL]
    sections = [
        Section("Picture", pictures=(picture,), notes=result.notes),
        Section(
            "Mean enrichment",
            paragraphs=(
                "The share of labelled atoms among all that can be labelled. Where peaks are sums "
                "of isotopologues with different label, only its bounds are known.",
            ),
            tables=(_table(enrichments),),
        ),
    ]
    if len(doubtful):
        sections.append(
            Section(
                "Doubts",
                paragraphs=(
                    f"Fractions more than {-100 * DOUBTFUL:g} % below zero before they were held "
                    "there, which is more than noise as a rule. Look for a wrong formula, an "
                    "overlapping ion, saturation or a background that was subtracted.",
                ),
                tables=(_table(doubtful),),
            )
        )
    sections += [
        Section(
            "Isotopologues",
            tables=(_table(peaks),),
        ),
        Section(
            "Method",
            paragraphs=(_method_words(result),),
            tables=(_table(result.compounds),),
        ),
    ]
    return Page(
        title=result.title,
        lead=lead,
        sections=tuple(sections),
        sources=result.sources,
        provenance=result.provenance,
    )


def _method_words(result: "CorrectedMids") -> str:
    method = result.method
    instrument = method.instrument
    if instrument.resolution is None:
        measured = "at unit mass"
    elif np.isinf(instrument.resolution):
        measured = "at unlimited resolution"
    else:
        place = f" at m/z {instrument.at_mz:g}" if instrument.at_mz else ""
        measured = f"at resolution {instrument.resolution:g}{place} ({instrument.kind})"
    shares = "; ".join(
        f"{tracer.name}: "
        + ", ".join(
            f"{format_number(share)} {isotope.mass_number}{tracer.element.symbol}"
            for isotope, share in zip(tracer.element.isotopes, tracer.purity)
        )
        for tracer in method.tracers
    )
    natural = "corrected" if method.correct_natural_tracer else "left in"
    return (
        f"Measured {measured}. Isotopes in a labelled position: {shares}. Natural isotopes in "
        f"unlabelled positions of the traced elements are {natural}. Corrected intensities are "
        "the non-negative least-squares solution of measured = matrix times corrected."
    )


def _table(frame: pd.DataFrame) -> Table:
    """Return the first rows of a frame without its blank columns."""
    caption = f"The first {ROWS:,} of {len(frame):,} rows." if len(frame) > ROWS else ""
    blank = [name for name in frame if (frame[name].astype(str) == "").all()]
    shown = frame.drop(columns=blank).head(ROWS)
    if "note" in shown:
        # A short note stays on one line.
        shown = shown.assign(note=shown["note"].astype(str).str.replace(BELOW_ZERO, UNBROKEN))
    return Table(shown, caption, HEADINGS, sortable=True)


def _totals(frame: pd.DataFrame) -> pd.Series:
    """Return the summed intensity of each row's distribution; missing where it is nothing."""
    totals = frame.groupby(KEYS, sort=False)["intensity"].transform("sum")
    return totals.where(totals > 0)


def _draw_panel(ax: Axes, group: pd.DataFrame, name: str, theme: Theme, width: float) -> None:
    names = list(dict.fromkeys(group["isotopologue"]))
    samples = list(dict.fromkeys(group["sample"]))[:SAMPLES]
    tables = [
        group.pivot(index="sample", columns="isotopologue", values=column).loc[samples, names]
        for column in ("measured", "fraction")
    ]
    kept = set(names)
    if len(names) > SHOWN:
        rank = tables[1].max().sort_values(ascending=False, kind="stable")
        kept = set(rank.index[: SHOWN - 1])
    colours = _shades(theme)
    layers = [
        (_shortened(_label(key), LONGEST, TEXT), [table[key].to_numpy(float) for table in tables])
        for key in names
        if key in kept
    ]
    if len(kept) < len(names):
        rest = [key for key in names if key not in kept]
        sums = [table[rest].sum(axis=1).to_numpy(float) for table in tables]
        layers.append((f"{len(rest)} others", sums))
    places = np.arange(len(samples), dtype=float)
    offsets = (-(BAR + GAP) / 2, (BAR + GAP) / 2)
    floors = [np.zeros(len(samples)), np.zeros(len(samples))]
    for (_, heights), colour in zip(layers, colours):
        for side in (0, 1):
            ax.bar(
                places + offsets[side],
                heights[side],
                BAR,
                floors[side],
                color=colour,
                edgecolor=theme.paper,
                linewidth=0.5,
            )
            floors[side] = floors[side] + np.nan_to_num(heights[side])
    ax.set_title(name, pad=7, fontsize=9)
    ax.set_xlim(-0.6, len(samples) - 0.4)
    ax.set_ylim(0, 1)
    ax.set_yticks([0, 0.5, 1])
    ax.set_ylabel("fraction", fontsize=8.5)
    room = width / len(samples) - 4
    ax.set_xticks(places, [_shortened(str(sample), room, TEXT) for sample in samples])
    ax.tick_params(axis="x", length=0, labelsize=TEXT)
    ax.legend(
        handles=[Patch(color=colour, label=label) for (label, _), colour in zip(layers, colours)][
            ::-1
        ],
        loc="upper left",
        bbox_to_anchor=(1.0, 1.03),
        fontsize=TEXT,
        handlelength=1.0,
        handleheight=0.9,
        labelspacing=0.28,
        borderaxespad=0.0,
    )


def _shades(theme: Theme) -> tuple[str, ...]:
    """Return the colours of successive isotopologues; neighbours differ in lightness too."""
    return (
        theme.target,
        theme.carbon_soft,
        theme.carbon,
        theme.nitrogen_soft,
        theme.nitrogen,
        theme.series_3,
        theme.series_5,
        theme.series_4,
        theme.faint,
        theme.muted,
    )


def _label(name: object) -> str:
    return f"M+{name}" if isinstance(name, int | np.integer) else str(name)


def _shortened(text: str, width: float, size: float, weight: str = "normal") -> str:
    """Cut a text that is wider than `width` points."""
    if text_width(text, size, weight) <= width:
        return text
    while text and text_width(f"{text}…", size, weight) > width:
        text = text[:-1]
    return f"{text}…"
