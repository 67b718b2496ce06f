"""Pictures of a tracer study over time: enrichments with their plateaus, rates with their bands."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from cahill.results.lettering import text_width
from cahill.results.panels import Grid, require_columns
from cahill.results.theme import Theme, ThemeName, styled
from cahill.tracing.in_vivo_analysis import APPEARANCE, CORRECTED, TRANSFER, OccasionAnalysis
from cahill.tracing.in_vivo_signals import Signal
from cahill.tracing.in_vivo_tracers import reference_tracer

PRINTED = {"umol/kg/min": "µmol/kg/min", "umol/L": "µmol/L"}
# one panel in points: its size, then the room around it
WIDTH, HEIGHT = 250.0, 112.0
LEFT, RIGHT, ABOVE, BELOW = 58.0, 18.0, 32.0, 38.0
HEADER = 62.0
NAMED_SUBJECTS = 8
CURVE_POINTS = 160


def draw_enrichments(
    analyses: Sequence[OccasionAnalysis], *, title: str = "Enrichments", theme: ThemeName = "light"
) -> Figure:
    """Draw every course with its smooth curve and its plateau: a row a label, a column a state.

    Parameters
    ----------
    analyses : sequence of OccasionAnalysis
    title : str
    theme : {"light", "dark"}
    """
    states = list(dict.fromkeys(one.signals.occasion.state for one in analyses))
    kinds = {
        key: signal.course.kind for one in analyses for key, signal in one.signals.courses.items()
    }
    subjects = list(dict.fromkeys(one.signals.occasion.subject for one in analyses))
    grid = _grid(len(kinds), len(states))
    with styled(theme) as colours:
        figure = _figure(grid, title, "points: samples · curves: splines · bars: plateaus", colours)
        _name_subjects(figure, grid, subjects, colours)
        for row, ((analyte, tracer), kind) in enumerate(kinds.items()):
            axes = [figure.add_axes(grid.place(row * len(states) + k)) for k in range(len(states))]
            for one in analyses:
                signal = one.signals.courses.get((analyte, tracer))
                if signal is not None:
                    tone = _tone(one.signals.occasion.subject, subjects, colours)
                    _draw_course(axes[states.index(one.signals.occasion.state)], signal, tone)
            unit = "dpm/µmol" if kind == "SA" else f"{kind} (%)"
            _finish(axes, [f"{analyte} from {tracer}" for _ in states], states, unit)
    return figure


def draw_over_time(
    frame: pd.DataFrame, *, title: str = "Rates over time", theme: ThemeName = "light"
) -> Figure:
    """Draw rates of appearance and carbon transfers over time with their 95 % bands.

    Parameters
    ----------
    frame : pandas.DataFrame
        Estimates over time, as `cahill.tracing.in_vivo_groups.estimates_frame` has them.
    title : str
    theme : {"light", "dark"}

    Raises
    ------
    InputError
        If the frame has no rows.
    """
    require_columns(frame, ("state", "time_min", "quantity", "value", "low", "high"), title)
    chosen = _shown_over_time(frame)
    states, subjects = (list(dict.fromkeys(frame[name])) for name in ("state", "subject"))
    grid = _grid(len(chosen), len(states))
    with styled(theme) as colours:
        figure = _figure(grid, title, "bands: 95 % intervals from errors of measurement", colours)
        _name_subjects(figure, grid, subjects, colours)
        for row, ((words, unit), part) in enumerate(chosen.items()):
            axes = [figure.add_axes(grid.place(row * len(states) + k)) for k in range(len(states))]
            for (state, subject), line in part.groupby(["state", "subject"], sort=False):
                tone = _tone(str(subject), subjects, colours)
                ax = axes[states.index(state)]
                time = line["time_min"].to_numpy(float)
                low, high = line["low"].to_numpy(float), line["high"].to_numpy(float)
                ax.fill_between(time, low, high, color=tone, alpha=0.16, lw=0)
                ax.plot(time, line["value"].to_numpy(float), color=tone, lw=1.5)
            _finish(axes, [words for _ in states], states, PRINTED.get(unit, unit))
    return figure


def _shown_over_time(frame: pd.DataFrame) -> Mapping[tuple[str, str], pd.DataFrame]:
    """Return what is drawn by its words and unit: Ra by the reference tracer, and transfers."""
    shown: dict[tuple[str, str], pd.DataFrame] = {}
    rates = frame[frame["quantity"] == APPEARANCE]
    for analyte, part in rates.groupby("analyte", sort=False):
        tracer = reference_tracer(dict.fromkeys(part["tracer"]), str(analyte))
        words = f"Ra of {analyte} by {tracer}"
        shown[words, str(part["unit"].iloc[0])] = part[part["tracer"] == tracer]
    moved = frame[frame["quantity"].isin([TRANSFER, CORRECTED])]
    for path, part in moved.groupby("analyte", sort=False):
        best = CORRECTED if (part["quantity"] == CORRECTED).any() else TRANSFER
        words = f"{path} carbon" + (", corrected" if best == CORRECTED else "")
        shown[words, str(part["unit"].iloc[0])] = part[part["quantity"] == best]
    return shown


def _draw_course(ax: Axes, signal: Signal, tone: str) -> None:
    series, plateau = signal.series, signal.series.plateau
    percent = 1.0 if signal.course.kind == "SA" else 100.0
    ax.plot(series.time, percent * series.values, "o", ms=3, color=tone, mew=0)
    if len(series.time):
        at = np.linspace(series.time[0], series.time[-1], CURVE_POINTS)
        curve = series.smoother(at)
        if curve is not None:
            ax.plot(at, percent * (curve.to_value @ series.values), color=tone, lw=1.0)
    if plateau is not None:
        level = percent * plateau.mean
        ends = [plateau.start, plateau.end]
        ax.plot(ends, [level, level], color=tone, lw=3.5, alpha=0.4, solid_capstyle="butt")


def _grid(rows: int, columns: int) -> Grid:
    return Grid(rows * columns, columns, WIDTH, HEIGHT, LEFT, RIGHT, ABOVE, BELOW, HEADER)


def _figure(grid: Grid, title: str, subtitle: str, theme: Theme) -> Figure:
    size = grid.size
    figure = Figure(figsize=tuple(size / 72))
    x, top = 14 / size[0], size[1]
    figure.text(x, 1 - 18 / top, title, fontsize=14, fontweight="bold", va="center")
    figure.text(x, 1 - 36 / top, subtitle, fontsize=8.5, color=theme.muted, va="center")
    return figure


def _name_subjects(figure: Figure, grid: Grid, subjects: Sequence[str], theme: Theme) -> None:
    """Write the subjects' names in their colours, if there are few enough to tell apart."""
    if not 1 < len(subjects) <= NAMED_SUBJECTS:
        return
    width, height = grid.size
    x = 14.0
    for subject in subjects:
        figure.text(
            x / width,
            1 - 52 / height,
            subject,
            fontsize=8.5,
            fontweight="bold",
            color=_tone(subject, subjects, theme),
            va="center",
        )
        x += text_width(subject, 8.5, "bold") + 12


def _tone(subject: str, subjects: Sequence[str], theme: Theme) -> str:
    return theme.series[subjects.index(subject) % len(theme.series)]


def _finish(axes: Sequence[Axes], titles: Sequence[str], states: Sequence[str], unit: str) -> None:
    """Give the panels of a row one scale, their headings and their units."""
    highest = max(ax.dataLim.y1 for ax in axes)
    lowest = min(0.0, *(ax.dataLim.y0 for ax in axes))
    for ax, title, state in zip(axes, titles, states):
        ax.set_ylim(lowest * 1.08, highest * 1.08)
        ax.set_xlim(left=0)
        heading = f"{title} · {state}" if state else title
        wide = text_width(heading, 9, "bold")
        ax.set_title(heading, fontsize=9 * min(1.0, (WIDTH + RIGHT) / max(wide, 1)), pad=7)
        ax.set_xlabel("time (min)", fontsize=8.5, labelpad=2)
        ax.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 3, 5, 6, 10]))
        ax.yaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]))
    axes[0].set_ylabel(unit, fontsize=8.5)
    axes[0].yaxis.set_label_coords(-36 / WIDTH, 0.5)
