"""Residuals of a fit: by measurement, and against what chance alone would give."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator
from scipy.stats import beta, norm

from cahill.errors import InputError
from cahill.results.lettering import text_width
from cahill.results.panels import require_columns
from cahill.results.tables import MINUS, format_number
from cahill.results.theme import Theme, ThemeName, styled

COLUMNS = ("measurement", "channel", "residual")
USUAL = 2.0  # standard deviations
LINEAR = 4.0  # standard deviations up to which a long axis is linear
LONG = 12.0
ROW, TEXT, FINE = 13.0, 8.5, 7.5
HEADER, FOOT = 76.0, 44.0
STRIPS, QUANTILES = 400.0, 250.0
SIDE, BETWEEN = 14.0, 74.0
CHANCE = 0.95


@dataclass(frozen=True)
class _Name:
    text: str
    at: float
    row: float

    @property
    def width(self) -> float:
        return text_width(self.text, FINE)


def residual_plot(
    frame: pd.DataFrame,
    *,
    title: str = "Residuals",
    subtitle: str = "",
    worst: int = 8,
    theme: ThemeName = "light",
) -> Figure:
    """Draw residuals by measurement, the worst named, and beside them their normal quantiles.

    Parameters
    ----------
    frame : pandas.DataFrame
        measurement, channel, residual: (measured - fitted) / sd, without unit.
    title, subtitle : str
    worst : int
        How many of the residuals beyond two standard deviations are named, the largest first.
    theme : {"light", "dark"}

    Notes
    -----
    The band of the quantile plot holds each ordered residual with 95 % probability if the errors
    are normal with the standard deviations given: the k-th of n uniform order statistics is
    Beta(k, n + 1 - k). Residuals of a fit spread a little less, by the parameters it adjusts.

    Raises
    ------
    InputError
        If a column is missing, there are no rows, or no residual is a number.
    """
    require_columns(frame, COLUMNS, "residuals")
    known = frame[np.isfinite(frame["residual"].astype(float))]
    if known.empty:
        raise InputError("residuals: none is a number; fit the data first")
    names = list(dict.fromkeys(str(name) for name in known["measurement"]))
    label = SIDE + 10 + max(text_width(name, TEXT) for name in names)
    depth = max(ROW * len(names), QUANTILES)
    size = np.array([label + STRIPS + BETWEEN + QUANTILES + 24, HEADER + depth + FOOT])
    beyond = int((known["residual"].abs() > USUAL).sum())
    words = f"{beyond} of {len(known)} beyond ±2 sd, {0.0455 * len(known):.0f} expected by chance"
    with styled(theme) as colours:
        figure = Figure(figsize=tuple(size / 72))
        x, top = SIDE / size[0], size[1]
        figure.text(x, 1 - 20 / top, title, fontsize=14, fontweight="bold", va="center")
        line = " · ".join(part for part in (subtitle, words) if part)
        figure.text(x, 1 - 40 / top, line, fontsize=9, color=colours.muted, va="center")
        place = np.array([label, FOOT, STRIPS, depth]) / (*size, *size)
        _strips(figure.add_axes(tuple(place)), known, names, worst, depth, colours)
        left, bottom = label + STRIPS + BETWEEN, FOOT + depth - QUANTILES
        place = np.array([left, bottom, QUANTILES, QUANTILES]) / (*size, *size)
        _quantiles(figure.add_axes(tuple(place)), known["residual"].to_numpy(float), colours)
    return figure


def _strips(
    ax: Axes, frame: pd.DataFrame, names: list[str], worst: int, depth: float, theme: Theme
) -> None:
    rows = frame["measurement"].astype(str).map({name: k for k, name in enumerate(names)})
    residual, row = frame["residual"].to_numpy(float), rows.to_numpy(float)
    ranked = frame.assign(row=row).iloc[np.argsort(-np.abs(residual), kind="stable")]
    named = _worst_names(ranked[ranked["residual"].abs() > USUAL].head(worst))
    _scale(ax, residual, named)
    ax.axvspan(-USUAL, USUAL, color=theme.shade, lw=0, zorder=0)
    ax.axvline(0, color=theme.muted, lw=0.8, zorder=1)
    far = np.abs(residual) > USUAL
    ax.plot(residual[~far], row[~far], "o", ms=3.5, color=theme.series_1, mew=0, zorder=3)
    ax.plot(residual[far], row[far], "o", ms=4.5, color=theme.missed, mew=0, zorder=4)
    pad = (depth / ROW - len(names)) / 2 + 0.5
    ax.set_ylim(len(names) - 1 + pad, -pad)
    ax.set_yticks(range(len(names)), names, fontsize=TEXT)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.grid(visible=True, axis="x")
    ax.set_title("by measurement", fontsize=9, pad=6)
    ax.set_xlabel("(measured − fitted) / sd", fontsize=TEXT)
    for name in named:
        side = np.sign(name.at)
        ax.annotate(
            name.text,
            (name.at, name.row),
            (5 * side, 0),
            textcoords="offset points",
            fontsize=FINE,
            ha="left" if side > 0 else "right",
            va="center_baseline",
            zorder=5,
        )


def _scale(ax: Axes, residual: np.ndarray, names: Sequence[_Name]) -> None:
    """Set an axis on which every name fits; it is logarithmic beyond four sd if it is long."""
    largest = float(np.abs(residual).max())
    half = STRIPS / 2
    # the share of its half of the axis that a residual may take so that its name fits beside it
    shares = [(abs(name.at), max(1 - (name.width + 8) / half, 0.2)) for name in names]
    if largest <= LONG:
        ax.xaxis.set_major_locator(MaxNLocator(9, integer=True))
        reach = max([1.1 * largest, 3.5, *(at / share for at, share in shares)])
        ax.set_xlim(-reach, reach)
        return
    ax.set_xscale("symlog", linthresh=LINEAR)
    transform = ax.xaxis.get_transform()
    far = [float(transform.transform([at])[0]) / share for at, share in shares]
    reach = float(transform.inverted().transform([max(far)])[0])
    decades = [sign * 10.0**k for k in range(1, 16) if 10.0**k < reach for sign in (-1, 1)]
    ax.set_xticks(sorted([-USUAL, 0.0, USUAL, *decades]))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:g}".replace("-", MINUS)))
    ax.minorticks_off()
    ax.set_xlim(-reach, reach)


def _worst_names(worst: pd.DataFrame) -> list[_Name]:
    """Return one name for the worst residuals of each row and side, to stand at the outermost."""
    names = []
    for _, group in worst.groupby([worst["row"], worst["residual"] > 0]):
        residual = group["residual"].to_numpy(float)
        text = ", ".join(
            f"{channel}: {format_number(value, 2)}"
            for channel, value in zip(group["channel"], residual)
        )
        names.append(_Name(text, residual[0], float(group["row"].iloc[0])))
    return names


def _quantiles(ax: Axes, residual: np.ndarray, theme: Theme) -> None:
    ordered = np.sort(residual)
    n = len(ordered)
    rank = np.arange(1, n + 1)
    expected = norm.ppf((rank - 0.375) / (n + 0.25))  # Blom (1958)
    low, high = (norm.ppf(beta.ppf(p, rank, n + 1 - rank)) for p in _tails())
    ax.fill_between(expected, low, high, color=theme.shade, lw=0, zorder=0)
    ends = np.array([expected[0], expected[-1]])
    ax.plot(ends, ends, color=theme.muted, lw=0.8, zorder=1)
    far = np.abs(ordered) > USUAL
    ax.plot(expected[~far], ordered[~far], "o", ms=3.5, color=theme.series_1, mew=0, zorder=3)
    ax.plot(expected[far], ordered[far], "o", ms=4.5, color=theme.missed, mew=0, zorder=3)
    if np.abs(ordered).max() > LONG:
        ax.set_yscale("symlog", linthresh=LINEAR)
        ax.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{y:g}".replace("-", MINUS)))
        ax.minorticks_off()
    ax.grid(visible=True, axis="both")
    ax.set_title("against chance", fontsize=9, pad=6)
    ax.set_xlabel("expected of a normal error", fontsize=TEXT)
    ax.set_ylabel("residual (sd)", fontsize=TEXT, labelpad=2)


def _tails() -> tuple[float, float]:
    return (1 - CHANCE) / 2, (1 + CHANCE) / 2
