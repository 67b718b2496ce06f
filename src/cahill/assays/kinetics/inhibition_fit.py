"""Rates with an inhibitor: IC50 at fixed substrates, Ki from it, and the type from a global fit."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd

from cahill.assays.kinetics.kinetic_analysis import (
    RESULT_COLUMNS,
    Analysis,
    ErrorModel,
    Rates,
    analyse,
)
from cahill.assays.kinetics.kinetic_fit import RateLaw
from cahill.assays.kinetics.law_tests import log_sd
from cahill.assays.kinetics.rate_laws import (
    dose_responses,
    inhibited_one_substrate,
    inhibited_ping_pong,
    tight_binding,
)

LEAST = 3  # concentrations of inhibitor that an IC50 needs
TIGHT = 10.0  # IC50 below so many times the enzyme: free is not total (Copeland 2013)


def fit_inhibition(
    data: Rates,
    inhibitor: str,
    *,
    enzyme: float | None = None,
    error: ErrorModel = "auto",
    confidence: float = 0.95,
) -> tuple[Analysis, ...]:
    """Fit what the conditions of one inhibitor allow.

    A global fit of the types of inhibition if a substrate varies with the inhibitor, and an IC50 at
    every pair of substrate concentrations with enough of the inhibitor's.

    Parameters
    ----------
    data : Rates
        With this inhibitor, and those without any.
    inhibitor : str
    enzyme : float, optional
        Active sites, umol/L; with it tight binding is among the laws.
    error, confidence
        See `cahill.assays.kinetics.kinetic_analysis.analyse`.
    """
    inhibited = data.conditions.inhibitor > 0
    pairs = np.nan_to_num(
        np.column_stack((data.conditions.alanine, data.conditions.oxoglutarate)), nan=-1.0
    )
    found = []
    whole = _global_fit(data, inhibitor, inhibited, pairs, error, confidence)
    if whole is not None:
        found.append(whole)
    for pair in np.unique(pairs[inhibited], axis=0):
        rows = (pairs == pair).all(axis=1)
        levels = np.unique(data.conditions.inhibitor[rows & inhibited])
        if len(levels) < LEAST:
            continue
        name = f"IC50 of {inhibitor}{_place(pair)}"
        one = _dose_response(name, data.of(rows), enzyme, error, confidence)
        if one is not None:
            found.append(one)
    return tuple(found)


def _dose_response(
    name: str, data: Rates, enzyme: float | None, error: ErrorModel, confidence: float
) -> Analysis | None:
    """Fit the inhibition curves, with Morrison's for slope 1 where binding is tight."""
    laws: list[RateLaw] = list(dose_responses())
    found = analyse(name, "dose", data, laws, error=error, confidence=confidence)
    if found is None:
        return None
    ic50 = found.interval("ic50")[0]
    tight = False
    if enzyme is not None and ic50 < TIGHT * enzyme:
        tight, laws[0] = True, tight_binding(enzyme)
        found = analyse(name, "dose", data, laws, error=error, confidence=confidence) or found
    return _judged(found, tight, ic50)


def _global_fit(
    data: Rates,
    inhibitor: str,
    inhibited: np.ndarray,
    pairs: np.ndarray,
    error: ErrorModel,
    confidence: float,
) -> Analysis | None:
    """Fit the types of inhibition, if a substrate varies with the inhibitor."""
    counts = [len(np.unique(pairs[inhibited][:, k])) for k in (0, 1)]
    if max(counts) < 2:
        return None
    name = f"inhibition by {inhibitor}"
    if min(counts) > 1:
        laws = inhibited_ping_pong()
        return analyse(name, "inhibition", data, laws, error=error, confidence=confidence)
    column = 0 if counts[0] > 1 else 1
    substrate = ("alanine", "oxoglutarate")[column]
    fixed = pairs[inhibited][0, 1 - column]
    rows = pairs[:, 1 - column] == fixed
    if len(np.unique(pairs[rows][:, column])) < 3:
        return None
    laws = inhibited_one_substrate(substrate)
    where = -1.0 if fixed < 0 else fixed
    pair = (-1.0, where) if column == 0 else (where, -1.0)
    return analyse(
        f"{name}{_place(np.array(pair))}",
        "inhibition",
        data.of(rows),
        laws,
        error=error,
        confidence=confidence,
        varied=substrate,
    )


def _place(pair: np.ndarray) -> str:
    """Return " at 10 mmol/L alanine and 1 mmol/L 2-oxoglutarate", as far as it is known."""
    parts = [
        f"{level:g} mmol/L {name}"
        for level, name in zip(pair, ("alanine", "2-oxoglutarate"))
        if level >= 0
    ]
    return f" at {' and '.join(parts)}" if parts else ""


