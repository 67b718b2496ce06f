"""One question put to the rates: the laws compared, the one supported, its constants in a table."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from cahill.assays.kinetics.kinetic_fit import (
    Conditions,
    LawFit,
    RateLaw,
    fit_law,
    profile_interval,
)
from cahill.assays.kinetics.kinetic_notes import doubts, extrapolated
from cahill.assays.kinetics.law_tests import chosen, extra_terms_p, lack_of_fit_p
from cahill.errors import InputError

ErrorModel = Literal["auto", "constant", "proportional", "given"]
FLOOR = 0.02  # assumed: a proportional error is at least that of a rate of 2 % of the highest
ROUNDS = 4

RESULT_COLUMNS = (
    "analysis",
    "law",
    "parameter",
    "value",
    "low",
    "high",
    "unit",
    "status",
    "best_fit",
    "note",
)
MMOL, UMOL = "mmol/L", "umol/L"
UNITS = {
    **dict.fromkeys(("km_ala", "km_akg", "ksi_ala", "ksi_akg", "kia_ala"), MMOL),
    **dict.fromkeys(("ic50", "ki", "kic", "kiu", "ki_plp", "ki_pmp", "ki_central"), UMOL),
    "ki_apparent": UMOL,
    "slope": "dimensionless",
    "floor": "dimensionless",
}


@dataclass(frozen=True, eq=False)
class Rates:
    """Rates with the conditions they were measured at, one preparation of enzyme.

    Parameters
    ----------
    conditions : Conditions
    rates, sd : numpy.ndarray
        In `unit`; sd is NaN where none was given. Shape (rates,).
    inhibitors : numpy.ndarray
        Name of the inhibitor, blank where there is none. Shape (rates,).
    records : numpy.ndarray
        Row of each rate in the frame it came from.
    unit : str
    """

    conditions: Conditions
    rates: np.ndarray
    sd: np.ndarray
    inhibitors: np.ndarray
    records: np.ndarray
    unit: str

    def of(self, rows: np.ndarray) -> "Rates":
        """Return some of the rates."""
        return Rates(
            self.conditions[rows],
            self.rates[rows],
            self.sd[rows],
            self.inhibitors[rows],
            self.records[rows],
            self.unit,
        )


@dataclass(frozen=True, eq=False)
class Analysis:
    """Laws fitted to the same rates.

    Parameters
    ----------
    name : str
        "saturation", "inhibition by cycloserine", "IC50 of cycloserine at 10 mmol/L alanine".
    kind : {"saturation", "inhibition", "dose"}
    data : Rates
    fits : tuple of LawFit
        The simplest law first.
    best : LawFit
        The law the rates support (`cahill.assays.kinetics.kinetic_fit.chosen`).
    results : pandas.DataFrame
        Constants of the best law: `RESULT_COLUMNS`.
    notes : tuple of str
    error : str
        Error model used: constant, proportional or given.
    varied : str
        The substrate that varies, where only one does.
    """

    name: str
    kind: str
    data: Rates
    fits: tuple[LawFit, ...]
    best: LawFit
    results: pd.DataFrame
    notes: tuple[str, ...]
    error: str
    varied: str = ""

    @property
    def inhibitor(self) -> str:
        """Name of the inhibitor; blank if there is none."""
        return next((str(name) for name in self.data.inhibitors if name), "")

    def interval(self, parameter: str) -> tuple[float, float, float]:
        """Return value, low and high of a constant of the best law; NaN if it has none such."""
        own = self.results[self.results["parameter"] == parameter]
        if own.empty:
            return math.nan, math.nan, math.nan
        row = own.iloc[0]
        return float(row["best_fit"]), float(row["low"]), float(row["high"])


def analyse(
    name: str,
    kind: str,
    data: Rates,
    laws: Sequence[RateLaw],
    *,
    error: ErrorModel = "auto",
    confidence: float = 0.95,
    varied: str = "",
) -> Analysis | None:
    """Fit several laws to the same rates with the same weights, and choose among them.

    Parameters
    ----------
    name, kind, varied : str
        As in `Analysis`.
    data : Rates
    laws : sequence of RateLaw
        The simplest first; laws with more parameters than rates are left out.
    error : {"auto", "constant", "proportional", "given"}
        auto: the stated sd where every rate has one, else whichever of constant and proportional
        fits the simplest law better.
    confidence : float

    Returns
    -------
    Analysis or None
        None if the rates are too few for the simplest law.
    """
    laws = [law for law in laws if len(law.parameters) < len(data.rates)]
    if not laws:
        return None
    spread, used = _spread(laws[0], data, error)
    fits = tuple(fit_law(law, data.conditions, data.rates, spread) for law in laws)
    best = chosen(fits)
    results = _results(name, best, data.unit, confidence)
    notes = doubts(name, fits, best, results, used)
    return Analysis(name, kind, data, fits, best, results, notes, used, varied)


def law_frame(analyses: Sequence[Analysis]) -> pd.DataFrame:
    """Return every law tried, one a row, with what speaks for it.

    Returns
    -------
    pandas.DataFrame
        analysis, law, equation, parameters (number), constants (best fit, as text), ssr (weighted),
        aicc, delta_aicc, weight (Akaike), f_test_p (of its extra terms, against the law within it),
        lack_of_fit_p (against replicates), chosen.
    """
    rows = []
    for analysis in analyses:
        by_name = {fit.law.name: fit for fit in analysis.fits}
        aicc = np.array([fit.aicc for fit in analysis.fits])
        finite = np.isfinite(aicc)
        delta = np.where(finite, aicc - (aicc[finite].min() if finite.any() else 0), np.nan)
        weight = np.where(finite, np.exp(-np.nan_to_num(delta) / 2), 0)
        weight = weight / weight.sum() if weight.sum() else weight * np.nan
        for k, fit in enumerate(analysis.fits):
            within = by_name.get(fit.law.within)
            p = extra_terms_p(within, fit) if within else math.nan
            constants = ", ".join(f"{key} {fit.values[key]:.4g}" for key in fit.law.parameters)
            row = [analysis.name, fit.law.name, fit.law.equation, len(fit.law.parameters)]
            row += [constants, fit.ssr, aicc[k] if finite[k] else math.nan, delta[k], weight[k]]
            rows.append([*row, p, lack_of_fit_p(fit), fit is analysis.best])
    columns = ["analysis", "law", "equation", "parameters", "constants", "ssr", "aicc"]
    columns += ["delta_aicc", "weight", "f_test_p", "lack_of_fit_p", "chosen"]
    return pd.DataFrame(rows, columns=columns)


def _spread(law: RateLaw, data: Rates, error: ErrorModel) -> tuple[np.ndarray, str]:
    """Return the relative sd of each rate and the name of the error model."""
    known = np.isfinite(data.sd) & (data.sd > 0)
    if error == "given" and not known.all():
        row = int(data.records[~known][0]) + 1
        raise InputError(f"the rate of record {row} has no sd; give one or choose another --error")
    if error == "given" or (error == "auto" and known.all()):
        return data.sd / np.exp(np.mean(np.log(data.sd))), "given"
    if error == "constant":
        return np.ones(len(data.rates)), "constant"
    proportional = _proportional(law, data)
    if error == "proportional":
        return proportional, "proportional"
    alike = fit_law(law, data.conditions, data.rates)
    scaled = fit_law(law, data.conditions, data.rates, proportional)
    # The same number of parameters, so that the likelihoods alone compare.
    if alike.aicc <= scaled.aicc:
        return np.ones(len(data.rates)), "constant"
    return proportional, "proportional"


def _proportional(law: RateLaw, data: Rates) -> np.ndarray:
    """Return spreads proportional to the fitted rates, by fitting again and again."""
    spread = np.ones(len(data.rates))
    for _ in range(ROUNDS):
        fitted = fit_law(law, data.conditions, data.rates, spread).fitted
        spread = np.maximum(fitted, FLOOR * fitted.max())
        spread = spread / np.exp(np.mean(np.log(spread)))
    return spread


def _results(name: str, best: LawFit, unit: str, confidence: float) -> pd.DataFrame:
    rows = []
    for parameter in (*best.law.parameters, *best.law.ratios):
        value = best.values[parameter]
        low, high = profile_interval(best, parameter, confidence)
        status = _status(low, high)
        note = extrapolated(parameter, value, best.conditions) if status == "determined" else ""
        shown = value if status in ("determined", "no interval") else math.nan
        own_unit = _unit(parameter, unit)
        rows.append([name, best.law.name, parameter, shown, low, high, own_unit, status, value])
        rows[-1].append(note)
    return pd.DataFrame(rows, columns=list(RESULT_COLUMNS))


def _unit(parameter: str, rate_unit: str) -> str:
    if parameter in ("vmax", "top"):
        return rate_unit
    if parameter.startswith("vmax_over"):
        return f"{rate_unit} per mmol/L"
    return UNITS[parameter]


def _status(low: float, high: float) -> str:
    if math.isnan(low) or math.isnan(high):
        return "no interval"
    if low > 0 and math.isfinite(high):
        return "determined"
    if low > 0:
        return "lower bound only"
    return "upper bound only" if math.isfinite(high) else "not determined"
