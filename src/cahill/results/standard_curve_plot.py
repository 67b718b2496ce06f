"""A standard curve with its band, what was read off it, and how well the standards come back."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from cahill.results.lettering import text_width
from cahill.results.panels import require_columns
from cahill.results.theme import Theme, ThemeName, styled

STANDARD_COLUMNS = ("amount", "signal", "recovery_percent")
CURVE_COLUMNS = ("amount", "signal", "low", "high")
READ_COLUMNS = ("amount", "signal", "extrapolated")
WIDTH, HEIGHT, SIDE = 400.0, 250.0, 190.0
LEFT, GAP, RIGHT, BELOW, HEADER = 56.0, 62.0, 20.0, 44.0, 64.0
ACCEPTED = (80.0, 120.0)
SHOWN_RECOVERY = (50.0, 150.0)


def standard_curve_plot(
    standards: pd.DataFrame,
    curve: pd.DataFrame,
    reads: pd.DataFrame,
    *,
    amount_unit: str,
    signal_label: str,
    title: str = "Standard curve",
    subtitle: str = "",
    theme: ThemeName = "light",
) -> Figure:
    """Draw a standard curve, its prediction band and the amounts read off it.

    Parameters
    ----------
    standards : pandas.DataFrame
        One well a row: amount, signal, recovery_percent (back-calculated over given; NaN at zero).
    curve : pandas.DataFrame
        amount, signal, low, high: the curve and the band in which a well's signal is expected.
    reads : pandas.DataFrame
        One read-off a row: amount, signal, extrapolated (bool); may be empty.
    amount_unit : str
    signal_label : str
        With its unit.
    title, subtitle : str
    theme : {"light", "dark"}

    Raises
    ------
    InputError
        If a column is missing, or there is no standard or no curve.
    """
    require_columns(standards, STANDARD_COLUMNS, "standard curve")
    require_columns(curve, CURVE_COLUMNS, "standard curve")
    width = LEFT + WIDTH + GAP + SIDE + RIGHT
    heading = max(text_width(title, 14, "bold"), text_width(subtitle, 9))
    size = (max(width, heading + 28), HEADER + HEIGHT + BELOW)
    with styled(theme) as colours:
        figure = Figure(figsize=(size[0] / 72, size[1] / 72))
        x = 14 / size[0]
        figure.text(x, 1 - 20 / size[1], title, fontsize=14, fontweight="bold", va="center")
        y = 1 - 40 / size[1]
        figure.text(x, y, subtitle, fontsize=9, color=colours.muted, va="center")
        bottom, tall = BELOW / size[1], HEIGHT / size[1]
        main = figure.add_axes((LEFT / size[0], bottom, WIDTH / size[0], tall))
        _draw_curve(main, standards, curve, reads, colours)
        main.set_xlabel(f"amount ({amount_unit})")
        main.set_ylabel(signal_label)
        left = (LEFT + WIDTH + GAP) / size[0]
        side = figure.add_axes((left, bottom, SIDE / size[0], tall))
        _draw_recovery(side, standards, colours)
        side.set_xlabel(f"amount given ({amount_unit})")
    return figure


def _draw_curve(
    ax: Axes, standards: pd.DataFrame, curve: pd.DataFrame, reads: pd.DataFrame, theme: Theme
) -> None:
    amount = curve["amount"].to_numpy(float)
    top = float(standards["amount"].max())
    within = amount <= top
    ax.fill_between(
        amount, curve["low"], curve["high"], color=theme.carbon_pale, lw=0, label="95 % of wells"
    )
    signal = curve["signal"].to_numpy(float)
    ax.plot(amount[within], signal[within], color=theme.series_1, label="curve", zorder=3)
    beyond = amount >= top
    if beyond.sum() > 1:
        ax.plot(amount[beyond], signal[beyond], color=theme.series_1, lw=1.2, ls=(0, (3, 2)))
    ax.plot(
        standards["amount"],
        standards["signal"],
        "o",
        ms=5.5,
        mfc=theme.paper,
        mec=theme.ink,
        mew=1.2,
        label="standards",
        zorder=5,
    )
    known = reads[np.isfinite(reads["amount"]) & np.isfinite(reads["signal"])]
    for extrapolated, colour, marker, label in (
        (False, theme.series_3, "D", "samples"),
        (True, theme.missed, "X", "samples, extrapolated"),
    ):
        own = known[known["extrapolated"].astype(bool) == extrapolated]
        if len(own):
            style = {"color": colour, "mec": theme.paper, "mew": 0.6, "zorder": 6}
            ax.plot(own["amount"], own["signal"], marker, ms=5.5, label=label, **style)
    ax.set_xlim(amount.min(), amount.max())
    ax.grid(visible=True, axis="both")
    ax.xaxis.set_major_locator(MaxNLocator(7))
    # The curve rises or falls; the legend takes the corner it leaves free.
    place = "upper left" if signal[-1] >= signal[0] else "upper right"
    ax.legend(loc=place, handlelength=1.6, borderaxespad=0.3)


def _draw_recovery(ax: Axes, standards: pd.DataFrame, theme: Theme) -> None:
    """Draw how much of every standard comes back; what is beyond the axis points out."""
    own = standards[np.isfinite(standards["recovery_percent"].astype(float))]
    share = own["recovery_percent"].to_numpy(float)
    good = (share >= ACCEPTED[0]) & (share <= ACCEPTED[1])
    low, high = SHOWN_RECOVERY
    ax.axhspan(*ACCEPTED, color=theme.shade, lw=0, zorder=0)
    ax.axhline(100, color=theme.muted, lw=0.9, ls=(0, (4, 3)), zorder=1)
    shown = np.clip(share, low + 3, high - 3)
    amounts = own["amount"].to_numpy(float)
    inside = (share >= low) & (share <= high)
    for chosen, colour, marker in (
        (good, theme.met, "o"),
        (~good & inside, theme.missed, "X"),
        (share > high, theme.missed, "^"),
        (share < low, theme.missed, "v"),
    ):
        ax.plot(amounts[chosen], shown[chosen], marker, ms=5.5, color=colour, zorder=3)
    ax.set_ylim(low, high)
    ax.set_xlim(0, 1.06 * float(standards["amount"].max()))
    ax.yaxis.set_major_locator(MaxNLocator(6))
    ax.xaxis.set_major_locator(MaxNLocator(5))
    ax.set_title("back-calculated, % of given", fontsize=9.5)