def _judged(analysis: Analysis, tight: bool, ic50: float) -> Analysis:
    """Add what an IC50 curve cannot say: half inhibition not reached, binding too tight."""
    notes = list(analysis.notes)
    conditions, best = analysis.data.conditions, analysis.best
    least = float(best.fitted.min() / max(best.fitted.max(), 1e-300))
    if least > 0.5:
        notes.append(f"{analysis.name}: half inhibition was not reached ({1 - least:.0%} at most).")
    if not (conditions.inhibitor == 0).any():
        notes.append(f"{analysis.name}: no rate without inhibitor; the top is extrapolated.")
    if tight:
        notes.append(
            f"{analysis.name}: half inhibition at {ic50:.3g} umol/L, below {TIGHT:g} times the "
            "enzyme: binding takes inhibitor away, so Morrison's law stands for slope 1."
        )
    slope, low, high = analysis.interval("slope")
    if math.isfinite(slope) and not low <= 1 <= high:
        notes.append(
            f"{analysis.name}: slope {slope:.2f} is not 1; a Ki from this IC50 is not sure."
        )
    return replace(analysis, notes=tuple(notes))


# --- Ki from an IC50 ---
def inhibition_constants(
    dose: Analysis, saturation: Analysis | None, confidence: float = 0.95
) -> pd.DataFrame:
    """Return Ki from an IC50 for each type of inhibition (Cheng & Prusoff 1973).

    For the ping-pong law an inhibitor of the PLP form has IC50 = Ki (1 + A/Ka + Kb A/(Ka B)), one
    of the PMP form the same with A and B exchanged, one of the central complexes
    IC50 = Ki (1 + Ka/A + Kb/B), and one of every form IC50 = Ki. With one substrate (the other
    saturating or its level part of the apparent Km) the terms of the other vanish. Each Ki holds
    only if the type is right; errors of IC50 and Km's are combined on the logarithm.

    Parameters
    ----------
    dose : Analysis
        An IC50.
    saturation : Analysis, optional
        Gives the Km's.
    confidence : float

    Returns
    -------
    pandas.DataFrame
        `RESULT_COLUMNS`; no rows if the Km's are not known.
    """
    from scipy.stats import t

    parameter = "ki_apparent" if "ki_apparent" in dose.best.values else "ic50"
    ic50, low, high = dose.interval(parameter)
    rows = []
    sd = log_sd(low, high, dose.best.freedom, confidence)
    if saturation is None or not math.isfinite(ic50):
        return pd.DataFrame(rows, columns=list(RESULT_COLUMNS))
    a = float(dose.data.conditions.alanine[0])
    b = float(dose.data.conditions.oxoglutarate[0])
    for kind, factor, factor_sd in _factors(saturation, a, b, confidence):
        ki = ic50 / factor
        total = math.hypot(sd, factor_sd)
        half = float(t.ppf(0.5 + confidence / 2, max(dose.best.freedom, 1))) * total
        ends = (ki * math.exp(-half), ki * math.exp(half)) if math.isfinite(half) else (0, math.inf)
        status = "determined" if math.isfinite(half) else "not determined"
        shown = ki if status == "determined" else math.nan
        row = [f"Ki from {dose.name}", kind, "ki", shown, *ends, "umol/L", status, ki]
        rows.append([*row, f"if {kind}"])
    return pd.DataFrame(rows, columns=list(RESULT_COLUMNS))


def _factors(
    saturation: Analysis, a: float, b: float, confidence: float
) -> list[tuple[str, float, float]]:
    """Return by type of inhibition IC50/Ki and the sd of its logarithm."""
    best, freedom = saturation.best, saturation.best.freedom
    kms = {}
    for name in ("km_ala", "km_akg"):
        value, low, high = saturation.interval(name)
        kms[name] = (value, log_sd(low, high, freedom, confidence))
    (ka, ka_sd), (kb, kb_sd) = kms["km_ala"], kms["km_akg"]
    both = "km_ala" in best.values and "km_akg" in best.values
    found: list[tuple[str, float, float]] = []
    if both and math.isfinite(a) and math.isfinite(b):
        whole = ka / a + kb / b + 1
        for kind, own, own_sd, other, other_sd in (
            ("competitive with alanine", ka / a, ka_sd, kb / b, kb_sd),
            ("competitive with 2-oxoglutarate", kb / b, kb_sd, ka / a, ka_sd),
        ):
            # factor = whole/own; its logarithm moves by -(1 + other)/whole with ln own.
            spread = math.hypot((1 + other) / whole * own_sd, other / whole * other_sd)
            found.append((kind, whole / own, spread))
        spread = math.hypot(ka / a / whole * ka_sd, kb / b / whole * kb_sd)
        found.append(("uncompetitive with both", whole, spread))
    elif saturation.varied:
        km, km_sd = kms["km_ala" if saturation.varied == "alanine" else "km_akg"]
        s = a if saturation.varied == "alanine" else b
        label = "alanine" if saturation.varied == "alanine" else "2-oxoglutarate"
        if math.isfinite(s) and s > 0:
            share = s / (km + s)
            found.append((f"competitive with {label}", 1 + s / km, share * km_sd))
            found.append((f"uncompetitive with {label}", 1 + km / s, (1 - share) * km_sd))
    if found:
        found.append(("noncompetitive", 1.0, 0.0))
    return found
