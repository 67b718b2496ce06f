"""Which parameters matter: rank correlation of what was drawn with what came out.

Spearman's coefficient is a first-order measure: it sees a steady rise or fall, not how parameters
act together.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.stats import rankdata
from scipy.stats import t as student

from cahill.cycle.subjects import Varied

# Chance, all parameters of a quantity taken together, of calling one important that is not.
ERROR = 0.05
UNMEASURED = ("assumed", "fitted")


def rank_correlations(
    drawn: np.ndarray, outcomes: np.ndarray, varied: Sequence[Varied], names: Sequence[str]
) -> pd.DataFrame:
    """Return the rank correlation of every parameter with every quantity.

    Parameters
    ----------
    drawn : numpy.ndarray
        Parameters of the subjects, shape (members, parameters).
    outcomes : numpy.ndarray
        Their quantities, shape (members, quantities).
    varied, names : sequence
        What the columns are.

    Returns
    -------
    pandas.DataFrame
        quantity, parameter, correlation, p (of a correlation as large by chance, times the number
        of parameters, Bonferroni), matters (p below 0.05), grade, source; the largest in size
        first for each quantity.
    """
    count = len(drawn)
    parts = []
    causes = _standardised(rankdata(drawn, axis=0))
    effects = _standardised(rankdata(outcomes, axis=0))
    correlation = np.clip(causes.T @ effects / max(count, 1), -1.0, 1.0)
    for k, name in enumerate(names):
        rho = correlation[:, k]
        parts.append(
            pd.DataFrame(
                {
                    "quantity": name,
                    "parameter": [item.id for item in varied],
                    "correlation": rho,
                    "p": np.minimum(1.0, _chance(rho, count) * len(varied)),
                    "grade": [item.grade for item in varied],
                    "source": [item.source for item in varied],
                }
            ).sort_values("correlation", key=np.abs, ascending=False, kind="stable")
        )
    frame = pd.concat(parts, ignore_index=True)
    frame.insert(4, "matters", frame["p"] < ERROR)
    return frame


def _standardised(ranks: np.ndarray) -> np.ndarray:
    centred = ranks - ranks.mean(axis=0)
    spread = centred.std(axis=0)
    return centred / np.where(spread == 0, 1.0, spread)


def _chance(rho: np.ndarray, count: int) -> np.ndarray:
    """Return the two-sided probability of a rank correlation at least as large by chance."""
    if count < 4:
        return np.ones_like(rho)
    with np.errstate(divide="ignore"):
        statistic = np.abs(rho) * np.sqrt((count - 2) / (1.0 - rho**2))
    return np.asarray(2.0 * student.sf(statistic, count - 2))


def critical_correlation(members: int, parameters: int) -> float:
    """Return the size from which a rank correlation counts as more than chance."""
    freedom = max(members - 2, 1)
    statistic = student.isf(ERROR / parameters / 2.0, freedom)
    return float(statistic / np.sqrt(freedom + statistic**2))


def not_identified(frame: pd.DataFrame, titles: Sequence[str]) -> str:
    """Return a sentence on the parameters that matter and rest on no measurement.

    Parameters
    ----------
    frame : pandas.DataFrame
        Of `rank_correlations`.
    titles : sequence of str
        The quantities, in words.
    """
    what = ", ".join(titles)
    matters = frame[frame["matters"]]
    if matters.empty:
        return (
            f"With so few subjects no parameter's rank correlation with {what} stands out from "
            "chance; draw more."
        )
    strongest = matters.loc[matters["correlation"].abs().sort_values(ascending=False).index]
    strongest = strongest.drop_duplicates("parameter")
    loose = strongest[strongest["grade"].isin(UNMEASURED)]
    listed = ", ".join(
        f"{row.parameter} ({row.grade})" for row in loose.head(6).itertuples(index=False)
    )
    if loose.empty:
        return f"All {len(strongest)} parameters that move {what} rest on a measurement."
    return (
        f"Of the {len(strongest)} parameters that move {what}, {len(loose)} are assumed or fitted, "
        f"the strongest being {listed}: the data do not identify them one by one, and an "
        "independent measurement of these would narrow the intervals most."
    )
