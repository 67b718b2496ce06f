"""GPT and GPT2: folds of the two isoforms, and shares where both assays are calibrated alike."""

import numpy as np
import pandas as pd
from scipy import stats

from cahill.assays.qpcr.qpcr_samples import SampleCq
from cahill.errors import InputError
from cahill.numerics.group_comparison import replicate_means

ISOFORMS = {"ALT1": ("gpt", "gpt1", "alt1"), "ALT2": ("gpt2", "alt2")}
"""Isoform of the enzyme by what its gene or transcript is called, in small letters."""
ISOFORM_COLUMNS = ("isoform", "group", "kind", "fold", "share", "sd", "low", "high", "log_sd")


def isoform_of(target: str) -> str:
    """Return "ALT1" or "ALT2" for a target that measures it, else a blank."""
    plain = target.strip().lower().removesuffix(" mrna")
    return next((name for name, words in ISOFORMS.items() if plain in words), "")


def isoform_folds(groups: pd.DataFrame) -> pd.DataFrame:
    """Return the folds of both isoforms in every group but the control.

    Parameters
    ----------
    groups : pandas.DataFrame
        As `cahill.assays.qpcr.relative_quantity.RelativeQuantities` holds it.

    Returns
    -------
    pandas.DataFrame
        `ISOFORM_COLUMNS`: kind "fold", fold with low and high (mRNA against the control), log_sd
        (standard error of its natural logarithm); share and sd are missing.
    """
    rows = []
    for row in groups.to_dict("records"):
        name = isoform_of(str(row["target"]))
        if not name or row["group"] == row["control"] or not np.isfinite(row["fold"]):
            continue
        log_sd = row["log2_sd"] * np.log(2)
        own = (row["fold"], np.nan, np.nan, row["low"], row["high"], log_sd)
        rows.append((name, row["group"], "fold", *own))
    return pd.DataFrame(rows, columns=list(ISOFORM_COLUMNS))


def isoform_shares(
    measured: SampleCq, standards: pd.DataFrame, confidence: float = 0.95
) -> pd.DataFrame:
    """Return the share of each isoform in the mRNA of both, by group.

    Both assays need a dilution series whose quantities are in the same unit (copies): only then is
    the ratio of two targets a number at all. The error is that of biological replicates and of
    both standard curves (inverse prediction), on the scale of the log ratio.

    Parameters
    ----------
    measured : SampleCq
    standards : pandas.DataFrame
        Wells of the dilution series: target, quantity, cq.
    confidence : float

    Returns
    -------
    pandas.DataFrame
        `ISOFORM_COLUMNS`: kind "share", share, sd, low and high, log_sd (standard error of its
        natural logarithm); fold is missing.

    Raises
    ------
    InputError
        If one of the isoforms was not measured or has no dilution series.
    """
    found = {isoform_of(name): name for name in measured.targets}
    if not {"ALT1", "ALT2"} <= set(found):
        raise InputError("shares of isoforms: the file has no targets GPT and GPT2")
    columns = [measured.targets.index(found[name]) for name in ISOFORMS]
    curves = [_Line.of(standards, found[name]) for name in ISOFORMS]
    amount = [
        line.log2(measured.cq[:, k]) + measured.log2_dilution[:, k]
        for line, k in zip(curves, columns)
    ]
    samples = measured.samples
    rows = []
    for group in dict.fromkeys(samples.loc[samples["role"] == "sample", "group"]):
        own = ((samples["group"] == group) & (samples["role"] == "sample")).to_numpy()
        units = pd.factorize(samples["unit"].to_numpy()[own])[0]
        ratio = replicate_means((amount[0] - amount[1])[own], units).mean
        ratio = ratio[np.isfinite(ratio)]
        if ratio.size:
            shared = sum(
                line.variance(float(np.nanmean(measured.cq[own, k])))
                for line, k in zip(curves, columns)
            )
            rows += _share_rows(group, ratio, shared, confidence)
    return pd.DataFrame(rows, columns=list(ISOFORM_COLUMNS))


class _Line:
    """A standard curve, Cq against log2 quantity, for inverse prediction."""

    def __init__(self, quantity: np.ndarray, cq: np.ndarray) -> None:
        x = np.log2(quantity)
        self.middle, self.count = float(x.mean()), x.size
        self.slope, self.intercept = (float(part) for part in np.polyfit(x, cq, 1))
        rest = cq - self.slope * x - self.intercept
        self.residual = float((rest**2).sum()) / (x.size - 2)
        self.squares = float(((x - self.middle) ** 2).sum())

    @classmethod
    def of(cls, standards: pd.DataFrame, target: str) -> "_Line":
        """Fit the standards of one target."""
        own = standards[(standards["target"] == target) & (standards["quantity"] > 0)]
        if own["quantity"].nunique() < 3:
            raise InputError(
                f"{target}: shares of isoforms need a dilution series of at least 3 quantities"
            )
        return cls(own["quantity"].to_numpy(float), own["cq"].to_numpy(float))

    def log2(self, cq: np.ndarray) -> np.ndarray:
        """Return log2 of the quantity at a Cq."""
        return (cq - self.intercept) / self.slope

    def variance(self, cq: float) -> float:
        """Return the variance of it that the curve alone brings."""
        off = float(self.log2(np.array(cq))) - self.middle
        return self.residual / self.slope**2 * (1 / self.count + off**2 / self.squares)


def _share_rows(group: str, ratio: np.ndarray, shared: float, confidence: float) -> list[tuple]:
    """Return the shares of both isoforms from log2 ratios ALT1 over ALT2."""
    mean = float(ratio.mean())
    own = float(ratio.var(ddof=1)) / ratio.size if ratio.size > 1 else np.nan
    total = own + shared
    degrees = (ratio.size - 1) * (total / own) ** 2 if own > 0 else np.nan
    half = float(stats.t.ppf(0.5 + confidence / 2, degrees)) * np.sqrt(total)
    rows = []
    for name, sign in zip(ISOFORMS, (1.0, -1.0)):
        share, low, high = (1 / (1 + 2.0 ** -(sign * mean + off)) for off in (0.0, -half, half))
        sd = share * (1 - share) * np.sqrt(total) * np.log(2)
        rows.append((name, group, "share", np.nan, share, sd, low, high, sd / share))
    return rows
