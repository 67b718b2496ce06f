"""Fit a rate law to measured rates, and say what the rates determine.

Every parameter is positive and fitted on its logarithm, by lmfit from several starts. Intervals are
profile likelihoods (`lmfit.conf_interval`, F test): the parameter is held elsewhere, the others are
fitted again, until the sum of squares has risen too far. Where it never does, the end is open.
"""

import math
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from cahill.errors import ConvergenceError, InputError

if TYPE_CHECKING:
    from lmfit import Minimizer

SHIFT = 10.0  # lmfit's profile takes steps from the value: a logarithm near 0 would stall it.
STARTS = 96
TRIED = 3
REACH = 16.0  # logarithm of the factor beyond which a profile is called open (about 10^7)
EDGE = 7.0  # logarithm of the factor beyond the range of starts at which a runaway is stopped


@dataclass(frozen=True, eq=False)
class Conditions:
    """What the rates were measured at, one array each of shape (rates,).

    Parameters
    ----------
    alanine, oxoglutarate : numpy.ndarray
        mmol/L.
    inhibitor : numpy.ndarray
        umol/L.
    """

    alanine: np.ndarray
    oxoglutarate: np.ndarray
    inhibitor: np.ndarray

    def __getitem__(self, chosen: np.ndarray) -> "Conditions":
        """Return some of the rates' conditions."""
        return Conditions(self.alanine[chosen], self.oxoglutarate[chosen], self.inhibitor[chosen])

    def __len__(self) -> int:
        return len(self.alanine)


@dataclass(frozen=True)
class RateLaw:
    """A rate law.

    Parameters
    ----------
    name : str
    equation : str
        As printed.
    parameters : tuple of str
        The first multiplies the whole law (a Vmax, a top).
    shape : callable
        shape(values, conditions) -> rates for a first parameter of 1, shape (rates,).
    scales : mapping of str to str
        By parameter but the first, what sets its size: "alanine", "oxoglutarate", "inhibitor" (a
        concentration of the data) or "one" (a pure number).
    ratios : mapping of str to tuple of str
        Derived parameters, each the ratio of two ("vmax_over_km_ala": ("vmax", "km_ala")).
    within : str
        Name of the law that this one becomes when a term vanishes; blank if none.
    """

    name: str
    equation: str
    parameters: tuple[str, ...]
    shape: Callable[[Mapping[str, float], Conditions], np.ndarray]
    scales: Mapping[str, str]
    ratios: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    within: str = ""

    def rates(self, values: Mapping[str, float], conditions: Conditions) -> np.ndarray:
        """Return the rates of the law, in the unit of its first parameter."""
        return values[self.parameters[0]] * self.shape(values, conditions)


@dataclass(frozen=True, eq=False)
class LawFit:
    """A rate law fitted to rates.

    Parameters
    ----------
    law : RateLaw
    values : mapping of str to float
        By parameter and ratio.
    spread : numpy.ndarray
        Relative standard deviation of each rate that the fit was weighted with, shape (rates,).
    ssr : float
        Weighted sum of squared residuals.
    fitted, residuals : numpy.ndarray
        Fitted rates, and measured minus fitted over `spread`, shape (rates,).
    conditions : Conditions
    rates : numpy.ndarray
        As measured.
    """

    law: RateLaw
    values: Mapping[str, float]
    spread: np.ndarray
    ssr: float
    fitted: np.ndarray
    residuals: np.ndarray
    conditions: Conditions
    rates: np.ndarray

    @property
    def freedom(self) -> int:
        """Rates less parameters."""
        return len(self.rates) - len(self.law.parameters)

    @property
    def sd(self) -> float:
        """Residual standard deviation, in units of `spread`; NaN without a degree of freedom."""
        return math.sqrt(self.ssr / self.freedom) if self.freedom > 0 else math.nan

    @property
    def aicc(self) -> float:
        """Akaike's criterion, corrected for few data; the error counts as a parameter.

        Burnham & Anderson 2002, section 2.4. Infinite where the data are too few for it.
        """
        n, k = len(self.rates), len(self.law.parameters) + 1
        if n - k - 1 <= 0 or self.ssr <= 0:
            return math.inf if self.ssr > 0 else -math.inf
        likelihood = n * math.log(self.ssr / n) + 2 * float(np.log(self.spread).sum())
        return likelihood + 2 * k + 2 * k * (k + 1) / (n - k - 1)


