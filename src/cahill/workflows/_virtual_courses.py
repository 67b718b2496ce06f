"""The picture of plasma enrichments: what was sampled, what it was, and where it would end."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from cahill.results.panels import Grid
from cahill.results.theme import Theme, ThemeName, styled
from cahill.tracing.changing import LabelCourse
from cahill.tracing.in_vivo_signals import Signal
from cahill.tracing.tracer_kinetics import TracerKinetics
from cahill.workflows._virtual_budget import STEADY
from cahill.workflows._virtual_tracers import SPECIES, TRACERS

COLUMNS = 3


def draw_courses(
    found: TracerKinetics,
    frozen: TracerKinetics,
    labels: Sequence[LabelCourse],
    *,
    title: str = "Plasma enrichments",
    theme: ThemeName = "light",
) -> Figure:
    """Draw every course: samples, the enrichment itself, plateau, and isotopic steady state.

    Parameters
    ----------
    found, frozen : TracerKinetics
        The study, and infusions of several lengths, one of them without end.
    labels : sequence of LabelCourse
        The enrichments without errors of measurement, one a tracer.
    title : str
    theme : {"light", "dark"}
    """
    signals = found.analyses[0].signals.courses
    ends = next(one for one in frozen.analyses if one.signals.occasion.state == STEADY)
    readings = [(part, one) for part, of in zip(labels, TRACERS) for one in of.readings]
    grid = Grid(len(readings), COLUMNS, 190.0, 112.0, 50.0, 22.0, 32.0, 38.0, 52.0)
    with styled(theme) as colours:
        figure = Figure(figsize=tuple(grid.size / 72))
        x, top = 14 / grid.size[0], grid.size[1]
        figure.text(x, 1 - 18 / top, title, fontsize=14, fontweight="bold", va="center")
        words = (
            "points: samples · line: without errors · bar: plateau · dashes: infusion without end"
        )
        figure.text(x, 1 - 38 / top, words, fontsize=8.5, color=colours.muted, va="center")
        for number, (course, one) in enumerate(readings):
            ax = figure.add_axes(grid.place(number))
            key = (one.analyte, one.tracer)
            exact = course.of(SPECIES[one.analyte], one.channel)
            ax.plot(course.times, 100.0 * exact, color=colours.series_1, lw=1.3)
            _draw(ax, signals[key], ends.signals.courses[key], colours)
            ax.set_title(f"{one.analyte} from {one.tracer}", fontsize=9, pad=6)
            if number % COLUMNS == 0:
                ax.set_ylabel("excess (%)", fontsize=8.5)
    return figure


def _draw(ax: Axes, signal: Signal, end: Signal, theme: Theme) -> None:
    series, plateau, last = signal.series, signal.series.plateau, end.series.plateau
    ax.plot(series.time, 100.0 * series.values, "o", ms=3.4, color=theme.series_1, mew=0, zorder=4)
    if plateau is not None:
        level = 100.0 * np.array([plateau.mean, plateau.mean])
        at = [plateau.start, plateau.end]
        ax.plot(at, level, color=theme.series_1, lw=4.0, alpha=0.4, solid_capstyle="butt")
    if last is not None:
        ax.axhline(100.0 * last.mean, color=theme.met, lw=1.0, ls=(0, (4, 3)))
    ax.set_ylim(0, 1.1 * ax.dataLim.y1)
    ax.set_xlim(left=0)
    ax.set_xlabel("time (min)", fontsize=8.5, labelpad=2)
    ax.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 3, 5, 6, 10]))
    ax.yaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]))
