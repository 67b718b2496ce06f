"""How stable reference genes are: geNorm and NormFinder.

Both see log2 quantities, shape (samples, genes): minus Cq times log2 of the amplification
efficiency. What a sample contributes to all genes alike (how much cDNA went in) cancels.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cahill.errors import InputError

ENOUGH = 0.15
"""Pairwise variation below which a further reference gene is not needed (Vandesompele2002)."""
UNSTABLE = 1.5
"""geNorm's M above which a gene is no reference (Vandesompele2002)."""


@dataclass(frozen=True, eq=False)
class GeNorm:
    """What geNorm says of candidate reference genes.

    Parameters
    ----------
    steps : pandas.DataFrame
        One gene of one step a row, the least stable gene leaving after each: step (from 1), gene,
        m (mean of its pairwise variations with the genes still in, log2).
    ranking : pandas.DataFrame
        gene, rank (1 the most stable; the last two share it), m (in the step that excluded it),
        from the most stable on.
    pairwise : pandas.DataFrame
        genes (n of V(n/n+1)), v (log2 standard deviation of the ratio of the normalisation
        factors of the best n and the best n + 1 genes).
    recommended : int
        How many of the best genes to use: the smallest n with V(n/n+1) below 0.15, else all.
    """

    steps: pd.DataFrame
    ranking: pd.DataFrame
    pairwise: pd.DataFrame
    recommended: int


def pairwise_variation(log2_quantities: np.ndarray) -> np.ndarray:
    """Return the standard deviation of log2 ratios of every pair of genes, shape (genes, genes).

    Parameters
    ----------
    log2_quantities : numpy.ndarray
        Shape (samples, genes).
    """
    ratio = log2_quantities[:, :, None] - log2_quantities[:, None, :]
    return ratio.std(axis=0, ddof=1)


def genorm(log2_quantities: np.ndarray, genes: tuple[str, ...]) -> GeNorm:
    """Rank reference genes by stepwise exclusion of the least stable (Vandesompele et al. 2002).

    Parameters
    ----------
    log2_quantities : numpy.ndarray
        Shape (samples, genes), without gaps.
    genes : tuple of str

    Raises
    ------
    InputError
        With fewer than two genes or samples, or gaps.
    """
    _check(log2_quantities, genes, least=2)
    variation = pairwise_variation(log2_quantities)
    left, rows, order = list(range(len(genes))), [], []
    while len(left) >= 2:
        m = variation[np.ix_(left, left)].sum(axis=1) / (len(left) - 1)
        rows += [(len(order) + 1, genes[k], value) for k, value in zip(left, m)]
        worst = int(np.argmax(m))
        if len(left) == 2:
            order += [(k, float(m[0])) for k in reversed(left)]
            break
        order.append((left.pop(worst), float(m[worst])))
    best = [k for k, _ in reversed(order)]
    pairwise = [_factor_variation(log2_quantities, best, n) for n in range(2, len(genes))]
    enough = [n for n, v in enumerate(pairwise, start=2) if v < ENOUGH]
    ranking = pd.DataFrame(
        {
            "gene": [genes[k] for k in best],
            "rank": [1, *range(1, len(genes))],
            "m": [m for _, m in reversed(order)],
        }
    )
    return GeNorm(
        pd.DataFrame(rows, columns=["step", "gene", "m"]),
        ranking,
        pd.DataFrame({"genes": np.arange(2, len(genes)), "v": pairwise}),
        enough[0] if enough else len(genes),
    )


def _factor_variation(log2_quantities: np.ndarray, best: list[int], n: int) -> float:
    """Return V(n/n+1): how much one more gene moves the geometric mean."""
    fewer = log2_quantities[:, best[:n]].mean(axis=1)
    more = log2_quantities[:, best[: n + 1]].mean(axis=1)
    return float((fewer - more).std(ddof=1))


def normfinder(
    log2_quantities: np.ndarray, genes: tuple[str, ...], groups: np.ndarray | None = None
) -> pd.DataFrame:
    """Return NormFinder's stability of each gene (Andersen et al. 2004).

    Each gene's variance within groups is estimated from an additive model of gene and sample, its
    systematic shift between groups is shrunk by what chance alone would give, and the stability is
    the expected systematic error: |shift| plus its standard deviation, averaged over groups. With
    one group it is the standard deviation within.

    Parameters
    ----------
    log2_quantities : numpy.ndarray
        Shape (samples, genes), without gaps.
    genes : tuple of str
        At least three.
    groups : numpy.ndarray, optional
        Shape (samples,), int codes; groups of one sample are left out.

    Returns
    -------
    pandas.DataFrame
        gene, stability (log2), within (standard deviation within groups, log2), between (largest
        shrunken shift of a group, log2; NaN with one group), in the order of `genes`.

    Raises
    ------
    InputError
        With fewer than three genes or two samples, or gaps.
    """
    _check(log2_quantities, genes, least=3)
    codes = np.zeros(len(log2_quantities), dtype=int) if groups is None else np.asarray(groups)
    names = [code for code in np.unique(codes) if (codes == code).sum() >= 2]
    if not names:
        raise InputError("NormFinder: no group has two samples; give more biological replicates")
    parts = [log2_quantities[codes == code] for code in names]
    size = np.array([len(part) for part in parts])
    within = np.array([_within_variance(part) for part in parts])
    spread = np.sqrt(within.mean(axis=0))
    if len(parts) == 1:
        return pd.DataFrame(
            {"gene": genes, "stability": spread, "within": spread, "between": np.nan}
        )
    mean = np.array([part.mean(axis=0) for part in parts])
    shift = _double_centred(mean)
    error = within / size[:, None]
    freedom = (len(parts) - 1) * (len(genes) - 1)
    true = float((shift**2).sum() / freedom - error.mean())
    # A difference within rounding is none; else it would count in full for genes without error.
    true = true if true > 1e-12 * float((shift**2).sum()) else 0.0
    with np.errstate(divide="ignore", invalid="ignore"):
        weight = np.where(true + error > 0, true / (true + error), 0.0)
    shrunk = shift * weight
    stability = (np.abs(shrunk) + np.sqrt(error + weight * error)).mean(axis=0)
    return pd.DataFrame(
        {
            "gene": genes,
            "stability": stability,
            "within": spread,
            "between": np.abs(shrunk).max(axis=0),
        }
    )


def _double_centred(values: np.ndarray) -> np.ndarray:
    """Return values without the means of their rows and columns."""
    rows, columns = values.mean(axis=1, keepdims=True), values.mean(axis=0, keepdims=True)
    return values - rows - columns + values.mean()


def _within_variance(part: np.ndarray) -> np.ndarray:
    """Return each gene's variance within one group, freed from that of the other genes."""
    count = part.shape[1]
    raw = (_double_centred(part) ** 2).sum(axis=0) / (len(part) - 1)
    return np.maximum((raw - raw.sum() / (count * (count - 1))) / (1 - 2 / count), 0.0)


def _check(log2_quantities: np.ndarray, genes: tuple[str, ...], least: int) -> None:
    if log2_quantities.ndim != 2 or log2_quantities.shape[1] != len(genes):
        raise InputError(f"stability: {len(genes)} genes, but quantities of another number")
    if len(genes) < least or len(log2_quantities) < 2:
        raise InputError(
            f"stability: {len(genes)} genes in {len(log2_quantities)} samples; give at least "
            f"{least} reference genes and 2 samples"
        )
    if not np.isfinite(log2_quantities).all():
        raise InputError("stability: a gene has no quantity in a sample; leave the sample out")
