"""A blot with what was found on it: lanes and bands outlined and named; and profiles of lanes."""

import math

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from cahill.results.lettering import text_width, wrapped
from cahill.results.panels import Grid, require_columns
from cahill.results.theme import Theme, ThemeName, styled

LANES = ("lane", "label", "row", "left", "right")
BANDS = ("lane", "left", "right", "top", "bottom", "kind")
PROFILES = ("lane", "label", "row", "value")
WIDTH = 640.0
TALLEST = 620.0
PIXELS = 1000
"""Longest side of the picture as it is embedded, pixels."""
HEADER, FOOT, SIDE = 58.0, 30.0, 26.0
KINDS = {"band": "band", "target": "target", "clipped": "saturated"}


def blot_picture(
    counts: np.ndarray,
    lanes: pd.DataFrame,
    bands: pd.DataFrame,
    *,
    title: str,
    subtitle: str = "",
    theme: ThemeName = "light",
) -> Figure:
    """Draw a picture dark on bright, with lanes and bands outlined.

    Parameters
    ----------
    counts : numpy.ndarray
        Shape (height, width); more is signal.
    lanes : pandas.DataFrame
        lane (number), label (under it), row, left, right: the edges at some rows, pixels.
    bands : pandas.DataFrame
        lane, left, right, top, bottom (pixels), kind: "band", "target" or "clipped", and, if any,
        name (beside the first band of that name).
    title, subtitle : str
    theme : {"light", "dark"}

    Raises
    ------
    InputError
        If a column is missing or there are no lanes.
    """
    require_columns(lanes, LANES, "blot")
    if len(bands):
        require_columns(bands, BANDS, "blot")
    height, width = counts.shape
    names = _names(bands)
    right = max((text_width(name, 8) for name, _ in names), default=0.0) + (12 if names else 0)
    labels = lanes.drop_duplicates("lane")
    slot = WIDTH * float((labels["right"] - labels["left"]).median()) / width * 1.25
    longest = max(text_width(str(label), 8) for label in labels["label"])
    turned = longest > slot
    foot = FOOT + (longest if turned else 10)
    tall = min(WIDTH * height / width, TALLEST)
    wide = tall * width / height
    size = np.array([SIDE + max(wide, 300.0) + SIDE + right, HEADER + 12 + tall + foot])
    with styled(theme) as colours:
        figure = Figure(figsize=tuple(size / 72))
        _head(figure, size, title, subtitle, colours)
        place = (SIDE / size[0], foot / size[1], wide / size[0], tall / size[1])
        ax = figure.add_axes(place)
        small = _reduced(counts)
        low, high = np.percentile(small, (2, 99.7))
        ax.imshow(
            small,
            cmap="gray_r",
            vmin=low,
            vmax=max(high, low + 1),
            extent=(-0.5, width - 0.5, height - 0.5, -0.5),
            aspect="auto",
            interpolation="bilinear",
        )
        _outline(ax, lanes, bands, names, turned, colours)
        ax.set_xlim(-0.5, width - 0.5)
        ax.set_ylim(height - 0.5, -0.5)
        ax.set_xticks([])
        ax.set_yticks([])
        ax.grid(visible=False)
        for spine in ax.spines.values():
            spine.set_visible(True)
            spine.set_color(colours.faint)
        _legend(ax, bands, colours)
    return figure


def _head(figure: Figure, size: np.ndarray, title: str, subtitle: str, theme: Theme) -> None:
    x, top = 14 / size[0], size[1]
    figure.text(x, 1 - 18 / top, title, fontsize=13, fontweight="bold", va="center")
    for k, line in enumerate(wrapped(subtitle, size[0] - 28, 8.5)[:2]):
        y = 1 - (34 + 11 * k) / top
        figure.text(x, y, line, fontsize=8.5, color=theme.muted, va="center")


