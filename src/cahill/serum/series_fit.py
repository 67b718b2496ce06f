"""One rise and fall found in a series, its release and clearance fitted, and said in words."""

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cahill.core.laboratory import MICRO, LabResult
from cahill.results.tables import format_number
from cahill.serum.clearance import ClearanceFit, Episode, Estimate, fit_clearance
from cahill.serum.series_course import HalfLife, half_lives
from cahill.serum.series_profile import CHI_SQUARE, profiled
from cahill.serum.series_subject import Subject, moment

FITTED = ("ALT", "AST")
FEWEST = 3
FOLLOWED = 40 * 24.0  # h; assumed: after twenty classic half-lives nothing of a pulse is left
FREE = "fitted"
DAY_SD = 24.0 / math.sqrt(12.0)  # h; of a time known to the day only, uniform over it
LABELS = {
    "half_life": "half-life",
    "released": "amount released per litre of plasma",
    "onset": "begin of the release",
    "duration": "duration of the release",
    "rest": "resting level",
}
FIT_COLUMNS = ("test", "clearance", "parameter", "value", "low", "high", "unit", "at", "status")
FIT_COLUMNS += ("chi_square", "results", "agrees")


@dataclass(frozen=True, eq=False)
class SeriesFit:
    """The fits of one test.

    Parameters
    ----------
    test : str
    episode : Episode
    rows : tuple of int
        Rows of the input that the episode is made of.
    left_out : int
        Dated results of the test outside the episode.
    fits : tuple of (str, ClearanceFit)
        "fitted", or the rule whose half-life was held, and the fit.
    """

    test: str
    episode: Episode
    rows: tuple[int, ...]
    left_out: int
    fits: tuple[tuple[str, ClearanceFit], ...]

    @property
    def free(self) -> ClearanceFit:
        """The fit with a free clearance."""
        return self.fits[0][1]

    def agrees(self, fit: ClearanceFit) -> bool:
        """Return whether a held half-life fits as well as the best, at 95 %."""
        return fit.chi_square - self.free.chi_square <= CHI_SQUARE * self.free.widened**2


def fit_series(
    subject: Subject, test: str, spread: float, rise: float
) -> tuple[SeriesFit | None, str]:
    """Fit release and clearance to the highest rise and fall of a test.

    Parameters
    ----------
    subject : Subject
    test : str
    spread : float
        Standard deviation of the logarithm of a result.
    rise : float
        Factor beyond which a change is more than variation.

    Returns
    -------
    SeriesFit or None, str
        None with the reason in words.
    """
    results = [item for item in subject.dated if item.test == test and item.high != 0]
    base = subject.baselines.get(test)
    rest = base.low if base is not None and base.exact and base.low > 0 else None
    chosen, reason = find_episode(results, rise, rest)
    if reason:
        return None, f"{test}: release and clearance are not fitted: {reason}."
    episode = _episode(subject, chosen, spread, rise, half_lives(test))
    free = fit_clearance(episode)
    fits = [(FREE, profiled(free))]
    for item in half_lives(test):
        fits.append((item.rule, profiled(fit_clearance(episode, item.hours))))
    rows = tuple(item.row for item in chosen)
    return SeriesFit(test, episode, rows, len(results) - len(chosen), tuple(fits)), ""


def find_episode(
    results: Sequence[LabResult], rise: float, rest: int | None = None
) -> tuple[list[LabResult], str]:
    """Return the results around the highest one, from trough to trough, or why there are none.

    Going away from the peak on either side, the episode ends at the lowest result before the
    values rise again by more than variation.

    Parameters
    ----------
    results : sequence of LabResult
        Of one test, dated, in time.
    rise : float
        Factor beyond which a change is more than variation.
    rest : int, optional
        Baseline in millionths of the unit, which the peak must exceed by that; the lowest result of
        the episode if absent.
    """
    exact = [item for item in results if item.exact and item.low > 0]
    if len(exact) < FEWEST:
        return [], f"{len(exact)} dated results with a number; three are needed"
    peak = max(exact, key=lambda item: item.low)
    place = next(k for k, item in enumerate(results) if item is peak)
    last = place + _reach(results[place:], rise)
    first = place - _reach(results[place::-1], rise)
    chosen = list(results[first : last + 1])
    if last == place:
        return [], "nothing follows the highest result"
    if (moment(results[place + 1]) - moment(peak)).total_seconds() > 3600.0 * FOLLOWED:
        return [], "nothing follows the highest result within 40 days"
    lowest = rest or min(item.low for item in chosen if item.exact and item.low > 0)
    if peak.low <= rise * lowest:
        return [], "the highest result does not stand out of variation at rest"
    if sum(item.exact for item in chosen) < FEWEST:
        return [], "fewer than three results with a number belong to the highest rise"
    return chosen, ""


def _reach(results: Sequence[LabResult], rise: float) -> int:
    """Return the place of the last result before the values turn up again, from the first on."""
    lowest, at = math.inf, 0
    for place, item in enumerate(results):
        if item.exact and item.low > rise * lowest:
            return at
        # Within variation of the lowest, or an interval: still the same trough.
        at = place
        if item.exact and item.low > 0:
            lowest = min(lowest, item.low)
    return len(results) - 1


