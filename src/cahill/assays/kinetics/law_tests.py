"""Which rate law the rates support: AICc, F tests of extra terms and of the lack of fit."""

import math
from collections.abc import Sequence

import numpy as np

from cahill.assays.kinetics.kinetic_fit import LawFit


def log_sd(low: float, high: float, freedom: int, confidence: float = 0.95) -> float:
    """Return the standard deviation of a logarithm from the ends of its interval.

    NaN where an end is open.
    """
    from scipy.stats import t

    if not (0 < low < high < math.inf) or freedom < 1:
        return math.nan
    return math.log(high / low) / (2 * float(t.ppf(0.5 + confidence / 2, freedom)))


def extra_terms_p(smaller: LawFit, larger: LawFit) -> float:
    """Return the p value of the F test that a larger law explains no more than one within it."""
    from scipy.stats import f

    extra = smaller.freedom - larger.freedom
    if extra < 1 or larger.freedom < 1 or larger.ssr <= 0:
        return math.nan
    ratio = max(smaller.ssr - larger.ssr, 0.0) / extra / (larger.ssr / larger.freedom)
    return float(f.sf(ratio, extra, larger.freedom))


def lack_of_fit_p(fit: LawFit) -> float:
    """Return the p value of the lack-of-fit test against replicates; NaN without replicates."""
    from scipy.stats import f

    parts = (fit.conditions.alanine, fit.conditions.oxoglutarate, fit.conditions.inhibitor)
    keys = np.nan_to_num(np.column_stack(parts), nan=-1.0)
    levels, group = np.unique(keys, axis=0, return_inverse=True)
    pure = len(fit.rates) - len(levels)
    lack = len(levels) - len(fit.law.parameters)
    if pure < 1 or lack < 1:
        return math.nan
    weight = 1 / fit.spread**2
    sums = np.bincount(group.ravel(), weight * fit.rates)
    means = sums / np.bincount(group.ravel(), weight)
    error = float((weight * (fit.rates - means[group.ravel()]) ** 2).sum())
    if error <= 0:
        return math.nan
    ratio = max(fit.ssr - error, 0.0) / lack / (error / pure)
    return float(f.sf(ratio, lack, pure))


def chosen(fits: Sequence[LawFit]) -> LawFit:
    """Return the law with the fewest parameters among those within 2 of the lowest AICc.

    Laws so close are equally supported (Burnham & Anderson 2002); among equals in number the lowest
    AICc wins. Where the data are too few for the criterion, the first law is kept.
    """
    finite = [fit for fit in fits if math.isfinite(fit.aicc)]
    if not finite:
        return fits[0]
    lowest = min(fit.aicc for fit in finite)
    near = [fit for fit in finite if fit.aicc <= lowest + 2]
    return min(near, key=lambda fit: (len(fit.law.parameters), fit.aicc))