def fit_law(
    law: RateLaw,
    conditions: Conditions,
    rates: np.ndarray,
    spread: np.ndarray | None = None,
) -> LawFit:
    """Fit a rate law by weighted least squares.

    Parameters
    ----------
    law : RateLaw
    conditions : Conditions
    rates : numpy.ndarray
        Shape (rates,), any unit.
    spread : numpy.ndarray, optional
        Standard deviation of each rate up to a common factor, which is estimated; all alike if
        absent.

    Raises
    ------
    InputError
        If the rates are fewer than the parameters, or none is positive.
    ConvergenceError
        If no start led anywhere.
    """
    count = len(law.parameters)
    if len(rates) < count:
        raise InputError(f"{law.name}: {len(rates)} rates for {count} parameters; measure more")
    if not (rates > 0).any():
        raise InputError(f"{law.name}: no rate is positive; check the blank and the direction")
    spread = np.ones(len(rates)) if spread is None else np.asarray(spread, dtype=float)
    best: Any = None
    for start in _starts(law, conditions, rates, spread):
        found: Any = _minimizer(law, conditions, rates, spread, start).leastsq()
        if np.isfinite(found.chisqr) and (best is None or found.chisqr < best.chisqr):
            best = found
    if best is None:
        raise ConvergenceError(f"{law.name}: the fit did not converge; check the rates")
    values = _stopped(law, _values(law, best.params.valuesdict()), conditions)
    fitted = law.rates(values, conditions)
    residuals = (rates - fitted) / spread
    values |= {name: values[a] / values[b] for name, (a, b) in law.ratios.items()}
    ssr = float(residuals @ residuals)
    return LawFit(law, values, spread, ssr, fitted, residuals, conditions, rates)


def profile_interval(fit: LawFit, name: str, confidence: float = 0.95) -> tuple[float, float]:
    """Return the profile-likelihood interval of a parameter or ratio.

    Parameters
    ----------
    fit : LawFit
    name : str
    confidence : float

    Returns
    -------
    tuple of float
        Low and high end, in the parameter's unit; 0 or infinity where the rates set no limit, NaN
        where there is no degree of freedom to judge by.
    """
    from lmfit import conf_interval

    if fit.freedom < 1:
        return math.nan, math.nan
    minimizer, name_in = _profiled(fit, name)
    result: Any = minimizer.leastsq()
    parameter = result.params[name_in]
    stderr = parameter.stderr or math.nan
    parameter.stderr = min(stderr, 1.0) if math.isfinite(stderr) and stderr > 0 else 1.0
    parameter.min, parameter.max = SHIFT - REACH, SHIFT + REACH
    with warnings.catch_warnings():
        # lmfit warns where an end is open; the infinity it returns says as much.
        warnings.simplefilter("ignore")
        try:
            ends: Any = conf_interval(
                minimizer,
                result,
                p_names=[name_in],
                sigmas=[confidence],
                maxiter=100,
                min_rel_change=-math.inf,
            )
        except ValueError:
            return 0.0, math.inf
    low, high = ends[name_in][0][1], ends[name_in][-1][1]
    best = fit.values[name]
    return best * _exp(low - SHIFT), best * _exp(high - SHIFT)