def _episode(
    subject: Subject,
    chosen: Sequence[LabResult],
    spread: float,
    rise: float,
    published: Sequence[HalfLife],
) -> Episode:
    low = np.array([item.low / MICRO for item in chosen])
    high = np.array([math.inf if item.high is None else item.high / MICRO for item in chosen])
    fastest = min(item.hours for item in published)
    lowest = low[low > 0].min()
    # A level that falls changes within the day whose hour is not known; a resting one does not.
    blur = [
        DAY_SD * math.log(2.0) / fastest if item.time is None and value > rise * lowest else 0.0
        for item, value in zip(chosen, low)
    ]
    hours = np.array([subject.hours(item) for item in chosen])
    return Episode(hours, low, high, np.hypot(spread, blur))


def fit_frame(fits: Sequence[SeriesFit], origin: dt.datetime | None) -> pd.DataFrame:
    """Return every parameter of every fit, one a row.

    Returns
    -------
    pandas.DataFrame
        test, clearance ("fitted" or the rule whose half-life was held), parameter, value, low and
        high (missing where the results set no limit), unit, at (date and time of the begin of
        release), status, chi_square, results (their number), agrees (whether it fits as well as
        the free fit, at 95 %).
    """
    rows = []
    for one in fits:
        for name, fit in one.fits:
            for item in fit.estimates:
                at = ""
                if item.name == "onset" and origin is not None:
                    at = (origin + dt.timedelta(hours=item.value)).strftime("%Y-%m-%d %H:%M")
                ends = [math.nan if end is None else end for end in (item.low, item.high)]
                of_fit = (fit.chi_square, len(one.episode.hours), one.agrees(fit))
                what = (one.test, name, item.name, item.value)
                rows.append((*what, *ends, item.unit, at, item.status, *of_fit))
    return pd.DataFrame(rows, columns=list(FIT_COLUMNS))


def fit_words(one: SeriesFit) -> list[str]:
    """Return what the fits of a test say, and what the results do not determine."""
    found = {item.name: item for item in one.free.estimates}
    half = found["half_life"]
    words = [f"{one.test}: fitted half-life {estimate_words(half)}."]
    for published, (name, fit) in zip(half_lives(one.test), one.fits[1:]):
        verb = "fits as well" if one.agrees(fit) else "fits worse"
        also = ""
        if published.spread:
            least, most = published.hours - published.spread, published.hours + published.spread
            meets = (half.high is None or half.high >= least) and (
                half.low is None or half.low <= most
            )
            also = f"; {published.words} {'includes part of' if meets else 'lies outside'} "
            also += "the fitted interval"
        words.append(
            f"{one.test}: clearance held at {fit.fixed:g} h ({name}) {verb} (chi-square "
            f"{format_number(fit.chi_square)} against {format_number(one.free.chi_square)} for "
            f"{len(one.episode.hours)} results){also}."
        )
    open_ = [item for item in one.free.estimates if item.status != "determined"]
    if open_:
        named = "; ".join(f"{LABELS[item.name]} ({_open_words(item)})" for item in open_)
        words.append(f"{one.test}: the results do not determine {named}.")
    if one.free.widened > 1.0:
        words.append(
            f"{one.test}: results scatter {one.free.widened:.1f} times as much as variation at "
            "rest; intervals are widened by that, and one pulse of release may be too simple."
        )
    if one.left_out:
        words.append(
            f"{one.test}: {one.left_out} results outside the highest rise and fall take no part "
            "in the fit."
        )
    return words


def estimate_words(item: Estimate) -> str:
    """Return "40 h (36 to 44 h)", or what is known of it."""
    value = f"{format_number(item.value)} {item.unit}"
    if item.status == "fixed":
        return f"{value} (held)"
    if item.status == "determined":
        return f"{value} ({format_number(item.low)} to {format_number(item.high)} {item.unit})"
    if item.status == "not determined":
        return item.status
    return f"{_open_words(item)} (best {value})"


def _open_words(item: Estimate) -> str:
    if item.status == "at least":
        return f"at least {format_number(item.low)} {item.unit}"
    if item.status == "at most":
        return f"at most {format_number(item.high)} {item.unit}"
    return item.status


def peak_rise(subject: Subject, test: str, rise: float) -> tuple[float, float, float] | None:
    """Return hours of the highest result, its rise and the level it rises from, U/L.

    The level is the baseline, or else the lowest result of the episode. None if there is no rise
    beyond variation.
    """
    results = [item for item in subject.dated if item.test == test and item.exact and item.low > 0]
    if not results:
        return None
    peak = max(results, key=lambda item: item.low)
    base = subject.baselines.get(test)
    known = base is not None and base.exact and base.low > 0
    rest = base.low if known and base is not None else min(item.low for item in results)
    if peak.low <= rise * rest:
        return None
    return subject.hours(peak), (peak.low - rest) / MICRO, rest / MICRO


def curve_frame(one: SeriesFit) -> pd.DataFrame:
    """Return the fitted curves, one point a row: test, clearance, hours, value (U/L)."""
    first, last = one.episode.hours[0], one.episode.hours[-1]
    parts = []
    for name, fit in one.fits:
        begin, length = fit.values["onset"], fit.values["duration"]
        inner = np.linspace(max(first, begin), min(last, begin + length), 30)
        hours = np.union1d(np.linspace(first, last, 300), inner)
        parts.append(
            pd.DataFrame(
                {"test": one.test, "clearance": name, "hours": hours, "value": fit.curve(hours)}
            )
        )
    return pd.concat(parts, ignore_index=True)