def _reduced(counts: np.ndarray) -> np.ndarray:
    step = max(math.ceil(max(counts.shape) / PIXELS), 1)
    height, width = (side - side % step for side in counts.shape)
    blocks = counts[:height, :width].reshape(height // step, step, width // step, step)
    return blocks.mean(axis=(1, 3))


def _colour(kind: str, theme: Theme) -> str:
    return {"clipped": theme.missed, "target": theme.series_2}.get(kind, theme.series_1)


def _names(bands: pd.DataFrame) -> list[tuple[str, float]]:
    """Return each name once with the height at which it is written."""
    if not len(bands) or "name" not in bands:
        return []
    named = bands[bands["name"] != ""]
    middle = (named["top"] + named["bottom"]) / 2
    rightmost = named.assign(middle=middle).sort_values("lane").groupby("name").last()
    return [(str(name), float(row["middle"])) for name, row in rightmost.iterrows()]


def _outline(
    ax: Axes,
    lanes: pd.DataFrame,
    bands: pd.DataFrame,
    names: list[tuple[str, float]],
    turned: bool,
    theme: Theme,
) -> None:
    for number, own in lanes.groupby("lane"):
        for side in ("left", "right"):
            ax.plot(own[side], own["row"], color=theme.series_1, lw=0.5, alpha=0.55)
        middle = float((own["left"] + own["right"]).iloc[0]) / 2
        ax.annotate(
            str(number),
            (middle, 0),
            (0, 3),
            textcoords="offset points",
            ha="center",
            va="bottom",
            fontsize=8,
            fontweight="bold",
        )
        end = float((own["left"] + own["right"]).iloc[-1]) / 2
        ax.annotate(
            str(own["label"].iloc[0]),
            (end, 0),
            (0, -5),
            xycoords=("data", "axes fraction"),
            textcoords="offset points",
            ha="center",
            va="top",
            fontsize=8,
            color=theme.muted,
            rotation=90 if turned else 0,
        )
    for band in bands.itertuples():
        kind = str(band.kind)
        ax.add_patch(
            Rectangle(
                (float(band.left), float(band.top) - 0.5),  # pyright: ignore
                float(band.right) - float(band.left),  # pyright: ignore
                float(band.bottom) - float(band.top),  # pyright: ignore
                fill=False,
                edgecolor=_colour(kind, theme),
                lw=0.7 if kind == "band" else 1.2,
            )
        )
    for name, row in names:
        ax.annotate(
            name,
            (1, row),
            (5, 0),
            xycoords=("axes fraction", "data"),
            textcoords="offset points",
            va="center",
            fontsize=8,
            color=theme.series_2,
        )


def _legend(ax: Axes, bands: pd.DataFrame, theme: Theme) -> None:
    kinds = [kind for kind in KINDS if len(bands) and kind in set(bands["kind"])]
    if kinds == ["band"] or not kinds:
        return
    handles = [
        Rectangle((0, 0), 1, 1, fill=False, edgecolor=_colour(kind, theme), lw=1.2)
        for kind in kinds
    ]
    ax.legend(
        handles,
        [KINDS[kind] for kind in kinds],
        loc="lower right",
        bbox_to_anchor=(1.0, 1.0),
        ncols=3,
        fontsize=7.5,
        borderaxespad=1.3,
        handlelength=1.2,
    )


def lane_profiles(
    profiles: pd.DataFrame,
    bands: pd.DataFrame,
    *,
    title: str = "Profiles of the lanes",
    subtitle: str = "",
    columns: int = 4,
    theme: ThemeName = "light",
) -> Figure:
    """Draw the mean counts above background along each lane, bands shaded.

    Parameters
    ----------
    profiles : pandas.DataFrame
        lane, label, row (pixels from the upper border), value (counts above background).
    bands : pandas.DataFrame
        lane, top, bottom, kind.
    title, subtitle : str
    columns : int
        Panels side by side.
    theme : {"light", "dark"}

    Raises
    ------
    InputError
        If a column is missing or there are no rows.
    """
    require_columns(profiles, PROFILES, "profiles")
    panels = list(profiles.groupby("lane"))
    grid = Grid(len(panels), columns, 168.0, 84.0, 42.0, 10.0, 22.0, 22.0, 46.0)
    words = "mean counts above background, from the top of the picture down; shaded: bands"
    line = f"{subtitle} · {words}" if subtitle else words
    size = np.maximum(grid.size, (max(text_width(title, 13, "bold"), 320.0) + 28, 0))
    top = float(profiles["value"].max())
    with styled(theme) as colours:
        figure = Figure(figsize=tuple(size / 72))
        _head(figure, size, title, line, colours)
        for k, (number, own) in enumerate(panels):
            left, bottom, wide, tall = grid.place(k)
            stretch = float(grid.size[0] / size[0])
            ax = figure.add_axes((left * stretch, bottom, wide * stretch, tall))
            inside = bands[bands["lane"] == number].sort_values("top")
            for j, (begin, end, kind) in enumerate(
                zip(inside["top"], inside["bottom"], inside["kind"])
            ):
                colour = _colour(str(kind), colours)
                ax.axvspan(begin, end, color=colour, alpha=(0.26, 0.12)[j % 2], lw=0)
            ax.plot(own["row"], own["value"], lw=0.9, color=colours.ink)
            ax.axhline(0, color=colours.muted, lw=0.6)
            ax.set_ylim(-0.04 * top, 1.06 * top)
            ax.set_xlim(float(own["row"].min()), float(own["row"].max()))
            label = str(own["label"].iloc[0])
            ax.set_title(f"{number}  {label}" if label else str(number), fontsize=8.5, pad=4)
            ax.yaxis.set_major_locator(MaxNLocator(3))
            ax.xaxis.set_major_locator(MaxNLocator(4))
            ax.tick_params(labelsize=7, length=2, pad=2)
    return figure
