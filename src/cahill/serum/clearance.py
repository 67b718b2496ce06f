"""Release and clearance of an enzyme in plasma, fitted to one rise and fall of a series.

dC/dt = release(t)/V - k (C - rest): one pulse of constant release, then first-order clearance to
the resting level. V, the volume of distribution, only divides the amount released, so amounts are
per litre of plasma. Errors are log-normal.
"""

import math
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from cahill.errors import ConvergenceError

if TYPE_CHECKING:
    from lmfit import Parameters

REACH = 14 * 24.0  # h; assumed: release began at most two weeks before the first result
SHORTEST, LONGEST = 2.0, 40 * 24.0  # h; half-lives searched (assumed, far beyond any published)
BRIEF = 0.25  # h; a shorter release is as good as instant at the resolution of blood sampling
NAMES: Mapping[str, str] = {
    "half_life": "h",
    "released": "U/L",
    "onset": "h",
    "duration": "h",
    "rest": "U/L",
}
"""Parameters and their units; `released` is per litre of plasma, `onset` after the first result."""
TINY = 1e-300
STARTS = 6
TOLERANCE = 1e-6


@dataclass(frozen=True, eq=False)
class Episode:
    """Results of one rise and fall, in time.

    Parameters
    ----------
    hours : numpy.ndarray
        Time of each result, h, ascending, shape (n,).
    low, high : numpy.ndarray
        Ends of each value, U/L; equal for an exact one, infinite for an open end.
    spread : numpy.ndarray
        Standard deviation of the logarithm of each value.
    """

    hours: np.ndarray
    low: np.ndarray
    high: np.ndarray
    spread: np.ndarray

    @property
    def exact(self) -> np.ndarray:
        """Which values are one number."""
        return self.low == self.high

    @property
    def peak(self) -> int:
        """Place of the highest exact value."""
        return int(np.argmax(np.where(self.exact, self.low, -np.inf)))


@dataclass(frozen=True)
class Estimate:
    """A parameter with its interval; an end is None where the results set no limit.

    `status` is "determined", "at least", "at most", "not determined" or "fixed".
    """

    name: str
    value: float
    low: float | None
    high: float | None
    unit: str
    status: str


@dataclass(frozen=True, eq=False)
class ClearanceFit:
    """Release and clearance fitted to an episode.

    Parameters
    ----------
    episode : Episode
    values : mapping of str to float
        By name of `NAMES`.
    fixed : float or None
        Half-life at which clearance was held, h.
    chi_square : float
    widened : float
        Factor by which the spread was widened because the results scatter more than it says; 1 if
        they do not.
    estimates : tuple of Estimate
        Empty until `series_profile.profiled`.
    """

    episode: Episode
    values: Mapping[str, float]
    fixed: float | None
    chi_square: float
    widened: float = 1.0
    estimates: tuple[Estimate, ...] = ()

    def curve(self, hours: np.ndarray) -> np.ndarray:
        """Return the fitted activity, U/L."""
        return activity(hours, self.values)


def activity(hours: np.ndarray, values: Mapping[str, float]) -> np.ndarray:
    """Return the activity in plasma, U/L, after a pulse of constant release.

    Parameters
    ----------
    hours : numpy.ndarray
        h, on the scale of `onset`.
    values : mapping of str to float
        By name of `NAMES`.
    """
    k = math.log(2.0) / values["half_life"]
    length = values["duration"]
    since = np.asarray(hours, float) - values["onset"]
    during = -np.expm1(-k * np.clip(since, 0.0, length))
    after = np.exp(-k * np.clip(since - length, 0.0, None))
    return values["rest"] + values["released"] / (k * length) * during * after


def fit_clearance(episode: Episode, half_life: float | None = None) -> ClearanceFit:
    """Fit one pulse of release and first-order clearance, from several starts.

    Parameters
    ----------
    episode : Episode
        At least three results, of which one follows the peak.
    half_life : float, optional
        h; clearance is held at it, or fitted.

    Returns
    -------
    ClearanceFit
        Without intervals; see `series_profile.profiled`.

    Raises
    ------
    ConvergenceError
        If no start leads anywhere.
    """
    tried = []
    for start in find_starts(episode, half_life):
        values, chi_square = minimise(episode, start, {"half_life"} if half_life else set())
        if math.isfinite(chi_square):
            tried.append((chi_square, values))
    if not tried:
        raise ConvergenceError("release and clearance could not be fitted to these results")
    chi_square, values = min(tried, key=lambda item: item[0])
    freedom = len(episode.hours) - len(NAMES) + (half_life is not None)
    scatter = chi_square / freedom if freedom > 0 else 1.0
    return ClearanceFit(episode, values, half_life, chi_square, math.sqrt(max(1.0, scatter)))


