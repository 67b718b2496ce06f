"""Amplification efficiency of each target: from a dilution series and from the curves themselves.

A single well's efficiency is far too uncertain to correct its own Cq with (its noise enters as an
exponent), so the wells of a target are averaged (Ruijter et al. 2009).
"""

from typing import Any

import numpy as np
import pandas as pd

from cahill.assays.amplification.amplification_columns import EFFICIENCY_COLUMNS
from cahill.assays.amplification.amplification_curves import Curves
from cahill.numerics.amplification_window import Window, window_of_linearity

LEAST_LEVELS = 3
"""Quantities that a dilution series must have."""
CURVED = 0.05
"""Significance of a quadratic term at which the outermost quantity leaves the linear range."""
DETECTED = 0.95
"""Share of reactions that must amplify at the limit of detection (MIQE, Bustin et al. 2009)."""
OUTLYING = 3.5
"""Robust standard deviations from the median at which a well leaves the average (modified z-score
of Iglewicz and Hoaglin)."""


def windows_by_target(targets: np.ndarray, curves: Curves, used: np.ndarray) -> dict[str, Window]:
    """Find the window of linearity of each target and the factor of each of its curves.

    Parameters
    ----------
    targets : numpy.ndarray
        Of the curves.
    curves : Curves
    used : numpy.ndarray
        Bool, shape (curves,): amplified and not excluded.

    Returns
    -------
    dict of str to Window
        The factors are over the used curves of the target, in their order.
    """
    answer = {}
    for name in dict.fromkeys(targets):
        own = curves.of(np.flatnonzero(used & (targets == name)))
        rises = own.rises
        answer[name] = window_of_linearity(own.smoothed, rises.take_off, rises.bend, own.noise)
    return answer


def efficiency_frame(
    reactions: pd.DataFrame, windows: dict[str, Window], confidence: float
) -> pd.DataFrame:
    """Return the efficiencies of every target, as `EFFICIENCY_COLUMNS` describes.

    Parameters
    ----------
    reactions : pandas.DataFrame
        As `REACTION_COLUMNS` describes.
    windows : dict of str to Window
    confidence : float
    """
    rows = []
    for name in reactions["target"].unique():
        own = reactions[(reactions["target"] == name) & (reactions["excluded"] == "")]
        standards = own[(own["role"] == "standard") & (own["quantity"] > 0)]
        if standards["quantity"].nunique() >= LEAST_LEVELS:
            rows.append(dilution_series(standards, confidence) | {"target": name})
        if name in windows:
            row = _averaged(windows[name].factors, confidence)
            if row is not None:
                rows.append(row | {"target": name})
    return pd.DataFrame(rows, columns=list(EFFICIENCY_COLUMNS))


def dilution_series(standards: pd.DataFrame, confidence: float) -> dict[str, Any]:
    """Fit Cq against log10 quantity; the efficiency is 10^(-1/slope), fold per cycle.

    Parameters
    ----------
    standards : pandas.DataFrame
        Columns quantity (positive), cq (NaN where not amplified), amplified; one target.
    confidence : float

    Returns
    -------
    dict
        By the names of `EFFICIENCY_COLUMNS`, without target. Where fewer than three quantities
        amplified, or Cq does not fall with quantity, the efficiency is NaN and the note says so.
    """
    from scipy.stats import t as student

    answer: dict[str, Any] = {"source": "dilution series", "note": "", "lod": _detected(standards)}
    known = standards[np.isfinite(standards["cq"].to_numpy(float))]
    x = np.log10(known["quantity"].to_numpy(float))
    y = known["cq"].to_numpy(float)
    levels = np.unique(x)
    if len(levels) < LEAST_LEVELS or len(x) < LEAST_LEVELS + 1:
        note = f"{len(levels)} quantities amplified; a dilution series needs {LEAST_LEVELS}"
        return answer | {"efficiency": np.nan, "n": len(x), "note": note}
    used, note = _linear_range(x, y)
    x, y = x[used], y[used]
    freedom = len(x) - 2
    dx = x - x.mean()
    spread = float(dx @ dx)
    slope = float(dx @ y) / spread
    rest = y - y.mean() - slope * dx
    error = float(np.sqrt(rest @ rest / freedom / spread))
    answer |= {
        "n": len(x),
        "slope": slope,
        "intercept": float(y.mean() - slope * x.mean()),
        "r_squared": 1.0 - float(rest @ rest) / float((y - y.mean()) @ (y - y.mean())),
        "lowest": float(10 ** x.min()),
        "highest": float(10 ** x.max()),
        "note": note,
    }
    if slope >= 0:
        return answer | {"efficiency": np.nan, "note": "Cq does not fall with quantity"}
    half = float(student.ppf(0.5 + confidence / 2, freedom)) * error
    factor = 10.0 ** (-1.0 / slope)
    return answer | {
        "efficiency": factor,
        # the factor rises with the slope, which is negative
        "low": 10.0 ** (-1.0 / (slope - half)),
        "high": 10.0 ** (-1.0 / (slope + half)) if slope + half < 0 else np.inf,
        "sd": factor * np.log(10.0) / slope**2 * error,
    }


