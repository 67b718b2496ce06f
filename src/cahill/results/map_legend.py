"""Legend of the cycle map: elements, tones, the width scale and how to read the numbers."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Polygon

from cahill.results.map_flux import line_width
from cahill.results.map_layout import MapLayout
from cahill.results.map_routes import arrow_outline, band_outline
from cahill.results.theme import Theme

UNIT = "µmol kg⁻¹ min⁻¹"
SAMPLE = 34.0
SMALL = 8.5


def draw_legend(
    ax: Axes,
    layout: MapLayout,
    top: float,
    theme: Theme,
    *,
    has_gross: bool,
    has_concentrations: bool,
) -> None:
    """Draw the legend in the two free corners beside the band of the other tissues."""
    x, y = layout.canvas.legend_at
    _samples(ax, x, y, theme, has_gross)
    _width_scale(ax, x + 186, y, top, theme)
    _reading(ax, layout.lanes[-1].box[2] + 14, y, theme, has_gross, has_concentrations)


def _samples(ax: Axes, x: float, y: float, theme: Theme, has_gross: bool) -> None:
    rows = [
        ((theme.carbon,), "carbon"),
        ((theme.nitrogen,), "nitrogen"),
        ((theme.carbon, theme.nitrogen), "both, travelling together"),
        ((theme.carbon_soft, theme.nitrogen_soft), "routes beside the cycle"),
    ]
    for row, (colours, text) in enumerate(rows):
        middle = y + 18.5 * row
        for k, colour in enumerate(colours):
            level = middle + 4.5 * (k - (len(colours) - 1) / 2)
            line = np.column_stack([np.linspace(x, x + SAMPLE, 20), np.full(20, level)])
            ax.add_patch(Polygon(arrow_outline(line, 2.6), color=colour, lw=0, zorder=5))
        ax.text(x + SAMPLE + 8, middle, text, fontsize=SMALL, va="center", color=theme.ink)
    if not has_gross:
        return
    middle = y + 18.5 * len(rows)
    line = np.column_stack([np.linspace(x, x + SAMPLE, 20), np.full(20, middle)])
    outline = band_outline(line, 9.0)
    ax.add_patch(Polygon(outline, color=theme.carbon_pale, lw=0, zorder=4))
    ax.add_patch(Polygon(arrow_outline(line, 2.6), color=theme.carbon, lw=0, zorder=5))
    ax.text(
        x + SAMPLE + 8,
        middle,
        "wide band: exchange both ways",
        fontsize=SMALL,
        va="center",
        color=theme.ink,
    )


def _width_scale(ax: Axes, x: float, y: float, top: float, theme: Theme) -> None:
    for row, flux in enumerate((top, top / 3, top / 10, top / 30)):
        middle = y + 18.5 * row
        line = np.column_stack([np.linspace(x, x + SAMPLE, 20), np.full(20, middle)])
        outline = arrow_outline(line, line_width(flux, top))
        ax.add_patch(Polygon(outline, color=theme.muted, lw=0, zorder=5))
        text = f"{flux:.2g} {UNIT}"
        ax.text(x + SAMPLE + 8, middle, text, fontsize=SMALL, va="center", color=theme.ink)


def _reading(
    ax: Axes, x: float, y: float, theme: Theme, has_gross: bool, has_concentrations: bool
) -> None:
    lines = [
        f"Bold numbers: net flux along the arrow, {UNIT}.",
        "Line width grows with the square root of the flux.",
        "Glycolysis and gluconeogenesis count glucose (= 2 pyruvate).",
        "Dashed: no net flux. Dotted: not computed.",
    ]
    if has_gross:
        lines.append("Small numbers with ⇄: forward and backward flux.")
    if has_concentrations:
        lines.append("Under the names: concentration.")
    for row, text in enumerate(lines):
        ax.text(x, y + 16.5 * row, text, fontsize=SMALL, va="center", color=theme.muted)
