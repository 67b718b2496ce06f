"""Profile likelihood: intervals of fluxes from how much worse the fit becomes as one is moved.

An interval ends where the sum of squares, all other parameters fitted again, has risen by the
quantile of chi-square with one degree of freedom (3.84 at 95 %; Venzon & Moolgavkar 1988, for
fluxes Antoniewicz, Kelleher & Stephanopoulos 2006). Fluxes that are multiples of each other share
one profile.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.stats import chi2

from cahill.core.labelling import Flux
from cahill.numerics.crew import portions, single_threaded
from cahill.tracing.fit_problem import FitProblem, refit
from cahill.tracing.flux_space import FluxSpace
from cahill.tracing.intervals import (
    FIXED,
    HIGH_LIMIT,
    HIGH_OPEN,
    LOW_LIMIT,
    LOW_OPEN,
    NO_LIMIT,
    FluxIntervals,
    Reach,
    Target,
    as_targets,
    check_level,
    intervals_frame,
    is_fixed,
    linear_coordinate,
    reach,
    target_values,
)
from cahill.tracing.profile_walk import Line, Side, start_node, walk

Progress = Callable[[int, int], None]

_ROUNDS = 3  # times all profiles are made again from a better fit found on the way
_FAR = 0.1  # part of the range next to an assumed edge where fits need not be followed any more
_BETTER = 0.02  # decrease of the cost, in thresholds, that counts as a better fit


@dataclass(frozen=True, eq=False)
class Profiles:
    """Profiles of fluxes, their intervals, and the best fit met on the way.

    Parameters
    ----------
    intervals : FluxIntervals
    curves : pandas.DataFrame
        flux (heading), value, ssr_increase, low, high: what `results.profile_curves` draws.
    theta : numpy.ndarray
        The best fit found; another than was given if a profile led to a lower sum of squares.
    ssr : float
        Its sum of squares.
    improved : bool
        Whether it is another.
    threshold : float
        Increase at the ends.
    """

    intervals: FluxIntervals
    curves: pd.DataFrame
    theta: np.ndarray
    ssr: float
    improved: bool
    threshold: float


class _Job(NamedTuple):
    """One profile: a direction in the parameters, and what of the study moves along it."""

    row: np.ndarray
    members: tuple[tuple[Target, float, float], ...]  # target = offset + factor * (row @ theta)


class _Found(NamedTuple):
    """The two sides of a profile, and the best fit on them."""

    job: _Job
    reach: Reach
    low: float
    high: float
    stops: tuple[str, str]
    points: np.ndarray  # quantity and increase, shape (n, 2)
    best: float
    theta: np.ndarray


def profile_fluxes(
    problem: FitProblem,
    theta: np.ndarray,
    wanted: Sequence[Target | Flux | str] | None = None,
    *,
    level: float = 0.95,
    others: np.ndarray | None = None,
    jobs: int = 1,
    cluster: str | None = None,
    progress: Progress | None = None,
) -> Profiles:
    """Return profile-likelihood intervals of fluxes, pool sizes or shares.

    Parameters
    ----------
    problem : FitProblem
    theta : numpy.ndarray
        The best fit, shape (n_parameters,).
    wanted : sequence of Target, Flux or str, optional
        All net fluxes by default.
    level : float
        Confidence level.
    others : numpy.ndarray, optional
        Ends of other starts of the fit, shape (n, n_parameters): those below the threshold extend
        intervals that they lie outside of, so that valleys beside the best one count.
    jobs : int
        Processes here; -1 for one per core.
    cluster : str, optional
        Address of a Dask scheduler instead.
    progress : callable, optional
        Called with (done, total).

    Returns
    -------
    Profiles
        Where a lower sum of squares is met on the way, everything is measured from it.

    Raises
    ------
    InputError
        If the level is not between 0 and 1, or the gross flux of a reversible step is asked for.
    UnknownNameError
        If there is no such flux or pool.
    """
    check_level(level)
    space = problem.space
    chosen = as_targets(problem.study, space, wanted)
    threshold = float(chi2.ppf(level, 1))
    given = problem.residuals(theta)
    ssr = float(given @ given)
    best, least = theta, ssr
    work = _jobs(space, chosen)
    found: list[_Found] = []
    for _ in range(_ROUNDS):
        best, least = single_threaded(_polished, problem, best, least)
        more = _others(problem, others, best, least + threshold)
        batch = [(problem, job, best, least, threshold, more) for job in work]
        found = []
        for one in portions(_profile, batch, jobs, cluster):
            found.append(one)
            if progress is not None:
                progress(len(found), len(work))
        lowest = min(found, key=lambda one: one.best, default=None)
        if lowest is None or lowest.best > least - _BETTER * threshold:
            break
        best, least = lowest.theta, lowest.best
    improved = least < ssr - _BETTER * threshold
    notes = ()
    if improved:
        notes = (
            f"profiles led to a better fit: SSR {least:.6g} instead of {ssr:.6g}; intervals are "
            "those of the better fit, try more starts",
        )
    values = dict(zip(chosen, target_values(space, space.state(best), chosen)))
    frame, curves = _tables(chosen, values, found)
    return Profiles(
        intervals=FluxIntervals(frame, level, "profile", notes),
        curves=curves,
        theta=best,
        ssr=least,
        improved=improved,
        threshold=threshold,
    )


def _jobs(space: FluxSpace, chosen: Sequence[Target]) -> list[_Job]:
    """Return one job for each direction; constants need none."""
    found: dict[tuple, _Job] = {}
    for target in chosen:
        row, offset = linear_coordinate(space, target)
        if is_fixed(row):
            continue
        factor = float(row[np.argmax(np.abs(row))])
        row = row / factor
        key = tuple(np.round(row, 9))
        known = found.get(key, _Job(row, ()))
        found[key] = known._replace(members=(*known.members, (target, offset, factor)))
    return list(found.values())


def _polished(problem: FitProblem, theta: np.ndarray, ssr: float) -> tuple[np.ndarray, float]:
    """Return the minimum next to a point, or the point if that is no lower."""
    end = refit(problem, theta)
    return (end.x, end.cost) if end.cost < ssr else (theta, ssr)


def _others(
    problem: FitProblem, others: np.ndarray | None, best: np.ndarray, highest: float
) -> np.ndarray:
    """Return the other ends that fit nearly as well as the best."""
    kept = []
    for theta in others if others is not None else ():
        residuals = problem.residuals(theta)
        if float(residuals @ residuals) < highest and not np.array_equal(theta, best):
            kept.append(theta)
    return np.array(kept).reshape(-1, len(best))


def _profile(
    problem: FitProblem,
    job: _Job,
    theta: np.ndarray,
    best: float,
    threshold: float,
    others: np.ndarray,
) -> _Found:
    """Follow one profile to both sides."""
    line = Line(problem, job.row, 0.0, best, threshold)
    start = start_node(line, theta)
    edges = reach(problem.space, job.row, 0.0)
    down, up = walk(line, start, -1.0, edges.low), walk(line, start, 1.0, edges.high)
    nodes = [start, *down.nodes, *up.nodes]
    for other in others:
        node = start_node(line, other)
        if node.at > up.end:
            up = _further(up, walk(line, node, 1.0, edges.high), 1.0)
        elif node.at < down.end:
            down = _further(down, walk(line, node, -1.0, edges.low), -1.0)
        else:
            continue
        nodes += [node, *down.nodes, *up.nodes]
    lowest = min(nodes, key=lambda node: node.rise)
    points = np.array(sorted({(node.at, max(node.rise, 0.0)) for node in nodes}))
    stops = down.stop, up.stop
    ends = down.end, up.end
    return _Found(job, edges, *ends, stops, points, best + min(lowest.rise, 0.0), lowest.end.x)


def _further(known: Side, other: Side, sign: float) -> Side:
    """Return the side that ends further out, with what was fitted on it."""
    return other if sign * other.end > sign * known.end else known


def _tables(
    chosen: Sequence[Target], values: dict[Target, float], found: Sequence[_Found]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the intervals and the curves of all targets, in the order asked for."""
    rows = {
        target: (target, values[target], values[target], values[target], FIXED) for target in chosen
    }
    curves = {}
    for one in found:
        for target, offset, factor in one.job.members:
            low, high, note = _ends(one, target, offset, factor)
            rows[target] = (target, values[target], low, high, note)
            at = _scaled(target, offset + factor * one.points[:, 0])
            curve = {"flux": str(target), "value": at, "ssr_increase": one.points[:, 1]}
            curves[target] = pd.DataFrame(curve).assign(low=low, high=high).sort_values("value")
    empty = pd.DataFrame(columns=["flux", "value", "ssr_increase", "low", "high"])
    drawn = [curves[target] for target in chosen if target in curves]
    return (
        intervals_frame(rows.values()),
        pd.concat(drawn, ignore_index=True) if drawn else empty,
    )


