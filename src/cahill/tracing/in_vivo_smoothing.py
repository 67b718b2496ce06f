"""Plateaus and smooth curves through a few noisy samples of plasma, with what each leaves unsure.

Smooth curves are cubic smoothing splines, min sum(((y - f)/sd)^2) + penalty * integral(f''^2), with
the penalty at which the residuals are as large as the measurement error: sum(((y - f)/sd)^2) = n
(Reinsch 1967). That is the principle of the Optimal Segments technique customary for tracer data
(Finegood & Bergman 1983): the smoothest curve the measurement error allows.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy.interpolate import make_smoothing_spline
from scipy.optimize import root_scalar
from scipy.special import stdtr

from cahill.errors import InputError

SMOOTH_SAMPLES = 5
"""Fewest samples a smoothing spline is drawn through."""

PLATEAU_SAMPLES = 4
"""Samples taken as the plateau unless a window is given: the fewest that test a slope with two
degrees of freedom (assumed; studies choose their window by protocol)."""

SIGNIFICANCE = 0.05
"""Probability below which a slope is called different from 0."""


@dataclass(frozen=True)
class Plateau:
    """The mean of the samples in a window, and whether they rise or fall.

    Attributes
    ----------
    start, end : float
        First and last sample, min.
    count : int
        Samples.
    mean, error : float
        Mean and its standard error.
    freedom : float
        Degrees of freedom of the error; infinite if it comes from stated measurement errors.
    scatter : float
        Standard deviation of the samples about their line; NaN with fewer than three samples.
    slope : float
        Per min, by least squares; NaN with fewer than three samples.
    chance : float
        Two-sided probability of such a slope where there is none.
    """

    start: float
    end: float
    count: int
    mean: float
    error: float
    freedom: float
    scatter: float
    slope: float
    chance: float

    @property
    def flat(self) -> bool:
        """Whether the slope is not different from 0 (5 %); a slope that was not tested is not."""
        return self.chance >= SIGNIFICANCE

    def draws(self, rng: np.random.Generator, count: int) -> np.ndarray:
        """Draw the mean: Student's t about it, normal if the errors are stated."""
        if math.isinf(self.freedom):
            return self.mean + self.error * rng.standard_normal(count)
        return self.mean + self.error * rng.standard_t(self.freedom, count)


def find_plateau(
    time: np.ndarray,
    values: np.ndarray,
    sd: np.ndarray,
    window: tuple[float, float] | None = None,
) -> Plateau | None:
    """Average the samples of a window, by default the last `PLATEAU_SAMPLES`.

    With three samples or more their scatter gives the error, since it holds what the instrument and
    the subject add; with fewer the stated standard deviations do.

    Parameters
    ----------
    time, values, sd : numpy.ndarray
        Samples, min, any unit; sd may be NaN. Samples whose value is NaN are left out.
    window : tuple of float, optional
        First and last minute that count.

    Returns
    -------
    Plateau or None
        None if no sample lies in the window, or one or two do without a standard deviation.
    """
    chosen = np.isfinite(values)
    if window is None:
        chosen &= np.cumsum(chosen[::-1])[::-1] <= PLATEAU_SAMPLES
    else:
        chosen &= (time >= window[0]) & (time <= window[1])
    t, y, s = time[chosen], values[chosen], sd[chosen]
    n = len(y)
    if n == 0 or (n < 3 and not np.all(np.isfinite(s))):
        return None
    mean = float(y.mean())
    if n < 3:
        error, freedom = float(np.sqrt((s**2).sum()) / n), math.inf
        scatter, slope, chance = math.nan, math.nan, 0.0
    else:
        error, freedom = float(y.std(ddof=1) / math.sqrt(n)), float(n - 1)
        scatter, slope, chance = _line(t, y)
    return Plateau(float(t[0]), float(t[-1]), n, mean, error, freedom, scatter, slope, chance)


def _line(time: np.ndarray, values: np.ndarray) -> tuple[float, float, float]:
    """Return scatter, slope, and the chance of a slope as large where there is none."""
    x = time - time.mean()
    slope = float(x @ values / (x @ x))
    rest = values - values.mean() - slope * x
    freedom = len(values) - 2
    scatter = math.sqrt(float(rest @ rest) / freedom)
    # Rounding of equal values must look neither like a slope nor like an error.
    smallest = 1e-12 * float(np.abs(values).max())
    if abs(slope) * float(np.ptp(time)) <= smallest:
        return scatter if scatter > smallest else 0.0, slope, 1.0
    if scatter <= smallest:
        return 0.0, slope, 0.0
    error = scatter / math.sqrt(float(x @ x))
    return scatter, slope, float(2.0 * stdtr(freedom, -abs(slope) / error))


@dataclass(frozen=True, eq=False)
class Smoother:
    """A smoothing spline as matrices: its values and slopes are linear in the data.

    Attributes
    ----------
    at : numpy.ndarray
        Where it is read, min, shape (m,).
    to_value, to_slope : numpy.ndarray
        Shape (m, n): from n samples the curve and its slope per min at `at`.
    penalty : float
        Factor of the curve's roughness, min^3.
    freedom : float
        Effective degrees of freedom, from 2 (a straight line) to n (through every sample).
    """

    at: np.ndarray
    to_value: np.ndarray
    to_slope: np.ndarray
    penalty: float
    freedom: float


def find_penalty(time: np.ndarray, values: np.ndarray, sd: np.ndarray) -> float:
    """Choose the penalty at which the residuals are as large as the measurement error.

    Parameters
    ----------
    time, values, sd : numpy.ndarray
        Samples, min, any unit, shape (n,).

    Returns
    -------
    float
        min^3; 0, so that the curve goes through all samples, where an sd is 0.

    Raises
    ------
    InputError
        If there are fewer than `SMOOTH_SAMPLES`.
    """
    if len(time) < SMOOTH_SAMPLES:
        raise InputError(f"{len(time)} samples: a smooth curve needs at least {SMOOTH_SAMPLES}")
    if not np.all(sd > 0):
        return 0.0
    scale, target = float(np.ptp(time)) ** 3, float(len(time))

    def excess(exponent: float) -> float:
        fitted = smoother(time, sd, scale * 10.0**exponent).to_value @ values
        return float((((values - fitted) / sd) ** 2).sum()) - target

    roughest, smoothest = -10.0, 4.0
    if excess(smoothest) <= 0:
        return scale * 10.0**smoothest
    if excess(roughest) >= 0:
        return scale * 10.0**roughest
    root = root_scalar(excess, bracket=(roughest, smoothest), xtol=1e-3).root
    return scale * 10.0 ** float(root)


def smoother(
    time: np.ndarray, sd: np.ndarray, penalty: float, at: np.ndarray | None = None
) -> Smoother:
    """Return the smoothing spline of a penalty as matrices.

    Parameters
    ----------
    time, sd : numpy.ndarray
        Samples, min, and their standard deviations, of which only the proportions count.
    penalty : float
        Factor of the roughness, min^3.
    at : numpy.ndarray, optional
        Where the curve is read, min; at the samples if absent.
    """
    # Weights of order 1, so that one range of penalties serves all units.
    weights = (float(np.median(sd)) / sd) ** 2 if np.all(sd > 0) else None
    # A spline is linear in its data, so its values for unit data are all of it.
    curve = make_smoothing_spline(time, np.eye(len(time)), w=weights, lam=penalty)
    at = time if at is None else at
    freedom = float(np.trace(curve(time)))
    return Smoother(at, curve(at), curve.derivative()(at), penalty, freedom)
