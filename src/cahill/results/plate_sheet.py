"""The sheet that pictures in the shape of a plate are drawn on: wells, letters and numbers."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import PatchCollection
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from cahill.core.plate import FORMATS, well_name
from cahill.results.lettering import text_width
from cahill.results.theme import Theme

SPAN = 690.0  # width of a plate of 96 wells, points
CELLS = (28.0, 100.0)  # narrowest and widest well
ASPECT = 0.72  # height of a well over its width
SIDE, HEADER, BELOW = 24.0, 78.0, 30.0
GAP = 0.05  # between wells, parts of a well


def plate_shape(frame: pd.DataFrame) -> tuple[int, int]:
    """Return rows and columns of the smallest plate of 96 wells or more that holds the frame's."""
    rows, columns = int(frame["row"].max()) + 1, int(frame["column"].max()) + 1
    sizes = (size for count, size in FORMATS.items() if count >= 96)
    return next((s for s in sizes if rows <= s[0] and columns <= s[1]), (rows, columns))


def limits(chosen: np.ndarray, every: np.ndarray, margin: float = 0.04) -> tuple[float, float]:
    """Return ends of a scale that are finite and apart, whatever the numbers."""
    known = chosen[np.isfinite(chosen)]
    known = known if known.size else every[np.isfinite(every)]
    if not known.size:
        return 0.0, 1.0
    low, high = float(known.min()), float(known.max())
    apart = high - low or abs(high) or 1.0
    return low - margin * apart, high + margin * apart if high > low else low + apart


def plate_sheet(
    rows: int, columns: int, title: str, note: str, colours: Theme, right: float
) -> tuple[Figure, Axes, float]:
    """Return a figure with headings, and axes whose unit is a well; row A is at the top."""
    cell = min(max(SPAN / columns, CELLS[0]), CELLS[1])
    plate = np.array([columns * cell, rows * cell * ASPECT])
    heading = max(text_width(title, 14, "bold"), text_width(note, 9)) + 28
    header = HEADER if note else HEADER - 20
    size = plate + np.array([SIDE + 14 + right, header + BELOW])
    width = max(float(size[0]), heading)
    figure = Figure(figsize=(width / 72, size[1] / 72))
    x, top = 14 / width, float(size[1])
    figure.text(x, 1 - 20 / top, title, fontsize=14, fontweight="bold", va="center")
    figure.text(x, 1 - 40 / top, note, fontsize=9, color=colours.muted, va="center")
    place = (SIDE / width, BELOW / top, plate[0] / width, plate[1] / top)
    ax = figure.add_axes(place)
    ax.set_xlim(0, columns)
    ax.set_ylim(rows, 0)
    ax.axis("off")
    letters = {"color": colours.muted, "fontsize": 8 if cell > 35 else 6.5}
    for column in range(columns):
        ax.text(
            column + 0.5, -5 / (cell * ASPECT), str(column + 1), ha="center", va="bottom", **letters
        )
    for row in range(rows):
        name = well_name(row, 0)[:-1]
        ax.text(-6 / cell, row + 0.5, name, ha="right", va="center", **letters)
    return figure, ax, cell


def draw_wells(ax: Axes, frame: pd.DataFrame, rows: int, columns: int, colours: Theme) -> None:
    """Draw the wells: those read on a shade, the others as an outline."""
    taken = set(zip(frame["row"].astype(int), frame["column"].astype(int)))
    every = [(row, column) for row in range(rows) for column in range(columns)]
    for read in (True, False):
        boxes = [
            Rectangle((column + GAP / 2, row + GAP / 2), 1 - GAP, 1 - GAP)
            for row, column in every
            if ((row, column) in taken) == read
        ]
        face, edge = (colours.shade, "none") if read else ("none", colours.grid)
        ax.add_collection(
            PatchCollection(boxes, facecolor=face, edgecolor=edge, linewidth=0.6, zorder=1)
        )