def _scaled(target: Target, at: np.ndarray) -> np.ndarray:
    return np.exp(at) if target.logarithmic else at


def _ends(one: _Found, target: Target, offset: float, factor: float) -> tuple[float, float, str]:
    """Return low, high and note of a target that moves along a profile."""
    span = one.reach.high - one.reach.low
    sides = [
        (one.low, one.stops[0], one.reach.low_open, one.low - one.reach.low),
        (one.high, one.stops[1], one.reach.high_open, one.reach.high - one.high),
    ]
    ends, notes = [], []
    for k, (at, stop, is_open, left) in enumerate(sides if factor > 0 else sides[::-1]):
        if stop == "lost" and is_open and left <= _FAR * span:
            stop = "edge"
        value = float(_scaled(target, np.array(offset + factor * at)))
        unlimited = np.inf if k else (0.0 if target.logarithmic else -np.inf)
        if stop == "lost":
            notes.append(f"profile could not be followed beyond {value:.4g}")
            value = unlimited
        elif stop == "edge":
            notes.append(((LOW_OPEN, HIGH_OPEN) if is_open else (LOW_LIMIT, HIGH_LIMIT))[k])
            value = unlimited if is_open else value
        ends.append(value)
    nothing = notes == [LOW_OPEN, HIGH_OPEN]
    return ends[0], ends[1], NO_LIMIT if nothing else "; ".join(notes)