def _starts(
    law: RateLaw, conditions: Conditions, rates: np.ndarray, spread: np.ndarray
) -> list[dict[str, float]]:
    """Return the best of many starts, the first parameter solved for (the law is linear in it)."""
    from scipy.stats import qmc

    names = law.parameters[1:]
    points = qmc.Halton(len(names), scramble=False).random(STARTS + 1)[1:]
    tried = []
    for point in points:
        values = {}
        for name, part in zip(names, point):
            low, high = _range(law.scales[name], conditions)
            values[name] = math.exp(low + part * (high - low))
        shape = law.shape(values, conditions) / spread
        top = float(shape @ (rates / spread)) / max(float(shape @ shape), 1e-300)
        if not (math.isfinite(top) and top > 0):
            continue
        miss = rates / spread - top * shape
        tried.append((float(miss @ miss), {law.parameters[0]: top, **values}))
    if not tried:
        return [dict.fromkeys(law.parameters, 1.0) | {law.parameters[0]: float(rates.max())}]
    return [start for _, start in sorted(tried, key=lambda item: item[0])[:TRIED]]


def _range(scale: str, conditions: Conditions) -> tuple[float, float]:
    """Return the logarithms between which a parameter starts."""
    if scale == "one":
        return math.log(0.02), math.log(4.0)
    levels = getattr(conditions, scale)
    levels = levels[levels > 0]
    if not len(levels):
        return -3.0, 3.0
    return math.log(levels.min() / 20), math.log(levels.max() * 20)


def _stopped(law: RateLaw, values: Mapping[str, float], conditions: Conditions) -> dict[str, float]:
    """Bring constants that ran away, because the rates set no limit, back to where it is flat."""
    stopped = dict(values)
    for name in law.parameters[1:]:
        low, high = _range(law.scales[name], conditions)
        log = math.log(max(values[name], 1e-300))
        stopped[name] = math.exp(min(max(log, low - EDGE), high + EDGE))
    # Vmax and Km run away together; their ratio is what the rates know.
    if law.shape(values, conditions).any():
        before, after = law.shape(values, conditions), law.shape(stopped, conditions)
        first = law.parameters[0]
        stopped[first] = values[first] * float(before @ after) / float(after @ after)
    return stopped


def _minimizer(
    law: RateLaw,
    conditions: Conditions,
    rates: np.ndarray,
    spread: np.ndarray,
    start: Mapping[str, float],
) -> "Minimizer":
    from lmfit import Minimizer, Parameters

    parameters = Parameters()
    for name in law.parameters:
        parameters.add(name, value=math.log(start[name]))

    def residuals(now: Parameters) -> np.ndarray:
        values = _values(law, now.valuesdict())
        return (rates - law.rates(values, conditions)) / spread

    return Minimizer(residuals, parameters, scale_covar=True)


def _profiled(fit: LawFit, name: str) -> tuple["Minimizer", str]:
    """Return a minimizer at the optimum, its parameters shifted, in which `name` is free.

    A ratio takes the place of its numerator, which then follows from the two.
    """
    from lmfit import Minimizer, Parameters

    law = fit.law
    numerator, denominator = law.ratios.get(name, ("", ""))
    parameters = Parameters()
    for own in law.parameters:
        parameters.add(name if own == numerator else own, value=SHIFT)

    def residuals(now: Parameters) -> np.ndarray:
        moved = {key: value - SHIFT for key, value in now.valuesdict().items()}
        if numerator:
            moved[numerator] = moved.pop(name) + moved[denominator]
        values = {key: fit.values[key] * _exp(move) for key, move in moved.items()}
        return (fit.rates - law.rates(values, fit.conditions)) / fit.spread

    return Minimizer(residuals, parameters, scale_covar=True), name


def _values(law: RateLaw, logs: Mapping[str, float]) -> dict[str, float]:
    return {name: _exp(logs[name]) for name in law.parameters}


def _exp(power: float) -> float:
    """Exponentiate without overflow; an infinite power stays what it means."""
    if math.isinf(power):
        return math.inf if power > 0 else 0.0
    return math.exp(min(max(power, -200.0), 200.0))