def _residuals(episode: Episode, values: Mapping[str, float]) -> np.ndarray:
    """Return standardised deviations; of an interval, the root of its deviance."""
    from scipy.special import log_ndtr

    fitted = np.log(np.maximum(activity(episode.hours, values), TINY))
    with np.errstate(divide="ignore"):
        low, high = np.log(episode.low), np.log(episode.high)
    top, bottom = (high - fitted) / episode.spread, (low - fitted) / episode.spread
    deviance = np.zeros(len(fitted))
    rest = ~episode.exact
    upper, lower = log_ndtr(top[rest]), log_ndtr(bottom[rest])
    # log(F(top) - F(bottom)), where F(bottom) may be nought and F(top) one
    deviance[rest] = -2.0 * (upper + np.log(np.maximum(-np.expm1(lower - upper), TINY)))
    return np.where(episode.exact, bottom, np.sqrt(np.maximum(deviance, 0.0)))


def search_range(episode: Episode) -> dict[str, tuple[float, float]]:
    """Return the range searched for each parameter."""
    first, last = float(episode.hours[0]), float(episode.hours[-1])
    values = episode.low[episode.exact]
    top = float(values.max())
    return {
        "half_life": (SHORTEST, LONGEST),
        "released": (1e-3 * top, 1e4 * top),
        "onset": (first - REACH, float(episode.hours[episode.peak])),
        "duration": (BRIEF, last - first + REACH),
        "rest": (1.0, 1.5 * max(float(values.min()), 1.0)),
    }


def _parameters(
    episode: Episode, start: Mapping[str, float], held: set[str] | frozenset[str]
) -> "Parameters":
    """Return parameters for lmfit: logarithms, but of the onset, which is a time on a scale."""
    from lmfit import Parameters

    parameters = Parameters()
    for name, (low, high) in search_range(episode).items():
        at = float(start[name]) if name in held else min(max(float(start[name]), low), high)
        if name == "onset":
            parameters.add(name, at, vary=name not in held, min=low, max=high)
        else:
            ends = {"min": math.log(low), "max": math.log(high)} if name not in held else {}
            parameters.add(name, math.log(at), vary=name not in held, **ends)
    return parameters


def _read(parameters: Any) -> dict[str, float]:
    now = parameters.valuesdict()
    return {name: now[name] if name == "onset" else math.exp(now[name]) for name in NAMES}


def minimise(
    episode: Episode, start: Mapping[str, float], held: set[str]
) -> tuple[dict[str, float], float]:
    """Fit from one start; return values and chi-square (infinite where it failed).

    Parameters
    ----------
    episode : Episode
    start : mapping of str to float
        By name of `NAMES`.
    held : set of str
        Parameters that stay where they are.
    """
    from lmfit import minimize

    parameters = _parameters(episode, start, held)
    with warnings.catch_warnings():
        # lmfit warns where its covariance is singular; intervals are profiles and need none.
        warnings.simplefilter("ignore", RuntimeWarning)
        try:
            result: Any = minimize(
                lambda now: _residuals(episode, _read(now)),
                parameters,
                method="least_squares",
                max_nfev=100,
                x_scale="jac",
                ftol=TOLERANCE,
                xtol=TOLERANCE,
            )
        except ValueError:
            return dict(start), math.inf
    values = _read(result.params)
    return values, float((_residuals(episode, values) ** 2).sum())


def find_starts(episode: Episode, half_life: float | None) -> list[dict[str, float]]:
    """Return the best of many starts; amount and resting level are solved for (both are linear).

    Parameters
    ----------
    episode : Episode
    half_life : float or None
        h; held, or tried at 20, 60 and 200 h.
    """
    peak = episode.peak
    before = [float(time) for time in episode.hours[: peak + 1]]
    before = [before[0] - 24.0, *before]
    exact = episode.exact
    seen, weight = episode.low[exact], 1.0 / np.maximum(episode.low[exact], 1.0)
    limits = search_range(episode)
    tried = []
    grid = product(range(1, len(before)), (0.05, 0.5, 0.95), (0.1, 0.9), _half_lives(half_life))
    for place, part, share, hours in grid:
        onset = before[place] - part * (before[place] - before[place - 1])
        length = max(BRIEF, share * (before[-1] - onset))
        start = {"half_life": hours, "released": 1.0, "onset": onset, "duration": length}
        shape = activity(episode.hours[exact], {**start, "rest": 0.0})
        design = np.column_stack([np.ones(len(seen)), shape]) * weight[:, None]
        solved = np.linalg.lstsq(design, seen * weight)[0]
        for name, value in zip(("rest", "released"), solved):
            start[name] = float(np.clip(value, *limits[name]))
        tried.append((float((_residuals(episode, start) ** 2).sum()), start))
    return [start for _, start in sorted(tried, key=lambda item: item[0])[:STARTS]]


def _half_lives(half_life: float | None) -> tuple[float, ...]:
    return (half_life,) if half_life else (20.0, 60.0, 200.0)