def _linear_range(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, str]:
    """Drop outermost quantities while the series is curved; say which."""
    from scipy.stats import t as student

    used = np.ones(len(x), dtype=bool)
    dropped: list[float] = []
    while True:
        levels = np.unique(x[used])
        if len(levels) <= LEAST_LEVELS or used.sum() <= 4:
            break
        if _curvature_p(x[used], y[used], student) > CURVED:
            break
        ends = [used & (x != end) for end in (levels[0], levels[-1])]
        better = int(_residual(x, y, ends[1]) < _residual(x, y, ends[0]))
        dropped.append(levels[-1] if better else levels[0])
        used = ends[better]
    if not dropped:
        return used, ""
    names = ", ".join(f"{10**level:g}" for level in sorted(dropped))
    return used, f"outside the linear range: {names}"


def _curvature_p(x: np.ndarray, y: np.ndarray, student: Any) -> float:
    """Return the significance of a quadratic term."""
    design = np.vander(x - x.mean(), 3)
    inverse = np.linalg.pinv(design.T @ design)
    beta = inverse @ design.T @ y
    rest = y - design @ beta
    freedom = len(x) - 3
    variance = float(rest @ rest) / freedom * inverse[0, 0]
    # Cq differ by more than rounding only: a perfect series is straight
    if variance <= 0 or abs(beta[0]) < 1e-9:
        return 1.0
    return float(2 * student.sf(abs(beta[0]) / np.sqrt(variance), freedom))


def _residual(x: np.ndarray, y: np.ndarray, used: np.ndarray) -> float:
    rest = y[used] - np.polyval(np.polyfit(x[used], y[used], 1), x[used])
    return float(rest @ rest) / max(int(used.sum()) - 2, 1)


def _detected(standards: pd.DataFrame) -> float:
    """Return the lowest quantity from which on nearly all reactions amplify; NaN if none."""
    share = standards.groupby("quantity")["amplified"].mean().sort_index(ascending=False)
    limit = np.nan
    for quantity, detected in share.items():
        if detected < DETECTED:
            break
        limit = float(quantity)  # pyright: ignore[reportArgumentType]
    return limit


def _averaged(factors: np.ndarray, confidence: float) -> dict[str, Any] | None:
    """Average the factors of a target's wells, outlying ones left out and counted."""
    from scipy.stats import t as student

    known = factors[np.isfinite(factors)]
    if not len(known):
        return None
    middle = np.median(known)
    scale = np.median(np.abs(known - middle)) / 0.6745
    kept = known[np.abs(known - middle) <= OUTLYING * scale] if scale > 0 else known
    left = len(factors) - len(kept)
    mean = float(kept.mean())
    answer = {
        "source": "window of linearity",
        "efficiency": mean,
        "n": len(kept),
        "note": f"{left} of {len(factors)} wells left out" if left else "",
    }
    if len(kept) < 2:
        return answer
    error = float(kept.std(ddof=1)) / np.sqrt(len(kept))
    half = float(student.ppf(0.5 + confidence / 2, len(kept) - 1)) * error
    return answer | {"sd": error, "low": mean - half, "high": mean + half}
