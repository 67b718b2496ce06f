"""Predictions beside the literature: one row a target, its range as a bar, normalised per row."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cahill.results.lettering import text_width, wrapped
from cahill.results.panels import require_columns
from cahill.results.tables import format_number, format_range, met_text
from cahill.results.theme import Theme, ThemeName, styled

COLUMNS = ("condition", "quantity", "unit", "target", "low", "high", "predicted", "role", "met")
ROLES = {"calibration": "o", "validation": "D"}
REACH = 3.0
TEXT, FINE = 8.5, 7.5
LINE = 11.0
PAD = 8.0
HEADING = 26.0
TOP, BOTTOM = 92.0, 52.0
# columns in points
WIDTH = 940.0
LABEL_X, LABEL_WIDTH = 14.0, 318.0
PLOT_LEFT, PLOT_RIGHT = 346.0, 622.0
PREDICTED_X, RANGE_X, VERDICT_X = 688.0, 706.0, 866.0


@dataclass(frozen=True)
class _Row:
    lines: tuple[str, ...]
    fine: tuple[str, ...]
    beside: bool
    record: Mapping[str, Any]
    height: float


def draw_comparison(
    frame: pd.DataFrame,
    *,
    title: str = "Prediction beside literature",
    subtitle: str = "",
    theme: ThemeName = "light",
) -> Figure:
    """Draw every target's range as a bar and the prediction as a marker on it.

    The bar spans the same width in every row; a prediction more than one range-width outside is
    drawn as an arrow at the edge. Seed rows come first, then calibration, then validation.

    Parameters
    ----------
    frame : pandas.DataFrame
        condition, quantity, unit, target (a number, or a sign in words such as "up"), low, high,
        predicted, role ("calibration" or "validation"), met; optional seed (bool).
    title, subtitle : str
    theme : {"light", "dark"}

    Raises
    ------
    InputError
        If a column is missing or there are no rows.
    """
    require_columns(frame, COLUMNS, "comparison")
    groups = _groups(frame)
    body = sum(HEADING + sum(row.height for row in rows) for rows in groups.values())
    height = TOP + body + BOTTOM
    with styled(theme) as colours:
        figure = Figure(figsize=(WIDTH / 72, height / 72))
        ax = figure.add_axes((0.0, 0.0, 1.0, 1.0))
        ax.set(xlim=(0, WIDTH), ylim=(height, 0))
        ax.axis("off")
        _header(ax, frame, title, subtitle, colours)
        y = TOP
        for heading, rows in groups.items():
            ax.text(LABEL_X, y + 14, heading, fontsize=10, fontweight="bold", va="center")
            y += HEADING
            for row in rows:
                _draw_row(ax, row, y, colours)
                y += row.height
        _axis(ax, TOP + HEADING - 4, y + 4, colours)
        _legend(ax, y + 34, colours)
    return figure


def _groups(frame: pd.DataFrame) -> dict[str, list[_Row]]:
    seed = frame["seed"].astype(bool) if "seed" in frame.columns else frame["met"].isna() & False
    known = frame["role"].isin(list(ROLES))
    parts = {
        "Headline targets": frame[seed],
        "Calibration: used to set parameters": frame[~seed & (frame["role"] == "calibration")],
        "Validation: never used to set parameters": frame[~seed & (frame["role"] == "validation")],
        "Other": frame[~seed & ~known],
    }
    return {
        heading: [_row(record) for record in part.to_dict("records")]
        for heading, part in parts.items()
        if not part.empty
    }


def _row(record: Mapping[Any, Any]) -> _Row:
    quantity, condition = str(record["quantity"]), str(record["condition"])
    lines = wrapped(quantity, LABEL_WIDTH, TEXT)
    fine = wrapped(condition, LABEL_WIDTH, FINE)
    fine = [line for line in fine if line]
    beside = text_width(quantity, TEXT) + 8 + text_width(condition, FINE) <= LABEL_WIDTH
    depth = 1 if beside else len(lines) + len(fine)
    return _Row(tuple(lines), tuple(fine), beside, record, LINE * depth + PAD)


def position(value: float, target: float, low: float, high: float) -> float:
    """Return where a value lies on its row: -1 at the low end of the range, 1 at the high end.

    Where one end is open the bar reaches a quarter of the other end beyond it; where both are, a
    tenth of the target either side.
    """
    if not math.isfinite(low) and not math.isfinite(high):
        low, high = target - 0.1 * abs(target), target + 0.1 * abs(target)
    elif not math.isfinite(low):
        low = high - 0.5 * max(abs(high), 1e-9)
    elif not math.isfinite(high):
        high = low + 0.5 * max(abs(low), 1e-9)
    half = (high - low) / 2
    if not half > 0:
        half = max(0.1 * abs(low), 1e-9)
    return (value - (low + high) / 2) / half


def _x(place: float) -> float:
    """Return the x of a position, the ends of the axis being -REACH and REACH."""
    share = (max(-REACH, min(REACH, place)) + REACH) / (2 * REACH)
    return PLOT_LEFT + share * (PLOT_RIGHT - PLOT_LEFT)


def _draw_row(ax: Axes, row: _Row, top: float, theme: Theme) -> None:
    record = row.record
    middle = top + row.height / 2
    y = top + PAD / 2 + LINE / 2
    for text in row.lines:
        ax.text(LABEL_X, y, text, fontsize=TEXT, va="center")
        y += LINE
    x = LABEL_X
    if row.beside:
        x += text_width(row.lines[0], TEXT) + 8
        y -= LINE
    for text in row.fine:
        ax.text(x, y, text, fontsize=FINE, color=theme.muted, va="center")
        y += LINE
    low, high, target, predicted = (
        _number(record[name]) for name in ("low", "high", "target", "predicted")
    )
    ax.plot([LABEL_X, WIDTH - 14], [top + row.height] * 2, color=theme.grid, lw=0.6, zorder=1)
    ax.plot(
        [_x(-1), _x(1)], [middle] * 2, color=theme.target, lw=7, solid_capstyle="butt", zorder=2
    )
    if math.isfinite(target):
        tick = _x(position(target, target, low, high))
        ax.plot([tick, tick], [middle - 4.5, middle + 4.5], color=theme.muted, lw=1.2, zorder=3)
    _marker(ax, record, position(predicted, target, low, high), middle, theme)
    _numbers(ax, record, (low, high, target, predicted), middle, theme)


def _marker(ax: Axes, record: Mapping[str, Any], place: float, middle: float, theme: Theme) -> None:
    if not math.isfinite(place):
        return
    shape = ROLES.get(str(record["role"]), "s")
    if abs(place) > REACH:
        shape = ">" if place > 0 else "<"
    colour = _tone(record["met"], theme)
    face = theme.paper if met_text(record["met"]).startswith("✗") else colour
    ax.plot(
        [_x(place)], [middle], shape, ms=7, mfc=face, mec=colour, mew=1.6, zorder=4, clip_on=False
    )


def _numbers(
    ax: Axes,
    record: Mapping[str, Any],
    values: tuple[float, float, float, float],
    middle: float,
    theme: Theme,
) -> None:
    low, high, target, predicted = values
    ax.text(
        PREDICTED_X,
        middle,
        format_number(predicted),
        fontsize=TEXT,
        fontweight="bold",
        ha="right",
        va="center",
    )
    span = format_range(low, high)
    if not (math.isfinite(low) or math.isfinite(high)):
        span = format_number(target)
    text = f"{span} {record['unit']}"
    room = VERDICT_X - RANGE_X - 8
    size = min(TEXT, TEXT * room / max(text_width(text, TEXT), 1.0))
    ax.text(RANGE_X, middle, text, fontsize=size, color=theme.muted, va="center")
    verdict = met_text(record["met"])
    tone = _tone(record["met"], theme)
    ax.text(VERDICT_X, middle, verdict, fontsize=TEXT, color=tone, va="center")


def _header(ax: Axes, frame: pd.DataFrame, title: str, subtitle: str, theme: Theme) -> None:
    ax.text(LABEL_X, 22, title, fontsize=14, fontweight="bold", va="center")
    judged = frame["met"].dropna()
    count = f"{int(judged.astype(bool).sum())} of {len(judged)} targets met"
    text = " · ".join(part for part in (subtitle, count) if part)
    ax.text(LABEL_X, 44, text, fontsize=9.5, color=theme.muted, va="center")
    style: dict[str, Any] = {"fontsize": TEXT, "color": theme.muted, "va": "center"}
    ax.text((PLOT_LEFT + PLOT_RIGHT) / 2, 72, "within the published range", ha="center", **style)
    ax.text(PLOT_LEFT, 72, "◂ below", **style)
    ax.text(PLOT_RIGHT, 72, "above ▸", ha="right", **style)
    ax.text(PREDICTED_X, 72, "predicted", ha="right", **style)
    ax.text(RANGE_X, 72, "published", **style)
    ax.text(VERDICT_X, 72, "verdict", **style)


def _axis(ax: Axes, top: float, bottom: float, theme: Theme) -> None:
    for place in (-1, 1):
        ax.plot([_x(place)] * 2, [top, bottom], color=theme.faint, lw=0.7, ls=(0, (2, 3)), zorder=0)


def _legend(ax: Axes, y: float, theme: Theme) -> None:
    x = LABEL_X + 6
    entries = [
        ("o", theme.ink, theme.ink, "calibration"),
        ("D", theme.ink, theme.ink, "validation"),
        ("s", theme.met, theme.met, "filled: met"),
        ("s", theme.missed, theme.paper, "open: not met"),
        (">", theme.muted, theme.muted, "beyond the axis"),
    ]
    for shape, edge, face, text in entries:
        ax.plot([x], [y], shape, ms=7, mfc=face, mec=edge, mew=1.6)
        ax.text(x + 12, y, text, fontsize=TEXT, va="center")
        x += 40 + text_width(text, TEXT)
    ax.plot([x - 4, x + 22], [y, y], color=theme.target, lw=7, solid_capstyle="butt")
    ax.plot([x + 9, x + 9], [y - 4.5, y + 4.5], color=theme.muted, lw=1.2)
    ax.text(x + 30, y, "published range with its central value", fontsize=TEXT, va="center")


def _tone(met: object, theme: Theme) -> str:
    return {"✓": theme.met, "✗": theme.missed}.get(met_text(met)[0], theme.muted)


def _number(value: object) -> float:
    """Return a number; a sign in words ("up") and a missing value have none."""
    if value is None or value is pd.NA or isinstance(value, str):
        return math.nan
    return float(value)  # pyright: ignore[reportArgumentType]
